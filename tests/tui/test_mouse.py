"""The mouse (--mouse): clicks and the wheel, also inside tmux, and what must do nothing."""
import os
import signal

from tests.tui.harness import *

SAMPLE = str(ROOT / "data/sample.conn.log")
ON, OFF = b"\x1b[?1000h\x1b[?1006h", b"\x1b[?1006l\x1b[?1000l"
WIDE = {"width": 160, "height": 40}


def ready(s):
    return s.wait_for("order: suspicion", "cluster 1 ")


def send(s, text):
    """Bytes as the terminal would send them, in one piece."""
    s.tmux("send-keys", "-H", *[f"{byte:02x}" for byte in text.encode("latin-1")])


def click(s, row, column, button=0, end="M"):
    send(s, f"\x1b[<{button};{column + 1};{row + 1}{end}")


def place(s, text, nth=0):
    """Row and column of a text on the screen."""
    found = [(row, line.index(text)) for row, line in enumerate(s.snapshot().lines) if text in line]
    check(len(found) > nth, f"{text!r} is not on the screen: {s.snapshot().text}")
    return found[nth]


def selected(s):
    return next((row for row, line in enumerate(s.snapshot().lines) if line.startswith("▶")), None)


def test_the_chart():
    with Screen("--mouse", SAMPLE, **WIDE) as s:
        ready(s)
        click(s, 5, 30)
        s.wait(lambda now: now.lines[5].startswith("▶"), "the line that was clicked")
        s.wait_for("─ cluster 3 ")  # what stands below follows
        check("row 1 of" not in s.snapshot().text, "one click opens nothing")
        click(s, 5, 40, 0, "m")
        click(s, 5, 40)
        s.wait_for("row 1 of 691", "› 3 (691)")
        click(s, *place(s, "sample.conn.log"))  # the path leads back
        s.wait_for("─ cluster 3 ")
        click(s, 2, 10)  # the headings
        s.wait_for("order: size")
        click(s, *place(s, "F1 help"))
        s.wait_for("Keys: clusters")
        click(s, *place(s, "q back"))
        s.wait_for("order: size")
        click(s, *place(s, "q quit"))
        check_equal("status", s.end(), 0)
        s.check_restored()


def test_rows():
    with Screen("--mouse", SAMPLE, **WIDE) as s:
        ready(s)
        s.keys("Down", "Down", "Enter")
        s.wait_for("row 1 of 691")
        click(s, 6, place(s, "duration")[1])
        s.wait_for("row 4 of 691")
        s.keys("y")  # the cell under the pointer
        s.wait_for("copied the cell")
        row, column = place(s, "duration")
        click(s, row, column)
        s.wait_for("sorted by duration, ascending")
        click(s, row, column)
        s.wait_for("sorted by duration, descending")
        send(s, "\x1b[<65;10;10M")
        s.wait_for("row 4 of 691")
        send(s, "\x1b[<64;10;10M")
        s.wait_for("row 1 of 691")
        click(s, 8, 50)
        s.wait_for("row 6 of 691")
        click(s, 8, 60)
        s.wait_for("› row ", "when the first packet was seen")
        click(s, *place(s, "id.orig_h"))
        s.wait(lambda now: any(line.startswith("▶id.orig_h") for line in now.lines))
        click(s, *place(s, "id.orig_h"))
        s.wait_for("peers")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_lists_and_prompts():
    with Screen("--mouse", SAMPLE, **WIDE) as s:
        ready(s)
        click(s, *place(s, "x exclude"))
        s.wait_for("1  leave out cluster 1")
        row, column = place(s, "3  leave out source")
        click(s, row, column)
        s.wait(lambda now: now.lines[row].startswith(" ▶"))
        click(s, row, column)
        s.wait_for("1 excluded (x)")
        # While a line is typed, clicks do nothing; in the list of commands they choose.
        s.keys("/")
        s.wait_for("Esc cancels")
        s.type("udp")
        s.wait_for("udp")
        click(s, 5, 30)
        click(s, *place(s, "conn, k="))
        send(s, "\x1b[<64;10;10M")
        s.keys("Enter")
        s.wait_gone("Esc cancels")
        s.keys(":")
        s.wait_for("type to narrow")
        s.type("heat")
        row, column = s.wait(lambda now: "heat map" in now.lines[2]) and (2, 10)
        click(s, row, column)
        click(s, row, column)
        s.wait_gone("type to narrow")
        s.wait_for("conn_state")
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_broken_and_hostile_reports():
    with Screen("--mouse", SAMPLE, **WIDE) as s:
        ready(s)
        before = s.wait_for("q quit").lines
        for text in ("\x1b[<0;0;0M", "\x1b[<0;999;999M", "\x1b[<;;M", "\x1b[<M", "\x1b[<0;10M", "\x1b[<0;10;10;10M",
                     "\x1b[<99999999999999999999;1;1M", "\x1b[<0;4294967297;6M", "\x1b[<-1;5;6M", "\x1b[<1;30;6M",
                     "\x1b[<2;30;6M", "\x1b[<4;30;6M", "\x1b[<16;30;6M", "\x1b[<32;30;6M", "\x1b[<35;30;6M",
                     "\x1b[<66;30;6M", "\x1b[<128;30;6M", "\x1b[<0;30;6m", "\x1b[M !!", "\x1b[M\x7f\x7f\x7f",
                     "\x1b[<" + "1;" * 500 + "M", "\x1b[<0;30;6Q"):
            send(s, text)
        send(s, "\x1b[<0;3")  # half a report; the next one is whole
        send(s, "\x1b[<0;31;6M")
        s.wait(lambda now: now.lines[5].startswith("▶"))
        s.wait_for("─ cluster 3 ")
        now = s.snapshot()
        check_equal("the chart", now.lines[4][1:], before[4][1:])
        check_equal("the path", now.lines[0], before[0])
        check("does nothing" not in now.text, now.text)
        # A paste with a report in it is a paste.
        s.paste("10.20.\x1b[<0;31;5M1.23")
        s.wait(lambda now: now.lines[0] != before[0] or "not in this log" in now.text or "10.20." in now.lines[-2])
        s.keys("Escape", "Q")
        check_equal("status", s.end(), 0)


