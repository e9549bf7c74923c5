#!/usr/bin/python3
"""What is no log, what cannot be opened, and files that change under the reader: exact status, counts and words."""

import gzip
import json
import os
import signal
import socket
import subprocess
import time

from tests.cli.harness import MINNOW, SLOWER, check, check_equal, conn_log, environment, expect, main, run, temp_dir, write


def rows(n, name="C"):
    return [{"ts": f"17000000{i % 100:02d}.5", "uid": f"{name}{i}", "id.orig_h": f"10.0.0.{i % 5}",
             "id.orig_p": 1024 + i, "id.resp_h": f"192.0.2.{i % 7}", "id.resp_p": 80, "proto": "tcp",
             "duration": f"{i % 9}.25", "orig_bytes": i * 10, "resp_bytes": i % 4 * 1000, "conn_state": "SF",
             "orig_pkts": i % 6, "resp_pkts": i % 5} for i in range(n)]


def test_what_is_no_log():
    zeek = "zeek -r FILE writes logs"
    noise = bytes((i * i * 7919 + i * 31) >> 7 & 255 for i in range(1 << 20))
    cases = (("xz", b"\xfd7zXZ\x00" + bytes(99), "xz): xzcat FILE | minnow -"),
             ("bz2", b"BZh91AY&SY" + bytes(99), "bzip2): bzcat FILE | minnow -"),
             ("zip", b"PK\x03\x04" + bytes(99), "zip)"),
             ("pcap", b"\xd4\xc3\xb2\xa1" + bytes(99), f"pcap): {zeek}"),
             ("pcapng", b"\x0a\x0d\x0d\x0a" + bytes(99), f"pcapng): {zeek}"),
             ("elf", b"\x7fELF" + bytes(99), "an ELF program)"), ("noise", noise, "binary data)"),
             ("utf16", "a,b\n1,2\n".encode("utf-16"), "UTF-16 text): iconv -f UTF-16 -t UTF-8 FILE | minnow -"),
             ("array", b'[{"ts":1},\n{"ts":2}]\n', "a JSON array): jq -c '.[]' FILE | minnow -"),
             ("pretty", b'{\n "ts": 1\n}\n', "JSON over several lines): jq -c . FILE | minnow -"),
             ("prose", b"On Monday we looked.\nIt was fine.\n",
              "text): expected a Zeek log, or a CSV with a header row"))
    with temp_dir() as d:
        for name, data, says in cases:
            for packed in (False, True):
                path = write(d, name, gzip.compress(data) if packed else data)
                begin = time.monotonic()
                expect(run("-b", path), status=3,
                       err=f"minnow: {path}: not a log minnow can read (looks like {says}\n")
                check(time.monotonic() - begin < SLOWER, f"{name}: not within a second")
            expect(run("-b", stdin=data), status=3,
                   err=f"minnow: standard input: not a log minnow can read (looks like {says}\n")
        # beside a log each is a line of the report, and no more
        good = write(d, "good.log", conn_log(rows(20)))
        result = run("-b", "-f", "json", os.path.join(d, "pcap"), good)
        r = json.loads(result.out)
        check_equal("status", result.status, 0)
        check_equal("counts", (r["rows_read"], r["rows_loaded"], r["rows_rejected"]), (20, 20, 0))
        check_equal("states", [i["state"] for i in r["inputs"]], ["failed", "loaded"])
        expect(run("-b", "--strict", os.path.join(d, "pcap"), good), status=1, out=None, err=None)


def test_what_cannot_be_opened():
    with temp_dir() as d:
        os.chmod(d, 0o755)
        missing = os.path.join(d, "missing")
        os.symlink("missing", os.path.join(d, "dangling"))
        locked = write(d, "locked", conn_log(rows(3)))
        os.chmod(locked, 0)
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(os.path.join(d, "sock"))
            for path, says in ((missing, "cannot open: No such file or directory"),
                               (os.path.join(d, "dangling"), "cannot open: No such file or directory"),
                               (locked, "cannot open: Permission denied"),
                               (os.path.join(d, "sock"), "is a socket, not a log"),
                               ("/dev/zero", "is a device, not a log"),
                               (locked + "/x", "cannot open: Not a directory")):
                expect(run("-b", path, nobody=True), status=4, err=f"minnow: {path}: {says}\n")
        good = write(d, "good.log", conn_log(rows(20)))
        result = run("-b", "-f", "json", missing, good, "/dev/zero")
        check_equal("status", result.status, 0)
        r = json.loads(result.out)
        check_equal("counts", (r["rows_read"], r["rows_loaded"], r["rows_rejected"]), (20, 20, 0))
        check_equal("err", result.err, f"minnow: {missing}: cannot open: No such file or directory\n"
                                       "minnow: /dev/zero: is a device, not a log\n")
        expect(run("-b", "--strict", missing, good), status=1, out=None, err=None)


