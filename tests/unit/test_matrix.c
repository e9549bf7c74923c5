/* From rows to a scaled matrix: units, missing values, constants, one-hot dimensions, threads. */
#include "tests/unit/unit.h"

#include <math.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "tests/unit/matrix_fixture.h"

static void expect_column(const struct matrix *m, const char *name, const double *want)
{
    for (uint32_t j = 0; j < m->d; j++) {
        if (strcmp(m->dim[j].name, name) != 0)
            continue;
        for (uint64_t i = 0; i < m->n; i++) {
            double x = matrix_value(m, i, j);
            if (fabs(x - want[i]) > 1e-6 * (1 + fabs(want[i])))
                fail_msg("%s, observation %u: %.9g, not %.9g", name, (unsigned)i, x, want[i]);
        }
        return;
    }
    fail_msg("no dimension %s", name);
}

static void expect_notice(const struct matrix *m, const char *part)
{
    for (size_t i = 0; i < m->notices.n; i++)
        if (strstr(m->notices.text[i], part) != NULL)
            return;
    for (size_t i = 0; i < m->notices.n; i++)
        print_error("notice: %s\n", m->notices.text[i]);
    fail_msg("no notice with '%s'", part);
}

static void numbers_stand_as_they_are(void **state)
{
    struct built b = build_ok(small_log, "scale = none\nmissing = zero\nfeature = num(orig_bytes)\n"
                                         "feature = 3 * num(duration)\nfeature = num(local_orig)\n"
                                         "feature = ratio(orig_bytes,resp_bytes)\n");
    (void)state;
    assert_int_equal(b.m.n, 4);
    assert_int_equal(b.m.d, 4);
    assert_int_equal(b.m.n_features, 4);
    assert_null(b.m.obs_of_row);
    assert_int_equal(b.m.rows_excluded, 0);
    assert_int_equal((uintptr_t)b.m.data % 64, 0);
    expect_column(&b.m, "num(orig_bytes)", (const double[]){0, 3, 0, 5});
    expect_column(&b.m, "num(duration)", (const double[]){4.5, 0, 7.5, 10.5});
    expect_column(&b.m, "num(local_orig)", (const double[]){1, 0, 1, 1});
    expect_column(&b.m, "ratio(orig_bytes,resp_bytes)",
                  (const double[]){-1, -4.0 / 10, 0, -2.0 / 12});
    assert_true(b.m.dim[1].weight == 3 && b.m.dim[1].offset == 0 && b.m.dim[1].unit == 1);
    assert_true(dim_unscale(&b.m.dim[1], matrix_value(&b.m, 3, 1)) == 3.5);
    for (uint32_t j = 0; j < b.m.d; j++)
        for (uint64_t i = b.m.n; i < MATRIX_BLOCK; i++)
            assert_true(matrix_value(&b.m, i, j) == 0);
    built_release(&b);
}

static void mark_adds_an_indicator_and_scaling_gives_unit_deviation(void **state)
{
    struct built b = build_ok(small_log, "feature = num(orig_bytes)\nfeature = num(resp_bytes)\n"
                                         "feature = num(ts)\n");
    double mean = 8.0 / 3, sd = sqrt((mean * mean + 1.0 / 9 + 49.0 / 9) / 4), r = sqrt(3);
    (void)state;
    assert_int_equal(b.m.d, 3);
    expect_column(&b.m, "num(orig_bytes)",
                  (const double[]){-mean / sd, (3 - mean) / sd, 0, (5 - mean) / sd});
    expect_column(&b.m, "missing(num(orig_bytes))", (const double[]){-1 / r, -1 / r, r, -1 / r});
    assert_true(b.m.dim[1].indicator && !b.m.dim[0].indicator);
    assert_true(fabs(b.m.dim[0].mean - mean) < 1e-12 && fabs(b.m.dim[0].sd - sd) < 1e-12);
    expect_notice(&b.m, "the same in all rows: num(resp_bytes)");
    assert_int_equal(b.m.n_features, 2);
    assert_string_equal(b.m.feature[1], "num(ts)");
    built_release(&b);
}

