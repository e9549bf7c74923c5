/* Facts of clusters; see facts.h.
 *
 * DESIGN
 * 1. One pass over the rows in the order of the table, in slices. Each thread adds to facts of its
 *    own; all of them are whole numbers, so that it shows nowhere which thread saw which row.
 * 2. Little is written for each row. What a row either is or is not makes a number of marks, and rows are
 *    counted by that; bytes are added up by whether they go outside. Rows of no cluster are counted as
 *    number 0. So no branch is left that a processor could not foretell.
 * 3. States are counted by kind of protocol: outcomes and failures follow from that table.
 * 4. Most times belong to the same place on the line of PROFILE_TIMELINE as the one before. Else the place
 *    is guessed by a multiplication and put right by the borders, which say what a division would. */
#include "core/cluster/facts.h"

#include "core/base/mem.h"
#include "core/base/sum.h"
#include "core/base/tally.h"
#include "core/cluster/judge.h"
#include "core/cluster/top.h"
#include "core/cluster/walk.h"
#include "core/crew.h"

#define SLICES     256
#define NTP_PORT   123
#define PIECE_ROWS 512

enum kind { KIND_OTHER, KIND_TCP, KIND_UDP, KIND_ICMP, N_KINDS };

/* What is told of a row, as bits. */
enum mark {
    MARK_OUTSIDE = TRAIT_OUTSIDE,
    MARK_ROUTINE = TRAIT_ROUTINE,
    MARK_NO_BYTES = 4,
    MARK_PORT = 8,    /* it counts in port_rows */
    MARK_PORT_0 = 16, /* ... and is 0 */
    N_MARKS = 32,
};

struct facts {
    int64_t first_ts_us, last_ts_us; /* INT64_MAX, INT64_MIN: none */
    uint64_t bytes[2][2]; /* by whether they go outside and by side; below BYTES_BIG each */
    uint64_t big[2][2];   /* the others */
    uint64_t icmp_rows;
    uint64_t timeline[PROFILE_TIMELINE];
    uint32_t marks[N_MARKS]; /* rows that have these */
    uint32_t proto[256], service[256], state[N_KINDS][256];
    struct tally icmp_type;
};

/* The part of the timeline that the time before was in. */
struct place {
    uint64_t begin, end; /* since the log's first time; empty at first */
    uint32_t at;         /* of the timeline */
};

struct counting {
    struct crew crew;
    const struct clustering *c;
    const struct table *t;
    const struct codes *codes;
    const uint8_t *trait;
    uint8_t kind[256];                     /* by protocol */
    int64_t first_ts_us, last_ts_us;       /* of the log; INT64_MAX: no row has a time */
    uint64_t border[PROFILE_TIMELINE + 1]; /* since the log's first time */
    double per_us;                         /* places of the timeline */
    struct facts *facts; /* threads x (k + 1), by number: 0 is of no cluster; owned */
};

/* ---- addresses ---- */

uint8_t *facts_traits(const struct clustering *c, const struct table *t, struct job *job,
                      struct err *err)
{
    uint32_t n = table_n_addrs(t);
    uint8_t *trait = mem_alloc(n, sizeof *trait);
    if (trait == NULL)
        (void)err_memory(err, "what is known of addresses");
    for (uint32_t id = 0; trait != NULL && id < n; id++) {
        const struct addr *addr = table_addr(t, id);
        enum addr_place place = addr_place(addr);
        bool routine = place == PLACE_MULTICAST || place == PLACE_BROADCAST;
        if (id % 1024 == 0 && job_cancelled(job)) {
            (void)job_stopped(err);
            mem_free(trait);
            return NULL;
        }
        trait[id] =
            (uint8_t)((judge_is_outside(c, addr) ? TRAIT_OUTSIDE : 0) |
                      (routine ? TRAIT_ROUTINE : 0) | (addr->kind == ADDR_V6 ? TRAIT_V6 : 0));
    }
    return trait;
}

/* ---- one row ---- */

static void find_place(struct place *place, const struct counting *n, uint64_t since)
{
    uint32_t at = (uint32_t)((double)since * n->per_us);
    at = at < PROFILE_TIMELINE ? at : PROFILE_TIMELINE - 1;
    while (since < n->border[at])
        at--;
    while (since >= n->border[at + 1])
        at++;
    *place = (struct place){n->border[at], n->border[at + 1], at};
}

