/* The one pass over the rows' text: raw feature values, and which rows take part.
 *
 * DESIGN
 * 1. Rows are cut into fixed ranges, a whole number of matrix blocks each; a worker takes a range
 * with a row reader, a scratch and caches of its own, and writes nothing outside of its rows.
 * 2. What is counted (clamped values, rows that are gone) is added up under a lock. */
#include "core/recipe/plan.h"

#include <pthread.h>

#include "core/base/mem.h"
#include "core/base/number.h"

#define RANGE_ROWS TABLE_BLOCK_ROWS
_Static_assert(RANGE_ROWS % MATRIX_BLOCK == 0, "a range is whole blocks");

struct reading {
    struct plan *plan;
    const struct table *table;
    struct matrix *raw;
    uint8_t *takes_part;
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

/* Rows begin .. end - 1. -1 with err on memory; stops early without an error when cancelled. */
static int read_rows(struct reading *g, uint64_t begin, uint64_t end, struct row_reader *reader,
                     struct feature_scratch *scratch, struct err *err)
{
    struct expr_scratch where = {0};
    int rc = 0;
    for (uint64_t i = begin; i < end && rc == 0; i++) {
        const struct row *row;
        if (i % 1024 == 0 && job_cancelled(g->job))
            break;
        if (!scope_has(g->plan->scope, i))
            continue;
        rc = row_reader_get(reader, i, &row, err);
        if (rc < 0)
            break;
        g->takes_part[i] =
            !row->gone && (g->plan->where == NULL || expr_eval(g->plan->where, row->field, &where));
        if (!g->takes_part[i])
            continue;
        for (uint32_t f = 0; f < g->plan->n; f++)
            matrix_set(g->raw, i, f,
                       feature_is_behaviour(g->plan->feature[f].feature->kind)
                           ? feature_behaviour(g->plan, f, g->table, i)
                           : feature_value(g->plan, f, row->field, scratch));
    }
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
    if (!failed) {
        reader = row_reader_new(g->table, 0, &err);
        failed = reader == NULL || read_rows(g, begin, end, reader, &scratch, &err) < 0;
    }
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
            notices_add(notices, "%s: %s value%s beyond 1e15 taken as 1e15", pf->feature->text,
                        number_grouped(pf->clamped, count, sizeof count),
                        pf->clamped == 1 ? "" : "s");
    }
    if (g->gone > 0)
        notices_add(notices, "%s row%s could not be read again and did not take part: %s",
                    number_grouped(g->gone, count, sizeof count), g->gone == 1 ? "" : "s",
                    g->problem);
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

    if (matrix_room(raw, t->n_rows, p->n, wide) < 0)
        return err_memory(err, "the features");
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
