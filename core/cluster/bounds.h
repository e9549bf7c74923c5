/* Private to k-means: how far centroids may move before a block's labels must be looked at again; see
 * bounds.c. Asked for each block in each pass, so these answers are given in place. */
#ifndef MINNOW_CLUSTER_BOUNDS_H
#define MINNOW_CLUSTER_BOUNDS_H

#include "core/cluster/kernel.h"
#include "core/recipe/recipe.h"
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define KMEANS_MAX_K RECIPE_MAX_K
#define BOUND_LESS   (1 - 0x1.0p-50) /* more than a few roundings */

/* How far centroids may move before a block's labels must be looked at again. Blocks number 0 and up;
 * a block's home is the cluster of all its observations, or k. */
#define BOUND_GROUPS 8
struct bounds {
    uint32_t k;
    uint32_t groups; /* of centroids, `span` of the kernel's groups in each */
    uint32_t stride; /* groups, or more: those behind the last never open */
    uint32_t span;
    uint8_t group[KMEANS_MAX_K]; /* of a centroid, as a bit */
    double moved, *odometer;     /* of all; of k + 1 homes x stride */
    float moved_up, *reading;    /* the same, rounded up: what limits are compared with */
    float *limit;                /* blocks: above moved_up the block stands */
    float *group_limit;          /* blocks x stride */
    uint16_t *home;              /* blocks */
    double last_move;            /* by how much `moved` last went up */
};

bool bounds_init(struct bounds *b, uint64_t blocks, uint32_t k) WARN_UNUSED;
void bounds_release(struct bounds *b);

/* Gives centroids their places beside those that lie near them. */
void bounds_group(struct bounds *b, struct kernel_centers *centers, const double *centroid,
                  uint32_t d);
void bounds_move(struct bounds *b, const struct kernel_centers *centers, const double *before,
                 const double *centroid, uint32_t d);

/* Nothing is known of the block. */
void bounds_forget(struct bounds *b, uint64_t block);

/* A limit as it is kept: not above x. Infinity stays what it is; a number that float does not hold becomes
 * no limit at all. */
static inline float bound_down(double x)
{
    return x > 1e38 && x < (double)__builtin_inff() ? 0 : (float)(x * (1 - 0x1.0p-23));
}

/* The first block from `block` on, before `end`, that may not stand; else end. */
static inline uint64_t bounds_next(const struct bounds *b, uint64_t block, uint64_t end)
{
#if defined(__SSE2__)
    const __m128 moved = _mm_set1_ps(b->moved_up);
    while (block + 4 <= end &&
           _mm_movemask_ps(_mm_cmpgt_ps(_mm_loadu_ps(b->limit + block), moved)) == 15)
        block += 4;
#endif
    while (block < end && b->limit[block] > b->moved_up)
        block++;
    return block;
}

/* The groups, as bits, in which a block may have found a nearer centroid. 0: it stands. Asked of blocks
 * that nobody could foretell the answer of, so it has no branches. */
static inline uint32_t bounds_open(struct bounds *b, uint64_t block)
{
    const float *reading = b->reading + (size_t)b->home[block] * b->stride;
    const float *limit = b->group_limit + (size_t)block * b->stride;
    float least = __builtin_inff();
    uint32_t open = 0, g = 0;
#if defined(__SSE2__)
    for (__m128 all = _mm_set1_ps(least); g + 4 <= b->stride; g += 4) {
        __m128 left = _mm_sub_ps(_mm_loadu_ps(limit + g), _mm_loadu_ps(reading + g));
        float lanes[4];
        open |= (uint32_t)_mm_movemask_ps(_mm_cmpngt_ps(left, _mm_setzero_ps())) << g;
        all = _mm_min_ps(all, left);
        left = _mm_min_ps(all, _mm_movehl_ps(all, all));
        _mm_storeu_ps(lanes, left);
        least = lanes[0] < lanes[1] ? lanes[0] : lanes[1];
    }
#endif
    for (; g < b->stride; g++) {
        float left = limit[g] - reading[g];
        open |= (uint32_t) !(left > 0) << g;
        least = left < least ? left : least;
    }
    if (open == 0)
        b->limit[block] = bound_down((b->moved + (double)least * (1 - 0x1.0p-22)) * BOUND_LESS);
    return open;
}

/* What is left of a block's limits, group by group: how much farther than its own centroid any of its
 * observations has another one of the group, at least. */
static inline void bounds_left(const struct bounds *b, uint64_t block, double *left)
{
    const double *reading = b->odometer + (size_t)b->home[block] * b->stride;
    for (uint32_t g = 0; g < b->groups; g++)
        left[g] = ((double)b->group_limit[block * b->stride + g] - reading[g]) * BOUND_LESS;
}

/* Its labels are right, and share `home`; `left` is what bounds_left is to give. */
static inline void bounds_set(struct bounds *b, uint64_t block, uint32_t home, const double *left)
{
    const double *reading = b->odometer + (size_t)home * b->stride;
    float *limit = b->group_limit + block * b->stride;
    double least = (double)__builtin_inff();
    for (uint32_t g = 0; g < b->groups; g++) {
        double its = left[g] > 0 ? left[g] : 0;
        limit[g] = bound_down((reading[g] + its) * BOUND_LESS);
        least = its < least ? its : least;
    }
    b->limit[block] = bound_down((b->moved + least) * BOUND_LESS);
    b->home[block] = (uint16_t)home;
}

#endif
