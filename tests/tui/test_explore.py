"""Zooming into a cluster, leaving things out, the order of the chart."""
import json
import subprocess

from tests.tui.harness import *

SAMPLE = str(ROOT / "data/sample.conn.log")


def ready(s):
    s.wait_for("order: suspicion", "cluster 1")


def facts(s):
    return s.snapshot().lines[1]


def test_excluding_takes_three_keys():
    with Screen(SAMPLE, width=160, height=40) as s:
        ready(s)
        check("filtered out" not in facts(s), "nothing is filtered out")
        s.keys("x", "2")  # its protocol
        s.wait_for("rows filtered out", "1 excluded (x)")
        check("tcp" not in "".join(s.snapshot().lines[2:28]), "no tcp is left")
        s.keys("x")
        s.wait_for("take back protocol tcp", "leave out cluster 1")
        s.keys("5")
        s.wait_gone("excluded (x)")
        s.wait_gone("filtered out")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def chart_of(s):
    """The lines above the detail, into which what is measured in the background may come at any time."""
    lines = s.wait_for("\n─ ").lines
    return lines[1:[line.startswith("─ ") for line in lines].index(True)]


def test_the_list_leaves_all_as_it_is_when_left():
    for key in ("Escape", "q"):
        with Screen(SAMPLE, width=120, height=40) as s:
            ready(s)
            before = chart_of(s)
            s.keys("x")
            s.wait_for("leave out source 10.20.1.23")
            s.keys("8")
            s.wait_for("there is no line 8")
            s.keys(key)
            s.wait_for("order: suspicion")
            check_equal("the chart", chart_of(s), before)
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_clusters_of_other_runs_are_told_apart():
    """Numbers begin anew with each run: the second cluster of three runs is three clusters."""
    with Screen(SAMPLE, width=160, height=40) as s:
        ready(s)
        for filtered in (509, 596):
            s.keys("g", "Down", "x", "1")
            s.wait_for(f"{filtered} rows filtered out")
        s.keys("g", "Down", "x")
        now = s.wait_for("leave out cluster 2")
        back = [line.split("take back ")[1] for line in now.lines if "take back" in line]
        check_equal("what can be taken back", len(back), 2)
        check(back[0] != back[1], now.text)
        check(all(line.startswith("cluster 2 of an earlier run: ") and " rows" in line for line in back), now.text)
        check(back[0].split(": ")[1].startswith("UPLOAD 10.20.0.25 -> 508 hosts") and back[0].endswith("  509 rows"),
              now.text)
        s.keys("Escape", "Q")
        check_equal("status", s.end(), 0)


def test_everything_excluded_can_be_taken_back():
    with Screen(SAMPLE, "-k", "1", width=120, height=30) as s:
        ready(s)
        s.keys("x", "1")
        s.wait_for("every row is excluded")
        s.keys("x")
        s.wait_for("take back cluster 1")
        s.keys("5")
        s.wait(lambda now: "1 excluded" not in now.text and "20,000" in now.lines[3], "all rows")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_what_matters_most_stays_in_a_narrow_header():
    """At 80 columns what is hidden comes first, then order, time and seed, in fewer words; the rest is counted."""
    with Screen(SAMPLE) as s:
        ready(s)
        s.keys("z")
        s.wait_for("zoomed, k=", "cluster 1")
        check_equal("zoomed", facts(s), " 20,000 rows  19,408 filtered out  00:00-23:59Z  seed 1  order: suspicion  +1")
        s.keys("x", "3")
        s.wait_for("1 excluded (x)", "cluster 1")
        now = facts(s)
        check(" filtered out  1 excluded (x)  " in now and "order: suspicion" in now and now.endswith("seed 1  order: suspicion  +2"), now)
        s.resize(160, 40)
        now = s.wait_for("0 rejected").lines[1]
        check(" rows filtered out  1 excluded (x)  2026-03-09 00:00-23:59Z  seed 1  order: suspicion" in now and "+" not in now, now)
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_zoom_and_back():
    with Screen(SAMPLE, width=120, height=40) as s:
        ready(s)
        s.keys("Down")
        s.wait_for("cluster 2")
        before = s.snapshot().lines[:-2]
        chart = chart_of(s)
        rows = before[4].split()[2]  # of "▶ 2  692 ..."
        s.keys("z")
        s.wait_for(f"2 ({rows}) zoomed, k=", "order: suspicion")
        outside = 20000 - int(rows)
        check(f"{outside:,} rows filtered out" in facts(s), "the rest is outside")
        s.keys("z")  # and once more
        s.wait(lambda now: now.lines[0].count("zoomed, k=") == 2, "two zooms")
        s.keys("q")
        s.wait(lambda now: now.lines[0].count("zoomed, k=") == 1, "one zoom")
        s.keys("q")
        s.wait_gone("zoomed")
        check_equal("the chart before", chart_of(s), chart)
        s.keys("q")
        check_equal("status", s.end(), 0)


