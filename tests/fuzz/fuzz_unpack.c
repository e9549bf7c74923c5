/* Any bytes as gzip and as zstd: in one piece and in small ones the text and the damage are the
 * same, and so they are for gzip by either library. The first byte says how small. */
#include <stdint.h>

#include "core/base/buf.h"
#include "core/io/unpack.h"

#define MOST_TEXT ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Appends the text, and what is wrong with the input. True when the text was longer than a test wants. */
static bool unpack_all(enum packing kind, struct span packed, size_t in, size_t out,
                       struct buf *text)
{
    char room[4096];
    struct err err = ERR_INIT;
    struct unpack *u = unpack_new(kind, &err);
    bool torn = false;
    BUG_IF(u == NULL);
    while (!unpack_over(u) && text->len < MOST_TEXT) {
        struct span piece = span_make(packed.ptr, packed.len < in ? packed.len : in);
        size_t before = piece.len;
        int64_t got = unpack_some(u, &piece, before == packed.len, room, out, &err);
        BUG_IF(got > (int64_t)out || (got == 0 && piece.len > 0 && !unpack_over(u)));
        if (got < 0)
            break; /* memory */
        buf_add(text, room, (size_t)got);
        packed = span_make(packed.ptr + (before - piece.len), packed.len - (before - piece.len));
    }
    if (text->len < MOST_TEXT) {
        (void)unpack_damage(u, &torn, &err);
        buf_printf(text, "%d %s", torn, err.text);
    }
    unpack_free(u);
    return text->len >= MOST_TEXT;
}

static void check(enum packing kind, struct span packed, size_t piece)
{
    struct buf whole = BUF_INIT, pieces = BUF_INIT;
    bool large = unpack_all(kind, packed, SIZE_MAX, 4096, &whole);
    if (!large && whole.len < 65536) {
        (void)unpack_all(kind, packed, piece, 4096, &pieces);
        BUG_IF(!span_eq(buf_span(&whole), buf_span(&pieces)));
        buf_clear(&pieces);
        (void)unpack_all(kind, packed, SIZE_MAX, piece, &pieces);
        BUG_IF(!span_eq(buf_span(&whole), buf_span(&pieces)));
    }
    buf_release(&whole);
    buf_release(&pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span packed;
    if (size == 0)
        return 0;
    packed = span_make((const char *)data + 1, size - 1);
    (void)packing_of(packed);
    check(PACKED_GZIP, packed, (size_t)data[0] % 16 + 1);
    check(PACKED_ZSTD, packed, (size_t)data[0] % 16 + 1);
    return 0;
}
