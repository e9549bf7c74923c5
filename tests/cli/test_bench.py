#!/usr/bin/python3
"""The bench itself: what it calls slow, met and busy, how it merges and prints, what its terminal
understands. No figure of minnow's is looked at here."""

import contextlib
import io
import json
import os

from tests.bench import budgets, dns_logs, guard
from tests.bench.measure import Missed, NoFigure, in_turn, run, spread
from tests.bench.terminal import COLUMNS, Screen, Terminal
from tests.cli.harness import check, check_equal, main, run as run_minnow, temp_dir, write


def row(function, unit="x", must=None, reach=None, better="less", timed=False):
    return budgets.Row(function, "name", "what, {rows} rows", unit, must, reach, better, False, timed)


class Bench:
    rows = 1_000_000


def result(function, **more):
    return row(function, **more).measure(Bench)


# ---- logs of DNS ----

def test_the_office_s_dns_is_the_same_for_a_seed_and_a_log_of_dns():
    rows = dns_logs.office(400, 5)
    check(rows == dns_logs.office(400, 5), "equal seeds, equal rows")
    check(rows != dns_logs.office(400, 6), "another seed, other rows")
    sizes = {name: len(attack) for name, attack in dns_logs.attacks(1)}
    check_equal("attacks", sizes, {"tunnel of texts": 600, "tunnel of type NULL": 400, "slow tunnel": 150,
                                   "made-up names": 300, "guessed names": 500})
    for name, attack in [("office", rows), *dns_logs.attacks(1)]:
        times = [float(r["ts"]) for r in attack]
        check_equal(f"order of time, {name}", times, sorted(times))
        check(all(list(r) == dns_logs.FIELDS for r in attack), f"fields of {name}")
    with temp_dir() as d:
        lines = ["#separator \\x09", "#path\tdns", "#fields\t" + "\t".join(dns_logs.FIELDS),
                 "#types\t" + "\t".join(dns_logs.TYPES)] + ["\t".join(r.values()) for r in rows]
        path = write(d, "dns.log", "\n".join(lines) + "\n")
        report = json.loads(run_minnow("-b", "-f", "json", path).out)
        check_equal("read", (report["rows_loaded"], report["rows_rejected"], report["bad_values"]), (400, 0, []))
        check_equal("recipe", report["recipe"], "dns")


# ---- verdicts ----

def test_verdicts_go_both_ways():
    table = [("less", 8, 5, 9, "missed"), ("less", 8, 5, 8, "met"), ("less", 8, 5, 5, "reached"),
             ("more", 15, 25, 14.9, "missed"), ("more", 15, 25, 15, "met"), ("more", 15, 25, 30, "reached"),
             ("less", None, 0, 0, "reached"), ("less", 50, None, 10, "met"), ("less", None, None, 10, "")]
    for better, must, reach, value, expected in table:
        check_equal(f"{value} of {must}, {reach}",
                    result(lambda _, v=value: budgets.Figure([v], ""), must=must, reach=reach,
                           better=better)["verdict"], expected)


def test_the_median_counts_or_the_worst():
    values = [1, 9, 2]
    check_equal("median", result(lambda _: budgets.Figure(values, ""))["figure"], "2x")
    check_equal("worst", result(lambda _: budgets.Figure(values, "", worst=True))["figure"], "9x")
    check_equal("worst of more", result(lambda _: budgets.Figure(values, "", worst=True), better="more")["figure"], "1x")
    check_equal("spread", result(lambda _: budgets.Figure(values, ""))["spread"], "1x to 9x")


def test_what_cannot_be_measured_is_no_figure():
    def no_peer(_):
        raise NoFigure("no yajl here")

    def not_there(_):
        raise Missed("nothing stands there")

    check_equal("skipped", (result(no_peer)["verdict"], result(no_peer)["detail"]), ("skipped", "no yajl here"))
    check_equal("missed", result(not_there, must=2)["verdict"], "missed")


def test_runs_that_lie_apart_are_not_believed():
    calm = result(lambda _: budgets.Figure([1], "", [1.0, 1.1, 1.2]))
    check("lie" not in calm["trust"], calm["trust"])
    shaky = result(lambda _: budgets.Figure([1], "", [1.0, 2.0, 3.0]))
    check_equal("doubt", shaky["trust"], "the runs it is measured by lie 100% apart")
    check(budgets.show(dict(shaky, verdict="met")).splitlines()[0].endswith("met ?"), budgets.show(shaky))


# ---- tables ----

def test_results_of_one_program_add_up():
    with temp_dir() as d:
        path = os.path.join(d, "results.json")
        one, two = [dict(result(lambda _: budgets.Figure([1], "")), name=n) for n in ("job", "gz")]
        check_equal("one", [r["name"] for r in budgets.keep(path, "a", [one])], ["job"])
        check_equal("two", sorted(r["name"] for r in budgets.keep(path, "a", [two])), ["gz", "job"])
        check_equal("another program", [r["name"] for r in budgets.keep(path, "b", [two])], ["gz"])
        write(d, "results.json", "{")
        check_equal("damaged", [r["name"] for r in budgets.keep(path, "b", [one])], ["job"])


