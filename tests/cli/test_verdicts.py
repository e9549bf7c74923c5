#!/usr/bin/python3
"""--verdicts, --alert and --addresses: what they count, say, write and return."""

import json
import os
import stat
import subprocess

from tests.cli.harness import (MINNOW, check, check_equal, conn_log, environment, expect, main, run,
                               temp_dir, write)

CALLS = [{"ts": f"{1000 + 60 * i}.0", "uid": f"C{i}", "id.orig_h": "10.0.0.5", "id.orig_p": 40000 + i,
          "id.resp_h": "203.0.113.7", "id.resp_p": 443, "proto": "tcp", "duration": "0.1",
          "orig_bytes": 300, "resp_bytes": 200, "conn_state": "SF"} for i in range(60)]
TALKS = [{"ts": f"{1000 + (97 * i * i) % 3600}.0", "uid": f"T{i}", "id.orig_h": f"10.0.1.{i % 40}",
          "id.orig_p": 50000 + i, "id.resp_h": "10.0.2.1", "id.resp_p": 80, "proto": "tcp",
          "duration": f"{1 + i % 9}.0", "orig_bytes": 100 + 17 * i, "resp_bytes": 9000 + 31 * i,
          "conn_state": "SF"} for i in range(200)]


def log(d, rows=None):
    rows = CALLS + TALKS if rows is None else rows
    return write(d, "conn.log", conn_log(sorted(rows, key=lambda r: float(r["ts"]))))


def report(*args, status=0):
    return json.loads(expect(run("-k", "4", "-f", "json", *args), out=None, status=status).out)


def caller(r):
    """The cluster of the 60 calls."""
    found = [c for c in r["clusters"] if c["top_resp"] and c["top_resp"][0][0] == "203.0.113.7"]
    check(len(found) == 1 and found[0]["rows"] == 60, found)
    return found[0]


def test_without_verdicts_the_keys_are_there():
    with temp_dir() as d:
        r = report(log(d))
        check_equal("verdicts", r["verdicts"], None)
        check_equal("alert_from", r["alert_from"], None)
        check_equal("alerts", r["alerts"], [])
        check_equal("first", caller(r)["id"], 1)
        for c in r["clusters"]:
            check_equal("benign", (c["benign_rows"], c["suspect_rows"]), (0, 0))


def test_a_threat_list_is_counted_and_named():
    with temp_dir() as d:
        path = log(d)
        threats = write(d, "threats.txt", "# feed\r\n198.51.100.0/24\r\n203.0.113.7\t99\r\n")
        r = report("--verdicts", threats, path)
        check_equal("verdicts", r["verdicts"],
                    {"path": threats, "lines": 2, "benign_rows": 0, "suspect_rows": 60, "suspect_clusters": 1})
        check_equal("headline", r["headline"], "60 rows match the verdicts as suspect (1 cluster)")
        check_equal("rows", caller(r)["suspect_rows"], 60)
        check(caller(r)["why"].endswith("; verdicts: 60 rows suspect"), caller(r)["why"])
        check_equal("score", caller(r)["suspicion"], caller(report(path))["suspicion"])
        text = expect(run("-b", "-k", "4", "--verdicts", threats, path), out=None).out
        check(f"\nverdicts {threats}: 2 lines, 60 rows suspect, 0 rows benign\n" in text, text)
        check("\n\n60 rows match the verdicts as suspect (1 cluster)\n" in text, text)


def test_benign_rows_leave_the_top():
    with temp_dir() as d:
        path = log(d)
        known = write(d, "known.txt", "benign pair = 10.0.0.5 203.0.113.7 443 tcp\n")
        r = report("--verdicts", known, path)
        check_equal("score", caller(r)["suspicion"]["score"], 0)
        check_equal("word", caller(r)["suspicion"]["word"], "")
        check(caller(r)["id"] > 1, caller(r))
        check_equal("headline", r["headline"], "")
        check_equal("the clusters stay", sorted(c["rows"] for c in r["clusters"]),
                    sorted(c["rows"] for c in report(path)["clusters"]))


def test_an_alert_ends_with_10_and_is_named():
    with temp_dir() as d:
        path = log(d)
        score = caller(report(path))["suspicion"]["score"]
        check(score > 0.5, score)
        r = report("--alert=.5", path, status=10)
        check_equal("from", r["alert_from"], 0.5)
        check_equal("alerts", r["alerts"], [{"cluster": 1, "word": "REGULAR", "score": score,
                                             "why": caller(r)["why"]}])
        text = expect(run("-b", "-k", "4", "--alert=0.5", path), out=None, status=10).out
        why = caller(r)["why"].removeprefix("REGULAR ")
        check(f"\n\nalert: cluster 1 REGULAR {score:.2f}: {why}\n\n" in text, text)


