/* Histograms of features, against counting by hand. */
#include "core/query/histogram.h"

#include "tests/unit/logfile.h"

#include <math.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/rng.h"
#include "core/parallel.h"

#define N 3000

static char path[64];

/* Bytes of every size, some 0, some missing; few ports; two protocols; all hours. */
static struct table *random_table(void)
{
    static const unsigned bytes[] = {0, 1, 2, 5, 9, 10, 99, 100, 12345, 1000000};
    struct buf text = BUF_INIT;
    struct table *t;
    struct rng r;
    rng_init(&r, 7, 1);
    buf_add_text(&text, LOG_FIELDS);
    for (unsigned i = 0; i < N; i++) {
        char sent[24] = "-";
        uint64_t kind = rng_below(&r, 4);
        if (kind == 1)
            (void)snprintf(sent, sizeof sent, "%u", bytes[rng_below(&r, ARRAY_LEN(bytes))]);
        else if (kind > 1)
            (void)snprintf(sent, sizeof sent, "%.0f", exp(rng_unit(&r) * 18));
        buf_printf(&text, "%u.5\tC%u\t10.0.0.%u\t1\t10.0.0.2\t%u\t%s\t%s\t%s\t7\tSF\t-\n",
                   (unsigned)rng_below(&r, 86400), i, i % 200, 50 + (unsigned)rng_below(&r, 9),
                   i % 3 == 0 ? "udp" : "tcp",
                   i % 50 == 0  ? "-"
                   : i % 7 == 0 ? "0.000001"
                                : "2.5",
                   sent);
    }
    t = log_load(buf_text(&text), path);
    assert_int_equal(t->n_rows, N);
    buf_release(&text);
    return t;
}

static struct clustering *fit(const struct table *t, const char *features)
{
    struct err err = ERR_INIT;
    struct recipe r;
    struct clustering *c;
    assert_int_equal(recipe_init(&r, &err), 0);
    assert_int_equal(recipe_set_features(&r, features, &err), 0);
    assert_int_equal(recipe_set_k(&r, "3", &err), 0);
    r.missing = MISSING_ZERO;
    c = clustering_fit(t, &r, &(struct fit_opts){.env = NULL}, &err);
    assert_non_null(c);
    recipe_release(&r);
    return c;
}

/* Counts the cell of every row anew by its value in own units. */
static void check_values(const struct histogram *h, const struct clustering *c, const double *value)
{
    uint64_t *count = mem_zalloc((size_t)4 * (h->n + 1), sizeof *count);
    assert_non_null(count);
    for (uint64_t i = 0; i < N; i++) {
        uint32_t cell = 0;
        if (isnan(value[i]))
            cell = h->n;
        while (cell + 1 < h->n && value[i] >= histogram_edge(h, cell + 1))
            cell++;
        count[(size_t)(c->label[i] + 1) * (h->n + 1) + cell]++;
        count[cell]++;
    }
    for (uint32_t cluster = 0; cluster <= c->k; cluster++)
        for (uint32_t cell = 0; cell <= h->n; cell++)
            if (count[(size_t)cluster * (h->n + 1) + cell] !=
                histogram_at(h, cluster, cell < h->n ? cell : HISTOGRAM_MISSING))
                fail_msg("%s, cluster %u, cell %u from %g: %llu, not %llu", h->name, cluster, cell,
                         histogram_edge(h, cell),
                         (unsigned long long)histogram_at(h, cluster, cell),
                         (unsigned long long)count[(size_t)cluster * (h->n + 1) + cell]);
    mem_free(count);
}

static double sent(const struct table *t, uint64_t i)
{
    uint64_t n;
    return table_bytes(t, i, 0, &n) ? (double)n : (double)NAN;
}

