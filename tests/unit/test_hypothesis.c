/* Zooming and excluding, as what a fit is then given. */
#include "tui/model/hypothesis.h"

#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/recipe/expr.h"
#include "tests/unit/logfile.h"

#define ROW(ts, orig, port, proto, bytes)                                                          \
    ts "\tC" ts "\t" orig "\t1\t10.0.0.9\t" port "\t" proto "\t1.5\t" bytes "\t7\tSF\tT\n"

/* Cluster 1: rows 3 and 4, big ones of tcp; cluster 2: the rest. */
static const char text[] =
    LOG_FIELDS ROW("1.0", "10.0.0.1", "53", "udp", "1") ROW("2.0", "10.0.0.1", "53", "udp", "2")
        ROW("3.0", "10.0.0.2", "80", "tcp", "3") ROW("4.0", "fe80::1", "443", "tcp", "9000")
            ROW("5.0", "fe80::1", "443", "tcp", "9001") ROW("6.0", "10.0.0.1", "53", "-", "1");

struct world {
    char path[64];
    struct table *t;
    struct recipe r;
    struct clustering *c;
    struct err err;
};

static void open_world(struct world *w, const char *where)
{
    *w = (struct world){.err = ERR_INIT};
    w->t = log_load(text, w->path);
    w->r = recipe_of("k = 2\nfeature = num(orig_bytes)\n");
    assert_int_equal(recipe_set_where(&w->r, where, &w->err), 0);
    w->c = clustering_fit(w->t, &w->r, &(struct fit_opts){.env = NULL}, &w->err);
    assert_non_null(w->c);
    assert_int_equal(w->c->k, 2);
    assert_int_equal(w->c->profile[0].rows, 2);
}

static void close_world(struct world *w)
{
    clustering_unref(w->c);
    recipe_release(&w->r);
    table_unref(w->t);
    (void)unlink(w->path);
}

static void exclude(struct hypothesis *h, struct world *w, uint32_t number, enum exclude what)
{
    assert_int_equal(hypothesis_exclude(h, w->c, w->t, number, what, &w->err), 0);
}

/* What a fit gets: where, and the subsets as "1-" (drop) and "2+" (keep). */
static void expect_fit(const struct hypothesis *h, const char *where, const char *subsets)
{
    struct recipe r;
    struct subset *subset;
    struct err err = ERR_INIT;
    char got[32] = "";
    size_t n;
    assert_int_equal(hypothesis_fit(h, &r, &subset, &n, &err), 0);
    assert_string_equal(r.where, where);
    for (size_t i = 0; i < n; i++)
        (void)snprintf(got + strlen(got), sizeof got - strlen(got), "%u%c", subset[i].number,
                       subset[i].keep ? '+' : '-');
    assert_string_equal(got, subsets);
    recipe_release(&r);
    mem_free(subset);
}

static void names_what_can_be_excluded(void **state)
{
    static const char *const want[] = {"cluster 1", "protocol tcp", "source fe80::1",
                                       "pair fe80::1 -> 10.0.0.9 443/tcp"};
    static const double share[] = {1, 1, 1, 1};
    struct world w;
    (void)state;
    open_world(&w, "");
    for (int what = 0; what < N_EXCLUDES; what++) {
        struct buf out = BUF_INIT;
        double got;
        assert_true(exclude_text(w.c, w.t, 1, (enum exclude)what, &out, &got));
        assert_string_equal(buf_text(&out), want[what]);
        assert_true(got == share[what]);
        buf_release(&out);
    }
    {
        struct buf out = BUF_INIT;
        double got;
        assert_true(exclude_text(w.c, w.t, 2, EXCLUDE_SOURCE, &out, &got));
        assert_string_equal(buf_text(&out), "source 10.0.0.1");
        assert_true(got == 0.75);
        buf_release(&out);
    }
    close_world(&w);
}

static void terms_join_the_recipes_where(void **state)
{
    struct world w;
    struct hypothesis h;
    (void)state;
    open_world(&w, "orig_bytes<1M or proto=tcp");
    assert_int_equal(hypothesis_init(&h, &w.r, &w.err), 0);
    expect_fit(&h, "orig_bytes<1M or proto=tcp", "");
    exclude(&h, &w, 1, EXCLUDE_CLUSTER);
    expect_fit(&h, "orig_bytes<1M or proto=tcp", "1-");
    exclude(&h, &w, 2, EXCLUDE_PROTO);
    exclude(&h, &w, 2, EXCLUDE_SOURCE);
    exclude(&h, &w, 1, EXCLUDE_PAIR);
    assert_int_equal(h.n_excluded, 4);
    expect_fit(&h,
               "(orig_bytes<1M or proto=tcp) and not proto=\"udp\" and not src=\"10.0.0.1\" and "
               "not (src=\"fe80::1\" and dst=\"10.0.0.9\" and id.resp_p=443 and proto=\"tcp\")",
               "1-");
    /* The same again is said to be there. */
    assert_int_equal(hypothesis_exclude(&h, w.c, w.t, 2, EXCLUDE_SOURCE, &w.err), -1);
    assert_string_equal(w.err.text, "source 10.0.0.1 is excluded already");
    assert_int_equal(hypothesis_exclude(&h, w.c, w.t, 1, EXCLUDE_CLUSTER, &w.err), -1);
    assert_int_equal(h.n_excluded, 4);
    /* Taking back, from the middle. */
    hypothesis_include(&h, 1);
    hypothesis_include(&h, 2);
    hypothesis_include(&h, 7);
    assert_int_equal(h.n_excluded, 2);
    expect_fit(&h, "(orig_bytes<1M or proto=tcp) and not src=\"10.0.0.1\"", "1-");
    hypothesis_release(&h);
    close_world(&w);
}

