"""Clusters of pairs and hosts: their members, and on to the connections."""
from tests.tui.harness import *

SAMPLE = str(ROOT / "data/sample.conn.log")


def test_pairs():
    with Screen(SAMPLE, "--unit=pair", "-k24", width=80, height=24) as s:
        s.wait_for("order: suspicion", "cluster 1")
        s.keys("Enter")
        s.wait_for("(588 pairs)", "▶ 10.20.1.16 -> 198.19.1.53 443/tcp")
        s.expect("members_80x24")
        s.keys("/")
        s.type("10.20.1.23")
        s.keys("Enter")
        s.wait(lambda now: any(line.startswith("▶ 10.20.1.23 ->") for line in now.lines), "the hit")
        s.keys("Enter")
        s.wait_for("every row of this pair", "row 1 of 1")
        s.keys("q", "a")
        s.wait_for("address  10.20.1.23")
        s.keys("q", "q")
        s.wait_for("order: suspicion")
        s.keys("q")
        check_equal("status", s.end(), 0)


def test_a_recipe_for_one_thing():
    """What counts and what is left out are said where there is room."""
    with Screen(SAMPLE, "-r", "scan", width=130, height=24) as s:
        s.wait_for("11,252 rows filtered out by where proto=tcp", "order: REFUSED")
        s.keys("s")
        s.wait_for("order: size")
        s.keys("s", "f")
        s.wait_for("suspicion REFUSED")
        s.keys("q", "x", "3")
        s.wait_for("1 excluded (x)")
        check("filtered out by" not in s.snapshot().text, "not the recipe alone filters")


def test_hosts():
    with Screen(SAMPLE, "--unit=host", "-k24", width=120, height=30) as s:
        s.wait_for("order: suspicion", "cluster 1")
        s.keys("Enter")
        s.wait_for("targets", "▶ 10.20.0.25 ")
        s.keys("Enter")
        s.wait_for("every row that this host started", "rows (890)")
        s.keys("Q")
        check_equal("status", s.end(), 0)


main(__name__)
