/* What a profile counts. */
#include "tests/unit/random_fixture.h"

#include <math.h>

#include "core/cluster/judge.h"
#include "core/cluster/reasons.h"
#include "core/cluster/top.h"

/* ts, orig, orig_p, resp, resp_p, proto, service, duration, bytes out and in, state */
static const char *const rows[] = {
    "1000\t10.0.0.1\t4001\t10.0.0.9\t80\ttcp\thttp\t1\t100\t900\tSF",
    "1001\t10.0.0.1\t4002\t10.0.0.9\t80\ttcp\thttp\t1\t100\t900\tSF",
    "1003\t10.0.0.2\t4003\t10.0.0.9\t443\ttcp\tssl\t1\t200\t-\tS0",
    "-\t10.0.0.3\t4004\t10.0.0.8\t53\tudp\tdns\t1\t-\t-\tSF",
    "1064\tfe80::1\t134\tff02::1\t133\ticmp\t-\t-\t-\t-\tOTH",
    "1010\t10.0.0.4\t1\t10.0.0.5\t2\ttcp\t-\t-\t1\t1\tREJ", /* excluded */
    "1032\tfe80::1\t134\tff02::1\t133\ticmp\t-\t-\t-\t-\tOTH",
};
static const uint8_t labels[] = {0, 0, 0, 0, 1, 255, 1};
static const double values[] = {1, 1, 1.5, 4, 9, 0, 10};
#define N ARRAY_LEN(rows)

static void build(struct fixture_clustering *f, struct table **t, struct parallel *pool)
{
    struct err err = ERR_INIT;
    *t = fixture_table(rows, N);
    fixture_clustering(f, *t, labels, values, 2);
    assert_int_equal(fixture_profile(f, *t, pool, NULL, &err), 0);
}

static void test_counts(void **state)
{
    struct fixture_clustering f;
    struct table *t;
    const struct profile *p;
    (void)state;
    build(&f, &t, NULL);
    p = &f.c.profile[0];
    assert_int_equal(p->rows, 4);
    assert_int_equal(p->observations, 4);
    assert_true(fabs(p->share - 4.0 / 6) < 1e-15);
    assert_int_equal(p->first_ts_us, 1000000000);
    assert_int_equal(p->last_ts_us, 1003000000);
    assert_int_equal(p->orig_bytes, 400);
    assert_int_equal(p->resp_bytes, 1800);
    assert_int_equal(p->rows_without_bytes, 1);
    assert_int_equal(p->tcp_rows, 3);
    assert_int_equal(p->failed_rows, 1);
    assert_int_equal(p->outcome[OUTCOME_COMPLETED], 3);
    assert_int_equal(p->outcome[OUTCOME_UNANSWERED], 1);
    assert_int_equal(p->n_pairs, 3);
    assert_int_equal(p->pair[0].rows, 2);
    assert_int_equal(p->pair[0].resp_p, 80);
    p = &f.c.profile[1];
    assert_int_equal(p->rows, 2);
    assert_int_equal(p->first_ts_us, 1032000000);
    assert_int_equal(p->port.n, 0); /* codes of ICMP are no ports */
    assert_int_equal(p->icmp_type.n, 1);
    assert_int_equal(p->icmp_type.item[0].key, ICMP_V6 | 134);
    assert_int_equal(p->tcp_rows, 0);
    assert_string_equal(p->why, "fe80::1 -> ff02::1, icmp router advertisement: no bytes");
    fixture_clustering_free(&f);
    table_unref(t);
}

static void expect_top(const struct top_list *list, const struct table *t, enum top_kind kind,
                       uint32_t at, const char *text, uint64_t n)
{
    struct span s;
    assert_true(at < list->n);
    s = top_text(t, kind, list->item[at].key);
    assert_int_equal(list->item[at].rows, n);
    assert_memory_equal(s.ptr, text, strlen(text));
    assert_int_equal(s.len, strlen(text));
}

