#!/usr/bin/python3
"""JSON lines: the twin of a tab-separated log says the same; bad rows; several logs in one."""

import collections
import csv
import datetime
import gzip
import io
import json
import os
import random

from tests.cli.harness import check, check_equal, expect, generate, main, run, shared, temp_dir, write

TEXTS = {"string", "enum", "addr", "subnet"}


def read_tsv(path):
    """Names, types and rows of a generated log; unset values left out."""
    names, types, rows = [], [], []
    with open(path, encoding="utf-8") as log:
        for line in log:
            values = line.rstrip("\n").split("\t")
            if values[0] == "#fields":
                names = values[1:]
            elif values[0] == "#types":
                types = values[1:]
            elif not line.startswith("#"):
                rows.append({n: v for n, v in zip(names, values) if v != "-"})
    return names, dict(zip(names, types)), rows


def member(name, kind, value):
    """A value as Zeek's JSON has it; numbers keep their digits."""
    if kind == "bool":
        value = {"T": "true", "F": "false"}[value]
    elif kind.startswith(("set", "vector")):
        value = json.dumps([] if value == "(empty)" else value.split(","))
    elif kind in TEXTS:
        value = json.dumps("" if value == "(empty)" else value)
    return f"{json.dumps(name)}:{value}"


def flat(row, types):
    return [member(n, types[n], v) for n, v in row.items()]


def plain(row, types, _names):
    return "{" + ",".join(flat(row, types)) + "}"


def nested(row, types, _names):
    inside = [member(n[3:], types[n], v) for n, v in row.items() if n.startswith("id.")]
    rest = [member(n, types[n], v) for n, v in row.items() if not n.startswith("id.")]
    return "{ " + " , ".join(rest[:2] + ['"id" : {' + ",".join(inside) + "}"] + rest[2:]) + " }"


def shuffled(row, types, _names, order=random.Random(5)):
    members = flat(row, types)
    order.shuffle(members)
    return "{" + ",".join(members) + "}"


def nulls(row, types, names):
    return "{" + ",".join(member(n, types[n], row[n]) if n in row else f'"{n}":null' for n in names) + "}"


def iso(row, types, names):
    seconds, _, digits = row["ts"].partition(".")
    days, rest = divmod(int(seconds), 86400)
    day = datetime.date(1970, 1, 1) + datetime.timedelta(days)
    text = f"{day}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}.{digits}Z"
    return "{" + ",".join([f'"ts":"{text}"'] + flat(row, types)[1:]) + "}"


def milliseconds(row, types, names):
    seconds, _, digits = row["ts"].partition(".")
    return "{" + ",".join([f'"ts":{seconds}{digits[:3]}.{digits[3:]}'] + flat(row, types)[1:]) + "}"


def prefixed(row, types, names):
    return "conn - " + plain(row, types, names)


def escaped(row, types, names):
    def unicode(text):
        return "".join(f"\\u{ord(c):04X}" for c in text)
    members = [f'"{unicode(n)}":"{unicode(v)}"' if types[n] in TEXTS and v != "(empty)" else member(n, types[n], v)
               for n, v in row.items()]
    return "{" + ",".join(members) + "}"


def report(*args, **more):
    r = json.loads(expect(run("-b", "-f", "json", *args, **more), out=None).out)
    check_equal("read = loaded + rejected", r["rows_read"], r["rows_loaded"] + r["rows_rejected"])
    return r


def export(path):
    text = expect(run("-c", "all", "-o", "-", path), out=None, err=None).out
    return list(csv.DictReader(io.StringIO(text)))


def test_twins():
    """The same rows in any form are the same clusters and the same values."""
    with temp_dir() as d:
        tsv = generate(os.path.join(d, "conn.log"), "--rows=3000")
        names, types, rows = read_tsv(tsv)
        want, values = report(tsv), export(tsv)
        check(len(rows) >= 3000 and len(want["clusters"]) > 3, "a log with clusters")
        for form in (plain, nested, shuffled, nulls, iso, milliseconds, prefixed, escaped):
            path = write(d, "conn.json", "".join(form(r, types, names) + "\n" for r in rows))
            got = report(path)
            check_equal(f"{form.__name__}: format", got["inputs"][0]["format"], "zeek-json")
            check_equal(f"{form.__name__}: rejected", got["rows_rejected"], 0)
            check_equal(f"{form.__name__}: clusters", got["clusters"], want["clusters"])
            check_equal(f"{form.__name__}: features", got["features"], want["features"])
            mine = export(path)
            check_equal(f"{form.__name__}: rows", len(mine), len(values))
            for have, twin in zip(mine, values):
                # What no row of the twin has is no column of it.
                check_equal(f"{form.__name__}: values", have, {n: twin[n] for n in twin if n in have})
                check(all(twin[n] == "-" for n in twin if n not in have), twin)


