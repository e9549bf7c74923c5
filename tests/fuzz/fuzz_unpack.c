/* Any bytes as gzip and as zstd: in one piece and in small ones the text and the damage are the
 * same. The first byte says how small. */
#include "tests/fuzz/unpack_fuzz.h"

static void check(enum packing kind, struct span packed, size_t piece)
{
    struct buf whole = BUF_INIT;
    (void)same_in_pieces(kind, packed, piece, &whole);
    buf_release(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span packed;
    if (size == 0)
        return 0;
    packed = span_make((const char *)data + 1, size - 1);
    (void)packing_of(packed);
    for (int isal = 0; isal < 2; isal++) {
        (void)setenv("MINNOW_INFLATE", isal ? "" : "zlib", 1);
        check(PACKED_GZIP, packed, (size_t)data[0] % 16 + 1);
    }
    check(PACKED_ZSTD, packed, (size_t)data[0] % 16 + 1);
    return 0;
}
