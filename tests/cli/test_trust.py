#!/usr/bin/python3
"""--trust: what forms again from other seeds, and what other k would give."""

import json

from tests.cli.harness import check, check_equal, expect, generate, main, run, temp_dir


def test_without_it_there_is_none():
    with temp_dir() as d:
        path = generate(d + "/conn.log", "--rows=2000", "--seed=3")
        r = json.loads(expect(run("-f", "json", path), out=None).out)
        check_equal("ladder", r["ladder"], None)
        check_equal("trust", {str(c["trust"]) for c in r["clusters"]}, {"None"})
        check("re-forms" not in expect(run("-b", path), out=None).out, "it is not said")


def test_runs_and_rungs():
    with temp_dir() as d:
        path = generate(d + "/conn.log", "--rows=2000", "--seed=3")
        args = ("--starts=1", "-k", "12", "--trust=3", path)
        r = json.loads(expect(run("-f", "json", *args), out=None).out)
        check_equal("k", [g["k"] for g in r["ladder"]], [3, 6, 9, 12, 18, 24])
        inertia = [g["inertia"] for g in r["ladder"]]
        check_equal("inertia falls", inertia, sorted(inertia, reverse=True))
        check(all(c["trust"]["runs"] == 3 and 0 <= c["trust"]["reformed"] <= 3 for c in r["clusters"]), r["clusters"])
        doubtful = [c["id"] for c in r["clusters"] if c["trust"]["reformed"] * 5 < 3 * 4]
        text = expect(run("-b", *args), out=None).out.split("\n")
        said = [int(line.split()[0]) for line in text if "; re-forms in " in line]
        check_equal("only what is in doubt is said", said, doubtful)
        check(0 < len(doubtful) < 12, doubtful)
        check_equal("this run", [line.split()[0] for line in text if "(this run's)" in line], ["12"])
        # The numbers and the clusters are those of a run without it.
        plain = json.loads(expect(run("-f", "json", *args[:3], path), out=None).out)
        check_equal("rows", [c["rows"] for c in plain["clusters"]], [c["rows"] for c in r["clusters"]])


def test_its_number_is_checked():
    for bad in ("0", "101", "-1", "two", ""):
        got = run("--trust=" + bad, "data/sample.conn.log")
        check_equal("status of " + bad, got.status, 2)
        check("--trust" in got.err, got.err)


main(__name__)
