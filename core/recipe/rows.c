/* The pass over the rows: raw feature values, and which rows take part.
 *
 * DESIGN
 * 1. Rows are cut into fixed ranges, a whole number of matrix blocks each; a worker takes a range
 * with a row reader, a scratch and caches of its own, and writes nothing outside of its rows.
 * 2. A block of rows is read as a whole, each feature from where it comes from: the rows' text, the
 *    table's columns, what pairs and hosts do, or what was made of the text when it was loaded. When
 *    nothing needs the text, no file is touched.
 * 3. What is counted (clamped values, rows that are gone) is added up under a lock. */
#include "core/recipe/plan.h"

#include <pthread.h>

#include "core/base/mem.h"
#include "core/base/number.h"

#define RANGE_ROWS TABLE_BLOCK_ROWS
_Static_assert(RANGE_ROWS % MATRIX_BLOCK == 0, "a range is whole blocks");
_Static_assert(RANGE_ROWS == TABLE_BLOCK_ROWS, "a range is a block of the table");

struct reading {
    struct plan *plan;
    const struct table *table;
    struct matrix *raw;
    uint8_t *takes_part;
    bool needs_text;
    struct job *job;
    pthread_mutex_t lock;
    struct progress now; /* the rest under lock */
    uint64_t gone;
    char problem[256]; /* the reason of the lowest range that has one */
    uint32_t problem_range;
    struct err err;
    bool failed;
};

static void scratch_release(struct feature_scratch *s, uint32_t n)
{
    for (uint32_t f = 0; f < n; f++)
        category_cache_free(s->cache[f]);
    buf_release(&s->decode);
}

static int scratch_init(struct feature_scratch *s, const struct plan *p, struct err *err)
{
    memset(s, 0, sizeof *s);
    for (uint32_t f = 0; f < p->n; f++) {
        if (p->feature[f].categories == NULL)
            continue;
        s->cache[f] = category_cache_new(p->feature[f].categories);
        if (s->cache[f] == NULL)
            return err_memory(err, "the features");
    }
    return 0;
}

/* Reads the text of a row that is in the scope: whether it takes part, and its features from the
 * text. */
static int read_text(struct reading *g, uint64_t row_number, struct row_reader *reader,
                     struct feature_scratch *scratch, struct expr_scratch *where, struct err *err)
{
    const struct plan *p = g->plan;
    const struct row *row;
    uint32_t lane = (uint32_t)(row_number % MATRIX_BLOCK);
    if (row_reader_get(reader, row_number, &row, err) < 0)
        return -1;
    g->takes_part[row_number] =
        !row->gone && (p->where == NULL || expr_eval(p->where, row->field, where));
    if (!g->takes_part[row_number])
        return 0;
    for (uint32_t f = 0; f < p->n; f++)
        if (p->feature[f].source == FROM_TEXT)
            scratch->value[f][lane] = feature_value(p, f, row->field, scratch);
    return 0;
}

/* Features of a block of rows that are not in the text. */
static void read_tables(struct reading *g, uint64_t first, uint32_t n,
                        struct feature_scratch *scratch)
{
    const struct plan *p = g->plan;
    for (uint32_t f = 0; f < p->n; f++) {
        if (p->feature[f].source == FROM_TABLE)
            typed_read(p, f, g->table, first, n, scratch->value[f], scratch);
        else if (p->feature[f].source == FROM_BEHAVIOUR)
            feature_behaviour(p, f, g->table, first, n, scratch->value[f]);
    }
}

/* Values of a block become raw values: `any` says whether there are some. What was made of the rows while
 * they were loaded is there already. */
static void store(struct reading *g, uint64_t first, uint32_t n, bool any,
                  struct feature_scratch *scratch)
{
    const struct plan *p = g->plan;
    bool all = any && memchr(g->takes_part + first, 0, n) == NULL;
    for (uint32_t f = 0; f < p->n; f++) {
        double *x = scratch->value[f];
        uint32_t column = p->feature[f].raw;
        size_t at = matrix_at(g->raw, first, column);
        float *out = g->raw->wide ? NULL : (float *)g->raw->data + at;
        if (any && p->feature[f].source != FROM_LOADED) {
            feature_finish(p->feature[f].feature->kind, x);
            for (uint32_t i = 0; i < MATRIX_BLOCK && out != NULL; i++)
                out[i] = (float)x[i];
        }
        if (out == NULL)
            memcpy((double *)g->raw->data + at, x, MATRIX_BLOCK * sizeof *x);
        for (uint32_t i = 0; i < n && !all; i++)
            if (!g->takes_part[first + i])
                matrix_set(g->raw, first + i, column, (double)NAN);
        for (uint32_t i = n; i < MATRIX_BLOCK; i++)
            matrix_set(g->raw, first + i, column, 0);
    }
}

