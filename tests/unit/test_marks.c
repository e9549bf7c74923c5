/* Marked rows: set, counted, listed in an order. */
#include "tui/model/marks.h"

#include "core/base/mem.h"
#include "tests/unit/unit.h"

static void none_at_first(void **state)
{
    struct marks m = {0};
    struct err err = ERR_INIT;
    const uint32_t row[] = {0, 1};
    uint32_t *list;
    (void)state;
    assert_false(marks_has(NULL, 0));
    assert_false(marks_has(&m, 0));
    assert_int_equal(marks_set(&m, row, 2, true), 0); /* no room was made */
    assert_int_equal(m.n, 0);
    list = marks_list(&m, row, 2, &err);
    assert_non_null(list);
    mem_free(list);
    marks_release(&m);
}

/* Every row at the edges of words, on and off, and beyond the table. */
static void edges(void **state)
{
    static const uint64_t sizes[] = {1, 63, 64, 65, 128, 1000};
    (void)state;
    for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
        struct marks m = {0};
        struct err err = ERR_INIT;
        assert_int_equal(marks_reserve(&m, sizes[s], &err), 0);
        for (uint32_t row = 0; row < sizes[s] + 70; row++) {
            bool there = row < sizes[s];
            assert_false(marks_has(&m, row));
            assert_int_equal(marks_set(&m, &row, 1, true), there);
            assert_int_equal(marks_set(&m, &row, 1, true), 0);
            assert_int_equal(marks_has(&m, row), there);
            assert_int_equal(m.n, row < sizes[s] ? row + 1 : sizes[s]);
        }
        for (uint32_t row = 0; row < sizes[s]; row++)
            assert_int_equal(marks_set(&m, &row, 1, false), 1);
        assert_int_equal(m.n, 0);
        marks_release(&m);
        assert_int_equal(marks_reserve(&m, 1, &err), 0);
        assert_int_equal(marks_reserve(&m, 1, &err), 0);
        assert_false(marks_has(&m, 0));
        marks_release(&m);
    }
}

static void listed_as_they_stand(void **state)
{
    static const uint32_t marked[] = {5, 64, 99, 3, 70}, order[] = {70, 1, 5, 70, 2, 200};
    static const uint32_t wanted[] = {70, 5, 3, 64, 99};
    struct marks m = {0};
    struct err err = ERR_INIT;
    uint32_t *list;
    (void)state;
    assert_int_equal(marks_reserve(&m, 100, &err), 0);
    assert_int_equal(marks_set(&m, marked, ARRAY_LEN(marked), true), ARRAY_LEN(marked));
    list = marks_list(&m, order, ARRAY_LEN(order), &err);
    assert_non_null(list);
    assert_memory_equal(list, wanted, sizeof wanted);
    mem_free(list);
    assert_int_equal(m.n, ARRAY_LEN(marked)); /* the marks stay */
    assert_true(marks_has(&m, 70));
    marks_release(&m);
}

static void memory_is_short(void **state)
{
    static const uint32_t row[] = {1, 2};
    struct marks m = {0};
    struct err err = ERR_INIT;
    (void)state;
    mem_fail_at(1, false);
    assert_int_equal(marks_reserve(&m, 100, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    mem_fail_at(0, false);
    assert_int_equal(marks_reserve(&m, 100, &err), 0);
    assert_int_equal(marks_set(&m, row, 2, true), 2);
    for (uint64_t n = 1; n <= 2; n++) {
        mem_fail_at(n, false);
        assert_null(marks_list(&m, row, 2, &err));
        mem_fail_at(0, false);
    }
    assert_int_equal(m.n, 2);
    marks_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_at_first),
        cmocka_unit_test(edges),
        cmocka_unit_test(listed_as_they_stand),
        cmocka_unit_test(memory_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
