/* The CSV format: header rows, quotes and their leash, and two splitters that agree. */
#include "tests/unit/load_fixture.h"

#include "core/base/rng.h"
#include "core/format/csv.h"

/* Splits by the format's own rule; fields joined by `|`, an unset one shown as <unset>. */
static const char *pieces(const char *record)
{
    static struct buf out;
    struct layout layout = {.format = &format_csv, .separator = ',', .n_fields = 8};
    struct field f[9];
    struct buf scratch = BUF_INIT;
    size_t n = format_csv.split(&layout, span_of(record), f, 8, &scratch);
    buf_clear(&out);
    for (size_t i = 0; i < n && n <= 8; i++) {
        if (i > 0)
            buf_add_char(&out, '|');
        if (f[i].state == FIELD_UNSET)
            buf_add_text(&out, "<unset>");
        else if (f[i].state == FIELD_EMPTY)
            buf_add_text(&out, "<empty>");
        else
            buf_add_span(&out, f[i].text);
    }
    if (n > 8)
        buf_add_text(&out, "...");
    buf_release(&scratch);
    return buf_text(&out);
}

static void splitting(void **state)
{
    static const struct {
        const char *record, *fields;
    } cases[] = {
        {"a,b,c", "a|b|c"},
        {"a", "a"},
        {"", "<unset>"},
        {",", "<unset>|<unset>"},
        {"a,,-,(empty)", "a|<unset>|<unset>|<empty>"},
        {" a , b ", " a | b "}, /* blanks are data */
        {"\"a,b\",c", "a,b|c"},
        {"\"a\"\"b\",c", "a\"b|c"},
        {"\"\",c", "<unset>|c"},
        {"\"\"\"\",c", "\"|c"},
        {"\"two\nlines\",c", "two\nlines|c"},
        {"a\"b,c", "a\"b|c"},     /* a quote inside an unquoted field */
        {"\"a\"b\",c", "a\"b|c"}, /* a stray one inside a quoted field */
        {"a,\"b\"", "a|b"},
        {"\"a\rb\",c\rd", "a\rb|c\rd"}, /* a bare CR is data */
        {" \"a\",b", " \"a\"|b"},       /* not at the beginning of its field */
        {"1,2,3,4,5,6,7,8", "1|2|3|4|5|6|7|8"},
        {"1,2,3,4,5,6,7,8,9", "..."}, /* more than asked for */
        {"\"1\",2,3,4,5,6,7,8,9", "..."},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *got = pieces(cases[i].record);
        if (strcmp(got, cases[i].fields) != 0)
            fail_msg("%s -> %s", cases[i].record, got);
    }
}

/* Our splitter and libcsv read the same from any record without a quote. */
static void both_splitters_agree(void **state)
{
    static const char alphabet[] = "ab1.- ,,,;\t\r\\|'\xc3\xa4";
    struct buf scratch = BUF_INIT;
    struct rng rng;
    (void)state;
    rng_init(&rng, 77, 0);
    for (int round = 0; round < 50000; round++) {
        char record[64];
        struct field own[20], lib[20];
        size_t len = 1 + (size_t)(rng_u64(&rng) % 40), n, m;
        size_t max = 1 + (size_t)(rng_u64(&rng) % 19);
        char delimiter = ",;\t|"[rng_u64(&rng) % 4];
        for (size_t i = 0; i < len; i++)
            record[i] = alphabet[rng_u64(&rng) % (sizeof alphabet - 1)];
        n = csv_split_plain(delimiter, span_make(record, len), own, max);
        m = csv_split_quoted(delimiter, span_make(record, len), lib, max, &scratch);
        if (n != m)
            fail_msg("%.*s: %zu and %zu fields", (int)len, record, n, m);
        for (size_t i = 0; i < n && n <= max; i++) {
            assert_true(span_eq(own[i].text, lib[i].text));
            assert_int_equal(own[i].state, lib[i].state);
        }
    }
    buf_release(&scratch);
}