/* Rows begin .. end - 1. -1 with err on memory; stops early without an error when cancelled. */
static int read_rows(struct reading *g, uint64_t begin, uint64_t end, struct row_reader *reader,
                     struct feature_scratch *scratch, struct err *err)
{
    struct expr_scratch where = {0};
    int rc = 0;
    for (uint64_t first = begin; first < end && rc == 0; first += MATRIX_BLOCK) {
        uint32_t n = end - first < MATRIX_BLOCK ? (uint32_t)(end - first) : MATRIX_BLOCK;
        bool all = !g->needs_text && g->plan->scope == NULL, any = all;
        if (first % 1024 == 0 && job_cancelled(g->job))
            break;
        if (all)
            memset(g->takes_part + first, 1, n);
        for (uint32_t i = 0; !all && i < n && rc == 0; i++) {
            g->takes_part[first + i] = scope_has(g->plan->scope, first + i);
            if (g->needs_text && g->takes_part[first + i])
                rc = read_text(g, first + i, reader, scratch, &where, err);
            any = any || g->takes_part[first + i];
        }
        if (any)
            read_tables(g, first, n, scratch);
        store(g, first, n, any, scratch);
    }
    if (rc == 0 && (scratch->decode.failed || where.decode.failed))
        rc = err_memory(err, "the features");
    expr_scratch_release(&where);
    return rc;
}

static void read_range(void *user, uint32_t range)
{
    struct reading *g = user;
    uint64_t begin = range * RANGE_ROWS, end = begin + RANGE_ROWS;
    struct feature_scratch scratch;
    struct row_reader *reader = NULL;
    struct err err = ERR_INIT;
    bool failed;

    if (end > g->table->n_rows)
        end = g->table->n_rows;
    failed = scratch_init(&scratch, g->plan, &err) < 0;
    if (!failed && g->needs_text) {
        reader = row_reader_new(g->table, 0, &err);
        failed = reader == NULL;
    }
    failed = failed || read_rows(g, begin, end, reader, &scratch, &err) < 0;
    scratch_release(&scratch, g->plan->n);
    pthread_mutex_lock(&g->lock);
    if (failed && !g->failed) {
        g->failed = true;
        g->err = err;
    }
    for (uint32_t f = 0; f < g->plan->n; f++)
        g->plan->feature[f].clamped += scratch.clamped[f];
    if (reader != NULL && row_reader_gone(reader) > 0) {
        g->gone += row_reader_gone(reader);
        if (range < g->problem_range) {
            g->problem_range = range;
            (void)snprintf(g->problem, sizeof g->problem, "%s", row_reader_problem(reader));
        }
    }
    g->now.done += end - begin;
    job_publish(g->job, &g->now);
    pthread_mutex_unlock(&g->lock);
    row_reader_free(reader);
}

/* What reading found out about values, as notices; memory trouble as an error. */
static int tell(const struct reading *g, struct notices *notices, struct err *err)
{
    char count[32];
    for (uint32_t f = 0; f < g->plan->n; f++) {
        const struct plan_feature *pf = &g->plan->feature[f];
        if (pf->categories != NULL && categories_state(pf->categories) == CATEGORIES_NO_MEMORY)
            return err_memory(err, "the features");
        if (pf->clamped > 0)
            notices_add(notices, "%s: %s beyond 1e15 taken as 1e15", pf->feature->text,
                        number_of(pf->clamped, "value", count, sizeof count));
    }
    if (g->gone > 0)
        notices_add(notices, "%s could not be read again and did not take part: %s",
                    number_of(g->gone, "row", count, sizeof count), g->problem);
    return 0;
}

int plan_read_rows(struct plan *p, const struct table *t, bool wide, struct matrix *raw,
                   uint8_t *takes_part, struct notices *notices, struct parallel *pool,
                   struct job *job, struct err *err)
{
    struct reading g = {.plan = p,
                        .table = t,
                        .raw = raw,
                        .takes_part = takes_part,
                        .job = job,
                        .problem_range = UINT32_MAX};
    uint64_t ranges = t->n_rows / RANGE_ROWS + (t->n_rows % RANGE_ROWS != 0);
    int rc;

    if (!foreseen_join(p, t->n_rows, raw) && matrix_room(raw, t->n_rows, p->n_raw, wide) < 0)
        return err_memory(err, "the features");
    g.needs_text = p->where != NULL;
    for (uint32_t f = 0; f < p->n; f++)
        g.needs_text = g.needs_text || p->feature[f].source == FROM_TEXT;
    if (pthread_mutex_init(&g.lock, NULL) != 0)
        return err_memory(err, "the features");
    g.now.phase = PHASE_FEATURES;
    g.now.total = t->n_rows;
    job_publish(job, &g.now);
    parallel_run(pool, (uint32_t)ranges, read_range, &g);
    if (g.failed) {
        *err = g.err;
        rc = -1;
    } else if (job_cancelled(job)) {
        rc = job_stopped(err);
    } else {
        rc = tell(&g, notices, err);
    }
    pthread_mutex_destroy(&g.lock);
    return rc;
}
