/* Reads the text of rows again, from their files, by pread.
 *
 * A reader belongs to one thread. It keeps at most one file open and one window of bytes, so rows
 * asked for in ascending order cost one pass over the file. It never trusts the file to be what it
 * was: device, inode, size and time are compared on opening, and a row whose file changed, shrank
 * or went away is `gone`, never a crash. */
#ifndef MINNOW_TABLE_ROW_READER_H
#define MINNOW_TABLE_ROW_READER_H

#include "core/table/table.h"

struct row_reader;

struct row {
    uint64_t number;
    bool gone;                 /* the text is no longer there; fields are all FIELD_ABSENT */
    const struct field *field; /* table->schema.n fields, in the table's column order; borrowed
                                  until the next read */
    struct span text;          /* the whole line without its end; borrowed */
};

/* `window_bytes` 0 takes the default (256 KiB; screens take 16 KiB). Holds a reference to the
 * table. NULL on memory. */
struct row_reader *row_reader_new(const struct table *t, size_t window_bytes,
                                  struct err *err) WARN_UNUSED;
void row_reader_free(struct row_reader *r);

/* Reads a row. The result is borrowed until the next call. Errors: ERR_LIMIT only; trouble with the
 * file shows as row.gone. */
int row_reader_get(struct row_reader *r, uint64_t row, const struct row **out,
                   struct err *err) WARN_UNUSED;

/* Rows that were gone so far, and the first reason as a sentence ("" when none). */
uint64_t row_reader_gone(const struct row_reader *r);
const char *row_reader_problem(const struct row_reader *r);

#endif
