"""Choosing the theme on the screen: T, or `theme` behind :."""
import os
import shutil
import subprocess

from tests.cli.harness import write
from tests.tui.harness import *

SAMPLE = str(ROOT / "data/sample.conn.log")
THEMES = ["dark", "default", "gruvbox", "high-contrast", "light", "mono", "nord", "okabe-ito", "solarized"]
ATTRIBUTES = {"bold", "dim", "underline", "reverse"}


def ready(s):
    return s.wait_for("order: suspicion", "cluster 1")


def own_theme(d, name, text):
    os.makedirs(d + "/minnow/themes", exist_ok=True)
    return write(d, f"minnow/themes/{name}.theme", text)


def listed(now):
    """The lines of the list, by their name."""
    first = next(i for i, line in enumerate(now.lines) if " Themes: " in line)
    return {line[2:].split()[0]: line for line in now.lines[first + 1:-2] if line.strip()}


def chosen(name):
    return lambda now: any(line.startswith("▶ " + name + " ") for line in now.lines)


def at_rest(s, predicate, what):
    """The screen as it is when a frame is whole: the same twice, with nothing written between."""
    last = []

    def same(now):
        last.append(now.raw)
        return predicate(now) and last[-3:] == [now.raw] * 3
    return s.wait(same, what)


def words(now):
    return {w for row in now.rows for _, style in row for w in style.split()}


def test_themes_are_tried_and_kept():
    with temp_dir() as d:
        place = {"XDG_CONFIG_HOME": d}
        with Screen(SAMPLE, env=place) as s:
            ready(s)
            s.keys(":")
            s.wait_for("Commands: type to narrow")
            s.type("color")
            s.wait_for("another theme")
            s.keys("C-u")
            s.type("theme")
            s.wait_for(":theme")
            s.keys("Enter")
            now = at_rest(s, lambda now: "Themes: Enter keeps, Esc puts back default" in now.text, "the list")
            check_equal("themes", list(listed(now)), THEMES)
            check("in use" in listed(now)["default"] and "by its authors" in listed(now)["default"], now.text)
            check(chosen("default")(now), now.text)
            s.expect("themes_80x24", styled=True)
            plain = now.style_of("REFUSED")
            s.keys("G", "k", "k")
            now = at_rest(s, chosen("nord"), "nord selected")
            check(" on " in now.style_of("REFUSED") and now.style_of("REFUSED") != plain, now.styled())
            check("in use" in listed(now)["default"] and "in use" not in listed(now)["nord"], now.text)
            s.keys("Enter")
            now = at_rest(s, lambda now: "theme: nord; Ctrl-S saves it" in now.text, "nord")
            check(" on " in now.style_of("REFUSED"), now.styled())
            check(not os.path.exists(d + "/minnow/config"), "nothing is saved by itself")
            s.keys("T")
            s.wait_for("Esc puts back nord")
            s.keys("Escape")
            s.wait_gone("Themes:")
            s.keys("C-s")
            s.wait_for("settings are saved")
            check_equal("settings", open(d + "/minnow/config").read(), "theme = nord\n")
            s.keys("Q")
            check_equal("status", s.end(), 0)
            s.check_restored()
            check(b"\x1b[2J" not in s.written[1000:] and b"\x1b[J" not in s.written[1000:], "the screen is never cleared")
        with Screen(SAMPLE, env=place) as s:
            now = at_rest(s, lambda now: "cluster 1" in now.text, "the clusters")
            check(" on " in now.style_of("REFUSED"), now.styled())
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_ctrl_s_in_the_list_saves_what_is_seen():
    with temp_dir() as d, Screen(SAMPLE, env={"XDG_CONFIG_HOME": d}) as s:
        ready(s)
        s.keys("T")
        s.wait_for("Themes:")
        s.keys("Down")
        s.wait(chosen("gruvbox"), "gruvbox")
        s.keys("C-s")
        now = s.wait_for("settings are saved", "Esc puts back gruvbox")
        check("in use" in listed(now)["gruvbox"], now.text)
        check_equal("settings", open(d + "/minnow/config").read(), "theme = gruvbox\n")
        s.keys("Down", "q")
        s.wait_gone("Themes:")
        s.keys("T")
        s.wait_for("Esc puts back gruvbox")
        s.keys("Escape", "Q")
        check_equal("status", s.end(), 0)


# Terminals that are not installed everywhere: as in ncurses' own xterm-16color and xterm-direct.
TERMINFO = r"""
mn-16color|16 colours,
    colors#16, pairs#256,
    setab=\E[%?%p1%{8}%<%t4%p1%d%e10%p1%{8}%-%d%;m, setaf=\E[%?%p1%{8}%<%t3%p1%d%e9%p1%{8}%-%d%;m, use=xterm-256color,
mn-direct|all colours,
    RGB, colors#0x1000000, pairs#0x7FFF,
    setab=\E[%?%p1%{8}%<%t4%p1%d%e48;2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%d%;m,
    setaf=\E[%?%p1%{8}%<%t3%p1%d%e38;2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%d%;m, use=xterm-256color,
"""


