/* rowset.h: rows of a cluster and of an address, sorted, searched. */
#include "tests/unit/load_fixture.h"

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "core/query/rowset.h"

#define ROWS_HEAD                                                                                  \
    HEAD_OF("\\x09", "ts\tid.orig_h\tid.resp_h\torig_bytes\tnote\tlocal_orig",                     \
            "time\taddr\taddr\tcount\tstring\tbool")

static const char log_text[] =
    ROWS_HEAD "5.0\t10.0.0.2\t9.9.9.9\t10\tbeta\tT\n"                          /* 0 */
              "1.0\t10.0.0.10\t10.0.0.2\t9\tAlpha\tF\n"                        /* 1 */
              "-\tfe80::1\t9.9.9.9\t-\talpha\t-\n"                             /* 2 */
              "3.5\t9.9.9.9\t10.0.0.10\t100\t-\tT\n"                           /* 3 */
              "-1\tjunk\t10.0.0.2\t-5\t(empty)\tF\n"                           /* 4 */
              "1.0\t10.0.0.2\t10.0.0.2\t18446744073709551615\tbe\\x09ta\tT\n"; /* 5 */

static struct table *six_rows(void)
{
    return load_one(put_text("conn.log", log_text), 0, 1);
}

static struct rowset all_rows(const struct table *t)
{
    struct rowset set;
    struct err err = ERR_INIT;
    assert_int_equal(rowset_of_cluster(&set, t, NULL, CLUSTER_ALL, NULL, &err), 0);
    assert_int_equal(set.n, t->n_rows);
    return set;
}

static bool is_rows(const struct rowset *set, const uint32_t *want, size_t n)
{
    return set->n == n && (n == 0 || memcmp(set->row, want, n * sizeof *want) == 0);
}
#define IS_ROWS(set, ...)                                                                          \
    is_rows((set), (const uint32_t[]){__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / 4)

static void rows_of_a_cluster(void **state)
{
    struct table *t = six_rows();
    uint32_t obs[6] = {0, 1, UINT32_MAX, 2, UINT32_MAX, 3};
    uint8_t label[4] = {1, 0, 1, 1};
    struct profile profile[3] = {{.rows = 1}, {.rows = 3}, {.rows = 0}};
    struct clustering c = {.n_rows = 6,
                           .n = 4,
                           .k = 3,
                           .rows_clustered = 4,
                           .rows_excluded = 2,
                           .obs_of_row = obs,
                           .label = label,
                           .profile = profile};
    struct rowset set;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(rowset_of_cluster(&set, t, &c, 1, NULL, &err), 0);
    assert_true(IS_ROWS(&set, 1));
    rowset_release(&set);
    assert_int_equal(rowset_of_cluster(&set, t, &c, 2, NULL, &err), 0);
    assert_true(IS_ROWS(&set, 0, 3, 5));
    rowset_release(&set);
    assert_int_equal(rowset_of_cluster(&set, t, &c, 3, NULL, &err), 0);
    assert_int_equal(set.n, 0);
    rowset_release(&set);
    assert_int_equal(rowset_of_cluster(&set, t, &c, 0, NULL, &err), 0); /* the excluded */
    assert_true(IS_ROWS(&set, 2, 4));
    rowset_release(&set);
    assert_int_equal(rowset_of_cluster(&set, t, &c, 4, NULL, &err), 0); /* there is none */
    assert_int_equal(set.n, 0);
    rowset_release(&set);
    set = all_rows(t);
    assert_true(IS_ROWS(&set, 0, 1, 2, 3, 4, 5));
    rowset_release(&set);
    table_unref(t);
}

static void rows_of_an_address(void **state)
{
    struct table *t = six_rows();
    struct rowset set;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(rowset_of_addr(&set, t, table_addr_find(t, span_of("10.0.0.2")), NULL, &err),
                     0);
    assert_true(IS_ROWS(&set, 0, 1, 4, 5)); /* either side; both sides once */
    rowset_release(&set);
    assert_int_equal(rowset_of_addr(&set, t, table_addr_find(t, span_of("junk")), NULL, &err), 0);
    assert_true(IS_ROWS(&set, 4));
    rowset_release(&set);
    table_unref(t);
}

static void sorting(void **state)
{
    static const struct {
        const char *column;
        uint32_t up[6], down[6];
    } cases[] = {
        /* missing values and junk stand last in both directions, equal ones keep their order */
        {"ts", {1, 5, 3, 0, 2, 4}, {0, 3, 1, 5, 2, 4}},
        {"id.orig_h", {3, 0, 5, 1, 2, 4}, {4, 2, 1, 0, 5, 3}},
        {"orig_bytes", {4, 1, 0, 3, 5, 2}, {5, 3, 0, 1, 4, 2}},
        {"note", {4, 1, 2, 5, 0, 3}, {0, 5, 2, 1, 4, 3}},
        {"local_orig", {1, 4, 0, 3, 5, 2}, {0, 3, 5, 1, 4, 2}},
    };
    struct table *t = six_rows();
    struct rowset set = all_rows(t), sorted;
    struct err err = ERR_INIT;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int column = schema_find(&t->schema, span_of(cases[i].column));
        for (int down = 0; down < 2; down++) {
            const uint32_t *want = down ? cases[i].down : cases[i].up;
            assert_int_equal(rowset_sort(&sorted, &set, t, (uint32_t)column, down == 1, NULL, &err),
                             0);
            if (!is_rows(&sorted, want, 6))
                fail_msg("%s %s: %u %u %u %u %u %u", cases[i].column, down ? "down" : "up",
                         sorted.row[0], sorted.row[1], sorted.row[2], sorted.row[3], sorted.row[4],
                         sorted.row[5]);
            rowset_release(&sorted);
        }
    }
    assert_true(IS_ROWS(&set, 0, 1, 2, 3, 4, 5)); /* the old set stays */
    rowset_release(&set);
    table_unref(t);
}

