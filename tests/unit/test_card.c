/* The address card. */
#include "tests/unit/conn_fixture.h"

#include <math.h>

#include "core/cluster/top.h"
#include "core/query/card.h"

static const char *const rows[] = {
    "1000\t10.0.0.1\t4001\t10.0.0.2\t80\ttcp\thttp\t1\t100\t900\tSF",
    "1064\t10.0.0.1\t4002\t10.0.0.2\t80\ttcp\t-\t1\t10\t-\tS0",
    "1010\t10.0.0.3\t4003\t10.0.0.1\t22\ttcp\tssh\t1\t5\t7\tSF",
    "1020\t10.0.0.1\t8\t10.0.0.4\t0\ticmp\t-\t1\t56\t56\tOTH",
    "1030\t10.0.0.1\t1\t10.0.0.1\t9\tudp\t-\t1\t3\t4\tSF", /* to itself */
    "1040\t10.0.0.5\t1\t10.0.0.6\t9\tudp\t-\t1\t3\t4\tSF", /* not its business */
    "1050\t10.0.0.1\t1\t-\t80\ttcp\t-\t1\t1\t1\tSF",
};
static const uint8_t labels[] = {0, 1, 0, 255, 1, 0, 1};
static const double values[] = {0, 1, 0, 0, 1, 0, 1};
#define N ARRAY_LEN(rows)

static const struct card_peer *peer_of(const struct card *card, const struct table *t,
                                       const char *text)
{
    uint32_t id = table_addr_find(t, span_of(text));
    for (uint64_t i = 0; i < card->n_peers; i++)
        if (card->peer[i].addr == id)
            return &card->peer[i];
    fail_msg("no peer %s", text);
    return NULL;
}

static void test_sums(void **state)
{
    struct table *t = fixture_table(rows, N);
    struct card card;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(
        card_build(&card, t, NULL, table_addr_find(t, span_of("10.0.0.1")), NULL, &err), 0);
    assert_int_equal(card.rows, 6);
    assert_int_equal(card.as_orig, 5);
    assert_int_equal(card.as_resp, 2);
    /* 100 + 10 + 7 + 56 + (3 + 4 to itself) + 1 */
    assert_int_equal(card.bytes_out, 181);
    assert_int_equal(card.bytes_in, 900 + 5 + 56 + 7 + 1);
    assert_int_equal(card.tcp_rows, 4);
    assert_int_equal(card.failed, 1);
    assert_int_equal(card.first_ts_us, 1000000000);
    assert_int_equal(card.last_ts_us, 1064000000);
    assert_int_equal(card.timeline[0], 1);
    assert_int_equal(card.timeline[31], 1);
    assert_null(card.in_cluster);
    assert_int_equal(card.rows_unclustered, 0);
    card_release(&card);
    table_unref(t);
}

static void test_peers(void **state)
{
    struct table *t = fixture_table(rows, N);
    struct card card;
    struct err err = ERR_INIT;
    const struct card_peer *p;
    (void)state;
    assert_int_equal(
        card_build(&card, t, NULL, table_addr_find(t, span_of("10.0.0.1")), NULL, &err), 0);
    assert_int_equal(card.n_peers, 5); /* 2, 3, 4, itself, and rows without an address */
    p = peer_of(&card, t, "10.0.0.2");
    assert_int_equal(p->out_rows, 2);
    assert_int_equal(p->in_rows, 0);
    assert_int_equal(p->out_bytes, 110);
    assert_int_equal(p->in_bytes, 900);
    assert_int_equal(p->failed, 1);
    assert_int_equal(p->first_ts_us, 1000000000);
    assert_int_equal(p->last_ts_us, 1064000000);
    p = peer_of(&card, t, "10.0.0.3");
    assert_int_equal(p->in_rows, 1);
    assert_int_equal(p->out_bytes, 7);
    assert_int_equal(p->in_bytes, 5);
    p = peer_of(&card, t, "10.0.0.1");
    assert_int_equal(p->out_rows, 1);
    assert_int_equal(p->in_rows, 1);
    /* Two rows each for 10.0.0.2 and itself: ties by the text. */
    assert_ptr_equal(&card.peer[0], p);
    assert_ptr_equal(&card.peer[1], peer_of(&card, t, "10.0.0.2"));
    card_release(&card);
    table_unref(t);
}

