/* What sniffing asks of the CSV format. Private to core/format. */
#ifndef MINNOW_FORMAT_CSV_H
#define MINNOW_FORMAT_CSV_H

#include "core/format/format.h"

/* True when the text begins with a header row and the next row has as many fields. */
bool csv_looks_like(struct span first, const struct format_opts *opts);

/* True when the first row names known fields, two or more, and holds nothing that is no name. */
bool csv_has_names(struct span first, const struct format_opts *opts);

/* Splits a record by libcsv, whatever it holds. Exposed so that a test can hold the two splitters
 * against each other. Returns the number of fields (at most max + 1), their bytes in *scratch. */
size_t csv_split_quoted(char delimiter, struct span record, struct field *out, size_t max,
                        struct buf *scratch);

/* Splits a record that holds no quote. */
size_t csv_split_plain(char delimiter, struct span record, struct field *out, size_t max);

#endif
