/* The window on a long list keeps its invariants whatever happens. */
#include "tui/model/viewport.h"

#include "core/base/rng.h"
#include "tests/unit/unit.h"

static void check(const struct viewport *v)
{
    if (v->n == 0) {
        assert_int_equal(v->sel, 0);
        assert_int_equal(v->top, 0);
        return;
    }
    assert_true(v->sel < v->n);
    assert_true(v->top <= v->sel);
    if (v->height == 0)
        return;
    assert_true(v->sel - v->top < v->height);
    assert_true(v->top == 0 || v->n - v->top >= v->height);
    assert_int_equal(v->top + viewport_shown(v) + viewport_below(v), v->n);
}

static void test_ends(void **state)
{
    struct viewport v = {0, 0, 0, 0};
    (void)state;
    viewport_resize(&v, 100, 10);
    viewport_by(&v, -1);
    assert_int_equal(v.sel, 0);
    viewport_by(&v, INT64_MAX);
    assert_int_equal(v.sel, 99);
    assert_int_equal(v.top, 90);
    viewport_by(&v, INT64_MIN);
    assert_int_equal(v.sel, 0);
    viewport_to(&v, UINT64_MAX);
    assert_int_equal(v.sel, 99);
}

static void test_pages(void **state)
{
    struct viewport v = {0, 0, 0, 0};
    (void)state;
    viewport_resize(&v, 100, 10);
    viewport_by(&v, 3);
    viewport_page(&v, 1);
    assert_int_equal(v.top, 9);
    assert_int_equal(v.sel, 12);
    viewport_half(&v, 1);
    assert_int_equal(v.top, 14);
    assert_int_equal(v.sel, 17);
    viewport_half(&v, -1);
    viewport_page(&v, -1);
    assert_int_equal(v.top, 0);
    assert_int_equal(v.sel, 3);
}

static void test_resize_keeps_the_selection_visible(void **state)
{
    struct viewport v = {0, 0, 0, 0};
    (void)state;
    viewport_resize(&v, 100, 50);
    viewport_to(&v, 49);
    assert_int_equal(v.top, 0);
    viewport_resize(&v, 100, 5);
    assert_int_equal(v.sel, 49);
    assert_int_equal(v.top, 45);
    viewport_resize(&v, 100, 200);
    assert_int_equal(v.top, 0);
    viewport_resize(&v, 3, 200);
    assert_int_equal(v.sel, 2);
    viewport_resize(&v, 0, 0);
    check(&v);
}

static void test_centre(void **state)
{
    struct viewport v = {0, 0, 0, 0};
    (void)state;
    viewport_resize(&v, 100, 10);
    viewport_centre(&v, 4);
    assert_int_equal(v.top, 0);
    viewport_centre(&v, 50);
    assert_int_equal(v.top, 45);
    assert_int_equal(v.sel, 50);
    viewport_centre(&v, 52);
    assert_int_equal(v.top, 45);
    viewport_centre(&v, 1000);
    assert_int_equal(v.sel, 99);
    assert_int_equal(v.top, 90);
}

static void test_scroll_stops_at_the_last_page(void **state)
{
    struct viewport v = {0, 0, 0, 0};
    (void)state;
    viewport_resize(&v, 12, 10);
    viewport_scroll(&v, 100);
    assert_int_equal(v.top, 2);
    viewport_scroll(&v, -1);
    assert_int_equal(v.top, 1);
    viewport_resize(&v, 5, 10);
    viewport_scroll(&v, 3);
    assert_int_equal(v.top, 0);
}

static void test_random_walk(void **state)
{
    struct rng rng;
    struct viewport v = {0, 0, 0, 0};
    (void)state;
    rng_init(&rng, 7, 0);
    for (int i = 0; i < 50000; i++) {
        int64_t by = (int64_t)rng_below(&rng, 60) - 30;
        switch (rng_below(&rng, 7)) {
        case 0:
            viewport_resize(&v, rng_below(&rng, 50), rng_below(&rng, 20));
            break;
        case 1:
            viewport_by(&v, by);
            break;
        case 2:
            viewport_page(&v, by < 0 ? -1 : 1);
            break;
        case 3:
            viewport_half(&v, by < 0 ? -1 : 1);
            break;
        case 4:
            viewport_scroll(&v, by);
            break;
        case 5:
            viewport_centre(&v, rng_below(&rng, 60));
            break;
        default:
            viewport_to(&v, rng_below(&rng, 60));
        }
        check(&v);
    }
}

