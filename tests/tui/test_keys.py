#!/usr/bin/python3
"""What keys do: the way through the screens and back, charts, sorting, finding, addresses, help."""

from tests.cli.harness import conn_log, write
from tests.tui.harness import ROOT, Screen, check, check_equal, main, temp_dir

SAMPLE = ROOT / "data/sample.conn.log"


def small(directory, n=12):
    """A dozen rows with what finding and sorting need: equal values, big and missing numbers."""
    rows = []
    for i in range(n):
        rows.append({"ts": f"1700000{i * 60:03d}.25", "uid": f"C{chr(97 + i)}", "id.orig_h": f"10.0.0.{i % 3}",
                     "id.orig_p": 1024 + i, "id.resp_h": "192.0.2.9" if i % 4 else "2001:db8::9",
                     "id.resp_p": (80, 443, 9, 65535)[i % 4], "proto": "tcp",
                     "service": "Http" if i == 7 else "dns" if i % 2 else "-",
                     "duration": "-" if i == 5 else f"{i * 7 % 12}.5", "orig_bytes": (i * 5 % 12) * 1000,
                     "resp_bytes": i, "conn_state": "SF", "orig_pkts": i, "resp_pkts": i})
    return write(directory, "small.log", conn_log(rows))


def open_sample(s):
    return s.wait_for("conn, k=48", "▶ 1 ", "pairs")


def open_small(s):
    s.wait_for("conn, k=1", "▶ 1", "pairs")
    s.keys("Enter")
    return s.wait_for("row 1 of 12", "10.0.0.2")


def column(now, name, width):
    """A column's texts by its head; the head's first character is the first of the column."""
    row = next(i for i, line in enumerate(now.lines) if line.startswith("ts"))
    at = now.lines[row].index(name)
    out = []
    for line in now.lines[row + 1:-3]:
        if line.strip():
            out.append(line[at:at + width].strip())
    return out


def test_enter_and_q_walk_the_path():
    with Screen(SAMPLE) as s:
        open_sample(s)
        path = ["sample.conn.log › conn, k=48"]
        check_equal("first", s.snapshot().lines[0].strip(), path[0])
        for keys, crumb, there in ((["Down", "Enter"], "2 (509)", "row 1 of 509"),
                                   (["Down", "Enter"], None, "when the"),
                                   (["a"], None, "calls out"),
                                   (["r"], None, "every row of this address")):
            s.keys(*keys)
            now = s.wait_for(there)
            if crumb:
                check(now.lines[0].endswith(crumb), now.lines[0])
            path.append(now.lines[0])
        for there in ("calls out", "when the", "row 2 of 509", "▶ 2"):
            s.keys("q")
            s.wait_for(there)
            path.pop()
        check_equal("first again", s.snapshot().lines[0].strip(), path[0])
        s.keys("q")
        check_equal("status", s.end(), 0)
        s.check_restored()


def test_quit_from_anywhere():
    for keys in (["Q"], ["F10"], ["Enter", "Q"], ["Enter", "Enter", "F10"], ["?", "Q"]):
        with Screen(SAMPLE) as s:
            open_sample(s)
            s.keys(*keys)
            check_equal(f"status after {keys}", s.end(), 0)
            s.check_restored()


def test_escape_never_leaves():
    with Screen(SAMPLE) as s:
        open_sample(s)
        s.keys("Escape")
        s.keys("Escape")
        s.keys("Enter")
        s.wait_for("row 1 of 592")
        s.keys("Escape")
        s.keys("Escape")
        s.keys("Down")
        s.wait_for("row 2 of 592")


def test_moving():
    with Screen(SAMPLE) as s:
        open_sample(s)
        for keys, there in ((["j"], "cluster 2 "), (["Down"], "cluster 3 "), (["k"], "cluster 2 "),
                            (["Up", "Up", "Up"], "cluster 1 "), (["G"], "cluster 48 "), (["g"], "cluster 1 "),
                            (["End"], "cluster 48 "), (["Home"], "cluster 1 "), (["NPage"], "cluster 9 "),
                            (["PPage"], "cluster 1 ")):
            s.keys(*keys)
            s.wait_for("─ " + there)
        s.keys("Enter")
        s.wait_for("row 1 of 592")
        for keys, there in ((["NPage"], "row 18 "), (["C-d"], "row 27 "), (["C-u"], "row 18 "), (["PPage"], "row 1 "),
                            (["End"], "row 592 "), (["Down"], "row 592 "), (["Home"], "row 1 ")):
            s.keys(*keys)
            s.wait_for(there + "of 592")


