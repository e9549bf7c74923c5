/* A window on a long list: which entry is selected, and which is the first one shown.
 *
 * Invariants after every call: sel < n (0 when n is 0); top <= sel < top + height while height is
 * above 0; no empty lines below the end while there are entries above the top. */
#ifndef MINNOW_TUI_MODEL_VIEWPORT_H
#define MINNOW_TUI_MODEL_VIEWPORT_H

#include "core/base/attr.h"

struct viewport {
    uint64_t n;      /* entries */
    uint64_t top;    /* first shown */
    uint64_t sel;    /* selected */
    uint64_t height; /* lines */
};

/* The list or the window has another size now; the selection stays visible. */
void viewport_resize(struct viewport *v, uint64_t n, uint64_t height);

/* Moves the selection; stops at both ends. */
void viewport_by(struct viewport *v, int64_t lines);
void viewport_to(struct viewport *v, uint64_t sel);

/* One screen less a line, so that one line is common to both; half a screen. */
void viewport_page(struct viewport *v, int direction);
void viewport_half(struct viewport *v, int direction);

/* Moves the window and not a selection, for text that is read: sel follows top. */
void viewport_scroll(struct viewport *v, int64_t lines);

/* Puts the selection into the middle where that is possible: after a jump to a hit. */
void viewport_centre(struct viewport *v, uint64_t sel);

/* ---- entries of several lines ---- */

/* How many lines an entry takes: at least 1. */
struct viewport_lines {
    uint64_t lines; /* of the window; at least 1 */
    uint64_t (*height)(void *ctx, uint64_t entry);
    void *ctx;
};

/* The window moves no further than it must so that the selected entry is seen whole, or from its
 * first line when it is taller than the window; and there are no empty lines below the end while there
 * are entries above the top. v->height is from then on the number of entries that are seen whole (at
 * least 1), so that all of the above goes on to hold. Cost: the heights of a few windows. */
void viewport_settle_lines(struct viewport *v, const struct viewport_lines *l);

/* A page, or half of one, so that no entry is passed unseen: what was last seen whole is then first,
 * what was first is then last. */
void viewport_page_lines(struct viewport *v, const struct viewport_lines *l, int direction,
                         bool half);

/* ---- what is shown ---- */

/* Entries shown now: n - top, at most height. */
uint64_t viewport_shown(const struct viewport *v);

/* Entries below the last one shown. */
uint64_t viewport_below(const struct viewport *v);

#endif
