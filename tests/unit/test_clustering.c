/* The whole fit: numbering, notices, distances, references, errors. */
#include "core/cluster/clustering.h"

#include "tests/unit/unit.h"

#include <math.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "tests/unit/logfile.h"

#define ROW(ts, orig, proto, bytes)                                                                \
    ts "\tC" ts "\t10.0.0." orig "\t1\t10.0.0.9\t80\t" proto "\t1.5\t" bytes "\t7\tSF\tT\n"

/* Three obvious groups by bytes: rows 1 2 5 7 (small), 0 3 6 (middle), 4 8 9 (big). */
static const char groups[] = LOG_FIELDS ROW("1.0", "1", "tcp", "500") ROW("2.0", "2", "tcp", "1")
    ROW("3.0", "1", "tcp", "2") ROW("4.0", "3", "udp", "501") ROW("5.0", "1", "tcp", "9000")
        ROW("6.0", "2", "tcp", "3") ROW("7.0", "4", "tcp", "502") ROW("8.0", "4", "tcp", "2")
            ROW("9.0", "1", "tcp", "9001") ROW("10.0", "2", "tcp", "9002");

static void clusters_are_numbered_smallest_first_then_by_first_row(void **state)
{
    static const uint32_t expect[10] = {1, 3, 3, 1, 2, 3, 1, 3, 2, 2};
    char path[64];
    struct table *t = log_load(groups, path);
    struct recipe r = recipe_of("k = 3\nfeature = num(orig_bytes)\nfeature = num(resp_bytes)\n");
    struct err err = ERR_INIT;
    struct clustering *c = clustering_fit(t, &r, &(struct fit_opts){.env = NULL}, &err);
    double distance[10], inertia = 0, sum = 0;
    (void)state;
    assert_non_null(c);
    assert_int_equal(c->k, 3);
    assert_int_equal(c->k_asked, 3);
    assert_int_equal(c->n, 10);
    assert_int_equal(c->n_rows, 10);
    assert_int_equal(c->rows_clustered, 10);
    assert_true(c->converged && c->iterations >= 1 && c->start >= 1);
    assert_true(c->seconds >= 0);
    for (uint64_t row = 0; row < 10; row++)
        assert_int_equal(clustering_of_row(c, row), expect[row]);
    assert_true(fabs(clustering_centroid(c, 1, 0) - 501) < 1e-3);
    assert_true(fabs(clustering_centroid(c, 2, 0) - 9001) < 1e-3);
    assert_true(fabs(clustering_centroid(c, 3, 0) - 2) < 1e-3);
    assert_int_equal(c->n_features, 1);
    assert_string_equal(c->feature[0], "num(orig_bytes)");
    assert_int_equal(c->notices.n, 1); /* resp_bytes is the same in all rows */
    for (uint32_t i = 0; i < 3; i++)
        inertia += c->profile[i].inertia;
    assert_true(inertia == c->inertia);
    assert_int_equal(c->profile[2].observations, 4);
    assert_int_equal(c->profile[2].rows, 4);

    assert_int_equal(clustering_distances(c, t, distance, NULL, NULL, &err), 0);
    for (int row = 0; row < 10; row++)
        sum += distance[row] * distance[row];
    assert_true(fabs(sum - c->inertia) <= 1e-12);
    assert_ptr_equal(clustering_ref(c), c);
    clustering_unref(c);
    assert_int_equal(clustering_of_row(c, 0), 1);
    clustering_unref(c);
    clustering_unref(NULL);
    recipe_release(&r);
    table_unref(t);
    unlink(path);
}

/* What a profile says of its rows against a count of them, where rows are observations and where they are
 * not, in either order. The order by size goes before, so that labels are numbered twice. */
static void check_rows_and_order(const struct clustering *c, bool by_size)
{
    uint64_t rows[RECIPE_MAX_K + 1] = {0}, first[RECIPE_MAX_K + 1] = {0};
    for (uint64_t row = 0; row < c->n_rows; row++) {
        uint32_t number = clustering_of_row(c, row);
        if (rows[number]++ == 0)
            first[number] = row;
    }
    for (uint32_t i = 0; i < c->k; i++) {
        assert_int_equal(c->profile[i].rows, rows[i + 1]);
        assert_int_equal(c->profile[i].first_row, first[i + 1]);
        if (by_size && i > 0)
            assert_true(rows[i] < rows[i + 1] ||
                        (rows[i] == rows[i + 1] && first[i] < first[i + 1]));
    }
}

