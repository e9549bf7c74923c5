#!/usr/bin/python3
"""--version, --help, and what is wrong on a command line."""

import os
import re
import subprocess

from tests.cli.harness import MINNOW, ROOT, SLOWER, check, check_equal, environment, expect, main, run, temp_dir, write

USAGE = "usage: minnow [OPTION]... [FILE|DIRECTORY]...\n"


def version():
    text = (ROOT / "Makefile").read_text()
    return re.search(r"^VERSION := (\S+)$", text, re.MULTILINE)[1]


def test_version():
    expect(run("--version"), out=f"minnow {version()}\n")
    expect(run("-V"), out=f"minnow {version()}\n")


def test_help_is_an_answer():
    result = expect(run("--help"), out=None)
    check(result.out.startswith(USAGE), result)
    check("minnow(1)" in result.out, result)
    expect(run("-h"), out=result.out)


def test_help_fits_a_terminal():
    for line in run("--help").out.splitlines():
        check(len(line) <= 100, f"{len(line)} columns: {line}")


def test_help_wins_over_everything_but_a_mistake_before_it():
    expect(run("--help", "-k", "many"), out=run("--help").out)
    expect(run("-k", "--help", "x.log"), status=2, out="", err=None)


def test_unknown_option():
    expect(run("--no-such-option"), status=2,
           err="minnow: unknown option --no-such-option (see minnow --help)\n")
    expect(run("-Z"), status=2, err="minnow: unknown option -Z (see minnow --help)\n")


def test_vectors_that_there_are_not():
    """Before anything is read: one sentence, whoever would have used them."""
    says = "minnow: MINNOW_SIMD=sse3: not one of portable, sse2, avx2, avx512\n"
    for args in (["-b", "no-such.log"], ["no-such.log"], ["-b", "data/sample.conn.log"]):
        expect(run(*args, env=environment(MINNOW_SIMD="sse3")), status=2, out="", err=says)
    wanted = run("-b", "-k4", "data/sample.conn.log").out
    for level in "", "portable", "sse2":
        expect(run("-b", "-k4", "data/sample.conn.log", env=environment(MINNOW_SIMD=level)), out=wanted)


def test_option_without_its_value():
    expect(run("-k"), status=2, err="minnow: option -k needs a value (see minnow --help)\n")
    expect(run("-bo"), status=2, err="minnow: option -o needs a value (see minnow --help)\n")
    expect(run("--recipe"), status=2,
           err="minnow: option --recipe needs a value (see minnow --help)\n")


def test_the_hint_of_a_zone_is_the_same_in_any_directory():
    """Of names that are equally close the first, in whatever order the directory has them."""
    names = [f"Vienn{letter}" for letter in "abcdefghij"]
    for order in (names, names[::-1], names[5:] + names[:5]):
        with temp_dir() as d:
            os.mkdir(os.path.join(d, "Europe"))
            for name in order:
                write(os.path.join(d, "Europe"), name, b"TZif2")
            expect(run("-b", "--tz=Europe/Viennx", "data/sample.conn.log", env={**environment(), "TZDIR": d}), status=2,
                   err="minnow: --tz: no time zone 'Europe/Viennx' (did you mean 'Europe/Vienna'?)\n")


