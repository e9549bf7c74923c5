/* The address card; see card.h. One pass over the typed columns. */
#include "core/query/card_rhythm.h"

#include <math.h>

#include "core/base/keymap.h"
#include "core/base/mem.h"
#include "core/base/sum.h"
#include "core/cluster/top.h"

#define CANCEL_ROWS 1024

struct build {
    struct card *card;
    const struct table *t;
    const struct clustering *c;
    struct codes codes;
    struct keymap peers, ports; /* key -> number in card->peer, card->port */
    size_t peer_cap, port_cap;
    struct calls calls;
    uint64_t state_out[256], state_in[256], service[256];
};

/* What one row means for the card. */
struct link {
    bool out, in; /* the address is its originator; its responder */
    uint64_t orig_bytes, resp_bytes;
    int64_t ts_us;
    bool failed;
};

void card_release(struct card *card)
{
    mem_free(card->peer);
    mem_free(card->port);
    mem_free(card->in_cluster);
    *card = (struct card){.addr = ADDR_MISSING};
}

static void add_seen(int64_t *first, int64_t *last, int64_t ts)
{
    if (ts == TIME_MISSING)
        return;
    if (*first == TIME_MISSING || ts < *first)
        *first = ts;
    if (*last == TIME_MISSING || ts > *last)
        *last = ts;
}

static int add_peer(struct build *b, uint32_t addr, const struct link *l)
{
    struct card *card = b->card;
    struct card_peer *peer;
    int64_t at = keymap_add(&b->peers, addr);
    void *peers = card->peer;
    if (at < 0 || mem_grow(&peers, &b->peer_cap, (size_t)at + 1, sizeof *card->peer) != 0)
        return -1;
    card->peer = peers;
    if ((uint64_t)at == card->n_peers) {
        card->peer[at] = (struct card_peer){.addr = addr,
                                            .first_ts_us = TIME_MISSING,
                                            .last_ts_us = TIME_MISSING,
                                            .gap_s = NAN,
                                            .mad_s = NAN};
        card->n_peers++;
    }
    peer = &card->peer[at];
    peer->failed += l->failed;
    add_seen(&peer->first_ts_us, &peer->last_ts_us, l->ts_us);
    if (l->out) {
        peer->out_rows++;
        sum_add(&peer->out_bytes, l->orig_bytes);
        sum_add(&peer->in_bytes, l->resp_bytes);
    }
    if (l->in) {
        peer->in_rows++;
        sum_add(&peer->out_bytes, l->resp_bytes);
        sum_add(&peer->in_bytes, l->orig_bytes);
    }
    return l->ts_us == TIME_MISSING ? 0 : calls_add(&b->calls, l->ts_us, (uint32_t)at);
}

static int add_port(struct build *b, uint64_t row, const struct link *l)
{
    const struct table *t = b->t;
    struct card *card = b->card;
    uint8_t proto = TABLE_AT(t, row, cat[CAT_PROTO]), flags = TABLE_AT(t, row, flags);
    bool icmp = b->codes.icmp[proto];
    uint16_t port = icmp ? TABLE_AT(t, row, orig_p) : TABLE_AT(t, row, resp_p);
    void *ports = card->port;
    int64_t at;
    if ((flags & (icmp ? ROW_NO_ORIG_P : ROW_NO_RESP_P)) != 0)
        return 0;
    at = keymap_add(&b->ports, (uint64_t)proto << 16 | port);
    if (at < 0 || mem_grow(&ports, &b->port_cap, (size_t)at + 1, sizeof *card->port) != 0)
        return -1;
    card->port = ports;
    if ((uint64_t)at == card->n_ports) {
        card->port[at] = (struct card_port){.port = port, .proto = proto, .icmp = icmp};
        card->n_ports++;
    }
    card->port[at].out_rows += l->out;
    card->port[at].in_rows += l->in;
    return 0;
}

static void add_facts(struct build *b, uint64_t row, const struct link *l)
{
    const struct table *t = b->t;
    struct card *card = b->card;
    uint8_t state = TABLE_AT(t, row, cat[CAT_STATE]);
    uint32_t number = b->c == NULL ? 0 : clustering_of_row(b->c, row);
    card->rows++;
    card->as_orig += l->out;
    card->as_resp += l->in;
    sum_add(&card->bytes_out, (l->out ? l->orig_bytes : 0) + (l->in ? l->resp_bytes : 0));
    sum_add(&card->bytes_in, (l->out ? l->resp_bytes : 0) + (l->in ? l->orig_bytes : 0));
    card->tcp_rows += b->codes.tcp[TABLE_AT(t, row, cat[CAT_PROTO])];
    card->failed += l->failed;
    b->state_out[state] += l->out;
    b->state_in[state] += l->in;
    b->service[TABLE_AT(t, row, cat[CAT_SERVICE])]++;
    add_seen(&card->first_ts_us, &card->last_ts_us, l->ts_us);
    if (l->ts_us != TIME_MISSING && t->first_ts_us != TIME_MISSING && l->ts_us >= t->first_ts_us &&
        l->ts_us <= t->last_ts_us)
        card->timeline[(uint64_t)(l->ts_us - t->first_ts_us) * PROFILE_TIMELINE /
                       ((uint64_t)(t->last_ts_us - t->first_ts_us) + 1)]++;
    if (number != 0 && card->in_cluster != NULL)
        card->in_cluster[number - 1]++;
    else if (b->c != NULL)
        card->rows_unclustered++;
}

