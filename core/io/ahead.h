/* Reading ahead: a thread of its own makes the next bytes while those before are worked on.
 *
 * At most four blocks of 256 KiB wait to be read; then the thread waits too. */
#ifndef MINNOW_IO_AHEAD_H
#define MINNOW_IO_AHEAD_H

#include "core/base/err.h"

struct ahead;

/* Starts the thread. `fill` is called on it, again and again: it writes at most n bytes and returns
 * how many (> 0), 0 at the end, -1 on error; after 0 and -1 it is not called again. Errors:
 * ERR_LIMIT (memory, or no thread). */
struct ahead *ahead_new(int64_t (*fill)(void *user, void *out, size_t n, struct err *err),
                        void *user, struct err *err) WARN_UNUSED;

/* Waits for the call of `fill` that runs, which the caller must have made return. */
void ahead_free(struct ahead *a);

/* The next bytes in order, at most n: > 0 read; 0 at the end; -1 with the error that fill met. What
 * was made before an error is read first. One reader at a time. */
int64_t ahead_read(struct ahead *a, void *out, size_t n, struct err *err) WARN_UNUSED;

#endif
