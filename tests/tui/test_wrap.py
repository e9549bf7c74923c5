#!/usr/bin/python3
"""Rows whose long values wrap: nothing is cut, and no row is passed unseen."""

import pathlib
import re

from tests.tui.harness import Screen, check, check_equal, main, temp_dir


def log(directory, notes):
    path = pathlib.Path(directory) / "x.csv"
    path.write_text("src,dst,note,n\n" + "".join(f'10.0.0.{i % 200},10.0.1.9,"{note}",{i}\n' for i, note in enumerate(notes)))
    return str(path)


def open_rows(s, n):
    s.wait_for("order: ")
    s.keys("Enter")
    return s.wait_for(f"row 1 of {n}")


def column(now, head):
    """The column's lines below its head."""
    at = now.lines[2].index(head)
    end = now.lines[2].find(" ", at)
    rest = now.lines[2][end:]
    width = len(now.lines[2][at:end]) + (len(rest) - len(rest.lstrip()) - 1 if rest.strip() else 80)
    return [line[at:at + width].rstrip() for line in now.lines[3:-3]]


def test_nothing_is_cut():
    notes = ["short", "0123456789" * 12, "a b  c " * 15 + "end", "x" * 40]
    with temp_dir() as d, Screen(log(d, notes), "--features", "onehot(note)", "-k", "1") as s:
        now = open_rows(s, 4)
        check("…" in now.text, now.text)
        s.keys("w")
        now = s.wait_for("long values wrap within their column", "end")
        text = "".join(line.ljust(40) for line in column(now, "note")).replace(" ", "")
        check_equal("all of it", text, "".join(notes).replace(" ", ""))
        s.expect("wrapped_80x24")
        before = now
        s.keys("w")
        s.wait_for("long values are cut")
        s.keys("u")
        s.wait(lambda now: now.lines[3:-3] == before.lines[3:-3], "wrapped again")
        s.keys("Space")
        now = s.wait_for("1 marked")
        check_equal("one mark for a row", sum(line.startswith("•") for line in now.lines), 1)
        s.resize(60, 16)
        s.wait_for("row 2 of 4")
        s.resize(200, 60)
        s.wait(lambda now: len(now.lines) == 60 and "row 2 of 4" in now.text, "another size")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_every_row_is_seen():
    notes = [f"<{i}>" + "y" * (37 * (i * 7 % 5)) for i in range(60)]
    with temp_dir() as d, Screen(log(d, notes), "--features", "onehot(note)", "-k", "1") as s:
        open_rows(s, 60)
        s.keys("w")
        now = s.wait_for("long values wrap")
        for key, last in (("NPage", "row 60 of 60"), ("PPage", "row 1 of 60"), ("C-d", "row 60 of 60"),
                          ("C-u", "row 1 of 60")):
            seen, before = set(), None
            for _ in range(80):
                seen |= set(re.findall(r"<(\d+)>", now.text))
                if last in now.text:
                    break
                before = now.lines[-3]
                s.keys(key)
                now = s.wait(lambda now, b=before: now.lines[-3] != b, "another place")
            check_equal(f"rows seen with {key}", len(seen), 60)
        s.keys("G")
        now = s.wait_for("row 60 of 60", "<59>")
        for row in range(59, 30, -1):
            s.keys("Up")
            now = s.wait_for(f"row {row} of 60", f"<{row - 1}>")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_a_value_that_is_taller_than_the_screen():
    notes = ["first", "z" * 100000, "last"]
    with temp_dir() as d, Screen(log(d, notes), "--features", "onehot(n)", "-k", "1") as s:
        open_rows(s, 3)
        s.keys("w", "Down")
        now = s.wait_for("row 2 of 3")
        check("first" not in now.text and "z…" in now.text, now.text)
        s.keys("Down")
        now = s.wait_for("row 3 of 3", "last")
        s.keys("Up", "Up")
        s.wait_for("row 1 of 3", "first")
        s.keys("NPage")
        s.wait_for("row 2 of 3")
        s.keys("NPage")
        s.wait_for("row 3 of 3", "last")
        s.keys("Q")
        check_equal("status", s.end(), 0)


main(__name__)