static struct table *log_of_many(char *path)
{
    struct buf text = BUF_INIT;
    struct table *t;
    buf_add_text(&text, LOG_FIELDS);
    for (unsigned i = 0; i < 5000; i++) {
        unsigned x = i * 2654435761u >> 7;
        buf_printf(&text, "%u.5\tC%u\t10.0.%u.%u\t1\t10.0.0.9\t80\t%s\t1.5\t%u\t7\t%s\tT\n", i, i,
                   x % 3, x % 50, x % 5 == 0 ? "udp" : "tcp", x % 7 * 1000 + x % 11,
                   x % 13 == 0 ? "S0" : "SF");
    }
    t = log_load(buf_text(&text), path);
    buf_release(&text);
    return t;
}

static void numbers_are_those_of_the_rows(void **state)
{
    static const char *const how[] = {"order = size\n", "order = suspicion\n",
                                      "order = size\nwhere = proto=tcp\n",
                                      "order = suspicion\nunit = pair\n"};
    char path[64];
    struct table *t = log_of_many(path);
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(how); i++) {
        struct clustering *first = NULL;
        for (uint32_t threads = 1; threads <= 3; threads++) {
            struct parallel *pool = parallel_new(threads);
            struct fit_opts opts = {.pool = pool};
            struct err err = ERR_INIT;
            char text[160];
            struct recipe r;
            struct clustering *c;
            (void)snprintf(text, sizeof text,
                           "k = 6\nfeature = log(orig_bytes)\nfeature = failed\n%s", how[i]);
            r = recipe_of(text);
            c = clustering_fit(t, &r, &opts, &err);
            assert_non_null(c);
            check_rows_and_order(c, i % 2 == 0);
            if (first != NULL)
                assert_memory_equal(c->label, first->label, c->n);
            else
                first = clustering_ref(c);
            clustering_unref(c);
            recipe_release(&r);
            parallel_free(pool);
        }
        clustering_unref(first);
    }
    table_unref(t);
    unlink(path);
}

static void excluded_rows_have_no_cluster(void **state)
{
    char path[64];
    struct table *t = log_load(groups, path);
    struct recipe r = recipe_of("k = 2\nwhere = proto=tcp\nunit = host\nfeature = num(orig_bytes)"
                                "\n");
    struct err err = ERR_INIT;
    struct clustering *c = clustering_fit(t, &r, &(struct fit_opts){.env = NULL}, &err);
    double distance[10];
    (void)state;
    assert_non_null(c);
    assert_int_equal(c->n, 3);
    assert_int_equal(c->rows_excluded, 1);
    assert_int_equal(c->rows_clustered, 9);
    assert_int_equal(clustering_of_row(c, 3), 0);
    assert_int_equal(clustering_distances(c, t, distance, NULL, NULL, &err), 0);
    assert_true(isnan(distance[3]));
    /* Rows of one host are one observation. */
    assert_int_equal(clustering_of_row(c, 0), clustering_of_row(c, 8));
    assert_true(distance[0] == distance[8] && isfinite(distance[0]));
    assert_string_equal(c->recipe.where, "proto=tcp");
    clustering_unref(c);
    recipe_release(&r);
    table_unref(t);
    unlink(path);
}

static void what_was_asked_and_not_done_is_said(void **state)
{
    char path[64];
    struct table *t = log_load(groups, path);
    struct recipe r = recipe_of("k = 200\nfeature = num(orig_bytes)\n");
    struct err err = ERR_INIT;
    struct clustering *c = clustering_fit(t, &r, &(struct fit_opts){.env = NULL}, &err);
    (void)state;
    assert_non_null(c);
    assert_int_equal(c->k, 9); /* two rows have 2 bytes */
    assert_int_equal(c->k_asked, 200);
    assert_int_equal(c->notices.n, 1);
    assert_non_null(strstr(c->notices.text[0], "k lowered from 200 to 9"));
    clustering_unref(c);
    recipe_release(&r);

    r = recipe_of("k = 3\nmax_iter = 1\nfeature = num(orig_bytes)\n");
    c = clustering_fit(t, &r, &(struct fit_opts){.env = NULL}, &err);
    assert_non_null(c);
    assert_false(c->converged);
    assert_non_null(strstr(c->notices.text[0], "after 1 pass"));
    clustering_unref(c);
    recipe_release(&r);
    table_unref(t);
    unlink(path);
}

static void given_centroids_are_one_start(void **state)
{
    const double init[2] = {1, 9000};
    char path[64];
    struct table *t = log_load(groups, path);
    struct recipe r = recipe_of("scale = none\nk = 3\nstarts = 5\nfeature = num(orig_bytes)\n");
    struct err err = ERR_INIT;
    struct clustering *c =
        clustering_fit(t, &r, &(struct fit_opts){.init = init, .init_k = 2}, &err);
    (void)state;
    assert_non_null(c);
    assert_int_equal(c->k, 2);
    assert_int_equal(c->start, 1);
    assert_int_equal(c->notices.n, 0);
    assert_int_equal(c->profile[0].rows, 3);
    clustering_unref(c);
    recipe_release(&r);
    table_unref(t);
    unlink(path);
}

