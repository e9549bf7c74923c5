#!/usr/bin/python3
"""What batch runs make of good, odd and bad logs: counts, sentences, statuses."""

import json
import os
import socket
import subprocess

from tests.cli.harness import (FIELDS, HEADER, MINNOW, check, check_equal, conn_log, environment, expect, main,
                               run, shared, temp_dir, write)


def rows(n, **changes):
    out = []
    for i in range(n):
        row = {"ts": f"17000000{i % 100:02d}.5", "uid": f"C{i}", "id.orig_h": f"10.0.0.{i % 5}", "id.orig_p": 1024 + i,
               "id.resp_h": f"192.0.2.{i % 7}", "id.resp_p": 53 if i % 3 == 0 else 80,
               "proto": "udp" if i % 3 == 0 else "tcp", "service": "-", "duration": f"{i % 9}.25",
               "orig_bytes": i * 10, "resp_bytes": i % 4 * 1000, "conn_state": "SF", "orig_pkts": i % 6,
               "resp_pkts": i % 5}
        row.update(changes)
        out.append(row)
    return out


def report(*args, status=0, **more):
    result = run("-b", "-f", "json", *args, **more)
    check_equal("status", result.status, status)
    return json.loads(result.out)


def counts(*args, **more):
    r = report(*args, **more)
    check_equal("read = loaded + rejected", r["rows_read"], r["rows_loaded"] + r["rows_rejected"])
    return r["rows_read"], r["rows_loaded"], r["rows_rejected"]


def test_empty_and_header_only():
    with temp_dir() as d:
        for name, text in (("empty.log", ""), ("header.log", conn_log([])), ("blank.log", "\n\n\n")):
            path = write(d, name, text)
            expect(run("-b", path), status=3, err=f"minnow: {path}: no rows\n")
        expect(run("-b", stdin=b""), status=3, err="minnow: standard input: no rows\n")


def test_types_that_do_not_fit_the_fields():
    with temp_dir() as d:
        text = HEADER + "#fields\tts\tuid\n#types\ttime\n1.0\tC1\n"
        path = write(d, "conn.log", text)
        expect(run("-b", path), status=3, err=f"minnow: {path}: line 7: 1 types for 2 fields\n")


def test_features_that_the_log_lacks():
    with temp_dir() as d:
        fields = ["ts", "uid", "id.orig_h", "id.resp_h", "orig_bytes"]
        path = write(d, "conn.log", conn_log(rows(20), fields))
        r = report("--features=log(duration),log(orig_bytes),onehot(proto)", path)
        check_equal("features", r["features"], ["log(orig_bytes)"])
        check(any("duration" in n for n in r["notices"]), r["notices"])
        path = write(d, "none.log", conn_log(rows(20), ["ts", "uid"]))
        result = expect(run("-b", "-r", "conn", path), status=3, err=None)
        check("duration" in result.err, result)
        expect(run("-b", path), status=3, err=f"minnow: {path}: recipe auto: no column of the log is fit to cluster "
               "by: they are times, addresses and ids, or the same in all rows\n")


def test_field_names():
    with temp_dir() as d:
        twice = conn_log(rows(5)).replace("\tresp_pkts\n", "\torig_pkts\n", 1)
        r = report(write(d, "twice.log", twice))
        check(any("two columns are named orig_pkts" in n for n in r["notices"]), r["notices"])
        many = HEADER + "#fields" + "".join(f"\tf{i}" for i in range(1025)) + "\nx\n"
        path = write(d, "many.log", many)
        expect(run("-b", path), status=3, err=f"minnow: {path}: line 6: more than 1024 columns\n")


def test_rows_of_the_wrong_shape():
    with temp_dir() as d:
        text = conn_log(rows(10))
        lines = text.splitlines(keepends=True)
        lines.insert(10, "too\tfew\n")
        lines.insert(13, lines[12].rstrip("\n") + "\tone more\n")
        path = write(d, "conn.log", "".join(lines))
        r = report(path)
        check_equal("counts", (r["rows_read"], r["rows_loaded"], r["rows_rejected"]), (12, 10, 2))
        check_equal("reasons", [(x["reason"], x["count"], x["first"]["line"]) for x in r["rejected"]],
                    [("too few fields", 1, 11), ("too many fields", 1, 14)])
        expect(run("-b", "--strict", path), status=1, out=None)


