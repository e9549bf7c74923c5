#!/usr/bin/python3
"""What is read of directories and of many files, what is not, and what is said about it."""

import gzip
import json
import os
import socket

from tests.cli.harness import (MINNOW, check, check_equal, conn_log, expect, generate, main, run, shared, temp_dir, write)


def rows(n, **changes):
    out = []
    for i in range(n):
        row = {"ts": f"17000000{i % 100:02d}.5", "uid": f"C{i}", "id.orig_h": f"10.0.0.{i % 5}",
               "id.orig_p": 1024 + i, "id.resp_h": f"192.0.2.{i % 7}", "id.resp_p": 53 if i % 3 == 0 else 80,
               "proto": "udp" if i % 3 == 0 else "tcp", "duration": f"{i % 9}.25", "orig_bytes": i * 10,
               "resp_bytes": i % 4 * 1000, "conn_state": "SF", "orig_pkts": i % 6, "resp_pkts": i % 5}
        row.update(changes)
        out.append(row)
    return out


def dns_log(n, name="dns"):
    lines = [f"{1700000000 + i}.0\tD{i}\t10.0.0.{i % 4}\t{1000 + i}\t192.0.2.1\t53\tname{i % 9}.example\t{i % 5}"
             for i in range(n)]
    return ("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
            f"#path\t{name}\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tquery\trcode\n"
            "#types\ttime\tstring\taddr\tport\taddr\tport\tstring\tcount\n" + "\n".join(lines) + "\n")


def make(d, *names):
    for name in names:
        os.makedirs(os.path.join(d, name))


def run_json(*args, status=0, **more):
    result = run("-b", "-f", "json", *args, **more)
    check_equal("status", result.status, status)
    return json.loads(result.out), result


def states(r, d):
    return {os.path.relpath(i["path"], d): i["state"] for i in r["inputs"]}


def why(r, name):
    return [i.get("problem", "") for i in r["inputs"] if i["path"].endswith(name)][0]


def test_a_directory_is_one_table_in_order():
    with temp_dir() as d:
        make(d, "b", "b/c")
        write(d, "z.log", conn_log(rows(3, uid="Z")))
        write(d, "b.log", conn_log(rows(2, uid="DOT")))
        write(d, "b/a.log", gzip.compress(conn_log(rows(4, uid="SLASH")).encode()))
        write(d, "b/c/deep.log", conn_log(rows(1, uid="DEEP")))
        r, result = run_json(d)
        check_equal("err", result.err, "")
        check_equal("order", [os.path.relpath(i["path"], d) for i in r["inputs"]],
                    ["b.log", "b/a.log", "b/c/deep.log", "z.log"])
        check_equal("rows", [i["rows_loaded"] for i in r["inputs"]], [2, 4, 1, 3])
        check_equal("kinds", {i["kind"] for i in r["inputs"]}, {"conn"})
        out = expect(run("-o", "-", "-c", "all", "--columns=uid", d), out=None).out.split("\n")
        check_equal("rows in order", [line.split(",")[0] for line in out[1:11]],
                    ["DOT"] * 2 + ["SLASH"] * 4 + ["DEEP"] + ["Z"] * 3)
        expect(run("-b", "--strict", d), out=None)


def test_each_file_says_why_it_is_not_read():
    with temp_dir() as d:
        write(d, "good.log", conn_log(rows(20)))
        write(d, "capture.pcap", b"\xd4\xc3\xb2\xa1" + bytes(100))
        write(d, "notes.txt", "On Monday we looked at the firewall.\nIt was fine, mostly.\n")
        write(d, "empty.log", "")
        write(d, "blank.log", "\n\n")
        write(d, "header.log", conn_log([]))
        write(d, "dns.log", dns_log(5))
        write(d, "bad.log", "#separator \\x09\n#path\tconn\n#fields\tts\tuid\n#types\ttime\n1\t2\n")
        write(d, "conn-summary.10:00:00-11:00:00.log", "a summary\n")
        write(d, ".hidden.log", conn_log(rows(5)))
        os.mkfifo(os.path.join(d, "pipe"))
        os.symlink(d, os.path.join(d, "round"))
        os.symlink("good.log", os.path.join(d, "same.log"))
        os.symlink("nothing", os.path.join(d, "dangling"))
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(os.path.join(d, "sock"))
            r, result = run_json(d)
        check_equal("states", states(r, d), {
            "good.log": "loaded", "header.log": "loaded", "bad.log": "failed", "capture.pcap": "skipped",
            "notes.txt": "skipped", "empty.log": "skipped", "blank.log": "skipped", "dns.log": "skipped",
            "conn-summary.10:00:00-11:00:00.log": "skipped", "pipe": "skipped", "round": "skipped",
            "same.log": "skipped", "dangling": "skipped", "sock": "skipped"})
        check_equal("counts", (r["rows_read"], r["rows_loaded"], r["rows_rejected"]), (20, 20, 0))
        for name, words in (("capture.pcap", "looks like pcap"), ("notes.txt", "looks like text"),
                            ("empty.log", "empty"), ("blank.log", "no rows in it"), ("dns.log", "--path=dns reads it"),
                            ("bad.log", "1 types for 2 fields"), ("pipe", "named pipe"),
                            ("round", "link to a directory is not followed"), ("same.log", "the same file as"),
                            ("dangling", "leads nowhere"), ("sock", "socket"), (".log", "summary of conn logs")):
            check(any(words in i.get("problem", "") and i["path"].endswith(name) for i in r["inputs"]),
                  f"{name}: {words} in {r['inputs']}")
        check(any("hidden file passed over" in n for n in r["notices"]), r["notices"])
        check(any(n.startswith("11 of 14 files skipped: other kinds: 1, not logs: 3, empty: 2, met twice: 1, "
                               "not files: 4") for n in r["notices"]), r["notices"])
        check_equal("only what should have been read is a complaint", result.err.count("\n"), 1)
        check("bad.log" in result.err, result)
        text = expect(run("-b", d), out=None, err=None).out
        check("skipped: " + os.path.join(d, "capture.pcap") + ": not a log minnow can read (looks like pcap)" in text,
              text)
        expect(run("-b", "--strict", d), status=1, out=None, err=None)
        os.remove(os.path.join(d, "bad.log"))
        expect(run("-b", "--strict", d), out=None, err=None)


