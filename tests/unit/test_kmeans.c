/* k-means against a plain Lloyd written out here, and its edges: duplicates, constants, emptied
 * clusters, threads, cancelling, memory. */
#include "core/cluster/kmeans_impl.h"

#include "tests/unit/unit.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/rng.h"

/* ---- the kinds of vectors this machine has ---- */

#define MAX_LEVELS 3

static size_t levels_here(const char *level[MAX_LEVELS])
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

static void the_environment_names_the_vectors(void **state)
{
    static const char *const wrong[] = {"sse3", "AVX2", "avx", " sse2"};
    const char *level[MAX_LEVELS];
    struct err err = ERR_INIT;
    size_t n = levels_here(level);
    (void)state;
    assert_string_equal(kernel_choose(&err)->name, level[n - 1]);
    assert_int_equal(setenv("MINNOW_SIMD", "", 1), 0);
    assert_string_equal(kernel_choose(&err)->name, level[n - 1]);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_int_equal(setenv("MINNOW_SIMD", wrong[i], 1), 0);
        assert_null(kernel_choose(&err));
        assert_int_equal(err.code, ERR_USAGE);
        assert_non_null(strstr(err.text, wrong[i]));
    }
    assert_int_equal(unsetenv("MINNOW_SIMD"), 0);
}

/* ---- data ---- */

static struct matrix matrix_make(uint64_t n, uint32_t d, bool wide)
{
    struct matrix m = {.n = n, .d = d, .wide = wide};
    size_t cells = (size_t)matrix_blocks(&m) * MATRIX_BLOCK * d;
    m.data = mem_alloc_aligned(cells, wide ? sizeof(double) : sizeof(float));
    assert_non_null(m.data);
    memset(m.data, 0, cells * (wide ? sizeof(double) : sizeof(float)));
    return m;
}

static void matrix_put(struct matrix *m, uint64_t i, uint32_t j, double x)
{
    if (m->wide)
        ((double *)m->data)[matrix_at(m, i, j)] = x;
    else
        ((float *)m->data)[matrix_at(m, i, j)] = (float)x;
}

/* One-dimensional observations. */
static struct matrix matrix_line(const double *x, uint64_t n)
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

static struct matrix matrix_random(enum kind kind, uint64_t n, uint32_t d, bool wide, uint64_t seed)
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

static uint64_t plain_assign(struct plain *p, const struct matrix *m, uint32_t k)
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
static void plain_means(struct plain *p, const struct matrix *m, uint32_t k)
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
static bool plain_lloyd(struct plain *p, const struct matrix *m, uint32_t k, uint32_t max_iter)
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
static void check_consistent(const struct kmeans *km, const struct matrix *m)
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

static void assert_same(const struct kmeans *a, const struct kmeans *b, const struct matrix *m)
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

/* One data set at every level against the reference. False when the reference gave up. */
static bool compare_with_plain(const struct matrix *m, const struct kmeans_opts *o)
{
    static struct plain p;
    const char *level[MAX_LEVELS];
    struct kmeans km[MAX_LEVELS];
    struct err err = ERR_INIT;
    size_t n_levels = levels_here(level);
    int found = seed_plusplus(m, o, o->k, 1, p.centroid, &err);
    bool compared;

    assert_true(found >= 1);
    for (size_t i = 0; i < n_levels; i++) {
        assert_int_equal(setenv("MINNOW_SIMD", level[i], 1), 0);
        assert_int_equal(kmeans_run(&km[i], m, o, &err), 0);
        assert_same(&km[i], &km[0], m);
    }
    assert_int_equal(unsetenv("MINNOW_SIMD"), 0);
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

static void labels_equal_plain_lloyd(void **state)
{
    static const uint64_t sizes[] = {1, 2, 15, 16, 17, 40, 300, 1100};
    uint64_t seed = 0;
    int compared = 0;
    (void)state;
    for (int kind = 0; kind < N_KINDS; kind++) {
        for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
            for (int variant = 0; variant < 4; variant++) {
                uint32_t d = (const uint32_t[]){1, 3, 8, 67}[(seed + (uint64_t)variant) % 4];
                uint64_t n = sizes[s];
                uint32_t k = (const uint32_t[]){1, 2, 7, (uint32_t)n}[variant];
                struct matrix m = matrix_random((enum kind)kind, n, d, variant % 2 == 1, ++seed);
                struct kmeans_opts o = defaults;
                o.k = k > 250 ? 250 : k > n ? (uint32_t)n : k;
                o.seed = seed;
                compared += compare_with_plain(&m, &o);
                mem_free(m.data);
            }
        }
    }
    assert_true(compared >= 200);
}

