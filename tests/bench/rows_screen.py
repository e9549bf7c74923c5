"""Rows of the screen: when the first things stand there, what keys cost, how soon they are answered."""

import re
import tempfile

from tests.bench.budgets import Figure, row, seconds
from tests.bench.measure import ROUNDS, Missed, NoFigure, median
from tests.bench.terminal import Terminal

UID = re.compile(r"\bC[0-9A-Za-z]{15,17}\b")  # as mkconn makes them
BAR = re.compile(r"\d.*[\u2588-\u258f]")
PAGE_DOWN = b"\033[6~"
DOWN, UP = b"\033[B", b"\033[A"
PAUSE_S = 0.04  # shorter than the pause after which the detail pane follows


def has_rows(lines):
    return any(UID.search(line) for line in lines)


def has_chart(lines):
    return sum(bool(BAR.search(line)) for line in lines[2:]) >= 3


def has_result(lines):
    """The chart of all rows, not the preview, and nothing runs."""
    return "order:" in lines[1] and "preview" not in lines[0] + lines[1] and \
        not any("Ctrl-C stops" in line for line in lines)


def has_help(lines):
    return lines[0].endswith("help")


def new_home():
    """Of a program and its settings. A peer may still be writing there when its terminal is gone."""
    return tempfile.TemporaryDirectory(prefix="minnow-bench-", ignore_cleanup_errors=True)


def first(command, test, limit_s=30):
    with new_home() as home, Terminal(command, home) as t:
        return t.until(test, limit_s)


def ready(bench, *more, rows=None):
    """minnow with its result on the screen, and quiet."""
    t = Terminal([bench.program, *more, bench.log(rows)])
    if t.until(has_result, 300) is None:
        raise NoFigure("no result on the screen")
    t.settle(1)
    return t


# ---- the first screen ----

def others_first(bench, log):
    told = []
    for name, package, command in (("lnav", "lnav", ["lnav", "-N", log]), ("vd", "visidata", ["vd", log])):
        try:
            bench.tool(name, package)
        except NoFigure as why:
            told.append(str(why))
            continue
        times = [first(command, has_rows) for _ in range(3)]
        told.append(f"{name} {seconds(median(times))}" if None not in times else f"{name} never")
    return ", ".join(told)


@row("first-rows", "first rows on the screen, {rows} rows, against less", must=2, reach=1.2)
def first_rows(bench):
    log = bench.log()
    less, minnow = [bench.tool("less", "less"), log], [bench.program, log]
    first(less, has_rows)
    if first(minnow, has_rows, 10) is None:
        raise Missed("no row of the log stands on the screen by itself")
    pairs = [(first(minnow, has_rows), first(less, has_rows)) for _ in range(ROUNDS)]
    return Figure([m / o for m, o in pairs],
                  f"minnow {seconds(median([m for m, _ in pairs]))}, less {seconds(median([o for _, o in pairs]))}, "
                  + others_first(bench, log), [o for _, o in pairs])


@row("first-chart", "first chart, provisional or not, {rows} rows", unit=" s", must=0.3)
def first_chart(bench):
    log = bench.log()
    times, whole = [], []
    for _ in range(ROUNDS + 1):
        with Terminal([bench.program, log]) as t:
            times.append(t.until(has_chart))
            whole.append(times[-1] if has_result(t.screen.lines()) else t.until(has_result))
    if None in times + whole:
        raise Missed("no chart")
    return Figure(times[1:], f"the result after {seconds(median(whole[1:]))}", times[1:])


# ---- bytes ----

def moves(t, keys, pause_s=PAUSE_S):
    """Bytes after each key, of those that come before a pause."""
    counts = []
    for key in keys:
        t.send(key)
        before = t.bytes
        t.read(1)
        t.settle(pause_s)
        counts.append(t.bytes - before)
    return counts


@row("move-chart", "bytes for a cursor move, chart", unit=" B", timed=False, must=300)
def move_chart(bench):
    with ready(bench, rows=100_000) as t:
        counts = moves(t, [DOWN] * 6 + [UP] * 5)
        t.settle(1)
        return Figure(counts, "30 lines of 120 columns, without the detail pane")


@row("move-detail", "bytes of the detail pane that follows when keys pause", unit=" B", timed=False, must=1500)
def move_detail(bench):
    counts = []
    with ready(bench, rows=100_000) as t:
        for key in [DOWN] * 6 + [UP] * 5:
            moved = moves(t, [key])[0]
            counts.append(moved + t.settle(0.5))
    return Figure(counts, "the cursor's move included")


@row("page-chart", "bytes for a page, chart", unit=" B", timed=False, must=3000)
def page_chart(bench):
    pages, panes = [], []
    with ready(bench, rows=100_000) as t:
        for key in (PAGE_DOWN, b"\033[5~") * 4:
            pages += moves(t, [key])
            panes.append(t.settle(0.5))
    return Figure(pages, f"without the detail pane, which follows when keys pause: {median(panes):.0f} B more")


def of_others(bench, keys):
    told, log = [], bench.log(100_000)
    for name, package, command in (("lnav", "lnav", ["lnav", "-N", log]), ("vd", "visidata", ["vd", log])):
        try:
            bench.tool(name, package)
        except NoFigure as why:
            told.append(str(why))
            continue
        with new_home() as home, Terminal(command, home) as t:
            t.until(has_rows)
            t.settle(2, 20)
            t.send(b"g" if name == "lnav" else b"gk")  # to the top: lnav starts at the end
            t.settle(2, 20)
            told.append(f"{name} {median(moves(t, keys, 0.3)):.0f} B")
    return ", ".join(told)


