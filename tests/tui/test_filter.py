"""Which rows are shown: the & line, = and ! on a cell, all again, and the way back."""
import csv
import os
import pathlib
import re

from tests.tui.harness import *

SAMPLE = str(ROOT / "data/sample.conn.log")


def rows_of(s, shown):
    """Waits until the breadcrumb says how many rows are shown."""
    return s.wait(lambda now: now.lines[0].endswith(f"({shown})"), f"({shown})")


def test_the_text_has_room():
    """At 80 columns the label yields to what is typed."""
    with Screen(SAMPLE) as s:
        open_rows(s)
        wrong = "src:10.20.1.23 port:443 state:S0 -proto:icmp bytes>"
        s.keys("&")
        s.type(wrong)
        s.keys("Enter")
        s.wait(lambda now: now.lines[-2].startswith(" & [") and now.lines[-2].endswith(f"] {wrong}"), "all of the filter")
        s.keys("Escape", "q", "E")
        s.wait_for("write all 20,000 rows with their clusters to: clusters.csv")
        path = "/var/tmp/incidents/2026-03-09/sample-all-rows-with-clusters.csv"
        s.keys("C-u")
        s.type(path)
        s.wait(lambda now: now.lines[-2].startswith(" write") and now.lines[-2].endswith(f" to: {path}"), "all of the path")
        s.keys("Escape")
        s.wait_gone(path)
        s.keys("Q")
        check_equal("status", s.end(), 0)


def open_rows(s):
    s.wait_for("order: suspicion")
    s.keys("Enter")
    now = s.wait_for("row 1 of ")
    return now.lines[0].rsplit("(", 1)[1].rstrip(")")


def log(directory, *rows):
    path = pathlib.Path(directory) / "x.csv"
    path.write_text("src,dst,Dest Port,note\n" + "".join(row + "\n" for row in rows))
    return str(path)


def test_filter_while_typing():
    with Screen(SAMPLE, width=100, height=24) as s:
        n = open_rows(s)
        s.keys("&")
        s.wait_for("Enter accepts")
        s.type("state:S0")
        now = s.wait_for("hidden by & state:S0")  # before Enter
        shown = now.lines[0].rsplit("(", 1)[1].split(" of ")[0]
        check(int(shown) < int(n), "fewer")
        check_equal("shown and hidden are all", int(shown) + int(re.search(r"([\d,]+) hidden", now.text)[1]), int(n))
        s.keys("Escape")  # not accepted: as before
        rows_of(s, n)
        s.keys("&")
        s.type("state:S0")
        s.keys("Enter")
        rows_of(s, f"{shown} of {n}")
        s.wait_gone("Enter accepts")
        s.keys("&")  # and goes on from there
        s.wait_for("& state:S0")
        s.type("port:25")
        s.keys("Enter")
        s.wait_for("hidden by & state:S0 port:25")
        s.keys("u")
        rows_of(s, f"{shown} of {n}")
        s.keys("u")
        rows_of(s, n)
        s.keys("u")
        s.wait_for("nothing to take back")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_a_wrong_filter_is_explained_and_stays_to_be_mended():
    with Screen(SAMPLE, width=100, height=24) as s:
        n = open_rows(s)
        s.keys("&")
        s.type("hostname:x")
        s.keys("Enter")
        s.wait_for("[unknown field 'hostname'", "hostname:x")
        rows_of(s, n)
        for _ in range(11):
            s.keys("BSpace")
        s.type("proto:udp")
        s.keys("Enter")
        s.wait_for("none of", "passes", "proto:udp")
        s.keys("s")
        s.wait_for("there are no rows")
        s.keys("\\")
        rows_of(s, n)
        s.keys("\\")
        s.wait_for("nothing is hidden here")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_by_the_cell():
    with temp_dir() as d, Screen(
            log(d, "10.0.0.1,10.0.0.2,443,plain", '10.0.0.1,10.0.0.3,443,"say ""or"" so"', "10.0.0.1,10.0.0.4,80,",
                '10.0.0.2,10.0.0.4,22,"say ""or"" so"'),
            "--features", "onehot(note)", "-k", "1", width=120, height=24) as s:
        s.wait_for("order: ")
        s.keys("Enter")
        s.wait_for("row 1 of 4")
        s.keys("=")  # its originator
        rows_of(s, "3 of 4")
        s.wait_for("1 hidden by & id.orig_h=10.0.0.1")
        go_to(s, 3)
        s.keys("Down", "=")
        rows_of(s, "1 of 4")
        s.wait_for(r'note="say \"or\" so"')
        s.keys("u", "!")
        rows_of(s, "2 of 4")
        s.keys("\\")
        rows_of(s, "4")
        go_to(s, 2)
        s.keys("g", "!")
        rows_of(s, "2 of 4")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def go_to(s, place):
    """Moves the cursor to the n-th column."""
    s.keys(*["Left"] * 8, *["Right"] * place)


def test_sorting_keeps_the_filter_and_export_writes_what_is_shown():
    with temp_dir() as d, Screen(SAMPLE, width=120, height=24) as s:
        out = os.path.join(d, "part.csv")
        open_rows(s)
        s.keys("&")
        s.type("src:10.20.1.23")
        s.keys("Enter")
        s.wait_for("hidden by & src:10.20.1.23")
        s.keys("Right", "Right", "s")
        now = s.wait_for("sorted by id.resp_p", "hidden by & src:10.20.1.23")
        shown = int(now.lines[0].rsplit("(", 1)[1].split(" of ")[0])
        s.keys("e")
        s.wait_for(f"write {shown} rows to: cluster-1-part.csv")
        s.keys("C-u")
        s.type(str(out))
        s.keys("Enter")
        s.wait_for("wrote")
        s.keys("Q")
        check_equal("status", s.end(), 0)
        with open(out, newline="") as f:
            rows = list(csv.DictReader(f))
        check_equal("rows", len(rows), shown)
        check_equal("sources", {row["id.orig_h"] for row in rows}, {"10.20.1.23"})
        ports = [int(row["id.resp_p"]) for row in rows]
        check_equal("in the order that is shown", ports, sorted(ports))


main(__name__)