/* Enough observations for an arrangement, in the last block too. */
static void labels_equal_plain_lloyd_when_arranged(void **state)
{
    static const struct {
        uint64_t n;
        uint32_t d, k;
    } table[] = {{16384, 3, 6}, {20003, 2, 9}, {16399, 11, 20}, {40000, 1, 30}};
    static const enum kind kinds[] = {UNIFORM, BLOBS, HUGE_VALUES, TINY_CLUSTER, DUPLICATES};
    int compared = 0;
    (void)state;
    for (size_t t = 0; t < ARRAY_LEN(table); t++) {
        for (size_t kind = 0; kind < ARRAY_LEN(kinds); kind++) {
            struct matrix m = matrix_random(kinds[kind], table[t].n, table[t].d, false, t + 1);
            struct kmeans_opts o = defaults;
            o.k = table[t].k;
            o.seed = t;
            o.max_iter = 60;
            compared += compare_with_plain(&m, &o);
            mem_free(m.data);
        }
    }
    assert_true(compared >= 15);
}

/* Sizes at which the kernel's groups, the blocks and the slices have ragged ends. */
static void labels_equal_plain_lloyd_at_the_edges(void **state)
{
    static const struct {
        uint64_t n;
        uint32_t d, k;
    } table[] = {{4096, 100, 24}, {4096, 1, 256}, {4000, 13, 256}, {3001, 8, 255}, {1024, 100, 5},
                 {1025, 2, 4},    {4095, 5, 9},   {2000, 13, 24},  {500, 40, 120}, {260, 3, 256}};
    int compared = 0;
    (void)state;
    for (size_t t = 0; t < ARRAY_LEN(table); t++) {
        static const enum kind kinds[] = {UNIFORM, BLOBS, HUGE_VALUES, FAR_AWAY, INTEGERS};
        for (size_t kind = 0; kind < ARRAY_LEN(kinds); kind++) {
            struct matrix m = matrix_random(kinds[kind], table[t].n, table[t].d, false, t + 1);
            struct kmeans_opts o = defaults;
            o.k = table[t].k;
            o.seed = t;
            o.max_iter = 40;
            compared += compare_with_plain(&m, &o);
            mem_free(m.data);
        }
    }
    assert_true(compared >= 30);
}

static void same_bytes_for_any_number_of_threads(void **state)
{
    static const enum kind kinds[] = {UNIFORM, BLOBS, INTEGERS, TINY_CLUSTER};
    const char *level[MAX_LEVELS];
    size_t n_levels = levels_here(level);
    (void)state;
    for (size_t kind = 0; kind < ARRAY_LEN(kinds); kind++) {
        struct matrix m = matrix_random(kinds[kind], 20003, 9, false, 5);
        struct kmeans_opts o = defaults;
        struct kmeans one, km;
        struct err err = ERR_INIT;
        o.starts = 2;
        o.k = 12;
        assert_int_equal(setenv("MINNOW_SIMD", level[0], 1), 0);
        assert_int_equal(kmeans_run(&one, &m, &o, &err), 0);
        for (uint32_t threads = 2; threads <= 8; threads++) {
            assert_int_equal(setenv("MINNOW_SIMD", level[threads % n_levels], 1), 0);
            o.pool = parallel_new(threads);
            assert_non_null(o.pool);
            assert_int_equal(kmeans_run(&km, &m, &o, &err), 0);
            assert_same(&km, &one, &m);
            kmeans_release(&km);
            parallel_free(o.pool);
        }
        kmeans_release(&one);
        mem_free(m.data);
    }
    assert_int_equal(unsetenv("MINNOW_SIMD"), 0);
}

