/* Values in Zeek's form: what is written is read again as what it was, whatever the bytes are. */
#include "tests/unit/unit.h"

#include "core/base/rng.h"
#include "core/base/utf8.h"
#include "core/export/json_write.h"
#include "core/export/zeek_write.h"
#include "core/format/format.h"

/* A log of Zeek's own form, and one of another. */
struct world {
    struct layout *own, *other;
    struct buf out, scratch, again;
};

static void world_init(struct world *w)
{
    struct err err = ERR_INIT;
    *w = (struct world){.own = layout_make(&format_zeek_tsv, 1, '\t', "-", "(empty)", &err),
                        .other = layout_make(&format_zeek_tsv, 1, '|', "NONE", "EMPTY", &err)};
    assert_non_null(w->own);
    assert_non_null(w->other);
    w->other->set_separator = ';';
}

static void world_release(struct world *w)
{
    layout_free(w->own);
    layout_free(w->other);
    buf_release(&w->out);
    buf_release(&w->scratch);
    buf_release(&w->again);
}

static struct field read_field(const struct layout *l, struct span text)
{
    return (struct field){text, field_state(l, text),
                          text.len > 0 && memchr(text.ptr, '\\', text.len) != NULL};
}

static const char *written(struct world *w, const struct field *f, enum col_type type,
                           const struct layout *layout, bool first)
{
    buf_clear(&w->out);
    zeek_write_value(&w->out, f, type, layout, first, &w->scratch);
    return buf_text(&w->out);
}

static void test_values(void **state)
{
    static const struct {
        const char *text;
        bool own; /* the log is of this form */
        enum col_type type;
        bool first;
        const char *want;
    } row[] = {
        {"plain", true, COL_STRING, true, "plain"},
        {"-", true, COL_STRING, false, "-"},
        {"(empty)", true, COL_SET, false, "(empty)"},
        {"", true, COL_STRING, false, "(empty)"},
        {"\\x2d", true, COL_STRING, false, "\\x2d"},
        {"a\\x41", true, COL_STRING, false, "a\\x41"}, /* as it stands */
        {"a\\x41", false, COL_STRING, false, "aA"},
        {"a\x1b", true, COL_STRING, false, "a\\x1b"},
        {"a\r", true, COL_STRING, false, "a\\x0d"},
        {"#a", true, COL_STRING, true, "\\x23a"},
        {"#a", true, COL_STRING, false, "#a"},
        {"\\x23a", false, COL_STRING, true, "\\x23a"},
        {"NONE", false, COL_STRING, false, "-"},
        {"EMPTY", false, COL_STRING, false, "(empty)"},
        {"-", false, COL_STRING, false, "\\x2d"},
        {"(empty)", false, COL_STRING, false, "\\x28empty)"},
        {"a\tb", false, COL_STRING, false, "a\\x09b"},
        {"a\\", false, COL_STRING, false, "a\\\\"},
        {"\xff\xc3\xa9", false, COL_STRING, false, "\\xff\xc3\xa9"},
        {"\xc2\x9b", false, COL_STRING, false, "\\xc2\\x9b"}, /* a control of its own */
        {"a;b,c;;\\x2c", false, COL_SET, false, "a,b\\x2cc,,\\x2c"},
        {"-", false, COL_SET, false, "\\x2d"},
        {"true", false, COL_BOOL, false, "T"},
        {"F", false, COL_BOOL, false, "F"},
        {"perhaps", false, COL_BOOL, false, "perhaps"},
        {"2023-11-14T22:13:20Z", false, COL_TIME, false, "1700000000.000000"},
        {"1700000000.5", false, COL_TIME, false, "1700000000.5"},
        {"1700000000500", false, COL_TIME, false, "1700000000.500000"},
        {"never", false, COL_TIME, false, "never"},
    };
    struct world w;
    (void)state;
    world_init(&w);
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        const struct layout *l = row[i].own ? w.own : w.other;
        struct field f = read_field(l, span_of(row[i].text));
        assert_string_equal(written(&w, &f, row[i].type, l, row[i].first), row[i].want);
    }
    world_release(&w);
}

static void test_absent(void **state)
{
    struct world w;
    struct field absent = {span_of(""), FIELD_ABSENT, false};
    (void)state;
    world_init(&w);
    assert_string_equal(written(&w, &absent, COL_COUNT, w.own, true), "-");
    world_release(&w);
}

static void test_names(void **state)
{
    static const char *const row[][2] = {
        {"id.orig_h", "id.orig_h"}, {"a\tb\nc", "a\\x09b\\x0ac"},   {"two words", "two words"},
        {"x   y", "x \\x20\\x20y"}, {"caf\xc3\xa9", "caf\xc3\xa9"}, {"\x7f", "\\x7f"}};
    struct buf out = BUF_INIT;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        buf_clear(&out);
        zeek_write_name(&out, span_of(row[i][0]));
        assert_string_equal(buf_text(&out), row[i][1]);
    }
    buf_release(&out);
}

