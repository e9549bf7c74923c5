/* One-hot dimensions folded into a constant: the same labels as in full, whatever is shared and whatever is
 * not. */
#include "tests/unit/kmeans_fixture.h"

#include "core/cluster/fold.h"

struct shape {
    uint64_t n;
    uint32_t plain, features, values; /* dimensions, and one-hot features of so many values each */
    double common;                    /* share of observations that have the usual value */
};

/* Plain and one-hot dimensions take turns. The values of an indicator are its own. */
static struct matrix matrix_one_hot(const struct shape *s, uint64_t seed)
{
    uint32_t hot = s->features * s->values, d = s->plain + hot;
    struct matrix m = matrix_make(s->n, d, false);
    struct rng r;
    m.dim = mem_zalloc(d, sizeof *m.dim);
    assert_non_null(m.dim);
    for (uint32_t j = 0; j < d; j++)
        m.dim[j].indicator = j >= s->plain / 2 && j < s->plain / 2 + hot;
    rng_init(&r, seed, 7);
    for (uint64_t i = 0; i < s->n; i++) {
        double kind = floor(rng_unit(&r) * 4);
        for (uint32_t j = 0; j < d; j++)
            if (!m.dim[j].indicator)
                matrix_put(&m, i, j, kind * (j % 3 + 1) + rng_unit(&r));
        for (uint32_t f = 0; f < s->features; f++) {
            uint64_t usual = f == 0 ? i / 3000 % s->values : 0;
            uint64_t value = rng_unit(&r) < s->common ? usual : rng_below(&r, s->values);
            for (uint32_t v = 0; v < s->values; v++) {
                uint32_t j = s->plain / 2 + f * s->values + v;
                matrix_put(&m, i, j, v == value ? 2.5 + 0.1 * j : -0.3 - 0.01 * j);
            }
        }
    }
    return m;
}

static void matrix_free(struct matrix *m)
{
    mem_free(m->dim);
    mem_free(m->data);
}

/* The last block may be a part of one. */
static const struct shape shapes[] = {
    {20003, 3, 3, 4, 0.95}, {16384, 1, 2, 12, 0.9}, {30001, 9, 4, 3, 0.95},
    {24000, 0, 3, 5, 0.9},  {20003, 4, 5, 4, 0.97},
};

static void most_blocks_share_their_indicators(void **state)
{
    (void)state;
    for (size_t s = 0; s < ARRAY_LEN(shapes); s++) {
        struct matrix m = matrix_one_hot(&shapes[s], s);
        struct fold f;
        uint64_t folded = 0;
        size_t bytes;
        void *before = values_copy(&m, &bytes);
        assert_true(fold_init(&f, &m, NULL));
        assert_int_equal(f.plain, shapes[s].plain);
        for (uint64_t b = 0; b < matrix_blocks(&m); b++) {
            if (f.combination[b] == FOLD_NONE)
                continue;
            folded++;
            for (uint32_t i = f.plain; i < f.d; i++)
                for (uint64_t row = b * MATRIX_BLOCK; row < (b + 1) * MATRIX_BLOCK; row++)
                    assert_true(matrix_value(&m, row, f.dim[i]) ==
                                (double)f.value[f.combination[b] * (f.d - f.plain) + i - f.plain]);
        }
        assert_true(folded >= matrix_blocks(&m) / 2 && folded < matrix_blocks(&m));
        assert_true(memcmp(m.data, before, bytes) != 0);
        fold_undo(&f, &m, NULL, NULL);
        assert_memory_equal(m.data, before, bytes);
        fold_release(&f);
        mem_free(before);
        matrix_free(&m);
    }
}

static void a_base_is_what_the_indicators_add(void **state)
{
    struct matrix m = matrix_one_hot(&shapes[0], 1);
    double center[3 * 15];
    float base[64 * 5];
    static const uint8_t place[3] = {4, 0, 2};
    struct fold f;
    struct rng r;
    (void)state;
    rng_init(&r, 1, 1);
    for (size_t i = 0; i < ARRAY_LEN(center); i++)
        center[i] = rng_unit(&r) * 3;
    assert_true(fold_init(&f, &m, NULL));
    assert_in_range(f.n, 3, 63);
    fold_bases(&f, center, 3, place, 5, base, NULL);
    for (uint64_t b = 0; b < matrix_blocks(&m); b++) {
        uint32_t dims;
        const float *row = fold_of(&f, b, base, 5, &dims);
        bool shared = f.combination[b] != FOLD_NONE;
        assert_int_equal(dims, shared ? 3 : 15);
        for (uint32_t c = 0; c < 3; c++) {
            double sum = 0;
            for (uint32_t j = 0; shared && j < m.d; j++) {
                double diff = matrix_value(&m, b * MATRIX_BLOCK, j) - center[c * 15 + j];
                sum += m.dim[j].indicator ? diff * diff : 0;
            }
            assert_true(fabs((double)row[place[c]] - sum) <= sum * 0x1.0p-23);
        }
    }
    fold_release(&f);
    matrix_free(&m);
}

