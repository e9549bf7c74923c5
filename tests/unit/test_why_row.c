/* Why a row is in its cluster: distances, shares and words, worked out by hand, and against the
 * distances of the export. */
#include "core/cluster/why_row.h"

#include "tests/unit/logfile.h"

#include <math.h>

#include "core/base/mem.h"

#define ROW(ts, orig, proto, out, in)                                                              \
    ts "\tC1\t10.0.0." orig "\t1\t10.0.0.9\t80\t" proto "\t1.5\t" out "\t" in "\tSF\tT\n"

static struct table *table;
static struct recipe recipe;
static struct clustering *clustering;
static struct matrix matrix;
static char path[64];

static void cluster(const char *log, const char *text)
{
    struct err err = ERR_INIT;
    table = log_load(log, path);
    recipe = recipe_of(text);
    clustering = clustering_fit(table, &recipe, &(struct fit_opts){0}, &err);
    if (clustering == NULL)
        fail_msg("%s", err.text);
    assert_int_equal(clustering_matrix(clustering, table, &matrix, NULL, NULL, &err), 0);
}

static void release(void)
{
    matrix_release(&matrix);
    clustering_unref(clustering);
    recipe_release(&recipe);
    table_unref(table);
    (void)unlink(path);
}

static struct why_row of_row(uint64_t row)
{
    struct why_row w;
    struct err err = ERR_INIT;
    assert_int_equal(why_row_find(&w, clustering, &matrix, row, &err), 0);
    return w;
}

static void near(double is, double want)
{
    if (!(fabs(is - want) <= 1e-5 * (1 + fabs(want))))
        fail_msg("%.9g, not %.9g", is, want);
}

/* "log(orig_bytes): 1.5 MB here, 3.3 kB in the cluster" */
static void expect_part(const struct why_row *w, uint32_t i, const char *want)
{
    struct buf out = BUF_INIT;
    assert_true(i < w->n_parts);
    why_row_label(&out, clustering, &w->part[i]);
    buf_add_text(&out, ": ");
    why_row_figures(&out, clustering, &table->schema, &w->part[i]);
    assert_string_equal(buf_text(&out), want);
    buf_release(&out);
}

static void expect_distance(const struct why_row *w, const char *want)
{
    struct buf out = BUF_INIT;
    why_row_distance(&out, w);
    assert_string_equal(buf_text(&out), want);
    buf_release(&out);
}

/* Two groups: (0, 0) (2, 0) around (1, 0), and (100, 0) (104, 6) around (102, 3). */
static const char two[] =
    LOG_FIELDS ROW("1.0", "1", "tcp", "0", "0") ROW("2.0", "1", "tcp", "2", "0")
        ROW("3.0", "2", "tcp", "100", "0") ROW("4.0", "3", "udp", "104", "6");

static void distances_and_shares(void **state)
{
    struct why_row w;
    (void)state;
    cluster(two, "k = 2\nscale = none\nmissing = zero\nfeature = num(orig_bytes)\n"
                 "feature = num(resp_bytes)\nfeature = num(duration)\n");
    w = of_row(3);
    assert_int_equal(w.cluster, clustering_of_row(clustering, 3));
    near(w.distance, sqrt(4 + 9));
    assert_int_equal(w.next, clustering_of_row(clustering, 0));
    near(w.next_distance, sqrt(103 * 103 + 36));
    assert_int_equal(w.n_parts, 2);
    near(w.part[0].share, 9.0 / 13);
    near(w.part[1].share, 4.0 / 13);
    expect_part(&w, 0, "num(resp_bytes): 6 B here, 3 B in the cluster");
    expect_part(&w, 1, "num(orig_bytes): 104 B here, 102 B in the cluster");
    w = of_row(0);
    near(w.distance, 1);
    assert_int_equal(w.n_parts, 1);
    near(w.part[0].share, 1);
    expect_part(&w, 0, "num(orig_bytes): 0 B here, 1 B in the cluster");
    expect_distance(&w, "1 from the centroid; the next cluster, 2, is at 102");
    assert_int_equal(w.cluster, 1);
    release();
}

/* In scaled units the weight counts, and the figures stay what they are in the log. */
static void scale_and_weight(void **state)
{
    struct why_row w;
    (void)state;
    cluster(two, "k = 1\nfeature = 2 * num(orig_bytes)\nfeature = num(resp_bytes)\n");
    w = of_row(3);
    /* orig: mean 51.5, variance 2552.75; resp: mean 1.5, variance 6.75. */
    near(w.distance, sqrt(4 * 52.5 * 52.5 / 2552.75 + 4.5 * 4.5 / 6.75));
    near(w.part[0].share, 4 * 52.5 * 52.5 / 2552.75 / (4 * 52.5 * 52.5 / 2552.75 + 3));
    expect_part(&w, 0, "num(orig_bytes): 104 B here, 52 B in the cluster");
    assert_int_equal(w.next, 0);
    assert_true(w.next_distance == 0);
    expect_distance(&w, "2.71 from the centroid");
    release();
}