def test_leaving_a_zoom_that_still_runs():
    with Screen(SAMPLE, width=120, height=40) as s:
        ready(s)
        before = s.snapshot().lines[:9]
        for _ in range(3):
            s.keys("z", "q")
        s.wait(lambda now: now.lines[:9] == before, "the screen before")
        s.keys("z", "+", "-", "x", "1", "q", "q")  # q in the list, or in the zoom
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_the_selection_and_the_detail_follow_the_order():
    with Screen(SAMPLE, width=120, height=40) as s:
        ready(s)
        s.keys("s")
        now = s.wait_for("order: size", "\n▶")
        marked = [line for line in now.lines if line.startswith("▶")]
        check(marked[0].split()[1] == "1", "the selection keeps its number")
        s.wait_for("─ cluster 1 ")
        s.keys("g")
        s.wait(lambda now: now.lines[3].startswith("▶"), "the top line")
        sizes = [line[1:].split()[1] for line in s.snapshot().lines[3:12]]
        check_equal("smallest first", sizes, sorted(sizes, key=lambda n: int(n.replace(",", ""))))
        number = s.snapshot().lines[3][1:].split()[0]
        s.wait_for(f"cluster {number} ")
        s.keys("Enter")
        s.wait_for(f"{number} ({sizes[0]})")
        s.keys("q", "s")
        s.wait_for("order: suspicion")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_other_k():
    with Screen(SAMPLE, "-k", "8", "--starts", "1", width=100, height=30) as s:
        ready(s)
        s.keys("K")
        s.wait_for("now", "smallest")
        ks = [line.split()[0 if line[0] != "▶" else 1] for line in s.snapshot().lines[4:10]]
        check_equal("the rungs", ks, ["2", "4", "6", "8", "12", "16"])
        check(s.snapshot().lines[7].startswith("▶"), "this run's is selected")
        s.keys("q")
        s.wait_for("conn, k=8")
        s.keys("K")
        s.wait_for("now")
        s.keys("Down", "Enter")
        s.wait_for("conn, k=12")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_other_k_can_be_stopped():
    with Screen(SAMPLE, "-k", "64", "--starts", "15", width=100, height=30) as s:
        ready(s)
        s.keys("K")
        s.wait_for("clustering with other k")

        def stop(now):
            s.keys("C-c")  # what the first screen has begun to measure ends before
            return "stopped; Enter" in now.text
        s.wait(stop)
        s.keys("Enter")
        s.wait_for("clustering with other k")
        s.keys("q", "Q")
        check_equal("status", s.end(), 0)


def test_another_run_after_one_that_cannot_be():
    with Screen(SAMPLE, "-k", "1", width=120, height=30) as s:
        ready(s)
        s.keys("x")
        s.wait_for("leave out source")
        s.type("1x5")
        s.wait(lambda now: "excluded (x)" not in now.text and "take back" not in now.text
               and "every row is excluded" not in now.text)
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_a_zoom_right_after_another():
    with Screen(SAMPLE, "-k", "64", "--starts", "15", width=100, height=30) as s:
        ready(s)
        s.type("zqzqz")
        s.wait_for("zoomed, k=", "cluster 1")
        check("busy" not in s.snapshot().text, "not busy")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_doubt_is_said_in_the_detail():
    answer = subprocess.run([MINNOW, "-f", "json", "--starts=1", "--trust=5", SAMPLE], capture_output=True, check=True)
    doubtful = [c for c in json.loads(answer.stdout)["clusters"] if c["trust"]["reformed"] < 4][0]
    with Screen(SAMPLE, "--starts", "1", width=100, height=40) as s:
        ready(s)
        s.keys(*["Down"] * (doubtful["id"] - 1))
        s.wait_for(f"cluster {doubtful['id']} ", f"trust    re-forms in {doubtful['trust']['reformed']} of 5 runs",
                   patience=6 * PATIENCE_S)
        s.keys("+")  # takes the place of whatever runs
        s.wait_for("conn, k=49")
        s.keys("Q")
        check_equal("status", s.end(), 0)


main(__name__)
