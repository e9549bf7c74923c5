/* Pairs, sources, responders and ports of clusters, against counting one by one. */
#include "tests/unit/random_fixture.h"

#include "core/cluster/pairs.h"
#include "core/cluster/top.h"

#define ROWS 4000
#define K    3

struct seen {
    struct top_pair pair[ROWS];
    size_t n;
    uint64_t side[2][2 * ROWS], port[65536];
};

static void see_row(struct seen *s, const struct table *t, const struct codes *codes, uint64_t row)
{
    struct top_pair p = {TABLE_AT(t, row, orig), TABLE_AT(t, row, resp), TABLE_AT(t, row, resp_p),
                         TABLE_AT(t, row, cat[CAT_PROTO]), 1};
    size_t i = 0;
    if (p.orig != ADDR_MISSING)
        s->side[0][p.orig]++;
    if (p.resp != ADDR_MISSING)
        s->side[1][p.resp]++;
    if (!codes->icmp[p.proto] && (TABLE_AT(t, row, flags) & ROW_NO_RESP_P) == 0)
        s->port[p.resp_p]++;
    if (p.orig == ADDR_MISSING && p.resp == ADDR_MISSING)
        return;
    while (i < s->n && (s->pair[i].orig != p.orig || s->pair[i].resp != p.resp ||
                        s->pair[i].resp_p != p.resp_p || s->pair[i].proto != p.proto))
        i++;
    if (i == s->n)
        s->pair[s->n++] = p;
    else
        s->pair[i].rows++;
}

static void expect_list(const struct top_list *list, const struct table *t, enum top_kind kind,
                        const uint64_t *rows, uint32_t n)
{
    struct top_list want = {.n = 0};
    for (uint32_t key = 0; key < n; key++)
        if (rows[key] > 0)
            top_offer(&want, t, kind, key, rows[key]);
    assert_int_equal(list->distinct, want.distinct);
    assert_int_equal(list->n, want.n);
    for (uint32_t i = 0; i < want.n; i++) {
        assert_int_equal(list->item[i].key, want.item[i].key);
        assert_int_equal(list->item[i].rows, want.item[i].rows);
    }
}

/* More rows, or as many and earlier by the texts. */
static bool stands_before(const struct table *t, const struct top_pair *a, const struct top_pair *b)
{
    int c;
    if (a->rows != b->rows)
        return a->rows > b->rows;
    c = span_cmp(table_addr_text(t, a->orig), table_addr_text(t, b->orig));
    c = c != 0 ? c : span_cmp(table_addr_text(t, a->resp), table_addr_text(t, b->resp));
    c = c != 0 ? c : (int)a->resp_p - (int)b->resp_p;
    return c != 0 ? c < 0 : a->proto < b->proto;
}

static void expect_pairs(const struct profile *p, const struct table *t, const struct seen *s)
{
    uint32_t tops = s->n < PROFILE_TOP_PAIRS ? (uint32_t)s->n : PROFILE_TOP_PAIRS;
    assert_int_equal(p->n_pairs, s->n);
    assert_int_equal(p->n_pair_tops, tops);
    for (uint32_t i = 0; i < tops; i++) {
        uint32_t before = 0;
        for (size_t j = 0; j < s->n; j++)
            before += stands_before(t, &s->pair[j], &p->pair[i]);
        assert_int_equal(before, i);
        for (size_t j = 0; j < s->n; j++)
            if (s->pair[j].orig == p->pair[i].orig && s->pair[j].resp == p->pair[i].resp &&
                s->pair[j].resp_p == p->pair[i].resp_p && s->pair[j].proto == p->pair[i].proto)
                assert_int_equal(s->pair[j].rows, p->pair[i].rows);
    }
}

struct world {
    struct fixture_clustering f;
    struct table *t;
    struct codes codes;
    uint64_t port_0[K];
    struct log_counts log;
};

static void world_of(struct world *w, struct table *t, const uint8_t *label)
{
    static const double value[ROWS];
    memset(w, 0, sizeof *w);
    w->t = t;
    fixture_clustering(&w->f, w->t, label, value, K);
    codes_init(&w->codes, w->t);
    w->log.port = mem_zalloc(65536, sizeof *w->log.port);
    for (uint64_t row = 0; row < t->n_rows; row++)
        if (label[row] != 255 && TABLE_AT(w->t, row, resp_p) == 0 &&
            (TABLE_AT(w->t, row, flags) & ROW_NO_RESP_P) == 0 &&
            !w->codes.icmp[TABLE_AT(w->t, row, cat[CAT_PROTO])])
            w->port_0[label[row]]++;
}

static void world_init(struct world *w, size_t n, uint64_t seed)
{
    static uint8_t label[ROWS];
    world_of(w, random_table(n, K, seed, label), label);
}

static void world_release(struct world *w)
{
    mem_free(w->log.port);
    fixture_clustering_free(&w->f);
    table_unref(w->t);
}

