#!/usr/bin/python3
"""Exports as Zeek's TSV and as JSON lines: what they hold, and that they are read again as what they were."""

import json
import os
import random
import re

from tests.cli.harness import FIELDS, ROOT, check, check_equal, conn_log, expect, main, run, temp_dir, write

SAMPLE = str(ROOT / "data/sample.conn.log")
SMALL = dict(ts="1700000000.5", uid="C0", proto="tcp", duration="1.25", orig_bytes="10", conn_state="SF")
SMALL.update({"id.orig_h": "10.0.0.1", "id.orig_p": "1024", "id.resp_h": "192.0.2.9", "id.resp_p": "80"})


def export(path, ending, *options, directory):
    """Every row with its cluster, in a file with this ending."""
    out = os.path.join(directory, f"out{ending}")
    expect(run("-k", "4", "-c", "all", "-o", out, "--force", *options, path), out=None, err=None)
    with open(out, "rb") as f:
        return out, f.read()


def zeek_decode(value):
    return re.sub(rb"\\(x([0-9a-fA-F]{2})|\\)", lambda m: bytes.fromhex(m[2].decode()) if m[2] else b"\\", value)


def zeek_read(text):
    """A reader of one's own: (types by name, rows as dicts, None for unset)."""
    lines = text.split(b"\n")
    check_equal("ends with a line end", lines.pop(), b"")
    head = {line.split(b"\t")[0]: line.split(b"\t")[1:] for line in lines if line.startswith(b"#")}
    names = [n.decode() for n in head[b"#fields"]]
    rows = []
    for line in lines:
        if line.startswith(b"#"):
            continue
        values = line.split(b"\t")
        check_equal("fields", len(values), len(names))
        rows.append({n: None if v == b"-" else b"" if v == b"(empty)" else zeek_decode(v)
                     for n, v in zip(names, values)})
    return dict(zip(names, [t.decode() for t in head[b"#types"]])), rows


def test_zeek_as_it_stands():
    """The rows of a log of the same form are the log's own bytes."""
    with temp_dir() as d:
        _, text = export(SAMPLE, ".log", directory=d)
        with open(SAMPLE, "rb") as f:
            log = [line for line in f.read().splitlines() if not line.startswith(b"#")]
        lines = text.splitlines()
        check_equal("head", [line.split(b"\t")[0] for line in lines[:7]],
                    [b"#separator \\x09", b"#set_separator", b"#empty_field", b"#unset_field", b"#path", b"#fields", b"#types"])
        check_equal("path", lines[4], b"#path\tconn")
        check(lines[5].endswith(b"\tcluster\tdistance") and lines[6].endswith(b"\tcount\tdouble"), lines[5:7])
        check_equal("rows", [line.rsplit(b"\t", 2)[0] for line in lines[7:]], log)


def test_json():
    with temp_dir() as d:
        rows = [dict(SMALL, uid=f"C{i}", orig_bytes=str(10 ** i)) for i in range(6)]
        rows.append(dict(SMALL, service="(empty)", orig_bytes="007", duration="abc", history="-"))
        path = write(d, "conn.log", conn_log(rows))
        out, text = export(path, ".json", directory=d)
        lines = text.decode("utf-8").splitlines()
        check_equal("first", lines[0].rsplit(',"cluster"', 1)[0],
                    '{"ts":1700000000.5,"uid":"C0","id.orig_h":"10.0.0.1","id.orig_p":1024,"id.resp_h":"192.0.2.9",'
                    '"id.resp_p":80,"proto":"tcp","duration":1.25,"orig_bytes":1,"conn_state":"SF"')
        last = json.loads(lines[-1])
        check_equal("what is no JSON number is a string", (last["orig_bytes"], last["duration"], last["service"]),
                    ("007", "abc", ""))
        check("history" not in last and isinstance(last["cluster"], int) and last["distance"] >= 0, last)
        check(export(path, ".jsonl", directory=d)[1] == text == export(path, ".ndjson", directory=d)[1], out)


