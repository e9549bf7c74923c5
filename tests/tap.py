"""Test functions as TAP: what tests/cli and tests/tui have in common.

A test file defines functions test_*() and ends with `main(__name__)`. A test fails by raising
(`check` raises), and is skipped by `skip(why)`. Run one file, or some of its tests, by hand:

    PYTHONPATH=. MINNOW=build/minnow tests/cli/test_usage.py [NAME...]
"""

import contextlib
import difflib
import os
import shutil
import sys
import tempfile
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MINNOW = os.environ.get("MINNOW", str(ROOT / "build/minnow"))
MKCONN = os.environ.get("MKCONN", str(ROOT / "build/mkconn"))
SANITIZE = os.environ.get("MINNOW_SANITIZE", "")
SLOWER = 6 if SANITIZE else 1  # a sanitized program gets this many times as long
UPDATE = os.environ.get("MINNOW_UPDATE") == "1"  # rewrite expected files instead of comparing


class Skipped(Exception):
    pass


class Failed(Exception):
    pass


def skip(why):
    raise Skipped(why)


def check(condition, message):
    if isinstance(condition, str):
        raise TypeError("check takes the condition first, and a text is none")
    if not condition:
        raise Failed(message() if callable(message) else message)


def check_equal(what, got, expected):
    """Compares two values; texts are shown as a difference by lines."""
    if got == expected:
        return
    if isinstance(got, str) and isinstance(expected, str):
        lines = difflib.unified_diff(expected.splitlines(), got.splitlines(), "expected", "got",
                                     lineterm="")
        detail = "\n".join(lines) or f"expected {expected!r}\ngot      {got!r}"
    else:
        detail = f"expected {expected!r}\ngot      {got!r}"
    raise Failed(f"{what} differs\n{detail}")


def check_file(what, got, path):
    """Compares a text with an expected file; MINNOW_UPDATE=1 writes the file instead."""
    path = Path(path)
    if UPDATE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(got, encoding="utf-8", errors="surrogateescape")
        return
    check(path.exists(), f"no expected file {path}; got\n{got}")
    check_equal(what, got, path.read_text(encoding="utf-8", errors="surrogateescape"))


def shared(name):
    """The path of a file of the shared logs; the test is skipped when it is not there."""
    path = ROOT.parent / "shared/data" / name
    if not os.access(path, os.R_OK):
        skip(f"no ../shared/data/{name}")
    return str(path)


@contextlib.contextmanager
def temp_dir():
    """A directory of one's own with a short path, removed at the end. Readable by everyone, so that
    a program run as nobody finds its files."""
    path = tempfile.mkdtemp(prefix="mn-", dir="/tmp")
    os.chmod(path, 0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def one(number, name, function):
    try:
        function()
    except Skipped as why:
        print(f"ok {number} - {name} # SKIP {why}", flush=True)
    except Exception as problem:  # whatever went wrong is the test's failure
        text = str(problem)
        if not isinstance(problem, Failed):
            text = traceback.format_exc()
        print(f"not ok {number} - {name}", flush=True)
        for line in text.splitlines():
            print("# " + line.encode("utf-8", "backslashreplace").decode(), flush=True)
        return False
    else:
        print(f"ok {number} - {name}", flush=True)
    return True


def main(module_name, **more):
    """Runs the tests of a file in order. `more` are tests made by the file: name=function."""
    if module_name != "__main__":
        return
    module = sys.modules["__main__"]
    tests = {n: f for n, f in vars(module).items() if n.startswith("test_") and callable(f)}
    tests.update(more)
    if len(sys.argv) > 1:
        tests = {n: f for n, f in tests.items() if any(p in n for p in sys.argv[1:])}
    print(f"1..{len(tests)}", flush=True)
    good = True
    for number, (name, function) in enumerate(tests.items(), 1):
        good = one(number, name, function) and good
    sys.exit(0 if good else 1)