/* Counts above 2^53, which a double cannot tell apart, still sort by value. */
static void large_counts_sort_by_value(void **state)
{
    static const char text[] = "#separator \\x09\n#fields\torig_bytes\tx\n#types\tcount\tstring\n"
                               "9007199254740993\ta\n9007199254740992\tb\n"
                               "18446744073709551615\tc\n18446744073709551614\td\n";
    struct table *t = load_one(put_text("big.log", text), 0, 1);
    struct rowset set = all_rows(t), sorted;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(rowset_sort(&sorted, &set, t, 0, false, NULL, &err), 0);
    assert_true(IS_ROWS(&sorted, 1, 0, 3, 2));
    rowset_release(&sorted);
    rowset_release(&set);
    table_unref(t);
}

/* Many rows with few distinct values: sorted, and stable. */
static void sorting_many(void **state)
{
    struct buf b = BUF_INIT;
    struct rng rng;
    struct table *t;
    struct rowset set, sorted;
    struct err err = ERR_INIT;
    (void)state;
    rng_init(&rng, 8, 0);
    buf_add_text(&b, SHORT_HEAD);
    for (unsigned i = 0; i < 5000; i++)
        buf_printf(&b, "%u.0\ta\tb\t%llu\tn\n", i, (unsigned long long)(rng_u64(&rng) % 20));
    t = load_one(put_buf("conn.log", &b), 0, 1);
    set = all_rows(t);
    for (int down = 0; down < 2; down++) {
        assert_int_equal(rowset_sort(&sorted, &set, t, 3, down == 1, NULL, &err), 0);
        assert_int_equal(sorted.n, 5000);
        for (uint64_t i = 1; i < sorted.n; i++) {
            uint64_t x, y;
            assert_true(table_bytes(t, sorted.row[i - 1], 0, &x));
            assert_true(table_bytes(t, sorted.row[i], 0, &y));
            if (down)
                assert_true(x > y || (x == y && sorted.row[i - 1] < sorted.row[i]));
            else
                assert_true(x < y || (x == y && sorted.row[i - 1] < sorted.row[i]));
        }
        rowset_release(&sorted);
    }
    rowset_release(&set);
    table_unref(t);
    buf_release(&b);
}

static void finding(void **state)
{
    static const struct {
        const char *needle;
        uint64_t n, hit[6];
    } cases[] = {
        {"alpha", 2, {1, 2}},                                   /* no upper case: any case */
        {"Alpha", 1, {1}},                                      /* as written */
        {"ALPHA", 0, {0}},       {"10.0.0.2", 4, {0, 1, 4, 5}}, /* 10.0.0.10 does not hold it */
        {"10.0.0.1", 2, {1, 3}}, {"be\tta", 1, {5}}, /* the decoded value is what is shown */
        {"\\x09", 0, {0}},       {"5.0", 1, {0}},
        {"nowhere", 0, {0}},
    };
    struct table *t = six_rows();
    struct rowset set = all_rows(t);
    struct err err = ERR_INIT;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct find f;
        assert_int_equal(rowset_find(&f, &set, t, span_of(cases[i].needle), NULL, &err), 0);
        if (f.n_hits != cases[i].n || memcmp(f.hit == NULL ? cases[i].hit : f.hit, cases[i].hit,
                                             cases[i].n * sizeof *f.hit) != 0)
            fail_msg("%s: %llu hits", cases[i].needle, (unsigned long long)f.n_hits);
        find_release(&f);
    }
    rowset_release(&set);
    table_unref(t);
}