def test_columns_scroll_and_the_first_ones_stay():
    with temp_dir() as d, Screen("-k1", small(d), width=80, height=24) as s:
        s.wait_for("▶ 1")
        s.keys("Enter")
        s.wait_for("row 1 of 12")
        s.keys(*["Right"] * 20)
        now = s.wait_for("resp_pkts")
        check(now.lines[2].startswith("ts") and "id.orig_h" in now.lines[2], now.text)
        s.keys(*["Left"] * 20)
        s.wait_gone("resp_pkts")


def test_bars():
    with Screen(SAMPLE) as s:
        open_sample(s)
        before = s.snapshot().lines
        s.keys("L")
        now = s.wait_for("linear bar", "▶ 1   592  ██▉ ", "  2   509  ██▌ ")
        s.keys("L")
        s.wait(lambda now: now.lines[2:20] == before[2:20], "the bars as before")
        check("log bar" in before[2], now.text)


def test_k_and_the_selection():
    with Screen(SAMPLE) as s:
        open_sample(s)
        s.keys("Down", "Down")
        s.wait_for("─ cluster 3 ")
        s.keys("-")
        s.wait(lambda now: "k=47" in now.lines[0] and "pairs" in now.text, "47 clusters")
        # The same rows are selected, whatever their number is now.
        s.wait(lambda now: any(line.startswith("▶") and "198.51.100.65" in line for line in now.lines), "the cluster")
        s.keys("+")
        s.wait(lambda now: "k=48" in now.lines[0] and "─ cluster 3 " in now.text, "48 clusters")
        s.keys("r")
        s.wait(lambda now: "k=48" in now.lines[0] and "─ cluster 3 " in now.text, "48 clusters again")


def test_k_has_limits():
    with temp_dir() as d, Screen("-k1", small(d)) as s:
        s.wait_for("conn, k=1", "▶ 1")
        s.keys("-")
        s.wait_for("k goes from 1 to 256")
        s.keys("+")
        s.wait_for("conn, k=2", "▶ ")


def test_many_changes_at_once():
    with Screen(SAMPLE) as s:
        open_sample(s)
        s.keys(*["+"] * 10, *["-"] * 13)
        s.wait(lambda now: "k=45" in now.lines[0] and "pairs" in now.text, "45 clusters")


def test_sorting():
    with temp_dir() as d, Screen("-k1", small(d), width=160) as s:
        now = open_small(s)
        check_equal("as in the log", column(now, "uid", 2), [f"C{c}" for c in "abcdefghijkl"])
        s.keys("s")
        s.wait_for("sorted by id.orig_h, ascending")  # the source is where the cursor is at first
        s.keys("u", "Left", "Left", "s")
        s.wait_for("sorted by ts, ascending")
        s.keys("s")
        now = s.wait_for("sorted by ts, descending")
        check_equal("latest first", column(now, "uid", 2), [f"C{c}" for c in "lkjihgfedcba"])
        s.keys(*["Right"] * 7)  # duration
        s.keys("s")
        now = s.wait_for("sorted by duration, ascending")
        # A missing value comes last, in both directions.
        up = [c for _, c in sorted((i * 7 % 12, f"C{chr(97 + i)}") for i in range(12) if i != 5)]
        check_equal("shortest first", column(now, "uid", 2), up + ["Cf"])
        s.keys("s")
        now = s.wait_for("sorted by duration, descending")
        check_equal("longest first", column(now, "uid", 2), up[::-1] + ["Cf"])


def test_finding():
    with temp_dir() as d, Screen("-k1", small(d), width=160) as s:
        open_small(s)
        s.type("/http")
        s.keys("Enter")
        s.wait_for("row 8 of 12")  # no capital letter: any case
        s.keys("g")
        s.wait_for("row 1 of 12")
        s.type("/http")
        s.wait_for("find: http")
        s.keys("C-u")
        s.type("HTTP")
        s.keys("Enter")
        s.wait(lambda now: "HTTP" in now.lines[-2] and "row 8" not in now.text, "not found")
        s.type("/2001:db8::9")
        s.keys("Enter")
        s.wait_for("row 1 of 12", "hit 1 of 3")
        for key, row in (("n", 5), ("n", 9), ("n", 1), ("N", 9), ("N", 5)):
            s.keys(key)
            s.wait_for(f"row {row} of 12")
        s.keys("/", "Up")
        s.wait_for("find: 2001:db8::9")
        s.keys("Escape")
        s.wait_gone("find:")
        s.wait_for("row 5 of 12")


