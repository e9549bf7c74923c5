/* What a profile counts. */
#include "tests/unit/conn_fixture.h"

#include <math.h>

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
    assert_int_equal(profile_build(&f->c, *t, &f->m, pool, NULL, &err), 0);
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

static void test_threads_agree(void **state)
{
    struct fixture_clustering one, four;
    struct parallel *pool = parallel_new(4);
    struct table *t, *u;
    (void)state;
    assert_non_null(pool);
    build(&one, &t, NULL);
    build(&four, &u, pool);
    for (int i = 0; i < 2; i++) {
        blank_padding(&one.c.profile[i]);
        blank_padding(&four.c.profile[i]);
        assert_memory_equal(&one.c.profile[i], &four.c.profile[i], sizeof one.c.profile[i]);
    }
    fixture_clustering_free(&one);
    fixture_clustering_free(&four);
    table_unref(t);
    table_unref(u);
    parallel_free(pool);
}

static void test_inertia_is_kept(void **state)
{
    struct fixture_clustering f;
    struct err err = ERR_INIT;
    struct table *t = fixture_table(rows, N);
    (void)state;
    fixture_clustering(&f, t, labels, values, 2);
    f.c.profile = mem_zalloc(2, sizeof *f.c.profile);
    f.c.profile[1].inertia = 42;
    assert_int_equal(profile_build(&f.c, t, &f.m, NULL, NULL, &err), 0);
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
    assert_int_equal(profile_build(&f.c, t, &f.m, NULL, job, &err), -1);
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
        if (profile_build(&f.c, t, &f.m, NULL, NULL, &err) != 0) {
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
        cmocka_unit_test(test_counts),          cmocka_unit_test(test_tops),
        cmocka_unit_test(test_timeline),        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_reasons),         cmocka_unit_test(test_threads_agree),
        cmocka_unit_test(test_inertia_is_kept), cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_memory),          cmocka_unit_test(test_copy_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
