#!/usr/bin/python3
"""Logs that are not part of the project: each opens, or is refused for a reason; rows are counted another way too."""

import csv
import gzip
import io
import json
import os

from tests.cli.harness import check, check_equal, main, run, shared

TEXT = "not a log minnow can read (looks like text): expected a Zeek log, or a CSV with a header row"
NOTHING_TO_CLUSTER = "recipe auto: no column of the log is fit to cluster by"
REFUSED = {  # file: what is said
    "README.md": TEXT,
    "article/GOLDEN.md": TEXT,
    "generations/m57-long.2011-09-08.0f.7d151b4.conn.log.gz": "no header, and 16 columns are not a conn log's",
    "nasty/empty.http.log": "no rows",
    "nasty/prose-not-a-log.conn.log": TEXT,
    "nasty/zeek-ascii-escape__ssh.log": "line 2: the separator is not one printable byte or TAB",
    "nasty/zeek-ascii-options__ssh.log": TEXT,
}
FEW = {  # read, but a few rows that give no feature
    "nasty/zeek-ascii-binary__ssh.log", "nasty/zeek-ascii-escape-binary__test.log",
    "nasty/zeek-ascii-escape-odd-url__http.log", "nasty/zeek-ascii-line-like-comment__test.log",
    "nasty/zeek-ascii-utf8-enabled__test.log"}


def tree():
    return os.path.dirname(shared("README.md"))


def report(*args):
    result = run("-b", "-f", "json", "-k", "2", *args, timeout=60)
    return json.loads(result.out) if result.status == 0 else None, result


def count(path, form):
    """The rows of a file, without any of minnow's ideas."""
    with open(path, "rb") as log:
        raw = log.read()
    if raw.startswith(b"\x1f\x8b"):
        raw = gzip.decompress(raw)
    if form == "csv":
        return len(list(csv.reader(io.StringIO(raw.decode("utf-8", "replace"), newline="")))) - 1
    return sum(1 for line in raw.split(b"\n")
               if line.strip(b"\r") and (form == "zeek-json" or not line.startswith(b"#")))


def test_rows_of_the_whole_tree():
    for kind, n in (("conn", 103), ("dns", 4), ("csv", 3)):
        r, result = report("--path=" + kind, tree())
        check(r, result)
        read = [i for i in r["inputs"] if i["state"] == "loaded"]
        check_equal(f"files of {kind}", len(read), n)
        for i in read:
            check_equal(i["path"], i["rows_read"], count(i["path"], i["format"]))
            check_equal(i["path"], i["rows_read"], i["rows_loaded"] + i["rows_rejected"])
        check_equal("all", r["rows_read"], sum(i["rows_read"] for i in read))
        for i in r["inputs"]:
            check(i["state"] == "loaded" or i["problem"] != "", i)


def test_each_file_by_itself():
    files = sorted(os.path.relpath(os.path.join(at, name), tree()) for at, _, names in os.walk(tree())
                   for name in names if "beacon" not in at)
    check(set(REFUSED) | FEW <= set(files), set(REFUSED) - set(files))
    for name in files:
        path = os.path.join(tree(), name)
        r, result = report(path)
        if name in REFUSED or name in FEW:
            check_equal(name, result.status, 3)
            check(REFUSED.get(name, NOTHING_TO_CLUSTER) in result.err, result)
        else:
            check(r, result)
            if r["inputs"][0]["state"] == "loaded":
                check_equal(name, r["rows_read"], count(path, r["inputs"][0]["format"]))


main(__name__)