def test_same_cells():
    with temp_dir() as d, Screen("-k1", small(d), width=160) as s:
        now = open_small(s)
        s.keys("*")  # id.orig_h
        now = s.wait_for('same as "10.0.0.0"')
        marked = now.style_of("10.0.0.0", 1)
        check(marked != now.style_of("10.0.0.1"), f"no difference: {marked!r}")
        s.keys("*")
        s.wait_gone("same as")
        s.keys("*")
        s.wait_for("same as")
        s.keys("Escape")
        s.wait_gone("same as")


def test_n_goes_through_the_equal_cells():
    """As in vim: behind * they go through what it highlights, behind / through the hits again."""
    with temp_dir() as d, Screen("-k1", small(d), width=160) as s:
        open_small(s)
        s.type("/80")  # rows 1, 5, 9 and others
        s.keys("Enter")
        s.wait_for("hit 1 of")
        s.keys("g", *["Left"] * 9, "Right", "Right", "*")  # 10.0.0.0: rows 1, 4, 7, 10
        s.wait_for('same as "10.0.0.0": 4 rows')
        for key, row, cell in (("n", 4, 2), ("n", 7, 3), ("n", 10, 4), ("n", 1, 1), ("N", 10, 4), ("N", 7, 3)):
            s.keys(key)
            s.wait_for(f"row {row} of 12", f"equal cell {cell} of 4")
        s.keys("s", "s")  # they stand elsewhere then: descending
        s.wait_for("sorted by id.orig_h, descending", "row 1 of 12")
        s.keys("n")
        s.wait_for("row 9 of 12", "equal cell 1 of 4")
        s.keys("\\", "u", "u")
        s.wait_gone("sorted")
        s.keys("g", *["Left"] * 9, *["Right"] * 4, "Down", "*")  # the port 443: from another column back to it
        s.wait_for('same as "443": 3 rows')
        s.keys("n", "Left", "n")
        now = s.wait_for("row 10 of 12", "equal cell 3 of 3")
        check(now.style_of("443", 2) != now.style_of("443", 1), "the cursor is in the cell")
        s.type("/80")
        s.keys("Enter")
        s.wait_for("hit 1 of 4")
        s.keys("n")
        s.wait_for("hit ")
        s.keys("Escape", "n")
        s.wait_for("hit ")
        s.keys("Escape", "n")
        s.wait_for("nothing to find")
        s.keys("g", "*", "n", "n")  # typed ahead of the answer
        s.wait_for("equal cell 3 of 3")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_a_search_while_the_rows_are_sorted():
    with temp_dir() as d, Screen("-k1", small(d), width=160) as s:
        open_small(s)
        s.keys("s", "/", *"2001:db8::9", "Enter", "n")  # rows 1, 6, 11
        s.wait_for("row 6 of 12", "hit 2 of 3", "sorted by")
        s.keys("g", "/", *"80", "Enter")
        s.wait_for("row 1 of 12", "hit 1 of 4")  # and none beyond by an n from before
        s.keys("g", "Down", "/", *"2001:db8::9", "Enter", "n", "Escape")  # it is not looked for any more
        s.keys("*")
        s.wait_for("same as", "row 2 of 12")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_an_equal_cell_is_one_of_its_column():
    """The same text in another column is not highlighted, as it is not counted."""
    with temp_dir() as d, Screen("-k1", small(d), width=160) as s:
        open_small(s)
        s.keys(*["Right"] * 7, "Down", "*")  # a number of bytes that the row has as packets, too
        now = s.wait_for('row 2 of 12   same as "1": 1 row')
        head = next(i for i, line in enumerate(now.lines) if line.startswith("ts"))
        x = now.lines[head].index("orig_pkts") + len("orig_pkts") - 1
        check_equal("packets", [now.rows[head + 2 + i][x][0] for i in range(2)], ["1", "2"])
        check_equal("how they look", now.style_at(x, head + 2), now.style_at(x, head + 3))


def test_keys_typed_ahead_of_the_members():
    with Screen(SAMPLE, "--unit=pair", "-k6") as s:
        s.wait_for("pairs, k=6", "▶ 1")
        s.keys("Enter", "Enter", "Enter")  # its pairs, the rows of the first, the first of these
        s.wait_for("› row ", "when the")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_only_keys_that_do_something_are_offered():
    with temp_dir() as d:
        empty = write(d, "empty.log", conn_log([]))
        with Screen(empty) as s:
            now = s.wait_for("There is nothing to show", "q quit")
            check_equal("without a row", now.lines[-1].split("  "), [" F1 help", ": commands", "q quit"])
            s.keys("Q")
        with Screen("-k1", small(d)) as s:
            open_small(s)
            s.keys("&")
            s.type("service:nothing")
            s.keys("Enter")
            now = s.wait_for("none of 12 rows passes")
            check_equal("when all are hidden", now.lines[-1].split("  ")[:4], [" F1 help", "& filter", ": commands", "q back"])


