/* gzip's framing. The input says what members are made, with which headers, and what is then done to
 * them. As long as the packed bytes are not touched, the text is known; and both libraries say the same
 * in pieces of any size. */
#include <zlib.h>

#include "tests/fuzz/unpack_fuzz.h"

enum flag { HEADER_CRC = 2, EXTRA = 4, NAME = 8, COMMENT = 16 };

#define MOST_MEMBERS 6

struct made {
    struct buf packed, text;
    bool clean;   /* `text` is what comes out, and nothing is wrong */
    bool touched; /* perhaps inside the packed bytes: the libraries may differ */
};

static void add_number(struct buf *out, uint32_t number, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        buf_add_char(out, (char)(number >> 8 * i & 0xff));
}

static void add_deflate(struct buf *out, struct span text, unsigned how)
{
    z_stream z = {.next_in = (z_const Bytef *)text.ptr, .avail_in = (unsigned)text.len};
    char piece[4096];
    int rc;
    BUG_IF(deflateInit2(&z, (int)(how % 10), Z_DEFLATED, -15, how & 16 ? 1 : 8,
                        (int)(how >> 5) % 5) != Z_OK);
    do {
        z.next_out = (Bytef *)piece;
        z.avail_out = sizeof piece;
        rc = deflate(&z, Z_FINISH);
        buf_add(out, piece, sizeof piece - z.avail_out);
    } while (rc == Z_OK);
    (void)deflateEnd(&z);
}

static void add_header(struct made *m, struct span *data)
{
    size_t at = m->packed.len;
    unsigned flags = take_byte(data), wrong = take_byte(data);
    uint32_t sum;
    buf_add(&m->packed, "\x1f\x8b", 2);
    buf_add_char(&m->packed, wrong == 1 ? 7 : 8);
    if (wrong != 2)
        flags &= 0x1f;
    buf_add_char(&m->packed, (char)flags);
    buf_add(&m->packed, "time42", 6);
    if (flags & EXTRA) {
        struct span extra = take_bytes(data, take_byte(data) % 16);
        bool more = wrong == 3; /* than there is */
        add_number(&m->packed, (uint32_t)extra.len + (more ? 300 : 0), 2);
        buf_add(&m->packed, extra.ptr, extra.len);
        m->clean = m->clean && !more;
        m->touched = m->touched || more;
    }
    for (unsigned part = NAME; part <= COMMENT; part *= 2) {
        struct span name = take_bytes(data, flags & part ? take_byte(data) % 16 : 0);
        if (flags & part) {
            for (size_t i = 0; i < name.len; i++)
                buf_add_char(&m->packed, name.ptr[i] == '\0' ? '0' : name.ptr[i]);
            buf_add_char(&m->packed, '\0');
        }
    }
    sum = (uint32_t)crc32(0, (const Bytef *)m->packed.ptr + at, (uInt)(m->packed.len - at));
    if (flags & HEADER_CRC)
        add_number(&m->packed, sum ^ (wrong == 4), 2);
    m->clean =
        m->clean && wrong != 1 && (flags & 0xe0) == 0 && (wrong != 4 || (flags & HEADER_CRC) == 0);
}

static void add_member(struct made *m, struct span *data)
{
    struct buf text = BUF_INIT;
    unsigned how, wrong;
    uint32_t sum;
    add_header(m, data);
    take_text(data, &text);
    how = take_byte(data);
    wrong = take_byte(data);
    add_deflate(&m->packed, buf_span(&text), how);
    sum = (uint32_t)crc32_z(0, (const Bytef *)text.ptr, text.len);
    add_number(&m->packed, sum ^ (wrong == 1), 4);
    add_number(&m->packed, (uint32_t)text.len + (wrong == 2), 4);
    m->clean = m->clean && wrong != 1 && wrong != 2;
    buf_add(&m->text, text.ptr, text.len);
    buf_release(&text);
}

static void make(struct made *m, struct span data)
{
    for (int n = 0; n < MOST_MEMBERS && data.len > 0; n++) {
        unsigned op = take_byte(&data), amount = take_byte(&data);
        switch (n == 0 ? 0 : op % 8) {
        case 5: /* as tapes have it; nothing may follow */
            for (unsigned i = 0; i < amount; i++)
                buf_add_char(&m->packed, '\0');
            m->clean = m->clean && data.len == 0;
            break;
        case 6: {
            struct span bytes = take_bytes(&data, amount % 32);
            buf_add(&m->packed, bytes.ptr, bytes.len);
            m->clean = m->clean && bytes.len == 0;
            m->touched = true; /* they may be a member */
            break;
        }
        case 7:
            if (op & 8) { /* cut */
                m->packed.len -= amount < m->packed.len ? amount : 0;
                m->clean = m->clean && amount == 0;
                n = MOST_MEMBERS;
            } else {
                size_t at = (size_t)amount << 8 | take_byte(&data);
                m->packed.ptr[at % m->packed.len] ^= (char)(1 << (op >> 4) % 8);
                m->clean = false;
                m->touched = true;
            }
            break;
        default:
            add_member(m, &data);
            break;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span steer = span_make((const char *)data, size);
    struct made m = {.packed = BUF_INIT, .text = BUF_INIT, .clean = true};
    struct buf by_zlib = BUF_INIT, by_best = BUF_INIT;
    size_t piece = take_byte(&steer) % 16 + 1;
    bool told;
    make(&m, steer);
    (void)setenv("MINNOW_INFLATE", "zlib", 1);
    told = same_in_pieces(PACKED_GZIP, buf_span(&m.packed), piece, &by_zlib);
    (void)setenv("MINNOW_INFLATE", "", 1);
    told = same_in_pieces(PACKED_GZIP, buf_span(&m.packed), piece, &by_best) && told;
    BUG_IF(told && !m.touched && !span_eq(buf_span(&by_zlib), buf_span(&by_best)));
    if (m.clean && told && m.text.len < MOST_TEXT) {
        buf_printf(&m.text, "0 ");
        BUG_IF(!span_eq(buf_span(&m.text), buf_span(&by_zlib)));
    }
    buf_release(&by_zlib);
    buf_release(&by_best);
    buf_release(&m.packed);
    buf_release(&m.text);
    return 0;
}
