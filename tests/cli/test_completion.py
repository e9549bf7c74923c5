#!/usr/bin/python3
"""What bash, zsh and fish complete: every option, the values that are known, files elsewhere."""

import re
import shutil
import subprocess

from tests.cli.harness import check, check_equal, environment, expect, main, run, skip, temp_dir, write

SHELLS = ("bash", "zsh", "fish")


def script(shell):
    return expect(run(f"--completion={shell}"), out=None).out


def offered():
    """The options of --help: (letter or "", name, argument or "")."""
    found = re.findall(r"^  (?:-(\w), |    )--([\w-]+)(?:=(\S+))?", run("--help").out, re.M)
    check(len(found) > 20, found)
    return found


def bash(line):
    """What bash offers for a command line whose last word is the one to complete. In the array of words
    a = stands alone, as bash makes it."""
    words = [w for part in line.split(" ") for w in (re.split("(=)", part) if part.startswith("--") else [part])]
    if words[-1] == "" and len(words) > 1 and words[-2] == "=":
        words.pop()
    with temp_dir() as d:
        path = write(d, "script", script("bash"))
        listed = " ".join("'" + w.replace("'", "'\\''") + "'" for w in words)
        done = subprocess.run(
            ["bash", "--norc", "-c", f"source {path}; complete -p minnow; COMP_WORDS=({listed}) "
             f"COMP_CWORD={len(words) - 1}; _minnow; printf '%s\\n' \"${{COMPREPLY[@]}}\""],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), cwd=d, check=False)
    check_equal("what bash says", done.stderr, "")
    lines = done.stdout.splitlines()
    check_equal("the command's completion", lines[0], "complete -o default -F _minnow minnow")
    return [line for line in lines[1:] if line]


def fish(line):
    if shutil.which("fish") is None:
        skip("no fish")
    with temp_dir() as d:
        path = write(d, "script", script("fish"))
        env = environment(HOME=d)
        done = subprocess.run(["fish", "--no-config", "-c", f"source {path}; complete -C '{line}'"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, cwd=d, check=False)
    check_equal("what fish says", done.stderr, "")
    return [found.split("\t")[0] for found in done.stdout.splitlines()]


def test_every_option_is_in_each():
    texts = {shell: script(shell) for shell in SHELLS}
    for letter, name, argument in offered():
        for shell, pattern in (("bash", f"[ ']--{name}{'=' if argument else ''}[ ']"),
                               ("zsh", f"--{name}{'=' if argument else ''}[}}']"),
                               ("fish", f" -l {name} ")):
            check(re.search(pattern, texts[shell]), f"--{name} is not in the script for {shell}")
        if letter:
            for shell, pattern in (("bash", f"[ ']-{letter} "), ("zsh", f"{{-{letter}[+,]"), ("fish", f" -s {letter} ")):
                check(re.search(pattern, texts[shell]), f"-{letter} is not in the script for {shell}")
    names = {name for _, name, _ in offered()}
    check_equal("fish has no other", set(re.findall(r" -l ([\w-]+)", texts["fish"])), names)
    check_equal("zsh has no other", set(re.findall(r"--([\w-]+)(?==?[}'])", texts["zsh"])), names)
    check_equal("bash has no other", {w.strip("-=") for w in bash("minnow --")}, names)


def test_the_scripts_are_the_shells_own():
    for shell in SHELLS:
        if shutil.which(shell) is None:
            continue
        with temp_dir() as d:
            path = write(d, "script", script(shell))
            done = subprocess.run([shell, "-n", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  env=environment(HOME=d), check=False)
            check_equal(f"{shell} -n", (done.returncode, done.stdout), (0, ""))


def test_a_shell_that_is_not_known():
    expect(run("--completion=tcsh"), status=2, err="minnow: --completion: 'tcsh' is none of: bash, zsh, fish\n")


def test_choices_are_those_that_the_program_takes():
    for option in ("format", "time", "color", "completion", "unit", "scale", "missing"):
        said = run(f"--{option}=zzz", "x.log").err
        for value in bash(f"minnow --{option}="):
            check(re.search(rf"\b{value}\b", said.split("zzz", 1)[1]), f"--{option}: {value} is not in {said}")
    said = run("--recipe=zzz", "x.log").err
    for value in bash("minnow --recipe="):
        check(f" {value}" in said, (value, said))


def test_bash():
    for line, wanted in (
            ("minnow --forma", ["--format="]),
            ("minnow --format=", ["text", "json", "csv"]),
            ("minnow --format=j", ["json"]),
            ("minnow -f t", ["text"]),
            ("minnow -b --color ne", ["never"]),
            ("minnow -r con", ["conn"]),
            ("minnow --recipe ./my", []),
            ("minnow --columns=ts,uid,id.orig", ["ts,uid,id.orig_h", "ts,uid,id.orig_p"]),
            ("minnow -k ", []),
            ("minnow con", []),
            ("minnow -- --for", []),
            ("minnow --export=x", []),
            ("minnow --ver", ["--verdicts=", "--version"]),
            ("minnow --raw --fo", ["--format=", "--force"])):
        check_equal(line, bash(line), wanted)
    check("Europe/Berlin" in bash("minnow --tz=Europe/"), "zones")


def test_bash_that_does_not_split_at_the_equals_sign():
    def whole(line):
        with temp_dir() as d:
            path = write(d, "script", script("bash"))
            write(d, "my file.csv", "")
            words = " ".join(f"'{w}'" for w in line.split(" "))
            done = subprocess.run(["bash", "--norc", "-c", f"source {path}; COMP_WORDS=({words}) COMP_CWORD=1; _minnow; "
                                   "printf '%s\\n' \"${COMPREPLY[@]}\""], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, env=environment(), cwd=d, check=False)
            return done.stdout.splitlines()
    check_equal("a choice", whole("minnow --format=j"), ["--format=json"])
    check_equal("columns", whole("minnow --columns=ts,ui"), ["--columns=ts,uid"])
    check_equal("a file", whole("minnow --export=my"), ["--export=my file.csv"])


def test_fish():
    check_equal("options", fish("minnow --forma"), ["--format"])
    for line, wanted in (("minnow --format=", {"--format=text", "--format=json", "--format=csv"}),
                         ("minnow -f ", {"text", "json", "csv"}),
                         ("minnow -k ", set()), ("minnow --unit ", {"connection", "pair", "host"}),
                         ("minnow --columns ts,ui", {"ts,uid"})):
        check_equal(line, set(fish(line)), wanted)
    check("script" in fish("minnow --export "), "files")
    check({"script", "conn"} <= set(fish("minnow --recipe ")), "names and files")
    check("Europe/Berlin" in fish("minnow --tz Europe/"), "zones")


main(__name__)