static void test_tops(void **state)
{
    struct fixture_clustering f;
    struct table *t;
    const struct profile *p;
    (void)state;
    build(&f, &t, NULL);
    p = &f.c.profile[0];
    assert_int_equal(p->orig.distinct, 3);
    expect_top(&p->orig, t, TOP_ADDR, 0, "10.0.0.1", 2);
    expect_top(&p->orig, t, TOP_ADDR, 1, "10.0.0.2", 1); /* ties by the bytes */
    expect_top(&p->orig, t, TOP_ADDR, 2, "10.0.0.3", 1);
    expect_top(&p->resp, t, TOP_ADDR, 0, "10.0.0.9", 3);
    expect_top(&p->proto, t, TOP_PROTO, 0, "tcp", 3);
    expect_top(&p->state, t, TOP_STATE, 1, "S0", 1);
    expect_top(&p->service, t, TOP_SERVICE, 0, "http", 2);
    assert_int_equal(p->port.item[0].key, 80);
    assert_int_equal(p->port.item[1].key, 53); /* ties by number */
    assert_int_equal(p->port.item[2].key, 443);
    assert_int_equal(f.c.profile[1].service.n, 0); /* unset is no value */
    fixture_clustering_free(&f);
    table_unref(t);
}

static void test_timeline(void **state)
{
    struct fixture_clustering f;
    struct table *t;
    (void)state;
    build(&f, &t, NULL);
    /* 64 seconds in 32 slices: a little over two seconds each, the last moment inside the last
     * slice. */
    assert_int_equal(f.c.profile[0].timeline[0], 2);
    assert_int_equal(f.c.profile[0].timeline[1], 1); /* row 3 has no time */
    assert_int_equal(f.c.profile[1].timeline[15] + f.c.profile[1].timeline[16], 1);
    assert_int_equal(f.c.profile[1].timeline[31], 1);
    fixture_clustering_free(&f);
    table_unref(t);
}

static void test_samples(void **state)
{
    struct fixture_clustering f;
    struct table *t;
    (void)state;
    build(&f, &t, NULL);
    /* Values 1 1 1.5 4, mean 1.875: nearest first, equal ones by row. */
    assert_int_equal(f.c.profile[0].n_samples, 4);
    assert_int_equal(f.c.profile[0].sample[0], 2);
    assert_int_equal(f.c.profile[0].sample[1], 0);
    assert_int_equal(f.c.profile[0].sample[2], 1);
    assert_int_equal(f.c.profile[0].sample[3], 3);
    assert_int_equal(f.c.profile[1].n_samples, 2);
    assert_true(f.c.profile[0].inertia > 0);
    fixture_clustering_free(&f);
    table_unref(t);
}

static const struct reason *reason_of(const struct profile *p, const char *what)
{
    for (uint32_t i = 0; i < p->n_reasons; i++)
        if (strcmp(p->reason[i].what, what) == 0)
            return &p->reason[i];
    fail_msg("no reason %s", what);
    return NULL;
}

static void test_reasons(void **state)
{
    struct fixture_clustering f;
    struct table *t;
    const struct profile *p;
    const struct reason *r;
    (void)state;
    build(&f, &t, NULL);
    p = &f.c.profile[1];
    r = reason_of(p, "proto");
    assert_string_equal(r->value, "icmp");
    assert_true(r->here == 1.0 && fabs(r->log - 2.0 / 6) < 1e-15);
    r = reason_of(p, "conn_state");
    assert_string_equal(r->value, "OTH");
    /* The dimension log(orig_bytes) is told as a size, by the field's own name. */
    r = reason_of(p, "orig_bytes");
    assert_string_equal(r->value, "");
    assert_true(fabs(r->here - expm1(9.5)) < 0.01);
    assert_true(fabs(r->log - expm1((1 + 1 + 1.5 + 4 + 9 + 10) / 6)) < 1e-6);
    assert_true(r->z > 1);
    assert_true(fabs(p->rms_z - r->z) < 1e-6);
    /* ICMP codes are not counted as ports. */
    for (uint32_t i = 0; i < p->n_reasons; i++)
        assert_string_not_equal(p->reason[i].what, "id.resp_p");
    fixture_clustering_free(&f);
    table_unref(t);
}

