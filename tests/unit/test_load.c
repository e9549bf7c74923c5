/* load.h: the same table for any chunk size and number of threads, whatever the bytes; rows read
 * are rows loaded and rows rejected, always. */
#include "tests/unit/load_fixture.h"

#include "core/base/rng.h"
#include "core/format/format.h"

/* ---- plain logs ---- */

static void three_rows(void **state)
{
    static const char text[] = SHORT_HEAD "1331901000.000000\t10.0.0.1\t10.0.0.2\t5\ta\n"
                                          "1331901001.500000\t10.0.0.2\t10.0.0.1\t-\tb\n"
                                          "1331901000.250000\t10.0.0.1\tfe80::1\t0\t(empty)\n";
    struct table *t = load_one(put_text("conn.log", text), 0, 1);
    const struct input *in = &t->input[0];
    uint64_t n;
    (void)state;
    assert_int_equal(t->n_rows, 3);
    assert_int_equal(t->n_inputs, 1);
    assert_string_equal(in->format, "zeek-tsv");
    assert_int_equal(in->state, INPUT_LOADED);
    assert_null(in->problem);
    assert_int_equal(in->size, sizeof text - 1);
    assert_true(t->first_ts_us == 1331901000000000 && t->last_ts_us == 1331901001500000);
    assert_false(t->partial);
    assert_int_equal(t->notices.n, 0);
    assert_int_equal(table_n_addrs(t), 3); /* 10.0.0.1, 10.0.0.2, fe80::1 */
    assert_int_equal(TABLE_AT(t, 0, orig), 0);
    assert_int_equal(TABLE_AT(t, 1, orig), 1);
    assert_int_equal(TABLE_AT(t, 2, resp), 2);
    assert_true(table_bytes(t, 0, 0, &n) && n == 5);
    assert_false(table_bytes(t, 1, 0, &n));          /* unset is missing ... */
    assert_true(table_bytes(t, 2, 0, &n) && n == 0); /* ... and not zero */
    assert_false(table_bytes(t, 0, 1, &n));
    assert_string_equal(text_at(t, 1, "note"), "b");
    assert_string_equal(text_at(t, 2, "note"), "(empty)");
    table_unref(t);
}

/* Rows of all lengths, some rejected, so that borders fall everywhere. */
static void any_chunk_any_thread(void **state)
{
    struct buf b = BUF_INIT;
    struct rng rng;
    struct table *t;
    char note[300];
    (void)state;
    rng_init(&rng, 5, 0);
    buf_add_text(&b, SHORT_HEAD);
    for (unsigned i = 0; i < 3000; i++) {
        size_t n = rng_u64(&rng) % (i % 50 == 0 ? 290 : 12);
        memset(note, 'x', n);
        note[n] = '\0';
        if (i % 97 == 5)
            buf_add_text(&b, "1331901000.0\t10.0.0.1\n");
        if (i % 211 == 7)
            buf_add_text(&b, "1\t2\t3\t4\t5\t6\t7\n");
        if (i % 300 == 9)
            buf_add_text(&b, "\n");
        if (i % 400 == 11)
            buf_add_text(&b, "# a remark\n");
        add_row(&b, i, note);
    }
    t = load_one(put_buf("conn.log", &b), 0, 2);
    assert_int_equal(t->n_rows, 3000);
    assert_int_equal(t->reject[REJECT_TOO_FEW].count, 31); /* 5, 102 ... 2915 */
    assert_int_equal(t->reject[REJECT_TOO_FEW].first_line, 8 + 5);
    assert_int_equal(t->reject[REJECT_TOO_MANY].count, 15); /* 7, 218 ... 2961 */
    assert_int_equal(t->rows_read, 3046);
    assert_int_equal(t->n_rejected, 46);
    assert_int_equal(t->rejected[0].field, 2);
    table_unref(t);
    same_for_all_chunks(in_dir("conn.log"));
    buf_release(&b);
}

/* More rows than a block holds, ids and row starts right on both sides of its border. */
static void more_than_one_block(void **state)
{
    struct buf b = BUF_INIT;
    struct table *t, *u;
    (void)state;
    buf_add_text(&b, SHORT_HEAD);
    for (unsigned i = 0; i < 70000; i++)
        add_row(&b, i, "n");
    t = load_one(put_buf("conn.log", &b), 0, 1);
    u = load_one(in_dir("conn.log"), 50000, 3);
    assert_int_equal(t->n_rows, 70000);
    assert_int_equal(t->n_blocks, 2);
    same_tables(t, u);
    assert_string_equal(text_at(t, 65535, "orig_bytes"), "2424795");
    assert_string_equal(text_at(t, 65536, "orig_bytes"), "2424832");
    assert_string_equal(text_at(t, 69999, "ts"), "1331970999.069999");
    table_unref(t);
    table_unref(u);
    buf_release(&b);
}

