/* A window on a long list. */
#include "tui/model/viewport.h"

static void settle(struct viewport *v)
{
    uint64_t last_top = v->n > v->height ? v->n - v->height : 0;
    if (v->n == 0) {
        v->sel = v->top = 0;
        return;
    }
    if (v->sel >= v->n)
        v->sel = v->n - 1;
    if (v->height == 0) {
        v->top = v->sel;
        return;
    }
    if (v->sel < v->top)
        v->top = v->sel;
    if (v->sel - v->top >= v->height)
        v->top = v->sel - v->height + 1;
    if (v->top > last_top)
        v->top = last_top;
}

static uint64_t shift(uint64_t at, int64_t by, uint64_t n)
{
    uint64_t step = by < 0 ? (uint64_t)0 - (uint64_t)by : (uint64_t)by;
    if (n == 0)
        return 0;
    if (by < 0)
        return step > at ? 0 : at - step;
    return step > n - 1 - at ? n - 1 : at + step;
}

void viewport_resize(struct viewport *v, uint64_t n, uint64_t height)
{
    v->n = n;
    v->height = height;
    settle(v);
}

void viewport_by(struct viewport *v, int64_t lines)
{
    v->sel = shift(v->sel, lines, v->n);
    settle(v);
}

void viewport_to(struct viewport *v, uint64_t sel)
{
    v->sel = sel;
    settle(v);
}

/* A page moves window and selection alike, so that the selection keeps its line on the screen. */
static void leap(struct viewport *v, int64_t lines)
{
    v->top = shift(v->top, lines, v->n);
    v->sel = shift(v->sel, lines, v->n);
    settle(v);
}

void viewport_page(struct viewport *v, int direction)
{
    uint64_t step = v->height > 1 ? v->height - 1 : 1;
    leap(v, direction < 0 ? -(int64_t)step : (int64_t)step);
}

void viewport_half(struct viewport *v, int direction)
{
    uint64_t step = v->height > 2 ? v->height / 2 : 1;
    leap(v, direction < 0 ? -(int64_t)step : (int64_t)step);
}

void viewport_scroll(struct viewport *v, int64_t lines)
{
    uint64_t last_top = v->n > v->height ? v->n - v->height : 0;
    v->top = shift(v->top, lines, last_top + 1);
    v->sel = v->top;
    settle(v);
}

void viewport_centre(struct viewport *v, uint64_t sel)
{
    if (v->n > 0 && sel >= v->n)
        sel = v->n - 1;
    if (sel < v->top || sel - v->top >= v->height)
        v->top = sel > v->height / 2 ? sel - v->height / 2 : 0;
    v->sel = sel;
    settle(v);
}

/* ---- entries of several lines ---- */

static uint64_t height_of(const struct viewport_lines *l, uint64_t entry)
{
    uint64_t height = l->height(l->ctx, entry);
    return height < 1 ? 1 : height;
}

/* The first entry from which on all up to `last` fit into so many lines; `last` when it alone does not. */
static uint64_t top_for(const struct viewport_lines *l, uint64_t last, uint64_t lines)
{
    uint64_t at = last, used = height_of(l, last), more;
    while (at > 0 && used < lines && used + (more = height_of(l, at - 1)) <= lines) {
        used += more;
        at--;
    }
    return at;
}

/* How many entries from `top` on are seen whole, at least 1. */
static uint64_t whole_from(const struct viewport *v, const struct viewport_lines *l, uint64_t top)
{
    uint64_t used = 0, n = 0;
    while (top + n < v->n && used < l->lines && (used += height_of(l, top + n)) <= l->lines)
        n++;
    return n > 0 ? n : 1;
}

void viewport_settle_lines(struct viewport *v, const struct viewport_lines *l)
{
    uint64_t last_top, least;
    if (v->n == 0) {
        v->sel = v->top = v->height = 0;
        return;
    }
    v->sel = v->sel >= v->n ? v->n - 1 : v->sel;
    v->top = v->top > v->sel ? v->sel : v->top;
    /* Far apart, the walk back from the selection decides; it is a window long. */
    least = top_for(l, v->sel, l->lines);
    v->top = v->top < least ? least : v->top;
    if (v->n - v->top <= l->lines) { /* else the end is not in sight */
        last_top = top_for(l, v->n - 1, l->lines);
        v->top = v->top > last_top ? last_top : v->top;
    }
    v->height = whole_from(v, l, v->top);
}

void viewport_page_lines(struct viewport *v, const struct viewport_lines *l, int direction,
                         bool half)
{
    uint64_t whole, step, first = v->top, last;
    if (v->n == 0)
        return;
    whole = whole_from(v, l, v->top);
    step = half ? whole / 2 : whole - 1;
    if (direction < 0 && v->top > 0)
        step = v->top - top_for(l, v->top, half ? l->lines / 2 : l->lines);
    step = step < 1 ? 1 : step;
    v->top = shift(v->top, direction < 0 ? -(int64_t)step : (int64_t)step, v->n);
    if (v->top == first) /* at an end the selection alone moves */
        step = whole;
    v->sel = shift(v->sel, direction < 0 ? -(int64_t)step : (int64_t)step, v->n);
    last = v->top + whole_from(v, l, v->top) - 1;
    v->sel = v->sel < v->top ? v->top : v->sel > last ? last : v->sel;
    viewport_settle_lines(v, l);
}

/* ---- what is shown ---- */

uint64_t viewport_shown(const struct viewport *v)
{
    uint64_t left = v->n - v->top;
    return left < v->height ? left : v->height;
}

uint64_t viewport_below(const struct viewport *v)
{
    return v->n - v->top - viewport_shown(v);
}