def test_the_table_goes_between_its_markers():
    table = budgets.markdown([result(lambda _: budgets.Figure([2], ""), must=3)], ["here."])
    check("| what, 1 M rows | 3x | - | 2x |  | met |\n" in table, table)
    with temp_dir() as d:
        path = write(d, "README.md", f"a\n{budgets.BEGIN}\nold\n{budgets.END}\nb\n")
        for _ in range(2):
            budgets.put_between_markers(path, table)
        with open(path, encoding="utf-8") as file:
            check_equal("file", file.read(), f"a\n{budgets.BEGIN}\n{table}{budgets.END}\nb\n")


# ---- the guard ----

def guarded(own, reference=1.0, normal=1.0):
    """Which parts are slow when the runs take these times one after another, and how many ran."""
    times = iter(own)
    taken = []

    def pair():
        taken.append(next(times))
        return taken[-1], reference

    with contextlib.redirect_stdout(io.StringIO()):
        slow = guard.guard([guard.Part("part", pair)], {"part": normal})
    return slow, len(taken)


def test_twice_as_slow_fails_and_is_measured_again_before():
    tries = guard.RUNS * (1 + guard.AGAIN)
    check_equal("slow", guarded([2.0] * tries), (["part"], tries))
    check_equal("as ever", guarded([1.0] * guard.RUNS), ([], guard.RUNS))


def test_one_calm_run_is_enough():
    check_equal("one of the first", guarded([3.0, 1.1, 3.0, 4.0, 3.0]), ([], guard.RUNS))
    check_equal("one of the second", guarded([3.0] * guard.RUNS + [1.1] + [3.0] * 4), ([], 2 * guard.RUNS))


def test_normal_has_a_line_for_each_part():
    with open(guard.NORMAL, encoding="ascii") as file:
        names = [line.split()[0] for line in file if not line.startswith("#")]
    check_equal("parts", names, ["load-tsv", "load-json", "load-csv", "fit", "job", "default"])


# ---- running ----

def test_programs_are_run_in_turn():
    order = []

    def thing(name):
        return lambda: order.append(name) or len(order)

    lists = in_turn(thing("a"), thing("b"), rounds=2)
    check_equal("order", "".join(order), "ab" "ab" "ab")
    check_equal("the first is not counted", lists, [[3, 5], [4, 6]])
    check_equal("spread", spread([1.0, 2.0, 2.5]), 0.75)


def test_a_run_has_its_figures_and_its_memory():
    done = run(["/usr/bin/python3", "-c", "x = bytearray(100 << 20); print('wall=1.5 rows=7')"])
    check_equal("figures", done.figures(), {"wall": "1.5", "rows": "7"})
    check(100 << 20 < done.peak < 200 << 20, f"peak {done.peak}")
    try:
        run(["/usr/bin/python3", "-c", "import sys; sys.exit('broken')"])
    except NoFigure as why:
        check_equal("failed", str(why), "python3 failed: broken")
    else:
        check(False, "a program that fails has figures")


# ---- the terminal ----

def screen(data):
    s = Screen()
    for piece in data if isinstance(data, list) else [data]:
        s.feed(piece)
    return s


def test_the_screen_understands_what_ncurses_writes():
    table = [
        (b"ab\r\ncd", ["ab", "cd"]),
        (b"\033[2;3Hx\033[1;1Hy", ["y", "  x"]),
        (b"abcdef\033[3G\033[K", ["ab"]),
        (b"abcdef\033[3G\033[2P", ["abef"]),
        (b"abef\033[3G\033[2@cd", ["abcdef"]),
        (b"abcdef\033[1G\033[2X", ["  cdef"]),
        (b"a\033[4bc", ["aaaaac"]),
        (b"a\r\nb\r\nc\033[1;1H\033[M", ["b", "c"]),
        (b"a\r\nb\033[1;1H\033[Lx", ["x", "a", "b"]),
        (b"\033[38;5;4ma\033(B\033[mb\033[?25l\033=", ["ab"]),
        (b"a\033[2;2H\033[1Jb", ["", " b"]),
        (b"a\r\nb\033[H\033[Jc", ["c"]),
        ("é█".encode(), ["é█"]),
    ]
    for data, lines in table:
        got = screen(data).lines()
        check_equal(repr(data), got[:len(lines)], lines)
        check(not any(got[len(lines):]), repr(data))


def test_sequences_may_come_in_pieces():
    data = "a\033[2;5H█b\033]0;title\033\\c\033[1;3Hd".encode()
    for cut in range(1, len(data)):
        lines = screen([data[:cut], data[cut:]]).lines()
        check_equal(f"cut at {cut}", lines[:2], ["a d", "    █bc"])


def test_the_screen_wraps_and_scrolls():
    lines = screen(b"x" * (COLUMNS + 2)).lines()
    check_equal("wrapped", lines[:2], ["x" * COLUMNS, "xx"])
    lines = screen(b"".join(b"%d\r\n" % i for i in range(40))).lines()
    check_equal("scrolled", (lines[0], lines[28], lines[29]), ("11", "39", ""))
    lines = screen(b"a\r\nb\r\nc\033[2;3r\033[3;1H\nd").lines()
    check_equal("in a region", lines[:3], ["a", "c", "d"])


def test_a_program_in_the_terminal():
    with Terminal(["/bin/sh", "-c", "stty size; read x; echo got $x"]) as t:
        check(t.until(lambda lines: lines[0] == "30 120", 10) is not None, str(t.screen.lines()[:2]))
        t.send(b"key\r")
        check(t.until(lambda lines: "got key" in lines, 10) is not None, str(t.screen.lines()[:4]))
        check_equal("never", t.until(lambda lines: "nothing" in lines, 10), None)


main(__name__)
