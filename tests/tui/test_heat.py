"""The heat map of clusters, and the rows of one of its cells."""
from tests.tui.harness import *

SAMPLE = str(ROOT / "data/sample.conn.log")


def open_map(s):
    s.wait_for("order: suspicion", "cluster 1")
    s.keys("v")
    return s.wait_for("by how connections went", "cluster 1, conn_state SF:")


def test_columns_cells_and_rows():
    with Screen(SAMPLE, width=100, height=30) as s:
        open_map(s)
        s.expect("heat_100x30")
        s.keys("Right")
        now = s.wait_for("cluster 1, conn_state S0: ")
        n = int(now.lines[-3].split("S0: ")[1].split(" rows")[0])
        s.keys("Enter")  # the rows of the cell
        s.wait(lambda now: now.lines[0].endswith(f"1 ({n} of 592)"), "the cell's rows")
        s.wait_for("hidden by & conn_state=S0")
        s.keys("u")
        s.wait(lambda now: now.lines[0].endswith("1 (592)"), "all rows of the cluster")
        s.keys("q")
        s.wait_for("cluster 1, conn_state S0: ")
        for heading in ("service", "protocol", "hour of the day", "day of the week", "how connections went"):
            s.keys("Tab")
            s.wait_for(f"Rows of each cluster by {heading}")
        s.keys("Down", "q")
        s.wait_for("order: suspicion")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_empty_cells_and_copying():
    with Screen(SAMPLE, inside=True) as s:
        open_map(s)
        s.keys("End")
        s.wait_for("cluster 48, conn_state SF")
        s.keys("Right", "Right")
        s.wait_for("cluster 48, conn_state OTH: 0 rows")
        s.keys("Enter")
        s.wait_for("no row of the cluster is in this cell")
        check("Rows of each cluster" in s.snapshot().text, "still the map")
        s.keys("y")
        s.wait_for("what this cell says")
        text = ""
        while not text:  # tmux has it a moment later
            text = s.tmux("show-buffer", ok=(0, 1))
        check(text.startswith("cluster 48, conn_state "), text)
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_without_colour_and_utf8():
    with Screen(SAMPLE, width=80, height=24, locale="C", env={"NO_COLOR": "1"}) as s:
        open_map(s)
        s.keys("Tab", "Tab", "Tab")
        s.wait_for("by hour of the day", "cluster 1, hour 0: ")
        s.expect("heat_80x24_c")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_many_columns_scroll():
    with temp_dir() as d:
        path = f"{d}/x.csv"
        with open(path, "w") as f:
            f.write("src,dst,service\n" + "".join(f"10.0.0.1,10.0.0.2,service-{i % 29}\n" for i in range(290)))
        with Screen(path, "--features", "onehot(src)", "-k", "1", width=60, height=16) as s:
            s.wait_for("cluster 1")
            s.keys("v", "Tab")
            s.wait_for("more columns", "service-0: 10 rows")
            s.keys(*["Right"] * 20)
            s.keys(*["Right"] * 20)
            s.wait_for("service-28: 10 rows")
            s.keys("Enter")
            s.wait_for("hidden by & service=service-28")
            s.keys("Q")
            check_equal("status", s.end(), 0)


main(__name__)
