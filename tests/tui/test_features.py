#!/usr/bin/python3
"""The features screen: what it shows of a recipe, and changing, running and saving it."""

import os
import re

from tests.cli.harness import FIELDS, conn_log, environment, run, write
from tests.tui.harness import ROOT, Screen, check, check_equal, main, temp_dir

SAMPLE = ROOT / "data/sample.conn.log"


def open_features(s, crumb="conn, k=48"):
    s.wait_for(crumb, "pairs")
    s.keys("f")
    return s.wait_for("› features", "feature ")


def line(now, text):
    return next((l for l in now.lines if text in l), "")


def back_with(s, crumb):
    """Runs what stands there and waits for its chart."""
    s.keys("r")
    s.wait_gone("› features")
    return s.wait_for(crumb, "pairs")


def test_screens():
    for name, width, height in (("features_80x24", 80, 24), ("features_60x16", 60, 16)):
        with Screen(SAMPLE, width=width, height=height) as s:
            s.wait_for("conn, k=48", "▶ 1")
            s.keys("f")
            s.wait_for("11 of 11 on")
            s.expect(name)
    with Screen(SAMPLE, width=160, height=50, locale="C", env={"NO_COLOR": "1"}) as s:
        s.wait_for("conn, k=48", "> 1")
        s.keys("f")
        now = s.wait_for("11 of 11 on", "> [x]       1  pair_count", "rarity(tunnel_parents)")
        check(all(b < 0x80 for b in s.written), "bytes beyond ASCII")
        check("suspicion" in now.lines[2], "one line of settings\n" + now.text)


def test_switching_changes_the_chart():
    with Screen("-j1", SAMPLE) as s:
        s.wait_for("conn, k=48", "pairs")
        before = s.snapshot().lines[3:12]
        open_features(s)
        s.keys("Space", "j", "Space")
        now = s.wait_for("9 of 11 on", "not run yet: r runs it")
        check("[ ]" in line(now, "pair_count") and "[ ]" in line(now, "regularity"), now.text)
        back_with(s, "conn (changed), k=48")
        s.wait(lambda now: now.lines[3:12] != before, "another chart")  # below the line that names it
        # What was switched off is offered again, and comes back by the same key.
        s.keys("f")
        s.wait_for("9 of 9 on")
        for _ in range(9):
            s.keys("j")
        s.keys("Space")
        s.wait_for("10 of 10 on")
        check("[x]" in line(s.snapshot(), "pair_count"), s.snapshot().text)


def test_the_last_one_stays_on():
    with Screen("--features=pair_count,log(duration)", "-k3", SAMPLE) as s:
        open_features(s, "k=3")
        s.keys("Space", "j", "Space")
        s.wait_for("1 of 2 on", "one feature has to stay on")
        s.keys("d")
        s.wait_for("one feature has to stay on")
        s.keys("k", "d")
        s.wait_for("1 of 1 on")
        s.keys("G", "d")
        s.wait_for("this one is only offered")


def test_weights():
    with Screen(SAMPLE) as s:
        open_features(s)
        s.keys("+", "+", "j", "-", "j", ">", "j", "<")
        now = s.wait(lambda n: "0.5" in line(n, "popularity"), "the weights")
        for name, weight in (("pair_count", "4"), ("regularity", "0.5"), ("pair_gap", "2"), ("popularity", "0.5")):
            check_equal(name, line(now, name).split("]")[1].split()[0], weight)
        back_with(s, "conn (changed), k=48")


def test_adding():
    with Screen(SAMPLE) as s:
        open_features(s)
        s.keys("a")
        s.type("foo(x)")
        s.keys("Enter")
        s.wait_for("  unknown feature 'foo': known are num", "add features: foo(x)")
        s.keys("C-u")
        s.type("3*onehot(proto), num(nothing)")
        s.keys("Enter")
        s.wait_for("13 of 13 on", "dropped: no nothing")
        now = s.wait_gone("unknown feature")  # the old error
        check_equal("weight", line(now, "onehot(proto)").split("]")[1].split()[0], "3")
        check("[!]" in line(now, "num(nothing)"), now.text)
        s.keys("a")
        s.type("pair_count")
        s.keys("Enter")
        s.wait_for("pair_count is on already")
        s.keys("Escape")
        s.wait_for("pair_count is on already")
        s.keys("j")
        s.wait_gone("is on already")
        now = back_with(s, "conn (changed), k=48")
        check("the log has no field nothing" in now.text, now.text)