static void test_types_are_read_as_themselves(void **state)
{
    (void)state;
    for (int type = COL_STRING; type <= COL_SET; type++)
        assert_int_equal(col_type_of(span_of(zeek_type_name((enum col_type)type))), type);
}

static void test_sets(void **state)
{
    static const char *const want[] = {"a", "", "bc"};
    struct span rest = span_of("a;;bc"), element;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        assert_true(zeek_set_next(&rest, ';', &element));
        assert_true(span_is(element, want[i]));
    }
    assert_false(zeek_set_next(&rest, ';', &element));
}

/* Bytes that hold what matters more often than chance would. */
static size_t random_bytes(struct rng *rng, char *out, size_t size)
{
    static const char odd[] = "-#(),;|\\x09\t\r\n\x1b\x7f\xc3\xa9\xff\x80\xed\xa0 ";
    size_t n = rng_below(rng, (uint32_t)size);
    for (size_t i = 0; i < n; i++)
        out[i] = rng_below(rng, 3) == 0 ? (char)rng_below(rng, 256)
                                        : odd[rng_below(rng, (uint32_t)sizeof odd)];
    return n;
}

static bool has(struct span text, char c)
{
    return text.len > 0 && memchr(text.ptr, c, text.len) != NULL;
}

static void test_any_bytes_come_back(void **state)
{
    struct world w;
    struct rng rng;
    char bytes[24];
    (void)state;
    world_init(&w);
    rng_init(&rng, 1, 1);
    for (int i = 0; i < 20000; i++) {
        struct field f = {{bytes, random_bytes(&rng, bytes, sizeof bytes)},
                          FIELD_VALUE,
                          i % 2 == 0},
                     back;
        struct span text;
        bool first = i % 3 == 0;
        if (f.text.len == 0)
            continue;
        buf_clear(&w.again); /* what it is */
        buf_add_span(&w.again, field_decode(&f, &w.scratch));
        (void)written(&w, &f, COL_STRING, w.other, first);
        text = buf_span(&w.out);
        for (size_t k = 0; k < text.len; k++)
            assert_true((unsigned char)text.ptr[k] >= ' ' && text.ptr[k] != 0x7f);
        assert_true(!first || text.ptr[0] != '#');
        back = read_field(w.own, text);
        assert_int_equal(back.state, FIELD_VALUE);
        text = field_decode(&back, &w.scratch);
        assert_true(span_eq(text, buf_span(&w.again)));
    }
    world_release(&w);
}

static void test_any_bytes_are_sound_json(void **state)
{
    struct buf out = BUF_INIT;
    struct rng rng;
    char bytes[24];
    (void)state;
    rng_init(&rng, 2, 1);
    for (int i = 0; i < 20000; i++) {
        struct span text;
        uint32_t code;
        buf_clear(&out);
        json_quote(&out, span_make(bytes, random_bytes(&rng, bytes, sizeof bytes)));
        text = buf_span(&out);
        assert_true(text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"');
        assert_false(has(text, '\n') || has(text, '\0'));
        while (text.len > 0) {
            size_t n = utf8_decode(text, &code);
            assert_true(n > 0 && code >= ' ');
            text = span_make(text.ptr + n, text.len - n);
        }
    }
    buf_release(&out);
}

static void test_utf8(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        uint32_t code;
    } row[] = {{"a", 1, 'a'},
               {"\xc3\xa9", 2, 0xe9},
               {"\xe2\x82\xac", 3, 0x20ac},
               {"\xf0\x9f\x90\x9f", 4, 0x1f41f},
               {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
               {"\xc0\x80", 0, 0},         /* overlong */
               {"\xe0\x80\x80", 0, 0},     /* overlong */
               {"\xf0\x80\x80\x80", 0, 0}, /* overlong */
               {"\xed\xa0\x80", 0, 0},     /* a surrogate */
               {"\xf4\x90\x80\x80", 0, 0}, /* beyond the last one */
               {"\xf5\x80\x80\x80", 0, 0},
               {"\x80", 0, 0},
               {"\xff", 0, 0},
               {"\xc3", 0, 0}, /* cut off */
               {"\xe2\x82", 0, 0},
               {"\xe2z\xac", 0, 0}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        uint32_t code = 0;
        assert_int_equal(utf8_decode(span_of(row[i].bytes), &code), row[i].n);
        if (row[i].n > 0)
            assert_int_equal(code, row[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_types_are_read_as_themselves),
        cmocka_unit_test(test_sets),
        cmocka_unit_test(test_any_bytes_come_back),
        cmocka_unit_test(test_any_bytes_are_sound_json),
        cmocka_unit_test(test_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
