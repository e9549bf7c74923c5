/* load.h: logs without a header, and values that are none. */
#include "tests/unit/load_fixture.h"

/* ---- no header ---- */

static void add_conn(struct buf *b, int width)
{
    buf_add_text(b, "1331901000.000000\tCUIDxxxxxxxxxxxxx\t192.168.202.79\t50463\t192.168.229.251"
                    "\t80\ttcp\thttp\t0.010000\t166\t214\tSF\t-");
    if (width > 20)
        buf_add_text(b, "\tT");
    buf_add_text(b, "\t0\tShADfFa\t4\t382\t3\t382\t(empty)");
    if (width > 21)
        buf_add_text(b, "\t6");
    for (int i = 22; i < width; i++)
        buf_add_text(b, "\tmore");
    buf_add_text(b, "\n");
}

static void headerless(void **state)
{
    (void)state;
    for (int width = 20; width <= 22; width++) {
        struct buf b = BUF_INIT;
        struct table *t;
        if (width == 21) /* a byte order mark in front of the first row, too */
            buf_add_text(&b, "\xef\xbb\xbf");
        add_conn(&b, width);
        add_conn(&b, width);
        t = load_one(put_buf("bigger.log", &b), 0, 1);
        assert_int_equal(t->n_rows, 2);
        assert_int_equal(t->schema.n, width);
        assert_true(has_notice(t, "no header"));
        for (uint64_t row = 0; row < 2; row++) {
            assert_string_equal(text_at(t, row, "ts"), "1331901000.000000");
            assert_string_equal(text_at(t, row, "history"), "ShADfFa");
            assert_string_equal(text_at(t, row, "resp_ip_bytes"), "382");
            assert_string_equal(text_at(t, row, "tunnel_parents"), "(empty)");
        }
        assert_int_equal(TABLE_AT(t, 0, resp_p), 80);
        assert_true(TABLE_AT(t, 0, ts_us) == 1331901000000000);
        if (width > 20)
            assert_int_equal(TABLE_AT(t, 0, flags), ROW_LOCAL_RESP | ROW_LOCAL_RESP_SET);
        if (width == 22)
            assert_string_equal(text_at(t, 0, "ip_proto"), "6");
        table_unref(t);
        same_for_all_chunks(in_dir("bigger.log"));
        buf_release(&b);
    }
}

static void headerless_of_another_width(void **state)
{
    struct buf b = BUF_INIT;
    struct err err;
    (void)state;
    add_conn(&b, 23);
    assert_null(try_load(put_buf("bigger.log", &b), 0, 1, &err));
    assert_int_equal(err.code, ERR_DATA);
    assert_non_null(strstr(err.text, "23 columns"));
    assert_non_null(strstr(err.text, "--fields"));
    buf_release(&b);
}

static void fields_by_hand(void **state)
{
    const char *const paths[] = {
        put_text("odd.log", "1331901000.5\t10.0.0.1\t12\n1331901001.5\t10.0.0.2\t13\n1.0\t2\n")};
    struct load_opts opts = {
        .path = paths, .n_paths = 1, .threads = 1, .fields = "ts,src_ip,orig_bytes"};
    struct err err = ERR_INIT;
    struct table *t = load_table(&opts, NULL, &err);
    uint64_t n;
    (void)state;
    if (t == NULL)
        fail_msg("%s", err.text);
    counts_add_up(t);
    assert_int_equal(t->n_rows, 2);
    assert_int_equal(t->rows_rejected, 1);
    assert_false(has_notice(t, "no header"));
    assert_true(table_bytes(t, 1, 0, &n) && n == 13);
    assert_true(span_is(table_addr_text(t, TABLE_AT(t, 0, orig)), "10.0.0.1"));
    table_unref(t);
}

