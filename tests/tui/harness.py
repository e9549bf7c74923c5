"""minnow in a real terminal: tmux is the terminal, one server per test, a fixed size.

    from tests.tui.harness import *

    def test_rows():
        with Screen("data/sample.conn.log", width=80, height=24) as s:
            s.wait_for("rows")                       # until the text stands on the screen
            s.keys("Down", "Enter")                  # names as tmux has them; "j" types j
            s.wait(lambda now: now.lines[0].endswith("10 rows"))
            s.expect("rows_80x24")                   # whole screen equals tests/tui/expected/NAME
            s.keys("Q")
            check_equal("status", s.end(), 0)

    main(__name__)

Nothing here sleeps: what the program writes arrives on a pipe as well, and every wait captures the
screen, and when that is not yet what is waited for, blocks until the program has written more or
5 s (times SLOWER) have passed.
"""

import os
import select
import shlex
import signal
import subprocess
import time

from tests.tap import (MINNOW, MKCONN, ROOT, SANITIZE, SLOWER, Failed, check, check_equal,
                       check_file, main, shared, skip, temp_dir)

__all__ = ["MINNOW", "MKCONN", "ROOT", "SANITIZE", "SLOWER", "PATIENCE_S", "Failed", "Fifo", "Screen",
           "check", "check_equal", "check_file", "main", "shared", "skip", "temp_dir"]

PATIENCE_S = 5 * SLOWER
EXPECTED = ROOT / "tests/tui/expected"
COLORS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


class Snapshot:
    """What a terminal shows: lines (trailing blanks removed), text, cursor, size."""

    def __init__(self, raw, cursor):
        self.raw = raw  # with its colours, as SGR sequences
        self.cursor = cursor  # column, row, visible
        state = {}  # tmux writes what changes: a style goes on over the ends of lines
        self.rows = [parse_line(line, state) for line in raw.split("\n")]  # [(character, style)]
        self.lines = ["".join(c for c, _ in row).rstrip() for row in self.rows]
        self.text = "".join(line + "\n" for line in self.lines)

    def style_at(self, column, row):
        """The style of a cell: "bold red", "#5f87af on 236 reverse", "" for the terminal's own."""
        cells = self.rows[row]
        return cells[column][1] if column < len(cells) else ""

    def style_of(self, text, nth=0):
        """The style of the first cell of the n-th place where a text stands."""
        for row in self.rows:
            line = "".join(c for c, _ in row)
            at = line.find(text)
            while at >= 0:
                if nth == 0:
                    return row[at][1]
                nth -= 1
                at = line.find(text, at + 1)
        raise Failed(f"not on the screen: {text!r}\n{self.text}")

    def styled(self):
        """The screen with a line of letters below each line that has a style, and a legend."""
        legend, out = {}, []
        for line, row in zip(self.lines, self.rows):
            out.append(line)
            letters = ""
            for _, style in row:
                if style and style not in legend:
                    legend[style] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[len(legend)]
                letters += legend[style] if style else " "
            if letters.strip():
                out.append("~" + letters.rstrip())
        out += [f"{letter} = {style}" for style, letter in legend.items()]
        return "".join(line + "\n" for line in out)


def color_name(codes):
    """The colour behind SGR 38 or 48; takes its codes off the front."""
    if codes and codes[0] == 5:
        number = codes[1]
        del codes[:2]
        return str(number)
    rgb = codes[1:4]
    del codes[:4]
    return "#%02x%02x%02x" % tuple(rgb)


def apply_sgr(state, codes):
    codes = codes or [0]
    while codes:
        code = codes.pop(0)
        flags = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 5: "blink", 7: "reverse"}
        if code == 0:
            state.clear()
        elif code in flags:
            state[flags[code]] = True
        elif code == 22:
            state.pop("bold", None)
            state.pop("dim", None)
        elif 23 <= code <= 27:
            state.pop(flags.get(code - 20, ""), None)
        elif 30 <= code <= 37 or 90 <= code <= 97:
            state["fg"] = COLORS[code % 10] if code < 90 else "bright-" + COLORS[code % 10]
        elif 40 <= code <= 47 or 100 <= code <= 107:
            state["bg"] = COLORS[code % 10] if code < 100 else "bright-" + COLORS[code % 10]
        elif code in (38, 48):
            state["fg" if code == 38 else "bg"] = color_name(codes)
        elif code == 39:
            state.pop("fg", None)
        elif code == 49:
            state.pop("bg", None)


