/* One pass of Lloyd's iteration; see kmeans_impl.h.
 *
 * DESIGN
 * 1. Labels are those of double arithmetic. The fused kernel proposes one and says how sure it is;
 *    where it is not, and for matrices of doubles, the double kernel decides.
 * 2. A block keeps how much all its choices can stand: `limit`, on the odometer `moved`, which goes up
 *    with every pass by as much as the distances to two centroids can come closer to each other: the
 *    largest move and the second largest. Until the odometer reaches the limit, no label of the block
 *    can change, and the block is not looked at. Everything is rounded to the safe side; what the
 *    kernel keeps back of its slack covers the rounding of double distances. */
#include "core/cluster/kmeans_impl.h"

#include <math.h>

/* The nearest centroids of a block in double, for the lanes that are not sure. */
static void decide(const struct fit *f, uint64_t block, const float *slack, uint8_t *which)
{
    double dist[KMEANS_MAX_K * MATRIX_BLOCK], best[MATRIX_BLOCK];
    int64_t nearest[MATRIX_BLOCK];

    kernel_distances(f->m, block, f->centroid, f->k, dist);
    kernel_nearest(dist, f->k, best, nearest);
    for (int lane = 0; lane < MATRIX_BLOCK; lane++)
        if (!(slack[lane] > 0))
            which[lane] = (uint8_t)nearest[lane];
}

/* which[16] of a block; returns the smallest slack of its lanes. */
static double nearest_of(const struct fit *f, uint64_t block, uint8_t *which)
{
    float slack[MATRIX_BLOCK] = {0}, least = 0;
    const float *x = (const float *)f->m->data + (size_t)block * MATRIX_BLOCK * f->d;

    if (f->fused)
        least = f->kernel->nearest(x, &f->center, which, slack);
    if (!(least > 0))
        decide(f, block, slack, which);
    return (double)least;
}

/* Labels of one slice. */
static void assign_slice(void *user, uint32_t slice)
{
    struct fit *f = user;
    uint64_t blocks = matrix_blocks(f->m);
    uint64_t end = slice_begin(blocks, KMEANS_SLICES, slice + 1);
    uint64_t pause = cancel_blocks(f->k, f->d), changed = 0;

    for (uint64_t b = slice_begin(blocks, KMEANS_SLICES, slice); b < end; b++) {
        uint8_t *label = f->label + b * MATRIX_BLOCK, which[MATRIX_BLOCK];
        uint32_t lanes = block_lanes(f->m, b);
        if (b % pause == 0 && job_cancelled(f->opts->job))
            return;
        if (f->limit[b] > f->moved)
            continue;
        f->limit[b] = (f->moved + nearest_of(f, b, which)) * (1 - 0x1.0p-52);
        if (memcmp(label, which, lanes) == 0)
            continue;
        for (uint32_t lane = 0; lane < lanes; lane++)
            changed += label[lane] != which[lane];
        memcpy(label, which, lanes);
    }
    f->slice_changed[slice] = changed;
}

/* Adds the block's first `lanes` observations to their clusters' sums. */
static void block_sums(const struct fit *f, uint64_t block, const uint8_t *which, uint32_t lanes,
                       double *sum)
{
    size_t at = (size_t)block * MATRIX_BLOCK * f->d;
    for (uint32_t lane = 0; lane < lanes; lane++) {
        double *to = sum + (size_t)which[lane] * f->d;
        if (f->m->wide) {
            const double *x = (const double *)f->m->data + at + lane;
            for (uint32_t j = 0; j < f->d; j++)
                to[j] += x[(size_t)j * MATRIX_BLOCK];
        } else {
            const float *x = (const float *)f->m->data + at + lane;
            for (uint32_t j = 0; j < f->d; j++)
                to[j] += (double)x[(size_t)j * MATRIX_BLOCK];
        }
    }
}

