/* What is left of a job; see eta.h.
 *
 * DESIGN
 * 1. `left` is told by pace: of the group of phases that runs by its own so far, of those behind it by what
 *    they usually take beside it (RATIO_*). A group that has just begun has no pace: what was told before
 *    goes on.
 * 2. `part` gives each group of a fit a fixed share (UNTIL_*), so that it never has to go back.
 * 3. Passes of a start of k-means: as many as the starts before had on average; of the first start nobody
 *    knows, and each pass makes the end only so much more likely. */
#include "core/eta.h"

#define RATIO_KMEANS    1.2 /* seconds of k-means for each of computing features */
#define RATIO_EXPLAIN   0.1 /* of the rest for each before it */
#define SEEDING_PART    0.2 /* of a start: choosing its first centroids */
#define USUAL_PASSES    12
#define UNTIL_KMEANS    0.3 /* of a fit */
#define UNTIL_EXPLAIN   0.9
#define LEAST_MOVED     0.02 /* less says nothing about pace; of k-means: */
#define LEAST_KMEANS    0.1
#define LEAST_SECONDS   1
#define SECONDS_AT_MOST 90

void eta_begin(struct eta *e, double now_s)
{
    *e = (struct eta){.began_s = now_s,
                      .group_s = now_s,
                      .group_done = -1,
                      .seen_s = now_s,
                      .part = -1,
                      .left_s = -1};
}

static enum phase group_of(enum phase phase)
{
    return phase == PHASE_SEEDING ? PHASE_CLUSTERING : phase;
}

static double share(uint64_t done, uint64_t total)
{
    if (total == 0)
        return -1;
    return done >= total ? 1 : (double)done / (double)total;
}

/* The part of k-means that is done. */
static double of_kmeans(struct eta *e, const struct progress *p)
{
    double in_start = 0, passes;
    if (p->starts == 0)
        return -1;
    if (p->start != e->start && e->start > 0 && e->passes > 0) {
        e->mean = (e->mean * e->ended + e->passes) / (e->ended + 1);
        e->ended++;
    }
    if (p->start != e->start)
        e->passes = 0;
    e->start = p->start;
    if (p->phase == PHASE_SEEDING) {
        in_start = SEEDING_PART * share(p->done, p->total);
    } else {
        e->passes = p->pass;
        passes = e->ended > 0 && p->pass < e->mean ? (double)p->pass / e->mean * 0.95
                                                   : (double)p->pass / (p->pass + USUAL_PASSES);
        in_start = SEEDING_PART + (1 - SEEDING_PART) * passes;
    }
    if (in_start < 0)
        in_start = 0;
    return ((p->start > 0 ? p->start - 1 : 0) + in_start) / p->starts;
}

/* The part that is done of what runs now. */
static double of_group(struct eta *e, const struct progress *p)
{
    switch (p->phase) {
    case PHASE_LOADING:
        return share(p->bytes_read, p->bytes_total);
    case PHASE_SEEDING:
    case PHASE_CLUSTERING:
        return of_kmeans(e, p);
    case PHASE_FEATURES:
    case PHASE_EXPLAINING:
    case PHASE_EXPORTING:
        return share(p->done, p->total);
    default:
        return -1;
    }
}

/* Seconds that the groups behind this one take, when it takes `whole` seconds. */
static double behind(const struct eta *e, enum phase group, double whole)
{
    double before = e->group_s - e->began_s;
    if (group == PHASE_FEATURES)
        return whole * RATIO_KMEANS + (before + whole * (1 + RATIO_KMEANS)) * RATIO_EXPLAIN;
    if (group == PHASE_CLUSTERING)
        return (before + whole) * RATIO_EXPLAIN;
    return 0;
}

/* How far a group must have come to have a pace: k-means half a start, since seeding says little. */
static double least_moved(enum phase group, const struct progress *p)
{
    if (group != PHASE_CLUSTERING || p->starts == 0)
        return LEAST_MOVED;
    return 0.5 / p->starts < LEAST_KMEANS ? 0.5 / p->starts : LEAST_KMEANS;
}

/* What is done of the whole job. */
static double of_job(enum phase group, double done)
{
    switch (group) {
    case PHASE_FEATURES:
        return done * UNTIL_KMEANS;
    case PHASE_CLUSTERING:
        return UNTIL_KMEANS + done * (UNTIL_EXPLAIN - UNTIL_KMEANS);
    case PHASE_EXPLAINING:
        return UNTIL_EXPLAIN + done * (1 - UNTIL_EXPLAIN);
    default:
        return done;
    }
}

/* By the pace of this group, once it has moved; before that, what was told before goes on. */
static void tell_left(struct eta *e, enum phase group, double done, double least, double now_s)
{
    double moved, whole;
    if (e->group_done < 0)
        e->group_done = group == PHASE_LOADING ? 0 : done;
    moved = done - e->group_done;
    if (moved >= least) {
        whole = (now_s - e->group_s) / moved;
        e->left_s = whole * (1 - done) + behind(e, group, whole);
    } else if (e->left_s >= 0) {
        e->left_s -= now_s - e->seen_s;
        e->left_s = e->left_s < 0 ? 0 : e->left_s;
    }
}

void eta_see(struct eta *e, struct progress *p, double now_s)
{
    enum phase group = group_of(p->phase);
    double done, part;
    if (group != e->group) {
        e->group = group;
        e->group_s = group == PHASE_LOADING ? e->began_s : now_s;
        e->group_done = -1;
    }
    done = of_group(e, p);
    if (done >= 0) {
        tell_left(e, group, done, least_moved(group, p), now_s);
        part = of_job(group, done);
        e->part = part > e->part ? part : e->part;
    } else if (group == PHASE_LOADING) {
        e->part = e->left_s = -1;
    }
    e->seen_s = now_s;
    p->part = e->part;
    p->left_s = e->left_s;
}

const char *eta_text(double left_s, char *out, size_t size)
{
    out[0] = '\0';
    if (left_s >= SECONDS_AT_MOST)
        (void)snprintf(out, size, "about %.0f min left", left_s / 60);
    else if (left_s >= LEAST_SECONDS)
        (void)snprintf(out, size, "about %.0f s left", left_s);
    return out;
}
