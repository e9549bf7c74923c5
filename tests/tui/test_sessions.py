"""Leaving a log and coming back to it: --resume."""
import glob
import gzip
import os
import re
import shutil
import signal
import stat

from tests.cli.harness import environment, run, write
from tests.tui.harness import *

SAMPLE = str(ROOT / "data/sample.conn.log")
WIDE = {"width": 160, "height": 40}


def ready(s, *texts):
    return s.wait_for("cluster ", "order: ", *texts)


def filtered_out(now):
    """What the clusters on the screen are without, however many are left out by now."""
    found = re.search(r"([\d,]+) rows filtered out", now.text)
    return found[1] if found else "0"


def leave_out(s, before, *keys, excluded):
    """Keys of x, until there are clusters without what they leave out."""
    s.keys(*keys)
    return s.wait(lambda now: filtered_out(now) != filtered_out(before) and f"{excluded} excluded (x)" in now.text
                  and "cluster " in now.text, f"clusters without {excluded} of them")


def kept(d):
    return glob.glob(d + "/state/minnow/sessions/*")


def place(d):
    return {"XDG_STATE_HOME": d + "/state", "XDG_CONFIG_HOME": d + "/config"}


def leave(s, *keys):
    s.keys(*keys or ("Q",))
    check_equal("status", s.end(), 0)


def test_back_to_filtered_and_sorted_rows():
    with temp_dir() as d:
        with Screen(SAMPLE, env=place(d), **WIDE) as s:
            ready(s)
            s.keys("+")
            ready(s, "conn, k=49")
            s.wait_gone("pass")
            s.keys("Down", "Down", "Enter")
            s.wait_for("row 1 of 691", "k=49 › 3 (")
            s.keys("&")
            s.wait_for("history")
            s.type("src:10.20.1.17")
            s.keys("Enter")
            s.wait_for("3 (231 of 691)")
            s.keys(*["Right"] * 5, "s")
            s.wait_for("sorted by duration, ascending")
            s.type(">>")
            s.wait_for("u takes it back")
            s.keys("Space", "Down", "Space")  # each goes one down
            s.wait_for("row 4 of 231", "•")
            before = still(s)
            leave(s)
        files = kept(d)
        check_equal("one file", len(files), 1)
        check_equal("modes", [stat.S_IMODE(os.stat(p).st_mode) for p in (files[0], os.path.dirname(files[0]), d + "/state/minnow")],
                    [0o600, 0o700, 0o700])
        with Screen("--resume", SAMPLE, env=place(d), **WIDE) as s:
            s.wait_for("back where this log was left")
            s.keys("Escape")
            s.wait_for("row 4 of 231")
            check_equal("the rows", "\n".join(still(s).lines[:-2]), "\n".join(before.lines[:-2]))
            s.keys("u")
            s.wait_for("› 3 (691)")
            s.keys("q")
            now = ready(s, "conn, k=49")
            check(any(line.startswith("▶ 3") for line in now.lines), "its cluster is selected")
            leave(s)


def test_the_path_says_how_many_before_one_is_there():
    """Rows below what one comes back to are not collected yet: their number is that of then."""
    with temp_dir() as d:
        for keys, kept_rows in ((("Down", "Down", "Enter"), "src:10.20.1.17"), (("Enter", "a", "r"), "state:S0")):
            with Screen(SAMPLE, env=place(d), **WIDE) as s:
                ready(s)
                for key in keys:
                    s.keys(key)
                    still(s)
                s.wait_for("row 1 of")
                s.keys("&")
                s.type(kept_rows)
                s.keys("Enter")
                s.wait_for("hidden by &")
                s.keys("Enter")
                s.wait_for("when the")
                head = still(s).lines[0]
                check(" of " in head, head)
                leave(s)
            with Screen("--resume", SAMPLE, env=place(d), **WIDE) as s:
                s.wait_for("back where this log was left", "when the")
                check_equal("the path", s.snapshot().lines[0], head)
                leave(s)


def still(s):
    """The screen once it is at rest."""
    last = s.snapshot()

    def same(now):
        nonlocal last
        rest, last = now.lines == last.lines, now
        return rest
    return s.wait(same)


