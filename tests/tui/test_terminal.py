#!/usr/bin/python3
"""The terminal itself: its sizes, the way back to the shell, and when it is lost."""

import os
import select
import signal

from tests.tui.harness import EXPECTED, MINNOW, ROOT, SANITIZE, SLOWER, Failed, Screen, check, check_equal, main, temp_dir

SAMPLE = ROOT / "data/sample.conn.log"
ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)
DEADLY = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)


def open_sample(s):
    return s.wait_for("conn, k=48", "▶ 1 ", "pairs")


# ---- sizes ----

def test_too_small_and_back():
    with Screen(SAMPLE) as s:
        before = open_sample(s).lines
        for width, height, text in ((59, 24, "window too small (60x16 needed)"), (80, 15, "window too small (60x16 needed)"),
                                    (59, 15, "window too small (60x16 needed)"), (20, 5, "window too small"),
                                    (10, 3, "too small"), (5, 2, "small")):
            s.resize(width, height)
            now = s.wait(lambda now, t=text, h=height: len(now.lines) == h and [x.strip() for x in now.lines if x] == [t],
                         f"{text!r} at {width}x{height}")
            check_equal("cursor", now.cursor[2], False)
        s.resize(1, 1)
        s.wait(lambda now: now.lines in (["s"], [""]), "one cell")
        s.keys("Down")  # keys are taken all the same
        s.resize(80, 24)
        s.wait(lambda now: now.lines[0] == before[0] and "─ cluster 2 " in now.text, "the screen again")
        s.keys("Up")
        # The detail pane may have come to say how far the clusters can be believed.
        chart = before[:next(i for i, line in enumerate(before) if line.startswith("─ cluster"))]
        s.wait(lambda now: now.lines[:len(chart)] == chart, "the chart as before")
        s.keys("q")
        check_equal("status", s.end(), 0)
        s.check_restored()


def test_every_size_shows_something():
    with Screen(SAMPLE, width=60, height=16) as s:
        for view, there in ((None, "conn, k=48"), ("Enter", "row 1 of 592"), ("Enter", "when the"), ("a", "10.20.0.25"), ("?", "Keys: ")):
            s.resize(80, 24)
            if view:
                s.keys(view)
            s.wait_for(there)
            for width, height in ((60, 16), (109, 17), (110, 60), (119, 30), (120, 30), (400, 16), (61, 200), (500, 300), (1000, 500)):
                s.resize(width, height)
                # The last line has the keys, wherever it is now.
                s.wait(lambda now, h=height: len(now.lines) == h and "F1 help" in now.lines[-1] and now.lines[0] != "",
                       f"{width}x{height} of {there}")


def test_a_prompt_survives_a_resize():
    with Screen(SAMPLE) as s:
        open_sample(s)
        s.keys("e")
        s.wait_for("to: cluster-1.csv")
        s.type("x" * 100)
        s.resize(60, 16)
        s.wait(lambda now: len(now.lines) == 16 and "xxx" in now.lines[14] and now.cursor[2] and
               now.cursor[1] == 14 and now.cursor[0] < 60, "the prompt with the cursor in it")
        s.keys("C-c")
        s.wait_gone("xxx")
        s.keys("q")
        check_equal("status", s.end(), 0)


def test_redraw():
    with Screen(SAMPLE) as s:
        open_sample(s)
        before = s.wait(lambda now: " states " in now.text and now.lines[-2] == "", "the screen at rest").text
        with open(s.tmux("display-message", "-p", "#{pane_tty}").strip(), "wb", buffering=0) as tty:
            tty.write(b"\033[2J\033[5;5Hnoise of another program")
        s.wait_for("noise of another program")
        s.keys("C-l")
        s.wait(lambda now: now.text == before, "the screen as it was")


def test_a_window_that_says_it_has_no_size():
    with Screen(command=["sh", "-c", f"stty rows 0 cols 0; exec {MINNOW} {SAMPLE}"]) as s:
        open_sample(s)
        s.keys("q")
        check_equal("status", s.end(), 0)


# ---- what it costs ----

