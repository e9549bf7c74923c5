/* Counting pairs; see pairs.h.
 *
 * DESIGN
 * 1. Rows are spread over buckets: each cluster has as many as its rows fill, chosen by a hash of the
 *    pair. So all rows of a pair of a cluster meet in one bucket, and the table that counts a bucket
 *    fits in a processor's cache.
 * 2. A counted bucket holds its pairs instead of its rows, in the same memory: those of one row from the
 *    front, those of several, with their count, from the back. Two rows have room for one of these.
 * 3. Sources, responders and ports are then added up over pairs, of which there are far fewer than
 *    rows: in an array by address when a cluster names many of them, else in a hash table.
 * 4. The lists of the commonest have an order without ties, so it shows nowhere which thread counted
 *    what, nor in which order. */
#include "core/cluster/pairs.h"

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/base/tally.h"
#include "core/cluster/top.h"
#include "core/cluster/walk.h"
#include "core/crew.h"

#define SLICES      64
#define MOST_BITS   14
#define N_PORTS     65536
#define SIDES       3    /* sources, responders, ports */
#define CANCEL_EACH 8192 /* pairs between two looks at the cancel flag */

/* A row, or the pair that several rows are of. */
struct pair {
    uint32_t orig, resp;
    uint32_t rest; /* responder port << 8 | protocol */
};

struct counted {
    struct pair pair;
    uint32_t rows;
};

struct bucket {
    uint64_t begin, end;      /* in `pair` */
    uint64_t single, several; /* pairs of one row, of more */
    uint64_t n_pairs;         /* that have an address */
    struct top_pair top[PROFILE_TOP_PAIRS];
    uint32_t n_tops;
};

/* What one thread counts with. */
struct scratch {
    struct tally tally;
    uint32_t *dense; /* by address or port; owned, made when it is needed */
};

static const struct pair_limits usual = {32768, (uint32_t)1 << 20};

struct counting {
    struct crew crew;
    const struct pair_limits *limits;
    struct clustering *c;
    const struct table *t;
    const struct codes *codes;
    const uint64_t *port_0;
    _Atomic uint64_t *log_port; /* owned */
    uint8_t bits[RECIPE_MAX_K]; /* of the hash, to choose among a cluster's buckets */
    uint32_t first[RECIPE_MAX_K + 1];
    struct bucket *bucket;   /* by cluster; owned */
    uint64_t *cursor;        /* slices x buckets: rows, then where they go; owned */
    struct pair *pair;       /* by bucket; owned */
    struct scratch *scratch; /* by thread; owned */
    uint32_t *order;         /* clusters x sides, most pairs first; owned */
    uint32_t dense_addrs;
};

static uint32_t n_buckets(const struct counting *n)
{
    return n->first[n->c->k];
}

static struct pair pair_of(const struct rowblock *b, size_t at)
{
    return (struct pair){b->orig[at], b->resp[at],
                         (uint32_t)b->resp_p[at] << 8 | b->cat[CAT_PROTO][at]};
}

static uint32_t bucket_of(const struct counting *n, uint32_t cluster, struct pair p)
{
    uint64_t hash = hash_u64(((uint64_t)p.orig << 32 | p.resp) + p.rest * 0x9e3779b97f4a7c15u);
    return n->first[cluster] + (uint32_t)((hash >> 32) >> (32 - n->bits[cluster]));
}

/* ---- spreading rows ---- */

static void count_slice(void *user, uint32_t member)
{
    struct counting *n = user;
    uint32_t slice;
    (void)member;
    while (crew_take(&n->crew, &slice)) {
        uint64_t *rows = n->cursor + (size_t)slice * n_buckets(n);
        struct walk w = walk_begin(n->t, slice_begin(n->c->n_rows, SLICES, slice),
                                   slice_begin(n->c->n_rows, SLICES, slice + 1));
        while (walk_next(&w) && !job_cancelled(n->crew.job)) {
            for (uint32_t i = 0; i < w.n; i++) {
                uint32_t number = clustering_of_row(n->c, w.row + i);
                if (number != 0)
                    rows[bucket_of(n, number - 1, pair_of(w.block, w.at + i))]++;
            }
        }
    }
}

