#!/usr/bin/python3
"""The demo: minnow on the sample log, from the chart to the written file, as an animated SVG.

    make svg          # or: PYTHONPATH=. MINNOW=build/minnow tests/tui/demo.py data/demo.svg

The program runs in the terminal of the tests; each step's screen becomes a frame, in the colours that
the terminal shows. The drawing holds text and rectangles and is moved by CSS alone: no script, no font,
nothing from elsewhere. A line that several frames have is drawn once. Who asks for less motion, and a
viewer that knows no animation, gets the first frame.
"""

import os
import shutil
import sys
import xml.etree.ElementTree as ElementTree
from html import escape

from tests.tui.harness import COLORS, ROOT, Screen, temp_dir

COLS, ROWS = 96, 26
CELL_W, CELL_H, FONT = 8, 17, 13.3  # a cell, and the size at which common monospace fonts are about as wide
BAR = 26  # the window's title line
MARGIN = 8
CAPTION = 30
BACKGROUND, FOREGROUND = "#14181d", "#d3d7de"
ANSI = dict(zip(COLORS, ("#1d232a", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#c8ccd4")))
BRIGHT = dict(zip(COLORS, ("#5c6370", "#f08c94", "#b1d89a", "#f0d399", "#82c4ff", "#d79beb", "#78ccd6", "#ffffff")))
EIGHTHS = " ▏▎▍▌▋▊▉█"
SVG = "{http://www.w3.org/2000/svg}"

# Seconds that a frame stands, what is said below it, keys, and what has come when they have been taken.
STEPS = (
    (5, "A day of an office: 20,000 connections in 48 clusters, the most suspicious first", (), ("order: suspicion", "cluster 1")),
    (5, "Down: UPLOAD, one machine sends to 184 others", ("Down",) * 4, ("cluster 5", " pairs ")),
    (5, "Enter: its rows; addresses that come back stand out", ("Enter",), ("row 1 of 189",)),
    (5, "&: only what the machine sends by HTTPS", ("&", "src:10.20.1.30 port:443", "Enter"), ("53 hidden", "row 1 of 136")),
    (5, "R: to whom it sends, and how often", ("R",), ("136 addresses", "rank")),
    (6, "Enter: the machine itself, whom it talks to, how much, how regularly", ("Enter",), ("calls out",)),
    (5, "q, e, Enter: the rows are in a file for others: CSV, Zeek's TSV or JSON lines", ("q", "q", "e", "Enter"), ("wrote 136 rows",)),
)


def frames():
    """The screens of the steps."""
    with temp_dir() as d:
        log = shutil.copy(ROOT / "data/sample.conn.log", d)
        with Screen("-j1", os.path.basename(log), width=COLS, height=ROWS, cwd=d) as s:
            for _, _, keys, wanted in STEPS:
                for key in keys:
                    if len(key) > 1 and not key[0].isupper():
                        s.type(key)
                        s.wait_for(key)
                    else:
                        s.keys(key)
                        settle(s)
                s.wait_for(*wanted)
                yield settle(s)


def settle(s):
    """The screen at rest: twice the same, with nothing written between."""
    def same(now):
        before, settle.last = settle.last, now.raw
        return before == now.raw
    settle.last = None
    return s.wait(same, "the screen at rest")


# ---- drawing ----

def color(name, otherwise):
    if name is None:
        return otherwise
    if name.startswith("#"):
        return name
    if name.isdigit():
        n = int(name)
        if n < 16:
            return (ANSI if n < 8 else BRIGHT)[COLORS[n % 8]]
        if n >= 232:
            return "#%02x%02x%02x" % ((8 + (n - 232) * 10,) * 3)
        steps = (0, 95, 135, 175, 215, 255)
        n -= 16
        return "#%02x%02x%02x" % (steps[n // 36], steps[n // 6 % 6], steps[n % 6])
    return BRIGHT[name[7:]] if name.startswith("bright-") else ANSI[name]


def look(style):
    """(foreground, background or None, bold, underline) of a style's words."""
    words = style.split()
    behind = words.index("on") if "on" in words else len(words)
    own = [w for w in words[:behind] if w not in ("bold", "dim", "italic", "underline", "blink", "reverse")]
    front = color(own[0] if own else None, FOREGROUND)
    back = color(words[behind + 1], None) if behind < len(words) else None
    if "reverse" in words:
        front, back = back or BACKGROUND, front
    elif "dim" in words:
        front = "#8b93a1" if not own else front
    return front, back, "bold" in words, "underline" in words


class Drawing:
    """Lines that were drawn, each once, and the classes of their colours."""

    def __init__(self):
        self.lines, self.classes = {}, {}

    def fill(self, value):
        return self.classes.setdefault(value, f"c{len(self.classes)}")

    def line(self, row):
        """The number of a line of cells."""
        return self.lines.setdefault("".join(self.runs(row)), len(self.lines))

    def runs(self, row):
        at = 0
        while at < len(row):
            end, style, bar = at + 1, row[at][1], row[at][0] in EIGHTHS[1:]
            while end < len(row) and row[end][1] == style and (row[end][0] in EIGHTHS[1:]) == bar:
                end += 1
            front, back, bold, underline = look(style)
            text = "".join(c for c, _ in row[at:end])
            x, width = at * CELL_W, (end - at) * CELL_W
            if back:
                yield f'<rect class="{self.fill(back)}" x="{x}" y="0" width="{width}" height="{CELL_H}"/>'
            if bar:
                eighths = sum(EIGHTHS.index(c) for c in text)
                yield f'<rect class="{self.fill(front)}" x="{x}" y="2" width="{eighths}" height="{CELL_H - 4}"/>'
            elif text.strip():
                skip = len(text) - len(text.lstrip())
                shown = text.strip()
                looks = self.fill(front) + (" b" if bold else "") + (" u" if underline else "")
                yield (f'<text class="{looks}" x="{x + skip * CELL_W}" y="13" textLength="{len(shown) * CELL_W}">'
                       f'{escape(shown, quote=False)}</text>')
            at = end


def render(screens):
    drawing, bodies = Drawing(), []
    for snapshot in screens:
        numbers = [(drawing.line(row), y) for y, row in enumerate(snapshot.rows) if any(c != " " or s for c, s in row)]
        bodies.append("".join(f'<use href="#l{n}" y="{y * CELL_H}"/>' for n, y in numbers))
    width, height = COLS * CELL_W + 2 * MARGIN, ROWS * CELL_H + BAR + CAPTION + MARGIN
    total = sum(step[0] for step in STEPS)
    style, start, out = [], 0, []
    for n, (seconds, caption, *_) in enumerate(STEPS):
        a, b = 100 * start / total, 100 * (start + seconds) / total
        hidden = "" if n == 0 else "0%{visibility:hidden}"
        style.append(f"@keyframes k{n}{{{hidden}{a:.3g}%{{visibility:visible}}{b:.3g}%"
                     f"{{visibility:{'hidden' if n + 1 < len(STEPS) else 'visible'}}}}}"
                     f".f{n}{{animation:k{n} {total}s step-end infinite}}")
        start += seconds
        out.append(f'<g class="f f{n}"><g transform="translate({MARGIN} {BAR})">{bodies[n]}</g>'
                   f'<text class="caption" x="{width // 2}" y="{height - 12}">{escape(caption, quote=False)}</text></g>\n')
    colors = "".join(f".{name}{{fill:{value}}}" for value, name in drawing.classes.items())
    lines = "\n".join(f'<g id="l{n}">{line}</g>' for line, n in drawing.lines.items())
    return (f'<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">\n'
            f"<title>minnow finds who sends data out, and to whom</title>\n"
            f"<style>text{{font:{FONT}px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;white-space:pre}}"
            f".b{{font-weight:bold}}.u{{text-decoration:underline}}.f{{visibility:hidden}}.f0{{visibility:visible}}.caption{{fill:#e5c07b;text-anchor:middle;font-family:sans-serif}}"
            f"{colors}{''.join(style)}"
            f"@media (prefers-reduced-motion:reduce){{.f{{animation:none}}}}</style>\n"
            f"<defs>\n{lines}\n</defs>\n"
            f'<rect width="{width}" height="{height}" rx="6" fill="{BACKGROUND}"/>\n'
            + "".join(f'<circle cx="{16 + i * 16}" cy="13" r="5" fill="{c}"/>' for i, c in enumerate(("#e06c75", "#e5c07b", "#98c379")))
            + f'\n<text x="{width // 2}" y="17" fill="#8b93a1" text-anchor="middle">minnow sample.conn.log</text>\n'
            f"{''.join(out)}</svg>\n")


def text_of(svg, frame=0):
    """The text that a frame of the drawing shows, line by line, bars made of blocks again."""
    root = ElementTree.fromstring(svg)
    lines = {g.get("id"): g for g in root.iter(f"{SVG}g") if g.get("id")}
    body = [g for g in root.iter(f"{SVG}g") if f"f{frame}" in (g.get("class") or "").split()][0]
    screen = [""] * ROWS
    for use in body.iter(f"{SVG}use"):
        cells = [" "] * COLS
        for mark in lines[use.get("href")[1:]]:
            at = int(mark.get("x")) // CELL_W
            if mark.tag == f"{SVG}text":
                cells[at:at + len(mark.text)] = mark.text
            elif mark.get("y") != "0":
                eighths = int(mark.get("width"))
                bar = "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()
                cells[at:at + len(bar)] = bar
        screen[int(use.get("y")) // CELL_H] = "".join(cells).rstrip()
    return "".join(line + "\n" for line in screen)


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "data/demo.svg")
    with open(path, "w", encoding="utf-8") as out:
        out.write(render(frames()))


if __name__ == "__main__":
    main()