/* Bytes between the members of a pair mean nothing: they are made equal before comparing whole
 * profiles. */
static void blank_padding(struct profile *p)
{
    struct suspicion suspicion = p->suspicion;
    memset(&p->suspicion, 0, sizeof p->suspicion);
    p->suspicion.score = suspicion.score;
    p->suspicion.part = suspicion.part;
    memcpy(p->suspicion.of, suspicion.of, sizeof suspicion.of);
    for (uint32_t i = 0; i < PROFILE_TOP_PAIRS; i++) {
        struct top_pair pair = p->pair[i];
        memset(&p->pair[i], 0, sizeof p->pair[i]);
        p->pair[i].orig = pair.orig;
        p->pair[i].resp = pair.resp;
        p->pair[i].resp_p = pair.resp_p;
        p->pair[i].proto = pair.proto;
        p->pair[i].rows = pair.rows;
    }
}

#define MANY   20000
#define MANY_K 5

static void build_many(struct fixture_clustering *f, struct table **t, uint32_t threads)
{
    static uint8_t label[MANY];
    static double value[MANY];
    struct parallel *pool = parallel_new(threads);
    struct err err = ERR_INIT;
    assert_non_null(pool);
    for (size_t i = 0; i < MANY; i++)
        value[i] = (double)(i * 7919 % 1000);
    *t = random_table(MANY, MANY_K, 42, label);
    fixture_clustering(f, *t, label, value, MANY_K);
    assert_int_equal(fixture_profile(f, *t, pool, NULL, &err), 0);
    parallel_free(pool);
}

static void test_threads_agree(void **state)
{
    struct fixture_clustering one, four;
    struct table *t, *u;
    (void)state;
    build_many(&one, &t, 1);
    build_many(&four, &u, 4);
    for (int i = 0; i < MANY_K; i++) {
        assert_true(one.c.profile[i].rows > 0);
        blank_padding(&one.c.profile[i]);
        blank_padding(&four.c.profile[i]);
        assert_memory_equal(&one.c.profile[i], &four.c.profile[i], sizeof one.c.profile[i]);
    }
    fixture_clustering_free(&one);
    fixture_clustering_free(&four);
    table_unref(t);
    table_unref(u);
}

/* Adds a row to what its cluster's profile should say. */
static void see(struct profile *want, const struct clustering *c, const struct table *t,
                const struct codes *codes, uint64_t row)
{
    uint8_t proto = TABLE_AT(t, row, cat[CAT_PROTO]), state = TABLE_AT(t, row, cat[CAT_STATE]);
    uint32_t resp = TABLE_AT(t, row, resp);
    int64_t us = TABLE_AT(t, row, ts_us);
    uint64_t out = 0, in = 0;
    bool has_out = table_bytes(t, row, 0, &out), has_in = table_bytes(t, row, 1, &in);
    want->rows++;
    want->orig_bytes += has_out ? out : 0;
    want->resp_bytes += has_in ? in : 0;
    want->rows_without_bytes += !has_out && !has_in;
    if (resp != ADDR_MISSING) {
        enum addr_place place = addr_place(table_addr(t, resp));
        bool outside = judge_is_outside(c, table_addr(t, resp));
        want->outward[0] += outside && has_out ? out : 0;
        want->outward[1] += outside && has_in ? in : 0;
        want->routine_rows += place == PLACE_MULTICAST || place == PLACE_BROADCAST ||
                              (codes->udp[proto] && TABLE_AT(t, row, resp_p) == 123);
    }
    if (codes->icmp[proto])
        want->icmp_rows += (TABLE_AT(t, row, flags) & ROW_NO_ORIG_P) == 0;
    else
        want->port_rows += (TABLE_AT(t, row, flags) & ROW_NO_RESP_P) == 0;
    want->tcp_rows += codes->tcp[proto];
    want->failed_rows += codes->tcp[proto] && codes->failed[state];
    if (codes->outcome[state] < N_OUTCOMES && !codes->icmp[proto])
        want->outcome[codes->outcome[state]]++;
    if (us == TIME_MISSING)
        return;
    want->first_ts_us = us < want->first_ts_us ? us : want->first_ts_us;
    want->last_ts_us = us > want->last_ts_us ? us : want->last_ts_us;
    want->timeline[(uint64_t)(us - t->first_ts_us) * PROFILE_TIMELINE /
                   ((uint64_t)(t->last_ts_us - t->first_ts_us) + 1)]++;
}

