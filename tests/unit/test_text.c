/* Glyphs, and cutting text to columns. */
#include "tests/unit/unit.h"

#include <locale.h>

#include "core/base/mem.h"
#include "tui/text.h"

static void glyphs_take_one_column(void **state)
{
    (void)state;
    for (int utf8 = 0; utf8 < 2; utf8++) {
        clean_set_utf8(utf8 == 1);
        for (int i = 0; i < N_GLYPHS; i++)
            assert_int_equal(clean_cols(span_of(text_glyph((enum glyph)i))), 1);
        for (unsigned i = 0; i <= 9; i++) {
            assert_int_equal(clean_cols(span_of(text_spark(i))), 1);
            assert_int_equal(clean_cols(span_of(text_eighth(i))), 1);
        }
    }
    clean_set_utf8(false);
    for (unsigned i = 0; i <= 8; i++) { /* levels stay apart without blocks too */
        assert_true((unsigned char)text_spark(i)[0] < 0x80);
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(text_spark(i), text_spark(j));
    }
    assert_string_equal(text_eighth(1), "|");
    assert_string_equal(text_eighth(8), "#");
}

static void fit(const char *in, size_t cols, enum cut cut, const char *expected)
{
    struct buf out = BUF_INIT;
    size_t used = text_add_fit(&out, span_of(in), cols, cut);
    assert_string_equal(buf_text(&out), expected);
    assert_int_equal(used, clean_cols(span_of(expected)));
    assert_true(used <= cols);
    buf_release(&out);
}

static void texts_are_cut(void **state)
{
    static const struct {
        const char *in;
        size_t cols;
        enum cut cut;
        const char *out;
    } cases[] = {
        {"", 0, CUT_END, ""},
        {"", 5, CUT_ADDR, ""},
        {"abc", 3, CUT_END, "abc"},
        {"abcd", 3, CUT_END, "ab~"},
        {"abcd", 1, CUT_END, "~"},
        {"abcd", 0, CUT_END, ""},
        {"abcd", 3, CUT_START, "~cd"},
        {"abcd", 4, CUT_START, "abcd"},
        {"abcd", 1, CUT_START, "~"},
        {"abcdefgh", 5, CUT_MIDDLE, "ab~gh"},
        {"abcdefgh", 6, CUT_MIDDLE, "abc~gh"},
        {"abcdefgh", 8, CUT_MIDDLE, "abcdefgh"},
        {"a\x1b"
         "bc",
         5, CUT_END, "a~"}, /* an escape is four columns, and whole */
        {"a\x1b"
         "bc",
         6, CUT_END, "a\\x1b~"},
        {"192.168.202.79", 14, CUT_ADDR, "192.168.202.79"},
        {"fe80::20c:29ff:fe18:f2c2", 12, CUT_ADDR, "fe80::..f2c2"},
        {"fe80::20c:29ff:fe18:f2c2", 24, CUT_ADDR, "fe80::20c:29ff:fe18:f2c2"},
        {"fe80::20c:29ff:fe18:f2c2", 4, CUT_ADDR, "~2c2"},
        {"fe80::20c:29ff:fe18:f2c2", 2, CUT_ADDR, "~2"},
        {"fe80::20c:29ff:fe18:f2c2", 0, CUT_ADDR, ""},
    };
    (void)state;
    clean_set_utf8(false);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        fit(cases[i].in, cases[i].cols, cases[i].cut, cases[i].out);
}

static void wide_characters_are_whole(void **state)
{
    (void)state;
    clean_set_utf8(true);
    fit("\xe4\xb8\xad\xe6\x96\x87", 4, CUT_END, "\xe4\xb8\xad\xe6\x96\x87");
    fit("\xe4\xb8\xad\xe6\x96\x87", 3, CUT_END, "\xe4\xb8\xad…");
    fit("\xe4\xb8\xad\xe6\x96\x87", 2, CUT_END, "…");
    fit("\xe4\xb8\xad\xe6\x96\x87", 3, CUT_START, "…\xe6\x96\x87");
    clean_set_utf8(false);
}

/* Every cut of hostile bytes at every width stays within the width, and its parts are parts of the
 * text. */
