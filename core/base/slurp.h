/* A whole file that is read at once: settings and lists, never logs. */
#ifndef MINNOW_BASE_SLURP_H
#define MINNOW_BASE_SLURP_H

#include "core/base/buf.h"
#include "core/base/err.h"

/* Appends the bytes of `path` to `out`. A pipe is waited for, ten seconds at a time; a pipe that
 * nobody writes to is empty. `what` reads like "the recipe". Returns 0; 1 when there is no such
 * file; -1 with ERR_IO, or with ERR_LIMIT when there are more bytes than out->max (at least a KiB)
 * or memory is short. */
int slurp(const char *path, const char *what, struct buf *out, struct err *err) WARN_UNUSED;

#endif
