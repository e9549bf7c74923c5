/* order.h: keys that sort like what they stand for, and sorting them in place. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "core/parallel.h"
#include "core/query/order.h"

struct desk {
    struct order_ties ties;
    struct order_pen pen;
};

static struct desk *new_desk(void)
{
    struct desk *d = mem_zalloc(1, sizeof *d);
    struct err err = ERR_INIT;
    assert_non_null(d);
    assert_int_equal(order_ties_init(&d->ties, &err), 0);
    order_pen_init(&d->pen, &d->ties);
    return d;
}

static void free_desk(struct desk *d)
{
    order_ties_release(&d->ties);
    mem_free(d);
}

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
static void keys_of_texts(void **state)
{
    static const struct span text[] = {
        {"", 0},         {"\0", 1},        {"\0\0", 2},         {"a", 1},        {"a\0", 2},
        {"ab", 2},       {"abcdef", 6},    {"abcdef\0", 7},     {"abcdefg", 7},  {"abcdefg\0", 8},
        {"abcdefgh", 8}, {"abcdefghi", 9}, {"abcdefghi\0", 10}, {"abcdefgi", 8}, {"b", 1},
        {"\x7f", 1},     {"\x80", 1},      {"\xff", 1},         {"\xff\xff", 2},
    };
    struct desk *d = new_desk();
    struct order_key key[ARRAY_LEN(text)], again;
    struct err err = ERR_INIT;
    const uint32_t n = ARRAY_LEN(text);
    (void)state;
    for (uint32_t i = 0; i < n; i++) {
        /* from the last to the first, so that sorting has to turn them round */
        key[i].at = n - 1 - i;
        assert_int_equal(order_key_text(&key[i], &d->pen, text[n - 1 - i]), 0);
        assert_true(i == 0 || span_cmp(text[i - 1], text[i]) < 0);
    }
    assert_int_equal(order_sort(key, n, &d->ties, false, NULL, &err), 0);
    for (uint32_t i = 0; i < n; i++) {
        if (key[i].at != i)
            fail_msg("text %u stands at %u", key[i].at, i);
        assert_true(i == 0 || !order_same(&key[i - 1], &key[i], &d->ties));
    }
    assert_int_equal(order_sort(key, n, &d->ties, true, NULL, &err), 0);
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(key[i].at, n - 1 - i);
    assert_int_equal(order_key_text(&again, &d->pen, text[11]), 0);
    assert_true(order_same(&again, &key[n - 1 - 11], &d->ties));
    free_desk(d);
}

/* A long text that comes again and again is kept once. */
static void equal_ties_are_kept_once(void **state)
{
    struct desk *d = new_desk();
    struct order_key key;
    size_t once;
    (void)state;
    assert_int_equal(order_key_text(&key, &d->pen, span_of("PartOfAHorizontalPortScan")), 0);
    once = d->pen.used;
    assert_int_equal(order_key_text(&key, &d->pen, span_of("another long text")), 0);
    assert_true(d->pen.used > once);
    once = d->pen.used;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(order_key_text(&key, &d->pen, span_of("PartOfAHorizontalPortScan")), 0);
    assert_int_equal(d->pen.used, once);
    free_desk(d);
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
                    (struct order_key){head_of((enum pattern)p, i, n, &rng), (uint32_t)i, 0};
            assert_int_equal(order_sort(key, n, NULL, down, NULL, &err), 0);
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
    struct desk *d = new_desk();
    struct err err = ERR_INIT;
    struct rng rng;
    (void)state;
    assert_true(one != NULL && three != NULL && pool != NULL && job != NULL);
    rng_init(&rng, 4, 0);
    for (int p = 0; p <= N_PATTERNS; p++) {
        for (uint64_t i = 0; i < n; i++) {
            char text[32];
            one[i] = (struct order_key){head_of((enum pattern)p, i, n, &rng), (uint32_t)i, 0};
            if (p == N_PATTERNS) { /* texts that share their heads */
                (void)snprintf(text, sizeof text, "sameheads%u", (unsigned)(rng_u64(&rng) % 5000));
                assert_int_equal(order_key_text(&one[i], &d->pen, span_of(text)), 0);
            }
            three[i] = one[i];
        }
        job_set_pool(job, NULL);
        assert_int_equal(order_sort(one, n, &d->ties, p % 2 == 1, job, &err), 0);
        job_set_pool(job, pool);
        assert_int_equal(order_sort(three, n, &d->ties, p % 2 == 1, job, &err), 0);
        for (uint64_t i = 0; i < n; i++)
            assert_true(one[i].at == three[i].at && one[i].head == three[i].head);
    }
    job_cancel(job);
    assert_int_equal(order_sort(three, n, &d->ties, true, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    mem_free(one);
    mem_free(three);
    free_desk(d);
    job_free(job);
    parallel_free(pool);
}

/* A text may be longer than a chunk, and chunks fill up. */
static void ties_of_any_length(void **state)
{
    enum { N = 400, LONG = 3 << 20 };
    struct desk *d = new_desk();
    struct order_key key[N];
    char *text = mem_alloc(LONG, 1);
    struct err err = ERR_INIT;
    (void)state;
    assert_non_null(text);
    memset(text, 'x', LONG);
    for (uint32_t i = 0; i < N; i++) {
        size_t len = i == 200 ? LONG : 20000;
        key[i].at = i;
        text[10] = (char)('a' + i / 26);
        text[11] = (char)('z' - i % 26);
        assert_int_equal(order_key_text(&key[i], &d->pen, span_make(text, len)), 0);
    }
    assert_true(d->ties.n_chunks > 5);
    assert_int_equal(order_sort(key, N, &d->ties, false, NULL, &err), 0);
    for (uint32_t i = 0; i < N; i++)
        assert_int_equal(key[i].at,
                         i / 26 * 26 + (i / 26 * 26 + 25 < N ? 25 : N - 1 - i / 26 * 26) - i % 26);
    mem_free(text);
    free_desk(d);
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
        key[i] = (struct order_key){key[i].head, (uint32_t)i, 0};
    assert_int_equal(order_sort(key, n, NULL, false, NULL, &err), 0);
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
    assert_int_equal(order_sort(key, n, NULL, false, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    job_free(job);
    mem_free(key);
}

static void short_memory(void **state)
{
    struct desk *d = new_desk();
    struct order_key key;
    (void)state;
    mem_fail_at(1, true);
    assert_int_equal(order_key_text(&key, &d->pen, span_of("short")), 0); /* needs none */
    assert_int_equal(order_key_text(&key, &d->pen, span_of("longer than that")), -1);
    mem_fail_at(0, false);
    free_desk(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_of_numbers),
        cmocka_unit_test(keys_of_texts),
        cmocka_unit_test(equal_ties_are_kept_once),
        cmocka_unit_test(any_pattern_sorts_stably),
        cmocka_unit_test(worst_case_is_no_worse),
        cmocka_unit_test(threads_agree),
        cmocka_unit_test(ties_of_any_length),
        cmocka_unit_test(rows_in_file_order),
        cmocka_unit_test(cancelled),
        cmocka_unit_test(short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
