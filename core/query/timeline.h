/* How many rows and bytes every cluster has in each of many equal stretches of time. */
#ifndef MINNOW_QUERY_TIMELINE_H
#define MINNOW_QUERY_TIMELINE_H

#include "core/cluster/clustering.h"
#include "core/job.h"

#define TIMELINE_MOST 4096 /* buckets */

struct timeline {
    int64_t from_us, bucket_us; /* where the first bucket begins, how long each is */
    uint32_t k, n;              /* clusters, buckets */
    uint64_t *rows, *bytes; /* (k + 1) x n: line 0 is of all rows, whatever their cluster; owned */
    uint64_t total_rows, total_bytes; /* of all rows, whatever their time */
    uint64_t without;                 /* rows without a time */
};

/* Counts n buckets from `from_us` on. Bytes are those of both sides, missing ones none. Errors: ERR_LIMIT,
 * ERR_CANCELLED. Cost: one pass over the rows. */
int timeline_count(struct timeline *out, const struct clustering *c, const struct table *t,
                   int64_t from_us, int64_t bucket_us, uint32_t n, struct job *job,
                   struct err *err) WARN_UNUSED;
void timeline_release(struct timeline *tl);

/* Of a cluster, or of all rows (0). */
static inline uint64_t timeline_rows(const struct timeline *tl, uint32_t cluster, uint32_t bucket)
{
    return tl->rows[(size_t)cluster * tl->n + bucket];
}
static inline uint64_t timeline_bytes(const struct timeline *tl, uint32_t cluster, uint32_t bucket)
{
    return tl->bytes[(size_t)cluster * tl->n + bucket];
}

/* The run of buckets without rows of the cluster around one that has none. */
struct timeline_gap {
    uint32_t first, n;
    bool opens, ends; /* rows come before it; behind it, within what was counted */
};
struct timeline_gap timeline_gap_at(const struct timeline *tl, uint32_t cluster, uint32_t bucket);

/* ---- lengths of buckets ---- */

/* Round lengths, the shortest first; 0 behind the last. Units: microseconds. */
int64_t timeline_length(uint32_t i);
uint32_t timeline_lengths(void);

/* The shortest length by which a range makes at most `most` buckets (at least 1), aligned as
 * timeline_align aligns. */
uint32_t timeline_fit(int64_t first_us, int64_t last_us, uint32_t most, int64_t offset_us);

/* Where the bucket of a time begins; `offset_us`: how far the clock of the zone is ahead of UTC, so that
 * days begin at its midnight. */
int64_t timeline_align(int64_t us, int64_t bucket_us, int64_t offset_us);

#endif
