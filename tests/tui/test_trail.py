#!/usr/bin/python3
"""Back and forward through what was looked at, as it was left."""

from tests.tui.harness import ROOT, Screen, check, check_equal, main

SAMPLE = str(ROOT / "data/sample.conn.log")


def at_clusters(s, number):
    return s.wait(lambda now: any(line.startswith(f"▶{number:>2} ") for line in now.lines) and "pairs" in now.text,
                  f"cluster {number} of the chart")


def is_card(now):
    return now.lines[0].endswith("› 2 (509) › 10.20.0.25") and "845 peers" in now.text


def start(s):
    s.wait_for("order: suspicion")
    return at_clusters(s, 1)


def test_back_and_forward():
    with Screen(SAMPLE) as s:
        start(s)
        s.keys("[")
        s.wait_for("this is where it began")
        s.keys("]")
        s.wait_for("nothing is ahead")
        s.keys("Enter")
        s.wait_for("row 1 of 592")
        s.keys(*["Down"] * 4, "Left", "s", "s")  # sorted, and another row and column
        s.wait_for("sorted by ts, desc")
        s.keys(*["Down"] * 6, "Right")
        s.wait_for("row 7 of 592")
        s.keys("q")
        at_clusters(s, 1)
        s.keys("Down", "Enter")
        s.wait_for("row 1 of 509")
        s.keys("a")
        s.wait_for("calls out")
        # Back: the rows, the chart, the other rows as they were left, the chart.
        s.keys("[")
        s.wait_for("row 1 of 509")
        s.keys("[")
        at_clusters(s, 2)
        s.keys("[")
        now = s.wait_for("row 7 of 592", "sorted by ts, desc", "23:44:21")
        s.keys("[")
        at_clusters(s, 1)
        s.keys("[")
        s.wait_for("this is where it began")
        # And forward again, to the end.
        s.keys("]")
        s.wait_for("row 7 of 592", "sorted by ts, desc")
        s.keys("]")
        at_clusters(s, 2)
        s.keys("]")
        s.wait_for("row 1 of 509")
        s.keys("]")
        s.wait(is_card, "the card")
        s.keys("]")
        s.wait_for("nothing is ahead")
        # q goes up, not back; what was looked at before is still behind.
        s.keys("q")
        s.wait_for("row 1 of 509")
        s.keys("q")
        at_clusters(s, 2)
        s.keys("[", "[")
        s.wait(is_card, "the card again")
        s.keys("Q")
        check_equal("status", s.end(), 0)
        s.check_restored()


def test_a_filter_comes_back():
    with Screen(SAMPLE) as s:
        start(s)
        s.keys("Enter")
        s.wait_for("row 1 of 592")
        s.keys("&")
        s.type("port:25")
        s.keys("Enter")
        now = s.wait_for("hidden by & port:25")
        crumb = now.lines[0]
        s.keys("Down", "Down")
        s.wait_for("row 3 of")
        s.keys("q")
        at_clusters(s, 1)
        s.keys("[")
        s.wait(lambda now: now.lines[0] == crumb and "row 3 of" in now.text, "the filter and the place")
        s.keys("Enter")
        s.wait_for("when the")
        s.keys("J")
        s.wait_for("› row ")
        s.keys("[")
        s.wait_for("row 4 of", "hidden by & port:25")
        s.keys("]")
        s.wait_for("when the")
        s.keys("K", "q")
        s.wait_for("row 3 of", "hidden by & port:25")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_another_way_forgets_what_was_ahead():
    with Screen(SAMPLE) as s:
        start(s)
        s.keys("Enter")
        s.wait_for("row 1 of 592")
        s.keys("[")
        at_clusters(s, 1)
        s.keys("Down", "Down", "Enter")
        s.wait_for("› 3 (", "row 1 of")
        s.keys("]")
        s.wait_for("nothing is ahead")
        s.keys("[")
        at_clusters(s, 3)
        s.keys("[")
        s.wait_for("this is where it began")


def test_views_that_are_no_places():
    with Screen(SAMPLE) as s:
        start(s)
        s.keys("Enter")
        s.wait_for("row 1 of 592")
        s.keys("R")
        s.wait_for("rank")
        s.keys("[")  # as q does
        s.wait_for("row 1 of 592")
        s.keys("?")
        s.wait_for("Keys: rows")
        s.keys("[")
        s.wait_for("[ does nothing here")
        s.keys("q")
        s.wait_for("row 1 of 592")
        s.keys("R")
        s.wait_for("rank")
        s.keys("Enter")
        s.wait_for("calls out")
        s.keys("[")  # to the rows: the list between is no place
        s.wait_for("row 1 of 592")
        s.keys("]")
        s.wait_for("calls out")
        s.keys("q")
        s.wait_for("row 1 of 592")
        s.keys("q")
        at_clusters(s, 1)
        s.keys("v")
        s.wait_gone("pairs")
        s.keys("[")
        at_clusters(s, 1)
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_a_zoom_begins_anew():
    with Screen(SAMPLE) as s:
        start(s)
        s.keys("Enter")
        s.wait_for("row 1 of 592")
        s.keys("q")
        at_clusters(s, 1)
        s.keys("z")
        s.wait_for("zoomed, k=17", "pairs")
        s.keys("[")
        s.wait_for("this is where it began")
        s.keys("Enter")
        s.wait_for("row 1 of")
        s.keys("[")
        s.wait_for("zoomed, k=17", "pairs")
        s.keys("q")
        s.wait_for("20,000 rows", "pairs")
        s.keys("]")
        s.wait_for("nothing is ahead")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_another_number_of_clusters():
    with Screen(SAMPLE) as s:
        start(s)
        s.keys("Enter")
        s.wait_for("row 1 of 592")
        s.keys("q")
        at_clusters(s, 1)
        s.keys("-")
        s.wait(lambda now: "k=47" in now.lines[0] and "pairs" in now.text and "clustering" not in now.text, "47 clusters")
        s.keys("[")
        now = s.wait(lambda now: "row 1 of 592" in now.text or "cannot be opened again" in now.text, "back")
        check("k=47" in now.lines[0], now.text)
        s.keys("Q")
        check_equal("status", s.end(), 0)


main(__name__)