static void few_distinct_observations_lower_k(void **state)
{
    static const struct {
        double x[8];
        uint32_t n, k, expect;
    } table[] = {
        {{4, 4, 4, 4, 4, 4, 4, 4}, 8, 8, 1},
        {{4, 4, 4, 4, 9, 9, 4, 4}, 8, 8, 2},
        {{1, 2, 3}, 3, 8, 3},
        {{5}, 1, 256, 1},
        {{0, 0, 1, 1, 2, 2, 3, 3}, 8, 4, 4},
        {{1, 2, 3, 4}, 4, 4, 4},
    };
    (void)state;
    for (size_t t = 0; t < ARRAY_LEN(table); t++) {
        struct matrix m = matrix_line(table[t].x, table[t].n);
        struct kmeans_opts o = defaults;
        struct kmeans km;
        struct err err = ERR_INIT;
        o.k = table[t].k;
        assert_int_equal(kmeans_run(&km, &m, &o, &err), 0);
        assert_int_equal(km.k, table[t].expect);
        assert_int_equal(km.k_lowered, table[t].expect < table[t].k);
        assert_true(km.inertia == 0);
        check_consistent(&km, &m);
        kmeans_release(&km);
        mem_free(m.data);
    }
}

static void a_tie_goes_to_the_lower_centroid(void **state)
{
    const double x[] = {0, 1, 2}, init[] = {2, 0};
    struct matrix m = matrix_line(x, 3);
    struct kmeans_opts o = defaults;
    struct kmeans km;
    struct err err = ERR_INIT;
    (void)state;
    o.k = 2;
    o.init = init;
    o.max_iter = 1;
    assert_int_equal(kmeans_run(&km, &m, &o, &err), 0);
    /* The middle observation is as near to 2 as to 0: it belongs to centroid 0, which moves to 1.5.
     */
    assert_true(km.centroid[0] == 1.5 && km.centroid[1] == 0);
    assert_memory_equal(km.label, ((const uint8_t[]){1, 0, 0}), 3);
    assert_false(km.converged);
    kmeans_release(&km);
    mem_free(m.data);
}

static void an_emptied_cluster_takes_the_farthest_observation(void **state)
{
    const double x[] = {0, 1, 2, 3, 100, 50}, init[] = {1, 1e6, 2e6};
    struct matrix m = matrix_line(x, 6);
    struct kmeans_opts o = defaults;
    struct kmeans km;
    struct err err = ERR_INIT;
    (void)state;
    o.k = 3;
    o.init = init;
    assert_int_equal(kmeans_run(&km, &m, &o, &err), 0);
    assert_int_equal(km.k, 3);
    assert_memory_equal(km.label, ((const uint8_t[]){0, 0, 0, 0, 1, 2}), 6);
    assert_true(km.centroid[0] == 1.5 && km.centroid[1] == 100 && km.centroid[2] == 50);
    assert_true(km.converged);
    kmeans_release(&km);
    mem_free(m.data);
}

/* Few places, some of them crowded, and first centroids anywhere: clusters run empty in the fifth pass
 * and behind, when observations stand in an arrangement. */
static void clusters_run_empty_when_arranged(void **state)
{
    const char *level[MAX_LEVELS];
    size_t n_levels = levels_here(level);
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct matrix m = matrix_make(16384, 2, false);
        struct kmeans_opts o = defaults;
        struct kmeans km[MAX_LEVELS];
        struct err err = ERR_INIT;
        double place[40], init[32];
        struct rng r;
        rng_init(&r, seed, 7);
        for (size_t i = 0; i < ARRAY_LEN(place); i++)
            place[i] = (double)rng_below(&r, 64);
        for (size_t i = 0; i < ARRAY_LEN(init); i++)
            init[i] = rng_unit(&r) * 64;
        for (uint64_t i = 0; i < m.n; i++) {
            uint64_t a = rng_below(&r, 20), b = rng_below(&r, 20), at = 2 * (a < b ? a : b);
            matrix_put(&m, i, 0, place[at]);
            matrix_put(&m, i, 1, place[at + 1]);
        }
        o.k = 16;
        o.init = init;
        for (size_t i = 0; i < n_levels; i++) {
            assert_int_equal(setenv("MINNOW_SIMD", level[i], 1), 0);
            o.pool = i == 0 ? NULL : parallel_new(3);
            assert_int_equal(kmeans_run(&km[i], &m, &o, &err), 0);
            assert_same(&km[i], &km[0], &m);
            parallel_free(o.pool);
        }
        assert_true(km[0].converged);
        check_consistent(&km[0], &m);
        for (size_t i = 0; i < n_levels; i++)
            kmeans_release(&km[i]);
        mem_free(m.data);
    }
    assert_int_equal(unsetenv("MINNOW_SIMD"), 0);
}

