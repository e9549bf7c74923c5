/* batch.h and table.h: rows on their way in, and what a sealed table answers. */
#include "tests/unit/conn_fixture.h"

#include "core/table/table.h"

static const char *const conn[] = {
    "1.5\t10.0.0.1\t1000\t10.0.0.2\t80\ttcp\thttp\t0.1\t5\t6\tSF",
    "2.5\t10.0.0.2\t1001\t10.0.0.3\t53\tudp\tdns\t-\t-\t4294967295\tS0",
    "0.5\t10.0.0.1\t-\tfe80::1\t-\ticmp\t-\tx\t-7\t99999999999\t-",
};

static void typed_columns(void **state)
{
    struct table *t = fixture_table(conn, 3);
    uint64_t n;
    (void)state;
    assert_int_equal(t->rows_read, 3);
    assert_true(TABLE_AT(t, 0, ts_us) == 1500000 && TABLE_AT(t, 2, ts_us) == 500000);
    assert_true(t->first_ts_us == 500000 && t->last_ts_us == 2500000);
    assert_int_equal(TABLE_AT(t, 1, orig_p), 1001);
    assert_int_equal(TABLE_AT(t, 2, orig_p), 0);
    assert_int_equal(TABLE_AT(t, 2, flags), ROW_NO_ORIG_P | ROW_NO_RESP_P);
    assert_true(table_bytes(t, 0, 0, &n) && n == 5);
    assert_false(table_bytes(t, 1, 0, &n));
    assert_true(table_bytes(t, 1, 1, &n) && n == 4294967295u);
    assert_false(table_bytes(t, 2, 0, &n));
    assert_true(table_bytes(t, 2, 1, &n) && n == 99999999999u);
    assert_int_equal(t->bad_values[schema_find(&t->schema, span_of("duration"))], 1);
    assert_int_equal(t->bad_values[schema_find(&t->schema, span_of("orig_bytes"))], 1);
    assert_int_equal(t->bad_values[schema_find(&t->schema, span_of("resp_bytes"))], 0);
    table_unref(t);
}

static void addresses(void **state)
{
    struct table *t = fixture_table(conn, 3);
    (void)state;
    /* In order of appearance, the originator first. */
    assert_int_equal(table_n_addrs(t), 4);
    assert_true(span_is(table_addr_text(t, 0), "10.0.0.1"));
    assert_true(span_is(table_addr_text(t, 1), "10.0.0.2"));
    assert_true(span_is(table_addr_text(t, 2), "10.0.0.3"));
    assert_true(span_is(table_addr_text(t, 3), "fe80::1"));
    assert_true(span_is(table_addr_text(t, ADDR_MISSING), "-"));
    assert_int_equal(table_addr(t, ADDR_MISSING)->kind, ADDR_NOT);
    assert_int_equal(table_addr(t, 3)->kind, ADDR_V6);
    assert_int_equal(table_addr_find(t, span_of("10.0.0.3")), 2);
    assert_int_equal(table_addr_find(t, span_of("fe80:0:0::1")), 3); /* another spelling */
    assert_int_equal(table_addr_find(t, span_of("::ffff:10.0.0.2")), 1);
    assert_int_equal(table_addr_find(t, span_of("10.0.0.4")), ADDR_MISSING);
    assert_int_equal(table_addr_find(t, span_of("nonsense")), ADDR_MISSING);
    table_unref(t);
}

static void categories(void **state)
{
    struct table *t = fixture_table(conn, 3);
    (void)state;
    assert_int_equal(table_cat_find(t, CAT_PROTO, "tcp"), 0);
    assert_int_equal(table_cat_find(t, CAT_PROTO, "icmp"), 2);
    assert_int_equal(table_cat_find(t, CAT_PROTO, "TCP"), -1);
    assert_int_equal(TABLE_AT(t, 2, cat[CAT_PROTO]), 2);
    assert_int_equal(TABLE_AT(t, 2, cat[CAT_STATE]), CAT_MISSING);
    assert_true(span_is(table_cat_text(t, CAT_SERVICE, 1), "dns"));
    assert_true(span_is(table_cat_text(t, CAT_SERVICE, 2), "-"));
    assert_true(span_is(table_cat_text(t, CAT_STATE, CAT_MISSING), "-"));
    assert_true(span_is(table_cat_text(t, CAT_STATE, CAT_OTHER), "(other)"));
    table_unref(t);
}

