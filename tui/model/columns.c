/* Where columns stand. */
#include "tui/model/columns.h"

#define LEAST 4 /* screen columns below which a cut column says nothing */

uint32_t columns_frozen(const uint32_t *width, uint32_t n, uint32_t frozen, uint32_t gap,
                        uint32_t total)
{
    uint32_t x = 0, fit = 0;
    while (fit < frozen && fit < n && x + width[fit] + gap + LEAST * 2 <= total)
        x += width[fit++] + gap;
    return fit;
}

/* Adds a slot at *x; false when nothing more fits. */
static bool place(const uint32_t *width, uint32_t column, uint32_t gap, uint32_t total, uint32_t *x,
                  struct column_slot *slot)
{
    uint32_t left = total > *x ? total - *x : 0;
    uint32_t want = width[column];
    if (left == 0 || (left < want && left<LEAST && * x> 0))
        return false;
    *slot = (struct column_slot){column, *x, want < left ? want : left, want > left};
    *x += slot->cols + gap;
    return true;
}

uint32_t columns_lay(const uint32_t *width, uint32_t n, uint32_t frozen, uint32_t first,
                     uint32_t gap, uint32_t total, struct column_slot *out, uint32_t max)
{
    uint32_t x = 0, slots = 0;
    frozen = columns_frozen(width, n, frozen, gap, total);
    if (first < frozen)
        first = frozen;
    for (uint32_t i = 0; i < frozen && slots < max; i++)
        if (place(width, i, gap, total, &x, &out[slots]))
            slots++;
    for (uint32_t i = first; i < n && slots < max; i++) {
        if (!place(width, i, gap, total, &x, &out[slots]))
            break;
        slots++;
    }
    return slots;
}

uint32_t columns_reveal(const uint32_t *width, uint32_t n, uint32_t frozen, uint32_t first,
                        uint32_t gap, uint32_t total, uint32_t want)
{
    uint32_t room = total, used, at;
    frozen = columns_frozen(width, n, frozen, gap, total);
    if (first < frozen)
        first = frozen;
    if (want >= n || want < frozen)
        return first;
    if (want <= first)
        return want;
    for (uint32_t i = 0; i < frozen; i++)
        room -= width[i] + gap;
    /* Walk left from the wanted column while its neighbours still fit beside it. */
    used = width[want];
    at = want;
    while (at > first && used + gap + width[at - 1] <= room)
        used += gap + width[--at];
    return at;
}
