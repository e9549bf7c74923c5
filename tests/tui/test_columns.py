#!/usr/bin/python3
"""The columns among the rows: choosing, widths, what stays when others scroll, and the way back."""

import csv
import os
import pathlib

from tests.cli.harness import conn_log, expect, run, write
from tests.tui.harness import ROOT, Screen, check, check_equal, main, temp_dir

SAMPLE = str(ROOT / "data/sample.conn.log")


def open_rows(s):
    s.wait_for("order: suspicion", "▶ 1", "pairs")
    s.keys("Enter")
    now = s.wait_for("row 1 of 592", "×84", "15 columns ›")
    s.keys("Left")  # from the source to the first
    return now


def heads(now):
    return now.lines[2].split()


def choose(s):
    s.keys("c")
    return s.wait_for("columns are shown, in this order", "[x]")


def test_choosing():
    with Screen(SAMPLE) as s:
        before = open_rows(s)
        now = choose(s)
        check_equal("the heading", now.lines[1].split("order")[0], " 21 of 21 columns are shown, in this ")
        check(now.lines[3].split()[:4] == ["▶", "[x]", "ts", "time"], now.text)
        check("10.20.0.25" in now.lines[4], "a value of the row under the cursor")
        s.expect("chooser_80x24")
        s.keys("Space")
        s.wait_for("▶ [ ] ts", "20 of 21 columns are shown")
        s.keys("Down", "Down", "J")
        s.wait(lambda now: "id.resp_p" in now.lines[5] and "▶ [x] id.resp_h" in now.lines[6], "moved down")
        s.keys("Enter")
        now = s.wait_for("20 of 21 columns are shown, here and in other lists of rows", "1 column off (c)")
        check_equal("heads", heads(now)[:3], ["id.orig_h", "id.resp_p", "id.resp_h"])
        # Elsewhere as well.
        s.keys("q")
        s.wait_for("pairs")
        s.keys("Down", "Enter")
        now = s.wait_for("row 1 of 509", "1 column off (c)")
        check_equal("heads of another cluster", heads(now)[:3], ["id.orig_h", "id.resp_p", "id.resp_h"])
        s.keys("q")
        s.wait_for("pairs")
        s.keys("Up", "Enter")
        s.wait_for("row 1 of 592", "1 column off")
        # In a list of rows that was opened anew nothing was changed: the chooser leads back.
        choose(s)
        s.keys("d")
        s.wait_for("21 of 21 columns are shown")
        s.keys("Enter")
        s.wait(lambda now: now.lines[2:20] == before.lines[2:20], "the columns as at first")
        s.keys("u")
        now = s.wait_for("1 column off")
        check_equal("taken back", heads(now)[:3], ["id.orig_h", "id.resp_p", "id.resp_h"])
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_what_is_not_taken_changes_nothing():
    with Screen(SAMPLE) as s:
        before = open_rows(s)
        for leave in ("Escape", "q"):
            choose(s)
            s.keys("Space", "Down", "Space", "K")
            s.wait_for("19 of 21 columns")
            s.keys(leave)
            if leave == "q":
                s.wait_for("this choice was not taken (Enter does that): drop it? (y/n)")
                s.keys("n")
                s.wait_for("19 of 21 columns are shown")
                s.keys("q", "y")
            s.wait(lambda now: now.lines[:21] == before.lines[:21], f"nothing changed by {leave}")
        choose(s)
        s.keys("Enter")  # as it was: no step back
        s.wait_for("row 1 of 592")
        s.keys("u")
        s.wait_for("nothing to take back")


def test_one_column_stays():
    with Screen(SAMPLE) as s:
        open_rows(s)
        choose(s)
        s.keys("Down", "a")  # all are shown: this one alone
        s.wait_for(" 1 of 21 columns are shown", "▶ [x] id.orig_h", "[ ] resp_pkts")
        s.keys("Space")
        s.wait_for("one column stays", "▶ [x] id.orig_h")
        s.keys("a")
        s.wait_for("21 of 21 columns")
        s.keys("a")
        s.wait_for(" 1 of 21 columns")
        s.keys("Enter")
        now = s.wait_for("20 columns off (c)")
        check_equal("heads", heads(now), ["id.orig_h"])
        s.keys("Right", "Left", "s")
        s.wait_for("sorted by id.orig_h")
        s.keys("u")
        s.wait_gone("sorted by")
        s.keys("u")
        s.wait_for("15 columns ›")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_finding_a_column_and_a_hit_in_one_that_is_not_shown():
    with Screen(SAMPLE) as s:
        open_rows(s)
        choose(s)
        s.type("/orig_ip")
        s.keys("Enter")
        s.wait_for("▶ [x] orig_ip_bytes")
        s.type("/uid")
        s.keys("Enter")
        s.wait_for("▶ [x] uid")
        s.keys("Space", "Enter")
        s.wait_for("1 column off")
        s.type("/CIq4XRLLXU2dxzJ7bs")
        s.keys("Enter")
        s.wait_for("hit 1 of 1, in a column that is not shown: uid", "row 2 of 592")