def test_a_directory_without_logs():
    with temp_dir() as d:
        expect(run("-b", d), status=4, err=f"minnow: {d}: an empty directory\n")
        write(d, "x.pcap", b"\xd4\xc3\xb2\xa1" + bytes(100))
        write(d, "y.log", "")
        make(d, "sub")
        write(d, "sub/notes", "words and\nwords\n")
        expect(run("-b", d), status=4, err=f"minnow: {d}: no log in this directory (not logs: 2, empty: 1)\n")
        with temp_dir() as other:
            good = write(other, "conn.log", conn_log(rows(10)))
            r, result = run_json(d, good)
            check_equal("states", [i["state"] for i in r["inputs"]], ["failed"] + ["skipped"] * 3 + ["loaded"])
            check_equal("rows", r["rows_loaded"], 10)
            check("no log in this directory" in result.err, result)
            expect(run("-b", "--strict", d, good), status=1, out=None, err=None)
        expect(run("-b", os.path.join(d, "sub")), status=4, out=None, err=None)


def test_what_may_not_be_read():
    with temp_dir() as d:
        os.chmod(d, 0o755)
        write(d, "a.log", conn_log(rows(10)))
        locked = write(d, "locked.log", conn_log(rows(10)))
        make(d, "closed")
        write(d, "closed/b.log", conn_log(rows(10)))
        os.chmod(locked, 0)
        os.chmod(os.path.join(d, "closed"), 0)
        try:
            r, result = run_json(d, nobody=True)
            check_equal("states", states(r, d), {"a.log": "loaded", "locked.log": "failed", "closed": "failed"})
            for name in ("locked.log", "closed"):
                check("Permission denied" in why(r, name), r["inputs"])
                check(name in result.err, result)
            expect(run("-b", "--strict", d, nobody=True), status=1, out=None, err=None)
            expect(run("-b", os.path.join(d, "closed"), nobody=True), status=4,
                   err=f"minnow: {d}/closed: cannot open: Permission denied\n")
        finally:
            os.chmod(os.path.join(d, "closed"), 0o755)


def test_several_kinds():
    with temp_dir() as d:
        write(d, "a.log", dns_log(50))
        write(d, "b.log", dns_log(60))
        write(d, "c.log", dns_log(900, name="stats").replace("id.orig_h", "x").replace("id.resp_h", "y"))
        write(d, "d.log", dns_log(10, name="http"))
        r, _ = run_json(d)
        check_equal("the most that names an originator", states(r, d),
                    {"a.log": "loaded", "b.log": "loaded", "c.log": "skipped", "d.log": "skipped"})
        r, _ = run_json("--path=http", d)
        check_equal("asked for", states(r, d),
                    {"a.log": "skipped", "b.log": "skipped", "c.log": "skipped", "d.log": "loaded"})
        write(d, "open.log", conn_log(rows(10)).replace("#path\tconn", "#path\topen_conn"))
        write(d, "e.log", conn_log(rows(10)))
        r, _ = run_json(d)
        check_equal("conn", sorted(n for n, s in states(r, d).items() if s == "loaded"), ["e.log", "open.log"])
        check_equal("kinds", [i["kind"] for i in r["inputs"] if i["state"] == "loaded"], ["conn", "open_conn"])
        result = expect(run("-b", "--path=ssl", d), status=3, err=None)
        check_equal("said", result.err, "minnow: --path: no log of the kind 'ssl' is here; of other kinds: "
                    "dns 2, stats 1, http 1, conn 2\n")
        # named one by one the same choice is made
        paths = [os.path.join(d, n) for n in ("a.log", "e.log", "d.log")]
        r, _ = run_json(*paths)
        check_equal("files", [i["state"] for i in r["inputs"]], ["skipped", "loaded", "skipped"])
        expect(run("-b", "--strict", *paths), out=None, err=None)


