/* Pairs, gaps, fan-out, popularity; see behaviour.h.
 *
 * DESIGN
 * 1. Pairs are numbered by first row through one open hash table over (orig, resp, port, proto).
 * 2. Rows are counting-sorted by pair; each pair then sorts its own times. Pairs are cut into
 * slices of equal row counts for the threads: which thread sorts what does not show in the result.
 * 3. Distinct responders of a source are the distinct (orig, resp) among pairs, not among rows:
 * pairs are fewer. The same for ports and popularity. Pairs are counting-sorted by source, and each
 * source sorts its own: that takes less memory than tables of what was seen, and all threads. */
#include "core/recipe/behaviour.h"

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/packed.h"
#include "core/table/codes.h"

#define NONE   UINT32_MAX
#define SLICES 64

/* Whether a loop at its i-th turn finds the job cancelled: it looks every 1,024 turns. */
static bool cancelled_at(const struct job *job, uint64_t i)
{
    return (i & 1023) == 0 && job_cancelled(job);
}

/* ---- keys of two words, numbered by first appearance ---- */

struct keyset {
    uint64_t *key;  /* by number; two words a key */
    uint32_t *slot; /* number + 1, 0 is free */
    size_t n, cap, mask;
};

static int keyset_init(struct keyset *s)
{
    *s = (struct keyset){.mask = 1023};
    s->slot = mem_zalloc(s->mask + 1, sizeof *s->slot);
    return s->slot == NULL ? -1 : 0;
}

static void keyset_release(struct keyset *s)
{
    mem_free(s->key);
    mem_free(s->slot);
    *s = (struct keyset){.n = 0};
}

static size_t keyset_home(uint64_t a, uint64_t b)
{
    return (size_t)hash_u64(a ^ hash_u64(b));
}

static int keyset_grow(struct keyset *s)
{
    size_t mask = s->mask * 2 + 1;
    uint32_t *slot = mem_zalloc(mask + 1, sizeof *slot);
    if (slot == NULL)
        return -1;
    for (size_t i = 0; i < s->n; i++) {
        size_t at = keyset_home(s->key[2 * i], s->key[2 * i + 1]) & mask;
        while (slot[at] != 0)
            at = (at + 1) & mask;
        slot[at] = (uint32_t)i + 1;
    }
    mem_free(s->slot);
    s->slot = slot;
    s->mask = mask;
    return 0;
}

/* The number of a key, new keys added; NONE when memory is short. */
static uint32_t keyset_put(struct keyset *s, uint64_t a, uint64_t b)
{
    size_t at = keyset_home(a, b) & s->mask;
    void *keys = s->key;
    while (s->slot[at] != 0) {
        size_t i = s->slot[at] - 1;
        if (s->key[2 * i] == a && s->key[2 * i + 1] == b)
            return (uint32_t)i;
        at = (at + 1) & s->mask;
    }
    if (mem_grow(&keys, &s->cap, 2 * (s->n + 1), sizeof *s->key) != 0)
        return NONE;
    s->key = keys;
    s->key[2 * s->n] = a;
    s->key[2 * s->n + 1] = b;
    s->slot[at] = (uint32_t)++s->n;
    if (s->n * 2 > s->mask && keyset_grow(s) != 0)
        return NONE;
    return (uint32_t)s->n - 1;
}

/* ---- pairs ---- */

static uint64_t pair_key_hosts(uint32_t orig, uint32_t resp)
{
    return (uint64_t)orig << 32 | resp;
}

/* Rows whose places in the table of pairs are asked for at a time: memory answers them together. */
#define AHEAD 64

struct ahead {
    uint64_t hosts, rest;
};

static void look_ahead(const struct keyset *set, const struct table *t, uint64_t first, uint32_t n,
                       struct ahead *key)
{
    for (uint32_t i = 0; i < n; i++) {
        uint64_t row = first + i;
        key[i].hosts = pair_key_hosts(TABLE_AT(t, row, orig), TABLE_AT(t, row, resp));
        key[i].rest = (uint64_t)TABLE_AT(t, row, resp_p) << 8 | TABLE_AT(t, row, cat[CAT_PROTO]);
        __builtin_prefetch(&set->slot[keyset_home(key[i].hosts, key[i].rest) & set->mask]);
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t number = set->slot[keyset_home(key[i].hosts, key[i].rest) & set->mask];
        if (number != 0)
            __builtin_prefetch(&set->key[2 * (size_t)(number - 1)]);
    }
}

