/* What the rows of each cluster add up to: times, bytes, outcomes, categories. */
#ifndef MINNOW_CLUSTER_FACTS_H
#define MINNOW_CLUSTER_FACTS_H

#include "core/cluster/reasons.h"

/* What one row needs to know about each address, by id. */
enum addr_trait {
    TRAIT_OUTSIDE = 1, /* judge_is_outside */
    TRAIT_ROUTINE = 2, /* multicast or broadcast */
    TRAIT_V6 = 4,
};

/* NULL on memory or when cancelled (err says which); freed with mem_free. */
uint8_t *facts_traits(const struct clustering *c, const struct table *t, struct job *job,
                      struct err *err) WARN_UNUSED;

/* Fills of every profile what needs neither the matrix nor pairs; p->rows is there already. Adds to
 * log->rows and log->cat. port_0[i] becomes the rows of cluster i + 1 that count in port_rows and
 * whose port is 0. Errors: ERR_LIMIT, ERR_CANCELLED. Cost: one pass over the columns. */
int facts_count(struct clustering *c, const struct table *t, const struct codes *codes,
                const uint8_t *trait, struct log_counts *log, uint64_t *port_0,
                struct parallel *pool, struct job *job, struct err *err) WARN_UNUSED;

#endif
