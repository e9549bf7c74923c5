/* The rhythm of each cluster's commonest pair; see judge.h.
 *
 * DESIGN
 * 1. One pass finds the rows of all these pairs. Their times go to the places of their cluster in the
 *    order in which threads come; measuring sorts them.
 * 2. A run of rows asks for its places once for each cluster that it has rows of. */
#include "core/base/mem.h"
#include "core/cluster/judge.h"
#include "core/cluster/walk.h"
#include "core/crew.h"

#define SLICES 64

/* A pair in two numbers. No row is of one whose `what` is more than a port and a protocol. */
struct wanted {
    uint64_t who;
    uint32_t what;
};

struct finding {
    struct crew crew;
    struct clustering *c;
    const struct table *t;
    int64_t *ts;                            /* by cluster; owned */
    uint64_t begin[RECIPE_MAX_K + 1];       /* in ts */
    _Atomic uint64_t next[RECIPE_MAX_K];    /* in ts: where the next time goes */
    struct wanted wanted[RECIPE_MAX_K + 1]; /* by number; 0: rows of no cluster */
};

/* The times that one run of rows has for each cluster. */
struct found {
    uint8_t cluster[WALK_ROWS];
    int64_t ts[WALK_ROWS];
    uint32_t n;
    uint32_t rows[RECIPE_MAX_K];
    uint64_t at[RECIPE_MAX_K];
};

static struct wanted wanted_of(const struct top_pair *pair)
{
    return (struct wanted){(uint64_t)pair->orig << 32 | pair->resp,
                           (uint32_t)pair->resp_p << 8 | pair->proto};
}

static void find_run(const struct finding *g, const struct walk *w, struct found *found)
{
    const struct rowblock b = *w->block; /* a copy, which nothing that is found could change */
    const struct row_numbers numbers = clustering_numbers(g->c);
    const uint32_t rows = w->n;
    found->n = 0;
    for (uint32_t i = 0; i < rows; i++) {
        size_t at = w->at + i;
        uint32_t number = number_of_row(numbers, w->row + i);
        if (((uint64_t)b.orig[at] << 32 | b.resp[at]) != g->wanted[number].who ||
            ((uint32_t)b.resp_p[at] << 8 | b.cat[CAT_PROTO][at]) != g->wanted[number].what ||
            b.ts_us[at] == TIME_MISSING)
            continue;
        found->cluster[found->n] = (uint8_t)(number - 1);
        found->ts[found->n++] = b.ts_us[at];
        found->rows[number - 1]++;
    }
}

static void put_run(struct finding *g, struct found *found)
{
    for (uint32_t i = 0; i < g->c->k && found->n > 0; i++) {
        if (found->rows[i] > 0)
            found->at[i] = atomic_fetch_add(&g->next[i], found->rows[i]);
        found->rows[i] = 0;
    }
    for (uint32_t i = 0; i < found->n; i++)
        g->ts[found->at[found->cluster[i]]++] = found->ts[i];
}

static void find_slices(void *user, uint32_t member)
{
    struct finding *g = user;
    struct found *found = mem_zalloc(1, sizeof *found);
    uint32_t slice;
    (void)member;
    if (found == NULL)
        atomic_store(&g->crew.failed, true);
    while (found != NULL && crew_take(&g->crew, &slice)) {
        struct walk w = walk_begin(g->t, slice_begin(g->c->n_rows, SLICES, slice),
                                   slice_begin(g->c->n_rows, SLICES, slice + 1));
        while (walk_next(&w) && !job_cancelled(g->crew.job)) {
            find_run(g, &w, found);
            put_run(g, found);
        }
    }
    mem_free(found);
}

static void measure(void *user, uint32_t member)
{
    struct finding *g = user;
    uint32_t i;
    (void)member;
    while (crew_take(&g->crew, &i))
        g->c->profile[i].rhythm =
            rhythm_measure(g->ts + g->begin[i], (size_t)(atomic_load(&g->next[i]) - g->begin[i]));
}

int judge_rhythms(struct clustering *c, const struct table *t, struct parallel *pool,
                  struct job *job, struct err *err)
{
    static const char what[] = "the times of a pair";
    struct finding *g = mem_zalloc(1, sizeof *g);
    int rc = -1;
    if (g == NULL)
        return err_memory(err, what);
    crew_init(&g->crew, pool, job);
    g->c = c;
    g->t = t;
    g->wanted[0] = (struct wanted){0, UINT32_MAX};
    for (uint32_t i = 0; i < c->k; i++) {
        const struct profile *p = &c->profile[i];
        uint64_t rows = p->n_pair_tops == 0 || p->pair[0].rows < 2 ? 0 : p->pair[0].rows;
        g->begin[i + 1] = g->begin[i] + rows;
        g->wanted[i + 1] = rows > 0 ? wanted_of(&p->pair[0]) : g->wanted[0];
        atomic_init(&g->next[i], g->begin[i]);
    }
    g->ts = mem_alloc(g->begin[c->k], sizeof *g->ts);
    if (g->ts == NULL)
        (void)err_memory(err, what);
    else if (crew_run(&g->crew, SLICES, find_slices, g, what, err) == 0)
        rc = crew_run(&g->crew, c->k, measure, g, what, err);
    mem_free(g->ts);
    mem_free(g);
    return rc;
}
