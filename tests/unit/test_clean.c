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

/* Encodes any number below 2^21, allowed or not. */
static size_t encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(((0xf00u >> n) & 0xff) | c);
    return n;
}

/* Every code point there is, and some beyond: shown as itself in one or two columns, or told by
 * its number, or, when it is none, byte by byte. */
static void every_character(void **state)
{
    (void)state;
    clean_set_utf8(true);
    for (uint32_t c = 0; c < 0x120000; c++) {
        char in[4], want[16];
        size_t n = encode(c, in), cols = clean_cols(span_make(in, n));
        bool none = (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff;
        struct clean_unit u;
        assert_true(clean_next(span_make(in, n), &u));
        if (c < 0x20 || c == 0x7f || none)
            (void)snprintf(want, sizeof want, "\\x%02x", (unsigned char)in[0]);
        else if (u.escaped)
            (void)snprintf(want, sizeof want, "<U+%04X>", c);
        else
            (void)snprintf(want, sizeof want, "%.*s", (int)n, in);
        if (strcmp(u.text, want) != 0 || u.len != strlen(want) || u.taken != (none ? 1 : n))
            fail_msg("U+%04X is shown as %s", c, u.text);
        if (none ? cols != 4 * n : u.escaped ? cols != u.len : cols < 1 || cols > 2)
            fail_msg("U+%04X takes %zu columns", c, cols);
    }
}

/* What a terminal obeys, or what shows nothing and changes what does. */
static void what_is_never_sent(void **state)
{
    (void)state;
    static const struct {
        uint32_t first, last;
    } never[] = {{0x00, 0x1f},        {0x7f, 0x9f},     {0xad, 0xad},       {0x61c, 0x61c},
                 {0x180e, 0x180e},    {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x2064},
                 {0x2066, 0x206f},    {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},   {0xfff9, 0xfffb},
                 {0xfdd0, 0xfdef},    {0xfffe, 0xffff}, {0xe0001, 0xe007f}, {0xe0100, 0xe01ef},
                 {0x10fffe, 0x10ffff}};
    for (size_t i = 0; i < ARRAY_LEN(never); i++) {
        for (uint32_t c = never[i].first; c <= never[i].last; c++) {
            char in[4];
            struct clean_unit u;
            clean_set_utf8(true);
            assert_true(clean_next(span_make(in, encode(c, in)), &u));
            if (!u.escaped)
                fail_msg("U+%04X is sent", c);
        }
    }
}

/* Every byte that does not follow a beginning is told by itself, and the next one counts again. */
static void cut_characters(void **state)
{
    (void)state;
    clean_set_utf8(true);
    CLEAN("\xe2\x82x", "\\xe2\\x82x");
    CLEAN("\xf0\x9f\x98", "\\xf0\\x9f\\x98");
    CLEAN("\xe2\xe2\x82\xac", "\\xe2€");
    CLEAN("\x82\xac", "\\x82\\xac");
    CLEAN("\xe0\x80\xaf", "\\xe0\\x80\\xaf");          /* overlong */
    CLEAN("\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"); /* overlong */
    CLEAN("\xc1\x9b", "\\xc1\\x9b");                   /* overlong [ */
    CLEAN("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80");
    CLEAN("e\xcc", "e\\xcc"); /* a mark cut off */
}

static void marks_need_a_letter(void **state)
{
    (void)state;
    clean_set_utf8(true);
    CLEAN("\x1b\u0301", "\\x1b<U+0301>");
    CLEAN("\u202e\u0301", "<U+202E><U+0301>");
    CLEAN("\u6771\u0301", "\u6771\u0301");
    CLEAN("e\u0301\u200d\u0301", "e\u0301<U+200D><U+0301>");
    assert_int_equal(clean_cols(span_of("\u6771\u0301")), 2);
    clean_set_utf8(false);
    CLEAN("e\u0301", "e<U+0301>");
    assert_false(clean_utf8());
}

/* What is taken at once is what would have been taken unit by unit. */
static void plain_text_is_taken_at_once(void **state)
{
    static const struct {
        const char *in;
        size_t plain;
    } cases[] = {{"", 0},
                 {"a", 1},
                 {" ~", 2},
                 {"abc\x1b[m", 3},
                 {"abc\x7f", 3},
                 {"abe\u0301", 2},
                 {"e\u0301", 0},
                 {"ab\u6771", 1},
                 {"ab\xff"
                  "cd",
                  1},
                 {"\u00e9"
                  "ab",
                  0},
                 {"a\tb", 1}};
    (void)state;
    for (int utf8 = 0; utf8 < 2; utf8++) {
        clean_set_utf8(utf8 == 1);
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            struct span in = span_of(cases[i].in);
            struct buf whole = BUF_INIT, units = BUF_INIT;
            struct clean_unit u;
            size_t cols = 0;
            assert_int_equal(clean_plain(in), cases[i].plain);
            assert_int_equal(clean_plain(span_make(in.ptr, cases[i].plain)), cases[i].plain);
            clean_add(&whole, in);
            for (; clean_next(in, &u); in = span_make(in.ptr + u.taken, in.len - u.taken)) {
                buf_add(&units, u.text, u.len);
                cols += u.cols;
            }
            assert_string_equal(buf_text(&whole), buf_text(&units));
            assert_int_equal(clean_cols(span_of(cases[i].in)), cols);
            buf_release(&whole);
            buf_release(&units);
        }
    }
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
        cmocka_unit_test(every_character),
        cmocka_unit_test(what_is_never_sent),
        cmocka_unit_test(cut_characters),
        cmocka_unit_test(marks_need_a_letter),
        cmocka_unit_test(plain_text_is_taken_at_once),
    };
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