static void a_cluster_that_stays_empty_is_left_out(void **state)
{
    const double x[] = {7, 7, 7, 9, 9, 0.1}, init[] = {7, 7, 9, 9, 500, 0};
    struct matrix m = matrix_line(x, 6);
    struct kmeans_opts o = defaults;
    struct kmeans km;
    struct err err = ERR_INIT;
    (void)state;
    o.k = 6;
    o.init = init;
    assert_int_equal(kmeans_run(&km, &m, &o, &err), 0);
    assert_int_equal(km.k, 3);
    assert_true(km.k_lowered);
    assert_true(km.converged);
    check_consistent(&km, &m);
    kmeans_release(&km);
    mem_free(m.data);
}

/* Values whose mean is not exactly themselves: duplicates must not wander between clusters. */
static void rounding_of_duplicates_does_not_keep_it_going(void **state)
{
    struct matrix m = matrix_make(3000, 2, true);
    double init[40];
    struct kmeans_opts o = defaults;
    struct kmeans km;
    struct err err = ERR_INIT;
    (void)state;
    for (uint64_t i = 0; i < m.n; i++) {
        matrix_put(&m, i, 0, 0.1 + (double)(i % 5) * 0.7);
        matrix_put(&m, i, 1, 1.0 / 3 * (double)(i % 5));
    }
    for (int i = 0; i < 40; i++)
        init[i] = 100 + i;
    o.k = 20;
    o.init = init;
    assert_int_equal(kmeans_run(&km, &m, &o, &err), 0);
    assert_true(km.converged);
    assert_int_equal(km.k, 5);
    check_consistent(&km, &m);
    kmeans_release(&km);
    mem_free(m.data);
}

static void tol_and_max_iter_end_the_iteration(void **state)
{
    struct matrix m = matrix_random(UNIFORM, 1000, 2, false, 3);
    struct kmeans_opts o = defaults;
    struct kmeans exact, loose, cut;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(kmeans_run(&exact, &m, &o, &err), 0);
    o.tol = 1e-3;
    assert_int_equal(kmeans_run(&loose, &m, &o, &err), 0);
    o.max_iter = 2;
    o.tol = 0;
    assert_int_equal(kmeans_run(&cut, &m, &o, &err), 0);
    assert_true(exact.converged && loose.converged && !cut.converged);
    assert_true(loose.iterations < exact.iterations);
    assert_int_equal(cut.iterations, 2);
    assert_true(exact.inertia <= loose.inertia && loose.inertia <= cut.inertia);
    check_consistent(&loose, &m);
    check_consistent(&cut, &m);
    kmeans_release(&exact);
    kmeans_release(&loose);
    kmeans_release(&cut);
    mem_free(m.data);
}

static void the_best_start_wins(void **state)
{
    struct matrix m = matrix_random(UNIFORM, 500, 3, false, 8);
    struct kmeans_opts o = defaults;
    struct kmeans all, km;
    struct err err = ERR_INIT;
    double lowest = INFINITY;
    uint32_t which = 0;
    double *seeds = mem_alloc((size_t)o.k * m.d, sizeof *seeds);
    (void)state;
    o.starts = 6;
    assert_int_equal(kmeans_run(&all, &m, &o, &err), 0);
    for (uint32_t start = 1; start <= 6; start++) {
        struct kmeans_opts single = defaults;
        assert_int_equal(seed_plusplus(&m, &single, single.k, start, seeds, &err), single.k);
        single.init = seeds;
        assert_int_equal(kmeans_run(&km, &m, &single, &err), 0);
        if (km.inertia < lowest) {
            lowest = km.inertia;
            which = start;
        }
        kmeans_release(&km);
    }
    assert_true(all.inertia == lowest);
    assert_int_equal(all.start, which);
    kmeans_release(&all);
    mem_free(seeds);
    mem_free(m.data);
}

