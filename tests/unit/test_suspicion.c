/* suspicion.h: each part answers to what it is for, and to nothing else. */
#include "tests/unit/unit.h"

#include <math.h>

#include "core/cluster/suspicion.h"

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

static void a_beacon_is_regular(void **state)
{
    (void)state;
    struct suspicion_facts f = {.rows = 950,
                                .top_source_share = 1,
                                .top_pair_share = 0.9,
                                .pairs = 3,
                                .pair_rows = 855,
                                .pair_gap_s = 270,
                                .pair_regularity = 0.8,
                                .pair_span_share = 0.5};
    struct suspicion s = suspicion_of(&f, 0);
    assert_int_equal(s.part, SUSPICION_REGULAR);
    assert_true(near(s.score, 0.9 * 0.8 * 0.5));
    f.pair_rows = 9;
    assert_true(suspicion_of(&f, 0).of[SUSPICION_REGULAR] == 0);
    f.pair_rows = 10;
    f.pair_gap_s = 0.9;
    assert_true(suspicion_of(&f, 0).of[SUSPICION_REGULAR] == 0);
}

static void a_scan_is_refused(void **state)
{
    (void)state;
    struct suspicion_facts f = {.rows = 5000,
                                .top_source_share = 0.5,
                                .top_target_share = 0.8,
                                .pairs = 1000,
                                .failed_share = 0.9};
    struct suspicion s = suspicion_of(&f, 0);
    assert_int_equal(s.part, SUSPICION_REFUSED);
    assert_true(near(s.score, 0.8 * 0.9));
    f.top_source_outside = true;
    assert_true(near(suspicion_of(&f, 0).score, 0.8 * 0.9 / 2));
    f.pairs = 10;
    f.top_source_outside = false;
    assert_true(near(suspicion_of(&f, 0).score, 0.8 * 0.9 / 2));
    f.pairs = 1;
    assert_true(suspicion_of(&f, 0).score == 0);
}

static void a_thief_uploads(void **state)
{
    (void)state;
    struct suspicion_facts f = {.rows = 120,
                                .top_source_share = 1,
                                .out_bytes = 90000,
                                .in_bytes = 10000,
                                .log_out_bytes = 360000};
    struct suspicion s = suspicion_of(&f, 0);
    assert_int_equal(s.part, SUSPICION_UPLOAD);
    assert_true(near(s.score, 0.8 * 0.5));
    f.in_bytes = 90000;
    assert_true(suspicion_of(&f, 0).score == 0);
    f.out_bytes = f.in_bytes = f.log_out_bytes = 0;
    assert_true(suspicion_of(&f, 0).score == 0);
}

/* However much of the log they are: some pings are no upload. */
static void a_few_bytes_are_no_upload(void **state)
{
    (void)state;
    struct suspicion_facts f = {
        .rows = 72, .top_source_share = 1, .out_bytes = 9999, .log_out_bytes = 9999};
    assert_true(suspicion_of(&f, 0).score == 0);
    f.out_bytes = f.log_out_bytes = 10000;
    assert_true(near(suspicion_of(&f, 0).score, 1));
}

static void far_away_is_odd(void **state)
{
    (void)state;
    struct suspicion_facts f = {.rows = 10, .top_source_share = 1, .rms_z = 2};
    struct suspicion s = suspicion_of(&f, 0);
    assert_int_equal(s.part, SUSPICION_ODD);
    assert_true(near(s.score, 0.5 * 0.5));
    f.rms_z = 400;
    f.rows = 1e6;
    assert_true(near(suspicion_of(&f, 0).score, 1));
}

static void routine_takes_most_of_it_off(void **state)
{
    (void)state;
    struct suspicion_facts f = {
        .rows = 1000, .top_source_share = 1, .rms_z = 4, .routine_share = 1};
    assert_true(near(suspicion_of(&f, 0).score, 0.3));
}

static void nothing_is_nothing(void **state)
{
    (void)state;
    struct suspicion_facts f = {.rows = 0};
    struct suspicion s = suspicion_of(&f, 0);
    assert_true(s.score == 0);
    assert_string_equal(suspicion_word(SUSPICION_REFUSED), "REFUSED");
    assert_string_equal(suspicion_word(N_SUSPICIONS), "");
}

static void a_recipe_may_ask_for_some_parts(void **state)
{
    (void)state;
    struct suspicion_facts f = {.rows = 100,
                                .top_source_share = 1,
                                .top_pair_share = 1,
                                .pairs = 1,
                                .rms_z = 8,
                                .pair_rows = 100,
                                .pair_gap_s = 60,
                                .pair_regularity = 0.6,
                                .pair_span_share = 1};
    struct suspicion s = suspicion_of(&f, 0);
    assert_int_equal(s.part, SUSPICION_ODD);
    s = suspicion_of(&f, 1u << SUSPICION_REGULAR | 1u << SUSPICION_UPLOAD);
    assert_int_equal(s.part, SUSPICION_REGULAR);
    assert_true(near(s.score, 0.6) && near(s.of[SUSPICION_ODD], 1));
    assert_true(suspicion_of(&f, 1u << SUSPICION_REFUSED).score == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_beacon_is_regular), cmocka_unit_test(a_scan_is_refused),
        cmocka_unit_test(a_thief_uploads),     cmocka_unit_test(a_recipe_may_ask_for_some_parts),
        cmocka_unit_test(far_away_is_odd),     cmocka_unit_test(routine_takes_most_of_it_off),
        cmocka_unit_test(nothing_is_nothing),  cmocka_unit_test(a_few_bytes_are_no_upload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