static void spread_slice(void *user, uint32_t member)
{
    struct counting *n = user;
    uint32_t slice;
    (void)member;
    while (crew_take(&n->crew, &slice)) {
        uint64_t *to = n->cursor + (size_t)slice * n_buckets(n);
        struct walk w = walk_begin(n->t, slice_begin(n->c->n_rows, SLICES, slice),
                                   slice_begin(n->c->n_rows, SLICES, slice + 1));
        while (walk_next(&w) && !job_cancelled(n->crew.job)) {
            for (uint32_t i = 0; i < w.n; i++) {
                uint32_t number = clustering_of_row(n->c, w.row + i);
                struct pair p = pair_of(w.block, w.at + i);
                if (number != 0)
                    n->pair[to[bucket_of(n, number - 1, p)]++] = p;
            }
        }
    }
}

/* From how many rows each slice has for each bucket to where they go. */
static void lay_out(struct counting *n)
{
    uint64_t at = 0;
    for (uint32_t b = 0; b < n_buckets(n); b++) {
        n->bucket[b].begin = at;
        for (uint32_t slice = 0; slice < SLICES; slice++) {
            uint64_t *cursor = &n->cursor[(size_t)slice * n_buckets(n) + b];
            uint64_t rows = *cursor;
            *cursor = at;
            at += rows;
        }
        n->bucket[b].end = at;
    }
}

/* ---- counting a bucket ---- */

static bool pair_before(const struct table *t, const struct top_pair *a, const struct top_pair *b)
{
    int c;
    if (a->rows != b->rows)
        return a->rows > b->rows;
    c = span_cmp(table_addr_text(t, a->orig), table_addr_text(t, b->orig));
    if (c == 0)
        c = span_cmp(table_addr_text(t, a->resp), table_addr_text(t, b->resp));
    if (c == 0 && a->resp_p != b->resp_p)
        c = a->resp_p < b->resp_p ? -1 : 1;
    return c != 0 ? c < 0 : a->proto < b->proto;
}

static void offer_pair(struct top_pair *top, uint32_t *n_tops, const struct table *t,
                       const struct top_pair *pair)
{
    uint32_t at;
    if (*n_tops == PROFILE_TOP_PAIRS && !pair_before(t, pair, &top[PROFILE_TOP_PAIRS - 1]))
        return;
    at = *n_tops < PROFILE_TOP_PAIRS ? (*n_tops)++ : PROFILE_TOP_PAIRS - 1;
    while (at > 0 && pair_before(t, pair, &top[at - 1])) {
        top[at] = top[at - 1];
        at--;
    }
    top[at] = *pair;
}

/* The i-th pair of several rows stands i places before the end, whatever the bytes' alignment. */
static char *several_at(const struct counting *n, const struct bucket *b, uint64_t i)
{
    return (char *)(n->pair + b->end) - (i + 1) * sizeof(struct counted);
}

static void take_counted(const struct counting *n, struct bucket *b, const struct tally_item *it)
{
    struct counted counted = {{(uint32_t)(it->key >> 32), (uint32_t)it->key, it->more}, it->count};
    if (counted.pair.orig != ADDR_MISSING || counted.pair.resp != ADDR_MISSING) {
        struct top_pair pair = {counted.pair.orig, counted.pair.resp, (uint16_t)(it->more >> 8),
                                (uint8_t)it->more, it->count};
        b->n_pairs++;
        offer_pair(b->top, &b->n_tops, n->t, &pair);
    }
    if (it->count == 1)
        n->pair[b->begin + b->single++] = counted.pair;
    else
        memcpy(several_at(n, b, b->several++), &counted, sizeof counted);
}

static int count_bucket(struct counting *n, struct bucket *b, struct tally *tally)
{
    tally_clear(tally);
    for (uint64_t i = b->begin; i < b->end; i++) {
        struct pair p = n->pair[i];
        if (i % CANCEL_EACH == 0 && job_cancelled(n->crew.job))
            return 0;
        if (tally_add(tally, (uint64_t)p.orig << 32 | p.resp, p.rest) != 0)
            return -1;
    }
    for (size_t i = 0; i < tally->cap; i++)
        if (tally->item[i].count != 0)
            take_counted(n, b, &tally->item[i]);
    return 0;
}

static void count_buckets(void *user, uint32_t member)
{
    struct counting *n = user;
    uint32_t b;
    while (crew_take(&n->crew, &b))
        if (count_bucket(n, &n->bucket[b], &n->scratch[member].tally) != 0)
            atomic_store(&n->crew.failed, true);
}

/* ---- adding up pairs ---- */

/* One pair of a cluster after the other. */
struct each {
    const struct counting *n;
    uint32_t bucket, end;
    uint64_t i;
    struct counted now;
};

static struct each each_of(const struct counting *n, uint32_t cluster)
{
    return (struct each){.n = n, .bucket = n->first[cluster], .end = n->first[cluster + 1]};
}