static void a_row_on_its_centroid(void **state)
{
    struct why_row w;
    (void)state;
    cluster(two, "k = 4\nscale = none\nfeature = num(orig_bytes)\n");
    w = of_row(2);
    assert_true(w.distance == 0);
    assert_int_equal(w.n_parts, 0);
    near(w.next_distance, 4);
    release();
}

/* Only parts of some size are told, three at most. */
static void small_parts_are_left_out(void **state)
{
    static const char log[] = LOG_FIELDS "1\tC1\t10.0.0.1\t0\t10.0.0.9\t0\ttcp\t0\t0\t0\tSF\tT\n"
                                         "1\tC1\t10.0.0.1\t8\t10.0.0.9\t8\ttcp\t8\t8\t0\tSF\tT\n";
    static const char other[] = LOG_FIELDS "1\tC1\t10.0.0.1\t0\t10.0.0.9\t0\ttcp\t0\t0\t0\tSF\tT\n"
                                           "1\tC1\t10.0.0.1\t8\t10.0.0.9\t2\ttcp\t8\t8\t0\tSF\tT\n";
    const char *text = "k = 1\nscale = none\nfeature = num(id.resp_p)\nfeature = num(id.orig_p)\n"
                       "feature = num(duration)\nfeature = num(orig_bytes)\n";
    struct why_row w;
    (void)state;
    cluster(log, text);
    w = of_row(0);
    assert_int_equal(w.n_parts, 3); /* of four equal ones the first */
    near(w.part[2].share, 0.25);
    expect_part(&w, 0, "num(id.resp_p): 0 here, 4 in the cluster");
    expect_part(&w, 2, "num(duration): 0 s here, 4.0 s in the cluster");
    release();
    cluster(other, text);
    w = of_row(0);
    assert_int_equal(w.n_parts, 3);
    expect_part(&w, 0, "num(id.orig_p): 0 here, 4 in the cluster");
    expect_part(&w, 1, "num(duration): 0 s here, 4.0 s in the cluster");
    release();
}

/* What is 0 or 1 by row: the row's own value stands for the feature. */
static void values_marks_and_classes(void **state)
{
    static const char log[] =
        LOG_FIELDS ROW("1.0", "1", "tcp", "5", "0") ROW("2.0", "1", "tcp", "5", "0")
            ROW("3.0", "1", "tcp", "-", "0") ROW("4.0", "1", "udp", "5", "0");
    struct why_row w;
    (void)state;
    cluster(log, "k = 1\nscale = none\nfeature = onehot(proto)\nfeature = log(orig_bytes)\n");
    w = of_row(3);
    near(w.part[0].share, 0.75 * 0.75 * 2 / (0.75 * 0.75 * 2 + 0.25 * 0.25));
    expect_part(&w, 0, "proto=udp: here, 25.0 % in the cluster");
    w = of_row(2);
    near(w.distance, sqrt(0.25 * 0.25 * 2 + 0.75 * 0.75));
    expect_part(&w, 0, "orig_bytes unset: here, 25.0 % in the cluster");
    expect_part(&w, 1, "proto=tcp: here, 75.0 % in the cluster");
    w = of_row(0);
    expect_part(&w, 0, "proto=tcp: here, 75.0 % in the cluster");
    expect_part(&w, 1, "orig_bytes unset: not here, 25.0 % in the cluster");
    release();
}

/* Sine and cosine are one time of day: 6:00 and 12:00 have their mean at 9:00. */
static void hours(void **state)
{
    static const char log[] =
        LOG_FIELDS ROW("21600.0", "1", "tcp", "5", "0") ROW("43200.0", "1", "tcp", "5", "0");
    struct why_row w;
    (void)state;
    cluster(log, "k = 1\nscale = none\nfeature = hour(ts)\n");
    w = of_row(0);
    near(w.distance, sqrt(0.5));
    assert_int_equal(w.n_parts, 1);
    near(w.part[0].share, 1);
    assert_true(w.part[0].clock);
    expect_part(&w, 0, "hour(ts): 06:00 here, 09:00 in the cluster");
    release();
    cluster(log, "k = 1\nscale = none\nfeature = weekday(ts)\n");
    w = of_row(1);
    expect_part(&w, 0, "weekday(ts): Thu 12:00 here, Thu 09:00 in the cluster");
    release();
}

/* Logarithms are told as what they are of. */
static void units(void **state)
{
    struct why_row w;
    (void)state;
    cluster(two, "k = 1\nscale = none\nfeature = pair_count\n");
    w = of_row(2);
    /* log(3), log(3), log(2), log(2): the mean is that of sqrt(6), less one. */
    expect_part(&w, 0, "pair_count: 1 here, 1.45 in the cluster");
    release();
    cluster(two, "k = 1\nscale = none\nfeature = rarity(proto)\n");
    w = of_row(3);
    /* 3/4 three times and 1/4: (4/3)^(3/4) 4^(1/4) = 1.7548. */
    expect_part(&w, 0, "rarity(proto): 1 in 4 here, 1 in 1.75 in the cluster");
    release();
}

