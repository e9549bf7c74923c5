/* The report for people; see report.h.
 *
 * Log text, file names and notices pass the cleaner, so every line is one line and safe on any
 * terminal. Nothing here depends on how long things took or on how many threads worked. */
#include "core/export/report.h"

#include <math.h>

#include "core/base/clean.h"
#include "core/base/mem.h"
#include "core/base/number.h"
#include "core/cluster/heed.h"

#define BAR_COLS           10
#define FEW_INPUTS         5  /* up to here each has its line above the clusters */
#define MOST_INPUTS        20 /* lines of a kind */
#define MOST_SUSPECT_NAMED 5  /* clusters in a line about suspect rows */

static void text(struct buf *out, const char *s)
{
    clean_add(out, span_of(s));
}

static void grouped(struct buf *out, uint64_t n)
{
    char digits[32];
    buf_add_text(out, number_grouped(n, digits, sizeof digits));
}

static void rows(struct buf *out, uint64_t n, const char *what)
{
    grouped(out, n);
    buf_printf(out, " %s", what);
}

/* Two moments of one day share its date. */
static void times(struct buf *out, int64_t first, int64_t last, enum time_style style)
{
    char a[40], b[40];
    if (first == TIME_MISSING)
        return;
    (void)time_text(first, style, 0, true, a, sizeof a);
    (void)time_text(last, style, 0, true, b, sizeof b);
    if (style != TIME_AS_EPOCH && strncmp(a, b, strlen("2026-11-23")) == 0)
        (void)time_text(last, style, 0, false, b, sizeof b);
    buf_printf(out, "%s to %s", a, b);
}

/* ---- head ---- */

/* A line. A problem names its file, the reason for skipping one does not. */
static void input(struct buf *out, const struct input *in, const struct report_facts *facts)
{
    if (in->state == INPUT_FAILED) {
        buf_add_text(out, "not read: ");
        text(out, in->problem == NULL ? in->path : in->problem);
        buf_add_char(out, '\n');
        return;
    }
    buf_add_text(out, in->state == INPUT_SKIPPED ? "skipped: " : "");
    text(out, in->path);
    buf_add_text(out, ": ");
    if (in->state == INPUT_SKIPPED) {
        text(out, in->problem == NULL ? "" : in->problem);
        buf_add_char(out, '\n');
        return;
    }
    text(out, in->format == NULL ? "" : in->format);
    if (in->kind != NULL) {
        buf_add_char(out, ' ');
        text(out, in->kind);
    }
    buf_add_text(out, ", ");
    rows(out, in->rows_loaded, in->rows_loaded == 1 ? "row" : "rows");
    if (in->rows_rejected > 0) {
        buf_add_text(out, ", ");
        rows(out, in->rows_rejected, "rejected");
    }
    if (in->rows_outside > 0) {
        buf_add_text(out, ", ");
        rows(out, in->rows_outside, "outside --from/--to");
    }
    if (in->first_ts_us != TIME_MISSING) {
        buf_add_text(out, ", ");
        times(out, in->first_ts_us, in->last_ts_us, facts->time_style);
    }
    buf_add_char(out, '\n');
    if (in->problem != NULL) {
        buf_add_text(out, "  only in part: ");
        text(out, in->problem);
        buf_add_char(out, '\n');
    }
}

/* Inputs of a state, at most MOST_INPUTS of them; the rest is counted. */
static void inputs_of(struct buf *out, const struct report_facts *facts, enum input_state state,
                      const char *what)
{
    const struct table *t = facts->table;
    uint64_t n = 0, more_rows = 0;
    for (size_t i = 0; i < t->n_inputs; i++) {
        const struct input *in = &t->input[i];
        if (in->state != state)
            continue;
        if (n++ < MOST_INPUTS)
            input(out, in, facts);
        else
            more_rows += in->rows_loaded;
    }
    if (n <= MOST_INPUTS)
        return;
    buf_add_text(out, "and ");
    rows(out, n - MOST_INPUTS, what);
    if (more_rows > 0) {
        buf_add_text(out, ", ");
        rows(out, more_rows, "rows");
    }
    buf_add_text(out, " (-f json lists each)\n");
}

static int by_problem(const void *a, const void *b)
{
    const struct input *x = *(const struct input *const *)a, *y = *(const struct input *const *)b;
    int c = strcmp(x->problem, y->problem);
    return c != 0 ? c : x < y ? -1 : x > y;
}

