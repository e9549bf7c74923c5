#!/usr/bin/python3
"""Every screen on the sample, at several sizes, with and without colour and UTF-8."""

from tests.tui.harness import ROOT, Screen, check, check_equal, main

SAMPLE = "data/sample.conn.log"


def settled(s):
    """The chart is there and the detail of the selected cluster below it."""
    s.wait_for("order: suspicion", "cluster 1")
    return s.wait_gone("clustering")


def test_clusters():
    for name, width, height in (("clusters_80x24", 80, 24), ("clusters_160x50", 160, 50), ("clusters_60x16", 60, 16)):
        with Screen(SAMPLE, width=width, height=height) as s:
            s.wait_for("conn, k=48", "▶ 1")
            if height > 16:
                settled(s)
            s.expect(name)


def test_clusters_in_colour():
    with Screen(SAMPLE) as s:
        settled(s)
        s.expect("clusters_styled", styled=True)


def test_rows_row_card_repeats():
    with Screen(SAMPLE) as s:
        settled(s)
        s.keys("Enter")
        s.wait_for("row 1 of 592", "×84")
        s.expect("rows_80x24")
        s.keys("R")
        s.wait_for("addresses", "rank")
        s.expect("repeats_80x24")
        s.keys("q")
        s.wait_for("row 1 of 592")
        s.keys("Enter")
        s.wait_for("originator: who started it", "24 below")
        s.keys("End")
        s.wait_for("from the centroid")
        s.expect("row_end_80x24")
        s.keys("Home")
        s.wait_for("originator: who started it")
        s.expect("row_80x24")
        s.keys("a")
        s.wait_for("calls out")
        s.expect("card_80x24")
        s.keys("q", "q", "q")
        settled(s)
        s.keys("q")
        check_equal("status", s.end(), 0)
        s.check_restored()


def test_rows_wide_and_styled():
    with Screen(SAMPLE, width=160, height=50) as s:
        settled(s)
        s.keys("Enter")
        s.wait_for("row 1 of 592", "×84")
        s.expect("rows_160x50")
    with Screen(SAMPLE) as s:
        settled(s)
        s.keys("Enter")
        s.wait_for("row 1 of 592", "×84")
        s.expect("rows_styled", styled=True)


def test_help_names_every_key():
    with Screen(SAMPLE, height=60) as s:
        settled(s)
        s.keys("?")
        now = s.wait_for("Keys: clusters", "Q F10", "above,")
        for text in ("Enter", "Ctrl-C", "Ctrl-Z", "F1 ?", "L ", "Q F10"):
            check(text in now.text, f"{text} is not in the help\n{now.text}")


def test_without_colour_or_utf8():
    cases = (dict(locale="C"), dict(term="vt100", locale="C"), dict(term="linux", locale="C"))
    for case in cases:
        with Screen(SAMPLE, **case) as s:
            s.wait_for("> conn, k=48", "> 1", "cluster 1")
            check(all(b < 0x80 for b in s.written), f"{case}: bytes beyond ASCII")
            s.keys("Enter")
            s.wait_for("row 1 of 592")
    for case in (dict(env={"NO_COLOR": "1"}), dict(term="vt100"), dict(args=("--color=never",))):
        args = case.pop("args", ())
        with Screen(*args, SAMPLE, **case) as s:
            settled(s)
            styles = {style for row in s.snapshot().rows for _, style in row}
            words = {w for style in styles for w in style.split()}
            check(words <= {"bold", "dim", "reverse", "underline"}, f"{case}: colours {words}")


def test_themes():
    for theme in ("mono", "okabe-ito", "dark", "light", "high-contrast", "solarized", "nord", "gruvbox", "default"):
        with Screen(f"--theme={theme}", SAMPLE) as s:
            settled(s)
    with Screen("--theme=nope", SAMPLE) as s:
        check_equal("status", s.end(), 2)


def test_terminals_it_does_not_know():
    with Screen(SAMPLE, term="no-such-terminal") as s:
        s.wait_for("conn, k=48")
        s.keys("q")
        check_equal("status", s.end(), 0)
    with Screen("-k24", SAMPLE, term="dumb", height=60) as s:
        check_equal("status", s.end(), 0)
        s.wait_for("recipe conn, k 24")


def test_resizing():
    with Screen(SAMPLE) as s:
        settled(s)
        for width, height in ((59, 15), (20, 5), (1, 1), (300, 100), (60, 16), (80, 24)):
            s.resize(width, height)
            if width < 60 and width > 20:
                s.wait_for("window too small")
        now = s.wait_for("▶ 1", "cluster 1")
        check_equal("lines", len(now.lines), 24)
        s.keys("q")
        check_equal("status", s.end(), 0)


def test_bars_and_k():
    with Screen(SAMPLE) as s:
        settled(s)
        s.keys("L")
        s.wait_for("linear bar")
        s.keys("L")
        s.wait_gone("linear bar")
        s.keys("-")
        s.wait_for("conn, k=47")
        s.keys("+")
        s.wait_for("conn, k=48")
        s.keys("r")
        settled(s)
        s.keys("C-l")
        settled(s)


def test_sort_find_and_same():
    with Screen(SAMPLE) as s:
        settled(s)
        s.keys("Enter")
        s.wait_for("row 1 of 592")
        s.keys("Left", "s")
        s.wait_for("sorted by ts, ascending")
        s.keys("s")
        s.wait_for("sorted by ts, desc")
        s.type("/10.20.1.42")
        s.keys("Enter")
        s.wait(lambda now: "row 1 of" not in now.text or "10.20.1.42" in now.lines[3], "a hit")
        s.keys("n", "N", "*", "Escape", "Right", "Left", "G")
        s.wait_for("row 592 of 592")
        s.keys("g")
        s.wait_for("row 1 of 592")


def test_readme_is_there():
    check((ROOT / "README.md").exists(), "README.md is gone")


main(__name__)
