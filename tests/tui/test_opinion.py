"""Verdicts from the screen: noted, heeded at once, and again tomorrow."""
import os
import stat

from tests.cli.harness import write
from tests.tui.harness import *

SAMPLE = str(ROOT / "data/sample.conn.log")


def ready(s):
    s.wait_for("order: suspicion", "cluster 1")


def test_enter_by_reflex_is_about_the_pair():
    """The machine that is called has all rows of the cluster, and many of the log."""
    with Screen(SAMPLE, width=160, height=40) as s:
        ready(s)
        s.keys("Down", "Down")
        s.wait_for("▶ 3 ", "cluster 3")
        s.keys("b")
        s.wait_for("  4  note suspect addr = 198.51.100.65  100.0 % of its rows",
                   "▶ 5  note suspect pair = 10.20.1.17 198.51.100.65 8883 tcp")
        s.keys("Escape", "Q")
        check_equal("status", s.end(), 0)


def test_benign_at_once_and_tomorrow():
    with temp_dir() as d:
        place = {"XDG_CONFIG_HOME": d + "/config"}
        file = d + "/config/minnow/verdicts"
        with Screen(SAMPLE, width=160, height=40, env=place) as s:
            ready(s)
            check("REFUSED 10.20.1.23" in s.snapshot().text, "suspicious first")
            s.keys("b")
            s.wait_for("  1  note benign addr = 10.20.1.23", "82.4 % of its rows", "▶ 2  note suspect addr = 10.20.1.23")
            check("10.20.0.92" not in s.snapshot().text, "what says nothing about the cluster is not offered")
            s.keys("1")
            s.wait_for("noted in " + file, "verdicts:")
            check("REFUSED 10.20.1.23" not in s.snapshot().text, "its score is gone")
            check(s.snapshot().lines[3].startswith("▶ 1~ "), "it keeps its place, and its mark says benign")
            lines = open(file).read().split("\n")
            check_equal("the file", (lines[0][:2], lines[1:]), ("# ", ["benign addr = 10.20.1.23", ""]))
            check("REFUSED 10.20.1.23" in lines[0], "the reason is beside it")
            check_equal("its mode", stat.S_IMODE(os.stat(file).st_mode), 0o600)
            s.keys("Q")
            check_equal("status", s.end(), 0)
        with Screen(SAMPLE, width=160, height=40, env=place) as s:
            ready(s)
            s.keys("s")
            s.wait_for("order: size")
            s.keys("s")
            s.wait_for("order: suspicion")
            check("10.20.1.23 (82 %)" not in s.snapshot().lines[3], "not first any more")
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_a_slip_is_taken_back():
    with temp_dir() as d:
        file = d + "/minnow/verdicts"
        with Screen(SAMPLE, width=160, height=40, env={"XDG_CONFIG_HOME": d}) as s:
            ready(s)
            s.keys("b")
            s.wait_for("note benign addr = 10.20.1.23")
            check("take back" not in s.snapshot().text, "nothing to take back yet")
            s.keys("1")
            s.wait_for("noted in ", "verdicts:")
            s.keys("b")
            now = s.wait_for("3  take back benign addr = 10.20.1.23  noted last")
            s.keys("3")
            s.wait_for("taken back from " + file, "REFUSED 10.20.1.23")
            check_equal("the file", open(file).read(), "")
            s.keys("b")
            s.wait_for("note benign addr = 10.20.1.23")
            check("take back" not in s.snapshot().text, "once is enough")
            s.keys("1")
            s.wait_for("noted in ")
            with open(file, "a") as f:
                f.write("203.0.113.9\n")  # somebody else was here
            s.keys("b")
            s.wait_for("3  take back")
            s.keys("3")
            s.wait_for("it has changed since: not taken back")
            s.keys("Q")
            check_equal("status", s.end(), 0)
        check(open(file).read().endswith("benign addr = 10.20.1.23\n203.0.113.9\n"), "as it was")