def test_in_pieces():
    with Screen("--mouse", SAMPLE, **WIDE) as s:
        ready(s)
        for row, pieces in ((4, ["\x1b[<", "0;30", ";5", "M"]), (5, list("\x1b[<0;30;6M")[2:]), (6, ["\x1b", "[<0;30;7M"]),
                            (7, ["\x1b[", "<0;30;8M"])):
            if len(pieces) > 4:
                pieces[0] = "\x1b[" + pieces[0]
            for piece in pieces:
                send(s, piece)
            s.wait(lambda now: now.lines[row].startswith("▶"), f"line {row} to be selected by {pieces}")
            check("does nothing" not in s.snapshot().text, s.snapshot().text)
        s.keys("Q")
        check_equal("status", s.end(), 0)


def test_without_it():
    with Screen(SAMPLE, **WIDE) as s:
        ready(s)
        click(s, 5, 30)
        send(s, "\x1b[<65;10;10M")
        s.keys("s")
        s.wait_for("order: size")
        check_equal("selected", selected(s) is not None and "does nothing" not in s.snapshot().text, True)
        s.keys("Q")
        check_equal("status", s.end(), 0)
        check(b"\x1b[?100" not in s.catch_up(), "no mouse is asked for")


def test_every_way_out_turns_it_off():
    for number in None, signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGSEGV, signal.SIGABRT, signal.SIGQUIT:
        with Screen("--mouse", SAMPLE, env={"ASAN_OPTIONS": "handle_segv=0:handle_abort=0"}, **WIDE) as s:
            ready(s)
            check_equal("mouse", s.tmux("display-message", "-p", "#{mouse_any_flag} #{mouse_sgr_flag}"), "1 1\n")
            if number is None:
                s.keys("Q")
            else:
                s.kill(number)
            s.end()
            s.check_restored()
            written = s.catch_up()
            check(written.count(ON) == 1 and written.rfind(OFF) > written.find(ON), f"after {number}")


def test_suspended():
    with Screen(shell=True, **WIDE) as s:
        s.wait_for("$")
        s.type(f"$MINNOW --mouse {SAMPLE}")
        s.keys("Enter")
        ready(s)
        flag = ("display-message", "-p", "#{mouse_any_flag}")
        check_equal("mouse", s.tmux(*flag), "1\n")
        s.keys("C-z")
        s.wait_for("Stopped")
        check_equal("mouse", s.tmux(*flag), "0\n")
        s.type("fg")
        s.keys("Enter")
        s.wait(lambda now: "cluster 1 " in now.text and s.tmux(*flag) == "1\n")
        click(s, 5, 30)
        s.wait_for("─ cluster 3 ")
        s.keys("Q")
        s.wait(lambda now: s.tmux(*flag) == "0\n")


def test_by_the_settings():
    with temp_dir() as d:
        os.makedirs(d + "/minnow")
        with open(d + "/minnow/config", "w") as f:
            f.write("mouse = yes\n")
        with Screen(SAMPLE, env={"XDG_CONFIG_HOME": d}, **WIDE) as s:
            ready(s)
            check_equal("mouse", s.tmux("display-message", "-p", "#{mouse_any_flag}"), "1\n")
            s.keys("Q")
            check_equal("status", s.end(), 0)
        for args, flag in ((("--no-mouse",), "0\n"), (("--mouse", "--no-mouse"), "0\n"), (("--no-mouse", "--mouse"), "1\n")):
            with Screen(*args, SAMPLE, env={"XDG_CONFIG_HOME": d}, **WIDE) as s:
                ready(s)
                check_equal(f"mouse with {args}", s.tmux("display-message", "-p", "#{mouse_any_flag}"), flag)
                s.keys("C-s")
                s.wait_for("settings are saved")
                check_equal("saved", open(d + "/minnow/config").read(), f"mouse = {'yes' if flag == '1' + chr(10) else 'no'}\n")
                s.keys("Q")
                check_equal("status", s.end(), 0)


main(__name__)