def start(*args):
    return subprocess.Popen([MINNOW, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())


def test_a_pipe_is_waited_for_and_can_be_stopped():
    with temp_dir() as d:
        pipe = os.path.join(d, "pipe")
        os.mkfifo(pipe)
        going = start("-b", pipe)
        with open(pipe, "wb"):  # opened on the other side: it waits now
            going.send_signal(signal.SIGINT)
            out, err = going.communicate(timeout=20 * SLOWER)
        check_equal("stopped", (going.returncode, out, err), (130, b"", b""))
        going = start("-b", "-f", "json", pipe)
        with open(pipe, "wb") as out:
            out.write(conn_log(rows(50)).encode())
        out, err = going.communicate(timeout=20 * SLOWER)
        check_equal("read", (going.returncode, json.loads(out)["rows_loaded"], err), (0, 50, b""))


def changed_meanwhile(change, *args):
    """A run over a file and a pipe; `change` gets the file's path once its rows are loaded."""
    with temp_dir() as d:
        path, pipe = write(d, "a.log", conn_log(rows(40, "A"))), os.path.join(d, "pipe")
        os.mkfifo(pipe)
        going = start(*args, path, pipe)
        with open(pipe, "wb") as out: # the file before it has been read
            change(path)
            out.write(conn_log(rows(30, "B")).encode())
        out, err = going.communicate(timeout=20 * SLOWER)
        return going.returncode, out.decode(), err.decode(), path


def shorten(path):
    os.truncate(path, os.path.getsize(path) // 2)


def replace(path):
    write(os.path.dirname(path), "new", conn_log(rows(40, "N")))
    os.rename(os.path.join(os.path.dirname(path), "new"), path)


def test_a_file_that_changes_while_it_is_open():
    for change, says in ((shorten, "changed since it was loaded"), (replace, "changed since it was loaded"),
                         (os.unlink, "no longer there")):
        status, out, err, _ = changed_meanwhile(change, "-c", "all", "-o", "-", "--columns=uid")
        check_equal(f"{change.__name__}: the others are written", [u[:1] for u in out.split("\n")[1:-1]], ["B"] * 30)
        check_equal("said", (status, err), (0, "minnow: 40 rows are no longer in their file and were not written\n"))
        status, _, _, _ = changed_meanwhile(change, "-c", "all", "-o", "-", "--strict")
        check_equal("strict", status, 1)
        # what was made of the rows while they were loaded needs no file; other features do
        status, out, _, _ = changed_meanwhile(change, "-b", "-f", "json", "-k", "2", "--features=log(orig_pkts)")
        check_equal("taking part", json.loads(out)["observations"], 70)
        status, out, _, path = changed_meanwhile(change, "-b", "-f", "json", "-k", "2",
                                                 "--features=log(orig_pkts),onehot(conn_state)")
        r = json.loads(out)
        check(f"40 rows could not be read again and did not take part: {path}: {says}" in r["notices"], r["notices"])
        check_equal("taking part", (r["observations"], r["rows_excluded"]), (30, 40))
        check_equal("counts", (status, r["rows_read"], r["rows_loaded"], r["rows_rejected"]), (0, 70, 70, 0))

    def grow(path):
        with open(path, "a", encoding="utf-8") as log:
            log.write(conn_log(rows(5, "G"), header=False))
    status, out, err, _ = changed_meanwhile(grow, "-c", "all", "-o", "-", "--columns=uid")
    check_equal("a file that grows is what it was", (status, [u[:1] for u in out.split("\n")[1:-1]], err),
                (0, ["A"] * 40 + ["B"] * 30, ""))


def test_names_that_are_options_or_orders_to_a_terminal():
    with temp_dir() as d:
        for name, shown in (("-b", "-b"), ("--help", "--help"), ("a\nb", "a\\x0ab"), ("\x1b]0;x\x07", "\\x1b]0;x\\x07"),
                            ("\u202elog", "<U+202E>log"), ("\udcff", "\\xff"), (" ", " ")):
            write(d, name, conn_log(rows(20)))
            text = expect(run("-b", "-k", "1", "--", name, cwd=d), out=None).out
            check_equal("first line", text.split("\n")[0].split(": zeek-tsv")[0], shown)
            expect(run("-b", "--", "no" + name, cwd=d), status=4,
                   err=f"minnow: no{shown}: cannot open: No such file or directory\n")
        r = json.loads(run("-b", "-k", "1", "-f", "json", ".", cwd=d).out)
        check_equal("all in a directory", (r["rows_loaded"], len(r["inputs"])), (140, 7))


def told(*args):
    """Counts, the reasons with their number and first line, and the whole report."""
    result = expect(run("-b", "-f", "json", *args), out=None)
    r = json.loads(result.out)
    return ((r["rows_read"], r["rows_loaded"], r["rows_rejected"]),
            [(x["reason"], x["count"], x["first"]["line"]) for x in r["rejected"]], r)


def test_two_formats_in_one_file():
    line = '{"ts":1.5,"id.orig_h":"10.0.0.1","id.resp_h":"10.0.0.2","orig_bytes":%d,"conn_state":"SF"}\n'
    with temp_dir() as d:
        tsv = conn_log(rows(20))
        begin = len(tsv.splitlines()) + 1
        counts, why, _ = told(write(d, "tsv", tsv + line % 1 * 3))
        check_equal("TSV first", (counts, why), ((23, 20, 3), [("too few fields", 3, begin)]))
        some = "".join(line % i for i in range(20))
        counts, why, _ = told("--features=log(orig_bytes)", write(d, "json", some + conn_log(rows(3), header=False)))
        check_equal("JSON first", (counts, why), ((23, 20, 3), [("broken JSON", 3, 21)]))


def test_a_quote_that_never_closes():
    many = "".join(f"{i},10.0.0.{i % 9},10.1.0.1,{i * 7 % 99}\n" for i in range(50000))
    with temp_dir() as d:
        path = write(d, "x.csv", 'ts,id.orig_h,id.resp_h,orig_bytes\n1,"10.0.0.1,10.0.0.2,4\n' + many)
        counts, why, _ = told("--features=log(orig_bytes)", path)
        check_equal("one row", (counts, why), ((50001, 50000, 1), [("quote that never closes", 1, 2)]))


def test_features_that_say_nothing():
    with temp_dir() as d:
        log = [dict(r, resp_bytes="-") for r in rows(20)]
        _, _, r = told("--features=log(orig_bytes),log(resp_bytes),onehot(proto),log(missed_bytes)",
                       write(d, "x.log", conn_log(log)))
        check_equal("features", r["features"], ["log(orig_bytes)"])
        for says in ("the log has no field missed_bytes: dropped log(missed_bytes)",
                     "dropped, the same in all rows: onehot(proto)", "dropped, no row has a value: log(resp_bytes)"):
            check(says in r["notices"], r["notices"])


def test_addresses_of_all_sorts():
    odd = ["fe80::1%eth0", "::ffff:1.2.3.4", "300.1.1.1", "junk"]
    with temp_dir() as d:
        log = rows(20)
        for row, address in zip(log, odd):
            row["id.orig_h"] = address
        path = write(d, "x.log", conn_log(log))
        counts, _, r = told(path)
        check_equal("counts", counts, (20, 20, 0))
        check_equal("no addresses", {b["field"]: b["count"] for b in r["bad_values"]}, {"id.orig_h": 2})
        out = expect(run("-c", "all", "-o", "-", "--columns=id.orig_h", path), out=None, err=None).out
        check_equal("as they are", [line.split(",")[0] for line in out.split("\n")[1:5]], odd)


main(__name__)