static int number_pairs(struct behaviour *b, const struct table *t, struct keyset *set,
                        struct job *job, struct err *err)
{
    for (uint64_t first = 0; first < t->n_rows; first += AHEAD) {
        uint32_t n = t->n_rows - first < AHEAD ? (uint32_t)(t->n_rows - first) : AHEAD;
        struct ahead key[AHEAD];
        if (cancelled_at(job, first))
            return job_stopped(err);
        look_ahead(set, t, first, n, key);
        for (uint32_t i = 0; i < n; i++) {
            uint32_t pair = keyset_put(set, key[i].hosts, key[i].rest);
            if (pair == NONE)
                return err_memory(err, "the table of address pairs");
            b->pair_of_row[first + i] = pair;
        }
    }
    return 0;
}

/* ---- rows by pair ---- */

struct gaps {
    struct behaviour *b;
    const struct table *t;
    const struct codes *codes;
    struct job *job;
    uint64_t *start; /* n_pairs + 1: where a pair's rows begin in `order` */
    uint32_t *order; /* rows by pair, ascending inside */
    _Atomic bool failed;
};

/* start[p + 2] becomes the rows of pair p, and above 32 bits those that failed: one place of memory for
 * both. */
static void count_rows(struct gaps *g)
{
    const struct table *t = g->t;
    _Static_assert(TABLE_MAX_ROWS <= UINT32_MAX, "rows take 32 bits");
    for (uint64_t row = 0; row < t->n_rows && !cancelled_at(g->job, row); row++)
        g->start[g->b->pair_of_row[row] + 2] +=
            1 + ((uint64_t)g->codes->failed[TABLE_AT(t, row, cat[CAT_STATE])] << 32);
}

/* What the keys and the counts tell of the pairs; start[p + 1] becomes where pair p begins. */
static void tell_pairs(struct gaps *g, const struct keyset *set)
{
    uint64_t begin = 0;
    for (uint32_t p = 0; p < g->b->n_pairs && !cancelled_at(g->job, p); p++) {
        struct pair_facts *f = &g->b->pair[p];
        uint64_t rest = set->key[2 * (size_t)p + 1], counts = g->start[p + 2];
        f->orig = (uint32_t)(set->key[2 * (size_t)p] >> 32);
        f->resp = (uint32_t)set->key[2 * (size_t)p];
        f->resp_p = (uint16_t)(rest >> 8);
        f->proto = (uint8_t)rest;
        f->rows = (uint32_t)counts;
        f->tcp_rows = g->codes->tcp[f->proto] ? f->rows : 0;
        f->failed = g->codes->tcp[f->proto] ? (uint32_t)(counts >> 32) : 0;
        begin += f->rows;
        g->start[p + 2] = begin;
    }
}

static void sort_rows(struct gaps *g)
{
    /* start[p + 1] runs ahead as the fill position, and ends where the next pair begins. */
    for (uint64_t row = 0; row < g->t->n_rows && !cancelled_at(g->job, row); row++)
        g->order[g->start[g->b->pair_of_row[row] + 1]++] = (uint32_t)row;
}

/* In row order, whatever the threads are: these are sums of fractions. */
static void sum_sources(struct gaps *g)
{
    const struct behaviour *b = g->b;
    const struct table *t = g->t;
    uint64_t sent;
    for (uint64_t row = 0; row < t->n_rows && !cancelled_at(g->job, row); row++) {
        uint32_t orig = TABLE_AT(t, row, orig);
        if (orig < b->n_addrs && table_bytes(t, row, 0, &sent))
            b->source_bytes[orig] += (double)sent;
    }
}

/* ---- gaps ---- */