static void minmax_runs_from_0_to_1(void **state)
{
    struct built b =
        build_ok(small_log, "scale = minmax\nmissing = zero\nfeature = 2 * num(orig_bytes)\n");
    (void)state;
    assert_int_equal(b.m.d, 1);
    expect_column(&b.m, "num(orig_bytes)", (const double[]){0, 6.0 / 5, 0, 2});
    built_release(&b);
}

static void drop_takes_rows_away(void **state)
{
    struct built b = build_ok(small_log, "scale = none\nmissing = drop\nfeature = num(orig_bytes)\n"
                                         "feature = num(duration)\n");
    (void)state;
    assert_int_equal(b.m.n, 2);
    assert_int_equal(b.m.rows_excluded, 2);
    assert_memory_equal(b.m.obs_of_row, ((const uint32_t[]){0, OBS_NONE, OBS_NONE, 1}), 16);
    expect_column(&b.m, "num(orig_bytes)", (const double[]){0, 5});
    expect_column(&b.m, "num(duration)", (const double[]){1.5, 3.5});
    built_release(&b);
}

static void one_hot_dimensions_are_scaled_too(void **state)
{
    struct built b =
        build_ok(small_log, "scale = none\nfeature = onehot(proto)\n"
                            "feature = onehot(conn_state)\nfeature = onehot(duration)\n");
    (void)state;
    assert_int_equal(b.m.d, 2 + 2 + 3 + 1);
    expect_column(&b.m, "onehot(proto)=tcp", (const double[]){1, 0, 1, 1});
    expect_column(&b.m, "onehot(proto)=udp", (const double[]){0, 1, 0, 0});
    expect_column(&b.m, "onehot(conn_state)=S0", (const double[]){0, 0, 1, 0});
    expect_column(&b.m, "onehot(duration)=2.5", (const double[]){0, 0, 1, 0});
    expect_column(&b.m, "missing(onehot(duration))", (const double[]){0, 1, 0, 0});
    assert_true(b.m.dim[0].indicator);
    built_release(&b);

    b = build_ok(small_log, "feature = onehot(proto)\n");
    expect_column(&b.m, "onehot(proto)=udp",
                  (const double[]){-1 / sqrt(3), sqrt(3), -1 / sqrt(3), -1 / sqrt(3)});
    built_release(&b);
}

static void where_excludes_rows(void **state)
{
    struct built b =
        build_ok(small_log, "where = proto=tcp\nscale = none\nmissing = zero\nfeature = num(ts)\n");
    (void)state;
    assert_int_equal(b.m.n, 3);
    assert_int_equal(b.m.n_rows, 4);
    assert_int_equal(b.m.rows_excluded, 1);
    assert_memory_equal(b.m.obs_of_row, ((const uint32_t[]){0, OBS_NONE, 1, 2}), 16);
    expect_column(&b.m, "num(ts)", (const double[]){1, 3, 4});
    built_release(&b);

    b = build(small_log, "where = proto=icmp\nfeature = num(ts)\n");
    assert_int_equal(b.rc, -1);
    assert_int_equal(b.err.code, ERR_DATA);
    assert_string_equal(b.err.text, "no row passes where 'proto=icmp'");
    built_release(&b);
}

static void pairs_and_hosts_are_means(void **state)
{
    struct built b = build_ok(small_log, "unit = pair\nscale = none\nmissing = zero\n"
                                         "feature = num(ts)\nfeature = num(orig_bytes)\n"
                                         "feature = onehot(conn_state)\n");
    (void)state;
    assert_int_equal(b.m.n, 3);
    assert_memory_equal(b.m.obs_of_row, ((const uint32_t[]){0, 1, 0, 2}), 16);
    expect_column(&b.m, "num(ts)", (const double[]){2, 2, 4});
    /* The third row has no bytes: the mean of the first alone. */
    expect_column(&b.m, "num(orig_bytes)", (const double[]){0, 3, 5});
    expect_column(&b.m, "onehot(conn_state)=S0", (const double[]){0.5, 0, 0});
    expect_column(&b.m, "onehot(conn_state)=SF", (const double[]){0.5, 1, 1});
    built_release(&b);

    b = build_ok(small_log, "unit = host\nscale = none\nwhere = proto!=udp\nfeature = num(ts)\n"
                            "feature = num(duration)\n");
    assert_int_equal(b.m.n, 1);
    assert_int_equal(b.m.rows_excluded, 1);
    assert_memory_equal(b.m.obs_of_row, ((const uint32_t[]){0, OBS_NONE, 0, 0}), 16);
    assert_int_equal(b.m.d, 1);
    assert_true(fabs(matrix_value(&b.m, 0, 0) - 8.0 / 3) < 1e-15);
    assert_true(b.m.wide);
    built_release(&b);
}

