/* What tests of k-means share: matrices of many kinds, a plain Lloyd written out to compare with, and
 * the kinds of vectors of this machine. */
#ifndef MINNOW_TESTS_KMEANS_FIXTURE_H
#define MINNOW_TESTS_KMEANS_FIXTURE_H

#include "core/cluster/kmeans_impl.h"

#include "tests/unit/unit.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/rng.h"

/* ---- the kinds of vectors this machine has ---- */

#define MAX_LEVELS 3

static inline size_t levels_here(const char *level[MAX_LEVELS])
{
    static const char *const all[MAX_LEVELS] = {"sse2", "avx2", "avx512"};
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct err err = ERR_INIT;
        const struct kernel *kernel;
        assert_int_equal(setenv("MINNOW_SIMD", all[i], 1), 0);
        kernel = kernel_choose(&err);
        if (kernel == NULL) {
            assert_int_equal(err.code, ERR_USAGE);
            continue;
        }
        assert_string_equal(kernel->name, all[i]);
        level[n++] = all[i];
    }
    assert_int_equal(unsetenv("MINNOW_SIMD"), 0);
    assert_true(n >= 1);
    return n;
}

/* ---- data ---- */

static inline struct matrix matrix_make(uint64_t n, uint32_t d, bool wide)
{
    struct matrix m = {.n = n, .d = d, .wide = wide};
    size_t cells = (size_t)matrix_blocks(&m) * MATRIX_BLOCK * d;
    m.data = mem_alloc_aligned(cells, wide ? sizeof(double) : sizeof(float));
    assert_non_null(m.data);
    memset(m.data, 0, cells * (wide ? sizeof(double) : sizeof(float)));
    return m;
}

static inline void matrix_put(struct matrix *m, uint64_t i, uint32_t j, double x)
{
    if (m->wide)
        ((double *)m->data)[matrix_at(m, i, j)] = x;
    else
        ((float *)m->data)[matrix_at(m, i, j)] = (float)x;
}

/* One-dimensional observations. */
static inline struct matrix matrix_line(const double *x, uint64_t n)
{
    struct matrix m = matrix_make(n, 1, false);
    for (uint64_t i = 0; i < n; i++)
        matrix_put(&m, i, 0, x[i]);
    return m;
}

enum kind {
    UNIFORM,
    BLOBS,
    DUPLICATES,
    CONSTANT,
    HUGE_VALUES,
    TINY_VALUES,
    FAR_AWAY,
    TINY_CLUSTER,
    INTEGERS,
    N_KINDS
};

static inline struct matrix matrix_random(enum kind kind, uint64_t n, uint32_t d, bool wide,
                                          uint64_t seed)
{
    struct matrix m = matrix_make(n, d, wide);
    struct rng r;
    rng_init(&r, seed, 99);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t blob = rng_below(&r, 5);
        for (uint32_t j = 0; j < d; j++) {
            double u = rng_unit(&r), x = u;
            switch (kind) {
            case BLOBS:
                x = (double)(blob * (j % 3 + 1)) * 10 + u;
                break;
            case DUPLICATES:
                x = (double)blob + 0.1 * j;
                break;
            case CONSTANT:
                x = 0.1;
                break;
            case HUGE_VALUES:
                x = (u - 0.5) * 2e15;
                break;
            case TINY_VALUES: /* squares vanish in float */
                x = u * 1e-30;
                break;
            case FAR_AWAY: /* float centroids and distances are useless */
                x = 1e7 + floor(u * 8);
                break;
            case TINY_CLUSTER:
                x = i == n / 2 ? 1e6 : u;
                break;
            case INTEGERS:
                x = floor(u * 4);
                break;
            default:
                break;
            }
            matrix_put(&m, i, j, x);
        }
    }
    return m;
}

/* ---- the reference ---- */

struct plain {
    double centroid[KMEANS_MAX_K * 100];
    uint8_t label[40000];
    uint64_t count[KMEANS_MAX_K];
    uint32_t passes;
    double inertia;
};

static inline uint64_t plain_assign(struct plain *p, const struct matrix *m, uint32_t k)
{
    uint64_t changed = 0;
    p->inertia = 0;
    memset(p->count, 0, sizeof p->count);
    for (uint64_t i = 0; i < m->n; i++) {
        double best = INFINITY;
        uint32_t which = 0;
        for (uint32_t c = 0; c < k; c++) {
            double x = 0;
            for (uint32_t j = 0; j < m->d; j++) {
                double diff = matrix_value(m, i, j) - p->centroid[c * m->d + j];
                x += diff * diff;
            }
            if (x < best) {
                best = x;
                which = c;
            }
        }
        changed += p->label[i] != which;
        p->label[i] = (uint8_t)which;
        p->count[which]++;
        p->inertia += best;
    }
    return changed;
}

/* Means, added over slices as kmeans.h says. */
static inline void plain_means(struct plain *p, const struct matrix *m, uint32_t k)
{
    uint64_t blocks = matrix_blocks(m);
    for (uint32_t c = 0; c < k; c++) {
        for (uint32_t j = 0; j < m->d && p->count[c] > 0; j++) {
            double sum = 0;
            for (uint32_t s = 0; s < KMEANS_SLICES; s++) {
                double part = 0;
                uint64_t end = slice_begin(blocks, KMEANS_SLICES, s + 1) * MATRIX_BLOCK;
                for (uint64_t i = slice_begin(blocks, KMEANS_SLICES, s) * MATRIX_BLOCK;
                     i < end && i < m->n; i++)
                    if (p->label[i] == c)
                        part += matrix_value(m, i, j);
                sum += part;
            }
            p->centroid[c * m->d + j] = sum / (double)p->count[c];
        }
    }
}