def test_no_alert_is_said_too():
    with temp_dir() as d:
        path = log(d)
        text = expect(run("-b", "-k", "4", "--alert=1", path), out=None).out
        check("\n\nalert: none (no cluster outside the verdicts reaches suspicion 1)\n\n" in text, text)
        check_equal("alerts", report("--alert=1", path)["alerts"], [])
        known = write(d, "known.txt", "benign addr = 203.0.113.7\n")
        r = report("--alert=0.5", "--verdicts", known, path)
        check_equal("benign", (r["alerted"], r["alerts"]), (False, []))
        text = expect(run("-b", "-k", "4", "--alert=0.5", "--verdicts", known, path), out=None).out
        check("alert: none (no cluster outside the verdicts reaches suspicion 0.5, and no row is suspect by them)\n" in text,
              text)


def test_a_suspect_row_is_an_alert():
    """Whatever the score of its cluster: a threat list is watched for its hits."""
    with temp_dir() as d:
        path = log(d)
        threats = write(d, "threats.txt", "203.0.113.7\n198.51.100.9\n")
        number = caller(report("--verdicts", threats, path))["id"]
        says = f"alert: 60 rows match the verdicts as suspect, in cluster {number}\n"
        text = expect(run("-b", "-k", "4", "--alert=1", "--verdicts", threats, path), out=None, status=10).out
        check(f"\n\n{says}\n" in text, text)
        r = report("--alert=1", "--verdicts", threats, path, status=10)
        check_equal("JSON", (r["alerted"], r["alerts"], r["verdicts"]["suspect_rows"]), (True, [], 60))
        for args in (["-f", "csv"], ["-o", "-"], ["--addresses=-"]):
            expect(run("-b", "-k", "4", "--alert=1", "--verdicts", threats, *args, path), out=None, err=says, status=10)
        # a cluster that is an alert has its own line below
        text = expect(run("-b", "-k", "4", "--alert=.5", "--verdicts", threats, path), out=None, status=10).out
        check(f"\n\n{says}alert: cluster {number} REGULAR " in text, text)
        # rows that are not clustered are not looked at, and without --alert a hit is no alert
        expect(run("-b", "-k", "2", "--alert=1", "--verdicts", threats, "-w", "not dst=203.0.113.7,198.51.100.9", path),
               out=None)
        expect(run("-b", "-k", "4", "--verdicts", threats, path), out=None)


def test_clusters_with_suspect_rows_are_named():
    """The first five, and how many more there are."""
    with temp_dir() as d:
        out = expect(run("-b", "--alert=1", "--verdicts", write(d, "t.txt", "10.20.1.30\n"), "data/sample.conn.log"),
                     out=None, status=10).out
        r = json.loads(run("-f", "json", "--alert=1", "--verdicts", f"{d}/t.txt", "data/sample.conn.log").out)
        ids = [c["id"] for c in r["clusters"] if c["suspect_rows"] > 0]
        check(len(ids) > 5, ids)
        check(f"alert: {r['verdicts']['suspect_rows']:,} rows match the verdicts as suspect, in cluster "
              f"{', '.join(map(str, ids[:5]))} and {len(ids) - 5} more\n" in out, out)


def test_alerts_without_a_report_go_to_standard_error():
    with temp_dir() as d:
        path = log(d)
        for args in (["-f", "csv"], ["-o", "-"], ["--addresses=-"]):
            result = expect(run("-b", "-k", "4", "--alert=0.5", *args, path), out=None, err=None, status=10)
            check(result.err.startswith("alert: cluster 1 REGULAR "), result)
            check_equal("lines", result.err.count("\n"), 1)
            check("alert" not in result.out, result)


def test_an_alert_outranks_strict():
    with temp_dir() as d:
        path = log(d)
        with open(path, "a") as out:
            out.write("broken\trow\n")
        expect(run("-b", "-k", "4", "--strict", path), out=None, err=None, status=1)
        expect(run("-b", "-k", "4", "--strict", "--alert=0.5", path), out=None, err=None, status=10)


