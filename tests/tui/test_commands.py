"""The palette: every command of a screen by its name."""
from tests.tui.harness import *

SAMPLE = str(ROOT / "data/sample.conn.log")


def ready(s):
    s.wait_for("order: suspicion", "cluster 1")


def marked(s):
    return [line for line in s.snapshot().lines if line.startswith(" \u25b6")]


def test_narrow_choose_and_run():
    with Screen(SAMPLE, width=100, height=24) as s:
        ready(s)
        s.keys(":")
        s.wait_for("Commands: type to narrow", "cluster only the rows of this cluster", "Up and Down choose")
        s.type("order size")
        s.wait(lambda now: sum("  order by " in line for line in now.lines) == 1 and
               "one cluster more" not in now.text, "one left")
        s.keys("Enter")
        s.wait_for("order: size", "smallest first")
        s.keys(":")
        s.type("cluster more")
        s.wait_for("one cluster more")
        for _ in range(4):
            s.keys("BSpace")  # and wider again
        s.type("again run one")
        s.wait_for("one cluster less", "leave out this cluster")
        s.keys("Down", "Down")
        s.wait(lambda now: any(line.startswith(" \u25b6") and "one cluster less" in line for line in now.lines), "the second")
        s.keys("Enter")
        s.wait_for("k=47")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_nothing_is_done_without_a_choice():
    with Screen(SAMPLE, width=100, height=24) as s:
        ready(s)
        s.keys(":")
        s.type("quit")
        s.wait_for("one step back; on the first screen, quit")
        s.keys("Escape")
        s.wait_gone("commands")
        s.keys(":")
        s.type("xyzzy")
        s.wait_for("no command like that")
        s.keys("Enter")
        s.wait_gone("Commands:")
        s.wait_for("order: suspicion")
        s.keys("?", ":")  # of the help screen
        s.wait_for("Commands:", "find a text")
        check("one cluster more" not in s.snapshot().text, "not of the screen below that")
        s.keys("Escape", "Q")
        check_equal("status", s.end(), 0)


def test_all_rows_are_written_with_their_clusters():
    with temp_dir() as d, Screen(SAMPLE, "-k", "4", width=100, height=24) as s:
        s.wait_for("order: suspicion", "cluster 1")
        s.keys("E")
        s.wait_for("write all 20,000 rows with their clusters to: clusters.csv")
        s.keys("C-u")
        s.type(f"{d}/all.csv")
        s.keys("Enter")
        s.wait_for("wrote")
        s.keys("Q")
        check_equal("status", s.end(), 0)
        with open(f"{d}/all.csv") as f:
            lines = f.read().splitlines()
        check_equal("rows", len(lines), 20001)
        check(lines[0].endswith(",cluster,distance"), lines[0])
        check_equal("clusters", {line.split(",")[-2] for line in lines[1:]}, {"1", "2", "3", "4"})


main(__name__)
