"""The same thousand rows in every form that opens: the same clusters, and an export with the same values."""

import csv
import gzip
import io
import json
import os
import shutil
import subprocess

from tests.cli.harness import check, check_equal, generate, main, run, temp_dir, write
from tests.cli.test_json import iso, nested, plain, read_tsv

ROWS = 1000
TRUTH = {"true": "T", "false": "F"}


def base_log(directory):
    path = os.path.join(directory, "base.log")
    generate(path, f"--rows={ROWS}", "--seed=4", "--mix=all")
    names, types, rows = read_tsv(path)
    check_equal("rows of the sample", len(rows), ROWS)
    return path, names, types, rows


def values(row, names, unset="-"):
    return [row.get(n, unset) for n in names]


# ---- the forms: each writes files and gives the arguments that open them ----

def with_header(d, path, *_):
    return [path]


def bare(d, _path, names, _types, rows):
    """20 columns and no header: local_resp came later."""
    old = [n for n in names if n != "local_resp"]
    return [write(d, "bare.log", "".join("\t".join(values(r, old)) + "\n" for r in rows))]


def names_only(d, _path, names, _types, rows):
    lines = ["\t".join(names)] + ["\t".join(values(r, names, "")) for r in rows]
    return [write(d, "names.log", "\n".join(lines) + "\n")]


def other_marks(d, _path, names, types, rows):
    head = ["#separator |", "#set_separator|;", "#empty_field|EMPTY", "#unset_field|?", "#path|conn",
            "#fields|" + "|".join(names), "#types|" + "|".join(types[n] for n in names)]
    return [write(d, "pipe.log", "\n".join(head + ["|".join(values(r, names, "?")) for r in rows]) + "\n")]


