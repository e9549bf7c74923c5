/* standing.h: lines that say the same make room, and nothing else moves. */
#include "tests/unit/unit.h"

#include <math.h>

#include "core/cluster/standing.h"

/* A cluster of so many rows, of which `orig` has orig_rows and `resp` has resp_rows. */
static struct profile cluster(uint64_t rows, double score, enum suspicion_part part, uint32_t orig,
                              uint64_t orig_rows, uint32_t resp, uint64_t resp_rows)
{
    struct profile p = {.rows = rows, .suspicion = {.score = score, .part = part}};
    p.orig = (struct top_list){.item = {{orig, orig_rows}}, .n = 1, .distinct = 1};
    p.resp = (struct top_list){.item = {{resp, resp_rows}}, .n = 1, .distinct = 1};
    return p;
}

static void expect(const struct profile *p, double standing)
{
    assert_true(fabs(p->standing - standing) < 1e-12);
}

static void pieces_of_a_scan_make_room(void **state)
{
    struct profile p[] = {
        cluster(100, 1.0, SUSPICION_REFUSED, 7, 100, 9, 100),
        cluster(6000, 0.9, SUSPICION_REFUSED, 7, 6000, 8, 60),
        cluster(400, 0.96, SUSPICION_REFUSED, 7, 400, 9, 30),
        cluster(50, 0.6, SUSPICION_REGULAR, 3, 50, 4, 50),
    };
    (void)state;
    standing_find(p, 4);
    expect(&p[1], 0.9);      /* says it of 5,400 rows */
    expect(&p[2], 0.96 / 2); /* of 384 */
    expect(&p[0], 1.0 / 3);  /* of 100 */
    expect(&p[3], 0.6);
}

static void many_rows_of_little_suspicion_do_not_lead(void **state)
{
    struct profile p[] = {
        cluster(10, 0.8, SUSPICION_REGULAR, 7, 10, 9, 10),
        cluster(90000, 0.39, SUSPICION_REGULAR, 7, 60000, 9, 90000),
        cluster(30, 0.4, SUSPICION_REGULAR, 7, 30, 9, 30),
    };
    (void)state;
    standing_find(p, 3);
    expect(&p[2], 0.4); /* just half of the most, and 12 against 8 */
    expect(&p[0], 0.8 / 2);
    expect(&p[1], 0.39 / 3);
}

static void without_a_source_the_target_speaks(void **state)
{
    struct profile p[] = {
        cluster(100, 0.5, SUSPICION_REFUSED, 1, 49, 9, 100),
        cluster(300, 0.5, SUSPICION_REFUSED, 2, 10, 9, 150),
        cluster(200, 0.5, SUSPICION_REFUSED, 3, 100, 9, 200), /* a source: half is enough */
        cluster(101, 0.5, SUSPICION_REFUSED, 4, 50, 9, 50),   /* neither */
        cluster(101, 0.5, SUSPICION_REFUSED, 4, 50, 9, 50),
    };
    (void)state;
    standing_find(p, 5);
    expect(&p[1], 0.5);
    expect(&p[0], 0.25);
    expect(&p[2], 0.5);
    expect(&p[3], 0.5);
    expect(&p[4], 0.5);
}

static void what_outsiders_are_refused_is_about_the_target(void **state)
{
    struct profile p[] = {
        cluster(100, 0.5, SUSPICION_REFUSED, 1, 100, 9, 100),
        cluster(300, 0.5, SUSPICION_REFUSED, 2, 300, 9, 300),
        cluster(900, 0.5, SUSPICION_REFUSED, 3, 900, 9, 900), /* from inside */
        cluster(400, 0.5, SUSPICION_REFUSED, 4, 400, 8, 100), /* no target speaks */
        cluster(500, 0.5, SUSPICION_REGULAR, 5, 500, 9, 500),
        cluster(600, 0.5, SUSPICION_REGULAR, 6, 600, 9, 600),
    };
    (void)state;
    for (int i = 0; i < 6; i++)
        p[i].from_outside = i != 2;
    standing_find(p, 6);
    expect(&p[1], 0.5);
    expect(&p[0], 0.25);
    for (int i = 2; i < 6; i++)
        expect(&p[i], 0.5);
}

static void another_word_or_address_says_something_else(void **state)
{
    struct profile p[] = {
        cluster(10, 0.7, SUSPICION_REGULAR, 7, 10, 9, 10),
        cluster(10, 0.7, SUSPICION_ODD, 7, 10, 9, 10),
        cluster(10, 0.7, SUSPICION_REGULAR, 6, 10, 9, 10),
        /* target 7 is not source 7 */
        cluster(10, 0.7, SUSPICION_REGULAR, 1, 4, 7, 10),
    };
    (void)state;
    standing_find(p, 4);
    for (int i = 0; i < 4; i++)
        expect(&p[i], 0.7);
}

static void equal_ones_keep_their_order(void **state)
{
    struct profile p[RECIPE_MAX_K];
    (void)state;
    for (uint32_t i = 0; i < RECIPE_MAX_K; i++)
        p[i] = cluster(10, 0.5, SUSPICION_ODD, 7, 10, 9, 10);
    standing_find(p, RECIPE_MAX_K);
    for (uint32_t i = 0; i < RECIPE_MAX_K; i++)
        expect(&p[i], 0.5 / (i + 1));
    standing_find(p, 0);
}

static void nothing_suspicious_stands_nowhere(void **state)
{
    struct profile p[] = {
        cluster(10, 0, SUSPICION_REGULAR, 7, 10, 9, 10),
        cluster(20, 0, SUSPICION_REGULAR, 7, 20, 9, 20),
        {.rows = 5}, /* no addresses at all */
    };
    (void)state;
    standing_find(p, 3);
    for (int i = 0; i < 3; i++)
        expect(&p[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_of_a_scan_make_room),
        cmocka_unit_test(many_rows_of_little_suspicion_do_not_lead),
        cmocka_unit_test(without_a_source_the_target_speaks),
        cmocka_unit_test(what_outsiders_are_refused_is_about_the_target),
        cmocka_unit_test(another_word_or_address_says_something_else),
        cmocka_unit_test(equal_ones_keep_their_order),
        cmocka_unit_test(nothing_suspicious_stands_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
