/* Features that look beyond the row's own number: rates, rarity, times, ports, and what pairs, sources and targets do. All
 * values are worked out by hand. */
#include "tests/unit/unit.h"

#include <math.h>

#include "tests/unit/matrix_fixture.h"

/* Quarters of the first day, which was a Thursday; a port of every class. */
static const char day[] =
    LOG_FIELDS "21600.0\tC1\t10.0.0.1\t1\t10.0.0.9\t80\ttcp\t1\t1\t1\tSF\tT\n"
               "43200.0\tC2\t10.0.0.1\t2\t10.0.0.9\t8080\ttcp\t1\t1\t1\tSF\tT\n"
               "64800.0\tC3\t10.0.0.1\t3\t10.0.0.9\t50000\ttcp\t1\t1\t1\tSF\tT\n"
               "-\tC4\t10.0.0.1\t4\t10.0.0.9\t1023\ttcp\t1\t1\t1\tSF\tT\n";

#define PLAIN "scale = none\nmissing = zero\n"

static struct built built;

static void build_up(const char *log, const char *text)
{
    built = build_ok(log, text);
}

static void release(void)
{
    built_release(&built);
}

/* The dimension's values, one for each observation. */
static void expect(const char *name, const double *want)
{
    for (uint32_t j = 0; j < built.m.d; j++) {
        if (strcmp(built.m.dim[j].name, name) != 0)
            continue;
        for (uint64_t i = 0; i < built.m.n; i++) {
            if (fabs(matrix_value(&built.m, i, j) - want[i]) > 1e-6)
                fail_msg("%s, observation %u: %.9g, not %.9g", name, (unsigned)i,
                         matrix_value(&built.m, i, j), want[i]);
        }
        return;
    }
    fail_msg("no dimension %s", name);
}

static void rates(void **state)
{
    (void)state;
    build_up(small_log,
             PLAIN "feature = rate(resp_bytes,duration)\nfeature = rate(duration,orig_bytes)\n");
    expect("rate(resp_bytes,duration)",
           (const double[]){log1p(7 / 1.5), 0, log1p(7 / 2.5), log1p(2)});
    /* Per zero bytes, per missing bytes: missing. */
    expect("rate(duration,orig_bytes)", (const double[]){0, 0, 0, log1p(0.7)});
    release();
}

static void rarity(void **state)
{
    (void)state;
    build_up(small_log, PLAIN "feature = rarity(proto)\nfeature = rarity(orig_bytes)\n");
    expect("rarity(proto)", (const double[]){-log(0.75), -log(0.25), -log(0.75), -log(0.75)});
    /* A missing value has no share, and counts in none. */
    expect("rarity(orig_bytes)", (const double[]){-log(1.0 / 3), -log(1.0 / 3), 0, -log(1.0 / 3)});
    release();
}

/* Rows that take no part have no number to be looked up by. */
static void rarity_of_the_rows_that_take_part(void **state)
{
    (void)state;
    build_up(small_log, PLAIN "where = id.resp_p=80\nfeature = rarity(conn_state)\n");
    assert_int_equal(built.m.n, 3);
    expect("rarity(conn_state)", (const double[]){-log(2.0 / 3), -log(1.0 / 3), -log(2.0 / 3)});
    release();
}

static void hours_and_weekdays(void **state)
{
    (void)state;
    build_up(day, PLAIN "feature = hour(ts)\nfeature = weekday(ts)\n");
    expect("sin(hour(ts))", (const double[]){1, 0, -1, 0});
    expect("cos(hour(ts))", (const double[]){0, -1, 0, 0});
    expect("sin(weekday(ts))", (const double[]){sin(2 * M_PI * 3.25 / 7), sin(2 * M_PI * 3.5 / 7),
                                                sin(2 * M_PI * 3.75 / 7), 0});
    expect("cos(weekday(ts))", (const double[]){cos(2 * M_PI * 3.25 / 7), cos(2 * M_PI * 3.5 / 7),
                                                cos(2 * M_PI * 3.75 / 7), 0});
    release();
}

