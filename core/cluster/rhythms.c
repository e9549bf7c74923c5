/* The rhythm of each cluster's commonest pair; see judge.h.
 *
 * DESIGN
 * 1. A pair whose rows lie in several clusters may be one series, cut: of two clusters that have its calls in turn
 *    each has every second gap. Or it is several, told apart, each with a rhythm of its own that all of them
 *    together do not have. So both are measured.
 * 2. A first pass over the rows puts the times of each cluster where they belong, in the order in which threads
 *    come, and counts the rows of these pairs in the whole log; measuring sorts the times. A second pass does the same
 *    for the whole of those pairs that are spread. Most are not, and often there is none.
 * 3. Whether a row is of such a pair is looked up in a table that fits in the processor's nearest cache and is
 *    mostly empty. A run of rows asks for its places once for each cluster, or pair, that it has rows of. */
#include "core/base/mem.h"
#include "core/cluster/judge.h"
#include "core/cluster/walk.h"
#include "core/crew.h"

#define SLICES 64
#define PLACES 4096 /* in the table of pairs: many more than there can be pairs */

/* A pair in two numbers. */
struct asked {
    uint64_t who;
    uint32_t what;
    bool spread;           /* it has rows elsewhere */
    _Atomic uint64_t rows; /* in the log */
};

/* Times of clusters, or of pairs. */
struct series {
    uint64_t begin; /* in ts */
    _Atomic uint64_t next;
    struct rhythm rhythm;
};

struct finding {
    struct crew crew;
    struct clustering *c;
    const struct table *t;
    bool whole; /* series are those of pairs, all over the log */
    struct asked asked[RECIPE_MAX_K];
    uint32_t n_asked;
    uint16_t place[PLACES];             /* number in asked + 1; 0 is free */
    uint32_t pair_of[RECIPE_MAX_K + 1]; /* by cluster number; number in asked + 1; 0: none */
    struct series series[RECIPE_MAX_K];
    uint32_t n_series;
    int64_t *ts; /* by series; owned */
};

/* What one run has for each series. */
struct found {
    uint8_t series[WALK_ROWS];
    int64_t ts[WALK_ROWS];
    uint32_t n;
    uint32_t times[RECIPE_MAX_K]; /* by series, and so is at */
    uint64_t at[RECIPE_MAX_K];
    uint64_t rows[RECIPE_MAX_K]; /* of each pair so far */
};

/* ---- the table of pairs ---- */

/* Where the search for a pair begins. */
static uint32_t place_of(uint64_t who, uint32_t what)
{
    return (uint32_t)((who ^ (uint64_t)what << 20) * 0x9e3779b97f4a7c15u >> 52);
}

/* The number of a pair in asked + 1, or 0. */
static uint32_t number_of_pair(const struct finding *g, uint64_t who, uint32_t what)
{
    uint32_t at = place_of(who, what), number;
    while ((number = g->place[at]) != 0 &&
           (g->asked[number - 1].who != who || g->asked[number - 1].what != what))
        at = (at + 1) % PLACES;
    return number;
}

static void put_pair(struct finding *g, uint32_t number)
{
    uint32_t at = place_of(g->asked[number - 1].who, g->asked[number - 1].what);
    while (g->place[at] != 0)
        at = (at + 1) % PLACES;
    g->place[at] = (uint16_t)number;
}

/* The same; a new pair gets a number. */
static uint32_t ask(struct finding *g, const struct top_pair *pair)
{
    uint64_t who = (uint64_t)pair->orig << 32 | pair->resp;
    uint32_t what = (uint32_t)pair->resp_p << 8 | pair->proto;
    uint32_t number = number_of_pair(g, who, what);
    if (number != 0)
        return number;
    g->asked[g->n_asked].who = who;
    g->asked[g->n_asked].what = what;
    put_pair(g, ++g->n_asked);
    return g->n_asked;
}

/* ---- a pass over the rows ---- */

static void find_run(const struct finding *g, const struct walk *w, struct found *found)
{
    const struct rowblock b = *w->block; /* a copy, which nothing that is found could change */
    const struct row_numbers numbers = clustering_numbers(g->c);
    const uint32_t rows = w->n;
    found->n = 0;
    for (uint32_t i = 0; i < rows; i++) {
        size_t at = w->at + i;
        uint32_t series,
            number = number_of_pair(g, (uint64_t)b.orig[at] << 32 | b.resp[at],
                                    (uint32_t)b.resp_p[at] << 8 | b.cat[CAT_PROTO][at]);
        if (number == 0)
            continue;
        found->rows[number - 1]++;
        series = g->whole ? number : number_of_row(numbers, w->row + i);
        if ((!g->whole && g->pair_of[series] != number) || b.ts_us[at] == TIME_MISSING)
            continue;
        found->series[found->n] = (uint8_t)(series - 1);
        found->ts[found->n++] = b.ts_us[at];
        found->times[series - 1]++;
    }
}

