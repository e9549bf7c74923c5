/* Deflate streams by ISA-L; see inflate.h.
 *
 * DESIGN
 * 1. ISA-L hands out what was never written when a match goes back to before the text. So zlib reads the
 * beginning of a stream, until there are WINDOW bytes that a match may go back to, and ISA-L goes on
 * with the next block.
 * 2. ISA-L first writes into a buffer of its own, `tmp_out`, and copies. After an error it copies no
 * more, so the rest of that buffer is handed out here, and then the error told.
 * 4. It looks up several literals at once, and gives none of them while bits of the last are missing.
 * Where nothing follows, the complete ones are found by trying: a literal ends with the first
 * bit from which on it comes whatever bits and whatever text are made up around it. */
#include "core/io/inflate.h"

#include "core/base/mem.h"

#if defined MINNOW_ISAL

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <zlib.h>

#define WINDOW       ISAL_DEF_HIST_SIZE
#define TRIAL_BITS   56 /* what a literal may need, and a match behind it */
#define LONGEST_CODE 15
#define LAST_BYTES   64 /* more than it reads ahead */

/* What zlib says of where it stopped (see its inflate). */
#define UNUSED_BITS 7
#define LAST_BLOCK  64
#define BLOCK_END   128

struct isal {
    void *zlib;          /* inflater_zlib's, a z_stream; owned */
    bool goes_on;        /* behind zlib's part */
    unsigned char taken; /* the byte that zlib took last */
    struct inflate_state s;
    struct inflate_state spare; /* what it was, or a copy to try with */
    bool failed;
};

static void close_lib(void *user)
{
    struct isal *lib = user;
    if (lib->zlib != NULL)
        inflater_zlib.close(lib->zlib);
    mem_free(lib);
}

static void *open_lib(void)
{
    struct isal *lib = mem_alloc(1, sizeof *lib);
    if (lib == NULL)
        return NULL;
    isal_inflate_init(&lib->s);
    lib->zlib = inflater_zlib.open();
    if (lib->zlib != NULL)
        return lib;
    close_lib(lib);
    return NULL;
}

static void begin(void *user)
{
    struct isal *lib = user;
    inflater_zlib.begin(lib->zlib);
    lib->goes_on = lib->failed = false;
}

/* Between two blocks, when enough text is there: ISA-L gets that text, and the bits of the last byte that
 * zlib has not used. */
static void hand_over(struct isal *lib)
{
    z_stream *z = lib->zlib;
    struct inflate_state *s = &lib->s;
    Bytef text[WINDOW];
    uInt len = 0;
    int bits = z->data_type & UNUSED_BITS;
    if ((z->data_type & (BLOCK_END | LAST_BLOCK)) != BLOCK_END || z->total_out < WINDOW ||
        inflateGetDictionary(z, text, &len) != Z_OK || len < WINDOW)
        return;
    isal_inflate_reset(s);
    if (isal_inflate_set_dict(s, text, WINDOW) != COMP_OK)
        return;
    s->read_in = (uint64_t)lib->taken >> (8 - bits);
    s->read_in_length = bits;
    lib->goes_on = true;
}

/* zlib's part. It stops in front of every block. */
static enum inflated start(struct isal *lib, struct span *in, void *out, size_t n, size_t *wrote)
{
    z_stream *z = lib->zlib;
    for (;;) {
        const char *from = in->ptr;
        enum inflated rc = inflate_by_zlib(z, Z_BLOCK, in, out, n, wrote);
        if (in->ptr != from)
            lib->taken = (unsigned char)in->ptr[-1];
        if (rc != INFLATED_SOME)
            return rc;
        hand_over(lib);
        if (lib->goes_on || *wrote > 0 || (in->ptr == from && (z->data_type & BLOCK_END) == 0))
            return rc;
    }
}

static enum inflated hand_out(struct inflate_state *s, void *out, size_t n, size_t *wrote)
{
    size_t len = (size_t)(s->tmp_out_valid - s->tmp_out_processed);
    *wrote = len < n ? len : n;
    memcpy(out, s->tmp_out_buffer + s->tmp_out_processed, *wrote);
    s->tmp_out_processed += (int32_t)*wrote;
    return len > 0 ? INFLATED_SOME : INFLATED_DAMAGED;
}

static void copy_state(struct inflate_state *to, const struct inflate_state *from)
{
    size_t head = offsetof(struct inflate_state, tmp_out_buffer);
    memcpy(to, from, head + (size_t)from->tmp_out_valid);
}