def test_a_view_is_written_as_it_is_shown():
    with temp_dir() as d, Screen(SAMPLE) as s:
        out = os.path.join(d, "out.csv")
        open_rows(s)
        choose(s)
        s.keys("a", "Down", "Space", "Down", "Space", "K", "K", "Enter")  # responder, time, originator
        now = s.wait_for("18 columns off (c)")
        check_equal("heads", heads(now), ["id.resp_h", "ts", "id.orig_h"])
        s.keys("e")
        s.wait_for("write 592 rows, 3 of 21 columns, to: cluster-1.csv")
        s.keys("C-u")
        s.type(out)
        s.keys("Enter")
        s.wait_for("wrote")
        s.keys("Q")
        check_equal("status", s.end(), 0)
        with open(out, newline="") as f:
            rows = list(csv.reader(f))
        check_equal("names", rows[0], ["id.resp_h", "ts", "id.orig_h"])
        check_equal("rows", len(rows), 593)
        check_equal("values", rows[1][0::2], ["198.18.137.53", "10.20.0.25"])


def test_names_with_commas_and_quotes():
    with temp_dir() as d:
        log = pathlib.Path(d) / "x.csv"
        log.write_text('src,dst,"a, ""b""",note\n10.0.0.1,10.0.0.2,x,y\n10.0.0.1,10.0.0.3,z,y\n')
        out = os.path.join(d, "out.csv")
        with Screen(log, "--features", "onehot(note)", "-k", "1") as s:
            s.wait_for("order: ")
            s.keys("Enter")
            s.wait_for("row 1 of 2")
            choose(s)
            s.type("/note")
            s.keys("Enter")
            s.wait_for("▶ [x] note")
            s.keys("Space", "Enter")
            s.wait_for("1 column off")
            s.keys("e")
            s.wait_for("write 2 rows, 3 of 4 columns, to: ")
            s.keys("C-u")
            s.type(out)
            s.keys("Enter")
            s.wait_for("wrote")
            s.keys("Q")
            check_equal("status", s.end(), 0)
        with open(out, newline="") as f:
            rows = list(csv.reader(f))
        check_equal("the name in the middle", [row[2] for row in rows], ['a, "b"', "x", "z"])
        # The same on the command line.
        for names, wanted in (('"a, ""b""",note', ['a, "b"', "note"]), (' "note" , src', ["note", "src"])):
            done = expect(run("-k", "1", "--features", "onehot(note)", "-c", "all", "-o", "-", "--columns", names, log), out=None, err=None)
            check_equal(f"columns {names}", next(csv.reader([done.out.splitlines()[0]]))[:2], wanted)
        for names in ('"note', '"note"x', '""', '"note",', ','):
            expect(run("-k", "1", "--features", "onehot(note)", "-c", "all", "-o", "-", "--columns", names, log), status=2 if names != '"note' else 0,
                   out=None, err=None)


def test_widths():
    with Screen(SAMPLE) as s:
        before = open_rows(s)
        s.keys(*["Right"] * 4)  # conn_state
        s.keys("<")
        s.wait_for("conn_state: 8 columns wide; u takes it back", "conn_st…")
        s.keys("<", "<", "<")
        s.wait_for("conn_state: 3 columns wide")
        s.keys("<")
        s.wait_for("conn_state is as narrow as it gets")
        s.keys(">", ">", ">", ">", ">")
        s.wait_for("conn_state: 13 columns wide")
        s.keys("u")  # all of it was one change
        s.wait(lambda now: now.lines[2:20] == before.lines[2:20], "the widths as at first")
        s.keys("u")
        s.wait_for("nothing to take back")


