/* The text of a filter line, as keys extend it: pure, no table and no screen.
 *
 * A filter is an expression in the form of the `&` line (core/recipe/expr.h). */
#ifndef MINNOW_TUI_MODEL_FILTER_H
#define MINNOW_TUI_MODEL_FILTER_H

#include "core/base/buf.h"

/* Appends a text in double quotes, as expressions read it back. */
void filter_quote(struct buf *out, struct span text);

/* Joins a test of one column to a filter: rows that pass have this value there (`keep`) or have not.
 * `missing`: the value is the log's unset mark, and the test is for that. Names and values that the
 * language would take apart are put in quotes; a filter with an `or` of its own in brackets. `filter`
 * is owned by the caller and keeps its bytes when memory is short (buf's `failed`). */
void filter_add(struct buf *filter, struct span column, struct span value, bool missing, bool keep);

#endif
