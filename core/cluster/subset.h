/* Subsets: rows chosen by the clusters of an earlier result. Zooming keeps one cluster's rows,
 * excluding drops them; one after another they give the scope of the next fit. */
#ifndef MINNOW_CLUSTER_SUBSET_H
#define MINNOW_CLUSTER_SUBSET_H

#include "core/cluster/clustering.h"

struct subset {
    const struct clustering *of; /* of the same table */
    uint32_t number;             /* 1..of->k */
    bool keep;                   /* its rows alone, or all but its rows */
};

/* Copies n subsets with references of their own; NULL on memory. subsets_free takes the references back
 * (NULL is fine). */
struct subset *subsets_copy(const struct subset *subset, size_t n) WARN_UNUSED;
void subsets_free(struct subset *subset, size_t n);

/* The rows that all subsets leave: NULL in *out for n = 0, all rows. Errors: ERR_LIMIT, ERR_CANCELLED.
 * Cost: one pass over the rows per subset. */
int subsets_scope(const struct scope **out, const struct subset *subset, size_t n, struct job *job,
                  struct err *err) WARN_UNUSED;

#endif