def test_exclusions_and_order_and_the_card():
    with temp_dir() as d:
        with Screen(SAMPLE, "--tz=Europe/Berlin", "--from=2026-03-09T02:00", env=place(d), **WIDE) as s:
            ready(s)
            s.keys("x")
            s.wait_for("leave out source ")
            s.keys("3")
            ready(s, "rows filtered out  1 excluded (x)")
            s.keys("s")
            s.wait_for("order: size")
            s.keys("Enter")
            s.wait_for("row 1 of")
            s.keys("a")
            s.wait_for("peers")
            head = still(s).lines[0]
            leave(s)
        with Screen("--resume", env=place(d), **WIDE) as s:  # the log that was left last
            s.wait_for("back where this log was left", "peers")
            check_equal("the path", s.snapshot().lines[0], head)
            s.keys("q", "q")
            now = ready(s, "order: size", "excluded")
            check("outside" in now.text, now.text)
            s.keys("x")
            s.wait_for("take back source ")
            leave(s, "Escape", "Q")
        # What is given counts more.
        with Screen("--resume", "-k", "5", "--from=2026-03-09T00:00", SAMPLE, env=place(d), **WIDE) as s:
            s.wait_for("k=5", "what still fits is as it was")
            leave(s)


def test_clusters_left_out_by_their_rows():
    """They are found again by what they were clusters of: one after another, each without those before it."""
    with temp_dir() as d:
        with Screen(SAMPLE, env=place(d), **WIDE) as s:
            now = ready(s)
            for n in (1, 2):
                s.keys("x")
                s.wait_for("leave out cluster 1")
                now = leave_out(s, now, "1", excluded=n)
                s.keys("-")
                now = ready(s, f"k={48 - n}")
            leave_out(s, now, "Down", "x", "3", excluded=3)
            s.keys("Enter")
            s.wait_for("row 1 of")
            s.keys("q")
            before = ready(s, "3 excluded (x)").lines[:20]
            leave(s)
        with Screen("--resume", SAMPLE, env=place(d), **WIDE) as s:
            s.wait_for("back where this log was left")
            check_equal("the chart", ready(s, "3 excluded (x)").lines[:20], before)
            s.keys("x")
            s.wait_for("take back source ", "take back cluster 1")
            leave(s, "Escape", "Q")
        # What is not the same any more is back, and said.
        path = kept(d)[0]
        text = open(path, encoding="utf-8").read()
        first = next(line for line in text.splitlines() if line.startswith("rows-count"))
        with open(path, "w", encoding="utf-8") as out:
            out.write(text.replace(first, "rows-count = 1", 1))
        with Screen("--resume", SAMPLE, env=place(d), **WIDE) as s:
            s.wait_for("cluster 1 was excluded by its rows, which are back")
            s.keys("Q")
            s.end()


def test_a_zoom():
    with temp_dir() as d:
        with Screen(SAMPLE, env=place(d), **WIDE) as s:
            ready(s)
            s.keys("Down", "z")
            head = ready(s, "zoomed, k=").lines[0]
            s.keys("+")
            s.wait(lambda now: now.lines[0] != head and "zoomed, k=" in now.lines[0])
            s.keys("Down", "Enter")
            s.wait_for("row 1 of")
            head = still(s).lines[0]
            leave(s)
        with Screen("--resume", SAMPLE, env=place(d), **WIDE) as s:
            s.wait_for("back where this log was left")
            s.wait(lambda now: now.lines[0] == head, head)
            s.keys("q")
            ready(s, "zoomed, k=")
            s.keys("q")
            s.wait_gone("zoomed")
            leave(s)


def test_one_row_and_pairs():
    with temp_dir() as d:
        with Screen(SAMPLE, "--unit=pair", "-k", "6", env=place(d), **WIDE) as s:
            ready(s)
            s.keys("Enter")
            s.wait_for("pairs)")
            s.keys("Enter")
            s.wait(lambda now: "rows (" in now.lines[0])
            s.keys("Down", "Enter")
            s.wait_for("› row ")
            head = still(s).lines[0]
            leave(s)
        with Screen("--resume", SAMPLE, env=place(d), **WIDE) as s:
            s.wait_for("back where this log was left")
            s.wait(lambda now: now.lines[0].split(" › ")[-1] == head.split(" › ")[-1], head)
            s.keys("q")
            s.wait(lambda now: "rows (" in now.lines[0])
            s.keys("q")
            s.wait_for("pairs)")
            leave(s)