static void expect_counts(struct world *w, const struct pair_limits *limits, uint32_t threads)
{
    struct seen *seen = mem_alloc(1, sizeof *seen);
    struct parallel *pool = parallel_new(threads);
    struct err err = ERR_INIT;
    uint64_t port_rows = 0;
    assert_non_null(seen);
    assert_int_equal(
        pairs_count(&w->f.c, w->t, &w->codes, w->port_0, &w->log, limits, pool, NULL, &err), 0);
    for (uint32_t number = 1; number <= K; number++) {
        const struct profile *p = &w->f.c.profile[number - 1];
        memset(seen, 0, sizeof *seen);
        for (uint64_t row = 0; row < w->t->n_rows; row++)
            if (clustering_of_row(&w->f.c, row) == number)
                see_row(seen, w->t, &w->codes, row);
        expect_pairs(p, w->t, seen);
        expect_list(&p->orig, w->t, TOP_ADDR, seen->side[0], table_n_addrs(w->t));
        expect_list(&p->resp, w->t, TOP_ADDR, seen->side[1], table_n_addrs(w->t));
        expect_list(&p->port, w->t, TOP_NUMBER, seen->port, 65536);
        for (uint32_t port = 0; port < 65536; port++) {
            port_rows += seen->port[port];
            assert_true(w->log.port[port] >= seen->port[port]);
        }
    }
    for (uint32_t port = 0; port < 65536; port++)
        port_rows -= w->log.port[port];
    assert_int_equal(port_rows, 0);
    parallel_free(pool);
    mem_free(seen);
}

static void test_counts(void **state)
{
    static const struct {
        size_t rows;
        struct pair_limits limits;
        uint32_t threads;
    } cases[] = {
        {ROWS, {32768, 1 << 20, 64}, 1}, {ROWS, {16, 1 << 20, 64}, 1}, {ROWS, {64, 10, 64}, 3},
        {ROWS, {1, 1, 64}, 2},           {100, {32768, 16, 64}, 1},    {10, {4, 3, 64}, 4},
        {1, {32768, 1 << 20, 64}, 1},    {ROWS, {32768, 10, 0}, 1},    {ROWS, {1, 1 << 20, 0}, 2},
        {7, {32768, 1 << 20, 0}, 1},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct world w;
        world_init(&w, cases[i].rows, i + 1);
        expect_counts(&w, &cases[i].limits, cases[i].threads);
        world_release(&w);
    }
}

/* Tables in which every row has a pair of its own, or all have one, in as many clusters. */
static void test_extremes(void **state)
{
    static const struct pair_limits limits[] = {{32768, 1 << 20, 64}, {16, 2, 0}};
    static char text[ROWS][128];
    static const char *row[ROWS];
    static uint8_t label[ROWS];
    (void)state;
    for (uint32_t all_differ = 0; all_differ < 2; all_differ++) {
        for (uint32_t clusters = 1; clusters <= K; clusters += K - 1) {
            for (uint32_t i = 0; i < ROWS; i++) {
                uint32_t which = all_differ ? i : 0;
                (void)snprintf(text[i], sizeof text[i],
                               "1000.5\t10.0.%u.%u\t%u\t8.8.8.8\t%u\tudp\t-\t1\t1\t1\tSF",
                               which / 200 % 10, which % 200, i, which / 2000);
                row[i] = text[i];
                label[i] = (uint8_t)(i % clusters);
            }
            for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
                struct world w;
                world_of(&w, fixture_table(row, ROWS), label);
                expect_counts(&w, &limits[i], 2);
                assert_int_equal(w.f.c.profile[0].n_pairs, all_differ ? w.f.c.profile[0].rows : 1);
                world_release(&w);
            }
        }
    }
}

static void test_memory(void **state)
{
    static const struct pair_limits limits = {16, 8, 0};
    int failures = 0, done = 0;
    struct world w;
    (void)state;
    world_init(&w, ROWS, 7);
    for (uint64_t n = 1; n < 60 && done == 0; n++) {
        struct err err = ERR_INIT;
        mem_fail_at(n, false);
        if (pairs_count(&w.f.c, w.t, &w.codes, w.port_0, &w.log, &limits, NULL, NULL, &err) != 0) {
            assert_int_equal(err.code, ERR_LIMIT);
            failures++;
        } else {
            done++;
        }
        mem_fail_at(0, false);
    }
    assert_true(failures >= 8);
    assert_int_equal(done, 1);
    world_release(&w);
}

static void test_cancel(void **state)
{
    struct job *job = job_new();
    struct err err = ERR_INIT;
    struct world w;
    (void)state;
    assert_non_null(job);
    world_init(&w, ROWS, 8);
    job_cancel(job);
    assert_int_equal(pairs_count(&w.f.c, w.t, &w.codes, w.port_0, &w.log, NULL, NULL, job, &err),
                     -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    world_release(&w);
    job_free(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
