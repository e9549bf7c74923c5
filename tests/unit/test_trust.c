/* Stability over seeds, and the ladder of k. */
#include "core/cluster/trust.h"

#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "tests/unit/logfile.h"

static void rungs_stay_in_range(void **state)
{
    static const struct {
        uint32_t k, n, rung[TRUST_RUNGS];
    } cases[] = {
        {1, 2, {1, 2}},
        {2, 4, {1, 2, 3, 4}},
        {7, 6, {2, 4, 5, 7, 11, 14}},
        {24, 6, {6, 12, 18, 24, 36, 48}},
        {200, 5, {50, 100, 150, 200, 256}},
        {256, 4, {64, 128, 192, 256}},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint32_t got[TRUST_RUNGS];
        assert_int_equal(trust_rungs(cases[i].k, got), cases[i].n);
        for (uint32_t j = 0; j < cases[i].n; j++)
            assert_int_equal(got[j], cases[i].rung[j]);
    }
}

static void clusters_are_compared_by_their_members(void **state)
{
    /* Cluster 0 is the same under another number; 1 lost one of four (3/4: just enough); 2 lost one
     * of three and got that one: of four in either, two are in both. */
    static const uint8_t a[] = {0, 0, 0, 1, 1, 1, 1, 2, 2, 2};
    static const uint8_t b[] = {2, 2, 2, 0, 0, 0, 1, 1, 1, 2};
    static const uint8_t one[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    bool same[4];
    (void)state;
    assert_int_equal(trust_reformed(a, 3, b, 3, 10, same), 2);
    assert_true(same[0] && same[1] && !same[2]);
    assert_int_equal(trust_reformed(b, 3, a, 3, 10, same), 2);
    assert_true(same[0] && !same[1] && same[2]);
    assert_int_equal(trust_reformed(a, 3, a, 3, 10, NULL), 3);
    assert_int_equal(trust_reformed(a, 3, one, 1, 10, same), 0);
    assert_int_equal(trust_reformed(one, 1, one, 1, 10, same), 1);
    mem_fail_at(1, true);
    assert_int_equal(trust_reformed(a, 3, b, 4, 10, same), -1);
    mem_fail_at(0, false);
}

/* A group that another seed cuts in two is the same group; half of it, or two together, is not. */
static void pieces_of_a_cluster_are_that_cluster(void **state)
{
    static const uint8_t whole[] = {0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2};
    static const uint8_t cut[] = {3, 3, 3, 0, 0, 0, 1, 1, 2, 2, 0};
    bool same[4];
    (void)state;
    assert_int_equal(trust_reformed(whole, 3, cut, 4, 11, same), 2);
    assert_true(same[0] && same[1] && !same[2]); /* 6 of 7; 2 of 2; 2 of 3 */
    assert_int_equal(trust_reformed(cut, 4, whole, 3, 11, same), 1);
    assert_true(!same[0] && same[1] && !same[2] && !same[3]);
}

static void a_word_only_when_in_doubt(void **state)
{
    struct trust trust = {.runs = 5, .k = 3, .reformed = {3, 4, 5}};
    char text[48];
    (void)state;
    assert_true(trust_unstable(&trust, 1));
    assert_false(trust_unstable(&trust, 2));
    assert_false(trust_unstable(&trust, 3));
    assert_false(trust_unstable(&trust, 0));
    assert_false(trust_unstable(&trust, 4));
    assert_string_equal(trust_text(&trust, 1, text, sizeof text), "re-forms in 3 of 5 runs");
    trust = (struct trust){.runs = 1, .k = 1};
    assert_string_equal(trust_text(&trust, 1, text, sizeof text), "re-forms in 0 of 1 run");
}

/* Two tight groups far apart, 40 rows each, and between them nothing to hold on to. */
static char *groups(void)
{
    static char text[32768];
    int at = snprintf(text, sizeof text, "%s", LOG_FIELDS);
    for (int i = 0; i < 80; i++)
        at += snprintf(text + at, sizeof text - (size_t)at,
                       "%d.0\tC%d\t10.0.0.%d\t1\t10.0.0.9\t80\ttcp\t1.5\t%d\t7\tSF\tT\n", i + 1, i,
                       i % 5, i % 2 == 0 ? 100 + i % 7 : 90000 + i * 37 % 4001);
    return text;
}

static void what_is_real_forms_again(void **state)
{
    char path[64];
    struct table *t = log_load(groups(), path);
    struct recipe r = recipe_of("k = 2\nstarts = 1\nfeature = num(orig_bytes)\n");
    struct err err = ERR_INIT;
    struct clustering *c = clustering_fit(t, &r, &(struct fit_opts){.env = NULL}, &err);
    struct trust trust, again;
    (void)state;
    assert_non_null(c);
    assert_int_equal(trust_measure(&trust, c, t, 4, true, NULL, NULL, &err), 0);
    assert_int_equal(trust.runs, 4);
    assert_int_equal(trust.k, 2);
    assert_int_equal(trust.reformed[0], 4);
    assert_int_equal(trust.reformed[1], 4);
    assert_int_equal(trust.n_rungs, 4);
    for (uint32_t i = 0; i < trust.n_rungs; i++) {
        assert_int_equal(trust.rung[i].k, i + 1);
        assert_true(i == 0 || trust.rung[i].inertia < trust.rung[i - 1].inertia);
        assert_in_range(trust.rung[i].reformed, 0, trust.rung[i].k);
    }
    assert_int_equal(trust.rung[0].smallest, 80);
    assert_int_equal(trust.rung[1].smallest, 40);
    assert_int_equal(trust.rung[1].reformed, 2);
    assert_true(trust.rung[1].inertia == c->inertia);
    /* The same answer every time; without the ladder none. */
    assert_int_equal(trust_measure(&again, c, t, 4, false, NULL, NULL, &err), 0);
    assert_int_equal(again.n_rungs, 0);
    assert_memory_equal(again.reformed, trust.reformed, sizeof trust.reformed);
    clustering_unref(c);
    recipe_release(&r);
    table_unref(t);
    (void)unlink(path);
}

/* Eight clusters of what are two: with other seeds the big ones are cut elsewhere. */
static void what_is_cut_by_chance_does_not(void **state)
{
    char path[64];
    struct table *t = log_load(groups(), path);
    struct recipe r = recipe_of("k = 8\nstarts = 1\nfeature = num(orig_bytes)\n");
    struct err err = ERR_INIT;
    struct clustering *c = clustering_fit(t, &r, &(struct fit_opts){.env = NULL}, &err);
    struct trust trust;
    uint32_t unstable = 0;
    (void)state;
    assert_non_null(c);
    assert_int_equal(trust_measure(&trust, c, t, 5, false, NULL, NULL, &err), 0);
    for (uint32_t number = 1; number <= c->k; number++)
        unstable += trust_unstable(&trust, number);
    assert_in_range(unstable, 1, 7);
    clustering_unref(c);
    recipe_release(&r);
    table_unref(t);
    (void)unlink(path);
}

static void trouble(void **state)
{
    char path[64];
    struct table *t = log_load(groups(), path);
    struct recipe r = recipe_of("k = 3\nstarts = 1\nfeature = num(orig_bytes)\n");
    struct err err = ERR_INIT;
    struct clustering *c = clustering_fit(t, &r, &(struct fit_opts){.env = NULL}, &err);
    struct job *job = job_new();
    struct trust trust;
    int rc = -1;
    (void)state;
    assert_non_null(c);
    job_cancel(job);
    assert_int_equal(trust_measure(&trust, c, t, 3, true, NULL, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    job_free(job);
    for (uint64_t n = 1; n < 2000 && rc != 0; n++) {
        err = (struct err)ERR_INIT;
        mem_fail_at(n, true);
        rc = trust_measure(&trust, c, t, 2, true, NULL, NULL, &err);
        mem_fail_at(0, false);
        assert_int_equal(err.code, rc == 0 ? ERR_OK : ERR_LIMIT);
    }
    assert_int_equal(rc, 0);
    clustering_unref(c);
    recipe_release(&r);
    table_unref(t);
    (void)unlink(path);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(rungs_stay_in_range),
        cmocka_unit_test(clusters_are_compared_by_their_members),
        cmocka_unit_test(pieces_of_a_cluster_are_that_cluster),
        cmocka_unit_test(a_word_only_when_in_doubt),
        cmocka_unit_test(what_is_real_forms_again),
        cmocka_unit_test(what_is_cut_by_chance_does_not),
        cmocka_unit_test(trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
