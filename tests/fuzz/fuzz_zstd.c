/* zstd's framing. The input says what frames are made, skippable ones among them, with which windows,
 * dictionaries and checksums, and what is then done to them. As long as nothing is wrong the text is
 * known; and it is the same in pieces of any size. */
#include <zstd.h>

#include "tests/fuzz/unpack_fuzz.h"

#define MOST_FRAMES 6

struct made {
    struct buf packed, text;
    bool clean; /* `text` is what comes out, and nothing is wrong */
};

static void add_number(struct buf *out, uint32_t number)
{
    for (unsigned i = 0; i < 4; i++)
        buf_add_char(out, (char)(number >> 8 * i & 0xff));
}

static void add_frame(struct made *m, struct span *data)
{
    struct buf text = BUF_INIT;
    unsigned flags = take_byte(data), wrong = take_byte(data);
    int window = 10 + (int)(take_byte(data) % 19);
    ZSTD_CCtx *z = ZSTD_createCCtx();
    char piece[4096];
    size_t left;
    BUG_IF(z == NULL);
    take_text(data, &text);
    (void)ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, (int)(flags >> 5) - 2);
    (void)ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, flags & 1);
    (void)ZSTD_CCtx_setParameter(z, ZSTD_c_contentSizeFlag, flags >> 1 & 1);
    if (flags & 4)
        (void)ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, window);
    if (flags & 8) {
        (void)ZSTD_CCtx_refPrefix(z, "1331580000.000000\tC", 19);
        m->clean = false; /* a raw dictionary: found out by what does not fit */
    }
    for (int end = 0; end < 2; end++) {
        ZSTD_inBuffer in = {text.ptr, end == 0 ? text.len / 2 : text.len, 0};
        in.pos = end == 0 ? 0 : text.len / 2;
        if (end == 0 && (flags & 16) == 0)
            continue;
        if ((flags & 16) == 0)
            in.pos = 0;
        do {
            ZSTD_outBuffer to = {piece, sizeof piece, 0};
            left = ZSTD_compressStream2(z, &to, &in, end == 1 ? ZSTD_e_end : ZSTD_e_flush);
            BUG_IF(ZSTD_isError(left));
            buf_add(&m->packed, piece, to.pos);
        } while (left > 0);
    }
    (void)ZSTD_freeCCtx(z);
    if (wrong == 1 && (flags & 1))
        m->packed.ptr[m->packed.len - 1] ^= 1;
    m->clean = m->clean && (wrong != 1 || (flags & 1) == 0) && !((flags & 4) && window > 27);
    buf_add(&m->text, text.ptr, text.len);
    buf_release(&text);
}

/* A head as the input has it, with a dictionary's number, a window, a size: then one raw block. */
static void add_head(struct made *m, struct span *data)
{
    struct span head = take_bytes(data, 1 + take_byte(data) % 14);
    buf_add(&m->packed, "\x28\xb5\x2f\xfd", 4);
    buf_add(&m->packed, head.ptr, head.len);
    buf_add(&m->packed, "\x11\0\0a\n", 5);
    m->clean = false;
}

static void make(struct made *m, struct span data)
{
    for (int n = 0; n < MOST_FRAMES && data.len > 0; n++) {
        unsigned op = take_byte(&data), amount = take_byte(&data);
        switch (n == 0 ? op % 2 * 4 : op % 8) {
        case 3: {
            struct span bytes = take_bytes(&data, amount % 32);
            buf_add(&m->packed, bytes.ptr, bytes.len);
            m->clean = m->clean && bytes.len == 0;
            break;
        }
        case 4: {
            struct span bytes = take_bytes(&data, amount % 32);
            bool longer = amount >> 5 == 1; /* than there is */
            add_number(&m->packed, 0x184d2a50 + (op >> 4));
            add_number(&m->packed, (uint32_t)bytes.len + (longer ? 100000 : 0));
            buf_add(&m->packed, bytes.ptr, bytes.len);
            m->clean = m->clean && !longer;
            break;
        }
        case 5:
            add_head(m, &data);
            break;
        case 6:
            for (unsigned i = 0; i < amount; i++)
                buf_add_char(&m->packed, '\0');
            m->clean = m->clean && data.len == 0;
            break;
        case 7:
            if (op & 8) { /* cut */
                m->packed.len -= amount < m->packed.len ? amount : 0;
                n = MOST_FRAMES;
            } else {
                size_t at = (size_t)amount << 8 | take_byte(&data);
                m->packed.ptr[at % m->packed.len] ^= (char)(1 << (op >> 4) % 8);
            }
            m->clean = false;
            break;
        default:
            add_frame(m, &data);
            break;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span steer = span_make((const char *)data, size);
    struct made m = {.packed = BUF_INIT, .text = BUF_INIT, .clean = true};
    struct buf whole = BUF_INIT;
    size_t piece = take_byte(&steer) % 16 + 1;
    bool told;
    make(&m, steer);
    told = same_in_pieces(PACKED_ZSTD, buf_span(&m.packed), piece, &whole);
    if (m.clean && told && m.text.len < MOST_TEXT) {
        buf_printf(&m.text, "0 ");
        BUG_IF(!span_eq(buf_span(&m.text), buf_span(&whole)));
    }
    buf_release(&whole);
    buf_release(&m.packed);
    buf_release(&m.text);
    return 0;
}
