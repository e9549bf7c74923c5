/* Private to k-means: how far centroids may move before a block's labels must be looked at again; see
 * bounds.c. Asked for each block in each pass, so these answers are given in place. */
#ifndef MINNOW_CLUSTER_BOUNDS_H
#define MINNOW_CLUSTER_BOUNDS_H

#include "core/cluster/kernel.h"
#include "core/recipe/recipe.h"

#define KMEANS_MAX_K RECIPE_MAX_K
#define BOUND_LESS   (1 - 0x1.0p-50) /* more than a few roundings */

/* How far centroids may move before a block's labels must be looked at again. Blocks number 0 and up;
 * a block's home is the cluster of all its observations, or k. */
#define BOUND_GROUPS 8
struct bounds {
    uint32_t k;
    uint32_t groups; /* of centroids, `span` of the kernel's groups in each */
    uint32_t span;
    uint8_t group[KMEANS_MAX_K]; /* of a centroid, as a bit */
    double moved;                /* odometers: of all, */
    double *odometer;            /* k + 1 homes x groups */
    float *limit;                /* blocks: while `moved` is below, the block stands */
    float *group_limit;          /* blocks x groups */
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

/* Its labels share their home, but must be looked at. */
void bounds_forget_limits(struct bounds *b, uint64_t block);

/* A limit as it is kept: not above x. Infinity stays what it is; a number that float does not hold becomes
 * no limit at all. */
static inline float bound_down(double x)
{
    return x > 1e38 && x < (double)__builtin_inff() ? 0 : (float)(x * (1 - 0x1.0p-23));
}

/* The groups, as bits, in which a block may have found a nearer centroid. 0: it stands. */
static inline uint32_t bounds_open(struct bounds *b, uint64_t block)
{
    const double *reading = b->odometer + (size_t)b->home[block] * b->groups;
    const float *limit = b->group_limit + block * b->groups;
    double least = (double)__builtin_inff();
    uint32_t open = 0;
    for (uint32_t g = 0; g < b->groups; g++) { /* without branches, which nobody could foretell */
        double left = (double)limit[g] - reading[g];
        open |= (uint32_t) !(left > 0) << g;
        least = left < least ? left : least;
    }
    if (open == 0)
        b->limit[block] = bound_down((b->moved + least) * BOUND_LESS);
    return open;
}

/* What is left of a block's limits, group by group: how much farther than its own centroid any of its
 * observations has another one of the group, at least. */
static inline void bounds_left(const struct bounds *b, uint64_t block, double *left)
{
    const double *reading = b->odometer + (size_t)b->home[block] * b->groups;
    for (uint32_t g = 0; g < b->groups; g++)
        left[g] = ((double)b->group_limit[block * b->groups + g] - reading[g]) * BOUND_LESS;
}

/* Its labels are right, and share `home`; `left` is what bounds_left is to give. */
static inline void bounds_set(struct bounds *b, uint64_t block, uint32_t home, const double *left)
{
    const double *reading = b->odometer + (size_t)home * b->groups;
    float *limit = b->group_limit + block * b->groups;
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
