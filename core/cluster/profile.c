/* Profiles of clusters; see profile.h.
 *
 * DESIGN
 * 1. One counting sort puts the row numbers of each cluster side by side, ascending. While it runs
 *    the log's own counts are taken.
 * 2. Each cluster is then counted by one thread from its own rows alone, so no sum depends on how
 *    many threads there are. The biggest clusters are handed out first.
 * 3. A worker writes only to its cluster's profile and error. The first error in cluster order is
 *    the one that is told. */
#include "core/cluster/profile.h"

#include <stdatomic.h>

#include "core/base/mem.h"
#include "core/base/sum.h"
#include "core/base/tally.h"
#include "core/cluster/clustering.h"
#include "core/cluster/heed.h"
#include "core/cluster/judge.h"
#include "core/cluster/reasons.h"
#include "core/cluster/top.h"

#define CANCEL_ROWS 1024
#define NTP_PORT    123

struct build {
    struct clustering *c;
    const struct table *t;
    const struct matrix *m;
    struct job *job;
    struct progress progress; /* the snapshot that publishing starts from */
    struct codes codes;
    struct log_counts log;
    uint32_t *row;   /* by cluster, ascending inside; owned */
    uint64_t *begin; /* k + 1; owned */
    uint32_t *order; /* k cluster indexes, most rows first; owned */
    struct err *err; /* k; owned */
    _Atomic uint32_t done;
    _Atomic bool failed;
};

/* What is counted for one cluster. */
struct count {
    struct tally orig, resp, port, pair, icmp_type;
    uint64_t cat[N_CATS][256];
    double sample_distance[PROFILE_SAMPLES];
};

static void count_release(struct count *n)
{
    tally_release(&n->orig);
    tally_release(&n->resp);
    tally_release(&n->port);
    tally_release(&n->pair);
    tally_release(&n->icmp_type);
}

/* ---- sorting rows by cluster ---- */

static void count_log_row(struct build *b, uint64_t row)
{
    uint8_t proto = TABLE_AT(b->t, row, cat[CAT_PROTO]);
    b->log.rows++;
    for (int cat = 0; cat < N_CATS; cat++)
        b->log.cat[cat][TABLE_AT(b->t, row, cat[cat])]++;
    if (!b->codes.icmp[proto] && (TABLE_AT(b->t, row, flags) & ROW_NO_RESP_P) == 0)
        b->log.port[TABLE_AT(b->t, row, resp_p)]++;
}

static int sort_rows(struct build *b, struct err *err)
{
    const struct clustering *c = b->c;
    uint64_t *next;
    for (uint64_t row = 0; row < c->n_rows; row++) {
        uint32_t number = clustering_of_row(c, row);
        if (row % CANCEL_ROWS == 0 && job_cancelled(b->job))
            return job_stopped(err);
        if (number != 0) {
            b->begin[number]++;
            count_log_row(b, row);
        }
    }
    for (uint32_t i = 0; i < c->k; i++)
        b->begin[i + 1] += b->begin[i];
    b->row = mem_alloc(b->log.rows, sizeof *b->row);
    next = mem_alloc(c->k, sizeof *next);
    if (b->row == NULL || next == NULL) {
        mem_free(next);
        return err_memory(err, "the rows of the clusters");
    }
    memcpy(next, b->begin, c->k * sizeof *next);
    for (uint64_t row = 0; row < c->n_rows; row++) {
        uint32_t number = clustering_of_row(c, row);
        if (number != 0)
            b->row[next[number - 1]++] = (uint32_t)row;
    }
    mem_free(next);
    return 0;
}

static uint64_t rows_of(const struct build *b, uint32_t i)
{
    return b->begin[i + 1] - b->begin[i];
}

static void order_by_rows(struct build *b)
{
    for (uint32_t i = 0; i < b->c->k; i++) {
        uint32_t at = i;
        while (at > 0 && rows_of(b, b->order[at - 1]) < rows_of(b, i)) {
            b->order[at] = b->order[at - 1];
            at--;
        }
        b->order[at] = i;
    }
}