/* ---- lines ---- */

static void endings(void **state)
{
    static const struct {
        const char *rows;
        uint64_t loaded, few, truncated;
        const char *note; /* of the last row loaded */
    } cases[] = {
        {"1.0\ta\tb\t1\tn\n", 1, 0, 0, "n"},
        {"1.0\ta\tb\t1\tn", 1, 0, 0, "n"},              /* no newline, all fields */
        {"1.0\ta\tb\t1\tn\n1.0\ta\tb", 1, 0, 1, "n"},   /* cut off */
        {"1.0\ta\tb\t1\tn\n1.0\ta\tb\n", 1, 1, 0, "n"}, /* short, but ended */
        {"1.0\ta\tb\t1\tn\r\n1.0\ta\tb\t2\tm\r\n", 2, 0, 0, "m"},
        {"1.0\ta\tb\t1\tn\r\n\r\n\n1.0\ta\tb\t2\tm\r\n", 2, 0, 0, "m"},
        {"1.0\ta\tb\t1\tn\rm\n", 1, 0, 0, "n\rm"}, /* a bare CR is data */
        {"1.0\ta\tb\t1\tn\r\r\n", 1, 0, 0, "n\r"},
        {"1.0\ta\tb\t1\tn\n\n\n", 1, 0, 0, "n"},
        {"1.0\ta\tb\t1\tn\n#close\t2012-03-16-16-00-00\n", 1, 0, 0, "n"},
        {"1.0\ta\tb\t1\t\n", 1, 0, 0, ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf b = BUF_INIT;
        struct table *t;
        buf_add_text(&b, SHORT_HEAD);
        buf_add_text(&b, cases[i].rows);
        t = load_one(put_buf("conn.log", &b), 0, 1);
        if (t->n_rows != cases[i].loaded || t->reject[REJECT_TOO_FEW].count != cases[i].few ||
            t->reject[REJECT_TRUNCATED].count != cases[i].truncated)
            fail_msg("case %zu: %llu rows", i, (unsigned long long)t->n_rows);
        assert_string_equal(text_at(t, t->n_rows - 1, "note"), cases[i].note);
        table_unref(t);
        same_for_all_chunks(in_dir("conn.log"));
        buf_release(&b);
    }
}

/* CRLF in the header too: the last field's name and type must not end in CR. */
static void crlf_everywhere(void **state)
{
    struct table *t;
    struct buf b = BUF_INIT;
    (void)state;
    for (const char *p = SHORT_HEAD "1.5\t10.0.0.1\t10.0.0.2\t7\tn\n"; *p != '\0'; p++) {
        if (*p == '\n')
            buf_add_char(&b, '\r');
        buf_add_char(&b, *p);
    }
    t = load_one(put_buf("conn.log", &b), 0, 1);
    assert_int_equal(t->n_rows, 1);
    assert_int_equal(t->schema.n, 5);
    assert_string_equal(t->schema.col[4].name, "note");
    assert_int_equal(t->schema.col[3].type, COL_COUNT);
    assert_string_equal(text_at(t, 0, "note"), "n");
    assert_int_equal(t->bad_values[3], 0);
    table_unref(t);
    same_for_all_chunks(in_dir("conn.log"));
    buf_release(&b);
}

static void nul_and_bad_utf8_are_kept(void **state)
{
    static const char row[] = "1.5\t10.0.0.1\t10.0.0.2\t7\ta\0b\xff\x1b[31m\n";
    struct buf b = BUF_INIT;
    struct err err = ERR_INIT;
    struct row_reader *r;
    const struct row *got;
    struct table *t;
    (void)state;
    buf_add_text(&b, SHORT_HEAD);
    buf_add(&b, row, sizeof row - 1);
    buf_add(&b, row, sizeof row - 1);
    t = load_one(put_buf("conn.log", &b), 0, 1);
    assert_int_equal(t->n_rows, 2);
    r = row_reader_new(t, 0, &err);
    assert_int_equal(row_reader_get(r, 1, &got, &err), 0);
    assert_int_equal(got->field[4].text.len, 9);
    assert_memory_equal(got->field[4].text.ptr, "a\0b\xff\x1b[31m", 9);
    row_reader_free(r);
    table_unref(t);
    same_for_all_chunks(in_dir("conn.log"));
    buf_release(&b);
}

static void a_bom_is_skipped(void **state)
{
    struct buf b = BUF_INIT;
    struct table *t;
    (void)state;
    buf_add_text(&b, "\xef\xbb\xbf" SHORT_HEAD "1.5\t10.0.0.1\t10.0.0.2\t7\tfirst\n"
                     "1.5\t10.0.0.1\t10.0.0.2\t7\tsecond\n");
    t = load_one(put_buf("conn.log", &b), 0, 1);
    assert_int_equal(t->n_rows, 2);
    assert_string_equal(text_at(t, 0, "note"), "first");
    assert_string_equal(text_at(t, 1, "note"), "second");
    table_unref(t);
    same_for_all_chunks(in_dir("conn.log"));
    buf_release(&b);
}

/* ---- long lines ---- */

/* A line of exactly `len` bytes (without its end) with all fields, whose note is filled up. */
static void add_long(struct buf *b, size_t len, const char *end)
{
    static const char start[] = "1.5\t10.0.0.1\t10.0.0.2\t7\t";
    buf_add_text(b, start);
    for (size_t i = sizeof start - 1; i < len; i++)
        buf_add_char(b, (char)('a' + i % 26));
    buf_add_text(b, end);
}

static void one_mebibyte_loads_and_one_more_does_not(void **state)
{
    static const struct {
        size_t len;
        const char *end;
        bool loads;
    } cases[] = {
        {FORMAT_MAX_LINE, "\n", true},        {FORMAT_MAX_LINE, "\r\n", true},
        {FORMAT_MAX_LINE, "", true},          {FORMAT_MAX_LINE + 1, "\n", false},
        {FORMAT_MAX_LINE + 1, "\r\n", false}, {FORMAT_MAX_LINE + 1, "", false},
        {FORMAT_MAX_LINE + 2, "\n", false},   {FORMAT_MAX_LINE * 3, "\n", false},
        {FORMAT_MAX_LINE * 3, "", false},
    };
    static const size_t chunks[] = {65536, 1 << 20, 999983, 8 << 20};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf b = BUF_INIT;
        bool more = cases[i].end[0] != '\0';
        buf_add_text(&b, SHORT_HEAD);
        add_row(&b, 1, "before");
        add_long(&b, cases[i].len, cases[i].end);
        if (more)
            add_row(&b, 2, "after");
        (void)put_buf("conn.log", &b);
        for (size_t c = 0; c < ARRAY_LEN(chunks); c++) {
            struct table *t = load_one(in_dir("conn.log"), chunks[c], 1 + (uint32_t)c % 3);
            if (t->n_rows != 1u + cases[i].loads + more)
                fail_msg("case %zu, chunk %zu: %llu rows", i, chunks[c],
                         (unsigned long long)t->n_rows);
            assert_int_equal(t->reject[REJECT_TOO_LONG].count, !cases[i].loads);
            if (!cases[i].loads)
                assert_int_equal(t->reject[REJECT_TOO_LONG].first_line, 9);
            if (more)
                assert_string_equal(text_at(t, t->n_rows - 1, "note"), "after");
            if (cases[i].loads)
                assert_int_equal(strlen(text_at(t, 1, "note")), cases[i].len - 24);
            table_unref(t);
        }
        buf_release(&b);
    }
}

