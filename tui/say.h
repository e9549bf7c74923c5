/* Sentences on standard error and answers on standard output, cleaned. For main and the batch run.
 */
#ifndef MINNOW_TUI_SAY_H
#define MINNOW_TUI_SAY_H

#include "core/base/err.h"
#include "core/base/span.h"

/* "minnow: sentence". With err->column and `expr`, the expression and a caret below it follow. */
void say_err(const struct err *err, const char *expr);
void say_note(const char *text);

/* Writes everything to standard output. A reader that has gone away (EPIPE) counts as success.
 * Errors: ERR_IO. */
int say_out(struct span bytes, struct err *err) WARN_UNUSED;

#endif
