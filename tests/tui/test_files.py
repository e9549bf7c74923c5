#!/usr/bin/python3
"""The files view: what was read of a directory, what was not and why, and the rows of one file."""

import gzip
import os

from tests.cli.harness import conn_log, write
from tests.tui.harness import Screen, check, check_equal, main, temp_dir


def rows(n, hour, day=23):
    """Rows of an hour of a day in November 2026."""
    return [{"ts": f"{1795392000 + (day - 23) * 86400 + hour * 3600 + i * 3500 // n}.5", "uid": f"C{day}{hour}{i}",
             "id.orig_h": f"10.0.0.{i % 5}", "id.orig_p": 1024 + i, "id.resp_h": f"192.0.2.{i % 7}", "id.resp_p": 80,
             "proto": "tcp", "duration": f"{i % 9}.25", "orig_bytes": i * 10, "resp_bytes": i % 4 * 1000,
             "conn_state": "SF", "orig_pkts": i % 6, "resp_pkts": i % 5} for i in range(n)]


def archive(d):
    for day in (20, 23):
        os.makedirs(f"{d}/logs/2026-11-{day}")
        for hour in range(3):
            text = conn_log(rows(200 + 10 * hour, hour, day)) + "a row that is broken\n" * (hour == 1)
            write(d, f"logs/2026-11-{day}/conn.0{hour}:00:00-0{hour + 1}:00:00.log.gz", gzip.compress(text.encode(), 0, mtime=0))
        dns = conn_log(rows(50, 0, day)).replace("#path\tconn", "#path\tdns")
        write(d, f"logs/2026-11-{day}/dns.00:00:00-01:00:00.log.gz", gzip.compress(dns.encode(), 0, mtime=0))
    write(d, "logs/a\x1b[2Jb.log", conn_log(rows(1234, 5)))
    write(d, "logs/capture.pcap", b"\xd4\xc3\xb2\xa1" + bytes(200))
    write(d, "logs/empty.log", "")
    write(d, "logs/header.log", conn_log([]))
    write(d, "logs/notes.txt", "On Monday we looked at the firewall.\nIt was fine, mostly.\n")
    write(d, "logs/types.log", conn_log(rows(3, 1)).replace("#types\ttime\t", "#types\t"))
    os.mkfifo(f"{d}/logs/pipe")
    os.symlink("2026-11-23", f"{d}/logs/current")


def open_files(s, *texts):
    s.wait_for("k=4", "cluster 1")
    s.keys("F")
    return s.wait_for("when, why not", *texts)


def test_the_list():
    with temp_dir() as d:
        archive(d)
        for name, more in (("files_80x24", {}), ("files_160x50", dict(width=160, height=50)),
                           ("files_60x16", dict(width=60, height=16)), ("files_c_80x24", dict(locale="C"))):
            with Screen("-k", "4", "logs", cwd=d, **more) as s:
                s.wait_for("conn, k=4")
                if more.get("height") == 16:
                    s.wait_for("1 ")
                    s.keys("F")
                    s.wait_for("when, why not")
                else:
                    open_files(s)
                s.expect(name)
                check(b"\x1b[2Jb" not in s.written, "a file's name reached the terminal raw")
                s.keys("q")
                s.wait_for("k=4")


def test_rows_of_a_file_and_back():
    with temp_dir() as d:
        archive(d)
        with Screen("-k", "4", "logs", cwd=d) as s:
            open_files(s)
            s.keys("Down")
            s.wait_for("211 rows read, 210 loaded, 1 rejected")
            s.keys("Enter")
            s.wait_for("rows (210)", "row 1 of 210", "conn.01:00:00-02:00:00.log.gz")
            s.keys("e")
            s.wait_for("write 210 rows to: file-2.csv")
            s.keys("Escape")
            s.keys("q")
            s.wait_for("when, why not")
            s.keys("/")
            s.type("looks like pcap")
            s.keys("Enter")
            s.wait(lambda now: any(line.startswith("▶ capture.pcap") for line in now.lines), "the pcap")
            s.wait_for("zeek -r FILE writes logs")
            s.keys("Enter")
            s.wait_for("this file was not read")
            s.keys("/")
            s.type("header.log")
            s.keys("Enter", "Enter")
            s.wait_for("no row was loaded from this file")
            s.keys("G")
            s.wait_for("types for")
            s.keys("q", "q")
            check_equal("status", s.end(), 0)


def test_the_range_is_said():
    with temp_dir() as d:
        archive(d)
        with Screen("-k", "4", "--from=2026-11-23T01:00", "--to=2026-11-23T04:00", "logs", cwd=d, width=130) as s:
            s.wait_for("1,434 outside --from/--to", "1 not read (F)", "k=4")
            open_files(s, "outside")
            now = s.wait_for("its name says hours outside --from/--to")
            check_equal("four, and the selected one below", sum("its name says" in line for line in now.lines), 5)


def test_one_file():
    with temp_dir() as d:
        path = write(d, "conn.log", conn_log(rows(30, 1)))
        with Screen("-k", "2", path, height=30) as s:
            s.wait_for("order: suspicion")
            s.keys("F")
            now = s.wait_for("1 read", "30 rows read, 30 loaded, 0 rejected", "1 input")
            check("why not" not in now.text, now.text)


def test_no_two_paths_look_equal():
    """Paths that are too long are cut in the middle, where neighbours do not differ."""
    with temp_dir() as d:
        n = 0
        for building in ("seven", "eight"):
            os.makedirs(f"{d}/logs/archive-of-the-sensor-in-building-{building}")
            for hour in range(3):
                for part in ("inside", "outside"):
                    n += 1
                    write(d, f"logs/archive-of-the-sensor-in-building-{building}/conn.0{hour}.of-all-that-is-{part}-of-the-network-of-the-site.log",
                          conn_log(rows(20 + n, n)))
        with Screen("-k", "4", "logs", cwd=d) as s:
            s.wait_for("k=4", "cluster 1")
            s.keys("F")
            now = s.wait_for("12 read", "rejected", "zeek-tsv conn: 27 rows")
            shown = [line[2:].split("  ")[0] for line in now.lines[4:16]]
            check_equal("different ones", len(set(shown)), 12)
            check(all(line.count("…") == 2 for line in shown), now.text)
            s.keys("Down", "Enter")
            s.wait_for("rows (28)", "row 1 of 28")
            s.keys("Down", "Enter")
            now = s.wait_for("› row 2", "when the")  # as the list counts; then as the log does
            s.keys("G")
            s.wait_for("of the log, 2 of its file")
            s.keys("Q")
            check_equal("status", s.end(), 0)


main(__name__)
