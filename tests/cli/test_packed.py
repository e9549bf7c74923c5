#!/usr/bin/python3
"""gzip and zstd: the same report and export as of the plain log; damage keeps the rows before it."""

import glob
import gzip
import json
import os
import resource
import subprocess

from tests.cli.harness import (MINNOW, SANITIZE, check, check_equal, conn_log, environment, expect, main, run, shared,
                               temp_dir, write)


def log(n):
    return conn_log([{"ts": f"17000000{i % 100:02d}.5", "uid": f"C{i}", "id.orig_h": f"10.0.0.{i % 5}",
                      "id.orig_p": 1024 + i, "id.resp_h": f"192.0.2.{i % 7}", "id.resp_p": 80, "proto": "tcp",
                      "duration": f"{i % 9}.25", "orig_bytes": i * 10, "resp_bytes": i % 4 * 1000,
                      "conn_state": "SF", "orig_pkts": i % 6, "resp_pkts": i % 5} for i in range(n)]).encode()


def zstd(data, window=0x58):
    """A frame of blocks that hold the bytes as they are. 0x58 says a window of 2 MiB."""
    out = b"\x28\xb5\x2f\xfd\x00" + bytes([window])
    pieces = [data[i:i + 1000] for i in range(0, len(data), 1000)] or [b""]
    for i, piece in enumerate(pieces):
        out += (len(piece) << 3 | (i == len(pieces) - 1)).to_bytes(3, "little") + piece
    return out


def report(*args, status=0, **more):
    result = run("-b", "-f", "json", *args, **more)
    check_equal("status", result.status, status)
    return json.loads(result.out), result.err


def test_packed_or_not_is_the_same():
    text = log(500)
    forms = {"gz": gzip.compress(text), "members.gz": gzip.compress(text[:7001]) + gzip.compress(b"") +
             gzip.compress(text[7001:]), "zst": zstd(text), "frames.zst": zstd(text[:7001]) + zstd(text[7001:]),
             "padded.gz": gzip.compress(text) + bytes(512)}
    with temp_dir() as d:
        plain = write(d, "plain.log", text)
        want, _ = report(plain)
        export = run("-c", "all", "-o", "-", plain).out_bytes
        check_equal("rows", export.count(b"\n"), 501)
        for name, packed in forms.items():
            path = write(d, "conn.log." + name, packed)
            for args, stdin in (([path], b""), (["-"], packed)):
                got, said = report(*args, stdin=stdin)
                for r in (got, want):
                    r.pop("seconds", None)
                    r.pop("inputs", None)
                check_equal(f"{name} {args}", got, want)
                check_equal("said", said, "")
                check_equal("export", run("-c", "all", "-o", "-", *args, stdin=stdin).out_bytes, export)


def test_the_name_says_nothing():
    text = log(20)
    with temp_dir() as d:
        check_equal("text", report(write(d, "text.log.gz", text))[0]["rows_loaded"], 20)
        check_equal("gzip", report(write(d, "conn.log", gzip.compress(text)))[0]["rows_loaded"], 20)
        check_equal("zstd", report(write(d, "conn.gz", zstd(text)))[0]["rows_loaded"], 20)