/* Fields of any bytes, quoted by RFC 4180, come back as they were, from any chunks. */
static void what_is_quoted_comes_back(void **state)
{
    static const char alphabet[] = "ab\"\",\n\r\r\n x";
    struct buf file = BUF_INIT;
    struct rng rng;
    struct table *t;
    struct err err = ERR_INIT;
    struct row_reader *reader;
    static char value[400][3][24];
    static size_t len[400][3];
    (void)state;
    rng_init(&rng, 3, 0);
    buf_add_text(&file, "one,two,three\n");
    for (size_t row = 0; row < 400; row++) {
        for (size_t c = 0; c < 3; c++) {
            len[row][c] = 1 + (size_t)(rng_u64(&rng) % 20);
            buf_add_text(&file, c == 0 ? "\"" : ",\"");
            for (size_t i = 0; i < len[row][c]; i++) {
                char byte = alphabet[rng_u64(&rng) % (sizeof alphabet - 1)];
                value[row][c][i] = byte;
                if (byte == '"')
                    buf_add_char(&file, '"');
                buf_add_char(&file, byte);
            }
            buf_add_char(&file, '"');
        }
        buf_add_text(&file, row % 2 == 0 ? "\n" : "\r\n");
    }
    t = load_one(put_buf("quoted.csv", &file), 0, 1);
    assert_int_equal(t->n_rows, 400);
    assert_int_equal(t->rows_rejected, 0);
    reader = row_reader_new(t, 64, &err);
    for (uint64_t row = 0; row < 400; row++) {
        const struct row *got;
        assert_int_equal(row_reader_get(reader, row, &got, &err), 0);
        assert_false(got->gone);
        for (size_t c = 0; c < 3; c++)
            assert_true(span_eq(got->field[c].text, span_make(value[row][c], len[row][c])));
    }
    row_reader_free(reader);
    table_unref(t);
    same_for_all_chunks(in_dir("quoted.csv"));
    buf_release(&file);
}

/* ---- the leash ---- */

static void add_rows(struct buf *b, unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++)
        buf_printf(b, "%u.5,10.0.0.%u,192.168.0.%u,%u,note %u\n", 1331901000 + i, i % 250, i % 7, i,
                   i);
}

#define CSV_HEAD "ts,src_ip,dst_ip,orig_bytes,note\n"

/* One unclosed quote in the first of 100,000 rows costs that row. */
static void an_unclosed_quote_costs_one_row(void **state)
{
    static const size_t chunks[] = {0, 65536, 300007};
    struct buf b = BUF_INIT;
    struct table *first = NULL;
    (void)state;
    buf_add_text(&b, CSV_HEAD "1331901000.5,10.0.0.1,10.0.0.2,5,\"never closed\n");
    b.len--; /* the quote is closed nowhere: drop the newline, add text and newline */
    buf_add_text(&b, " at all\n");
    add_rows(&b, 1, 100000);
    (void)put_buf("stray.csv", &b);
    for (size_t i = 0; i < ARRAY_LEN(chunks); i++) {
        struct table *t = load_one(in_dir("stray.csv"), chunks[i], 1 + (uint32_t)i);
        assert_int_equal(t->rows_read, 100000);
        assert_int_equal(t->n_rows, 99999);
        assert_int_equal(t->reject[REJECT_BAD_QUOTE].count, 1);
        assert_int_equal(t->reject[REJECT_BAD_QUOTE].first_line, 2);
        assert_true(TABLE_AT(t, 0, ts_us) == 1331901001500000);
        assert_string_equal(text_at(t, 99998, "note"), "note 99999");
        if (first == NULL) {
            first = t;
            continue;
        }
        same_tables(first, t);
        table_unref(t);
    }
    table_unref(first);
    buf_release(&b);
}

/* A stray quote in every row: as many rejected rows, and no time lost over it. */
static void a_stray_quote_in_every_row(void **state)
{
    struct buf b = BUF_INIT;
    struct table *t;
    (void)state;
    buf_add_text(&b, CSV_HEAD);
    for (unsigned i = 0; i < 60000; i++)
        buf_printf(&b, "%u.5,10.0.0.%u,1.2.3.4,%u,\"note %u\n", 1331901000 + i, i % 250, i, i);
    t = try_load(put_buf("stray.csv", &b), 0, 2, &(struct err){0});
    assert_null(t); /* not one row is left */
    add_rows(&b, 60000, 60010);
    t = load_one(put_buf("stray.csv", &b), 0, 2);
    assert_int_equal(t->n_rows, 10);
    assert_int_equal(t->reject[REJECT_BAD_QUOTE].count, 60000);
    table_unref(t);
    /* Doubled quotes in front of a delimiter close nothing either. */
    buf_clear(&b);
    buf_add_text(&b, CSV_HEAD);
    for (unsigned i = 0; i < 60000; i++)
        buf_printf(&b, "%u.5,10.0.0.%u,1.2.3.4,\"x\"\",%u\n", 1331901000 + i, i % 250, i);
    add_rows(&b, 60000, 60010);
    t = load_one(put_buf("stray.csv", &b), 0, 2);
    assert_int_equal(t->n_rows, 10);
    assert_int_equal(t->reject[REJECT_BAD_QUOTE].count, 60000);
    table_unref(t);
    buf_release(&b);
}

