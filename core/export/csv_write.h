/* RFC 4180 rows into a buffer. */
#ifndef MINNOW_EXPORT_CSV_WRITE_H
#define MINNOW_EXPORT_CSV_WRITE_H

#include "core/base/buf.h"

/* Appends one field (no comma). Quotes when it holds a comma, a quote, CR or LF, or
 * leading/trailing blanks. Unless `raw`, a field that would start a spreadsheet formula (= + - @
 * TAB CR) gets a leading ', except a lone "-" and strict numbers. */
void csv_write_field(struct buf *out, struct span text, bool raw);

#endif
