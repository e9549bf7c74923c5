/* order.h: keys that sort like what they stand for, and sorting them in place. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "core/parallel.h"
#include "core/query/order.h"

static void heads_of_numbers(void **state)
{
    static const double up[] = {-1e308, -7.5,   -7,  -1,      -1e-300, 0,
                                1e-308, 1e-300, 0.5, 1 - 0.1, 1,       1e308};
    (void)state;
    for (size_t i = 1; i < ARRAY_LEN(up); i++)
        assert_true(order_head_number(up[i - 1]) < order_head_number(up[i]));
    assert_true(order_head_number(-0.0) == order_head_number(0.0));
    assert_true(order_head_time(-1) < order_head_time(0));
    assert_true(order_head_time(0) < order_head_time(1));
    assert_true(order_head_time(INT64_MIN) < order_head_time(INT64_MAX));
}

/* Texts around the length that a head has room for, with NUL and high bytes. */
static void heads_of_texts(void **state)
{
    static const struct span text[] = {
        {"", 0},         {"\0", 1},        {"\0\0", 2},         {"a", 1},        {"a\0", 2},
        {"ab", 2},       {"abcdef", 6},    {"abcdef\0", 7},     {"abcdefg", 7},  {"abcdefg\0", 8},
        {"abcdefgh", 8}, {"abcdefghi", 9}, {"abcdefghi\0", 10}, {"abcdefgi", 8}, {"b", 1},
        {"\x7f", 1},     {"\x80", 1},      {"\xff", 1},         {"\xff\xff", 2},
    };
    (void)state;
    for (size_t i = 1; i < ARRAY_LEN(text); i++) {
        uint64_t before = order_head_text(text[i - 1]), head = order_head_text(text[i]);
        assert_true(span_cmp(text[i - 1], text[i]) < 0);
        assert_true(before < head || (before == head && order_has_more(head)));
        assert_int_equal(order_has_more(head), text[i].len > 7);
        assert_true(before != head || memcmp(text[i - 1].ptr, text[i].ptr, 7) == 0);
    }
}

/* Keys without a value stand last, whatever the direction, by their positions. */
static void missing_ones_stand_last(void **state)
{
    static const uint64_t head[] = {5, UINT64_MAX, 3, 9, 0, 3};
    static const uint32_t want[2][6] = {{4, 2, 5, 1, 0, 3}, {1, 2, 5, 4, 0, 3}};
    const uint64_t missing[] = {1u << 0 | 1u << 3};
    struct err err = ERR_INIT;
    (void)state;
    for (int down = 0; down < 2; down++) {
        struct order_key key[6];
        uint64_t have;
        for (uint32_t i = 0; i < 6; i++)
            key[i] = (struct order_key){head[i], i};
        assert_int_equal(order_sort_missing(key, 6, missing, down == 1, &have, NULL, &err), 0);
        assert_int_equal(have, 4);
        for (uint32_t i = 0; i < 6; i++)
            assert_int_equal(key[i].at, want[down][i]);
    }
}

enum pattern { UP, DOWN, EQUAL, FEW, PIPE, SAW, RANDOM, N_PATTERNS };

static uint64_t head_of(enum pattern p, uint64_t i, uint64_t n, struct rng *rng)
{
    switch (p) {
    case UP:
        return i;
    case DOWN:
        return n - i;
    case EQUAL:
        return 7;
    case FEW:
        return rng_u64(rng) % 3;
    case PIPE:
        return i < n / 2 ? i : n - i;
    case SAW:
        return i % 17 * 1000 + i / 17;
    default:
        return rng_u64(rng);
    }
}

static uint64_t expected_at(const struct order_key *key, uint64_t i, bool down, uint64_t n)
{
    uint64_t before = 0;
    for (uint64_t j = 0; j < n; j++) {
        if (key[j].head != key[i].head)
            before += (key[j].head < key[i].head) != down;
        else
            before += key[j].at < key[i].at;
    }
    return before;
}

/* Every pattern and many lengths, against counting what stands before each key. */
static void any_pattern_sorts_stably(void **state)
{
    static const uint64_t length[] = {0, 1, 2, 3, 23, 24, 25, 26, 49, 100, 1000};
    struct err err = ERR_INIT;
    struct rng rng;
    (void)state;
    rng_init(&rng, 3, 0);
    for (int p = 0; p < N_PATTERNS; p++) {
        for (size_t l = 0; l < ARRAY_LEN(length) * 2; l++) {
            uint64_t n = length[l / 2];
            bool down = l % 2 == 1;
            struct order_key *key = mem_alloc(n, sizeof *key), *old = mem_alloc(n, sizeof *old);
            assert_true(key != NULL && old != NULL);
            for (uint64_t i = 0; i < n; i++)
                old[i] = key[i] =
                    (struct order_key){head_of((enum pattern)p, i, n, &rng), (uint32_t)i};
            assert_int_equal(order_sort(key, n, down, NULL, &err), 0);
            for (uint64_t i = 0; i < n; i++) {
                if (key[expected_at(old, i, down, n)].at != i)
                    fail_msg("pattern %d, %llu keys", p, (unsigned long long)n);
            }
            mem_free(key);
            mem_free(old);
        }
    }
}