static void what_the_log_lacks_is_said(void **state)
{
    struct built b = build_ok(small_log, "feature = num(ts)\nfeature = log(orig_pkts)\n"
                                         "feature = ratio(orig_bytes,resp_pkts)\n");
    (void)state;
    assert_int_equal(b.m.d, 1);
    expect_notice(&b.m, "no field orig_pkts, resp_pkts: dropped log(orig_pkts), "
                        "ratio(orig_bytes,resp_pkts)");
    built_release(&b);

    b = build(small_log, "feature = log(orig_pkts)\nfeature = num(orig_pkts)\n");
    assert_int_equal(b.rc, -1);
    assert_int_equal(b.err.code, ERR_DATA);
    assert_non_null(strstr(b.err.text, "no field orig_pkts"));
    built_release(&b);

    b = build(small_log, "feature = num(uid)\n");
    assert_int_equal(b.rc, -1);
    assert_int_equal(b.err.code, ERR_DATA);
    assert_non_null(strstr(b.err.text, "no row has a value for num(uid)"));
    built_release(&b);

    b = build_ok(small_log, "feature = num(ts)\nfeature = num(uid)\nmissing = drop\n");
    assert_int_equal(b.m.n, 4);
    expect_notice(&b.m, "no row has a value: num(uid)");
    built_release(&b);
}

static void a_part_that_is_the_same_everywhere_is_no_news(void **state)
{
    static const char log[] = LOG_FIELDS "1.0\tC1\ta\t1\tb\t80\ttcp\t1\t1\t7\tSF\tT\n"
                                         "2.0\tC2\ta\t2\tb\t8080\ttcp\t2\t1\t7\tSF\tF\n";
    struct built b = build_ok(log, "feature = port_class(id.resp_p)\nfeature = num(ts)\n");
    (void)state;
    assert_int_equal(b.m.d, 3); /* there is no ephemeral port */
    assert_int_equal(b.m.notices.n, 0);
    built_release(&b);

    b = build_ok(log, "feature = port_class(id.orig_p)\nfeature = num(ts)\n");
    assert_int_equal(b.m.notices.n, 1);
    assert_string_equal(b.m.notices.text[0],
                        "dropped, the same in all rows: port_class(id.orig_p)");
    built_release(&b);
}

static void equal_rows_keep_one_dimension(void **state)
{
    static const char *const recipes[] = {"feature = num(resp_bytes)\n",
                                          "feature = num(resp_bytes)\nscale = none\n",
                                          "feature = num(resp_bytes)\nscale = minmax\n"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(recipes); i++) {
        struct built b = build_ok(small_log, recipes[i]);
        assert_int_equal(b.m.d, 1);
        assert_true(matrix_value(&b.m, 0, 0) == matrix_value(&b.m, 3, 0));
        assert_true(dim_unscale(&b.m.dim[0], matrix_value(&b.m, 0, 0)) == 7);
        expect_notice(&b.m, "the same in all rows");
        built_release(&b);
    }
}

static void big_values_are_clamped_and_inexact_ones_widen(void **state)
{
    static const char log[] = LOG_FIELDS "1.0\tC1\ta\t1\tb\t80\ttcp\t1e308\t16777216\t7\tSF\tT\n"
                                         "2.0\tC2\ta\t2\tb\t80\ttcp\t-1e300\t16777217\t7\tSF\tF\n";
    struct built b = build_ok(log, "scale = none\nfeature = num(duration)\n");
    (void)state;
    expect_column(&b.m, "num(duration)", (const double[]){1e15, -1e15});
    expect_notice(&b.m, "num(duration): 2 values beyond 1e15");
    built_release(&b);

    b = build_ok(log, "feature = 1000000 * num(duration)\nfeature = num(ts)\n");
    assert_false(b.m.wide);
    expect_column(&b.m, "num(duration)", (const double[]){1e6, -1e6});
    built_release(&b);

    b = build_ok(log, "scale = none\nfeature = num(orig_bytes)\n");
    assert_true(b.m.wide);
    assert_true(matrix_value(&b.m, 1, 0) == 16777217);
    built_release(&b);

    b = build_ok(log, "scale = none\nfeature = num(ts)\n");
    assert_false(b.m.wide);
    built_release(&b);
}

