#!/usr/bin/python3
"""What is shown before a log has been read: its first rows, a preview, and what keys say meanwhile. The input is a FIFO
that the test holds open, so the load does not end before the test says so."""

import threading

from tests.cli.harness import conn_log, generate, run
from tests.tui.harness import Fifo, Screen, check, check_equal, main, temp_dir


def row(i):
    return {"ts": f"17000000{i:02d}.5", "uid": f"C{i}", "id.orig_h": f"10.0.0.{i % 3}", "id.resp_h": "192.0.2.9",
            "id.resp_p": 80, "proto": "tcp", "duration": f"{i}.5", "orig_bytes": i * 100, "resp_bytes": i,
            "conn_state": "SF"}


def rows_only(first, n):
    return "".join(line + "\n" for line in conn_log([row(i) for i in range(first, first + n)]).splitlines()
                   if not line.startswith("#"))


def test_first_rows_of_a_slow_stream():
    """Three rows and a half: three are shown; then those that come."""
    with temp_dir() as d:
        fifo = Fifo(d)
        with Screen(fifo.path) as s:
            s.wait_for("opening")
            text = conn_log([row(i) for i in range(4)])
            fifo.write(text[:-20])
            s.wait_for("the first rows, while the log is being read", "row 1 of 3", "10.0.0.2")
            s.expect("early_rows_80x24")
            s.keys("Enter", "e", "z", "x")
            s.wait_for("row 1 of 3")
            fifo.write(text[-20:] + rows_only(4, 4))
            s.wait_for("row 1 of 8")
            s.keys("End")
            s.wait_for("row 8 of 8")
            s.resize(60, 16)
            s.wait_for("row 8 of 8")
            s.expect("early_rows_60x16")
            s.keys("C-c")  # what was shown stays
            s.wait_for("partial: not all rows are here", "conn, k=", " 8 rows")
            s.keys("Q")
            check_equal("status", s.end(), 0)
        fifo.close()


def test_the_first_rows_have_the_columns_of_all():
    """Long addresses are cut as they are in the list of all rows, so that as many columns are seen."""
    long = [dict(row(i), **{"id.orig_h": f"2001:db8:aaaa:bbbb:cccc:dddd:eeee:{i:x}", "id.resp_h": f"fd00:1111:2222:3333:4444:5555:6666:{i % 3:x}"})
            for i in range(30)]
    with temp_dir() as d:
        fifo = Fifo(d)
        with Screen("-k1", fifo.path) as s:
            fifo.write(conn_log(long))
            early = s.wait_for("row 1 of 30")
            head = next(line for line in early.lines if line.startswith("ts "))
            check("id.resp_p" in head and "conn_state" in head, early.text)
            s.keys("C-c")
            s.wait_for("conn, k=1", "▶ 1")
            s.keys("Enter")
            now = s.wait_for("1 (30)", "row 1 of 30")
            check_equal("heads", next(line for line in now.lines if line.startswith("ts ")), head)
            s.keys("Q")
            check_equal("status", s.end(), 0)
        fifo.close()


def test_first_rows_without_unicode_or_color():
    with temp_dir() as d:
        fifo = Fifo(d)
        with Screen(fifo.path, locale="C", env={"NO_COLOR": "1"}, width=160, height=50) as s:
            fifo.write(conn_log([row(i) for i in range(5)]))
            s.wait_for("row 1 of 5")
            check(s.snapshot().text.isascii(), s.snapshot().text)
            s.keys("q")
            check_equal("status", s.end(), 0)
        fifo.close()


def test_a_preview_and_the_whole():
    """4 MiB of a stream make a preview; what needs all rows says so; then the result of the batch run."""
    with temp_dir() as d:
        path = generate(f"{d}/conn.log", "--rows=60000", "--seed=3")
        with open(path, encoding="ascii") as log:
            text = log.read()
        fifo = Fifo(d)
        with Screen("-k8", fifo.path) as s:
            s.wait_for("opening")
            cut = text.rfind("\n", 0, 5 << 20) + 1
            writer = threading.Thread(target=fifo.write, args=(text[:cut],))
            writer.start()
            rows = text[:cut].count("\n") - sum(line.startswith("#") for line in text[:2000].split("\n"))
            s.wait_for("preview of the first ", f", {rows:,} rows", "preview, k=8")
            writer.join()
            s.expect("preview_80x24")
            s.resize(60, 16)
            s.wait_for("preview of the first", "4 more below")
            s.expect("preview_60x16")
            s.resize(80, 24)
            for key in ("Enter", "z", "x", "b", "e"):
                s.keys(key)
                s.wait_for("this is a preview: wait until the whole log is clustered")
                s.keys("L")
                s.wait_gone("this is a preview")
            s.keys("Down")
            s.wait_for("▶ 2 ")
            s.keys("+")
            s.wait_for("k=9: the log is clustered so when it has been read")
            fifo.write(text[cut:])
            fifo.close()
            report = run("-b", "-k9", path).out
            second = next(line for line in report.splitlines() if line.split()[:1] == ["2"]).split()[1]
            now = s.wait_for("60,000 rows", "conn, k=9", f"▶ 2 {second:>6} ")
            check("preview" not in now.text, now.text)
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_stopping_in_a_preview():
    with temp_dir() as d:
        with open(generate(f"{d}/conn.log", "--rows=60000", "--seed=3"), encoding="ascii") as log:
            text = log.read()
        fifo = Fifo(d)
        with Screen("-k3", fifo.path) as s:
            writer = threading.Thread(target=fifo.write, args=(text,))
            writer.start()
            s.wait_for("preview, k=3")
            writer.join()
            s.keys("C-c")
            s.wait_for("partial: not all rows are here", "conn, k=3")
            s.keys("q")
            check_equal("status", s.end(), 0)
        with Screen("-k3", fifo.path) as s:
            s.wait_for("opening")
            s.keys("q")
            check_equal("status", s.end(), 0)
            s.check_restored()
        fifo.close()


main(__name__)
