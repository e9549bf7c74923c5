/* Packed bytes made in a test: gzip members and zstd frames. */
#ifndef MINNOW_TESTS_PACK_H
#define MINNOW_TESTS_PACK_H

#include "tests/unit/unit.h"

#include <zlib.h>
#include <zstd.h>

#include "core/base/buf.h"
#include "core/base/mem.h"

/* Appends the bytes as one gzip member. */
static inline void add_gzip(struct buf *out, const void *bytes, size_t n)
{
    z_stream z = {.next_in = (z_const Bytef *)bytes, .avail_in = (unsigned)n};
    char piece[4096];
    int rc;
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    do {
        z.next_out = (Bytef *)piece;
        z.avail_out = sizeof piece;
        rc = deflate(&z, Z_FINISH);
        buf_add(out, piece, sizeof piece - z.avail_out);
    } while (rc == Z_OK);
    assert_int_equal(rc, Z_STREAM_END);
    (void)deflateEnd(&z);
}

/* Appends the bytes as one zstd frame with a checksum, its window 2^window_log (0: as it comes). */
static inline void add_zstd(struct buf *out, const void *bytes, size_t n, int window_log)
{
    ZSTD_CCtx *z = ZSTD_createCCtx();
    ZSTD_inBuffer in = {bytes, n, 0};
    char piece[4096];
    size_t left;
    assert_non_null(z);
    (void)ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
    if (window_log > 0) {
        (void)ZSTD_CCtx_setParameter(z, ZSTD_c_contentSizeFlag, 0);
        (void)ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, window_log);
    }
    /* Flushed first, so that the library does not see how little there is. */
    for (int end = window_log > 0 ? 0 : 1; end < 2; end++) {
        do {
            ZSTD_outBuffer to = {piece, sizeof piece, 0};
            left = ZSTD_compressStream2(z, &to, &in, end == 1 ? ZSTD_e_end : ZSTD_e_flush);
            assert_false(ZSTD_isError(left));
            buf_add(out, piece, to.pos);
        } while (left > 0);
    }
    (void)ZSTD_freeCCtx(z);
}

#endif
