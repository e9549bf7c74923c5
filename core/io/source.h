/* An input as a stream of bytes that can be read again later.
 *
 * Regular files are read by pread. Everything else (standard input, a FIFO) is read once,
 * non-blocking, polled together with the job's cancel descriptor, and copied to a spool (spool.h),
 * which is what rows refer to. Sockets, directories,
 * block devices and character devices other than a terminal-free pipe are refused with a sentence.
 *
 * An input that begins as gzip or zstd does is read as the text in it, whatever its name and wherever
 * it comes from. A thread of its own unpacks it while the text before is worked on; it is copied as the
 * text of a stream is. What is packed twice is unpacked once. */
#ifndef MINNOW_IO_SOURCE_H
#define MINNOW_IO_SOURCE_H

#include "core/base/span.h"
#include "core/io/spool.h"
#include "core/job.h"

struct source;

struct source_facts {
    uint64_t dev, ino, size; /* size: of a regular file when opened; 0 for a stream */
    int64_t mtime_ns;
    bool regular;
};

/* Opens. The spool outlives the source; one source at a time writes to it. Errors: ERR_IO with path
 * and reason; ERR_CANCELLED. */
struct source *source_open(const char *path, struct spool *spool, struct job *job,
                           struct err *err) WARN_UNUSED;

/* The same for a text that the spool has already, all of it. `path` is what messages call it. Nothing is
 * unpacked. Errors: ERR_LIMIT. */
struct source *source_open_text(const char *path, struct spool *spool, struct err *err) WARN_UNUSED;
void source_close(struct source *s);
void source_facts(const struct source *s, struct source_facts *out);

/* The next bytes of text, at most n (> 0): > 0 read, 0 at the end or at damage, -1 on error (ERR_IO,
 * ERR_CANCELLED, ERR_LIMIT when memory is short). Give the same job each time; it outlives the
 * source. */
int64_t source_read(struct source *s, void *out, size_t n, struct job *job,
                    struct err *err) WARN_UNUSED;

/* Whether the text is the file's own bytes, so that any of them can be read at any time. Known once
 * something has been read. */
bool source_has_ranges(const struct source *s);

/* Bytes from `at` on of such a file, at most n (> 0): > 0 read, 0 at its end, -1 on error (ERR_IO). From
 * any thread; where source_read goes on is not touched. */
int64_t source_read_at(const struct source *s, void *out, size_t n, uint64_t at,
                       struct err *err) WARN_UNUSED;

/* Where source_read goes on in such a file. */
void source_seek(struct source *s, uint64_t at);

/* Whether source_read would give something at once, as far as that is known. */
bool source_ready(const struct source *s);

/* After source_read gave 0: was the packed input damaged, cut short or refused? Then err says so
 * (ERR_DATA), and *torn that the text perhaps stops in the middle of a line. */
bool source_damage(const struct source *s, bool *torn, struct err *err);

/* Bytes of the input itself (packed ones, when it is packed) that were read since the last call. */
uint64_t source_advance(struct source *s);

/* Ends reading. True when the text is in the spool, from *spool_at on; false for a regular file of
 * text. */
bool source_end(struct source *s, uint64_t *spool_at);

#endif
