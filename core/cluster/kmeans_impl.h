/* Private to kmeans.c, seed.c and kernel.c: how observations are cut into slices and blocks, and
 * the one distance kernel.
 *
 * A slice is a run of whole blocks; its borders depend on the matrix and the number of slices
 * alone. Whoever adds something up does it per slice, then over the slices in order. */
#ifndef MINNOW_CLUSTER_KMEANS_IMPL_H
#define MINNOW_CLUSTER_KMEANS_IMPL_H

#include "core/cluster/kernel.h"
#include "core/cluster/kmeans.h"

#define KMEANS_MAX_K        RECIPE_MAX_K
/* A worker looks at the cancel flag after about this many distance terms. */
#define KMEANS_CANCEL_TERMS ((uint64_t)2 << 20)

static inline uint64_t matrix_blocks(const struct matrix *m)
{
    return m->n / MATRIX_BLOCK + (m->n % MATRIX_BLOCK != 0);
}

/* Observations in a block: 16, or fewer in the last one. */
static inline uint32_t block_lanes(const struct matrix *m, uint64_t block)
{
    uint64_t left = m->n - block * MATRIX_BLOCK;
    return left < MATRIX_BLOCK ? (uint32_t)left : MATRIX_BLOCK;
}

/* Blocks that may be worked on between two looks at the cancel flag, for n_centers distances each.
 */
static inline uint64_t cancel_blocks(uint32_t n_centers, uint32_t d)
{
    uint64_t terms = (uint64_t)MATRIX_BLOCK * n_centers * (d == 0 ? 1 : d);
    uint64_t blocks = KMEANS_CANCEL_TERMS / terms;
    return blocks == 0 ? 1 : blocks;
}

/* dist[c * 16 + lane] = squared distance of the block's observations to n_centers centers (rows of
 * d doubles), terms added in the order of the dimensions, in double: bit for bit what a plain loop
 * gives. Lanes behind the last observation hold distances that mean nothing. */
void kernel_distances(const struct matrix *m, uint64_t block, const double *center,
                      uint32_t n_centers, double *dist);

/* From those distances, per lane: the smallest, and the number of its center; ties to the lower. */
void kernel_nearest(const double *dist, uint32_t n_centers, double *best, int64_t *which);

/* Below so many observations passes are too short to gain from an arrangement; a copy of more bytes
 * than this is not worth its memory. */
#define ARRANGE_LEAST 16384
#define ARRANGE_BYTES ((uint64_t)512 << 20)

/* A copy of the matrix in which the observations of each slice stand in another order. */
struct arrangement {
    float *data;
    uint32_t *row;  /* the observation that stands there */
    uint8_t *label; /* its label */
};

/* False, with nothing to release, when there is no room or no sense in it. */
bool arrangement_init(struct arrangement *a, const struct matrix *m) WARN_UNUSED;
void arrangement_release(struct arrangement *a);

/* One start on its way: what Lloyd's iteration changes. */
struct fit {
    const struct matrix *m;
    const struct kmeans_opts *opts;
    uint32_t k, d;
    uint32_t iterations;
    bool converged;
    const struct kernel *kernel;
    struct kernel_centers center; /* the centroids as it reads them */
    bool fused;                   /* this pass can use it */
    double *centroid;             /* k x d */
    uint8_t *label;               /* n */
    double *sum;                  /* k x d, this pass */
    uint64_t *count;              /* k */
    double *part;                 /* k, inertia */
    uint64_t changed;             /* labels, in this pass */
    bool exact;                   /* the centroids are means of fresh sums */
    bool refilled;                /* an emptied cluster took an observation, after this pass */
    double *before;               /* k x d, the centroids of the pass before */
    double moved;                 /* how far distances can have come closer, all passes together */
    double *limit;                /* blocks; while `moved` is below, its labels stay */
    double last_move;             /* by how much it last went up */
    struct arrangement *space;    /* borrowed; NULL when there is none */
    bool arrange;                 /* wanted, for the next pass */
    bool arranged;                /* done: */
    struct matrix seen;           /* the matrix as passes see it, arranged or not; borrowed */
    uint8_t *seen_label;          /* its labels; borrowed */
    bool summed;                  /* the slices' sums belong to the labels */
    bool fresh;                   /* they were summed afresh since the last label changed */
    double *slice_sum;            /* slices x k x d */
    uint64_t *slice_count;        /* slices x k */
    double *slice_part;           /* slices x k */
    uint64_t blocks_read;         /* see kmeans.h */
    uint64_t slice_read[KMEANS_SLICES];
    uint64_t slice_changed[KMEANS_SLICES];
    uint64_t slice_far[KMEANS_SLICES]; /* farthest observation of the slice, or UINT64_MAX */
    double slice_far_distance[KMEANS_SLICES];
};

/* One pass over all observations: labels of the nearest centroids; sums and counts follow, and are
 * made afresh when `summed` is not set. Errors: ERR_CANCELLED. */
int fit_assign(struct fit *f, struct err *err) WARN_UNUSED;

/* Arranges one slice for the centroids as they are. False when cancelled. */
bool fit_arrange_slice(struct fit *f, uint32_t slice) WARN_UNUSED;

/* Makes sums and counts afresh from the labels. Errors: ERR_CANCELLED. */
int fit_sum(struct fit *f, struct err *err) WARN_UNUSED;

/* Puts one observation into another cluster, whatever is nearest. */
void fit_move(struct fit *f, uint64_t i, uint8_t to);

/* Fills part[] for the labels and centroids as they are. Errors: ERR_CANCELLED. */
int fit_inertia(struct fit *f, struct err *err) WARN_UNUSED;

/* One k-means++ seeding: fills centroid (k x d) and returns how many seeds there are: fewer than k
 * when every observation equals a seed; -1 on error. `stream` is the number of the start. */
int seed_plusplus(const struct matrix *m, const struct kmeans_opts *opts, uint32_t k,
                  uint32_t stream, double *centroid, struct err *err) WARN_UNUSED;

#endif
