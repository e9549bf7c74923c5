/* How long the labels of a block can stand; see bounds.h.
 *
 * Source: Y. Ding et al., "Yinyang K-means: a drop-in replacement of the classic K-means with consistent
 * speedup", ICML 2015: bounds for groups of centroids that lie close together. Here they are kept for
 * blocks of observations.
 *
 * DESIGN
 * 1. Odometers go up with every pass. `moved` takes the largest and the second largest move: by so much
 *    can any two distances have come closer. For a block whose observations share a cluster, and a
 *    group of centroids, it is the cluster's own move and the group's largest; where they do not share
 *    one, the largest of all and the group's. An odometer never shows less than the truth.
 * 2. A block keeps the reading up to which it stands, of `moved` and of each group's odometer. Below the
 *    first nothing else is looked at. Otherwise the groups are asked, and none may be open.
 * 3. When the block is compared with the open groups alone, the others keep what is left of theirs: who
 *    goes over to a nearer centroid only comes away from them. What is left is carried over to the
 *    odometers of the block's new cluster.
 * 4. All is rounded to the safe side; limits are kept and compared in float. What the kernel keeps back of its slack covers that distances in
 *    double, which labels follow, are rounded too. */
#include "core/cluster/bounds.h"

#include <math.h>

#include "core/base/mem.h"

#define MORE   (1 + 0x1.0p-51)
#define VECTOR 4 /* groups that are compared at once */

void bounds_release(struct bounds *b)
{
    mem_free(b->limit);
    mem_free(b->group_limit);
    mem_free(b->home);
    mem_free(b->odometer);
    mem_free(b->reading);
    memset(b, 0, sizeof *b);
}

bool bounds_init(struct bounds *b, uint64_t blocks, uint32_t k)
{
    uint32_t groups = (k + KERNEL_GROUP - 1) / KERNEL_GROUP;
    memset(b, 0, sizeof *b);
    b->k = k;
    b->span = (groups + BOUND_GROUPS - 1) / BOUND_GROUPS;
    b->groups = (groups + b->span - 1) / b->span;
    b->stride = b->groups == 1 ? 1 : (b->groups + VECTOR - 1) / VECTOR * VECTOR;
    b->limit = mem_zalloc((size_t)blocks, sizeof *b->limit);
    b->group_limit = mem_zalloc((size_t)blocks, b->stride * sizeof *b->group_limit);
    b->home = mem_zalloc((size_t)blocks, sizeof *b->home);
    b->odometer = mem_zalloc((size_t)(k + 1) * b->stride, sizeof *b->odometer);
    b->reading = mem_zalloc((size_t)(k + 1) * b->stride, sizeof *b->reading);
    if (b->limit == NULL || b->group_limit == NULL || b->home == NULL || b->odometer == NULL ||
        b->reading == NULL) {
        bounds_release(b);
        return false;
    }
    for (uint64_t block = 0; block < blocks; block++)
        for (uint32_t g = b->groups; g < b->stride; g++)
            b->group_limit[block * b->stride + g] = INFINITY;
    return true;
}

void bounds_forget(struct bounds *b, uint64_t block)
{
    b->limit[block] = 0;
    for (uint32_t g = 0; g < b->groups; g++)
        b->group_limit[block * b->stride + g] = 0;
    b->home[block] = (uint16_t)b->k;
}

/* Squared distance of two rows of d. */
static double gap(const double *a, const double *b, uint32_t d)
{
    double sum = 0;
    for (uint32_t j = 0; j < d; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

/* The centroid without a place that lies nearest to `head`. */
static uint32_t nearest_left(const double *centroid, uint32_t k, uint32_t d, const double *head,
                             const bool *placed)
{
    double least = INFINITY;
    uint32_t which = k;
    for (uint32_t c = 0; c < k; c++) {
        double x = placed[c] ? INFINITY : gap(centroid + (size_t)c * d, head, d);
        if (!placed[c] && (which == k || x < least)) {
            least = x;
            which = c;
        }
    }
    return which;
}

/* Each group takes the first centroid that is left and its nearest neighbours. */
void bounds_group(struct bounds *b, struct kernel_centers *centers, const double *centroid,
                  uint32_t d)
{
    bool placed[KMEANS_MAX_K] = {false};
    const double *head = centroid;
    kernel_centers_init(centers, b->k);
    for (uint32_t at = b->k <= KERNEL_GROUP ? b->k : 0; at < b->k; at++) {
        uint32_t c = 0;
        if (at % (b->span * KERNEL_GROUP) == 0) {
            while (placed[c])
                c++;
            head = centroid + (size_t)c * d;
        } else {
            c = nearest_left(centroid, b->k, d, head, placed);
        }
        placed[c] = true;
        b->group[c] = (uint8_t)(1 << at / (b->span * KERNEL_GROUP));
        centers->order[at] = (uint8_t)c;
        centers->place[c] = (uint8_t)at;
    }
}

/* The largest move in a group, not counting centroid `but`. */
static double largest_move(const struct bounds *b, const struct kernel_centers *centers,
                           const double *move, uint32_t group, uint32_t but)
{
    uint32_t at = group * b->span * KERNEL_GROUP, end = at + b->span * KERNEL_GROUP;
    double largest = 0;
    for (; at < end && at < b->k; at++) {
        uint32_t c = centers->order[at];
        largest = c != but && move[c] > largest ? move[c] : largest;
    }
    return largest;
}

/* As float, not below x. */
static float up(double x)
{
    return (float)(x * (1 + 0x1.0p-22));
}

/* Turns the odometers: centroids have moved from `before` to `centroid`. */
void bounds_move(struct bounds *b, const struct kernel_centers *centers, const double *before,
                 const double *centroid, uint32_t d)
{
    double move[KMEANS_MAX_K + 1], first = 0, second = 0, rounding = 1 + (d + 8) * 0x1.0p-52;
    for (uint32_t c = 0; c < b->k; c++) {
        move[c] = sqrt(gap(centroid + (size_t)c * d, before + (size_t)c * d, d)) * rounding;
        if (move[c] > first) {
            second = first;
            first = move[c];
        } else if (move[c] > second) {
            second = move[c];
        }
    }
    move[b->k] = first;
    b->last_move = first + second;
    if (!(first > 0))
        return;
    b->moved = (b->moved + b->last_move) * MORE;
    b->moved_up = up(b->moved);
    for (uint32_t g = 0; g < b->groups; g++) {
        double all = largest_move(b, centers, move, g, b->k);
        for (uint32_t home = 0; home <= b->k; home++) {
            double *odometer = b->odometer + (size_t)home * b->stride + g, its = all;
            if (home < b->k && move[home] >= all && move[home] > 0)
                its = largest_move(b, centers, move, g, home);
            *odometer = (*odometer + (move[home] + its)) * MORE;
            b->reading[(size_t)home * b->stride + g] = up(*odometer);
        }
    }
}
