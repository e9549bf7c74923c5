/* One pass of Lloyd's iteration; see kmeans_impl.h.
 *
 * DESIGN
 * 1. Labels are those of double arithmetic. The fused kernel proposes one and says how sure it is;
 *    where it is not, and for matrices of doubles, the double kernel decides.
 * 2. A block keeps how much all its choices can stand: `limit`, on the odometer `moved`, which goes up
 *    with every pass by as much as the distances to two centroids can come closer to each other: the
 *    largest move and the second largest. Until the odometer reaches the limit, no label of the block
 *    can change, and the block is not looked at. Everything is rounded to the safe side; what the
 *    kernel keeps back of its slack covers the rounding of double distances.
 * 3. Blocks are those of the matrix, or of its arrangement (arrange.c), whose rows stand elsewhere in
 *    their slice. `seen` and `seen_label` are what a pass goes over; `label` is always by observation.
 * 4. Sums follow the labels: an observation that changes its cluster is taken from one sum and added
 *    to the other, in double, slice by slice. What rounding leaves behind is swept away by summing
 *    afresh, every so many passes and at the end. Slices do not depend on threads, and labels do not
 *    depend on the kernel, so the sums depend on neither. */
#include "core/cluster/kmeans_impl.h"

#include <math.h>

/* The nearest centroids of a block in double, for the lanes that are not sure. */
static void decide(const struct fit *f, uint64_t block, const float *slack, uint8_t *which)
{
    double dist[KMEANS_MAX_K * MATRIX_BLOCK], best[MATRIX_BLOCK];
    int64_t nearest[MATRIX_BLOCK];

    kernel_distances(&f->seen, block, f->centroid, f->k, dist);
    kernel_nearest(dist, f->k, best, nearest);
    for (int lane = 0; lane < MATRIX_BLOCK; lane++)
        if (!(slack[lane] > 0))
            which[lane] = (uint8_t)nearest[lane];
}

/* which[16] of a block; returns the smallest slack of its lanes. */
static double nearest_of(const struct fit *f, uint64_t block, uint8_t *which)
{
    float slack[MATRIX_BLOCK] = {0}, least = 0;
    const float *x = (const float *)f->seen.data + (size_t)block * MATRIX_BLOCK * f->d;

    if (f->fused)
        least = f->kernel->nearest(x, &f->center, which, slack);
    if (!(least > 0))
        decide(f, block, slack, which);
    return (double)least;
}

/* Adds an observation's values to `to`, and takes them from `from` unless that is NULL. */
static void move_sums(const struct matrix *m, size_t at, double *to, double *from)
{
    for (uint32_t j = 0; j < m->d; j++, at += MATRIX_BLOCK) {
        double x = m->wide ? ((const double *)m->data)[at] : (double)((const float *)m->data)[at];
        to[j] += x;
        if (from != NULL)
            from[j] -= x;
    }
}

/* New labels of a block; returns how many changed. */
static uint64_t relabel(const struct fit *f, uint64_t block, const uint8_t *which, uint32_t slice)
{
    uint8_t *label = f->seen_label + block * MATRIX_BLOCK;
    uint64_t *count = f->slice_count + (size_t)slice * f->k, changed = 0;
    double *sum = f->slice_sum + (size_t)slice * f->k * f->d;
    size_t at = (size_t)block * MATRIX_BLOCK * f->d;
    for (uint32_t lane = 0; lane < block_lanes(f->m, block); lane++) {
        if (label[lane] == which[lane])
            continue;
        changed++;
        if (f->summed) {
            count[label[lane]]--;
            count[which[lane]]++;
            move_sums(&f->seen, at + lane, sum + (size_t)which[lane] * f->d,
                      sum + (size_t)label[lane] * f->d);
        }
        label[lane] = which[lane];
        if (f->arranged)
            f->label[f->space->row[block * MATRIX_BLOCK + lane]] = which[lane];
    }
    return changed;
}

/* Labels of one slice. */
static void assign_slice(void *user, uint32_t slice)
{
    struct fit *f = user;
    uint64_t blocks = matrix_blocks(f->m);
    uint64_t end = slice_begin(blocks, KMEANS_SLICES, slice + 1);
    uint64_t pause = cancel_blocks(f->k, f->d), changed = 0, read = 0;

    if (f->arrange && !fit_arrange_slice(f, slice))
        return;
    for (uint64_t b = slice_begin(blocks, KMEANS_SLICES, slice); b < end; b++) {
        uint8_t which[MATRIX_BLOCK];
        if (b % pause == 0 && job_cancelled(f->opts->job))
            return;
        if (f->limit[b] > f->moved)
            continue;
        read++;
        f->limit[b] = (f->moved + nearest_of(f, b, which)) * (1 - 0x1.0p-52);
        if (memcmp(f->seen_label + b * MATRIX_BLOCK, which, block_lanes(f->m, b)) != 0)
            changed += relabel(f, b, which, slice);
    }
    f->slice_changed[slice] = changed;
    f->slice_read[slice] = read;
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
        for (uint32_t lane = 0; lane < lanes; lane++) {
            count[label[lane]]++;
            move_sums(f->m, (size_t)b * MATRIX_BLOCK * f->d + lane,
                      sum + (size_t)label[lane] * f->d, NULL);
        }
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
    f->last_move = (sqrt(first) + sqrt(second)) * rounding;
    if (first > 0)
        f->moved = nextafter(f->moved + f->last_move, INFINITY);
    memcpy(f->before, f->centroid, (size_t)f->k * f->d * sizeof *f->before);
}

int fit_assign(struct fit *f, struct err *err)
{
    f->fused = !f->m->wide && kernel_centers_set(&f->center, f->centroid, f->k, f->d);
    add_moves(f);
    f->arrange = f->arrange && f->fused && f->space != NULL;
    if (f->arrange) {
        f->arranged = true;
        f->seen.data = f->space->data;
        f->seen_label = f->space->label;
    }
    parallel_run(f->opts->pool, KMEANS_SLICES, assign_slice, f);
    f->arrange = false;
    for (uint32_t s = 0; s < KMEANS_SLICES; s++)
        f->blocks_read += f->slice_read[s];
    if (job_cancelled(f->opts->job))
        return job_stopped(err);
    if (!f->summed)
        return fit_sum(f, err);
    f->fresh = false;
    add_slices(f);
    return 0;
}

int fit_sum(struct fit *f, struct err *err)
{
    parallel_run(f->opts->pool, KMEANS_SLICES, sum_slice, f);
    if (job_cancelled(f->opts->job))
        return job_stopped(err);
    add_slices(f);
    f->summed = true;
    f->fresh = true;
    return 0;
}

void fit_move(struct fit *f, uint64_t i, uint8_t to)
{
    uint64_t blocks = matrix_blocks(f->m), block = i / MATRIX_BLOCK, at = i;
    uint8_t which[MATRIX_BLOCK] = {0};
    uint32_t slice = 0;
    while (slice + 1 < KMEANS_SLICES && slice_begin(blocks, KMEANS_SLICES, slice + 1) <= block)
        slice++;
    if (f->arranged)
        for (at = slice_begin(blocks, KMEANS_SLICES, slice) * MATRIX_BLOCK;
             f->space->row[at] != (uint32_t)i;)
            at++;
    block = at / MATRIX_BLOCK;
    memcpy(which, f->seen_label + block * MATRIX_BLOCK, block_lanes(f->m, block));
    which[at % MATRIX_BLOCK] = to;
    (void)relabel(f, block, which, slice);
    f->limit[block] = 0; /* the label is no choice of the kernel */
    f->fresh = false;
    add_slices(f);
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
