"""A program in a terminal of 30 lines and 120 columns: what it writes, when, and what then stands on
the screen.

Times are taken when bytes arrive, before they are understood. Only what ncurses and pagers write for
TERM=xterm-256color is understood; colours are passed over."""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

from tests.bench.measure import environment

LINES, COLUMNS = 30, 120
TOKEN = re.compile(r"\033\[([0-9;?>=]*)[ -/]*([@-~])|\033\][^\007\033]*(?:\007|\033\\)|\033[()*+].|\033([^\[\]()*+])|"
                   r"([\000-\037\177])|([^\000-\037\177]+)", re.DOTALL)
PARTIAL = re.compile(r"\033(?:\[[0-9;?>=]*[ -/]*|\][^\007\033]*\033?|[()*+])?$")


class Screen:
    """The characters of a terminal."""

    def __init__(self):
        self.rows = [[" "] * COLUMNS for _ in range(LINES)]
        self.x = self.y = 0
        self.top, self.bottom = 0, LINES - 1
        self.saved, self.last, self.rest = (0, 0), " ", ""
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def lines(self):
        return ["".join(row).rstrip() for row in self.rows]

    def feed(self, data):
        text = self.rest + self.decoder.decode(data)
        partial = PARTIAL.search(text)
        self.rest = text[partial.start():] if partial else ""
        for token in TOKEN.finditer(text, 0, partial.start() if partial else len(text)):
            parameters, final, escape, control, plain = token.groups()
            if plain:
                self.put(plain)
            elif control:
                self.control(control)
            elif final and not parameters.startswith(("?", ">", "=")):
                self.sequence([int(p or 0) for p in parameters.split(";")], final)
            elif escape == "M":
                self.reverse()
            elif escape == "7":
                self.saved = (self.x, self.y)
            elif escape == "8":
                self.x, self.y = self.saved

    def put(self, text):
        for character in text:
            if self.x >= COLUMNS:
                self.x = 0
                self.newline()
            self.rows[self.y][self.x] = character
            self.x += 1
        self.last = text[-1]

    def control(self, character):
        if character == "\r":
            self.x = 0
        elif character in "\n\v\f":
            self.newline()
        elif character == "\b":
            self.x = max(0, min(self.x, COLUMNS - 1) - 1)
        elif character == "\t":
            self.x = min(COLUMNS - 1, (self.x // 8 + 1) * 8)

    def newline(self):
        if self.y == self.bottom:
            self.scroll(self.top, self.bottom, 1)
        else:
            self.y = min(LINES - 1, self.y + 1)

    def reverse(self):
        if self.y == self.top:
            self.scroll(self.top, self.bottom, -1)
        else:
            self.y = max(0, self.y - 1)

    def scroll(self, top, bottom, n):
        """Lines top to bottom move up by n, or down by -n."""
        for _ in range(min(abs(n), bottom - top + 1)):
            if n > 0:
                del self.rows[top]
                self.rows.insert(bottom, [" "] * COLUMNS)
            else:
                del self.rows[bottom]
                self.rows.insert(top, [" "] * COLUMNS)

    def blank(self, y, start, end):
        self.rows[y][start:end] = [" "] * max(0, end - start)

    def sequence(self, p, final):
        n = max(1, p[0])
        if final in "Hf":
            self.y, self.x = min(LINES, n) - 1, min(COLUMNS, max(1, p[1] if len(p) > 1 else 1)) - 1
        elif final == "d":
            self.y = min(LINES, n) - 1
        elif final in "G`":
            self.x = min(COLUMNS, n) - 1
        elif final == "A":
            self.y = max(0, self.y - n)
        elif final in "Be":
            self.y = min(LINES - 1, self.y + n)
        elif final in "Ca":
            self.x = min(COLUMNS - 1, self.x + n)
        elif final == "D":
            self.x = max(0, self.x - n)
        elif final == "J":
            self.erase_below(p[0])
        elif final == "K":
            start, end = ((self.x, COLUMNS), (0, self.x + 1), (0, COLUMNS))[p[0] % 3]
            self.blank(self.y, start, end)
        elif final == "X":
            self.blank(self.y, self.x, min(COLUMNS, self.x + n))
        elif final == "b":
            self.put(self.last * n)
        elif final in "P@":
            self.shift(n if final == "P" else -n)
        elif final in "LM":
            self.scroll(self.y, self.bottom, n if final == "M" else -n)
        elif final in "ST":
            self.scroll(self.top, self.bottom, n if final == "S" else -n)
        elif final == "r":
            self.top, self.bottom = n - 1, (p[1] if len(p) > 1 and p[1] else LINES) - 1
            self.x = self.y = 0

    def erase_below(self, how):
        first, last = ((self.y + 1, LINES), (0, self.y), (0, LINES))[how % 3]
        for y in range(first, last):
            self.blank(y, 0, COLUMNS)
        if how == 0:
            self.blank(self.y, self.x, COLUMNS)
        elif how == 1:
            self.blank(self.y, 0, self.x + 1)

    def shift(self, n):
        row = self.rows[self.y]
        if n > 0:
            del row[self.x:self.x + n]
        else:
            row[self.x:self.x] = [" "] * -n
        self.rows[self.y] = (row + [" "] * COLUMNS)[:COLUMNS]


class Terminal:
    """    with Terminal(["less", path]) as t:
               seconds = t.until(lambda lines: "text" in lines[0])"""

    def __init__(self, command, home="/nonexistent"):
        env = environment(TERM="xterm-256color", HOME=home)
        self.screen, self.bytes = Screen(), 0
        self.start = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
                os.execvpe(command[0], command, env)
            finally:
                os._exit(127)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.fd)
        os.waitpid(self.pid, 0)

    def read(self, limit_s):
        """Waits for the next bytes and draws them: when they came, since the start; None when the time
        was over or the program has ended."""
        if not select.select([self.fd], [], [], max(0, limit_s))[0]:
            return None
        now = time.perf_counter() - self.start
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            return None
        self.bytes += len(data)
        self.screen.feed(data)
        return now

    def until(self, test, limit_s=30):
        """The time at which the screen's lines pass the test; None when they never do."""
        end = time.perf_counter() + limit_s
        while True:
            now = self.read(end - time.perf_counter())
            if now is None:
                return None
            if test(self.screen.lines()):
                return now

    def settle(self, quiet_s, limit_s=60):
        """Reads until nothing has come for a while: how many bytes came."""
        before, end = self.bytes, time.perf_counter() + limit_s
        while time.perf_counter() < end and self.read(quiet_s) is not None:
            pass
        return self.bytes - before

    def send(self, keys):
        os.write(self.fd, keys)
        return time.perf_counter() - self.start

    def memory(self, name):
        """VmRSS or VmHWM, in bytes."""
        with open(f"/proc/{self.pid}/status", encoding="ascii", errors="replace") as status:
            for line in status:
                if line.startswith(name + ":"):
                    return int(line.split()[1]) * 1024
        return 0

    def forget_peak(self):
        with open(f"/proc/{self.pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")