/* The first pair whose rows begin at `from` or behind. */
static uint32_t pair_from(const struct gaps *g, uint64_t from)
{
    uint32_t low = 0, high = g->b->n_pairs;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (g->start[middle] < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void measure_slice(struct gaps *g, uint32_t slice)
{
    uint64_t n_rows = g->t->n_rows;
    uint64_t from = slice_begin(n_rows, SLICES, slice), to = slice_begin(n_rows, SLICES, slice + 1);
    int64_t *ts = NULL;
    size_t cap = 0;
    /* A pair belongs to the slice in which its rows begin. */
    for (uint32_t p = pair_from(g, from); p < g->b->n_pairs && g->start[p] < to; p++) {
        uint64_t begin = g->start[p], end = g->start[p + 1];
        size_t n = 0;
        void *array = ts;
        if (job_cancelled(g->job))
            break;
        if (mem_grow(&array, &cap, end - begin, sizeof *ts) != 0) {
            g->failed = true;
            break;
        }
        ts = array;
        for (uint64_t i = begin; i < end; i++) {
            int64_t us = TABLE_AT(g->t, g->order[i], ts_us);
            if (us != TIME_MISSING)
                ts[n++] = us;
        }
        g->b->pair[p].rhythm = rhythm_measure(ts, n);
    }
    mem_free(ts);
}

/* The first slice is the sums of sources, which one thread does while others measure. */
static void gaps_slice(void *user, uint32_t slice)
{
    struct gaps *g = user;
    if (slice == 0)
        sum_sources(g);
    else
        measure_slice(g, slice - 1);
}

static int build_gaps(struct behaviour *b, const struct table *t, struct keyset *set,
                      const struct codes *codes, struct parallel *pool, struct job *job,
                      struct err *err)
{
    struct gaps g = {.b = b, .t = t, .codes = codes, .job = job};
    int rc = -1;
    b->pair = mem_zalloc(b->n_pairs, sizeof *b->pair);
    g.start = mem_zalloc_table((size_t)b->n_pairs + 2, sizeof *g.start);
    if (b->pair == NULL || g.start == NULL) {
        err_memory(err, "the table of address pairs");
        goto out;
    }
    count_rows(&g);
    tell_pairs(&g, set);
    keyset_release(set);
    g.order = mem_alloc(t->n_rows, sizeof *g.order);
    if (g.order == NULL) {
        err_memory(err, "the times of address pairs");
        goto out;
    }
    if (!job_cancelled(job))
        sort_rows(&g);
    if (!job_cancelled(job))
        parallel_run(pool, SLICES + 1, gaps_slice, &g);
    if (job_cancelled(job)) {
        job_stopped(err);
        goto out;
    }
    if (g.failed) {
        err_memory(err, "the times of address pairs");
        goto out;
    }
    rc = 0;
out:
    mem_free(g.start);
    mem_free(g.order);
    return rc;
}

/* ---- fan-out and popularity ---- */

/* Pairs by source: numbers of addresses, and behind them whatever is none. */
struct fanout {
    struct behaviour *b;
    const struct codes *codes;
    struct job *job;
    uint32_t *start; /* n_addrs + 2: where a source's pairs begin in `pair` */
    uint32_t *pair;
    _Atomic bool failed;
};

static uint32_t source_of(const struct behaviour *b, uint32_t pair)
{
    return b->pair[pair].orig < b->n_addrs ? b->pair[pair].orig : b->n_addrs;
}

static void sort_pairs(struct fanout *f)
{
    const struct behaviour *b = f->b;
    for (uint32_t p = 0; p < b->n_pairs && !cancelled_at(f->job, p); p++)
        f->start[source_of(b, p) + 2]++;
    for (uint32_t i = 0; i <= b->n_addrs; i++)
        f->start[i + 2] += f->start[i + 1];
    for (uint32_t p = 0; p < b->n_pairs && !cancelled_at(f->job, p); p++)
        f->pair[f->start[source_of(b, p) + 1]++] = p;
}

/* Sorts numbers and keeps one of each; returns how many. */
static size_t distinct(uint64_t *v, size_t n)
{
    struct err err = ERR_INIT;
    size_t kept = 0;
    int rc = packed_sort(v, n, NULL, &err); /* alone it cannot fail */
    BUG_IF(rc != 0);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || v[i] != v[i - 1])
            v[kept++] = v[i];
    return kept;
}

/* `v` has room for two numbers a pair of the source. */
static void fan_out(const struct fanout *f, uint32_t source, uint64_t *v)
{
    struct behaviour *b = f->b;
    size_t n = f->start[source + 1] - f->start[source], n_ports = 0;
    uint64_t *port = v + n;
    for (size_t i = 0; i < n; i++) {
        const struct pair_facts *p = &b->pair[f->pair[f->start[source] + i]];
        v[i] = p->resp;
        if (!f->codes->icmp[p->proto])
            port[n_ports++] = (uint64_t)p->resp_p << 8 | p->proto;
    }
    n = distinct(v, n);
    for (size_t i = 0; i < n; i++)
        if (v[i] < b->n_addrs)
            __atomic_fetch_add(&b->popularity[v[i]], 1, __ATOMIC_RELAXED);
    if (source == b->n_addrs)
        return;
    b->fanout_hosts[source] = (uint32_t)n;
    b->fanout_ports[source] = (uint32_t)distinct(port, n_ports);
}

/* A source belongs to the slice in which its pairs begin. */
static void fanout_slice(void *user, uint32_t slice)
{
    struct fanout *f = user;
    const struct behaviour *b = f->b;
    uint64_t from = slice_begin(b->n_pairs, SLICES, slice),
             to = slice_begin(b->n_pairs, SLICES, slice + 1);
    uint64_t *v = NULL;
    size_t cap = 0;
    uint32_t low = 0, high = b->n_addrs + 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (f->start[middle] < from)
            low = middle + 1;
        else
            high = middle;
    }
    for (uint32_t s = low; s <= b->n_addrs && f->start[s] < to; s++) {
        size_t pairs = f->start[s + 1] - f->start[s];
        void *room = v;
        if (job_cancelled(f->job))
            break;
        if (pairs == 0)
            continue;
        if (mem_grow(&room, &cap, 2 * pairs, sizeof *v) != 0) {
            f->failed = true;
            break;
        }
        v = room;
        fan_out(f, s, v);
    }
    mem_free(v);
}