def test_last_line_without_its_end():
    with temp_dir() as d:
        text = conn_log(rows(10)).rstrip("\n")
        check_equal("whole", counts(write(d, "whole.log", text)), (10, 10, 0))
        cut = write(d, "cut.log", text.rsplit("\t", 3)[0])
        check_equal("cut", counts(cut), (10, 9, 1))
        check_equal("why", report(cut)["rejected"][0]["reason"], "last line is cut off")


def test_line_ends_and_marks():
    with temp_dir() as d:
        text = conn_log(rows(10))
        check_equal("CRLF", counts(write(d, "crlf.log", text.replace("\n", "\r\n"))), (10, 10, 0))
        check_equal("bare CR is data", counts(write(d, "cr.log", text.replace("\tC3\t", "\tC\r3\t"))), (10, 10, 0))
        check_equal("BOM", counts(write(d, "bom.log", "\ufeff" + text)), (10, 10, 0))
        result = expect(run("-b", write(d, "utf16.log", text.encode("utf-16"))), status=3, err=None)
        check("UTF-16" in result.err and "iconv" in result.err, result)


def test_hostile_bytes_are_shown_as_text():
    evil = b"\x1b]0;owned\x07\x1b[2J\x9b\x00\xff\xe2\x80\xae"
    with temp_dir() as d:
        text = conn_log(rows(10)).encode().replace(b"10.0.0.1", evil)
        path = write(d, "conn.log", text)
        for form in ("text", "json", "csv"):
            result = expect(run("-b", "-f", form, path), out=None)
            for byte in (b"\x1b", b"\x07", b"\x00", b"\x9b", b"\xff", b"\xe2\x80\xae"):
                check(byte not in result.out_bytes or form == "csv", f"{form}: {byte!r} reached the terminal")
        check_equal("loaded", counts(path), (10, 10, 0))


def test_values_out_of_range_are_missing():
    with temp_dir() as d:
        odd = rows(6)
        odd[0]["orig_bytes"] = -1
        odd[1]["orig_bytes"] = 2 ** 64
        odd[2]["id.resp_p"] = 65536
        odd[3]["ts"] = "-1"
        odd[4]["ts"] = "1" + "0" * 18
        odd[5]["id.orig_h"] = "300.1.1.1"
        r = report(write(d, "conn.log", conn_log(odd)))
        check_equal("loaded", r["rows_loaded"], 6)
        check_equal("bad", {b["field"]: b["count"] for b in r["bad_values"]},
                    {"orig_bytes": 2, "id.resp_p": 1, "ts": 2, "id.orig_h": 1})


def test_a_header_in_the_middle():
    with temp_dir() as d:
        other = ["id.resp_h", "id.orig_h", "proto", "conn_state", "orig_bytes", "resp_bytes", "duration", "orig_pkts",
                 "resp_pkts", "ts", "note"]
        again = [dict(r, note="x") for r in rows(10)]
        text = conn_log(rows(10)) + conn_log(again, other) + conn_log(rows(10))
        r = report(write(d, "conn.log", text))
        check_equal("loaded", r["rows_loaded"], 30)
        check_equal("notices", sum("the columns change" in n for n in r["notices"]), 2)
        export = expect(run("-c", "all", "-o", "-", os.path.join(d, "conn.log")), out=None)
        check_equal("columns", export.out.split("\n")[0], ",".join(list(FIELDS) + ["note", "cluster", "distance"]))


def test_foreign_files():
    with temp_dir() as d:
        for magic, looks in ((b"\xd4\xc3\xb2\xa1", "pcap"), (b"\x7fELF", "ELF"),
                             (b"PK\x03\x04", "zip"), (b"\xfd7zXZ\x00", "xz"), (b"BZh9", "bzip2"),
                             (bytes(range(256)) * 20, "binary data"),
                             (b'[{"ts":1}]\n', "JSON"), (b"just words\n", "text")):
            path = write(d, "x.log", magic)
            result = expect(run("-b", path), status=3, err=None)
            check("not a log minnow can read" in result.err and looks in result.err, result)