static void classes_of_ports(void **state)
{
    (void)state;
    build_up(day, PLAIN "feature = port_class(id.resp_p)\n");
    expect("port_class(id.resp_p)=system", (const double[]){1, 0, 0, 1});
    expect("port_class(id.resp_p)=registered", (const double[]){0, 1, 0, 0});
    expect("port_class(id.resp_p)=ephemeral", (const double[]){0, 0, 1, 0});
    release();
}

/* What ICMP has in the fields of ports are types and codes. */
static void icmp_has_no_ports(void **state)
{
    static const char log[] =
        LOG_FIELDS "1.0\tC1\t10.0.0.1\t8\t10.0.0.9\t0\ticmp\t1\t1\t1\tOTH\tT\n"
                   "2.0\tC2\t10.0.0.1\t60000\t10.0.0.9\t80\ttcp\t1\t1\t1\tSF\tT\n"
                   "3.0\tC3\t10.0.0.1\t3\t10.0.0.9\t3\tipv6-icmp\t1\t1\t1\tOTH\tT\n"
                   "4.0\tC4\t10.0.0.1\t4\t10.0.0.9\t50000\t-\t1\t1\t1\tSF\tT\n";
    (void)state;
    build_up(log, PLAIN "feature = port_class(id.resp_p)\nfeature = port_class(id.orig_p)\n");
    expect("port_class(id.resp_p)=system", (const double[]){0, 1, 0, 0});
    expect("port_class(id.resp_p)=ephemeral", (const double[]){0, 0, 0, 1});
    expect("port_class(id.orig_p)=system", (const double[]){0, 0, 0, 1});
    expect("port_class(id.orig_p)=ephemeral", (const double[]){0, 1, 0, 0});
    release();
}

static void pairs_sources_and_targets(void **state)
{
    (void)state;
    build_up(small_log,
             PLAIN "feature = pair_count\nfeature = pair_gap\nfeature = failed\n"
                   "feature = fanout_hosts\nfeature = popularity\nfeature = source_bytes\n");
    expect("pair_count", (const double[]){log1p(2), log1p(1), log1p(2), log1p(1)});
    expect("pair_gap", (const double[]){log1p(2), 0, log1p(2), 0});
    expect("failed", (const double[]){0.5, 0, 0.5, 0});
    expect("fanout_hosts", (const double[]){log1p(2), log1p(1), log1p(2), log1p(2)});
    expect("popularity", (const double[]){log1p(2), log1p(2), log1p(2), log1p(1)});
    expect("source_bytes", (const double[]){log1p(5), log1p(3), log1p(5), log1p(5)});
    release();
}

/* What a pair does is counted in all rows of the log, whatever is clustered. */
static void behaviour_looks_beyond_where(void **state)
{
    (void)state;
    build_up(small_log, PLAIN "where = conn_state=S0 or proto=udp\nfeature = pair_count\n");
    assert_int_equal(built.m.n, 2);
    expect("pair_count", (const double[]){log1p(1), log1p(2)});
    release();
}

static void fields_that_are_not_there(void **state)
{
    static const char text[] =
        "#separator \\x09\n#fields\tid.orig_h\tid.resp_h\torig_bytes\n"
        "10.0.0.1\t10.0.0.9\t1\n10.0.0.2\t10.0.0.8\t2\n10.0.0.1\t10.0.0.8\t2\n";
    bool said = false;
    (void)state;
    build_up(text, PLAIN
             "feature = popularity\nfeature = pair_gap\nfeature = failed\nfeature = hour(ts)\n");
    assert_int_equal(built.m.n_features, 1);
    assert_string_equal(built.m.feature[0], "popularity");
    for (size_t i = 0; i < built.m.notices.n; i++)
        said = said || (strstr(built.m.notices.text[i], "conn_state") != NULL &&
                        strstr(built.m.notices.text[i], "pair_gap") != NULL);
    assert_true(said);
    release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates),
        cmocka_unit_test(rarity),
        cmocka_unit_test(rarity_of_the_rows_that_take_part),
        cmocka_unit_test(hours_and_weekdays),
        cmocka_unit_test(classes_of_ports),
        cmocka_unit_test(icmp_has_no_ports),
        cmocka_unit_test(pairs_sources_and_targets),
        cmocka_unit_test(behaviour_looks_beyond_where),
        cmocka_unit_test(fields_that_are_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
