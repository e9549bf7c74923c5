/* A log that stands beside its own packed copy: `x.log` and `x.log.gz`, as gzip --keep leaves them. */
#ifndef MINNOW_IO_TWIN_H
#define MINNOW_IO_TWIN_H

#include "core/io/walk.h"

/* Marks as WALKED_TWICE every file named NAME.gz or NAME.zst whose text is that of NAME, in the same
 * directory and walked as well; also when NAME goes on behind it. Nothing goes by names alone: where the
 * texts differ, both are read. Damage ends a packed text, and what cannot be read is no twin. Cost: reads
 * such pairs until they differ. Errors: ERR_LIMIT, ERR_CANCELLED. */
int twin_drop(struct walk *w, struct job *job, struct err *err) WARN_UNUSED;

#endif
