"""Batch runs of minnow: start it, compare what it printed, wrote and returned, exactly.

    from tests.cli.harness import *

    def test_version():
        expect(run("--version"), out="minnow 0.1.0\\n")

    main(__name__)
"""

import atexit
import os
import shutil
import subprocess
import tempfile

from tests.tap import (MINNOW, MKCONN, ROOT, SANITIZE, SLOWER, Failed, check, check_equal,
                       check_file, main, shared, skip, temp_dir)

__all__ = ["MINNOW", "MKCONN", "ROOT", "SANITIZE", "SLOWER", "Failed", "Result", "check",
           "check_equal", "check_file", "conn_log", "environment", "expect", "generate", "main",
           "run", "shared", "skip", "temp_dir", "write"]

HEADER = ("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
          "#path\tconn\n")
FIELDS = {  # name: type, in Zeek's order
    "ts": "time", "uid": "string", "id.orig_h": "addr", "id.orig_p": "port", "id.resp_h": "addr",
    "id.resp_p": "port", "proto": "enum", "service": "string", "duration": "interval",
    "orig_bytes": "count", "resp_bytes": "count", "conn_state": "string", "orig_pkts": "count",
    "resp_pkts": "count"}


class Result:
    """What a run left: status (negative: minus the signal), out and err as text, bytes kept."""

    def __init__(self, command, status, out, err):
        self.command, self.status = command, status
        self.out_bytes, self.err_bytes = out, err
        self.out = out.decode("utf-8", "surrogateescape")
        self.err = err.decode("utf-8", "surrogateescape")

    def __str__(self):
        return (f"$ {' '.join(map(str, self.command))}\nstatus {self.status}\n"
                f"--- standard output\n{self.out}--- standard error\n{self.err}")


def environment(**changes):
    """The environment of a run: no settings of the user's, UTF-8, UTC. None removes a name."""
    env = {n: v for n, v in os.environ.items() if n.endswith("SAN_OPTIONS") or n == "PATH"}
    env.update(HOME="/nonexistent", LC_ALL="C.UTF-8", TERM="dumb")
    for name, value in changes.items():
        if value is None:
            env.pop(name, None)
        else:
            env[name] = str(value)
    return env


def for_nobody(program, copies={}):
    """A copy of the program where everyone can run it: the project may stand in a private home."""
    if program not in copies:
        place = tempfile.mkdtemp(prefix="mn-", dir="/tmp")
        atexit.register(shutil.rmtree, place, True)
        os.chmod(place, 0o755)
        copies[program] = shutil.copy(program, place)
        os.chmod(copies[program], 0o755)
    return copies[program]


def run(*args, stdin=b"", env=None, cwd=ROOT, timeout=20, nobody=False, program=MINNOW):
    """Runs minnow to its end. stdin: bytes, text or a file. nobody: without root's privileges, for
    tests of permissions. A run that exceeds the timeout (times SLOWER) fails the test."""
    command = [program, *map(str, args)]
    if nobody and os.geteuid() == 0:
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                   for_nobody(program), *map(str, args)]
    if isinstance(stdin, str):
        stdin = stdin.encode("utf-8", "surrogateescape")
    feed = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd,
                              env=env or environment(), timeout=timeout * SLOWER, check=False,
                              **feed)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"not finished after {late.timeout} s: {' '.join(command)}") from late
    result = Result(command, done.returncode, done.stdout, done.stderr)
    check(done.returncode != 86, lambda: f"a sanitizer's report:\n{result}")
    return result


def expect(result, status=0, out="", err=""):
    """Everything a run printed and returned, exactly. None for out or err: not compared."""
    try:
        if out is not None:
            check_equal("standard output", result.out, out)
        if err is not None:
            check_equal("standard error", result.err, err)
        check_equal("status", result.status, status)
    except Failed as problem:
        raise Failed(f"{problem}\n{result}") from None
    return result


def write(directory, name, content):
    """Writes a file and gives its path."""
    path = os.path.join(directory, name)
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogateescape")
    with open(path, "wb") as out:
        out.write(content)
    return path


def conn_log(rows, fields=None, header=True):
    """The text of a Zeek conn log. A row is a list of values, or a dict whose missing fields are
    unset. `fields`: names to use instead of FIELDS, in this order."""
    names = list(fields or FIELDS)
    lines = []
    if header:
        lines = [HEADER.rstrip("\n"), "#fields\t" + "\t".join(names),
                 "#types\t" + "\t".join(FIELDS.get(n, "string") for n in names)]
    for row in rows:
        if isinstance(row, dict):
            row = [row.get(n, "-") for n in names]
        lines.append("\t".join(map(str, row)))
    return "".join(line + "\n" for line in lines)


def generate(path, *args):
    """A log by the generator: generate(path, "--rows=1000", "--mix=beacon")."""
    subprocess.run([MKCONN, *args, "-o", path], check=True, timeout=120 * SLOWER)
    return path
