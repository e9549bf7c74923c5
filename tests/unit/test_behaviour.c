/* behaviour.h: what pairs, sources and targets do, counted by hand on a small log. */
#include "tests/unit/conn_fixture.h"

#include <math.h>

#include "core/recipe/behaviour.h"

/* Six rows of one pair, out of order, every ten seconds; a scan of three ports; ICMP; a row without a source. */
static const char *const rows[] = {
    "1020.0\t10.0.0.1\t1\t192.0.2.1\t80\ttcp\t-\t0.1\t100\t5\tSF",
    "1000.0\t10.0.0.1\t2\t192.0.2.1\t80\ttcp\t-\t0.1\t100\t5\tS0",
    "1010.0\t10.0.0.1\t3\t192.0.2.1\t80\ttcp\t-\t0.1\t100\t5\tSF",
    "1030.0\t10.0.0.1\t4\t192.0.2.1\t80\ttcp\t-\t0.1\t100\t5\tSF",
    "1001.0\t10.0.0.2\t5\t192.0.2.1\t80\ttcp\t-\t0.1\t7\t5\tREJ",
    "1002.0\t10.0.0.2\t6\t192.0.2.1\t81\ttcp\t-\t0.1\t7\t5\tREJ",
    "1003.0\t10.0.0.2\t7\t192.0.2.2\t81\ttcp\t-\t0.1\t-\t5\tREJ",
    "1004.0\t10.0.0.2\t8\t192.0.2.2\t0\ticmp\t-\t0.1\t7\t5\tOTH",
    "1005.0\t-\t8\t192.0.2.2\t53\tudp\t-\t0.1\t7\t5\tSF",
};
#define N ARRAY_LEN(rows)

static uint32_t addr(const struct table *t, const char *text)
{
    uint32_t id = table_addr_find(t, span_of(text));
    assert_int_not_equal(id, ADDR_MISSING);
    return id;
}

static void counted_by_hand(void **state)
{
    (void)state;
    struct table *t = fixture_table((const char **)rows, N);
    struct err err = ERR_INIT;
    struct behaviour b;
    assert_int_equal(behaviour_build(&b, t, NULL, NULL, &err), 0);
    assert_int_equal(b.n_pairs, 6);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(b.pair_of_row[i], 0);
    const struct pair_facts *p = &b.pair[0];
    assert_true(p->rows == 4 && p->tcp_rows == 4 && p->failed == 1);
    assert_true(p->rhythm.median_gap_s == 10 && p->rhythm.regularity == 1);
    assert_true(p->rhythm.first_us == 1000000000 && p->rhythm.last_us == 1030000000);
    assert_true(b.pair[1].rows == 1 && isnan(b.pair[1].rhythm.median_gap_s) &&
                b.pair[1].failed == 1);
    assert_int_equal(b.pair[4].tcp_rows, 0);
    uint32_t one = addr(t, "10.0.0.1"), two = addr(t, "10.0.0.2");
    assert_true(b.fanout_hosts[one] == 1 && b.fanout_ports[one] == 1);
    assert_true(b.fanout_hosts[two] == 2 && b.fanout_ports[two] == 2); /* ICMP is no port */
    assert_int_equal(b.popularity[addr(t, "192.0.2.1")], 2);
    assert_int_equal(b.popularity[addr(t, "192.0.2.2")], 2); /* 10.0.0.2 and the missing one */
    assert_int_equal(b.popularity[one], 0);
    assert_true(b.source_bytes[one] == 400 && b.source_bytes[two] == 21);
    behaviour_release(&b);
    table_unref(t);
}

static void threads_agree(void **state)
{
    (void)state;
    static char text[5000][96];
    static const char *many[5000];
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(text[i], sizeof text[i],
                       "%d.%d\t10.0.%d.1\t1\t192.0.2.%d\t%d\ttcp\t-\t0.1\t%d\t5\tS%d",
                       1000 + i * 7919 % 4999, i % 10, i % 13, i % 31, i % 5, i, i % 2);
        many[i] = text[i];
    }
    struct table *t = fixture_table(many, 5000);
    struct parallel *pool = parallel_new(4);
    struct behaviour a, b;
    struct err err = ERR_INIT;
    assert_int_equal(behaviour_build(&a, t, NULL, NULL, &err), 0);
    assert_int_equal(behaviour_build(&b, t, pool, NULL, &err), 0);
    assert_int_equal(a.n_pairs, b.n_pairs);
    assert_true(a.n_pairs > 1000);
    for (uint32_t i = 0; i < a.n_pairs; i++) {
        assert_true(a.pair[i].rows == b.pair[i].rows && a.pair[i].failed == b.pair[i].failed);
        assert_true(a.pair[i].rhythm.first_us == b.pair[i].rhythm.first_us);
        assert_true(a.pair[i].rhythm.regularity == b.pair[i].rhythm.regularity);
    }
    assert_memory_equal(a.pair_of_row, b.pair_of_row, 5000 * sizeof *a.pair_of_row);
    behaviour_release(&a);
    behaviour_release(&b);
    parallel_free(pool);
    table_unref(t);
}

static void cancelled_and_short_of_memory(void **state)
{
    (void)state;
    struct table *t = fixture_table((const char **)rows, N);
    struct behaviour b;
    struct err err = ERR_INIT;
    struct job *job = job_new();
    job_cancel(job);
    assert_int_equal(behaviour_build(&b, t, NULL, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    job_free(job);
    for (uint64_t n = 1; n < 100; n++) {
        err = (struct err)ERR_INIT;
        mem_fail_at(n, false);
        int rc = behaviour_build(&b, t, NULL, NULL, &err);
        mem_fail_at(0, false);
        if (rc == 0) {
            behaviour_release(&b);
            assert_true(n > 5);
            break;
        }
        assert_int_equal(err.code, ERR_LIMIT);
    }
    table_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counted_by_hand),
        cmocka_unit_test(threads_agree),
        cmocka_unit_test(cancelled_and_short_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
