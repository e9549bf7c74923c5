#!/usr/bin/python3
"""Loading, clustering and writing while keys come: what is stopped is said, what is written is whole."""

import os
import re

from tests.cli.harness import conn_log, generate, write
from tests.tui.harness import Fifo, MINNOW, ROOT, Screen, check, check_equal, main, temp_dir

SAMPLE = ROOT / "data/sample.conn.log"


def open_sample(s):
    return s.wait_for("conn, k=48", "▶ 1 ", "pairs")


def few(n=9):
    return conn_log([{"ts": f"170000000{i}.5", "uid": f"C{i}", "id.orig_h": f"10.0.0.{i % 3}", "id.resp_h": "192.0.2.9",
                      "id.resp_p": 80, "proto": "tcp", "duration": f"{i}.5", "orig_bytes": i * 100, "resp_bytes": i,
                      "conn_state": "SF"} for i in range(n)])


# ---- what cannot be clustered ----

def test_why_nothing_is_clustered_is_said_once():
    why = "--where: unknown field 'prot' (did you mean 'proto'?)"
    with Screen("-w", "prot=tcp", SAMPLE) as s:
        now = s.wait_for("20,000 rows are here, but not clustered.", why, "r clusters again.")
        check_equal("how often it is said", now.text.count("unknown field"), 1)
        s.keys("Enter")
        s.wait_for("all rows (20,000)", "row 1 of 20,000")
        # the way out that the line names
        s.keys("q", "f")
        s.wait_for("where prot=tcp", "[x]")
        s.keys("w", "C-u")
        s.type("proto=tcp\n")
        s.wait_for("where proto=tcp")
        s.keys("r")
        s.wait_for("conn (changed), k=48", "filtered out", "▶ 1 ")
        s.keys("q", "q")
        s.end()


# ---- loading ----

def test_nobody_writes():
    """A FIFO that nobody opens for writing, and one whose writer is silent."""
    with temp_dir() as d:
        os.mkfifo(f"{d}/nobody")
        silent = Fifo(d)
        for path in (f"{d}/nobody", silent.path):
            with Screen(path) as s:
                s.wait_for("Ctrl-C stops", "F1 help")
                # Every key is safe while nothing is here.
                s.keys("Down", "Enter", "L", "e", "r", "+", "-", "s", "/", "R", "a", "Escape", "?")
                s.wait_for("Keys: clusters")
                s.keys("q")
                s.wait_gone("Keys: clusters")
                s.keys("C-c")
                s.wait_for("cancelled")
                s.end()
                s.check_restored()
            with Screen(path) as s:
                s.wait_for("Ctrl-C stops", "F1 help")
                s.keys("q")
                check_equal("status", s.end(), 0)
                s.check_restored()
        silent.close()


def test_stopping_keeps_what_was_read():
    with temp_dir() as d:
        fifo = Fifo(d)
        with open(generate(f"{d}/conn.log", "--rows=30000", "--seed=3"), encoding="ascii") as log:
            text = log.read()
        with Screen("-k2", fifo.path) as s:
            s.wait_for("Ctrl-C stops")
            fifo.write(text)  # and no end
            s.wait(lambda now: re.search(r", [0-9,]{4,} rows", now.text), "some rows")
            s.keys("C-c")
            s.wait_for("partial: not all rows are here", "conn, k=2", "pairs", "stopped: only the rows before that")
            s.keys("Enter")
            s.wait_for("row 1 of ")
            s.keys("Q")
            check_equal("status", s.end(), 0)
            s.check_restored()
        fifo.close()


def test_standard_input():
    for keys, there in ((["Enter"], "row 1 of"), (["?"], "Keys: clusters")):
        with Screen(command=["sh", "-c", f"cat {SAMPLE} | {MINNOW}"]) as s:
            s.wait_for("standard input › conn, k=48", "pairs")
            s.keys(*keys)
            s.wait_for(there)
            s.keys("Q")
            check_equal("status", s.end(), 0)
            s.check_restored()


def test_what_cannot_be_opened():
    with temp_dir() as d:
        with Screen(f"{d}/none.log") as s:
            check_equal("status", s.end(), 4)
            check(f"minnow: {d}/none.log: cannot open: No such file or directory" in " ".join(s.snapshot().text.split()),
                  s.snapshot().text)
            s.check_restored()