/* One call with `n` bytes of input. */
static bool decode(struct inflate_state *s, const char *in, size_t n)
{
    s->next_in = (uint8_t *)in; /* it only reads */
    s->avail_in = (uint32_t)n;
    return isal_inflate(s) >= 0;
}

/* Does the call that has failed again, so that it ends with the text before the damage. */
static void decode_again(struct isal *lib, const char *in, size_t n, void *out, unsigned room)
{
    struct inflate_state *s = &lib->s;
    size_t taken = n - s->avail_in, at = taken > LAST_BYTES ? taken - LAST_BYTES : 0;
    copy_state(s, &lib->spare);
    s->next_out = out;
    s->avail_out = room;
    if (at > 0 && !decode(s, in, at))
        return;
    while (at < n && decode(s, in + at, 1))
        at++;
}

static enum inflated some(void *user, struct span *in, void *out, size_t n, size_t *wrote)
{
    struct isal *lib = user;
    struct inflate_state *s = &lib->s;
    size_t give, taken;
    unsigned room = n > INT32_MAX ? INT32_MAX : (unsigned)n;
    if (!lib->goes_on) {
        enum inflated rc = start(lib, in, out, n, wrote);
        if (!lib->goes_on || *wrote > 0)
            return rc;
    }
    if (lib->failed)
        return hand_out(s, out, n, wrote);
    give = in->len > INT32_MAX ? INT32_MAX : in->len;
    copy_state(&lib->spare, s);
    s->next_out = out;
    s->avail_out = room;
    lib->failed = !decode(s, in->ptr, give);
    taken = give - s->avail_in;
    if (lib->failed)
        decode_again(lib, in->ptr, give, out, room);
    *in = span_make(in->ptr + taken, in->len - taken);
    *wrote = room - s->avail_out;
    if (lib->failed)
        return *wrote > 0 ? INFLATED_SOME : hand_out(s, out, n, wrote);
    return s->block_state == ISAL_BLOCK_FINISH ? INFLATED_ALL : INFLATED_SOME;
}

/* What the first `bits` bits at hand make when others, all as `fill`, follow them, and the text before was
 * all `text`. -1: no byte. */
static int first_byte(struct isal *lib, int bits, uint64_t fill, int text)
{
    struct inflate_state *t = &lib->spare;
    unsigned char out;
    copy_state(t, &lib->s);
    t->read_in = (lib->s.read_in & (((uint64_t)1 << bits) - 1)) | fill << bits;
    t->read_in &= ((uint64_t)1 << TRIAL_BITS) - 1;
    t->read_in_length = TRIAL_BITS;
    memset(t->tmp_out_buffer, text, ISAL_DEF_HIST_SIZE);
    t->tmp_out_valid = t->tmp_out_processed = ISAL_DEF_HIST_SIZE;
    t->avail_in = 0;
    t->next_out = &out;
    t->avail_out = 1;
    (void)isal_inflate(t);
    return t->avail_out == 0 ? out : -1;
}

static bool last(void *user, void *out)
{
    struct isal *lib = user;
    struct inflate_state *s = &lib->s;
    if (!lib->goes_on || lib->failed || s->block_state != ISAL_BLOCK_CODED)
        return false;
    for (int bits = 1; bits <= LONGEST_CODE && bits <= s->read_in_length; bits++) {
        int c = first_byte(lib, bits, 0, 0);
        if (c < 0 || first_byte(lib, bits, UINT64_MAX, 0) != c ||
            first_byte(lib, bits, 0, 0xff) != c || first_byte(lib, bits, UINT64_MAX, 0xff) != c)
            continue;
        s->read_in >>= bits;
        s->read_in_length -= bits;
        *(unsigned char *)out = (unsigned char)c;
        return true;
    }
    return false;
}

static size_t rest(void *user, unsigned char out[INFLATE_REST])
{
    struct isal *lib = user;
    struct inflate_state *s = &lib->s;
    size_t n = lib->goes_on ? (size_t)s->read_in_length / 8 : 0;
    uint64_t bytes = n > 0 ? s->read_in >> s->read_in_length % 8 : 0;
    for (size_t i = 0; i < n; i++)
        out[i] = (unsigned char)(bytes >> 8 * i & 0xff);
    return n;
}

static uint32_t crc(uint32_t before, const void *bytes, size_t n)
{
    return crc32_gzip_refl(before, bytes, n);
}

const struct inflater inflater_isal = {"isal", open_lib, close_lib, begin, some, last, rest, crc};

#else

const struct inflater inflater_isal = {.name = "isal"};

#endif
