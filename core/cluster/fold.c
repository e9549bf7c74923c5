/* One-hot dimensions folded into one constant a block; see fold.h.
 *
 * A recipe with one-hot features has many dimensions that hold one of two values. Where all observations
 * of a block share them, what they add to a squared distance is one number for the block and a centroid.
 *
 * DESIGN
 * 1. In each superblock, observations with the same indicators are brought together (arrange.c). Most
 *    blocks then share theirs; at the seams, and where combinations are rare, some do not and are dealt
 *    with in all dimensions.
 * 2. Observations are told apart by a hash of their indicators. It only proposes: a block counts as one
 *    that shares them when its values say so, and as one of a combination when the values are the same.
 * 3. For each combination and centroid the constant is made in double, once a pass, and rounded once: far
 *    less than the kernel's bound of error allows a sum of so many terms.
 * 4. The order of the observations is then another than the log's, but for every kind of vectors and any
 *    number of threads the same. */
#include "core/cluster/fold.h"

#include "core/base/mem.h"

#define LEAST_INDICATORS 8
#define COMBINATIONS     1024
#define SLOTS            4096

static uint32_t indicators_of(const struct fold *f)
{
    return f->d - f->plain;
}

/* The indicator's 16 values in a block. */
static const float *lanes_of(const struct fold *f, const struct matrix *m, uint64_t block,
                             uint32_t i)
{
    return (const float *)m->data + ((size_t)block * f->d + f->dim[f->plain + i]) * MATRIX_BLOCK;
}

struct folding {
    struct fold *f;
    struct matrix *m;
    uint32_t *key; /* blocks: of the first observation */
};

/* Hashes of the indicators of a block's observations. */
static void keys_of(void *user, uint64_t block, uint32_t *key)
{
    const struct folding *w = user;
    uint32_t hash[MATRIX_BLOCK] = {0}, n = indicators_of(w->f);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t bits[MATRIX_BLOCK];
        memcpy(bits, lanes_of(w->f, w->m, block, i), sizeof bits);
        for (int lane = 0; lane < MATRIX_BLOCK; lane++)
            hash[lane] = (hash[lane] ^ bits[lane]) * UINT32_C(0x9E3779B1) + i;
    }
    memcpy(key, hash, sizeof hash);
}

static bool shares_indicators(const struct fold *f, const struct matrix *m, uint64_t block)
{
    uint32_t n = indicators_of(f);
    for (uint32_t i = 0; i < n; i++) {
        const float *lane = lanes_of(f, m, block, i);
        bool same = true;
        for (int l = 1; l < MATRIX_BLOCK; l++)
            same = same && lane[l] == lane[0];
        if (!same)
            return false;
    }
    return block_lanes(m, block) == MATRIX_BLOCK;
}

static void find_shared(void *user, uint32_t slice)
{
    struct folding *w = user;
    uint64_t blocks = matrix_blocks(w->m), end = slice_begin(blocks, KMEANS_SLICES, slice + 1);
    for (uint64_t b = slice_begin(blocks, KMEANS_SLICES, slice); b < end; b++) {
        uint32_t key[MATRIX_BLOCK];
        w->f->combination[b] = shares_indicators(w->f, w->m, b) ? 0 : FOLD_NONE;
        if (w->f->combination[b] == FOLD_NONE)
            continue;
        keys_of(w, b, key);
        w->key[b] = key[0];
    }
}

static bool has_values(const struct fold *f, const struct matrix *m, uint64_t block,
                       const float *value)
{
    bool same = true;
    for (uint32_t i = 0; i < indicators_of(f); i++)
        same = same && lanes_of(f, m, block, i)[0] == value[i];
    return same;
}

/* Numbers the combinations. Returns how many blocks have one. */
static uint64_t number_combinations(const struct folding *w)
{
    struct fold *f = w->f;
    uint32_t n = indicators_of(f), key[COMBINATIONS];
    uint16_t slot[SLOTS] = {0}; /* a number and 1, or 0 */
    uint64_t folded = 0;

    for (uint64_t b = 0; b < matrix_blocks(w->m); b++) {
        uint32_t at = (w->key[b] * UINT32_C(2654435761)) >> 20, c;
        if (f->combination[b] == FOLD_NONE)
            continue;
        while (slot[at] != 0 && key[slot[at] - 1] != w->key[b])
            at = (at + 1) % SLOTS;
        c = slot[at] == 0 ? f->n : slot[at] - 1U;
        if (c == COMBINATIONS) {
            f->combination[b] = FOLD_NONE;
            continue;
        }
        if (c == f->n) {
            key[c] = w->key[b];
            slot[at] = (uint16_t)++f->n;
            for (uint32_t i = 0; i < n; i++)
                f->value[(size_t)c * n + i] = lanes_of(f, w->m, b, i)[0];
        }
        f->combination[b] =
            has_values(f, w->m, b, f->value + (size_t)c * n) ? (uint16_t)c : FOLD_NONE;
        folded += f->combination[b] != FOLD_NONE;
    }
    return folded;
}

