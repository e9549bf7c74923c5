"""Rows of what the screen asks of a loaded log: memory on top of the log's, and how soon it stops."""

from tests.bench.budgets import Figure, row
from tests.bench.measure import FIGURE, NoFigure, run

answered = {}  # what query.c printed, by the log: all rows look at the same run


def queries(bench, prefix):
    """name: figures of the queries whose names begin so."""
    log = bench.log()
    if log not in answered:
        answered[log] = {}
        for line in run([bench.own("query"), log, "0"]).out.splitlines():
            answered[log][line.split()[0]] = {name: float(value) for name, value in FIGURE.findall(line)}
    chosen = {name: figures for name, figures in answered[log].items() if name.startswith(prefix)}
    if not chosen:
        raise NoFigure(f"query.c knows no {prefix}")
    return chosen


def on_top(bench, prefix):
    chosen = queries(bench, prefix)
    told = [f"{name.removeprefix(prefix).lstrip('-') or name} {figures['bytes-a-row']:.1f} in {figures['wall']:.3f} s"
            for name, figures in chosen.items()]
    return Figure([figures["bytes-a-row"] for figures in chosen.values()], ", ".join(told), worst=True)


@row("top-sort", "sort, memory on top, worst column, {rows} rows", unit=" B/row", timed=False, must=16, reach=8)
def top_sort(bench):
    return on_top(bench, "sort-")


@row("top-filter", "filter, memory on top, worst, {rows} rows", unit=" B/row", timed=False, must=16, reach=8)
def top_filter(bench):
    return on_top(bench, "filter-")


@row("top-rows", "rows of the biggest cluster, memory on top, {rows} rows", unit=" B/row", timed=False, must=16, reach=8)
def top_rows(bench):
    return on_top(bench, "rows-of-cluster")


@row("cancel", "cancel of sort, filter, find, count: until it has stopped, worst", unit=" ms", must=50)
def cancel(bench):
    late = {name: figures["cancel"] * 1000 for name, figures in queries(bench, "").items() if figures["cancel"] >= 0}
    if not late:
        raise NoFigure("every query was over before it could be cancelled")
    worst = max(late, key=late.get)
    return Figure(late.values(), f"{len(late)} queries cancelled half way, the slowest was {worst}", worst=True)
