/* The tables of meanings are whole and without doubles. */
#include "tui/view/fields.h"

#include "core/table/schema.h"
#include "tests/unit/unit.h"

static void test_every_role_is_explained(void **state)
{
    (void)state;
    for (int role = 0; role < N_ROLES; role++)
        assert_non_null(field_about(span_of(role_name((enum role)role))));
    assert_null(field_about(span_of("")));
    assert_null(field_about(span_of("id.orig")));
}

static void test_every_state_is_explained(void **state)
{
    static const char *const names[] = {"S0",   "S1",     "SF",    "REJ", "S2",  "S3", "RSTO",
                                        "RSTR", "RSTOS0", "RSTRH", "SH",  "SHR", "OTH"};
    size_t n = 0;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_non_null(conn_state_about(span_of(names[i])));
    while (conn_state_at(n) != NULL)
        n++;
    assert_int_equal(n, ARRAY_LEN(names));
    assert_null(conn_state_about(span_of("s0")));
}

static void test_both_cases_of_a_letter_mean_the_same(void **state)
{
    static const char letters[] = "shadfrcgtwiqx";
    (void)state;
    for (const char *p = letters; *p != '\0'; p++) {
        assert_non_null(history_about(*p));
        assert_string_equal(history_about(*p), history_about((char)(*p - 'a' + 'A')));
    }
    assert_non_null(history_about('^'));
    assert_null(history_about('z'));
    assert_null(history_about('\0'));
}

static void test_no_name_twice(void **state)
{
    (void)state;
    for (size_t i = 0; field_at(i) != NULL; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(field_at(i)->name, field_at(k)->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_role_is_explained),
        cmocka_unit_test(test_every_state_is_explained),
        cmocka_unit_test(test_both_cases_of_a_letter_mean_the_same),
        cmocka_unit_test(test_no_name_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
