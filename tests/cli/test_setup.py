#!/usr/bin/python3
""".ci/setup with made-up tools: it installs what is missing and nothing else, and says so where it
cannot."""

import os
import shutil
import stat
import subprocess

from tests.cli.harness import ROOT, check, check_equal, main, skip, temp_dir

TOOLS = ["bash", "sh", "env", "grep", "id", "mktemp", "rm", "sort", "printf", "cat", "true", "dirname"]
# A compiler that knows every library but those named in the file `lacking` beside it.
COMPILER = """#!/bin/sh
source=$(cat)
while read -r name; do
    case $source in *"$name.h"*) exit 1 ;; esac
done <"$(dirname "$0")/lacking"
exit 0
"""
APT = """#!/bin/sh
here=$(dirname "$0")
echo "$@" >>"$here/apt.log"
[ "$DEBIAN_FRONTEND" = noninteractive ] || echo interactive >>"$here/apt.log"
case $1 in install) [ -e "$here/broken" ] || : >"$here/lacking" ;; esac
"""


APT_CACHE = """#!/bin/sh
[ -e "$(dirname "$0")/unknown" ] || echo "Package: $2"
"""


def put(directory, name, text):
    path = os.path.join(directory, name)
    with open(path, "w", encoding="ascii") as out:
        out.write(text)
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return path


def setup(lacking, goal="build", apt=True, broken=False, nobody=False, unknown=False):
    """Runs the set-up on a machine that lacks these libraries: status, what it said, apt's calls."""
    with temp_dir() as d:
        for tool in TOOLS:
            for place in ("/usr/bin", "/bin"):
                if os.path.exists(f"{place}/{tool}"):
                    os.symlink(f"{place}/{tool}", f"{d}/{tool}")
                    break
        put(d, "lacking", "".join(name + "\n" for name in lacking))
        put(d, "cc", COMPILER)
        put(d, "pkg-config", "#!/bin/sh\n")
        if apt:
            put(d, "apt-get", APT)
            put(d, "apt-cache", APT_CACHE)
        if unknown:
            put(d, "unknown", "")
        if broken:
            put(d, "broken", "")
        command = [shutil.copy(ROOT / ".ci/setup", f"{d}/setup"), goal]  # in reach of the user nobody
        if nobody:
            command = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] + command
        done = subprocess.run(command, env={"PATH": d, "CC": "cc"}, stdin=subprocess.DEVNULL,
                              cwd=d,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        log = ""
        if os.path.exists(f"{d}/apt.log"):
            with open(f"{d}/apt.log", encoding="ascii") as calls:
                log = calls.read()
        return done.returncode, done.stdout.decode(), log


def as_root():
    if os.geteuid() != 0:
        skip("not root")


def test_nothing_missing_is_silent():
    check_equal("set-up", setup([]), (0, "", ""))


def test_installs_only_what_is_missing():
    as_root()
    status, said, log = setup(["uv", "csv"])
    check_equal("apt-get", log,
                "update\ninstall -y --no-install-recommends libcsv-dev libuv1-dev\n")
    check_equal("set-up", (status, said), (0, "set-up: installing libcsv-dev libuv1-dev\n"))


def test_an_installation_that_does_not_help():
    as_root()
    status, said, _ = setup(["curses"], broken=True)
    check_equal("status", status, 1)
    check("still missing after the installation: ncursesw" in said, said)


def test_without_apt_says_what_is_missing():
    status, said, _ = setup(["curses"], apt=False)
    check_equal("status", status, 1)
    check_equal("said", said, "set-up: missing: ncursesw\nset-up: install them with this system's "
                "package manager (Debian's names: libncurses-dev)\n")


def test_without_rights_says_the_one_command():
    status, said, log = setup(["uv"], nobody=os.geteuid() == 0)
    check_equal("apt-get", log, "")
    check_equal("status", status, 1)
    check_equal("said", said, "set-up: missing: libuv. As root, run once:\n"
                "    apt-get update && apt-get install -y --no-install-recommends libuv1-dev\n")


def test_what_only_helps_is_installed_where_that_is_easy():
    as_root()
    installed = (0, "set-up: installing libisal-dev\n",
                 "install -y --no-install-recommends libisal-dev\n")
    check_equal("known", setup(["igzip_lib"]), installed)
    check_equal("it fails", setup(["igzip_lib"], broken=True), installed)
    check_equal("unknown", setup(["igzip_lib"], unknown=True), (0, "", ""))


def test_what_only_helps_is_no_failure_without_apt_or_rights():
    check_equal("no apt", setup(["igzip_lib"], apt=False), (0, "", ""))
    check_equal("no rights", setup(["igzip_lib"], nobody=os.geteuid() == 0), (0, "", ""))


def test_a_peer_of_the_bench_that_cannot_be_had_is_no_failure():
    status, said, _ = setup(["yajl_parse"], goal="bench", apt=False)
    check_equal("status", status, 0)
    for name in ("yajl", "lnav", "visidata"):
        check(f"set-up: no {name}: what is measured against it is skipped\n" in said, said)


def test_peers_of_the_bench_are_installed_one_by_one():
    as_root()
    status, said, log = setup(["yajl_parse"], goal="bench")
    check_equal("status", status, 0)
    check("set-up: installing libyajl-dev" in said, said)
    check("install -y --no-install-recommends libyajl-dev\n" in log, log)
    check("install -y --no-install-recommends lnav\n" in log, log)


def test_unknown_goal():
    check_equal("set-up", setup([], goal="everything"),
                (2, "usage: .ci/setup [build|check|lint|bench]\n", ""))


main(__name__)
