/* batch.h: rows whose fields are only found become what rows made field by field become. */
#include "tests/unit/unit.h"

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/rng.h"
#include "core/table/table_impl.h"
#include "tests/unit/conn_fixture.h"

#define ROWS 3000
#define MOST 50 /* rows at a time */

static const char *const fields[] = {"ts",           "id.orig_h",     "id.orig_p",    "id.resp_h",
                                     "id.resp_p",    "proto",         "service",      "duration",
                                     "orig_bytes",   "resp_bytes",    "conn_state",   "local_orig",
                                     "local_resp",   "orig_pkts",     "resp_pkts",    "note",
                                     "missed_bytes", "orig_ip_bytes", "resp_ip_bytes"};
#define N ARRAY_LEN(fields)

/* Values that somebody's log has held, or could; any of them in any column. */
static const char *const odd[] = {"",
                                  "-",
                                  "(empty)",
                                  "0",
                                  "00000000",
                                  "1",
                                  "12345678",
                                  "123456789",
                                  "1234567890123456",
                                  "12345678901234567",
                                  "18446744073709551615",
                                  "18446744073709551616",
                                  "4294967293",
                                  "4294967294",
                                  "4294967295",
                                  "65535",
                                  "65536",
                                  "065535",
                                  "-1",
                                  "+1",
                                  "1.",
                                  ".1",
                                  "1.5",
                                  "0.000000",
                                  "1234567.654321",
                                  "1773014402.904600",
                                  "253402300799.999999",
                                  "253402300799.9999995",
                                  "99999999999.999999",
                                  "1773014402.90460",
                                  "1773014402.9046005",
                                  "1e5",
                                  "1773014402.90460x",
                                  "177301x402.904600",
                                  "1773014402,904600",
                                  "/0:9",
                                  "1234567:",
                                  "12345\2716",
                                  "\xff\xff\xff\xff\xff\xff\xff\xff",
                                  "a",
                                  "tcp",
                                  "SF",
                                  "10.0.0.1",
                                  "10.0.0.01",
                                  "255.255.255.255",
                                  "255.255.255.2555",
                                  "fe80::1",
                                  "fe80::1234:5678:9abc:def0",
                                  "::ffff:10.0.0.1",
                                  "T",
                                  "F",
                                  "true",
                                  "TF",
                                  "exactly15bytes!",
                                  "exactly16bytes!!"};

static void put_value(struct rng *rng, struct buf *out, const char *name)
{
    static const char alphabet[] = "0123456789.-eTF:a\x80\xff\x01";
    uint64_t r = rng_u64(rng);
    unsigned a = (unsigned)(r >> 8) & 0xffffff, b = (unsigned)(r >> 32);
    if (r % 8 == 0)
        buf_add_text(out, odd[b % ARRAY_LEN(odd)]);
    else if (r % 64 == 1)
        for (unsigned n = b % 40; n > 0; n--)
            buf_add_char(out, alphabet[rng_u64(rng) % (sizeof alphabet - 1)]);
    else if (strcmp(name, "ts") == 0)
        buf_printf(out, "%u.%06u", b, a % 1000000);
    else if (strcmp(name, "duration") == 0)
        buf_printf(out, "%u.%06u", b % 100000, a % 1000000);
    else if (strstr(name, "_h") != NULL)
        buf_printf(out, "10.%u.0.%u", a % 40, b % 250);
    else
        buf_printf(out, "%llu", (unsigned long long)(r >> a % 64));
}

/* A row of its own memory for the batch that gets rows made. */
static void add_made(struct batch *made, const struct layout *layout, uint64_t offset,
                     const struct found_rows *rows, uint32_t r)
{
    struct field field[N];
    for (uint32_t i = 0; i < N; i++) {
        struct span s = found_field(rows, r, i);
        char *copy = mem_alloc(s.len, 1);
        assert_non_null(copy);
        memcpy(copy, s.ptr, s.len);
        field[i] = field_of(layout, span_make(copy, s.len));
    }
    batch_row(made, layout, offset, 1, field);
    for (uint32_t i = 0; i < N; i++)
        mem_free((char *)field[i].text.ptr);
}

/* Some rows for both batches. The bytes are as many as found rows may count on, and no more. Returns where
 * they end, when the first begins at `offset`. */
