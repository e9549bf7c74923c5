/* Lengths of bars. */
#include "tui/model/barchart.h"

#include "tests/unit/unit.h"

static void test_lengths(void **state)
{
    static const struct {
        uint64_t value, max;
        uint32_t cols;
        enum bar_scale scale;
        uint32_t length;
    } row[] = {
        {0, 100, 10, BAR_LOG, 0},
        {0, 0, 10, BAR_LOG, 0},
        {5, 100, 0, BAR_LOG, 0},
        {1, 1, 10, BAR_LOG, 80},
        {100, 100, 10, BAR_LINEAR, 80},
        {200, 100, 10, BAR_LINEAR, 80},
        {50, 100, 10, BAR_LINEAR, 40},
        {1, 1000000, 10, BAR_LINEAR, 1},
        {999999, 1000000, 10, BAR_LINEAR, 79},
        {UINT64_MAX - 1, UINT64_MAX, 10, BAR_LOG, 79},
        {UINT64_MAX, UINT64_MAX, 10, BAR_LOG, 80},
        {1, UINT64_MAX, 1, BAR_LOG, 1},
        /* log1p(171) / log1p(40303) * 80 = 38.8 */
        {171, 40303, 10, BAR_LOG, 39},
        {171, 40303, 10, BAR_LINEAR, 1},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++)
        assert_int_equal(bar_length(row[i].value, row[i].max, row[i].cols, row[i].scale),
                         row[i].length);
}

static void test_bigger_is_never_shorter(void **state)
{
    (void)state;
    for (uint32_t cols = 1; cols < 40; cols += 13)
        for (int scale = 0; scale < 2; scale++)
            for (uint64_t v = 1, last = 0; v <= 3000; v++) {
                uint32_t now = bar_length(v, 3000, cols, (enum bar_scale)scale);
                assert_true(now >= last && now >= 1 && now <= 8 * cols);
                last = now;
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_bigger_is_never_shorter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
