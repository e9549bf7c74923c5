#!/usr/bin/python3
"""The terminal driver itself: what it sees is what a program wrote."""

from tests.tui.harness import Failed, Screen, check, check_equal, main


def shell(script, **more):
    return Screen(command=["sh", "-c", script], **more)


def test_text_and_status():
    with shell("printf 'one\\n  two\\n'; read x; echo got $x; exit 7", width=20, height=5) as s:
        s.wait_for("two")
        s.type("a;b;")
        s.keys("Enter")
        now = s.wait_for("got")
        check_equal("lines", now.lines, ["one", "  two", "a;b;", "got a;b;", ""])
        check_equal("status", s.end(), 7)
        s.check_restored()
        check(b"got a;b;" in s.written, "the raw bytes are kept")


def test_styles():
    script = ("printf '\\033[1;31mred\\033[0m \\033[38;5;67;48;5;236mblue\\033[m "
              "\\033[7;38;2;1;2;3mrgb\\033[27m.\\033[m \\033[4;93mline\\033[24;39m!\\n'; read x")
    with shell(script, width=40, height=4) as s:
        now = s.wait_for("line!")
        check_equal("red", now.style_of("red"), "bold red")
        check_equal("blue", now.style_of("blue"), "67 on 236")
        check_equal("rgb", now.style_of("rgb"), "reverse #010203")
        check_equal("after rgb", now.style_of("."), "#010203")
        check_equal("line", now.style_of("line"), "underline bright-yellow")
        check_equal("after line", now.style_of("!"), "")
        check_equal("styled", now.styled().splitlines()[:2],
                    ["red blue rgb. line!", "~aaa bbbb cccd eeee"])


def test_size_and_resize():
    with shell("stty size; read x; stty size; read x", width=33, height=7) as s:
        s.wait_for("7 33")
        s.resize(50, 9)
        s.keys("Enter")
        s.wait_for("9 50")


def test_wide_characters_and_utf8():
    with shell("printf '\\346\\235\\261 \\342\\226\\210|\\n'; read x", width=20, height=3) as s:
        s.wait_for("東 █|")


def test_not_there_is_a_failure():
    with shell("echo here; read x", width=20, height=3) as s:
        s.wait_for("here")
        try:
            s.wait_for("elsewhere", patience=0.3)
        except Failed as problem:
            check("here" in str(problem), "the failure shows the screen")
        else:
            raise Failed("a text that is not there was found")


def test_killed_by_a_signal():
    with shell("echo $$; exec cat", width=20, height=3) as s:
        s.wait(lambda now: now.lines[0].isdigit())
        s.kill(15)
        check_equal("status", s.end(), 143)


main(__name__)
