/* Values as Zeek's own writer of TSV logs leaves them, so that whatever reads its logs reads these.
 *
 * TAB separates, a comma separates the elements of a set, `-` is unset, `(empty)` is empty. Control
 * characters, backslashes and bytes that are not UTF-8 are escaped (\xHH, \\), and so is the first byte
 * of a value that would otherwise read as one of the marks. What a log of this very form holds is
 * written as it stands. */
#ifndef MINNOW_EXPORT_ZEEK_WRITE_H
#define MINNOW_EXPORT_ZEEK_WRITE_H

#include "core/base/buf.h"
#include "core/table/field.h"

/* The name of a type in a #types line. Of sets and vectors it is not known what they hold: strings. */
const char *zeek_type_name(enum col_type type);

/* The name of a column. Zeek's names need no escapes; those of other logs lose what would end them. */
void zeek_write_name(struct buf *out, struct span name);

/* One value, without a separator. `first`: nothing stands before it in its line, so it may not begin as
 * a header line does. `scratch` is for decoding. */
void zeek_write_value(struct buf *out, const struct field *f, enum col_type type,
                      const struct layout *layout, bool first, struct buf *scratch);

/* What values are to other programs, whatever the log wrote: for other writers as well. */

/* A time as epoch seconds: the text itself where it is one, else in *scratch. A text that is no time
 * comes back as it is. */
struct span zeek_time(struct span text, struct buf *scratch);

/* Takes the next element off the front of a set's text, undecoded. False behind the last one. */
bool zeek_set_next(struct span *rest, char separator, struct span *element);

#endif