static bool has_top_pair(const struct profile *p, const struct table *t, uint64_t row)
{
    return TABLE_AT(t, row, orig) == p->pair[0].orig && TABLE_AT(t, row, resp) == p->pair[0].resp &&
           TABLE_AT(t, row, resp_p) == p->pair[0].resp_p &&
           TABLE_AT(t, row, cat[CAT_PROTO]) == p->pair[0].proto;
}

static void expect_facts(const struct profile *p, const struct profile *want)
{
    assert_int_equal(p->rows, want->rows);
    assert_int_equal(p->orig_bytes, want->orig_bytes);
    assert_int_equal(p->resp_bytes, want->resp_bytes);
    assert_int_equal(p->rows_without_bytes, want->rows_without_bytes);
    assert_memory_equal(p->outward, want->outward, sizeof want->outward);
    assert_true(p->outward[0] > 0);
    assert_int_equal(p->routine_rows, want->routine_rows);
    assert_true(p->routine_rows > 0);
    assert_int_equal(p->port_rows, want->port_rows);
    assert_int_equal(p->icmp_rows, want->icmp_rows);
    assert_true(p->icmp_rows > 0);
    assert_int_equal(p->tcp_rows, want->tcp_rows);
    assert_int_equal(p->failed_rows, want->failed_rows);
    assert_int_equal(p->first_ts_us, want->first_ts_us);
    assert_int_equal(p->last_ts_us, want->last_ts_us);
    assert_memory_equal(p->outcome, want->outcome, sizeof want->outcome);
    assert_memory_equal(p->timeline, want->timeline, sizeof want->timeline);
}

/* The rhythm of a profile's commonest pair in one cluster, or (0) in the whole log. */
static struct rhythm rhythm_in(const struct profile *p, const struct clustering *c,
                               const struct table *t, uint32_t number, uint64_t *n_rows)
{
    int64_t *ts = mem_alloc(t->n_rows, sizeof *ts);
    struct rhythm rhythm;
    size_t n_times = 0;
    *n_rows = 0;
    for (uint64_t row = 0; row < t->n_rows; row++) {
        if (!has_top_pair(p, t, row) || (number != 0 && clustering_of_row(c, row) != number))
            continue;
        ++*n_rows;
        if (TABLE_AT(t, row, ts_us) != TIME_MISSING)
            ts[n_times++] = TABLE_AT(t, row, ts_us);
    }
    assert_true(n_times >= 2);
    rhythm = rhythm_measure(ts, n_times);
    mem_free(ts);
    return rhythm;
}

static void expect_same_rhythm(const struct rhythm *r, const struct rhythm *want)
{
    assert_int_equal(r->first_us, want->first_us);
    assert_int_equal(r->last_us, want->last_us);
    assert_true(r->regularity == want->regularity);
    assert_true(r->median_gap_s == want->median_gap_s);
    assert_true(r->mad_gap_s == want->mad_gap_s);
}

