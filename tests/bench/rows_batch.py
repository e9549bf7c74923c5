"""Rows without a screen: the whole job, its parts, memory, threads."""

import functools
import re

from tests.bench.bench import PLAIN
from tests.bench.budgets import Figure, count, row, seconds
from tests.bench.measure import Missed, NoFigure, in_turn, median, run, run_inside

LARGE_ROWS = 10_000_000
HUGE_ROWS = 22_700_000
SECONDS = re.compile(r'"seconds": *\{[^}]*\}')  # all that may differ between two reports


def walls(runs):
    return [r.wall for r in runs]


def against(own, peer, own_name, peer_name, faster=True):
    """How often the one fits into the other, run by run. faster: peer's time by ours, else ours by the
    peer's."""
    ours, theirs = in_turn(own, peer)
    pairs = list(zip(walls(ours), walls(theirs)))
    cpu = median([r.cpu for r in theirs]) / max(1e-9, median([r.cpu for r in ours]))
    if not faster:
        cpu = 1 / cpu
    return Figure([t / o if faster else o / t for o, t in pairs],
                  f"{own_name} {seconds(median(walls(ours)))}, {peer_name} {seconds(median(walls(theirs)))}; "
                  f"in CPU seconds {cpu:.3g}x", walls(theirs))


def batch(command):
    return functools.partial(run, command)


def inside(*command):
    return functools.partial(run_inside, list(command))


# ---- the whole job ----

def job_against_pandas(bench, rows):
    log = bench.log(rows)
    pandas = bench.python("peer_pandas.py") + [log, "7", *PLAIN]
    return against(batch(bench.job(log)), batch(pandas), "minnow", "pandas + scikit-learn")


@row("job", "whole job, {rows} rows, against pandas + scikit-learn", must=15, reach=25, better="more")
def job(bench):
    return job_against_pandas(bench, bench.rows)


@row("job-10m", "whole job, 10 M rows, against pandas + scikit-learn", must=12, reach=20, better="more",
     large=True)
def job_10m(bench):
    return job_against_pandas(bench, LARGE_ROWS)


def job_against_wc(bench, rows):
    log = bench.log(rows)
    wc = [bench.tool("wc", "coreutils"), "-l", log]
    return against(batch(bench.job(log)), batch(wc), "minnow", "wc -l", faster=False)


# The budget is that of ten times the rows: here the start of two programs counts, too.
@row("wc", "whole job, {rows} rows, against wc -l")
def wc(bench):
    return job_against_wc(bench, bench.rows)


@row("wc-10m", "whole job, 10 M rows, against wc -l", must=8, reach=5, large=True)
def wc_10m(bench):
    return job_against_wc(bench, LARGE_ROWS)


# ---- reading ----

def load_against_libcsv(bench, log, delimiter, threads):
    return against(inside(bench.own("load"), log, str(threads)),
                   inside(bench.peer("peer_libcsv", "libcsv"), log, delimiter), "minnow", "libcsv")


@row("parse-1", "load, 1 thread, against libcsv cutting fields", must=3, reach=4, better="more")
def parse_1(bench):
    return load_against_libcsv(bench, bench.log(), "tab", 1)


@row("parse-2", "load, 2 threads, against libcsv cutting fields", must=5, reach=7, better="more")
def parse_2(bench):
    return load_against_libcsv(bench, bench.log(), "tab", 2)


@row("json", "load of JSON lines, against yajl's events", must=2.5, reach=5, better="more")
def json_lines(bench):
    log = bench.log(form="json")
    return against(inside(bench.own("load"), log, "0"), inside(bench.peer("peer_yajl", "libyajl-dev"), log),
                   "minnow", "yajl")


@row("csv", "load of CSV, against libcsv cutting fields", must=2.5, reach=4, better="more")
def csv(bench):
    return load_against_libcsv(bench, bench.log(form="csv"), "comma", 0)


@row("gz", "load of .gz, against zlib's inflate alone", must=1.1, reach=0.6)
def gz(bench):
    log = bench.packed()
    return against(inside(bench.own("load"), log, "0"), inside(bench.peer("peer_zlib", "zlib"), log),
                   "minnow", "zlib", faster=False)


# ---- clustering ----

@row("recluster", "another k, {rows} rows: k 7, then 8", unit=" s", must=0.15, reach=0.06)
def recluster(bench):
    features = ",".join(f"num({name})" for name in PLAIN)
    runs, = in_turn(inside(bench.own("recluster"), bench.log(), features, "7", "8"))
    first = median([float(r.figures()["first"]) for r in runs])
    return Figure(walls(runs), f"the first time, with k 7, {seconds(first)}", walls(runs))


@row("default", "default recipe, its k and starts, {rows} rows", unit=" s", must=2, reach=0.7)
def default(bench):
    runs, = in_turn(batch([bench.program, "-b", bench.log()]))
    return Figure(walls(runs), f"{seconds(median([r.cpu for r in runs]))} of CPU, "
                  f"peak {median([r.peak for r in runs]) / 2**20:,.0f} MiB", walls(runs))