/* Many that are skipped: those with the same reason are one line, which names the first. */
static void skipped(struct buf *out, const struct report_facts *facts)
{
    const struct table *t = facts->table;
    const struct input **list = mem_alloc(t->n_inputs, sizeof *list);
    size_t n = 0, lines = 0, same;
    if (list == NULL) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < t->n_inputs; i++)
        if (t->input[i].state == INPUT_SKIPPED && t->input[i].problem != NULL)
            list[n++] = &t->input[i];
    if (n > 1)
        qsort(list, n, sizeof *list, by_problem);
    for (size_t i = 0; i < n; i += same, lines++) {
        if (lines == MOST_INPUTS) {
            buf_add_text(out, "and ");
            rows(out, n - i, "more skipped (-f json lists each)\n");
            break;
        }
        same = 1;
        while (i + same < n && strcmp(list[i]->problem, list[i + same]->problem) == 0)
            same++;
        if (same == 1) {
            input(out, list[i], facts);
            continue;
        }
        buf_add_text(out, "skipped: ");
        text(out, list[i]->path);
        buf_add_text(out, " and ");
        rows(out, same - 1, "more: ");
        text(out, list[i]->problem);
        buf_add_char(out, '\n');
    }
    mem_free(list);
}

static uint64_t count_of(const struct table *t, enum input_state state)
{
    uint64_t n = 0;
    for (size_t i = 0; i < t->n_inputs; i++)
        n += t->input[i].state == state;
    return n;
}

/* ", 19 skipped" */
static void more(struct buf *out, uint64_t n, const char *what)
{
    if (n == 0)
        return;
    buf_add_text(out, ", ");
    rows(out, n, what);
}

/* Above the clusters: few are told in their order, many counted. What went wrong is told in any case. */
static void inputs(struct buf *out, const struct report_facts *facts)
{
    const struct table *t = facts->table;
    uint64_t read = count_of(t, INPUT_LOADED) + count_of(t, INPUT_PARTIAL);
    if (t->n_inputs <= FEW_INPUTS) {
        for (size_t i = 0; i < t->n_inputs; i++)
            input(out, &t->input[i], facts);
        return;
    }
    rows(out, read, read == 1 ? "file read" : "files read");
    more(out, count_of(t, INPUT_PARTIAL), "of them in part");
    more(out, count_of(t, INPUT_FAILED), "not read");
    more(out, count_of(t, INPUT_SKIPPED), "skipped");
    buf_add_text(out, " (listed below the clusters)\n");
    inputs_of(out, facts, INPUT_FAILED, "more not read");
    inputs_of(out, facts, INPUT_PARTIAL, "more read in part");
}

/* Below them: what was only counted above. */
static void other_inputs(struct buf *out, const struct report_facts *facts)
{
    if (facts->table->n_inputs <= FEW_INPUTS)
        return;
    buf_add_char(out, '\n');
    inputs_of(out, facts, INPUT_LOADED, "more read whole");
    skipped(out, facts);
}

/* In UTC, whatever zone it was written in. */
static void range(struct buf *out, const struct table *t)
{
    char text[40];
    if (!t->ranged)
        return;
    buf_add_text(out, "  rows asked for:");
    if (t->from_us != INT64_MIN)
        buf_printf(out, " from %s", time_text(t->from_us, TIME_AS_UTC, 0, true, text, sizeof text));
    if (t->to_us != INT64_MAX)
        buf_printf(out, " before %s", time_text(t->to_us, TIME_AS_UTC, 0, true, text, sizeof text));
    buf_add_char(out, '\n');
}

static void rejections(struct buf *out, const struct table *t)
{
    for (int why = 0; why < N_REJECTS; why++) {
        const struct rejection *r = &t->reject[why];
        if (r->count == 0)
            continue;
        buf_add_text(out, "  rejected: ");
        rows(out, r->count, r->count == 1 ? "row: " : "rows: ");
        buf_add_text(out, reject_text((enum reject)why));
        buf_add_text(out, ", first at ");
        text(out, r->first_input < t->n_inputs ? t->input[r->first_input].path : "?");
        buf_printf(out, ":%llu\n", (unsigned long long)r->first_line);
    }
}

static void bad_values(struct buf *out, const struct table *t)
{
    bool any = false;
    for (size_t i = 0; t->bad_values != NULL && i < t->schema.n; i++) {
        if (t->bad_values[i] == 0)
            continue;
        buf_add_text(out, any ? ", " : "  bad values, taken as missing: ");
        text(out, t->schema.col[i].name);
        buf_add_char(out, ' ');
        grouped(out, t->bad_values[i]);
        any = true;
    }
    if (any)
        buf_add_char(out, '\n');
}

