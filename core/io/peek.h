/* The first bytes of a file's text, unpacked when it is packed: enough to see what it is. */
#ifndef MINNOW_IO_PEEK_H
#define MINNOW_IO_PEEK_H

#include "core/base/err.h"

/* At most n bytes from the beginning of a regular file; nothing else is opened, and nothing waited
 * for. Damage ends the text, and is an error (ERR_DATA) when there is none before it. *whole says
 * that the text ends there. Returns the bytes, -1 with ERR_IO, ERR_DATA or ERR_LIMIT. */
int64_t peek_text(const char *path, char *out, size_t n, bool *whole, struct err *err) WARN_UNUSED;

#endif