/* A remark or header line that is too long is one rejected line, however the chunks fall. */
static void a_long_remark_is_rejected_alike(void **state)
{
    static const char *const starts[] = {"# ", "#fields\tx\ty", "#types\t"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        struct buf b = BUF_INIT;
        struct table *want;
        buf_add_text(&b, SHORT_HEAD);
        add_row(&b, 1, "before");
        buf_add_text(&b, starts[i]);
        for (size_t n = 0; n < FORMAT_MAX_LINE + 100; n++)
            buf_add_char(&b, 'z');
        buf_add_text(&b, "\n");
        add_row(&b, 2, "after");
        want = load_one(put_buf("conn.log", &b), (size_t)8 << 20, 1);
        assert_int_equal(want->n_rows, 2);
        assert_int_equal(want->reject[REJECT_TOO_LONG].count, 1);
        assert_int_equal(want->reject[REJECT_TOO_LONG].first_line, 9);
        for (size_t chunk = 50000; chunk < 1 << 21; chunk *= 3) {
            struct table *got = load_one(in_dir("conn.log"), chunk, 2);
            same_tables(want, got);
            table_unref(got);
        }
        table_unref(want);
        buf_release(&b);
    }
}

/* ---- headers half way ---- */

static void columns_that_move(void **state)
{
    struct buf b = BUF_INIT;
    struct table *t;
    (void)state;
    buf_add_text(&b, SHORT_HEAD);
    add_row(&b, 1, "one");
    buf_add_text(&b, "#close\t2012-03-16-16-00-00\n");
    buf_add_text(&b, HEAD_OF("\\x09", "ts\tnote\tid.resp_h\tid.orig_h\textra\torig_bytes",
                             "time\tstring\taddr\taddr\tcount\tcount"));
    buf_add_text(&b, "5.0\ttwo\t9.9.9.9\t8.8.8.8\t77\t12\n5.0\ttoo\tfew\n");
    buf_add_text(&b, SHORT_HEAD);
    add_row(&b, 3, "three");
    t = load_one(put_buf("conn.log", &b), 0, 1);
    assert_int_equal(t->n_rows, 3);
    assert_int_equal(t->n_segments, 3);
    assert_int_equal(t->schema.n, 6); /* the five, and `extra` behind them */
    assert_string_equal(t->schema.col[5].name, "extra");
    assert_int_equal(t->schema.col[5].type, COL_COUNT);
    assert_string_equal(text_at(t, 0, "extra"), "<absent>");
    assert_string_equal(text_at(t, 1, "extra"), "77");
    assert_string_equal(text_at(t, 1, "note"), "two");
    assert_string_equal(text_at(t, 1, "id.orig_h"), "8.8.8.8");
    assert_string_equal(text_at(t, 2, "note"), "three");
    assert_true(span_is(table_addr_text(t, TABLE_AT(t, 1, resp)), "9.9.9.9"));
    assert_int_equal(t->reject[REJECT_TOO_FEW].count, 1);
    assert_int_equal(t->reject[REJECT_TOO_FEW].first_line, 18); /* 7 + 1 + 1 + 7 + 1 + itself */
    assert_true(has_notice(t, "columns change"));
    table_unref(t);
    same_for_all_chunks(in_dir("conn.log"));
    buf_release(&b);
}