/* What profiles say of many rows is what looking at one row after the other gives. */
static void test_many_rows(void **state)
{
    struct fixture_clustering f;
    struct table *t;
    struct codes codes;
    int spread = 0;
    (void)state;
    build_many(&f, &t, 3);
    codes_init(&codes, t);
    for (uint32_t number = 1; number <= MANY_K; number++) {
        const struct profile *p = &f.c.profile[number - 1];
        struct profile want = {.first_ts_us = INT64_MAX, .last_ts_us = INT64_MIN};
        struct rhythm here, all;
        uint64_t n;
        for (uint64_t row = 0; row < MANY; row++)
            if (clustering_of_row(&f.c, row) == number)
                see(&want, &f.c, t, &codes, row);
        expect_facts(p, &want);
        here = rhythm_in(p, &f.c, t, number, &n);
        assert_int_equal(p->pair[0].rows, n);
        expect_same_rhythm(&p->rhythm, &here);
        all = rhythm_in(p, &f.c, t, 0, &n);
        assert_int_equal(p->pair_log_rows, n);
        spread += n > p->pair[0].rows;
        expect_same_rhythm(&p->pair_rhythm, &all);
    }
    assert_true(spread > 0);
    fixture_clustering_free(&f);
    table_unref(t);
}

#define CALLS 40

/* A log of one pair that calls at these times, in tenths of a second, with a label for each. */
static void build_calls(struct fixture_clustering *f, struct table **t, const uint32_t *at,
                        const uint8_t *label_of_call)
{
    static char text[CALLS][128];
    const char *row[CALLS];
    double value[CALLS] = {0};
    struct err err = ERR_INIT;
    for (int i = 0; i < CALLS; i++) {
        (void)snprintf(text[i], sizeof text[i],
                       "%u.%u\t10.0.0.1\t4000\t10.0.0.2\t80\ttcp\t-\t1\t0\t0\tSF",
                       1000 + at[i] / 10, at[i] % 10);
        row[i] = text[i];
    }
    *t = fixture_table(row, CALLS);
    fixture_clustering(f, *t, label_of_call, value, 2);
    assert_int_equal(fixture_profile(f, *t, NULL, NULL, &err), 0);
}

static void expect_why(const struct fixture_clustering *f, uint32_t number, const char *want)
{
    assert_string_equal(f->c.profile[number - 1].why, want);
}

/* A series that was cut in two calls as often as it does, not half as often: so say both parts. */
static void test_rhythm_of_a_series_that_was_cut(void **state)
{
    struct fixture_clustering f;
    struct table *t;
    uint32_t at[CALLS];
    uint8_t label[CALLS];
    (void)state;
    for (uint32_t i = 0; i < CALLS; i++) {
        at[i] = 115 * i;
        label[i] = (uint8_t)(i % 2);
    }
    build_calls(&f, &t, at, label);
    expect_why(&f, 1,
               "REGULAR 10.0.0.1 -> 10.0.0.2 tcp/80: 100 % completed, every 11.5 s (+-0 %), "
               "50 % of its calls here, no bytes");
    expect_why(&f, 2,
               "REGULAR 10.0.0.1 -> 10.0.0.2 tcp/80: 100 % completed, every 11.5 s (+-0 %), "
               "50 % of its calls here, no bytes (as 1)");
    fixture_clustering_free(&f);
    table_unref(t);
    /* What was filtered out is called all the same; that a few calls are elsewhere is not said. */
    for (uint32_t i = 0; i < CALLS; i++)
        label[i] = i % 4 == 3 ? 255 : i == 4 ? 1 : 0;
    build_calls(&f, &t, at, label);
    expect_why(&f, 1,
               "REGULAR 10.0.0.1 -> 10.0.0.2 tcp/80: 100 % completed, every 11.5 s (+-0 %), "
               "73 % of its calls here, no bytes");
    fixture_clustering_free(&f);
    table_unref(t);
    for (uint32_t i = 0; i < CALLS; i++)
        label[i] = i == 4 ? 1 : 0;
    build_calls(&f, &t, at, label);
    expect_why(&f, 1,
               "REGULAR 10.0.0.1 -> 10.0.0.2 tcp/80: 100 % completed, every 11.5 s (+-0 %), "
               "no bytes");
    fixture_clustering_free(&f);
    table_unref(t);
}

