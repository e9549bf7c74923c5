/* Facts of clusters; see facts.h.
 *
 * DESIGN
 * 1. One pass over the rows in the order of the table, in slices. Each thread adds to facts of its
 *    own; all of them are whole numbers, so that it shows nowhere which thread saw which row.
 * 2. States are counted by kind of protocol: outcomes and failures follow from that table.
 * 3. The place of a time on the line of PROFILE_TIMELINE is guessed by a multiplication and put right
 *    by the borders, which say what a division would. */
#include "core/cluster/facts.h"

#include "core/base/mem.h"
#include "core/base/sum.h"
#include "core/base/tally.h"
#include "core/cluster/judge.h"
#include "core/cluster/top.h"
#include "core/cluster/walk.h"
#include "core/crew.h"

#define SLICES   256
#define NTP_PORT 123

enum kind { KIND_OTHER, KIND_TCP, KIND_UDP, KIND_ICMP, N_KINDS };

struct facts {
    int64_t first_ts_us, last_ts_us;
    uint64_t orig_bytes, resp_bytes, outward[2];
    uint64_t rows_without_bytes, routine_rows, port_rows, port_0, icmp_rows;
    uint64_t timeline[PROFILE_TIMELINE];
    uint32_t proto[256], service[256], state[N_KINDS][256];
    struct tally icmp_type;
};

