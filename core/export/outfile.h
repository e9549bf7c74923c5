/* A file that appears whole or not at all.
 *
 * Regular target: `.minnow.PID.N.tmp` in the same directory (O_EXCL, mode 0600), write, fsync,
 * rename, fsync the directory. Until outfile_commit the old file is untouched; outfile_abort (also
 * after any failure) removes the temporary one. An existing file needs `force`; a link is refused;
 * a directory is refused; a character device or FIFO is opened and written, never renamed over; a
 * disk is refused. "-" is standard output. A terminal is refused under any name. */
#ifndef MINNOW_EXPORT_OUTFILE_H
#define MINNOW_EXPORT_OUTFILE_H

#include "core/base/err.h"
#include "core/job.h"

struct outfile;

/* `inputs` are paths that must not be overwritten (compared by device and inode); nor is the file
 * that is standard input, whether it is among them or not. A FIFO waits
 * for its reader. The waiting here and in outfile_write ends when `job` (borrowed, may be NULL) is
 * cancelled. Errors: ERR_IO, ERR_CANCELLED; err text says the reason. */
struct outfile *outfile_open(const char *path, bool force, const char *const *inputs,
                             size_t n_inputs, struct job *job, struct err *err) WARN_UNUSED;
/* Whether outfile_open would do, as far as can be seen without opening: for a run that takes long before it
 * writes. */
int outfile_check(const char *path, bool force, const char *const *inputs, size_t n_inputs,
                  struct err *err) WARN_UNUSED;
/* Gives a new regular file another mode than 0600; what is written elsewhere keeps its own. */
int outfile_set_mode(struct outfile *f, unsigned mode, struct err *err) WARN_UNUSED;
int outfile_write(struct outfile *f, const void *bytes, size_t n, struct err *err) WARN_UNUSED;
/* True when outfile_write failed because nobody reads any more. */
bool outfile_broken(const struct outfile *f);
int outfile_commit(struct outfile *f, struct err *err) WARN_UNUSED; /* frees f in any case */
void outfile_abort(struct outfile *f);                              /* frees f; NULL is fine */

/* True when the target exists as a regular file and would need force: the screen asks then. */
bool outfile_exists(const char *path);

/* Removes the temporary file of an export that has not ended: for handlers of deadly signals, so it
 * is async-signal-safe. */
void outfile_emergency_unlink(void);

#endif
