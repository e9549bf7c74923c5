#!/usr/bin/python3
"""Exports: what is written, where, and what is never replaced."""

import csv
import io
import json
import os
import stat

from tests.cli.harness import (FIELDS, check, check_equal, conn_log, expect, main, run, shared, temp_dir, write)


def log(directory, n=60, **changes):
    data = []
    for i in range(n):
        row = {"ts": f"17000000{i:02d}.5", "uid": f"C{i}", "id.orig_h": f"10.0.0.{i % 5}", "id.orig_p": 1024 + i,
               "id.resp_h": "192.0.2.9", "id.resp_p": 80, "proto": "tcp", "service": "http", "duration": f"{i % 9}.25",
               "orig_bytes": 10 ** (i % 6), "resp_bytes": i % 4 * 1000, "conn_state": "SF", "orig_pkts": i % 6,
               "resp_pkts": i % 5}
        row.update(changes)
        data.append(row)
    return write(directory, "conn.log", conn_log(data)), data


def read_csv(text):
    return list(csv.reader(io.StringIO(text)))


def test_all_rows_come_back():
    with temp_dir() as d:
        path, data = log(d)
        table = read_csv(expect(run("-k", "7", "-c", "all", "-o", "-", path), out=None).out)
        check_equal("header", table[0], list(FIELDS) + ["cluster", "distance"])
        check_equal("rows", [r[:-2] for r in table[1:]], [[str(r[n]) for n in FIELDS] for r in data])
        check(all(1 <= int(r[-2]) <= 7 and float(r[-1]) >= 0 for r in table[1:]), "labels and distances")


def test_clusters_are_the_report_s():
    with temp_dir() as d:
        path, _ = log(d)
        out = os.path.join(d, "one.csv")
        for which in ("1", "3", "first", "smallest"):
            result = expect(run("-k", "7", "-f", "json", "-c", which, "-o", out, "--force", path), out=None)
            sizes = {c["id"]: c["rows"] for c in json.loads(result.out)["clusters"]}
            want = sizes[int(which)] if which.isdigit() else min(sizes.values()) if which == "smallest" else sizes[1]
            with open(out, encoding="utf-8", newline="") as f:
                check_equal(which, len(list(csv.reader(f))) - 1, want)
        expect(run("-b", "-k", "7", "-c", "99", "-o", out, "--force", path), status=2,
               err="minnow: --cluster: there is no cluster 99, this run has 1 to 7\n")


def test_columns():
    with temp_dir() as d:
        path, data = log(d)
        result = expect(run("-k", "7", "-c", "all", "-o", "-", "--columns=src_ip,ts", path), out=None)
        table = read_csv(result.out)
        check_equal("header", table[0], ["id.orig_h", "ts", "cluster", "distance"])
        check_equal("first", table[1][:2], [data[0]["id.orig_h"], data[0]["ts"]])
        result = expect(run("-k", "7", "-c", "all", "-o", "-", "--columns=nope", path), status=2, err=None)
        check("nope" in result.err, result)


def test_formulas_are_guarded():
    with temp_dir() as d:
        path, _ = log(d, service="=cmd()|x")
        table = read_csv(expect(run("-k", "7", "-c", "all", "-o", "-", path), out=None).out)
        check_equal("guarded", table[1][7], "'=cmd()|x")
        table = read_csv(expect(run("-k", "7", "-c", "all", "-o", "-", "--raw", path), out=None).out)
        check_equal("raw", table[1][7], "=cmd()|x")


def test_escapes_are_decoded_and_quoted():
    with temp_dir() as d:
        path, _ = log(d, service="a\\x0ab\\x09\"c\\\\,d")
        table = read_csv(expect(run("-k", "7", "-c", "all", "-o", "-", path), out=None).out)
        check_equal("decoded", table[1][7], 'a\nb\t"c\\,d')
        path, _ = log(d, service="\\x2d")
        table = read_csv(expect(run("-k", "7", "-c", "all", "-o", "-", path), out=None).out)
        check_equal("a value like the unset mark stays escaped", table[1][7], "\\x2d")


def test_an_existing_file_is_kept():
    with temp_dir() as d:
        path, _ = log(d)
        out = write(d, "out.csv", "precious\n")
        result = expect(run("-o", out, path), status=4, err=None)
        check("--force" in result.err, result)
        check_equal("content", open(out, encoding="utf-8").read(), "precious\n")
        expect(run("-o", out, "--force", path), out=None)
        check(open(out, encoding="utf-8").read().startswith("ts,uid"), "not replaced")
        check_equal("mode", stat.S_IMODE(os.stat(out).st_mode), 0o600)
        check_equal("left behind", sorted(os.listdir(d)), ["conn.log", "out.csv"])