def test_what_cannot_be_opened():
    with temp_dir() as d:
        missing = os.path.join(d, "missing.log")
        result = expect(run("-b", missing), status=4, err=f"minnow: {missing}: cannot open: No such file or directory\n")
        check(result.status == 4, result)
        os.symlink(missing, os.path.join(d, "link.log"))
        expect(run("-b", os.path.join(d, "link.log")), status=4, err=None)
        expect(run("-b", "/dev/zero"), status=4, err="minnow: /dev/zero: is a device, not a log\n")
        sock = os.path.join(d, "sock")
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(sock)
            result = expect(run("-b", sock), status=4, err=None)
            check("socket" in result.err, result)
        locked = write(d, "locked.log", conn_log(rows(3)))
        os.chmod(locked, 0)
        os.chmod(d, 0o755)
        result = expect(run("-b", locked, nobody=True), status=4, err=None)
        check("Permission denied" in result.err, result)


def test_one_bad_input_among_good_ones():
    with temp_dir() as d:
        good = write(d, "a.log", conn_log(rows(10)))
        also = write(d, "b.log", conn_log(rows(5)))
        missing = os.path.join(d, "missing.log")
        result = run("-b", "-f", "json", good, missing, also)
        check_equal("status", result.status, 0)
        r = json.loads(result.out)
        check_equal("loaded", r["rows_loaded"], 15)
        check_equal("inputs", [i["rows_loaded"] for i in r["inputs"]], [10, 0, 5])
        check("missing.log" in result.err, result)
        expect(run("-b", "--strict", good, missing), status=1, out=None, err=None)


def test_file_names_are_hostile_too():
    with temp_dir() as d:
        path = write(d, "a\x1b[2J\nb.log", conn_log(rows(10)))
        result = expect(run("-b", path), out=None)
        check("\x1b" not in result.out and "a\\x1b[2J\\x0ab.log" in result.out, result)
        write(d, "-k.log", conn_log(rows(10)))
        expect(run("-b", "--", "-k.log", cwd=d), out=None)
        result = expect(run("-b", os.path.join(d, "no\x1b[2J")), status=4, err=None)
        check("\x1b" not in result.err, result)


def test_standard_input():
    text = conn_log(rows(30))
    with temp_dir() as d:
        path = write(d, "conn.log", text)
        from_file, from_pipe = report(path), report("-", stdin=text)
        for r in (from_file, from_pipe):
            del r["seconds"], r["inputs"]
        check_equal("reports", from_pipe, from_file)
        check_equal("no FILE is standard input", report(stdin=text)["rows_loaded"], 30)


def test_closed_descriptors():
    with temp_dir() as d:
        path = write(d, "conn.log", conn_log(rows(10)))
        for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            done = subprocess.run(["sh", "-c", f'"$0" -b "$1" {closed}', MINNOW, path], capture_output=True, timeout=60,
                                  env=environment(), check=False)
            check_equal(closed, done.returncode, 0)
        done = subprocess.run(["sh", "-c", '"$0" -b - <&-', MINNOW], capture_output=True, timeout=60, env=environment(),
                              check=False)
        check_equal("no input", done.returncode, 4)


def test_a_file_size_limit_is_an_error():
    with temp_dir() as d:
        write(d, "conn.log", conn_log(rows(3000)))
        done = subprocess.run(["sh", "-c", 'ulimit -f 1; exec "$0" -c all -o "$1/out.csv" "$1/conn.log"', MINNOW, d],
                              capture_output=True, timeout=60, env=environment(), check=False)
        check_equal("status", done.returncode, 4)
        check_equal("left behind", sorted(os.listdir(d)), ["conn.log"])


def test_csv_says_the_same():
    data = rows(40)
    names = list(FIELDS)
    text = ",".join(names) + "\n" + "".join(",".join(str(r[n]) for n in names) + "\n" for r in data)
    with temp_dir() as d:
        tsv, csv = report(write(d, "c.log", conn_log(data))), report(write(d, "c.csv", text))
        check_equal("format", csv["inputs"][0]["format"], "csv")
        for r in (tsv, csv):
            del r["seconds"], r["inputs"]
        check_equal("reports", csv, tsv)


