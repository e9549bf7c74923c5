/* The members of a cluster whose unit is a pair or a host: which pairs, which hosts, and what their
 * rows add up to. */
#ifndef MINNOW_QUERY_MEMBERS_H
#define MINNOW_QUERY_MEMBERS_H

#include "core/cluster/clustering.h"

struct member {
    uint32_t obs;       /* the observation */
    uint32_t first_row; /* any row says who it is */
    uint64_t rows;
    uint64_t orig_bytes, resp_bytes; /* sums; missing counts as 0 */
    uint32_t targets;                /* distinct responders */
    struct rhythm rhythm;            /* of all its rows together */
};

struct members {
    struct member *item; /* most rows first, then by first row; owned */
    uint64_t n;
};

/* The observations of cluster `number` (1..k). The clustering groups rows (obs_of_row is set).
 * Errors: ERR_LIMIT, ERR_CANCELLED. Cost: two passes over the rows and 12 bytes for each of the
 * cluster's. */
int members_of_cluster(struct members *out, const struct table *t, const struct clustering *c,
                       uint32_t number, struct job *job, struct err *err) WARN_UNUSED;
void members_release(struct members *m);

#endif
