#!/usr/bin/python3
"""The shipped recipes find what they are for, on logs of the generator, for several seeds. What `article` is for is tested on
its own log, in tests/unit/test_golden.c."""

import json
import os
import random
import re

from tests.cli.harness import ROOT, check, check_equal, environment, expect, generate, main, run, temp_dir, write

SAMPLE = ROOT / "data/sample.conn.log"
SEEDS = (1, 2, 3, 4, 5)


def clusters(log, recipe, seed):
    result = run("-b", "-f", "json", "-r", recipe, "-s", seed, log, timeout=60)
    check_equal("status", result.status, 0)
    return json.loads(result.out)["clusters"]


def test_exfil_names_the_thief_first():
    for seed in SEEDS:
        first = clusters(SAMPLE, "exfil", seed)[0]
        check_equal(f"seed {seed}", (first["top_orig"][0][0], first["suspicion"]["word"]), ("10.20.1.30", "UPLOAD"))


def test_a_home_that_may_not_be_entered():
    """It is another user's, as with sudo: recipes that are built in are there all the same."""
    with temp_dir() as d:
        os.makedirs(f"{d}/home/minnow/recipes")
        write(f"{d}/home/minnow/recipes", "scan.recipe", "feature = log(duration)\n")
        os.chmod(d, 0o755)
        os.chmod(f"{d}/home", 0o700)
        path = write(d, "conn.log", open(SAMPLE).read())
        env = environment(XDG_CONFIG_HOME=f"{d}/home")
        result = run("-b", "-r", "scan", path, env=env, nobody=True)
        check("recipe scan, k 24" in result.out, result)
        if os.geteuid() == 0:
            check("log(duration)" in run("-b", "-f", "json", "-r", "scan", path, env=env).out, "the user's own")


def test_readme_s_two_minutes():
    """What README says of the sample's lines is what they say."""
    with open(ROOT / "README.md", encoding="utf-8") as f:
        readme = f.read()
    part = re.sub(r"\s+", " ", readme[readme.index("## Two minutes"):readme.index("## On the screen")])
    share = re.search(r"`build/minnow -r exfil data/sample.conn.log`.* first line \((\d+) % of it\)", part)[1]
    first = clusters(SAMPLE, "exfil", 1)[0]
    source, rows = first["top_orig"][0]
    check_equal("the thief's share", (source, f"{100 * rows / first['rows']:.0f}"), ("10.20.1.30", share))
    chart = clusters(SAMPLE, "conn", 1)
    words = re.search(r"The word in front .*?: ([A-Z, ]+)\.", part)[1].split(", ")
    check_equal("words", sorted({c["suspicion"]["word"] for c in chart} - {""}), sorted(words))
    check_equal("line 1 is the scanner", chart[0]["top_orig"][0][0], "10.20.1.23")
    thief = chart[int(re.search(r"Line (\d+) says UPLOAD and one machine", part)[1]) - 1]
    check_equal("the thief's line", (thief["suspicion"]["word"], thief["top_orig"][0][0]), ("UPLOAD", "10.20.1.30"))


def test_conn_names_the_scanner_first():
    for seed in SEEDS:
        first = clusters(SAMPLE, "conn", seed)[0]
        check_equal(f"seed {seed}", (first["top_orig"][0][0], first["suspicion"]["word"]), ("10.20.1.23", "REFUSED"))


def test_conn_finds_scans_and_floods():
    with temp_dir() as d:
        for mix in ("vscan", "hscan", "flood"):
            log = generate(f"{d}/{mix}.log", "--rows=20000", "--seed=3", f"--mix={mix}")
            first = clusters(log, "conn", 1)[0]
            check(first["suspicion"]["word"] in ("REFUSED", "ODD", "REGULAR"), first["why"])
            check(max(first["top_orig"][0][1], first["top_resp"][0][1]) >= first["rows"] / 2, first["why"])


def labelled(log):
    """The sources of the rows that the generator's label calls an attack, and how many rows those are."""
    with open(log, encoding="latin-1") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if not line.startswith("#")]
    bad = [row[2] for row in rows if row[-1] != "benign"]
    return set(bad), len(bad)


def test_after_hours_finds_the_night_worker():
    with temp_dir() as d:
        for rows, days in ((20000, 1), (40000, 3)):
            log = generate(f"{d}/{rows}.log", f"--rows={rows}", f"--days={days}", "--mix=afterhours", "--seed=5",
                           "--labels")
            (who,), n = labelled(log)
            for seed in SEEDS:
                mine = [c for c in clusters(log, "after-hours", seed)[:3] if c["top_orig"][0][0] == who]
                rows_of_his = sum(c["top_orig"][0][1] for c in mine)
                check(rows_of_his >= 0.5 * n and rows_of_his >= 0.8 * sum(c["rows"] for c in mine),
                      lambda: f"{rows} rows, seed {seed}: {[c['why'] for c in mine]}, {n} rows of {who}")


