"""Histograms of a cluster's features against all clusters, and the rows of one of their bins."""
import re

from tests.tui.harness import *

SAMPLE = str(ROOT / "data/sample.conn.log")


def open_histogram(s, *keys):
    s.wait_for("▶ 1 " if s.locale != "C" else "> 1 ", "cluster 1", "pairs")
    if keys:
        s.keys(*keys)
    s.keys("v")
    s.wait_for("y how connections went", "conn_state SF:")
    s.keys("v")
    return s.wait_for("apart, feature 1 of 11")


def number_at(now, pattern):
    """The number in the sentence at the bottom."""
    return int(re.search(pattern + r": ([\d,]+) rows", now.text)[1].replace(",", ""))


def test_features_bins_and_rows():
    with Screen(SAMPLE, width=80, height=24) as s:
        open_histogram(s)
        s.expect("histogram_80x24")
        s.keys("Right")
        s.wait_for("apart, feature 2 of 11")
        s.keys("Left")
        now = s.wait_for("feature 1 of 11", "cluster 1, failed 90 % - 100 %: ")
        n = number_at(now, "90 % - 100 %")
        s.keys("Enter")
        s.wait(lambda now: now.lines[0].endswith(f"1, failed 90 % - 100 % ({n})"), "the bin's rows")
        s.wait_for(f"row 1 of {n}", "of cluster 1, failed 90 % - 100 %")
        s.keys("e")
        s.wait_for("picked-rows.csv")
        s.keys("Escape")
        s.wait_gone("picked-rows.csv")
        s.keys("q")
        s.wait_for("feature 1 of 11")
        s.keys("g")
        s.wait_for("cluster 1, failed 0 % - 10 %: 0 rows")
        s.keys("Enter")
        s.wait_for("nothing of the cluster is in this bin")
        s.keys("J")
        s.wait_for("cluster 2: 509 rows", "› 2 by feature", "failed  ")
        s.keys("K", "K")
        s.wait_for("› 48 by feature")
        s.keys("L")
        s.wait_for("log bars")
        s.keys("v")
        s.wait_for("› 48 by time")
        s.keys("v")
        s.wait_for("› 48 among all", "brush: ")
        s.keys("v")
        s.wait_for("by how connections went", "▶48 ")
        s.keys("q")
        s.wait_for("order: suspicion")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_missing_values_and_kinds():
    with temp_dir() as d:
        path = f"{d}/x.csv"
        with open(path, "w") as f:
            f.write("src,dst,kind,size\n")
            for i in range(300):
                size = "" if i % 10 == 0 else str(1000 if i % 3 == 0 else i)
                f.write(f"10.0.0.1,10.0.0.2,{'kind-a' if i % 3 == 0 else 'kind-b'},{size}\n")
        with Screen(path, "--features", "onehot(kind),log(size)", "-k", "2", width=80, height=24) as s:
            s.wait_for("cluster 1")
            s.keys("v", "v")
            s.wait_for("apart, feature 1 of 2", "kind-a", "kind-b")
            s.keys("Right")
            s.wait_for("feature 2 of 2", "missing")
            s.keys("G", "Enter")
            now = s.wait_for("row 1 of ")
            check(re.search(r"size missing \(\d+\)$", now.lines[0]), now.lines[0])
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_wide_and_without_colour():
    with Screen(SAMPLE, width=160, height=50) as s:
        open_histogram(s, "Down", "Down")
        s.expect("histogram_160x50")
        s.keys("Q")
        check_equal("status", s.end(), 0)
    with Screen(SAMPLE, width=60, height=16, locale="C", env={"NO_COLOR": "1"}) as s:
        open_histogram(s)
        s.expect("histogram_60x16_c")
        s.keys("Q")
        check_equal("status", s.end(), 0)


main(__name__)