/* More than an expression may hold is refused when it is excluded, not when it is to run. */
static void too_long_a_where_is_refused(void **state)
{
    static const char test[] = "orig_bytes<9000 or ";
    struct world w;
    struct hypothesis h;
    char where[EXPR_MAX_BYTES + 1] = "";
    size_t len = 0;
    (void)state;
    for (; len + 2 * sizeof test < EXPR_MAX_BYTES; len += sizeof test - 1)
        memcpy(where + len, test, sizeof test);
    memcpy(where + len, "proto=tcp", sizeof "proto=tcp");
    open_world(&w, where);
    assert_int_equal(hypothesis_init(&h, &w.r, &w.err), 0);
    assert_int_equal(hypothesis_exclude(&h, w.c, w.t, 1, EXCLUDE_PAIR, &w.err), -1);
    assert_int_equal(w.err.code, ERR_USAGE);
    assert_int_equal(h.n_excluded, 0);
    expect_fit(&h, where, "");
    hypothesis_release(&h);
    close_world(&w);
}

/* The terms do what they say: rows are gone, those with a missing value too. */
static void terms_drop_their_rows(void **state)
{
    static const struct {
        uint32_t number;
        enum exclude what;
        uint64_t left;
    } cases[] = {
        {2, EXCLUDE_PROTO, 4},  /* udp: rows 1 and 2 */
        {2, EXCLUDE_SOURCE, 3}, /* 10.0.0.1: rows 1, 2, 6 */
        {1, EXCLUDE_PAIR, 4},   {1, EXCLUDE_CLUSTER, 4}, {2, EXCLUDE_CLUSTER, 2},
    };
    struct world w;
    (void)state;
    open_world(&w, "");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct hypothesis h;
        struct recipe r;
        struct subset *subset;
        struct fit_opts opts = {.env = NULL};
        struct clustering *c;
        size_t n;
        assert_int_equal(hypothesis_init(&h, &w.r, &w.err), 0);
        exclude(&h, &w, cases[i].number, cases[i].what);
        assert_int_equal(hypothesis_fit(&h, &r, &subset, &n, &w.err), 0);
        assert_int_equal(subsets_scope(&opts.scope, subset, n, NULL, &w.err), 0);
        c = clustering_fit(w.t, &r, &opts, &w.err);
        assert_non_null(c);
        assert_int_equal(c->rows_clustered, cases[i].left);
        clustering_unref(c);
        scope_unref(opts.scope);
        recipe_release(&r);
        mem_free(subset);
        hypothesis_release(&h);
    }
    close_world(&w);
}

static void zooms_add_up(void **state)
{
    struct world w;
    struct hypothesis h, inner, innermost;
    (void)state;
    open_world(&w, "");
    assert_int_equal(hypothesis_init(&h, &w.r, &w.err), 0);
    exclude(&h, &w, 1, EXCLUDE_CLUSTER);
    exclude(&h, &w, 2, EXCLUDE_PROTO);
    assert_int_equal(hypothesis_zoom(&inner, &h, w.c, 2, &w.err), 0);
    assert_int_equal(hypothesis_zoom(&innermost, &inner, w.c, 1, &w.err), 0);
    hypothesis_include(&inner, 0);
    expect_fit(&h, "not proto=\"udp\"", "1-");
    expect_fit(&inner, "not proto=\"udp\"", "2+");
    expect_fit(&innermost, "not proto=\"udp\"", "2+1+1-");
    hypothesis_release(&h);
    expect_fit(&innermost, "not proto=\"udp\"", "2+1+1-");
    hypothesis_release(&inner);
    hypothesis_release(&innermost);
    close_world(&w);
}