/* False when a cluster ran empty: the reference knows no refilling. */
static inline bool plain_lloyd(struct plain *p, const struct matrix *m, uint32_t k,
                               uint32_t max_iter)
{
    memset(p->label, 0, sizeof p->label);
    for (p->passes = 0; p->passes < max_iter;) {
        uint64_t changed = plain_assign(p, m, k);
        for (uint32_t c = 0; c < k; c++)
            if (p->count[c] == 0)
                return false;
        if (++p->passes > 1 && changed == 0)
            return true;
        plain_means(p, m, k);
    }
    plain_assign(p, m, k);
    return true;
}

static const struct kmeans_opts defaults = {.k = 7, .starts = 1, .max_iter = 300, .seed = 1};

/* Labels are those of the nearest centroid, sizes and inertia add up, no number is wild. */
static inline void check_consistent(const struct kmeans *km, const struct matrix *m)
{
    uint64_t count[KMEANS_MAX_K] = {0}, total = 0;
    double inertia = 0;
    for (uint64_t i = 0; i < m->n; i++) {
        double own = kmeans_distance2(m, i, km->centroid + (size_t)km->label[i] * m->d);
        assert_true(km->label[i] < km->k);
        for (uint32_t c = 0; c < km->k; c++) {
            double x = kmeans_distance2(m, i, km->centroid + (size_t)c * m->d);
            assert_true(c < km->label[i] ? own < x : own <= x);
        }
        count[km->label[i]]++;
        inertia += own;
    }
    for (uint32_t c = 0; c < km->k; c++) {
        assert_int_equal(count[c], km->size[c]);
        assert_true(count[c] > 0);
        assert_true(km->part[c] >= 0);
        total += count[c];
    }
    assert_int_equal(total, m->n);
    assert_true(isfinite(km->inertia));
    assert_true(fabs(inertia - km->inertia) <= 1e-12 * inertia);
}

static inline void assert_same(const struct kmeans *a, const struct kmeans *b,
                               const struct matrix *m)
{
    assert_int_equal(a->k, b->k);
    assert_int_equal(a->start, b->start);
    assert_int_equal(a->iterations, b->iterations);
    assert_int_equal(a->converged, b->converged);
    assert_memory_equal(&a->inertia, &b->inertia, sizeof a->inertia);
    assert_memory_equal(a->label, b->label, m->n);
    assert_memory_equal(a->centroid, b->centroid, (size_t)a->k * a->d * sizeof(double));
    assert_memory_equal(a->part, b->part, a->k * sizeof(double));
    assert_memory_equal(a->size, b->size, a->k * sizeof(uint64_t));
}

/* A copy of a matrix's values, to be freed. */
static inline void *values_copy(const struct matrix *m, size_t *bytes)
{
    uint64_t blocks = (m->n + MATRIX_BLOCK - 1) / MATRIX_BLOCK;
    void *copy;
    *bytes = (size_t)blocks * MATRIX_BLOCK * m->d * (m->wide ? sizeof(double) : sizeof(float));
    copy = mem_alloc(*bytes, 1);
    assert_non_null(copy);
    memcpy(copy, m->data, *bytes);
    return copy;
}

/* One data set at every level against the reference, and left as it was. False when the reference gave
 * up. */
static inline bool compare_with_plain(struct matrix *m, const struct kmeans_opts *o)
{
    static struct plain p;
    const char *level[MAX_LEVELS];
    struct kmeans km[MAX_LEVELS];
    struct err err = ERR_INIT;
    size_t n_levels = levels_here(level);
    int found = seed_plusplus(m, NULL, o, o->k, 1, p.centroid, &err);
    size_t bytes;
    void *before = values_copy(m, &bytes);
    double *seeds = mem_alloc((size_t)found * m->d, sizeof *seeds);
    struct kmeans_opts from_seeds = *o;
    bool compared;

    assert_true(found >= 1);
    if (m->dim != NULL) { /* a folded matrix is seeded in another order */
        memcpy(seeds, p.centroid, (size_t)found * m->d * sizeof *seeds);
        from_seeds.init = seeds;
        from_seeds.k = (uint32_t)found;
        o = &from_seeds;
    }
    for (size_t i = 0; i < n_levels; i++) {
        assert_int_equal(setenv("MINNOW_SIMD", level[i], 1), 0);
        assert_int_equal(kmeans_run(&km[i], m, o, &err), 0);
        assert_same(&km[i], &km[0], m);
    }
    assert_int_equal(unsetenv("MINNOW_SIMD"), 0);
    assert_memory_equal(m->data, before, bytes);
    mem_free(before);
    mem_free(seeds);
    check_consistent(&km[0], m);
    compared = plain_lloyd(&p, m, (uint32_t)found, o->max_iter);
    if (compared) {
        assert_int_equal(km[0].k, found);
        assert_int_equal(km[0].iterations, p.passes);
        assert_memory_equal(km[0].label, p.label, m->n);
        if (km[0].converged)
            assert_memory_equal(km[0].centroid, p.centroid, (size_t)found * m->d * sizeof(double));
    }
    for (size_t i = 0; i < n_levels; i++)
        kmeans_release(&km[i]);
    return compared;
}

#endif
