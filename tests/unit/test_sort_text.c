/* sort_text.h: rows sorted by what they say, however few of them are compared in memory at once. */
#include "tests/unit/load_fixture.h"

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "core/parallel.h"
#include "core/query/sort_text.h"
#include "core/table/row_reader.h"

enum sorted { COLUMN_TEXT, COLUMN_ADDR, COLUMN_COUNT };

/* Texts that share more or less of their beginnings, few or many of them, and missing ones. */
static void add_text(struct buf *b, struct rng *rng, unsigned shape)
{
    static const char same[] = "http://www.example.com/one/and/the/same/beginning/of/all/of/them/";
    uint64_t r = rng_u64(rng);
    unsigned shared = shape == 0 ? 0 : shape == 1 ? (unsigned)(r >> 8) % 64 : 64;
    if (r % 50 == 0)
        buf_add_text(b, r % 100 == 0 ? "-" : "(empty)");
    else
        buf_printf(b, "%.*s%x", (int)shared, same,
                   (unsigned)(r >> 32) % (shape == 2 ? 300000 : 1000000));
}

static void add_addr(struct buf *b, struct rng *rng)
{
    uint64_t r = rng_u64(rng);
    if (r % 40 == 0)
        buf_add_text(b, r % 80 == 0 ? "-" : "junk");
    else if (r % 2 == 0)
        buf_printf(b, "10.0.%u.%u", (unsigned)(r >> 8) % 200, (unsigned)(r >> 16) % 200);
    else
        buf_printf(b, "2001:db8:0:1::%x:%x", (unsigned)(r >> 8) % 200, (unsigned)(r >> 16) % 200);
}

static struct table *make_table(unsigned n, unsigned shape)
{
    struct buf b = BUF_INIT;
    struct table *t;
    struct rng rng;
    rng_init(&rng, 17, shape);
    buf_add_text(&b, HEAD_OF("\\x09", "text\taddr\tcount", "string\taddr\tcount"));
    for (unsigned i = 0; i < n; i++) {
        uint64_t r = rng_u64(&rng);
        add_text(&b, &rng, shape);
        buf_add_char(&b, '\t');
        add_addr(&b, &rng);
        if (r % 30 == 0)
            buf_add_text(&b, "\tnone\n");
        else
            buf_printf(&b, "\t%llu\n", r % 3 == 0 ? 9007199254740992ull + (r >> 60) : r % 1000);
    }
    t = load_one(put_buf("some.log", &b), 0, 1);
    assert_int_equal(t->n_rows, n);
    buf_release(&b);
    return t;
}

/* ---- what is expected: everything in memory ---- */

struct value {
    struct span text; /* owned */
    struct addr addr;
    uint64_t count;
    bool has;
    uint32_t at;
};

struct naive {
    enum sorted column;
    bool descending;
};

static int by_value(const void *a, const void *b, void *user)
{
    const struct value *x = a, *y = b;
    const struct naive *how = user;
    int c = 0;
    if (x->has != y->has)
        return x->has ? -1 : 1;
    if (x->has && how->column == COLUMN_TEXT)
        c = span_cmp(x->text, y->text);
    else if (x->has && how->column == COLUMN_COUNT)
        c = x->count < y->count ? -1 : x->count > y->count;
    else if (x->has && x->addr.kind != y->addr.kind) /* junk behind addresses */
        c = (x->addr.kind == ADDR_NOT ? 3 : x->addr.kind) <
                    (y->addr.kind == ADDR_NOT ? 3 : y->addr.kind)
                ? -1
                : 1;
    else if (x->has)
        c = memcmp(x->addr.byte, y->addr.byte, 16);
    if (c != 0)
        return how->descending ? -c : c;
    return x->at < y->at ? -1 : 1;
}

static struct value *expected(const struct table *t, const struct rowset *set, enum sorted column,
                              bool descending)
{
    struct naive how = {column, descending};
    struct err err = ERR_INIT;
    struct row_reader *reader = row_reader_new(t, 0, &err);
    struct value *v = mem_zalloc(set->n, sizeof *v);
    struct buf scratch = BUF_INIT;
    assert_true(reader != NULL && v != NULL);
    for (uint32_t i = 0; i < set->n; i++) {
        const struct row *row;
        const struct field *f;
        assert_int_equal(row_reader_get(reader, set->row[i], &row, &err), 0);
        f = &row->field[column];
        v[i].at = i;
        v[i].has = f->state != FIELD_UNSET && f->state != FIELD_ABSENT;
        v[i].text = field_decode(f, &scratch);
        if (column == COLUMN_COUNT) {
            v[i].has = v[i].has && !span_is(v[i].text, "none");
            v[i].count = v[i].has ? strtoull(v[i].text.ptr, NULL, 10) : 0;
        }
        (void)addr_parse(v[i].text, &v[i].addr);
        v[i].text.ptr = mem_copy(v[i].text.ptr, v[i].text.len);
    }
    qsort_r(v, set->n, sizeof *v, by_value, &how);
    buf_release(&scratch);
    row_reader_free(reader);
    return v;
}

static void free_values(struct value *v, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        mem_free((char *)(uintptr_t)v[i].text.ptr);
    mem_free(v);
}

