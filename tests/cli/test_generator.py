#!/usr/bin/python3
"""The log generator: the sample is what its README says, the forms say the same, labels are true."""

import collections
import csv
import ipaddress
import json
import re

from tests.cli.harness import MKCONN, ROOT, check, check_equal, expect, generate, main, run, temp_dir

ATTACKS = ["beacon", "vscan", "hscan", "theft", "afterhours", "flood"]
START, DAY = 1773014400, 86400
ALLOWED = [ipaddress.ip_network(n) for n in (
    "10.0.0.0/8", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15",
    "224.0.0.251/32", "239.255.255.250/32", "2001:db8::/32", "fe80::/10", "ff02::/16", "fd00::/8")]


def rows_of(path):
    """The rows of a TSV log with header, as dicts; and its names."""
    with open(path, encoding="ascii") as log:
        lines = log.read().splitlines()
    names = next(line for line in lines if line.startswith("#fields")).split("\t")[1:]
    return [dict(zip(names, line.split("\t"))) for line in lines if line[0] != "#"], names


def test_sample_is_made_by_its_command():
    readme = (ROOT / "data/README.md").read_text()
    command = re.search(r"^    build/mkconn (.*) -o data/sample\.conn\.log$", readme, re.M)[1]
    sample = (ROOT / "data/sample.conn.log").read_bytes()
    with temp_dir() as d:
        made = generate(f"{d}/sample", *command.split())
        with open(made, "rb") as made_file:
            check(made_file.read() == sample, "data/sample.conn.log is not what its command makes")
    check(len(sample) < 3_000_000, f"{len(sample)} bytes")
    check_equal("rows", len(rows_of(ROOT / "data/sample.conn.log")[0]), 20000)


def test_exactly_as_many_rows_as_asked_for():
    with temp_dir() as d:
        for args in (["--rows=1"], ["--rows=7", "--mix=all"], ["--rows=5000", "--mix=all"],
                     ["--rows=3000", "--days=9", "--mix=beacon"]):
            rows, _ = rows_of(generate(f"{d}/log", *args))
            check_equal(f"rows of {args}", len(rows), int(args[0].split("=")[1]))


def test_equal_options_give_equal_bytes_and_other_seeds_do_not():
    with temp_dir() as d:
        def made(*args):
            with open(generate(f"{d}/log", "--rows=2000", *args), "rb") as log:
                return log.read()
        check(made("--seed=5") == made("--seed=5"), "not deterministic")
        check(made("--seed=5") != made("--seed=6"), "the seed does nothing")