def test_form_by_name_or_by_word():
    with temp_dir() as d:
        path = write(d, "conn.log", conn_log([SMALL] * 3))
        first = {"csv": b"ts,", "zeek": b"#se", "json": b'{"t'}
        for ending, form in ((".csv", "csv"), (".txt", "csv"), ("", "csv"), (".LOG", "zeek"), (".tsv", "zeek"), (".json", "json")):
            check_equal(ending, export(path, ending, directory=d)[1][:3], first[form])
            for word, start in first.items():
                check_equal((ending, word), export(path, ending, f"--export-format={word}", directory=d)[1][:3], start)
        result = expect(run("-c", "all", "-o", "-", "--export-format=json", path), out=None)
        check_equal("rows", [json.loads(line)["uid"] for line in result.out.splitlines()], ["C0"] * 3)
        expect(run("--export-format=json", path), status=2,
               err="minnow: --export-format says how to export: it needs --export=FILE\n")
        expect(run("-o", "x", "--export-format=xml", path), status=2,
               err="minnow: --export-format: 'xml' is none of: csv, zeek, json\n")


def test_columns():
    with temp_dir() as d:
        path = write(d, "conn.log", conn_log([dict(SMALL, service="#fields"), dict(SMALL, service="x", duration="-")]))
        result = expect(run("-c", "first", "-k", "1", "-o", "-", "--export-format=zeek", "--columns=service,duration,src_ip", path), out=None)
        check_equal("zeek", result.out.split("#fields", 1)[1],
                    "\tservice\tduration\tid.orig_h\n#types\tstring\tinterval\taddr\n\\x23fields\t1.25\t10.0.0.1\nx\t-\t10.0.0.1\n")
        result = expect(run("-c", "first", "-k", "1", "-o", "-", "--export-format=json", "--columns=duration", path), out=None)
        check_equal("json", result.out, '{"duration":1.25}\n{"duration":null}\n')
        again = write(d, "again.json", result.out)
        check_equal("both rows are read", json.loads(run("-b", "-f", "json", "--features=log(duration)", again).out)["rows_loaded"], 2)


def test_names_that_are_taken():
    with temp_dir() as d:
        names = list(FIELDS) + ["cluster"]
        path = write(d, "conn.log", conn_log([dict(SMALL, cluster="mine")] * 2, fields=names))
        types, rows = zeek_read(export(path, ".log", directory=d)[1])
        check_equal("added", list(types)[-3:], ["cluster", "minnow_cluster", "distance"])
        check_equal("types", [types[n] for n in list(types)[-3:]], ["string", "count", "double"])
        check_equal("own", rows[0]["cluster"], b"mine")
        row = json.loads(export(path, ".json", directory=d)[1].splitlines()[0])
        check_equal("json", (row["cluster"], row["minnow_cluster"]), ("mine", 1))


def test_rows_without_a_cluster():
    with temp_dir() as d:
        path = write(d, "conn.log", conn_log([dict(SMALL, proto=p) for p in ("tcp", "udp")]))
        _, rows = zeek_read(export(path, ".log", "-w", "proto=tcp", directory=d)[1])
        check_equal("zeek", [(r["cluster"], r["distance"]) for r in rows], [(b"1", b"0"), (None, None)])
        rows = [json.loads(line) for line in export(path, ".json", "-w", "proto=tcp", directory=d)[1].splitlines()]
        check_equal("json", [(r.get("cluster"), r.get("distance")) for r in rows], [(1, 0), (None, None)])


def hostile_rows(n, seed):
    """Rows whose strings are bytes of every sort, as Zeek would escape them or not."""
    r = random.Random(seed)
    pieces = [b"-", b"(empty)", b"#fields", b"\\x09", b"\\x0a", b"\\\\", b"\\", b"\\x", b"\\xzz", b"\\x2d", b"\\x23", b",", b" ", b"   ", b'"',
              b"'", b"=1+1", b"\x1b[2J", b"\x07", b"\x00", b"\r", b"\x7f", b"\xff", b"\xc3\xa9", b"\xe2\x80\xae", b"\xed\xa0\x80",
              b"\xf0\x9f\x90\x9f", b"\xc2\x9b", b"x", b"{}", b"[1]", b"null", b"\\x28empty)", b"\\xc3\\xa9", b"\\xFF"]
    out = []
    for i in range(n):
        text = b"".join(r.choice(pieces) for _ in range(r.randrange(1, 4)))
        out.append((str(10 ** (i % 5)), text, b",".join(r.choice(pieces) for _ in range(r.randrange(1, 3)))))
    return out


def hostile_log(d, rows):
    head = (b"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
            b"#fields\tnote\tts\tid.orig_h\tid.resp_h\torig_bytes\ttags\tlast\n#types\tstring\ttime\taddr\taddr\tcount\tset[string]\tstring\n")
    lines = [b"x%s\t1700000000.%06d\t10.0.0.1\t10.0.0.2\t%s\t%s\t%s\n" % (note, i, n.encode(), tags, note + b".")
             for i, (n, note, tags) in enumerate(rows)]
    return write(d, "hostile.log", head + b"".join(lines))