static void test_numbers(void **state)
{
    struct table *t = random_table();
    struct clustering *c =
        fit(t, "log(orig_bytes),num(id.resp_p),num(orig_bytes),hour(ts),log(duration)");
    struct histograms hs;
    struct err err = ERR_INIT;
    double value[N];
    (void)state;
    assert_int_equal(histograms_build(&hs, c, t, NULL, &err), 0);
    assert_int_equal(hs.n, 5);
    assert_int_equal(hs.n_obs, N);

    for (uint64_t i = 0; i < N; i++)
        value[i] = sent(t, i);
    assert_string_equal(hs.of[0].name, "orig_bytes");
    assert_int_equal(hs.of[0].unit, HISTOGRAM_BYTES);
    assert_true(hs.of[0].log);
    check_values(&hs.of[0], c, value);
    assert_true(histogram_at(&hs.of[0], 0, HISTOGRAM_MISSING) > 0);
    assert_true(hs.of[2].log); /* a few are far bigger than the rest */
    assert_int_equal(histogram_total(&hs.of[2], 0), N);
    assert_int_equal(histogram_at(&hs.of[2], 0, HISTOGRAM_MISSING),
                     histogram_at(&hs.of[0], 0, HISTOGRAM_MISSING));

    for (uint64_t i = 0; i < N; i++)
        value[i] = TABLE_AT(t, i, resp_p);
    assert_int_equal(hs.of[1].unit, HISTOGRAM_COUNT);
    assert_false(hs.of[1].log);
    assert_int_equal(hs.of[1].n, 9);
    check_values(&hs.of[1], c, value);

    for (uint64_t i = 0; i < N; i++)
        value[i] = (double)TABLE_AT(t, i, ts_us) / 3.6e9;
    assert_int_equal(hs.of[3].unit, HISTOGRAM_HOUR);
    assert_int_equal(hs.of[3].n, 48);
    check_values(&hs.of[3], c, value);

    for (uint64_t i = 0; i < N; i++)
        value[i] = i % 50 == 0 ? (double)NAN : i % 7 == 0 ? 1e-6 : 2.5;
    assert_int_equal(hs.of[4].unit, HISTOGRAM_SECONDS);
    check_values(&hs.of[4], c, value);
    assert_int_equal(histogram_at(&hs.of[4], 0, 0), 0);
    histograms_release(&hs);
    clustering_unref(c);
    table_unref(t);
    (void)unlink(path);
}

/* However a feature is scaled: what is 0 is 0, and a few big numbers make the axis logarithmic. */
static void test_scaling_changes_no_cell(void **state)
{
    struct table *t = random_table();
    double value[N];
    (void)state;
    for (uint64_t i = 0; i < N; i++)
        value[i] = sent(t, i);
    for (unsigned i = 1; i <= 24; i++) {
        char features[64];
        struct clustering *c;
        struct histograms hs;
        struct err err = ERR_INIT;
        (void)snprintf(features, sizeof features, "%u.%u * num(orig_bytes)", i / 7, i % 7 + 1);
        c = fit(t, features);
        assert_int_equal(histograms_build(&hs, c, t, NULL, &err), 0);
        assert_int_equal(hs.n, 1);
        assert_true(hs.of[0].log);
        assert_int_equal(hs.of[0].first, 0);
        check_values(&hs.of[0], c, value);
        histograms_release(&hs);
        clustering_unref(c);
    }
    table_unref(t);
    (void)unlink(path);
}

/* Rows that take no part have no cell, and the others their own. */
static void test_some_rows(void **state)
{
    struct table *t = random_table();
    struct err err = ERR_INIT;
    struct recipe r;
    struct clustering *c;
    struct histograms hs;
    uint64_t n = 0;
    (void)state;
    assert_int_equal(recipe_init(&r, &err), 0);
    assert_int_equal(recipe_set_features(
                         &r, "log(orig_bytes),port_class(id.orig_p),pair_count,weekday(ts)", &err),
                     0);
    assert_int_equal(recipe_set_where(&r, "proto=udp", &err), 0);
    assert_int_equal(recipe_set_k(&r, "3", &err), 0);
    c = clustering_fit(t, &r, &(struct fit_opts){.env = NULL}, &err);
    assert_non_null(c);
    recipe_release(&r);
    assert_non_null(c->obs_of_row);
    assert_int_equal(histograms_build(&hs, c, t, NULL, &err), 0);
    assert_int_equal(hs.n_obs, N / 3);
    assert_string_equal(hs.of[0].name, "orig_bytes");
    for (uint64_t i = 0; i < N; i++) {
        bool missing = histogram_has(&hs, c, 0, 0, NULL, i);
        assert_int_equal(missing, i % 3 == 0 && isnan(sent(t, i)));
        n += missing;
    }
    assert_int_equal(histogram_at(&hs.of[0], 0, HISTOGRAM_MISSING), n);
    for (uint32_t f = 0; f < hs.n; f++)
        assert_int_equal(histogram_total(&hs.of[f], 0), N / 3);
    histograms_release(&hs);
    clustering_unref(c);
    table_unref(t);
    (void)unlink(path);
}

