#!/usr/bin/python3
"""Marked rows, and the cells equal to one: seen, counted, kept, written."""

import csv
import os

from tests.tui.harness import ROOT, Screen, check, check_equal, main, temp_dir

SAMPLE = str(ROOT / "data/sample.conn.log")


def open_rows(s):
    s.wait_for("order: suspicion", "▶ 1", "pairs")
    s.keys("Enter")
    s.wait_for("row 1 of 592", "×84")
    s.keys("Left")  # from the source
    return s.snapshot()


def marked(now):
    """The times of the marked rows on the screen."""
    return [line[2:10] for line in now.lines[3:-3] if line.startswith("•")]


def test_marks_stay():
    with Screen(SAMPLE) as s:
        before = open_rows(s)
        s.keys("Space")
        s.wait_for("marked: e offers to write the marked rows", "row 2 of 592", "1 marked")
        s.keys("Down", "Space")
        now = s.wait_for("2 marked", "row 4 of 592")
        check_equal("two", marked(now), ["00:03:28", "00:43:20"])
        s.expect("marked_80x24")
        s.keys("s", "s")  # the latest first
        s.wait_for("sorted by ts, desc")
        s.keys("G")
        now = s.wait(lambda now: len(marked(now)) == 2, "the marks after sorting")
        check_equal("the same two", sorted(marked(now)), ["00:03:28", "00:43:20"])
        s.keys("&")
        s.type("port:445")
        s.keys("Enter")
        now = s.wait_for("hidden by & port:445", "2 marked")
        check_equal("none of these", marked(now), [])
        s.keys("\\")
        s.wait(lambda now: now.lines[0].endswith("(592)"), "all")
        s.keys("u", "u", "u", "u", "g")
        now = s.wait(lambda now: len(marked(now)) == 2 and "sorted" not in now.text, "all as at first")
        # Elsewhere, too: the first row's fields, the card of its address, all rows of that.
        s.keys("a")
        s.wait_for("calls out")
        s.keys("r")
        now = s.wait_for("every row of this address", "2 marked")
        s.wait(lambda now: marked(now) == ["00:03:28"], "its marked row")
        s.keys("q", "q")
        s.wait_for("row 1 of 592")
        s.keys("Space")  # again: no longer
        s.wait(lambda now: marked(now) == ["00:43:20"] and "1 marked" in now.text, "one is left")
        s.keys("U")
        s.wait_for("1 mark was taken away")
        s.wait(lambda now: now.lines[2:20] == before.lines[2:20], "as before")
        s.keys("U")
        s.wait_for("no row is marked")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_all_that_are_shown():
    with Screen(SAMPLE) as s:
        open_rows(s)
        s.keys("&")
        s.type("port:25")
        s.keys("Enter")
        now = s.wait_for("hidden by & port:25")
        shown = now.lines[0].rsplit("(", 1)[1].split(" of ")[0]
        s.keys("M")
        s.wait_for(f"{shown} rows more marked; {shown} in all", f"{shown} marked")
        s.keys("\\")
        s.wait(lambda now: now.lines[0].endswith("(592)"), "all")
        s.keys("M")
        s.wait_for(f"{592 - int(shown)} rows more marked; 592 in all")
        s.keys("M")
        s.wait_for("592 rows no longer marked; 0 in all")
        s.wait_gone("marked   ")
        s.keys("M", "U")
        s.wait_for("592 rows are marked: take all marks away? (y/n)")
        s.keys("n")
        s.wait_for("592 marked")
        s.keys("U", "y")
        s.wait_for("592 marks were taken away")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_marked_rows_are_written():
    with temp_dir() as d, Screen(SAMPLE) as s:
        out = os.path.join(d, "out.csv")
        open_rows(s)
        s.keys("Space", "e")
        s.wait_for("1  the 1 marked row\n", "2  the 592 rows of this list")
        s.keys("1")
        s.wait_for("write 1 marked row to: marked.csv")
        s.keys("Escape", "Down", "Space")  # two here
        s.wait_for("2 marked")
        s.keys("q")
        s.wait_for("pairs")
        s.keys("Down", "Enter")
        s.wait_for("row 1 of 509", "2 marked")
        s.keys("Space", "Left", "s", "s")  # and one there, which is shown last
        s.wait_for("3 marked", "sorted by ts, desc")
        s.keys("e")
        s.wait_for("1  the 3 marked rows", "2  the 509 rows of this list")
        s.keys("2")
        s.wait_for("write 509 rows to: cluster-2.csv")
        s.keys("Escape", "e")
        s.wait_for("1  the 3 marked rows")
        s.keys("Escape")
        s.wait_for("row 1 of 509")
        s.keys("e", "1")
        s.wait_for("write 3 marked rows to: marked.csv")
        s.keys("C-u")
        s.type(out)
        s.keys("Enter")
        s.wait_for("wrote")
        s.keys("Q")
        check_equal("status", s.end(), 0)
        with open(out, newline="") as f:
            rows = list(csv.DictReader(f))
        check_equal("rows", len(rows), 3)
        check_equal("all columns", len(rows[0]), 21)
        check_equal("those of the other cluster behind", [r["uid"] for r in rows[1:]],
                    ["Cm2N3zTryG5Rcg8X7o", "CguOTb5xOfuVvhAjwJ"])


def test_marks_without_utf8_or_colour():
    with Screen(SAMPLE, locale="C", term="vt100") as s:
        s.wait_for("order: suspicion", "> 1", "pairs")
        s.keys("Enter")
        s.wait_for("row 1 of 592", "x84")
        s.keys("Space")
        now = s.wait_for("1 marked", "row 2 of 592")
        check(now.lines[3].startswith("* 00:03:28"), now.text)
        check(now.lines[4].startswith("  00:31:52"), now.text)


def test_the_count_is_seen_beside_a_filter():
    """At 80 columns what was asked last is not cut for the filter's text."""
    with Screen(SAMPLE) as s:
        open_rows(s)
        s.keys("&")
        s.type("src:10.20.1.23 port:445 state:S0")
        s.keys("Enter")
        s.wait_for("hidden by & src:10.20.1.23 port:445")
        s.keys(*["Right"] * 3, "*")
        s.wait_for('same as "445": 408 rows   184 hidden by &')
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_equal_cells_are_counted():
    with Screen(SAMPLE, width=160) as s:
        open_rows(s)
        s.keys("Right", "*")  # an address: in both columns, as its rank says
        s.wait_for('same as "10.20.0.25": 84 rows')
        s.keys(*["Right"] * 4, "*")
        s.wait_for('same as "S0": 509 rows')
        s.keys("&")
        s.type("src:10.20.0.25")
        s.keys("Enter")
        now = s.wait_for("hidden by & src:10.20.0.25")
        n = int(now.lines[0].rsplit("(", 1)[1].split(" of ")[0])
        check(n < 509, now.text)
        s.wait(lambda now: 'same as "S0": ' in now.text and 'same as "S0": 509' not in now.text, "counted anew")
        s.keys("\\")
        s.wait_for('same as "S0": 509 rows')
        # A search beside it, and both are answered.
        s.type("/10.20.1.42")
        s.keys("Enter")
        s.wait_for("hit 1 of", 'same as "S0": 509 rows')
        s.keys("g")
        s.wait_for("row 1 of 592")
        s.keys(*["Right"] * 2, "Left", "*")  # a duration or so
        s.wait_gone('same as "S0"')
        s.wait_for("same as ", " rows")
        s.keys("Q")
        check_equal("status", s.end(), 0)


main(__name__)