# ---- memory ----

def bytes_a_row(bench, rows, rounds):
    runs, = in_turn(batch(bench.job(bench.log(rows))), rounds=rounds, warm=False)
    return Figure([r.peak / rows for r in runs], f"peak {median([r.peak for r in runs]) / 2**20:,.0f} MiB")


# Likewise: some 14 MiB are the program and its two readers', whatever the log is.
@row("memory", "peak memory, {rows} rows, d 8, addresses and times included", unit=" B/row", timed=False)
def memory(bench):
    return bytes_a_row(bench, bench.rows, 3)


@row("memory-10m", "peak memory, 10 M rows, d 8, addresses and times included", unit=" B/row", timed=False,
     must=75, reach=56, large=True)
def memory_10m(bench):
    return bytes_a_row(bench, LARGE_ROWS, 3)


def peak_within(bench, limit_gib, command):
    """The peak of one run that the kernel gives no more than the limit (RLIMIT_DATA: all it can write
    to, touched or not, which is stricter than the budget)."""
    limit = [bench.tool("prlimit", "util-linux"), f"--data={limit_gib << 30}"]
    try:
        result = run(limit + command)
    except NoFigure as why:
        free = run(command)
        raise Missed(f"ends within a limit of {limit_gib} GiB ({why}); without one the peak is "
                     f"{free.peak / 2**30:.2f} GiB in {seconds(free.wall)}") from None
    return Figure([result.peak / 2**30], f"within a limit of {limit_gib} GiB of data, in {seconds(result.wall)}")


@row("huge", "peak memory, 22.7 M rows, d 8", unit=" GiB", timed=False, must=2, reach=1.4, large=True)
def huge(bench):
    return peak_within(bench, 2, bench.job(bench.log(HUGE_ROWS)))


@row("huge-default", "peak memory, 22.7 M rows, default recipe", unit=" GiB", timed=False, must=3, reach=2, large=True)
def huge_default(bench):
    return peak_within(bench, 3, [bench.program, "-b", bench.log(HUGE_ROWS)])


@row("linear", "30 M rows against 1 M, time a row", must=1.25, reach=1.05, large=True)
def linear(bench):
    """Time a row of 1, 3, 10 and 30 million, default recipe with a fixed number of passes: how many
    passes k-means takes differs from log to log and says nothing about cost."""
    told, each = [], []
    for rows in (1_000_000, 3_000_000, 10_000_000, 30_000_000):
        command = [bench.program, "-b", "--starts=1", "--max-iter=20", bench.log(rows)]
        runs, = in_turn(batch(command), rounds=3 if rows < LARGE_ROWS else 1)
        each.append(median(walls(runs)) / rows)
        told.append(f"{count(rows)} {seconds(median(walls(runs)))} {median([r.peak for r in runs]) / rows:.0f} B/row")
    return Figure([each[-1] / each[0]], "; ".join(told))


# ---- threads ----

@row("threads", "two threads against one, whole job, {rows} rows", must=1.6, reach=1.85, better="more")
def threads(bench):
    log = bench.log()
    one, two = in_turn(batch(bench.job(log, "-j1")), batch(bench.job(log, "-j2")))
    return Figure([a.wall / b.wall for a, b in zip(one, two)],
                  f"{seconds(median(walls(one)))}, {seconds(median(walls(two)))}", walls(one))


@row("threads-load", "two threads against one, load, {rows} rows", must=1.6, reach=1.85, better="more")
def threads_load(bench):
    load, log = bench.own("load"), bench.log()
    one, two = in_turn(inside(load, log, "1"), inside(load, log, "2"))
    return Figure([a.wall / b.wall for a, b in zip(one, two)],
                  f"{seconds(median(walls(one)))}, {seconds(median(walls(two)))}", walls(one))


@row("threads-default", "two threads against one, default recipe, {rows} rows", must=1.6, reach=1.85, better="more")
def threads_default(bench):
    log = bench.log()
    one, two = in_turn(batch([bench.program, "-b", "-j1", log]), batch([bench.program, "-b", "-j2", log]),
                       rounds=3)
    return Figure([a.wall / b.wall for a, b in zip(one, two)],
                  f"{seconds(median(walls(one)))}, {seconds(median(walls(two)))}", walls(one))


@row("equal", "reports that differ between 1 and 2 to 8 threads, {rows} rows", unit="", timed=False, reach=0)
def equal(bench):
    log = bench.log()
    reports = [SECONDS.sub("", run([bench.program, "-b", "-f", "json", f"-j{n}", log]).out) for n in range(1, 9)]
    differ = [n for n, text in enumerate(reports, 1) if text != reports[0]]
    if differ:
        raise Missed("not the same bytes with " + ", ".join(map(str, differ)) + " threads")
    return Figure([0], f"{len(reports[0]):,} bytes of JSON, default recipe, byte for byte")