def test_where_unit_and_k():
    with Screen(SAMPLE) as s:
        open_features(s)
        s.keys("w")
        s.type("proto=tcp and nope>3")
        s.keys("Enter")
        now = s.wait_for("unknown field 'nope'")
        at = next(i for i, l in enumerate(now.lines) if l.startswith("  proto=tcp and nope>3"))
        check_equal("caret", now.lines[at + 1].index("^"), now.lines[at].index("nope"))
        s.keys("C-u")
        s.type("proto=tcp")
        s.keys("Enter")
        s.wait_for(" where proto=tcp")
        s.keys("u")
        s.wait_for("unit pair")
        s.keys("K")
        s.wait_for("number of clusters: 48")
        s.keys("C-u")
        s.type("999")
        s.keys("Enter")
        s.wait_for("'999' is not a whole number from 1 to 256")
        s.keys("C-u")
        s.type("5")
        s.keys("Enter")
        s.wait_for("unit pair   k 5 ")
        s.keys("Enter")
        s.wait_for("conn (changed), pairs, k=5", "filtered out")
        s.keys("Enter")
        s.wait_for("pairs)", "out     every")


def test_leaving_drops_after_a_question():
    with Screen(SAMPLE) as s:
        open_features(s)
        s.keys("q")
        s.wait_for("pairs")
        open_features(s)
        s.keys("Space", "q")
        s.wait_for("these changes have not run: drop them? (y/n)")
        s.keys("n")
        s.wait_for("10 of 11 on")
        s.keys("q", "y")
        s.wait_for("conn, k=48", "pairs")
        s.keys("f")
        s.wait_for("11 of 11 on")


def test_saving_and_using_again():
    with temp_dir() as home:
        env = {"XDG_CONFIG_HOME": home}
        path = f"{home}/minnow/recipes/my-conn.recipe"
        with Screen(SAMPLE, env=env) as s:
            open_features(s)
            s.keys("Space", "j", "+", "S")
            s.wait_for("save as recipe: my-conn")
            s.keys("Enter")
            s.wait_for("saved: -r my-conn uses it")
            check_equal("mode", oct(os.stat(path).st_mode & 0o777), "0o600")
            check_equal("folder", oct(os.stat(os.path.dirname(path)).st_mode & 0o777), "0o700")
            # An existing one, a built-in one, and no name at all.
            s.keys("S")
            s.wait_for("save as recipe: my-conn")
            s.keys("Enter")
            s.wait_for("my-conn exists: overwrite it? (y/n)")
            s.keys("n")
            s.wait_for("not saved")
            for name, says in (("../evil", "no name for a recipe"), ("exfil", "exfil is built in: put yours")):
                s.keys("S")
                s.wait_for("save as recipe: ")
                s.keys("C-u")
                s.type(name)
                s.keys("Enter")
                s.wait_for(says)
                s.keys("Escape")
            check_equal("files", os.listdir(f"{home}/minnow/recipes"), ["my-conn.recipe"])
            back_with(s, "my-conn, k=48")
            s.keys("Q")
            check_equal("status", s.end(), 0)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        check("feature  = 2 * regularity\n" in text and "pair_count" not in text, text)
        r = run("-b", "-r", "my-conn", SAMPLE, env=environment(**env))
        check_equal("status", r.status, 0)
        check("recipe my-conn, k 48" in r.out, r)
        with Screen("-k3", SAMPLE, env=env) as s:
            open_features(s, "conn, k=3")
            s.keys("R")
            take_recipe(s, s.wait_for("another recipe", "1", "article", "my-conn", "yours"), "my-conn")
            now = s.wait_for("my-conn: size", "10 of 10 on")
            check_equal("weight", line(now, "regularity").split("]")[1].split()[0], "2")
            back_with(s, "my-conn, k=48")


def test_features_of_groups_need_groups():
    with Screen("-k3", SAMPLE) as s:
        open_features(s, "conn, k=3")
        s.keys("a")
        s.type("sum(orig_bytes),span(ts)")
        s.keys("Enter")
        s.wait_for("span(ts)", "13 of 13 on")
        s.keys("r")
        s.wait_for("sum(orig_bytes) is about a group of rows: it needs unit = pair", "13 of 13 on")
        s.keys("u")
        s.wait_for("unit pair")
        back_with(s, "conn (changed), pairs, k=3")


