/* The Zeek TSV format: what its header says, marks, escapes and joined columns. */
#include "tests/unit/load_fixture.h"

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "core/format/format.h"

/* One row under a header; fields joined by `|`, states named. */
static const char *states(const struct table *t, uint64_t n)
{
    static struct buf out;
    struct err err = ERR_INIT;
    struct buf scratch = BUF_INIT;
    struct row_reader *r = row_reader_new(t, 0, &err);
    const struct row *row;
    assert_int_equal(row_reader_get(r, n, &row, &err), 0);
    buf_clear(&out);
    for (size_t i = 0; i < t->schema.n; i++) {
        const struct field *f = &row->field[i];
        if (i > 0)
            buf_add_char(&out, '|');
        if (f->state == FIELD_VALUE)
            buf_add_span(&out, field_decode(f, &scratch));
        else
            buf_add_text(&out, f->state == FIELD_UNSET   ? "<unset>"
                               : f->state == FIELD_EMPTY ? "<empty>"
                                                         : "<absent>");
    }
    buf_release(&scratch);
    row_reader_free(r);
    return buf_text(&out);
}

static void marks_and_separators(void **state)
{
    static const struct {
        const char *text, *fields;
    } cases[] = {
        {"#separator \\x09\n#fields\ta\tb\tc\n-\t(empty)\tx\n", "<unset>|<empty>|x"},
        {"#separator \\x09\n#fields\ta\tb\tc\n--\t(empty) \t\n", "--|(empty) |<empty>"},
        {"#separator\t\\x09\n#fields\ta\tb\tc\n1\t2\t3\n", "1|2|3"},
        {"#separator ,\n#unset_field,?\n#empty_field,EMPTY\n#fields,a,b,c\n?,EMPTY,-\n",
         "<unset>|<empty>|-"},
        {"#separator \\x7c\n#unset_field|NULL\n#fields|a|b|c\nNULL|(empty)|NULLS\n",
         "<unset>|<empty>|NULLS"},
        {"#separator \\x09\n#unset_field\t\n#fields\ta\tb\tc\n\t-\t\n", "<unset>|-|<unset>"},
        {"#separator \\x09\n#empty_field\t\n#fields\ta\tb\tc\n\t-\t(empty)\n",
         "<empty>|<unset>|(empty)"},
        /* a value that spells the mark is written escaped, and is no mark */
        {"#separator \\x09\n#fields\ta\tb\tc\n\\x2d\t\\x28empty)\tx\n", "-|(empty)|x"},
        {"#separator \\x09\n#fields\ta\tb\tc\na\\x09b\t\\\\x41\t\\x4\n", "a\tb|\\x41|\\x4"},
        {"#separator \\x09\n#fields\ta\tb\tc\n\\x00\xc3\xa4\t\\xC3\\xa4\t\\\n", ""},
        {"# note\n#unknown\tline\n#fields\ta\tb\tc\n#open\tx\n1\t2\t3\n", "1|2|3"},
        {"\n\n#separator \\x09\n\n#fields\ta\tb\tc\n\n1\t2\t3\n", "1|2|3"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct table *t = load_one(put_text("x.log", cases[i].text), 64, 1);
        assert_int_equal(t->n_rows, 1);
        if (cases[i].fields[0] != '\0' && strcmp(states(t, 0), cases[i].fields) != 0)
            fail_msg("case %zu: %s", i, states(t, 0));
        if (cases[i].fields[0] == '\0') /* a NUL inside: the bytes behind it are there too */
            assert_memory_equal(states(t, 0), "\0\xc3\xa4|\xc3\xa4|\\", 8);
        table_unref(t);
        same_for_all_chunks(in_dir("x.log"));
    }
}

static void types_come_from_the_header(void **state)
{
    static const char text[] =
        "#separator \\x09\n#fields\tts\ta\tb\tc\td\te\tf\tg\n"
        "#types\ttime\tcount\tdouble\tset[string]\tvector[count]\tenum\tsubnet\tint\n"
        "1.0\t1\t2\tx,y\t1,2\te\t10.0.0.0/8\t-1\n";
    static const enum col_type want[] = {COL_TIME, COL_COUNT, COL_DOUBLE, COL_SET,
                                         COL_SET,  COL_ENUM,  COL_SUBNET, COL_INT};
    struct table *t = load_one(put_text("x.log", text), 0, 1);
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(want); i++)
        assert_int_equal(t->schema.col[i].type, want[i]);
    table_unref(t);
    /* Without #types the roles know theirs, the rest are strings. */
    t = load_one(put_text("y.log", "#fields\tts\tid.orig_p\tx\n1.0\t5\t6\n"), 0, 1);
    assert_int_equal(t->schema.col[0].type, COL_TIME);
    assert_int_equal(t->schema.col[1].type, COL_PORT);
    assert_int_equal(t->schema.col[2].type, COL_STRING);
    table_unref(t);
}

