/* Text as columns of a screen: glyphs for either character set, and cutting that keeps what tells
 * two texts apart. Pure: no curses, no state beyond clean_utf8(). */
#ifndef MINNOW_TUI_TEXT_H
#define MINNOW_TUI_TEXT_H

#include "core/base/buf.h"
#include "core/base/clean.h"

/* ---- glyphs: one column each ---- */

/* id, UTF-8, ASCII */
#define GLYPHS(X)                                                                                  \
    X(ELLIPSIS, "…", "~")                                                                          \
    X(SEPARATOR, "›", ">")                                                                         \
    X(VLINE, "│", "|")                                                                             \
    X(HLINE, "─", "-")                                                                             \
    X(POINTER, "▶", ">")                                                                           \
    X(ARROW, "→", ">")                                                                             \
    X(UP, "▲", "^")                                                                                \
    X(DOWN, "▼", "v")                                                                              \
    X(DOT, "·", ".")                                                                               \
    X(BULLET, "•", "*")                                                                            \
    X(MORE_LEFT, "‹", "<")                                                                         \
    X(MORE_RIGHT, "›", ">")                                                                        \
    X(CARET, "^", "^")

enum glyph {
#define X(id, utf8, ascii) GLYPH_##id,
    GLYPHS(X)
#undef X
        N_GLYPHS
};

const char *text_glyph(enum glyph glyph);

/* A level of a sparkline, 0 (a dot) to 8 (a full block); ASCII: `.` and eight marks of growing ink.
 */
const char *text_spark(unsigned level);

/* A shade, 0 (a dot) to 5 (a full block), and the level of a share of 0..1: 0 for nothing, 1 for less
 * than a tenth, then quarters: up to .25, .5, .75 and above. ASCII: `. - + * % #`. */
#define TEXT_SHADES 6
const char *text_shade(unsigned level);
unsigned shade_level(double share);

/* The last cell of a bar, 1 to 8 eighths of a block; ASCII: `|` below 8, `#` for 8. */
const char *text_eighth(unsigned eighths);

/* ---- cutting ---- */

enum cut {
    CUT_END,    /* keeps the beginning: `REFUSED 192.168.202.79 -> 1…` */
    CUT_START,  /* keeps the end: `…/logs/conn.log` */
    CUT_MIDDLE, /* keeps both: `Cz7x…q9` */
    CUT_ADDR,   /* an address: both ends with `..` between, the end longer: it tells machines apart:
                   `fe80::..2a:f2c2`. Cut between groups where that costs at most three columns. */
};

/* Which parts of a text are shown in a given width: head, mark, tail. */
struct fit {
    struct span head, tail; /* parts of the input */
    const char *mark;       /* "" when nothing is cut */
    size_t cols;            /* of all three together; at most the width asked for */
    bool cut;
};

/* Never wider than `cols`; never cuts inside a character or an escape. Cost: linear in the columns
 * when cutting the end, in the text otherwise. */
struct fit text_fit(struct span in, size_t cols, enum cut cut);

/* The fitted text cleaned and appended; returns its columns. */
size_t text_add_fit(struct buf *out, struct span in, size_t cols, enum cut cut);

/* The smallest width from `min` to `max` at which all different texts look different, or `max` when
 * none does. For the addresses on a page: ask once per page, not per cell. */
size_t text_cols_apart(const struct span *item, size_t n, size_t min, size_t max, enum cut cut);

/* Writes a code point as UTF-8; returns its bytes (1 to 4), 0 for what is no character. */
size_t text_utf8(uint32_t code, char out[4]);

/* Takes the last unit (a character with its marks, or an escape) off a text; how many bytes that
 * are; 0 for an empty text. */
size_t text_last_unit(struct span in);

#endif