static void check_sorts(const struct table *t, const struct rowset *set, struct job *job)
{
    static const uint64_t most[] = {0, 1, 100};
    for (unsigned i = 0; i < 6; i++) {
        struct sort_opts opts = {.in = set, .table = t, .column = i / 2, .descending = i % 2 == 1};
        struct value *want = expected(t, set, (enum sorted)(i / 2), i % 2 == 1);
        for (size_t j = 0; j < 2 * ARRAY_LEN(most); j++) {
            struct err err = ERR_INIT;
            struct order_key *key;
            opts.most = most[j / 2];
            opts.job = j % 2 == 0 ? NULL : job;
            key = sort_by_text(&opts, &err);
            assert_non_null(key);
            for (uint64_t n = 0; n < set->n; n++)
                if (key[n].at != want[n].at)
                    fail_msg("column %u, at most %llu: place %llu", i / 2,
                             (unsigned long long)opts.most, (unsigned long long)n);
            mem_free(key);
        }
        free_values(want, set->n);
    }
}

static void shuffle(struct rowset *set)
{
    struct rng rng;
    rng_init(&rng, 5, 0);
    for (uint64_t i = set->n - 1; i > 0; i--) {
        uint64_t j = rng_u64(&rng) % (i + 1);
        uint32_t row = set->row[i];
        set->row[i] = set->row[j];
        set->row[j] = row;
    }
}

/* Any beginning in common, any number of ties at once, alone and on threads, from any order. */
static void whatever_they_share(void **state)
{
    static const unsigned rows[] = {20000, 20000, 20000, 200, 1};
    struct parallel *pool = parallel_new(3);
    struct job *job = job_new();
    (void)state;
    assert_true(pool != NULL && job != NULL);
    job_set_pool(job, pool);
    for (unsigned shape = 0; shape < ARRAY_LEN(rows); shape++) {
        struct table *t = make_table(rows[shape], shape % 3);
        struct err err = ERR_INIT;
        struct rowset set;
        assert_int_equal(rowset_of_cluster(&set, t, NULL, CLUSTER_ALL, NULL, &err), 0);
        check_sorts(t, &set, job);
        shuffle(&set);
        set.n = set.n * 9 / 10;
        check_sorts(t, &set, job);
        rowset_release(&set);
        table_unref(t);
    }
    job_free(job);
    parallel_free(pool);
}

/* Texts that begin alike for longer than anyone reads on for. */
static void very_long_beginnings(void **state)
{
    enum { ROWS = 2000, LONG = 700 };
    struct buf b = BUF_INIT;
    struct err err = ERR_INIT;
    char *same = mem_alloc(LONG, 1);
    uint32_t row[ROWS];
    struct rowset set = {row, ROWS};
    struct sort_opts opts = {.in = &set, .most = 10};
    struct order_key *key;
    struct table *t;
    (void)state;
    assert_non_null(same);
    memset(same, 'a', LONG);
    buf_add_text(&b, HEAD_OF("\\x09", "text\taddr\tcount", "string\taddr\tcount"));
    for (unsigned i = 0; i < ROWS; i++) {
        row[i] = i;
        buf_add(&b, same, LONG);
        buf_printf(&b, "%04u\t-\t-\n", i * 7 % ROWS);
    }
    opts.table = t = load_one(put_buf("some.log", &b), 0, 1);
    key = sort_by_text(&opts, &err);
    assert_non_null(key);
    for (unsigned i = 0; i < ROWS; i++)
        assert_int_equal(key[i].at * 7 % ROWS, i);
    mem_free(key);
    mem_free(same);
    buf_release(&b);
    table_unref(t);
}

/* Every allocation may fail. */
static void short_memory(void **state)
{
    struct table *t = make_table(17000, 2);
    struct err err = ERR_INIT;
    struct order_key *key = NULL;
    struct rowset set;
    struct sort_opts opts = {.in = &set, .table = t, .most = 5000};
    (void)state;
    assert_int_equal(rowset_of_cluster(&set, t, NULL, CLUSTER_ALL, NULL, &err), 0);
    for (uint64_t n = 1; key == NULL; n += n < 40 ? 1 : n / 4) {
        err = (struct err)ERR_INIT;
        mem_fail_at(n, true);
        key = sort_by_text(&opts, &err);
        mem_fail_at(0, false);
        assert_int_equal(err.code, key == NULL ? ERR_LIMIT : ERR_OK);
        assert_true(n > 8 || key == NULL);
    }
    mem_free(key);
    rowset_release(&set);
    table_unref(t);
}

static void cancelled(void **state)
{
    struct table *t = make_table(100, 0);
    struct job *job = job_new();
    struct err err = ERR_INIT;
    struct rowset set;
    struct sort_opts opts = {.in = &set, .table = t, .job = job};
    (void)state;
    assert_int_equal(rowset_of_cluster(&set, t, NULL, CLUSTER_ALL, NULL, &err), 0);
    job_cancel(job);
    for (opts.column = 0; opts.column < 3; opts.column++) {
        err = (struct err)ERR_INIT;
        assert_null(sort_by_text(&opts, &err));
        assert_int_equal(err.code, ERR_CANCELLED);
    }
    job_free(job);
    rowset_release(&set);
    table_unref(t);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(whatever_they_share), CASE(very_long_beginnings),
                                       CASE(short_memory), CASE(cancelled)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