static uint64_t add_both(struct rng *rng, const struct layout *layout, uint64_t offset, uint32_t n,
                         struct batch *made, struct batch *found)
{
    struct buf text = BUF_INIT;
    uint16_t end[1 + MOST * N], *at = end;
    struct found_rows rows = {NULL, end + 1, N, n};
    uint64_t after;
    char *exact;
    buf_add(&text, "xxxxxxxxxxxxxxx\n", FIELD_ROOM_BEFORE);
    *at++ = FIELD_ROOM_BEFORE - 1;
    for (size_t i = 0; i < n * N; i++) {
        put_value(rng, &text, fields[i % N]);
        *at++ = (uint16_t)text.len;
        buf_add_char(&text, i % N + 1 < N ? '\t' : '\n');
    }
    after = offset + text.len - FIELD_ROOM_BEFORE;
    for (int i = 1; i < FIELD_ROOM_BEHIND; i++)
        buf_add_char(&text, '7');
    exact = mem_alloc(text.len, 1);
    assert_true(!text.failed && exact != NULL);
    memcpy(exact, text.ptr, text.len);
    rows.base = exact;
    for (uint32_t r = 0; r < n; r++)
        add_made(made, layout, offset + end[r * N] + 1 - FIELD_ROOM_BEFORE, &rows, r);
    batch_rows_found(found, layout, offset, &rows);
    mem_free(exact);
    buf_release(&text);
    return after;
}

#define SAME(column) assert_memory_equal(a->column, b->column, a->n * sizeof *a->column)

/* From the first to the last of the rows that have a time, in whatever order they stand. */
static void check_times(const struct batch *b)
{
    int64_t first = INT64_MAX, last = TIME_MISSING;
    for (size_t i = 0; i < b->n; i++) {
        if (b->ts_us[i] == TIME_MISSING)
            continue;
        first = b->ts_us[i] < first ? b->ts_us[i] : first;
        last = b->ts_us[i] > last ? b->ts_us[i] : last;
    }
    assert_int_equal(b->first_us, last == TIME_MISSING ? TIME_MISSING : first);
    assert_int_equal(b->last_us, last);
}

static void check_same(const struct batch *a, const struct batch *b)
{
    assert_int_equal(a->n, b->n);
    assert_false(a->failed || b->failed);
    SAME(ts_us);
    check_times(a);
    check_times(b);
    SAME(offset);
    SAME(orig);
    SAME(resp);
    SAME(orig_bytes);
    SAME(resp_bytes);
    SAME(orig_p);
    SAME(resp_p);
    SAME(flags);
    for (int c = 0; c < N_CATS; c++) {
        SAME(cat[c]);
        assert_int_equal(a->cats[c].n, b->cats[c].n);
        assert_int_equal(a->more[c].n, b->more[c].n);
    }
    assert_memory_equal(a->bad, b->bad, sizeof a->bad);
    assert_int_equal(a->addrs.n, b->addrs.n);
    for (uint32_t i = 0; i < a->addrs.n; i++)
        assert_true(span_eq(intern_text(&a->addrs, i), intern_text(&b->addrs, i)));
    assert_int_equal(a->n_big, b->n_big);
    for (size_t i = 0; i < a->n_big; i++)
        assert_true(a->big[i].row == b->big[i].row && a->big[i].value == b->big[i].value &&
                    a->big[i].side == b->big[i].side);
}

/* The layout again, with other marks, and without the roles whose numbers leave `rest` when they are divided
 * by seven. */
static struct layout *with_marks(const struct layout *from, const char *unset, const char *empty,
                                 unsigned rest)
{
    struct err err = ERR_INIT;
    struct layout *l = layout_make(from->format, from->n_fields, '\t', unset, empty, &err);
    assert_non_null(l);
    memcpy(l->column, from->column, from->n_fields * sizeof *l->column);
    memcpy(l->role_field, from->role_field, sizeof l->role_field);
    for (unsigned role = 0; role < N_ROLES; role++)
        if (role % 7 == rest)
            l->role_field[role] = -1;
    return l;
}

static struct layout *all_fields(struct table_builder *builder)
{
    struct buf names = BUF_INIT;
    struct layout *layout;
    for (size_t i = 0; i < N; i++)
        buf_printf(&names, "%s%s", i == 0 ? "" : "\t", fields[i]);
    assert_false(names.failed);
    layout = fixture_layout(builder, buf_text(&names));
    buf_release(&names);
    return layout;
}

