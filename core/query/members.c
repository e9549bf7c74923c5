/* Members of clusters of pairs and hosts; see members.h.
 *
 * DESIGN
 * 1. The first pass numbers the cluster's observations by their first row and adds their rows up;
 *    the second puts the times of each side by side (a counting sort), for the rhythm. */
#include "core/query/members.h"

#include "core/base/keymap.h"
#include "core/base/mem.h"
#include "core/base/sum.h"

#define CANCEL_ROWS 1024

struct gathering {
    const struct table *t;
    const struct clustering *c;
    uint32_t number;
    struct job *job;
    struct keymap member; /* observation -> place in item */
    struct keymap target; /* member << 32 | responder */
    struct member *item;
    size_t cap;
};

/* The place of a row's observation, made when new; -1 on memory. */
static int64_t place_of(struct gathering *g, uint64_t row)
{
    uint32_t obs = g->c->obs_of_row[row];
    uint32_t before = g->member.n;
    int64_t at = keymap_add(&g->member, obs);
    void *items = g->item;
    if (at < 0 || g->member.n == before)
        return at;
    if (mem_grow(&items, &g->cap, g->member.n, sizeof *g->item) != 0)
        return -1;
    g->item = items;
    g->item[at] = (struct member){.obs = obs, .first_row = (uint32_t)row};
    return at;
}

static int add_row(struct gathering *g, uint64_t row)
{
    int64_t at = place_of(g, row);
    uint32_t before = g->target.n;
    uint64_t bytes;
    if (at < 0)
        return -1;
    if (keymap_add(&g->target, (uint64_t)at << 32 | TABLE_AT(g->t, row, resp)) < 0)
        return -1;
    g->item[at].targets += g->target.n > before;
    g->item[at].rows++;
    if (table_bytes(g->t, row, 0, &bytes))
        sum_add(&g->item[at].orig_bytes, bytes);
    if (table_bytes(g->t, row, 1, &bytes))
        sum_add(&g->item[at].resp_bytes, bytes);
    return 0;
}

static int add_rows(struct gathering *g, struct err *err)
{
    for (uint64_t row = 0; row < g->c->n_rows; row++) {
        if (row % CANCEL_ROWS == 0 && job_cancelled(g->job))
            return job_stopped(err);
        if (clustering_of_row(g->c, row) == g->number && add_row(g, row) != 0)
            return err_memory(err, "the members of the cluster");
    }
    return 0;
}

/* Where each member's times begin: n + 1 places. */
static uint64_t *lay_out(const struct gathering *g)
{
    uint64_t *begin = mem_alloc((size_t)g->member.n + 1, sizeof *begin);
    if (begin == NULL)
        return NULL;
    begin[0] = 0;
    for (uint32_t i = 0; i < g->member.n; i++)
        begin[i + 1] = begin[i] + g->item[i].rows;
    return begin;
}

static int measure(struct gathering *g, struct err *err)
{
    uint32_t n = g->member.n;
    uint64_t *begin = lay_out(g);
    uint64_t *end = mem_alloc(n, sizeof *end); /* behind the times that are there so far */
    int64_t *ts = begin == NULL ? NULL : mem_alloc(begin[n], sizeof *ts);
    int rc = -1;
    if (end == NULL || ts == NULL) {
        err_memory(err, "the times of the members");
        goto out;
    }
    memcpy(end, begin, n * sizeof *end);
    for (uint64_t row = 0; row < g->c->n_rows; row++) {
        int64_t us = TABLE_AT(g->t, row, ts_us), at;
        if (row % CANCEL_ROWS == 0 && job_cancelled(g->job)) {
            job_stopped(err);
            goto out;
        }
        if (clustering_of_row(g->c, row) != g->number || us == TIME_MISSING)
            continue;
        at = keymap_add(&g->member, g->c->obs_of_row[row]);
        if (at >= 0)
            ts[end[at]++] = us;
    }
    for (uint32_t i = 0; i < n; i++)
        g->item[i].rhythm = rhythm_measure(ts + begin[i], (size_t)(end[i] - begin[i]));
    rc = 0;
out:
    mem_free(begin);
    mem_free(end);
    mem_free(ts);
    return rc;
}

static int more_rows_first(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->rows != y->rows)
        return x->rows > y->rows ? -1 : 1;
    return x->first_row < y->first_row ? -1 : x->first_row > y->first_row;
}

int members_of_cluster(struct members *out, const struct table *t, const struct clustering *c,
                       uint32_t number, struct job *job, struct err *err)
{
    struct gathering g = {.t = t, .c = c, .number = number, .job = job};
    int rc;
    *out = (struct members){.n = 0};
    BUG_IF(c->obs_of_row == NULL);
    rc = add_rows(&g, err);
    if (rc == 0)
        rc = measure(&g, err);
    if (rc == 0) {
        if (g.member.n > 0)
            qsort(g.item, g.member.n, sizeof *g.item, more_rows_first);
        *out = (struct members){g.item, g.member.n};
    } else {
        mem_free(g.item);
    }
    keymap_release(&g.member);
    keymap_release(&g.target);
    return rc;
}

void members_release(struct members *m)
{
    mem_free(m->item);
    *m = (struct members){.n = 0};
}