def moved_in_the_middle(d, _path, names, types, rows):
    """After half of the rows a new header: other order, one column more."""
    text = ""
    for part, order in ((rows[:ROWS // 2], list(names)), (rows[ROWS // 2:], ["community_id"] + list(reversed(names)))):
        text += "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
        text += "#fields\t" + "\t".join(order) + "\n#types\t" + "\t".join(types.get(n, "string") for n in order) + "\n"
        text += "".join("\t".join(values(r, order)) + "\n" for r in part)
    return [write(d, "moved.log", text)]


def extended(d, _path, names, types, rows):
    order = ["_write_ts", "_node_name"] + list(names) + ["vlan", "orig_l2_addr"]
    kinds = {"_write_ts": "time", "vlan": "int"}
    head = ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\tconn",
            "#fields\t" + "\t".join(order), "#types\t" + "\t".join(types.get(n, kinds.get(n, "string")) for n in order)]
    more = {"_write_ts": "1773100000.5", "_node_name": "worker-1", "vlan": "7", "orig_l2_addr": "00:11:22:33:44:55"}
    return [write(d, "extended.log", "\n".join(head + ["\t".join(values({**more, **r}, order)) for r in rows]) + "\n")]


def labelled(d, _path, names, types, rows):
    """IoT-23: the last three fields joined by three blanks inside of one."""
    order = [n for n in names if n != "tunnel_parents"]
    head = ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\tconn",
            "#fields\t" + "\t".join(order) + "\ttunnel_parents   label   detailed-label",
            "#types\t" + "\t".join(types[n] for n in order) + "\tset[string]   string   string"]
    lines = ["\t".join(values(r, order)) + f"\t{r.get('tunnel_parents', '-')}   benign   -" for r in rows]
    return [write(d, "labelled.log", "\n".join(head + lines) + "\n")]


def json_lines(form):
    def make(d, _path, names, types, rows):
        return [write(d, form.__name__ + ".json", "".join(form(r, types, names) + "\n" for r in rows))]
    make.__name__ = "json_" + form.__name__
    return make


def json_of_several_logs(d, _path, names, types, rows):
    text = ""
    for i, r in enumerate(rows):
        text += '{"_path":"conn",' + plain(r, types, names)[1:] + "\n"
        if i % 3 == 0:
            text += json.dumps({"_path": "dns", "ts": 1773100000.5, "query": "example.com"}) + "\n"
    return [write(d, "several.json", text)]


def json_behind_a_prefix(d, _path, names, types, rows):
    return [write(d, "prefix.json", "".join("conn - " + plain(r, types, names) + "\n" for r in rows))]


def comma(d, _path, names, _types, rows):
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows(values(r, names, "") for r in rows)
    return [write(d, "comma.csv", out.getvalue())]


def csv_with_iso_times(d, _path, names, types, rows):
    """As other tools write them; the text of a time is kept, so it is not compared."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for r in rows:
        ts = json.loads(iso({"ts": r["ts"]}, types, names))["ts"]
        writer.writerow([ts] + values(r, names, "")[1:])
    return [write(d, "iso.csv", out.getvalue())]


ALIASES = {"id.orig_h": "source.ip", "id.resp_h": "destination.ip", "id.orig_p": "source.port",
           "id.resp_p": "destination.port"}


def semicolons_and_aliases(d, _path, names, _types, rows):
    lines = [";".join(ALIASES.get(n, n) for n in names)] + [";".join(values(r, names, "")) for r in rows]
    return [write(d, "aliases.csv", "\n".join(lines) + "\n")]


def in_gzip_members(d, path, *_):
    with open(path, "rb") as f:
        text = f.read()
    at = text.index(b"\n", len(text) // 2) + 1
    return [write(d, "packed.gz", gzip.compress(text[:at]) + gzip.compress(text[at:]))]


def in_zstd(d, path, *_):
    out = os.path.join(d, "packed.zst")
    subprocess.run(["zstd", "-q", "-f", path, "-o", out], check=True)
    return [out]


def in_files(d, path, *_):
    """Four files, cut between rows; the header stands in each."""
    with open(path) as f:
        lines = f.readlines()
    head = [line for line in lines if line.startswith("#")]
    rows = [line for line in lines if not line.startswith("#")]
    return [write(d, f"part-{i}.log", "".join(head + rows[i * 250:(i + 1) * 250])) for i in range(4)]


def without_a_last_newline(d, path, *_):
    with open(path) as f:
        return [write(d, "torn.log", f.read().rstrip("\n").replace("\n", "\r\n"))]


FORMS = [with_header, bare, names_only, other_marks, moved_in_the_middle, extended, labelled,
         json_lines(plain), json_lines(nested), json_lines(iso), json_of_several_logs, json_behind_a_prefix,
         comma, csv_with_iso_times, semicolons_and_aliases, in_gzip_members, in_zstd, in_files, without_a_last_newline]


# ---- comparing ----

OPTIONS = ["-b", "-r", "conn", "-k", "12", "-c", "all", "-o", "-"]


def rows_of(text, names):
    """The export as a list of dicts by Zeek's names, and its cluster and distance."""
    reader = csv.DictReader(io.StringIO(text))
    back = {v: k for k, v in ALIASES.items()}
    rows, clusters = [], []
    for r in reader:
        r = {back.get(n, n): TRUTH.get(v, v) for n, v in r.items()}
        clusters.append((r["cluster"], r["distance"]))
        rows.append({n: r[n] for n in names if r.get(n, "") not in ("", "-", "?")})
    return rows, clusters


def test_every_form_says_the_same():
    with temp_dir() as d:
        path, names, types, rows = base_log(d)
        want = None
        for form in FORMS:
            if form is in_zstd and shutil.which("zstd") is None:
                continue
            result = run(*OPTIONS, *form(d, path, names, types, rows))
            check_equal(f"{form.__name__}: status", result.status, 0)
            got, clusters = rows_of(result.out, names)
            check_equal(f"{form.__name__}: rows", len(got), ROWS)
            expected = rows if form is not bare else [{n: v for n, v in r.items() if n != "local_resp"} for r in rows]
            if form is csv_with_iso_times:
                check(all(r.pop("ts").endswith("Z") for r in got), "the times are kept as they were written")
                expected = [{n: v for n, v in r.items() if n != "ts"} for r in rows]
            for i, (a, b) in enumerate(zip(got, expected)):
                check_equal(f"{form.__name__}: row {i + 1}", a, b)
            want = want or clusters
            check(clusters == want, lambda f=form, c=clusters: f"{f.__name__}: other clusters, first at row "
                  f"{[a == b for a, b in zip(c, want)].index(False) + 1}")


def test_standard_input_says_the_same():
    with temp_dir() as d:
        path, names, types, rows = base_log(d)
        want = run(*OPTIONS, path)
        for form in (with_header, json_lines(plain), comma, in_gzip_members):
            (given,) = form(d, path, names, types, rows)
            with open(given, "rb") as f:
                result = run(*OPTIONS, "-", stdin=f.read())
            check_equal(f"{form.__name__}: status", result.status, 0)
            check_equal(f"{form.__name__}: clusters", rows_of(result.out, names)[1], rows_of(want.out, names)[1])
            if form in (with_header, in_gzip_members):
                check_equal("the same bytes", result.out, want.out)


main(__name__)
