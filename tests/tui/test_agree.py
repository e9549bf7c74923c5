#!/usr/bin/python3
"""Everything that is generated from the tables of keys and options says the same: the help screens, the
palettes, the function-key bars, --help, the man page and the completions."""

import re
import subprocess

from tests.cli.test_manual import table
from tests.tui.harness import MINNOW, ROOT, Screen, check, check_equal, main

SAMPLE = "data/sample.conn.log"
SIZE = dict(width=200, height=160)  # nothing is cut, nothing scrolls
# A view, the keys that lead there from the clusters, what has come then.
WAYS = {
    "CLUSTERS": ((), "cluster 1"), "ROWS": (("Enter",), "row 1 of"), "ROW": (("Enter", "Enter"), "originator: who started it"),
    "ADDRESS": (("Enter", "Enter", "a"), "calls out"), "REPEATS": (("Enter", "R"), "rank"),
    "COLUMNS": (("Enter", "c"), "columns are shown"), "CHOICE": (("x",), "leave out source"), "FEATURES": (("f",), "regularity"),
    "HEAT": (("v",), "by how connections went"), "FILES": (("F",), "1 read"), "LADDER": (("K",), "of 96\n"),
    "HELP": (("?",), "Keys: clusters"), "HISTOGRAM": (("v", "v"), " apart, feature "),
    "TIMELINE": (("v", "v", "v"), "Rows of each "), "SCATTER": (("v", "v", "v", "v"), "brush: "),
    "THEMES": (("T",), "Themes: Enter keeps"),
}
PAIRS = {"MEMBERS": (("Enter",), "pair        ")}  # where a cluster is of pairs
NOT_IN_PALETTE = {"CHOOSE", "COMMANDS", "ESCAPE"}  # they mean something in a list only, or lead to the palette


def groups():
    """Views by the name of each mask: one for a view, several for IN_LISTS and the like."""
    body = re.search(r"^enum where \{(.*?)^\};", (ROOT / "tui/keys.h").read_text(), re.M | re.S)[1]
    found = {}
    for name, value in re.findall(r"IN_(\w+) = ([^,]+),", body):
        names = re.findall(r"IN_(\w+)", value)
        found[name] = set().union(*(found[n] for n in names)) if names else {name}
    return found


def commands():
    """(id, keys, views, label, sentence) of every command."""
    masks, found = groups(), []
    for c in table("tui/keys.h", "COMMANDS"):
        name, keys, where, label, text = c if len(c) == 5 else [*c[:3], "", c[3]]  # table() leaves out what is empty
        found.append((name, keys, set().union(*(masks[w] for w in re.findall(r"IN_(\w+)", where))), label, text))
    return found


def of_view(view):
    found = [c for c in commands() if view in c[2]]
    check(len(found) > 8, f"{len(found)} commands in {view}")
    return found


def squeezed(text):
    return " ".join(text.split())


def go(s, ways, view):
    s.wait_for("k=48", "cluster 1")
    keys = ways[view][0]
    for n in range(1, len(keys) + 1):  # each view on the way has come before the next key
        s.keys(keys[n - 1])
        s.wait_for(*(there for way, there in ways.values() if way == keys[:n]))


def lines_of(now):
    return [squeezed(line.replace("\u25b6", " ")) for line in now.lines]


def check_bar(view, now):
    bar = squeezed(now.lines[-1])
    for name, keys, _, label, _ in of_view(view):
        if label and name != "BACK":
            check(f"{keys.split()[0]} {label}" in bar, f"{name} is not in the bar of {view}: {bar}")


def check_palette(view, now):
    wanted = [squeezed(f"{keys} {sentence}") for name, keys, _, _, sentence in of_view(view) if name not in NOT_IN_PALETTE]
    check_equal(f"the palette of {view}", sorted(line for line in lines_of(now)[2:-2] if line), sorted(wanted))


def check_help(view, now):
    text = squeezed(now.text.replace("\u25b6", " "))
    for name, keys, _, _, sentence in of_view(view):
        check(squeezed(f"{keys} {sentence}") in text, f"{name} ({keys}) is not in the help of {view}\n{now.text}")


def test_each_view_says_what_its_keys_do():
    """On its bar, in its palette and in its help."""
    check_equal("views that are looked at", {*WAYS, *PAIRS, "COMMANDS"}, {v for c in commands() for v in c[2]})
    for view in (*WAYS, *PAIRS):
        args = ["--unit=pair"] if view in PAIRS else []
        with Screen(*args, SAMPLE, **SIZE) as s:
            go(s, PAIRS if view in PAIRS else WAYS, view)
            check_bar(view, s.wait(lambda now: now.lines[-1] != "", "the bar"))
            s.keys(":")
            check_palette(view, s.wait_for("type to narrow", "Enter runs   Esc cancels"))
            s.keys("Escape")
            s.wait_gone("type to narrow")
            if view not in ("HELP", "CHOICE"):
                s.keys("?")
                check_help(view, s.wait_for("Keys: ", "Fields of a conn log"))


def test_the_man_page_has_every_command_and_option():
    page = subprocess.run(["mandoc", "-T", "ascii", str(ROOT / "man/minnow.1")], check=True, stdout=subprocess.PIPE).stdout.decode()
    text = squeezed(re.sub(".\b", "", page))
    for name, keys, _, _, sentence in commands():
        check(squeezed(sentence) in text, f"{name} ({keys}): {sentence!r} is not in the man page")
    helped = subprocess.run([MINNOW, "--help"], check=True, stdout=subprocess.PIPE).stdout.decode()
    options = {(c[1] if len(c) > 3 and len(c[1]) == 1 else "", next(w for w in c[1:] if len(w) > 1 or w == "k")) for c in
               ([w.strip("'") for w in row] for row in table("tui/cli.h", "CLI_OPTIONS"))}
    check(len(options) > 30, options)
    scripts = {shell: subprocess.run([MINNOW, f"--completion={shell}"], check=True, stdout=subprocess.PIPE).stdout.decode()
               for shell in ("bash", "zsh", "fish")}
    for _, name in options:
        check(f"--{name}" in helped, f"--{name} is not in --help")
        check(f"--{name}" in text, f"--{name} is not in the man page")
        check(f"--{name}" in scripts["bash"] and f"--{name}" in scripts["zsh"] and f"-l {name} " in scripts["fish"],
              f"--{name} is not completed")


main(__name__)
