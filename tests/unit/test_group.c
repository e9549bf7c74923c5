/* What a feature is over a group of rows, by values worked out by hand. */
#include "tests/unit/unit.h"

#include <math.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "tests/unit/matrix_fixture.h"

/* Eight rows of host 1, in no order of time, one of host 2, two of host 3, two of host 4. */
static const char groups[] =
    LOG_FIELDS "1700000000.75\tC1\t10.0.0.1\t1\t10.0.0.9\t80\ttcp\t2\t10\t7\tSF\tT\n"
               "1700000000.25\tC2\t10.0.0.1\t1\t10.0.0.9\t80\ttcp\t4\t-\t7\tSF\tT\n"
               "1700000009\tC9\t10.0.0.2\t1\t10.0.0.9\t80\ttcp\t3\t-\t7\tSF\tT\n"
               "1700000001.75\tC3\t10.0.0.1\t1\t10.0.0.9\t80\ttcp\t4\t20\t7\tSF\tT\n"
               "1700000000.50\tC4\t10.0.0.1\t1\t10.0.0.9\t80\ttcp\t4\t-\t7\tSF\tT\n"
               "1700000001.00\tC5\t10.0.0.1\t1\t10.0.0.9\t80\ttcp\t5\t-\t7\tSF\tT\n"
               "1700000000.00\tC6\t10.0.0.1\t1\t10.0.0.9\t80\ttcp\t5\t-\t7\tSF\tT\n"
               "1700000001.25\tC7\t10.0.0.1\t1\t10.0.0.9\t80\ttcp\t7\t-\t7\tSF\tT\n"
               "1700000001.50\tC8\t10.0.0.1\t1\t10.0.0.9\t80\ttcp\t9\t-\t7\tSF\tT\n"
               "1700000002\tC10\t10.0.0.3\t1\t10.0.0.9\t80\ttcp\t-\t5\t7\tSF\tT\n"
               "1700000002\tC11\t10.0.0.3\t1\t10.0.0.9\t80\ttcp\t-\t5\t7\tSF\tT\n"
               "-\tC12\t10.0.0.4\t1\t10.0.0.9\t80\ttcp\t-1\t0\t7\tSF\tT\n"
               "1700000004\tC13\t10.0.0.4\t1\t10.0.0.9\t80\ttcp\t-3\t0\t7\tSF\tT\n";

static void expect_column(const struct matrix *m, const char *name, const double want[4])
{
    for (uint32_t j = 0; j < m->d; j++) {
        if (strcmp(m->dim[j].name, name) != 0)
            continue;
        for (uint64_t i = 0; i < 4; i++)
            if (fabs(matrix_value(m, i, j) - want[i]) > 1e-9)
                fail_msg("%s of host %u: %.12g, not %.12g", name, (unsigned)i + 1,
                         matrix_value(m, i, j), want[i]);
        return;
    }
    fail_msg("no dimension %s", name);
}

/* Missing values stand as -1, so that they are not taken for a 0 that was computed. */
#define GAP (-1.0)

static void expect_feature(const char *feature, const double want[4])
{
    char recipe[200], gap[80];
    double value[4], mark[4], sum = 0;
    int n = 0;
    struct built b;
    for (int i = 0; i < 4; i++) {
        mark[i] = want[i] == GAP;
        sum += want[i] == GAP ? 0 : log1p(want[i]);
        n += want[i] != GAP;
    }
    /* missing = mark: the mean of the others. */
    for (int i = 0; i < 4; i++)
        value[i] = want[i] == GAP ? sum / n : log1p(want[i]);
    (void)snprintf(recipe, sizeof recipe, "unit = host\nscale = none\nfeature = %s\n", feature);
    (void)snprintf(gap, sizeof gap, "missing(%s)", feature);
    b = build_by(groups, recipe, NULL);
    if (b.rc != 0)
        fail_msg("%s: %s", feature, b.err.text);
    assert_int_equal(b.m.n, 4);
    assert_int_equal(b.m.d, n < 4 ? 2 : 1);
    expect_column(&b.m, feature, value);
    if (n < 4)
        expect_column(&b.m, gap, mark);
    built_release(&b);
}