/* Columns in front and behind, in another order: by name. */
static void extension_columns(void **state)
{
    static const char text[] =
        "#separator \\x09\n"
        "#fields\t_write_ts\t_node_name\tid.resp_h\tts\tid.orig_h\tcommunity_id\torig_bytes\n"
        "#types\ttime\tstring\taddr\ttime\taddr\tstring\tcount\n"
        "9.0\tnode1\t2.2.2.2\t1.0\t1.1.1.1\t1:abc=\t77\n";
    struct table *t = load_one(put_text("x.log", text), 0, 1);
    uint64_t n;
    (void)state;
    assert_int_equal(t->schema.n, 7);
    assert_true(TABLE_AT(t, 0, ts_us) == 1000000);
    assert_true(span_is(table_addr_text(t, TABLE_AT(t, 0, orig)), "1.1.1.1"));
    assert_true(span_is(table_addr_text(t, TABLE_AT(t, 0, resp)), "2.2.2.2"));
    assert_true(table_bytes(t, 0, 0, &n) && n == 77);
    assert_string_equal(text_at(t, 0, "community_id"), "1:abc=");
    assert_string_equal(text_at(t, 0, "_write_ts"), "9.0");
    table_unref(t);
}

/* IoT-23: the last three columns are one tab field. */
static void joined_columns(void **state)
{
    static const char text[] = "#separator \\x09\n"
                               "#fields\tts\tid.orig_h\ttunnel_parents   label   detailed-label\n"
                               "#types\ttime\taddr\tset[string]   string   string\n"
                               "1.0\t1.1.1.1\t(empty)   Malicious   PartOfAHorizontalPortScan\n"
                               "2.0\t1.1.1.1\t-   Benign   -\n"
                               "3.0\t1.1.1.1\t(empty)   Benign\n"
                               "4.0\t1.1.1.1\n";
    struct table *t = load_one(put_text("x.log", text), 0, 1);
    (void)state;
    assert_int_equal(t->schema.n, 5);
    assert_string_equal(t->schema.col[2].name, "tunnel_parents");
    assert_string_equal(t->schema.col[4].name, "detailed-label");
    assert_int_equal(t->n_rows, 2);
    assert_int_equal(t->reject[REJECT_TOO_FEW].count, 2);
    assert_string_equal(states(t, 0), "1.0|1.1.1.1|<empty>|Malicious|PartOfAHorizontalPortScan");
    assert_string_equal(states(t, 1), "2.0|1.1.1.1|<unset>|Benign|<unset>");
    table_unref(t);
    same_for_all_chunks(in_dir("x.log"));
}

/* One column: a blank line is a row with an empty value. */
static void a_single_column(void **state)
{
    struct table *t = load_one(put_text("x.log", "#fields\tword\na\n\nb\n"), 0, 1);
    (void)state;
    assert_int_equal(t->n_rows, 3);
    assert_string_equal(states(t, 1), "<empty>");
    table_unref(t);
}

/* JSON lines and prose between the rows are rejected and counted, the rest loads. */
static void another_format_in_between(void **state)
{
    struct table *t =
        load_one(put_text("x.log", SHORT_HEAD "1.0\ta\tb\t1\tn\n{\"ts\":1.0,\"uid\":\"C\"}\n"
                                              "some words\n2.0\ta\tb\t1\tm\n"),
                 0, 1);
    (void)state;
    assert_int_equal(t->n_rows, 2);
    assert_int_equal(t->reject[REJECT_TOO_FEW].count, 2);
    assert_int_equal(t->reject[REJECT_TOO_FEW].first_line, 9);
    table_unref(t);
}