/* Stray, closed and doubled quotes in a small file: the same for any chunks, and the end of the
 * file ends the search. */
static void quotes_of_all_kinds(void **state)
{
    static const char text[] = CSV_HEAD "1.5,1.1.1.1,2.2.2.2,5,\"a,b\"\n"
                                        "2.5,1.1.1.1,2.2.2.2,5,\"line\nbreak \"\"x\"\" end\"\r\n"
                                        "\n"
                                        "3.5,1.1.1.1,2.2.2.2,5,plain\r\n"
                                        "4.5,\"1.1.1.1,2.2.2.2,5,stray\n"
                                        "5.5,1.1.1.1,2.2.2.2,5,six\",7\n"
                                        "6.5,1.1.1.1,2.2.2.2,5,good\n"
                                        "7.5,1.1.1.1,2.2.2.2\n"
                                        "8.5,1.1.1.1,2.2.2.2,5,\"open\n"
                                        "9.5,1.1.1.1,2.2.2.2,5,last";
    struct table *t = load_one(put_text("all.csv", text), 0, 1);
    (void)state;
    /* 1.5, 2.5, 3.5, 6.5, 9.5; 4.5 takes 5.5 in and has four fields; 7.5 is short; 8.5 is open. */
    assert_int_equal(t->n_rows, 5);
    assert_int_equal(t->rows_rejected, 3);
    assert_int_equal(t->reject[REJECT_TOO_FEW].count, 2);
    assert_int_equal(t->reject[REJECT_TOO_FEW].first_line, 7);
    assert_int_equal(t->reject[REJECT_BAD_QUOTE].count, 1);
    assert_int_equal(t->reject[REJECT_BAD_QUOTE].first_line, 11);
    assert_int_equal(t->rejected[1].line, 10);
    assert_string_equal(text_at(t, 1, "note"), "line\nbreak \"x\" end");
    assert_string_equal(text_at(t, 2, "note"), "plain");
    assert_string_equal(text_at(t, 4, "note"), "last");
    table_unref(t);
    same_for_all_chunks(in_dir("all.csv"));
}

/* Around the longest row: quoted or not, closed just inside or just outside. */
static void long_records(void **state)
{
    static const size_t chunks[] = {65536, 1 << 20, 8 << 20};
    (void)state;
    for (int quoted = 0; quoted < 3; quoted++) { /* plain, quoted, quoted with line ends */
        for (size_t len = FORMAT_MAX_LINE - 2; len <= FORMAT_MAX_LINE + 4; len++) {
            struct buf b = BUF_INIT;
            struct table *want = NULL;
            size_t begin;
            buf_add_text(&b, CSV_HEAD);
            add_rows(&b, 1, 2);
            begin = b.len;
            buf_add_text(&b, quoted == 0 ? "1.5,a,b,5,x" : "1.5,a,b,5,\"");
            while (b.len - begin < len - (quoted > 0))
                buf_add_char(&b, quoted == 2 && b.len % 100 == 0 ? '\n' : 'y');
            buf_add_text(&b, quoted == 0 ? "\n" : "\"\n");
            add_rows(&b, 2, 4);
            (void)put_buf("long.csv", &b);
            for (size_t c = 0; c < ARRAY_LEN(chunks); c++) {
                struct table *t = load_one(in_dir("long.csv"), chunks[c], 2);
                bool loads = len <= FORMAT_MAX_LINE;
                if (t->reject[REJECT_TOO_LONG].count + t->reject[REJECT_BAD_QUOTE].count == 0 &&
                    !loads)
                    fail_msg("%zu bytes, kind %d", len, quoted);
                if (loads)
                    assert_int_equal(t->n_rows, 4);
                assert_string_equal(text_at(t, t->n_rows - 1, "note"), "note 3");
                if (want != NULL)
                    same_tables(want, t);
                table_unref(want);
                want = t;
            }
            table_unref(want);
            buf_release(&b);
        }
    }
}