static int build_fanout(struct behaviour *b, const struct codes *codes, struct parallel *pool,
                        struct job *job, struct err *err)
{
    struct fanout f = {.b = b, .codes = codes, .job = job};
    int rc = -1;
    f.start = mem_zalloc_table((size_t)b->n_addrs + 3, sizeof *f.start);
    f.pair = mem_alloc(b->n_pairs, sizeof *f.pair);
    f.failed = f.start == NULL || f.pair == NULL;
    if (!f.failed)
        sort_pairs(&f);
    if (!f.failed && !job_cancelled(job))
        parallel_run(pool, SLICES, fanout_slice, &f);
    if (job_cancelled(job))
        job_stopped(err);
    else if (f.failed)
        err_memory(err, "the fan-out of sources");
    else
        rc = 0;
    mem_free(f.start);
    mem_free(f.pair);
    return rc;
}

int behaviour_build(struct behaviour *b, const struct table *t, struct parallel *pool,
                    struct job *job, struct err *err)
{
    struct keyset pairs;
    struct codes codes;
    int rc = -1;
    *b = (struct behaviour){.n_addrs = table_n_addrs(t)};
    if (keyset_init(&pairs) != 0)
        return err_memory(err, "the table of address pairs");
    b->pair_of_row = mem_alloc(t->n_rows, sizeof *b->pair_of_row);
    b->fanout_hosts = mem_zalloc(b->n_addrs, sizeof *b->fanout_hosts);
    b->fanout_ports = mem_zalloc(b->n_addrs, sizeof *b->fanout_ports);
    b->popularity = mem_zalloc(b->n_addrs, sizeof *b->popularity);
    b->source_bytes = mem_zalloc(b->n_addrs, sizeof *b->source_bytes);
    if (b->pair_of_row == NULL || b->fanout_hosts == NULL || b->fanout_ports == NULL ||
        b->popularity == NULL || b->source_bytes == NULL) {
        err_memory(err, "the behaviour of addresses");
        goto out;
    }
    if (number_pairs(b, t, &pairs, job, err) != 0)
        goto out;
    b->n_pairs = (uint32_t)pairs.n;
    codes_init(&codes, t);
    if (build_gaps(b, t, &pairs, &codes, pool, job, err) != 0 ||
        build_fanout(b, &codes, pool, job, err) != 0)
        goto out;
    rc = 0;
out:
    keyset_release(&pairs);
    if (rc != 0)
        behaviour_release(b);
    return rc;
}

void behaviour_release(struct behaviour *b)
{
    mem_free(b->pair_of_row);
    mem_free(b->pair);
    mem_free(b->fanout_hosts);
    mem_free(b->fanout_ports);
    mem_free(b->popularity);
    mem_free(b->source_bytes);
    *b = (struct behaviour){.n_pairs = 0};
}
