"""The palette: every command of a screen by its name."""
from tests.tui.harness import *

SAMPLE = str(ROOT / "data/sample.conn.log")


def ready(s):
    s.wait_for("order: suspicion", "cluster 1")


def marked(s):
    return [line for line in s.snapshot().lines if line.startswith(" \u25b6")]


def test_narrow_choose_and_run():
    with Screen(SAMPLE, width=100, height=24) as s:
        ready(s)
        s.keys(":")
        s.wait_for("Commands: type to narrow", "cluster only the rows of this cluster", "Up and Down choose")
        s.type("order size")
        s.wait(lambda now: sum("  order by " in line for line in now.lines) == 1 and
               "one cluster more" not in now.text, "one left")
        s.keys("Enter")
        s.wait_for("order: size", "smallest first")
        s.keys(":")
        s.type("cluster more")
        s.wait_for("one cluster more")
        for _ in range(4):
            s.keys("BSpace")  # and wider again
        s.type("again run one")
        s.wait_for("one cluster less", "leave out this cluster")
        s.keys("Down", "Down")
        s.wait(lambda now: any(line.startswith(" \u25b6") and "one cluster less" in line for line in now.lines), "the second")
        s.keys("Enter")
        s.wait_for("k=47")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_nothing_is_done_without_a_choice():
    with Screen(SAMPLE, width=100, height=24) as s:
        ready(s)
        s.keys(":")
        s.type("quit")
        s.wait_for("one step back; on the first screen, quit")
        s.keys("Escape")
        s.wait_gone("commands")
        s.keys(":")
        s.type("xyzzy")
        s.wait_for("no command like that")
        s.keys("Enter")
        s.wait_gone("Commands:")
        s.wait_for("order: suspicion")
        s.keys("?", ":")  # of the help screen
        s.wait_for("Commands:", "find a text")
        check("one cluster more" not in s.snapshot().text, "not of the screen below that")
        s.keys("Escape", "Q")
        check_equal("status", s.end(), 0)


def test_all_rows_are_written_with_their_clusters():
    with temp_dir() as d, Screen(SAMPLE, "-k", "4", width=100, height=24) as s:
        s.wait_for("order: suspicion", "cluster 1")
        s.keys("E")
        s.wait_for("write all 20,000 rows with their clusters to: clusters.csv")
        s.keys("C-u")
        s.type(f"{d}/all.csv")
        s.keys("Enter")
        s.wait_for("wrote")
        s.keys("Q")
        check_equal("status", s.end(), 0)
        with open(f"{d}/all.csv") as f:
            lines = f.read().splitlines()
        check_equal("rows", len(lines), 20001)
        check(lines[0].endswith(",cluster,distance"), lines[0])
        check_equal("clusters", {line.split(",")[-2] for line in lines[1:]}, {"1", "2", "3", "4"})


def run_by_name(s, words, wanted):
    """Types the words behind `:` and runs what then stands first."""
    s.keys(":")
    s.wait_for("Commands: type to narrow")
    s.type(words)
    s.wait(lambda now: any(line.startswith(" \u25b6 " + wanted) for line in now.lines) and now.lines[-2].endswith(words), words)
    s.keys("Enter")


def test_what_the_palette_promises_is_there():
    """theme, unit, files, export all, by those words."""
    with temp_dir() as d, Screen(SAMPLE, "-k", "12", width=100, height=24, env={"XDG_CONFIG_HOME": d}) as s:
        ready(s)
        for words, wanted, there in (("theme", "T   ", "Themes: Enter keeps"), ("files", "F   ", "1 read"),
                                     ("unit", "U   ", "what is clustered, and run again"),
                                     ("export all", "E   ", "write all 20,000 rows with their clusters to: clusters.csv")):
            run_by_name(s, words, wanted)
            s.wait_for(there)
            s.keys("Escape" if words != "files" else "q")
            s.wait_gone(there)
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_another_unit():
    with Screen(SAMPLE, "-k", "12", width=100, height=24) as s:
        ready(s)
        s.keys("U")
        now = s.wait_for("1  connections: each row by itself", "2  pairs", "3  hosts: each originator")
        check([line for line in now.lines if line.endswith(" now")] == [line for line in now.lines if "connections:" in line], now.text)
        s.keys("1")
        s.wait_for("connections are what is clustered now; r runs again", "conn, k=12")
        s.keys("U", "3")
        s.wait_for("conn (changed), hosts, k=12", "─ cluster ")
        s.keys("Enter")
        s.wait_for(" hosts)")
        s.keys("q", "U")
        s.wait(lambda now: [line for line in now.lines if line.endswith(" now")] == [line for line in now.lines if "hosts:" in line]
               and "hosts:" in now.text, "hosts now")
        s.keys("2")
        s.wait_for("conn (changed), pairs, k=12", "─ cluster ")
        s.keys("U", "Escape")
        s.wait_gone("run again")
        s.keys("U", "1")
        s.wait_for("conn (changed), k=12", "─ cluster ")
        s.keys("Q")
        check_equal("status", s.end(), 0)


main(__name__)
