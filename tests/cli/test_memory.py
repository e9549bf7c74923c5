#!/usr/bin/python3
"""What a million rows take: the table by itself, and the program at its peak."""

import re

from tests.cli.harness import SANITIZE, check, expect, generate, main, run, temp_dir

ROWS = 1_000_000
NUMBERS = ("duration", "orig_bytes", "resp_bytes", "missed_bytes", "orig_pkts", "orig_ip_bytes", "resp_pkts",
           "resp_ip_bytes")

# Bytes a row, with what does not grow with the rows (the program itself takes 10 here) and room for an
# allocator that rounds otherwise: about an eighth.
MOST = {"load": 90, "matrix in all": 90, "order and headline": 92}


def test_a_million_rows():
    with temp_dir() as d:
        path = generate(f"{d}/conn.log", f"--rows={ROWS}", "--seed=3")
        features = ",".join(f"num({name})" for name in NUMBERS)
        expect(run("-b", "-k", "7", "--starts=1", "--missing=zero", f"--features={features}", f"--log={d}/log", path,
                   timeout=120), out=None)
        with open(f"{d}/log") as f:
            told = f.read()
    # 34.5 for the row, and the addresses.
    table = re.search(r"table: \d+ rows, [0-9.]+ MiB, ([0-9.]+) bytes a row", told)
    check(table and 34.5 <= float(table[1]) <= 38, told)
    peak = dict(re.findall(r"step ([^:]+): .*, peak ([0-9.]+) MiB", told))
    for step, most in MOST.items():
        a_row = float(peak[step]) * (1 << 20) / ROWS
        check(bool(SANITIZE) or a_row <= most, f"{step}: {a_row:.1f} bytes a row, more than {most}")


main(__name__)
