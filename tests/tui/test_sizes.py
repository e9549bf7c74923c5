#!/usr/bin/python3
"""Every view at four sizes, in colour and without, in UTF-8 and without.

A view has one golden file, tests/tui/expected/sizes/VIEW.txt, with a part for each size: what stands there
in UTF-8, and at 80x24 also its colours. From it follows what the others must show: without colour the same
text and only attributes, in the C locale the same text with each glyph in its ASCII form. MINNOW_UPDATE=1
writes the files: read them.
"""

import re

from tests.tap import UPDATE
from tests.tui.harness import EXPECTED, ROOT, Failed, Screen, check, check_equal, main

SAMPLE = "data/sample.conn.log"
SIZES = ((80, 24), (120, 40), (200, 60), (60, 16))
START = (100, 30)  # none of them: each is come to by a resize
ATTRIBUTES = {"bold", "dim", "underline", "reverse"}

# The last size is the lowest: the way back to the first is seen when the last line is there.
# View, keys that lead there from the one before, what has come then, keys that lead back.
CLUSTERS = (
    ("clusters", (), ("order: suspicion", "cluster 1"), ()),
    ("choice", ("x",), ("leave out source",), ("Escape",)),
    ("opinion", ("b",), ("benign",), ("Escape",)),
    ("commands", (":",), ("type to narrow",), ("Escape",)),
    ("prompt", ("e",), ("to: cluster-1.csv",), ("Escape",)),
    ("help", ("?",), ("Keys: clusters",), ("q",)),
    ("features", ("f",), ("regularity",), ("q",)),
    ("ladder", ("K",), ("form again\n", "of 96\n"), ("q",)),
    ("files", ("F",), ("1 read",), ("q",)),
)
ROWS = (
    ("rows", ("Enter",), ("row 1 of 592", "×84"), ()),
    ("rows-help", ("?",), ("Keys: rows",), ("q",)),
    ("columns", ("c",), ("Space",), ("q",)),
    ("repeats", ("R",), ("rank",), ("q",)),
    ("row", ("Enter",), ("originator: who started it",), ()),
    ("card", ("a",), ("calls out",), ()),
)
CHARTS = (
    ("heat", ("v",), ("Rows of each cluster by",), ()),
    ("histogram", ("v",), (" apart, feature ",), ()),
    ("timeline", ("v",), ("by time", " min  2026"), ()),
    ("scatter", ("v",), ("brush: ",), ()),
)
PAIRS = (
    ("pairs", (), ("order: suspicion", "cluster 1"), ()),
    ("members", ("Enter",), ("(588 pairs)", "10.20.1.16 -> 198.19.1.53"), ()),
)
WALKS = {"clusters": ((), CLUSTERS), "rows": ((), ROWS), "charts": ((), CHARTS), "pairs": (("--unit=pair", "-k24"), PAIRS)}


def ascii_forms():
    """Glyphs and what stands for them, from the tables of the source."""
    forms = dict(re.findall(r'X\(\w+, "([^"]+)", +"([^"]+)"\)', (ROOT / "tui/text.h").read_text(encoding="utf-8")))
    source = (ROOT / "tui/text.c").read_text(encoding="utf-8")
    for blocks, ascii in re.findall(r"block\[\w*\] = \{(.*?)\};\s*static const char \*const ascii\[\w*\] = \{(.*?)\};", source, re.S):
        forms.update(zip(*(re.findall(r'"([^"]+)"', part) for part in (blocks, ascii))))
    forms.update(dict.fromkeys("▏▎▍▌▋▊▉", "|"), **{"×": "x", "±": "~"})
    check(len(forms) > 30 and forms["█"] == "#", f"glyphs: {forms}")
    return forms


def path_of(view):
    return EXPECTED / f"sizes/{view}.txt"


def part(size, text):
    return f"==== {size[0]}x{size[1]} ====\n{text}"


