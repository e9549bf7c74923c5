/* Which columns of a wide table stand where: some are frozen at the left, the others scroll. */
#ifndef MINNOW_TUI_MODEL_COLUMNS_H
#define MINNOW_TUI_MODEL_COLUMNS_H

#include "core/base/attr.h"

/* One column on the screen. */
struct column_slot {
    uint32_t column; /* its place in the list of widths */
    uint32_t x;      /* screen column where it starts */
    uint32_t cols;   /* screen columns it has: less than its width when `cut` */
    bool cut;        /* the screen ends inside it */
};

/* How many of the first `frozen` columns can stay so that something is left for others. A frozen
 * column that gives way scrolls with the rest. */
uint32_t columns_frozen(const uint32_t *width, uint32_t n, uint32_t frozen, uint32_t gap,
                        uint32_t total);

/* Lays out columns of the given widths, `gap` blanks between two. The frozen ones
 * (columns_frozen) stand at the left; then `first` (at least that many) and what follows, as far as
 * `total` screen columns reach. A column of which not even 4 screen columns fit is left out, unless
 * it is the very first one. Returns the number of slots written, at most `max`. */
uint32_t columns_lay(const uint32_t *width, uint32_t n, uint32_t frozen, uint32_t first,
                     uint32_t gap, uint32_t total, struct column_slot *out, uint32_t max);

/* The nearest `first` that shows `want` whole (or from its start, when it is wider than the
 * screen). */
uint32_t columns_reveal(const uint32_t *width, uint32_t n, uint32_t frozen, uint32_t first,
                        uint32_t gap, uint32_t total, uint32_t want);

#endif