static void notices(struct buf *out, const struct notices *list)
{
    for (size_t i = 0; i < list->n; i++) {
        buf_add_text(out, "note: ");
        text(out, list->text[i]);
        buf_add_char(out, '\n');
    }
    if (list->dropped > 0) {
        buf_add_text(out, "note: ");
        rows(out, list->dropped, "more\n");
    }
}

static void verdicts(struct buf *out, const struct clustering *c)
{
    const struct verdicts *v = verdict_map_of(c->verdicts);
    if (v == NULL)
        return;
    buf_add_text(out, "verdicts ");
    text(out, verdicts_path(v));
    buf_add_text(out, ": ");
    rows(out, verdicts_lines(v), verdicts_lines(v) == 1 ? "line, " : "lines, ");
    rows(out, c->suspect_rows, c->suspect_rows == 1 ? "row suspect, " : "rows suspect, ");
    rows(out, c->benign_rows, c->benign_rows == 1 ? "row benign\n" : "rows benign\n");
}

uint32_t report_n_alerts(const struct report_facts *facts)
{
    uint32_t n = 0;
    for (uint32_t i = 0; facts->alerts && i < facts->clustering->k; i++)
        n += heed_alert(&facts->clustering->profile[i], facts->alert_from);
    return n;
}

bool report_alerted(const struct report_facts *facts)
{
    return report_n_alerts(facts) > 0 || (facts->alerts && facts->clustering->suspect_rows > 0);
}

/* "alert: 60 rows match the verdicts as suspect, in cluster 3, 9 and 4 more" */
static void suspects(struct buf *out, const struct clustering *c)
{
    uint32_t left = c->suspect_clusters, named = 0;
    if (c->suspect_rows == 0)
        return;
    buf_add_text(out, "alert: ");
    rows(out, c->suspect_rows, c->suspect_rows == 1 ? "row matches" : "rows match");
    buf_add_text(out, " the verdicts as suspect, in cluster ");
    for (uint32_t i = 0; i < c->k && named < MOST_SUSPECT_NAMED; i++) {
        if (c->profile[i].suspect_rows == 0)
            continue;
        buf_printf(out, "%s%u", named++ > 0 ? ", " : "", (unsigned)i + 1);
        left--;
    }
    if (left > 0)
        buf_printf(out, " and %u more", (unsigned)left);
    buf_add_char(out, '\n');
}

/* The sentence may begin with the word, which stands in front already. */
static void alert(struct buf *out, const struct profile *p, uint32_t id)
{
    const char *word = suspicion_word(p->suspicion.part), *why = p->why;
    if (strncmp(why, word, strlen(word)) == 0 && why[strlen(word)] == ' ')
        why += strlen(word) + 1;
    buf_printf(out, "alert: cluster %u %s %.2f: ", (unsigned)id, word, p->suspicion.score);
    text(out, why);
    buf_add_char(out, '\n');
}

void report_alerts(struct buf *out, const struct report_facts *facts)
{
    const struct clustering *c = facts->clustering;
    char number[32];
    if (!report_alerted(facts)) {
        buf_printf(out, "alert: none (no cluster outside the verdicts reaches suspicion %s%s)\n",
                   number_shortest(facts->alert_from, number, sizeof number),
                   c->verdicts == NULL ? "" : ", and no row is suspect by them");
        return;
    }
    suspects(out, c);
    for (uint32_t i = 0; i < c->k; i++)
        if (heed_alert(&c->profile[i], facts->alert_from))
            alert(out, &c->profile[i], i + 1);
}

/* What was clustered, and what was not for that reason; with missing = drop other rows are out, too. */
static void where(struct buf *out, const struct clustering *c)
{
    if (c->recipe.where == NULL || c->recipe.where[0] == '\0')
        return;
    buf_add_text(out, "where ");
    text(out, c->recipe.where);
    if (c->rows_excluded > 0 && c->recipe.missing != MISSING_DROP) {
        buf_add_text(out, " (filters out ");
        rows(out, c->rows_excluded, c->rows_excluded == 1 ? "row)" : "rows)");
    }
    buf_add_char(out, '\n');
}

