/* Suspicion of clusters and the headline; see judge.h and suspicion.h. */
#include "core/cluster/judge.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/cluster/reasons.h"
#include "core/cluster/standing.h"
#include "core/table/codes.h"

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
#define HEADLINE_SOURCE  0.1 /* of those: a source with as many is named */
#define HEADLINE_SOURCES 2
#define HEADLINE_TARGET  0.5 /* of those: so is a target */

struct side {
    uint32_t addr;
    uint64_t rows;
};

/* Of the addresses, the n with most rows, most first; ties to the one that came first. */
static void most(struct side *top, int n, const uint64_t *rows, uint32_t n_addrs)
{
    memset(top, 0, (size_t)n * sizeof *top);
    for (uint32_t id = 0; id < n_addrs; id++) {
        int at = n;
        while (at > 0 && rows[id] > top[at - 1].rows)
            at--;
        for (int i = n - 1; i > at; i--)
            top[i] = top[i - 1];
        if (at < n)
            top[at] = (struct side){id, rows[id]};
    }
}

/* Who tries and who is tried: only of what failed, since a busy machine is not to blame for that. */
struct failing {
    struct side source[HEADLINE_SOURCES], target;
};

static int find_failing(struct failing *out, const struct clustering *c, const struct table *t,
                        struct job *job, struct err *err)
{
    uint32_t n = table_n_addrs(t);
    uint64_t *orig = mem_zalloc(n, sizeof *orig), *resp = mem_zalloc(n, sizeof *resp);
    struct codes codes;
    bool stopped = false;
    int rc = orig == NULL || resp == NULL ? err_memory(err, "who fails") : 0;
    codes_init(&codes, t);
    for (uint64_t row = 0; rc == 0 && row < t->n_rows && !stopped; row++) {
        stopped = row % 1024 == 0 && job_cancelled(job);
        if (!codes.tcp[TABLE_AT(t, row, cat[CAT_PROTO])] ||
            !codes.failed[TABLE_AT(t, row, cat[CAT_STATE])] || clustering_of_row(c, row) == 0)
            continue;
        if (TABLE_AT(t, row, orig) != ADDR_MISSING)
            orig[TABLE_AT(t, row, orig)]++;
        if (TABLE_AT(t, row, resp) != ADDR_MISSING)
            resp[TABLE_AT(t, row, resp)]++;
    }
    if (rc == 0 && stopped)
        rc = job_stopped(err);
    if (rc == 0) {
        most(out->source, HEADLINE_SOURCES, orig, n);
        most(&out->target, 1, resp, n);
    }
    mem_free(orig);
    mem_free(resp);
    return rc;
}

/* A whole percentage that is 100 for all only. */
static unsigned whole_percent(uint64_t part, uint64_t all)
{
    unsigned percent = (unsigned)(100 * share(part, all) + 0.5);
    return percent == 100 && part < all ? 99 : percent;
}

/* "60 % by 10.0.0.1", of what failed, if it is enough. */
static bool add_side(struct buf *out, const struct table *t, const struct side *side,
                     uint64_t failed, double least, bool first, const char *way)
{
    char addr[48];
    if (side->rows == 0 || share(side->rows, failed) < least)
        return false;
    reasons_copy_text(addr, sizeof addr, table_addr_text(t, side->addr));
    buf_printf(out, "%s%u %% %s %s", first ? "; of these " : ", ",
               whole_percent(side->rows, failed), way, addr);
    return true;
}

int judge_headline(struct clustering *c, const struct table *t, struct job *job, struct err *err)
{
    struct failing who;
    struct buf out = BUF_INIT;
    uint64_t tcp = 0, failed = 0;
    bool named = false;
    c->headline[0] = '\0';
    for (uint32_t i = 0; i < c->k; i++) {
        tcp += c->profile[i].tcp_rows;
        failed += c->profile[i].failed_rows;
    }
    if (share(failed, tcp) <= HEADLINE_FAILED)
        return 0;
    if (find_failing(&who, c, t, job, err) != 0)
        return -1;
    buf_printf(&out, "%u %% of TCP refused or unanswered", whole_percent(failed, tcp));
    /* What is most of it stands first: a narrow screen cuts the end. */
    if (who.target.rows > who.source[0].rows)
        named = add_side(&out, t, &who.target, failed, HEADLINE_TARGET, true, "to");
    for (int i = 0; i < HEADLINE_SOURCES; i++)
        named |= add_side(&out, t, &who.source[i], failed, HEADLINE_SOURCE, !named, "by");
    if (who.target.rows <= who.source[0].rows)
        (void)add_side(&out, t, &who.target, failed, HEADLINE_TARGET, !named, "to");
    reasons_copy_text(c->headline, sizeof c->headline, buf_span(&out));
    buf_release(&out);
    return 0;
}
