/* Wrapping of texts of any origin, and times in few columns. */
#include "tui/model/words.h"

#include "core/base/clean.h"
#include "tests/unit/unit.h"

static void test_lines(void **state)
{
    static const struct {
        const char *text;
        int cols;
        bool words;
        const char *line[4];
    } row[] = {
        {"", 10, true, {NULL}},
        {"one two three", 7, true, {"one two", "three", NULL}},
        {"one two three", 6, true, {"one ", "two ", "three", NULL}},
        {"one two three", 6, false, {"one tw", "o thre", "e", NULL}},
        {"abcdefghij", 4, true, {"abcd", "efgh", "ij", NULL}},
        {"abc", 1, true, {"a", "b", "c", NULL}},
        {"abc", 0, true, {"a", "b", "c", NULL}}, /* never stands still */
        {"a\x1b"
         "b",
         4,
         false,
         {"a", "\x1b", "b", NULL}}, /* an escape is not torn */
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct span rest = span_of(row[i].text);
        for (size_t n = 0; row[i].line[n] != NULL; n++) {
            struct span line = wrap_take(&rest, row[i].cols, row[i].words);
            assert_int_equal(line.len, strlen(row[i].line[n]));
            assert_memory_equal(line.ptr, row[i].line[n], line.len);
        }
        assert_int_equal(rest.len, 0);
    }
}

/* Whatever the width, every byte that is no blank comes out once and in order. */
static void test_nothing_is_lost(void **state)
{
    static const char text[] =
        "20 \xff sources \xe4\xb8\xad\xe6\x96\x87 -> 1.2.3.4, \x07tcp/443:  x";
    (void)state;
    clean_set_utf8(true);
    for (int cols = 1; cols < 60; cols++) {
        struct span rest = {text, sizeof text - 1};
        const char *at = text;
        while (rest.len > 0) {
            struct span line = wrap_take(&rest, cols, true);
            while (at < line.ptr)
                assert_int_equal(*at++, ' ');
            assert_ptr_equal(at, line.ptr);
            assert_true(line.len > 0);
            at += line.len;
        }
        assert_ptr_equal(at, text + sizeof text - 1);
    }
    clean_set_utf8(false);
}

static void test_ranges(void **state)
{
    const int64_t us = 1000000, noon = INT64_C(1332008626) * us; /* 2012-03-17 18:23:46 */
    static const struct {
        int64_t more_s;
        enum time_style style;
        const char *text;
    } row[] = {
        {0, TIME_AS_UTC, "2012-03-17 18:23-18:23Z"},
        {3600, TIME_AS_UTC, "2012-03-17 18:23-19:23Z"},
        {86400, TIME_AS_UTC, "2012-03-17 18:23 - 2012-03-18 18:23Z"},
        {60, TIME_AS_EPOCH, "1332008626-1332008686"},
    };
    char out[80];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++)
        assert_string_equal(
            range_text(noon, noon + row[i].more_s * us, row[i].style, out, sizeof out),
            row[i].text);
    assert_string_equal(range_text(TIME_MISSING, noon, TIME_AS_UTC, out, sizeof out), "no times");
    assert_string_equal(range_short(noon, noon + 60 * us, TIME_AS_UTC, out, sizeof out),
                        "18:23-18:24Z");
    assert_string_equal(range_short(noon, noon + 86400 * us, TIME_AS_UTC, out, sizeof out),
                        "03-17 18:23 - 03-18 18:23Z");
    assert_string_equal(range_short(noon, noon + 60 * us, TIME_AS_EPOCH, out, sizeof out),
                        "1332008626-1332008686");
    assert_string_equal(range_short(noon, TIME_MISSING, TIME_AS_UTC, out, sizeof out), "no times");
}

static void test_clocks(void **state)
{
    const int64_t t = INT64_C(1332008626960000);
    char out[64];
    (void)state;
    assert_string_equal(clock_text(t, TIME_AS_UTC, false, out, sizeof out), "18:23:46");
    assert_string_equal(clock_text(t, TIME_AS_UTC, true, out, sizeof out), "03-17 18:23:46");
    assert_string_equal(clock_text(TIME_MISSING, TIME_AS_UTC, false, out, sizeof out), "-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_nothing_is_lost),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
