/* Columns of a wide table: frozen, scrolled, cut. */
#include "tui/model/columns.h"

#include "tests/unit/unit.h"

static const uint32_t width[] = {8, 15, 15, 6, 5, 9, 20};
#define N ((uint32_t)ARRAY_LEN(width))

static void test_all_fit(void **state)
{
    struct column_slot slot[N];
    (void)state;
    assert_int_equal(columns_lay(width, N, 2, 2, 1, 200, slot, N), N);
    assert_int_equal(slot[0].x, 0);
    assert_int_equal(slot[1].x, 9);
    assert_int_equal(slot[6].x, 8 + 15 + 15 + 6 + 5 + 9 + 6);
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(slot[i].column, i);
        assert_false(slot[i].cut);
    }
}

static void test_scrolled_and_cut(void **state)
{
    struct column_slot slot[N];
    uint32_t n;
    (void)state;
    n = columns_lay(width, N, 2, 4, 1, 46, slot, N);
    /* 8 + 1 + 15 + 1 = 25, then 5 + 1, then 9 + 1, then 5 of 20 */
    assert_int_equal(n, 5);
    assert_int_equal(slot[2].column, 4);
    assert_int_equal(slot[2].x, 25);
    assert_int_equal(slot[4].column, 6);
    assert_int_equal(slot[4].x, 41);
    assert_int_equal(slot[4].cols, 5);
    assert_true(slot[4].cut);
    /* 3 columns left for the last: left out */
    assert_int_equal(columns_lay(width, N, 2, 4, 1, 44, slot, N), 4);
}

static void test_frozen_gives_way(void **state)
{
    static const uint32_t wide[] = {26, 39, 39};
    struct column_slot slot[3];
    (void)state;
    assert_int_equal(columns_frozen(wide, 3, 2, 1, 60), 1);
    assert_int_equal(columns_lay(wide, 3, 2, 0, 1, 60, slot, 3), 2);
    assert_int_equal(slot[1].column, 1);
    assert_int_equal(slot[1].cols, 33);
    assert_true(slot[1].cut);
    assert_int_equal(columns_lay(wide, 3, 2, 2, 1, 60, slot, 3), 2);
    assert_int_equal(slot[1].column, 2);
}

static void test_tiny_screens(void **state)
{
    struct column_slot slot[N];
    (void)state;
    assert_int_equal(columns_lay(width, N, 2, 2, 1, 0, slot, N), 0);
    assert_int_equal(columns_lay(width, N, 2, 0, 1, 1, slot, N), 1);
    assert_int_equal(slot[0].cols, 1);
    assert_int_equal(columns_lay(width, 0, 2, 0, 1, 80, slot, N), 0);
    assert_int_equal(columns_lay(width, N, 2, 2, 1, 200, slot, 3), 3);
}

/* Whatever is wanted is then shown, and the window moves no further than it must. */
static void test_reveal(void **state)
{
    (void)state;
    for (uint32_t total = 1; total < 120; total++)
        for (uint32_t first = 0; first < N; first++)
            for (uint32_t want = 0; want < N; want++) {
                struct column_slot slot[N];
                uint32_t at = columns_reveal(width, N, 2, first, 1, total, want);
                uint32_t n = columns_lay(width, N, 2, at, 1, total, slot, N), i = 0;
                while (i < n && slot[i].column != want)
                    i++;
                assert_true(i < n);
                if (slot[i].cut)
                    assert_true(i == n - 1 && (want == at || want < 2));
                if (want >= columns_frozen(width, N, 2, 1, total) && want < first)
                    assert_int_equal(at, want);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_fit),          cmocka_unit_test(test_scrolled_and_cut),
        cmocka_unit_test(test_frozen_gives_way), cmocka_unit_test(test_tiny_screens),
        cmocka_unit_test(test_reveal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
