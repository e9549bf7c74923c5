/* The one cleaner: untrusted bytes -> what may be shown.
 *
 * Every byte from a log, a file name or an argument passes here before it is drawn on a screen or
 * printed by a report or an error message. Nothing is dropped: what cannot be shown as itself is
 * shown as text.
 *
 *   printable ASCII                       itself
 *   other control bytes, DEL              \x1b
 *   bytes that are not valid UTF-8        \xff, one per byte
 *   C1 controls, bidi controls, zero width, tag characters, U+2028/9, variation selectors,
 *     soft hyphen, unassigned code points, surrogates           <U+202E>
 *   combining marks beyond the fourth on one character, or with nothing to stand on   <U+0301>
 *   everything else                       itself in a UTF-8 locale, <U+00E9> otherwise
 *
 * One unit is one character with its combining marks, or one escape; its width in columns is known,
 * so neighbours never move. */
#ifndef MINNOW_BASE_CLEAN_H
#define MINNOW_BASE_CLEAN_H

#include "core/base/buf.h"

struct clean_unit {
    char text[40]; /* what to show: valid UTF-8 (ASCII when escaped), NUL-terminated */
    uint8_t len;   /* bytes of text */
    uint8_t cols;  /* columns it takes: 1 or 2 for a character, the length of an escape */
    bool escaped;  /* shown as text in place of itself; screens give it a style of its own */
    size_t taken;  /* bytes of input it stands for */
};

/* Says whether the terminal or file shows UTF-8. Called once at start, before any thread; after
 * setlocale(LC_CTYPE, ""). Off by default: everything beyond ASCII is then escaped. */
void clean_set_utf8(bool utf8);
bool clean_utf8(void);

/* How many bytes at the front are printable ASCII that is shown as itself, one column a byte: what most
 * texts are, and quicker than unit by unit. The last of such bytes is not among them when a mark may
 * stand on it. */
size_t clean_plain(struct span in);

/* Takes the first unit off `in`. False when `in` is empty. */
bool clean_next(struct span in, struct clean_unit *out);

/* The whole text cleaned, appended to `out`. */
void clean_add(struct buf *out, struct span in);

/* Columns that the whole text takes when shown. */
size_t clean_cols(struct span in);

#endif