/* A log of n rows with everything that makes code paths differ. */
static char *long_log(uint64_t n)
{
    static const char *const proto[] = {"tcp", "udp", "icmp"};
    struct buf b = BUF_INIT;
    buf_add_text(&b, LOG_FIELDS);
    for (uint64_t i = 0; i < n; i++) {
        char bytes[32] = "-";
        if (i % 7 != 0)
            (void)snprintf(bytes, sizeof bytes, "%u", (unsigned)(i * 2654435761u % 1000003));
        buf_printf(&b, "%u.5\tC%u\t10.0.%u.1\t%u\t10.1.0.%u\t%u\t%s\t0.%u\t%s\t%u\tst%u\tT\n",
                   (unsigned)i, (unsigned)i, (unsigned)(i % 13), (unsigned)(i % 60000),
                   (unsigned)(i * i % 31), (unsigned)(i % 3 * 100), proto[i % 3],
                   (unsigned)(i % 1000), bytes, (unsigned)(i % 100), (unsigned)(i * i % 50));
    }
    return buf_take(&b);
}

static void same_bytes_for_any_number_of_threads(void **state)
{
    static const char *const recipes[] = {
        "feature = log(orig_bytes)\nfeature = onehot(conn_state)\nfeature = num(duration)\n",
        "missing = drop\nwhere = proto!=udp\nfeature = log(orig_bytes)\nfeature = onehot(uid)\n",
        "unit = pair\nfeature = log(orig_bytes)\nfeature = onehot(conn_state)\n",
        "scale = none\nmissing = zero\nfeature = code(conn_state)\nfeature = num(duration)\n",
    };
    char path[64];
    char *text = long_log(140000);
    struct table *t = log_load(text, path);
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(recipes); i++) {
        struct recipe r = recipe_of(recipes[i]);
        struct matrix one, m;
        struct err err = ERR_INIT;
        assert_int_equal(matrix_build(&one, t, &r, NULL, NULL, NULL, NULL, &err), 0);
        for (uint32_t threads = 2; threads <= 8; threads += 3) {
            struct parallel *pool = parallel_new(threads);
            assert_int_equal(matrix_build(&m, t, &r, NULL, NULL, pool, NULL, &err), 0);
            assert_int_equal(m.n, one.n);
            assert_int_equal(m.d, one.d);
            assert_int_equal(m.wide, one.wide);
            assert_memory_equal(m.data, one.data,
                                (m.n + 15) / 16 * 16 * m.d * (m.wide ? 8 : sizeof(float)));
            for (uint32_t j = 0; j < m.d; j++) {
                assert_string_equal(m.dim[j].name, one.dim[j].name);
                assert_memory_equal(&m.dim[j].offset, &one.dim[j].offset, 4 * sizeof(double));
            }
            assert_int_equal(m.obs_of_row == NULL, one.obs_of_row == NULL);
            if (m.obs_of_row != NULL)
                assert_memory_equal(m.obs_of_row, one.obs_of_row, m.n_rows * sizeof(uint32_t));
            assert_int_equal(m.notices.n, one.notices.n);
            for (size_t k = 0; k < m.notices.n; k++)
                assert_string_equal(m.notices.text[k], one.notices.text[k]);
            matrix_release(&m);
            parallel_free(pool);
        }
        matrix_release(&one);
        recipe_release(&r);
    }
    table_unref(t);
    mem_free(text);
    unlink(path);
}