/* Every offset of a second header against the chunk border: rows in front of it grow byte by byte. */
static void a_header_at_every_border(void **state)
{
    (void)state;
    for (size_t pad = 0; pad < 130; pad++) {
        struct buf b = BUF_INIT;
        struct table *want;
        buf_add_text(&b, SHORT_HEAD "1.5\t10.0.0.1\t10.0.0.2\t7\t");
        for (size_t i = 0; i < pad; i++)
            buf_add_char(&b, 'p');
        buf_add_text(&b, "\n");
        buf_add_text(&b,
                     HEAD_OF("\\x09", "ts\torig_bytes\tid.orig_h\tnew", "time\tcount\taddr\tint"));
        buf_add_text(&b, "6.0\t1\t7.7.7.7\t-3\n6.5\t2\t7.7.7.8\t-4\n");
        want = load_one(put_buf("conn.log", &b), (size_t)8 << 20, 1);
        assert_int_equal(want->n_rows, 3);
        assert_int_equal(want->schema.n, 6);
        assert_int_equal(want->schema.col[5].type, COL_INT);
        assert_int_equal(want->notices.n, 1);
        for (uint32_t threads = 1; threads <= 3; threads++) {
            struct table *got = load_one(in_dir("conn.log"), 64, threads);
            same_tables(want, got);
            table_unref(got);
        }
        table_unref(want);
        buf_release(&b);
    }
}

/* The same header again changes nothing and is not worth a word. */
static void the_same_header_again(void **state)
{
    struct buf b = BUF_INIT;
    struct table *t;
    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        buf_add_text(&b, SHORT_HEAD "#open\t2012-03-16-15-00-00\n");
        add_row(&b, i, "n");
    }
    t = load_one(put_buf("conn.log", &b), 0, 1);
    assert_int_equal(t->n_rows, 40);
    assert_int_equal(t->n_segments, 1);
    assert_int_equal(t->notices.n, 0);
    table_unref(t);
    same_for_all_chunks(in_dir("conn.log"));
    buf_release(&b);
}

/* A second header that contradicts itself ends the input there: the rows before stand. */
static void a_broken_second_header(void **state)
{
    struct buf b = BUF_INIT;
    struct table *t;
    (void)state;
    buf_add_text(&b, SHORT_HEAD);
    for (unsigned i = 0; i < 20; i++)
        add_row(&b, i, "n");
    buf_add_text(&b, "#fields\ta\tb\tc\n#types\tcount\tcount\n1\t2\t3\n");
    for (unsigned i = 0; i < 200; i++)
        add_row(&b, i, "n");
    t = load_one(put_buf("conn.log", &b), 0, 1);
    assert_int_equal(t->n_rows, 20);
    assert_int_equal(t->input[0].state, INPUT_PARTIAL);
    assert_non_null(strstr(t->input[0].problem, "line 29"));
    assert_true(t->partial);
    table_unref(t);
    same_for_all_chunks(in_dir("conn.log"));
    buf_release(&b);
}

