"""Rows of k-means alone: the same matrix and the same start for both sides."""

import os
import subprocess

from tests.bench.budgets import Figure, row
from tests.bench.measure import NoFigure, run
from tests.bench.rows_batch import against, inside

EIGHT = ("log(duration),log(orig_bytes),log(resp_bytes),log(orig_pkts),log(resp_pkts),log(orig_ip_bytes),"
         "log(resp_ip_bytes),ratio(orig_bytes,resp_bytes)")
MORE = ("pair_count,regularity,pair_gap,popularity,fanout_hosts,fanout_ports,failed,hour(ts),"
        "rate(orig_bytes,duration),rate(resp_bytes,duration),num(duration),num(orig_bytes),num(resp_bytes),"
        "num(orig_pkts),num(resp_pkts)")
FEATURES = {8: EIGHT, 24: EIGHT + "," + MORE}


def problem(bench, d, k):
    """A file with the scaled matrix of the log and k rows of it to start from."""
    log, program = bench.log(), bench.own("lloyd")
    path = os.path.join(bench.data, f"fit-{bench.rows}-d{d}-k{k}")
    if not (bench.is_new(path, log) and bench.is_new(path, program)):
        done = subprocess.run([program, "write", log, FEATURES[d], str(k), path], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0 or f" d={d} " not in done.stdout.decode():
            raise NoFigure(f"no matrix of d {d}: {done.stdout.decode().strip()}")
    return path


def fit(bench, d, k):
    path = problem(bench, d, k)
    own, peer = [bench.own("lloyd"), "fit", path, "0"], [*bench.python("peer_sklearn.py"), path]
    figure = against(inside(*own), inside(*peer), "minnow", "scikit-learn")
    ours, theirs = run(own).figures(), run(peer).figures()
    figure.detail += f"; {ours['passes']} and {theirs['passes']} passes, inertia {float(ours['inertia']):.9g} " \
                     f"and {float(theirs['inertia']):.9g}"
    return figure


@row("fit-d8-k7", "k-means fit, same start, d 8 k 7, against scikit-learn", must=15, reach=30, better="more")
def fit_d8_k7(bench):
    return fit(bench, 8, 7)


@row("fit-d24-k7", "k-means fit, same start, d 24 k 7, against scikit-learn", must=15, reach=30, better="more")
def fit_d24_k7(bench):
    return fit(bench, 24, 7)


@row("fit-d24-k30", "k-means fit, same start, d 24 k 30, against scikit-learn", must=15, reach=30, better="more")
def fit_d24_k30(bench):
    return fit(bench, 24, 30)


@row("inertia", "inertia against Lloyd's iteration in double, relative", unit="", timed=False, must=1e-6)
def inertia(bench):
    """The reference adds in the order of the rows, minnow in slices, so the last digits of a sum over
    a million may differ while every label is the same. The same bytes for any number of threads are
    another row."""
    values, told = [], []
    for d, k in ((8, 7), (24, 7)):
        figures = run([bench.own("lloyd"), "check", problem(bench, d, k), "0"]).figures()
        values.append(float(figures["relative"]))
        told.append(f"d {d} k {k}: {figures['labels_differ']} labels differ, {figures['passes']} and "
                    f"{figures['plain_passes']} passes")
    return Figure(values, "; ".join(told), worst=True)