static void references(void **state)
{
    struct table *t = fixture_table(conn, 3);
    struct table *more = table_ref(t);
    (void)state;
    assert_ptr_equal(t, more);
    table_unref(t);
    assert_int_equal(more->n_rows, 3);
    table_unref(more);
    table_unref(NULL);
}

/* Row starts that a 16-bit distance reaches just so, or not, and those of a second input that begins
 * below. */
static uint64_t start_of(uint32_t input, uint64_t i)
{
    static const uint64_t far[5] = {0, 65534, 65535, ((uint64_t)1 << 33) + 5, ((uint64_t)1 << 60)};
    if (input == 1)
        return i * 1000;
    return i < ARRAY_LEN(far) ? far[i] : far[4] + i * 5000;
}

/* Batches of any size continue the groups that those before them began. */
static void row_starts_of(uint64_t batch_size)
{
    struct err err = ERR_INIT;
    struct table_builder *b = table_builder_new(&err);
    struct batch *batch = batch_new();
    struct field f[2] = {{span_of("1.0"), FIELD_VALUE, false},
                         {span_of("10.0.0.1"), FIELD_VALUE, false}};
    struct table *t;
    for (uint32_t input = 0; input < 2; input++) {
        struct layout *layout = fixture_layout(b, "ts\tid.orig_h");
        assert_int_equal(table_builder_add_input(b, "x.log", &err), input);
        for (uint64_t i = 0; i < 40; i++) {
            batch_row(batch, layout, start_of(input, i), i + 1, f);
            if ((i + 1) % batch_size != 0 && i != 39)
                continue;
            assert_int_equal(table_append(b, input, layout, batch, 0, &err), 0);
            batch_clear(batch);
        }
    }
    batch_free(batch);
    t = table_seal(b, false, &err);
    assert_non_null(t);
    for (uint64_t i = 0; i < 80; i++)
        assert_true(table_row_offset(t, i) == start_of(i >= 40, i % 40));
    assert_int_equal(t->n_segments, 2);
    assert_ptr_equal(table_segment(t, 39), &t->segment[0]);
    assert_ptr_equal(table_segment(t, 40), &t->segment[1]);
    assert_int_equal(t->segment[1].first_row, 40);
    assert_int_equal(t->segment[1].input, 1);
    table_unref(t);
}

static void row_starts(void **state)
{
    static const uint64_t size[] = {40, 16, 17, 7, 1};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(size); i++)
        row_starts_of(size[i]);
}