/* ---- header rows ---- */

static void delimiters(void **state)
{
    static const char *const texts[] = {
        "ts,src_ip,orig_bytes\n1.5,10.0.0.1,7\n",
        "ts;src_ip;orig_bytes\n1.5;10.0.0.1;7\n",
        "ts|src_ip|orig_bytes\n1.5|10.0.0.1|7\n",
        "ts\tsrc_ip\torig_bytes\n1.5\t10.0.0.1\t7\n",
        "\xef\xbb\xbfts,src_ip,orig_bytes\r\n1.5,10.0.0.1,7\r\n",
        "\"ts\",\"src_ip\",\"orig_bytes\"\n\"1.5\",\"10.0.0.1\",\"7\"\n",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct table *t = load_one(put_text("x.csv", texts[i]), 0, 1);
        uint64_t n;
        assert_string_equal(t->input[0].format, "csv");
        assert_int_equal(t->n_rows, 1);
        assert_int_equal(t->schema.n, 3);
        assert_string_equal(t->schema.col[0].name, "ts");
        assert_true(TABLE_AT(t, 0, ts_us) == 1500000);
        assert_true(table_bytes(t, 0, 0, &n) && n == 7);
        assert_string_equal(text_at(t, 0, "id.orig_h"), "10.0.0.1");
        table_unref(t);
        same_for_all_chunks(in_dir("x.csv"));
    }
}

static void a_delimiter_by_hand(void **state)
{
    const char *const paths[] = {put_text("x.csv", "ts:x,y:z\n1.5:2,3:4\n")};
    struct load_opts opts = {.path = paths, .n_paths = 1, .threads = 1, .delimiter = ':'};
    struct err err = ERR_INIT;
    struct table *t = load_table(&opts, NULL, &err);
    (void)state;
    if (t == NULL)
        fail_msg("%s", err.text);
    assert_int_equal(t->schema.n, 3);
    assert_string_equal(text_at(t, 0, "x,y"), "2,3");
    table_unref(t);
}

/* A column without a role is a number when its first rows say so; unset ones say nothing. */
static void types_are_guessed(void **state)
{
    struct table *t = load_one(put_text("x.csv", "ts,rate,word,none,mixed,src_ip\n"
                                                 "1.5,0.25,a,,1,10.0.0.1\n"
                                                 "2.5,-3e4,b,-,x,10.0.0.2\n"
                                                 "3.5,,c,,2,10.0.0.3\n"),
                               0, 1);
    static const enum col_type want[] = {COL_TIME,   COL_DOUBLE, COL_STRING,
                                         COL_STRING, COL_STRING, COL_ADDR};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(want); i++)
        assert_int_equal(t->schema.col[i].type, want[i]);
    table_unref(t);
}

static void names_that_lack_or_repeat(void **state)
{
    struct table *t = load_one(put_text("x.csv", "ts, src_ip ,,x,x\n1.5,10.0.0.1,a,b,c\n"), 0, 1);
    (void)state;
    assert_int_equal(t->schema.n, 4);
    assert_string_equal(t->schema.col[1].name, "src_ip");
    assert_string_equal(t->schema.col[2].name, "column_3");
    assert_string_equal(text_at(t, 0, "x"), "b");
    assert_true(has_notice(t, "named x"));
    table_unref(t);
}

/* A header row and nothing else is no row. */
static void only_a_header(void **state)
{
    struct err err;
    (void)state;
    assert_null(try_load(put_text("x.csv", CSV_HEAD), 0, 1, &err));
    assert_int_equal(err.code, ERR_DATA);
    assert_non_null(strstr(err.text, "no rows"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splitting),
        cmocka_unit_test(both_splitters_agree),
        CASE(what_is_quoted_comes_back),
        CASE(an_unclosed_quote_costs_one_row),
        CASE(a_stray_quote_in_every_row),
        CASE(quotes_of_all_kinds),
        CASE(long_records),
        CASE(delimiters),
        CASE(a_delimiter_by_hand),
        CASE(types_are_guessed),
        CASE(names_that_lack_or_repeat),
        CASE(only_a_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
