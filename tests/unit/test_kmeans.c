/* k-means against a plain Lloyd: the same labels at every kind of vectors, the same bytes for any number
 * of threads. */
#include "tests/unit/kmeans_fixture.h"

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
    } table[] = {{16384, 3, 6}, {20003, 2, 9}, {16399, 11, 20}, {40000, 1, 30}, {24000, 6, 48}};
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

/* Observations on the points of a grid lie as near to one centroid as to another, in another group. What
 * is kept of such a block must hold for the centroid that double arithmetic takes. */
static void labels_equal_plain_lloyd_where_distances_tie(void **state)
{
    int compared = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 150; seed++) {
        uint64_t points = 20 + seed * 7 % 90, each = MATRIX_BLOCK;
        struct matrix m = matrix_make(points * each, 1, false);
        struct kmeans_opts o = defaults;
        for (uint64_t i = 0; i < m.n; i++)
            matrix_put(&m, i, 0, (double)(seed % 3 == 0 ? i % points : i / each));
        o.k = (uint32_t)(9 + seed % 9);
        o.seed = seed;
        compared += compare_with_plain(&m, &o);
        mem_free(m.data);
    }
    assert_true(compared >= 100);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_environment_names_the_vectors),
        cmocka_unit_test(labels_equal_plain_lloyd),
        cmocka_unit_test(labels_equal_plain_lloyd_when_arranged),
        cmocka_unit_test(labels_equal_plain_lloyd_at_the_edges),
        cmocka_unit_test(labels_equal_plain_lloyd_where_distances_tie),
        cmocka_unit_test(same_bytes_for_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
