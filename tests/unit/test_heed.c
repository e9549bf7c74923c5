/* heed.h and clustering_heed: counts, sentences, headline, suspicion and alerts by verdict. */
#include "tests/unit/conn_fixture.h"
#include "tests/unit/log_fixture.h"

#include "core/cluster/heed.h"
#include "core/cluster/judge.h"

#define CALL(ts, orig) ts "\t" orig "\t1\t6.6.6.6\t443\ttcp\t-\t1\t900000\t5\tSF"
#define TALK(ts, orig) ts "\t" orig "\t1\t10.0.0.9\t80\ttcp\t-\t1\t10\t10\tSF"

/* Cluster 1: 12 calls of one host to 6.6.6.6, a minute apart; cluster 2: four others. */
static const char *const row[] = {
    CALL("60", "10.0.0.1"),  CALL("120", "10.0.0.1"), CALL("180", "10.0.0.1"),
    CALL("240", "10.0.0.1"), CALL("300", "10.0.0.1"), CALL("360", "10.0.0.1"),
    CALL("420", "10.0.0.1"), CALL("480", "10.0.0.1"), CALL("540", "10.0.0.1"),
    CALL("600", "10.0.0.1"), CALL("660", "10.0.0.1"), CALL("720", "10.0.0.1"),
    TALK("100", "10.0.0.2"), TALK("200", "10.0.0.3"), TALK("300", "10.0.0.4"),
    TALK("400", "10.0.0.2"),
};

/* A clustering by hand that its own fields own: two clusters, excluded row 15. */
static struct table *by_hand(struct fixture_clustering *f, const struct verdicts *v)
{
    static const uint8_t label[ARRAY_LEN(row)] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 255};
    static const double value[ARRAY_LEN(row)] = {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 1, 1, 1, 0};
    struct err err = ERR_INIT;
    struct table *t = fixture_table(row, ARRAY_LEN(row));
    fixture_clustering(f, t, label, value, 2);
    if (v != NULL) {
        f->c.verdicts = verdicts_bind(v, t, &err);
        assert_non_null(f->c.verdicts);
    }
    if (fixture_profile(f, t, NULL, NULL, &err) != 0)
        fail_msg("%s", err.text);
    return t;
}

static void let_go(struct table *t, struct fixture_clustering *f)
{
    verdict_map_unref(f->c.verdicts);
    fixture_clustering_free(f);
    table_unref(t);
}

static struct verdicts *parsed(const char *text)
{
    struct err err = ERR_INIT;
    struct verdicts *v = verdicts_parse("v", span_of(text), &err);
    if (v == NULL)
        fail_msg("%s", err.text);
    return v;
}

static void expect_counts(const char *text, const uint64_t benign[2], const uint64_t suspect[2],
                          const char *says1, const char *says2, const char *headline)
{
    struct verdicts *v = parsed(text);
    struct fixture_clustering f;
    struct table *t;
    const char *says[2] = {says1, says2};
    t = by_hand(&f, v);
    for (int i = 0; i < 2; i++) {
        const struct profile *p = &f.c.profile[i];
        const char *tail = strstr(p->why, "; verdicts: ");
        assert_int_equal(p->benign_rows, benign[i]);
        assert_int_equal(p->suspect_rows, suspect[i]);
        assert_string_equal(tail == NULL ? "" : tail + 12, says[i]);
    }
    assert_int_equal(f.c.benign_rows, benign[0] + benign[1]);
    assert_int_equal(f.c.suspect_rows, suspect[0] + suspect[1]);
    assert_int_equal(f.c.suspect_clusters, (suspect[0] > 0) + (suspect[1] > 0));
    heed_headline(&f.c);
    assert_string_equal(f.c.headline, headline);
    verdicts_unref(v);
    let_go(t, &f);
}

#define TWO(a, b) ((const uint64_t[2]){a, b})