def long_addresses(directory):
    """Addresses that look equal when cut in the middle, unless enough of them is shown."""
    rows = []
    for i in range(8):
        rows.append({"ts": f"1700000{i:03d}.5", "uid": f"C{i}", "id.orig_p": 1024, "id.resp_p": 443, "proto": "tcp",
                     "id.orig_h": f"2001:db8:aaaa:bbbb:{i}ccc:dddd:eeee:ffff", "id.resp_h": "2001:db8::9",
                     "conn_state": "SF"})
    return write(directory, "long.log", conn_log(rows))


def test_addresses_stay_apart():
    with temp_dir() as d, Screen("-k1", long_addresses(d)) as s:
        s.wait_for("conn, k=1", "▶ 1", "pairs")
        s.keys("Enter")
        s.wait_for("row 1 of 8")
        s.keys(*["<"] * 30)
        now = s.wait_for("id.orig_h is as narrow as it gets: all addresses here still look different")
        at = now.lines[2].index("id.orig_h")
        shown = [line[at:now.lines[2].index("id.resp_h") - 2].strip() for line in now.lines[3:11]]
        check_equal("all different", len(set(shown)), 8)
        check(all(".." in text and len(text) < 39 for text in shown), shown)
        check("2001:db8:aaaa:bbbb:0ccc:dddd:eeee:ffff" in now.lines[-3].replace(" ", ""), "the whole one below")
        s.keys(*[">"] * 20)
        s.wait(lambda now: all(f"2001:db8:aaaa:bbbb:{i}ccc:dddd:eeee:ffff" in now.lines[3 + i] for i in range(8)),
               "all of them whole")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_other_addresses_are_never_cut():
    with temp_dir() as d:
        path = pathlib.Path(d) / "dhcp.log"
        v6 = [f"2001:db8:aaaa:bbbb:{i:x}ccc:dddd:eeee:ffff" for i in range(16)]
        rows = [f"1700000{i:03d}.5\tC{i}\t10.0.0.{i % 200}\t10.0.9.9\t" + (v6[i % 16] if i == 301 or i > 320 else "10.9.9.9")
                for i in range(600)]
        path.write_text("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdhcp\n"
                        "#fields\tts\tuid\tclient_addr\tserver_addr\tassigned_addr\n"
                        "#types\ttime\tstring\taddr\taddr\taddr\n" + "".join(row + "\n" for row in rows))
        with Screen("-k1", "--features", "onehot(assigned_addr)", str(path), width=100) as s:
            s.wait_for("order: ")
            s.keys("Enter")
            s.wait_for("row 1 of 600", "10.9.9.9")
            s.keys("G")
            now = s.wait_for("row 600 of 600", v6[599 % 16])
            check_equal("whole", [v for v in v6 if v in now.text], v6)
            s.keys("g")
            s.wait_for("row 1 of 600")
            s.keys(*["Right"] * 4, *["<"] * 20)
            now = s.wait_for("assigned_addr is as narrow as it gets")
            s.keys("G")
            now = s.wait_for("row 600 of 600", v6[599 % 16])
            check_equal("still whole", [v for v in v6 if v in now.text], v6)


def test_times_take_the_form_that_fits():
    with Screen(SAMPLE, width=160) as s:
        s.wait_for("order: suspicion", "▶ 1", "pairs")
        s.keys("Enter")
        s.wait_for("2026-03-09 00:03:28.070610Z")
        s.keys("Left", "Left", "<")
        s.wait_for("ts: 25 columns wide")
        now = s.wait(lambda now: now.lines[3].startswith("00:03:28 "), "the short form")
        s.keys(">")
        s.wait_for("2026-03-09 00:03:28.070610Z")


def test_what_stays_when_others_scroll():
    with Screen(SAMPLE) as s:
        open_rows(s)
        s.keys("F")
        s.wait_for("columns up to ts stay when others scroll")
        s.keys(*["Right"] * 12)
        now = s.wait_for("‹")
        check_equal("one stays", [heads(now)[0], "id.orig_h" in heads(now)], ["ts", False])
        s.keys(*["Left"] * 12, "Right", "Right", "F")
        s.wait_for("columns up to id.resp_h stay")
        s.keys(*["Right"] * 12)
        now = s.wait_for("‹")
        check_equal("three stay", heads(now)[:3], ["ts", "id.orig_h", "id.resp_h"])
        s.keys("u", "u")
        s.keys(*["Left"] * 20, *["Right"] * 12)
        now = s.wait(lambda now: heads(now)[:2] == ["ts", "id.orig_h"] and "id.resp_h" not in heads(now), "two stay")
        s.keys("F", "F")
        s.wait_for("the first columns stay as at first")


main(__name__)