static void aggregates_are_as_worked_out_by_hand(void **state)
{
    static const struct {
        const char *feature;
        double want[4]; /* before the logarithm */
    } cases[] = {
        {"sd(duration)", {2, 0, GAP, 1}},
        {"sum(duration)", {40, 3, GAP, GAP}},
        {"max(duration)", {9, 3, GAP, GAP}},
        {"span(duration)", {7, 0, GAP, 2}},
        {"sd(orig_bytes)", {5, GAP, 0, 0}},
        {"sum(orig_bytes)", {30, GAP, 10, 0}},
        {"max(orig_bytes)", {20, GAP, 5, 0}},
        {"span(orig_bytes)", {10, GAP, 0, 0}},
        {"span(ts)", {1.75, 0, 0, 0}},
        {"sd(ts)", {0.57282196186948, 0, 0, 0}}, /* sqrt(21 / 64) */
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        expect_feature(cases[i].feature, cases[i].want);
}

static void aggregates_stand_beside_means(void **state)
{
    struct built b = build_by(groups,
                              "unit = pair\nmissing = zero\nscale = none\nwhere = duration>=4\n"
                              "feature = num(duration)\nfeature = 2 * max(duration)\n",
                              NULL);
    (void)state;
    assert_int_equal(b.rc, 0);
    assert_int_equal(b.m.n, 1);
    assert_int_equal(b.m.d, 1); /* one is kept of those that are the same everywhere */
    assert_true(fabs(matrix_value(&b.m, 0, 0) - 38.0 / 7) < 1e-12);
    built_release(&b);
}

/* Single times are read as doubles, what is clustered is float all the same. */
static void scaled_aggregates_are_float(void **state)
{
    struct built b = build_by(groups, "unit = host\nfeature = span(ts)\n", NULL);
    (void)state;
    assert_int_equal(b.rc, 0);
    assert_false(b.m.wide);
    assert_true(fabs(dim_unscale(&b.m.dim[0], matrix_value(&b.m, 0, 0)) - log1p(1.75)) < 1e-6);
    built_release(&b);
}

static void single_connections_have_none(void **state)
{
    static const char *const features[] = {"sd(duration)", "sum(duration)", "max(duration)",
                                           "span(ts)"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        char recipe[80], want[120];
        struct built b;
        (void)snprintf(recipe, sizeof recipe, "feature = num(ts)\nfeature = %s\n", features[i]);
        (void)snprintf(want, sizeof want,
                       "test:2: %s is about a group of rows: it needs unit = pair or unit = host",
                       features[i]);
        b = build_by(groups, recipe, NULL);
        assert_int_equal(b.rc, -1);
        assert_int_equal(b.err.code, ERR_USAGE);
        assert_string_equal(b.err.text, want);
        built_release(&b);
    }
}

/* Enough hosts that every slice has some, sums whose order would show. */
static void same_bytes_for_any_number_of_threads(void **state)
{
    char path[64];
    struct buf text = BUF_INIT;
    struct table *t;
    struct recipe r = recipe_of("unit = host\nfeature = sum(duration)\nfeature = sd(duration)\n"
                                "feature = max(orig_bytes)\nfeature = span(ts)\n");
    struct matrix one, m;
    struct err err = ERR_INIT;
    (void)state;
    buf_add_text(&text, LOG_FIELDS);
    for (unsigned i = 0; i < 40000; i++)
        buf_printf(&text, "%u.%u\tC%u\t10.0.%u.%u\t1\t10.1.0.1\t80\ttcp\t%u.%u\t%u\t7\tSF\tT\n",
                   1700000000 + i * 7919 % 86400, i % 10, i, i % 11, i * i % 251, i % 90,
                   i * 31 % 999983, i * 2654435761u % 1000003);
    t = log_load(buf_text(&text), path);
    assert_int_equal(matrix_build(&one, t, &r, NULL, NULL, NULL, NULL, &err), 0);
    assert_int_equal(one.d, 4);
    for (uint32_t threads = 2; threads <= 8; threads++) {
        struct parallel *pool = parallel_new(threads);
        assert_int_equal(matrix_build(&m, t, &r, NULL, NULL, pool, NULL, &err), 0);
        assert_int_equal(m.n, one.n);
        assert_memory_equal(m.data, one.data, (m.n + 15) / 16 * 16 * m.d * sizeof(float));
        matrix_release(&m);
        parallel_free(pool);
    }
    matrix_release(&one);
    recipe_release(&r);
    table_unref(t);
    buf_release(&text);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aggregates_are_as_worked_out_by_hand),
        cmocka_unit_test(aggregates_stand_beside_means),
        cmocka_unit_test(scaled_aggregates_are_float),
        cmocka_unit_test(single_connections_have_none),
        cmocka_unit_test(same_bytes_for_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