static int add_row(struct build *b, uint64_t row, uint32_t orig, uint32_t resp)
{
    const struct table *t = b->t;
    struct link l = {.out = orig == b->card->addr,
                     .in = resp == b->card->addr,
                     .ts_us = TABLE_AT(t, row, ts_us)};
    if (!table_bytes(t, row, 0, &l.orig_bytes))
        l.orig_bytes = 0;
    if (!table_bytes(t, row, 1, &l.resp_bytes))
        l.resp_bytes = 0;
    l.failed = b->codes.tcp[TABLE_AT(t, row, cat[CAT_PROTO])] &&
               b->codes.failed[TABLE_AT(t, row, cat[CAT_STATE])];
    add_facts(b, row, &l);
    return add_peer(b, l.out ? resp : orig, &l) != 0 || add_port(b, row, &l) != 0 ? -1 : 0;
}

const char *card_order_text(enum card_order order)
{
    static const char *const text[] = {
#define X(id, words) words,
        CARD_ORDERS(X)
#undef X
    };
    return order < N_CARD_ORDERS ? text[order] : "";
}

const char *card_gap_name(uint32_t i)
{
    static const char *const name[CARD_GAPS] = {"<1ms", "<10ms", "<0.1s", "<1s", "<10s",
                                                "<1m",  "<10m",  "<1h",   "<1d", ">=1d"};
    return i < CARD_GAPS ? name[i] : "";
}

struct peer_order {
    const struct table *t;
    enum card_order order;
};

/* What a peer is put in order by: more comes first. */
static double peer_weight(const struct card_peer *p, enum card_order order)
{
    switch (order) {
    case CARD_BY_SENT:
        return (double)p->out_bytes;
    case CARD_BY_RECEIVED:
        return (double)p->in_bytes;
    case CARD_BY_FAILED:
        return (double)p->failed;
    case CARD_BY_REGULAR: /* what comes in one burst is no rhythm */
        return p->gap_s >= RHYTHM_MIN_GAP_S ? p->regularity : 0;
    case CARD_BY_LAST:
        return p->last_ts_us == TIME_MISSING ? -1 : (double)p->last_ts_us;
    default:
        return 0;
    }
}

static int by_order(const void *a, const void *b, void *user)
{
    const struct peer_order *by = user;
    const struct card_peer *x = a, *y = b;
    double v = peer_weight(x, by->order), w = peer_weight(y, by->order);
    uint64_t m = x->out_rows + x->in_rows, n = y->out_rows + y->in_rows;
    if (v != w)
        return v > w ? -1 : 1;
    if (m != n)
        return m > n ? -1 : 1;
    return span_cmp(table_addr_text(by->t, x->addr), table_addr_text(by->t, y->addr));
}

void card_sort(struct card *card, const struct table *t, enum card_order order)
{
    struct peer_order by = {t, order};
    if (card->n_peers > 0)
        qsort_r(card->peer, card->n_peers, sizeof *card->peer, by_order, &by);
}

static int by_port_rows(const void *a, const void *b)
{
    const struct card_port *x = a, *y = b;
    uint64_t m = x->out_rows + x->in_rows, n = y->out_rows + y->in_rows;
    if (m != n)
        return m > n ? -1 : 1;
    if (x->icmp != y->icmp)
        return x->icmp ? 1 : -1;
    if (x->port != y->port)
        return x->port < y->port ? -1 : 1;
    return x->proto == y->proto ? 0 : x->proto < y->proto ? -1 : 1;
}

static void finish(struct build *b)
{
    struct card *card = b->card;
    card_sort(card, b->t, CARD_BY_ROWS);
    if (card->n_ports > 0)
        qsort(card->port, card->n_ports, sizeof *card->port, by_port_rows);
    top_of_codes(&card->state_out, b->t, CAT_STATE, b->state_out);
    top_of_codes(&card->state_in, b->t, CAT_STATE, b->state_in);
    top_of_codes(&card->service, b->t, CAT_SERVICE, b->service);
}

static int count_rows(struct build *b, struct job *job, struct err *err)
{
    const struct table *t = b->t;
    for (uint64_t row = 0; row < t->n_rows; row++) {
        uint32_t orig = TABLE_AT(t, row, orig), resp = TABLE_AT(t, row, resp);
        if (row % CANCEL_ROWS == 0 && job_cancelled(job))
            return job_stopped(err);
        if ((orig == b->card->addr || resp == b->card->addr) && add_row(b, row, orig, resp) != 0)
            return err_memory(err, "the address card");
    }
    return 0;
}

int card_build(struct card *out, const struct table *t, const struct clustering *c, uint32_t addr,
               struct job *job, struct err *err)
{
    struct card card = {.addr = addr, .first_ts_us = TIME_MISSING, .last_ts_us = TIME_MISSING};
    struct build *b = mem_zalloc(1, sizeof *b);
    int rc = -1;
    if (addr >= table_n_addrs(t)) {
        (void)err_set(err, ERR_USAGE, "this address is not in the log");
        goto out;
    }
    if (c != NULL)
        card.in_cluster = mem_zalloc(c->k, sizeof *card.in_cluster);
    if (b == NULL || (c != NULL && card.in_cluster == NULL)) {
        (void)err_memory(err, "the address card");
        goto out;
    }
    card.k = c == NULL ? 0 : c->k;
    b->card = &card;
    b->t = t;
    b->c = c;
    codes_init(&b->codes, t);
    rc = count_rows(b, job, err);
    if (rc == 0)
        rc = card_rhythms(&card, &b->calls, job, err);
    if (rc == 0) {
        finish(b);
        *out = card;
    }
out:
    if (rc != 0)
        card_release(&card);
    if (b != NULL) {
        keymap_release(&b->peers);
        keymap_release(&b->ports);
        calls_release(&b->calls);
    }
    mem_free(b);
    return rc;
}
