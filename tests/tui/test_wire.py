#!/usr/bin/python3
"""What is sent over a slow wire: bytes for a key, and none without one. In a window of 30 lines and 120 columns; of
several keys the median counts, so that a moment in which the machine did something else does not."""

from tests.bench.rows_screen import DOWN, PAGE_DOWN, has_result, has_rows
from tests.bench.terminal import Terminal
from tests.tui.harness import MINNOW, ROOT, SANITIZE, check, main

SAMPLE = str(ROOT / "data/sample.conn.log")
QUIET_S = 3 if SANITIZE else 1
PAGE_UP = b"\033[5~"


def opened():
    t = Terminal([str(MINNOW), SAMPLE])
    check(t.until(has_result, 60) is not None, "no result")
    while t.settle(QUIET_S) > 0:  # how far it can be believed is measured behind it
        pass
    return t


def median(values):
    return sorted(values)[len(values) // 2]


def until_line(t, key, begin):
    """Bytes from a key until a line begins so."""
    before = t.bytes
    t.send(key)
    check(t.until(lambda lines: any(line.startswith(begin) for line in lines), 30) is not None, f"no line {begin!r}")
    return t.bytes - before


def test_chart():
    with opened() as t:
        moves = [until_line(t, DOWN, f"\u25b6{i:>2} ") for i in range(2, 9)]
        check(median(moves) <= 300, f"a cursor move takes {moves} bytes")
        t.settle(QUIET_S)
        details = []
        for key in [DOWN, DOWN, DOWN, b"\033[A", b"\033[A"]:
            t.send(key)
            details.append(t.settle(QUIET_S))
        check(median(details) <= 1500, f"a cursor move and the detail pane take {details} bytes")
        check(median(details) > 300, "the detail pane does not follow")
        pages = []
        for key in (PAGE_DOWN, PAGE_UP) * 3:
            t.send(key)
            pages.append(t.settle(QUIET_S))
        # The page may take 3,000 and the pane that follows when keys pause 1,500.
        check(median(pages) <= 4500, f"a page and the detail pane take {pages} bytes")


def test_rows():
    with opened() as t:
        t.send(b"\r")
        check(t.until(has_rows, 30) is not None, "no rows")
        t.settle(QUIET_S)
        moves, pages = [], []
        for _ in range(7):
            t.send(DOWN)
            moves.append(t.settle(QUIET_S / 3))
        check(0 < median(moves) <= 300, f"a cursor move takes {moves} bytes")
        for _ in range(5):
            t.send(PAGE_DOWN)
            pages.append(t.settle(QUIET_S / 3))
        check(0 < median(pages) <= 3000, f"a page takes {pages} bytes")


def test_nothing_without_a_key():
    with opened() as t:
        check(t.settle(3, 3) == 0, "something is sent to a chart at rest")
        t.send(b"\r")
        t.until(has_rows, 30)
        t.settle(QUIET_S)
        check(t.settle(3, 3) == 0, "something is sent to rows at rest")


main(__name__)