def test_keys_typed_ahead_of_the_rows():
    """What is typed before the rows are there is kept for them, in its order."""
    with Screen(SAMPLE) as s:
        open_sample(s)
        s.keys("Enter", "Enter")
        s.wait_for("when the")
        s.keys("q")
        s.wait_for("row 1 of 592")
        s.keys("q")
        s.wait_for("pairs")
        s.keys("Enter", "G", "Up", "Enter", "J")
        s.wait_for("when the")
        s.keys("q")
        s.wait_for("row 592 of 592")
        s.keys("q")
        s.wait_for("pairs")
        s.keys("Enter", "/", *"10.20.0.92", "Enter", "n")
        s.wait_for("hit 2 of")
        s.keys("q")
        s.wait_for("pairs")
        s.keys("Enter", "Enter", "q")  # what the second opened is left, not the rows
        s.wait_for("row 1 of 592")
        s.keys("q")
        s.wait_for("pairs")
        s.keys("Enter", "a", "G", "g", *["Down"] * 12, "Enter")  # to the card, to a peer's
        s.wait(lambda now: now.lines[0].count("›") == 4 and "calls out" in now.text, "a peer's card")
        s.keys("q", "q", "q")
        s.wait_for("pairs")
        s.keys("Enter", "Enter", "q", "q", "Down", "Enter")
        s.wait_for("row 1 of 509")
        s.keys("q", "Up")
        s.wait_for("▶ 1")
        s.keys("Enter", "G", "q", "Down")  # a move is for nothing when the rows are left
        s.wait_for("▶ 2")
        s.keys("Enter", "Escape", "G")
        s.wait_for("row 509 of 509")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_repeats_lead_to_a_card_and_its_rows():
    with temp_dir() as d, Screen("-k1", small(d), width=120) as s:
        open_small(s)
        s.keys("R")
        now = s.wait_for("rank", "5 addresses")
        check_equal("the commonest first", now.lines[2].split()[:5], ["▶", "1", "192.0.2.9", "9", "0"])
        s.expect("repeats_small")
        s.keys("Down", "a")
        s.wait_for("calls out", "10.0.0.0")
        s.keys("q", "q", "q")
        s.wait_for("pairs", "▶ 1")


def test_an_address_card():
    with temp_dir() as d, Screen("-k1", small(d), width=160, height=40) as s:
        open_small(s)
        s.keys("Right", "a")  # the responder of the first row
        s.wait_for("2001:db8::9", "calls out")
        s.expect("card_small")
        s.keys("r")
        now = s.wait_for("every row of this address", "row 1 of 3")
        check_equal("its rows", column(now, "uid", 2), ["Ca", "Ce", "Ci"])


def test_a_card_tells_of_rhythms_not_of_bursts():
    rows = [{"ts": f"17000{i * 60:05d}.25", "id.orig_h": "10.0.0.1", "id.resp_h": "192.0.2.1"} for i in range(12)]
    rows += [{"ts": f"1700000000.{i * 107:03d}", "id.orig_h": "10.0.0.1", "id.resp_h": "192.0.2.2"} for i in range(9)]
    with temp_dir() as d:
        log = write(d, "burst.log", conn_log(rows))
        with Screen("-k1", log, width=100, height=40) as s:
            s.wait_for("conn, k=1", "▶ 1", "pairs")
            s.keys("Enter")
            s.wait_for("row 1 of 21")
            s.keys("a")
            now = s.wait_for("2 peers", "calls out", "every")
            peer = {line.split()[0]: line for line in now.lines if line.startswith(" 192.0.2.")}
            check("60.0 s ±  0 %" in peer["192.0.2.1"], now.text)
            check("ms" not in peer["192.0.2.2"] and "%" not in peer["192.0.2.2"], now.text)
            s.keys("Q")
        with Screen("-k1", "--unit=pair", log, width=100, height=40) as s:
            s.wait_for("conn, pairs, k=1", "▶ 1")
            s.keys("Enter")
            now = s.wait_for("2 pairs", "every")
            check("60.0 s" in now.text and " ms" not in now.text, now.text)