/* Fills dim[] and plain. */
static void list_dimensions(struct fold *f, const struct matrix *m)
{
    uint32_t at = 0;
    for (uint32_t j = 0; j < m->d; j++)
        if (!m->dim[j].indicator)
            f->dim[at++] = (uint16_t)j;
    f->plain = at;
    for (uint32_t j = 0; j < m->d; j++)
        if (m->dim[j].indicator)
            f->dim[at++] = (uint16_t)j;
}

void fold_release(struct fold *f)
{
    mem_free(f->dim);
    mem_free(f->combination);
    mem_free(f->value);
    arrangement_release(&f->space);
    memset(f, 0, sizeof *f);
}

bool fold_init(struct fold *f, struct matrix *m, struct parallel *pool)
{
    struct folding w = {f, m, NULL};
    uint64_t blocks = matrix_blocks(m), folded;
    uint32_t n = 0;

    memset(f, 0, sizeof *f);
    for (uint32_t j = 0; m->dim != NULL && j < m->d; j++)
        n += m->dim[j].indicator;
    if (n < LEAST_INDICATORS || n < m->d / 2 || m->d > UINT16_MAX ||
        !arrangement_init(&f->space, m, parallel_threads(pool)))
        return false;
    f->d = m->d;
    f->dim = mem_alloc(m->d, sizeof *f->dim);
    f->combination = mem_alloc((size_t)blocks, sizeof *f->combination);
    f->value = mem_alloc((size_t)COMBINATIONS * n, sizeof *f->value);
    w.key = mem_zalloc((size_t)blocks, sizeof *w.key);
    if (f->dim == NULL || f->combination == NULL || f->value == NULL || w.key == NULL) {
        mem_free(w.key);
        fold_release(f);
        return false;
    }
    list_dimensions(f, m);
    arrangement_group(&f->space, m, keys_of, &w, pool);
    parallel_run(pool, KMEANS_SLICES, find_shared, &w);
    folded = number_combinations(&w);
    mem_free(w.key);
    if (folded >= blocks / 2)
        return true;
    fold_undo(f, m, NULL, pool);
    fold_release(f);
    return false;
}

void fold_undo(struct fold *f, struct matrix *m, uint8_t *label, struct parallel *pool)
{
    arrangement_undo(&f->space, m, label, pool);
}

/* ---- constants ---- */

struct bases {
    const struct fold *f;
    const double *center;
    const uint8_t *place;
    uint32_t n_centers, stride;
    float *base;
};

static void make_bases(void *user, uint32_t slice)
{
    const struct bases *w = user;
    const struct fold *f = w->f;
    uint32_t n = indicators_of(f);
    uint64_t end = slice_begin(f->n, KMEANS_SLICES, slice + 1);
    for (uint64_t c = slice_begin(f->n, KMEANS_SLICES, slice); c < end; c++) {
        const float *value = f->value + (size_t)c * n;
        for (uint32_t t = 0; t < w->n_centers; t++) {
            const double *center = w->center + (size_t)t * f->d;
            double sum = 0;
            for (uint32_t i = 0; i < n; i++) {
                double diff = (double)value[i] - center[f->dim[f->plain + i]];
                sum += diff * diff;
            }
            w->base[c * w->stride + (w->place == NULL ? t : w->place[t])] = (float)sum;
        }
    }
}

void fold_bases(const struct fold *f, const double *center, uint32_t n_centers,
                const uint8_t *place, uint32_t stride, float *base, struct parallel *pool)
{
    struct bases w = {f, center, place, n_centers, stride, base};
    parallel_run(pool, KMEANS_SLICES, make_bases, &w);
    for (uint32_t t = 0; t < n_centers; t++)
        base[(size_t)f->n * stride + (place == NULL ? t : place[t])] = 0;
}
