/* Counting pairs; see pairs.h.
 *
 * DESIGN
 * 1. Rows are spread over buckets as mixed keys (mixed.h): each cluster has as many as its rows fill,
 *    chosen by the key. So all rows of a pair of a cluster meet in one bucket, and the table that counts
 *    a bucket fits in a processor's cache.
 * 2. A counted bucket holds its pairs instead of its rows, in the same memory: those of one row from the
 *    front, those of several from the back, with their rows in the place of another key.
 * 3. Sources, responders and ports are then added up over pairs, of which there are far fewer than
 *    rows: in an array by address when a cluster names many of them, else in a hash table.
 * 4. The lists of the commonest have an order without ties, so it shows nowhere which thread counted
 *    what, nor in which order. */
#include "core/cluster/pairs.h"

#include "core/base/mem.h"
#include "core/base/tally.h"
#include "core/cluster/distinct.h"
#include "core/cluster/top.h"
#include "core/cluster/walk.h"
#include "core/crew.h"

#define SLICES       64
#define MOST_BUCKETS 16384 /* of a cluster */
#define N_PORTS      65536
#define SIDES        3 /* sources, responders, ports */
#define NO_BUCKET    UINT32_MAX
#define PIECE_ROWS   512
#define EACH_PAIRS   512
#define CANCEL_EACH  8192 /* rows between two looks at the cancel flag */

struct counted {
    struct pair pair;
    uint32_t rows;
};

struct bucket {
    uint64_t begin, end;      /* in `key` */
    uint64_t single, several; /* pairs of one row, of more */
    uint64_t n_pairs;         /* that have an address */
    struct top_pair top[PROFILE_TOP_PAIRS];
    uint32_t n_tops;
};

/* What one thread counts with. */
struct scratch {
    struct distinct distinct;
    struct tally tally;
    uint32_t *dense; /* by address or port; owned, made when it is needed */
};

static const struct pair_limits usual = {32768, (uint32_t)1 << 20, 64};

struct counting {
    struct crew crew;
    const struct pair_limits *limits;
    struct clustering *c;
    const struct table *t;
    const struct codes *codes;
    const uint64_t *port_0;
    _Atomic uint64_t *log_port; /* owned */
    struct packing packing;
    uint32_t first[RECIPE_MAX_K + 1];
    struct bucket *bucket;   /* by cluster; owned */
    uint64_t *cursor;        /* slices x buckets: rows, then where they go; owned */
    uint64_t *key;           /* by bucket; owned */
    uint32_t *beside;        /* NULL when nothing stands beside keys; owned */
    struct scratch *scratch; /* by thread; owned */
    uint32_t *order;         /* clusters x sides, most pairs first; owned */
    uint32_t dense_addrs;
};

static uint32_t n_buckets(const struct counting *n)
{
    return n->first[n->c->k];
}

static struct key key_at(const struct counting *n, uint64_t at)
{
    return (struct key){n->key[at], n->beside == NULL ? 0 : n->beside[at]};
}

static void put_key(struct counting *n, uint64_t at, struct key key)
{
    n->key[at] = key.key;
    if (n->beside != NULL)
        n->beside[at] = key.beside;
}

/* ---- spreading rows ---- */

/* Rows that lie side by side, mixed, and the buckets they go to. */
struct piece {
    uint64_t key[PIECE_ROWS];
    uint32_t bucket[PIECE_ROWS]; /* NO_BUCKET: the row is in no cluster */
};

static uint32_t bucket_of(const struct counting *n, uint32_t number, uint64_t key)
{
    uint32_t first, buckets;
    if (number == 0)
        return NO_BUCKET;
    /* As far into the cluster's buckets as the key is into all numbers. */
    first = n->first[number - 1];
    buckets = n->first[number] - first;
    return first + (uint32_t)((key >> 32) * buckets >> 32);
}

/* Mixes `rows` rows of a run, from `first` on. Loops are short and look at copies, which no store could
 * change, since this is what is done for each row. */
