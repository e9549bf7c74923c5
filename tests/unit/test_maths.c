/* The logarithm that is the same everywhere: against the library's, at its edges, in order. */
#include "core/base/maths.h"

#include "tests/unit/unit.h"

#include <float.h>
#include <math.h>
#include <string.h>

static void close_to_the_library(double x, double *before)
{
    double is = maths_log1p(x), want = log1p(x);
    if (fabs(is - want) > 1e-15 * want)
        fail_msg("%.17g: %.17g, not %.17g", x, is, want);
    if ((float)is < (float)*before)
        fail_msg("%.17g: below its predecessor", x);
    *before = is;
}

static void is_the_library_over_the_whole_range(void **state)
{
    double before = 0;
    (void)state;
    /* All floats from the smallest to the largest, in steps that meet every exponent often. */
    for (uint32_t bits = 0; bits < 0x7f800000u; bits += 997) {
        float x;
        memcpy(&x, &bits, sizeof x);
        close_to_the_library((double)x, &before);
    }
    before = 0;
    for (uint64_t n = 0; n < 300000; n++)
        close_to_the_library((double)n, &before);
    before = 0;
    for (int e = 4; e < 1000; e++)
        for (int step = -3; step <= 3; step++)
            close_to_the_library(ldexp(1, e) + step * ldexp(1, e > 52 ? e - 52 : 0), &before);
}

static void rounded_to_float_it_hardly_ever_differs(void **state)
{
    uint32_t differ = 0;
    (void)state;
    for (uint32_t n = 0; n < 2000000; n++)
        differ += (float)maths_log1p(n * 1e-6 * 37) != (float)log1p(n * 1e-6 * 37);
    assert_in_range(differ, 0, 2);
}

static void edges(void **state)
{
    (void)state;
    assert_true(maths_log1p(0) == 0);
    assert_true(isnan(maths_log1p((double)NAN)));
    assert_true(isfinite(maths_log1p(DBL_MAX)));
    assert_true(maths_log1p(DBL_MIN) == DBL_MIN);
    assert_true(maths_log1p(1e-20) == 1e-20);
}

static void a_block_is_the_same_bits(void **state)
{
    double x[MATHS_BLOCK], one[MATHS_BLOCK];
    (void)state;
    for (int round = 0; round < 1000; round++) {
        for (int i = 0; i < MATHS_BLOCK; i++) {
            x[i] = i == 5 ? (double)NAN : round * 1e3 * pow(0.3, i);
            one[i] = maths_log1p(x[i]);
        }
        maths_log1p_block(x);
        for (int i = 0; i < MATHS_BLOCK; i++)
            if (i != 5)
                assert_memory_equal(&x[i], &one[i], sizeof *x);
        assert_true(isnan(x[5]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_the_library_over_the_whole_range),
        cmocka_unit_test(rounded_to_float_it_hardly_ever_differs),
        cmocka_unit_test(edges),
        cmocka_unit_test(a_block_is_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
