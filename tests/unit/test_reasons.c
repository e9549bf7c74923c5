/* Statistical reasons: which are found, and how their figures are written. */
#include "core/cluster/reasons.h"

#include "tests/unit/logfile.h"

#include <math.h>

#define ROW(ts, proto, port, out, state)                                                           \
    ts "\tC1\t10.0.0.1\t1\t10.0.0.9\t" port "\t" proto "\t1.5\t" out "\t0\t" state "\tT\n"

static struct table *table;
static struct recipe recipe;
static struct clustering *clustering;
static char path[64];

static void cluster(const char *log, const char *text)
{
    struct err err = ERR_INIT;
    table = log_load(log, path);
    recipe = recipe_of(text);
    clustering = clustering_fit(table, &recipe, &(struct fit_opts){0}, &err);
    if (clustering == NULL)
        fail_msg("%s", err.text);
}

static void release(void)
{
    clustering_unref(clustering);
    recipe_release(&recipe);
    table_unref(table);
    (void)unlink(path);
}

static const struct reason *find(uint64_t row, const char *what, const char *value)
{
    const struct profile *p = &clustering->profile[clustering_of_row(clustering, row) - 1];
    for (uint32_t i = 0; i < p->n_reasons; i++)
        if (strcmp(p->reason[i].what, what) == 0 && strcmp(p->reason[i].value, value) == 0)
            return &p->reason[i];
    return NULL;
}

static void expect(uint64_t row, const char *what, const char *value, double here, double log)
{
    const struct reason *r = find(row, what, value);
    if (r == NULL)
        fail_msg("no reason %s=%s", what, value);
    if (!(fabs(r->here - here) < 1e-4 * (1 + fabs(here))) ||
        !(fabs(r->log - log) < 1e-4 * (1 + fabs(log))))
        fail_msg("%s=%s: %.9g (log %.9g)", what, value, r->here, r->log);
}

/* One row in four is another kind of row in every respect: at night, on Friday, over UDP. */
static const char odd[] =
    LOG_FIELDS ROW("43200.0", "tcp", "80", "999", "SF") ROW("43200.0", "tcp", "80", "999", "SF")
        ROW("43200.0", "tcp", "80", "999", "SF") ROW("97200.0", "udp", "50000", "-", "S0");

static void values_of_any_field(void **state)
{
    (void)state;
    cluster(odd, "k = 2\nfeature = onehot(local_orig)\nfeature = onehot(id.resp_p)\n"
                 "feature = onehot(proto)\n");
    /* What a role counts is said once, from the rows. */
    expect(3, "proto", "udp", 1, 0.25);
    expect(3, "id.resp_p", "50000", 1, 0.25);
    expect(0, "id.resp_p", "80", 1, 0.75);
    assert_null(find(0, "id.resp_p", "50000"));
    release();
    cluster(odd, "k = 2\nfeature = onehot(orig_bytes)\nfeature = onehot(ts)\n");
    expect(0, "orig_bytes", "999", 1, 0.75);
    expect(3, "ts", "97200.0", 1, 0.25);
    release();
}

static void marks(void **state)
{
    (void)state;
    cluster(odd, "k = 2\nfeature = log(orig_bytes)\nfeature = port_class(id.resp_p)\n");
    expect(3, "orig_bytes", "unset", 1, 0.25);
    expect(3, "id.resp_p", "ephemeral", 1, 0.25);
    expect(0, "id.resp_p", "system", 1, 0.75);
    release();
}

static void figures_in_units(void **state)
{
    (void)state;
    cluster(odd, "k = 2\nmissing = zero\nfeature = log(orig_bytes)\nfeature = rarity(proto)\n"
                 "feature = pair_count\n");
    /* 1000^(3/4) - 1; the mean of log(4/3) three times and log(4); 4^(3/4) 2^(1/4) - 1. */
    expect(3, "orig_bytes", "", 0, pow(1000, 0.75) - 1);
    expect(3, "rarity(proto)", "", 4, pow(4.0 / 3, 0.75) * pow(4, 0.25));
    expect(3, "pair_count", "", 1, pow(4, 0.75) * pow(2, 0.25) - 1);
    release();
}