def test_a_key_costs_little_and_waiting_nothing():
    with Screen(SAMPLE, width=120, height=30) as s:
        open_sample(s)
        s.keys("Enter")
        s.wait_for("row 1 of 592")
        s.keys("Down")
        s.wait_for("row 2 of 592")
        before = len(s.catch_up())
        for row in range(3, 13):
            s.keys("Down")
            s.wait_for(f"row {row} of 592")
        cost = (len(s.catch_up()) - before) / 10
        check(cost <= 600, f"{cost} bytes for moving by a row")
        before = len(s.catch_up())
        try:
            s.wait(lambda now: len(s.written) != before, patience=0.5)
        except Failed:
            pass  # as it should be: nothing was written
        else:
            raise Failed(f"written while nothing happens: {bytes(s.written[before:])!r}")


# ---- ends ----

def test_signals_on_every_screen():
    for number, keys, there in ((signal.SIGTERM, ["Enter"], "row 1 of"), (signal.SIGHUP, ["e"], "to: cluster-1.csv"),
                                (signal.SIGINT, ["?"], "Keys: clusters"), (signal.SIGQUIT, ["G"], "─ cluster 48 ")):
        with Screen(SAMPLE) as s:
            open_sample(s)
            s.keys(*keys)
            s.wait_for(there)
            s.kill(number)
            check_equal(f"status after {number.name}", s.end(), 128 + number)
            s.check_restored()
            check(b"\033[?2004l" in s.catch_up(), "bracketed paste stays on")


def test_deadly_signals():
    if SANITIZE:  # a sanitizer takes some of these for itself
        return
    for number in DEADLY:
        with Screen(SAMPLE) as s:
            open_sample(s)
            s.kill(number)
            check_equal(f"status after {number.name}", s.end(), 128 + number)
            s.check_restored()
            check_equal("paste", b"\033[?2004l" in s.catch_up(), True)


def test_signals_while_loading():
    for number in ENDING:
        with temp_dir() as d:
            fifo = f"{d}/fifo"
            os.mkfifo(fifo)
            with Screen(fifo) as s:
                s.wait_for("F1 help")
                s.kill(number)
                check_equal(f"status after {number.name}", s.end(), 128 + number)
                s.check_restored()


def test_the_shell_finds_its_screen_again():
    with Screen(shell=True) as s:
        s.wait_for("$")
        s.type(f"echo before; $MINNOW {SAMPLE}; echo after $?")
        s.keys("Enter")
        open_sample(s)
        s.keys("Q")
        now = s.wait_for("after 0")
        check_equal("the shell's lines", now.lines[1:3], ["before", "after 0"])
        s.type("exit")
        s.keys("Enter")
        s.end()
        s.check_restored()


def test_asleep_it_leaves_the_terminal():
    with Screen(shell=True) as s:
        s.wait_for("$")
        s.type(f"stty -a >{s.dir}/a; $MINNOW {SAMPLE}")
        s.keys("Enter")
        before = open_sample(s).lines
        for _ in range(2):
            s.keys("C-z")
            s.wait_for("Stopped")
            s.type(f"stty -a >{s.dir}/b; cmp {s.dir}/a {s.dir}/b && echo sa''me")
            s.keys("Enter")
            s.wait_for("same")
            check_equal("alternate screen", s.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}"), "0 1\n")
            s.type("clear; fg")
            s.keys("Enter")
            s.wait(lambda now: now.lines[:20] == before[:20], "the screen as before")
        s.keys("Down")
        s.wait_for("─ cluster 2 ")
        s.keys("q")
        s.wait_gone("cluster 2")
        s.type("exit $?")
        s.keys("Enter")
        check_equal("status", s.end(), 0)
        s.check_restored()


def test_asleep_while_the_window_changes():
    with Screen(shell=True) as s:
        s.wait_for("$")
        s.type(f"$MINNOW {SAMPLE}")
        s.keys("Enter")
        open_sample(s)
        s.keys("C-z")
        s.wait_for("Stopped")
        s.resize(100, 30)
        s.type("fg")
        s.keys("Enter")
        s.wait(lambda now: len(now.lines) == 30 and "F1 help" in now.lines[29] and "▶ 1" in now.text, "a screen of 30 lines")
        s.keys("Q")


