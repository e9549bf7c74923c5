/* Suspicion of clusters and the headline; see judge.h and suspicion.h. */
#include "core/cluster/judge.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/cluster/reasons.h"
#include "core/cluster/standing.h"

static double share(uint64_t part, uint64_t all)
{
    return all == 0 ? 0 : (double)part / (double)all;
}

static double top_share(const struct top_list *list, uint64_t rows)
{
    return list->n == 0 ? 0 : share(list->item[0].rows, rows);
}

/* The part of the log's time that the commonest pair's rows span. */
static double span_share(const struct rhythm *r, const struct table *t)
{
    if (r->first_us == TIME_MISSING || t->first_ts_us == TIME_MISSING ||
        t->last_ts_us <= t->first_ts_us)
        return 0;
    return (double)(r->last_us - r->first_us) / (double)(t->last_ts_us - t->first_ts_us);
}

bool judge_is_outside(const struct clustering *c, const struct addr *addr)
{
    enum addr_place place = addr_place(addr);
    if (place == PLACE_MULTICAST || place == PLACE_BROADCAST || place == PLACE_UNSPECIFIED ||
        place == PLACE_NONE)
        return false;
    if (c->n_local == 0)
        return !addr_is_local(addr);
    for (size_t i = 0; i < c->n_local; i++) {
        if (cidr_has(&c->local[i], addr))
            return false;
    }
    return true;
}

/* What counts as sent: bytes that leave the network; in a log where none do, all. */
struct sent {
    bool outward;
    double bytes; /* of the log */
};

static struct sent sent_by_log(const struct clustering *c)
{
    double all = 0, outward = 0;
    for (uint32_t i = 0; i < c->k; i++) {
        all += (double)c->profile[i].orig_bytes;
        outward += (double)c->profile[i].outward[0];
    }
    return outward > 0 ? (struct sent){true, outward} : (struct sent){false, all};
}

static struct suspicion_facts facts_of(const struct clustering *c, const struct profile *p,
                                       const struct table *t, struct sent sent)
{
    struct suspicion_facts f = {.rows = (double)p->rows,
                                .top_source_share = top_share(&p->orig, p->rows),
                                .top_target_share = top_share(&p->resp, p->rows),
                                .pairs = (double)p->n_pairs,
                                .failed_share = share(p->failed_rows, p->rows),
                                .pair_regularity = p->rhythm.regularity,
                                .pair_span_share = span_share(&p->rhythm, t),
                                .out_bytes = (double)(sent.outward ? p->outward[0] : p->orig_bytes),
                                .in_bytes = (double)(sent.outward ? p->outward[1] : p->resp_bytes),
                                .log_out_bytes = sent.bytes,
                                .rms_z = p->rms_z,
                                .routine_share = share(p->routine_rows, p->rows),
                                .benign_share = share(p->benign_rows, p->rows)};
    if (p->n_pair_tops > 0) {
        f.pair_rows = (double)p->pair[0].rows;
        f.top_pair_share = share(p->pair[0].rows, p->rows);
        f.pair_gap_s = isnan(p->rhythm.median_gap_s) ? 0 : p->rhythm.median_gap_s;
    }
    if (p->orig.n > 0) {
        f.top_source_outside = judge_is_outside(c, table_addr(t, p->orig.item[0].key));
    }
    return f;
}

void judge_suspicion(struct clustering *c, const struct table *t)
{
    struct sent sent = sent_by_log(c);
    for (uint32_t i = 0; i < c->k; i++) {
        struct suspicion_facts f = facts_of(c, &c->profile[i], t, sent);
        c->profile[i].suspicion = suspicion_of(&f, c->recipe.suspicion);
        c->profile[i].from_outside = f.top_source_outside;
    }
    standing_find(c->profile, c->k);
}

#define HEADLINE_FAILED  0.5 /* of the TCP connections */
#define HEADLINE_SOURCE  0.1 /* of the rows: a busier source than this is named */
#define HEADLINE_SOURCES 2

struct source {
    uint32_t addr;
    uint64_t rows;
};

/* The busiest originators of the clustered rows, most rows first; ties to the one that came first. */
static int busiest(const struct clustering *c, const struct table *t,
                   struct source top[HEADLINE_SOURCES], struct job *job, struct err *err)
{
    uint32_t n = table_n_addrs(t);
    uint64_t *rows = mem_zalloc(n, sizeof *rows);
    memset(top, 0, HEADLINE_SOURCES * sizeof *top);
    if (rows == NULL)
        return err_memory(err, "the busiest sources");
    for (uint64_t row = 0; row < t->n_rows; row++) {
        uint32_t orig = TABLE_AT(t, row, orig);
        if (row % 1024 == 0 && job_cancelled(job))
            break;
        if (orig != ADDR_MISSING && clustering_of_row(c, row) != 0)
            rows[orig]++;
    }
    for (uint32_t id = 0; id < n; id++) {
        int at = HEADLINE_SOURCES;
        while (at > 0 && rows[id] > top[at - 1].rows)
            at--;
        for (int i = HEADLINE_SOURCES - 1; i > at; i--)
            top[i] = top[i - 1];
        if (at < HEADLINE_SOURCES)
            top[at] = (struct source){id, rows[id]};
    }
    mem_free(rows);
    return job_cancelled(job) ? job_stopped(err) : 0;
}

/* A whole percentage that is 100 for all only. */
static unsigned whole_percent(uint64_t part, uint64_t all)
{
    unsigned percent = (unsigned)(100 * share(part, all) + 0.5);
    return percent == 100 && part < all ? 99 : percent;
}

int judge_headline(struct clustering *c, const struct table *t, struct job *job, struct err *err)
{
    struct source top[HEADLINE_SOURCES];
    struct buf out = BUF_INIT;
    uint64_t tcp = 0, failed = 0;
    char addr[48];
    bool named = false;
    c->headline[0] = '\0';
    for (uint32_t i = 0; i < c->k; i++) {
        tcp += c->profile[i].tcp_rows;
        failed += c->profile[i].failed_rows;
    }
    if (share(failed, tcp) <= HEADLINE_FAILED)
        return 0;
    if (busiest(c, t, top, job, err) != 0)
        return -1;
    buf_printf(&out, "%u %% of TCP refused or unanswered", whole_percent(failed, tcp));
    for (int i = 0; i < HEADLINE_SOURCES; i++) {
        if (share(top[i].rows, c->rows_clustered) < HEADLINE_SOURCE)
            break;
        reasons_copy_text(addr, sizeof addr, table_addr_text(t, top[i].addr));
        buf_printf(&out, "%s%s %u %%", named ? ", " : "; ", addr,
                   whole_percent(top[i].rows, c->rows_clustered));
        named = true;
    }
    buf_add_text(&out, named ? " of rows" : "");
    reasons_copy_text(c->headline, sizeof c->headline, buf_span(&out));
    buf_release(&out);
    return 0;
}
