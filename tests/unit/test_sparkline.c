/* Small bars over time. */
#include "tui/model/sparkline.h"

#include "tests/unit/unit.h"

static void test_bins_lose_nothing(void **state)
{
    uint64_t count[32], out[SPARK_MAX_COLS];
    (void)state;
    for (uint32_t i = 0; i < 32; i++)
        count[i] = i * i + 1;
    for (uint32_t cols = 1; cols <= 40; cols++) {
        uint64_t sum = 0, want = 0;
        uint32_t n = spark_bins(count, 32, cols, out);
        assert_int_equal(n, cols < 32 ? cols : 32);
        for (uint32_t i = 0; i < n; i++)
            sum += out[i];
        for (uint32_t i = 0; i < 32; i++)
            want += count[i];
        assert_int_equal(sum, want);
    }
    assert_int_equal(spark_bins(count, 0, 10, out), 0);
    assert_int_equal(spark_bins(count, 32, 0, out), 0);
}

static void test_levels(void **state)
{
    static const struct {
        uint64_t count, max;
        uint32_t level;
    } row[] = {{0, 0, 0},  {0, 10, 0}, {1, 1000000, 1}, {10, 10, 8},   {11, 10, 8},
               {5, 10, 4}, {9, 10, 7}, {1, 8, 1},       {999, 1000, 7}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++)
        assert_int_equal(spark_level(row[i].count, row[i].max), row[i].level);
}

static void test_lines(void **state)
{
    static const uint64_t count[6] = {16, 0, 1, 8, 0, 0};
    static const uint8_t whole[6] = {8, 0, 1, 4, 0, 0}, half[3] = {8, 4, 0};
    uint8_t out[8];
    (void)state;
    assert_int_equal(spark_levels(count, 6, 6, out), 6);
    assert_memory_equal(out, whole, 6);
    assert_int_equal(spark_levels(count, 6, 3, out), 3);
    assert_memory_equal(out, half, 3);
    assert_int_equal(spark_levels(count, 6, 0, out), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bins_lose_nothing),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
