#!/usr/bin/python3
"""Bad input, exactly: the status, the counts, every notice and every word on standard error."""

import gzip
import json
import os
import stat
import subprocess

from tests.cli.harness import (HEADER, MINNOW, SANITIZE, check, check_equal, conn_log, environment, expect, main, run,
                               temp_dir, write)

ONE = "--features=log(orig_bytes)"  # a fit that says nothing of its own


def rows(n, **changes):
    return [dict({"ts": f"17000000{i % 100:02d}.5", "uid": f"C{i}", "id.orig_h": f"10.0.0.{i % 5}",
                  "id.orig_p": 1024 + i, "id.resp_h": f"192.0.2.{i % 7}", "id.resp_p": 80, "proto": "tcp",
                  "duration": f"{i % 9}.25", "orig_bytes": i * 10, "resp_bytes": i % 4 * 1000, "conn_state": "SF",
                  "orig_pkts": i % 6, "resp_pkts": i % 5}, **changes) for i in range(n)]


def lowered(k, to):
    return f"k lowered from {k} to {to}: no more clusters can be told apart"


def whole(path, args, counts, notices, err="", k=None, status=0):
    """A run that makes a report; `{}` in a sentence is the file. With the same bytes on standard input it says the
    same of that."""
    with open(path, "rb") as f:
        data = f.read()
    for name, where, stdin in ((path, path, b""), ("standard input", "-", data)):
        result = run("-b", "-f", "json", *args, where, stdin=stdin)
        check_equal(f"{args} {name}: standard error", result.err, err.replace("{}", name))
        check_equal(f"{args} {name}: status", result.status, status)
        r = json.loads(result.out)
        check_equal(f"{args} {name}: counts", (r["rows_read"], r["rows_loaded"], r["rows_rejected"]), counts)
        check_equal(f"{args} {name}: notices", r["notices"], [n.replace("{}", name) for n in notices])
        check(k is None or r["k"] == k, lambda: f"{args}: k is {r['k']}, not {k}")
        strict = run("-b", "--strict", *args, where, stdin=stdin)
        check_equal(f"{args} {name}: strict", strict.status, 1 if err else 0)
    return r


def refused(path, args, err, status=3):
    with open(path, "rb") as f:
        data = f.read()
    expect(run("-b", *args, path), status=status, err=err.replace("{}", path))
    expect(run("-b", *args, "-", stdin=data), status=status, err=err.replace("{}", "standard input"))


def test_3_features_that_the_log_has_not():
    few = ["ts", "uid", "id.orig_h", "id.resp_h", "orig_bytes"]
    with temp_dir() as d:
        path = write(d, "x.log", conn_log(rows(20), few))
        whole(path, ["-k2", "--features=log(duration),log(orig_bytes),onehot(proto)"], (20, 20, 0),
              ["the log has no field duration, proto: dropped log(duration), onehot(proto)"])
        whole(path, ["-k2", "-r", "conn"], (20, 20, 0),
              ["the log has no field id.resp_p, conn_state, proto, resp_bytes, duration: dropped fanout_ports, failed, "
               "ratio(orig_bytes,resp_bytes), log(duration), log(resp_bytes)",
               "dropped, no row has a value: pair_gap",
               "dropped, the same in all rows: pair_count, regularity, fanout_hosts"])
        refused(path, ["--features=log(duration),onehot(proto)"],
                "minnow: --features: no feature is left, the log has no field duration, proto\n")
        none = write(d, "none.log", conn_log(rows(20), ["ts", "uid"]))
        refused(none, ["-r", "conn"], "minnow: recipe conn: no feature is left, the log has no field id.orig_h, "
                "id.resp_h, id.resp_p, conn_state, proto, orig_bytes, resp_bytes, duration\n")
        refused(none, [], "minnow: {}: recipe auto: no column of the log is fit to cluster by: they are times, "
                "addresses and ids, or the same in all rows\n")
        write(d, "second.log", conn_log(rows(20), ["ts", "uid"]))
        expect(run("-b", none, f"{d}/second.log"), status=3, err=f"minnow: {none} and 1 more: recipe auto: no column of "
               "the log is fit to cluster by: they are times, addresses and ids, or the same in all rows\n")


def test_4_field_names():
    def wide(n):
        return HEADER + "#fields\tid.orig_h\torig_bytes" + "".join(f"\tf{i}" for i in range(n - 2)) + "\n" + "".join(
            f"10.0.0.1\t{i * i}" + "\t-" * (n - 2) + "\n" for i in range(5))
    with temp_dir() as d:
        twice = conn_log(rows(20)).replace("\tresp_pkts\n", "\torig_bytes\n", 1)
        r = whole(write(d, "twice.log", twice), ["-k2", ONE], (20, 20, 0),
                  ["{}: two columns are named orig_bytes: the first one counts"])
        check_equal("the first one", r["clusters"][0]["rows"] + r["clusters"][1]["rows"], 20)
        whole(write(d, "most.log", wide(1024)), ["-k2", ONE], (5, 5, 0), [])
        refused(write(d, "many.log", wide(1025)), [ONE], "minnow: {}: line 6: more than 1024 columns\n")
        behind = conn_log(rows(20)) + "#fields" + "\tf" * 1025 + "\nx\n"
        whole(write(d, "behind.log", behind), ["-k2", ONE], (20, 20, 0), ["{}: line 28: more than 1024 columns"],
              err="minnow: {}: line 28: more than 1024 columns\n")


