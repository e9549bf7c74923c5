/* An input as a stream of bytes that can be read again later.
 *
 * Regular files are read by pread. Everything else (standard input, a FIFO) is read once,
 * non-blocking, polled together with the job's cancel descriptor, and copied to an unlinked private
 * file (mode 0600 in TMPDIR, else /var/tmp), which is what rows refer to. Sockets, directories,
 * block devices and character devices other than a terminal-free pipe are refused with a sentence.
 */
#ifndef MINNOW_IO_SOURCE_H
#define MINNOW_IO_SOURCE_H

#include "core/base/span.h"
#include "core/job.h"

struct source;

struct source_facts {
    uint64_t dev, ino, size; /* size: of a regular file when opened; 0 for a stream */
    int64_t mtime_ns;
    bool regular;
};

/* Opens. Errors: ERR_IO with path and reason; ERR_CANCELLED. */
struct source *source_open(const char *path, struct job *job, struct err *err) WARN_UNUSED;
void source_close(struct source *s);
void source_facts(const struct source *s, struct source_facts *out);

/* The next bytes, at most n: > 0 read, 0 at the end, -1 on error (ERR_IO, ERR_CANCELLED). */
int64_t source_read(struct source *s, void *out, size_t n, struct job *job,
                    struct err *err) WARN_UNUSED;

/* Hands over the spool's descriptor (the caller closes it), or -1 for a regular file. */
int source_take_spool(struct source *s);

#endif
