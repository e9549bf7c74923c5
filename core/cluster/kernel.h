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
 * last group filled up with centroids at infinity. Who stands beside whom is the caller's choice;
 * a single group stands in the order of the numbers. */
#define KERNEL_GROUP  8
#define KERNEL_GROUPS 32 /* 256 centroids */
#define KERNEL_NO_OWN UINT32_MAX

struct kernel_centers {
    float *at; /* groups x d x KERNEL_GROUP, 64-byte aligned; owned by whoever made it */
    uint8_t order[KERNEL_GROUPS * KERNEL_GROUP]; /* the centroid that stands at a place */
    uint8_t place[KERNEL_GROUPS * KERNEL_GROUP]; /* of a centroid */
    const uint16_t *dim; /* the dimension that stands j-th; NULL: j; borrowed */
    uint32_t d, groups;
    float shrink, stretch; /* a computed distance times these brackets the true one, ... */
    float margin;          /* ... but for this much, which rounding the centroids costs */
};

/* What the kernel found out about a block of observations. Units: distances, not squared. */
struct kernel_choice {
    uint8_t which[16]; /* the centroid a computed distance is smallest to */
    float slack[16];   /* how much farther the second is at least; 0: it may be nearer */
    float room[KERNEL_GROUPS][16]; /* the same for each group looked at, of its centroids alone, */
    float apart[KERNEL_GROUPS];    /* and the least of its lanes */
};

/* Compares up to KERNEL_BLOCKS blocks of observations (d x 16 floats each) with the centroids of
 * some groups, and each with the one at the place own[] unless that is KERNEL_NO_OWN; it stands in none of
 * these groups. Two blocks at once take less time than one after the other. */
#define KERNEL_BLOCKS 2
struct kernel_blocks {
    const float *x[KERNEL_BLOCKS];
    uint32_t n, dims; /* the dimensions that count, the first of centers->dim; the others are in: */
    const float *base[KERNEL_BLOCKS]; /* for each place, summand of its squared distance; when
                                         centers->dim is not NULL */
    uint32_t own[KERNEL_BLOCKS];
};
typedef void kernel_nearest_fn(const struct kernel_blocks *blocks,
                               const struct kernel_centers *centers, const uint8_t *group,
                               uint32_t n_groups, struct kernel_choice *out);

/* Candidates for a seed, at most 32. */
struct kernel_points {
    const float *at; /* n x stride */
    uint32_t n, stride;
    uint32_t dims;       /* the dimensions that count; as in kernel_blocks: */
    const uint16_t *dim; /* or NULL */
    const float *base;   /* n, when dim is not NULL */
};

/* For seeding, in float: nearest[16] are squared distances to the nearest seed so far. sum[c]: over the
 * block's lanes, the lesser of nearest and the squared distance to candidate c, lanes i and
 * i + 8 added first, then i and i + 4, and so on. Bit c of the result is set when any lane lies closer to
 * candidate c than its nearest. */
typedef uint32_t kernel_try_fn(const float *x, const struct kernel_points *points,
                               const float *nearest, float *sum);

/* The same for one candidate that is to stay: nearest[16] becomes the lesser distance. Returns the sum of
 * nearest. */
typedef float kernel_take_fn(const float *x, const struct kernel_points *point, float *nearest);

/* Adds the values of a block's first `lanes` observations to the sums (rows of d) of their labels, one
 * after another. */
typedef void kernel_add_fn(const float *x, uint32_t d, const uint8_t *label, uint32_t lanes,
                           double *sum);

/* Sums that come out the same in whatever order terms are added and taken away: each term is cut into
 * a multiple of a coarse step and one of a fine step, and either kind adds up without rounding.
 * Source: J. Demmel and H. D. Nguyen, "Fast reproducible floating-point summation", ARITH 2013. */
struct kernel_steps {
    double *coarse, *fine; /* d each: adding one and taking it away rounds to the step */
};

/* Raises largest[d x 16] to the absolute values of a block. */
typedef void kernel_raise_fn(const float *x, uint32_t d, float *largest);

/* Like add, to such sums. */
typedef void kernel_tally_fn(const float *x, uint32_t d, const uint8_t *label, uint32_t lanes,
                             const struct kernel_steps *steps, double *high, double *low);

/* Moves one observation, the first lane of x, from one label's sums to another's. */
typedef void kernel_shift_fn(const float *x, uint32_t d, const struct kernel_steps *steps,
                             double *high, double *low, uint32_t to, uint32_t from);

/* dist[16] = squared distances of the block's observations to a center. */
typedef void kernel_reach_fn(const float *x, uint32_t d, const double *center, double *dist);

struct kernel {
    const char *name;
    kernel_nearest_fn *nearest; /* NULL when this build has no such kernel */
    kernel_try_fn *try;
    kernel_take_fn *take;
    kernel_add_fn *add;
    kernel_raise_fn *raise;
    kernel_tally_fn *tally;
    kernel_shift_fn *shift;
    kernel_reach_fn *reach;
};

extern const struct kernel kernel_sse2, kernel_avx2, kernel_avx512;

/* The kernel for the widest vectors that the processor has and MINNOW_SIMD allows (base/simd.h). NULL
 * with ERR_USAGE as simd_asked has it. */
const struct kernel *kernel_choose(struct err *err) WARN_UNUSED;

/* Places k centroids in the order of their numbers. */
void kernel_centers_init(struct kernel_centers *out, uint32_t k);

/* Fills `out` with k centroids (k x d, row-major), each at its place, dimensions in the order of dim. False when one is not finite or so large that a
 * float distance means nothing: then `out` must not be used. out->at holds room for kernel_room
 * floats. */
size_t kernel_room(uint32_t k, uint32_t d);
bool kernel_centers_set(struct kernel_centers *out, const double *centroid, uint32_t k, uint32_t d);

#endif