static void test_names(void **state)
{
    struct table *t = random_table();
    struct clustering *c = fit(t, "onehot(proto),log(orig_bytes),port_class(id.resp_p)");
    struct histograms hs;
    struct err err = ERR_INIT;
    uint64_t n = 0;
    (void)state;
    assert_int_equal(histograms_build(&hs, c, t, NULL, &err), 0);
    assert_int_equal(hs.n, 2); /* all ports are of one class: constant */
    assert_int_equal(hs.of[0].unit, HISTOGRAM_NAMES);
    assert_string_equal(hs.of[0].name, "proto");
    assert_int_equal(hs.of[0].n, 2);
    assert_string_equal(hs.of[0].label[0], "tcp");
    assert_string_equal(hs.of[0].label[1], "udp");
    assert_int_equal(histogram_at(&hs.of[0], 0, 1), N / 3);
    assert_int_equal(histogram_at(&hs.of[0], 0, 0), N - N / 3);
    for (uint32_t cluster = 1; cluster <= c->k; cluster++)
        n += histogram_total(&hs.of[0], cluster);
    assert_int_equal(n, N);
    for (uint64_t i = 0; i < N; i++) {
        struct histogram_bin udp = {1, 1};
        assert_int_equal(histogram_has(&hs, c, 0, 0, &udp, i), i % 3 == 0);
        assert_int_equal(histogram_has(&hs, c, 0, c->label[i] + 1u, &udp, i), i % 3 == 0);
        assert_false(histogram_has(&hs, c, 0, c->label[i] + 2u, &udp, i));
        assert_int_equal(histogram_has(&hs, c, 1, 0, NULL, i), isnan(sent(t, i)));
    }
    histograms_release(&hs);
    clustering_unref(c);
    table_unref(t);
    (void)unlink(path);
}

static void test_pairs(void **state)
{
    struct table *t = random_table();
    struct err err = ERR_INIT;
    struct recipe r;
    struct clustering *c;
    struct histograms hs;
    (void)state;
    assert_int_equal(recipe_init(&r, &err), 0);
    assert_int_equal(recipe_set_features(&r, "pair_count,max(orig_bytes)", &err), 0);
    assert_int_equal(recipe_set_unit(&r, "pair", &err), 0);
    assert_int_equal(recipe_set_k(&r, "2", &err), 0);
    c = clustering_fit(t, &r, &(struct fit_opts){.env = NULL}, &err);
    assert_non_null(c);
    recipe_release(&r);
    assert_int_equal(histograms_build(&hs, c, t, NULL, &err), 0);
    assert_int_equal(hs.n_obs, c->n);
    assert_int_equal(histogram_total(&hs.of[0], 0), c->n);
    assert_int_equal(histogram_total(&hs.of[0], 1) + histogram_total(&hs.of[0], 2), c->n);
    histograms_release(&hs);
    clustering_unref(c);
    table_unref(t);
    (void)unlink(path);
}