def test_both_forms_in_one_table():
    """A log and its twin side by side are the log twice; an hour may be written so, the next otherwise."""
    with temp_dir() as d:
        tsv = generate(os.path.join(d, "conn.log"), "--rows=1000")
        names, types, rows = read_tsv(tsv)
        copy = write(d, "copy.log", open(tsv, "rb").read())
        twin = write(d, "twin.json", "".join(plain(r, types, names) + "\n" for r in rows))
        check_equal("clusters", report(tsv, twin)["clusters"], report(tsv, copy)["clusters"])
        check_equal("clusters", report(twin, tsv)["clusters"], report(copy, tsv)["clusters"])


def test_the_order_of_columns():
    """No row has all columns, and still they stand as the log has them."""
    with temp_dir() as d:
        lines = ['{"ts":1,"uid":"C1","proto":"tcp","conn_state":"S0"}',
                 '{"ts":2,"uid":"C2","proto":"tcp","service":"dns","conn_state":"SF","history":"Dd"}',
                 '{"ts":3,"uid":"C3","proto":"udp","duration":1.5,"conn_state":"SF"}']
        path = write(d, "x.json", "\n".join(lines))
        head = run("-c", "all", "-o", "-", "--features=log(duration)", path).out.split("\n")[0]
        check_equal("columns", head, "ts,uid,proto,duration,service,conn_state,history,cluster,distance")


def test_a_column_that_comes_late():
    """A key that first shows far behind the first bytes: rows before it have it unset."""
    with temp_dir() as d:
        lines = [f'{{"ts":{i}.5,"orig_bytes":{i % 90},"conn_state":"SF"}}' for i in range(5000)]
        lines[4000] = '{"ts":4000.5,"orig_bytes":7,"conn_state":"SF","service":"dns","note":"new"}'
        path = write(d, "late.json", "\n".join(lines) + "\n")
        r = report("--features=log(orig_bytes)", path)
        check_equal("loaded", r["rows_loaded"], 5000)
        rows = [x for x in csv.DictReader(io.StringIO(
            expect(run("-c", "all", "-o", "-", "--features=log(orig_bytes)", path), out=None).out))]
        check_equal("late", (rows[4000]["service"], rows[4000]["note"]), ("dns", "new"))
        check_equal("before and after", {(rows[i]["service"], rows[i]["note"]) for i in range(5000) if i != 4000},
                    {("-", "-")})
        with open(path, "rb") as log:
            check_equal("from standard input", report("--features=log(orig_bytes)", "-", stdin=log)["clusters"],
                        r["clusters"])


def test_marks_are_values():
    with temp_dir() as d:
        rows = ['{"ts":1,"orig_bytes":1,"service":"-","note":"(empty)"}', '{"ts":2,"orig_bytes":2,"service":"","note":"x"}',
                '{"ts":3,"orig_bytes":3,"service":null,"note":"a\\\\x2d"}']
        got = [(r["service"], r["note"]) for r in csv.DictReader(io.StringIO(expect(
            run("-c", "all", "-o", "-", "--features=log(orig_bytes)", write(d, "m.json", "\n".join(rows))),
            out=None, err=None).out))]
        check_equal("values", sorted(got), sorted([("\\x2d", "\\x28empty)"), ("(empty)", "x"), ("-", "a\\x2d")]))


GOOD = '{"ts":%d.5,"id.orig_h":"10.0.0.%d","id.resp_h":"192.0.2.7","id.resp_p":80,"proto":"tcp","orig_bytes":%d}'


def good(n):
    return [GOOD % (1700000000 + i, i % 9, i * 37 % 1000) for i in range(n)]


def test_bad_rows():
    with temp_dir() as d:
        lines = good(40)
        bad = {"JSON nested deeper than 64": ['{"a":' * 100000 + "1" + "}" * 100000, '{"x":' + "[" * 64 + "]" * 64 + "}"],
               "broken JSON": ['{"ts":1,"uid":"\\ud800"}', '{"ts":1} {"ts":2}', '{"ts":1}{"ts":2}', '{"ts":01}', '{"ts":NaN}',
                               "1700000000.5\tC1\t10.0.0.1", "{ts:1}", '{"ts":1,}', '{"ts":"\t"}', "plain words"]}
        for why, rows in bad.items():
            lines[20:20] = rows
        lines += ['{"ts":1,"ts":1700000099.5,"orig_bytes":1,"orig_bytes":2}']
        r = report("--features=log(orig_bytes)", write(d, "bad.json", "\n".join(lines) + '\n{"ts":17000'))
        check_equal("loaded", r["rows_loaded"], 41)
        check_equal("rejected", {x["reason"]: (x["count"], x["first"]["line"]) for x in r["rejected"]},
                    {"JSON nested deeper than 64": (2, 31), "broken JSON": (10, 21), "last line is cut off": (1, 54)})
        check_equal("last of equal keys", r["inputs"][0]["last_ts"], 1700000099.5)