/* Rows of two batches that lie in two blocks, copied in the other order. */
static void copied_in_any_order(void **state)
{
    struct err err = ERR_INIT;
    struct table_builder *b = table_builder_new(&err);
    struct batch *batch[2] = {batch_new(), batch_new()};
    struct layout *layout = fixture_layout(b, "ts\tid.orig_h\tid.resp_p\tproto");
    const uint64_t n = TABLE_BLOCK_ROWS - 5;
    struct table *t;
    (void)state;
    assert_int_equal(table_builder_add_input(b, "x.log", &err), 0);
    for (uint64_t i = 0; i < 2 * n; i++) {
        char ts[24], port[8], addr[24];
        struct field f[4] = {{.state = FIELD_VALUE},
                             {.state = FIELD_VALUE},
                             {.state = FIELD_VALUE},
                             {span_of(i % 3 == 0 ? "udp" : "tcp"), FIELD_VALUE, false}};
        (void)snprintf(ts, sizeof ts, "%u.0", (unsigned)i);
        (void)snprintf(addr, sizeof addr, "10.0.0.%u", (unsigned)((2 * n - i) % 200));
        (void)snprintf(port, sizeof port, "%u", (unsigned)(i % 60000));
        f[0].text = span_of(ts);
        f[1].text = span_of(addr);
        f[2].text = span_of(port);
        batch_row(batch[i / n], layout, i * 100, i + 1, f);
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(table_reserve(b, 0, layout, batch[i], 0, &err), 0);
    for (int i = 1; i >= 0; i--)
        table_fill(batch[i]);
    t = table_seal(b, false, &err);
    assert_int_equal(t->n_rows, 2 * n);
    assert_int_equal(t->n_blocks, 2);
    for (uint64_t i = 0; i < 2 * n; i++) {
        char addr[24];
        (void)snprintf(addr, sizeof addr, "10.0.0.%u", (unsigned)((2 * n - i) % 200));
        assert_true(TABLE_AT(t, i, ts_us) == (int64_t)i * 1000000);
        assert_int_equal(TABLE_AT(t, i, resp_p), i % 60000);
        assert_true(span_is(table_addr_text(t, TABLE_AT(t, i, orig)), addr));
        assert_int_equal(TABLE_AT(t, i, cat[CAT_PROTO]), i % 3 == 0 ? 0 : 1);
        assert_int_equal(table_row_offset(t, i), i * 100);
    }
    table_unref(t);
    batch_free(batch[0]);
    batch_free(batch[1]);
}

static void add_pair(struct batch *batch, const struct layout *layout, unsigned i, unsigned k)
{
    char orig[24], resp[24];
    struct field f[3] = {
        {span_of("1.0"), FIELD_VALUE, false}, {.state = FIELD_VALUE}, {.state = FIELD_VALUE}};
    (void)snprintf(orig, sizeof orig, "10.1.%u.%u", i / 250, i % 250);
    (void)snprintf(resp, sizeof resp, "10.1.%u.%u", k / 250, k % 250);
    f[1].text = span_of(orig);
    f[2].text = span_of(resp);
    batch_row(batch, layout, i, 1, f);
}

/* A batch keeps addresses that are in the table, drops those that are not, and drops all when they are
 * many: the table's ids are those of first appearance in what was appended. */
static void addresses_over_chunks(void **state)
{
    enum { MANY = 12000 };
    struct err err = ERR_INIT;
    struct table_builder *b = table_builder_new(&err);
    struct batch *batch = batch_new();
    struct layout *layout = fixture_layout(b, "ts\tid.orig_h\tid.resp_h");
    struct table *t;
    uint64_t row = 0;
    (void)state;
    assert_int_equal(table_builder_add_input(b, "x.log", &err), 0);
    for (unsigned pass = 0; pass < 3; pass++) {
        for (unsigned i = 0; i < MANY; i++) {
            add_pair(batch, layout, i, i + 1);
            if (i % 1000 != 999)
                continue;
            batch_clear(
                batch); /* as when the layout changed: backwards, they come in another order */
            for (unsigned k = i + 1; k > i + 1 - 1000; k--)
                add_pair(batch, layout, k, k - 1);
            assert_int_equal(table_append(b, 0, layout, batch, 0, &err), 0);
            batch_clear(batch);
        }
    }
    batch_free(batch);
    t = table_seal(b, false, &err);
    assert_int_equal(t->n_rows, 3 * MANY);
    assert_int_equal(table_n_addrs(t), MANY + 1);
    assert_true(span_is(table_addr_text(t, 0), "10.1.4.0"));
    assert_true(span_is(table_addr_text(t, 1), "10.1.3.249"));
    assert_true(span_is(table_addr_text(t, 1001), "10.1.8.0"));
    for (unsigned pass = 0; pass < 3; pass++) {
        for (unsigned i = 999; i < MANY; i += 1000) {
            for (unsigned k = i + 1; k > i + 1 - 1000; k--, row++) {
                char text[24];
                (void)snprintf(text, sizeof text, "10.1.%u.%u", k / 250, k % 250);
                assert_true(span_is(table_addr_text(t, TABLE_AT(t, row, orig)), text));
            }
        }
    }
    table_unref(t);
}

static void rejections(void **state)
{
    struct err err = ERR_INIT;
    struct table_builder *b = table_builder_new(&err);
    struct batch *batch = batch_new();
    struct layout *layout = fixture_layout(b, "ts");
    struct table *t;
    (void)state;
    assert_int_equal(table_builder_add_input(b, "a.log", &err), 0);
    for (uint64_t i = 0; i < 150; i++)
        batch_reject(batch, i == 70 ? REJECT_BAD_QUOTE : REJECT_TOO_FEW, i + 3, 2);
    batch_set_lines(batch, 200);
    assert_int_equal(batch_lines(batch), 200);
    assert_int_equal(table_append(b, 0, layout, batch, 1000, &err), 0);
    table_builder_reject(b, 0, REJECT_TOO_LONG, 5000);
    batch_free(batch);
    t = table_seal(b, true, &err);
    assert_true(t->partial);
    assert_int_equal(t->n_rows, 0);
    assert_int_equal(t->rows_read, 151);
    assert_int_equal(t->rows_rejected, 151);
    assert_int_equal(t->reject[REJECT_TOO_FEW].count, 149);
    assert_int_equal(t->reject[REJECT_TOO_FEW].first_line, 1003);
    assert_int_equal(t->reject[REJECT_BAD_QUOTE].first_line, 1073);
    assert_int_equal(t->reject[REJECT_TOO_LONG].first_line, 5000);
    assert_int_equal(t->n_rejected, 100); /* the first hundred are kept one by one */
    assert_int_equal(t->rejected[99].line, 1102);
    assert_int_equal(t->rejected[99].field, 2);
    assert_int_equal(t->input[0].rows_rejected, 151);
    table_unref(t);
    assert_string_equal(reject_text(REJECT_TOO_LONG), "line longer than 1 MiB");
    assert_string_equal(reject_text(N_REJECTS), "");
}

/* Memory that runs out while rows are added is told when the batch is appended. */
static void short_memory(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 12; n++) {
        struct err err = ERR_INIT;
        struct table_builder *b = table_builder_new(&err);
        struct batch *batch = batch_new();
        struct layout *layout = fixture_layout(b, "ts\tid.orig_h\tproto");
        struct field f[3] = {{span_of("1.0"), FIELD_VALUE, false},
                             {span_of("10.0.0.1"), FIELD_VALUE, false},
                             {span_of("tcp"), FIELD_VALUE, false}};
        assert_int_equal(table_builder_add_input(b, "a.log", &err), 0);
        mem_fail_at(n, false);
        batch_row(batch, layout, 0, 1, f);
        mem_fail_at(0, false);
        assert_int_equal(table_append(b, 0, layout, batch, 0, &err), -1);
        assert_int_equal(err.code, ERR_LIMIT);
        batch_clear(batch); /* forgets the failure */
        err = (struct err)ERR_INIT;
        batch_row(batch, layout, 0, 1, f);
        assert_int_equal(table_append(b, 0, layout, batch, 0, &err), 0);
        batch_free(batch);
        table_builder_free(b);
    }
}

