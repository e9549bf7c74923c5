/* Range, mean and spread: against a plain double loop, whatever is missing and however it is cut. */
#include "core/recipe/moments.h"

#include "tests/unit/unit.h"

#include <math.h>

#include "core/base/rng.h"

#define N 2048

static struct moments plain(const double *x, size_t n)
{
    struct moments m = {.min = (double)INFINITY, .max = (double)-INFINITY};
    long double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]))
            continue;
        m.n++;
        m.min = fmin(m.min, x[i]);
        m.max = fmax(m.max, x[i]);
        sum += (long double)x[i];
    }
    m.mean = (double)(sum / m.n);
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]))
            squares += ((long double)x[i] - sum / m.n) * ((long double)x[i] - sum / m.n);
    m.squares = (double)squares;
    return m;
}

static void alike(const struct moments *is, const struct moments *want)
{
    assert_int_equal(is->n, want->n);
    if (want->n == 0)
        return;
    assert_true(is->min == want->min && is->max == want->max);
    assert_true(fabs(is->mean - want->mean) <= 1e-13 * (1 + fabs(want->mean)));
    assert_true(fabs(is->squares - want->squares) <= 1e-9 * (1e-30 + want->squares));
}

/* Numbers far from 0 with a small spread, some missing: one in `every`, 0: none. */
static void fill(double *x, uint64_t seed, uint32_t every)
{
    struct rng rng;
    rng_init(&rng, seed, 0);
    for (size_t i = 0; i < N; i++)
        x[i] = every > 0 && rng_below(&rng, every) == 0 ? (double)NAN : 1e6 + rng_unit(&rng) * 100;
}

static void like_a_plain_loop_at_every_level(void **state)
{
    static const uint32_t every[] = {0, 1, 2, 50};
    double x[N];
    (void)state;
    for (size_t e = 0; e < ARRAY_LEN(every); e++) {
        struct moments want, first;
        fill(x, e, every[e]);
        want = plain(x, N);
        first = moments_of(x, N, SIMD_PORTABLE);
        alike(&first, &want);
        for (int level = 0; level < N_SIMD_LEVELS; level++) {
            struct moments is;
            if (!simd_has_level((enum simd_level)level))
                continue;
            is = moments_of(x, N, (enum simd_level)level);
            assert_memory_equal(&is, &first, sizeof is);
        }
    }
}

static void pieces_come_to_the_same(void **state)
{
    double x[N];
    (void)state;
    for (size_t piece = MOMENTS_LANES; piece <= N; piece *= 4) {
        struct moments all = {.n = 0}, want;
        fill(x, piece, 3);
        for (size_t i = 0; i < N / 2; i++)
            x[i] += 1e9; /* means far apart */
        want = plain(x, N);
        for (size_t at = 0; at < N; at += piece) {
            struct moments more = moments_of(x + at, N - at < piece ? N - at : piece, SIMD_SSE2);
            moments_join(&all, &more);
        }
        alike(&all, &want);
    }
}

static void nothing_adds_nothing(void **state)
{
    double x[MOMENTS_LANES], one[MOMENTS_LANES];
    struct moments all = {.n = 0}, none, seven;
    (void)state;
    for (int i = 0; i < MOMENTS_LANES; i++) {
        x[i] = (double)NAN;
        one[i] = i == 3 ? 7 : (double)NAN;
    }
    none = moments_of(x, MOMENTS_LANES, SIMD_SSE2);
    seven = moments_of(one, MOMENTS_LANES, SIMD_SSE2);
    moments_join(&all, &none);
    assert_int_equal(all.n, 0);
    moments_join(&all, &seven);
    moments_join(&all, &none);
    assert_int_equal(all.n, 1);
    assert_true(all.min == 7 && all.max == 7 && all.mean == 7 && all.squares == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(like_a_plain_loop_at_every_level),
        cmocka_unit_test(pieces_come_to_the_same),
        cmocka_unit_test(nothing_adds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
