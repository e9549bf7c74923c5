/* How the analyst wants the columns of a log: which, in what order, how wide, which of them stay when
 * the others scroll, and whether long values wrap.
 *
 * A layout names columns as the log does, so that it holds for every list of rows, and for the next
 * log of the kind. It is never changed once others may hold it: a change is made to a copy. NULL is the
 * layout that nobody has touched. Loop thread only. */
#ifndef MINNOW_TUI_MODEL_COL_LAYOUT_H
#define MINNOW_TUI_MODEL_COL_LAYOUT_H

#include "core/base/buf.h"
#include "core/base/err.h"

#define COL_LAYOUT_MOST 1000u /* of one column */

struct col_wish {
    char *name;    /* owned */
    uint32_t cols; /* of a width; 0 among those shown */
};

struct col_layout {
    unsigned refs;
    struct col_wish *shown; /* in their order; none: all, as they come; owned */
    size_t n_shown;
    struct col_wish *width; /* those with a width of their own; owned */
    size_t n_widths, cap_widths;
    int frozen; /* columns that stay; -1: as they come */
    bool wrap;
};

const struct col_layout *col_layout_ref(const struct col_layout *l); /* NULL gives NULL */
void col_layout_unref(const struct col_layout *l);

/* A copy to be changed, or a new one of NULL; with one reference. NULL when memory is short. */
struct col_layout *col_layout_copy(const struct col_layout *l, struct err *err) WARN_UNUSED;

/* Whether both show the same. */
bool col_layout_same(const struct col_layout *a, const struct col_layout *b);

/* The columns that are shown from now on, in this order; n = 0: all, as they come. Errors: ERR_LIMIT,
 * the layout is then as before. */
int col_layout_show(struct col_layout *l, const char *const *name, size_t n,
                    struct err *err) WARN_UNUSED;

/* The width of a column: 1 to COL_LAYOUT_MOST; 0 for none of its own. Errors: ERR_LIMIT. */
int col_layout_set_width(struct col_layout *l, const char *name, uint32_t cols,
                         struct err *err) WARN_UNUSED;
uint32_t col_layout_width(const struct col_layout *l, const char *name);
void col_layout_drop_widths(struct col_layout *l);

/* One line of text, and back:
 *
 *     show:ts show:id.orig_h show:"Dest Port" width:uid=24 freeze:2 wrap
 *
 * Names of other than letters, digits and `_.-` stand in double quotes, with \" \\ and \xHH inside.
 * The layout of NULL is the empty text. Errors: ERR_DATA with the word that is none, ERR_LIMIT. */
void col_layout_write(struct buf *out, const struct col_layout *l);
int col_layout_parse(const struct col_layout **out, struct span text, struct err *err) WARN_UNUSED;

#endif