static void rows_without_a_cluster(void **state)
{
    struct why_row w;
    (void)state;
    cluster(two, "k = 1\nwhere = proto=tcp\nfeature = num(orig_bytes)\n");
    w = of_row(3);
    assert_int_equal(w.cluster, 0);
    assert_true(w.distance == 0);
    assert_int_equal(w.n_parts, 0);
    w = of_row(UINT64_MAX);
    assert_int_equal(w.cluster, 0);
    release();
}

static void a_matrix_of_something_else_is_refused(void **state)
{
    struct why_row w;
    struct err err = ERR_INIT;
    struct matrix none = {.n = 0, .d = 1};
    (void)state;
    cluster(two, "k = 1\nfeature = num(orig_bytes)\n");
    assert_int_equal(why_row_find(&w, clustering, &none, 0, &err), -1);
    assert_int_equal(err.code, ERR_DATA);
    none = (struct matrix){.n = 4, .d = 2};
    assert_int_equal(why_row_find(&w, clustering, &none, 0, &err), -1);
    release();
}

static void near_is_said(void **state)
{
    struct why_row w = {.cluster = 1, .distance = 2, .next = 3, .next_distance = 2.2};
    (void)state;
    expect_distance(&w, "2 from the centroid; cluster 3 is nearly as close (2.2)");
    w.next_distance = 2.21;
    expect_distance(&w, "2 from the centroid; the next cluster, 3, is at 2.21");
    w.next_distance = 1.5; /* k-means was stopped before it settled */
    expect_distance(&w, "2 from the centroid; cluster 3 is closer (1.5)");
}

/* On the sample log, with everything that a matrix can hold: the distances are those of the
 * export to the last bit, and no other cluster is closer. */
static void agrees_with_the_export(void **state)
{
    static const char *const text[] = {
        "k = 8\nstarts = 1\nfeature = pair_count\nfeature = failed\nfeature = log(orig_bytes)\n"
        "feature = onehot(conn_state)\nfeature = hour(ts)\nfeature = rarity(service)\n"
        "feature = port_class(id.resp_p)\n",
        "k = 5\nstarts = 1\nunit = host\nwhere = proto=tcp\nfeature = fanout_hosts\n"
        "feature = onehot(service)\n",
        "k = 5\nstarts = 1\nunit = pair\nmissing = drop\nscale = minmax\nfeature = log(duration)\n"
        "feature = pair_gap\n",
    };
    const char *paths[] = {"data/sample.conn.log"};
    struct load_opts opts = {.path = paths, .n_paths = 1, .threads = 1};
    struct err err = ERR_INIT;
    double *distance;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(text); i++) {
        uint64_t clustered = 0;
        table = load_table(&opts, NULL, &err);
        assert_non_null(table);
        recipe = recipe_of(text[i]);
        clustering = clustering_fit(table, &recipe, &(struct fit_opts){0}, &err);
        assert_non_null(clustering);
        assert_int_equal(clustering_matrix(clustering, table, &matrix, NULL, NULL, &err), 0);
        distance = mem_alloc(table->n_rows, sizeof *distance);
        assert_int_equal(clustering_distances(clustering, table, distance, NULL, NULL, &err), 0);
        for (uint64_t row = 0; row < table->n_rows; row++) {
            struct why_row w = of_row(row);
            double sum = 0;
            if (isnan(distance[row])) {
                assert_int_equal(w.cluster, 0);
                continue;
            }
            clustered++;
            assert_true(w.distance == distance[row]);
            assert_true(w.next != 0 && w.next != w.cluster && w.next_distance >= w.distance);
            for (uint32_t part = 0; part < w.n_parts; part++) {
                assert_true(part == 0 || w.part[part].share <= w.part[part - 1].share);
                sum += w.part[part].share;
            }
            assert_true(sum <= 1 + 1e-9 && (w.distance == 0 || sum > 0.2));
        }
        assert_int_equal(clustered, clustering->rows_clustered);
        mem_free(distance);
        matrix_release(&matrix);
        clustering_unref(clustering);
        recipe_release(&recipe);
        table_unref(table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_and_shares),
        cmocka_unit_test(scale_and_weight),
        cmocka_unit_test(a_row_on_its_centroid),
        cmocka_unit_test(small_parts_are_left_out),
        cmocka_unit_test(values_marks_and_classes),
        cmocka_unit_test(hours),
        cmocka_unit_test(units),
        cmocka_unit_test(rows_without_a_cluster),
        cmocka_unit_test(a_matrix_of_something_else_is_refused),
        cmocka_unit_test(near_is_said),
        cmocka_unit_test(agrees_with_the_export),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