/* Sums and counts of one slice, for the labels as they are. */
static void sum_slice(void *user, uint32_t slice)
{
    struct fit *f = user;
    uint64_t blocks = matrix_blocks(f->m);
    uint64_t end = slice_begin(blocks, KMEANS_SLICES, slice + 1);
    uint64_t pause = cancel_blocks(1, f->d);
    double *sum = f->slice_sum + (size_t)slice * f->k * f->d;
    uint64_t *count = f->slice_count + (size_t)slice * f->k;

    memset(sum, 0, (size_t)f->k * f->d * sizeof *sum);
    memset(count, 0, f->k * sizeof *count);
    for (uint64_t b = slice_begin(blocks, KMEANS_SLICES, slice); b < end; b++) {
        const uint8_t *label = f->label + b * MATRIX_BLOCK;
        uint32_t lanes = block_lanes(f->m, b);
        if (b % pause == 0 && job_cancelled(f->opts->job))
            return;
        for (uint32_t lane = 0; lane < lanes; lane++)
            count[label[lane]]++;
        block_sums(f, b, label, lanes, sum);
    }
}

/* The slices' sums, counts and changes, added up in their order. */
static void add_slices(struct fit *f)
{
    size_t cells = (size_t)f->k * f->d;
    memset(f->sum, 0, cells * sizeof *f->sum);
    memset(f->count, 0, f->k * sizeof *f->count);
    f->changed = 0;
    for (uint32_t s = 0; s < KMEANS_SLICES; s++) {
        for (size_t i = 0; i < cells; i++)
            f->sum[i] += f->slice_sum[s * cells + i];
        for (uint32_t c = 0; c < f->k; c++)
            f->count[c] += f->slice_count[(size_t)s * f->k + c];
        f->changed += f->slice_changed[s];
    }
}

/* Turns the odometer: centroids have moved from `before` to where they are. */
static void add_moves(struct fit *f)
{
    double first = 0, second = 0, rounding = 1 + (f->d + 8) * 0x1.0p-52;
    for (uint32_t c = 0; c < f->k; c++) {
        double move = 0;
        for (uint32_t j = 0; j < f->d; j++) {
            size_t at = (size_t)c * f->d + j;
            move += (f->centroid[at] - f->before[at]) * (f->centroid[at] - f->before[at]);
        }
        if (move > first) {
            second = first;
            first = move;
        } else if (move > second) {
            second = move;
        }
    }
    if (first > 0)
        f->moved = nextafter(f->moved + (sqrt(first) + sqrt(second)) * rounding, INFINITY);
    memcpy(f->before, f->centroid, (size_t)f->k * f->d * sizeof *f->before);
}

int fit_assign(struct fit *f, struct err *err)
{
    f->fused = !f->m->wide && kernel_centers_set(&f->center, f->centroid, f->k, f->d);
    add_moves(f);
    parallel_run(f->opts->pool, KMEANS_SLICES, assign_slice, f);
    if (!job_cancelled(f->opts->job))
        parallel_run(f->opts->pool, KMEANS_SLICES, sum_slice, f);
    if (job_cancelled(f->opts->job))
        return job_stopped(err);
    add_slices(f);
    return 0;
}

/* Inertia of one slice's observations. */
static void inertia_slice(void *user, uint32_t slice)
{
    struct fit *f = user;
    uint64_t blocks = matrix_blocks(f->m);
    uint64_t i = slice_begin(blocks, KMEANS_SLICES, slice) * MATRIX_BLOCK;
    uint64_t end = slice_begin(blocks, KMEANS_SLICES, slice + 1) * MATRIX_BLOCK;
    double *part = f->slice_part + (size_t)slice * f->k;

    memset(part, 0, f->k * sizeof *part);
    for (; i < end && i < f->m->n; i++) {
        uint32_t c = f->label[i];
        if (i % 1024 == 0 && job_cancelled(f->opts->job))
            return;
        part[c] += kmeans_distance2(f->m, i, f->centroid + (size_t)c * f->d);
    }
}

int fit_inertia(struct fit *f, struct err *err)
{
    parallel_run(f->opts->pool, KMEANS_SLICES, inertia_slice, f);
    if (job_cancelled(f->opts->job))
        return job_stopped(err);
    memset(f->part, 0, f->k * sizeof *f->part);
    for (uint32_t s = 0; s < KMEANS_SLICES; s++)
        for (uint32_t c = 0; c < f->k; c++)
            f->part[c] += f->slice_part[(size_t)s * f->k + c];
    return 0;
}