def facts(path):
    """What a report says of the clusters, without what is about the file."""
    report = json.loads(expect(run("-b", "-k", "4", "-f", "json", path), out=None, err=None).out)
    return report["rows_loaded"], [{n: c[n] for n in ("id", "rows", "first_ts", "last_ts") if n in c} for c in report["clusters"]], \
        report.get("inertia")


def test_hostile_bytes_come_back():
    with temp_dir() as d:
        rows = hostile_rows(400, 7)
        path = hostile_log(d, rows)
        wanted = facts(path)
        check_equal("rows", wanted[0], 400)
        out, text = export(path, ".log", directory=d)
        _, read = zeek_read(text)
        for i, (_, note, _) in enumerate(rows):
            check_equal(f"row {i}", (read[i]["note"], read[i]["last"]), (zeek_decode(b"x" + note), zeek_decode(note + b".")))
        again = write(d, "again.log", text)
        check_equal("clusters", facts(again), wanted)
        plain = "--columns=note,ts,id.orig_h,id.resp_h,orig_bytes,tags,last"
        first = export(path, ".log", plain, directory=d)[1]
        check_equal("the same bytes once more", export(again, ".log", plain, directory=d)[1].replace(b"minnow_", b""), first)
        _, json_text = export(path, ".json", plain, directory=d)
        json_text.decode("utf-8")  # strict
        check(re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", json_text) is None, "controls are escaped")
        for line in json_text.splitlines():
            json.loads(line)
        again = write(d, "again.json", json_text)
        check_equal("clusters", facts(again), wanted)
        check_equal("the same bytes once more", export(again, ".json", plain, directory=d)[1].replace(b"minnow_", b""), json_text)
        for i, line in enumerate(json_text.splitlines()):
            value = json.loads(line)["note"].encode()
            check_equal(f"row {i}", value, re.sub(rb"[\x80-\xff]+", lambda m: m[0].decode("utf-8", "backslashreplace").encode(),
                                                  zeek_decode(b"x" + rows[i][1])))


def test_every_value_in_front():
    """A value that stands first in its line is never taken for a header, nor for a mark."""
    with temp_dir() as d:
        notes = [b"#fields\\x09x", b"#", b"\\x23a", b"\\x2d", b"\\x28empty)", b"a\\x0d", b"(empty)", b"-", b"\\x20", b"ok"]
        lines = [b"1700000000.%d\t10.0.0.1\t10.0.0.2\t%d\t%s" % (i, i, n) for i, n in enumerate(notes)]
        path = write(d, "x.log", b"#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\tid.resp_h\torig_bytes\tnote\n"
                     b"#types\ttime\taddr\taddr\tcount\tstring\n" + b"\n".join(lines) + b"\n")
        result = run("-b", "-k", "1", "-c", "1", "-o", "-", "--export-format=zeek", "--columns=note", path)
        check_equal("status", result.status, 0)
        values = result.out_bytes.split(b"\n")[7:-1]
        check_equal("values", values, [b"\\x23fields\\x09x", b"\\x23", b"\\x23a", b"\\x2d", b"\\x28empty)", b"a\\x0d", b"(empty)",
                                       b"-", b"\\x20", b"ok"])
        result = run("-b", "-k", "1", "-c", "1", "-o", "-", "--export-format=zeek", "--columns=note,orig_bytes", path)
        again = write(d, "again.log", result.out)
        check_equal("rows read again", json.loads(run("-b", "-f", "json", "--features=log(orig_bytes)", again).out)["rows_loaded"], len(notes))


def test_from_any_form_to_any_form():
    """A log as TSV, JSON and CSV gives the same exports, and each of them the same clusters."""
    with temp_dir() as d:
        rows = [dict(SMALL, uid=f"C{i}", orig_bytes=str(7 ** (i % 5)), service=("http", "-", "dns,ssl")[i % 3]) for i in range(40)]
        for row in rows:
            names = [n for n in FIELDS if n in row]
            row["ts"] = f"17000000{int(row['uid'][1:]):02d}.500000"
        path = write(d, "conn.log", conn_log(rows))
        wanted = facts(path)
        texts = {e: export(path, e, directory=d)[1] for e in (".log", ".json", ".csv")}
        for source in (".log", ".json", ".csv"):
            copy = write(d, f"copy{source}", texts[source])
            check_equal(source, facts(copy), wanted)
            for e in (".log", ".json"):
                _, text = export(copy, e, "--columns=" + ",".join(names), directory=d)
                if e == ".log":
                    one, other = zeek_read(text)[1], zeek_read(texts[e])[1]
                else:
                    one, other = ([json.loads(line) for line in t.splitlines()] for t in (text, texts[e]))
                for a, b in zip(one, other):
                    check_equal(f"{source} to {e}", {n: a.get(n) for n in names}, {n: b.get(n) for n in names})


def test_values_in_other_spellings():
    """Times become epoch seconds and booleans T and F where another form had its own."""
    with temp_dir() as d:
        path = write(d, "c.csv", "ts,src_ip,dst_ip,orig_bytes,local_orig\n2023-11-14T22:13:20.5Z,10.0.0.1,10.0.0.2,5,true\n"
                                 "1700000000500,10.0.0.1,10.0.0.2,6,false\n,10.0.0.1,10.0.0.2,,maybe\n")
        types, rows = zeek_read(export(path, ".log", directory=d)[1])
        check_equal("type", types["ts"], "time")
        check_equal("times", [r["ts"] for r in rows], [b"1700000000.500000", b"1700000000.500000", None])
        check_equal("booleans", [r["local_orig"] for r in rows], [b"T", b"F", b"maybe"])
        rows = [json.loads(line) for line in export(path, ".json", directory=d)[1].splitlines()]
        check_equal("json", [(r.get("ts"), r["local_orig"]) for r in rows], [(1700000000.5, True), (1700000000.5, False), (None, "maybe")])


def test_sets():
    with temp_dir() as d:
        text = ("#separator |\n#set_separator|;\n#empty_field|EMPTY\n#unset_field|NONE\n#path|conn\n#fields|ts|id.orig_h|id.resp_h|orig_bytes|tags\n"
                "#types|time|addr|addr|count|vector[string]\n1.5|10.0.0.1|10.0.0.2|1|a;b,c;d\\x3be\n1.5|10.0.0.1|10.0.0.2|2|EMPTY\n"
                "1.5|10.0.0.1|10.0.0.2|3|NONE\n1.5|10.0.0.1|10.0.0.2|4|-\n1.5|10.0.0.1|10.0.0.2|5|x\ty\n")
        path = write(d, "x.log", text)
        _, out = export(path, ".log", directory=d)
        values = [line.split(b"\t")[4] for line in out.splitlines() if not line.startswith(b"#")]
        check_equal("zeek", values, [b"a,b\\x2cc,d;e", b"(empty)", b"-", b"\\x2d", b"x\\x09y"])
        check(b"\tset[string]\t" in out, out[:400])
        rows = [json.loads(line) for line in export(path, ".json", directory=d)[1].splitlines()]
        check_equal("json", [r.get("tags") for r in rows], [["a", "b,c", "d;e"], [], None, ["-"], ["x\ty"]])


def test_odd_names():
    with temp_dir() as d:
        path = write(d, "c.csv", '"a\tb","x   y","say ""hi""",src_ip,dst_ip,orig_bytes\n1,2,3,10.0.0.1,10.0.0.2,4\n')
        types, rows = zeek_read(export(path, ".log", directory=d)[1])
        check_equal("names", list(types)[:3], ["a\\x09b", "x \\x20\\x20y", 'say "hi"'])
        check_equal("values", list(rows[0].values())[:3], [b"1", b"2", b"3"])
        row = json.loads(export(path, ".json", directory=d)[1])
        check_equal("json", list(row)[:3], ["a\tb", "x   y", 'say "hi"'])


def test_files_are_kept_as_with_csv():
    with temp_dir() as d:
        path = write(d, "conn.log", conn_log([SMALL] * 3))
        for ending in (".tsv", ".json"):
            out = write(d, f"old{ending}", "precious\n")
            check("--force" in expect(run("-o", out, path), status=4, err=None).err, ending)
            check_equal("kept", open(out, encoding="utf-8").read(), "precious\n")
            check("is an input" in expect(run("-o", path, "--force", "--export-format=zeek", path), status=4, err=None).err, ending)
        check_equal("left behind", sorted(os.listdir(d)), ["conn.log", "old.json", "old.tsv"])


main(__name__)