static inline void add_time(struct facts *f, struct place *place, const struct counting *n,
                            int64_t ts)
{
    uint64_t since;
    if (ts == TIME_MISSING)
        return;
    if (ts < f->first_ts_us)
        f->first_ts_us = ts;
    f->last_ts_us = ts > f->last_ts_us ? ts : f->last_ts_us;
    if (ts < n->first_ts_us || ts > n->last_ts_us)
        return;
    since = (uint64_t)(ts - n->first_ts_us);
    if (since < place->begin || since >= place->end)
        find_place(place, n, since);
    f->timeline[place->at]++;
}

static void add_big(uint64_t *sum, const struct counting *n, uint64_t row, int side)
{
    uint64_t bytes;
    if (table_bytes(n->t, row, side, &bytes))
        sum_add(sum, bytes);
}

static inline void add_bytes(struct facts *f, const struct counting *n, uint64_t row, int side,
                             uint32_t stored, bool outside)
{
    f->bytes[outside][side] += stored < BYTES_BIG ? stored : 0;
    if (stored == BYTES_BIG)
        add_big(&f->big[outside][side], n, row, side);
}

/* A message of ICMP has a type instead of a port. */
static int add_message(struct facts *f, const struct counting *n, const struct rowblock *b,
                       size_t at)
{
    uint32_t orig = b->orig[at], resp = b->resp[at], type = b->orig_p[at];
    if ((b->flags[at] & ROW_NO_ORIG_P) != 0)
        return 0;
    if ((orig != ADDR_MISSING && (n->trait[orig] & TRAIT_V6) != 0) ||
        (resp != ADDR_MISSING && (n->trait[resp] & TRAIT_V6) != 0))
        type |= ICMP_V6;
    f->icmp_rows++;
    return tally_add(&f->icmp_type, type, 0);
}

/* ---- many rows ---- */

/* Rows that lie side by side. */
struct piece {
    const struct rowblock *b;
    size_t at; /* in the block */
    uint64_t row;
    uint32_t n;
    struct facts *facts[PIECE_ROWS];
    uint8_t kind[PIECE_ROWS], marks[PIECE_ROWS];
    uint16_t message[PIECE_ROWS]; /* which rows are of ICMP, n_messages of them */
    uint32_t n_messages;
};

static void mark_rows(struct piece *p, const struct counting *n, struct facts *facts)
{
    const struct row_numbers numbers = clustering_numbers(n->c);
    const uint32_t *resp = p->b->resp + p->at, *out = p->b->orig_bytes + p->at,
                   *in = p->b->resp_bytes + p->at;
    const uint16_t *port = p->b->resp_p + p->at;
    const uint8_t *proto = p->b->cat[CAT_PROTO] + p->at, *flags = p->b->flags + p->at;
    const uint8_t *traits = n->trait;
    for (uint32_t i = 0; i < p->n; i++)
        p->facts[i] = &facts[number_of_row(numbers, p->row + i)];
    for (uint32_t i = 0; i < p->n; i++) {
        uint32_t kind = n->kind[proto[i]], trait = resp[i] == ADDR_MISSING ? 0 : traits[resp[i]];
        uint32_t clock = (resp[i] != ADDR_MISSING) & (kind == KIND_UDP) & (port[i] == NTP_PORT);
        uint32_t has_port = ((flags[i] & ROW_NO_RESP_P) == 0) & (kind != KIND_ICMP);
        uint32_t no_bytes = (out[i] == BYTES_MISSING) & (in[i] == BYTES_MISSING);
        p->kind[i] = (uint8_t)kind;
        p->message[p->n_messages] = (uint16_t)i;
        p->n_messages += kind == KIND_ICMP;
        p->marks[i] = (uint8_t)((trait & (TRAIT_OUTSIDE | TRAIT_ROUTINE)) | clock * MARK_ROUTINE |
                                no_bytes * MARK_NO_BYTES | has_port * MARK_PORT |
                                (has_port & (port[i] == 0)) * MARK_PORT_0);
    }
}

static int add_piece(struct piece *p, struct place *place, const struct counting *n)
{
    const struct rowblock *b = p->b;
    const uint32_t *out = b->orig_bytes + p->at, *in = b->resp_bytes + p->at;
    const int64_t *ts = b->ts_us + p->at;
    const uint8_t *proto = b->cat[CAT_PROTO] + p->at, *state = b->cat[CAT_STATE] + p->at,
                  *service = b->cat[CAT_SERVICE] + p->at;
    int rc = 0;
    for (uint32_t i = 0; i < p->n; i++) {
        struct facts *f = p->facts[i];
        bool outside = (p->marks[i] & MARK_OUTSIDE) != 0;
        add_time(f, place, n, ts[i]);
        add_bytes(f, n, p->row + i, 0, out[i], outside);
        add_bytes(f, n, p->row + i, 1, in[i], outside);
        f->marks[p->marks[i]]++;
        f->proto[proto[i]]++;
        f->service[service[i]]++;
        f->state[p->kind[i]][state[i]]++;
    }
    for (uint32_t i = 0; i < p->n_messages; i++)
        rc |= add_message(p->facts[p->message[i]], n, b, p->at + p->message[i]);
    return rc;
}

