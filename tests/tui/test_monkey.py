"""A monkey at the keyboard: tens of thousands of random keys, pastes and window sizes, while logs load,
cluster and are written. minnow must answer at the end, leave when asked, and report nothing.

The terminal is a pseudo-terminal of the test's own, so that keys come as fast as they are taken.
"""

import fcntl
import os
import pty
import random
import select
import shutil
import signal
import struct
import tempfile
import termios
import time

from tests.cli.harness import environment, for_nobody, generate
from tests.tap import MINNOW, ROOT, SLOWER, check, check_equal, main
from tests.tui.harness import Screen

KEYS = int(os.environ.get("MINNOW_MONKEY_KEYS", "16000"))  # in each of three runs
FRAMES = 30
PATIENCE_S = 20 * SLOWER
WELL = (0, 2, 3, 130)  # left with clusters; with a recipe or rows that give none; with a load that was stopped

# Weighted: what moves and opens more often than what asks for a name. Q, F10 and Ctrl-Z are left out.
PLAIN = list("jjjjkkkkllhhGg" "\r\r\r\r\r\r" "aRsSzxbfvKFc+-LrtnN*&=!\\uyYJ:/?eE1234567890 d<>w{}[]| cFaMU  wJ")
SPECIAL = ["q", "q", "\x1b", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~", "\x1b[6~", "\x1bOP", "\x1bOR", "\x0c", "\x03",
           "\x04", "\x15", "\t", "\x7f", "\x1b[200~10.20.1.23\x1b[201~", "\x1b[200~\x1b[31mq\nQ\n\x1b[201~",
           "src:10.20.0.0/16\r", "conn_state=S0\r", "é", "\x1b[M !!", "\x1b[<0;10;10M", "\xff", "\x1b[99;99;99~",
           "\x1b[<0;3;1M", "\x1b[<0;5;30M", "\x1b[<65;9;9M", "\x1b[<64;9;9M", "\x1b[<0;", "\x1b[<0;40;9M\x1b[<0;40;9M", "\x13",
           *(f"\x1b[<0;{col};{row}M" for col in (2, 20, 60, 90) for row in (2, 3, 4, 7, 12, 20))]


WORK = ("collecting rows ...", "working ...", "counting ...", "Ctrl-C stops it")


def at_rest(s):
    """The screen when it is whole and has not changed for a while."""
    last, need = [], 2 + SLOWER // 2
    def same(now):
        last.append(now.raw)
        return (len(last) > 2 and last[-need:] == [now.raw] * need and now.lines[0] != "" and now.lines[-1] != "" and
                not any(work in now.text for work in WORK))
    return s.wait(same, "the screen at rest")


class Monkey:
    """minnow on a terminal of its own, and what it wrote last."""

    def __init__(self, place, *args):
        self.args, self.place = args, place
        self.starts = 0
        self.start()

    def start(self):
        self.starts += 1
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            env = environment(TERM="xterm-256color", HOME=self.place, TMPDIR=self.place, XDG_CONFIG_HOME=None)
            os.chdir(self.place)
            command = [for_nobody(MINNOW), *self.args]
            if os.geteuid() == 0:  # whatever is typed for a name is written where nobody may
                os.fchown(0, 65534, 65534)
                command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
            os.execvpe(command[0], command, env)
        os.set_blocking(self.fd, False)
        quiet = termios.tcgetattr(self.fd)
        quiet[3] &= ~(termios.ISIG | termios.ICANON | termios.ECHO)  # keys behind a q are nobody's then
        termios.tcsetattr(self.fd, termios.TCSANOW, quiet)
        self.resize(100, 30)
        self.tail = b""
        check(self.wait_for_screen(), f"it does not start; it wrote\n{self.tail[-3000:]!r}")

    def wait_for_screen(self):
        """Until the line of keys is drawn; False when it has ended before."""
        deadline = time.monotonic() + PATIENCE_S
        while b"F1" not in self.tail:
            if not self.read(0.05):
                return False
            check(time.monotonic() < deadline, f"it does not draw; it wrote last\n{self.tail[-3000:]!r}")
        return True

    def resize(self, cols, rows):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def read(self, timeout):
        """Takes what was written; False when the terminal is closed."""
        ready, _, _ = select.select([self.fd], [], [], timeout)
        if not ready:
            return True
        try:
            data = os.read(self.fd, 1 << 16)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self.tail = (self.tail + data)[-20000:]
        return data != b""

    def send(self, text):
        """Gives all bytes, taking what is written meanwhile. False when it has ended."""
        data = text.encode("utf-8", "surrogateescape")
        deadline = time.monotonic() + PATIENCE_S
        while data:
            check(time.monotonic() < deadline, "it takes no keys any more")
            if not self.read(0):
                return False
            try:
                data = data[os.write(self.fd, data):]
            except BlockingIOError:
                self.read(0.05)
            except OSError:
                return False
        return True

    def status(self):
        """Waits for its end."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            self.read(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid != 0:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                check(False, f"it does not end; it wrote last\n{self.tail[-3000:]!r}")


def play(seed, place, *args):
    rng = random.Random(seed)
    m = Monkey(place, *args)
    sent = 0
    while sent < KEYS:
        n = rng.choice((1, 5, 40, 200))
        keys = [rng.choice(PLAIN) if rng.random() < 0.93 else rng.choice(SPECIAL) for _ in range(n)]
        alive = m.send("".join(keys))
        sent += n
        if alive and rng.random() < 0.06:
            m.resize(rng.choice((1, 20, 59, 60, 80, 133, 250, 1000)), rng.choice((1, 5, 15, 16, 24, 50, 120, 500)))
        if alive and rng.random() < 0.4:  # let it draw, and its jobs end, now and then
            alive = m.read(0.04) and m.read(0.04)
        if not alive:  # q on the first screen; nobody got the keys behind it
            sent -= n // 2
            status = m.status()
            check(status in WELL, f"seed {seed}: status {status} after {sent} keys; it wrote last\n{m.tail[-3000:]!r}")
            m.start()
    # And now it must still be what it was.
    m.resize(100, 30)
    m.tail = b""
    if not m.send("\x1b\x1b\x1b\x0c") or not m.wait_for_screen():
        check(m.status() in WELL, f"seed {seed}: not well at the end")  # a q was among the last keys
        m.start()
    m.send("\x1bQy")
    status = m.status()
    check(status in WELL, f"seed {seed}: status {status} at the end; it wrote last\n{m.tail[-3000:]!r}")


def in_a_place(seed, log, *args):
    place = tempfile.mkdtemp(prefix="mn-monkey-", dir="/tmp")
    try:
        os.chmod(place, 0o777)
        os.chmod(shutil.copy(log, place), 0o644)
        play(seed, place, *args, os.path.join(place, os.path.basename(log)))
    finally:
        shutil.rmtree(place, True)


def test_on_the_sample():
    in_a_place(1, ROOT / "data/sample.conn.log", "-k", "8")


def test_by_pairs():
    in_a_place(2, ROOT / "data/sample.conn.log", "-k", "6", "--unit=pair", "--mouse")


def test_on_a_log_that_takes_time():
    with tempfile.TemporaryDirectory(prefix="mn-") as d:
        path = os.path.join(d, "big.log")
        generate(path, "--rows=60000", "--seed=5", "--mix=all")
        in_a_place(3, path, "--mouse", "--resume")


def test_no_frame_is_broken():
    """What random keys and sizes leave on the screen is what drawing it anew shows: only differences are sent,
    and none is forgotten."""
    rng = random.Random(4)
    keys = [k for k in PLAIN if k not in "eESJK"]  # no files, no jobs that go on
    with Screen("-k8", ROOT / "data/sample.conn.log", width=100, height=30) as s:
        s.wait_for("k=8", "cluster 1")
        for _ in range(FRAMES):
            s.resize(rng.choice((60, 80, 101, 133, 190)), rng.choice((16, 24, 31, 50)))
            for _ in range(rng.randrange(3)):
                s.type("".join(rng.choice(keys) for _ in range(rng.randrange(1, 9))).replace("\r", ""))
                s.keys("Enter" if rng.random() < 0.4 else rng.choice(("Down", "PPage", "Escape", "NPage", "Right")))
            s.keys("Escape", "Escape")
            drawn = at_rest(s)
            s.keys("C-l")
            anew = at_rest(s)
            # The last two lines may say something else after a key.
            check_equal(f"a screen of {s.width}x{s.height}", drawn.text.rsplit("\n", 3)[0], anew.text.rsplit("\n", 3)[0])


main(__name__)