def test_logs_without_rows():
    """There is nothing to show: the screen says so, and so does the shell when it is left."""
    with temp_dir() as d:
        for name, text in (("empty.log", ""), ("header.log", conn_log([])), ("blank.log", "\n\n"),
                           ("closed.log", conn_log([]) + "#close\t2024-01-01-00-00-00\n")):
            with Screen(write(d, name, text)) as s:
                s.wait_for("no rows", "There is nothing to show")
                s.keys("q")
                check_equal(f"status of {name}", s.end(), 3)
                s.wait_for(f"minnow: {d}/{name}: no rows")
                s.check_restored()


# ---- clustering ----

def long_fit(directory, *more):
    """A fit that takes long enough for a key: many starts of many clusters."""
    path = generate(os.path.join(directory, "conn.log"), "--rows=30000", "--seed=3")
    return ("-k200", "--starts=1000", "--max-iter=10000", *more, path)


def test_stopping_the_first_fit():
    with temp_dir() as d, Screen(*long_fit(d)) as s:
        s.wait_for("clustering")
        s.keys("Down", "L", "e")
        s.wait_for("there is no cluster to write yet")
        s.keys("C-c")
        s.wait_for("30,000 rows are here, but not clustered.", "Enter shows all rows, f changes the recipe, r clusters again.")
        s.keys("Enter")
        s.wait_for("row 1 of 30,000", "all rows")
        s.keys("Q")
        check_equal("status", s.end(), 0)
        s.check_restored()


def test_quitting_in_a_fit():
    with temp_dir() as d, Screen(*long_fit(d)) as s:
        s.wait_for("clustering")
        s.keys("Enter")
        s.wait_for("all rows")
        s.keys("q")
        s.keys("q")
        check_equal("status", s.end(), 0)
        s.check_restored()


# ---- writing ----

def text_of(path):
    with open(path, encoding="utf-8", newline="") as f:
        return f.read()


def test_clusters_that_change_while_a_name_is_typed():
    with temp_dir() as d, Screen(SAMPLE, cwd=d) as s:
        open_sample(s)
        s.type("+e")  # the prompt is about the clusters before
        s.wait_for("write cluster 1 ", "k=49")
        s.keys("Enter")
        s.wait_for("not written: the clusters have changed meanwhile")
        check(not os.path.exists(f"{d}/cluster-1.csv"), "no file")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_writing_a_cluster():
    with temp_dir() as d, Screen(SAMPLE, cwd=d) as s:
        open_sample(s)
        s.keys("Down")
        s.wait_for("─ cluster 2 ")
        s.keys("e")
        s.wait_for("write cluster 2 (509 rows) to: cluster-2.csv")
        s.keys("Enter")
        s.wait_for("wrote 509 rows, ", "to cluster-2.csv")
        text = text_of(f"{d}/cluster-2.csv")
        lines = text.split("\r\n") if "\r\n" in text else text.split("\n")
        check_equal("lines", len(lines), 511)  # the names, and nothing behind the last end of line
        check(lines[0].startswith("ts,uid,id.orig_h,id.orig_p,id.resp_h,"), lines[0])
        check("10.20.0.25" in lines[1], lines[1])

        # A name that is taken is asked for; n and Esc leave the file alone.
        with open(f"{d}/cluster-2.csv", "w", encoding="ascii") as old:
            old.write("precious")
        for no in ("n", "Escape"):
            s.keys("e")
            s.wait_for("to: cluster-2.csv")
            s.keys("Enter")
            s.wait_for("cluster-2.csv exists: overwrite it? (y/n)")
            s.keys(no)
            s.wait_for("not written")
            check_equal("the file", text_of(f"{d}/cluster-2.csv"), "precious")
        s.keys("e")
        s.wait_for("to: cluster-2.csv")
        s.keys("Enter")
        s.wait_for("overwrite it?")
        s.keys("y")
        s.wait_for("wrote 509 rows, ", "to cluster-2.csv")
        check_equal("the file", text_of(f"{d}/cluster-2.csv"), text)
        check_equal("files", sorted(os.listdir(d)), ["cluster-2.csv"])


def test_writing_equals_the_batch_export():
    with temp_dir() as d, Screen("-j1", SAMPLE, cwd=d) as s:
        open_sample(s)
        s.keys("e")
        s.wait_for("to: cluster-1.csv")
        s.keys("Enter")
        s.wait_for("wrote 592 rows")
        with Screen("-j1", "-c1", "-o", f"{d}/batch.csv", SAMPLE) as batch:
            check_equal("status", batch.end(), 0)
        check_equal("screen and batch", text_of(f"{d}/cluster-1.csv"), text_of(f"{d}/batch.csv"))