def test_not_one_object_a_line():
    with temp_dir() as d:
        for text, looks in (('[{"ts":1},\n{"ts":2}]\n', "a JSON array): jq -c '.[]' FILE | minnow -"),
                            ("[\n", "a JSON array): jq"), ('{\n "ts": 1\n}\n', "JSON over several lines): jq -c . FILE | minnow -")):
            path = write(d, "x.json", text)
            result = expect(run("-b", path), status=3, err=None)
            check(looks in result.err, result)
        path = write(d, "x.json", '{"a":1,}\n{"a"}\n')
        expect(run("-b", path), status=3,
               err=f"minnow: {path}: no usable row: 2 rejected, the first at line 1 (broken JSON)\n")


def test_several_logs_in_one():
    with temp_dir() as d:
        rows = []
        for i, row in enumerate(good(60)):
            rows.append('{"_path":"conn",' + row[1:])
            rows += ['{"_path":"dns","ts":1.5,"query":"a.example","id.orig_h":"10.0.0.1"}'] * 2
            rows += ['{"_path":"stats","ts":1.5,"mem":5}'] * (i % 2)
        path = write(d, "all.json", "\n".join(rows))
        r = report(path)
        check_equal("loaded", r["rows_loaded"], 60)
        check_equal("rejected", [(x["reason"], x["count"]) for x in r["rejected"]], [("row of another log", 150)])
        check(any("the rows of conn are read, others (dns, stats) are not" in n for n in r["notices"]), r["notices"])
        columns = run("-c", "all", "-o", "-", path).out.split("\n")[0].split(",")
        check("query" not in columns and "_path" in columns, columns)


def test_mutated_files():
    """Whatever a file holds, rows read are rows loaded and rows rejected."""
    rng = random.Random(11)
    text = ("\n".join(good(30)) + "\n").encode()
    with temp_dir() as d:
        for _ in range(60):
            data = bytearray(text)
            for _ in range(rng.randrange(1, 40)):
                at = rng.randrange(len(data))
                what = rng.randrange(3)
                if what == 0:
                    data[at] = rng.choice(b'{}[]",:\\u0\n\r\xff\x00 9etf')
                elif what == 1:
                    del data[at:at + rng.randrange(1, 30)]
                else:
                    data[at:at] = data[at:at + rng.randrange(1, 60)]
            result = run("-b", "-f", "json", "-k", "3", "--features=log(orig_bytes)", write(d, "m.json", bytes(data)))
            check(result.status in (0, 3), result)
            if result.status == 0:
                r = json.loads(result.out)
                check_equal("read = loaded + rejected", r["rows_read"], r["rows_loaded"] + r["rows_rejected"])


def test_real_logs():
    """Counts against Python's own reader."""
    for name in ("all-fields.conn.json", "apt29-day1.mixed.json", "netflowlabeler.conn.json", "portscan-002.conn.json",
                 "logstory-prefixed.mixed.json.gz"):
        path = shared("json/" + name)
        with open(path, "rb") as log:
            data = gzip.decompress(log.read()) if name.endswith(".gz") else log.read()
        kinds, pairs = collections.Counter(), collections.Counter()
        for line in data.decode().splitlines():
            row = json.loads(line[line.index("{"):])
            kind = row.get("_path", row.get("@stream", line.split(" - {")[0] if line[0] != "{" else "conn"))
            kinds[kind] += 1
            if kind == "conn":
                pairs[row.get("id.orig_h", row.get("id_orig_h")), row.get("orig_bytes"), row.get("service", "-")] += 1
        r = report(path)
        check_equal(f"{name}: read", r["rows_read"], sum(kinds.values()))
        check_equal(f"{name}: loaded", r["rows_loaded"], kinds["conn"])
        got = collections.Counter()
        for row in export(path):
            origin = row.get("id.orig_h", row.get("id_orig_h"))
            got[origin, None if row["orig_bytes"] == "-" else int(row["orig_bytes"]), row["service"]] += 1
        check_equal(f"{name}: values", got, pairs)


main(__name__)
