/* behaviour.h: what pairs, sources and targets do, counted by hand on a small log. */
#include "tests/unit/random_fixture.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/recipe/behaviour.h"
#include "core/table/codes.h"

/* Six rows of one pair, out of order, every ten seconds; a scan of three ports; ICMP; a row without a source. */
static const char *const rows[] = {
    "1020.0\t10.0.0.1\t1\t192.0.2.1\t80\ttcp\t-\t0.1\t100\t5\tSF",
    "1000.0\t10.0.0.1\t2\t192.0.2.1\t80\ttcp\t-\t0.1\t100\t5\tS0",
    "1010.0\t10.0.0.1\t3\t192.0.2.1\t80\ttcp\t-\t0.1\t100\t5\tSF",
    "1030.0\t10.0.0.1\t4\t192.0.2.1\t80\ttcp\t-\t0.1\t100\t5\tSF",
    "1001.0\t10.0.0.2\t5\t192.0.2.1\t80\ttcp\t-\t0.1\t7\t5\tREJ",
    "1002.0\t10.0.0.2\t6\t192.0.2.1\t81\ttcp\t-\t0.1\t7\t5\tREJ",
    "1003.0\t10.0.0.2\t7\t192.0.2.2\t81\ttcp\t-\t0.1\t-\t5\tREJ",
    "1004.0\t10.0.0.2\t8\t192.0.2.2\t0\ticmp\t-\t0.1\t7\t5\tOTH",
    "1005.0\t-\t8\t192.0.2.2\t53\tudp\t-\t0.1\t7\t5\tSF",
};
#define N ARRAY_LEN(rows)

static uint32_t addr(const struct table *t, const char *text)
{
    uint32_t id = table_addr_find(t, span_of(text));
    assert_int_not_equal(id, ADDR_MISSING);
    return id;
}

static void counted_by_hand(void **state)
{
    (void)state;
    struct table *t = fixture_table((const char **)rows, N);
    struct err err = ERR_INIT;
    struct behaviour b;
    assert_int_equal(behaviour_build(&b, t, NULL, NULL, &err), 0);
    assert_int_equal(b.n_pairs, 6);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(b.pair_of_row[i], 0);
    const struct pair_facts *p = &b.pair[0];
    assert_true(p->rows == 4 && p->tcp_rows == 4 && p->failed == 1);
    assert_true(p->rhythm.median_gap_s == 10 && p->rhythm.regularity == 1);
    assert_true(p->rhythm.first_us == 1000000000 && p->rhythm.last_us == 1030000000);
    assert_true(b.pair[1].rows == 1 && isnan(b.pair[1].rhythm.median_gap_s) &&
                b.pair[1].failed == 1);
    assert_int_equal(b.pair[4].tcp_rows, 0);
    uint32_t one = addr(t, "10.0.0.1"), two = addr(t, "10.0.0.2");
    assert_true(b.fanout_hosts[one] == 1 && b.fanout_ports[one] == 1);
    assert_true(b.fanout_hosts[two] == 2 && b.fanout_ports[two] == 2); /* ICMP is no port */
    assert_int_equal(b.popularity[addr(t, "192.0.2.1")], 2);
    assert_int_equal(b.popularity[addr(t, "192.0.2.2")], 2); /* 10.0.0.2 and the missing one */
    assert_int_equal(b.popularity[one], 0);
    assert_true(b.source_bytes[one] == 400 && b.source_bytes[two] == 21);
    behaviour_release(&b);
    table_unref(t);
}

static void threads_agree(void **state)
{
    (void)state;
    static char text[5000][96];
    static const char *many[5000];
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(text[i], sizeof text[i],
                       "%d.%d\t10.0.%d.1\t1\t192.0.2.%d\t%d\ttcp\t-\t0.1\t%d\t5\tS%d",
                       1000 + i * 7919 % 4999, i % 10, i % 13, i % 31, i % 5, i, i % 2);
        many[i] = text[i];
    }
    struct table *t = fixture_table(many, 5000);
    struct parallel *pool = parallel_new(4);
    struct behaviour a, b;
    struct err err = ERR_INIT;
    assert_int_equal(behaviour_build(&a, t, NULL, NULL, &err), 0);
    assert_int_equal(behaviour_build(&b, t, pool, NULL, &err), 0);
    assert_int_equal(a.n_pairs, b.n_pairs);
    assert_true(a.n_pairs > 1000);
    for (uint32_t i = 0; i < a.n_pairs; i++) {
        assert_true(a.pair[i].rows == b.pair[i].rows && a.pair[i].failed == b.pair[i].failed);
        assert_true(a.pair[i].rhythm.first_us == b.pair[i].rhythm.first_us);
        assert_true(a.pair[i].rhythm.regularity == b.pair[i].rhythm.regularity);
    }
    assert_memory_equal(a.pair_of_row, b.pair_of_row, 5000 * sizeof *a.pair_of_row);
    behaviour_release(&a);
    behaviour_release(&b);
    parallel_free(pool);
    table_unref(t);
}

#define MADE      4000
#define ADDRESSES (RANDOM_HOSTS + 2) /* more than there are; the last one is the missing one */

