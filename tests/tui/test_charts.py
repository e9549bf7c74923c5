"""What all charts have in common: they wait for keys that were typed ahead, and are places to come back to."""
import glob
import re

from tests.tui.harness import *

SAMPLE = str(ROOT / "data/sample.conn.log")
THERE = ("y how connections went", "apart, feature 1 of 11", "Rows of each ", "brush: ")


def open_chart(s, number):
    """1 the heat map .. 4 the scatter plot."""
    s.wait_for("▶ 1 ", "cluster 1", "pairs")
    for there in THERE[:number]:
        s.keys("v")
        now = s.wait_for(there, "q back")
    return now


def brushed(now):
    found = re.search(r"brush: ([\d,]+) ", now.text)
    return int(found[1].replace(",", "")) if found else 0


def leave(s):
    s.keys("Q")
    check_equal("status", s.end(), 0)


# ---- keys that come before the picture ----

def test_keys_typed_ahead_wait_for_what_they_are_about():
    with Screen(SAMPLE) as s:
        s.wait_for("▶ 1 ", "cluster 1", "pairs")
        s.keys("v", "Right", "Enter")  # the second cell of what is not counted yet
        s.wait_for("hidden by & conn_state=S0", "row 1 of 509")
        s.keys("q")
        s.wait_for("cluster 1, conn_state S0: 509 rows")
        s.keys("v", "Right", "Right", "J")  # and of the next chart, too
        s.wait_for("apart, feature ", "› 2 by feature")
        leave(s)


def test_keys_typed_ahead_of_a_picture():
    with Screen(SAMPLE) as s:
        open_chart(s, 4)
        s.keys("J", "Tab", "G", "Enter")  # the rows of the second cluster, not of the first
        now = s.wait_for("› 2, brush (", "row 1 of ")
        s.keys("q")
        s.wait_for("509 of cluster 2, 100.0 % of it" if "brush (509)" in now.lines[0] else "of cluster 2,")
        s.keys("K", "G", "+", "K", "J")  # every key has its turn
        s.wait_for("› 1 among all", "of cluster 1,")
        leave(s)


def test_enter_opens_the_bucket_that_keys_led_to():
    with Screen(SAMPLE) as s:
        open_chart(s, 3)
        s.wait_for("cluster 1, 2026-03-09 10:30Z to 11:00Z: ")
        s.keys("+", "+", "Enter")
        s.wait_for('hidden by & ts>="2026-03-09T10:50Z" ts<"2026', "row 1 of 162")
        s.keys("q")
        s.wait_for("Rows of each 10 min")
        leave(s)


def test_escape_forgets_what_was_typed_ahead():
    with Screen(SAMPLE) as s:
        s.wait_for("▶ 1 ", "cluster 1", "pairs")
        s.keys("v", "Enter", "Escape")
        s.wait_for("cluster 1, conn_state SF: ")
        check("› by conn_state" in s.snapshot().lines[0], "nothing was opened")
        leave(s)


# ---- what is drawn stays ----

def test_zooming_in_time_shows_the_old_picture_until_the_new_one():
    with Screen(SAMPLE) as s:
        open_chart(s, 3)
        before = len(s.written)
        for length in ("15 min", "10 min", "5 min", "2 min", "1 min"):
            s.keys("+")
            s.wait_for(f"Rows of each {length}")
            s.wait_gone("counting")
        check(b"counting rows" not in s.written[before:], "the picture gave way to a message")
        s.resize(100, 30)
        s.wait(lambda now: len(now.lines) == 30 and "Rows of each 1 min" in now.text and "counting" not in now.text, "wider")
        s.resize(70, 20)
        s.wait(lambda now: len(now.lines) == 20 and "Rows of each 1 min" in now.text and "counting" not in now.text, "narrower")
        check(b"counting rows" not in s.written[before:], "the picture gave way to a message")
        leave(s)


def test_the_brush_stays_where_it_was_put_on_another_screen():
    with Screen(SAMPLE, width=80, height=24) as s:
        open_chart(s, 4)
        s.keys("G")
        now = s.wait(lambda now: brushed(now) > 15000, "everything")
        s.resize(120, 40)
        s.wait(lambda then: len(then.lines) == 40 and brushed(then) >= brushed(now), "the same part of the picture")
        s.keys("g")
        s.wait(lambda then: 0 < brushed(then) < 2000, "around the cluster again")
        leave(s)


# ---- which column the heat map opens on ----

def write_csv(d, text):
    with open(f"{d}/x.csv", "w") as f:
        f.write(text)
    return f"{d}/x.csv"


def test_the_heat_map_opens_on_a_column_with_values():
    with temp_dir() as d:
        path = write_csv(d, "src,dst,proto,size\n" + "".join(f"10.0.0.{i % 3},10.0.0.9,{'tcp' if i % 2 else 'udp'},{i}\n" for i in range(60)))
        with Screen(path, "-k", "2", "--features", "num(size)") as s:
            s.wait_for("cluster 1")
            s.keys("v")
            s.wait_for("Rows of each cluster by protocol", "› by proto", "proto udp: ")
            s.keys("Tab")
            s.wait_for("no other column", "by protocol")
            leave(s)


def test_the_heat_map_says_that_there_is_nothing():
    with temp_dir() as d:
        path = write_csv(d, "src,dst,size\n" + "".join(f"10.0.0.{i % 3},10.0.0.9,{i}\n" for i in range(60)))
        with Screen(path, "-k", "2", "--features", "num(size)", width=60, height=16) as s:
            s.wait_for("cluster 1")
            s.keys("v")
            s.wait_for("no row has a state, a service, a protocol or a time", "› heat map")
            s.keys("Enter", "Down", "Tab", "y", "v")
            s.wait_for("feature 1 of 1")
            leave(s)