/* The head of the file is lost, and a real header comes half way. */
static void a_header_after_headerless_rows(void **state)
{
    struct buf b = BUF_INIT;
    struct table *t;
    (void)state;
    add_conn(&b, 20);
    buf_add_text(&b, SHORT_HEAD);
    add_row(&b, 1, "after");
    t = load_one(put_buf("conn.log", &b), 0, 1);
    assert_int_equal(t->n_rows, 2);
    assert_string_equal(text_at(t, 0, "history"), "ShADfFa");
    assert_string_equal(text_at(t, 1, "note"), "after");
    assert_string_equal(text_at(t, 1, "history"), "<absent>");
    table_unref(t);
    same_for_all_chunks(in_dir("conn.log"));
    buf_release(&b);
}

/* ---- values ---- */

static void bad_values_do_not_reject_a_row(void **state)
{
    static const char text[] = HEAD_OF(
        "\\x09", "ts\tid.orig_h\tid.orig_p\torig_bytes\tresp_bytes\tlocal_orig",
        "time\taddr\tport\tcount\tcount\tbool") "-1\tfe80::1%eth0\t65536\t-"
                                                "1\t18446744073709551616\tX\n"
                                                "1e18\t::ffff:1.2.3."
                                                "4\t80\t4294967296\t18446744073709551615\tT\n"
                                                "253402300799\t300.1.1.1\t-"
                                                "\t4294967294\t4294967295\tF\n"
                                                "0\tjunk\t0\t4294967293\t0\t-\n";
    struct table *t = load_one(put_text("conn.log", text), 0, 1);
    uint64_t n;
    (void)state;
    assert_int_equal(t->n_rows, 4);
    assert_true(TABLE_AT(t, 0, ts_us) == TIME_MISSING && TABLE_AT(t, 1, ts_us) == TIME_MISSING);
    assert_true(TABLE_AT(t, 2, ts_us) == 253402300799000000 && TABLE_AT(t, 3, ts_us) == 0);
    assert_int_equal(t->bad_values[0], 2);
    assert_int_equal(t->bad_values[1], 2); /* 300.1.1.1 and junk */
    assert_true(span_is(table_addr_text(t, TABLE_AT(t, 2, orig)), "300.1.1.1"));
    assert_int_equal(table_addr(t, TABLE_AT(t, 2, orig))->kind, ADDR_NOT);
    assert_int_equal(table_addr(t, TABLE_AT(t, 0, orig))->kind, ADDR_V6);
    assert_int_equal(table_addr(t, TABLE_AT(t, 1, orig))->kind, ADDR_V4);
    assert_int_equal(t->bad_values[2], 1);
    assert_true(TABLE_AT(t, 0, flags) & ROW_NO_ORIG_P);
    assert_true(TABLE_AT(t, 2, flags) & ROW_NO_ORIG_P);
    assert_false(TABLE_AT(t, 3, flags) & ROW_NO_ORIG_P); /* port 0 is a port */
    assert_int_equal(t->bad_values[3], 1);
    assert_int_equal(t->bad_values[4], 1);
    assert_false(table_bytes(t, 0, 0, &n));
    assert_true(table_bytes(t, 1, 0, &n) && n == 4294967296u);
    assert_true(table_bytes(t, 1, 1, &n) && n == UINT64_MAX);
    assert_true(table_bytes(t, 2, 0, &n) && n == 4294967294u);
    assert_true(table_bytes(t, 2, 1, &n) && n == 4294967295u);
    assert_true(table_bytes(t, 3, 0, &n) && n == 4294967293u);
    assert_true(table_bytes(t, 3, 1, &n) && n == 0);
    assert_int_equal(t->bad_values[5], 1);
    assert_int_equal(TABLE_AT(t, 1, flags) & ROW_LOCAL_ORIG, ROW_LOCAL_ORIG);
    assert_int_equal(TABLE_AT(t, 2, flags) & (ROW_LOCAL_ORIG | ROW_LOCAL_ORIG_SET),
                     ROW_LOCAL_ORIG_SET);
    assert_int_equal(t->rows_rejected, 0);
    table_unref(t);
    same_for_all_chunks(in_dir("conn.log"));
}

/* 254 distinct states have codes of their own, later ones are one; a code seen before keeps it,
 * however the rows were cut into chunks. */
