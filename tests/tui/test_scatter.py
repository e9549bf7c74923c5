"""The scatter plot of principal components, its brush, and the rows inside of it."""
import re

from tests.tui.harness import *

SAMPLE = str(ROOT / "data/sample.conn.log")


def open_plot(s, *keys):
    s.wait_for("▶ 1 " if s.locale != "C" else "> 1 ", "cluster 1", "pairs")
    if keys:
        s.keys(*keys)
    for there in ("y how connections went", "apart, feature 1 of 11", "Rows of each ", "brush: "):
        s.keys("v")
        s.wait_for(there, "q back")
    return s.wait_for("brush: ")


def brushed(now):
    """What the sentence counts: all, of the cluster."""
    found = re.search(r"brush: ([\d,]+) \w+, ([\d,]+) of cluster", now.text)
    return tuple(int(n.replace(",", "")) for n in found.groups())


def test_the_brush_and_its_rows():
    with Screen(SAMPLE, width=80, height=24) as s:
        now = open_plot(s, "Down", "Down")
        s.expect("scatter_80x24")
        s.keys("+", "+", "+")
        now = s.wait(lambda then: brushed(then)[0] > brushed(now)[0], "a bigger brush")
        s.keys("Space", *["Right"] * 15)
        s.wait_for("arrows stretch it")
        s.keys("Space")
        now = s.wait(lambda then: brushed(then)[0] > brushed(now)[0] and "stretch it" not in then.text, "a wider brush")
        n, own = brushed(now)
        check(n > own > 0, now.text)
        s.keys("Enter")
        s.wait(lambda now: now.lines[0].endswith(f"› brush ({n:,})"), "the rows inside")
        s.wait_for("inside of the brush", f"row 1 of {n:,}")
        s.keys("q")
        s.wait_for("brush: ")
        s.keys("Tab")
        s.wait_for("Enter opens these alone")
        s.keys("Enter")
        s.wait(lambda now: now.lines[0].endswith(f"› 3, brush ({own:,})"), "the cluster's rows inside")
        s.keys("q")
        s.wait_for("Enter opens these alone")
        s.keys("G")
        now = s.wait(lambda now: brushed(now)[0] > 15000 and "691 of cluster 3, 100.0 % of it" in now.text, "all")
        outside = int(re.search(r"([\d,]+) outside", now.text)[1])
        check_equal("everything but what is outside", brushed(now)[0], 20000 - outside)
        s.keys("g")
        s.wait(lambda now: 0 < brushed(now)[1] < 691, "the brush around the cluster")
        s.keys("J")
        s.wait_for("of cluster 4", "› 4 among all")
        s.keys("K", "K")
        s.wait_for("of cluster 2", "› 2 among all")
        s.keys("Tab", "g", *["-"] * 40)
        s.keys(*["Left"] * 90)
        s.keys(*["Up"] * 30)
        s.wait_for("brush: 0 rows")
        s.keys("Enter")
        s.wait_for("nothing is inside of the brush")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_pairs():
    with Screen("--unit", "pair", "--features", "pair_count,regularity,log(orig_bytes)", "-k", "5", SAMPLE,
                width=100, height=30) as s:
        s.wait_for("pairs, k=5", "▶ 1 ")
        for there in ("by how connections went", "apart, feature 1 of 3", "Rows of each ", "brush: "):
            s.keys("v")
            s.wait_for(there)
        now = s.wait_for(" pairs, ", "across: ", "up: ")
        s.keys("G")
        now = s.wait(lambda now: "100.0 % of it" in now.text, "everything")
        n = brushed(now)[0]
        s.keys("Enter")
        now = s.wait_for("› brush (", "row 1 of ")
        rows = int(re.search(r"brush \(([\d,]+)\)", now.lines[0])[1].replace(",", ""))
        check(rows > n > 0, "a pair has more than one row")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_one_feature():
    with temp_dir() as d:
        path = f"{d}/x.csv"
        with open(path, "w") as f:
            f.write("src,dst,size\n" + "".join(f"10.0.0.1,10.0.0.2,{i}\n" for i in range(300)))
        with Screen(path, "--features", "num(size)", "-k", "3", width=60, height=16) as s:
            s.wait_for("cluster 1")
            for there in ("no row has a state", "feature 1 of 1", "no row of this log has a time", "brush: "):
                s.keys("v")
                s.wait_for(there)
            s.keys("G")
            s.wait_for("brush: 300 rows")
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_wide_and_without_colour():
    with Screen(SAMPLE, width=160, height=50) as s:
        open_plot(s)
        s.expect("scatter_160x50")
        s.keys("Q")
        check_equal("status", s.end(), 0)
    with Screen(SAMPLE, width=60, height=16, locale="C", env={"NO_COLOR": "1"}) as s:
        now = open_plot(s)
        # The brush is seen without colour: the cluster's cells in it are reversed, others are not.
        check(any("reverse" in style for _, style in now.rows[3]), now.styled())
        check("reverse" not in now.style_of("O"), now.styled())
        s.expect("scatter_60x16_c")
        s.keys("Q")
        check_equal("status", s.end(), 0)


main(__name__)