static void rows_are_counted_and_said(void **state)
{
    (void)state;
    expect_counts("", TWO(0, 0), TWO(0, 0), "", "", "");
    expect_counts("6.6.6.6\n", TWO(0, 0), TWO(12, 0), "12 rows suspect", "",
                  "12 rows match the verdicts as suspect (1 cluster)");
    /* The excluded row counts nowhere. */
    expect_counts("10.0.0.2\n", TWO(0, 0), TWO(0, 1), "", "1 row suspect",
                  "1 row matches the verdicts as suspect (1 cluster)");
    /* One benign row of three is not worth a word; two are. */
    expect_counts("benign addr = 10.0.0.3\n", TWO(0, 1), TWO(0, 0), "", "", "");
    expect_counts("benign addr = 10.0.0.3\nbenign addr = 10.0.0.4\n", TWO(0, 2), TWO(0, 0), "",
                  "2 rows benign", "");
    expect_counts("benign net = 10.0.0.0/8\n10.0.0.3\nsuspect pair = 10.0.0.1 6.6.6.6 443 tcp\n",
                  TWO(0, 2), TWO(12, 1), "12 rows suspect", "1 row suspect, 2 rows benign",
                  "13 rows match the verdicts as suspect (2 clusters)");
}

static void suspect_rows_stand_before_the_rest_of_the_headline(void **state)
{
    struct clustering c = {.suspect_rows = 1234, .suspect_clusters = 2};
    (void)state;
    (void)snprintf(c.headline, sizeof c.headline, "99 %% of TCP refused or unanswered");
    heed_headline(&c);
    assert_string_equal(c.headline, "1,234 rows match the verdicts as suspect (2 clusters); 99 % "
                                    "of TCP refused or unanswered");
    /* What is too long is cut, not lost from the front. */
    memset(c.headline, 'x', sizeof c.headline - 1);
    heed_headline(&c);
    assert_int_equal(strlen(c.headline), sizeof c.headline - 1);
    assert_int_equal(strncmp(c.headline, "1,234 rows match", 16), 0);
}

static void benign_rows_take_their_share_of_suspicion(void **state)
{
    struct verdicts *v = parsed("benign addr = 6.6.6.6\n");
    struct fixture_clustering plain, benign;
    struct table *a, *b;
    (void)state;
    a = by_hand(&plain, NULL);
    b = by_hand(&benign, v);
    assert_true(plain.c.profile[0].suspicion.score > 0.5);
    assert_true(benign.c.profile[0].suspicion.score == 0);
    for (int part = 0; part < N_SUSPICIONS; part++)
        assert_true(benign.c.profile[0].suspicion.of[part] == 0);
    assert_true(benign.c.profile[1].suspicion.score == plain.c.profile[1].suspicion.score);
    verdicts_unref(v);
    let_go(a, &plain);
    let_go(b, &benign);
}

static void alerts_are_outside_the_verdicts(void **state)
{
    struct profile p = {.rows = 10, .suspicion = {.score = 0.5}};
    (void)state;
    assert_true(heed_alert(&p, 0.5));
    assert_false(heed_alert(&p, 0.51));
    assert_true(heed_alert(&p, 0));
    p.benign_rows = 4;
    assert_true(heed_alert(&p, 0.5));
    p.benign_rows = 5;
    assert_false(heed_alert(&p, 0.5));
    assert_false(heed_alert(&p, 0));
}

/* ---- a result under other verdicts ---- */

/* The rows above in a file: a fit reads them again. */
static struct table *loaded(void)
{
    const char *paths[] = {log_path};
    struct load_opts opts = {.path = paths, .n_paths = 1, .threads = 1};
    struct err err = ERR_INIT;
    struct buf text = BUF_INIT;
    struct table *t;
    buf_add_text(&text, "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n"
                        "#unset_field\t-\n#path\tconn\n#fields\t" CONN_FIELDS "\n");
    for (size_t i = 0; i < ARRAY_LEN(row); i++)
        buf_printf(&text, "%s\n", row[i]);
    put(log_path, text.ptr, text.len);
    buf_release(&text);
    t = load_table(&opts, NULL, &err);
    if (t == NULL)
        fail_msg("%s", err.text);
    return t;
}