def test_what_is_taken_back_while_the_list_is_open():
    """The list offers to take back a line that a job just takes back: that is not done twice."""
    with temp_dir() as d:
        file = d + "/minnow/verdicts"
        with Screen(SAMPLE, width=160, height=40, env={"XDG_CONFIG_HOME": d}) as s:
            ready(s)
            s.keys("b")
            s.wait_for("note benign addr = 10.20.1.23")
            s.keys("1")
            s.wait_for("noted in ", "verdicts:")
            noted = open(file, "rb").read()
            os.remove(file)
            os.mkfifo(file)
            writer = os.open(file, os.O_RDWR)  # the job waits for what is in it
            s.keys("b")
            s.wait_for("3  take back")
            s.keys("3")
            s.wait_gone("3  take back")
            s.keys("b")
            s.wait_for("3  take back")
            os.write(writer, noted)
            os.close(writer)
            reader = os.open(file, os.O_RDONLY)
            s.wait_for("taken back from " + file)
            s.keys("3")
            s.wait_for("not the one noted last any more")
            check_equal("what was written", os.read(reader, 1000), b"")
            os.close(reader)
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_enter_by_reflex_hides_nothing():
    """On what is suspicious the selection begins at suspect, elsewhere at benign; the numbers stay."""
    with temp_dir() as d:
        with Screen(SAMPLE, width=100, height=30, env={"XDG_CONFIG_HOME": d}) as s:
            ready(s)
            s.keys("b", "Enter")
            s.wait_for("noted in ")
            check(open(d + "/minnow/verdicts").read().endswith("suspect addr = 10.20.1.23\n"), "suspect")
            s.keys("G", "b")
            s.wait_for("▶ 1  note benign addr = 192.0.2.10")
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_of_rows_and_cards():
    with temp_dir() as d:
        file = d + "/minnow/verdicts"
        with Screen(SAMPLE, width=120, height=30, env={"XDG_CONFIG_HOME": d}) as s:
            ready(s)
            s.keys("Enter")
            s.wait_for("row 1 of 592")
            s.keys("b")
            s.wait_for("benign pair = 10.20.0.25 198.18.137.53 25 tcp  this row's pair", "benign addr = 10.20.0.25  its source",
                       "benign addr = 198.18.137.53  its target", "▶ 4  note suspect pair")
            s.keys("5")
            s.wait_for("noted in " + file, "2!10.20.0.25")
            lines = open(file).read().split("\n")
            check(lines[0].startswith("# a row of: REFUSED 10.20.1.23"), lambda: lines[0])
            check_equal("the line", lines[1:], ["suspect addr = 10.20.0.25", ""])
            s.keys("Enter")
            s.wait_for("15 of the log", "verdicts: 84 rows")
            s.keys("b")
            s.wait_for("7  take back suspect addr = 10.20.0.25")
            s.keys("7")
            s.wait_for("taken back from")
            s.wait_gone("verdicts: 84 rows")
            s.keys("a")
            s.wait_for("address  10.20.0.25")
            s.keys("b")
            s.wait_for("  1  note benign addr = 10.20.0.25  this card's", "▶ 2  note suspect addr = 10.20.0.25")
            s.keys("1")
            s.wait_for("noted in " + file)
            check_equal("the file", open(file).read(), "benign addr = 10.20.0.25\n")
            s.keys("q", "q")
            s.wait_for("2~10.20.0.25")
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_what_is_noted_in_a_zoom_counts_outside_too():
    with temp_dir() as d:
        with Screen(SAMPLE, width=160, height=40, env={"XDG_CONFIG_HOME": d}) as s:
            ready(s)
            s.keys("z")
            s.wait_for("zoomed, k=", "cluster 1")
            s.keys("b")
            s.wait_for("1  note benign addr = 10.20.1.23")
            s.keys("1")
            s.wait_for("noted in ")
            s.keys("q")
            s.wait_gone("zoomed")
            s.wait_for("verdicts: ")
            check("REFUSED 10.20.1.23" not in s.snapshot().text, "its score is gone")
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_a_run_that_is_asked_for_while_it_is_noted():
    with temp_dir() as d:
        with Screen(SAMPLE, "-k", "8", width=160, height=40, env={"XDG_CONFIG_HOME": d}) as s:
            ready(s)
            s.keys("b")
            s.wait_for("1  note benign addr = 10.20.1.23")
            s.type("1+")
            s.wait_for("conn, k=9")
            s.keys("Q")
            check_equal("status", s.end(), 0)
            check("benign addr = " in open(d + "/minnow/verdicts").read(), "noted")


def test_two_verdicts_at_once():
    with temp_dir() as d:
        with Screen(SAMPLE, "-k", "8", width=160, height=40, env={"XDG_CONFIG_HOME": d}) as s:
            ready(s)
            s.keys("b")
            s.wait_for("1  note benign addr = 10.20.1.23")
            s.type("1b2")
            s.wait_for("noted in ")
            s.keys("r")
            s.wait_for("rows match the verdicts as suspect")
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_suspects_are_marked_in_bars_and_rows():
    with temp_dir() as d:
        threats = write(d, "threats", "198.51.100.0/24\n")
        with Screen("--verdicts", threats, SAMPLE, width=160, height=40) as s:
            ready(s)
            s.wait_for("rows match the verdicts as suspect")
            s.keys("Down", "Down")
            s.wait_for("cluster 3")
            s.keys("Enter")
            s.wait_for("!198.51.100.65")
            s.keys("q", "b")
            s.wait_for("note benign addr = 198.51.100.65")
            s.keys("1")
            s.wait_for("noted in " + threats, "; verdicts: ")
            check(open(threats).read().endswith("benign addr = 198.51.100.65\n"), "appended")
            check("verdicts: " not in open(threats).read(), "only what holds for ever")
            s.keys("Enter")
            s.wait_for("~198.51.100.65")
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_a_list_that_cannot_be_used_is_said():
    with temp_dir() as d:
        os.makedirs(d + "/config/minnow")
        write(d, "config/minnow/verdicts", "benign frog = 1\n")
        with Screen(SAMPLE, width=120, height=30, env={"XDG_CONFIG_HOME": d + "/config"}) as s:
            s.wait_for("verdicts are not used", "verdicts:1")
            s.keys("Q")
            check_equal("status", s.end(), 0)
        # A file that cannot be written: said, and nothing changes.
        with Screen(SAMPLE, width=120, height=30, env={"XDG_CONFIG_HOME": "/dev/null"}) as s:
            ready(s)
            s.keys("b", "1")
            s.wait_for("/dev/null/minnow/verdicts")
            check("benign" not in "".join(s.snapshot().lines[:4]), "nothing is called benign")
            s.keys("Q")
            check_equal("status", s.end(), 0)


main(__name__)
