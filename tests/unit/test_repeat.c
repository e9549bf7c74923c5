/* Repeated addresses. */
#include "tests/unit/conn_fixture.h"

#include "core/query/repeat.h"

#define ROW(orig, resp) "1\t" orig "\t1\t" resp "\t2\ttcp\t-\t-\t-\t-\tSF"

static const char *const rows[] = {
    ROW("10.0.0.1", "10.0.0.2"), ROW("10.0.0.1", "10.0.0.3"), ROW("10.0.0.2", "10.0.0.1"),
    ROW("10.0.0.4", "10.0.0.4"), ROW("-", "10.0.0.9"),        ROW("10.0.0.7", "10.0.0.8"),
};

static void expect(const struct repeats *r, const struct table *t, const char *addr, uint32_t rank,
                   uint64_t n, uint64_t as_orig, uint64_t as_resp)
{
    const struct repeat *item = repeats_of(r, table_addr_find(t, span_of(addr)));
    assert_non_null(item);
    assert_int_equal(item->rank, rank);
    assert_int_equal(item->rows, n);
    assert_int_equal(item->as_orig, as_orig);
    assert_int_equal(item->as_resp, as_resp);
    assert_ptr_equal(item, &r->item[rank - 1]);
}

static void test_ranks(void **state)
{
    uint32_t row[] = {4, 3, 2, 1, 0}; /* a view's order does not matter */
    struct rowset set = {row, ARRAY_LEN(row)};
    struct table *t = fixture_table(rows, ARRAY_LEN(rows));
    struct repeats r;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(repeats_count(&r, &set, t, NULL, &err), 0);
    assert_int_equal(r.n, 5);
    expect(&r, t, "10.0.0.1", 1, 3, 2, 1);
    expect(&r, t, "10.0.0.2", 2, 2, 1, 1);
    expect(&r, t, "10.0.0.3", 3, 1, 0, 1); /* ties by the bytes of the text */
    expect(&r, t, "10.0.0.4", 4, 1, 1, 1); /* on both sides: one row */
    expect(&r, t, "10.0.0.9", 5, 1, 0, 1);
    /* In the log, not in the set; and no address at all. */
    assert_null(repeats_of(&r, table_addr_find(t, span_of("10.0.0.7"))));
    assert_null(repeats_of(&r, ADDR_MISSING));
    repeats_release(&r);
    assert_null(repeats_of(&r, 0));
    table_unref(t);
}

static void test_empty_set(void **state)
{
    struct rowset set = {NULL, 0};
    struct table *t = fixture_table(rows, ARRAY_LEN(rows));
    struct repeats r;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(repeats_count(&r, &set, t, NULL, &err), 0);
    assert_int_equal(r.n, 0);
    assert_null(repeats_of(&r, 0));
    repeats_release(&r);
    table_unref(t);
}

/* Enough addresses to grow every table several times. */
static void test_many(void **state)
{
    enum { N = 2000 };
    static char text[N][96];
    static const char *row[N];
    static uint32_t number[N];
    struct rowset set = {number, N};
    struct table *t;
    struct repeats r;
    struct err err = ERR_INIT;
    uint64_t sum = 0;
    (void)state;
    for (uint32_t i = 0; i < N; i++) {
        (void)snprintf(text[i], sizeof text[i], ROW("10.1.%u.%u", "10.2.0.%u"), i / 250, i % 250,
                       i % 7);
        row[i] = text[i];
        number[i] = i;
    }
    t = fixture_table(row, N);
    assert_int_equal(repeats_count(&r, &set, t, NULL, &err), 0);
    assert_int_equal(r.n, N + 7);
    for (uint64_t i = 0; i < r.n; i++) {
        sum += r.item[i].rows;
        assert_ptr_equal(repeats_of(&r, r.item[i].addr), &r.item[i]);
        if (i > 0)
            assert_true(r.item[i].rows <= r.item[i - 1].rows);
    }
    assert_int_equal(sum, 2 * N);
    repeats_release(&r);
    table_unref(t);
}

static void test_cancel_and_memory(void **state)
{
    uint32_t row[] = {0, 1, 2};
    struct rowset set = {row, ARRAY_LEN(row)};
    struct table *t = fixture_table(rows, ARRAY_LEN(rows));
    struct job *job = job_new();
    struct repeats r;
    struct err err = ERR_INIT;
    (void)state;
    assert_non_null(job);
    job_cancel(job);
    assert_int_equal(repeats_count(&r, &set, t, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    for (uint64_t n = 1; n <= 2; n++) {
        mem_fail_at(n, false);
        assert_int_equal(repeats_count(&r, &set, t, NULL, &err), -1);
        mem_fail_at(0, false);
        assert_int_equal(err.code, ERR_LIMIT);
    }
    job_free(job);
    table_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranks),
        cmocka_unit_test(test_empty_set),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_cancel_and_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