def style_text(state):
    words = [a for a in ("bold", "dim", "italic", "underline", "blink", "reverse") if state.get(a)]
    if "fg" in state:
        words.append(state["fg"])
    if "bg" in state:
        words += ["on", state["bg"]]
    return " ".join(words)


def parse_line(line, state=None):
    """A captured line as (character, style) cells. A combining character joins the one before.
    `state` is what the line before ended with, and becomes that of this one."""
    cells, i = [], 0
    state = {} if state is None else state
    while i < len(line):
        if line.startswith("\033[", i):
            end = i + 2
            while end < len(line) and not "@" <= line[end] <= "~":
                end += 1
            if line[end:end + 1] == "m":
                apply_sgr(state, [int(c or 0) for c in line[i + 2:end].replace(":", ";").split(";")])
            i = end + 1
        elif line[i] in "\016\017":  # line drawing on and off, for terminals without UTF-8
            i += 1
        else:
            cells.append((line[i], style_text(state)))
            i += 1
    return cells


class Screen:
    """minnow with ARGS in a terminal of its own. locale: LC_ALL; term: TERM; env: more variables
    (None removes one); shell=True starts an interactive bash instead, for Ctrl-Z and what the shell
    finds afterwards. inside=True lets the program know that it is inside tmux."""

    counter = 0

    def __init__(self, *args, width=80, height=24, locale="C.UTF-8", term="tmux-256color", env=None,
                 shell=False, cwd=ROOT, command=None, inside=False):
        self.args, self.width, self.height = [str(a) for a in args], width, height
        self.locale, self.term, self.env = locale, term, env or {}
        self.shell, self.cwd, self.command, self.inside = shell, cwd, command, inside
        self.written = bytearray()  # every byte that reached the terminal
        self.entered = False

    # ---- start and end ----

    def __enter__(self):
        Screen.counter += 1
        self.name = f"mn{os.getpid()}-{Screen.counter}"
        self._temp = temp_dir()
        self.dir = self._temp.__enter__()
        self.entered = True
        try:
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _start(self):
        fifo = f"{self.dir}/written"
        os.mkfifo(fifo)
        self.pipe = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        script = f"{self.dir}/start"
        with open(script, "w", encoding="utf-8", errors="surrogateescape") as out:
            out.write(self._script())
        size = ["-x", str(self.width), "-y", str(self.height)]
        self.tmux("new-session", "-d", *size, "-c", str(self.cwd), f"sh {script}", start=True)
        self.tmux("pipe-pane", "-O", f"exec cat >{fifo}")
        # The pipe has its writer before the program may write.
        deadline = time.monotonic() + PATIENCE_S
        self.tmux("wait-for", "-S", "go")
        self._deadline_check(deadline)

    def _script(self):
        settings = {"LC_ALL": self.locale, "TERM": self.term, "HOME": self.dir}
        if self.inside:
            settings["TMUX"] = "$TMUX"
        settings.update(self.env)
        words = ["env", "-i", f"PATH={os.environ['PATH']}"]
        words += [f"{n}={v}" for n, v in os.environ.items() if n.endswith("SAN_OPTIONS")]
        words += [f"{n}={v}" for n, v in settings.items() if v is not None]
        if self.shell:
            words += ["PS1=$ ", "PS2=", "HISTFILE=", f"MINNOW={MINNOW}", "bash", "--norc", "--noprofile", "-i"]
        else:
            words += self.command or [MINNOW, *self.args]
        quoted, known = "'TMUX=$TMUX'", '"TMUX=$TMUX"'
        return (f"cd {shlex.quote(str(self.cwd))}\n"
                f"{self._tmux_words()} wait-for go\n"
                f"stty -a >{self.dir}/stty.before\n"
                f"sh -c 'echo $$ >{self.dir}/pid; exec \"$@\"' x {shlex.join(words).replace(quoted, known)}\n"
                f"echo $? >{self.dir}/status\n"
                f"stty -a >{self.dir}/stty.after\n"
                f"{self._tmux_words()} wait-for -S ended\n"
                f"exec cat >/dev/null\n")

    def _tmux_words(self):
        return f"TMUX_TMPDIR={self.dir} LC_ALL=C.UTF-8 tmux -u -L {self.name}"

    def __exit__(self, *_):
        if not self.entered:
            return
        self.entered = False
        self.tmux("kill-server", ok=(0, 1))
        if hasattr(self, "pipe"):
            os.close(self.pipe)
        self._temp.__exit__(None, None, None)

    def tmux(self, *args, start=False, ok=(0,), timeout=None):
        """Runs a tmux command on this test's server and gives what it printed."""
        command = ["tmux", "-u", "-f", "/dev/null", "-L", self.name]
        if start:
            command += ["set", "-g", "default-terminal", "tmux-256color", ";",
                        "set", "-g", "status", "off", ";", "set", "-s", "escape-time", "0", ";",
                        "set", "-ga", "terminal-features", ",*:RGB", ";",
                        "set", "-g", "remain-on-exit", "on", ";"]
            command[6:6] = ["start-server", ";"]
        env = {n: v for n, v in os.environ.items() if n not in ("TMUX", "TMUX_PANE")}
        env.update(TMUX_TMPDIR=self.dir, LC_ALL="C.UTF-8", TERM="tmux-256color", SHELL="/bin/sh")
        done = subprocess.run(command + list(args), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=env, timeout=timeout or 30 * SLOWER, check=False)
        check(done.returncode in ok,
              lambda: f"tmux {args[0]}: {done.stderr.decode('utf-8', 'replace')}")
        return done.stdout.decode("utf-8", "surrogateescape")

    def end(self):
        """Waits for the program's end; gives its exit status (128 + n after signal n)."""
        try:
            self.tmux("wait-for", "ended", timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise Failed(f"the program did not end; the screen shows\n{self.snapshot().text}") from None
        self._drain()
        with open(f"{self.dir}/status", encoding="ascii") as status:
            return int(status.read())

    def check_restored(self):
        """After end(): the terminal's settings are as before, no alternate screen, a cursor."""
        before, after = (open(f"{self.dir}/stty.{when}", encoding="ascii").read()
                         for when in ("before", "after"))
        check_equal("the terminal's settings", after, before)
        modes = self.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag} #{mouse_any_flag} "
                          "#{keypad_cursor_flag}")
        check_equal("alternate screen, cursor, mouse, keypad", modes, "0 1 0 0\n")

    def pid(self):
        """The program's process id."""
        self.wait(lambda _: os.path.exists(f"{self.dir}/pid") and os.path.getsize(f"{self.dir}/pid"),
                  what="the program's start")
        with open(f"{self.dir}/pid", encoding="ascii") as pid:
            return int(pid.read())

    def kill(self, number=signal.SIGTERM):
        os.kill(self.pid(), number)

    # ---- keys ----

    def keys(self, *keys):
        """Keys as tmux names them (Enter, Up, PPage, C-c, F1) or single characters."""
        self.tmux("send-keys", *[("\\;" if k == ";" else k) for k in keys])

    def type(self, text):
        """Text, character by character; nothing in it is a key's name."""
        self.tmux("send-keys", "-l", "--", text if not text.endswith(";") else text[:-1] + "\\;")

    def paste(self, text):
        """Text as a bracketed paste, as a terminal sends it."""
        self.tmux("set-buffer", "-b", "p", "--", text)
        self.tmux("paste-buffer", "-p", "-d", "-b", "p")

    def resize(self, width, height):
        self.width, self.height = width, height
        self.tmux("resize-window", "-x", str(width), "-y", str(height))

    # ---- what is shown ----

    def snapshot(self):
        # Two commands in one call: nothing comes between screen and cursor.
        out = self.tmux("display-message", "-p", "#{cursor_x} #{cursor_y} #{cursor_flag}", ";",
                        "capture-pane", "-p", "-e", "-N")
        head, _, screen = out.partition("\n")
        column, row, visible = map(int, head.split())
        return Snapshot(screen.removesuffix("\n"), (column, row, visible == 1))

    def _drain(self):
        """Takes what the program has written; True when there was something."""
        new = False
        while select.select([self.pipe], [], [], 0)[0]:
            try:
                block = os.read(self.pipe, 65536)
            except BlockingIOError:
                break
            if not block:
                break
            self.written += block
            new = True
        return new

    def catch_up(self):
        """Until everything that the program has written so far is in `written`: a mark is written
        behind it, which the terminal does not show, and taken out again."""
        Screen.counter += 1
        mark = b"\033_%d\033\\" % Screen.counter
        tty = os.open(self.tmux("display-message", "-p", "#{pane_tty}").strip(), os.O_WRONLY | os.O_NOCTTY)
        try:
            os.write(tty, mark)
        finally:
            os.close(tty)
        deadline = time.monotonic() + PATIENCE_S
        while mark not in self.written:
            left = deadline - time.monotonic()
            check(left > 0, "what was written did not arrive")
            select.select([self.pipe], [], [], left)
            self._drain()
        at = self.written.find(mark)
        del self.written[at:at + len(mark)]
        return bytes(self.written)

    def _deadline_check(self, deadline):
        check(time.monotonic() < deadline, "the terminal did not start in time")

    def wait(self, predicate, what="the screen", patience=PATIENCE_S):
        """Captures until predicate(snapshot) is true and gives that snapshot."""
        deadline = time.monotonic() + patience
        while True:
            self._drain()
            now = self.snapshot()
            if predicate(now):
                return now
            left = deadline - time.monotonic()
            check(left > 0, lambda: f"waited {patience} s for {what}; the screen shows\n{now.text}")
            # A closed pipe is always readable: then only captures can tell.
            select.select([self.pipe], [], [], min(left, 0.25))

    def wait_for(self, *texts, patience=PATIENCE_S):
        """Until every text stands on the screen."""
        return self.wait(lambda now: all(t in now.text for t in texts), " and ".join(map(repr, texts)),
                         patience)

    def wait_gone(self, text, patience=PATIENCE_S):
        return self.wait(lambda now: text not in now.text, f"{text!r} to go", patience)

    def expect(self, name, styled=False, edit=None):
        """Until the whole screen equals tests/tui/expected/NAME.txt (styled: with its colours, see
        Snapshot.styled). `edit` changes the text before it is compared, such as a temporary path.
        MINNOW_UPDATE=1 writes the file: call wait_for before, so that the screen has settled."""
        path = EXPECTED / f"{name}.txt"
        show = (lambda now: now.styled()) if styled else (lambda now: now.text)
        edit = edit or (lambda text: text)
        if os.environ.get("MINNOW_UPDATE") != "1" and path.exists():
            expected = path.read_text(encoding="utf-8")
            try:
                return self.wait(lambda now: edit(show(now)) == expected, name)
            except Failed:
                pass  # compared below, for the difference
        now = self.snapshot()
        check_file(f"screen {name}", edit(show(now)), path)
        return now


class Fifo:
    """A FIFO held open by the test: the reader sees no end before close()."""

    def __init__(self, directory, name="fifo"):
        self.path = os.path.join(directory, name)
        os.mkfifo(self.path)
        self.fd = os.open(self.path, os.O_RDWR)

    def write(self, text):
        """Waits while nobody takes what is there."""
        left = memoryview(text.encode())
        while left:
            left = left[os.write(self.fd, left):]

    def close(self):
        os.close(self.fd)
