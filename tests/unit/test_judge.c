/* judge.h: what counts as sent, who is outside. */
#include "tests/unit/conn_fixture.h"

#include <math.h>

#include "core/cluster/judge.h"

/* ts, orig, orig_p, resp, resp_p, proto, service, duration, bytes out and in, state */
#define ROW(orig, resp, out, in)                                                                   \
    "1000\t" orig "\t4001\t" resp "\t80\ttcp\t-\t1\t" out "\t" in "\tSF"

/* Cluster 1 copies much inside and a little to outside, cluster 2 sends to outside. */
static const char *const mixed[] = {
    ROW("10.0.0.1", "10.0.0.9", "90000000", "0"),   ROW("10.0.0.1", "1.2.3.4", "200000", "600000"),
    ROW("10.0.0.2", "1.2.3.4", "500000", "100000"), ROW("10.0.0.2", "5.6.7.8", "300000", "-"),
    ROW("10.0.0.2", "224.0.0.1", "7000000", "0"),   ROW("10.0.0.3", "5.6.7.8", "-", "100000"),
};
/* The same where nothing leaves. */
static const char *const inside[] = {
    ROW("10.0.0.1", "10.0.0.9", "900000", "0"), ROW("10.0.0.1", "10.0.0.4", "200000", "600000"),
    ROW("10.0.0.2", "10.0.0.4", "500000", "0"), ROW("10.0.0.2", "10.0.0.7", "300000", "-"),
    ROW("10.0.0.2", "224.0.0.1", "0", "0"),     ROW("10.0.0.3", "10.0.0.7", "-", "100000"),
};
static const uint8_t label[] = {0, 0, 1, 1, 1, 1};
static const double value[] = {1, 1, 2, 2, 2, 2};

static struct table *build(struct fixture_clustering *f, const char *const *row,
                           const struct cidr *local)
{
    struct err err = ERR_INIT;
    struct table *t = fixture_table(row, ARRAY_LEN(label));
    fixture_clustering(f, t, label, value, 2);
    if (local != NULL) {
        f->c.local = (struct cidr *)local;
        f->c.n_local = 1;
    }
    if (fixture_profile(f, t, NULL, NULL, &err) != 0)
        fail_msg("%s", err.text);
    f->c.local = NULL;
    f->c.n_local = 0;
    return t;
}

static void expect_upload(const struct profile *p, double expect)
{
    assert_true(fabs(p->suspicion.of[SUSPICION_UPLOAD] - expect) < 1e-12);
}

static void what_leaves_is_sent(void **state)
{
    struct fixture_clustering f;
    struct table *t = build(&f, mixed, NULL);
    (void)state;
    assert_int_equal(f.c.profile[0].orig_bytes, 90200000);
    assert_int_equal(f.c.profile[0].outward[0], 200000);
    assert_int_equal(f.c.profile[0].outward[1], 600000);
    assert_int_equal(f.c.profile[1].orig_bytes, 7800000);
    assert_int_equal(f.c.profile[1].outward[0], 800000);
    assert_int_equal(f.c.profile[1].outward[1], 200000);
    expect_upload(&f.c.profile[0], 0); /* it gets more than it sends */
    /* 3 of 4 rows by one source, 600 of 1,000 kB more out, 800 of all 1,000 that leave; one of 4
     * rows is multicast */
    expect_upload(&f.c.profile[1], 0.75 * 0.6 * sqrt(0.8) * (1 - 0.7 / 4));
    fixture_clustering_free(&f);
    table_unref(t);
}

static void where_nothing_leaves_all_is_sent(void **state)
{
    struct fixture_clustering f;
    struct table *t = build(&f, inside, NULL);
    (void)state;
    assert_int_equal(f.c.profile[0].outward[0], 0);
    expect_upload(&f.c.profile[0], 500.0 / 1700 * sqrt(1100.0 / 1900));
    expect_upload(&f.c.profile[1], 0.75 * 700.0 / 900 * sqrt(800.0 / 1900) * (1 - 0.7 / 4));
    fixture_clustering_free(&f);
    table_unref(t);
}

static void local_networks_say_what_is_outside(void **state)
{
    struct cidr local;
    struct fixture_clustering f;
    struct table *t;
    (void)state;
    assert_true(cidr_parse(span_of("1.2.3.0/24"), &local));
    t = build(&f, mixed, &local);
    assert_int_equal(f.c.profile[0].outward[0], 90000000);
    assert_int_equal(f.c.profile[1].outward[0], 300000);
    assert_int_equal(f.c.profile[1].outward[1], 100000);
    fixture_clustering_free(&f);
    table_unref(t);
}

static void clocks_and_multicast_are_routine(void **state)
{
    static const char *const row[] = {
        "1000\t10.0.0.1\t1\t1.2.3.4\t123\tudp\t-\t1\t48\t48\tSF",
        "1000\t10.0.0.1\t1\t1.2.3.4\t123\ttcp\t-\t1\t48\t48\tSF",
        "1000\t10.0.0.2\t1\t224.0.0.1\t123\tudp\t-\t1\t48\t48\tSF",
        "1000\t10.0.0.2\t1\t255.255.255.255\t67\tudp\t-\t1\t48\t48\tSF",
        "1000\t10.0.0.2\t123\t1.2.3.4\t124\tudp\t-\t1\t48\t48\tSF",
        "1000\t10.0.0.2\t1\t-\t123\tudp\t-\t1\t48\t48\tSF",
    };
    struct fixture_clustering f;
    struct table *t = build(&f, row, NULL);
    (void)state;
    assert_int_equal(f.c.profile[0].routine_rows, 1);
    assert_int_equal(f.c.profile[1].routine_rows, 2);
    fixture_clustering_free(&f);
    table_unref(t);
}

static void outside_is_somebody_elses_machine(void **state)
{
    static const struct {
        const char *text;
        bool outside, outside_of_one_two;
    } cases[] = {
        {"8.8.8.8", true, true},       {"1.2.3.4", true, false},          {"10.1.2.3", false, true},
        {"2001:db8::1", true, true},   {"fe80::1", false, true},          {"ff02::1", false, false},
        {"224.0.0.251", false, false}, {"255.255.255.255", false, false}, {"0.0.0.0", false, false},
        {"::", false, false},          {"not-an-addr", false, false},
    };
    struct cidr net;
    struct clustering c = {0};
    (void)state;
    assert_true(cidr_parse(span_of("1.2.0.0/16"), &net));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct addr addr;
        (void)addr_parse(span_of(cases[i].text), &addr);
        c.local = NULL;
        c.n_local = 0;
        assert_int_equal(judge_is_outside(&c, &addr), cases[i].outside);
        c.local = &net;
        c.n_local = 1;
        assert_int_equal(judge_is_outside(&c, &addr), cases[i].outside_of_one_two);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_leaves_is_sent),
        cmocka_unit_test(where_nothing_leaves_all_is_sent),
        cmocka_unit_test(local_networks_say_what_is_outside),
        cmocka_unit_test(clocks_and_multicast_are_routine),
        cmocka_unit_test(outside_is_somebody_elses_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
