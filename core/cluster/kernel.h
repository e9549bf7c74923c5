/* Private to k-means: the one fused kernel that chooses the nearest centroid, in float, for several
 * kinds of vector unit.
 *
 * A float distance may be wrong, so a choice comes with its slack: how much farther the second
 * nearest centroid is, at least, after everything that rounding may have done. A slack above 0
 * proves that the choice is the one that exact arithmetic makes, and that double arithmetic makes
 * too. Without that proof the caller asks the double kernel. So labels do not depend on the level. */
#ifndef MINNOW_CLUSTER_KERNEL_H
#define MINNOW_CLUSTER_KERNEL_H

#include "core/base/err.h"

/* Centroids as the kernel reads them: rounded to float, in groups of KERNEL_GROUP side by side, the
 * last group filled up with centroids at infinity. */
#define KERNEL_GROUP 4

struct kernel_centers {
    float *at; /* groups x d x KERNEL_GROUP, 64-byte aligned; owned by whoever made it */
    uint32_t d, groups;
    float shrink, stretch; /* a computed distance times these brackets the true one, ... */
    float margin;          /* ... but for this much, which rounding the centroids costs */
};

/* One block of observations (d x 16 floats): which[16], the centroid a computed distance is smallest
 * to, and slack[16], 0 where that may be wrong. Units: distances, not squared. Returns the smallest
 * slack. */
typedef float kernel_nearest_fn(const float *x, const struct kernel_centers *centers,
                                uint8_t *which, float *slack);

/* For seeding, in double. sum[c]: over the block's lanes, the lesser of nearest[16] and the squared
 * distance to center c (rows of d doubles), lanes i and i + 8 added first, then i and i + 4, and so on.
 * Bit c of the result is set when any lane lies closer to center c than its nearest. At most 32
 * centers. */
typedef uint32_t kernel_try_fn(const float *x, uint32_t d, const double *center, uint32_t n_centers,
                               const double *nearest, double *sum);

/* The same for one center that is to stay: nearest[16] becomes the lesser. Returns the sum. */
typedef double kernel_take_fn(const float *x, uint32_t d, const double *center, double *nearest);

struct kernel {
    const char *name;
    kernel_nearest_fn *nearest; /* NULL when this build has no such kernel */
    kernel_nearest_fn *steady;  /* the same, slower: slacks are the same bits at every level */
    kernel_try_fn *try;
    kernel_take_fn *take;
};

extern const struct kernel kernel_sse2, kernel_avx2, kernel_avx512;

/* The kernel for the widest vectors that the processor has, or the one that the environment
 * variable MINNOW_SIMD names (sse2, avx2, avx512). NULL with ERR_USAGE when that is no name or the
 * processor lacks it. */
const struct kernel *kernel_choose(struct err *err) WARN_UNUSED;

/* Fills `out` with k centroids (k x d, row-major). False when one is not finite or so large that a
 * float distance means nothing: then `out` must not be used. out->at holds room for kernel_room
 * floats. */
size_t kernel_room(uint32_t k, uint32_t d);
bool kernel_centers_set(struct kernel_centers *out, const double *centroid, uint32_t k, uint32_t d);

#endif
