#!/usr/bin/python3
"""The Tab key in a shell that has read minnow's script."""

import shutil

from tests.tui.harness import MINNOW, Screen, main, skip


def tabs(s, tail):
    """Options, values behind = and behind a blank, files."""
    s.keys("C-l")
    s.type(": >some-file; clear")
    s.keys("Enter")
    s.wait(lambda now: now.text.strip() == tail.strip(), "an empty screen")
    for typed, wanted in (("--forma", "minnow --format="), ("js", "minnow --format=json "), ("-r con", "-r conn "),
                          ("--export=some", "--export=some-file"), (" --columns=ts,ui", "--columns=ts,uid"),
                          (" some", "some-file")):
        s.type(("minnow " if typed == "--forma" else "") + typed)
        s.wait(lambda now: typed.strip() in now.text, "what was typed")
        s.keys("Tab")
        s.wait(lambda now: wanted.strip() in " ".join(now.text.split()), wanted)


def test_bash():
    if shutil.which("bash") is None:
        skip("no bash")
    with Screen(command=["bash", "--norc", "--noprofile", "-i"], width=100, env={"PS1": "$ ", "MINNOW": MINNOW},
                cwd="/") as s:
        s.type(f"cd {s.dir}; source <($MINNOW --completion=bash)")
        s.keys("Enter")
        tabs(s, "$")


def test_zsh():
    if shutil.which("zsh") is None:
        skip("no zsh")
    with Screen(command=["zsh", "-f", "-i"], width=100, env={"PS1": "$ ", "MINNOW": MINNOW}, cwd="/") as s:
        s.type(f"cd {s.dir}; autoload -U compinit; compinit -u -D; source <($MINNOW --completion=zsh)")
        s.keys("Enter")
        tabs(s, "$")


main(__name__)
