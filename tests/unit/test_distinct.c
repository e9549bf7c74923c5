/* Pairs as keys, and counts of keys. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/cluster/distinct.h"

static void test_unhash(void **state)
{
    uint64_t x = 1;
    (void)state;
    assert_true(unhash_u64(hash_u64(0)) == 0);
    assert_true(unhash_u64(hash_u64(UINT64_MAX)) == UINT64_MAX);
    for (int i = 0; i < 10000; i++, x = x * 6364136223846793005u + 1442695040888963407u)
        assert_true(unhash_u64(hash_u64(x)) == x);
}

/* Pairs of the first, some, and the last addresses, and of missing ones. */
static void test_pairs_come_back(void **state)
{
    static const uint32_t n_addrs[] = {0, 1, 2, 255, 256, 1048575, 1048576, 1 << 24, UINT32_MAX};
    static const uint32_t rest[] = {0, 1, 443 << 8 | 1, 0xffffff};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(n_addrs); i++) {
        struct packing p = packing_of(n_addrs[i], 64);
        uint32_t most = n_addrs[i] == 0 ? ADDR_MISSING : n_addrs[i] - 1;
        uint32_t addr[] = {ADDR_MISSING, most, most / 2, most / 256,
                           most == ADDR_MISSING ? most : 0};
        assert_int_equal(p.beside != 0, n_addrs[i] >= 1048576);
        for (size_t o = 0; o < ARRAY_LEN(addr); o++) {
            for (size_t r = 0; r < ARRAY_LEN(addr); r++) {
                struct pair pair = {addr[o], addr[r], rest[(o + r) % ARRAY_LEN(rest)]}, back;
                struct key packed = pair_pack(p, pair);
                back = pair_unpack(p, key_unmix(key_mix(packed)));
                if (n_addrs[i] == 0 && (pair.orig != ADDR_MISSING || pair.resp != ADDR_MISSING))
                    continue;
                assert_int_equal(back.orig, pair.orig);
                assert_int_equal(back.resp, pair.resp);
                assert_int_equal(back.rest, pair.rest);
                assert_true(p.beside != 0 || packed.beside == 0);
            }
        }
    }
}

static uint64_t rows_of(const struct distinct *d, uint64_t key, uint32_t beside)
{
    uint64_t rows = 0;
    for (size_t i = 0; i < d->n; i++)
        if (d->item[i].key.key == key && d->item[i].key.beside == beside)
            rows += d->item[i].rows;
    return rows;
}

static void test_counts(void **state)
{
    enum { N = 5000 };
    static uint64_t key[N];
    static uint32_t beside[N];
    struct distinct d = {.n = 0};
    (void)state;
    for (uint32_t i = 0; i < N; i++) {
        key[i] = hash_u64(i % 700);
        beside[i] = i % 3;
    }
    assert_int_equal(distinct_add(&d, key, NULL, 0), 0);
    assert_int_equal(d.n, 0);
    assert_int_equal(distinct_add(&d, key, NULL, N), 0);
    assert_int_equal(d.n, 700);
    for (uint32_t i = 0; i < 700; i++) {
        assert_true(d.item[i].key.key == key[i]); /* in the order in which they came */
        assert_int_equal(d.item[i].rows, i < N % 700 ? N / 700 + 1 : N / 700);
    }
    distinct_clear(&d);
    assert_int_equal(d.n, 0);
    assert_int_equal(distinct_add(&d, key, beside, N), 0);
    assert_int_equal(d.n, 2100); /* 700 and 3 have no common factor */
    assert_int_equal(rows_of(&d, key[5], 2), 3);
    distinct_release(&d);
    assert_int_equal(d.room, 0);
}

/* Keys that want the same slot, the last one of all, and few keys in much room. */
static void test_clear_forgets_all(void **state)
{
    enum { N = 4000 };
    static uint64_t key[N];
    struct distinct d = {.n = 0};
    size_t room;
    (void)state;
    for (uint32_t i = 0; i < N; i++)
        key[i] = hash_u64(i);
    assert_int_equal(distinct_add(&d, key, NULL, N), 0);
    room = d.room;
    for (uint64_t i = 0; i < 20; i++)
        key[i] = (i + 1) << 32 | UINT32_MAX;
    for (int turn = 0; turn < 3; turn++) {
        distinct_clear(&d);
        for (size_t i = 0; i < d.n_slots; i++)
            assert_int_equal(d.slot[i], 0);
        assert_int_equal(distinct_add(&d, key, NULL, 20), 0);
        assert_int_equal(distinct_add(&d, key, NULL, 20), 0);
        assert_int_equal(d.n, 20);
        assert_int_equal(rows_of(&d, key[19], 0), 2);
    }
    assert_int_equal(d.room, room);
    distinct_release(&d);
}

static void test_memory(void **state)
{
    enum { N = 300 };
    static uint64_t key[N];
    int failures = 0;
    (void)state;
    for (uint32_t i = 0; i < N; i++)
        key[i] = hash_u64(i);
    for (uint64_t n = 1;; n++) {
        struct distinct d = {.n = 0};
        int rc;
        mem_fail_at(n, false);
        rc = distinct_add(&d, key, NULL, N);
        mem_fail_at(0, false);
        distinct_release(&d);
        if (rc == 0)
            break;
        failures++;
    }
    assert_int_equal(failures, 8); /* 64, 128, 256, 512: items and slots */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unhash), cmocka_unit_test(test_pairs_come_back),
        cmocka_unit_test(test_counts), cmocka_unit_test(test_clear_forgets_all),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
