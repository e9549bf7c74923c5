/* Groups of rows, an address pair or a host, and what a feature is over a group.
 *
 * DESIGN
 * 1. A group's rows are taken in their own order, by one thread, so that sums are the same for any
 * number of threads.
 * 2. The spread is measured around the mean, in a second pass over the group: the squares of big
 * numbers such as times would leave nothing of it. */
#include "core/recipe/plan.h"

#include "core/base/hash.h"
#include "core/base/maths.h"
#include "core/base/mem.h"

struct key {
    uint32_t orig, resp;
    uint32_t rest; /* responder port, protocol, and whether there is a port */
};

static struct key key_of(const struct table *t, uint64_t row, enum unit unit)
{
    struct key key = {.orig = TABLE_AT(t, row, orig)};
    if (unit == UNIT_PAIR) {
        key.resp = TABLE_AT(t, row, resp);
        key.rest = (uint32_t)TABLE_AT(t, row, resp_p) << 16 |
                   (uint32_t)TABLE_AT(t, row, cat[CAT_PROTO]) << 8 |
                   ((TABLE_AT(t, row, flags) & ROW_NO_RESP_P) != 0);
    }
    return key;
}

static uint64_t key_hash(struct key key)
{
    return hash_u64(((uint64_t)key.orig << 32 | key.resp) ^ hash_u64(key.rest));
}

struct groups {
    struct key *key; /* by group */
    size_t n, cap;
    uint32_t *slot; /* group + 1; n_slots a power of two */
    size_t n_slots;
};

static int groups_double(struct groups *g)
{
    size_t n_slots = g->n_slots == 0 ? 1024 : g->n_slots * 2;
    uint32_t *slot = mem_zalloc(n_slots, sizeof *slot);
    if (slot == NULL)
        return -1;
    for (size_t i = 0; i < g->n; i++) {
        size_t at = key_hash(g->key[i]) & (n_slots - 1);
        while (slot[at] != 0)
            at = (at + 1) & (n_slots - 1);
        slot[at] = (uint32_t)i + 1;
    }
    mem_free(g->slot);
    g->slot = slot;
    g->n_slots = n_slots;
    return 0;
}

/* The group of a key, made when new; OBS_NONE on memory. */
static uint32_t group_of(struct groups *g, struct key key)
{
    size_t at;
    if (g->n * 2 >= g->n_slots && groups_double(g) < 0)
        return OBS_NONE;
    at = key_hash(key) & (g->n_slots - 1);
    for (; g->slot[at] != 0; at = (at + 1) & (g->n_slots - 1)) {
        const struct key *k = &g->key[g->slot[at] - 1];
        if (k->orig == key.orig && k->resp == key.resp && k->rest == key.rest)
            return g->slot[at] - 1;
    }
    if (mem_grow((void **)&g->key, &g->cap, g->n + 1, sizeof *g->key) < 0)
        return OBS_NONE;
    g->key[g->n] = key;
    g->slot[at] = (uint32_t)++g->n;
    return (uint32_t)g->n - 1;
}

int group_rows(const struct table *t, enum unit unit, uint32_t *obs_of_row, uint64_t *n_groups,
               struct job *job, struct err *err)
{
    struct groups g = {0};
    int rc = -1;
    for (uint64_t row = 0; row < t->n_rows; row++) {
        if (row % 1024 == 0 && job_cancelled(job)) {
            job_stopped(err);
            goto out;
        }
        if (obs_of_row[row] == OBS_NONE)
            continue;
        obs_of_row[row] = group_of(&g, key_of(t, row, unit));
        if (obs_of_row[row] == OBS_NONE) {
            err_memory(err, "the groups");
            goto out;
        }
    }
    *n_groups = g.n;
    rc = 0;
out:
    mem_free(g.key);
    mem_free(g.slot);
    return rc;
}

/* ---- values ---- */

struct values {
    const struct plan *plan;
    const struct matrix *rows; /* raw values by row */
    struct matrix *out;        /* by group and slot */
    const struct slot *slot;
    const uint32_t *row;   /* rows that take part, group by group, ascending */
    const uint64_t *begin; /* n_groups + 1: where a group's rows stand in `row` */
    struct job *job;
};

/* A row's value for a slot: NaN when missing. */
static double value_of(const struct values *g, uint32_t row, const struct slot *slot)
{
    double x = matrix_value(g->rows, row, g->plan->feature[slot->feature].raw);
    if (isnan(x) || slot->dim < 0)
        return x;
    return categories_dim_of(g->plan->feature[slot->feature].categories, (uint32_t)x) ==
           (uint32_t)slot->dim;
}