static bool each_next(struct each *e)
{
    for (; e->bucket < e->end; e->bucket++, e->i = 0) {
        const struct bucket *b = &e->n->bucket[e->bucket];
        if (e->i < b->single) {
            e->now = (struct counted){e->n->pair[b->begin + e->i++], 1};
            return true;
        }
        if (e->i < b->single + b->several) {
            memcpy(&e->now, several_at(e->n, b, e->i++ - b->single), sizeof e->now);
            return true;
        }
        if (job_cancelled(e->n->crew.job))
            return false;
    }
    return false;
}

static uint64_t pairs_of(const struct counting *n, uint32_t cluster)
{
    uint64_t sum = 0;
    for (uint32_t b = n->first[cluster]; b < n->first[cluster + 1]; b++)
        sum += n->bucket[b].single + n->bucket[b].several;
    return sum;
}

static uint32_t *dense_of(struct counting *n, uint32_t member)
{
    struct scratch *s = &n->scratch[member];
    uint32_t most = n->dense_addrs > N_PORTS ? n->dense_addrs : N_PORTS;
    if (s->dense == NULL)
        s->dense = mem_alloc(most, sizeof *s->dense);
    return s->dense;
}

static int add_ports(struct counting *n, uint32_t cluster, uint32_t member)
{
    struct top_list *list = &n->c->profile[cluster].port;
    uint32_t *rows = dense_of(n, member);
    struct each e = each_of(n, cluster);
    if (rows == NULL)
        return -1;
    memset(rows, 0, N_PORTS * sizeof *rows);
    while (each_next(&e))
        if (!n->codes->icmp[e.now.pair.rest & 0xff])
            rows[e.now.pair.rest >> 8 & 0xffff] += e.now.rows;
    rows[0] = (uint32_t)n->port_0[cluster]; /* a port that is missing reads as 0, too */
    *list = (struct top_list){.n = 0};
    for (uint32_t port = 0; port < N_PORTS; port++) {
        if (rows[port] == 0)
            continue;
        top_offer(list, n->t, TOP_NUMBER, port, rows[port]);
        atomic_fetch_add_explicit(&n->log_port[port], rows[port], memory_order_relaxed);
    }
    return 0;
}

/* The addresses of one side in an array, as many at a time as it holds. */
static int add_dense(struct counting *n, uint32_t cluster, uint32_t side, uint32_t member,
                     struct top_list *list)
{
    uint32_t n_addrs = table_n_addrs(n->t), *rows = dense_of(n, member);
    if (rows == NULL)
        return -1;
    for (uint64_t first = 0; first < n_addrs; first += n->dense_addrs) {
        uint64_t left = n_addrs - first;
        uint32_t width = left < n->dense_addrs ? (uint32_t)left : n->dense_addrs;
        struct each e = each_of(n, cluster);
        memset(rows, 0, width * sizeof *rows);
        while (each_next(&e)) {
            uint32_t addr = side == 0 ? e.now.pair.orig : e.now.pair.resp;
            if (addr >= first && addr - first < width) /* a missing one is beyond all */
                rows[addr - first] += e.now.rows;
        }
        for (uint32_t i = 0; i < width; i++)
            if (rows[i] != 0)
                top_offer(list, n->t, TOP_ADDR, (uint32_t)first + i, rows[i]);
    }
    return 0;
}

static int add_sparse(struct counting *n, uint32_t cluster, uint32_t side, uint32_t member,
                      struct top_list *list)
{
    struct tally *tally = &n->scratch[member].tally;
    struct each e = each_of(n, cluster);
    tally_clear(tally);
    while (each_next(&e)) {
        uint32_t addr = side == 0 ? e.now.pair.orig : e.now.pair.resp;
        if (addr != ADDR_MISSING && tally_add_many(tally, addr, 0, e.now.rows) != 0)
            return -1;
    }
    top_of_tally(list, n->t, TOP_ADDR, tally);
    return 0;
}

static int add_side(struct counting *n, uint32_t cluster, uint32_t side, uint32_t member)
{
    struct profile *p = &n->c->profile[cluster];
    struct top_list *list = side == 0 ? &p->orig : &p->resp;
    if (side == 2)
        return add_ports(n, cluster, member);
    *list = (struct top_list){.n = 0};
    return pairs_of(n, cluster) * 4 >= table_n_addrs(n->t)
               ? add_dense(n, cluster, side, member, list)
               : add_sparse(n, cluster, side, member, list);
}