static void cutting(void **state)
{
    struct layout layout = {.format = &format_zeek_tsv, .separator = '\t', .n_fields = 2};
    struct cut cut = format_zeek_tsv.cut(&layout, span_of("a\tb\nc\td\ne"), false);
    (void)state;
    assert_int_equal(cut.rows_end, 8);
    assert_false(cut.give_up);
    cut = format_zeek_tsv.cut(&layout, span_of("a\tb\nc\td\ne"), true);
    assert_int_equal(cut.rows_end, 9);
    cut = format_zeek_tsv.cut(&layout, span_of("abc"), false);
    assert_int_equal(cut.rows_end, 0);
    assert_false(cut.give_up);
    cut = format_zeek_tsv.cut(&layout, span_of(""), true);
    assert_int_equal(cut.rows_end, 0);
    assert_int_equal(format_zeek_tsv.row_end(&layout, span_of("a\tb\nc")), 4);
    assert_int_equal(format_zeek_tsv.row_end(&layout, span_of("a\tb")), 0);
    assert_int_equal(format_zeek_tsv.row_end(&layout, span_of("")), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Rows of a real log with bytes changed, put in and left out. */
static void mutate(struct rng *rng, struct span rows, unsigned one_in, struct buf *out)
{
    static const char bytes[] = "\t\t\n\r\\#-0:.x\x80\xff ,,\"\"T";
    for (size_t i = 0; i < rows.len; i++) {
        uint64_t r = rng_u64(rng);
        char c = bytes[r / 8 % (sizeof bytes - 1)];
        if (r / 1024 % one_in != 0) {
            buf_add_char(out, rows.ptr[i]);
        } else if (r % 8 < 4) {
            buf_add_char(out, c);
        } else if (r % 8 < 6) {
            buf_add_char(out, rows.ptr[i]);
            buf_add_char(out, c);
        }
    }
}

/* In chunks so small that no row is read the quick way, against a whole text at every level. */
static void all_levels_agree(const struct buf *log)
{
    static const char *const level[] = {"portable", "sse2", "avx2", "avx512"};
    const char *path = put_buf("mutated.log", log);
    struct table *want = load_one(path, 64, 1);
    for (size_t i = 0; i < ARRAY_LEN(level); i++) {
        struct table *got;
        assert_int_equal(setenv("MINNOW_SIMD", level[i], 1), 0);
        got = load_one(path, i % 2 == 0 ? 0 : 5000, 1 + (uint32_t)i % 2);
        same_tables(want, got);
        table_unref(got);
    }
    assert_int_equal(unsetenv("MINNOW_SIMD"), 0);
    table_unref(want);
}

#define SAMPLE 60000

/* The same rows as CSV: tabs are commas, and the header is a row of names. */
static void quick_rows_are_no_other_rows(void **state)
{
    static const unsigned one_in[] = {100000, 3000, 1000, 200, 60};
    struct buf log = BUF_INIT;
    struct rng rng;
    char *sample = mem_alloc(SAMPLE, 1);
    FILE *f = fopen("data/sample.conn.log", "r");
    (void)state;
    assert_true(sample != NULL && f != NULL);
    assert_int_equal(fread(sample, 1, SAMPLE, f), SAMPLE);
    assert_int_equal(fclose(f), 0);
    rng_init(&rng, 5, 0);
    for (size_t round = 0; round < 4 * ARRAY_LEN(one_in); round++) {
        struct span rows = span_make(sample, SAMPLE), line;
        bool csv = round >= 2 * ARRAY_LEN(one_in);
        if (round == 2 * ARRAY_LEN(one_in)) {
            for (size_t i = 0; i < SAMPLE; i++)
                sample[i] = sample[i] == '\t' ? ',' : sample[i];
        }
        buf_clear(&log);
        while (rows.len > 0 && rows.ptr[0] == '#' && span_line(&rows, &line)) {
            if (!csv)
                buf_printf(&log, "%.*s\n", (int)line.len, line.ptr);
            else if (span_starts(line, "#fields,"))
                buf_printf(&log, "%.*s\n", (int)line.len - 8, line.ptr + 8);
        }
        mutate(&rng, rows, one_in[round % ARRAY_LEN(one_in)], &log);
        all_levels_agree(&log);
    }
    buf_release(&log);
    mem_free(sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(marks_and_separators), CASE(types_come_from_the_header),
        CASE(extension_columns),    CASE(joined_columns),
        CASE(a_single_column),      CASE(another_format_in_between),
        cmocka_unit_test(cutting),  CASE(quick_rows_are_no_other_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