struct moments {
    uint64_t n; /* rows that have a value; the rest says nothing when it is 0 */
    double sum, min, max;
};

static struct moments measure(const struct values *g, uint64_t group, const struct slot *slot)
{
    struct moments m = {.min = INFINITY, .max = -INFINITY};
    for (uint64_t i = g->begin[group]; i < g->begin[group + 1]; i++) {
        double x = value_of(g, g->row[i], slot);
        if (isnan(x))
            continue;
        m.n++;
        m.sum += x;
        m.min = x < m.min ? x : m.min;
        m.max = x > m.max ? x : m.max;
    }
    return m;
}

static double deviation(const struct values *g, uint64_t group, const struct slot *slot,
                        const struct moments *m)
{
    double mean = m->sum / (double)m->n, squares = 0;
    for (uint64_t i = g->begin[group]; i < g->begin[group + 1]; i++) {
        double x = value_of(g, g->row[i], slot) - mean;
        squares += isnan(x) ? 0 : x * x;
    }
    return sqrt(squares / (double)m->n);
}

/* Amounts are as skewed over groups as over rows: all but the mean are logarithms. */
static double group_value(const struct values *g, uint64_t group, const struct slot *slot)
{
    struct moments m = measure(g, group, slot);
    if (m.n == 0)
        return NAN;
    switch (g->plan->feature[slot->feature].feature->kind) {
    case FEATURE_SD:
        /* Equal values have no spread, also where their mean is rounded. */
        return m.max > m.min ? maths_log1p(deviation(g, group, slot, &m)) : 0;
    case FEATURE_SUM:
        return m.sum < 0 ? NAN : maths_log1p(m.sum);
    case FEATURE_MAX:
        return m.max < 0 ? NAN : maths_log1p(m.max);
    case FEATURE_SPAN:
        return maths_log1p(m.max - m.min);
    default:
        return m.sum / (double)m.n;
    }
}

static void values_slice(void *user, uint32_t slice)
{
    struct values *g = user;
    uint64_t blocks = blocks_of(g->out);
    uint64_t i = slice_begin(blocks, MATRIX_SLICES, slice) * MATRIX_BLOCK;
    uint64_t end = slice_begin(blocks, MATRIX_SLICES, slice + 1) * MATRIX_BLOCK;
    for (; i < end && i < g->out->n; i++) {
        for (uint32_t s = 0; s < g->out->d; s++) {
            if (job_cancelled(g->job))
                return;
            matrix_set(g->out, i, s, group_value(g, i, &g->slot[s]));
        }
    }
}

/* Rows that take part, group by group: a counting sort. begin (zeroed, n_groups + 2) says where
 * each group's rows start. -1 when cancelled. */
static int sort_by_group(const uint32_t *obs_of_row, uint64_t n_rows, uint64_t n_groups,
                         uint64_t *begin, uint32_t *row, const struct job *job)
{
    /* begin[g + 2] counts group g; then begin[g + 1] runs from where it starts to where it ends. */
    for (uint64_t i = 0; i < n_rows; i++)
        if (obs_of_row[i] != OBS_NONE)
            begin[(uint64_t)obs_of_row[i] + 2]++;
    for (uint64_t i = 2; i < n_groups + 2; i++)
        begin[i] += begin[i - 1];
    for (uint64_t i = 0; i < n_rows; i++) {
        if (i % 1024 == 0 && job_cancelled(job))
            return -1;
        if (obs_of_row[i] != OBS_NONE)
            row[begin[(uint64_t)obs_of_row[i] + 1]++] = (uint32_t)i;
    }
    return 0;
}

int group_values(const struct plan *p, const struct matrix *rows, const uint32_t *obs_of_row,
                 uint64_t n_groups, const struct slot *slot, uint32_t n_slots, bool wide,
                 struct matrix *out, struct parallel *pool, struct job *job, struct err *err)
{
    uint64_t *begin = mem_zalloc(n_groups + 2, sizeof *begin);
    uint32_t *row = mem_alloc(rows->n, sizeof *row);
    struct values g = {.plan = p, .rows = rows, .out = out, .slot = slot, .job = job};
    int rc = -1;

    if (begin == NULL || row == NULL || matrix_room(out, n_groups, n_slots, wide) < 0) {
        err_memory(err, "the groups");
        goto out;
    }
    if (sort_by_group(obs_of_row, rows->n, n_groups, begin, row, job) < 0) {
        job_stopped(err);
        goto out;
    }
    g.row = row;
    g.begin = begin;
    parallel_run(pool, MATRIX_SLICES, values_slice, &g);
    rc = job_cancelled(job) ? job_stopped(err) : 0;
out:
    mem_free(begin);
    mem_free(row);
    return rc;
}