def terminals(d):
    """(name, environment, a colour of nord's) of terminals with 8, 16, 256 and all colours."""
    if shutil.which("tic") is None:
        skip("no tic")
    subprocess.run(["tic", "-x", "-o", d + "/terminfo", write(d, "terminals", TERMINFO)], check=True, stderr=subprocess.DEVNULL)
    own = {"TERMINFO": d + "/terminfo", "TERMINFO_DIRS": d + "/terminfo:/lib/terminfo:/usr/share/terminfo"}
    return (("tmux-256color", {}, "on 236"), ("mn-16color", own, "on black"), ("linux", {}, "on black"), ("mn-direct", own, "on #2e3440"))


def check_nothing_is_left(term, env, nord):
    with Screen(SAMPLE, term=term, env=env) as s:
        ready(s)
        s.keys("Enter")
        s.wait_for("row 1 of 592", "×84" if term != "linux" else "row 1 of")
        before = at_rest(s, lambda now: now.lines[-1] != "", "the rows").styled()
        s.keys("T")
        s.wait(chosen("default"), "the list")
        looks = {}
        for name in THEMES[2:]:
            s.keys("Down")
            looks[name] = at_rest(s, chosen(name), name).styled()
        check(nord in looks["nord"], f"{term}: {nord} is not in\n{looks['nord']}")
        check_equal(f"themes that look the same on {term}", len(set(looks.values())), len(looks))
        for _ in range(50):
            s.keys(*["g", "G", "Up", "Up", "Down", "Up", "Down", "Up", "Down", "Down"])
        check_equal(f"the last theme on {term}", at_rest(s, chosen("solarized"), "the last").styled(), looks["solarized"])
        s.keys("Up", "Up")
        check_equal(f"nord on {term}", at_rest(s, chosen("nord"), "nord").styled(), looks["nord"])
        s.keys("Escape")
        check_equal(f"as before on {term}", at_rest(s, lambda now: "Themes:" not in now.text, "the rows").styled(), before)
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_nothing_is_left_of_a_theme():
    """Also not after 500 of them, and on terminals with 8, 16 and 256 colours and with all."""
    with temp_dir() as d:
        for terminal in terminals(d):
            check_nothing_is_left(*terminal)


def test_a_move_costs_a_screen_at_most():
    """Every cell changes its colours, and no more than that is sent."""
    with Screen(SAMPLE) as s:
        ready(s)
        s.keys("T")
        s.wait(chosen("default"), "the list")
        at_rest(s, chosen("default"), "the list")
        for name in THEMES[2:]:
            before = len(s.catch_up())
            s.keys("Down")
            at_rest(s, chosen(name), name)
            sent = s.catch_up()[before:]
            check(len(sent) < 6000, f"{len(sent)} bytes for {name}")
            check(b"\x1b[2J" not in sent and b"\x1b[J" not in sent, f"{name} clears the screen")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_mistakes_in_a_theme_are_said_in_the_list():
    with temp_dir() as d:
        bad = own_theme(d, "mine", "# mine, by night\n[roles]\nbar = mauve\nwhy = red\nspark = blue green red\n")
        many = own_theme(d, "worse", "# not of use\n" + "nonsense\n" * 40)
        own_theme(d, "dark", "# dark, in another way\n[roles]\ndefault = green\n")
        os.makedirs(d + "/minnow/themes/folder.theme")
        for size in (80, 24), (60, 16), (160, 50):
            with Screen(SAMPLE, width=size[0], height=size[1], env={"XDG_CONFIG_HOME": d}) as s:
                s.wait_for("cluster 1")
                s.keys("T", "g")
                now = at_rest(s, chosen("dark"), "the user's")
                check("yours" in listed(now)["dark"] and "green" in now.style_of("UPLOAD"), now.styled())
                check_equal("one dark", sum(line[2:].startswith("dark ") for line in now.lines), 1)
                s.keys("Down")
                now = s.wait(chosen("folder"), "a folder")
                check("folder.theme: not a regular file" in now.text.replace("\n   ", ""), now.text)
                s.keys("Enter")  # cannot be kept: the list stays
                s.wait(lambda now: now.text.count("Themes:") == 1 and "regular file" in now.lines[-2].replace("…", "regular file"), "said")
                s.keys("Down")
                now = at_rest(s, chosen("mine"), "mine")
                text = now.text.replace("\n   ", "")
                check(f"{bad}:3: no colour of the palette, and no attribute: 'mauve'" in text, now.text)
                check(f"{bad}:5: not bold" in text or "and 1 more" in text, now.text)
                check("by night" in now.text and "Themes:" in now.text, now.text)
                check("red" in now.style_of("10.20.1.23 (82"), "what is right counts")
                s.keys("Down")
                now = at_rest(s, chosen("worse"), "worse")
                text = now.text.replace("\n   ", "")
                check(f"{many}:2: expected NAME" in text, now.text)
                check(f"and {40 - text.count(': expected NAME')} more" in now.text, now.text)
                check("worse" in listed(now), "the list stays")
                s.keys("Escape", "Q")
                check_equal("status", s.end(), 0)