static void test_ports_and_states(void **state)
{
    struct table *t = fixture_table(rows, N);
    struct card card;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(
        card_build(&card, t, NULL, table_addr_find(t, span_of("10.0.0.1")), NULL, &err), 0);
    assert_int_equal(card.n_ports, 4);
    assert_int_equal(card.port[0].port, 80);
    assert_int_equal(card.port[0].out_rows, 3);
    assert_int_equal(card.port[1].port, 9); /* both directions of the row to itself */
    assert_int_equal(card.port[2].port, 22);
    assert_int_equal(card.port[2].in_rows, 1);
    assert_true(card.port[3].icmp);
    assert_int_equal(card.port[3].port, 8);           /* the type, not the code */
    assert_int_equal(card.state_out.item[0].rows, 3); /* SF to 2, itself, nowhere */
    assert_int_equal(card.state_in.item[0].rows, 2);
    assert_int_equal(card.state_in.n, 1);
    assert_int_equal(card.service.n, 2);
    card_release(&card);
    table_unref(t);
}

static void test_clusters(void **state)
{
    struct table *t = fixture_table(rows, N);
    struct fixture_clustering f;
    struct card card;
    struct err err = ERR_INIT;
    (void)state;
    fixture_clustering(&f, t, labels, values, 2);
    assert_int_equal(
        card_build(&card, t, &f.c, table_addr_find(t, span_of("10.0.0.1")), NULL, &err), 0);
    assert_int_equal(card.k, 2);
    assert_int_equal(card.in_cluster[0], 2);
    assert_int_equal(card.in_cluster[1], 3);
    assert_int_equal(card.rows_unclustered, 1);
    card_release(&card);
    fixture_clustering_free(&f);
    table_unref(t);
}

