/* What fuzz targets of packed inputs share: unpacking in pieces of any size, and what must not depend on
 * them. */
#ifndef MINNOW_TESTS_UNPACK_FUZZ_H
#define MINNOW_TESTS_UNPACK_FUZZ_H

#include <stdint.h>

#include "core/base/buf.h"
#include "core/io/unpack.h"

#define MOST_TEXT ((size_t)1 << 20)
#define ROOM      ((size_t)1 << 17)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Appends the text, and what is wrong with the input. True when the text was longer than a test wants. */
static inline bool unpack_all(enum packing kind, struct span packed, size_t in, size_t out,
                              struct buf *text)
{
    static char room[ROOM];
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

/* Unpacks in one piece and in small ones: the same. Appends what it gives to *whole; false when that is
 * longer than a test wants. */
static inline bool same_in_pieces(enum packing kind, struct span packed, size_t piece,
                                  struct buf *whole)
{
    struct buf pieces = BUF_INIT;
    if (unpack_all(kind, packed, SIZE_MAX, ROOM, whole) || whole->len > 2 * ROOM)
        return false;
    (void)unpack_all(kind, packed, piece, ROOM, &pieces);
    BUG_IF(!span_eq(buf_span(whole), buf_span(&pieces)));
    buf_clear(&pieces);
    (void)unpack_all(kind, packed, SIZE_MAX, whole->len < 4096 ? piece : 97 * piece, &pieces);
    BUG_IF(!span_eq(buf_span(whole), buf_span(&pieces)));
    buf_release(&pieces);
    return true;
}

/* The bytes that steer a target, taken from the front. */
static inline unsigned take_byte(struct span *data)
{
    unsigned c = data->len == 0 ? 0 : (unsigned char)data->ptr[0];
    if (data->len > 0)
        *data = span_make(data->ptr + 1, data->len - 1);
    return c;
}

static inline struct span take_bytes(struct span *data, size_t n)
{
    struct span out = span_make(data->ptr, n < data->len ? n : data->len);
    *data = span_make(data->ptr + out.len, data->len - out.len);
    return out;
}

/* A text of up to some 128 KiB: bytes of the input as they are, or as seed of a log's rows. */
static inline void take_text(struct span *data, struct buf *out)
{
    unsigned how = take_byte(data);
    struct span bytes = take_bytes(data, how % 32);
    uint32_t r = how;
    buf_clear(out);
    buf_add(out, bytes.ptr, bytes.len);
    for (size_t i = 0; i < bytes.len; i++)
        r = r * 31 + (unsigned char)bytes.ptr[i];
    for (size_t row = (how >> 5) * 200; row > 0; row--) {
        r = r * 1664525 + 1013904223;
        buf_printf(out, "133158%04u.%06u\tC%x\t10.0.0.%u\n", r >> 24, r >> 12, r, r >> 30);
    }
}

#endif
