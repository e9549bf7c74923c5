/* The text of a stream that is still being loaded, for whoever wants to see its first rows.
 *
 * A stream can't be read twice, but the loader keeps a copy of its text. It says here where that copy
 * is and how much of it there is; the other side reads it by pread. */
#ifndef MINNOW_GLANCE_H
#define MINNOW_GLANCE_H

#include "core/base/attr.h"

#define GLANCE_BYTES ((uint64_t)4 << 20) /* what lies behind is not told any more */

struct glance;

/* `wake` is called from the loader's threads whenever there is more. NULL on memory. */
struct glance *glance_new(void (*wake)(void *user), void *user) WARN_UNUSED;
void glance_free(struct glance *p); /* NULL is fine */

/* The loader's side, one thread at a time: the copy's descriptor (duplicated at the first call) and
 * the bytes of text in it so far. NULL is fine. */
void glance_offer(struct glance *p, int fd, uint64_t bytes);

/* The bytes there are, 0 for none (NULL has none). *fd is borrowed until glance_free. */
uint64_t glance_get(struct glance *p, int *fd);

#endif