def parts_of(view):
    text = path_of(view).read_text(encoding="utf-8")
    found = re.split(r"^==== (\d+)x(\d+) ====\n", text, flags=re.M)[1:]
    return {(int(w), int(h)): body for w, h, body in zip(found[::3], found[1::3], found[2::3])}


def plain(body):
    """A part without its colours."""
    lines = body.splitlines()
    while lines and re.match(r"^\w = \w", lines[-1]):
        lines.pop()
    return "".join(line + "\n" for line in lines if not line.startswith("~"))


def at_rest(s):
    """The screen when it is whole and has not changed for a while."""
    last = []
    def same(now):
        last.append(now.raw)
        return len(last) > 3 and last[-3:] == [now.raw] * 3 and now.lines[-1] != ""
    return s.wait(same, "the screen at rest")


def look_at(s, view, size, change, colored):
    """Compares a view at a size. `change`: what becomes of the golden text; colored: its colours too."""
    s.resize(*size)
    body = parts_of(view)[size]
    exact = colored and size == SIZES[0]
    wanted = body if exact else change(plain(body))
    show = (lambda now: now.styled()) if exact else (lambda now: now.text)
    try:
        now = s.wait(lambda now: show(now) == wanted)
    except Failed:
        now = s.snapshot()
        check_equal(f"{view} at {size[0]}x{size[1]} (MINNOW_UPDATE=1 writes it)", show(now), wanted)
    if not colored:
        words = {w for row in now.rows for _, style in row for w in style.split()}
        check(words <= ATTRIBUTES, f"{view}: colours {words}")


def walk(views, args, change=lambda text: text, colored=True, sizes=SIZES, **how):
    """Goes through the views; gives the problems of all of them."""
    problems = []
    with Screen("-j1", *args, SAMPLE, width=START[0], height=START[1], **how) as s:
        s.wait_for("order: suspicion", "cluster 1")
        for view, keys, wanted, back in views:
            for key in keys:
                s.keys(key)
            s.wait_for(*map(change, wanted))
            if UPDATE and colored and "locale" not in how:
                found = []
                for size in SIZES:
                    s.resize(*size)
                    s.wait(lambda now: len(now.lines) == size[1], "the size")
                    now = at_rest(s)
                    found.append(part(size, now.styled() if size == SIZES[0] else now.text))
                path_of(view).parent.mkdir(exist_ok=True)
                path_of(view).write_text("".join(found), encoding="utf-8")
            else:
                for size in sizes:
                    try:
                        look_at(s, view, size, change, colored)
                    except Failed as problem:
                        problems.append(str(problem))
            s.resize(*START)  # what a view opens with may depend on the size
            s.wait(lambda now: len(now.lines) == START[1] and now.lines[-1] != "", "the screen at its first size")
            for key in back:
                s.keys(key)
        if "locale" in how:
            check(all(b < 0x80 for b in s.written), "bytes beyond ASCII")
    check(not problems, "\n".join(problems))


def to_ascii(text):
    forms = ascii_forms()
    return "".join(forms.get(c, c) for c in text)


MODES = {
    "in_colour": {},
    "without_colour": dict(colored=False, env={"NO_COLOR": "1"}, sizes=(SIZES[0], SIZES[3])),
    "in_the_c_locale_without_colour": dict(change=to_ascii, colored=False, locale="C", env={"NO_COLOR": "1"}),
    "in_the_c_locale": dict(change=to_ascii, locale="C", sizes=SIZES[1:]),
}


def tests():
    """A test for each mode and walk."""
    def test(walk_name, mode):
        args, views = WALKS[walk_name]
        if "locale" in MODES[mode]:  # braille has no one form in ASCII: test_scatter.py looks at that
            views = [view for view in views if view[0] != "scatter"]
        return lambda: walk(views, args, **MODES[mode])
    return {f"test_{name}_{mode}": test(name, mode) for mode in MODES for name in WALKS}


main(__name__, **tests())