def take_recipe(s, screen, name):
    """Presses the number that stands before the recipe's name."""
    s.keys(re.search(rf"(\d)\s+{name}\b", screen.text).group(1))


def test_another_recipe():
    with Screen(SAMPLE) as s:
        open_features(s)
        s.keys("Space", "R")
        s.wait_for("drops what was changed here: go on? (y/n)")
        s.keys("y")
        take_recipe(s, s.wait_for("the tutorial's"), "article")
        s.wait_for("article: the tutorial's seven columns", "code(proto)", "scale none")
        s.keys("r")
        s.wait_for("article, k=7", "order: size")


def test_features_that_the_log_chose():
    with temp_dir() as d:
        rows = "".join(f"n{i},{'abc'[i % 3]},{i * 7919 % 101},{10 ** (i % 7)}\n" for i in range(200))
        log = write(d, "x.csv", "name,kind,load,size\n" + rows)
        with Screen("-k3", log, width=100) as s:
            s.wait_for("auto, k=3", "kind=c", "chose 3 features")
            s.keys("f")
            now = s.wait_for("› features", "onehot(kind)", "num(load)", "log(size)", "3 of 3 on")
            check("auto " not in line(now, "what suits"), now)
            s.keys("Space", "r")
            s.wait_for("auto (changed), k=3", "order")


def test_a_log_that_lacks_the_fields():
    with temp_dir() as d:
        log = write(d, "x.csv", "name,bytes\nann,1\nbob,2\ncid,9\n")
        with Screen("--features=num(bytes)", "-k2", log, width=100) as s:
            s.wait_for("k=2")
            s.keys("f")
            now = s.wait_for("1 of 1 on")
            check("rarity(name)" in now.text, now.text)
            s.keys("a")
            s.type("num(none)")
            s.keys("Enter")
            s.wait_for("2 of 2 on", "dropped: no none")
            s.keys("k", "Space", "r")
            s.wait_for("the log has the fields of none of these features")


def test_hostile_names():
    evil = "\033]0;owned\007,x\u202e(y)*z"
    rows = [{"ts": f"1700000{i:03d}.5", "uid": f"C{i}", "id.orig_h": "10.0.0.1", "id.orig_p": i + 1,
             "id.resp_h": "192.0.2.9", "id.resp_p": 80, "proto": "tcp", evil: i} for i in range(9)]
    with temp_dir() as d:
        log = write(d, "conn.log", conn_log(rows, fields=[*FIELDS, evil]))
        recipe = write(d, "evil\033[2J.recipe", "about = \033[31mred\u009b5A\nfeature = num(\033c\u202e)\n"
                       "feature = log(id.orig_p)\n")
        with Screen("-r", recipe, "-k2", log) as s:
            s.wait_for("k=2")
            s.keys("f")
            now = s.wait_for("2 of 2 on", "\\x1b[31mred", "dropped: no \\x1bc")
            check("num(\\x1bc" in now.text, now.text)
            check(b"\033[31mred" not in s.written and b"\033c" not in s.written, "an escape got through")
            s.keys("S")
            s.wait_for("save as recipe: evil")
            s.keys("Enter")
            s.wait_for("is no name for a recipe")
            s.keys("Escape", "G", "Space")
            s.wait_for("3 of 3 on")


def test_inside_a_zoom():
    """What is changed there is the zoom's own: the way back leads to the recipe as it was."""
    with Screen(SAMPLE) as s:
        s.wait_for("conn, k=48", "pairs")
        s.keys("z")
        s.wait_for("zoomed, k=", "pairs")
        s.keys("f")
        s.wait_for("11 of 11 on")
        s.keys("Space")
        s.wait_for("not run yet")
        s.keys("r")
        s.wait_for("zoomed, k=", "pairs")
        s.keys("f")
        s.wait_for("conn (changed)", "10 of 10 on")
        s.keys("q", "q")
        s.wait_for("▶ 1   592")
        s.keys("f")
        s.wait_for("conn: size", "11 of 11 on")


def test_while_it_clusters():
    """The screen opens over a fit, and running again from it starts that fit anew."""
    with Screen("-k48", SAMPLE) as s:
        s.wait_for("k=48", "pairs")
        s.keys("r", "f", "Space", "r")
        s.wait_for("conn (changed), k=48", "pairs")
        s.keys("f", "q", "r", "f", "q", "q")
        check_equal("status", s.end(), 0)


main(__name__)