/* The same bytes whatever the number of threads, and nothing left over by a cancel or lack of memory. */
static void check_threads_and_trouble(const char *features)
{
    struct table *t = random_table();
    struct clustering *c = fit(t, features);
    struct histograms one, many;
    struct err err = ERR_INIT;
    struct parallel *pool = parallel_new(3);
    struct job *job = job_new();
    assert_non_null(pool);
    assert_non_null(job);
    assert_int_equal(histograms_build(&one, c, t, NULL, &err), 0);
    job_set_pool(job, pool);
    assert_int_equal(histograms_build(&many, c, t, job, &err), 0);
    assert_int_equal(one.n, many.n);
    assert_memory_equal(one.code, many.code, one.n * one.n_obs);
    for (uint32_t f = 0; f < one.n; f++)
        assert_memory_equal(one.of[f].count, many.of[f].count,
                            (size_t)(one.k + 1) * (one.of[f].n + 1) * sizeof(uint64_t));
    histograms_release(&one);
    histograms_release(&many);
    for (uint64_t n = 1; n < 200; n++) {
        mem_fail_at(n, false);
        if (histograms_build(&one, c, t, NULL, &err) == 0)
            histograms_release(&one);
        else
            assert_int_equal(err.code, ERR_LIMIT);
        mem_fail_at(0, false);
        err = (struct err)ERR_INIT;
    }
    job_cancel(job);
    assert_int_equal(histograms_build(&one, c, t, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    job_free(job);
    parallel_free(pool);
    clustering_unref(c);
    table_unref(t);
    (void)unlink(path);
}

static void test_threads_and_trouble(void **state)
{
    (void)state;
    check_threads_and_trouble("log(orig_bytes),num(id.resp_p),onehot(proto)"); /* by a matrix */
    check_threads_and_trouble(
        "log(orig_bytes),num(id.resp_p),pair_count,failed,hour(ts),log(duration)"); /* by rows */
}

/* ---- axes: histograms made by hand ---- */

static void put(struct histogram *h, uint32_t cluster, double x, uint64_t n)
{
    uint32_t cell = 0;
    while (cell + 1 < h->n && x >= histogram_edge(h, cell + 1))
        cell++;
    h->count[(size_t)cluster * (h->n + 1) + cell] += n;
    h->count[cell] += n;
}

/* Bins join, begin and end at edges of cells, are at most as many as asked for, and with what lies outside
 * hold everything. */
static void check_axis(const struct histogram *h, uint32_t cluster, uint32_t most,
                       struct histogram_axis *axis)
{
    uint64_t n;
    histogram_axis(axis, h, cluster, most);
    assert_in_range(axis->n, 1, most);
    assert_int_equal(axis->below.first, 0);
    assert_int_equal(axis->below.n, axis->bin[0].first);
    for (uint32_t i = 1; i < axis->n; i++)
        assert_int_equal(axis->bin[i].first, axis->bin[i - 1].first + axis->bin[i - 1].n);
    assert_int_equal(axis->above.first, axis->bin[axis->n - 1].first + axis->bin[axis->n - 1].n);
    assert_int_equal(axis->above.first + axis->above.n, h->n);
    n = histogram_in(h, 0, &axis->below) + histogram_in(h, 0, &axis->above) +
        histogram_at(h, 0, HISTOGRAM_MISSING);
    for (uint32_t i = 0; i < axis->n; i++)
        n += histogram_in(h, 0, &axis->bin[i]);
    assert_int_equal(n, histogram_total(h, 0));
}

static void is_edge_at(const struct histogram *h, uint32_t cell, double x)
{
    if (fabs(histogram_edge(h, cell) - x) > 1e-9 * fabs(x))
        fail_msg("edge %u is %g, not %g", cell, histogram_edge(h, cell), x);
}

static void test_log_axis(void **state)
{
    struct histogram h = {.unit = HISTOGRAM_SECONDS, .log = true, .first = -3, .n = 1 + 9 * 10};
    struct histogram_axis axis;
    (void)state;
    h.count = mem_zalloc((size_t)3 * (h.n + 1), sizeof *h.count);
    assert_non_null(h.count);
    is_edge_at(&h, 0, 0);
    is_edge_at(&h, 1, 0.001);
    is_edge_at(&h, 2, 0.0012);
    is_edge_at(&h, 31, 1);
    is_edge_at(&h, h.n, 1e6);
    put(&h, 1, 3, 500);
    put(&h, 1, 700, 500);
    put(&h, 2, 0.002, 1); /* one in a thousand is outside of the log's axis */
    put(&h, 2, 900000, 1);
    put(&h, 2, 5, 1998);
    check_axis(&h, 1, 40, &axis);
    is_edge_at(&h, axis.bin[0].first, 3);
    is_edge_at(&h, axis.bin[0].first + axis.bin[0].n, 4);
    is_edge_at(&h, axis.above.first, 800);
    assert_int_equal(histogram_in(&h, 0, &axis.above), 1);
    assert_int_equal(histogram_in(&h, 0, &axis.below), 1);
    check_axis(&h, 1, 10, &axis);
    is_edge_at(&h, axis.bin[0].first, 2); /* 2 5 10 20 50 100 200 500 */
    assert_int_equal(axis.n, 8);
    check_axis(&h, 1, 6, &axis);
    is_edge_at(&h, axis.bin[0].first, 3); /* 3 10 30 100 300 */
    assert_int_equal(axis.n, 5);
    check_axis(&h, 1, 3, &axis);
    is_edge_at(&h, axis.bin[0].first, 1);
    assert_int_equal(axis.n, 3);
    check_axis(&h, 2, 64, &axis); /* 0.1 % of 2,000 rows is one at either end */
    put(&h, 2, 0, 50);
    for (uint32_t most = 3; most <= HISTOGRAM_MAX_BINS; most++)
        check_axis(&h, 2, most, &axis);
    assert_int_equal(axis.bin[0].first, 0);
    assert_int_equal(axis.bin[0].n, 1);
    mem_free(h.count);
}

static void test_even_axis(void **state)
{
    struct histogram h = {.unit = HISTOGRAM_PLAIN, .first = -50, .step = 0.02, .n = 101};
    struct histogram_axis axis;
    (void)state;
    h.count = mem_zalloc((size_t)2 * (h.n + 1), sizeof *h.count);
    assert_non_null(h.count);
    is_edge_at(&h, 0, -1);
    is_edge_at(&h, h.n, 1.02);
    for (double x = -0.999; x < 1; x += 0.01)
        put(&h, 1, x, 1);
    for (uint32_t most = 3; most <= HISTOGRAM_MAX_BINS; most++)
        check_axis(&h, 1, most, &axis);
    check_axis(&h, 1, 10, &axis);
    assert_int_equal(axis.n, 10);
    is_edge_at(&h, axis.bin[0].first, -1);
    is_edge_at(&h, axis.bin[1].first, -0.8);
    mem_free(h.count);
}

static void test_whole_numbers(void **state)
{
    struct histogram h = {.unit = HISTOGRAM_COUNT, .log = true, .first = 0, .n = 21};
    struct histogram_axis axis;
    static const double edge[] = {1, 2, 3, 4, 5, 6, 8, 10, 12};
    (void)state;
    h.count = mem_zalloc((size_t)2 * (h.n + 1), sizeof *h.count);
    assert_non_null(h.count);
    put(&h, 1, 1, 5);
    put(&h, 1, 14, 5);
    check_axis(&h, 1, 20, &axis);
    for (uint32_t i = 0; i < ARRAY_LEN(edge); i++)
        is_edge_at(&h, axis.bin[i].first, edge[i]);
    mem_free(h.count);
}

static void test_nothing_but_missing(void **state)
{
    struct histogram h = {.unit = HISTOGRAM_PLAIN, .first = 0, .step = 1, .n = 4};
    struct histogram_axis axis;
    (void)state;
    h.count = mem_zalloc((size_t)2 * (h.n + 1), sizeof *h.count);
    assert_non_null(h.count);
    h.count[h.n] = h.count[2 * h.n + 1] = 3;
    histogram_axis(&axis, &h, 1, 10);
    assert_int_equal(axis.n, 0);
    assert_int_equal(histogram_total(&h, 1), 3);
    assert_true(histogram_apart(&h, 1) == 0);
    mem_free(h.count);
}

static void test_apart(void **state)
{
    struct histogram h = {.unit = HISTOGRAM_PLAIN, .first = 0, .step = 1, .n = 4};
    (void)state;
    h.count = mem_zalloc((size_t)3 * (h.n + 1), sizeof *h.count);
    assert_non_null(h.count);
    put(&h, 1, 0, 10);
    put(&h, 2, 3, 30);
    assert_true(fabs(histogram_apart(&h, 1) - 0.75) < 1e-12);
    assert_true(fabs(histogram_apart(&h, 2) - 0.25) < 1e-12);
    assert_true(histogram_apart(&h, 0) == 0);
    h.unit = HISTOGRAM_NAMES;
    assert_true(fabs(histogram_apart(&h, 1) - 0.75) < 1e-12);
    mem_free(h.count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),       cmocka_unit_test(test_names),
        cmocka_unit_test(test_pairs),         cmocka_unit_test(test_threads_and_trouble),
        cmocka_unit_test(test_log_axis),      cmocka_unit_test(test_even_axis),
        cmocka_unit_test(test_whole_numbers), cmocka_unit_test(test_nothing_but_missing),
        cmocka_unit_test(test_apart),         cmocka_unit_test(test_scaling_changes_no_cell),
        cmocka_unit_test(test_some_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