def test_a_mistyped_name_has_a_hint():
    log = "data/sample.conn.log"
    for args, says in (
            (["--exprt=x"], "unknown option --exprt (did you mean --export?)"),
            (["-theme=x"], "unknown option -theme (did you mean --theme?)"),
            (["-r", "beakon"], "no recipe 'beakon' (did you mean 'beacon'?): built in are after-hours, article, "
             "auto, beacon, conn, dns, exfil, scan; a file needs a / in its name"),
            (["--features=lgo(orig_bytes)"], "--features: unknown feature 'lgo' (did you mean 'log'?)"),
            (["-c", "frist", "-o", "x"], "--cluster: 'frist' is none of: a number from 1 to 256, first, "
             "smallest, all (did you mean 'first'?)"),
            (["-f", "jsno"], "--format: 'jsno' is none of: text, json, csv (did you mean 'json'?)"),
            (["--color=nevr"], "--color: 'nevr' is none of: auto, always, never (did you mean 'never'?)"),
            (["--time=Epoch"], "--time: 'Epoch' is none of: utc, local, epoch (did you mean 'epoch'?)"),
            (["--theme=drak"], "--theme: no theme is called 'drak' (did you mean 'dark'?): there are dark, default, "
             "gruvbox, high-contrast, light, mono, nord, okabe-ito, solarized; a file has a /"),
            (["--scale=min-max"], "--scale: 'min-max' is none of: standard, minmax, none (did you mean 'minmax'?)"),
            (["--missing=makr"], "--missing: 'makr' is none of: mark, zero, drop (did you mean 'mark'?)"),
            (["--unit=conn"], "--unit: 'conn' is none of: connection, pair, host (did you mean 'connection'?)"),
            (["--tz=Europe/Viena"], "--tz: no time zone 'Europe/Viena' (did you mean 'Europe/Vienna'?)"),
            (["--tz=Europ"], "--tz: no time zone 'Europ' (expected a name like Europe/Vienna or UTC)"),
            (["--tz=utc"], "--tz: no time zone 'utc' (did you mean 'UTC'?)"),
            (["--tz=Mars/Olympus"], "--tz: no time zone 'Mars/Olympus' (expected a name like Europe/Vienna or UTC)"),
            (["--features=log(duration)*2"], "--features: 'log(duration)*2': nothing stands behind the ) (a weight stands "
             "in front: 2 * log(duration))"),
            (["--features=log(duration),"], "--features: a feature is missing (expected one such as log(duration))"),
            (["-o", "-", "--columns=ts,uidd"], "--columns: the log has no column 'uidd' (did you mean 'uid'?)")):
        expect(run(*args, "-b", log), status=2, err=f"minnow: {says}\n")


def test_a_mistyped_field_of_a_feature_has_a_hint():
    expect(run("-b", "--features=log(orig_byts)", "data/sample.conn.log"), status=3,
           err="minnow: --features: no feature is left, the log has no field orig_byts (did you mean 'orig_bytes'?)\n")
    out = run("-b", "--features=log(orig_byts),log(duration)", "data/sample.conn.log").out
    check("the log has no field orig_byts: dropped log(orig_byts) (did you mean 'orig_bytes'?)\n" in out, out)


def test_networks_that_are_none():
    for bad, says in (("", "a network is missing in ''"), ("10.0.0.0/8,", "a network is missing in '10.0.0.0/8,'"),
                      ("10.0.0.0/33", "'10.0.0.0/33' is no network"), ("inside", "'inside' is no network"),
                      ("10.0.0.0/8 fd00::/8", "'10.0.0.0/8 fd00::/8' is no network")):
        expect(run("-b", f"--local={bad}", "x.log"), status=2,
               err=f"minnow: --local: {says} (expected some with commas between: 10.0.0.0/8,fd00::/8)\n")


def test_the_form_of_a_report_that_is_not_there():
    """It says nothing of the rows: they would be CSV, and silently so."""
    log = "data/sample.conn.log"
    for form in ("json", "csv", "text"):
        expect(run("-o", "-", "-f", form, log), status=2,
               err="minnow: --format is the report's form, and with --export=- there is no report: "
                   "--export-format=csv, zeek or json is the form of the rows\n")
    expect(run("--addresses=-", "-f", "json", log), status=2,
           err="minnow: --format is the report's form, and with --addresses=- there is no report\n")
    out = expect(run("-o", "-", "--export-format=json", log), out=None).out
    check(out.startswith('{"ts":'), out[:80])


def test_answers_that_cannot_be_written():
    """A reader that has gone is no fault, a disk that is full is one."""
    log = "data/sample.conn.log"
    for args in (["--help"], ["--version"], ["--completion=bash"], ["-b", log], ["-b", "-f", "json", log], ["-o", "-", log],
                 ["--addresses=-", log]):
        reader, gone = os.pipe()
        os.close(reader)
        with open("/dev/full", "wb") as full:
            for out, status, err in ((full, 4, "minnow: standard output: cannot write: No space left on device\n"),
                                     (gone, 0, "")):
                done = subprocess.run([MINNOW, *args], stdout=out, stderr=subprocess.PIPE, cwd=ROOT, env=environment(),
                                      timeout=60 * SLOWER, check=False)
                check_equal(f"{args}", (done.returncode, done.stderr.decode()), (status, err))
        os.close(gone)