def test_beacon_finds_the_caller():
    """Also where `conn` does not: in the larger log its cluster is full of other calls."""
    with temp_dir() as d:
        for rows, gen_seed in ((20000, 5), (100000, 4)):
            log = generate(f"{d}/{rows}.log", f"--rows={rows}", "--mix=beacon", f"--seed={gen_seed}", "--labels")
            (who,), n = labelled(log)
            for seed in SEEDS[:3]:
                found = [c for c in clusters(log, "beacon", seed)[:3] if c["top_orig"][0][0] == who]
                check(len(found) == 1 and ", every " in found[0]["why"] and
                      n * 0.9 <= found[0]["rows"] <= n * 1.2,
                      lambda: f"{rows} rows, seed {seed}: {[c['why'] for c in found]}, {n} rows of {who}")


def test_scan_finds_probes():
    with temp_dir() as d:
        for mix in ("vscan", "hscan"):
            log = generate(f"{d}/{mix}.log", "--rows=20000", f"--mix={mix}", "--seed=5", "--labels")
            (who,), n = labelled(log)
            for seed in SEEDS:
                mine = [c for c in clusters(log, "scan", seed)[:3] if c["top_orig"][0][0] == who]
                rows = sum(c["top_orig"][0][1] for c in mine)
                check(rows >= 0.8 * n and rows >= 0.7 * sum(c["rows"] for c in mine),
                      lambda: f"{mix}, seed {seed}: {[c['why'] for c in mine]}, {n} rows of {who}")


def test_a_recipe_for_one_thing_has_only_its_word():
    """What is odd in another way neither comes first nor wakes anybody, and is reported all the same."""
    for name, word in (("scan", "REFUSED"), ("exfil", "UPLOAD")):
        report = json.loads(run("-b", "-f", "json", "-r", name, SAMPLE).out)
        check_equal(f"{name}: what counts", report["suspicion"], [word])
        said = [c["suspicion"]["word"] for c in report["clusters"]]
        check_equal(f"{name}: the words", {w for w in said if w}, {word})
        check_equal(f"{name}: its first line", said[0], word)
        check(any(c["suspicion"]["odd"] > c["suspicion"]["score"] for c in report["clusters"]), "the others are listed")
        check_equal(f"{name}: alerts", expect(run("-b", "-f", "json", "-r", name, "--alert=1", SAMPLE), out=None).status, 0)
        text = run("-b", "-r", name, SAMPLE).out
        check(f", suspicion {word}\n" in text, lambda: text)
    check_equal("conn", json.loads(run("-b", "-f", "json", SAMPLE).out)["suspicion"], ["REGULAR", "REFUSED", "UPLOAD", "ODD"])


def test_the_report_says_what_where_leaves_out():
    for args, line in ((("-r", "beacon"), "where proto=tcp (filters out 11,252 rows)"),
                       (("-w", "proto=udp,tcp,icmp"), "where proto=udp,tcp,icmp"),
                       (("-w", "not proto=udp", "--missing=drop"), "where not proto=udp")):
        text = run("-b", "-k", 4, *args, SAMPLE).out
        check(line in text.splitlines(), lambda: text)


def test_hours_are_of_a_zone():
    with temp_dir() as d:
        log = generate(f"{d}/conn.log", "--rows=20000", "--mix=afterhours", "--seed=5")
        notice = "{}: hours are UTC; --tz=ZONE sets the zone"
        for args, name in ((("-r", "after-hours"), "after-hours"), (("--features=hour(ts)",), "conn"),
                           (("--features=weekday(ts),log(duration)",), "conn"), (("-w", "hour<6"), "conn"),
                           (("-r", "exfil"), "exfil")):
            for tz in ((), ("--tz=UTC",), ("--tz=America/Los_Angeles",)):
                if tz and tz[0].endswith("Angeles") and not os.path.exists("/usr/share/zoneinfo/America/Los_Angeles"):
                    continue
                report = json.loads(run("-b", "-f", "json", "-k", 4, *args, *tz, log).out)
                check_equal(f"{args} {tz}", notice.format(name) in report["notices"], tz == ())
        check(not any("--tz" in n for n in json.loads(run("-b", "-f", "json", log).out)["notices"]), "conn has no hours")