/* The room of what is dropped closes up, in every slice. */
static void constants_leave_no_trace_in_the_matrix(void **state)
{
    static const char *const rest[] = {
        "feature = num(duration)\nfeature = log(resp_bytes)\n",
        "missing = drop\nfeature = log(orig_bytes)\nfeature = num(resp_bytes)\n",
        "missing = mark\nfeature = log(orig_bytes)\nfeature = num(resp_bytes)\n",
        "scale = none\nmissing = zero\nfeature = num(duration)\nfeature = num(ts)\n",
        "unit = pair\nfeature = span(ts)\nfeature = log(orig_bytes)\n",
    };
    static const uint64_t rows[] = {1, 15, 17, 1023, 5001};
    (void)state;
    for (size_t n = 0; n < ARRAY_LEN(rows); n++) {
        char *text = long_log(rows[n]);
        for (size_t i = 0; i < ARRAY_LEN(rest); i++) {
            char *with;
            struct buf b = BUF_INIT;
            struct built one = build(text, rest[i]), two;
            buf_printf(&b, "feature = num(local_orig)\n%sfeature = log(local_orig)\n", rest[i]);
            with = buf_take(&b);
            two = build(text, with);
            assert_int_equal(one.rc, two.rc);
            assert_int_equal(one.m.n, two.m.n);
            /* One row alone keeps one feature, whichever comes first. */
            if (one.rc == 0 && one.m.n > 1) {
                assert_int_equal(one.m.d, two.m.d);
                assert_memory_equal(one.m.data, two.m.data,
                                    (one.m.n + 15) / 16 * 16 * one.m.d *
                                        (one.m.wide ? sizeof(double) : sizeof(float)));
            }
            mem_free(with);
            built_release(&one);
            built_release(&two);
        }
        mem_free(text);
    }
}

static void standardised_columns_have_mean_0_and_deviation_1(void **state)
{
    char *text = long_log(5000);
    struct built b =
        build_ok(text, "feature = log(orig_bytes)\nfeature = onehot(conn_state)\n"
                       "feature = num(duration)\nfeature = ratio(orig_bytes,resp_bytes)\n");
    (void)state;
    assert_int_equal(b.m.n, 5000);
    for (uint32_t j = 0; j < b.m.d; j++) {
        double sum = 0, square = 0;
        for (uint64_t i = 0; i < b.m.n; i++) {
            double x = matrix_value(&b.m, i, j);
            assert_true(isfinite(x));
            sum += x;
            square += x * x;
        }
        assert_true(fabs(sum / 5000) < 1e-5);
        assert_true(fabs(square / 5000 - 1) < 1e-5);
    }
    mem_free(text);
    built_release(&b);
}

static void too_many_values_drop_a_one_hot_feature(void **state)
{
    char *text = long_log(66000);
    struct built b = build_ok(text, "feature = onehot(uid)\nfeature = num(ts)\n");
    (void)state;
    assert_int_equal(b.m.d, 1);
    assert_string_equal(b.m.dim[0].name, "num(ts)");
    expect_notice(&b.m, "dropped onehot(uid): more than 65,536 distinct values");
    matrix_release(&b.m);
    recipe_release(&b.r);
    b.r = recipe_of("feature = onehot(uid)\nunit = pair\n");
    assert_int_equal(matrix_build(&b.m, b.t, &b.r, NULL, NULL, NULL, NULL, &b.err), -1);
    assert_int_equal(b.err.code, ERR_DATA);
    mem_free(text);
    built_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_stand_as_they_are),
        cmocka_unit_test(mark_adds_an_indicator_and_scaling_gives_unit_deviation),
        cmocka_unit_test(minmax_runs_from_0_to_1),
        cmocka_unit_test(drop_takes_rows_away),
        cmocka_unit_test(one_hot_dimensions_are_scaled_too),
        cmocka_unit_test(where_excludes_rows),
        cmocka_unit_test(pairs_and_hosts_are_means),
        cmocka_unit_test(what_the_log_lacks_is_said),
        cmocka_unit_test(a_part_that_is_the_same_everywhere_is_no_news),
        cmocka_unit_test(equal_rows_keep_one_dimension),
        cmocka_unit_test(big_values_are_clamped_and_inexact_ones_widen),
        cmocka_unit_test(same_bytes_for_any_number_of_threads),
        cmocka_unit_test(constants_leave_no_trace_in_the_matrix),
        cmocka_unit_test(standardised_columns_have_mean_0_and_deviation_1),
        cmocka_unit_test(too_many_values_drop_a_one_hot_feature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
