"""Settings of the screen: the file, the environment, options, and what Ctrl-S writes."""
import os
import re
import stat

from tests.cli.harness import environment, run, write
from tests.tui.harness import *

SAMPLE = str(ROOT / "data/sample.conn.log")
COLOR = re.compile(rb"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7]|38;[25];[\d;]+)m")


def settings(d, text):
    os.makedirs(d + "/minnow", exist_ok=True)
    return write(d, "minnow/config", text)


def ready(s, order="suspicion"):
    return s.wait_for(f"order: {order}", "cluster 1")


def test_the_file_counts_and_options_count_more():
    with temp_dir() as d:
        settings(d, "# at night\ntheme = nord\ntime = local\ntz = Europe/Berlin\nbars = linear\norder = size\n")
        place = {"XDG_CONFIG_HOME": d}
        with Screen(SAMPLE, width=160, height=40, env=place) as s:
            now = ready(s, "size")
            check("01:00 - 2026-03-10 00:59+01:00" in now.text and "linear" in now.text, now.text)
            check_equal("one of nord's colours", now.style_at(0, 20), "103 on 236")
            s.keys("t")
            s.wait_for("times are seconds since 1970")
            s.keys("Q")
            check_equal("status", s.end(), 0)
        with Screen("--time=utc", "--theme=mono", SAMPLE, width=160, height=40, env=place) as s:
            now = ready(s, "size")
            check("2026-03-09 00:00-23:59Z" in now.text, now.text)
            check_equal("no colour", now.style_at(0, 20), "dim")
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_no_color_counts_more_than_the_file():
    with temp_dir() as d:
        settings(d, "color = always\n")
        place = {"XDG_CONFIG_HOME": d, "NO_COLOR": "1"}
        for args, colored in ((), False), (("--color=always",), True):
            with Screen(*args, SAMPLE, width=120, height=30, env=place) as s:
                ready(s)
                s.keys("Q")
                check_equal("status", s.end(), 0)
                check_equal(f"colours with {args}", COLOR.search(s.written) is not None, colored)


def test_mistakes_are_said_and_the_rest_counts():
    with temp_dir() as d:
        path = settings(d, "bars = linear\nthme = dark\n\x1b[31m = 1\n")
        with Screen(SAMPLE, width=160, height=40, env={"XDG_CONFIG_HOME": d}) as s:
            s.wait_for(f"{path}:2: no setting is called 'thme' (did you mean 'theme'?)", "(1 more: any key)")
            s.wait_for("linear")
            s.keys("Down")
            s.wait_for(f"{path}:3: no setting is called '\\x1b[31m'")
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_a_batch_run_does_not_read_it():
    with temp_dir() as d:
        plain = run("-b", SAMPLE, env=environment(XDG_CONFIG_HOME=d + "/none")).out
        settings(d, "time = epoch\ntz = Asia/Tokyo\nnonsense\n")
        done = run("-b", SAMPLE, env=environment(XDG_CONFIG_HOME=d))
        check_equal("the report", (done.out, done.err), (plain, ""))
        # Nor is it read for the report of a terminal that can show no screen.
        with Screen(SAMPLE, width=160, height=60, term="dumb", env={"XDG_CONFIG_HOME": d}) as s:
            now = s.wait_for("2026-03-09 00:00:02Z to 23:59:53Z")
            check_equal("status", s.end(), 0)
            check("nonsense" not in now.text, "nothing is said of it")


def test_saved():
    with temp_dir() as d:
        place = {"XDG_CONFIG_HOME": d}
        file = d + "/minnow/config"
        with Screen(SAMPLE, "--tz=Europe/Berlin", width=160, height=40, env=place) as s:
            ready(s)
            s.keys("t")
            s.wait_for("times are in the zone Europe/Berlin")
            s.keys("L", "s")
            s.wait_for("order: size", "linear")
            s.keys(":")
            s.wait_for("Commands: type to narrow")
            s.type("save settings")
            s.wait_for("Ctrl-S")
            s.keys("Enter")
            s.wait_for("settings are saved in " + file)
            check_equal("the file", open(file).read(),
                        "time = local\ntz = Europe/Berlin\nbars = linear\norder = size\n")
            check_equal("modes", [stat.S_IMODE(os.stat(p).st_mode) for p in (file, d + "/minnow")], [0o600, 0o700])
            s.keys("Q")
            check_equal("status", s.end(), 0)
        with Screen(SAMPLE, width=160, height=40, env=place) as s:
            now = ready(s, "size")
            check("01:00 - 2026-03-10 00:59+01:00" in now.text and "linear" in now.text, now.text)
            s.keys("y")
            s.wait_for("copied")
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_what_cannot_be_saved_is_said():
    with Screen(SAMPLE, width=120, height=30, env={"XDG_CONFIG_HOME": "/dev/null"}) as s:
        ready(s)
        s.keys("L", "C-s")
        s.wait_for("/dev/null/minnow/config: cannot make its folder")
        s.keys("Q")
        check_equal("status", s.end(), 0)
    with Screen(SAMPLE, width=120, height=30, env={"XDG_CONFIG_HOME": "relative", "HOME": None}) as s:
        ready(s)
        s.keys("C-s")
        s.wait_for("no folder for settings")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_where_nothing_differs_no_file_is_made():
    with temp_dir() as d, Screen(SAMPLE, width=160, height=30, env={"XDG_CONFIG_HOME": d}) as s:
        ready(s)
        s.keys("C-s")
        s.wait_for("nothing to save: every setting is the default")
        check_equal("what is made", os.listdir(d), [])
        s.keys("L", "C-s")
        s.wait_for("settings are saved in")
        s.keys("L", "C-s")  # back at the default: the line there follows
        s.wait(lambda now: open(d + "/minnow/config").read() == "bars = log\n", "the line")
        s.keys("Q")
        check_equal("status", s.end(), 0)


main(__name__)
