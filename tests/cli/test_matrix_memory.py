#!/usr/bin/python3
"""What a row costs in memory until its numbers are ready to be clustered: the table, and one matrix."""

import os
import re

from tests.cli.harness import SANITIZE, check, generate, main, run, skip, temp_dir

NUMBERS = ("log(duration),log(orig_bytes),log(resp_bytes),log(missed_bytes),log(orig_pkts),log(orig_ip_bytes),"
           "log(resp_pkts),log(resp_ip_bytes)")
FEW, MANY = 150_000, 550_000


def peak(log, path, *args):
    """Most bytes until the matrix was built."""
    run("-b", "-k2", "--starts=1", "--max-iter=1", f"--log={log}", *args, path, timeout=60)
    with open(log, encoding="utf-8") as f:
        return float(re.search(r"step matrix in all: .* peak ([0-9.]+) MiB", f.read())[1]) * (1 << 20)


def test_bytes_of_a_row():
    if SANITIZE:
        skip("sanitizers keep memory of their own")
    with temp_dir() as d:
        few, many = os.path.join(d, "few.log"), os.path.join(d, "many.log")
        generate(few, f"--rows={FEW}")
        generate(many, f"--rows={MANY}")
        # table 35, eight numbers of 4 bytes; the default recipe has eleven, and pairs
        for name, args, most in (("8 numbers", (f"--features={NUMBERS}",), 85),
                                 ("marks widen the matrix", (f"--features={NUMBERS}", "--missing=mark"), 100),
                                 ("conn", (), 125)):
            row = (peak(f"{many}.{name}", many, *args) - peak(f"{few}.{name}", few, *args)) / (MANY - FEW)
            check(20 < row < most, f"{name}: {row:.1f} bytes a row, at most {most}")
            print(f"# {name}: {row:.1f} bytes a row")


main(__name__)
