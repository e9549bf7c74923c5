/* Features of rows without a matrix; see values.h.
 *
 * DESIGN
 * 1. Two passes: first what needs the text, then what the table and the pairs say. Pairs are counted on
 *    one thread meanwhile, for most of that is one thread's work anyway.
 * 2. A pass goes over blocks of the table, on all threads; each writes nothing but a run of its own. */
#include "core/recipe/values.h"

#include <pthread.h>

#include "core/base/mem.h"
#include "core/recipe/plan.h"

struct reading {
    struct plan plan;
    const struct table *table;
    const uint32_t *obs_of_row;
    values_fn *fn;
    void *user;
    struct job *job;
    bool text;         /* this pass is over what needs the text */
    uint32_t n_before; /* slices of this pass before the first block: the pairs */
    pthread_mutex_t lock;
    struct err err; /* under lock, as the next */
    bool failed;
};

bool values_can(const struct recipe *r)
{
    if (r->unit != UNIT_CONNECTION)
        return false;
    for (size_t f = 0; f < r->n_features; f++) {
        enum feature_kind kind = r->feature[f].kind;
        if (kind == FEATURE_ONEHOT || kind == FEATURE_RARITY || feature_is_aggregate(kind))
            return false;
    }
    return true;
}

static void fail(struct reading *g, const struct err *err)
{
    pthread_mutex_lock(&g->lock);
    if (!g->failed)
        g->err = *err;
    g->failed = true;
    pthread_mutex_unlock(&g->lock);
}

static bool takes_part(const struct reading *g, uint64_t row)
{
    return g->obs_of_row == NULL || g->obs_of_row[row] != OBS_NONE;
}

static bool in_pass(const struct reading *g, uint32_t f)
{
    return (g->plan.feature[f].source == FROM_TEXT) == g->text;
}

int values_changed(struct err *err)
{
    return err_set(err, ERR_IO, "the log has changed since it was clustered: load it again");
}

/* What the text of a block of rows says. */
static int read_text(const struct reading *g, uint64_t first, uint32_t n, struct row_reader *reader,
                     struct feature_scratch *s, struct err *err)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct row *row;
        if (!takes_part(g, first + i))
            continue;
        if (row_reader_get(reader, first + i, &row, err) < 0)
            return -1;
        if (row->gone)
            return values_changed(err);
        for (uint32_t f = 0; f < g->plan.n; f++)
            if (in_pass(g, f))
                s->value[f][i] = feature_value(&g->plan, f, row->field, s);
    }
    return 0;
}

/* One block of rows: its values go to place `at` of the runs. */
static int read_block(const struct reading *g, uint64_t first, uint32_t n, uint32_t at, double *run,
                      struct row_reader *reader, struct feature_scratch *s, struct err *err)
{
    for (uint32_t f = 0; f < g->plan.n; f++)
        for (uint32_t i = 0; i < MATRIX_BLOCK && (g->text || n < MATRIX_BLOCK); i++)
            s->value[f][i] = (double)NAN;
    if (g->text && read_text(g, first, n, reader, s, err) != 0)
        return -1;
    for (uint32_t f = 0; f < g->plan.n; f++) {
        double *x = s->value[f];
        if (!in_pass(g, f))
            continue;
        if (g->plan.feature[f].source == FROM_TABLE)
            typed_read(&g->plan, f, g->table, first, n, x, s);
        else if (g->plan.feature[f].source == FROM_BEHAVIOUR)
            feature_behaviour(&g->plan, f, g->table, first, n, x);
        feature_finish(g->plan.feature[f].feature->kind, x);
        memcpy(run + (size_t)f * VALUES_RUN + at, x, n * sizeof *x);
    }
    return 0;
}

static void tell(const struct reading *g, uint64_t first, uint32_t n, const double *run)
{
    for (uint32_t f = 0; f < g->plan.n; f++) {
        struct values_run told = {.number = g->plan.feature[f].number, .first = first, .n = n};
        if (!in_pass(g, f) || g->plan.feature[f].part > 0)
            continue;
        for (uint32_t part = 0; part < feature_parts(g->plan.feature[f].feature->kind); part++)
            told.x[part] = run + ((size_t)f + part) * VALUES_RUN;
        g->fn(g->user, &told);
    }
}

