"""Copying out of the screen, and looking up what was pasted."""
import csv
import os
import shlex
import subprocess

from tests.tui.harness import *

SAMPLE = str(ROOT / "data/sample.conn.log")


def copied(s, key, what):
    """Presses the key and gives what tmux then holds."""
    s.tmux("delete-buffer", ok=(0, 1))
    s.keys(key)
    s.wait_for(f"copied {what}")
    while True:
        text = s.tmux("show-buffer", ok=(0, 1))
        if text:
            return text.rstrip("\n")


def ready(s):
    s.wait_for("order: suspicion", "cluster 1")


def test_what_is_selected():
    with Screen(SAMPLE, width=120, height=30, inside=True) as s:
        ready(s)
        s.keys("Enter")
        s.wait_for("row 1 of ")
        address = copied(s, "y", "the cell (tmux buffer): ")
        check(address in s.snapshot().text and address.count(".") == 3, "the originator is on the screen")
        row = copied(s, "Y", "the row")
        with open(SAMPLE) as f:
            check(row in f.read().splitlines(), "a row of the log")
        check_equal("of this originator", row.split("\t")[2], address)
        s.keys("a")
        s.wait_for("calls out")
        check_equal("the card's address", copied(s, "y", "the address"), address)
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_the_command_gives_the_cluster_again():
    with temp_dir() as d, Screen(SAMPLE, "-k", "12", width=160, height=30, inside=True) as s:
        ready(s)
        s.keys("x", "2")  # without its protocol
        s.wait_for("1 excluded (x)", "order: suspicion")
        s.keys("+")
        s.wait_for("k=13")
        s.keys("Down")
        s.wait_for("─ cluster 2 ")
        s.keys("e")
        s.wait_for("write cluster 2")
        s.keys("C-u")
        s.type(os.path.join(d, "screen.csv"))
        s.keys("Enter")
        s.wait_for("wrote")
        comment, command = copied(s, "y", "cluster 2 and its command").splitlines()[:2]
        check(comment.startswith("# cluster 2, "), "the sentence")
        words = shlex.split(command)
        check_equal("of the program", words[:4], ["minnow", "-b", "-r", "conn"])
        words[0] = MINNOW
        run = subprocess.run(words, cwd=d, capture_output=True, text=True)
        check_equal("status", (run.returncode, run.stderr), (0, ""))
        with open(os.path.join(d, "screen.csv")) as a, open(os.path.join(d, "cluster-2.csv")) as b:
            check(a.read() == b.read(), "the same rows")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_by_the_terminal():
    with Screen(SAMPLE, width=120, height=30) as s:
        s.tmux("set-option", "-s", "set-clipboard", "on")
        ready(s)
        s.keys("Enter")
        s.wait_for("row 1 of ")
        got = copied(s, "y", "the cell (asked the terminal by OSC 52): ")
        check_equal("what the terminal got", got, s.snapshot().lines[-2].split("): ")[1])
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_nothing_from_the_log_acts_where_it_is_pasted():
    with temp_dir() as d:
        path = os.path.join(d, "evil.csv")
        with open(path, "w", newline="") as f:
            csv.writer(f).writerows([["src", "dst", "note"], ["10.0.0.1", "10.0.0.2", "a\x1b]0;x\x07\nrm -rf ~\r"]])
        with Screen(path, "--features", "onehot(note)", "-k", "1", width=120, height=24, inside=True) as s:
            s.wait_for("cluster 1")
            s.keys("Enter")
            s.wait_for("row 1 of 1")
            s.keys("Right", "Right")
            check_equal("shown, not meant", copied(s, "y", "the cell"), r"a\x1b]0;x\x07\x0arm -rf ~\x0d")
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_looking_up():
    with Screen(SAMPLE, width=120, height=30) as s:
        ready(s)
        s.paste("10.20.1.23\n")  # does nothing but fill the line
        s.wait_for("address, or words of a sentence: 10.20.1.23")
        s.keys("Enter")
        s.wait_for("calls out", "10.20.1.23")
        s.keys("q")
        s.wait_for("order: suspicion")
        s.keys("/")
        s.type("192.0.2.200")
        s.keys("Enter")
        s.wait_for("not in this log: 192.0.2.200")
        s.keys("/")
        s.type("udp/53")
        s.keys("Enter")
        now = s.wait(lambda now: any(line.startswith("▶") and "udp/53" in line for line in now.lines), "a line")
        first = [line for line in now.lines if line.startswith("▶")]
        s.keys("n")
        s.wait(lambda now: [l for l in now.lines if l.startswith("▶")] != first and
               any(l.startswith("▶") and "udp/53" in l for l in now.lines), "the next line")
        s.keys("N")
        s.wait(lambda now: [l for l in now.lines if l.startswith("▶")] == first, "and back")
        s.keys("/")
        s.type("nothing of the kind")
        s.keys("Enter")
        s.wait_for("not in this list: nothing of the kind")
        s.keys("Q")
        check_equal("status", s.end(), 0)


main(__name__)