def test_a_log_that_has_changed():
    with temp_dir() as d:
        log = shutil.copy(SAMPLE, d + "/conn.log")
        with Screen(log, "-k", "9", env=place(d), **WIDE) as s:
            ready(s)
            s.keys("s", "Enter")
            s.wait_for("row 1 of")
            leave(s)
        with open(log, "a") as f:
            f.write(open(SAMPLE).read().split("\n")[200] + "\n")
        with Screen("--resume", log, env=place(d), **WIDE) as s:
            s.wait_for("the log has changed: 20,000 rows then, 20,001 now", "k=9")
            leave(s)


def test_hang_up_and_term_keep_it():
    for number in signal.SIGHUP, signal.SIGTERM:
        with temp_dir() as d:
            with Screen(SAMPLE, env=place(d), **WIDE) as s:
                ready(s)
                s.keys("Down", "Enter")
                s.wait_for("row 1 of")
                s.kill(number)
                check_equal("status", s.end(), 128 + number)
            check_equal("kept", len(kept(d)), 1)
            with Screen("--resume", SAMPLE, env=place(d), **WIDE) as s:
                s.wait_for("back where this log was left", "› 2 (")
                leave(s)


def test_nothing_done_nothing_kept():
    with temp_dir() as d:
        with Screen(SAMPLE, env=place(d), **WIDE) as s:
            ready(s)
            leave(s, "t", "q")
        check_equal("kept", kept(d), [])
        os.makedirs(d + "/config/minnow")
        write(d, "config/minnow/config", "session = no\n")
        with Screen(SAMPLE, env=place(d), **WIDE) as s:
            ready(s)
            leave(s, "Down", "Q")
        check_equal("kept", kept(d), [])
        with Screen("-", env=place(d), command=["sh", "-c", f"{MINNOW} - <{SAMPLE}"], **WIDE) as s:
            ready(s)
            leave(s, "Down", "Q")
        check_equal("kept", kept(d), [])


def test_without_a_session():
    with temp_dir() as d:
        with Screen("--resume", SAMPLE, env=place(d), **WIDE) as s:
            ready(s, "nothing is kept of this log: it is opened as a new one")
            leave(s)
        with Screen("--resume", env=place(d), **WIDE) as s:
            check_equal("status", s.end(), 2)
            check("--resume: no log was left yet: name one" in s.snapshot().text, s.snapshot().text)


def test_batch_refuses():
    for more in ("-b",), ("-o", "-"), ("--alert=0.5",), ():
        done = run("--resume", *more, SAMPLE)
        check_equal("status", (done.status, done.out), (2, ""))
        check("--resume goes on on the screen" in done.err, done.err)


