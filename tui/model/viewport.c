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

uint64_t viewport_shown(const struct viewport *v)
{
    uint64_t left = v->n - v->top;
    return left < v->height ? left : v->height;
}

uint64_t viewport_below(const struct viewport *v)
{
    return v->n - v->top - viewport_shown(v);
}
