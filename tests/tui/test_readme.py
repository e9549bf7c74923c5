#!/usr/bin/python3
"""README shows the real screen: the picture in it is what a terminal of 80 columns shows, and the moving
one begins with what the program shows. MINNOW_UPDATE=1 draws both anew."""

import re
import xml.etree.ElementTree as ElementTree

from tests.tap import UPDATE
from tests.tui import demo
from tests.tui.harness import ROOT, Failed, Screen, check, check_equal, main

README = ROOT / "README.md"
DEMO = ROOT / "data/demo.svg"


def test_picture():
    text = README.read_text(encoding="utf-8")
    found = re.search(r"(<!-- screen begin -->\n)(.*?)(<!-- screen end -->\n)", text, re.S)
    check(found, "README has no marks for the picture")
    with Screen("-j1", "data/sample.conn.log", width=80, height=24) as s:
        def picture(now):
            return "```\n" + now.text.rstrip("\n") + "\n```\n"
        if UPDATE:
            last = s.wait_for("pairs", "quit")
        else:
            try:
                s.wait(lambda now: picture(now) == found[2])
                return
            except Failed:
                last = s.snapshot()
        if UPDATE:
            README.write_text(text[:found.start(2)] + picture(last) + text[found.end(2):],
                              encoding="utf-8")
        else:
            check_equal("the picture (MINNOW_UPDATE=1 draws it anew)", picture(last), found[2])


def test_demo_runs():
    """The script that makes the demo goes its way to the end, and what it draws is sound."""
    svg = demo.render(demo.frames())
    if UPDATE:
        DEMO.write_text(svg, encoding="utf-8")
    for text in (svg, DEMO.read_text(encoding="utf-8")):
        check(len(text.encode()) < 300_000, f"{len(text.encode())} bytes")
        root = ElementTree.fromstring(text)
        names = {element.tag.removeprefix(demo.SVG) for element in root.iter()}
        check(names <= {"svg", "title", "style", "defs", "g", "text", "rect", "circle", "use"}, f"elements {names}")
        check(all(use.get("href").startswith("#l") for use in root.iter(f"{demo.SVG}use")), "nothing from elsewhere")
        check("url(" not in text and "@import" not in text and " on" not in " ".join(root.attrib), "nothing runs")
        for n, (_, _, _, wanted) in enumerate(demo.STEPS):
            shown = demo.text_of(text, n)
            check(all(w in shown for w in wanted), f"frame {n} has not {wanted}\n{shown}")


def test_demo_begins_as_the_program_does():
    wanted = demo.text_of(DEMO.read_text(encoding="utf-8"))
    with Screen("-j1", "data/sample.conn.log", width=demo.COLS, height=demo.ROWS) as s:
        try:
            s.wait(lambda now: now.text == wanted)
        except Failed:
            check_equal("the demo's first frame (make svg draws it anew)", wanted, s.snapshot().text)


main(__name__)