def test_one_row_and_the_next():
    with temp_dir() as d, Screen("-k1", small(d), width=100, height=30) as s:
        open_small(s)
        s.keys("Enter")
        s.wait_for("row 1", "Ca", "from the centroid")
        s.expect("row_small", edit=lambda text: text.replace(d, "DIRECTORY"))
        s.keys("J")
        s.wait_for("Cb")
        s.keys("K")
        s.wait_for("Ca")
        s.keys("K")
        s.wait_for("this is the first row")
        s.type("/cluster")
        s.keys("Enter")
        s.wait_for("▶cluster")
        s.type("/nowhere")
        s.keys("Enter")
        s.wait_for("not in this row: nowhere")
        s.keys("q")
        s.wait_for("row 1 of 12")


def test_why_a_row_is_in_its_cluster():
    with Screen(SAMPLE, width=100, height=50) as s:
        open_sample(s)
        s.keys("Enter")
        s.wait_for("row 1 of 592")
        # Keys do not wait for the answer, nor does a card that takes the work's place lose it.
        s.keys("Enter", "a", "q", "J", "J", "K", "a", "q")
        now = s.wait_for("from the centroid", "% of the distance", "› row 183")
        check(" in the cluster " in now.text and "fanout_ports" in now.text, "the row's own")
        s.keys("J")
        s.wait_for("from the centroid", "› row ")
        s.keys("q")
        s.wait_for("row 3 of 592")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_why_of_a_row_of_a_log_that_changed():
    with temp_dir() as d:
        log = small(d)
        with Screen("-k2", log, width=100, height=40) as s:
            s.wait_for("conn, k=2", "pairs")
            s.keys("Enter")
            s.wait_for("row 1 of")
            open(log, "w").close()
            s.keys("Enter")
            now = s.wait_for("no longer in the file", "cluster ")
            check("distance" not in now.text, "its numbers cannot be had")
            s.keys("Q")
            s.end()


def test_times():
    with temp_dir() as d, Screen("--tz=America/New_York", "-k1", small(d), width=160) as s:
        open_small(s)
        s.wait_for("2023-11-14 22:13:20.25")
        s.keys("t")
        s.wait_for("times are in the zone America/New_York", "2023-11-14 17:13:20.25")
        s.keys("t")
        s.wait_for("times are seconds since 1970", "1700000000.25")
        s.keys("t")
        s.wait_for("times are UTC", "2023-11-14 22:13:20.25")


def test_help():
    with Screen(SAMPLE) as s:
        open_sample(s)
        s.keys("?")
        s.wait_for("Keys: clusters", "lines: 0 above")
        s.expect("help_80x24")
        s.keys("G")
        s.wait_for("0 below")
        s.keys("g")
        s.type("/S0")
        s.keys("Enter")
        s.wait(lambda now: any("S0" in line for line in now.lines[1:-2]), "the state in the help")
        s.keys("?")
        s.wait_for("pairs")
        for keys, name in ((["Enter"], "rows"), (["Enter"], "row"), (["a"], "address")):
            s.keys(*keys)
            s.wait_gone("help for this screen")
            s.wait(lambda now, n=name: {"rows": "row 1 of", "row": "when the", "address": "calls out"}[n] in now.text)
            s.keys("F1")
            s.wait_for(f"Keys: {name}")
            s.keys("q")
            s.wait_gone("Keys: ")


def test_keys_that_mean_nothing():
    with Screen(SAMPLE) as s:
        open_sample(s)
        s.keys("X")
        s.wait_for("X does nothing here; ? lists the keys")
        s.type("é")
        s.wait_for("é does nothing here")
        s.keys("Down")
        s.wait_gone("does nothing here")
        s.keys("C-c")
        s.wait_for("nothing is running; Q quits")


def test_the_peers_of_a_card_have_orders():
    with Screen(SAMPLE, width=120, height=30) as s:
        open_sample(s)
        s.keys("/")
        s.type("10.20.0.25")
        s.keys("Enter")
        s.wait_for("845 peers, most rows first")
        for order in ("most bytes sent first", "most bytes received first", "most failures first",
                      "most regular first", "last seen first", "most rows first"):
            s.keys("s")
            now = s.wait_for(f"845 peers, {order}", f"peers: {order}")
            at = [i for i, line in enumerate(now.lines) if "peers, " in line][0]
            if order == "most failures first":
                check(int(now.lines[at + 2].split()[7]) >= 1, now.text)
        s.keys("Q")
        check_equal("status", s.end(), 0)


main(__name__)