/* Hits are positions in the set, not row numbers. */
static void finding_in_a_sorted_set(void **state)
{
    struct table *t = six_rows();
    uint32_t row[3] = {5, 2, 1};
    struct rowset set = {row, 3};
    struct find f;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(rowset_find(&f, &set, t, span_of("alpha"), NULL, &err), 0);
    assert_int_equal(f.n_hits, 2);
    assert_int_equal(f.hit[0], 1);
    assert_int_equal(f.hit[1], 2);
    find_release(&f);
    table_unref(t);
}

static void filtering(void **state)
{
    static const char text[] = "orig_bytes > 9";
    struct table *t = six_rows();
    struct rowset set = all_rows(t), out;
    struct err err = ERR_INIT;
    struct expr *e = expr_parse(span_of(text), EXPR_STRICT, &err);
    (void)state;
    assert_non_null(e);
    assert_int_equal(expr_bind(e, &t->schema, &(struct expr_env){NULL, 0}, &err), 0);
    assert_int_equal(rowset_filter(&out, &set, t, e, NULL, &err), 0);
    assert_true(IS_ROWS(&out, 0, 3, 5));
    rowset_release(&out);
    expr_free(e);
    rowset_release(&set);
    table_unref(t);
}

/* The file is gone: nothing is found, every row sorts as missing, and nothing crashes. */
static void without_the_file(void **state)
{
    struct table *t = six_rows();
    struct rowset set = all_rows(t), sorted;
    struct find f;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(unlink(in_dir("conn.log")), 0);
    assert_int_equal(rowset_find(&f, &set, t, span_of("alpha"), NULL, &err), 0);
    assert_int_equal(f.n_hits, 0);
    find_release(&f);
    assert_int_equal(rowset_sort(&sorted, &set, t, 4, true, NULL, &err), 0);
    assert_true(IS_ROWS(&sorted, 0, 1, 2, 3, 4, 5));
    rowset_release(&sorted);
    rowset_release(&set);
    table_unref(t);
}

/* A set that is in no order: finding and filtering keep it, sorting keeps equal rows in it. */
static void sets_in_any_order(void **state)
{
    uint32_t row[] = {5, 0, 4, 3, 1, 2};
    struct table *t = six_rows();
    struct rowset set = {row, 6}, out;
    struct find f;
    struct err err = ERR_INIT;
    struct expr *e = expr_parse(span_of("orig_bytes > 9"), EXPR_STRICT, &err);
    (void)state;
    assert_int_equal(rowset_sort(&out, &set, t, 0, false, NULL, &err), 0); /* ts */
    assert_true(IS_ROWS(&out, 5, 1, 3, 0, 4, 2));
    rowset_release(&out);
    assert_int_equal(rowset_sort(&out, &set, t, 1, true, NULL, &err), 0); /* id.orig_h */
    assert_true(IS_ROWS(&out, 4, 2, 1, 5, 0, 3));
    rowset_release(&out);
    assert_int_equal(rowset_sort(&out, &set, t, 5, false, NULL, &err), 0); /* local_orig */
    assert_true(IS_ROWS(&out, 4, 1, 5, 0, 3, 2));
    rowset_release(&out);
    assert_int_equal(rowset_find(&f, &set, t, span_of("10.0.0.2"), NULL, &err), 0);
    assert_int_equal(f.n_hits, 4);
    assert_true(f.hit[0] == 0 && f.hit[1] == 1 && f.hit[2] == 2 && f.hit[3] == 4);
    find_release(&f);
    assert_non_null(e);
    assert_int_equal(expr_bind(e, &t->schema, &(struct expr_env){NULL, 0}, &err), 0);
    assert_int_equal(rowset_filter(&out, &set, t, e, NULL, &err), 0);
    assert_true(IS_ROWS(&out, 5, 0, 3));
    rowset_release(&out);
    expr_free(e);
    table_unref(t);
}

/* What the table's columns give and what the text gives are one order: the same rows, with their
 * byte counts and ports once under names that have a role and once under names that have none. */