/* ---- one cluster ---- */

static void add_time(struct profile *p, const struct table *t, int64_t ts)
{
    uint64_t range, at;
    if (ts == TIME_MISSING)
        return;
    if (p->first_ts_us == TIME_MISSING || ts < p->first_ts_us)
        p->first_ts_us = ts;
    if (p->last_ts_us == TIME_MISSING || ts > p->last_ts_us)
        p->last_ts_us = ts;
    if (t->first_ts_us == TIME_MISSING || ts < t->first_ts_us || ts > t->last_ts_us)
        return;
    /* Times end at the year 9999, so 32 times a range in microseconds fits in 64 bits. */
    range = (uint64_t)(t->last_ts_us - t->first_ts_us) + 1;
    at = (uint64_t)(ts - t->first_ts_us) * PROFILE_TIMELINE / range;
    p->timeline[at]++;
}

static void add_bytes(struct profile *p, const struct table *t, uint64_t row, bool outward)
{
    uint64_t out = 0, in = 0;
    bool has_out = table_bytes(t, row, 0, &out), has_in = table_bytes(t, row, 1, &in);
    if (!has_out && !has_in)
        p->rows_without_bytes++;
    sum_add(&p->orig_bytes, has_out ? out : 0);
    sum_add(&p->resp_bytes, has_in ? in : 0);
    sum_add(&p->outward[0], has_out && outward ? out : 0);
    sum_add(&p->outward[1], has_in && outward ? in : 0);
}

static void add_outcome(struct profile *p, const struct codes *codes, uint8_t proto, uint8_t state)
{
    if (codes->outcome[state] < N_OUTCOMES && !codes->icmp[proto]) /* a message has no outcome */
        p->outcome[codes->outcome[state]]++;
    if (codes->tcp[proto]) {
        p->tcp_rows++;
        p->failed_rows += codes->failed[state];
    }
}

static int add_row(struct count *n, struct profile *p, const struct build *b, uint32_t row)
{
    const struct table *t = b->t;
    uint32_t orig = TABLE_AT(t, row, orig), resp = TABLE_AT(t, row, resp);
    uint16_t resp_p = TABLE_AT(t, row, resp_p);
    uint8_t flags = TABLE_AT(t, row, flags), proto = TABLE_AT(t, row, cat[CAT_PROTO]);
    bool icmp = b->codes.icmp[proto];
    int rc = 0;
    add_time(p, t, TABLE_AT(t, row, ts_us));
    add_bytes(p, t, row, resp != ADDR_MISSING && judge_is_outside(b->c, table_addr(t, resp)));
    add_outcome(p, &b->codes, proto, TABLE_AT(t, row, cat[CAT_STATE]));
    for (int cat = 0; cat < N_CATS; cat++)
        n->cat[cat][TABLE_AT(t, row, cat[cat])]++;
    if (orig != ADDR_MISSING)
        rc |= tally_add(&n->orig, orig, 0);
    if (resp != ADDR_MISSING) {
        enum addr_place place = addr_place(table_addr(t, resp));
        p->routine_rows += place == PLACE_MULTICAST || place == PLACE_BROADCAST ||
                           (b->codes.udp[proto] && resp_p == NTP_PORT);
        rc |= tally_add(&n->resp, resp, 0);
    }
    if (orig != ADDR_MISSING || resp != ADDR_MISSING)
        rc |= tally_add(&n->pair, (uint64_t)orig << 32 | resp, (uint32_t)resp_p << 8 | proto);
    if (icmp && (flags & ROW_NO_ORIG_P) == 0) {
        p->icmp_rows++;
        rc |= tally_add(&n->icmp_type, icmp_message(t, row), 0);
    }
    if (!icmp && (flags & ROW_NO_RESP_P) == 0) {
        p->port_rows++;
        rc |= tally_add(&n->port, resp_p, 0);
    }
    return rc;
}