def test_kinds_that_only_the_name_or_the_columns_tell():
    with temp_dir() as d:
        bare = conn_log(rows(10)).replace("#path\tconn\n", "")
        write(d, "conn.log", bare)
        write(d, "x1.txt", bare)
        write(d, "dns.log", dns_log(5).replace("#path\tdns\n", ""))
        write(d, "stats.log", bare)
        r, _ = run_json(d)
        check_equal("no log says that it is of conn", [i["state"] for i in r["inputs"]],
                    ["loaded", "skipped", "loaded", "loaded"])
        write(d, "flows.csv", "ts,src_ip,dst_ip,orig_bytes\n" + "".join(f"1.0,10.0.0.{i},10.1.0.1,5\n" for i in range(9)))
        write(d, "other.csv", "height,weight\n1,2\n3,4\n")
        r, _ = run_json(d)
        kinds = {os.path.basename(i["path"]): (i["kind"], i["state"]) for i in r["inputs"]}
        check_equal("kinds", kinds, {"conn.log": ("conn", "loaded"), "x1.txt": ("conn", "loaded"),
                                     "stats.log": ("conn", "loaded"),
                                     "dns.log": ("dns", "skipped"), "flows.csv": ("conn", "loaded"),
                                     "other.csv": ("", "skipped")})
        check("--path=csv reads it" in why(r, "other.csv"), r["inputs"])
        r, _ = run_json("--path=csv", d)
        check_equal("by format", [n for n, s in states(r, d).items() if s == "loaded"], ["other.csv"])
        # what is named and does not say what it is was meant
        r, _ = run_json(os.path.join(d, "conn.log"), os.path.join(d, "other.csv"))
        check_equal("both", [i["state"] for i in r["inputs"]], ["loaded", "loaded"])


def test_an_export_beside_the_log_is_not_read_again():
    with temp_dir() as d:
        log = write(d, "conn.log", conn_log(rows(40)))
        export = os.path.join(d, "cluster-1.csv")
        expect(run("-b", "-k", "1", "-o", export, log), out=None)
        expect(run("-b", "-k", "1", "--addresses=" + os.path.join(d, "addresses.txt"), log), out=None)
        for form in ("json", "csv", "text"):
            write(d, "report." + form, run("-b", "-k", "1", "-f", form, log).out)
        r, _ = run_json("-k", "1", d)
        check_equal("rows", r["rows_loaded"], 40)
        check_equal("read", [n for n, s in states(r, d).items() if s == "loaded"], ["conn.log"])
        check("perhaps an export of theirs" in why(r, "cluster-1.csv"), r["inputs"])
        r, _ = run_json("-k", "1", d, export)
        check_equal("named, it is read", r["rows_loaded"], 80)
        os.remove(log)
        r, _ = run_json("-k", "1", d)
        check_equal("alone", r["rows_loaded"], 40)


def test_headers_longer_than_a_look():
    with temp_dir() as d:
        names = ["ts", "id.orig_h", "id.resp_h", "orig_bytes"] + [f"column_with_a_long_name_{i:04}" for i in range(900)]
        for n, separator in (("x.csv", ","), ("tabs.txt", "\t")):
            write(d, n, separator.join(names) + "\n" + "".join(
                separator.join([f"{i}.0", "10.0.0.1", "10.0.0.2", str(i)] + ["7"] * 900) + "\n" for i in range(30)))
        remarks = "".join(f"#a remark that says nothing at all, number {i:05}\n" for i in range(400))
        write(d, "long.log", "#separator \\x09\n" + remarks + conn_log(rows(30)))
        r, _ = run_json("-k", "1", os.path.join(d, "x.csv"), os.path.join(d, "tabs.txt"))
        check_equal("rows", r["rows_loaded"], 60)
        r, _ = run_json("-k", "1", d)
        check_equal("the log", states(r, d), {"long.log": "loaded", "x.csv": "skipped", "tabs.txt": "skipped"})
        os.remove(os.path.join(d, "long.log"))
        r, _ = run_json("-k", "1", d)
        check_equal("rows", r["rows_loaded"], 60)


def test_a_kind_that_is_asked_for():
    with temp_dir() as d:
        dns = write(d, "x", dns_log(10))
        expect(run("-b", "--path=conn", dns), status=3, err="minnow: --path: no log of the kind 'conn' is here; of other kinds: dns 1\n")
        for near in ("dsn", "DNS", "dns.log"):
            expect(run("-b", "--path=" + near, dns), status=3,
                   err=f"minnow: --path: no log of the kind '{near}' is here (did you mean 'dns'?); of other kinds: dns 1\n")
        expect(run("-b", "--path=conn", stdin=dns_log(10)), status=3,
               err="minnow: standard input: a log of dns, not of conn (--path)\n")
        expect(run("-b", "--path=dns", stdin=dns_log(10)), out=None)
        expect(run("-b", "--path=conn", stdin="a,b\n1,2\n"), status=3,
               err="minnow: standard input: does not say what kind of log it is (--path=conn)\n")
        for bad in ("", "a/b", "x" * 64, "conn,dns", "conn dns", "*.log"):
            result = expect(run("-b", "--path=" + bad, dns), status=2, err=None)
            check("is no kind of log (expected one name such as conn or dns; files stand behind the options)" in result.err,
                  result)


