/* Exact k-means: Lloyd's iteration from k-means++ seeds, best of several starts.
 *
 * Sources: S. Lloyd, "Least squares quantization in PCM", 1982; D. Arthur and S. Vassilvitskii,
 * "k-means++: the advantages of careful seeding", 2007, with greedy trials (2 + floor(ln k)
 * candidates a step, the one that lowers the potential most). Labels are those of double-precision
 * Lloyd, ties to the lower centroid number. Every reduction runs over KMEANS_SLICES slices of
 * observation numbers, added in slice order: the same bytes for any number of threads. */
#ifndef MINNOW_CLUSTER_KMEANS_H
#define MINNOW_CLUSTER_KMEANS_H

#include "core/recipe/matrix.h"

#define KMEANS_SLICES 64

struct kmeans_opts {
    uint32_t k, starts, max_iter;
    uint64_t seed;
    double tol;
    const double
        *init; /* k x d row-major centroids in scaled units to start from (one start), or NULL */
    struct parallel *pool; /* borrowed; may be NULL */
    struct job *job;       /* may be NULL */
};

struct kmeans {
    uint32_t k, d;       /* k may be lower than asked: fewer distinct observations */
    uint32_t start;      /* which start won, 1-based */
    uint32_t iterations; /* passes of the winning start */
    bool converged;      /* false when max_iter was reached */
    bool k_lowered;
    uint64_t blocks_read; /* of 16 observations, whose distances were computed: all passes of the
                             winning start together */
    double inertia;
    uint8_t *label;   /* n; owned */
    double *centroid; /* k x d row-major, scaled units; owned */
    uint64_t *size;   /* k, observations; owned */
    double *part;     /* k, inertia of each cluster; owned */
};

/* While it runs, observations of the matrix change places, so nobody else may look at it. Whatever comes
 * out, they are then where they were. Errors: ERR_LIMIT, ERR_CANCELLED. Cost: n k d per pass. */
int kmeans_run(struct kmeans *out, struct matrix *m, const struct kmeans_opts *opts,
               struct err *err) WARN_UNUSED;
void kmeans_release(struct kmeans *km);

/* Squared distance of an observation to a centroid row (d doubles), in double. */
double kmeans_distance2(const struct matrix *m, uint64_t i, const double *centroid);

#endif