def rows_view(bench, *more, rows=None):
    t = ready(bench, *more, rows=rows)
    t.send(b"\r")
    if t.until(has_rows) is None:
        raise NoFigure("Enter opens no rows")
    t.settle(1)
    return t


@row("move-rows", "bytes for a cursor move, rows", unit=" B", timed=False, must=300)
def move_rows(bench):
    keys = [DOWN] * 11
    with rows_view(bench, rows=100_000) as t:
        return Figure(moves(t, keys), of_others(bench, keys))


@row("page-rows", "bytes for a page, rows", unit=" B", timed=False, must=3000)
def page_rows(bench):
    with rows_view(bench, rows=100_000) as t:
        return Figure(moves(t, [PAGE_DOWN] * 5), of_others(bench, [PAGE_DOWN] * 5))


@row("idle", "bytes in 10 s without a key", unit=" B", timed=False, must=0)
def idle(bench):
    counts = []
    with ready(bench, rows=100_000) as t:
        counts.append(t.settle(10, 10))
        t.send(b"\r")
        t.settle(1)
        counts.append(t.settle(10, 10))
    return Figure(counts, "chart, then rows", worst=True)


# ---- answers ----

def ask(t, times, working):
    """Help opens and closes again and again, until nothing works any more when it is closed. Adds how
    long each key took in ms."""
    opening, pause = True, 0
    while True:
        sent = t.send(b"?" if opening else b"q")
        seen = t.until(lambda lines, want=opening: has_help(lines) == want, 5)
        if seen is None:
            raise Missed("a key had no answer in 5 s")
        if not opening and not working(t.screen.lines()):
            return
        times.append((seen - sent) * 1000)
        opening = not opening
        pause = (pause * 5 + 3) % 32  # 0 to 31 ms, so that keys meet every moment
        t.settle(0.001 + pause / 1000, 0.001 + pause / 1000)


def slow_ones(times, least, more=""):
    times.sort()
    if len(times) < least:
        raise NoFigure(f"only {len(times)} keys could be sent before the result: take more rows")
    at = lambda share: times[min(len(times) - 1, int(share * len(times)))]  # noqa: E731
    return Figure([at(0.99)], f"{len(times)} keys{more}, half of them within {at(0.5):.1f} ms, "
                  f"the slowest {times[-1]:.1f} ms; the measuring terminal shares the processors")


def answers(bench, rows, starts):
    """Times from a key to its page while the log loads and clusters."""
    times = []
    for _ in range(starts):
        with Terminal([bench.program, bench.log(rows)]) as t:
            t.until(lambda lines: any(lines), 5)
            ask(t, times, lambda lines: not has_result(lines))
    return slow_ones(times, 50)


def answers_in_rows(bench, rows, columns):
    """The same in a view of all rows while they are sorted by several columns and filtered."""
    def works(lines):
        return "working" in lines[-3]

    times, ways = [], 0
    with ready(bench, "-k", "1", rows=rows) as t:
        t.send(b"\r")
        if t.until(has_rows) is None:
            raise NoFigure("Enter opens no rows")
        t.settle(1)
        for keys in [b"\033[Cs"] * columns + [b"&history~DT duration>1\r"]:
            t.send(keys)
            if t.until(works, 5) is not None:
                ways += 1
                ask(t, times, works)
            t.settle(1)
    return slow_ones(times, 20, f" in {ways} sorts and filters")


@row("keys", "key to screen while loading and clustering, {rows} rows, p99", unit=" ms", must=50)
def keys(bench):
    return answers(bench, bench.rows, 8)


@row("keys-10m", "key to screen while loading and clustering, 10 M rows, p99", unit=" ms", must=50, large=True)
def keys_10m(bench):
    return answers(bench, 10_000_000, 1)


@row("keys-huge", "key to screen while loading and clustering, 22.7 M rows, p99", unit=" ms", must=50, large=True)
def keys_huge(bench):
    return answers(bench, 22_700_000, 1)


@row("keys-rows", "key to screen while rows are sorted and filtered, {rows} rows, p99", unit=" ms", must=50)
def keys_rows(bench):
    return answers_in_rows(bench, bench.rows, 9)


@row("keys-rows-10m", "key to screen while rows are sorted and filtered, 10 M rows, p99", unit=" ms", must=50, large=True)
def keys_rows_10m(bench):
    return answers_in_rows(bench, 10_000_000, 5)


# ---- memory ----

@row("left", "memory left after rows were sorted, filtered and left, {rows} rows", unit=" B/row", timed=False, must=1)
def left(bench):
    """One cluster, so that all rows are in it. They are opened and left once before, so that what
    loading no longer needs has gone back to the system."""
    def visit(*keys):
        for key in keys:
            t.send(key)
            t.settle(1.5)
        for _ in range(4):  # a filter and a find are left first
            if has_result(t.screen.lines()) and not has_rows(t.screen.lines()):
                return t.memory("VmRSS")
            t.send(b"q")
            t.settle(1.5)
        raise NoFigure("the rows are not left by q")

    with ready(bench, "-k", "1") as t:
        before = visit(b"\r")
        after = visit(b"\r", b"s", b"s", b"&tcp", b"\r")
    return Figure([max(0, after - before) / bench.rows], f"{before / 2**20:,.0f} MiB before")