/* What a row's pair is, by its first row. */
static uint32_t first_alike(const struct table *t, uint32_t row)
{
    uint32_t first = 0;
    while (TABLE_AT(t, first, orig) != TABLE_AT(t, row, orig) ||
           TABLE_AT(t, first, resp) != TABLE_AT(t, row, resp) ||
           TABLE_AT(t, first, resp_p) != TABLE_AT(t, row, resp_p) ||
           TABLE_AT(t, first, cat[CAT_PROTO]) != TABLE_AT(t, row, cat[CAT_PROTO]))
        first++;
    return first;
}

static void check_pairs(const struct table *t, const struct behaviour *b)
{
    static uint32_t count[MADE], failed[MADE];
    struct codes codes;
    uint32_t n = 0;
    codes_init(&codes, t);
    memset(count, 0, sizeof count);
    memset(failed, 0, sizeof failed);
    for (uint32_t row = 0; row < MADE; row++) {
        uint32_t first = first_alike(t, row);
        assert_int_equal(b->pair_of_row[row], first == row ? n++ : b->pair_of_row[first]);
        count[first]++;
        failed[first] += codes.failed[TABLE_AT(t, row, cat[CAT_STATE])];
    }
    assert_int_equal(b->n_pairs, n);
    for (uint32_t row = 0; row < MADE; row++) {
        const struct pair_facts *p = &b->pair[b->pair_of_row[row]];
        bool tcp = codes.tcp[TABLE_AT(t, row, cat[CAT_PROTO])];
        if (count[row] == 0)
            continue;
        assert_true(p->orig == TABLE_AT(t, row, orig) && p->resp == TABLE_AT(t, row, resp));
        assert_true(p->resp_p == TABLE_AT(t, row, resp_p));
        assert_int_equal(p->proto, TABLE_AT(t, row, cat[CAT_PROTO]));
        assert_int_equal(p->rows, count[row]);
        assert_int_equal(p->tcp_rows, tcp ? count[row] : 0);
        assert_int_equal(p->failed, tcp ? failed[row] : 0);
    }
}

static void check_sources(const struct table *t, const struct behaviour *b)
{
    static bool host[ADDRESSES][ADDRESSES], port[ADDRESSES][1 << 16][8];
    uint32_t hosts[ADDRESSES] = {0}, ports[ADDRESSES] = {0}, popular[ADDRESSES] = {0};
    double sent[ADDRESSES] = {0};
    struct codes codes;
    uint64_t bytes;
    codes_init(&codes, t);
    memset(host, 0, sizeof host);
    memset(port, 0, sizeof port);
    assert_true(b->n_addrs < ADDRESSES);
    for (uint32_t row = 0; row < MADE; row++) {
        uint32_t from = TABLE_AT(t, row, orig), to = TABLE_AT(t, row, resp);
        uint8_t proto = TABLE_AT(t, row, cat[CAT_PROTO]);
        from = from < b->n_addrs ? from : ADDRESSES - 1;
        to = to < b->n_addrs ? to : ADDRESSES - 1;
        if (table_bytes(t, row, 0, &bytes))
            sent[from] += (double)bytes;
        hosts[from] += !host[from][to];
        popular[to] += !host[from][to];
        host[from][to] = true;
        if (codes.icmp[proto])
            continue;
        ports[from] += !port[from][TABLE_AT(t, row, resp_p)][proto % 8];
        port[from][TABLE_AT(t, row, resp_p)][proto % 8] = true;
    }
    for (uint32_t a = 0; a < b->n_addrs; a++) {
        assert_int_equal(b->fanout_hosts[a], hosts[a]);
        assert_int_equal(b->fanout_ports[a], ports[a]);
        assert_int_equal(b->popularity[a], popular[a]);
        assert_true(b->source_bytes[a] == sent[a]);
    }
}

/* Missing addresses, ports and states among them, and sources that many slices share. */
static void counted_again(void **state)
{
    uint8_t label[MADE];
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct table *t = random_table(MADE, 2, seed, label);
        for (uint32_t threads = 1; threads <= 4; threads += 3) {
            struct parallel *pool = parallel_new(threads);
            struct behaviour b;
            struct err err = ERR_INIT;
            assert_int_equal(behaviour_build(&b, t, pool, NULL, &err), 0);
            check_pairs(t, &b);
            check_sources(t, &b);
            behaviour_release(&b);
            parallel_free(pool);
        }
        table_unref(t);
    }
}

static void cancelled_and_short_of_memory(void **state)
{
    (void)state;
    struct table *t = fixture_table((const char **)rows, N);
    struct behaviour b;
    struct err err = ERR_INIT;
    struct job *job = job_new();
    job_cancel(job);
    assert_int_equal(behaviour_build(&b, t, NULL, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    job_free(job);
    for (uint64_t n = 1; n < 100; n++) {
        err = (struct err)ERR_INIT;
        mem_fail_at(n, false);
        int rc = behaviour_build(&b, t, NULL, NULL, &err);
        mem_fail_at(0, false);
        if (rc == 0) {
            behaviour_release(&b);
            assert_true(n > 5);
            break;
        }
        assert_int_equal(err.code, ERR_LIMIT);
    }
    table_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counted_by_hand),
        cmocka_unit_test(threads_agree),
        cmocka_unit_test(counted_again),
        cmocka_unit_test(cancelled_and_short_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
