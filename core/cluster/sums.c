/* What the clusters of each slice add up to; see kmeans_impl.h.
 *
 * DESIGN
 * 1. Of few observations, and of doubles, sums are plain: one after another, in their order, afresh in
 *    each pass.
 * 2. Of many they are made once and then follow the label changes. They are exact but for what lies 2^50
 *    below the slice's largest value, so neither order nor history shows in them, and a mean of few
 *    observations is as good after many changes as before. Where plain sums do not round, they are equal.
 * 3. Slices are added in their order. */
#include "core/cluster/kmeans_impl.h"

#include <math.h>

#include "core/base/mem.h"

void sums_release(struct sums *s)
{
    mem_free(s->plain);
    mem_free(s->high);
    mem_free(s->low);
    mem_free(s->coarse);
    mem_free(s->fine);
    mem_free(s->largest);
    mem_free(s->count);
    memset(s, 0, sizeof *s);
}

bool sums_init(struct sums *s, uint32_t k, uint32_t d, bool runs)
{
    size_t cells = (size_t)k * d * KMEANS_SLICES, dims = (size_t)d * KMEANS_SLICES;
    memset(s, 0, sizeof *s);
    s->k = k;
    s->d = d;
    s->plain = mem_zalloc(runs ? 1 : cells, sizeof *s->plain);
    s->count = mem_zalloc((size_t)k * KMEANS_SLICES, sizeof *s->count);
    if (runs) {
        s->high = mem_zalloc(cells, sizeof *s->high);
        s->low = mem_zalloc(cells, sizeof *s->low);
        s->coarse = mem_zalloc(dims, sizeof *s->coarse);
        s->fine = mem_zalloc(dims, sizeof *s->fine);
        s->largest = mem_alloc_aligned(dims, MATRIX_BLOCK * sizeof *s->largest);
    }
    if (s->plain == NULL || s->count == NULL ||
        (runs && (s->high == NULL || s->low == NULL || s->coarse == NULL || s->fine == NULL ||
                  s->largest == NULL))) {
        sums_release(s);
        return false;
    }
    return true;
}

static void clear_counts(struct sums *s, uint32_t slice)
{
    memset(s->count + (size_t)slice * s->k, 0, s->k * sizeof *s->count);
}

void sums_clear(struct sums *s, uint32_t slice)
{
    size_t cells = (size_t)s->k * s->d;
    memset(s->plain + slice * cells, 0, cells * sizeof *s->plain);
    clear_counts(s, slice);
}

void sums_add(struct sums *s, const struct kernel *kernel, const struct matrix *m, uint64_t block,
              const uint8_t *label, uint32_t slice)
{
    double *sum = s->plain + (size_t)slice * s->k * s->d;
    uint64_t *count = s->count + (size_t)slice * s->k;
    uint32_t lanes = block_lanes(m, block);
    size_t at = (size_t)block * MATRIX_BLOCK * s->d;

    for (uint32_t lane = 0; lane < lanes; lane++) {
        count[label[lane]]++;
        for (uint32_t j = 0; m->wide && j < s->d; j++)
            sum[(size_t)label[lane] * s->d + j] +=
                ((const double *)m->data)[at + (size_t)j * MATRIX_BLOCK + lane];
    }
    if (!m->wide)
        kernel->add((const float *)m->data + at, s->d, label, lanes, sum);
}

static struct kernel_steps steps_of(const struct sums *s, uint32_t slice)
{
    return (struct kernel_steps){s->coarse + (size_t)slice * s->d, s->fine + (size_t)slice * s->d};
}

/* A number that, added and taken away, leaves a multiple of `step`: its neighbours are a step apart. */
static double rounder(double step)
{
    return 1.5 * 0x1.0p52 * step;
}

