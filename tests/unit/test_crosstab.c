/* Counts of clusters by value, against counting by hand. */
#include "tests/unit/conn_fixture.h"

#include "core/query/crosstab.h"

/* 1000 s is 00:16:40 UTC of a Thursday; a day and an hour later 01:16:40 of a Friday. */
static const char *const rows[] = {
    "1000\t10.0.0.1\t1\t10.0.0.2\t80\ttcp\thttp\t1\t1\t1\tSF",
    "1001\t10.0.0.1\t1\t10.0.0.2\t80\ttcp\thttp\t1\t1\t1\tSF",
    "1002\t10.0.0.1\t1\t10.0.0.2\t80\ttcp\t-\t1\t1\t1\tS0",
    "91000\t10.0.0.1\t1\t10.0.0.2\t53\tudp\tdns\t1\t1\t1\tSF",
    "-\t10.0.0.1\t1\t10.0.0.2\t53\tudp\tdns\t1\t1\t1\t-",
    "1003\t10.0.0.1\t1\t10.0.0.2\t53\tudp\tdns\t1\t1\t1\tREJ", /* outside of clusters */
};
static const uint8_t labels[] = {0, 0, 1, 1, 1, 255};
static const double values[] = {0, 0, 1, 1, 1, 0};

static void is_column(const struct crosstab *x, const struct table *t, uint32_t column,
                      const char *name, uint64_t in_1, uint64_t in_2)
{
    struct span text = crosstab_name(x, t, column);
    if (!span_is(text, name))
        fail_msg("column %u is %.*s, not %s", column, (int)text.len, text.ptr, name);
    assert_int_equal(crosstab_at(x, 1, column), in_1);
    assert_int_equal(crosstab_at(x, 2, column), in_2);
    assert_int_equal(x->total[column], in_1 + in_2);
}

static void test_counts(void **state)
{
    struct table *t = fixture_table(rows, ARRAY_LEN(rows));
    struct fixture_clustering f;
    const struct clustering *c = &f.c;
    struct err err = ERR_INIT;
    struct crosstab x;
    (void)state;
    fixture_clustering(&f, t, labels, values, 2);
    assert_int_equal(crosstab_build(&x, t, c, CROSS_STATE, NULL, &err), 0);
    assert_int_equal(x.n, 3);
    is_column(&x, t, 0, "SF", 2, 1);
    is_column(&x, t, 1, "S0", 0, 1);
    is_column(&x, t, 2, "-", 0, 1);
    crosstab_release(&x);
    assert_int_equal(crosstab_build(&x, t, c, CROSS_PROTO, NULL, &err), 0);
    assert_int_equal(x.n, 2);
    is_column(&x, t, 0, "tcp", 2, 1);
    is_column(&x, t, 1, "udp", 0, 2);
    crosstab_release(&x);
    assert_int_equal(crosstab_build(&x, t, c, CROSS_SERVICE, NULL, &err), 0);
    is_column(&x, t, 0, "http", 2, 0);
    is_column(&x, t, 1, "dns", 0, 2);
    is_column(&x, t, 2, "-", 0, 1);
    crosstab_release(&x);
    assert_int_equal(crosstab_build(&x, t, c, CROSS_HOUR, NULL, &err), 0);
    assert_int_equal(x.n, 25);
    is_column(&x, t, 0, "0", 2, 1);
    is_column(&x, t, 1, "1", 0, 1);
    is_column(&x, t, 23, "23", 0, 0);
    is_column(&x, t, 24, "-", 0, 1);
    crosstab_release(&x);
    assert_int_equal(crosstab_build(&x, t, c, CROSS_WEEKDAY, NULL, &err), 0);
    assert_int_equal(x.n, 8);
    is_column(&x, t, 3, "thu", 2, 1);
    is_column(&x, t, 4, "fri", 0, 1);
    crosstab_release(&x);
    fixture_clustering_free(&f);
    table_unref(t);
}

/* 40 services: 30 columns of their own, most rows first, the rest together. */
static void test_rare_values(void **state)
{
    char text[40][96];
    const char *row[41];
    uint8_t label[41] = {0};
    double value[41] = {0};
    struct err err = ERR_INIT;
    struct crosstab x;
    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        (void)snprintf(text[i], sizeof text[i],
                       "%u\t10.0.0.1\t1\t10.0.0.2\t80\ttcp\ts%u\t1\t1\t1\tSF", 1000 + i, i);
        row[i] = text[i];
    }
    row[40] = text[39]; /* s39 twice: it comes first */
    struct table *t = fixture_table(row, 41);
    struct fixture_clustering f;
    const struct clustering *c = &f.c;
    fixture_clustering(&f, t, label, value, 1);
    assert_int_equal(crosstab_build(&x, t, c, CROSS_SERVICE, NULL, &err), 0);
    assert_int_equal(x.n, 31);
    assert_true(span_is(crosstab_name(&x, t, 0), "s39"));
    assert_int_equal(x.total[0], 2);
    assert_true(span_is(crosstab_name(&x, t, 30), "other"));
    assert_int_equal(x.total[30], 10);
    assert_int_equal(crosstab_at(&x, 1, 30), 10);
    crosstab_release(&x);
    fixture_clustering_free(&f);
    table_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_rare_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
