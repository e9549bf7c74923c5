"""The timeline of all clusters: zoom, gaps, bytes, and the rows of a bucket."""
import re

from tests.cli.harness import conn_log, write
from tests.tui.harness import *

SAMPLE = str(ROOT / "data/sample.conn.log")


def open_timeline(s, *keys):
    s.wait_for("▶ 1 " if s.locale != "C" else "> 1 ", "cluster 1", "pairs")
    if keys:
        s.keys(*keys)
    s.keys("v")
    s.wait_for("y how connections went", "conn_state SF:")
    s.keys("v")
    s.wait_for("apart, feature 1 of 11")
    s.keys("v")
    return s.wait_for("Rows of each ", " rows, ")


def test_buckets_and_rows():
    with Screen(SAMPLE, width=80, height=24) as s:
        open_timeline(s)
        s.expect("timeline_80x24")
        now = s.wait_for("cluster 1, 2026-03-09 10:30Z to 11:00Z: ")
        n = re.search(r"11:00Z: (\d+) rows", now.text)[1]
        s.keys("Enter")
        s.wait(lambda now: now.lines[0].endswith(f"1 ({n} of 592)"), "the bucket's rows")
        s.wait_for('hidden by & ts>="2026-03-09T10:30Z" ts<')
        s.keys("q")
        s.wait_for("Rows of each 30 min")
        s.keys("Right")
        s.wait_for("11:00Z to 11:30Z: ")
        s.keys("Left", "Tab")
        s.wait_for("Bytes of each 30 min", "10:30Z to 11:00Z")
        s.keys("Tab", "g")
        s.wait_for("all rows, 2026-03-09 10:30Z to 11:00Z", "Rows of each 30 min", "› all by time")
        s.keys("L")
        s.wait_for("  log ")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_zoom_and_scroll():
    with Screen(SAMPLE, "--tz", "Europe/Vienna", width=80, height=24) as s:
        open_timeline(s)
        s.keys("-")
        s.wait_for("the whole log is on the screen")
        s.keys("+")
        s.wait_for("Rows of each 15 min", "10:45Z to 11:00Z", "% of the log's time")
        for length in ("10 min", "5 min", "2 min", "1 min", "30 s", "15 s", "10 s", "5 s", "2 s", "1 s", "500 ms"):
            s.keys("+")
            s.wait_for(f"Rows of each {length}", "% of the log's time")
            s.wait_gone("counting")
        before = s.snapshot().lines[8:20]
        s.keys(">")
        s.wait(lambda now: now.lines[8:20] != before and "counting" not in now.text, "a later time")
        s.keys("<")
        s.wait(lambda now: now.lines[8:20] == before, "the time before")
        s.keys(*["-"] * 11)
        s.wait_for("Rows of each 15 min")
        s.keys("t")
        s.wait_for("Rows of each 15 min", ":45+01:00 to ")
        s.keys("t")
        s.wait_for("177305")  # epoch seconds
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_gaps_and_rows_without_time():
    rows = [{"ts": "-" if i == 7 else f"{1700000000 + i * 60 + (7200 if i >= 20 else 0)}.0", "uid": f"C{i}"}
            for i in range(40)]
    with temp_dir() as d:
        path = write(d, "gap.log", conn_log(rows))
        with Screen(path, "-k1", width=100, height=24) as s:
            s.wait_for("▶ 1 ", "cluster 1", "notices")
            s.keys("v")
            s.wait_for("conn_state")
            s.keys("v")
            s.wait_for("q back")
            s.keys("v")
            s.wait_for("Rows of each 2 min", "1 row without a time")
            s.keys("g", *["Right"] * 15)
            s.wait_for("no row, a gap of 2.0 h")
            s.keys("Enter")
            s.wait_for("no row in this bucket")
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_a_log_without_times():
    with temp_dir() as d:
        path = f"{d}/x.csv"
        with open(path, "w") as f:
            f.write("kind,size\n" + "".join(f"k{i % 3},{i}\n" for i in range(50)))
        with Screen(path, "-k", "2") as s:
            s.wait_for("cluster 1")
            s.keys("v", "v")
            s.wait_for("feature 1 of")
            s.keys("v")
            s.wait_for("no row of this log has a time")
            s.keys("Enter", "Right", "+", "v")
            s.wait_for("brush: ")
            s.keys("v")
            s.wait_for("no row has a state, a service, a protocol or a time", "› heat map")
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_wide_and_without_colour():
    with Screen(SAMPLE, width=160, height=50) as s:
        open_timeline(s, "Down")
        s.expect("timeline_160x50")
        s.keys("Q")
        check_equal("status", s.end(), 0)
    with Screen(SAMPLE, width=60, height=16, locale="C", env={"NO_COLOR": "1"}) as s:
        open_timeline(s)
        s.expect("timeline_60x16_c")
        s.keys("Q")
        check_equal("status", s.end(), 0)


main(__name__)