static void times(void **state)
{
    double angle = atan2(3 * 0.0 + sin(2 * M_PI * 3 / 24), 3 * -1.0 + cos(2 * M_PI * 3 / 24));
    (void)state;
    cluster(odd, "k = 2\nfeature = hour(ts)\nfeature = weekday(ts)\n");
    /* 97200 s is Friday, 3:00; 43200 s is Thursday, 12:00. */
    expect(3, "hour(ts)", "", 3, angle / (2 * M_PI) * 24);
    assert_non_null(find(3, "weekday(ts)", ""));
    assert_true(fabs(find(3, "weekday(ts)", "")->here - 4.125) < 1e-4);
    assert_null(find(3, "sin(hour(ts))", ""));
    release();
    /* All around the clock there is no hour to name. */
    cluster(LOG_FIELDS ROW("0.0", "tcp", "80", "1", "SF") ROW("21600.0", "tcp", "80", "1", "SF")
                ROW("43200.0", "tcp", "80", "1", "SF") ROW("64800.0", "tcp", "80", "1", "SF")
                    ROW("64801.0", "udp", "80", "900000", "SF"),
            "k = 2\nfeature = hour(ts)\nfeature = 100 * log(orig_bytes)\n");
    assert_null(find(0, "hour(ts)", ""));
    assert_non_null(find(4, "hour(ts)", ""));
    release();
}

static void quantities(void **state)
{
    static const struct {
        const char *what;
        double x;
        const char *want;
    } cases[] = {
        {"duration", 0.0025, "2.5 ms"},
        {"orig_bytes", 1500, "1.5 kB"},
        {"id.resp_p", 1234.5, "1,235"},
        {"local_orig", 0.25, "25 %"},
        {"ts", 1332008626, "2012-03-17 18:23:46Z"},
        {"pair_gap", 270, "4.5 min"},
        {"gap_spread", 0.5, "500 ms"},
        {"source_bytes", 2e6, "2.0 MB"},
        {"failed", 0.976, "98 %"},
        {"regularity", 0.98765, "0.988"},
        {"fanout_hosts", 608, "608"},
        {"rarity(query)", 4468.2, "1 in 4,468"},
        {"rarity(query)", 2.4234, "1 in 2.42"},
        {"hour(ts)", 3.2, "03:12"},
        {"hour(ts)", 23.9999, "00:00"},
        {"weekday(ts)", 6.5, "Sun 12:00"},
        {"weekday(ts)", 6.99999, "Mon 00:00"},
        {"rate(orig_bytes,duration)", 1200, "1.2 kB/s"},
        {"rate(orig_bytes,id.orig_p)", 1200, "1.2 kB"},
        {"rate(id.orig_p,duration)", 12, "12/s"},
        {"rate(nothing,duration)", 12, "12/s"},
        {"rate(", 12, "12"},
        {"rate(a,", 12, "12"},
        {"anything", -1234567.8, "-1,234,568"},
        {"anything", 0.0123456, "0.0123"},
        {"anything", 0, "0"},
        {"anything", NAN, "-"},
        {"duration", INFINITY, "-"},
        {"hour(ts)", -INFINITY, "-"},
    };
    (void)state;
    table = log_load(odd, path);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf out = BUF_INIT;
        reasons_quantity(&out, &table->schema, cases[i].what, cases[i].x);
        assert_string_equal(buf_text(&out), cases[i].want);
        buf_release(&out);
    }
    table_unref(table);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_any_field), cmocka_unit_test(marks),
        cmocka_unit_test(figures_in_units),    cmocka_unit_test(times),
        cmocka_unit_test(quantities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