def test_a_file_is_in_the_list():
    with temp_dir() as d:
        path = write(d, "ember.theme", "# ember.theme, by fire\nbackground = dark\n[roles]\ndefault = #ff8700 #3a3a3a\n")
        with Screen("--theme=" + path, SAMPLE, env={"XDG_CONFIG_HOME": d}) as s:
            now = ready(s)
            fire = now.styled()
            s.keys("T")
            now = s.wait_for("a file", "ember.theme", "by fire", "in use")
            s.keys("G")
            s.wait(chosen("solarized"), "solarized")
            s.keys("Enter")
            s.wait_for("theme: solarized")
            s.keys("T", "g")
            now = s.wait(lambda now: any(line.startswith("▶") and "a file" in line for line in now.lines), "the file")
            check(" 1 more " in now.text, now.text)
            s.keys("Enter", "C-s")
            s.wait_for("settings are saved")
            check_equal("settings", open(d + "/minnow/config").read(), f"theme = {path}\n")
            s.keys("Down", "Up")
            at_rest(s, lambda now: now.styled() == fire, "as at first")
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_without_colours_the_list_works():
    ways = ((), dict(NO_COLOR="1"), "tmux-256color", "NO_COLOR is set"), (("--color=never",), {}, "tmux-256color", "colours are switched off"), \
        ((), {}, "vt100", "this terminal has no colours")
    for args, env, term, why in ways:
        with temp_dir() as d, Screen(*args, SAMPLE, env=dict(env, XDG_CONFIG_HOME=d), term=term) as s:
            s.wait_for("order: suspicion", "cluster 1")
            s.keys("T")
            now = s.wait_for("Themes:", f"{why}: the choice shows where there are colours")
            s.keys("G")
            now = s.wait(lambda now: listed(now).get("solarized", " ")[0] != " ", "the last")
            check(words(now) <= ATTRIBUTES, words(now))
            s.keys("Enter")
            s.wait_for("theme: solarized, where there are colours")
            s.keys("C-s")
            s.wait_for("settings are saved")
            check("theme = solarized\n" in open(d + "/minnow/config").read(), "kept for other terminals")
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_the_current_column_is_seen_without_colours():
    """`=`, `!` and `s` are about it."""
    for env, term in (dict(NO_COLOR="1"), "tmux-256color"), ({}, "vt100"):
        with Screen(SAMPLE, env=env, term=term) as s:
            ready(s)
            s.keys("Enter")
            now = s.wait_for("row 1 of 592")
            top = next(i for i, line in enumerate(now.lines) if line.startswith("ts ")) + 1
            for column in "id.orig_h", "id.resp_h", "id.resp_p", "conn_state":
                at = now.lines[top - 1].index(column)
                s.wait(lambda now: {"reverse", "bold", "underline"} <= set(now.style_at(at + 1, top).split()), column)
                s.keys("Right")
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_a_theme_is_chosen_while_a_log_is_read():
    with temp_dir() as d:
        log, text = Fifo(d), open(SAMPLE).read()
        with Screen(log.path) as s:
            log.write(text[:200000])
            s.wait_for("the first rows, while the log is being read")
            s.keys("T", "G")
            now = at_rest(s, chosen("solarized"), "solarized")
            check("the first rows" in now.text and " on " in now.style_of("the first rows"), now.styled())
            log.write(text[200000:])
            log.close()
            s.wait_for("conn, k=48", "Themes:")
            for size, there in ((59, 15), "too small"), ((60, 16), " 4 more "), ((120, 40), "Esc puts back default ─"):
                s.resize(*size)
                s.wait(lambda now: there in now.text and (size[0] < 60 or now.lines[-1].startswith(" F1 help")), f"{size}")
            s.keys("Escape")
            now = at_rest(s, lambda now: "Themes:" not in now.text, "the clusters")
            check(" on " not in now.style_of("order: suspicion"), now.styled())
            s.keys("Q")
            check_equal("status", s.end(), 0)


def test_the_mouse_tries_a_theme():
    with Screen("--mouse", SAMPLE) as s:
        ready(s)
        s.keys("T")
        now = s.wait(lambda now: chosen("default")(now) and "\n  nord " in now.text, "the list")
        row = next(i for i, line in enumerate(now.lines) if line.startswith("  nord "))
        for _ in range(2):
            s.type(f"\x1b[<0;6;{row + 1}M\x1b[<0;6;{row + 1}m")
            now = s.wait(lambda now: " on " in now.style_of("REFUSED"), "nord's ground")
        s.wait_for("theme: nord; Ctrl-S saves it")
        s.keys("Q")
        check_equal("status", s.end(), 0)


main(__name__)
