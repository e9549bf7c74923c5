/* Observations in an order that lets passes skip more blocks; see kmeans_impl.h.
 *
 * DESIGN
 * 1. A log's rows come as they happened, so most blocks hold a row that lies between two clusters, and
 *    one such row keeps its whole block from being skipped. Inside each slice rows are therefore put
 *    beside others of their cluster whose choice can stand about as much: a counting sort by cluster
 *    and by the slack's power of two, in units of the last move.
 * 2. The order is only a matter of speed: any order gives the same labels, and sums that are made
 *    afresh follow the matrix itself. It depends on the data alone: the steady slacks are the same
 *    bits at every level, which keeps sums the same between two that are made afresh.
 * 3. Without memory for the copy, or for a sort, the matrix is used as it stands: slower, the same
 *    labels. */
#include "core/cluster/kmeans_impl.h"

#include <math.h>

#include "core/base/mem.h"

#define STEPS 16 /* of slack, each the half of a power of two */

void arrangement_release(struct arrangement *a)
{
    mem_free(a->data);
    mem_free(a->row);
    mem_free(a->label);
    memset(a, 0, sizeof *a);
}

bool arrangement_init(struct arrangement *a, const struct matrix *m)
{
    uint64_t blocks = matrix_blocks(m);
    memset(a, 0, sizeof *a);
    if (m->wide || m->n < ARRANGE_LEAST || m->n > UINT32_MAX ||
        blocks * m->d * MATRIX_BLOCK * sizeof *a->data > ARRANGE_BYTES)
        return false;
    a->data = mem_alloc_aligned(blocks, (size_t)m->d * MATRIX_BLOCK * sizeof *a->data);
    a->row = mem_alloc(blocks, MATRIX_BLOCK * sizeof *a->row);
    a->label = mem_alloc(blocks, MATRIX_BLOCK * sizeof *a->label);
    if (a->data == NULL || a->row == NULL || a->label == NULL) {
        arrangement_release(a);
        return false;
    }
    memset(a->data + (size_t)(blocks - 1) * m->d * MATRIX_BLOCK, 0,
           (size_t)m->d * MATRIX_BLOCK * sizeof *a->data);
    return true;
}

/* Which of the steps a slack belongs to: 0 for the smallest. */
static uint32_t step_of(float slack, float unit)
{
    float moves = slack * unit;
    uint32_t bits;
    if (!(moves >= 1))
        return 0;
    memcpy(&bits, &moves, sizeof bits);
    bits = (bits >> 22) - (127u << 1) + 1;
    return bits < STEPS ? bits : STEPS - 1;
}

/* Fills row[] of a slice, whose first observation is `first` and which has n. */
static void sort_slice(const struct fit *f, const uint16_t *key, uint64_t first, uint64_t n)
{
    uint32_t start[KMEANS_MAX_K * STEPS + 1] = {0};
    for (uint64_t i = 0; i < n; i++)
        start[key[i] + 1]++;
    for (uint32_t group = 0; group < f->k * STEPS; group++)
        start[group + 1] += start[group];
    for (uint64_t i = 0; i < n; i++)
        f->space->row[first + start[key[i]]++] = (uint32_t)(first + i);
}

/* Copies one slice in the order of row[]. */
static void copy_slice(const struct fit *f, uint64_t first, uint64_t n)
{
    const struct arrangement *a = f->space;
    const float *from = f->m->data;
    for (uint64_t i = first; i < first + n; i++) {
        size_t at = matrix_at(f->m, i, 0), source = matrix_at(f->m, a->row[i], 0);
        for (uint32_t j = 0; j < f->d; j++)
            a->data[at + (size_t)j * MATRIX_BLOCK] = from[source + (size_t)j * MATRIX_BLOCK];
        a->label[i] = f->label[a->row[i]];
    }
}

/* key[] of a slice's blocks, in whole blocks. False when cancelled. */
static bool find_keys(struct fit *f, uint64_t begin, uint64_t end, uint16_t *key)
{
    float unit = f->last_move > 1e-30 && f->last_move < 1e30 ? (float)(1 / f->last_move) : 1;
    uint64_t pause = cancel_blocks(f->k, f->d);
    for (uint64_t b = begin; b < end; b++, key += MATRIX_BLOCK) {
        const float *x = (const float *)f->m->data + (size_t)b * MATRIX_BLOCK * f->d;
        uint8_t which[MATRIX_BLOCK];
        float slack[MATRIX_BLOCK];
        if (b % pause == 0 && job_cancelled(f->opts->job))
            return false;
        (void)f->kernel->steady(x, &f->center, which, slack);
        for (int lane = 0; lane < MATRIX_BLOCK; lane++)
            key[lane] = (uint16_t)(which[lane] * STEPS + step_of(slack[lane], unit));
    }
    return true;
}

bool fit_arrange_slice(struct fit *f, uint32_t slice)
{
    uint64_t blocks = matrix_blocks(f->m), begin = slice_begin(blocks, KMEANS_SLICES, slice);
    uint64_t end = slice_begin(blocks, KMEANS_SLICES, slice + 1), first = begin * MATRIX_BLOCK;
    uint64_t n = (end * MATRIX_BLOCK < f->m->n ? end * MATRIX_BLOCK : f->m->n) - first;
    uint16_t *key = mem_zalloc((size_t)(end - begin), MATRIX_BLOCK * sizeof *key);
    bool done = key == NULL || find_keys(f, begin, end, key);

    if (done && key != NULL)
        sort_slice(f, key, first, n);
    for (uint64_t i = first; key == NULL && i < first + n; i++)
        f->space->row[i] = (uint32_t)i;
    if (done)
        copy_slice(f, first, n);
    for (uint64_t b = begin; b < end; b++)
        f->limit[b] = 0;
    mem_free(key);
    return done;
}