static void columns_and_text_agree(void **state)
{
    static const char head[] =
        HEAD_OF("\\x09",
                "ts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\torig_bytes\tresp_bytes\tt\tah\t"
                "ap\tbh\tbp\tab\tbb",
                "time\taddr\tport\taddr\tport\tcount\tcount\ttime\taddr\tport\taddr\tport\t"
                "count\tcount");
    static const char *const addrs[] = {"10.0.0.9", "10.0.0.10",       "fe80::1", "fe80:0::1",
                                        "-",        "::ffff:10.0.0.9", "junk",    "2001:db8::5"};
    static const char *const counts[] = {"0",
                                         "-",
                                         "9",
                                         "10",
                                         "4294967294",
                                         "4294967295",
                                         "18446744073709551615",
                                         "9007199254740993"};
    struct buf b = BUF_INIT;
    struct rng rng;
    struct err err = ERR_INIT;
    struct table *t;
    struct rowset set;
    (void)state;
    rng_init(&rng, 5, 0);
    buf_add_text(&b, head);
    for (unsigned i = 0; i < 2000; i++) {
        char row[300];
        int n = snprintf(row, sizeof row, "%u.%u\t%s\t%u\t%s\t%u\t%s\t%s",
                         (unsigned)(rng_u64(&rng) % 100), (unsigned)(rng_u64(&rng) % 10),
                         addrs[rng_u64(&rng) % 8], (unsigned)(rng_u64(&rng) % 65536),
                         addrs[rng_u64(&rng) % 8], (unsigned)(rng_u64(&rng) % 30),
                         counts[rng_u64(&rng) % 8], counts[rng_u64(&rng) % 8]);
        buf_printf(&b, "%.*s\t%.*s\n", n, row, n, row);
    }
    t = load_one(put_buf("conn.log", &b), 0, 1);
    set = all_rows(t);
    assert_int_equal(t->n_rows, 2000);
    for (uint32_t column = 0; column < 7; column++) {
        for (int down = 0; down < 2; down++) {
            struct rowset fast, slow;
            assert_int_equal(t->schema.col[column + 7].role, ROLE_NONE);
            assert_int_equal(rowset_sort(&fast, &set, t, column, down == 1, NULL, &err), 0);
            assert_int_equal(rowset_sort(&slow, &set, t, column + 7, down == 1, NULL, &err), 0);
            if (!is_rows(&fast, slow.row, 2000))
                fail_msg("%s", t->schema.col[column].name);
            rowset_release(&fast);
            rowset_release(&slow);
        }
    }
    rowset_release(&set);
    table_unref(t);
    buf_release(&b);
}

/* Rows with values that repeat, are missing, long, or unlike any other; each fact in two columns, of
 * which the second has no role. */
static struct table *many_rows(size_t n, struct rng *rng)
{
    static const char *const note[] = {"-",
                                       "(empty)",
                                       "dns",
                                       "PartOfAHorizontalPortScan",
                                       "PartOfAHorizontalPortScans",
                                       "C1a2b3c4d5e6f7",
                                       "esc\\x41ped",
                                       "a"};
    struct buf b = BUF_INIT;
    struct table *t;
    buf_add_text(&b, HEAD_OF("\\x09", "ts\tid.orig_h\tid.resp_p\torig_bytes\tnote\tuid",
                             "time\taddr\tport\tcount\tstring\tstring"));
    for (size_t i = 0; i < n; i++) {
        uint64_t r = rng_u64(rng);
        buf_printf(&b, "%u.%06u\t10.0.%u.%u\t%u\t", (unsigned)(r % 5000), (unsigned)(r >> 20 & 7),
                   (unsigned)(r >> 24 & 3), (unsigned)(r >> 32 & 31),
                   r % 3 == 0 ? (unsigned)(r >> 40 & 0xffff) : 443u);
        buf_printf(&b, r % 7 == 0 ? "-" : "%llu", (unsigned long long)(r >> (r >> 58)));
        buf_printf(&b, "\t%s\tC%llx\n", note[r >> 50 & 7], (unsigned long long)rng_u64(rng));
    }
    t = load_one(put_buf("conn.log", &b), 0, 1);
    assert_int_equal(t->n_rows, n);
    buf_release(&b);
    return t;
}

static void expect_same_rows(const struct rowset *a, const struct rowset *b)
{
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->row, b->row, a->n * sizeof *a->row);
}