def test_8_marks_of_the_encoding():
    text = conn_log(rows(20))
    with temp_dir() as d:
        whole(write(d, "bom.log", b"\xef\xbb\xbf" + text.encode()), ["-k2", ONE], (20, 20, 0), [])
        for mark, name in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
            refused(write(d, name, mark + text.encode(name)), [], "minnow: {}: not a log minnow can read (looks like "
                    "UTF-16 text): iconv -f UTF-16 -t UTF-8 FILE | minnow -\n")


def test_20_k_and_the_rows():
    with temp_dir() as d:
        equal = write(d, "equal.log", conn_log(rows(1) * 50))
        r = whole(equal, ["-k8", ONE], (50, 50, 0),
                  ["dropped, the same in all rows: log(orig_bytes)", lowered(8, 1)], k=1)
        check_equal("one cluster", [c["rows"] for c in r["clusters"]], [50])
        few = write(d, "few.log", conn_log(rows(3)))
        r = whole(few, ["-k8", ONE], (3, 3, 0), [lowered(8, 3)], k=3)
        check_equal("three clusters", [c["rows"] for c in r["clusters"]], [1, 1, 1])
        for k in ("0", "-3", "4294967297", "abc", "257", "", "1.5", " 3", "3x"):
            refused(few, ["-k", k], f"minnow: --k: '{k}' is not a whole number from 1 to 256\n", status=2)


def test_22_values_beyond_all_bounds():
    with temp_dir() as d:
        for value, words in ((["1e308"], "1 value"), (["1e308", "-1e308"], "2 values")):
            data = rows(20)
            for i, v in enumerate(value):
                data[3 + i]["duration"] = v
            r = whole(write(d, "x.log", conn_log(data)), ["-k2", "--features=num(duration)"], (20, 20, 0),
                      [f"num(duration): {words} beyond 1e15 taken as 1e15"])
            for c in r["clusters"]:  # json.loads takes NaN and Infinity, and they compare false
                check(all(abs(x) <= 1.000001e15 for x in c["centroid"].values()), c["centroid"])
                check(0 <= c["inertia"] < float("inf"), c)


