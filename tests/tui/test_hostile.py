#!/usr/bin/python3
"""Text of a log never steers the terminal: what was written is looked at byte by byte, and the
cells beside such a text stay where they are."""

import os
import re
import unicodedata

from tests.cli.harness import conn_log, write
from tests.tui.harness import Failed, Screen, check, check_equal, main, temp_dir

# name, bytes in the log, a piece of what stands in their place with UTF-8
EVIL = (
    ("title", b"\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
    ("csi", b"\x1b[2J\x1b[31m\x1bc", "\\x1b[2J\\x1b[31m\\x1bc"),
    ("clipboard", b"\x1b]52;c;cm0gLXJm\x1b\\", "\\x1b]52;c;cm0gLXJm"),
    ("c1", "\u0085\u009b5A\u009d0;x".encode(), "<U+0085><U+009B>5A<U+009D>0;x"),
    ("c1 raw", b"\x9b5A\x90\x84", "\\x9b5A\\x90\\x84"),
    ("bidi", "a\u202eb\u2066c\u200f".encode(), "a<U+202E>b<U+2066>c<U+200F>"),
    ("marks", ("e" + "\u0301" * 500).encode(), "<U+0301><U+0301>"),
    ("mark first", "\u0301m".encode(), "<U+0301>m"),
    ("wide", "東京漢字".encode(), "東京漢字"),
    ("nul", b"a\x00b", "a\\x00b"),
    ("invalid", b"\xff\xc0\x80\xed\xa0\x80", "\\xff\\xc0\\x80\\xed\\xa0\\x80"),
    ("controls", b"\r\x08\x0e\x7f", "\\x0d\\x08\\x0e\\x7f"),
    ("invisible", "\u200b\ufeff".encode(), "<U+200B><U+FEFF>"),
    ("long", b"x" * 5000, "xxxxxxxx"),
)

# What curses sends: colours, places, erasing, modes, character sets.
SEQUENCE = re.compile(rb"\x1b(?:\[[?>]?[0-9;]*[A-Za-z]|[()][0AB]|[=>78M])")
MODES = re.compile(rb"\x1b\[\?([0-9;]*)[hl]")
KNOWN_MODES = {1, 7, 12, 25, 1049, 2004}


def log_of(directory, name=b"conn.log", field="service"):
    rows = []
    for i in range(len(EVIL)):
        row = {"ts": f"17000000{i:02d}.5", "uid": f"C{i}", "id.orig_h": f"10.0.0.{i}", "id.orig_p": 1024 + i,
               "id.resp_h": "192.0.2.9", "id.resp_p": 80, "proto": "tcp", "service": "http",
               "duration": "1.5", "orig_bytes": 100 + i, "resp_bytes": 200 + i, "conn_state": "SF",
               "orig_pkts": 41, "resp_pkts": 42}
        row[field] = f"EVIL{i}."
        rows.append(row)
    text = conn_log(rows).encode()
    for i, (_, raw, _) in enumerate(EVIL):
        text = text.replace(b"EVIL%d." % i, raw)
    return os.fsdecode(write(os.fsencode(directory), name, text))


def check_written(s, ascii_only=False):
    """Nothing but the sequences of curses, and text."""
    written = s.catch_up()
    text = SEQUENCE.sub(b"", written)
    for modes in MODES.findall(written):
        check({int(m) for m in modes.split(b";")} <= KNOWN_MODES, lambda: f"mode {modes}")
    try:
        text = text.decode("ascii" if ascii_only else "utf-8")
    except UnicodeDecodeError as problem:
        raise Failed(f"written: {problem.object[problem.start - 20:problem.end + 20]!r}") from None
    for c in text:
        plain = c in "\r\n\b\x0e\x0f" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
        check(plain, lambda: f"U+{ord(c):04X} reached the terminal")


def columns(line):
    """The text of a line by the column where it stands: {column: character}."""
    at, out = 0, {}
    for c in line:
        if unicodedata.combining(c):
            continue
        out[at] = c
        at += 2 if unicodedata.east_asian_width(c) in "WF" else 1
    return out


def word_at(line, column):
    cells = columns(line)
    word = ""
    while cells.get(column, " ") != " ":
        word += cells[column]
        column += 1
    return word


def open_rows(s):
    s.wait_for("conn, k=1", "cluster 1")
    s.keys("Enter")
    return s.wait_for(f"row 1 of {len(EVIL)}")


def test_cells():
    with temp_dir() as d, Screen("-k1", log_of(d), width=220, height=30) as s:
        now = open_rows(s)
        head = next(line for line in now.lines if line.startswith("ts "))
        first = now.lines.index(head) + 1
        for i, (name, _, shown) in enumerate(EVIL):
            line = now.lines[first + i]
            check(shown in line, lambda: f"{name}: no {shown!r} in {line!r}")
            # To the right of the text, numbers end where their column's name ends.
            for field, value in (("orig_pkts", "41"), ("resp_pkts", "42")):
                end = head.index(field) + len(field)
                check_equal(f"{field} beside {name}", word_at(line, end - 2), value)
            check_equal(f"ts beside {name}", line[:19], f"2023-11-14 22:13:{20 + i}")
        s.expect("hostile_rows")
        check_written(s)


def test_without_utf8():
    with temp_dir() as d, Screen("-k1", log_of(d), width=220, height=30, locale="C") as s:
        now = open_rows(s)
        check("\\xe6\\x9d\\xb1" in now.text or "<U+6771>" in now.text, lambda: now.text)
        check_written(s, ascii_only=True)


def test_every_screen():
    for field in ("service", "id.orig_h", "uid", "proto"):
        with temp_dir() as d, Screen("-k1", log_of(d, field=field), width=100, height=30) as s:
            open_rows(s)
            s.keys("Enter")
            s.wait_for("when the first packet was seen")
            for number in range(2, len(EVIL) + 1):
                s.keys("J")
                s.wait_for(f"row {number}")
            s.keys("End")
            s.wait_for("of the log")
            s.keys("q")
            s.wait_for(f"row {len(EVIL)} of {len(EVIL)}")
            s.keys("R")
            s.wait_for("rank")
            s.keys("End", "a")
            s.wait_for("calls out")
            s.keys("q", "q", "q")
            s.wait_for("conn, k=1", "cluster 1")
            check_written(s)
            s.keys("Q")
            check_equal("status", s.end(), 0)
            check_written(s)


def test_names_and_prompts():
    with temp_dir() as d:
        path = log_of(d, b"a\x1b]0;owned\x07\xff\xe2\x80\xae.log")
        with Screen("-k1", path, width=120, height=30) as s:
            open_rows(s)
            s.wait_for("a\\x1b]0;owned\\x07\\xff<U+202E>.log")
            s.keys("/")
            s.wait_for("find:")
            s.paste("\u202e\u0301\u009b5A")
            s.wait_for("<U+202E>")
            s.keys("Enter")
            s.wait_gone("find:")
            s.keys("e")
            s.wait_for("write ")
            s.keys("C-u")
            s.paste(f"{d}/none\u202e/x.csv")
            s.wait_for("<U+202E>/x.csv")
            s.keys("Enter")
            s.wait_gone("Enter accepts")
            check_written(s)


def test_header_text():
    with temp_dir() as d:
        text = conn_log([{"ts": "1700000000.5", "uid": f"C{i}", "id.orig_h": "10.0.0.1",
                          "id.resp_h": "10.0.0.2", "orig_bytes": i, "duration": "1.0"} for i in range(9)])
        text = text.encode().replace(b"\tservice\t", b"\tser\x1b[2J\xe2\x80\xae\xffvice\t")
        with Screen("-k1", write(d, "conn.log", text), width=220, height=30) as s:
            s.wait_for("conn, k=1", "cluster 1")
            s.keys("Enter")
            s.wait_for("ser\\x1b[2J<U+202E>\\xffvice")
            s.keys("Enter")
            s.wait_for("ser\\x1b[2J", "when the first packet")
            check_written(s)


main(__name__)