static int add_run(struct facts *facts, struct place *place, const struct counting *n,
                   const struct walk *w)
{
    struct piece p;
    int rc = 0;
    for (uint32_t i = 0; i < w->n; i += PIECE_ROWS) {
        p.b = w->block;
        p.at = w->at + i;
        p.row = w->row + i;
        p.n_messages = 0;
        p.n = w->n - i < PIECE_ROWS ? w->n - i : PIECE_ROWS;
        mark_rows(&p, n, facts);
        rc |= add_piece(&p, place, n);
    }
    return rc;
}

static void count_slices(void *user, uint32_t member)
{
    struct counting *n = user;
    struct facts *facts = n->facts + (size_t)member * (n->c->k + 1);
    struct place place = {0};
    uint32_t slice;
    while (crew_take(&n->crew, &slice)) {
        struct walk w = walk_begin(n->t, slice_begin(n->c->n_rows, SLICES, slice),
                                   slice_begin(n->c->n_rows, SLICES, slice + 1));
        while (walk_next(&w) && !job_cancelled(n->crew.job))
            if (add_run(facts, &place, n, &w) != 0)
                atomic_store(&n->crew.failed, true);
    }
}

/* ---- adding up ---- */

static int add_types(struct facts *to, const struct facts *from)
{
    for (size_t i = 0; i < from->icmp_type.cap; i++) {
        const struct tally_item *it = &from->icmp_type.item[i];
        if (it->count != 0 && tally_add_many(&to->icmp_type, it->key, 0, it->count) != 0)
            return -1;
    }
    return 0;
}

static int join(struct facts *to, const struct facts *from)
{
    if (from->first_ts_us < to->first_ts_us)
        to->first_ts_us = from->first_ts_us;
    if (from->last_ts_us > to->last_ts_us)
        to->last_ts_us = from->last_ts_us;
    for (int outside = 0; outside < 2; outside++) {
        for (int side = 0; side < 2; side++) {
            to->bytes[outside][side] += from->bytes[outside][side];
            sum_add(&to->big[outside][side], from->big[outside][side]);
        }
    }
    to->icmp_rows += from->icmp_rows;
    for (uint32_t i = 0; i < N_MARKS; i++)
        to->marks[i] += from->marks[i];
    for (uint32_t i = 0; i < PROFILE_TIMELINE; i++)
        to->timeline[i] += from->timeline[i];
    for (uint32_t code = 0; code < 256; code++) {
        to->proto[code] += from->proto[code];
        to->service[code] += from->service[code];
        for (int kind = 0; kind < N_KINDS; kind++)
            to->state[kind][code] += from->state[kind][code];
    }
    return add_types(to, from);
}

static uint64_t marked(const struct facts *f, enum mark mark)
{
    uint64_t rows = 0;
    for (uint32_t i = 0; i < N_MARKS; i++)
        rows += (i & mark) != 0 ? f->marks[i] : 0;
    return rows;
}

static void add_sums(struct profile *p, const struct facts *f)
{
    uint64_t sum[2][2];
    memcpy(sum, f->bytes, sizeof sum);
    for (int outside = 0; outside < 2; outside++)
        for (int side = 0; side < 2; side++)
            sum_add(&sum[outside][side], f->big[outside][side]);
    memcpy(p->outward, sum[1], sizeof p->outward);
    p->orig_bytes = sum[0][0];
    p->resp_bytes = sum[0][1];
    sum_add(&p->orig_bytes, sum[1][0]);
    sum_add(&p->resp_bytes, sum[1][1]);
}

/* A connection's outcome is its state's; a message has none. */
static void add_outcomes(struct profile *p, const struct facts *f, const struct codes *codes)
{
    for (uint32_t state = 0; state < 256; state++) {
        uint64_t tcp = f->state[KIND_TCP][state];
        p->tcp_rows += tcp;
        p->failed_rows += codes->failed[state] ? tcp : 0;
        if (codes->outcome[state] < N_OUTCOMES)
            p->outcome[codes->outcome[state]] +=
                tcp + f->state[KIND_UDP][state] + f->state[KIND_OTHER][state];
    }
}