def test_23_gzip_that_is_damaged():
    text = conn_log(rows(2000)).encode()
    packed = gzip.compress(text)
    cut = "{}: the gzip data is cut short: only what comes before was read"
    damaged = "{}: the gzip data is damaged: only what comes before was read"
    differs = "{}: the gzip data is damaged (a checksum differs): rows may be wrong"
    follows = "{}: something else follows the gzip data; it was not read"
    no_rows = "{}: no rows"
    stored = gzip.compress(text, 0)  # what is where is known: ten bytes of header, blocks of up to 64 KiB
    half = text[:len(text) // 2].count(b"\n") - 7
    with temp_dir() as d:
        for name, data, loaded, says in (
                ("cut", stored[:10 + 5 + len(text) // 2], half, cut),
                ("trailer", packed[:-3], 2000, cut),
                ("next", packed + packed[:9], 2000, cut),
                ("crc", packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:], 2000, differs),
                ("length", packed[:-1] + bytes([packed[-1] ^ 1]), 2000, differs),
                ("garbage", packed + b"garbage", 2000, follows),
                ("padding", packed + bytes(1000), 2000, None),
                ("padding and garbage", packed + bytes(1000) + b"x", 2000, follows),
                ("empty members", gzip.compress(b"") + packed + gzip.compress(b""), 2000, None),
                ("second", packed + b"\x1f\x8b\x07" + packed[3:], 2000, damaged),
                ("text.gz", text, 2000, None)):
            whole(write(d, name, data), ["-k2", ONE], (loaded, loaded, 0), [says] if says else [],
                  err=f"minnow: {says}\n" if says else "")
        for name, data, says in (("nothing", gzip.compress(b""), no_rows), ("head", packed[:5], cut),
                                 ("method", b"\x1f\x8b\x07" + packed[3:], damaged),
                                 ("flags", b"\x1f\x8b\x08\xe0" + packed[4:], damaged)):
            refused(write(d, name, data), [], f"minnow: {says}\n")


def zstd(data, head=b"\x00\x58"):
    """A frame with the bytes as they are, in one block."""
    return b"\x28\xb5\x2f\xfd" + head + (len(data) << 3 | 1).to_bytes(3, "little") + data


def test_24_what_is_packed_too_well():
    text = conn_log(rows(20)).encode()
    twice = "minnow: {}: not a log minnow can read (looks like packed twice, %s inside): unpack it once, as %s FILE " \
            "| minnow - does\n"
    with temp_dir() as d:
        refused(write(d, "gz.gz", gzip.compress(gzip.compress(text))), [], twice % ("gzip", "zcat"))
        refused(write(d, "zst.zst", zstd(zstd(text))), [], twice % ("zstd", "zstdcat"))
        refused(write(d, "window", zstd(text, b"\x00\xa8")), [],
                "minnow: {}: the zstd window is larger than 128 MiB: zstdcat --long=31 FILE | minnow -\n")
        refused(write(d, "dictionary", zstd(text, b"\x01\x58\x2a")), [],
                "minnow: {}: the zstd data needs a dictionary: zstdcat -D DICTIONARY FILE | minnow -\n")
        zeros = gzip.compress(bytes(1 << 20)) * 512  # a line that does not end
        bomb = write(d, "bomb.gz", gzip.compress(text) + zeros)
        done = subprocess.Popen([MINNOW, "-b", "-k2", "-f", "json", ONE, bomb], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=environment())
        out, err = done.stdout.read(), done.stderr.read()
        _, status, usage = os.wait4(done.pid, 0)
        r = json.loads(out)
        check_equal("bomb", (status, err, r["rows_read"], r["rows_loaded"], r["rows_rejected"], r["notices"]),
                    (0, b"", 21, 20, 1, []))
        check_equal("why", [(x["reason"], x["count"]) for x in r["rejected"]], [("line longer than 1 MiB", 1)])
        check(bool(SANITIZE) or usage.ru_maxrss < 300 << 10, f"{usage.ru_maxrss} KiB")


def test_15_a_line_of_10_gib():
    size = (1 if SANITIZE else 10) << 30
    with temp_dir() as d:
        path = os.path.join(d, "x.log")
        with open(path, "wb") as f:  # most of it is a hole
            f.write(conn_log(rows(2000)).encode())
            f.seek(size, os.SEEK_CUR)
            f.write(b"\n" + conn_log(rows(50), header=False).encode())
        done = subprocess.Popen([MINNOW, "-b", "-k2", "-f", "json", ONE, path], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=environment())
        out, err = done.stdout.read(), done.stderr.read()
        _, status, usage = os.wait4(done.pid, 0)
        r = json.loads(out)
        check_equal("counts", (status, err, r["rows_read"], r["rows_loaded"], r["rows_rejected"], r["notices"]),
                    (0, b"", 2051, 2050, 1, []))
        check_equal("why", [(x["reason"], x["count"], x["first"]["line"]) for x in r["rejected"]],
                    [("line longer than 1 MiB", 1, 2008)])
        check(bool(SANITIZE) or usage.ru_maxrss < 64 << 10, f"{usage.ru_maxrss} KiB")


def test_29_exports_that_cannot_be_written():
    with temp_dir() as d:
        path = write(d, "x.log", conn_log(rows(3000)))
        log = conn_log(rows(3000))
        kept = write(d, "kept.csv", "precious\n")
        link = os.path.join(d, "link.csv")
        os.symlink(kept, link)
        os.mkdir(os.path.join(d, "sub"))
        for args, says in (([kept], f"{kept}: exists already (use --force to replace it)"),
                           ([d, "--force"], f"{d}: is a directory: name a file"),
                           ([link, "--force"], f"{link}: is a link: name the file itself"),
                           ([path, "--force"],
                            f"{path}: is an input: an export never replaces the log it came from"),
                           ([f"{d}/sub/../x.log", "--force"],
                            f"{d}/sub/../x.log: is an input: an export never replaces the log it came from"),
                           ([f"{d}/no/x.csv"], f"{d}/no/x.csv: cannot write: No such file or directory"),
                           (["/dev/full"], "/dev/full: cannot write: No space left on device")):
            expect(run("-c", "all", "-k2", ONE, path, "-o", *args), status=4, err=f"minnow: {says}\n")
        # the disk is full: a limit of 512 bytes stands for it
        done = subprocess.run(["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", MINNOW, "-c", "all", "-k2", ONE, path, "-o", kept,
                               "--force"], capture_output=True, env=environment(), timeout=120, check=False)
        check_equal("full", (done.returncode, done.stdout, done.stderr.decode()),
                    (4, b"", f"minnow: {kept}: cannot write: File too large\n"))
        # no permission to make a file there
        os.chmod(d, 0o755)
        os.chmod(path, 0o644)
        locked = os.path.join(d, "locked")
        os.mkdir(locked)
        os.chmod(locked, 0o555)
        expect(run("-c", "all", "-k2", ONE, path, "-o", f"{locked}/x.csv", nobody=True), status=4,
               err=f"minnow: {locked}/x.csv: cannot write: Permission denied\n")
        # whatever went wrong: what was there is there, and nothing else
        for name, text in ((path, log), (kept, "precious\n")):
            with open(name, encoding="utf-8") as f:
                check_equal(name, f.read(), text)
        check_equal("files", sorted(os.listdir(d)), ["kept.csv", "link.csv", "locked", "sub", "x.log"])
        check_equal("in the locked one", os.listdir(locked), [])
        check(stat.S_ISLNK(os.lstat(link).st_mode), "the link is gone")


main(__name__)