static void add_sides(void *user, uint32_t member)
{
    struct counting *n = user;
    uint32_t task;
    while (crew_take(&n->crew, &task))
        if (add_side(n, n->order[task / SIDES], task % SIDES, member) != 0)
            atomic_store(&n->crew.failed, true);
}

/* ---- all ---- */

/* Gives each cluster its buckets. */
static void plan(struct counting *n)
{
    const struct clustering *c = n->c;
    uint32_t eighth = table_n_addrs(n->t) / 8;
    for (uint32_t i = 0; i < c->k; i++) {
        while (n->bits[i] < MOST_BITS && c->profile[i].rows >> n->bits[i] > n->limits->bucket_rows)
            n->bits[i]++;
        n->first[i + 1] = n->first[i] + ((uint32_t)1 << n->bits[i]);
    }
    n->dense_addrs = eighth > n->limits->dense_addrs ? eighth : n->limits->dense_addrs;
    if (n->dense_addrs > table_n_addrs(n->t))
        n->dense_addrs = table_n_addrs(n->t);
}

static int room(struct counting *n, struct err *err)
{
    const struct clustering *c = n->c;
    uint64_t rows = 0;
    for (uint32_t i = 0; i < c->k; i++)
        rows += c->profile[i].rows;
    n->bucket = mem_zalloc(n_buckets(n), sizeof *n->bucket);
    n->cursor = mem_zalloc((size_t)n_buckets(n) * SLICES, sizeof *n->cursor);
    n->pair = mem_alloc(rows, sizeof *n->pair);
    n->scratch = mem_zalloc(parallel_threads(n->crew.pool), sizeof *n->scratch);
    n->order = mem_alloc(c->k, sizeof *n->order);
    n->log_port = mem_zalloc(N_PORTS, sizeof *n->log_port);
    if (n->bucket == NULL || n->cursor == NULL || n->pair == NULL || n->scratch == NULL ||
        n->order == NULL || n->log_port == NULL)
        return err_memory(err, "the pairs of the clusters");
    return 0;
}

static void order_clusters(struct counting *n)
{
    for (uint32_t i = 0; i < n->c->k; i++) {
        uint32_t at = i;
        for (; at > 0 && pairs_of(n, n->order[at - 1]) < pairs_of(n, i); at--)
            n->order[at] = n->order[at - 1];
        n->order[at] = i;
    }
}

static void take_pairs(struct counting *n)
{
    for (uint32_t i = 0; i < n->c->k; i++) {
        struct profile *p = &n->c->profile[i];
        p->n_pairs = 0;
        p->n_pair_tops = 0;
        for (uint32_t b = n->first[i]; b < n->first[i + 1]; b++) {
            p->n_pairs += n->bucket[b].n_pairs;
            for (uint32_t at = 0; at < n->bucket[b].n_tops; at++)
                offer_pair(p->pair, &p->n_pair_tops, n->t, &n->bucket[b].top[at]);
        }
    }
}

static int count(struct counting *n, struct err *err)
{
    static const char what[] = "the pairs of the clusters";
    plan(n);
    if (room(n, err) != 0 || crew_run(&n->crew, SLICES, count_slice, n, what, err) != 0)
        return -1;
    lay_out(n);
    if (crew_run(&n->crew, SLICES, spread_slice, n, what, err) != 0 ||
        crew_run(&n->crew, n_buckets(n), count_buckets, n, what, err) != 0)
        return -1;
    take_pairs(n);
    order_clusters(n);
    return crew_run(&n->crew, n->c->k * SIDES, add_sides, n, what, err);
}

int pairs_count(struct clustering *c, const struct table *t, const struct codes *codes,
                const uint64_t *port_0, struct log_counts *log, const struct pair_limits *limits,
                struct parallel *pool, struct job *job, struct err *err)
{
    struct counting n = {.limits = limits == NULL ? &usual : limits,
                         .c = c,
                         .t = t,
                         .codes = codes,
                         .port_0 = port_0};
    int rc;
    crew_init(&n.crew, pool, job);
    rc = count(&n, err);
    for (uint32_t port = 0; rc == 0 && port < N_PORTS; port++)
        log->port[port] += atomic_load_explicit(&n.log_port[port], memory_order_relaxed);
    for (uint32_t i = 0; n.scratch != NULL && i < parallel_threads(pool); i++) {
        tally_release(&n.scratch[i].tally);
        mem_free(n.scratch[i].dense);
    }
    mem_free(n.scratch);
    mem_free(n.bucket);
    mem_free(n.cursor);
    mem_free(n.pair);
    mem_free(n.order);
    mem_free(n.log_port);
    return rc;
}