static void mix_rows(const struct counting *n, const struct walk *w, uint32_t first, uint32_t rows,
                     struct piece *piece)
{
    const struct packing packing = n->packing;
    const struct row_numbers numbers = clustering_numbers(n->c);
    const uint32_t *orig = w->block->orig + w->at + first, *resp = w->block->resp + w->at + first;
    const uint16_t *port = w->block->resp_p + w->at + first;
    const uint8_t *proto = w->block->cat[CAT_PROTO] + w->at + first;
    const uint64_t row = w->row + first;
    for (uint32_t i = 0; i < rows; i++) {
        struct pair pair = {orig[i], resp[i], (uint32_t)port[i] << 8 | proto[i]};
        piece->key[i] = pair_pack(packing, pair).key;
    }
    for (uint32_t i = 0; packing.beside != 0 && i < rows; i++)
        piece->key[i] ^= beside_part(orig_beside(packing, orig[i]));
    for (uint32_t i = 0; i < rows; i++) {
        piece->key[i] = hash_u64(piece->key[i]);
        piece->bucket[i] = bucket_of(n, number_of_row(numbers, row + i), piece->key[i]);
    }
}

static void count_run(struct counting *n, const struct walk *w, uint64_t *rows_of)
{
    struct piece piece;
    for (uint32_t first = 0, rows; first < w->n; first += rows) {
        rows = w->n - first < PIECE_ROWS ? w->n - first : PIECE_ROWS;
        mix_rows(n, w, first, rows, &piece);
        for (uint32_t i = 0; i < rows; i++)
            if (piece.bucket[i] != NO_BUCKET)
                rows_of[piece.bucket[i]]++;
    }
}

static void spread_run(struct counting *n, const struct walk *w, uint64_t *to)
{
    const uint32_t *orig = w->block->orig + w->at;
    const struct packing packing = n->packing;
    struct piece piece;
    for (uint32_t first = 0, rows; first < w->n; first += rows) {
        rows = w->n - first < PIECE_ROWS ? w->n - first : PIECE_ROWS;
        mix_rows(n, w, first, rows, &piece);
        for (uint32_t i = 0; i < rows; i++) {
            struct key key = {piece.key[i], orig_beside(packing, orig[first + i])};
            if (piece.bucket[i] != NO_BUCKET)
                put_key(n, to[piece.bucket[i]]++, key);
        }
    }
}

static void walk_slices(struct counting *n,
                        void run(struct counting *n, const struct walk *w, uint64_t *cursor))
{
    uint32_t slice;
    while (crew_take(&n->crew, &slice)) {
        struct walk w = walk_begin(n->t, slice_begin(n->c->n_rows, SLICES, slice),
                                   slice_begin(n->c->n_rows, SLICES, slice + 1));
        while (walk_next(&w) && !job_cancelled(n->crew.job))
            run(n, &w, n->cursor + (size_t)slice * n_buckets(n));
    }
}

static void count_slices(void *user, uint32_t member)
{
    (void)member;
    walk_slices(user, count_run);
}