static void test_errors(void **state)
{
    struct table *t = fixture_table(rows, N);
    struct job *job = job_new();
    struct card card;
    struct err err = ERR_INIT;
    (void)state;
    assert_non_null(job);
    assert_int_equal(card_build(&card, t, NULL, ADDR_MISSING, NULL, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    job_cancel(job);
    assert_int_equal(card_build(&card, t, NULL, 0, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    for (uint64_t n = 1; n <= 5; n++) {
        mem_fail_at(n, false);
        assert_int_equal(card_build(&card, t, NULL, 0, NULL, &err), -1);
        mem_fail_at(0, false);
        assert_int_equal(err.code, ERR_LIMIT);
    }
    job_free(job);
    table_unref(t);
}

/* To .2 every minute, at last after 90 s; to .3 twice; to .4 a burst; to .5 nobody knows when. */
static const char *const beat[] = {
    "1000\t10.0.0.1\t1\t10.0.0.2\t80\ttcp\t-\t1\t1\t1\tSF",
    "1120\t10.0.0.1\t1\t10.0.0.2\t80\ttcp\t-\t1\t1\t1\tSF", /* not in order of time */
    "1060\t10.0.0.1\t1\t10.0.0.2\t80\ttcp\t-\t1\t1\t1\tSF",
    "1180\t10.0.0.1\t1\t10.0.0.2\t80\ttcp\t-\t1\t1\t1\tSF",
    "1270\t10.0.0.1\t1\t10.0.0.2\t80\ttcp\t-\t1\t1\t1\tSF",
    "1010\t10.0.0.1\t1\t10.0.0.3\t80\ttcp\t-\t1\t900\t1\tS0",
    "1040\t10.0.0.1\t1\t10.0.0.3\t80\ttcp\t-\t1\t1\t1\tS0",
    "2000\t10.0.0.1\t1\t10.0.0.4\t80\ttcp\t-\t1\t1\t700\tSF",
    "2000.001\t10.0.0.1\t1\t10.0.0.4\t80\ttcp\t-\t1\t1\t1\tSF",
    "2000.002\t10.0.0.1\t1\t10.0.0.4\t80\ttcp\t-\t1\t1\t1\tSF",
    "2000.003\t10.0.0.1\t1\t10.0.0.4\t80\ttcp\t-\t1\t1\t1\tSF",
    "-\t10.0.0.1\t1\t10.0.0.5\t80\ttcp\t-\t1\t1\t1\tSF", /* without a time */
};

static void test_rhythm(void **state)
{
    struct table *t = fixture_table(beat, ARRAY_LEN(beat));
    const struct card_peer *p;
    struct card card;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(
        card_build(&card, t, NULL, table_addr_find(t, span_of("10.0.0.1")), NULL, &err), 0);
    p = peer_of(&card, t, "10.0.0.2");
    assert_true(p->gap_s == 60 && p->mad_s == 0 && p->regularity == 1);
    p = peer_of(&card, t, "10.0.0.3");
    assert_true(p->gap_s == 30 && p->regularity == 0); /* two are no rhythm */
    p = peer_of(&card, t, "10.0.0.4");
    assert_true(p->gap_s == 0.001 && p->regularity == 1);
    p = peer_of(&card, t, "10.0.0.5");
    assert_true(isnan(p->gap_s) && isnan(p->mad_s) && p->regularity == 0);
    /* 1000 1010 1040 1060 1120 1180 1270 2000 2000.001 .002 .003 */
    assert_int_equal(card.gap[card_gap_class(1000)], 3);
    assert_int_equal(card.gap[card_gap_class(10000000)], 3); /* 10, 30, 20 s */
    assert_int_equal(card.gap[card_gap_class(60000000)], 3); /* 60, 60, 90 s */
    assert_int_equal(card.gap[card_gap_class(730000000)], 1);
    card_release(&card);
    table_unref(t);
}

static void test_orders(void **state)
{
    static const char *const first[N_CARD_ORDERS] = {
        [CARD_BY_ROWS] = "10.0.0.2",     [CARD_BY_SENT] = "10.0.0.3",
        [CARD_BY_RECEIVED] = "10.0.0.4", [CARD_BY_FAILED] = "10.0.0.3",
        [CARD_BY_REGULAR] = "10.0.0.2",  [CARD_BY_LAST] = "10.0.0.4"};
    struct table *t = fixture_table(beat, ARRAY_LEN(beat));
    struct card card;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(
        card_build(&card, t, NULL, table_addr_find(t, span_of("10.0.0.1")), NULL, &err), 0);
    for (int o = 0; o < N_CARD_ORDERS; o++) {
        card_sort(&card, t, (enum card_order)o);
        assert_int_equal(card.n_peers, 4);
        assert_ptr_equal(&card.peer[0], peer_of(&card, t, first[o]));
        assert_string_not_equal(card_order_text((enum card_order)o), "");
    }
    card_sort(&card, t, CARD_BY_LAST);
    assert_ptr_equal(&card.peer[3], peer_of(&card, t, "10.0.0.5")); /* never seen, so last */
    card_release(&card);
    table_unref(t);
}

static void test_gap_classes(void **state)
{
    static const struct {
        int64_t us;
        const char *name;
    } row[] = {{0, "<1ms"},          {999, "<1ms"},         {1000, "<10ms"},
               {99999, "<0.1s"},     {999999, "<1s"},       {9999999, "<10s"},
               {59999999, "<1m"},    {60000000, "<10m"},    {3599999999, "<1h"},
               {86399999999, "<1d"}, {86400000000, ">=1d"}, {INT64_MAX, ">=1d"}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++)
        assert_string_equal(card_gap_name(card_gap_class(row[i].us)), row[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),        cmocka_unit_test(test_peers),
        cmocka_unit_test(test_rhythm),      cmocka_unit_test(test_orders),
        cmocka_unit_test(test_gap_classes), cmocka_unit_test(test_ports_and_states),
        cmocka_unit_test(test_clusters),    cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
