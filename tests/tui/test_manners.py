#!/usr/bin/python3
"""Signals, hostile text, cancelling, exporting: what must never go wrong on a terminal."""

import csv
import os
import signal

from tests.cli.harness import conn_log, write
from tests.tui.harness import ROOT, SANITIZE, Screen, check, check_equal, main, temp_dir

SAMPLE = str(ROOT / "data/sample.conn.log")


def rows(n, **changes):
    return [dict({"ts": f"17000000{i % 60:02d}.5", "uid": f"C{i}", "id.orig_h": f"10.0.0.{i % 5}", "id.orig_p": 1024 + i,
                  "id.resp_h": "192.0.2.9", "id.resp_p": 80, "proto": "tcp", "service": "http", "duration": f"{i % 9}.25",
                  "orig_bytes": i * 10, "resp_bytes": i % 4 * 1000, "conn_state": "SF", "orig_pkts": i % 6,
                  "resp_pkts": i % 5}, **changes) for i in range(n)]


def test_signals_restore_the_terminal():
    numbers = [signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT]
    if not SANITIZE:  # a sanitizer takes these for itself
        numbers += [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS]
    for number in numbers:
        with Screen(SAMPLE) as s:
            s.wait_for("order: suspicion")
            s.kill(number)
            status = s.end()
            check_equal(f"status after signal {number}", status, 128 + number)
            s.check_restored()


def test_hostile_text_stays_text():
    evil = "\\x1b]0;owned\\x07\\x1b[2J\\x1b[31m\\xc2\\x9b5A\\x0d\\x08\\xe2\\x80\\xae\\xff"
    raw = b"\x1b]0;owned\x07\x1b[2J\x9b5A\xe2\x80\xae\xff"
    with temp_dir() as d:
        text = conn_log(rows(30, service=evil)).encode().replace(b"10.0.0.1\t", raw + b"\t")
        path = write(d, "conn.log", text)
        with Screen("-k", "3", path, width=200, height=40) as s:
            s.wait_for("order: suspicion", "cluster 1")
            s.keys("Enter")
            s.wait_for("row 1 of")
            s.keys("Enter")
            s.wait_for("who started it")
            s.keys("q")
            s.wait_for("row 1 of")
            s.keys("R")
            s.wait_for("rank", "\\x1b]0;owned")
            s.keys("Enter")
            s.wait_for("calls out")
            for bad in (b"owned\x07", b"\x1b]0;", b"\x9b5A", b"\xe2\x80\xae", b"\xff"):
                check(bad not in s.written, f"{bad!r} reached the terminal")
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_combining_marks_do_not_spill():
    with temp_dir() as d:
        path = write(d, "conn.log", conn_log(rows(30, service="e" + "\u0301" * 500 + "東")))
        with Screen("-k", "2", path, width=120, height=30) as s:
            s.wait_for("order: suspicion")
            s.keys("Enter")
            s.wait_for("row 1 of")
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_empty_logs_are_safe():
    with temp_dir() as d:
        for text in ("", conn_log([])):
            path = write(d, "empty.log", text)
            with Screen(path) as s:
                s.wait_for("no rows")
                s.wait_for("There is nothing to show")
                for key in ("Enter", "Down", "Up", "s", "R", "a", "e", "+", "-", "r", "L", "n", "*", "z", "x", "Escape", "C-c"):
                    s.keys(key)
                    s.catch_up()
                    check("There is nothing to show" in s.snapshot().text, "still there after " + key)
                s.keys("?")
                s.wait_for("Keys: clusters")
                s.keys("q")
                s.wait_for("There is nothing to show")
                s.keys("q")
                check_equal("status", s.end(), 3)


def test_a_missing_file_says_so():
    with Screen("/nowhere/conn.log") as s:
        check_equal("status", s.end(), 4)
        s.wait_for("cannot open")


def test_exporting():
    with temp_dir() as d:
        with Screen(SAMPLE, cwd=d) as s:
            s.wait_for("order: suspicion", "cluster 1")
            s.keys("e")
            s.wait_for("cluster-1.csv")
            s.keys("Enter")
            s.wait(lambda _: os.path.exists(os.path.join(d, "cluster-1.csv")), "the file")
            s.wait_for("592 rows")
            s.keys("e", "Enter")
            s.wait_for("y")
            s.keys("n")
            s.keys("q")
            check_equal("status", s.end(), 0)
        with open(os.path.join(d, "cluster-1.csv"), encoding="utf-8", newline="") as f:
            check_equal("lines", len(list(csv.reader(f))), 593)


def test_cancelling_a_load_that_never_ends():
    with temp_dir() as d:
        fifo = os.path.join(d, "fifo")
        os.mkfifo(fifo)
        with Screen(fifo) as s:
            s.wait(lambda now: now.text.strip() != "", "a screen")
            s.keys("C-c")
            s.wait_for("cancelled")
            s.keys("q")
            s.end()
            s.check_restored()


def test_cancelling_a_fit_keeps_the_old_one():
    with Screen(SAMPLE) as s:
        s.wait_for("order: suspicion", "cluster 1")
        s.keys("+", "C-c")
        s.wait_for("▶")
        s.keys("q")
        check_equal("status", s.end(), 0)


def test_standard_input_and_keys():
    with Screen(command=["sh", "-c", f"cat '{SAMPLE}' | {os.environ.get('MINNOW', 'build/minnow')} -"]) as s:
        s.wait_for("order: suspicion", "cluster 1")
        s.keys("Enter")
        s.wait_for("row 1 of 592")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_pasting_runs_no_keys():
    with Screen(SAMPLE) as s:
        s.wait_for("order: suspicion", "cluster 1")
        s.keys("Enter")
        s.wait_for("row 1 of 592")
        s.paste("Q10.20.1.42q")
        s.keys("Escape")
        s.wait_for("row 1 of 592")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_sleeping_and_waking():
    with Screen(shell=True) as s:
        s.wait_for("$")
        s.type(f"$MINNOW '{SAMPLE}'")
        s.keys("Enter")
        s.wait_for("order: suspicion", "cluster 1")
        s.keys("C-z")
        s.wait_for("Stopped")
        s.type("fg")
        s.keys("Enter")
        s.wait(lambda now: "order: suspicion" in now.text and "Stopped" not in now.text, "the screen again")
        s.keys("q")
        s.wait_for("$")
        s.type("exit $?")
        s.keys("Enter")
        check_equal("status", s.end(), 0)


main(__name__)
