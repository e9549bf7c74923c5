/* The edges of k-means: duplicates, ties, emptied clusters, ends of the iteration, progress, cancelling,
 * memory. */
#include "tests/unit/kmeans_fixture.h"

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
        assert_int_equal(seed_plusplus(&m, NULL, &single, single.k, start, seeds, &err), single.k);
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

/* Enough observations that passes arrange them. */
static void a_cancelled_fit_leaves_the_matrix_as_it_was(void **state)
{
    struct matrix m = matrix_random(UNIFORM, 20003, 3, false, 3);
    size_t bytes;
    void *before = values_copy(&m, &bytes);
    (void)state;
    for (uint32_t stop_at = 1; stop_at <= 20; stop_at++) {
        struct watcher w = {.job = job_new(), .n = m.n, .stop_at = stop_at};
        struct kmeans_opts o = defaults;
        struct kmeans km;
        struct err err = ERR_INIT;
        assert_non_null(w.job);
        o.job = w.job;
        job_set_wake(w.job, watch, &w);
        assert_int_equal(kmeans_run(&km, &m, &o, &err), -1);
        assert_int_equal(err.code, ERR_CANCELLED);
        assert_memory_equal(m.data, before, bytes);
        job_free(w.job);
    }
    mem_free(before);
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
        cmocka_unit_test(few_distinct_observations_lower_k),
        cmocka_unit_test(a_tie_goes_to_the_lower_centroid),
        cmocka_unit_test(an_emptied_cluster_takes_the_farthest_observation),
        cmocka_unit_test(clusters_run_empty_when_arranged),
        cmocka_unit_test(a_cluster_that_stays_empty_is_left_out),
        cmocka_unit_test(rounding_of_duplicates_does_not_keep_it_going),
        cmocka_unit_test(tol_and_max_iter_end_the_iteration),
        cmocka_unit_test(the_best_start_wins),
        cmocka_unit_test(progress_is_published_and_cancel_is_heard),
        cmocka_unit_test(a_cancelled_fit_leaves_the_matrix_as_it_was),
        cmocka_unit_test(short_memory_is_an_error),
        cmocka_unit_test(nothing_to_cluster_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