static void labels_equal_plain_lloyd_when_folded(void **state)
{
    int compared = 0;
    (void)state;
    for (size_t s = 0; s < ARRAY_LEN(shapes); s++) {
        static const uint32_t k[] = {3, 8, 9, 24, 40};
        struct matrix m = matrix_one_hot(&shapes[s], s + 5);
        struct kmeans_opts o = defaults;
        o.k = k[s];
        o.max_iter = 60;
        compared += compare_with_plain(&m, &o);
        matrix_free(&m);
    }
    assert_int_equal(compared, ARRAY_LEN(shapes));
}

/* Seeding is folded, too. */
static void same_bytes_for_any_number_of_threads_when_folded(void **state)
{
    const char *level[MAX_LEVELS];
    size_t n_levels = levels_here(level);
    (void)state;
    for (size_t s = 0; s < ARRAY_LEN(shapes); s++) {
        struct matrix m = matrix_one_hot(&shapes[s], s);
        struct kmeans_opts o = defaults;
        struct kmeans one, km;
        struct err err = ERR_INIT;
        o.starts = 3;
        o.k = 11;
        assert_int_equal(setenv("MINNOW_SIMD", level[0], 1), 0);
        assert_int_equal(kmeans_run(&one, &m, &o, &err), 0);
        check_consistent(&one, &m);
        for (uint32_t threads = 2; threads <= 5; threads++) {
            assert_int_equal(setenv("MINNOW_SIMD", level[threads % n_levels], 1), 0);
            o.pool = parallel_new(threads);
            assert_non_null(o.pool);
            assert_int_equal(kmeans_run(&km, &m, &o, &err), 0);
            assert_same(&km, &one, &m);
            kmeans_release(&km);
            parallel_free(o.pool);
        }
        kmeans_release(&one);
        matrix_free(&m);
    }
    assert_int_equal(unsetenv("MINNOW_SIMD"), 0);
}

static void assert_not_folded(struct matrix *m)
{
    struct fold f;
    size_t bytes;
    void *before = values_copy(m, &bytes);
    assert_false(fold_init(&f, m, NULL));
    assert_memory_equal(m->data, before, bytes);
    mem_free(before);
}

static void what_does_not_gain_is_left_as_it_was(void **state)
{
    static const struct shape none[] = {
        {20003, 3, 1, 7, 0.6},   /* few indicators */
        {20003, 30, 3, 4, 0.6},  /* beside many others */
        {5000, 3, 3, 4, 0.6},    /* few observations */
        {20003, 3, 12, 5, 0.01}, /* too many combinations */
    };
    (void)state;
    for (size_t s = 0; s < ARRAY_LEN(none); s++) {
        struct matrix m = matrix_one_hot(&none[s], s);
        assert_not_folded(&m);
        matrix_free(&m);
    }
}

static void without_memory_nothing_is_folded(void **state)
{
    struct matrix m = matrix_one_hot(&shapes[0], 1);
    struct fold f;
    size_t bytes;
    void *before = values_copy(&m, &bytes);
    uint64_t n;
    (void)state;
    for (n = 1; n < 50; n++) {
        bool folded;
        mem_fail_at(n, false);
        folded = fold_init(&f, &m, NULL);
        mem_fail_at(0, false);
        if (folded)
            break;
        assert_memory_equal(m.data, before, bytes);
    }
    assert_in_range(n, 5, 49);
    fold_release(&f);
    mem_free(before);
    matrix_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(most_blocks_share_their_indicators),
        cmocka_unit_test(a_base_is_what_the_indicators_add),
        cmocka_unit_test(labels_equal_plain_lloyd_when_folded),
        cmocka_unit_test(same_bytes_for_any_number_of_threads_when_folded),
        cmocka_unit_test(what_does_not_gain_is_left_as_it_was),
        cmocka_unit_test(without_memory_nothing_is_folded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