def test_writing_rows_as_they_are_sorted():
    with temp_dir() as d, Screen("-k1", write(d, "conn.log", few(9)), cwd=d) as s:
        s.wait_for("conn, k=1", "pairs")
        s.keys("Enter")
        s.wait_for("row 1 of 9")
        s.keys("Left", "s")
        s.wait_for("sorted by ts, ascending")
        s.keys("s")
        s.wait_for("sorted by ts, descending")
        s.keys("e")
        s.wait_for("write 9 rows to: cluster-1.csv")
        s.keys("C-u")
        s.type("rows.csv")
        s.keys("Enter")
        s.wait_for("wrote 9 rows, ", "to rows.csv")
        uids = [line.split(",")[1] for line in text_of(f"{d}/rows.csv").splitlines()[1:]]
        check_equal("uids", uids, [f"C{i}" for i in range(8, -1, -1)])


def test_writing_addresses():
    with temp_dir() as d, Screen("-k1", write(d, "conn.log", few(9)), cwd=d) as s:
        s.wait_for("conn, k=1", "pairs")
        s.keys("Enter")
        s.wait_for("row 1 of 9")
        s.keys("R")
        s.wait_for("rank", "4 addresses")
        s.keys("e")
        s.wait_for("write addresses to: addresses-cluster-1.txt")
        s.keys("Enter")
        s.wait_for("wrote 4 addresses to addresses-cluster-1.txt")
        check_equal("addresses", text_of(f"{d}/addresses-cluster-1.txt"), "192.0.2.9\n10.0.0.0\n10.0.0.1\n10.0.0.2\n")


def test_names_that_do_not_work():
    with temp_dir() as d, Screen("-k1", write(d, "conn.log", few(9)), cwd=d) as s:
        s.wait_for("conn, k=1", "pairs")
        before = text_of(f"{d}/conn.log")
        os.symlink("conn.log", f"{d}/link")
        for name, said in (("", "not written: no name"), ("none/x.csv", "No such file or directory"), (".", "directory")):
            s.keys("e")
            s.wait_for("to: ")
            s.keys("C-u")
            s.type(name)
            s.keys("Enter")
            s.wait_for(said)
            s.keys("Escape")
            s.wait_gone(said)
        for name in ("conn.log", "link"):  # the log itself, by whatever name
            s.keys("e")
            s.wait_for("to: ")
            s.keys("C-u")
            s.type(name)
            s.keys("Enter")
            s.wait(lambda now: "overwrite it?" in now.text or "Enter accepts" not in now.text, "an answer")
            s.keys("y")
            s.wait_gone("(y/n)")
            s.keys("Escape")
            s.keys("Down")
            check_equal("the log", text_of(f"{d}/conn.log"), before)
        check_equal("files", sorted(os.listdir(d)), ["conn.log", "link"])


# ---- pasting ----

def test_a_paste_is_text():
    with Screen(SAMPLE) as s:
        open_sample(s)
        s.paste("Q\nq\n")
        s.wait_for("address, or words of a sentence: Q q")
        s.keys("Escape")
        s.wait_gone("address, or words")
        s.keys("x")
        s.wait_for("leave out cluster 1")
        s.paste("Q\nq\n")  # nothing to find in a list to choose from
        s.wait_for("what was pasted is not used here")
        s.keys("Escape")
        s.wait_for("order: suspicion")
        s.keys("Enter")
        s.wait_for("row 1 of 592")
        s.paste("QqQ\x03\x1a10.20.1.42\n")
        now = s.wait_for("find: QqQ")
        check("10.20.1.42" in now.text, now.text)
        s.keys("Escape")
        s.wait_gone("find: ")
        s.paste("10.20.1.42\n")
        s.wait_for("find: 10.20.1.42")
        s.keys("Enter")
        s.wait(lambda now: "10.20.1.42" in now.text and "find:" not in now.text and "row 1 of" not in now.text, "the hit")
        s.paste("x" * 10000)
        s.wait_for("find: ", "xxxx")
        s.keys("Escape")
        s.wait_gone("find: ")
        s.keys("q")
        s.wait_for("pairs")


main(__name__)
