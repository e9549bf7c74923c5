#!/usr/bin/python3
"""The shipped recipes find what they are for, on logs of the generator, for several seeds. What `article` is for is tested on
its own log, in tests/unit/test_golden.c."""

import json

from tests.cli.harness import ROOT, check, check_equal, generate, main, run, temp_dir

SAMPLE = ROOT / "data/sample.conn.log"
SEEDS = (1, 2, 3, 4, 5)


def clusters(log, recipe, seed):
    result = run("-b", "-f", "json", "-r", recipe, "-s", seed, log, timeout=60)
    check_equal("status", result.status, 0)
    return json.loads(result.out)["clusters"]


def test_exfil_names_the_thief_first():
    for seed in SEEDS:
        first = clusters(SAMPLE, "exfil", seed)[0]
        check_equal(f"seed {seed}", (first["top_orig"][0][0], first["suspicion"]["word"]), ("10.20.1.30", "UPLOAD"))


def test_conn_names_the_scanner_first():
    for seed in SEEDS:
        first = clusters(SAMPLE, "conn", seed)[0]
        check_equal(f"seed {seed}", (first["top_orig"][0][0], first["suspicion"]["word"]), ("10.20.1.23", "REFUSED"))


def test_conn_finds_scans_and_floods():
    with temp_dir() as d:
        for mix in ("vscan", "hscan", "flood"):
            log = generate(f"{d}/{mix}.log", "--rows=20000", "--seed=3", f"--mix={mix}")
            first = clusters(log, "conn", 1)[0]
            check(first["suspicion"]["word"] in ("REFUSED", "ODD", "REGULAR"), first["why"])
            check(max(first["top_orig"][0][1], first["top_resp"][0][1]) >= first["rows"] / 2, first["why"])


main(__name__)
