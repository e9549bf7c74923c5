/* intern.h: texts numbered by first appearance. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/table/intern.h"

static struct span name_of(unsigned i, char out[32])
{
    int n = snprintf(out, 32, "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
    return span_make(out, (size_t)n);
}

static void numbers_by_first_appearance(void **state)
{
    static const struct {
        struct span text;
        uint32_t id;
        enum addr_kind kind;
    } cases[] = {
        {{"10.0.0.1", 8}, 0, ADDR_V4}, {{"fe80::1%eth0", 12}, 1, ADDR_V6},
        {{"10.0.0.1", 8}, 0, ADDR_V4}, {{"fe80::1", 7}, 2, ADDR_V6}, /* other bytes: another text */
        {{"", 0}, 3, ADDR_NOT},        {{"300.1.1.1", 9}, 4, ADDR_NOT},
        {{"a\0b", 3}, 5, ADDR_NOT},    {{"a\0c", 3}, 6, ADDR_NOT},
        {{"", 0}, 3, ADDR_NOT},        {{"::ffff:1.2.3.4", 14}, 7, ADDR_V4},
        {{"1.2.3.4", 7}, 8, ADDR_V4},  {{"a\0b", 3}, 5, ADDR_NOT},
    };
    struct intern in = {.n = 0};
    (void)state;
    assert_int_equal(intern_find(&in, span_of("x")), INTERN_NONE);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(intern_put(&in, cases[i].text), cases[i].id);
        assert_int_equal(in.addr[cases[i].id].kind, cases[i].kind);
        assert_true(span_eq(intern_text(&in, cases[i].id), cases[i].text));
    }
    assert_int_equal(in.n, 9);
    assert_int_equal(intern_find(&in, span_of("10.0.0.2")), INTERN_NONE);
    intern_release(&in);
}

/* Through many growths, a trim and a clearing. */
static void many(void **state)
{
    struct intern in = {.n = 0};
    uint64_t grown;
    char text[32];
    (void)state;
    for (unsigned i = 0; i < 20000; i++)
        assert_int_equal(intern_put(&in, name_of(i, text)), i);
    grown = intern_memory(&in);
    intern_trim(&in);
    assert_true(intern_memory(&in) < grown);
    for (unsigned i = 0; i < 20000; i++) {
        assert_int_equal(intern_find(&in, name_of(i, text)), i);
        assert_true(span_eq(intern_text(&in, i), name_of(i, text)));
    }
    intern_clear(&in);
    assert_int_equal(in.n, 0);
    assert_int_equal(intern_find(&in, name_of(7, text)), INTERN_NONE);
    assert_int_equal(intern_put(&in, name_of(7, text)), 0);
    assert_int_equal(intern_put(&in, name_of(9, text)), 1);
    assert_int_equal(intern_put(&in, name_of(7, text)), 0);
    intern_release(&in);
}

/* Whichever allocation fails, the texts so far stay and the next try succeeds. */
static void short_memory(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 4; n++) {
        struct intern in = {.n = 0};
        mem_fail_at(n, false);
        assert_int_equal(intern_put(&in, span_of("10.0.0.1")), INTERN_NONE);
        mem_fail_at(0, false);
        assert_int_equal(in.n, 0);
        assert_int_equal(intern_put(&in, span_of("10.0.0.1")), 0);
        assert_int_equal(intern_put(&in, span_of("10.0.0.2")), 1);
        assert_int_equal(intern_find(&in, span_of("10.0.0.1")), 0);
        intern_release(&in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_by_first_appearance),
        cmocka_unit_test(many),
        cmocka_unit_test(short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