static int read_rows(const struct reading *g, uint64_t begin, uint64_t end, double *run,
                     struct row_reader *reader, struct feature_scratch *s, struct err *err)
{
    for (uint64_t first = begin; first < end; first += VALUES_RUN) {
        uint32_t n = end - first < VALUES_RUN ? (uint32_t)(end - first) : VALUES_RUN;
        if (job_cancelled(g->job))
            return 0;
        for (uint32_t at = 0; at < n; at += MATRIX_BLOCK) {
            uint32_t rows = n - at < MATRIX_BLOCK ? n - at : MATRIX_BLOCK;
            if (read_block(g, first + at, rows, at, run, reader, s, err) != 0)
                return -1;
        }
        tell(g, first, n, run);
    }
    return s->decode.failed ? err_memory(err, "the features") : 0;
}

static void read_slice(void *user, uint32_t slice)
{
    struct reading *g = user;
    uint64_t begin, end;
    struct feature_scratch *s;
    struct row_reader *reader = NULL;
    struct err err = ERR_INIT;
    double *run;
    if (slice < g->n_before) {
        if (behaviour_build(&g->plan.behaviour, g->table, NULL, g->job, &err) != 0)
            fail(g, &err);
        return;
    }
    begin = (slice - g->n_before) * TABLE_BLOCK_ROWS;
    end = begin + TABLE_BLOCK_ROWS < g->table->n_rows ? begin + TABLE_BLOCK_ROWS : g->table->n_rows;
    s = mem_zalloc(1, sizeof *s);
    run = mem_alloc((size_t)g->plan.n * VALUES_RUN, sizeof *run);
    if (s == NULL || run == NULL)
        (void)err_memory(&err, "the features");
    else if (g->text)
        reader = row_reader_new(g->table, 0, &err);
    if (err.code == ERR_OK)
        (void)(read_rows(g, begin, end, run, reader, s, &err) == 0);
    if (err.code != ERR_OK)
        fail(g, &err);
    row_reader_free(reader);
    if (s != NULL)
        buf_release(&s->decode);
    mem_free(s);
    mem_free(run);
}

static int pass(struct reading *g, bool text, bool pairs, struct parallel *pool, struct err *err)
{
    uint64_t rows = g->table->n_rows;
    uint32_t blocks = (uint32_t)(rows / TABLE_BLOCK_ROWS + (rows % TABLE_BLOCK_ROWS != 0));
    g->text = text;
    g->n_before = pairs ? 1 : 0;
    parallel_run(pool, g->n_before + blocks, read_slice, g);
    if (job_cancelled(g->job))
        return job_stopped(err);
    if (g->failed)
        *err = g->err;
    return g->failed ? -1 : 0;
}

int values_read(const struct table *t, const struct recipe *r, const struct expr_env *env,
                const uint32_t *obs_of_row, values_fn *fn, void *user, struct parallel *pool,
                struct job *job, struct err *err)
{
    struct reading g = {
        .table = t, .obs_of_row = obs_of_row, .fn = fn, .user = user, .job = job, .err = ERR_INIT};
    struct notices notices = {.n = 0};
    bool text = false, rest = false, pairs = false;
    int rc = plan_init(&g.plan, r, t, env, &notices, err);
    notices_release(&notices);
    if (rc != 0)
        return -1;
    if (pthread_mutex_init(&g.lock, NULL) != 0) {
        plan_release(&g.plan);
        return err_memory(err, "the features");
    }
    for (uint32_t f = 0; f < g.plan.n; f++) {
        text = text || g.plan.feature[f].source == FROM_TEXT;
        rest = rest || g.plan.feature[f].source != FROM_TEXT;
        pairs = pairs || g.plan.feature[f].source == FROM_BEHAVIOUR;
    }
    if (pairs && !text)
        rc = behaviour_build(&g.plan.behaviour, t, pool, job, err);
    if (rc == 0 && text)
        rc = pass(&g, true, pairs, pool, err);
    if (rc == 0 && rest)
        rc = pass(&g, false, false, pool, err);
    (void)pthread_mutex_destroy(&g.lock);
    plan_release(&g.plan);
    if (pairs)
        mem_give_back_freed(); /* the tables that pairs were counted in */
    return rc;
}