/* One thread and three say the same of a set, whatever its order. */
static void compare_threads(const struct table *t, const struct rowset *set, struct job *job)
{
    struct err err = ERR_INIT;
    struct expr *e = expr_parse(span_of("note~scan or id.resp_p<100"), EXPR_STRICT, &err);
    struct rowset one, three;
    struct find f, g;
    assert_non_null(e);
    assert_int_equal(expr_bind(e, &t->schema, &(struct expr_env){NULL, 0}, &err), 0);
    for (uint32_t column = 0; column < t->schema.n; column++) {
        for (int down = 0; down < 2; down++) {
            assert_int_equal(rowset_sort(&one, set, t, column, down == 1, NULL, &err), 0);
            assert_int_equal(rowset_sort(&three, set, t, column, down == 1, job, &err), 0);
            expect_same_rows(&one, &three);
            rowset_release(&one);
            rowset_release(&three);
        }
    }
    assert_int_equal(rowset_filter(&one, set, t, e, NULL, &err), 0);
    assert_int_equal(rowset_filter(&three, set, t, e, job, &err), 0);
    assert_true(one.n > 0 && one.n < set->n);
    expect_same_rows(&one, &three);
    rowset_release(&one);
    rowset_release(&three);
    assert_int_equal(rowset_find(&f, set, t, span_of("aped"), NULL, &err), 0);
    assert_int_equal(rowset_find(&g, set, t, span_of("aped"), job, &err), 0);
    assert_true(f.n_hits > 0 && f.n_hits < set->n);
    assert_int_equal(f.n_hits, g.n_hits);
    assert_memory_equal(f.hit, g.hit, f.n_hits * sizeof *f.hit);
    find_release(&f);
    find_release(&g);
    expr_free(e);
}

static void threads_agree(void **state)
{
    struct parallel *pool = parallel_new(3);
    struct job *job = job_new();
    struct rowset set;
    struct table *t;
    struct rng rng;
    (void)state;
    assert_true(pool != NULL && job != NULL);
    rng_init(&rng, 11, 0);
    t = many_rows(30000, &rng);
    job_set_pool(job, pool);
    set = all_rows(t);
    compare_threads(t, &set, job);
    for (uint64_t i = set.n - 1; i > 0; i--) {
        uint64_t j = rng_u64(&rng) % (i + 1);
        uint32_t row = set.row[i];
        set.row[i] = set.row[j];
        set.row[j] = row;
    }
    set.n = 20000; /* of them */
    compare_threads(t, &set, job);
    rowset_release(&set);
    table_unref(t);
    job_free(job);
    parallel_free(pool);
}

static void cancelled_or_short_of_memory(void **state)
{
    struct table *t = six_rows();
    struct rowset set = all_rows(t), out;
    struct find f;
    struct job *job = job_new();
    struct err err = ERR_INIT;
    (void)state;
    for (uint64_t n = 1; n <= 8; n++) {
        mem_fail_at(n, false);
        assert_int_equal(rowset_sort(&out, &set, t, 3, false, NULL, &err), -1);
        mem_fail_at(0, false);
        assert_int_equal(err.code, ERR_LIMIT);
        assert_null(out.row);
    }
    for (uint64_t n = 1; n <= 5; n++) {
        err = (struct err)ERR_INIT;
        mem_fail_at(n, false);
        assert_int_equal(rowset_find(&f, &set, t, span_of("alpha"), NULL, &err), -1);
        mem_fail_at(0, false);
        assert_int_equal(err.code, ERR_LIMIT);
        assert_null(f.hit);
    }
    for (uint64_t n = 1; n <= 4; n++) {
        err = (struct err)ERR_INIT;
        mem_fail_at(n, false);
        assert_int_equal(rowset_sort(&out, &set, t, 1, false, NULL, &err), -1); /* by its column */
        mem_fail_at(0, false);
        assert_int_equal(err.code, ERR_LIMIT);
        assert_null(out.row);
    }
    job_cancel(job);
    assert_int_equal(rowset_sort(&out, &set, t, 1, false, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    assert_int_equal(rowset_sort(&out, &set, t, 3, false, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    assert_int_equal(rowset_find(&f, &set, t, span_of("a"), job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    assert_int_equal(rowset_of_cluster(&out, t, NULL, CLUSTER_ALL, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    assert_null(out.row);
    assert_int_equal(rowset_of_addr(&out, t, 0, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    job_free(job);
    rowset_release(&set);
    table_unref(t);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(rows_of_a_cluster),
        CASE(rows_of_an_address),
        CASE(sorting),
        CASE(large_counts_sort_by_value),
        CASE(sorting_many),
        CASE(finding),
        CASE(finding_in_a_sorted_set),
        CASE(filtering),
        CASE(without_the_file),
        CASE(sets_in_any_order),
        CASE(columns_and_text_agree),
        CASE(threads_agree),
        CASE(cancelled_or_short_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
