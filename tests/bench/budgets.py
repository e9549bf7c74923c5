"""Rows of the bench: a budget, how it is measured, what came of it, and how that is printed."""

import json
import re

from tests.bench.measure import NoFigure, Missed, Watch, median, spread

BUSY = 0.05  # others had this share of the processors: figures of wall time are not to be believed
SHAKY = 0.25  # the reference's own runs differ by this share of their median: neither
BEGIN, END = "<!-- bench begin -->", "<!-- bench end -->"
REGISTRY = []


class Figure:
    """What a row measured: one value a run, and a line about where it comes from. `reference`: what
    the peer's runs took, to see whether the machine was calm. `worst` marks values of which the
    worst counts, not the median."""

    def __init__(self, values, detail, reference=(), worst=False):
        self.values, self.detail = list(values), detail
        self.reference, self.worst = list(reference), worst


class Row:
    """must and reach are numbers in `unit`, or None: a figure without a budget. better: "more" or
    "less". timed: a time, which a busy machine changes; bytes and equality stay what they are.
    Functions get the Bench and return a Figure."""

    def __init__(self, function, name, what, unit, must, reach, better, large, timed):
        self.function, self.name, self.what, self.unit = function, name, what, unit
        self.must, self.reach, self.better = must, reach, better
        self.large, self.timed = large, timed

    def good_enough(self, value, budget):
        return value >= budget if self.better == "more" else value <= budget

    def verdict(self, value):
        if self.must is None and self.reach is None:
            return ""
        if self.reach is not None and self.good_enough(value, self.reach):
            return "reached"
        if self.must is None or self.good_enough(value, self.must):
            return "met"
        return "missed"

    def measure(self, bench):
        """The row as a dict of texts, ready to print and to keep."""
        out = {"name": self.name, "what": self.what.format(rows=count(bench.rows)),
               "must": self.text(self.must), "reach": self.text(self.reach),
               "figure": "", "spread": "", "verdict": "", "detail": "", "trust": ""}
        watch = Watch()
        try:
            figure = self.function(bench)
        except NoFigure as why:
            out.update(verdict="skipped", detail=str(why))
            return out
        except Missed as why:
            out.update(verdict="missed", detail=str(why))
            return out
        low, high = min(figure.values), max(figure.values)
        value = median(figure.values)
        if figure.worst:
            value = low if self.better == "more" else high
        out.update(figure=self.text(value), verdict=self.verdict(value), detail=figure.detail)
        if len(figure.values) > 1:
            out["spread"] = f"{self.text(low)} to {self.text(high)}"
        others = watch.others() if self.timed else 0
        if others > BUSY:
            out["trust"] = f"others had {others:.0%} of the processors"
        elif figure.reference and spread(figure.reference) > SHAKY:
            out["trust"] = f"the runs it is measured by lie {spread(figure.reference):.0%} apart"
        return out

    def text(self, value):
        if value is None:
            return "-"
        number = f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 0.01 else f"{value:.3g}"
        return number + self.unit


def row(name, what, unit="x", must=None, reach=None, better="less", large=False, timed=True):
    """Registers the function below it as a row."""
    def register(function):
        REGISTRY.append(Row(function, name, what, unit, must, reach, better, large,
                            timed))
        return function
    return register


def count(rows):
    """1000000 as "1 M", 100000 as "100,000"."""
    return f"{rows / 1e6:g} M" if rows >= 1_000_000 else f"{rows:,}"


def seconds(value):
    return f"{value * 1000:.3g} ms" if value < 0.1 else f"{value:.3g} s"


# ---- how it looks ----

HEAD = ("what", "must", "reach", "figure", "spread", "verdict")
WIDTH = (66, 12, 12, 12, 22, 8)


def line(cells):
    return "  ".join(f"{c:<{w}}" for c, w in zip(cells, WIDTH)).rstrip()


def show(result):
    cells = [result[name] for name in HEAD]
    if result["trust"]:
        cells[-1] += " ?"
    lines = [line(cells), "    " + result["detail"]]
    if result["trust"]:
        lines.append("    ? " + result["trust"])
    return "\n".join(lines)


def markdown(results, about):
    """The README's table and the lines around it."""
    text = ["| budget | must | reach | figure | spread | |", "|---|---|---|---|---|---|"]
    for r in results:
        if r["verdict"] == "skipped":
            continue
        mark = r["verdict"] + (" ?" if r["trust"] else "")
        cells = [r["what"], r["must"], r["reach"], r["figure"] or r["detail"], r["spread"], mark]
        text.append("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
    return "\n".join([*text, "", *about, ""])


def put_between_markers(path, text):
    with open(path, encoding="utf-8") as file:
        whole = file.read()
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    if not pattern.search(whole):
        raise SystemExit(f"{path}: no place for the table: {BEGIN} ... {END}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(pattern.sub(lambda _: f"{BEGIN}\n{text}{END}", whole))


# ---- what is kept between runs ----

def keep(path, identity, results):
    """Adds results to those of earlier runs of the same program, and returns all in the order of the
    rows. Results of another program are dropped."""
    known = {}
    try:
        with open(path, encoding="utf-8") as file:
            old = json.load(file)
        if old["identity"] == identity:
            known = {r["name"]: r for r in old["results"]}
    except (OSError, ValueError, KeyError):
        pass
    known.update({r["name"]: r for r in results})
    order = {r.name: i for i, r in enumerate(REGISTRY)}
    merged = sorted(known.values(), key=lambda r: order.get(r["name"], len(order)))
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"identity": identity, "results": merged}, file, indent=1)
    return merged
