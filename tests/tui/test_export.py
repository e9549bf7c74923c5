#!/usr/bin/python3
"""Writing rows from the screen in one of three forms."""

import json

from tests.tui.harness import ROOT, Screen, check, check_equal, main

SAMPLE = str(ROOT / "data/sample.conn.log")


def lines_of(path):
    with open(path, encoding="utf-8") as f:
        return f.read().splitlines()


def test_tab_goes_through_the_forms():
    with Screen(SAMPLE, width=100, cwd="/") as s:
        s.wait_for("order: suspicion", "cluster 1")
        s.keys("e")
        s.wait_for("write cluster 1 (592 rows) to: cluster-1.csv", "Tab: .csv, Zeek's .log, .json")
        for ending in (".log", ".json", ".csv"):
            s.keys("Tab")
            s.wait_for(f"to: cluster-1{ending}\n")
        s.keys("C-u")
        s.type(f"{s.dir}/part")
        s.keys("Left", "Tab")  # an ending where there was none, the cursor behind it
        s.wait_for("/part.csv")
        s.keys("Tab")
        s.wait_for("/part.log")
        s.keys("Enter")
        s.wait_for("wrote 592 rows, ", " of Zeek TSV, to ")
        lines = lines_of(f"{s.dir}/part.log")
        check_equal("head", lines[0], "#separator \\x09")
        check_equal("rows", sum(not line.startswith("#") for line in lines), 592)
        s.keys("e", "C-u")
        s.type(f"{s.dir}/x.jsonl")
        s.keys("Enter")
        s.wait_for(" of JSON lines, to ")
        check_equal("rows", len([json.loads(line) for line in lines_of(f"{s.dir}/x.jsonl")]), 592)
        s.keys("Enter")  # rows, those that are shown
        s.wait_for("row 1 of 592")
        s.keys("e", "Tab", "Tab")
        s.wait_for("cluster-1.json")
        s.keys("C-u")
        s.type(f"{s.dir}/x.jsonl")
        s.keys("Enter")
        s.wait_for("x.jsonl exists: overwrite it? (y/n)")
        s.keys("n")
        s.wait_for("not written")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_tab_in_other_prompts_does_nothing():
    with Screen(SAMPLE, width=100) as s:
        s.wait_for("order: suspicion", "cluster 1")
        s.keys("/")
        s.type("abc")
        s.wait_for("abc")
        s.keys("Tab")
        s.type("d")
        now = s.wait_for("abcd")
        check("abc.csv" not in now.text, now.text)
        s.keys("Escape", "Q")
        check_equal("status", s.end(), 0)


main(__name__)