struct watcher {
    struct job *job;
    uint64_t n;
    uint32_t passes, stop_at;
};

static void watch(void *user)
{
    struct watcher *w = user;
    struct progress now;
    uint64_t total = 0;
    job_progress(w->job, &now);
    if (now.phase == PHASE_CLUSTERING) {
        for (uint32_t c = 0; c < now.k; c++)
            total += now.size[c];
        assert_int_equal(total, w->n);
        assert_int_equal(now.start, 1);
        assert_int_equal(now.pass, ++w->passes);
    }
    if (w->stop_at != 0 && w->passes == w->stop_at)
        job_cancel(w->job);
}

static void progress_is_published_and_cancel_is_heard(void **state)
{
    struct matrix m = matrix_random(UNIFORM, 2000, 2, false, 3);
    struct kmeans_opts o = defaults;
    struct kmeans km;
    struct err err = ERR_INIT;
    (void)state;
    for (uint32_t stop_at = 0; stop_at <= 2; stop_at++) {
        struct watcher w = {.job = job_new(), .n = m.n, .stop_at = stop_at};
        assert_non_null(w.job);
        o.job = w.job;
        job_set_wake(w.job, watch, &w);
        if (stop_at == 0) {
            assert_int_equal(kmeans_run(&km, &m, &o, &err), 0);
            assert_int_equal(w.passes, km.iterations);
            kmeans_release(&km);
        } else {
            assert_int_equal(kmeans_run(&km, &m, &o, &err), -1);
            assert_int_equal(err.code, ERR_CANCELLED);
            assert_int_equal(w.passes, stop_at);
            assert_null(km.label);
        }
        job_free(w.job);
    }
    o.job = job_new();
    job_cancel(o.job);
    assert_int_equal(kmeans_run(&km, &m, &o, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    job_free(o.job);
    mem_free(m.data);
}

static void short_memory_is_an_error(void **state)
{
    struct matrix m = matrix_random(UNIFORM, 100, 2, false, 3);
    struct kmeans_opts o = defaults;
    struct kmeans km;
    uint64_t n;
    (void)state;
    o.starts = 2;
    for (n = 1; n < 100; n++) {
        struct err err = ERR_INIT;
        int rc;
        mem_fail_at(n, false);
        rc = kmeans_run(&km, &m, &o, &err);
        mem_fail_at(0, false);
        if (rc == 0)
            break;
        assert_int_equal(err.code, ERR_LIMIT);
    }
    assert_in_range(n, 10, 99);
    kmeans_release(&km);
    mem_free(m.data);
}

static void nothing_to_cluster_is_an_error(void **state)
{
    struct matrix m = {0};
    struct kmeans km;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(kmeans_run(&km, &m, &defaults, &err), -1);
    assert_int_equal(err.code, ERR_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_environment_names_the_vectors),
        cmocka_unit_test(labels_equal_plain_lloyd),
        cmocka_unit_test(labels_equal_plain_lloyd_when_arranged),
        cmocka_unit_test(labels_equal_plain_lloyd_at_the_edges),
        cmocka_unit_test(same_bytes_for_any_number_of_threads),
        cmocka_unit_test(few_distinct_observations_lower_k),
        cmocka_unit_test(a_tie_goes_to_the_lower_centroid),
        cmocka_unit_test(an_emptied_cluster_takes_the_farthest_observation),
        cmocka_unit_test(clusters_run_empty_when_arranged),
        cmocka_unit_test(a_cluster_that_stays_empty_is_left_out),
        cmocka_unit_test(rounding_of_duplicates_does_not_keep_it_going),
        cmocka_unit_test(tol_and_max_iter_end_the_iteration),
        cmocka_unit_test(the_best_start_wins),
        cmocka_unit_test(progress_is_published_and_cancel_is_heard),
        cmocka_unit_test(short_memory_is_an_error),
        cmocka_unit_test(nothing_to_cluster_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