static void no_cut_is_too_wide(void **state)
{
    static const char bytes[] =
        "a\xcc\x81\x01:\xcc\x81::\xff\xe2\x80\xae:fe80\xe4\xb8\xad\x00z\xf0\x9f";
    const struct span in = {bytes, sizeof bytes - 1};
    (void)state;
    for (int utf8 = 0; utf8 < 2; utf8++) {
        clean_set_utf8(utf8 == 1);
        for (size_t from = 0; from < in.len; from++)
            for (size_t cols = 0; cols < 50; cols++)
                for (int cut = CUT_END; cut <= CUT_ADDR; cut++) {
                    struct span part = {in.ptr + from, in.len - from};
                    struct fit f = text_fit(part, cols, (enum cut)cut);
                    assert_true(f.cols <= cols);
                    assert_int_equal(clean_cols(f.head) + clean_cols(span_of(f.mark)) +
                                         clean_cols(f.tail),
                                     f.cols);
                    assert_true(f.head.len + f.tail.len <= part.len);
                    assert_true(f.cut || f.head.len == part.len);
                }
    }
    clean_set_utf8(false);
}

/* A value of a mebibyte is cut by looking at its ends only. */
static void huge_values_are_cut_at_once(void **state)
{
    size_t n = (size_t)1 << 20;
    char *huge = mem_alloc(n, 1);
    struct fit f;
    (void)state;
    assert_non_null(huge);
    memset(huge, '\x1b', n);
    memcpy(huge + n - 3, "end", 3);
    for (int i = 0; i < 2000; i++) {
        f = text_fit(span_make(huge, n), 20, CUT_MIDDLE);
        assert_true(f.cut && f.tail.len >= 3);
    }
    assert_memory_equal(f.tail.ptr + f.tail.len - 3, "end", 3);
    mem_free(huge);
}

static void addresses_stay_apart(void **state)
{
    const struct span same[] = {span_of("fe80::1:2:3:f2c2"), span_of("fe80::1:2:3:f2c2")};
    const struct span end[] = {span_of("fe80::20c:29ff:fe18:f2c2"),
                               span_of("fe80::20c:29ff:fe18:f2c3")};
    const struct span middle[] = {span_of("2001:db8:0:1:aaaa:bbbb:cccc:1"),
                                  span_of("2001:db8:0:2:aaaa:bbbb:cccc:1")};
    struct buf a = BUF_INIT, b = BUF_INIT;
    size_t cols;
    (void)state;
    clean_set_utf8(false);
    assert_int_equal(text_cols_apart(same, 2, 8, 39, CUT_ADDR), 8);
    assert_int_equal(text_cols_apart(end, 2, 8, 39, CUT_ADDR), 8);
    assert_int_equal(text_cols_apart(NULL, 0, 8, 39, CUT_ADDR), 8);
    cols = text_cols_apart(middle, 2, 8, 39, CUT_ADDR);
    assert_true(cols > 8 && cols <= 29);
    (void)text_add_fit(&a, middle[0], cols, CUT_ADDR);
    (void)text_add_fit(&b, middle[1], cols, CUT_ADDR);
    assert_string_not_equal(buf_text(&a), buf_text(&b));
    assert_int_equal(text_cols_apart(middle, 2, 8, 9, CUT_ADDR), 9); /* nothing helps */
    mem_fail_at(1, true);
    assert_int_equal(text_cols_apart(middle, 2, 8, 39, CUT_ADDR), 39);
    mem_fail_at(0, false);
    buf_release(&a);
    buf_release(&b);
}

static void code_points_become_bytes(void **state)
{
    char out[4];
    (void)state;
    assert_int_equal(text_utf8('a', out), 1);
    assert_int_equal(text_utf8(0xe9, out), 2);
    assert_memory_equal(out, "\xc3\xa9", 2);
    assert_int_equal(text_utf8(0x20ac, out), 3);
    assert_memory_equal(out, "\xe2\x82\xac", 3);
    assert_int_equal(text_utf8(0x1f600, out), 4);
    assert_memory_equal(out, "\xf0\x9f\x98\x80", 4);
    assert_int_equal(text_utf8(0xd800, out), 0);
    assert_int_equal(text_utf8(0x110000, out), 0);
}

static void the_last_unit_is_found(void **state)
{
    (void)state;
    clean_set_utf8(true);
    assert_int_equal(text_last_unit(span_of("")), 0);
    assert_int_equal(text_last_unit(span_of("ab")), 1);
    assert_int_equal(text_last_unit(span_of("a\xc3\xa9")), 2);
    assert_int_equal(text_last_unit(span_of("ae\xcc\x81")), 3);
    assert_int_equal(text_last_unit(span_of("a\xff")), 1);
    clean_set_utf8(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(glyphs_take_one_column),      cmocka_unit_test(texts_are_cut),
        cmocka_unit_test(wide_characters_are_whole),   cmocka_unit_test(no_cut_is_too_wide),
        cmocka_unit_test(huge_values_are_cut_at_once), cmocka_unit_test(addresses_stay_apart),
        cmocka_unit_test(code_points_become_bytes),    cmocka_unit_test(the_last_unit_is_found),
    };
    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* widths of characters */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
