/* clean.h: hostile text never leaves as itself, and columns are what they are said to be. */
#include "tests/unit/unit.h"

#include <locale.h>

#include "core/base/clean.h"

static void check_clean(const char *in, size_t n, const char *want)
{
    struct buf out = BUF_INIT;
    clean_add(&out, span_make(in, n));
    assert_string_equal(buf_text(&out), want);
    buf_release(&out);
}

#define CLEAN(in, want) check_clean(in, sizeof(in) - 1, want)

static void controls_are_text(void **state)
{
    (void)state;
    for (int utf8 = 0; utf8 < 2; utf8++) {
        clean_set_utf8(utf8 == 1);
        CLEAN("plain ~text!", "plain ~text!");
        CLEAN("\x1b[2J", "\\x1b[2J");
        CLEAN("a\tb\r\nc\b\a", "a\\x09b\\x0d\\x0ac\\x08\\x07");
        CLEAN("nul\0nul", "nul\\x00nul");
        CLEAN("\x7f", "\\x7f");
        CLEAN("", "");
    }
}

static void broken_utf8_is_bytes(void **state)
{
    (void)state;
    clean_set_utf8(true);
    CLEAN("\xff\xfe", "\\xff\\xfe");
    CLEAN("\xc3", "\\xc3");                            /* cut off */
    CLEAN("\xc0\xaf", "\\xc0\\xaf");                   /* overlong / */
    CLEAN("\xed\xa0\x80", "\\xed\\xa0\\x80");          /* a surrogate */
    CLEAN("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* beyond U+10FFFF */
    CLEAN("\x9b", "\\x9b");                            /* raw C1 */
}

static void invisible_characters_are_named(void **state)
{
    (void)state;
    clean_set_utf8(true);
    CLEAN("\u202e", "<U+202E>");
    CLEAN("\u200b\u2066", "<U+200B><U+2066>");
    CLEAN("\u2028", "<U+2028>");
    CLEAN("\xc2\x9b", "<U+009B>"); /* CSI as UTF-8 */
    CLEAN("\u00ad\ufeff", "<U+00AD><U+FEFF>");
    CLEAN("\xf3\xa0\x81\x81", "<U+E0041>"); /* a tag */
    CLEAN("\u0301x", "<U+0301>x");          /* nothing to stand on */
}

static void letters_depend_on_the_locale(void **state)
{
    (void)state;
    clean_set_utf8(true);
    CLEAN("é€東", "é€東");
    assert_int_equal(clean_cols(span_of("é€東")), 4);
    clean_set_utf8(false);
    CLEAN("é€東", "<U+00E9><U+20AC><U+6771>");
}

static void marks_stay_on_their_letter(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    struct clean_unit u;
    clean_set_utf8(true);
    buf_add_char(&text, 'e');
    for (int i = 0; i < 500; i++)
        buf_add_text(&text, "\u0301");
    assert_true(clean_next(buf_span(&text), &u));
    assert_int_equal(u.cols, 1);
    assert_int_equal(u.taken, 1 + 4 * 2);
    /* One column for the letter, eight for each of the 496 marks that are told. */
    assert_int_equal(clean_cols(buf_span(&text)), 1 + 496 * 8);
    buf_release(&text);
}

static void units_say_what_they_took(void **state)
{
    (void)state;
    static const char text[] = "a\x1b\xff\u6771\u202e";
    struct span in = span_make(text, sizeof text - 1);
    struct clean_unit u;
    static const struct {
        uint8_t cols;
        bool escaped;
        size_t taken;
    } want[] = {{1, false, 1}, {4, true, 1}, {4, true, 1}, {2, false, 3}, {8, true, 3}};
    clean_set_utf8(true);
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        assert_true(clean_next(in, &u));
        assert_int_equal(u.cols, want[i].cols);
        assert_int_equal(u.escaped, want[i].escaped);
        assert_int_equal(u.taken, want[i].taken);
        assert_int_equal(strlen(u.text), u.len);
        in = span_make(in.ptr + u.taken, in.len - u.taken);
    }
    assert_false(clean_next(in, &u));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(controls_are_text),
        cmocka_unit_test(broken_utf8_is_bytes),
        cmocka_unit_test(invisible_characters_are_named),
        cmocka_unit_test(letters_depend_on_the_locale),
        cmocka_unit_test(marks_stay_on_their_letter),
        cmocka_unit_test(units_say_what_they_took),
    };
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