/* ---- what is refused ---- */

static void refused(void **state)
{
    static const struct {
        const char *text;
        enum err_code code;
        const char *says;
    } cases[] = {
        {"", ERR_DATA, "no rows"},
        {"\n\n", ERR_DATA, "no rows"},
        {SHORT_HEAD, ERR_DATA, "no rows"},
        {SHORT_HEAD "#close\t2012\n", ERR_DATA, "no rows"},
        {SHORT_HEAD "1.0\ta\n", ERR_DATA, "no usable row: 1 rejected"},
        {"#separator \\x09\n#fields\ta\tb\tc\n#types\tcount\tcount\n1\t2\t3\n", ERR_DATA, "line 3"},
        {"#separator \\x0a\n#fields\ta\tb\n1\t2\n", ERR_DATA, "line 1"},
        {"#separator ab\n#fields\ta\tb\n1\t2\n", ERR_DATA, "line 1"},
        {"#path\tconn\n#separator \\x00\n#fields\ta\tb\n1\t2\n", ERR_DATA, "line 2"},
        {"#separator \\x09\n#path\tconn\n1\t2\n", ERR_DATA, "#fields"},
        {"This is prose. It is no log at all.\nAnother line of it, with a comma.\n", ERR_DATA,
         "not a log"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        for (size_t chunk = 64; chunk < 1 << 20; chunk *= 100) {
            struct err err;
            struct table *t = try_load(put_text("conn.log", cases[i].text), chunk, 2, &err);
            assert_null(t);
            if (err.code != cases[i].code || strstr(err.text, cases[i].says) == NULL)
                fail_msg("case %zu: %s", i, err.text);
            assert_non_null(strstr(err.text, "conn.log"));
        }
    }
}

static void too_many_fields(void **state)
{
    struct buf b = BUF_INIT;
    struct err err;
    struct table *t;
    (void)state;
    for (int n = 1024; n <= 1025; n++) {
        buf_clear(&b);
        buf_add_text(&b, "#separator \\x09\n#fields");
        for (int i = 0; i < n; i++)
            buf_printf(&b, "\tfield_with_a_name_of_some_length_%d", i);
        buf_add_text(&b, "\n");
        for (int i = 0; i < n; i++)
            buf_printf(&b, "%s%d", i == 0 ? "" : "\t", i);
        buf_add_text(&b, "\n");
        t = try_load(put_buf("wide.log", &b), 64, 2, &err);
        if (n == 1024) {
            assert_non_null(t);
            assert_int_equal(t->n_rows, 1);
            assert_string_equal(text_at(t, 0, "field_with_a_name_of_some_length_1023"), "1023");
            table_unref(t);
        } else {
            assert_null(t);
            assert_int_equal(err.code, ERR_DATA);
            assert_non_null(strstr(err.text, "1024"));
        }
    }
    buf_release(&b);
}

static void the_first_of_two_equal_names_wins(void **state)
{
    static const char text[] =
        "#separator \\x09\n#fields\tts\tx\tx\torig_bytes\torig_bytes\n"
        "#types\ttime\tstring\tstring\tcount\tcount\n1.0\tfirst\tsecond\t1\t2\n";
    struct table *t = load_one(put_text("conn.log", text), 0, 1);
    uint64_t n;
    (void)state;
    assert_int_equal(t->schema.n, 3);
    assert_string_equal(text_at(t, 0, "x"), "first");
    assert_true(table_bytes(t, 0, 0, &n) && n == 1);
    assert_true(has_notice(t, "named x"));
    assert_true(has_notice(t, "named orig_bytes"));
    table_unref(t);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(three_rows),
        CASE(any_chunk_any_thread),
        CASE(more_than_one_block),
        CASE(endings),
        CASE(crlf_everywhere),
        CASE(nul_and_bad_utf8_are_kept),
        CASE(a_bom_is_skipped),
        CASE(one_mebibyte_loads_and_one_more_does_not),
        CASE(a_long_remark_is_rejected_alike),
        CASE(columns_that_move),
        CASE(a_header_at_every_border),
        CASE(the_same_header_again),
        CASE(a_broken_second_header),
        CASE(refused),
        CASE(too_many_fields),
        CASE(the_first_of_two_equal_names_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