/* Two series of one pair that were told apart: the one by the clock keeps its rhythm, and whose it is, is said. */
static void test_rhythm_of_a_series_among_others(void **state)
{
    struct fixture_clustering f;
    struct table *t;
    uint32_t at[CALLS];
    uint8_t label[CALLS];
    (void)state;
    for (uint32_t i = 0; i < CALLS; i++) {
        label[i] = i % 2;
        at[i] = 600 * (i / 2) + (i % 2 == 0 ? 0 : 37 + i * i * 7 % 523);
    }
    build_calls(&f, &t, at, label);
    expect_why(&f, 1,
               "REGULAR 10.0.0.1 -> 10.0.0.2 tcp/80: 100 % completed, every 60.0 s (+-0 %) "
               "by the 50 % of its calls here, no bytes");
    fixture_clustering_free(&f);
    table_unref(t);
}

static void test_inertia_is_kept(void **state)
{
    struct fixture_clustering f;
    struct err err = ERR_INIT;
    struct table *t = fixture_table(rows, N);
    (void)state;
    fixture_clustering(&f, t, labels, values, 2);
    f.c.profile[1].inertia = 42;
    assert_int_equal(fixture_profile(&f, t, NULL, NULL, &err), 0);
    assert_true(f.c.profile[1].inertia == 42);
    fixture_clustering_free(&f);
    table_unref(t);
}

static void test_cancel(void **state)
{
    struct fixture_clustering f;
    struct err err = ERR_INIT;
    struct table *t = fixture_table(rows, N);
    struct job *job = job_new();
    (void)state;
    assert_non_null(job);
    job_cancel(job);
    fixture_clustering(&f, t, labels, values, 2);
    assert_int_equal(fixture_profile(&f, t, NULL, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    fixture_clustering_free(&f);
    table_unref(t);
    job_free(job);
}

/* Each allocation fails once: an error, or the sentence that says so; never a crash or a leak. */
static void test_memory(void **state)
{
    struct table *t = fixture_table(rows, N);
    int failures = 0;
    (void)state;
    for (uint64_t n = 1; n < 60; n++) {
        struct fixture_clustering f;
        struct err err = ERR_INIT;
        fixture_clustering(&f, t, labels, values, 2);
        mem_fail_at(n, false);
        if (fixture_profile(&f, t, NULL, NULL, &err) != 0) {
            assert_int_equal(err.code, ERR_LIMIT);
            failures++;
        }
        mem_fail_at(0, false);
        fixture_clustering_free(&f);
    }
    assert_true(failures > 10);
    table_unref(t);
}

static void test_copy_text(void **state)
{
    static const struct {
        struct span in;
        size_t size;
        const char *want;
    } cases[] = {
        {{"abc", 3}, 8, "abc"},
        {{"abcdefgh", 8}, 8, "abcdefg"},
        {{"a\0b", 3}, 8, "a\\x00b"},
        {{"ab\0", 3}, 6, "ab"},
        {{"abc\xc3\xa9", 5}, 5, "abc"}, /* a character is not cut */
        {{"abc\xc3\xa9", 5}, 6, "abc\xc3\xa9"},
        {{"\xff\xfe", 2}, 8, "\xff\xfe"},
        {{"", 0}, 1, ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char out[16];
        reasons_copy_text(out, cases[i].size, cases[i].in);
        assert_string_equal(out, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_tops),
        cmocka_unit_test(test_timeline),
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_threads_agree),
        cmocka_unit_test(test_inertia_is_kept),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_copy_text),
        cmocka_unit_test(test_rhythm_of_a_series_that_was_cut),
        cmocka_unit_test(test_rhythm_of_a_series_among_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
