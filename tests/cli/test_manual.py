#!/usr/bin/python3
"""The man pages say what the program does: options, keys, features and roles, each way.

The lists of keys and roles stand in the pages between marks and are made from the tables in the
source: MINNOW_UPDATE=1 writes them anew.
"""

import re
import subprocess
import textwrap

from tests.cli.harness import ROOT, check, check_equal, main, run
from tests.tap import UPDATE

PAGES = sorted((ROOT / "man").glob("*.[15]"))


def table(path, name):
    """The lines X(...) of an X-macro, as lists of their arguments' text."""
    source = (ROOT / path).read_text()
    body = re.search(rf"#define {name}\(X\)((?:.*\\\n)*.*\n)", source)[1].replace("\\\n", " ")
    body = re.sub(r'(?<!\\)"\s+"', "", body)  # texts side by side are one
    entries = []
    for match in re.finditer(r"X\(((?:[^()\"]|\"(?:[^\"\\]|\\.)*\")*)\)", body):
        words = re.findall(r'"(?:[^"\\]|\\.)*"|[^,"]+', match[1])
        words = [w.strip() for w in words if w.strip()]
        entries.append([w[1:-1].replace('\\"', '"').replace("\\\\", "\\") if w[0] == '"' else w for w in words])
    return entries


def between_marks(page, mark, wanted):
    path = ROOT / "man" / page
    text = path.read_text()
    found = re.search(rf'(\.\\" {mark} begin\n)(.*?)(\.\\" {mark} end\n)', text, re.S)
    check(found, f"{page} has no marks for {mark}")
    if UPDATE:
        path.write_text(text[:found.start(2)] + wanted + text[found.end(2):])
        return
    check_equal(f"the {mark} of {page} (MINNOW_UPDATE=1 writes them)", found[2], wanted)


def roff(text):
    """A text as lines of a page: backslashes escaped, at most 78 characters a line."""
    return "\n".join(textwrap.wrap(text.replace("\\", "\\e"), 78, break_on_hyphens=False)) + "\n"


def key(name):
    """A key as an argument of .Ic: punctuation is protected."""
    return name if name.isalnum() or len(name) > 1 else "\\&" + name.replace("\\", "\\e")


def test_keys():
    lines = []
    for command in table("tui/keys.h", "COMMANDS"):
        keys, where, text = command[1], command[2], command[-1]
        views = [name.strip().removeprefix("IN_").lower() for name in where.split("|")]
        if views != ["lists"]:
            text = f"({', '.join(views)}) {text}"
        lines.append(".It Ic " + " ".join(map(key, keys.split())) + "\n" + roff(text))
    check(len(lines) > 20, f"{len(lines)} commands found in tui/keys.h")
    between_marks("minnow.1", "keys", "".join(lines))


def test_roles():
    lines = [f".It Cm {name}\n{roff(text)}" for _, name, text in table("tui/theme.h", "LOOKS")]
    check(len(lines) > 20, f"{len(lines)} roles found in tui/theme.h")
    between_marks("minnow-theme.5", "roles", "".join(lines))


def test_features():
    page = (ROOT / "man/minnow-recipe.5").read_text()
    section = page.partition(".Sh FEATURES")[2].partition("\n.Sh ")[0]
    described = [name for line in re.findall(r"^\.It (Cm .*)$", section, re.M)
                 for name in re.findall(r"Cm (\w+)", line)]
    check_equal("features", sorted(described),
                sorted(e[1] for e in table("core/recipe/recipe.h", "FEATURES")))


def test_settings():
    page = (ROOT / "man/minnow-config.5").read_text()
    section = page.partition(".Sh SETTINGS")[2].partition("\n.Sh ")[0]
    check_equal("settings", re.findall(r"^\.It Cm (\w+)$", section, re.M),
                [e[1] for e in table("tui/settings.h", "SETTINGS")])
    for _, key, values, _ in table("tui/settings.h", "SETTINGS"):
        described = section.partition(f".It Cm {key}\n")[2].partition("\n.It ")[0]
        for word in values.split("|"):
            check(word.isupper() or re.search(rf"^\.Cm {word}\b", described, re.M), f"{key}: {word} is not described")


def test_options():
    page = (ROOT / "man/minnow.1").read_text()
    described = []
    for line in re.findall(r"^\.It (Fl .*)$", page, re.M):
        letter = re.search(r"Fl (\w) ,", line)
        name = re.search(r"Fl -([\w-]+)", line)[1]
        value = re.search(r"= Ns Ar (\S+)", line)
        described.append(((letter[1] if letter else ""), name, value[1] if value else ""))
    offered = []
    for line in run("--help").out.splitlines():
        match = re.match(r"  (?:-(\w), |    )--([\w-]+)(?:=(\S+))?", line)
        if match:
            offered.append((match[1] or "", match[2], match[3] or ""))
    check(len(offered) > 20, "no options found in --help")
    check_equal("options", sorted(described), sorted(offered))


def test_pages_are_well_formed():
    for page in PAGES:
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "style", str(page)], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        lines = [line for line in done.stdout.splitlines()
                 if "referenced manual not found" not in line and "mandoc.db" not in line]
        check_equal(f"mandoc on {page.name}", "\n".join(lines), "")


def test_pages_render_without_leftovers():
    for page in PAGES:
        text = subprocess.run(["mandoc", "-T", "ascii", str(page)], check=True,
                              stdout=subprocess.PIPE).stdout.decode()
        text = re.sub(".\b", "", text)
        check("\\&" not in text and "\\e" not in text, f"{page.name}: escapes left over")
        check("minnow" in text.lower(), page.name)


main(__name__)