/* Enough keys for several threads: what one gives. */
static void threads_agree(void **state)
{
    const uint64_t n = 120000;
    struct order_key *one = mem_alloc(n, sizeof *one), *three = mem_alloc(n, sizeof *three);
    struct parallel *pool = parallel_new(3);
    struct job *job = job_new();
    struct err err = ERR_INIT;
    struct rng rng;
    (void)state;
    assert_true(one != NULL && three != NULL && pool != NULL && job != NULL);
    rng_init(&rng, 4, 0);
    for (int p = 0; p < N_PATTERNS; p++) {
        for (uint64_t i = 0; i < n; i++) {
            one[i] = (struct order_key){head_of((enum pattern)p, i, n, &rng), (uint32_t)i};
            three[i] = one[i];
        }
        job_set_pool(job, NULL);
        assert_int_equal(order_sort(one, n, p % 2 == 1, job, &err), 0);
        job_set_pool(job, pool);
        assert_int_equal(order_sort(three, n, p % 2 == 1, job, &err), 0);
        for (uint64_t i = 0; i < n; i++)
            assert_true(one[i].at == three[i].at && one[i].head == three[i].head);
    }
    job_cancel(job);
    assert_int_equal(order_sort(three, n, true, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    mem_free(one);
    mem_free(three);
    job_free(job);
    parallel_free(pool);
}

/* An order in which every split takes but two keys off: first and middle are the two smallest.
 * Quicksort alone would need n * n / 4 steps, which is minutes. */
static void worst_case_is_no_worse(void **state)
{
    const uint64_t n = 1u << 20;
    struct order_key *key = mem_alloc(n, sizeof *key);
    struct err err = ERR_INIT;
    uint64_t smallest = n;
    (void)state;
    assert_non_null(key);
    for (uint64_t len = 2; len <= n; len += 2) {
        struct order_key *k = key + (n - len); /* of which k + 2 is such an order already */
        if (len > 2)
            k[1] = k[len / 2];
        k[len / 2].head = --smallest;
        k[0].head = --smallest;
    }
    for (uint64_t i = 0; i < n; i++)
        key[i] = (struct order_key){key[i].head, (uint32_t)i};
    assert_int_equal(order_sort(key, n, false, NULL, &err), 0);
    for (uint64_t i = 0; i < n; i++)
        assert_true(key[i].head == i);
    mem_free(key);
}

static void rows_in_file_order(void **state)
{
    uint32_t row[] = {9, 2, 7, 2, 0}, sorted[] = {1, 1, 5};
    struct rowset set = {row, 5}, up = {sorted, 3}, none = {row, 0};
    static const uint32_t want[] = {4, 1, 3, 2, 0};
    struct err err = ERR_INIT;
    struct order_key *key = order_of_rows(&set, 10, NULL, &err);
    (void)state;
    assert_non_null(key);
    assert_false(order_is_of_rows(&set));
    assert_true(order_is_of_rows(&up));
    assert_true(order_is_of_rows(&none));
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(key[i].at, want[i]);
        assert_true(key[i].head == row[want[i]]);
    }
    mem_free(key);
    mem_fail_at(1, false);
    assert_null(order_of_rows(&set, 10, NULL, &err));
    mem_fail_at(0, false);
    assert_int_equal(err.code, ERR_LIMIT);
}

static void cancelled(void **state)
{
    const uint64_t n = 5000;
    struct order_key *key = mem_zalloc(n, sizeof *key);
    struct job *job = job_new();
    struct err err = ERR_INIT;
    (void)state;
    assert_true(key != NULL && job != NULL);
    for (uint64_t i = 0; i < n; i++)
        key[i].at = (uint32_t)(n - i);
    job_cancel(job);
    assert_int_equal(order_sort(key, n, false, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    job_free(job);
    mem_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_of_numbers),        cmocka_unit_test(heads_of_texts),
        cmocka_unit_test(missing_ones_stand_last), cmocka_unit_test(any_pattern_sorts_stably),
        cmocka_unit_test(worst_case_is_no_worse),  cmocka_unit_test(threads_agree),
        cmocka_unit_test(rows_in_file_order),      cmocka_unit_test(cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