static void put_run(struct finding *g, struct found *found)
{
    for (uint32_t i = 0; i < g->n_series && found->n > 0; i++) {
        if (found->times[i] > 0)
            found->at[i] = atomic_fetch_add(&g->series[i].next, found->times[i]);
        found->times[i] = 0;
    }
    for (uint32_t i = 0; i < found->n; i++)
        g->ts[found->at[found->series[i]]++] = found->ts[i];
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
    for (uint32_t i = 0; found != NULL && !g->whole && i < g->n_asked; i++)
        atomic_fetch_add(&g->asked[i].rows, found->rows[i]);
    mem_free(found);
}

static void measure(void *user, uint32_t member)
{
    struct finding *g = user;
    uint32_t i;
    (void)member;
    while (crew_take(&g->crew, &i)) {
        struct series *s = &g->series[i];
        s->rhythm = rhythm_measure(g->ts + s->begin, (size_t)(atomic_load(&s->next) - s->begin));
    }
}

/* Finds and measures n series, of so many rows at most each. */
static int measure_all(struct finding *g, const uint64_t *rows, uint32_t n, struct err *err)
{
    static const char what[] = "the times of a pair";
    uint64_t at = 0;
    int rc = -1;
    for (uint32_t i = 0; i < n; i++) {
        g->series[i].begin = at;
        atomic_store(&g->series[i].next, at);
        at += rows[i];
    }
    g->n_series = n;
    g->ts = mem_alloc(at, sizeof *g->ts);
    if (g->ts == NULL)
        (void)err_memory(err, what);
    else if (crew_run(&g->crew, SLICES, find_slices, g, what, err) == 0)
        rc = crew_run(&g->crew, n, measure, g, what, err);
    mem_free(g->ts);
    g->ts = NULL;
    return rc;
}

/* ---- clusters, then pairs ---- */

static int measure_clusters(struct finding *g, struct err *err)
{
    uint64_t rows[RECIPE_MAX_K];
    for (uint32_t i = 0; i < g->c->k; i++) {
        const struct profile *p = &g->c->profile[i];
        rows[i] = p->n_pair_tops == 0 || p->pair[0].rows < 2 ? 0 : p->pair[0].rows;
        g->pair_of[i + 1] = rows[i] == 0 ? 0 : ask(g, &p->pair[0]);
    }
    if (measure_all(g, rows, g->c->k, err) != 0)
        return -1;
    for (uint32_t i = 0; i < g->c->k; i++) {
        struct profile *p = &g->c->profile[i];
        struct asked *a = g->pair_of[i + 1] == 0 ? NULL : &g->asked[g->pair_of[i + 1] - 1];
        p->rhythm = p->pair_rhythm = g->series[i].rhythm;
        p->pair_log_rows = a == NULL ? 0 : atomic_load(&a->rows);
        if (a != NULL && p->pair_log_rows > rows[i])
            a->spread = true;
    }
    return 0;
}

/* All over the log, of pairs that have rows elsewhere. */
static int measure_spread(struct finding *g, struct err *err)
{
    uint64_t rows[RECIPE_MAX_K] = {0};
    bool any = false;
    memset(g->place, 0, sizeof g->place);
    for (uint32_t i = 0; i < g->n_asked; i++) {
        if (!g->asked[i].spread)
            continue;
        any = true;
        rows[i] = atomic_load(&g->asked[i].rows);
        put_pair(g, i + 1);
    }
    g->whole = true;
    if (any && measure_all(g, rows, g->n_asked, err) != 0)
        return -1;
    for (uint32_t i = 0; any && i < g->c->k; i++) {
        uint32_t number = g->pair_of[i + 1];
        if (number != 0 && g->asked[number - 1].spread)
            g->c->profile[i].pair_rhythm = g->series[number - 1].rhythm;
    }
    return 0;
}

int judge_rhythms(struct clustering *c, const struct table *t, struct parallel *pool,
                  struct job *job, struct err *err)
{
    struct finding *g = mem_zalloc(1, sizeof *g);
    int rc;
    if (g == NULL)
        return err_memory(err, "the times of a pair");
    crew_init(&g->crew, pool, job);
    g->c = c;
    g->t = t;
    rc = measure_clusters(g, err);
    if (rc == 0)
        rc = measure_spread(g, err);
    mem_free(g);
    return rc;
}