static struct clustering *fitted(const struct table *t, const struct verdicts *v)
{
    struct err err = ERR_INIT;
    struct recipe r;
    struct clustering *c;
    assert_int_equal(recipe_init(&r, &err), 0);
    assert_int_equal(recipe_set_features(&r, "log(orig_bytes)", &err), 0);
    assert_int_equal(recipe_set_k(&r, "2", &err), 0);
    c = clustering_fit(t, &r, &(struct fit_opts){.verdicts = v}, &err);
    if (c == NULL)
        fail_msg("%s", err.text);
    recipe_release(&r);
    return c;
}

static void same_judgement(const struct clustering *a, const struct clustering *b)
{
    assert_int_equal(a->k, b->k);
    for (uint32_t i = 0; i < a->k; i++) {
        assert_string_equal(a->profile[i].why, b->profile[i].why);
        assert_int_equal(a->profile[i].benign_rows, b->profile[i].benign_rows);
        assert_int_equal(a->profile[i].suspect_rows, b->profile[i].suspect_rows);
        assert_true(a->profile[i].suspicion.score == b->profile[i].suspicion.score);
    }
    assert_string_equal(a->headline, b->headline);
    assert_int_equal(a->suspect_rows, b->suspect_rows);
    assert_int_equal(a->suspect_clusters, b->suspect_clusters);
}

static void the_same_clusters_under_other_verdicts(void **state)
{
    struct table *t = loaded();
    struct verdicts *v = parsed("6.6.6.6\nbenign addr = 10.0.0.2\n"), *none = parsed("");
    struct err err = ERR_INIT;
    struct clustering *plain = fitted(t, NULL), *with = fitted(t, v), *heeded, *again, *back;
    (void)state;
    assert_null(plain->verdicts);
    assert_ptr_equal(verdict_map_of(with->verdicts), v);
    heeded = clustering_heed(plain, t, v, NULL, &err);
    assert_non_null(heeded);
    same_judgement(heeded, with);
    assert_ptr_equal(heeded->label, plain->label);
    /* The first result may go; the second stands on it. */
    clustering_unref(plain);
    again = clustering_heed(heeded, t, none, NULL, &err);
    assert_non_null(again);
    assert_ptr_equal(again->base, heeded->base);
    clustering_unref(heeded);
    back = clustering_heed(again, t, NULL, NULL, &err);
    clustering_unref(again);
    assert_null(back->verdicts);
    plain = fitted(t, NULL);
    same_judgement(back, plain);
    assert_int_equal(clustering_of_row(back, 0), clustering_of_row(plain, 0));
    clustering_unref(plain);
    clustering_unref(back);
    clustering_unref(with);
    verdicts_unref(v);
    verdicts_unref(none);
    table_unref(t);
}

static void a_stopped_or_starved_run_leaves_the_old_result(void **state)
{
    struct table *t = loaded();
    struct verdicts *v = parsed("6.6.6.6\n");
    struct clustering *c = fitted(t, NULL), *heeded = NULL;
    struct job *job = job_new();
    struct err err = ERR_INIT;
    (void)state;
    job_cancel(job);
    assert_null(clustering_heed(c, t, v, job, &err));
    assert_int_equal(err.code, ERR_CANCELLED);
    for (uint64_t at = 1; heeded == NULL; at++) {
        err = (struct err)ERR_INIT;
        mem_fail_at(at, true);
        heeded = clustering_heed(c, t, v, NULL, &err);
        mem_fail_at(0, false);
        /* A sentence that does not fit in memory says so; the rest is an error. */
        assert_int_equal(err.code, heeded == NULL ? ERR_LIMIT : ERR_OK);
        assert_true(at < 100);
    }
    assert_int_equal(c->profile[0].suspect_rows + c->profile[1].suspect_rows, 0);
    job_free(job);
    clustering_unref(heeded);
    clustering_unref(c);
    verdicts_unref(v);
    table_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_counted_and_said),
        cmocka_unit_test(suspect_rows_stand_before_the_rest_of_the_headline),
        cmocka_unit_test(benign_rows_take_their_share_of_suspicion),
        cmocka_unit_test(alerts_are_outside_the_verdicts),
        cmocka_unit_test_setup_teardown(the_same_clusters_under_other_verdicts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stopped_or_starved_run_leaves_the_old_result, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