static void head(struct buf *out, const struct report_facts *facts)
{
    const struct table *t = facts->table;
    const struct clustering *c = facts->clustering;
    char words[SUSPICION_TEXT];
    inputs(out, facts);
    if (t->n_inputs > 1 && t->first_ts_us != TIME_MISSING) {
        buf_add_text(out, "all: ");
        times(out, t->first_ts_us, t->last_ts_us, facts->time_style);
        buf_add_char(out, '\n');
    }
    rows(out, t->rows_read, "rows read, ");
    rows(out, t->n_rows, "loaded, ");
    rows(out, t->rows_rejected, "rejected, ");
    if (t->ranged)
        rows(out, t->rows_outside, "outside --from/--to, ");
    rows(out, c->rows_excluded, "filtered out");
    buf_add_text(out, t->partial ? " (partial: not all of the input was read)\n" : "\n");
    range(out, t);
    rejections(out, t);
    bad_values(out, t);
    buf_add_text(out, "recipe ");
    text(out, c->recipe.name);
    if (c->recipe.unit != UNIT_CONNECTION)
        buf_printf(out, ", unit %s", unit_name(c->recipe.unit));
    buf_printf(out, ", k %u, seed %llu, starts %u", (unsigned)c->k,
               (unsigned long long)c->recipe.seed, (unsigned)c->recipe.starts);
    if (c->recipe.suspicion != 0)
        buf_printf(out, ", suspicion %s", recipe_suspicion_text(&c->recipe, words, sizeof words));
    buf_add_char(out, '\n');
    where(out, c);
    verdicts(out, c);
    notices(out, &t->notices);
    notices(out, &c->notices);
    if (c->headline[0] != '\0') {
        buf_add_char(out, '\n');
        text(out, c->headline);
        buf_add_char(out, '\n');
    }
    if (facts->alerts) {
        buf_add_char(out, '\n');
        report_alerts(out, facts);
    }
}

/* ---- table ---- */

/* Log scale, in eighths of a column; every cluster that is not empty has a mark. */
static uint32_t eighths(uint64_t n, uint64_t most)
{
    double part;
    if (n == 0 || most == 0)
        return 0;
    part = log1p((double)n) / log1p((double)most) * BAR_COLS * 8;
    return part < 1 ? 1 : (uint32_t)(part + 0.5);
}

static void bar(struct buf *out, uint64_t n, uint64_t most)
{
    static const char *const part[8] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    uint32_t e = eighths(n, most), cols = 0;
    if (clean_utf8()) {
        for (; cols < e / 8; cols++)
            buf_add_text(out, "█");
        if (e % 8 != 0) {
            buf_add_text(out, part[e % 8]);
            cols++;
        }
    } else {
        uint32_t full = e == 0 ? 0 : e < 8 ? 1 : (e + 4) / 8;
        for (; cols < full; cols++)
            buf_add_char(out, '#');
    }
    for (; cols < BAR_COLS; cols++)
        buf_add_char(out, ' ');
}

static int digits_of(uint64_t n)
{
    char digits[32];
    return (int)strlen(number_grouped(n, digits, sizeof digits));
}

static void cluster(struct buf *out, const struct profile *p, uint32_t id, uint64_t most, int wide,
                    const struct trust *trust)
{
    char n[32], share[16], again[48];
    buf_printf(out, "%3u  %*s  %8s  ", (unsigned)id, wide, number_grouped(p->rows, n, sizeof n),
               number_share(p->share, share, sizeof share));
    bar(out, p->rows, most);
    buf_add_text(out, "  ");
    text(out, p->why);
    if (trust != NULL && trust_unstable(trust, id))
        buf_printf(out, "; %s", trust_text(trust, id, again, sizeof again));
    buf_add_char(out, '\n');
}

/* What another k would give: a hint for the next run. */
static void ladder(struct buf *out, const struct trust *trust, const struct clustering *c)
{
    char number[32];
    if (trust == NULL || trust->n_rungs == 0)
        return;
    buf_printf(out, "\n    k  %14s  %14s  clusters that form again\n", "inertia", "smallest");
    for (uint32_t i = 0; i < trust->n_rungs; i++) {
        const struct rung *r = &trust->rung[i];
        buf_printf(out, "%5u  %14.6g  %14s  %u%s\n", r->k, r->inertia,
                   number_grouped(r->smallest, number, sizeof number), r->reformed,
                   r->k == c->k ? "  (this run's)" : "");
    }
}

void report_text(struct buf *out, const struct report_facts *facts)
{
    const struct clustering *c = facts->clustering;
    uint64_t most = 0;
    int wide;
    head(out, facts);
    for (uint32_t i = 0; i < c->k; i++)
        if (c->profile[i].rows > most)
            most = c->profile[i].rows;
    wide = digits_of(most) > 4 ? digits_of(most) : 4;
    buf_printf(out, "\n  #  %*s  %8s  %-*s  why\n", wide, "rows", "share", BAR_COLS, "log bar");
    for (uint32_t i = 0; i < c->k; i++)
        cluster(out, &c->profile[i], i + 1, most, wide, facts->trust);
    ladder(out, facts->trust, c);
    other_inputs(out, facts);
}
