/* The rows nearest to each centroid: the samples of a profile. */
#ifndef MINNOW_CLUSTER_NEAREST_H
#define MINNOW_CLUSTER_NEAREST_H

#include "core/cluster/clustering.h"

/* Fills sample and n_samples of every profile. Nearest first, equal distances by row; one row, the
 * first, stands for an observation of several. This is the last that profiles need of the matrix.
 * Errors: ERR_LIMIT, ERR_CANCELLED. */
int nearest_find(struct clustering *c, const struct matrix *m, struct parallel *pool,
                 struct job *job, struct err *err) WARN_UNUSED;

#endif