def test_equal_rows_and_few_rows():
    with temp_dir() as d:
        equal = write(d, "equal.log", conn_log([rows(1)[0]] * 50))
        r = report("-k", "8", equal)
        check_equal("k", r["k"], 1)
        check(any("1" in n and "8" in n for n in r["notices"]), r["notices"])
        few = write(d, "few.log", conn_log(rows(3)))
        check(report("-k", "8", few)["k"] <= 3, "k above the number of rows")


def test_k_out_of_range():
    with temp_dir() as d:
        path = write(d, "conn.log", conn_log(rows(10)))
        for k in ("0", "-3", "4294967297", "abc", "257", ""):
            result = expect(run("-b", "-k", k, path), status=2, err=None)
            check("whole number from 1 to 256" in result.err, result)


def test_huge_values_are_clamped():
    with temp_dir() as d:
        data = rows(20)
        data[3]["duration"] = "1e308"
        r = report("--features=num(duration)", write(d, "conn.log", conn_log(data)))
        check(any("beyond 1e15 taken as 1e15" in n for n in r["notices"]), r["notices"])
        for c in r["clusters"]:
            check(all(abs(x) <= 1.1e15 for x in c["centroid"].values()), c)


def test_locale_changes_no_number():
    with temp_dir() as d:
        path = write(d, "conn.log", conn_log(rows(40)))
        outs = set()
        for locale in ("C", "C.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8"):
            r = json.loads(run("-b", "-f", "json", path, env=environment(LC_ALL=locale)).out)
            del r["seconds"]
            outs.add(json.dumps(r))
        check_equal("different reports", len(outs), 1)


def test_the_headline_blames_nobody_for_being_busy():
    """Who is named has or gets what fails, and not the most rows."""
    with temp_dir() as d:
        data = rows(100, proto="tcp", conn_state="S0")
        for i, r in enumerate(data):
            r["id.orig_h"], r["id.resp_h"] = f"203.0.113.{i}", "10.0.0.9"
            if i < 40:
                r["conn_state"], r["id.orig_h"], r["id.resp_h"] = "SF", "10.0.0.9", "198.51.100.1"
            elif i < 50:
                r["id.orig_h"] = "203.0.113.7"
        path = write(d, "conn.log", conn_log(data))
        check_equal("headline", report(path)["headline"],
                    "60 % of TCP refused or unanswered; of these 100 % to 10.0.0.9, 17 % by 203.0.113.7")


def test_a_log_that_is_mostly_failure_says_so():
    with temp_dir() as d:
        data = rows(40, proto="tcp", conn_state="S0")
        for i in range(10):
            data[i]["conn_state"] = "SF"
        for r in data:
            r["id.orig_h"] = "10.0.0.9"
        path = write(d, "conn.log", conn_log(data))
        check_equal("headline", report(path)["headline"],
                    "75 % of TCP refused or unanswered; of these 100 % by 10.0.0.9")
        check("75 % of TCP refused or unanswered" in run("-b", path).out, "not in the text")
        for i in range(20):
            data[i]["conn_state"] = "SF"
        check_equal("half is not more than half", report(write(d, "conn.log", conn_log(data)))["headline"], "")


def test_threads_change_nothing():
    with temp_dir() as d:
        path = write(d, "conn.log", conn_log(rows(3000)))
        outs = set()
        for threads in (1, 2, 3, 8):
            r = report("-j", threads, path)
            del r["seconds"]
            outs.add(json.dumps(r))
        check_equal("different reports", len(outs), 1)


def test_shared_logs_open():
    shared("README.md")
    for name, loaded in (("labelled/njrat-001.conn.log.labeled", 992), ("labelled/mixed-008.conn.log.labeled", 5663),
                         ("nasty/no-header-top-cut.conn.log", None), ("nasty/zeek-field-extension.conn.log", None),
                         ("nasty/zeek-field-name-map.conn.log", None), ("nasty/zeek-scope_sep.conn.log", None),
                         ("csv/iot23-onehot.csv", None)):
        result = run("-b", "-f", "json", shared(name))
        if name.startswith("csv/"):
            check(result.status in (0, 3), result)
            continue
        r = json.loads(result.out)
        check(r["rows_loaded"] > 0, name)
        if loaded is not None:
            check_equal(name, r["rows_loaded"], loaded)
    for name in ("nasty/prose-not-a-log.conn.log", "nasty/empty.http.log"):
        expect(run("-b", shared(name)), status=3, err=None)


main(__name__)