def test_options_about_columns():
    values = [(1700000000 + i, f"10.0.0.{i % 5}", f"10.1.0.{i % 3}", i * 10) for i in range(20)]
    names = "ts,id.orig_h,id.resp_h,orig_bytes"
    text = {s: "".join(s.join(map(str, v)) + "\n" for v in values) for s in ("\t", ",", ";", "^")}
    with temp_dir() as d:
        for separator, args in (("\t", ()), (",", ()), (";", ()), ("^", ("--delimiter=^",)), (";", ("--delimiter=;",))):
            r, _ = run_json("-k", "2", "--fields=" + names, *args, write(d, "x", text[separator]))
            check_equal("rows", (r["rows_loaded"], r["inputs"][0]["kind"]), (20, "conn"))
            check(not any("--" in n for n in r["notices"]), r["notices"])
        # a row of names is replaced, whatever stands between them
        for separator in (",", "\t"):
            r, _ = run_json("-k", "2", "--fields=ts,src,dst,orig_bytes",
                            write(d, "x", separator.join(names.split(",")) + "\n" + text[separator]))
            check_equal("rows", (r["rows_loaded"], r["rows_rejected"]), (20, 0))
            check(any("--fields replaces them" in n for n in r["notices"]), r["notices"])
            check_equal("no bad value", r["bad_values"], [])
        # a log that names its columns needs neither
        for content in (conn_log(rows(9)), json_rows("conn", 9, orig_bytes=4)):
            r, _ = run_json("-k", "2", "--fields=" + names, "--delimiter=;", write(d, "x", content))
            check_equal("rows", r["rows_loaded"], 9)
            check_equal("notices", [n.split(": ", 1)[1] for n in r["notices"] if "--" in n],
                        ["--fields is not used: the log names its columns itself",
                         "--delimiter is not used: it is for CSV"])
        path = write(d, "x", text[","])
        expect(run("-b", "--fields=a,b,c", path), status=3,
               err=f"minnow: {path}: no usable row: 20 rejected, the first at line 1 (too many fields): "
                   "--fields names 3, is that every column?\n")
        result = expect(run("-b", "--delimiter=;", path), status=3, err=None)
        check("no CSV with a header row with ';' between the fields (--delimiter)" in result.err, result)
        result = expect(run("-b", "--delimiter=tab", "--fields=" + names, path), status=3, err=None)
        check("no CSV with tab between the fields (--delimiter)" in result.err, result)
        for bad in ("", ",a", "a,", "a,,b"):
            result = expect(run("-b", "--fields=" + bad, path), status=2, err=None)
            check_equal("said", result.err, f"minnow: --fields: a name is missing in '{bad}' (expected those of all columns, "
                        "with commas between: ts,uid,id.orig_h)\n")
        expect(run("-b", "--fields=ts,uid,ts", path), status=2,
               err="minnow: --fields: two columns cannot have one name, 'ts'\n")
        for bad in ("", ",,", " ", '"', "é", "tabb"):
            expect(run("-b", "--delimiter=" + bad, path), status=2,
                   err=f"minnow: --delimiter: '{bad}' cannot stand between fields (expected one character such as ; which "
                       "is no blank, quote or letter beyond ASCII, or the word tab)\n")


def json_rows(path, n, **more):
    return "".join(json.dumps(dict({"_path": path, "ts": 1700000000 + i, "uid": f"{path}{i}",
                                    "id.orig_h": f"10.0.0.{i % 9}", "id.resp_h": "192.0.2.1", "n": i % 7}, **more)) + "\n"
                   for i in range(n))


def test_conn_far_behind_other_logs_in_one_stream():
    mixed = json_rows("dns", 3000, query="a.example") + json_rows("conn", 50, orig_bytes=5, duration=1.5)
    check(len(mixed) > 200000, "longer than the first look")
    with temp_dir() as d:
        path = write(d, "mixed.json", mixed)
        packed = write(d, "packed", gzip.compress(mixed.encode()))
        for args, stdin in (((path,), b""), ((packed,), b""), (("-",), mixed), ((d,), b"")):
            r, _ = run_json(*args, stdin=stdin)
            n = len(r["inputs"])
            check_equal(f"{args}", (r["rows_loaded"], r["rows_rejected"]), (50 * n, 3000 * n))
            check_equal("kind", {i["kind"] for i in r["inputs"]}, {"conn"})
        r, _ = run_json("--path=dns", path)
        check_equal("dns", (r["rows_loaded"], r["rows_rejected"]), (3000, 50))
        r, _ = run_json(write(d, "only.json", json_rows("dns", 3000)))
        check_equal("only dns", (r["rows_loaded"], r["rows_rejected"], r["inputs"][0]["kind"]), (3000, 0, "dns"))
        result = expect(run("-b", "--path=ssl", path), status=3, err=None)
        check("no log of the kind 'ssl' is here" in result.err, result)