/* Keeps the row when its observation is among the nearest to the centroid; equal distances go to
 * the earlier row. One row stands for an observation of several. */
static void add_sample(struct count *n, struct profile *p, const struct build *b, uint32_t row,
                       double distance)
{
    uint32_t at;
    if (p->n_samples == PROFILE_SAMPLES && !(distance < n->sample_distance[PROFILE_SAMPLES - 1]))
        return;
    if (b->m->obs_of_row != NULL)
        for (uint32_t i = 0; i < p->n_samples; i++)
            if (matrix_obs(b->m, p->sample[i]) == matrix_obs(b->m, row))
                return;
    at = p->n_samples < PROFILE_SAMPLES ? p->n_samples++ : PROFILE_SAMPLES - 1;
    while (at > 0 && distance < n->sample_distance[at - 1]) {
        p->sample[at] = p->sample[at - 1];
        n->sample_distance[at] = n->sample_distance[at - 1];
        at--;
    }
    p->sample[at] = row;
    n->sample_distance[at] = distance;
}

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

static void top_pairs(struct profile *p, const struct table *t, const struct tally *pairs)
{
    p->n_pairs = pairs->n;
    p->n_pair_tops = 0;
    for (size_t i = 0; i < pairs->cap; i++) {
        const struct tally_item *it = &pairs->item[i];
        struct top_pair pair = {(uint32_t)(it->key >> 32), (uint32_t)it->key,
                                (uint16_t)(it->more >> 8), (uint8_t)it->more, it->count};
        uint32_t at;
        if (it->count == 0)
            continue;
        if (p->n_pair_tops == PROFILE_TOP_PAIRS &&
            !pair_before(t, &pair, &p->pair[PROFILE_TOP_PAIRS - 1]))
            continue;
        at = p->n_pair_tops < PROFILE_TOP_PAIRS ? p->n_pair_tops++ : PROFILE_TOP_PAIRS - 1;
        while (at > 0 && pair_before(t, &pair, &p->pair[at - 1])) {
            p->pair[at] = p->pair[at - 1];
            at--;
        }
        p->pair[at] = pair;
    }
}

static void finish(struct profile *p, const struct count *n, const struct build *b, uint32_t i)
{
    const struct table *t = b->t;
    p->share = b->log.rows == 0 ? 0 : (double)p->rows / (double)b->log.rows;
    top_of_tally(&p->orig, t, TOP_ADDR, &n->orig);
    top_of_tally(&p->resp, t, TOP_ADDR, &n->resp);
    top_of_tally(&p->port, t, TOP_NUMBER, &n->port);
    top_of_tally(&p->icmp_type, t, TOP_NUMBER, &n->icmp_type);
    top_of_codes(&p->proto, t, CAT_PROTO, n->cat[CAT_PROTO]);
    top_of_codes(&p->state, t, CAT_STATE, n->cat[CAT_STATE]);
    top_of_codes(&p->service, t, CAT_SERVICE, n->cat[CAT_SERVICE]);
    top_pairs(p, t, &n->pair);
    reasons_find(p, b->c, i + 1, t, &b->log);
}

static int explain(const struct build *b, struct count *n, uint32_t i, struct err *err)
{
    const double *centroid = b->c->centroid + (size_t)i * b->c->d;
    struct profile *p = &b->c->profile[i];
    *p = (struct profile){.inertia = p->inertia,
                          .observations = p->observations,
                          .rows = rows_of(b, i),
                          .first_ts_us = TIME_MISSING,
                          .last_ts_us = TIME_MISSING};
    for (uint64_t at = b->begin[i]; at < b->begin[i + 1]; at++) {
        uint32_t row = b->row[at];
        if (at % CANCEL_ROWS == 0 && job_cancelled(b->job))
            return job_stopped(err);
        if (add_row(n, p, b, row) != 0)
            return err_memory(err, "the counts of a cluster");
        add_sample(n, p, b, row, kmeans_distance2(b->m, matrix_obs(b->m, row), centroid));
    }
    finish(p, n, b, i);
    return judge_rhythm(p, b->t, b->row + b->begin[i], rows_of(b, i), err);
}

