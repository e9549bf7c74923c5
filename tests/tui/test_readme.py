#!/usr/bin/python3
"""README shows the real screen: the picture in it is what a terminal of 80 columns shows.
MINNOW_UPDATE=1 draws it anew."""

import re

from tests.tap import UPDATE
from tests.tui.harness import ROOT, Failed, Screen, check, check_equal, main

README = ROOT / "README.md"


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


main(__name__)