def test_bad_alerts():
    for bad in ("", ".", "1.01", "-0.1", "nan", "x", "0,5", "1e9", "0." + "0" * 60):
        expect(run("-b", f"--alert={bad}", "x.log"), status=2,
               err=f"minnow: --alert: '{bad[:60]}' is not a number from 0 to 1, such as 0.6\n")


def test_bad_verdict_files():
    with temp_dir() as d:
        path = log(d)
        bad = write(d, "bad.txt", "10.0.0.1\nevil.example\n")
        expect(run("-b", "--verdicts", bad, path), status=2,
               err=f"minnow: {bad}:2: 'evil.example' is no verdict (expected benign addr = ADDRESS, "
                   "suspect net = NETWORK, or a bare address or network)\n")
        ugly = write(d, "ugly.txt", b"10.0.0.1\nx\x1b[2J\xff\n")
        result = expect(run("-b", "--verdicts", ugly, path), status=2, err=None)
        check("'x\\x1b[2J\\xff' is no verdict" in result.err, result)
        expect(run("-b", "--verdicts", write(d, "nul.txt", b"\0\0"), path), status=2,
               err=f"minnow: {d}/nul.txt: not a verdict file: it holds NUL bytes\n")
        expect(run("-b", f"--verdicts={d}/none", path), status=4,
               err=f"minnow: {d}/none: there is no such file of verdicts\n")
        for name in ("", "-"):
            expect(run("-b", "--verdicts=" + name, path), status=2,
                   err="minnow: --verdicts: a file's name is expected; standard input is /dev/stdin\n")
        check("verdicts /dev/stdin: 1 line, " in run("-b", "--verdicts=/dev/stdin", path, stdin="10.0.0.1\n").out, "stdin")
        expect(run("-b", f"--verdicts={d}", path), status=4,
               err=f"minnow: {d}: cannot read the verdicts: Is a directory\n")
        expect(run("-b", "--verdicts=/dev/zero", path), status=5,
               err="minnow: /dev/zero: is too long: at most 65536 KiB\n")


def test_verdicts_from_a_pipe():
    with temp_dir() as d:
        script = 'echo 203.0.113.7 | "$0" -b -k 4 -f json --verdicts=/dev/stdin "$1"'
        done = subprocess.run(["sh", "-c", script, MINNOW, log(d)], capture_output=True, timeout=60,
                              env=environment(), check=True)
        check_equal("rows", json.loads(done.stdout)["verdicts"]["suspect_rows"], 60)


def test_a_long_list():
    with temp_dir() as d:
        lines = [f"{1 + i // 65536}.{i // 256 % 256}.{i % 256}.77\n" for i in range(300000)]
        threats = write(d, "threats.txt", "".join(lines) + "203.0.113.7\n")
        r = report("--verdicts", threats, log(d))
        check_equal("lines", r["verdicts"]["lines"], 300001)
        check_equal("rows", r["verdicts"]["suspect_rows"], 60)


# ---- addresses ----

def test_addresses_of_a_cluster_with_counts():
    with temp_dir() as d:
        path, out = log(d), os.path.join(d, "addresses.txt")
        text = expect(run("-b", "-k", "4", "-c", "1", "--addresses", out, path), out=None).out
        check("REGULAR 10.0.0.5 -> 203.0.113.7" in text, text)
        check_equal("file", open(out).read(), "10.0.0.5\t60\n203.0.113.7\t60\n")
        check_equal("mode", stat.S_IMODE(os.stat(out).st_mode), 0o600)
        # Number 1 without -c; no -b is needed; what is there stays without --force.
        expect(run("-k", "4", "--addresses", out, path), status=4,
               err=f"minnow: {out}: exists already (use --force to replace it)\n")
        expect(run("-k", "4", "--addresses=-", path), out="10.0.0.5\t60\n203.0.113.7\t60\n")
        expect(run("-k", "4", "--force", "-c", "all", "--addresses", out, path), out=None)
        lines = open(out).read().splitlines()
        check_equal("first", lines[0], "10.0.2.1\t200")
        check_equal("all", len(lines), 43)
        check_equal("nothing else", sorted(os.listdir(d)), ["addresses.txt", "conn.log"])
        # The list is a verdict file as it is.
        check_equal("again", report("--verdicts", out, path)["verdicts"]["suspect_rows"], 260)


def test_addresses_beside_an_export():
    with temp_dir() as d:
        path, out, csv = log(d), os.path.join(d, "a.txt"), os.path.join(d, "c.csv")
        expect(run("-k", "4", "--addresses", out, "-o", csv, path), out=None)
        check_equal("addresses", open(out).read().count("\n"), 2)
        check_equal("rows", open(csv).read().count("\n"), 61)
        result = expect(run("-k", "4", "--addresses=-", "-o", csv, "--force", path), out=None)
        check_equal("addresses", result.out, "10.0.0.5\t60\n203.0.113.7\t60\n")