/* Whatever allocation fails, nothing leaks and nothing is half done. */
static void short_of_memory(void **state)
{
    struct world w;
    struct hypothesis h;
    (void)state;
    open_world(&w, "proto=tcp,udp or proto=unset");
    assert_int_equal(hypothesis_init(&h, &w.r, &w.err), 0);
    exclude(&h, &w, 1, EXCLUDE_PAIR);
    for (uint64_t n = 1; n < 200; n++) {
        struct hypothesis inner;
        struct err err = ERR_INIT;
        mem_fail_at(n, true);
        int rc = hypothesis_zoom(&inner, &h, w.c, 1, &err);
        if (rc == 0)
            rc = hypothesis_exclude(&inner, w.c, w.t, 2, EXCLUDE_SOURCE, &err);
        else
            inner = (struct hypothesis){.n_zooms = 0};
        mem_fail_at(0, false);
        hypothesis_release(&inner);
        if (rc == 0)
            break;
        assert_int_equal(err.code, ERR_LIMIT);
        assert_in_range(n, 1, 150);
    }
    expect_fit(&h,
               "(proto=tcp,udp or proto=unset) and not (src=\"fe80::1\" and dst=\"10.0.0.9\" and "
               "id.resp_p=443 and proto=\"tcp\")",
               "");
    hypothesis_release(&h);
    close_world(&w);
}

/* Whatever stands where an address or a protocol should: it is refused, or its term drops its rows
 * and no others. */
static void expect_dropped(const char *orig, const char *proto, enum exclude what, bool refused)
{
    struct world w = {.err = ERR_INIT};
    struct hypothesis h;
    struct recipe r;
    struct subset *subset;
    struct clustering *c;
    size_t n;
    char log[2048];
    (void)snprintf(log, sizeof log,
                   "%s1.0\tC\t%s\t1\t10.0.0.9\t80\t%s\t1\t1\t7\tSF\tT\n"
                   "2.0\tC\t10.0.0.2\t1\t10.0.0.9\t80\tsctp\t1\t2\t7\tSF\tT\n",
                   LOG_FIELDS, orig, proto);
    w.t = log_load(log, w.path);
    w.r = recipe_of("k = 2\nfeature = num(orig_bytes)\n");
    w.c = clustering_fit(w.t, &w.r, &(struct fit_opts){.env = NULL}, &w.err);
    assert_non_null(w.c);
    assert_int_equal(hypothesis_init(&h, &w.r, &w.err), 0);
    if (hypothesis_exclude(&h, w.c, w.t, clustering_of_row(w.c, 0), what, &w.err) != 0) {
        if (!refused || w.err.code != ERR_USAGE)
            fail_msg("%s %s: %s", orig, proto, w.err.text);
        assert_int_equal(h.n_excluded, 0);
    } else {
        assert_false(refused);
        if (hypothesis_fit(&h, &r, &subset, &n, &w.err) != 0)
            fail_msg("%s: %s", h.excluded[0].term, w.err.text);
        c = clustering_fit(w.t, &r, &(struct fit_opts){.env = NULL}, &w.err);
        if (c == NULL || clustering_of_row(c, 0) != 0 || clustering_of_row(c, 1) == 0)
            fail_msg("%s leaves other rows: %s", r.where, w.err.text);
        clustering_unref(c);
        recipe_release(&r);
        mem_free(subset);
    }
    hypothesis_release(&h);
    close_world(&w);
}

static void hostile_values(void **state)
{
    static const char *const junk[] = {"a\"b",       "a\\\\b",         "\\",  "\"",
                                       "\\x00\\x0a", "\xff\x1b[2J",    "a,b", "a b)or(c",
                                       "10.0.0.0/8", "\\x22\\x5c\\x09"};
    static const char *const missing[] = {"unset", "-", "\\x2d"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(junk); i++) {
        expect_dropped(junk[i], "tcp", EXCLUDE_SOURCE, true);
        expect_dropped(junk[i], "tcp", EXCLUDE_PAIR, true);
        expect_dropped("10.0.0.3", junk[i], EXCLUDE_PROTO, strstr(junk[i], "x00") != NULL);
        expect_dropped("10.0.0.3", junk[i], EXCLUDE_PAIR, strstr(junk[i], "x00") != NULL);
    }
    expect_dropped("-", "tcp", EXCLUDE_PAIR, false);
    for (size_t i = 0; i < ARRAY_LEN(missing); i++)
        expect_dropped("10.0.0.3", missing[i], EXCLUDE_PAIR, false);
}

static void a_part_gets_a_k_that_fits(void **state)
{
    static const struct {
        uint64_t n;
        uint32_t k, fits;
    } row[] = {{1, 48, 4},  {592, 48, 17}, {592, 12, 12}, {4608, 48, 48},         {100000, 48, 48},
               {31, 48, 4}, {32, 48, 4},   {41, 48, 5},   {UINT64_MAX, 256, 256}, {50, 2, 2}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++)
        assert_int_equal(zoom_k(row[i].n, row[i].k), row[i].fits);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_gets_a_k_that_fits),
        cmocka_unit_test(too_long_a_where_is_refused),
        cmocka_unit_test(hostile_values),
        cmocka_unit_test(names_what_can_be_excluded),
        cmocka_unit_test(terms_join_the_recipes_where),
        cmocka_unit_test(terms_drop_their_rows),
        cmocka_unit_test(zooms_add_up),
        cmocka_unit_test(short_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