def test_the_heat_map_has_a_legend_at_60_columns():
    for width in (60, 80, 160):
        with Screen(SAMPLE, width=width, height=24) as s:
            open_chart(s, 1)
            for heading in ("service", "protocol", "hour of the day", "day of the week", "how connections went"):
                now = s.wait(lambda now: re.search(r"[BbR]y? .*" + r"(75|more|thrice|x3)", now.lines[1]), "a legend")
                s.keys("Tab")
                s.wait(lambda now: f"y {heading}" in now.lines[1], heading)
            leave(s)


# ---- places ----

def test_back_and_forward_through_charts():
    with Screen(SAMPLE) as s:
        s.wait_for("▶ 1 ", "cluster 1", "pairs")
        s.keys("v", "Tab", "Down", "Right", "Right")
        heat = s.wait_for("cluster 2, service quic: ")
        s.keys("v")
        s.wait_for("apart, feature 1 of 11", "› 2 by feature")
        s.keys("Right", "Up", "L")
        histogram = s.wait_for("apart, feature 2 of 11", "log bars")
        s.keys("v")
        s.wait_for("Rows of each 30 min")
        s.keys("+", "Tab", "L", "Down", "Right")  # the last key changes the lowest line: then all is drawn
        timeline = s.wait_for("Bytes of each 15 min", "cluster 3, 2026-03-09 21:00Z to 21:15Z: 7 rows")
        s.keys("v")
        s.wait_for("of cluster 3,")
        s.keys("+", "Left", "Tab")
        scatter = s.wait_for("Enter opens these alone")
        s.keys("q")
        s.wait_for("▶ 1 ", "pairs")
        shown = [scatter, timeline, histogram, heat]

        def body(now):
            return [line for line in now.lines[:-2]]
        for want in shown:
            s.keys("[")
            s.wait(lambda now: body(now) == body(want), f"as it was left\n{want.text}")
        s.keys("[")
        s.wait_for("▶ 1 ", "pairs")
        s.keys("[")
        s.wait_for("this is where it began")
        for want in reversed(shown):
            s.keys("]")
            s.wait(lambda now: body(now) == body(want), f"as it was left\n{want.text}")
        leave(s)


def test_the_rows_of_a_cell_lead_back_to_their_chart():
    with Screen(SAMPLE) as s:
        open_chart(s, 1)
        s.keys("Right", "Enter")
        s.wait_for("row 1 of 509")
        s.keys("q", "q")
        s.wait_for("pairs")
        s.keys("[")
        s.wait_for("cluster 1, conn_state S0: 509 rows")
        s.keys("[")
        s.wait_for("row 1 of 509", "hidden by & conn_state=S0")
        s.keys("[")
        s.wait_for("cluster 1, conn_state S0: 509 rows")
        leave(s)


def comes_back(number, keys, *there):
    """Opens a chart, presses keys, leaves, and comes back by --resume to the same screen."""
    with temp_dir() as d:
        env = {"XDG_STATE_HOME": d}
        with Screen(SAMPLE, env=env) as s:
            open_chart(s, number)
            s.keys(*keys)
            left = s.wait_for(*there)
            s.keys("Q")
            check_equal("status", s.end(), 0)
        with Screen("--resume", SAMPLE, env=env) as s:
            s.wait(lambda now: now.lines[:-2] == left.lines[:-2] and "back where this log was left" in now.text,
                   f"as it was left\n{left.text}")
            s.keys("q")
            s.wait_for("pairs")
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_sessions_come_back_to_charts():
    comes_back(1, ["Tab", "Tab", "Tab", "Down", "Down", "Right"], "cluster 3, hour 1: ")
    comes_back(2, ["J", "Right", "Down", "L"], "› 2 by feature", "log bars")
    comes_back(3, ["+", "+", "g", "Tab", "Right"], "Bytes of each 10 min", "all rows, 2026-03-09 11:00Z to 11:10Z: ")
    comes_back(4, ["J", "J", "Tab", "+", "Up"], "brush: 1,953 rows, 691 of cluster 3,", "these alone")


def test_what_a_hostile_session_says_of_charts_is_made_to_fit():
    parts = {
        1: "column-number = 31\nby = nothing\ncolumn = \\x1b[31m",
        2: "feature = duration\nline = above\ncell = 250\nbars = log",
        3: "bucket = 314496000000000\nbegin = 4294967295\ncursor = 4294967295\ntop = 9999",
        4: "opens = own\nx = 10000\ny = 10000\ncols = 0\nrows = 10000\nof-cols = 1\nof-rows = 10000",
    }
    for number, lines in parts.items():
        with temp_dir() as d:
            env = {"XDG_STATE_HOME": d}
            with Screen(SAMPLE, env=env) as s:
                open_chart(s, number)
                s.keys("Q")
                check_equal("status", s.end(), 0)
            path, = glob.glob(f"{d}/minnow/sessions/*")
            with open(path, encoding="utf-8") as f:
                head, last = f.read().rsplit("view = ", 1)
            with open(path, "w", encoding="utf-8") as f:
                f.write(f"{head}view = {last.splitlines()[0]}\nhere = 99\nhere-rows = 7\n{lines}\n")
            with Screen("--resume", SAMPLE, env=env) as s:
                s.wait_for(THERE[number - 1] if number != 2 else "apart, feature ", "back where this log was left")
                s.keys("Down", "Right", "Left", "y")
                s.wait(lambda now: " says" in now.text or "copied" in now.text, "something was copied")
                leave(s)


main(__name__)