/* The number that a sentence names is the final one, whatever the order. */
static void sentences_name_the_final_numbers(void **state)
{
    static const char *const order[] = {"size", "suspicion"};
    uint32_t first_of[2] = {0};
    struct buf log = BUF_INIT;
    char path[64], text[200];
    struct table *t;
    (void)state;
    buf_add_text(&log, LOG_FIELDS);
    for (int i = 0; i < 33; i++) {
        /* 5 and 20 rows of one pair, which sends much in the bigger of the two clusters. */
        bool other = i >= 25;
        buf_printf(&log, "%d\tC1\t10.0.0.%d\t1\t10.0.0.%d\t80\ttcp\t1\t%d\t0\tSF\tT\n", i,
                   other ? 3 : 1, other ? 4 : 2,
                   i < 5   ? 1
                   : other ? 1000
                           : 90000);
    }
    t = log_load(buf_text(&log), path);
    for (int o = 0; o < 2; o++) {
        struct recipe r;
        struct err err = ERR_INIT;
        struct clustering *c;
        uint32_t small, big;
        (void)snprintf(text, sizeof text, "k = 3\norder = %s\nfeature = num(orig_bytes)\n",
                       order[o]);
        r = recipe_of(text);
        c = clustering_fit(t, &r, &(struct fit_opts){0}, &err);
        assert_non_null(c);
        small = clustering_of_row(c, 0);
        big = clustering_of_row(c, 5);
        first_of[o] = small < big ? small : big;
        (void)snprintf(text, sizeof text, " (as %u)", (unsigned)first_of[o]);
        for (uint32_t number = 1; number <= 3; number++) {
            const char *as = strstr(c->profile[number - 1].why, " (as ");
            bool second = number == (small < big ? big : small);
            assert_true((as != NULL) == second);
            if (second)
                assert_string_equal(as, text);
        }
        assert_true(o == 0 ? small < big : big < small);
        clustering_unref(c);
        recipe_release(&r);
    }
    table_unref(t);
    unlink(path);
    buf_release(&log);
}

static void a_log_that_changed_is_an_error(void **state)
{
    char path[64];
    struct table *t = log_load(groups, path);
    struct recipe r = recipe_of("k = 2\nfeature = num(duration)\n");
    struct err err = ERR_INIT;
    struct clustering *c = clustering_fit(t, &r, &(struct fit_opts){.env = NULL}, &err);
    double distance[10];
    (void)state;
    struct recipe other = recipe_of("k = 2\nfeature = log(duration)\n");
    struct clustering *second = clustering_fit(t, &other, &(struct fit_opts){.env = NULL}, &err);
    assert_non_null(c);
    assert_non_null(second);
    unlink(path);
    /* The matrix of the last fit is still there. */
    assert_int_equal(clustering_distances(second, t, distance, NULL, NULL, &err), 0);
    assert_int_equal(clustering_distances(c, t, distance, NULL, NULL, &err), -1);
    clustering_unref(c);
    clustering_unref(second);
    recipe_release(&r);
    recipe_release(&other);
    table_unref(t);
}

static void cancel_and_short_memory_leave_nothing(void **state)
{
    char path[64];
    struct table *t = log_load(groups, path);
    struct recipe r = recipe_of("k = 2\nfeature = num(orig_bytes)\n");
    struct job *job = job_new();
    struct err err = ERR_INIT;
    struct clustering *c = NULL;
    uint64_t n;
    (void)state;
    for (n = 1; n < 1000 && c == NULL; n++) {
        mem_fail_at(n, true);
        c = clustering_fit(t, &r, &(struct fit_opts){.env = NULL}, &err);
        mem_fail_at(0, false);
        assert_true(c != NULL || err.code == ERR_LIMIT);
    }
    assert_in_range(n, 20, 999);
    clustering_unref(c);
    job_cancel(job);
    assert_null(clustering_fit(t, &r, &(struct fit_opts){.job = job}, &err));
    assert_int_equal(err.code, ERR_CANCELLED);
    job_free(job);
    recipe_release(&r);
    table_unref(t);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clusters_are_numbered_smallest_first_then_by_first_row),
        cmocka_unit_test(numbers_are_those_of_the_rows),
        cmocka_unit_test(excluded_rows_have_no_cluster),
        cmocka_unit_test(what_was_asked_and_not_done_is_said),
        cmocka_unit_test(given_centroids_are_one_start),
        cmocka_unit_test(sentences_name_the_final_numbers),
        cmocka_unit_test(a_log_that_changed_is_an_error),
        cmocka_unit_test(cancel_and_short_memory_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