def test_a_file_that_cannot_be_written_is_said_before_anything_is_read():
    with temp_dir() as d:
        there = write(d, "there.csv", "old\n")
        os.symlink(there, f"{d}/link.csv")
        for option in ("-o", "--addresses"):
            for target, says in ((there, "exists already (use --force to replace it)"), (d, "is a directory: name a file"),
                                 (f"{d}/no/x.csv", "cannot write: No such file or directory"),
                                 (f"{d}/link.csv", "is a link: name the file itself")):
                expect(run(option, target, f"{d}/no.log"), status=4, err=f"minnow: {target}: {says}\n")
            expect(run("--force", option, there, there), status=4,
                   err=f"minnow: {there}: is an input: an export never replaces the log it came from\n")
            expect(run(option, f"{d}/new.csv", f"{d}/no.log"), status=4,
                   err=f"minnow: {d}/no.log: cannot open: No such file or directory\n")
        check_equal("left behind", sorted(os.listdir(d)), ["link.csv", "there.csv"])
        os.chmod(d, 0o555)
        expect(run("-o", f"{d}/new.csv", f"{d}/no.log", nobody=True), status=4,
               err=f"minnow: {d}/new.csv: cannot write: Permission denied\n")
        expect(run(f"--log={d}/log", "-b", f"{d}/no.log", nobody=True), status=4,
               err=f"minnow: {d}/log: cannot write the log: Permission denied\n")


def test_odd_ways_to_call_it():
    log = "data/sample.conn.log"
    expect(run("-b", ""), status=2, err="minnow: a file's name is empty (is it a variable that is not set?)\n")
    expect(run("-b", log, ""), status=2, err="minnow: a file's name is empty (is it a variable that is not set?)\n")
    expect(run("-b", "--", "-b"), status=4, err="minnow: -b: cannot open: No such file or directory\n")
    expect(run(f"{log} -k 3"), status=4, err=f"minnow: {log} -k 3: cannot open: No such file or directory\n")
    expect(run("--batch=yes", log), status=2, err="minnow: option --batch takes no value (see minnow --help)\n")
    for k in (" 3", "3.0", "1e1", "+3", "0x3", "٣"):
        expect(run("-k", k, log), status=2, err=f"minnow: --k: '{k}' is not a whole number from 1 to 256\n")
    last = run("-b", "-k", "9", "-k", "07", log)  # the last one counts
    check("recipe conn, k 7, " in last.out, last)
    expect(run("-b", "/dev/zero"), status=4, err="minnow: /dev/zero: is a device, not a log\n")
    expect(run("-b", stdin=run("-b", log).out), status=3, err="minnow: standard input: not a log minnow can read (looks like "
           "text): expected a Zeek log, or a CSV with a header row\n")
    check_equal("with no environment", subprocess.run([MINNOW, "-b", log], env={}, cwd=ROOT, stdout=subprocess.DEVNULL,
                                                      timeout=60 * SLOWER, check=False).returncode, 0)


def test_a_short_form_that_is_not_clear():
    expect(run("--ex=x"), status=2, err="minnow: option --ex is short for more than one: --export, --export-format\n")
    expect(run("--sta=0"), status=2, err="minnow: --starts: '0' is not a whole number from 1 to 10000\n")


def test_features_of_groups_need_groups():
    expect(run("--features=log(duration),sum(orig_bytes)", "x.log"), status=2,
           err="minnow: sum(orig_bytes) is about a group of rows: it needs unit = pair or unit = host\n")
    check_equal("status", run("-b", "--unit=host", "--features=sum(orig_bytes),span(ts)",
                              "data/sample.conn.log").status, 0)


def test_log_tells_the_time_of_each_step():
    with temp_dir() as d:
        expect(run("-b", f"--log={d}/log", "data/sample.conn.log"), out=None)
        with open(f"{d}/log") as f:
            steps = re.findall(r"^ *[0-9.]+ step ([^:]+): [0-9.]+ s, [0-9.]+ s of processor time, peak [0-9.]+ MiB$", f.read(), re.M)
    for name in ("load", "behaviour", "features of rows", "scale", "first centroids", "passes", "profiles"):
        check(name in steps, (name, steps))


main(__name__)
