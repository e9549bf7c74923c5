/* A short list of sentences that the user must get to see: things that were done otherwise than
 * asked.
 *
 * Equal sentences are kept once, and at most NOTICES_MAX of them; the rest is counted. Bytes of the
 * log may stand in them, so they go through base/clean.h when shown. */
#ifndef MINNOW_BASE_NOTICES_H
#define MINNOW_BASE_NOTICES_H

#include "core/base/attr.h"

#define NOTICES_MAX 64

struct notices {
    char *text[NOTICES_MAX]; /* owned */
    size_t n;
    uint64_t dropped; /* sentences beyond the maximum, or lost to a failed allocation */
};

void notices_add(struct notices *list, const char *fmt, ...) PRINTF_LIKE(2, 3);
void notices_join(struct notices *list, const struct notices *more); /* copies */
void notices_release(struct notices *list);

#endif