def test_targets_that_are_refused():
    with temp_dir() as d:
        path, _ = log(d)
        before = open(path, encoding="utf-8").read()
        link = os.path.join(d, "link.csv")
        os.symlink(os.path.join(d, "elsewhere"), link)
        for target, words in ((d, "is a directory"), (link, "is a link"), (path, "is an input"),
                              (os.path.join(d, "no", "where.csv"), "No such file or directory")):
            result = expect(run("-o", target, "--force", path), status=4, err=None)
            check(words in result.err, result)
        check_equal("the log", open(path, encoding="utf-8").read(), before)
        check_equal("left behind", sorted(os.listdir(d)), ["conn.log", "link.csv"])


def test_devices_and_full_disks():
    with temp_dir() as d:
        path, _ = log(d)
        expect(run("-o", "/dev/null", path), out=None)
        result = expect(run("-o", "/dev/full", path), status=4, err=None)
        check("No space left on device" in result.err, result)
        check(os.path.exists("/dev/null") and stat.S_ISCHR(os.stat("/dev/null").st_mode), "/dev/null is gone")


def test_where_leaves_rows_out():
    with temp_dir() as d:
        path, _ = log(d)
        r = json.loads(run("-b", "-f", "json", "-w", "id.orig_h=10.0.0.1,10.0.0.2", path).out)
        check_equal("excluded", r["rows_excluded"], 36)
        table = read_csv(run("-k", "7", "-c", "all", "-o", "-", "-w", "src=10.0.0.1", path).out)
        check_equal("rows", len(table) - 1, 60)
        check_equal("without a cluster", sum(r[-2] == "" for r in table), 48)
        result = expect(run("-b", "-w", "proto=icmp", path), status=3, err=None)
        check("no row" in result.err, result)


def test_expression_errors_have_a_caret():
    with temp_dir() as d:
        path, _ = log(d)
        expect(run("-b", "-w", "proto=tcp andd x", path), status=2,
               err="minnow: --where: expected and, or, or the end\n  proto=tcp andd x\n            ^\n")
        expect(run("-b", "-w", "src=10.0.0.1 or proot=tcp", path), status=2,
               err="minnow: --where: unknown field 'proot' (did you mean 'proto'?)\n"
                   "  src=10.0.0.1 or proot=tcp\n                  ^\n")


def test_expression_errors_say_whose_expression():
    with temp_dir() as d:
        path, _ = log(d)
        good, bad, broken = (write(d, f"{name}.recipe", f"where = {where}\nfeature = log(duration)\n")
                             for name, where in (("good", "src=10.0.0.1"), ("bad", "dr=in"), ("broken", "dir==in")))
        for args, says in (
                (("-r", bad), f"{bad}:1: where: unknown field 'dr' (did you mean 'dir'?)\n  dr=in\n  ^\n"),
                (("-r", bad, "-w", "proto=tcp"), f"{bad}:1: where: unknown field 'dr' (did you mean 'dir'?)\n"
                 "  (dr=in) and (proto=tcp)\n   ^\n"),
                (("-r", good, "-w", "proto=tcp and dir=up"), "--where: expected in, out, inside or outside: 'up'\n"
                 "  (src=10.0.0.1) and (proto=tcp and dir=up)\n                                        ^\n"),
                (("-r", broken), f"{broken}:1: where: one operator is enough: expected a value\n")):
            expect(run("-b", *args, path), status=2, err=f"minnow: {says}")
        # Nobody has typed what a built-in recipe says.
        bare = write(d, "bare.csv", "ts,src_ip,dst_ip,proto,size\n1,10.0.0.1,10.0.0.2,tcp,5\n")
        expect(run("-b", "-r", "exfil", "--features=log(size)", bare), status=2,
               err="minnow: recipe exfil (built in), line 9: where: unknown field 'orig_bytes'\n"
                   "  proto=tcp and dir=out and orig_bytes>0\n                            ^\n")
        expect(run("-b", "-w", "proto=icmp", path), status=3, err="minnow: no row passes --where 'proto=icmp'\n")
        expect(run("-b", "-r", good, "-w", "proto=icmp", path), status=3,
               err="minnow: no row passes the recipe's where and --where: '(src=10.0.0.1) and (proto=icmp)'\n")


def test_the_tutorial_s_suspects():
    import gzip
    with temp_dir() as d:
        with gzip.open(shared("article/bigger.log.gz")) as f:
            path = write(d, "bigger.log", f.read())
        out = os.path.join(d, "suspects.csv")
        expect(run("-b", "-r", "article", "-k", "7", "-s", "1", "-c", "smallest", "-o", out, path), out=None)
        with open(out, encoding="utf-8", newline="") as f:
            table = list(csv.reader(f))
        check_equal("lines", len(table), 172)
        check_equal("protocols", {r[6] for r in table[1:]}, {"icmp"})


main(__name__)
