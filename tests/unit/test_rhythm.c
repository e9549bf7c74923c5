/* rhythm.h: gaps, their median and deviation, and the edges that the recipe page promises. */
#include "tests/unit/unit.h"

#include <math.h>

#include "core/base/rng.h"
#include "core/recipe/rhythm.h"

#define S 1000000

static void nothing_and_one(void **state)
{
    (void)state;
    int64_t one[] = {5 * S};
    struct rhythm r = rhythm_measure(one, 0);
    assert_true(r.first_us == TIME_MISSING && isnan(r.median_gap_s));
    r = rhythm_measure(one, 1);
    assert_true(r.first_us == 5 * S && r.last_us == 5 * S);
    assert_true(isnan(r.median_gap_s) && isnan(r.mad_gap_s) && r.regularity == 0);
}

static void even_gaps_in_any_order(void **state)
{
    (void)state;
    int64_t ts[] = {40 * S, 10 * S, 30 * S, 20 * S, 50 * S};
    struct rhythm r = rhythm_measure(ts, ARRAY_LEN(ts));
    assert_true(r.median_gap_s == 10 && r.mad_gap_s == 0 && r.regularity == 1);
    assert_true(r.first_us == 10 * S && r.last_us == 50 * S);
}

static void jitter_lowers_regularity(void **state)
{
    (void)state;
    /* Gaps 8 10 12 14: median 11, deviations 3 1 1 3, MAD 2. */
    int64_t ts[] = {0, 8 * S, 18 * S, 30 * S, 44 * S};
    struct rhythm r = rhythm_measure(ts, ARRAY_LEN(ts));
    assert_true(r.median_gap_s == 11 && r.mad_gap_s == 2);
    assert_true(fabs(r.regularity - (1 - 2.0 / 11)) < 1e-12);
}

static void three_events_prove_nothing(void **state)
{
    (void)state;
    int64_t ts[] = {0, 10 * S, 20 * S};
    struct rhythm r = rhythm_measure(ts, ARRAY_LEN(ts));
    assert_true(r.median_gap_s == 10 && r.regularity == 0);
}

static void bursts_are_not_regular(void **state)
{
    (void)state;
    int64_t ts[] = {0, 0, 0, 0, 100 * S};
    struct rhythm r = rhythm_measure(ts, ARRAY_LEN(ts));
    assert_true(r.median_gap_s == 0 && r.regularity == 0);
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static double median(int64_t *v, size_t n)
{
    qsort(v, n, sizeof *v, ascending);
    return n % 2 == 1 ? (double)v[n / 2] : ((double)v[n / 2 - 1] + (double)v[n / 2]) * 0.5;
}

/* Any number of times, early and late, even and wild, against sorting everything. */
static void many_times(void **state)
{
    enum { MOST = 3000 };
    static const size_t length[] = {2, 3, 4, 47, 48, 49, 50, 51, 100, 101, 999, MOST};
    static const uint64_t spread[] = {1, 2, 10, 1000, (uint64_t)1 << 40};
    static int64_t ts[MOST], gap[MOST];
    struct rng rng;
    (void)state;
    rng_init(&rng, 1, 2);
    for (size_t l = 0; l < ARRAY_LEN(length) * ARRAY_LEN(spread) * 2; l++) {
        size_t n = length[l % ARRAY_LEN(length)];
        uint64_t s = spread[l / ARRAY_LEN(length) % ARRAY_LEN(spread)];
        bool even = l >= ARRAY_LEN(length) * ARRAY_LEN(spread);
        double m, mad;
        struct rhythm r;
        for (size_t i = 0; i < n; i++)
            ts[i] = (even ? (int64_t)i * 60 * S : 0) + (int64_t)(rng_u64(&rng) % s) - 1000;
        memcpy(gap, ts, n * sizeof *ts);
        qsort(gap, n, sizeof *gap, ascending);
        r = rhythm_measure(ts, n);
        assert_int_equal(r.first_us, gap[0]);
        assert_int_equal(r.last_us, gap[n - 1]);
        for (size_t i = 0; i + 1 < n; i++)
            gap[i] = gap[i + 1] - gap[i];
        m = median(gap, n - 1);
        for (size_t i = 0; i + 1 < n; i++)
            gap[i] = (int64_t)fabs((double)gap[i] - m);
        mad = median(gap, n - 1);
        assert_true(r.median_gap_s == m * 1e-6);
        assert_true(r.mad_gap_s == mad * 1e-6);
    }
}

/* Rising to the middle and falling again makes bad pivots. */
static void worst_order(void **state)
{
    enum { N = 200001 };
    int64_t *ts = malloc(N * sizeof *ts), at = 0;
    struct rhythm r;
    (void)state;
    assert_non_null(ts);
    for (int64_t i = 0; i < N; i++)
        ts[i] = at += i < N / 2 ? i : N - i;
    r = rhythm_measure(ts, N);
    /* Gaps: 1 to 99,999 twice, then 100,000 and 100,001. */
    assert_true(r.median_gap_s == 50000.5 * 1e-6);
    free(ts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_and_one),
        cmocka_unit_test(even_gaps_in_any_order),
        cmocka_unit_test(jitter_lowers_regularity),
        cmocka_unit_test(three_events_prove_nothing),
        cmocka_unit_test(bursts_are_not_regular),
        cmocka_unit_test(many_times),
        cmocka_unit_test(worst_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
