#!/usr/bin/python3
"""The JSON report keeps the contract of minnow(1): which keys there are, and that the figures agree with
each other, with the rows and with an export."""

import csv
import io
import json
import re

from tests.cli.harness import ROOT, check, check_equal, expect, generate, run, main, temp_dir

TOP = {"schema", "version", "inputs", "rows_read", "rows_loaded", "rows_rejected", "rows_excluded", "partial",
       "rejected", "rows_outside", "from", "to", "bad_values", "recipe", "unit", "where", "suspicion", "scale", "missing", "features", "scaling",
       "observations", "k", "seed", "starts", "iterations", "converged", "inertia", "seconds", "notices",
       "headline", "verdicts", "ladder", "alert_from", "alerts", "clusters"}
CLUSTER = {"id", "rows", "observations", "share", "inertia", "why", "reasons", "centroid", "top_orig",
           "top_resp", "top_pairs", "top_ports", "top_states", "first_ts", "last_ts", "orig_bytes",
           "resp_bytes", "benign_rows", "suspect_rows", "suspicion", "trust"}
INPUT = {"path", "format", "kind", "rows_read", "rows_loaded", "rows_rejected", "rows_outside", "first_ts",
         "last_ts", "state"}
PARTS = ("regular", "refused", "upload", "odd")
WORDS = {"REGULAR": "regular", "REFUSED": "refused", "UPLOAD": "upload", "ODD": "odd"}


def log(d):
    return generate(f"{d}/conn.log", "--rows=3000", "--mix=beacon")


def rows_of(path, *args):
    return list(csv.DictReader(io.StringIO(expect(run("-o", "-", *args, path), out=None).out)))


def report(path, *args):
    return json.loads(expect(run("-b", "-f", "json", *args, path), out=None).out)


def whole(text):
    return 0 if text in ("-", "") else int(text)


def test_keys():
    with temp_dir() as d:
        r = report(log(d))
        check(TOP <= r.keys(), sorted(TOP - r.keys()))
        check_equal("schema", r["schema"], 1)
        check(INPUT <= r["inputs"][0].keys(), sorted(INPUT - r["inputs"][0].keys()))
        check_equal("no range", (r["rows_outside"], r["from"], r["to"]), (0, None, None))
        check(r["clusters"], r)
        for number, c in enumerate(r["clusters"], 1):
            check(CLUSTER <= c.keys(), sorted(CLUSTER - c.keys()))
            check_equal("id", c["id"], number)


def test_every_key_is_in_the_manual():
    page = (ROOT / "man/minnow.1").read_text()
    words = set(re.findall(r"[a-z_]+", page))
    with temp_dir() as d:
        r = report(log(d))
        for key in r.keys() | r["clusters"][0].keys() | r["clusters"][0]["suspicion"].keys() | r["inputs"][0].keys():
            check(key in words, f"minnow(1) does not say what {key} is")


def test_suspicion_is_its_largest_part():
    with temp_dir() as d:
        for c in report(log(d))["clusters"]:
            s = c["suspicion"]
            for part in PARTS:
                check(0 <= s[part] <= 1, s)
            check_equal("score", s["score"], max(s[part] for part in PARTS))
            if s["score"] < 0.25:
                check_equal("word", s["word"], "")
            else:
                check_equal("the word's part", s[WORDS[s["word"]]], s["score"])
                check(c["why"].startswith(s["word"] + " "), c["why"])
            check_equal("trust is not asked for", c["trust"], None)


def test_figures_agree_with_the_rows():
    with temp_dir() as d:
        path = log(d)
        clusters = report(path, "-k", "6")["clusters"]
        for c in clusters:
            rows = rows_of(path, "-k", "6", "-c", c["id"])
            check_equal("rows", len(rows), c["rows"])
            times = sorted(float(r["ts"]) for r in rows)
            check_equal("first", c["first_ts"], times[0])
            check_equal("last", c["last_ts"], times[-1])
            check_equal("out", c["orig_bytes"], sum(whole(r["orig_bytes"]) for r in rows))
            check_equal("in", c["resp_bytes"], sum(whole(r["resp_bytes"]) for r in rows))
            counts = {}
            for r in rows:
                key = (r["id.orig_h"], r["id.resp_h"], int(r["id.resp_p"]), r["proto"])
                counts[key] = counts.get(key, 0) + 1
            check_equal("pairs", len(c["top_pairs"]), min(3, len(counts)))
            check_equal("their rows", [p["rows"] for p in c["top_pairs"]],
                        sorted(counts.values(), reverse=True)[:3])
            for p in c["top_pairs"]:
                check_equal("pair", counts[p["orig"], p["resp"], p["port"], p["proto"]], p["rows"])
            for key, field, to in (("top_ports", "id.resp_p", int), ("top_states", "conn_state", str),
                                   ("top_orig", "id.orig_h", str), ("top_resp", "id.resp_h", str)):
                for value, n in c[key]:
                    check_equal(f"{key} {value}", n, sum(
                        to(r[field]) == value and (key != "top_ports" or r["proto"] != "icmp") for r in rows))
        check_equal("all rows", sum(c["rows"] for c in clusters), 3000)


def test_first_is_number_one():
    with temp_dir() as d:
        path = log(d)
        one = expect(run("-c", "1", "-o", "-", path), out=None).out
        expect(run("-c", "first", "-o", "-", path), out=one)
        expect(run("-o", "-", path), out=one)
        check_equal("rows", one.count("\n") - 1, report(path)["clusters"][0]["rows"])


main(__name__)
