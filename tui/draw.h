/* Drawing by role into rectangles of the screen.
 *
 * Nothing here moves the cursor, scrolls or wraps: every function clips to its area, whatever it is
 * asked for, also areas of no size. Rows and columns count from 0 inside the area. A `look` is an
 * enum look, perhaps with LOOK_ON_SELECTED. The screen is compared with what is shown and only the
 * difference is sent, so views draw everything each time. */
#ifndef MINNOW_TUI_DRAW_H
#define MINNOW_TUI_DRAW_H

#include "tui/text.h"
#include "tui/theme.h"

struct area {
    int row, col, rows, cols; /* on the screen; rows and cols may be 0 */
};

/* Parts of an area, clipped to it: lines first .. first + n - 1, and the same for columns. */
struct area area_rows(struct area a, int first, int n);
struct area area_cols(struct area a, int first, int n);

/* Text of minnow's own (labels, numbers, glyphs), from `col` to the area's right edge. Returns the
 * columns drawn. Bytes from a log go through draw_untrusted. */
int draw_text(struct area a, int row, int col, unsigned look, const char *text);
int draw_format(struct area a, int row, int col, unsigned look, const char *fmt, ...)
    PRINTF_LIKE(5, 6);

/* The same, ending at column `end` (exclusive), cut at the left when too long. */
int draw_right(struct area a, int row, int end, unsigned look, const char *text);

/* Bytes from a log, a file name, an argument: cleaned, fitted into at most max_cols columns (and
 * the area), escapes in the role `escape`. Returns the columns drawn. */
int draw_untrusted(struct area a, int row, int col, int max_cols, unsigned look, struct span text,
                   enum cut cut);

/* The same from column `skip` of the text on, for horizontal scrolling: a mark at either side shows
 * what is hidden. */
int draw_scrolled(struct area a, int row, int col, int max_cols, unsigned look, struct span text,
                  size_t skip);

/* n times the glyph (one column), for rules and fills. */
void draw_repeat(struct area a, int row, int col, int n, unsigned look, const char *glyph);

/* Fills a line of the area with blanks in the role's background: the line under the cursor. */
void draw_line(struct area a, int row, unsigned look);

/* A bar of `eighths` eighths of a column, at most max_cols columns. Returns the columns drawn. */
int draw_bar(struct area a, int row, int col, int max_cols, unsigned look, unsigned eighths);

/* A sparkline: one column per level (0..8). */
void draw_spark(struct area a, int row, int col, unsigned look, const uint8_t *level, int n);

#endif
