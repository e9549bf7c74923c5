"""The cheap bench that runs before every merge: has something become twice as slow?

Each part of minnow is measured in CPU seconds of one thread over 100,000 rows, as a multiple of a
reference of others that runs beside it: libcsv cutting the same log into fields, or Lloyd's iteration
written out in double. The least of several runs counts on both sides, so that a busy machine changes
little; a part that seems too slow is measured again, several times, before it fails.

What is normal stands in normal.txt. It holds for one kind of machine, and moves when minnow does: the
guard says when a part has become so fast that its line there is worth writing anew."""

import os
import platform

from tests.bench.measure import environment, run, run_inside
from tests.bench.rows_fit import problem

ROWS = 100_000
SLOW = 1.6  # times normal: fails. Twice as slow does, noise does not
FAST = 0.7  # times normal: normal.txt is out of date
RUNS, AGAIN = 5, 4
NORMAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "normal.txt")


class Part:
    """A function that gives (CPU seconds of minnow, CPU seconds of the reference)."""

    def __init__(self, name, pair):
        self.name, self.pair = name, pair
        self.own = self.reference = float("inf")

    def measure(self, runs):
        for _ in range(runs):
            own, reference = self.pair()
            self.own, self.reference = min(self.own, own), min(self.reference, reference)
        return self.own / self.reference


def parts(bench):
    env = environment()
    if platform.machine() == "x86_64":
        env["MINNOW_SIMD"] = "sse2"  # the vectors that all of them have
    libcsv, load = bench.peer("peer_libcsv", "libcsv"), bench.own("load")
    logs = {form: bench.log(form=form) for form in ("tsv", "json", "csv")}
    start = problem(bench, 8, 7)

    def reference():
        return run_inside([libcsv, logs["tsv"], "tab"]).cpu

    def loading(form):
        return lambda: (run_inside([load, logs[form], "1"]).cpu, reference())

    def whole(command):
        return lambda: (run(command, env).cpu, reference())

    def fit():
        result = run_inside([bench.own("lloyd"), "check", start, "1"], env)
        return result.cpu, float(result.figures()["plain_cpu"])

    return [Part("load-tsv", loading("tsv")), Part("load-json", loading("json")), Part("load-csv", loading("csv")),
            Part("fit", fit), Part("job", whole(bench.job(logs["tsv"], "-j1"))),
            Part("default", whole([bench.program, "-b", "-j1", "--max-iter=20", logs["tsv"]]))]


def read_normal():
    normal = {}
    with open(NORMAL, encoding="ascii") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                name, ratio = line.split()
                normal[name] = float(ratio)
    return normal


def write_normal(ratios):
    with open(NORMAL, encoding="ascii") as file:
        head = [line for line in file if line.startswith("#")]
    with open(NORMAL, "w", encoding="ascii") as file:
        file.writelines(head + [f"{name} {ratio:.3g}\n" for name, ratio in ratios.items()])


def guard(measured, normal, renew=False):
    """Measures the parts and prints one line for each. The names of those that are too slow."""
    ratios, slow = {}, []
    for part in measured:
        usual = normal.get(part.name)
        ratio = part.measure(RUNS)
        for _ in range(AGAIN):
            if renew or usual is None or ratio <= SLOW * usual:
                break
            ratio = part.measure(RUNS)
        ratios[part.name] = ratio
        remark = ""
        if usual is None:
            remark = "no line in normal.txt"
        elif ratio > SLOW * usual:
            remark = "TOO SLOW"
            slow.append(part.name)
        elif ratio < FAST * usual:
            remark = "faster than normal.txt says: make bench QUICK=renew"
        print(f"{part.name:10} {part.own * 1000:7.1f} ms of CPU  {ratio:6.2f}x its reference  "
              f"normal {usual if usual is not None else '-'}x  {remark}".rstrip(), flush=True)
    if renew:
        write_normal(ratios)
        return []
    return slow


def main(bench, renew):
    slow = guard(parts(bench), read_normal(), renew)
    if slow:
        print(f"bench: slower than {SLOW} times normal: {', '.join(slow)}")
    return 1 if slow else 0
