/* packed.h: numbers that differ, sorted in place by one thread and by several. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "core/packed.h"
#include "core/parallel.h"

static void bits_for_positions(void **state)
{
    (void)state;
    assert_int_equal(packed_bits(0), 1);
    assert_int_equal(packed_bits(1), 1);
    assert_int_equal(packed_bits(2), 1);
    assert_int_equal(packed_bits(3), 2);
    assert_int_equal(packed_bits(4), 2);
    assert_int_equal(packed_bits(5), 3);
    assert_int_equal(packed_bits((uint64_t)1 << 32), 32);
    assert_int_equal(packed_bits(UINT64_MAX), 64);
}

enum pattern { UP, DOWN, EQUAL, FEW, SKEWED, OUTLIER, TOP, RANDOM, N_PATTERNS };

static uint64_t value_of(enum pattern p, uint64_t i, uint64_t n, struct rng *rng)
{
    uint64_t r = rng_u64(rng);
    switch (p) {
    case UP:
        return i;
    case DOWN:
        return n - i;
    case EQUAL:
        return 7;
    case FEW:
        return r % 3;
    case SKEWED: /* as sizes are: each bit more is half as common */
        return r >> 24 >> (r % 40);
    case OUTLIER:
        return i == n / 2 ? ((uint64_t)1 << 40) - 1 : r % 1000;
    case TOP:
        return ((uint64_t)1 << 40) - 1 - r % 5;
    default:
        return r >> 24;
    }
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void sort_all(uint64_t n, struct job *job)
{
    uint64_t *key = mem_alloc(n, sizeof *key), *want = mem_alloc(n, sizeof *want);
    struct err err = ERR_INIT;
    struct rng rng;
    assert_true(key != NULL && want != NULL);
    rng_init(&rng, n, 1);
    for (int p = 0; p < N_PATTERNS; p++) {
        for (uint64_t i = 0; i < n; i++)
            want[i] = key[i] = value_of((enum pattern)p, i, n, &rng) << 24 | i;
        qsort(want, n, sizeof *want, ascending);
        assert_int_equal(packed_sort(key, n, job, &err), 0);
        if (memcmp(key, want, n * sizeof *key) != 0)
            fail_msg("pattern %d, %llu keys", p, (unsigned long long)n);
    }
    mem_free(key);
    mem_free(want);
}

static void any_pattern(void **state)
{
    static const uint64_t length[] = {0, 1, 2, 3, 47, 48, 49, 50, 255, 256, 257, 1000, 30000};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(length); i++)
        sort_all(length[i], NULL);
}

static void several_threads(void **state)
{
    static const uint32_t threads[] = {2, 3, 8};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        struct parallel *pool = parallel_new(threads[i]);
        struct job *job = job_new();
        assert_true(pool != NULL && job != NULL);
        job_set_pool(job, pool);
        sort_all(150001, job);
        job_free(job);
        parallel_free(pool);
    }
}

/* All 64 bits count. */
static void whole_range(void **state)
{
    enum { N = 5000 };
    static uint64_t key[N];
    struct err err = ERR_INIT;
    struct rng rng;
    (void)state;
    rng_init(&rng, 9, 9);
    for (int i = 0; i < N; i++)
        key[i] = rng_u64(&rng);
    key[17] = 0;
    key[99] = UINT64_MAX;
    assert_int_equal(packed_sort(key, N, NULL, &err), 0);
    for (int i = 1; i < N; i++)
        assert_true(key[i - 1] < key[i]);
    assert_true(key[0] == 0 && key[N - 1] == UINT64_MAX);
}

static void cancelled(void **state)
{
    enum { N = 200000 };
    uint64_t *key = mem_alloc(N, sizeof *key);
    struct parallel *pool = parallel_new(2);
    struct job *job = job_new();
    struct err err = ERR_INIT;
    (void)state;
    assert_true(key != NULL && pool != NULL && job != NULL);
    for (uint64_t i = 0; i < N; i++)
        key[i] = N - i;
    job_cancel(job);
    assert_int_equal(packed_sort(key, N, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    err = (struct err)ERR_INIT;
    job_set_pool(job, pool);
    assert_int_equal(packed_sort(key, N, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    mem_free(key);
    job_free(job);
    parallel_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_for_positions), cmocka_unit_test(any_pattern),
        cmocka_unit_test(several_threads),    cmocka_unit_test(whole_range),
        cmocka_unit_test(cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
