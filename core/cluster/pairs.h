/* Who talks to whom by what in each cluster: the commonest pairs, sources, responders and ports. */
#ifndef MINNOW_CLUSTER_PAIRS_H
#define MINNOW_CLUSTER_PAIRS_H

#include "core/cluster/reasons.h"

/* How much is counted at once; what is said depends on neither. */
struct pair_limits {
    uint32_t bucket_rows; /* rows of different pairs that a table in the cache has room for */
    uint32_t
        dense_addrs; /* addresses that are counted in one array, or an eighth of all if that is more */
    uint32_t key_bits; /* what a narrow key has at most (mixed.h) */
};

/* Fills n_pairs, pair, orig, resp and port of every profile, whose p->rows are there already. port_0:
 * rows of each cluster whose port is 0 and counts. limits: NULL takes the usual. Adds to log->port. Errors: ERR_LIMIT,
 * ERR_CANCELLED. Cost: two passes over the columns; 8 bytes a row (12 of a log of more than a million addresses), and counts
 * of up to an eighth of the addresses a thread, while it runs. */
int pairs_count(struct clustering *c, const struct table *t, const struct codes *codes,
                const uint64_t *port_0, struct log_counts *log, const struct pair_limits *limits,
                struct parallel *pool, struct job *job, struct err *err) WARN_UNUSED;

#endif
