/* csv_write.h: fields read back byte for byte, and no field starts a spreadsheet's formula. */
#include "tests/unit/unit.h"

#include <csv.h>

#include "core/base/mem.h"
#include "core/export/csv_write.h"

static void fields(void **state)
{
    (void)state;
    static const struct {
        const char *text, *guarded, *raw;
    } cases[] = {
        {"", "", ""},
        {"plain", "plain", "plain"},
        {"a b", "a b", "a b"},
        {"a;b'c", "a;b'c", "a;b'c"},
        {"a,b", "\"a,b\"", "\"a,b\""},
        {"\"", "\"\"\"\"", "\"\"\"\""},
        {"say \"x\"", "\"say \"\"x\"\"\"", "\"say \"\"x\"\"\""},
        {"two\nlines", "\"two\nlines\"", "\"two\nlines\""},
        {"a\rb", "\"a\rb\"", "\"a\rb\""},
        {" edge", "\" edge\"", "\" edge\""},
        {"edge ", "\"edge \"", "\"edge \""},
        {"edge\t", "\"edge\t\"", "\"edge\t\""},
        {" ", "\" \"", "\" \""},
        /* formulas */
        {"=1+1", "'=1+1", "=1+1"},
        {"=", "'=", "="},
        {"@x", "'@x", "@x"},
        {"+5", "'+5", "+5"},
        {"\tx", "\"'\tx\"", "\"\tx\""},
        {"\rx", "\"'\rx\"", "\"\rx\""},
        {"=\"a,b\"", "\"'=\"\"a,b\"\"\"", "\"=\"\"a,b\"\"\""},
        /* what only looks like one */
        {"-", "-", "-"},
        {"-5", "-5", "-5"},
        {"-1.5e3", "-1.5e3", "-1.5e3"},
        {"a=b", "a=b", "a=b"},
        {"'=x", "'=x", "'=x"},
        /* and what only looks like a number */
        {"-1+cmd", "'-1+cmd", "-1+cmd"},
        {"--1", "'--1", "--1"},
        {"-.5", "'-.5", "-.5"},
        {"-inf", "'-inf", "-inf"},
        {"-0x10", "'-0x10", "-0x10"},
        {"-1,5", "\"'-1,5\"", "\"-1,5\""},
        {"-1 ", "\"'-1 \"", "\"-1 \""},
        {"-rm", "'-rm", "-rm"},
    };
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        buf_clear(&out);
        csv_write_field(&out, span_of(cases[i].text), false);
        assert_string_equal(buf_text(&out), cases[i].guarded);
        buf_clear(&out);
        csv_write_field(&out, span_of(cases[i].text), true);
        assert_string_equal(buf_text(&out), cases[i].raw);
    }
    buf_release(&out);
}

static void bytes_are_not_changed(void **state)
{
    (void)state;
    static const char hostile[] = "nul\0 esc\x1b[2J \xff\xfe \xe2\x80\xae";
    struct span text = {hostile, sizeof hostile - 1};
    struct buf out = BUF_INIT;
    csv_write_field(&out, text, false);
    assert_int_equal(out.len, text.len);
    assert_memory_equal(out.ptr, hostile, text.len);
    buf_clear(&out);
    csv_write_field(&out, span_make("\0=", 2), false);
    assert_int_equal(out.len, 2);
    buf_clear(&out);
    csv_write_field(&out, span_make(NULL, 0), false);
    assert_int_equal(out.len, 0);
    buf_release(&out);
}

/* ---- another reader gets back what was written ---- */

struct expected {
    struct span want[2];
    size_t n;
    bool guarded;
};

static void one_field(void *bytes, size_t n, void *context)
{
    struct expected *e = context;
    struct span got = {bytes, n}, want;
    assert_true(e->n < 2);
    want = e->want[e->n++];
    if (n > 0 && e->guarded && got.ptr[0] == '\'' && want.len == n - 1)
        got = span_make(got.ptr + 1, n - 1);
    else if (n > 0 && e->guarded)
        /* The bytes are the letters below: a lone minus is all that may stay. */
        assert_true(strchr("=+@\t\r", got.ptr[0]) == NULL && (got.ptr[0] != '-' || n == 1));
    assert_true(span_eq(got, want));
}

static void check_row(struct span a, struct span b, bool raw)
{
    struct expected e = {.want = {a, b}, .guarded = !raw};
    struct csv_parser p;
    struct buf line = BUF_INIT;
    csv_write_field(&line, a, raw);
    buf_add_char(&line, ',');
    csv_write_field(&line, b, raw);
    buf_add_text(&line, "\r\n");
    assert_int_equal(csv_init(&p, CSV_STRICT | CSV_STRICT_FINI), 0);
    assert_int_equal(csv_parse(&p, line.ptr, line.len, one_field, NULL, &e), line.len);
    assert_int_equal(csv_fini(&p, one_field, NULL, &e), 0);
    assert_int_equal(e.n, 2);
    csv_free(&p);
    buf_release(&line);
}

/* Every text of up to four of the bytes that mean something, beside itself turned round. */
static void every_short_field_reads_back(void **state)
{
    (void)state;
    static const char letters[] = "a,\"\n\r\t =-";
    enum { N = sizeof letters - 1 };
    for (int n = 0; n < N * N * N * N; n++) {
        char a[4], b[4];
        for (int i = 0, left = n; i < 4; i++, left /= N)
            a[i] = b[3 - i] = letters[left % N];
        for (size_t len = 0; len <= 4; len += len == 0 ? 2 : 1) {
            check_row(span_make(a, len), span_make(b, 4 - len), false);
            check_row(span_make(a, len), span_make(b, 4 - len), true);
        }
    }
}

static void a_field_of_quotes_doubles(void **state)
{
    (void)state;
    enum { N = 1 << 20 };
    char *quotes = mem_alloc(N, 1);
    struct buf out = BUF_INIT;
    assert_non_null(quotes);
    memset(quotes, '"', N);
    csv_write_field(&out, span_make(quotes, N), false);
    assert_int_equal(out.len, 2 * N + 2);
    assert_false(out.failed);
    buf_release(&out);
    mem_free(quotes);
}

/* A buffer that cannot take a field says so, and stays so. */
static void no_room(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 8);
    csv_write_field(&out, span_of("short"), false);
    assert_false(out.failed);
    csv_write_field(&out, span_of("far too long, and quoted"), false);
    assert_true(out.failed);
    csv_write_field(&out, span_of("x"), false);
    assert_true(out.failed && out.len <= 8);
    buf_release(&out);
    buf_init(&out, 0);
    mem_fail_at(1, true);
    csv_write_field(&out, span_of("=\"x\""), false);
    mem_fail_at(0, false);
    assert_true(out.failed && out.len == 0);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),
        cmocka_unit_test(bytes_are_not_changed),
        cmocka_unit_test(every_short_field_reads_back),
        cmocka_unit_test(a_field_of_quotes_doubles),
        cmocka_unit_test(no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
