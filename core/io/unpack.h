/* Decompression of gzip and zstd as the bytes come: packed bytes go in, text comes out.
 *
 * Any number of gzip members or zstd frames may follow each other, empty and skippable ones too, and
 * zero bytes behind the last one (as tapes have them) are nothing. Memory is bounded: some 300 KiB
 * for gzip, at most 128 MiB for zstd; a frame that wants more is refused.
 *
 * Damage is not an error of the call: the text before it is handed out, the same for any sizes of
 * pieces, and then the text is over. unpack_damage says what was wrong. gzip is ISA-L's or zlib's work
 * (inflate.h). */
#ifndef MINNOW_IO_UNPACK_H
#define MINNOW_IO_UNPACK_H

#include "core/base/err.h"
#include "core/base/span.h"

#define UNPACK_MAGIC 4 /* bytes that tell what an input is packed with */

enum packing { PACKED_NOT, PACKED_GZIP, PACKED_ZSTD };

/* By the first bytes of an input: UNPACK_MAGIC of them, or all there are. */
enum packing packing_of(struct span first);

struct unpack;

/* Errors: ERR_LIMIT (memory); ERR_USAGE (MINNOW_INFLATE asks for what there is not). */
struct unpack *unpack_new(enum packing kind, struct err *err) WARN_UNUSED;
void unpack_free(struct unpack *u);

/* Takes packed bytes from the front of *in and writes at most n (> 0) bytes of text. `end` says that
 * nothing follows *in. Returns the bytes written; 0 when all of *in is taken and more is needed, or
 * the text is over. Errors: -1 with ERR_LIMIT (memory). */
int64_t unpack_some(struct unpack *u, struct span *in, bool end, void *out, size_t n,
                    struct err *err) WARN_UNUSED;

/* The text is over: at its end, or at damage. */
bool unpack_over(const struct unpack *u);

/* Fills err (ERR_DATA) when the input was damaged, cut short or refused. *torn: the text stops
 * anywhere, perhaps in the middle of a line; else all of it was read, and the damage is in what
 * frames it. */
bool unpack_damage(const struct unpack *u, bool *torn, struct err *err);

#endif