def dns_log(odd, how="slow"):
    """A dns log, tab-separated, of 3000 look-ups; `odd` of them are one host's: of another type and answered `slow`, or
    ordinary but for their long (`tunnel`) or made-up (`dga`) names."""
    lines = ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\tdns",
             "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\trtt\tquery\tqtype"
             "\tqtype_name\trcode_name",
             "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tcount\tinterval\tstring\tcount\tstring\tstring"]
    rng = random.Random(7)
    for i in range(3000):
        kind = rng.choice(((1, "A"), (1, "A"), (28, "AAAA"), (12, "PTR")))
        rtt, host = rng.lognormvariate(-5, 1), f"10.0.0.{rng.randrange(40)}"
        rcode = rng.choice(("NOERROR", "NOERROR", "NOERROR", "NXDOMAIN"))
        name = f"{'www mail api cdn-eu'.split()[i % 4]}.site{int(rng.paretovariate(0.7)) % 300}.example"
        if i % (3000 // odd) == 0:
            host = "10.0.0.66"
            if how == "slow":
                kind, rtt, rcode = (16, "TXT"), rng.lognormvariate(0, 0.3), "NOERROR"
            elif how == "tunnel":
                name, kind, rcode = f"{rng.getrandbits(200):050x}.t.example", (1, "A"), "NOERROR"
            else:
                name, kind, rcode = f"{rng.getrandbits(48):012x}.example", (1, "A"), "NXDOMAIN"
        lines.append(f"{1700000000 + i * 1.5}\tC{i}\t{host}\t{rng.randrange(1024, 65536)}\t10.0.0.1\t53\tudp"
                     f"\t{rng.randrange(65536)}\t{rtt:.6f}\t{name}\t{kind[0]}\t{kind[1]}\t{rcode}")
    return "".join(line + "\n" for line in lines)


def test_auto_finds_what_differs_in_a_log_of_another_kind():
    with temp_dir() as d:
        log = write(d, "dns.log", dns_log(60).replace("query", "asked"))  # else it is one of DNS
        for seed in SEEDS:
            result = run("-b", "-f", "json", "-s", seed, log)
            report = json.loads(result.out)
            check_equal("recipe", report["recipe"], "auto")
            check_equal("features", report["features"], ["log(rtt)", "onehot(qtype_name)", "onehot(rcode_name)"])
            check("not a connection log: recipe auto chose 3 features from its 13 columns" in report["notices"],
                  report["notices"])
            # A log of so few kinds of rows is cut finer than them: all lines of that host stand on top.
            alone = [n for n, c in enumerate(report["clusters"], 1) if c["top_orig"][0] == ["10.0.0.66", c["rows"]]]
            rows = sum(c["rows"] for n, c in enumerate(report["clusters"], 1) if n in alone)
            check_equal(f"seed {seed}", (rows, alone), (60, list(range(1, len(alone) + 1))))


def test_dns_finds_tunnels_and_made_up_names():
    with temp_dir() as d:
        for how in ("tunnel", "dga"):
            log = write(d, "dns.log", dns_log(60, how))
            for seed in SEEDS:
                top = [c for c in clusters(log, "dns", seed)[:3] if c["top_orig"][0][0] == "10.0.0.66"]
                mine = sum(c["top_orig"][0][1] for c in top)
                check(mine >= 45 and mine >= 0.8 * sum(c["rows"] for c in top),
                      lambda: f"{how}, seed {seed}: {mine} of 60: {[c['why'] for c in top]}")


def test_auto_finds_what_differs_in_a_csv():
    rng = random.Random(3)
    lines = ["host,kind,size,load"]
    for i in range(2000):
        odd = i % 100 == 50
        lines.append(f"h{i},{rng.choice('abc')},{rng.randrange(10**6, 10**7) if odd else rng.randrange(500)},"
                     f"{rng.gauss(5 if odd else 0, 1):.3f}")
    with temp_dir() as d:
        log = write(d, "any.csv", "".join(line + "\n" for line in lines))
        for seed in SEEDS:
            report = json.loads(run("-b", "-f", "json", "-k", 6, "-s", seed, log).out)
            check_equal("features", report["features"], ["onehot(kind)", "log(size)", "num(load)"])
            check(any(c["rows"] == 20 for c in report["clusters"]), [c["rows"] for c in report["clusters"]])


def test_the_log_chooses_only_where_nobody_else_did():
    with temp_dir() as d:
        other = write(d, "other.log", dns_log(60).replace("query", "asked"))
        dns = write(d, "dns.log", dns_log(60))
        for log, kind in ((other, "auto"), (dns, "dns")):
            for args, name in (((), kind), (("-r", "auto"), "auto"), (("--features=log(rtt)",), "conn")):
                report = json.loads(run("-b", "-f", "json", *args, log).out)
                check_equal(f"{args} {kind}", report["recipe"], name)
                check_equal(f"{args} {kind}", any("not a connection log" in n for n in report["notices"]),
                            args == () and log == other)
            report = json.loads(run("-b", "-f", "json", "-k", 3, "-w", "qtype_name=A", log).out)
            check_equal("overrides", (report["recipe"], report["k"], report["where"]), (kind, 3, "qtype_name=A"))
        check_equal("sample", json.loads(run("-b", "-f", "json", SAMPLE).out)["recipe"], "conn")


def test_where_narrows_a_recipe():
    """What the recipe is about stays; an empty expression takes all of the log."""
    def report(*args):
        return json.loads(expect(run("-f", "json", "-r", "exfil", *args, SAMPLE), out=None).out)

    alone, narrowed = report(), report("-w", "src=10.20.1.30")
    check_equal("where", narrowed["where"],
                "(proto=tcp and dir=out and orig_bytes>0) and (src=10.20.1.30)")
    check(narrowed["rows_excluded"] > alone["rows_excluded"], narrowed["rows_excluded"])
    check_equal("none", report("-w", "")["where"], "")
    result = run("-r", "exfil", "-w", "src=", SAMPLE)
    check_equal("status", result.status, 2)
    check_equal("the caret", result.err, "minnow: --where: expected a value\n  src=\n      ^\n")


main(__name__)
