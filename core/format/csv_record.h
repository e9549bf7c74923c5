/* Where CSV records end: at a line end outside quotes. Private to core/format. */
#ifndef MINNOW_FORMAT_CSV_RECORD_H
#define MINNOW_FORMAT_CSV_RECORD_H

#include "core/format/format.h"

#define CSV_WINDOW (FORMAT_MAX_LINE + 2) /* a row and its line end */

/* Records of one text, found one after another. */
struct csv_reader {
    struct span s;
    char delimiter;
    bool last; /* no more bytes follow */
    /* Between `from` and `close` no open quote ends; at `close` (behind the quotes) one does. */
    size_t from, close;
};

enum csv_record {
    CSV_RECORD_WHOLE,
    CSV_RECORD_UNFINISHED, /* more bytes must come */
    CSV_RECORD_BAD_QUOTE,
    CSV_RECORD_TOO_LONG
};

/* What the record at `begin` is. *end: where the next one begins; 0 when that is not known yet. */
enum csv_record csv_record_find(struct csv_reader *r, size_t begin, size_t *end);

#endif