static struct batch *batch_with(const char *level)
{
    struct batch *b;
    assert_int_equal(setenv("MINNOW_SIMD", level, 1), 0);
    b = batch_new();
    assert_int_equal(unsetenv("MINNOW_SIMD"), 0);
    return b;
}

static void found_is_made_by(const char *level)
{
    static const char *const marks[][2] = {{"-", "(empty)"}, {"-", "(empty)"}, {"0", "T"},
                                           {"NULL", "-"},    {"", "-"},        {"?", ""},
                                           {"-", "1.5"},     {"--", "tcp"}};
    struct err err = ERR_INIT;
    struct table_builder *builder = table_builder_new(&err);
    struct batch *made = batch_new(), *found = batch_with(level);
    struct layout *plain;
    struct rng rng;
    assert_true(builder != NULL && made != NULL && found != NULL);
    plain = all_fields(builder);
    rng_init(&rng, 3, 0);
    for (unsigned chunk = 0; chunk < ARRAY_LEN(marks); chunk++) {
        struct layout *layout = with_marks(plain, marks[chunk][0], marks[chunk][1], chunk);
        bool last = chunk + 1 == ARRAY_LEN(marks);
        uint64_t offset = 7;
        batch_clear(made);
        batch_clear(found);
        if (last) {
            batch_set_range(made, 1000000000000000, 3000000000000000);
            batch_set_range(found, 1000000000000000, 3000000000000000);
        }
        for (uint32_t i = 0, n; i < ROWS; i += n) {
            n = 1 + (uint32_t)(rng_u64(&rng) % MOST);
            n = n < ROWS - i ? n : ROWS - i;
            offset = add_both(&rng, layout, offset, n, made, found);
        }
        check_same(made, found);
        assert_true(made->n == ROWS || last);
        assert_int_equal(made->n_outside, found->n_outside);
        layout_free(layout);
    }
    assert_true(found->n > 100 && found->n_outside > 100 && found->n_big > 0);
    batch_free(made);
    batch_free(found);
    layout_free(plain);
    table_builder_free(builder);
}

static void found_is_made(void **state)
{
    static const char *const level[] = {"portable", "sse2", "avx2", "avx512"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(level); i++)
        found_is_made_by(level[i]);
}

/* What was remembered of a chunk that is not in the table does not live on in the next, nor when the
 * stamps begin again. */
static void chunks_do_not_remember(void **state)
{
    static const char *const text[] = {"10.0.0.1", "10.0.0.2", "fe80::1234:5678:9abc:def0"};
    struct err err = ERR_INIT;
    struct table_builder *builder = table_builder_new(&err);
    struct layout *layout = fixture_layout(builder, "id.orig_h\tproto");
    struct batch *b = batch_new();
    (void)state;
    assert_non_null(b);
    for (uint32_t chunk = 0; chunk < 6; chunk++) {
        if (chunk == 3)
            b->recall_addr.stamp = b->recall_cat[CAT_PROTO].stamp = UINT32_MAX;
        batch_clear(b);
        assert_true(b->recall_addr.stamp != 0 && b->recall_cat[CAT_PROTO].stamp != 0);
        for (uint32_t i = 0; i < 3; i++) {
            const char *value = text[(i + chunk) % 3];
            size_t len = strlen(value);
            char room[FIELD_ROOM_BEFORE + 2 * 26 + FIELD_ROOM_BEHIND] = {0};
            uint16_t end[] = {FIELD_ROOM_BEFORE - 1, (uint16_t)(FIELD_ROOM_BEFORE + len),
                              (uint16_t)(FIELD_ROOM_BEFORE + 2 * len + 1)};
            const struct found_rows row = {room, end + 1, 2, 1};
            memcpy(room + FIELD_ROOM_BEFORE, value, len);
            memcpy(room + FIELD_ROOM_BEFORE + len + 1, value, len);
            batch_rows_found(b, layout, i, &row);
            batch_rows_found(b, layout, i, &row);
        }
        for (uint32_t i = 0; i < 6; i++) {
            assert_int_equal(b->orig[i], i / 2);
            assert_int_equal(b->cat[CAT_PROTO][i], i / 2);
            assert_true(span_eq(intern_text(&b->addrs, i / 2), span_of(text[(i / 2 + chunk) % 3])));
        }
    }
    batch_free(b);
    layout_free(layout);
    table_builder_free(builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_is_made),
        cmocka_unit_test(chunks_do_not_remember),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