static void spread_slices(void *user, uint32_t member)
{
    (void)member;
    walk_slices(user, spread_run);
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

/* Where the i-th pair of several rows has its key, and behind it their number. */
static uint64_t several_at(const struct bucket *b, uint64_t i)
{
    return b->end - 2 * (i + 1);
}

/* Keys of counted pairs are packed, which is undone faster. */
static void take_item(struct counting *n, struct bucket *b, const struct distinct_item *it)
{
    struct key packed = key_unmix(it->key);
    struct pair pair = pair_unpack(n->packing, packed);
    if (pair.orig != ADDR_MISSING || pair.resp != ADDR_MISSING) {
        struct top_pair top = {pair.orig, pair.resp, (uint16_t)(pair.rest >> 8), (uint8_t)pair.rest,
                               it->rows};
        b->n_pairs++;
        offer_pair(b->top, &b->n_tops, n->t, &top);
    }
    if (it->rows == 1) {
        put_key(n, b->begin + b->single++, packed);
    } else {
        uint64_t at = several_at(b, b->several++);
        put_key(n, at, packed);
        n->key[at + 1] = it->rows;
    }
}

static int count_bucket(struct counting *n, struct bucket *b, struct distinct *distinct)
{
    distinct_clear(distinct);
    for (uint64_t at = b->begin, rows; at < b->end; at += rows) {
        rows = b->end - at < CANCEL_EACH ? b->end - at : CANCEL_EACH;
        if (job_cancelled(n->crew.job))
            return 0;
        if (distinct_add(distinct, n->key + at, n->beside == NULL ? NULL : n->beside + at, rows) !=
            0)
            return -1;
    }
    for (size_t i = 0; i < distinct->n; i++)
        take_item(n, b, &distinct->item[i]);
    return 0;
}

static void count_buckets(void *user, uint32_t member)
{
    struct counting *n = user;
    uint32_t b;
    while (crew_take(&n->crew, &b))
        if (count_bucket(n, &n->bucket[b], &n->scratch[member].distinct) != 0)
            atomic_store(&n->crew.failed, true);
}

/* ---- adding up pairs ---- */

/* The pairs of a cluster, some after the others. */
struct each {
    const struct counting *n;
    uint32_t bucket, end;
    uint64_t next;                  /* in the bucket */
    struct counted run[EACH_PAIRS]; /* n_run of them */
    uint32_t n_run;
};

static void each_begin(struct each *e, const struct counting *n, uint32_t cluster)
{
    e->n = n;
    e->bucket = n->first[cluster];
    e->end = n->first[cluster + 1];
    e->next = 0;
}

static struct counted counted_at(const struct counting *n, const struct bucket *b, uint64_t i)
{
    uint64_t at = i < b->single ? b->begin + i : several_at(b, i - b->single);
    return (struct counted){pair_unpack(n->packing, key_at(n, at)),
                            i < b->single ? 1 : (uint32_t)n->key[at + 1]};
}

/* The next run; false after the last. */
static bool each_next(struct each *e)
{
    for (; e->bucket < e->end && !job_cancelled(e->n->crew.job); e->bucket++, e->next = 0) {
        const struct bucket *b = &e->n->bucket[e->bucket];
        uint64_t pairs = b->single + b->several;
        for (e->n_run = 0; e->n_run < EACH_PAIRS && e->next < pairs; e->next++)
            e->run[e->n_run++] = counted_at(e->n, b, e->next);
        if (e->n_run > 0)
            return true;
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
    struct each e;
    if (rows == NULL)
        return -1;
    memset(rows, 0, N_PORTS * sizeof *rows);
    each_begin(&e, n, cluster);
    while (each_next(&e))
        for (uint32_t i = 0; i < e.n_run; i++)
            if (!n->codes->icmp[e.run[i].pair.rest & 0xff])
                rows[e.run[i].pair.rest >> 8] += e.run[i].rows;
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
        struct each e;
        memset(rows, 0, width * sizeof *rows);
        each_begin(&e, n, cluster);
        while (each_next(&e)) {
            for (uint32_t i = 0; i < e.n_run; i++) {
                uint32_t addr = side == 0 ? e.run[i].pair.orig : e.run[i].pair.resp;
                if (addr >= first && addr - first < width) /* a missing one is beyond all */
                    rows[addr - first] += e.run[i].rows;
            }
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
    struct each e;
    tally_clear(tally);
    each_begin(&e, n, cluster);
    while (each_next(&e)) {
        for (uint32_t i = 0; i < e.n_run; i++) {
            uint32_t addr = side == 0 ? e.run[i].pair.orig : e.run[i].pair.resp;
            if (addr != ADDR_MISSING && tally_add_many(tally, addr, 0, e.run[i].rows) != 0)
                return -1;
        }
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
    n->packing = packing_of(table_n_addrs(n->t), n->limits->key_bits);
    for (uint32_t i = 0; i < c->k; i++) {
        uint64_t buckets = 1 + c->profile[i].rows / n->limits->bucket_rows;
        n->first[i + 1] = n->first[i] + (buckets < MOST_BUCKETS ? (uint32_t)buckets : MOST_BUCKETS);
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
    n->key = mem_alloc(rows, sizeof *n->key);
    n->beside = n->packing.beside != 0 ? mem_alloc(rows, sizeof *n->beside) : NULL;
    n->scratch = mem_zalloc(parallel_threads(n->crew.pool), sizeof *n->scratch);
    n->order = mem_alloc(c->k, sizeof *n->order);
    n->log_port = mem_zalloc(N_PORTS, sizeof *n->log_port);
    if (n->bucket == NULL || n->cursor == NULL || n->key == NULL ||
        (n->packing.beside != 0 && n->beside == NULL) || n->scratch == NULL || n->order == NULL ||
        n->log_port == NULL)
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
    if (room(n, err) != 0 || crew_run(&n->crew, SLICES, count_slices, n, what, err) != 0)
        return -1;
    lay_out(n);
    if (crew_run(&n->crew, SLICES, spread_slices, n, what, err) != 0 ||
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
        distinct_release(&n.scratch[i].distinct);
        tally_release(&n.scratch[i].tally);
        mem_free(n.scratch[i].dense);
    }
    mem_free(n.scratch);
    mem_free(n.bucket);
    mem_free(n.cursor);
    mem_free(n.key);
    mem_free(n.beside);
    mem_free(n.order);
    mem_free(n.log_port);
    return rc;
}
