/* parallel.h: every slice runs once, for any number of threads; pools can be used again. */
#include "tests/unit/unit.h"

#include <stdatomic.h>

#include "core/parallel.h"

#define SLICES 1000

struct counts {
    atomic_uint seen[SLICES];
};

static void count(void *user, uint32_t slice)
{
    struct counts *c = user;
    atomic_fetch_add(&c->seen[slice], 1);
}

static void each_slice_runs_once(void **state)
{
    (void)state;
    static const uint32_t n_slices[] = {0, 1, 2, 3, 64, SLICES};
    for (uint32_t threads = 0; threads <= 8; threads++) {
        struct parallel *pool = threads == 0 ? NULL : parallel_new(threads);
        for (size_t i = 0; i < ARRAY_LEN(n_slices); i++) {
            static struct counts c;
            memset(&c, 0, sizeof c);
            parallel_run(pool, n_slices[i], count, &c);
            for (uint32_t s = 0; s < SLICES; s++)
                assert_int_equal(atomic_load(&c.seen[s]), s < n_slices[i] ? 1 : 0);
        }
        assert_int_equal(parallel_threads(pool), threads == 0 ? 1 : threads);
        parallel_free(pool);
    }
}

static void threads_are_bounded(void **state)
{
    (void)state;
    struct parallel *pool = parallel_new(10000);
    assert_true(parallel_threads(pool) <= PARALLEL_MAX_THREADS);
    parallel_free(pool);
}

static void slices_cover_all_rows(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < 200; n++) {
        assert_int_equal(slice_begin(n, 64, 0), 0);
        assert_int_equal(slice_begin(n, 64, 64), n);
        for (uint32_t s = 0; s < 64; s++)
            assert_in_range(slice_begin(n, 64, s + 1) - slice_begin(n, 64, s), n / 64, n / 64 + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_slice_runs_once),
        cmocka_unit_test(threads_are_bounded),
        cmocka_unit_test(slices_cover_all_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
