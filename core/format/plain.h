/* Where fields end: many rows of separated text at once.
 *
 * A reader of rows without quotes (Zeek's tab-separated ones, most of CSV) steps through a text and
 * takes the rows that are plain: whole lines that are not blank, with just the right number of
 * separators, and without the one byte (a backslash, a quote) that makes reading harder. It finds
 * them by comparing 64 bytes at a time. Everything else, and the few rows at both ends of the text, stays with the caller.
 *
 * Private to core/format. */
#ifndef MINNOW_FORMAT_PLAIN_H
#define MINNOW_FORMAT_PLAIN_H

#include "core/base/simd.h"
#include "core/table/field.h"

#define PLAIN_WINDOW ((size_t)16 << 10) /* longest plain row, and what is looked at in one go */
#define PLAIN_BLOCK  64                 /* bytes that one step compares */

struct plain {
    struct span text; /* borrowed */
    size_t at; /* where the next row begins; the caller may move it behind a row of its own */
    char separator, special;
    int remark; /* a line that begins with this byte is not plain; -1: none */
    uint32_t n_fields;
    enum simd_level level;

    /* What was looked at: positions are relative to `base`, the byte in front of its first row. */
    size_t base;
    bool any_special;
    bool shortened;            /* the last row's last end is its CR: its LF is one byte further */
    size_t next_end, n_ends;   /* of `end`, which has one entry more in front: 0 */
    size_t next_line, n_lines; /* of `line` */
    uint16_t end[1 + PLAIN_WINDOW + PLAIN_BLOCK];      /* every separator and line end, in order */
    uint16_t line[PLAIN_WINDOW + PLAIN_BLOCK];         /* every line end */
    uint64_t special_bits[PLAIN_WINDOW / PLAIN_BLOCK]; /* a bit a byte, from base + 1 on */
};

/* Starts at the front of the text. */
void plain_init(struct plain *p, struct span text, char separator, char special, int remark,
                uint32_t n_fields, enum simd_level level);

/* Takes the rows from p->at on, as far as they are plain and at most `most` (1 or more) of them, and
 * steps behind them. Returns how many; where their fields are goes to *rows, good until the next call.
 * The CR of a CRLF is in no field: such rows come one at a time. 0: the row at p->at is the caller's to
 * read; p->at stays in front of it. Cost: a text is looked at once, a row longer than the window
 * twice. */
uint32_t plain_rows(struct plain *p, uint32_t most, struct found_rows *rows);

/* Where the first of these rows begins in the text. */
static inline size_t plain_begin(const struct plain *p, const struct found_rows *rows)
{
    return (size_t)(rows->base - p->text.ptr) + rows->end[-1] + 1;
}

/* Cuts one row into the texts between separators, all of them values: at most `max`; returns their
 * number, or max + 1 when there are more. *has_special: whether a special byte is there. */
size_t plain_cut(struct span row, char separator, char special, struct field *out, size_t max,
                 bool *has_special);

#endif
