/* Members of clusters of pairs and hosts. */
#include "core/query/members.h"

#include "tests/unit/unit.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/query/rowset.h"
#include "tests/unit/logfile.h"

#define ROW(ts, orig, resp, port, bytes)                                                           \
    ts "\tC" ts "\t10.0.0." orig "\t1\t10.0.0." resp "\t" port "\ttcp\t1.5\t" bytes "\t7\tSF\tT\n"

/* Host 1: rows 0 2 4 6 (every 20 s, three to 9:80, one to 8:80); host 2: rows 1 5; host 3: row 3. */
static const char text[] = LOG_FIELDS ROW("10.0", "1", "9", "80", "100")
    ROW("15.0", "2", "9", "80", "7") ROW("30.0", "1", "9", "80", "200")
        ROW("31.0", "3", "9", "80", "9") ROW("50.0", "1", "8", "80", "300")
            ROW("55.0", "2", "9", "443", "-") ROW("70.0", "1", "9", "80", "400");

struct world {
    char path[64];
    struct table *t;
    struct clustering *c;
    struct err err;
};

static void open_world(struct world *w, const char *recipe)
{
    struct recipe r = recipe_of(recipe);
    *w = (struct world){.err = ERR_INIT};
    w->t = log_load(text, w->path);
    w->c = clustering_fit(w->t, &r, &(struct fit_opts){.env = NULL}, &w->err);
    if (w->c == NULL)
        fail_msg("%s", w->err.text);
    recipe_release(&r);
}

static void close_world(struct world *w)
{
    clustering_unref(w->c);
    table_unref(w->t);
    (void)unlink(w->path);
}

static void hosts(void **state)
{
    struct world w;
    struct members m;
    (void)state;
    open_world(&w, "unit = host\nk = 1\nfeature = num(orig_bytes)\n");
    assert_int_equal(members_of_cluster(&m, w.t, w.c, 1, NULL, &w.err), 0);
    assert_int_equal(m.n, 3);
    assert_int_equal(m.item[0].first_row, 0);
    assert_int_equal(m.item[0].rows, 4);
    assert_int_equal(m.item[0].orig_bytes, 1000);
    assert_int_equal(m.item[0].resp_bytes, 28);
    assert_int_equal(m.item[0].targets, 2);
    assert_true(m.item[0].rhythm.median_gap_s == 20);
    assert_true(m.item[0].rhythm.regularity == 1);
    assert_int_equal(m.item[1].first_row, 1);
    assert_int_equal(m.item[1].rows, 2);
    assert_int_equal(m.item[1].orig_bytes, 7);
    assert_int_equal(m.item[1].targets, 1);
    assert_true(m.item[1].rhythm.median_gap_s == 40);
    assert_int_equal(m.item[2].rows, 1);
    assert_true(isnan(m.item[2].rhythm.median_gap_s));
    members_release(&m);
    close_world(&w);
}

static void pairs(void **state)
{
    static const uint64_t rows[] = {3, 1, 1, 1, 1};
    static const uint32_t first[] = {0, 1, 3, 4, 5};
    struct world w;
    struct members m;
    struct rowset set;
    uint64_t sum = 0;
    (void)state;
    open_world(&w, "unit = pair\nk = 1\nfeature = num(orig_bytes)\nmissing = zero\n");
    assert_int_equal(members_of_cluster(&m, w.t, w.c, 1, NULL, &w.err), 0);
    assert_int_equal(m.n, 5);
    for (uint64_t i = 0; i < m.n; i++) {
        assert_int_equal(m.item[i].rows, rows[i]);
        assert_int_equal(m.item[i].first_row, first[i]);
        /* Its rows, from there. */
        assert_int_equal(rowset_of_observation(&set, w.t, w.c, m.item[i].obs, NULL, &w.err), 0);
        assert_int_equal(set.n, rows[i]);
        assert_int_equal(set.row[0], first[i]);
        sum += set.n;
        rowset_release(&set);
    }
    assert_int_equal(sum, 7);
    members_release(&m);
    close_world(&w);
}

/* The members of all clusters are all observations, each once. */
static void clusters_share_nothing(void **state)
{
    struct world w;
    uint64_t rows = 0, observations = 0;
    (void)state;
    open_world(&w, "unit = pair\nk = 3\nwhere = orig_bytes>8\nfeature = num(orig_bytes)\n");
    for (uint32_t number = 1; number <= w.c->k; number++) {
        struct members m;
        assert_int_equal(members_of_cluster(&m, w.t, w.c, number, NULL, &w.err), 0);
        assert_int_equal(m.n, w.c->profile[number - 1].observations);
        observations += m.n;
        for (uint64_t i = 0; i < m.n; i++) {
            assert_int_equal(w.c->label[m.item[i].obs] + 1u, number);
            rows += m.item[i].rows;
        }
        members_release(&m);
    }
    assert_int_equal(observations, 3);
    assert_int_equal(rows, 5);
    close_world(&w);
}

static void trouble(void **state)
{
    struct world w;
    struct members m;
    struct job *job = job_new();
    (void)state;
    open_world(&w, "unit = pair\nk = 1\nfeature = num(orig_bytes)\nmissing = zero\n");
    job_cancel(job);
    assert_int_equal(members_of_cluster(&m, w.t, w.c, 1, job, &w.err), -1);
    assert_int_equal(w.err.code, ERR_CANCELLED);
    job_free(job);
    for (uint64_t n = 1; n < 50; n++) {
        int rc;
        w.err = (struct err)ERR_INIT;
        mem_fail_at(n, true);
        rc = members_of_cluster(&m, w.t, w.c, 1, NULL, &w.err);
        mem_fail_at(0, false);
        if (rc == 0) {
            assert_true(n > 4);
            members_release(&m);
            break;
        }
        assert_int_equal(w.err.code, ERR_LIMIT);
        assert_null(m.item);
    }
    close_world(&w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts),
        cmocka_unit_test(pairs),
        cmocka_unit_test(clusters_share_nothing),
        cmocka_unit_test(trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