struct counting {
    struct crew crew;
    const struct clustering *c;
    const struct table *t;
    const struct codes *codes;
    const uint8_t *trait;
    uint8_t kind[256];                     /* by protocol */
    uint64_t border[PROFILE_TIMELINE + 1]; /* since the log's first time */
    double per_us;                         /* places of the timeline */
    struct facts *facts;                   /* threads x k; owned */
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

static void add_time(struct facts *f, const struct counting *n, int64_t ts)
{
    const struct table *t = n->t;
    uint64_t since;
    uint32_t at;
    if (ts == TIME_MISSING)
        return;
    if (f->first_ts_us == TIME_MISSING || ts < f->first_ts_us)
        f->first_ts_us = ts;
    if (f->last_ts_us == TIME_MISSING || ts > f->last_ts_us)
        f->last_ts_us = ts;
    if (t->first_ts_us == TIME_MISSING || ts < t->first_ts_us || ts > t->last_ts_us)
        return;
    since = (uint64_t)(ts - t->first_ts_us);
    at = (uint32_t)((double)since * n->per_us);
    at = at < PROFILE_TIMELINE ? at : PROFILE_TIMELINE - 1;
    while (since < n->border[at])
        at--;
    while (since >= n->border[at + 1])
        at++;
    f->timeline[at]++;
}

static bool bytes_of(const struct counting *n, uint64_t row, int side, uint32_t stored,
                     uint64_t *bytes)
{
    *bytes = stored;
    return stored < BYTES_BIG || (stored != BYTES_MISSING && table_bytes(n->t, row, side, bytes));
}

static void add_bytes(struct facts *f, const struct counting *n, const struct walk *w, size_t at,
                      uint64_t row, bool outward)
{
    uint64_t out, in;
    bool has_out = bytes_of(n, row, 0, w->block->orig_bytes[at], &out);
    bool has_in = bytes_of(n, row, 1, w->block->resp_bytes[at], &in);
    out = has_out ? out : 0;
    in = has_in ? in : 0;
    f->rows_without_bytes += !has_out && !has_in;
    sum_add(&f->orig_bytes, out);
    sum_add(&f->resp_bytes, in);
    sum_add(&f->outward[0], outward ? out : 0);
    sum_add(&f->outward[1], outward ? in : 0);
}

/* Ports and types of one row; a message of ICMP has no port. */
static int add_port(struct facts *f, const struct counting *n, const struct rowblock *b, size_t at,
                    bool icmp)
{
    uint32_t orig = b->orig[at], resp = b->resp[at], type = b->orig_p[at];
    if (!icmp) {
        bool has = (b->flags[at] & ROW_NO_RESP_P) == 0;
        f->port_rows += has;
        f->port_0 += has && b->resp_p[at] == 0;
        return 0;
    }
    if ((b->flags[at] & ROW_NO_ORIG_P) != 0)
        return 0;
    if ((orig != ADDR_MISSING && (n->trait[orig] & TRAIT_V6) != 0) ||
        (resp != ADDR_MISSING && (n->trait[resp] & TRAIT_V6) != 0))
        type |= ICMP_V6;
    f->icmp_rows++;
    return tally_add(&f->icmp_type, type, 0);
}

static int add_run(struct facts *facts, const struct counting *n, const struct walk *w)
{
    const struct rowblock *b = w->block;
    int rc = 0;
    for (uint32_t i = 0; i < w->n; i++) {
        size_t at = w->at + i;
        uint32_t number = clustering_of_row(n->c, w->row + i), resp = b->resp[at];
        uint8_t proto = b->cat[CAT_PROTO][at], kind = n->kind[proto];
        uint8_t trait = resp == ADDR_MISSING ? 0 : n->trait[resp];
        struct facts *f = &facts[number == 0 ? 0 : number - 1];
        if (number == 0)
            continue;
        add_time(f, n, b->ts_us[at]);
        add_bytes(f, n, w, at, w->row + i, (trait & TRAIT_OUTSIDE) != 0);
        f->routine_rows += (trait & TRAIT_ROUTINE) != 0 ||
                           (resp != ADDR_MISSING && kind == KIND_UDP && b->resp_p[at] == NTP_PORT);
        f->proto[proto]++;
        f->service[b->cat[CAT_SERVICE][at]]++;
        f->state[kind][b->cat[CAT_STATE][at]]++;
        rc |= add_port(f, n, b, at, kind == KIND_ICMP);
    }
    return rc;
}

static void count_slices(void *user, uint32_t member)
{
    struct counting *n = user;
    struct facts *facts = n->facts + (size_t)member * n->c->k;
    uint32_t slice;
    for (uint32_t i = 0; i < n->c->k; i++)
        facts[i].first_ts_us = facts[i].last_ts_us = TIME_MISSING;
    while (crew_take(&n->crew, &slice)) {
        struct walk w = walk_begin(n->t, slice_begin(n->c->n_rows, SLICES, slice),
                                   slice_begin(n->c->n_rows, SLICES, slice + 1));
        while (walk_next(&w) && !job_cancelled(n->crew.job))
            if (add_run(facts, n, &w) != 0)
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
    if (from->first_ts_us != TIME_MISSING &&
        (to->first_ts_us == TIME_MISSING || from->first_ts_us < to->first_ts_us))
        to->first_ts_us = from->first_ts_us;
    if (from->last_ts_us != TIME_MISSING &&
        (to->last_ts_us == TIME_MISSING || from->last_ts_us > to->last_ts_us))
        to->last_ts_us = from->last_ts_us;
    sum_add(&to->orig_bytes, from->orig_bytes);
    sum_add(&to->resp_bytes, from->resp_bytes);
    sum_add(&to->outward[0], from->outward[0]);
    sum_add(&to->outward[1], from->outward[1]);
    to->rows_without_bytes += from->rows_without_bytes;
    to->routine_rows += from->routine_rows;
    to->port_rows += from->port_rows;
    to->port_0 += from->port_0;
    to->icmp_rows += from->icmp_rows;
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
    p->first_ts_us = f->first_ts_us;
    p->last_ts_us = f->last_ts_us;
    p->orig_bytes = f->orig_bytes;
    p->resp_bytes = f->resp_bytes;
    memcpy(p->outward, f->outward, sizeof p->outward);
    p->rows_without_bytes = f->rows_without_bytes;
    p->routine_rows = f->routine_rows;
    p->port_rows = f->port_rows;
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
    size_t n_facts = (size_t)parallel_threads(pool) * c->k;
    int rc = 0;
    crew_init(&n.crew, pool, job);
    n.facts = mem_zalloc(n_facts, sizeof *n.facts);
    if (n.facts == NULL)
        return err_memory(err, "the counts of a cluster");
    prepare(&n);
    rc = crew_run(&n.crew, SLICES, count_slices, &n, "the counts of a cluster", err);
    for (size_t i = c->k; rc == 0 && i < n_facts; i++)
        if (join(&n.facts[i % c->k], &n.facts[i]) != 0)
            rc = err_memory(err, "the counts of a cluster");
    for (uint32_t i = 0; rc == 0 && i < c->k; i++) {
        tell(&c->profile[i], &n.facts[i], &n, log);
        port_0[i] = n.facts[i].port_0;
    }
    for (size_t i = 0; i < n_facts; i++)
        tally_release(&n.facts[i].icmp_type);
    mem_free(n.facts);
    return rc;
}
