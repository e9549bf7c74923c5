"""Runs programs and measures them: wall time, CPU time, peak memory; and watches who else ran.

Two programs are compared in turn, A B A B: what disturbs the machine for a while disturbs both."""

import os
import re
import statistics
import subprocess
import threading
import time

ROUNDS = 5
LIMIT_S = 900  # a program that takes longer is killed, and its row has no figure
PROCESSORS = len(os.sched_getaffinity(0))
TICK = os.sysconf("SC_CLK_TCK")
FIGURE = re.compile(r"([\w-]+)=\s*(\S+)")


class NoFigure(Exception):
    """A row cannot be measured here; the text says why."""


class Missed(Exception):
    """The thing measured does not do what the row asks for; the text says what."""


class Run:
    """What one run took: wall and cpu in seconds, peak in bytes; out is what it printed."""

    def __init__(self, wall, cpu, peak, out):
        self.wall, self.cpu, self.peak, self.out = wall, cpu, peak, out

    def figures(self):
        return dict(FIGURE.findall(self.out))


def environment(**changes):
    """No settings of the user's, UTF-8."""
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "TERM": "dumb"}
    env.update(changes)
    return env


def run(command, env=None):
    """Runs a program to its end. Its peak is what the kernel counts as VmHWM, at least that of this
    harness, some 15 MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, env=env or environment())
    alarm = threading.Timer(LIMIT_S, process.kill)
    alarm.start()
    try:
        out = process.stdout.read().decode("utf-8", "replace")
    except BaseException:
        process.kill()
        raise
    finally:
        alarm.cancel()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode != 0:
        last = out.strip().splitlines()[-1:] or [f"status {process.returncode}"]
        raise NoFigure(f"{os.path.basename(command[0])} failed: {last[0][:200]}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, out)


def run_inside(command, env=None):
    """The same for a program that measures itself and prints `wall=` and `cpu=`: what it does before
    and after is not counted."""
    result = run(command, env)
    figures = result.figures()
    result.wall, result.cpu = float(figures["wall"]), float(figures["cpu"])
    return result


def in_turn(*things, rounds=ROUNDS, warm=True):
    """Lists of runs, one for each thing (a function that returns a Run), taken in turn. Each thing
    runs once before, not counted, so that files and programs are in memory."""
    if warm:
        for thing in things:
            thing()
    lists = [[] for _ in things]
    for _ in range(rounds):
        for thing, runs in zip(things, lists):
            runs.append(thing())
    return lists


def median(numbers):
    return statistics.median(numbers)


def spread(numbers):
    """How far the runs lie apart, as a share of the median."""
    middle = median(numbers)
    return (max(numbers) - min(numbers)) / middle if middle else 0.0


class Watch:
    """How much of the processors others took since it was made: other programs, and the host that
    this machine may be a guest of."""

    def __init__(self):
        self.start = self.read()

    @staticmethod
    def read():
        with open("/proc/stat", encoding="ascii") as stat:
            user, nice, system, _idle, _wait, irq, soft, steal = map(int, stat.readline().split()[1:9])
        own = os.times()
        return (time.monotonic(), (user + nice + system + irq + soft) / TICK, steal / TICK,
                own.user + own.system + own.children_user + own.children_system)

    def others(self):
        """The share of all processors, 0 to 1. Children count as ours once they have ended."""
        now = self.read()
        elapsed, busy, stolen, own = (b - a for a, b in zip(self.start, now))
        if elapsed <= 0:
            return 0.0
        return max(0.0, busy - own + stolen) / (elapsed * PROCESSORS)