def test_conn_behind_all_that_is_looked_at():
    """16 MiB are looked at for conn. Behind them it is not read by itself, and said so; asked for, it is."""
    dns, lines = json_rows("dns", 3000, query="a.example"), dns_log(3000)
    cases = (("mixed.json", dns, json_rows("conn", 50, orig_bytes=5, duration=1.5), 3000),
             ("joined.log", lines, conn_log(rows(50)), 3000))
    with temp_dir() as d:
        for name, other, conn, n in cases:
            times = (16 << 20) // len(other) + 2
            path = write(d, name, other * times + conn)
            packed = write(d, name + ".gz", gzip.compress((other * times + conn).encode(), 1))
            n *= times
            for args, stdin in (((path,), b""), (("-",), open(path, "rb").read()), ((packed,), b"")):
                shown = "standard input" if stdin else args[0]
                r, _ = run_json(*args, stdin=stdin)
                check_equal(f"{args}", (r["rows_read"], r["rows_loaded"], r["rows_rejected"]), (n + 50, n, 50))
                check_equal("kind", r["inputs"][0]["kind"], "dns")
                check(f"{shown}: no conn in its first 16 MiB, so dns is read; 50 rows of other logs are not: "
                      "--path=NAME reads another" in r["notices"], r["notices"])
                r, _ = run_json("--path=conn", *args, stdin=stdin)
                check_equal(f"{args} conn", (r["rows_read"], r["rows_loaded"], r["rows_rejected"]), (n + 50, 50, n))
                check_equal("kind", (r["inputs"][0]["kind"], r["recipe"]), ("conn", "conn"))
                check_equal("columns", "query" in run("-o", "-", "-c", "all", "--path=conn", *args, stdin=stdin).out, False)
        only = write(d, "only.json", dns * ((16 << 20) // len(dns) + 2))
        r, _ = run_json(only)
        check_equal("nothing else", [x for x in r["notices"] if "16 MiB" in x], [])
        result = expect(run("-b", "--path=conn", only), status=3, err=None)
        check("row of another log" in result.err, result)


def moments(*texts):
    return conn_log([dict(rows(1)[0], ts=ts, uid=f"C{i}", orig_bytes=i) for i, ts in enumerate(texts)])


def uids(*args):
    out = expect(run("-o", "-", "-c", "all", "--columns=uid", *args), out=None, err=None).out
    return [line.split(",")[0] for line in out.split("\n")[1:-1]]


def test_rows_by_their_time():
    with temp_dir() as d:
        # 2023-11-14 22:13:20Z and the half seconds around it
        path = write(d, "conn.log", moments("1700000000.0", "1700000000.000001", "1699999999.999999", "-", "1700000001.5",
                                            "x", "1700003600.0", "0.0"))
        for args, wanted in ((("--from=1700000000",), "0146"), (("--to=1700000000",), "27"),
                             (("--from=1700000000.000001", "--to=1700000001.5"), "1"),
                             (("--from=2023-11-14T22:13:20Z", "--to=2023-11-14T22:13:21Z"), "01"),
                             (("--from=2023-11-14 22:13:20", "--to=2023-11-14T22:14"), "014"),
                             (("--from=2023-11-14", "--to=2023-11-15"), "01246"),
                             (("--from=2023-11-14T23:13:20", "--tz=Europe/Berlin", "--to=2023-11-14T23:13:21"), "01"),
                             (("--tz=Europe/Berlin", "--from=2023-11-14T22:13:20Z", "--to=2023-11-15T00:13:20"), "014"),
                             (("--from=2023-11-15T00:13:20+02:00", "--to=2023-11-14T22:13:21-00:00"), "01"),
                             (("--from=1970-01-01",), "012467")):
            check_equal(f"{args}", uids(*args, path), [f"C{c}" for c in wanted])
        r, result = run_json("-k", "2", "--from=1700000000", "--to=1700003600", path)
        check_equal("counts", (r["rows_read"], r["rows_loaded"], r["rows_rejected"], r["rows_outside"]), (8, 3, 0, 5))
        check_equal("input", r["inputs"][0]["rows_outside"], 5)
        check_equal("asked", (r["from"], r["to"]), (1700000000, 1700003600))
        check_equal("times", (r["inputs"][0]["first_ts"], r["inputs"][0]["last_ts"]), (1700000000, 1700000001.5))
        check_equal("no complaint", result.err, "")
        text = expect(run("-b", "-k", "2", "--from=1700000000", path), out=None).out
        check("8 rows read, 4 loaded, 0 rejected, 4 outside --from/--to, 0 filtered out\n"
              "  rows asked for: from 2023-11-14 22:13:20Z\n" in text, text)
        text = run("-b", "-k", "2", "--tz=Europe/Berlin", "--from=2023-11-14T23:00", "--to=2023-11-15", path).out
        check("  rows asked for: from 2023-11-14 22:00:00Z before 2023-11-14 23:00:00Z\n" in text, text)
        expect(run("-b", "-k", "2", "--strict", "--from=1700000000", path), out=None)
        expect(run("-b", "--from=1800000000", path), status=3,
               err=f"minnow: {path}: no row in --from/--to: 8 rows are from 1970-01-01 00:00:00Z to 2023-11-14 23:13:20Z\n")
        timeless = write(d, "timeless.log", moments("-", "-"))
        expect(run("-b", "--to=1800000000", timeless), status=3,
               err=f"minnow: {timeless}: no row in --from/--to: 2 rows have no time\n")
        check_equal("JSON", uids("--from=1700000005", "--to=1700000007",
                                 write(d, "x.json", json_rows("conn", 20, orig_bytes=1))), ["conn5", "conn6"])


def test_a_range_is_the_log_of_that_time():
    with temp_dir() as d:
        whole = generate(os.path.join(d, "conn.log"), "--rows=6000", "--mix=beacon")
        with open(whole, encoding="utf-8") as log:
            lines = log.readlines()
        column = next(line for line in lines if line.startswith("#fields")).split("\t").index("ts") - 1
        times = sorted(float(line.split("\t")[column]) for line in lines if line[0] != "#")
        first, last = times[1500], times[4500]
        part = write(d, "part.log", "".join(line for line in lines if line[0] == "#" or
                                            first <= float(line.split("\t")[column]) < last))
        for recipe in ("conn", "beacon", "scan"):
            reports = []
            for args in ((f"--from={first:.6f}", f"--to={last:.6f}", whole), (part,)):
                r, _ = run_json("-r", recipe, *args)
                reports.append({key: r[key] for key in ("rows_loaded", "observations", "inertia", "scaling", "clusters")})
            check_equal(recipe, reports[0], reports[1])
            check_equal("rows", reports[0]["rows_loaded"], sum(first <= t < last for t in times))


def test_eight_digits_are_a_day():
    for args, says in ((("--from=20260309", "--to=20260310"),
                        "  rows asked for: from 2026-03-09 00:00:00Z before 2026-03-10 00:00:00Z\n"),
                       (("--from=20260309T0600",), "  rows asked for: from 2026-03-09 06:00:00Z\n"),
                       (("--from=20260309.0",), "  rows asked for: from 1970-08-23 11:51:49Z\n")):
        out = expect(run("-b", *args, "data/sample.conn.log"), out=None).out
        check(says in out, out)


def test_a_time_in_an_expression_is_in_the_zone():
    def rows(*args):
        r, _ = run_json(*args, "data/sample.conn.log")
        return r["rows_loaded"] - r["rows_excluded"]
    check_equal("a day of eight digits", rows("-w", "ts>=20260309"), 20000)
    check_equal("UTC", rows("-w", "ts>=2026-03-09T12:00"), rows("--from=2026-03-09T12:00"))
    check_equal("Vienna", rows("--tz=Europe/Vienna", "-w", "ts>=2026-03-09T12:00"), rows("--from=2026-03-09T11:00"))


def test_ranges_that_are_none():
    for args, words in ((("--from=yesterday",), "--from: 'yesterday' is no time"), (("--to=",), "--to: '' is no time"),
                        (("--to=2026-02-30",), "is no time"),
                        (("--from=20260230",), "--from: '20260230' is no time: a day is 2026-11-23 or 20261123, and seconds "
                         "since 1970 would be 20260230.0"), (("--from=2026-11-23", "--to=2026-11-23"), "not before"),
                        (("--from=2026-11-24", "--to=2026-11-23"), "not before")):
        result = expect(run("-b", *args, "data/sample.conn.log"), status=2, err=None)
        check(words in result.err, result)


def test_archives_by_their_names():
    with temp_dir() as d:
        make(d, "2023-11-12", "2023-11-13", "2023-11-14", "2023-11-16")
        for day, hours, ts in (("12", "22:00:00-23:00:00", "1699830000.0"), ("13", "00:00:00-01:00:00", "1699833600.0"),
                               ("14", "23:00:00-00:00:00", "1700002800.0"), ("16", "00:00:00-01:00:00", "1700092800.0"),
                               ("16", "01:00:00-02:00:00", "1700096400.0")):
            write(d, f"2023-11-{day}/conn.{hours}.log", moments(ts, ts))
        os.chmod(os.path.join(d, "2023-11-12/conn.22:00:00-23:00:00.log"), 0)
        write(d, "2023-11-12/conn.log", moments("1700002801.0"))
        args = ("--from=2023-11-14", "--to=2023-11-15")
        r, result = run_json(*args, "-k", "1", d)
        check_equal("states", states(r, d), {
            "2023-11-12/conn.22:00:00-23:00:00.log": "skipped", "2023-11-12/conn.log": "loaded",
            "2023-11-13/conn.00:00:00-01:00:00.log": "loaded", "2023-11-14/conn.23:00:00-00:00:00.log": "loaded",
            "2023-11-16/conn.00:00:00-01:00:00.log": "skipped", "2023-11-16/conn.01:00:00-02:00:00.log": "skipped"})
        check_equal("counts", (r["rows_read"], r["rows_loaded"], r["rows_outside"]), (5, 3, 2))
        check_equal("said", r["notices"][0], "3 of 6 files skipped: outside --from/--to by name: 3")
        paths = sorted(i["path"] for i in r["inputs"])
        again, _ = run_json(*args, "-k", "1", *paths)
        check_equal("the same when they are named", [i["state"] for i in again["inputs"]],
                    [i["state"] for i in r["inputs"]])
        check_equal("nothing", run("-b", "--from=2031-01-01", os.path.join(d, "2023-11-16")).err,
                    "minnow: all inputs: no rows: by their names no file is of --from/--to\n")
        expect(run("-b", "--from=2031-01-01", os.path.join(d, "2023-11-16")), status=3, err=None)


def test_logs_joined_into_one_text():
    joined = dns_log(3000) + conn_log(rows(20, uid="A")) + dns_log(60, name="http") + conn_log(rows(10, uid="B"))
    check(joined.index("#path\tconn") > 1 << 16, "conn comes late")
    with temp_dir() as d, temp_dir() as other:
        path = write(d, "all", joined)
        packed = write(other, "packed", gzip.compress(joined.encode()))
        for args, stdin in (((path,), b""), (("-",), joined), ((d,), b""), ((packed,), b"")):
            r, _ = run_json(*args, stdin=stdin)
            check_equal(f"{args}", (r["rows_read"], r["rows_loaded"], r["rows_rejected"]), (3090, 30, 3060))
            check_equal("why", [(x["reason"], x["count"]) for x in r["rejected"]], [("row of another log", 3060)])
            check_equal("kind", r["inputs"][0]["kind"], "conn")
            shown = r["inputs"][0]["path"].replace("-", "standard input") if stdin else r["inputs"][0]["path"]
            check_equal("notices", [n for n in r["notices"] if "several logs" in n or "columns change" in n],
                        [f"{shown}: several logs in one: the rows of conn are read, others are not"])
            check_equal("no column of theirs", "query" in run("-o", "-", "-c", "all", *args, stdin=stdin).out, False)
        check_equal("rows", uids(path), ["A"] * 20 + ["B"] * 10)
        r, _ = run_json("--path=http", path)
        check_equal("http", (r["rows_loaded"], r["rows_rejected"], r["inputs"][0]["kind"]), (60, 3030, "http"))
        both = conn_log(rows(5)) + conn_log(rows(4)).replace("#path\tconn", "#path\topen_conn")
        r, _ = run_json(write(d, "both", both))
        check_equal("open_conn is conn", (r["rows_loaded"], r["rows_rejected"]), (9, 0))


def test_files_that_are_one():
    with temp_dir() as d:
        a = write(d, "a.log", conn_log(rows(10)))
        os.link(a, os.path.join(d, "hard.log"))
        os.symlink(a, os.path.join(d, "soft.log"))
        r, result = run_json(a, os.path.join(d, "hard.log"), a, os.path.join(d, "soft.log"), d)
        check_equal("rows", r["rows_loaded"], 10)
        check_equal("states", [i["state"] for i in r["inputs"]], ["loaded"] + ["skipped"] * 6)
        check_equal("err", result.err, "")
        check_equal("named twice", r["inputs"][2]["problem"], "named twice: read once")
        check_equal("another name", r["inputs"][1]["problem"], f"the same file as {a}")


def test_a_log_beside_its_packed_copy():
    text = conn_log(rows(3000))
    with temp_dir() as d:
        a = write(d, "a.log", text)
        write(d, "a.log-old", conn_log(rows(7)))
        write(d, "a.log.gz", gzip.compress(text.encode()))
        write(d, "grown.log", text)
        write(d, "grown.log.gz", gzip.compress(text[:len(text) // 2].encode()))
        write(d, "cut.log", text)
        write(d, "cut.log.gz", gzip.compress(text.encode())[:4000])
        write(d, "twice.log", text)
        write(d, "twice.log.gz", text)
        r, result = run_json(d)
        check_equal("rows", (r["rows_read"], r["rows_loaded"]), (4 * 3000 + 7, 4 * 3000 + 7))
        check_equal("err", result.err, "")
        check_equal("why", why(r, "/a.log.gz"), f"the packed copy of {a}, which is read")
        check_equal("why", why(r, "/twice.log.gz"), f"the packed copy of {d}/twice.log, which is read")
        check_equal("why", why(r, "/grown.log.gz"), f"what it holds begins {d}/grown.log, which is read")
        check_equal("why", why(r, "/cut.log.gz"), f"what it holds begins {d}/cut.log, which is read")
        check("4 of 9 files skipped: met twice: 4" in r["notices"], r["notices"])
        # as arguments, too, in any order
        r, _ = run_json(a + ".gz", a)
        check_equal("rows", (r["rows_loaded"], [i["state"] for i in r["inputs"]]), (3000, ["skipped", "loaded"]))
        expect(run("-b", "--strict", a + ".gz", a), out=None)


def test_a_log_beside_another_one_packed():
    """Names alone decide nothing: what is in the packed one and not in the other is read."""
    text = conn_log(rows(300))
    last = text.rstrip("\n").rpartition("\n")[0] + "\n"
    with temp_dir() as d:
        for name, plain, packed, count in (("another", text, conn_log(rows(300, uid="X")), 600), ("longer", last, text, 599),
                                           ("empty", text, "", 300), ("nothing", "", text, 300)):
            make(d, name)
            path = write(os.path.join(d, name), "x.log", plain)
            write(os.path.join(d, name), "x.log.gz", gzip.compress(packed.encode()))
            write(os.path.join(d, name), ".gz", gzip.compress(packed.encode()))
            r, _ = run_json(os.path.dirname(path))
            check_equal(name, r["rows_loaded"], count)
        # where the other one is not asked for, the packed one is read alone
        check_equal("alone", run_json(os.path.join(d, "another", "x.log.gz"))[0]["rows_loaded"], 300)


def test_names_are_hostile_too():
    with temp_dir() as d:
        write(d, "a\x1b[2J\nb.log", conn_log(rows(10)))
        write(d, "-k.log", conn_log(rows(10)))
        write(d, "x\x1b]0;.log", b"\x7fELF")
        make(d, "c\x9b")
        result = expect(run("-b", ".", cwd=d), out=None)
        check("\x1b" not in result.out and "./a\\x1b[2J\\x0ab.log" in result.out and "./-k.log" in result.out and
              "./x\\x1b]0;.log" in result.out, result)
        r, result = run_json(".", cwd=d)
        check("\x1b" not in result.out, result)
        check_equal("loaded", r["rows_loaded"], 20)
        expect(run("-b", "--", "-k.log", cwd=d), out=None)


def test_thousands_of_files():
    with temp_dir() as d:
        packed = gzip.compress(conn_log(rows(3)).encode())
        paths = [write(d, f"{i:04}.log.gz", packed) for i in range(1500)]
        few = "ulimit -n 40 && exec " + MINNOW + ' "$@"'
        r = json.loads(expect(run("-c", few, "x", "-b", "-f", "json", "-k", "2", *paths, program="/bin/sh"), out=None).out)
        check_equal("rows", r["rows_loaded"], 4500)
        rows_of = run("-c", few, "x", "-k", "2", "-o", "-", "-c", "all", "--columns=uid", *paths, program="/bin/sh").out
        check_equal("uids", [line[:2] for line in rows_of.split("\n")[1:-1]], ["C0", "C1", "C2"] * 1500)
        r, _ = run_json("-k", "2", d)
        check_equal("rows", (r["rows_loaded"], len(r["inputs"])), (4500, 1500))
        text = expect(run("-b", "-k", "2", d), out=None).out
        check("and 1,480 more read whole, 4,440 rows (-f json lists each)\n" in text, text)
        for i in range(30):
            write(d, f"x{i}", f"\u00e4 {'a' * i}\n" if i % 2 else "")
            os.link(paths[i], os.path.join(d, f"{i:04}.again"))
        lines = run("-b", "-k", "2", d).out.split("\n")
        check_equal("skipped", sum(line.startswith("skipped: ") for line in lines), 20)
        check(f"skipped: {d}/x0 and 14 more: empty" in lines, lines)
        check("and 12 more skipped (-f json lists each)" in lines, lines)


def test_the_answer_stands_before_the_files():
    """Of many files the report counts those that were read or skipped, and names what went wrong."""
    with temp_dir() as d:
        for i in range(7):
            write(d, f"{i}.log", conn_log(rows(3)))
        write(d, "7.log.gz", gzip.compress(conn_log(rows(3000)).encode())[:-2000])
        write(d, "notes.txt", "some words\n")
        write(d, "bad.log", "#separator \\x09\n#path\tconn\n#fields\tts\tuid\n#types\ttime\n")
        lines = run("-b", "-k", "2", d).out.split("\n")
        check_equal("counted", lines[0],
                    "8 files read, 1 of them in part, 1 not read, 1 skipped (listed below the clusters)")
        check(lines[1].startswith(f"not read: {d}/bad.log: ") and lines[2].startswith(f"{d}/7.log.gz: zeek-tsv conn, ")
              and lines[3].startswith("  only in part: "), lines)
        table = [i for i, line in enumerate(lines) if line.startswith("  #  ")][0]
        files = [i for i, line in enumerate(lines) if line.startswith((f"{d}/", "skipped: ")) and i != 2]
        check_equal("the others", len(files), 8)
        check(min(files) > table, lines)
        few = run("-b", "-k", "2", *(f"{d}/{i}.log" for i in range(5))).out.split("\n")
        check_equal("few", [line.split(": ")[0] for line in few[:5]], [f"{d}/{i}.log" for i in range(5)])
        check("files read" not in "".join(few), few)


def times_of(directory):
    """The times of all rows, read by the names of the columns."""
    for at, _, names in os.walk(directory):
        for name in names:
            with gzip.open(os.path.join(at, name), "rt") as log:
                for line in log:
                    if line.startswith("#fields"):
                        column = line.split("\t").index("ts") - 1
                    elif line[0] != "#":
                        yield float(line.split("\t")[column])


def test_shared_logs():
    r, _ = run_json(shared("beacon"))
    check_equal("beacon", (r["rows_read"], r["rows_loaded"], len(r["inputs"])), (105918, 105918, 72))
    check_equal("in order", [i["path"] for i in r["inputs"]], sorted(i["path"] for i in r["inputs"]))
    times = list(times_of(shared("beacon")))
    for first, last in ((1713571200, 1713657600), (1713520000, 1713520600.5)):
        r, _ = run_json("-k", "4", f"--from={first}", f"--to={last}", shared("beacon"))
        check_equal("in the range", r["rows_loaded"], sum(first <= t < last for t in times))
    r, _ = run_json("-k", "4", shared("README.md").rsplit("/", 1)[0])
    by_state = {}
    for i in r["inputs"]:
        by_state[i["state"]] = by_state.get(i["state"], 0) + 1
        check_equal("a reason", i["state"] in ("skipped", "failed"), "problem" in i)
    check_equal("states", by_state, {"loaded": 103, "failed": 1, "skipped": 19})
    check_equal("sum", sum(i["rows_loaded"] for i in r["inputs"]), r["rows_loaded"])


main(__name__)
