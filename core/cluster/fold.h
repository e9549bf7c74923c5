/* Private to k-means: one-hot dimensions folded into one constant a block; see fold.c. */
#ifndef MINNOW_CLUSTER_FOLD_H
#define MINNOW_CLUSTER_FOLD_H

#include "core/cluster/kmeans_impl.h"

#define FOLD_NONE UINT16_MAX

struct fold {
    uint32_t d, plain; /* dimensions, and how many of them are no indicators */
    uint16_t *dim;     /* d: all dimensions, the plain ones first */
    uint16_t
        *combination; /* blocks: which one of indicators all its observations share, or FOLD_NONE */
    uint32_t n;       /* combinations */
    float *value;     /* n x (d - plain): their values */
    struct arrangement space;
};

/* Moves observations of the matrix until most blocks share their indicators. False, with nothing to
 * release and the matrix as it was, when there are too few indicators or observations, too many
 * combinations, or no room. What comes out depends on the matrix alone. */
bool fold_init(struct fold *f, struct matrix *m, struct parallel *pool) WARN_UNUSED;

/* Puts observations and their labels (NULL: none) back. */
void fold_undo(struct fold *f, struct matrix *m, uint8_t *label, struct parallel *pool);
void fold_release(struct fold *f);

/* base[c * stride + place[t]] (place NULL: t) = what the indicators of combination c add to the squared
 * distance to center t < n_centers (rows of d doubles); row n, of blocks that share none, is 0. Other
 * places stay as they are. base has (n + 1) x stride numbers. */
void fold_bases(const struct fold *f, const double *center, uint32_t n_centers,
                const uint8_t *place, uint32_t stride, float *base, struct parallel *pool);

/* A block's row of base, and how many of its dimensions are still to be gone over. NULL for f: d, and
 * no row. */
static inline const float *fold_of(const struct fold *f, uint64_t block, const float *base,
                                   uint32_t stride, uint32_t *dims)
{
    uint32_t which = f->combination[block];
    *dims = which == FOLD_NONE ? f->d : f->plain;
    return base + (size_t)(which == FOLD_NONE ? f->n : which) * stride;
}

/* Fetches what is gone over of a block that is about to be. Always in place: gcc takes a function that only
 * prefetches for one without effect, and leaves its calls out. */
static inline __attribute__((always_inline)) void fold_fetch(const struct fold *f,
                                                             const struct matrix *m, uint64_t block)
{
    const float *x = (const float *)m->data + (size_t)block * MATRIX_BLOCK * m->d;
    uint32_t dims = f == NULL || f->combination[block] == FOLD_NONE ? m->d : f->plain;
    for (size_t j = 0; j < dims; j++)
        __builtin_prefetch(x + (f == NULL ? j : f->dim[j]) * MATRIX_BLOCK);
}

#endif