# ---- a terminal that is lost ----

def lost(trap):
    """Starts minnow, takes its terminal away and waits until it is gone."""
    with Screen(command=["sh", "-c", f"{trap} exec {MINNOW} {SAMPLE}"]) as s:
        open_sample(s)
        pid = s.pid()
        handle = os.pidfd_open(pid)  # readable when the process has ended
        s.tmux("kill-server", ok=(0, 1))
        ended = select.select([handle], [], [], 5 * SLOWER)[0]
        os.close(handle)
        if not ended:
            os.kill(pid, signal.SIGKILL)
            raise Failed("still running without a terminal")


def test_a_lost_terminal_ends_it():
    lost("")


def test_a_lost_terminal_ends_it_with_hup_ignored():
    lost("trap '' HUP;")


def test_a_terminal_that_says_odd_things():
    """An unknown TERM, none, and sizes that are none: the screen comes up and every number is the same."""
    want = None
    for more in ({}, {"term": "nonesuch"}, {"term": ""}, {"env": {"TERM": None}}, {"env": {"COLUMNS": "-5", "LINES": "0"}}):
        with Screen("-k3", SAMPLE, **more) as s:
            now = s.wait_for("k=3", "cluster 1")
            sizes = [line[4:11].strip() for line in now.lines if "REFUSED" in line][:1]
            want = sizes if want is None else want
            check(sizes and sizes == want, lambda: f"{more}: {sizes}, not {want}\n{now.text}")
            s.keys("Q")
            check_equal(f"status {more}", s.end(), 0)


# ---- kinds of terminals ----

# TERM, whether it shows colours, and what is said about it.
KINDS = (("xterm-256color", True, None), ("tmux-256color", True, None), ("screen", True, None), ("linux", True, None),
         ("vt100", False, None), ("no-such-terminal", True, "TERM=no-such-terminal is not known here: taken for xterm-256color"),
         (None, True, "TERM is not set: taken for xterm-256color"))


def golden(name):
    return (EXPECTED / f"{name}.txt").read_text(encoding="utf-8")


def colors_of(now):
    words = {w for row in now.rows for _, style in row for w in style.split()}
    return words - {"bold", "dim", "reverse", "underline", "on"}


def test_each_kind_shows_the_same():
    """The same text on each, colours where there are any, and without them when NO_COLOR says so."""
    for term, colored, said in KINDS:
        for env in ({}, {"NO_COLOR": "1"}):
            what = f"TERM={term} {env}"
            how = dict(env=dict(env, **({"TERM": None} if term is None else {})), **({"term": term} if term else {}))
            with Screen("data/sample.conn.log", **how) as s:
                open_sample(s)
                if said:
                    s.wait_for(f" {said}")
                else:
                    s.wait(lambda now: now.text == golden("clusters_80x24"), what)
                s.keys("Enter")
                now = s.wait(lambda now: now.text == golden("rows_80x24"), what)
                check_equal(f"{what}: any colours", bool(colors_of(now)), colored and not env)
                s.keys("q")
                s.wait(lambda now: now.text == golden("clusters_80x24"), what)
                s.keys("q")
                check_equal(f"{what}: status", s.end(), 0)
                s.check_restored()


def test_who_asks_for_a_report_gets_no_screen():
    for args, begin in ((("-f", "csv"), "id,rows,observations"), (("--trust=1",), "data/sample.conn.log: zeek-tsv conn")):
        with Screen("-k4", *args, "data/sample.conn.log", width=100, height=60) as s:
            check_equal(f"status with {args}", s.end(), 0)
            check(begin.encode() in s.written, s.written[:2000])


def test_a_dumb_terminal_gets_the_report():
    with Screen("-k4", "data/sample.conn.log", term="dumb", width=100, height=60) as s:
        check_equal("status", s.end(), 0)
        now = s.wait_for("recipe conn, k 4", "20,000 rows read")
        check(b"\033" not in s.catch_up(), "nothing but text")
        check("dumb" in now.text, f"a sentence says why\n{now.text}")


main(__name__)