static void more_states_than_codes(void **state)
{
    struct buf b = BUF_INIT;
    struct table *t;
    (void)state;
    buf_add_text(&b, HEAD_OF("\\x09", "ts\tconn_state", "time\tstring"));
    buf_add_text(&b, "1.0\tfirst\n");
    for (int i = 0; i < 400; i++)
        buf_printf(&b, "1.0\ts%d\n", i);
    buf_add_text(&b, "1.0\tfirst\n1.0\ts3\n1.0\t-\n1.0\t\n");
    t = load_one(put_buf("conn.log", &b), 0, 1);
    assert_int_equal(t->n_rows, 405);
    assert_int_equal(TABLE_AT(t, 0, cat[CAT_STATE]), 0);
    assert_int_equal(TABLE_AT(t, 253, cat[CAT_STATE]), 253);
    assert_int_equal(TABLE_AT(t, 254, cat[CAT_STATE]), CAT_OTHER);
    assert_int_equal(TABLE_AT(t, 401, cat[CAT_STATE]), 0);
    assert_int_equal(TABLE_AT(t, 402, cat[CAT_STATE]), 4);
    assert_int_equal(TABLE_AT(t, 403, cat[CAT_STATE]), CAT_MISSING);
    assert_int_equal(TABLE_AT(t, 404, cat[CAT_STATE]), CAT_MISSING);
    assert_int_equal(table_cat_find(t, CAT_STATE, "s3"), 4);
    assert_int_equal(table_cat_find(t, CAT_STATE, "s399"), -1);
    table_unref(t);
    /* Chunks that begin anywhere. */
    for (size_t chunk = 64; chunk < 5000; chunk += 333) {
        struct table *want = load_one(in_dir("conn.log"), (size_t)8 << 20, 1);
        struct table *got = load_one(in_dir("conn.log"), chunk, 2);
        same_tables(want, got);
        table_unref(want);
        table_unref(got);
    }
    buf_release(&b);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* A value whose text is that of a mark, and the mark: told apart whichever comes first, by rows that are taken
 * whole and by those with an escape, between which texts are remembered. */
static void values_like_marks(void **state)
{
    static const char *const written[] = {"-", "\\x2d", "SF", "(empty)", "\\x28empty)", "-", "SF"};
    (void)state;
    for (size_t first = 0; first < ARRAY_LEN(written); first++) {
        struct buf b = BUF_INIT;
        struct table *t;
        buf_add_text(&b, HEAD_OF("\\x09", "ts\tid.orig_h\tid.resp_h\tproto\tconn_state\tservice",
                                 "time\taddr\taddr\tenum\tstring\tstring"));
        for (size_t i = 0; i < 200; i++) {
            const char *text = written[(first + i / (1 + first % 3)) % ARRAY_LEN(written)];
            buf_printf(&b, "1.5\t%s\t10.0.0.2\t%s\t%s\t%s\n", text[0] == 'S' ? "10.0.0.1" : text,
                       text, text, text);
        }
        t = load_one(put_buf("marks.log", &b), 0, 1);
        assert_int_equal(t->n_rows, 200);
        for (uint64_t row = 0; row < t->n_rows; row++) {
            const char *text = written[(first + row / (1 + first % 3)) % ARRAY_LEN(written)];
            const char *value = strcmp(text, "\\x2d") == 0         ? "-"
                                : strcmp(text, "\\x28empty)") == 0 ? "(empty)"
                                : text[0] == 'S'                   ? text
                                                                   : NULL;
            for (int cat = 0; cat < N_CATS; cat++) {
                uint8_t code = TABLE_AT(t, row, cat[cat]);
                assert_int_equal(code == CAT_MISSING, value == NULL);
                if (value != NULL)
                    assert_true(span_is(table_cat_text(t, (enum cat)cat, code), value));
            }
        }
        table_unref(t);
        same_for_all_chunks(in_dir("marks.log"));
        buf_release(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(headerless),
        CASE(headerless_of_another_width),
        CASE(fields_by_hand),
        CASE(a_header_after_headerless_rows),
        CASE(bad_values_do_not_reject_a_row),
        CASE(more_states_than_codes),
        CASE(values_like_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
