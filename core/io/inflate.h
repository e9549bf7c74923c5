/* Private to unpacking: raw deflate streams (RFC 1951), by ISA-L where it is installed, else by zlib.
 *
 * What is around such a stream (header, checksum, length) is gunzip.h's. Both libraries give the same
 * text, also of streams that are cut short or damaged, but for one kind of damage: a block whose Huffman codes
 * are incomplete is refused by zlib, while ISA-L goes on until it meets a code that there is not. */
#ifndef MINNOW_IO_INFLATE_H
#define MINNOW_IO_INFLATE_H

#include "core/base/err.h"
#include "core/base/span.h"

#define INFLATE_REST 8

enum inflated { INFLATED_SOME, INFLATED_ALL, INFLATED_DAMAGED, INFLATED_NO_MEMORY };

struct inflater {
    const char *name;
    /* The state of a library, for streams one after the other; NULL when memory is short. The function
     * is NULL when this build is without that library. */
    void *(*open)(void);
    void (*close)(void *lib);
    void (*begin)(void *lib); /* a stream begins */

    /* Takes bytes from the front of *in and writes at most n (> 0) bytes. INFLATED_SOME with nothing
     * written: all of *in is taken, and more is needed. Behind the other answers the stream is over. */
    enum inflated (*some)(void *lib, struct span *in, void *out, size_t n, size_t *wrote);

    /* Nothing follows what was taken, and the stream is not at its end: writes a byte that the bits
     * at hand make and the library has not given. False when there is none. */
    bool (*last)(void *lib, void *out);

    /* Behind INFLATED_ALL: bytes that were taken and belong to what follows the stream. */
    size_t (*rest)(void *lib, unsigned char out[INFLATE_REST]);

    /* The CRC-32 of gzip, carried on; 0 at first. */
    uint32_t (*crc)(uint32_t crc, const void *bytes, size_t n);
};

/* inflater_zlib's `some`, with zlib's word for where it stops. */
enum inflated inflate_by_zlib(void *lib, int flush, struct span *in, void *out, size_t n,
                              size_t *wrote);

extern const struct inflater inflater_isal, inflater_zlib;

/* ISA-L where this build has it, else zlib, or the one that the environment asks for
 * (MINNOW_INFLATE=isal or zlib). Errors: ERR_USAGE. */
const struct inflater *inflater_choose(struct err *err) WARN_UNUSED;

#endif