def test_a_log_adds_no_lines():
    with temp_dir() as d:
        path = write(d, "odd.csv", 'ts,id.orig_h,id.resp_h,orig_bytes\n'
                                   '1,"10.0.0.1\n0.0.0.0/0",10.0.0.2,5\n2,10.0.0.1,10.0.0.2,5\n')
        result = expect(run("-k", "1", "--features=log(orig_bytes)", "-c", "all", "--addresses=-", path), out=None)
        check_equal("lines", sorted(result.out.splitlines()),
                    ["10.0.0.1\t1", "10.0.0.1\\x0a0.0.0.0/0\t1", "10.0.0.2\t2"])


def test_addresses_never_replace_what_was_read():
    with temp_dir() as d:
        path = log(d)
        known = write(d, "known.txt", "203.0.113.7\n")
        os.link(known, os.path.join(d, "link.txt"))
        expect(run("-b", "--force", "--addresses", path, path), status=4,
               err=f"minnow: {path}: is an input: an export never replaces the log it came from\n")
        for option in ("--addresses", "-o"):
            expect(run("-b", "--force", "--verdicts", known, option, f"{d}/link.txt", path), status=2,
                   err="minnow: --verdicts names a file that would be written\n")
        expect(run("-b", "--verdicts", known, "--addresses", known, "--force", path), status=2,
               err="minnow: --verdicts names a file that would be written\n")
        expect(run("-b", "--verdicts", known, "-o", known, "--force", path), status=2,
               err="minnow: --verdicts names a file that would be written\n")
        check_equal("still there", open(known).read(), "203.0.113.7\n")
        expect(run("-b", "-o", "x", "--addresses", "x", path), status=2,
               err="minnow: --export and --addresses name the same file\n")
        expect(run("-b", "-o", "-", "--addresses", "-", path), status=2,
               err="minnow: --export=- and --addresses=- would both be standard output: name a file for one\n")
        # Two names of a file that is not there yet: the export stays.
        expect(run("-b", "-k", "4", "--force", "-o", f"{d}/new", "--addresses", f"{d}/./new", path), status=4,
               err=f"minnow: {d}/./new: is an input: an export never replaces the log it came from\n")
        check(open(f"{d}/new").read().startswith("ts,uid,"), "the export is gone")
        expect(run("-b", "-o", "/dev/null", "--verdicts", known, path), out=None)
        expect(run("-b", "--addresses=", path), status=2,
               err="minnow: --addresses: a file's name is expected, or - for standard output\n")
        expect(run("-b", "-c", "99", f"--addresses={d}/x", path), status=2,
               err="minnow: --cluster: there is no cluster 99, this run has 1 to 48\n")


def test_a_reader_that_goes_away():
    with temp_dir() as d:
        rows = [dict(CALLS[0], **{"id.orig_h": f"10.{i // 65536}.{i // 256 % 256}.{i % 256}", "ts": f"{i}.0"})
                for i in range(30000)]
        script = '{ "$0" -k 1 -c all --addresses=- "$1"; echo "status $?" >&2; } | head -1'
        done = subprocess.run(["sh", "-c", script, MINNOW, log(d, rows)], capture_output=True, timeout=60,
                              env=environment(), check=True)
        check_equal("standard error", done.stderr, b"status 0\n")
        check_equal("standard output", done.stdout, b"203.0.113.7\t30000\n")


# ---- what says nothing by itself ----

def test_options_that_write_nothing_alone():
    expect(run("-b", "-c", "1", "x.log"), status=2,
           err="minnow: --cluster says what to write: it needs --export=FILE or --addresses=FILE\n")
    expect(run("-b", "--columns=ts", "x.log"), status=2,
           err="minnow: --columns says how to export: it needs --export=FILE\n")
    expect(run("-b", "--raw", "--addresses=x", "x.log"), status=2,
           err="minnow: --raw says how to export: it needs --export=FILE\n")


def test_an_option_that_takes_no_value():
    expect(run("--batch=x"), status=2, err="minnow: option --batch takes no value (see minnow --help)\n")
    expect(run("--raw=1", "x.log"), status=2,
           err="minnow: option --raw takes no value (see minnow --help)\n")


main(__name__)