/* ---- entries of several lines ---- */

struct tall {
    uint64_t n;
    uint64_t height[64];
};

static uint64_t height_of(void *ctx, uint64_t entry)
{
    const struct tall *t = ctx;
    assert_true(entry < t->n);
    return t->height[entry];
}

static void check_lines(const struct viewport *v, const struct viewport_lines *l)
{
    const struct tall *t = l->ctx;
    uint64_t above = 0, below = 0, rest = 0;
    check(v);
    for (uint64_t i = v->top; i < v->sel; i++)
        above += t->height[i];
    if (above + t->height[v->sel] > l->lines)
        assert_int_equal(above, 0); /* taller than the window: from its first line */
    for (uint64_t i = v->top; i < v->top + v->height; i++)
        below += t->height[i];
    assert_true(v->height == 1 || below <= l->lines);
    for (uint64_t i = v->top; i < v->n; i++)
        rest += t->height[i];
    if (v->top > 0)
        assert_true(rest + t->height[v->top - 1] > l->lines);
}

static void test_tall_entries(void **state)
{
    struct rng rng;
    (void)state;
    rng_init(&rng, 7, 0);
    for (int round = 0; round < 400; round++) {
        struct tall t = {.n = 1 + rng_below(&rng, 64)};
        struct viewport_lines l = {1 + rng_below(&rng, 12), height_of, &t};
        struct viewport v = {.n = t.n};
        for (uint64_t i = 0; i < t.n; i++)
            t.height[i] = 1 + (rng_below(&rng, 3) == 0 ? rng_below(&rng, 16) : 0);
        viewport_settle_lines(&v, &l);
        check_lines(&v, &l);
        for (int step = 0; step < 60; step++) {
            switch (rng_below(&rng, 6)) {
            case 0:
                viewport_by(&v, (int64_t)rng_below(&rng, 9) - 4);
                break;
            case 1:
                viewport_to(&v, rng_below(&rng, t.n + 3));
                break;
            case 2:
                viewport_centre(&v, rng_below(&rng, t.n));
                break;
            case 3:
                l.lines = 1 + rng_below(&rng, 12);
                break;
            default:
                viewport_page_lines(&v, &l, rng_below(&rng, 2) == 0 ? -1 : 1,
                                    rng_below(&rng, 2) == 0);
            }
            viewport_settle_lines(&v, &l);
            check_lines(&v, &l);
        }
    }
}

/* Page by page every entry is seen, down to the last and up to the first. */
static void test_pages_of_tall_entries(void **state)
{
    struct rng rng;
    (void)state;
    rng_init(&rng, 9, 0);
    for (int round = 0; round < 200; round++) {
        struct tall t = {.n = 1 + rng_below(&rng, 64)};
        struct viewport_lines l = {2 + rng_below(&rng, 12), height_of, &t};
        struct viewport v = {.n = t.n};
        uint64_t seen;
        for (uint64_t i = 0; i < t.n; i++)
            t.height[i] = 1 + rng_below(&rng, 4);
        viewport_settle_lines(&v, &l);
        for (int direction = 1; direction >= -1; direction -= 2)
            for (int step = 0; step < 200; step++) {
                seen = direction > 0 ? v.top + v.height : v.top;
                viewport_page_lines(&v, &l, direction, round % 2 == 0);
                check_lines(&v, &l);
                if (direction > 0)
                    assert_true(v.top <= seen);
                else
                    assert_true(v.top + v.height >= seen || t.height[v.top] > l.lines);
                if (step == 199)
                    assert_int_equal(v.sel, direction > 0 ? t.n - 1 : 0);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tall_entries),
        cmocka_unit_test(test_pages_of_tall_entries),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_resize_keeps_the_selection_visible),
        cmocka_unit_test(test_centre),
        cmocka_unit_test(test_scroll_stops_at_the_last_page),
        cmocka_unit_test(test_random_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
