/* Rows and bytes by cluster and time, against counting by hand. */
#include "tests/unit/conn_fixture.h"

#include "core/query/timeline.h"

#define SECOND INT64_C(1000000)
#define HOUR   (3600 * SECOND)

static const char *const rows[] = {
    "1000\t10.0.0.1\t1\t10.0.0.2\t80\ttcp\t-\t1\t10\t1\tSF",
    "1009.999999\t10.0.0.1\t1\t10.0.0.2\t80\ttcp\t-\t1\t20\t-\tSF",
    "1010\t10.0.0.1\t1\t10.0.0.2\t80\ttcp\t-\t1\t5000000000\t1\tS0",
    "1049\t10.0.0.1\t1\t10.0.0.2\t53\tudp\t-\t1\t-\t-\tSF",
    "-\t10.0.0.1\t1\t10.0.0.2\t53\tudp\t-\t1\t7\t1\t-",
    "1020\t10.0.0.1\t1\t10.0.0.2\t53\tudp\t-\t1\t3\t1\tREJ", /* outside of clusters */
    "1050\t10.0.0.1\t1\t10.0.0.2\t53\tudp\t-\t1\t3\t1\tREJ", /* behind what is counted */
    "999\t10.0.0.1\t1\t10.0.0.2\t53\tudp\t-\t1\t3\t1\tREJ",  /* before it */
};
static const uint8_t labels[] = {0, 0, 1, 1, 1, 255, 0, 0};
static const double values[] = {0, 0, 1, 1, 1, 0, 0, 0};

static void is_bucket(const struct timeline *tl, uint32_t cluster, uint32_t bucket, uint64_t n,
                      uint64_t bytes)
{
    if (timeline_rows(tl, cluster, bucket) != n || timeline_bytes(tl, cluster, bucket) != bytes)
        fail_msg("cluster %u, bucket %u: %llu rows, %llu bytes", cluster, bucket,
                 (unsigned long long)timeline_rows(tl, cluster, bucket),
                 (unsigned long long)timeline_bytes(tl, cluster, bucket));
}

static void test_counts(void **state)
{
    struct table *t = fixture_table(rows, ARRAY_LEN(rows));
    struct fixture_clustering f;
    struct timeline tl;
    struct timeline_gap gap;
    struct err err = ERR_INIT;
    struct job *job = job_new();
    (void)state;
    fixture_clustering(&f, t, labels, values, 2);
    assert_int_equal(timeline_count(&tl, &f.c, t, 1000 * SECOND, 10 * SECOND, 5, NULL, &err), 0);
    is_bucket(&tl, 1, 0, 2, 31);
    is_bucket(&tl, 1, 1, 0, 0);
    is_bucket(&tl, 2, 1, 1, 5000000001);
    is_bucket(&tl, 2, 4, 1, 0);
    is_bucket(&tl, 0, 0, 2, 31);
    is_bucket(&tl, 0, 1, 1, 5000000001);
    is_bucket(&tl, 0, 2, 1, 4); /* in no cluster, and still a row */
    is_bucket(&tl, 0, 4, 1, 0);
    assert_int_equal(tl.without, 1);
    assert_int_equal(tl.total_rows, 8);
    gap = timeline_gap_at(&tl, 2, 3);
    assert_int_equal(gap.first, 2);
    assert_int_equal(gap.n, 2);
    assert_true(gap.opens && gap.ends);
    gap = timeline_gap_at(&tl, 1, 2);
    assert_int_equal(gap.first, 1);
    assert_int_equal(gap.n, 4);
    assert_true(gap.opens && !gap.ends);
    timeline_release(&tl);
    for (uint64_t n = 1; n <= 2; n++) {
        mem_fail_at(n, false);
        assert_int_equal(timeline_count(&tl, &f.c, t, 0, SECOND, 5, NULL, &err), -1);
        mem_fail_at(0, false);
        assert_int_equal(err.code, ERR_LIMIT);
    }
    assert_non_null(job);
    job_cancel(job);
    err = (struct err)ERR_INIT;
    assert_int_equal(timeline_count(&tl, &f.c, t, 0, SECOND, 5, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    job_free(job);
    fixture_clustering_free(&f);
    table_unref(t);
}

static void test_lengths(void **state)
{
    (void)state;
    assert_int_equal(timeline_length(timeline_lengths()), 0);
    for (uint32_t i = 1; i < timeline_lengths(); i++)
        assert_true(timeline_length(i) > timeline_length(i - 1));
    assert_int_equal(timeline_align(1009 * SECOND, 10 * SECOND, 0), 1000 * SECOND);
    assert_int_equal(timeline_align(1010 * SECOND, 10 * SECOND, 0), 1010 * SECOND);
    assert_int_equal(timeline_align(-1, 10 * SECOND, 0), -10 * SECOND);
    /* Days of a zone that is two hours ahead begin at 22:00 UTC. */
    assert_int_equal(timeline_align(21 * HOUR, 24 * HOUR, 2 * HOUR), -2 * HOUR);
    assert_int_equal(timeline_align(22 * HOUR, 24 * HOUR, 2 * HOUR), 22 * HOUR);
    assert_int_equal(timeline_align(5 * HOUR, 24 * HOUR, -7 * HOUR), -17 * HOUR);
}

static void test_fit(void **state)
{
    static const struct {
        int64_t first, last;
        uint32_t most;
        int64_t length;
    } cases[] = {
        {0, 0, 1, 1000},
        {0, 24 * HOUR - 1, 24, HOUR},
        {0, 24 * HOUR, 24, 2 * HOUR},
        {0, 24 * HOUR - 1, 100, 900 * SECOND},
        {1800 * SECOND, 24 * HOUR + 1799 * SECOND, 24, 2 * HOUR},
        {0, INT64_C(365) * 24 * HOUR, 60, 7 * 24 * HOUR},
        {0, TIME_MAX_SECONDS * SECOND, 10, 3640 * 24 * HOUR}, /* the longest there is */
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(
            timeline_length(timeline_fit(cases[i].first, cases[i].last, cases[i].most, 0)),
            cases[i].length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