def test_broken_and_hostile_files():
    with temp_dir() as d:
        with Screen(SAMPLE, env=place(d), **WIDE) as s:
            ready(s)
            leave(s, "Down", "Q")
        file = kept(d)[0]
        good = open(file).read()
        cases = [("\x00\x01\x02", ":1: expected KEY = VALUE"),
                 ("", "is empty"),
                 ("minnow-session = 2\n", "no session, or one of another version"),
                 (good + "filter = \\xzz\n", "the value is broken"),
                 (good + "a = b\n" * 3000, "too many lines"),
                 (good + "a = " + "b" * 300000 + "\n", "")]
        for text, why in cases:
            with open(file, "w") as f:
                f.write(text)
            with Screen("--resume", SAMPLE, env=place(d), width=250, height=40) as s:
                now = ready(s)
                check("is not used: " in now.text and why in now.text.replace("\n ", ""), f"{why}: {now.text}")
                s.kill(signal.SIGKILL)
        # What it says is looked at as if it had been typed.
        lines = [line for line in good.split("\n") if not line.startswith(("view", "here", "recipe", "order"))]
        more = ["view = clusters", "recipe-name = x", "recipe = \\x1b[2J = 1", "without = \\x1b[31mred", "term = \\x1b[31m and",
                "without = all", "term = addr=1.1.1.1) or (proto=tcp", "order = up", "here = 4000000000", "here-rows = -1",
                "view = rows", "of = cluster", "cluster = 4294967295", "filter = (((", "sort = \\x1b]0;x\\x07", "place = 99999999999999999999",
                "view = row", "row = 18446744073709551615", "view = \\x1b[5n"]
        with open(file, "w") as f:
            f.write("\n".join(lines + more) + "\n")
        with Screen("--resume", SAMPLE, env=place(d), **WIDE) as s:
            s.wait_for("all rows (20,000)", "row 1 of 20,000")
            for text in ("\\x1b[31mred is not excluded any more", "all is not excluded any more",
                         "what was open does not fit any more"):
                s.keys("Down")
                s.wait_for(text)
            leave(s)
            check(b"\x1b[2J" not in s.written.split(b"F1")[1] and b"\x1b[5n" not in s.written, "nothing gets through")
        # A zoom stands on clusters, never on rows.
        here = [line for line in good.split("\n") if line.startswith("here")]
        with open(file, "w") as f:
            f.write(good + "view = rows\nof = cluster\ncluster = 4294967295\nview = zoom\n" +
                    "\n".join(line.replace("here", "cluster", 1) for line in here) + "\n")
        with Screen("--resume", SAMPLE, env=place(d), **WIDE) as s:
            s.wait_for("all rows (20,000)", "row 1 of 20,000", "what was open does not fit any more")
            leave(s)
        # No plain file: left alone, and not written over.
        os.unlink(kept(d)[0])
        os.mkfifo(file)
        with Screen("--resume", SAMPLE, env=place(d), **WIDE) as s:
            ready(s, "is no plain file")
            leave(s, "Down", "Q")
        check(stat.S_ISFIFO(os.stat(file).st_mode), "still a pipe")


def test_a_directory_and_several_files():
    with temp_dir() as d:
        os.makedirs(d + "/logs")
        for name in "a", "b":
            shutil.copy(SAMPLE, f"{d}/logs/{name}.log")
        for args in (d + "/logs",), (d + "/logs/a.log", d + "/logs/b.log"):
            with Screen(*args, env=place(d), **WIDE) as s:
                ready(s, "40,000 rows")
                s.keys("F")
                s.wait_for("b.log")
                s.keys("Down", "Enter")
                s.wait_for("row 1 of 20,000")
                head = still(s).lines[0]
                leave(s)
            with Screen("--resume", *args, env=place(d), **WIDE) as s:
                s.wait_for("back where this log was left", "row 1 of 20,000")
                check_equal("the path", s.snapshot().lines[0], head)
                leave(s)
        check_equal("kept", len(kept(d)), 2)


def test_a_log_that_is_opened_anew_tells_of_it():
    with temp_dir() as d:
        for told in False, True:
            with Screen(SAMPLE, env=place(d), **WIDE) as s:
                ready(s)
                s.wait(lambda now: ("--resume goes on there" in now.text) == told)
                leave(s, "Down", "Q")


def test_a_part_of_the_log_changes_nothing():
    with temp_dir() as d:
        log = d + "/conn.log"
        shutil.copy(SAMPLE, log)
        with Screen(log, env=place(d), **WIDE) as s:
            ready(s)
            leave(s, "Down", "Q")
        before = open(kept(d)[0]).read()
        with open(log, "rb") as f:
            text = f.read()
        with open(log, "wb") as f:  # it ends within a packed member
            f.write(gzip.compress(text)[:-20000])
        with Screen("--resume", log, env=place(d), **WIDE) as s:
            ready(s)
            leave(s, "Down", "Q")
        check_equal("what is kept", open(kept(d)[0]).read(), before)


def test_the_oldest_go():
    with temp_dir() as d:
        folder = d + "/state/minnow/sessions"
        os.makedirs(folder)
        for i in range(120):
            name = f"{folder}/{i:016x}.session"
            open(name, "w").close()
            os.utime(name, (1000 + i, 1000 + i))
        write(d, "state/minnow/sessions/mine.txt", "")
        with Screen(SAMPLE, env=place(d), **WIDE) as s:
            ready(s)
            leave(s, "Down", "Q")
        left = sorted(os.path.basename(p) for p in kept(d))
        check_equal("left", (len(left), "mine.txt" in left, f"{20:016x}.session" in left, f"{21:016x}.session" in left),
                    (101, True, False, True))


main(__name__)
