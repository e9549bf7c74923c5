/* Counting and numbering of keys. */
#include "tests/unit/unit.h"

#include "core/base/keymap.h"
#include "core/base/mem.h"
#include "core/base/tally.h"

static void test_counts(void **state)
{
    struct tally t = TALLY_INIT;
    uint64_t sum = 0;
    (void)state;
    assert_int_equal(tally_count(&t, 1, 0), 0);
    for (uint32_t i = 0; i < 1000; i++)
        for (uint32_t j = 0; j <= i % 3; j++)
            assert_int_equal(tally_add(&t, (uint64_t)i << 32, i % 7), 0);
    assert_int_equal(t.n, 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(tally_count(&t, (uint64_t)i << 32, i % 7), i % 3 + 1);
        assert_int_equal(tally_count(&t, (uint64_t)i << 32, 7), 0);
    }
    for (size_t i = 0; i < t.cap; i++)
        sum += t.item[i].count;
    assert_int_equal(sum, 1999);
    tally_release(&t);
    assert_int_equal(t.cap, 0);
}

static void test_same_key_other_half(void **state)
{
    struct tally t = TALLY_INIT;
    (void)state;
    assert_int_equal(tally_add(&t, 0, 0), 0);
    assert_int_equal(tally_add(&t, 0, 1), 0);
    assert_int_equal(tally_add(&t, UINT64_MAX, UINT32_MAX), 0);
    assert_int_equal(t.n, 3);
    assert_int_equal(tally_count(&t, 0, 0), 1);
    assert_int_equal(tally_count(&t, UINT64_MAX, UINT32_MAX), 1);
    tally_release(&t);
}

static void test_count_stops_at_the_top(void **state)
{
    struct tally t = TALLY_INIT;
    (void)state;
    assert_int_equal(tally_add(&t, 5, 0), 0);
    for (size_t i = 0; i < t.cap; i++)
        if (t.item[i].count != 0)
            t.item[i].count = UINT32_MAX;
    assert_int_equal(tally_add(&t, 5, 0), 0);
    assert_int_equal(tally_count(&t, 5, 0), UINT32_MAX);
    tally_release(&t);
}

static void test_memory(void **state)
{
    struct tally t = TALLY_INIT;
    struct keymap m = {.n = 0};
    uint64_t i = 0;
    (void)state;
    for (; i < 40; i++)
        assert_int_equal(tally_add(&t, i, 0), 0);
    mem_fail_at(1, true);
    while (tally_add(&t, i, 0) == 0)
        i++;
    assert_int_equal(keymap_add(&m, 1), -1);
    mem_fail_at(0, false);
    assert_int_equal(t.n, i);
    assert_int_equal(tally_count(&t, 7, 0), 1); /* what was counted stays */
    assert_int_equal(tally_add(&t, i, 0), 0);
    assert_int_equal(m.n, 0);
    tally_release(&t);
    keymap_release(&m);
}

static void test_keymap(void **state)
{
    struct keymap m = {.n = 0};
    (void)state;
    for (int round = 0; round < 2; round++)
        for (uint64_t i = 0; i < 500; i++)
            assert_int_equal(keymap_add(&m, i * 0x100000001u), i);
    assert_int_equal(m.n, 500);
    keymap_release(&m);
}

static void test_many_at_once_and_anew(void **state)
{
    struct tally t = TALLY_INIT;
    size_t cap;
    (void)state;
    tally_clear(&t);
    assert_int_equal(t.n, 0);
    for (uint32_t i = 0; i < 500; i++)
        assert_int_equal(tally_add_many(&t, i % 100, i % 2, i + 1), 0);
    assert_int_equal(t.n, 100);
    assert_int_equal(tally_count(&t, 3, 1), 4 + 104 + 204 + 304 + 404);
    assert_int_equal(tally_add_many(&t, 3, 1, UINT32_MAX), 0);
    assert_int_equal(tally_count(&t, 3, 1), UINT32_MAX); /* no more than there is room for */
    cap = t.cap;
    tally_clear(&t);
    assert_int_equal(t.n, 0);
    assert_int_equal(t.cap, cap);
    assert_int_equal(tally_count(&t, 3, 1), 0);
    assert_int_equal(tally_add(&t, 3, 1), 0);
    assert_int_equal(tally_count(&t, 3, 1), 1);
    tally_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_at_once_and_anew),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_same_key_other_half),
        cmocka_unit_test(test_count_stops_at_the_top),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_keymap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