def test_labels():
    with temp_dir() as d:
        rows, names = rows_of(generate(f"{d}/log", "--rows=20000", "--mix=all", "--labels"))
        check_equal("last column", names[-1], "label")
        count = collections.Counter(row["label"] for row in rows)
        check_equal("labels", set(count), {"benign", *ATTACKS})
        by = {name: [r for r in rows if r["label"] == name] for name in count}

        def one_source(name):
            sources = {r["id.orig_h"] for r in by[name]}
            check_equal(f"sources of {name}", len(sources), 1)
            return sources.pop()
        culprits = {one_source(name) for name in ATTACKS if name != "flood"}
        check_equal("culprits", len(culprits), len(ATTACKS) - 1)
        check_equal("addresses of the theft", len({r["id.resp_h"] for r in by["theft"]}),
                    len(by["theft"]))
        check_equal("targets of the vertical scan", len({r["id.resp_h"] for r in by["vscan"]}), 1)
        check(len({r["id.resp_p"] for r in by["vscan"]}) == len(by["vscan"]), "ports come twice")
        check_equal("ports of the horizontal scan", {r["id.resp_p"] for r in by["hscan"]}, {"445"})
        check(len({r["id.orig_h"] for r in by["flood"]}) > 500, "few sources flood")
        times = sorted(float(r["ts"]) for r in by["beacon"])
        gaps = [b - a for a, b in zip(times, times[1:])]
        check(250 < sum(gaps) / len(gaps) < 350, f"the beacon's gap is {sum(gaps) / len(gaps)}")
        check(max(gaps) / min(gaps) > 1.2, "the beacon has no jitter")
        hours = {int((float(r["ts"]) - START) // 3600) for r in by["afterhours"]}
        check(hours <= {2, 3, 4}, f"after hours at {hours}")


def test_one_attack_at_a_time():
    with temp_dir() as d:
        for name in ATTACKS:
            rows, _ = rows_of(generate(f"{d}/log", "--rows=5000", f"--mix={name}", "--labels"))
            check_equal(name, {r["label"] for r in rows}, {"benign", name})


def test_believable():
    with temp_dir() as d:
        rows, _ = rows_of(generate(f"{d}/log", "--rows=20000"))
        count = {key: collections.Counter(r[key] for r in rows)
                 for key in ("proto", "service", "conn_state")}
        for key, value in (("proto", "tcp"), ("proto", "udp"), ("proto", "icmp"), ("service", "dns"),
                           ("service", "ssl"), ("service", "ntp"), ("service", "ssh"),
                           ("conn_state", "SF"), ("conn_state", "S0"), ("conn_state", "REJ")):
            check(count[key][value] >= 40, f"{count[key][value]} rows with {key} {value}")
        check(sum(":" in r["id.orig_h"] for r in rows) > 400, "little IPv6")
        check(any(r["id.orig_p"] == "134" and r["id.resp_h"] == "ff02::1" for r in rows),
              "no router advertisement")
        check(max(float(r["duration"]) for r in rows if r["duration"] != "-") > 3600,
              "no long connection")
        noon, night = (sum(a <= (float(r["ts"]) - START) / 3600 < a + 3 for r in rows)
                       for a in (9, 20))
        check(noon > 3 * night, f"{noon} rows in the morning, {night} in the evening")
        ends = [float(r["ts"]) + (0 if r["duration"] == "-" else float(r["duration"])) for r in rows]
        check(all(START <= float(r["ts"]) < START + DAY + 1 for r in rows), "a row outside of the day")
        check(sorted(ends) != ends, "sorted perfectly, as no sensor does")
        check(all(b > a - 400 for a, b in zip(ends, ends[1:])), "not even roughly sorted")
        check_equal("uids", len({r["uid"] for r in rows}), len(rows))


def test_addresses_that_may_be_used():
    with temp_dir() as d:
        rows, _ = rows_of(generate(f"{d}/log", "--rows=30000", "--mix=all"))
        for text in {r[key] for r in rows for key in ("id.orig_h", "id.resp_h")}:
            address = ipaddress.ip_address(text)
            check(any(address in net for net in ALLOWED), f"{text} may be someone's")
            check_equal("written canonically", text, str(address))


def test_forms_are_twins():
    options = ["--rows=3000", "--mix=all", "--labels"]
    with temp_dir() as d:
        tsv, names = rows_of(generate(f"{d}/tsv", *options))
        with open(generate(f"{d}/bare", *options, "--form=bare"), encoding="ascii") as log:
            bare = [dict(zip(names, line.rstrip("\n").split("\t"))) for line in log]
        check_equal("bare", bare, tsv)
        with open(generate(f"{d}/csv", *options, "--form=csv"), encoding="ascii", newline="") as log:
            table = [{n: v or "-" for n, v in row.items()} for row in csv.DictReader(log)]
        check_equal("csv", table, tsv)
        words = {True: "T", False: "F"}
        with open(generate(f"{d}/json", *options, "--form=json"), encoding="ascii") as log:
            lines = [json.loads(line, parse_float=str, parse_int=str) for line in log]
        check_equal("json", [{n: words.get(o.get(n), o.get(n, "-")) for n in names} for o in lines],
                    tsv)


def test_widths():
    with temp_dir() as d:
        for width in (20, 21, 22):
            _, names = rows_of(generate(f"{d}/log", "--rows=10", f"--columns={width}"))
            check_equal("columns", len(names), width)


def test_bad_options():
    for bad in ("--rows=0", "--rows=x", "--mix=nonsense", "--form=xml", "--days=0", "extra",
                "--columns=19"):
        result = run(bad, program=MKCONN)
        expect(result, status=2, out="", err=None)
        check("usage: mkconn" in result.err, result)


main(__name__)
