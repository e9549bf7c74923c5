/* Ten thousand damaged logs: whatever was done to the bytes, every row that was read is either loaded
 * or rejected with a reason, and small chunks on two threads find the same as one big chunk. */
#include "tests/unit/load_fixture.h"

#include "core/base/rng.h"
#include "tests/unit/pack.h"

#define ROUNDS 2000 /* of each of the five forms */
#define ROWS   24

static void add_tsv(struct buf *b)
{
    buf_add_text(b, SHORT_HEAD);
    for (unsigned i = 0; i < ROWS; i++)
        add_row(b, i, i % 5 == 0 ? "a \\x09 b\\\\" : i % 7 == 0 ? "-" : "note");
}

static void add_bare(struct buf *b)
{
    for (unsigned i = 0; i < ROWS; i++)
        buf_printf(b,
                   "1331901%03u.5\tCuid%u\t10.0.0.%u\t%u\t192.168.1.%u\t80\ttcp\thttp\t%u.25\t%u\t-"
                   "\tSF\tT\t"
                   "0\tShADadFf\t4\t300\t3\t200\t(empty)\n",
                   i, i, i % 9, 1024 + i, i % 4, i, i * 100);
}

static void add_json(struct buf *b)
{
    for (unsigned i = 0; i < ROWS; i++)
        buf_printf(
            b,
            "{\"ts\":1331901%03u.25,\"id.orig_h\":\"10.0.0.%u\",\"id.resp_h\":\"192.168.1.%u\","
            "\"orig_bytes\":%u,\"note\":\"a \\\"quoted\\\" \\u00e9 %u\"}\n",
            i, i % 9, i % 4, i * 100, i);
}

static void add_csv(struct buf *b)
{
    buf_add_text(b, "ts,src,dst,orig_bytes,note\n");
    for (unsigned i = 0; i < ROWS; i++)
        buf_printf(b, "1331901%03u.5,10.0.0.%u,192.168.1.%u,%u,\"say \"\"%u\"\", and\nmore\"\n", i,
                   i % 9, i % 4, i * 100, i);
}

static void add_packed(struct buf *b)
{
    struct buf text = BUF_INIT;
    add_tsv(&text);
    add_gzip(b, text.ptr, text.len / 2);
    add_gzip(b, text.ptr + text.len / 2, text.len - text.len / 2);
    buf_release(&text);
}

static const struct {
    const char *name;
    void (*add)(struct buf *b);
} forms[] = {
    {"tsv", add_tsv}, {"bare", add_bare}, {"json", add_json}, {"csv", add_csv}, {"gz", add_packed}};

/* Bytes that mean something somewhere. */
static const char *const pieces[] = {
    "\n",    "\t",       "\r\n", "\"",   ",",
    "#",     "\\",       "{",    "}",    "#fields\tts\tx\n",
    "\\x09", "-",        "\n\n", "\"\"", "#close\n",
    "[",     "]",        ":",    " ",    "#separator \\x09\n",
    "1e999", "\xff\xfe", "null", "\xc3", "(empty)",
    "\x1b[", ";",        "|",    "0",    "#types\ttime\tstring\n",
};

/* One change: a byte, a piece put in, a part cut out, doubled or moved, or the end cut off. */
static void damage(struct buf *b, struct rng *r)
{
    size_t at = (size_t)rng_below(r, b->len + 1), n = (size_t)rng_below(r, 40);
    struct buf out = BUF_INIT;
    struct span all = buf_span(b), part;
    if (n > b->len - at)
        n = b->len - at;
    part = span_make(all.ptr + at, n);
    buf_add(&out, all.ptr, at);
    switch (rng_below(r, 7)) {
    case 0: /* another byte, zero among them */
        buf_add_char(&out, (char)rng_below(r, 256));
        n = n > 0 ? 1 : 0;
        break;
    case 1:
        buf_add_text(&out, pieces[rng_below(r, ARRAY_LEN(pieces))]);
        n = 0;
        break;
    case 2: /* cut out */
        break;
    case 3: /* doubled */
        buf_add_span(&out, part);
        n = 0;
        break;
    case 4: /* moved to the front */
        buf_clear(&out);
        buf_add_span(&out, part);
        buf_add(&out, all.ptr, at);
        break;
    case 5: /* cut off */
        n = b->len - at;
        break;
    default:
        buf_add_char(&out, '\0');
        n = 0;
        break;
    }
    buf_add(&out, all.ptr + at + n, all.len - at - n);
    assert_false(out.failed);
    buf_release(b);
    *b = out;
}

/* Loads it, and gives the table or that there is a reason for none. */
static struct table *load(const char *path, size_t chunk, uint32_t threads, struct err *err)
{
    struct table *t = try_load(path, chunk, threads, err);
    if (t != NULL) {
        counts_add_up(t);
        return t;
    }
    assert_true(err->code == ERR_DATA || err->code == ERR_IO);
    assert_int_not_equal(strlen(err->text), 0);
    return NULL;
}

static void no_row_goes_missing(const char *form, void (*add)(struct buf *b))
{
    unsigned opened = 0, refused = 0;
    struct rng r;
    rng_init(&r, 11, (uint64_t)form[0]);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct buf b = BUF_INIT;
        struct err err, again;
        struct table *big, *small;
        const char *path;
        add(&b);
        for (uint64_t n = 1 + rng_below(&r, 3); n > 0; n--)
            damage(&b, &r);
        if (b.len == 0)
            buf_add_char(&b, ' ');
        path = put_buf("damaged", &b);
        big = load(path, 0, 1, &err);
        small = load(path, 64 + (size_t)rng_below(&r, 300), 2, &again);
        if ((big == NULL) != (small == NULL))
            fail_msg("%s, round %u: %s", form, round, big == NULL ? err.text : again.text);
        if (big != NULL)
            same_tables(big, small);
        else
            assert_string_equal(err.text, again.text);
        opened += big != NULL;
        refused += big == NULL;
        table_unref(big);
        table_unref(small);
        buf_release(&b);
    }
    /* The damage is worth something, and not everything. */
    assert_true(opened > ROUNDS / 3);
    assert_true(refused > 0);
}

static void test_mutations(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        no_row_goes_missing(forms[i].name, forms[i].add);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_mutations, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
