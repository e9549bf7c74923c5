/* rhythm.h: gaps, their median and deviation, and the edges that the recipe page promises. */
#include "tests/unit/unit.h"

#include <math.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_and_one),          cmocka_unit_test(even_gaps_in_any_order),
        cmocka_unit_test(jitter_lowers_regularity), cmocka_unit_test(three_events_prove_nothing),
        cmocka_unit_test(bursts_are_not_regular),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
