/* Back and forward through places. */
#include "tui/model/trail.h"

#include "tests/unit/unit.h"

static void note(struct trail *t, int number)
{
    struct session s = {.line = NULL};
    session_printf(&s, "place", "%d", number);
    trail_note(t, &s);
    assert_null(s.line);
    assert_int_equal(s.n, 0);
}

static int here(const struct trail *t)
{
    uint64_t number;
    return session_number(session_whole(trail_here(t)), "place", 1000, &number) ? (int)number : -1;
}

static void back_and_forward(void **state)
{
    static struct trail t;
    (void)state;
    assert_false(trail_move(&t, -1));
    assert_false(trail_move(&t, 1));
    assert_int_equal(here(&t), -1);
    note(&t, 0);
    for (int i = 1; i < 5; i++) {
        trail_go_on(&t);
        assert_int_equal(here(&t), -1);
        note(&t, i);
    }
    note(&t, 40); /* noted again: as it was left last */
    for (int i = 3; i >= 0; i--) {
        assert_true(trail_move(&t, -1));
        assert_int_equal(here(&t), i);
    }
    assert_false(trail_move(&t, -1));
    assert_int_equal(here(&t), 0);
    for (int i = 1; i < 4; i++)
        assert_true(trail_move(&t, 1));
    assert_true(trail_move(&t, 1));
    assert_int_equal(here(&t), 40);
    assert_false(trail_move(&t, 1));
    trail_clear(&t);
}

static void a_new_way_forgets_the_old_one(void **state)
{
    static struct trail t;
    (void)state;
    for (int i = 0; i < 5; i++) {
        note(&t, i);
        trail_go_on(&t);
    }
    note(&t, 5);
    assert_true(trail_move(&t, -1));
    assert_true(trail_move(&t, -1));
    trail_go_on(&t);
    note(&t, 30);
    assert_false(trail_move(&t, 1));
    assert_true(trail_move(&t, -1));
    assert_int_equal(here(&t), 3);
    trail_clear(&t);
    assert_int_equal(here(&t), -1);
    assert_false(trail_move(&t, -1));
    assert_false(trail_move(&t, 1));
}

static void the_oldest_is_forgotten(void **state)
{
    static struct trail t;
    int n = 0;
    (void)state;
    for (int i = 0; i < 3 * TRAIL_MOST; i++) {
        note(&t, i);
        trail_go_on(&t);
    }
    while (trail_move(&t, -1))
        assert_int_equal(here(&t), 3 * TRAIL_MOST - 1 - n++);
    assert_int_equal(n, TRAIL_MOST - 1);
    trail_clear(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(back_and_forward),
        cmocka_unit_test(a_new_way_forgets_the_old_one),
        cmocka_unit_test(the_oldest_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