static void add_categories(struct profile *p, const struct facts *f, const struct table *t,
                           struct log_counts *log)
{
    uint64_t count[N_CATS][256] = {{0}};
    for (uint32_t code = 0; code < 256; code++) {
        count[CAT_PROTO][code] = f->proto[code];
        count[CAT_SERVICE][code] = f->service[code];
        for (int kind = 0; kind < N_KINDS; kind++)
            count[CAT_STATE][code] += f->state[kind][code];
        for (int cat = 0; cat < N_CATS; cat++)
            log->cat[cat][code] += count[cat][code];
    }
    top_of_codes(&p->proto, t, CAT_PROTO, count[CAT_PROTO]);
    top_of_codes(&p->state, t, CAT_STATE, count[CAT_STATE]);
    top_of_codes(&p->service, t, CAT_SERVICE, count[CAT_SERVICE]);
}

static void tell(struct profile *p, const struct facts *f, const struct counting *n,
                 struct log_counts *log)
{
    bool timed = f->first_ts_us <= f->last_ts_us;
    p->first_ts_us = timed ? f->first_ts_us : TIME_MISSING;
    p->last_ts_us = timed ? f->last_ts_us : TIME_MISSING;
    add_sums(p, f);
    p->rows_without_bytes = marked(f, MARK_NO_BYTES);
    p->routine_rows = marked(f, MARK_ROUTINE);
    p->port_rows = marked(f, MARK_PORT);
    p->icmp_rows = f->icmp_rows;
    memcpy(p->timeline, f->timeline, sizeof p->timeline);
    add_outcomes(p, f, n->codes);
    add_categories(p, f, n->t, log);
    top_of_tally(&p->icmp_type, n->t, TOP_NUMBER, &f->icmp_type);
    log->rows += p->rows;
}

/* ---- all ---- */

static void prepare(struct counting *n)
{
    const struct table *t = n->t;
    /* Times end at the year 9999, so 32 times a range in microseconds fits in 64 bits. */
    uint64_t range =
        t->first_ts_us == TIME_MISSING ? 1 : (uint64_t)(t->last_ts_us - t->first_ts_us) + 1;
    for (uint64_t i = 0; i <= PROFILE_TIMELINE; i++)
        n->border[i] = (i * range + PROFILE_TIMELINE - 1) / PROFILE_TIMELINE;
    n->first_ts_us = t->first_ts_us == TIME_MISSING ? INT64_MAX : t->first_ts_us;
    n->last_ts_us = t->last_ts_us;
    n->per_us = (double)PROFILE_TIMELINE / (double)range;
    for (uint32_t proto = 0; proto < 256; proto++)
        n->kind[proto] = n->codes->icmp[proto]  ? KIND_ICMP
                         : n->codes->tcp[proto] ? KIND_TCP
                         : n->codes->udp[proto] ? KIND_UDP
                                                : KIND_OTHER;
}

int facts_count(struct clustering *c, const struct table *t, const struct codes *codes,
                const uint8_t *trait, struct log_counts *log, uint64_t *port_0,
                struct parallel *pool, struct job *job, struct err *err)
{
    struct counting n = {.c = c, .t = t, .codes = codes, .trait = trait};
    size_t k = (size_t)c->k + 1, n_facts = parallel_threads(pool) * k;
    int rc = 0;
    crew_init(&n.crew, pool, job);
    n.facts = mem_zalloc(n_facts, sizeof *n.facts);
    if (n.facts == NULL)
        return err_memory(err, "the counts of a cluster");
    for (size_t i = 0; i < n_facts; i++) {
        n.facts[i].first_ts_us = INT64_MAX;
        n.facts[i].last_ts_us = INT64_MIN;
    }
    prepare(&n);
    rc = crew_run(&n.crew, SLICES, count_slices, &n, "the counts of a cluster", err);
    for (size_t i = k; rc == 0 && i < n_facts; i++)
        if (join(&n.facts[i % k], &n.facts[i]) != 0)
            rc = err_memory(err, "the counts of a cluster");
    for (uint32_t i = 0; rc == 0 && i < c->k; i++) {
        tell(&c->profile[i], &n.facts[i + 1], &n, log);
        port_0[i] = marked(&n.facts[i + 1], MARK_PORT_0);
    }
    for (size_t i = 0; i < n_facts; i++)
        tally_release(&n.facts[i].icmp_type);
    mem_free(n.facts);
    return rc;
}