/* Steps of a slice, such that four times as many terms as it has observations add up without rounding. */
static void set_steps(struct sums *s, const struct kernel *kernel, const struct matrix *m,
                      uint64_t begin, uint64_t end, uint32_t slice)
{
    struct kernel_steps steps = steps_of(s, slice);
    float *largest = s->largest + (size_t)slice * s->d * MATRIX_BLOCK;
    int room = 0, power; /* of two, of the number of terms */
    memset(largest, 0, (size_t)s->d * MATRIX_BLOCK * sizeof *largest);
    for (uint64_t b = begin; b < end; b++)
        kernel->raise((const float *)m->data + (size_t)b * MATRIX_BLOCK * s->d, s->d, largest);
    (void)frexp((double)(end - begin) * MATRIX_BLOCK * 4, &room);
    for (uint32_t j = 0; j < s->d; j++) {
        float most = 0;
        for (size_t lane = 0; lane < MATRIX_BLOCK; lane++)
            most = fmaxf(most, largest[(size_t)j * MATRIX_BLOCK + lane]);
        (void)frexp((double)most, &power);
        steps.coarse[j] = most > 0 ? rounder(ldexp(1, power - (53 - room))) : 0;
        steps.fine[j] = most > 0 ? rounder(ldexp(1, power - 2 * (53 - room))) : 0;
    }
}

void sums_start(struct sums *s, const struct kernel *kernel, const struct matrix *m,
                const uint8_t *label, uint32_t slice)
{
    uint64_t blocks = matrix_blocks(m), begin = slice_begin(blocks, KMEANS_SLICES, slice);
    uint64_t end = slice_begin(blocks, KMEANS_SLICES, slice + 1);
    size_t cells = (size_t)s->k * s->d, at = slice * cells;
    struct kernel_steps steps = steps_of(s, slice);
    uint64_t *count = s->count + (size_t)slice * s->k;

    set_steps(s, kernel, m, begin, end, slice);
    memset(s->high + at, 0, cells * sizeof *s->high);
    memset(s->low + at, 0, cells * sizeof *s->low);
    clear_counts(s, slice);
    for (uint64_t b = begin; b < end; b++) {
        const uint8_t *its = label + b * MATRIX_BLOCK;
        uint32_t lanes = block_lanes(m, b);
        kernel->tally((const float *)m->data + (size_t)b * MATRIX_BLOCK * s->d, s->d, its, lanes,
                      &steps, s->high + at, s->low + at);
        for (uint32_t lane = 0; lane < lanes; lane++)
            count[its[lane]]++;
    }
}

void sums_move(struct sums *s, const struct kernel *kernel, const struct matrix *m, size_t at,
               uint8_t to, uint8_t from, uint32_t slice)
{
    size_t first = (size_t)slice * s->k * s->d;
    struct kernel_steps steps = steps_of(s, slice);
    kernel->shift((const float *)m->data + at, s->d, &steps, s->high + first, s->low + first, to,
                  from);
    s->count[(size_t)slice * s->k + to]++;
    s->count[(size_t)slice * s->k + from]--;
}

void sums_move_plain(struct sums *s, const struct matrix *m, uint64_t i, uint8_t to, uint8_t from,
                     uint32_t slice)
{
    double *sum = s->plain + (size_t)slice * s->k * s->d;
    for (uint32_t j = 0; j < s->d; j++) {
        double x = matrix_value(m, i, j);
        sum[(size_t)to * s->d + j] += x;
        sum[(size_t)from * s->d + j] -= x;
    }
    s->count[(size_t)slice * s->k + to]++;
    s->count[(size_t)slice * s->k + from]--;
}

void sums_total(const struct sums *s, bool running, double *sum, uint64_t *count)
{
    size_t cells = (size_t)s->k * s->d;
    memset(sum, 0, cells * sizeof *sum);
    memset(count, 0, s->k * sizeof *count);
    for (size_t slice = 0; slice < KMEANS_SLICES; slice++) {
        for (size_t i = 0; i < cells; i++)
            sum[i] += running ? s->high[slice * cells + i] + s->low[slice * cells + i]
                              : s->plain[slice * cells + i];
        for (uint32_t c = 0; c < s->k; c++)
            count[c] += s->count[slice * s->k + c];
    }
}