/* A row costs 34.5 bytes: the time, addresses, byte counts, ports, categories and flags 32, its
 * start 2.5. The rest (one address, one column each) is small here and does not grow with rows. */
static void memory_of_a_row(void **state)
{
    struct err err = ERR_INIT;
    struct table_builder *b = table_builder_new(&err);
    struct batch *batch = batch_new();
    struct layout *layout = fixture_layout(b, "ts\tid.orig_h\tproto");
    struct field f[3] = {{span_of("1.0"), FIELD_VALUE, false},
                         {span_of("10.0.0.1"), FIELD_VALUE, false},
                         {span_of("tcp"), FIELD_VALUE, false}};
    struct table *t;
    (void)state;
    assert_int_equal(table_builder_add_input(b, "a.log", &err), 0);
    for (uint64_t i = 0; i < 100000; i++)
        batch_row(batch, layout, i * 100, i + 1, f);
    assert_int_equal(table_append(b, 0, layout, batch, 0, &err), 0);
    batch_free(batch);
    t = table_seal(b, false, &err);
    assert_int_equal(t->n_rows, 100000);
    assert_true(table_memory(t) >= 100000u / 2 * 69 && table_memory(t) < 100000u * 35);
    table_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typed_columns), cmocka_unit_test(addresses),
        cmocka_unit_test(categories),    cmocka_unit_test(references),
        cmocka_unit_test(row_starts),    cmocka_unit_test(copied_in_any_order),
        cmocka_unit_test(rejections),    cmocka_unit_test(addresses_over_chunks),
        cmocka_unit_test(short_memory),  cmocka_unit_test(memory_of_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