static void publish(struct build *b, uint32_t done)
{
    struct progress now = b->progress;
    now.done = done;
    job_publish(b->job, &now);
}

static void explain_slice(void *user, uint32_t slice)
{
    struct build *b = user;
    uint32_t i = b->order[slice];
    struct count *n;
    if (atomic_load(&b->failed))
        return;
    n = mem_zalloc(1, sizeof *n);
    if (n == NULL) {
        (void)err_memory(&b->err[i], "the counts of a cluster");
        atomic_store(&b->failed, true);
        return;
    }
    if (explain(b, n, i, &b->err[i]) != 0)
        atomic_store(&b->failed, true);
    else if (b->job != NULL)
        publish(b, atomic_fetch_add(&b->done, 1) + 1);
    count_release(n);
    mem_free(n);
}

/* ---- all ---- */

static int prepare(struct build *b, struct err *err)
{
    struct clustering *c = b->c;
    bool fresh = c->profile == NULL;
    if (fresh)
        c->profile = mem_zalloc(c->k, sizeof *c->profile);
    b->begin = mem_zalloc((size_t)c->k + 1, sizeof *b->begin);
    b->order = mem_alloc(c->k, sizeof *b->order);
    b->err = mem_zalloc(c->k, sizeof *b->err);
    b->log.port = mem_zalloc(65536, sizeof *b->log.port);
    if (c->profile == NULL || b->begin == NULL || b->order == NULL || b->err == NULL ||
        b->log.port == NULL)
        return err_memory(err, "the profiles");
    codes_init(&b->codes, b->t);
    for (uint32_t i = 0; i < c->k; i++)
        c->profile[i].observations = 0;
    for (uint64_t obs = 0; obs < c->n; obs++) {
        struct profile *p = &c->profile[c->label[obs]];
        p->observations++;
        if (fresh)
            p->inertia += kmeans_distance2(b->m, obs, c->centroid + (size_t)c->label[obs] * c->d);
        if (obs % CANCEL_ROWS == 0 && job_cancelled(b->job))
            return job_stopped(err);
    }
    if (sort_rows(b, err) != 0)
        return -1;
    order_by_rows(b);
    return 0;
}

static int run(struct build *b, struct parallel *pool, struct err *err)
{
    if (prepare(b, err) != 0)
        return -1;
    if (b->job != NULL) {
        job_progress(b->job, &b->progress);
        b->progress.phase = PHASE_EXPLAINING;
        b->progress.total = b->c->k;
        publish(b, 0);
    }
    parallel_run(pool, b->c->k, explain_slice, b);
    if (!atomic_load(&b->failed)) {
        if (heed_count(b->c, b->t, b->job, err) != 0)
            return -1;
        judge_suspicion(b->c, b->t);
        why_write_all(b->c, b->t);
        return 0;
    }
    for (uint32_t i = 0; i < b->c->k; i++)
        if (b->err[i].code != ERR_OK) {
            *err = b->err[i];
            break;
        }
    return -1;
}

int profile_build(struct clustering *c, const struct table *t, const struct matrix *m,
                  struct parallel *pool, struct job *job, struct err *err)
{
    struct build *b = mem_zalloc(1, sizeof *b);
    int rc;
    if (b == NULL)
        return err_memory(err, "the profiles");
    b->c = c;
    b->t = t;
    b->m = m;
    b->job = job;
    rc = run(b, pool, err);
    mem_free(b->row);
    mem_free(b->begin);
    mem_free(b->order);
    mem_free(b->err);
    mem_free(b->log.port);
    mem_free(b);
    return rc;
}