def test_damage_keeps_the_rows_before_it():
    text = log(3000)
    packed = gzip.compress(text)
    bad_sum = packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:]
    framed = zstd(text)
    cases = (("cut", packed[:len(packed) // 2], "cut short", (100, 2900)),
             ("sum", bad_sum, "a checksum differs", (3000, 3000)),
             ("garbage", packed + b"garbage", "something else follows", (3000, 3000)),
             ("zcut", framed[:-500], "cut short", (2950, 2999)),
             ("head", gzip.compress(log(9)) + packed[:100], "cut short", (9, 9)))
    with temp_dir() as d:
        for name, data, says, (least, most) in cases:
            path = write(d, name, data)
            for args, stdin in (([path], b""), (["-"], data)):
                r, said = report(*args, stdin=stdin)
                check(least <= r["rows_loaded"] <= most, f"{name}: {r['rows_loaded']}")
                check_equal("rejected", r["rows_rejected"], 0)
                check(says in said, said)
            expect(run("-b", "--strict", path), status=1, out=None, err=None)


def test_nothing_in_it():
    packed = gzip.compress(log(30))
    with temp_dir() as d:
        for name, data, says in (("empty.gz", gzip.compress(b""), "no rows"), ("short.gz", packed[:12], "cut short"),
                                 ("magic.gz", b"\x1f\x8b\x08", "cut short"), ("frame.zst", zstd(b""), "no rows"),
                                 ("twice.gz", gzip.compress(packed), "packed twice, gzip inside): unpack it once"),
                                 ("twice.zst", zstd(zstd(b"x")), "packed twice, zstd inside): unpack it once"),
                                 ("window.zst", zstd(log(3), 0xa8), "zstdcat --long=31 FILE | minnow -"),
                                 ("garbage.gz", b"\x1f\x8b" + b"garbage" * 9, "gzip data is damaged")):
            path = write(d, name, data)
            result = expect(run("-b", path), status=3, err=None)
            check(path in result.err and says in result.err, f"{name}: {result.err}")


def zstd_zeros(size):
    """Zeros as blocks of one byte repeated, in a frame with the largest window that is read, 128 MiB."""
    block = 128 << 10
    blocks = [(block << 3 | 2 | (i == size // block - 1)).to_bytes(3, "little") + b"\0" for i in range(size // block)]
    return b"\x28\xb5\x2f\xfd\x00\x88" + b"".join(blocks)


def test_memory_stays_flat():
    zeros = gzip.compress(bytes(1 << 20)) * 1024
    with temp_dir() as d:
        bombs = [write(d, "log.zst", zstd(log(50)) + zstd_zeros(512 << 20)), write(d, "zeros.gz", zeros), write(d, "log.gz", gzip.compress(log(50)) + zeros),
                 write(d, "lines.gz", gzip.compress(log(50)) + gzip.compress(b"\n" * (1 << 20)) * 200)]
        for path in bombs:
            done = subprocess.Popen([MINNOW, "-b", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                    env=environment())
            _, _, usage = os.wait4(done.pid, 0)
            check(bool(SANITIZE) or usage.ru_maxrss < 300 << 10, f"{path}: {usage.ru_maxrss} KiB")


def test_no_room_for_the_copy():
    with temp_dir() as d:
        path = write(d, "conn.log.gz", gzip.compress(log(3000)))
        result = expect(run("-b", path, env=environment(TMPDIR=os.path.join(d, "missing"))), status=4, err=None)
        check("cannot keep a copy of the input (set TMPDIR)" in result.err, result)


def test_the_copy_does_not_fit():
    text = log(20000)
    with temp_dir() as d:
        for name, data in (("conn.log.gz", gzip.compress(text)), ("conn.log.zst", zstd(text))):
            path = write(d, name, data)
            done = subprocess.run(["sh", "-c", 'ulimit -f 1500; exec "$@"', "sh", MINNOW, "-b", "-f", "json", path],
                                  capture_output=True, env=environment(), timeout=120, check=False)
            check(b"cannot keep a copy of the input (set TMPDIR): File too large" in done.stderr, done.stderr)
            check_equal("status", done.returncode, 0)
            r = json.loads(done.stdout)
            check(0 < r["rows_loaded"] < 20000, r["rows_loaded"])


def test_what_unpacks_can_be_chosen():
    with temp_dir() as d:
        path = write(d, "conn.log.gz", gzip.compress(log(50)))
        text = run("-b", "-k2", path).out
        for name, status in (("zlib", 0), ("", 0), ("fast", 2)):
            result = run("-b", "-k2", path, env=environment(MINNOW_INFLATE=name))
            check_equal(name, (result.status, result.out), (status, text if status == 0 else ""))
            check_equal(name, result.err, "" if status == 0 else
                        f"minnow: {path}: MINNOW_INFLATE=fast: not isal or zlib\n")


def test_hourly_logs_of_three_days():
    shared("beacon")
    paths = sorted(glob.glob(os.path.join(shared("beacon"), "*", "conn.*.log.gz")))
    r, _ = report(*paths, timeout=120)
    check_equal("rows", (r["rows_read"], r["rows_loaded"]), (105918, 105918))


def test_more_packed_files_than_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    check(soft > 0 and hard > 0, "no limit")
    packed = gzip.compress(log(3))
    with temp_dir() as d:
        paths = [write(d, f"{i:04d}.gz", packed) for i in range(300)]
        done = subprocess.run(["sh", "-c", 'ulimit -Sn 64; exec "$@"', "sh", MINNOW, "-b", "-f", "json", *paths],
                              capture_output=True, env=environment(), timeout=120, check=False)
        check_equal("rows", json.loads(done.stdout)["rows_loaded"], 900)


main(__name__)
