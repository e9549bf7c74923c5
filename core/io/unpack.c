/* Decompression of gzip and zstd as it comes; see unpack.h.
 *
 * DESIGN
 * 1. Between members the magic bytes are matched one at a time, so they may come in any pieces; then
 * libzstd is given them as the frame's first bytes.
 * 2. libzstd forgets what it wrote in a call that ends in an error. So it gets exactly the bytes that
 * finish one block and begin the head of the next, and none while it holds text: an error then comes
 * in a call of its own, and the text before it does not depend on the sizes of the pieces.
 * 3. Whatever is wrong ends the text; nothing is searched for behind damage. */
#include "core/io/unpack.h"

#include <zstd.h>
#include <zstd_errors.h>

#include "core/base/mem.h"
#include "core/io/gunzip.h"

#define LONGEST_WINDOW 27 /* log2 of the bytes that a zstd frame may refer back */
#define BLOCK_HEAD     3

enum state { BETWEEN, INSIDE, OVER };

struct unpack {
    enum packing kind;
    enum state state;
    struct gunzip *gzip; /* owned */
    ZSTD_DStream *zstd;  /* owned */
    size_t wanted;       /* bytes that zstd needs to go on */
    char *gathered;      /* packed bytes that are not all it wants; owned, of `room` bytes */
    size_t n_gathered, room;
    bool full; /* its last call filled the room: it may hold more text */
    unsigned char magic[UNPACK_MAGIC];
    size_t matched;   /* bytes of magic */
    struct span head; /* of `magic`: not yet given to the library */
    uint64_t members;
    bool padded; /* zero bytes were met behind a member */
    bool damaged, torn;
    char damage[160];
};

static size_t magic_length(enum packing kind)
{
    return kind == PACKED_GZIP ? 2 : 4;
}

/* Does the byte continue a magic number? */
static bool fits(enum packing kind, size_t at, unsigned char first, unsigned char c)
{
    static const unsigned char gzip[] = {0x1f, 0x8b}, frame[] = {0x28, 0xb5, 0x2f, 0xfd},
                               skippable[] = {0x50, 0x2a, 0x4d, 0x18};
    if (kind == PACKED_GZIP)
        return c == gzip[at];
    if (at == 0)
        return c == frame[0] || (c & 0xf0) == skippable[0];
    return c == (first == frame[0] ? frame[at] : skippable[at]);
}

static bool begins(struct span first, enum packing kind)
{
    size_t n = magic_length(kind);
    if (first.len < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!fits(kind, i, (unsigned char)first.ptr[0], (unsigned char)first.ptr[i]))
            return false;
    }
    return true;
}

enum packing packing_of(struct span first)
{
    return begins(first, PACKED_GZIP)   ? PACKED_GZIP
           : begins(first, PACKED_ZSTD) ? PACKED_ZSTD
                                        : PACKED_NOT;
}

static bool open_library(struct unpack *u, struct err *err)
{
    if (u->kind == PACKED_GZIP) {
        u->gzip = gunzip_new(err);
        return u->gzip != NULL;
    }
    u->zstd = ZSTD_createDStream();
    u->room = ZSTD_DStreamInSize();
    u->gathered = mem_alloc(u->room, 1);
    if (u->zstd != NULL && u->gathered != NULL &&
        !ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, LONGEST_WINDOW)))
        return true;
    err_memory(err, "decompression");
    return false;
}

struct unpack *unpack_new(enum packing kind, struct err *err)
{
    struct unpack *u = mem_zalloc(1, sizeof *u);
    if (u == NULL) {
        err_memory(err, "decompression");
        return NULL;
    }
    u->kind = kind;
    if (open_library(u, err))
        return u;
    unpack_free(u);
    return NULL;
}

void unpack_free(struct unpack *u)
{
    if (u == NULL)
        return;
    gunzip_free(u->gzip);
    (void)ZSTD_freeDStream(u->zstd);
    mem_free(u->gathered);
    mem_free(u);
}

static const char *name_of(const struct unpack *u)
{
    return u->kind == PACKED_GZIP ? "gzip" : "zstd";
}

static void end_with(struct unpack *u, bool torn, const char *before, const char *behind)
{
    u->state = OVER;
    u->damaged = true;
    u->torn = torn;
    (void)snprintf(u->damage, sizeof u->damage, "%s%s%s", before, name_of(u), behind);
}

static void cut_short(struct unpack *u)
{
    end_with(u, true, "the ", " data is cut short: only what comes before was read");
}

static void broken(struct unpack *u)
{
    end_with(u, true, "the ", " data is damaged: only what comes before was read");
}

static void wrong_checksum(struct unpack *u)
{
    end_with(u, false, "the ", " data is damaged (a checksum differs): rows may be wrong");
}

static void begin_member(struct unpack *u)
{
    u->full = false;
    u->members++;
    u->state = INSIDE;
    if (u->kind == PACKED_GZIP) {
        gunzip_begin(u->gzip);
    } else {
        u->head = span_make((const char *)u->magic, u->matched);
        u->wanted = ZSTD_initDStream(u->zstd);
    }
    u->matched = 0;
}

static void drop(struct span *in, size_t n)
{
    *in = span_make(in->ptr + n, in->len - n);
}

/* Looks for the beginning of the next member. */
static void seek_member(struct unpack *u, struct span *in, bool end)
{
    while (in->len > 0) {
        unsigned char c = (unsigned char)in->ptr[0];
        bool zero = c == 0 && u->matched == 0 && u->members > 0;
        if (!zero && (u->padded || !fits(u->kind, u->matched, u->magic[0], c))) {
            end_with(u, false, "something else follows the ", " data; it was not read");
            return;
        }
        drop(in, 1);
        u->padded = zero;
        if (zero)
            continue;
        u->magic[u->matched++] = c;
        if (u->matched == magic_length(u->kind)) {
            begin_member(u);
            return;
        }
    }
    if (!end)
        return;
    if (u->matched > 0)
        cut_short(u);
    u->state = OVER;
}

static int64_t gzip_step(struct unpack *u, struct span *in, void *out, size_t n, struct err *err)
{
    size_t wrote;
    switch (gunzip_some(u->gzip, in, out, n, &wrote)) {
    case GUNZIPPED_SOME:
        break;
    case GUNZIPPED_ALL:
        u->state = BETWEEN;
        break;
    case GUNZIPPED_DAMAGED:
        broken(u);
        break;
    case GUNZIPPED_CHECKSUM:
        wrong_checksum(u);
        break;
    case GUNZIPPED_NO_MEMORY:
        return err_memory(err, "decompression");
    }
    return (int64_t)wrote;
}

static int zstd_failed(struct unpack *u, size_t rc, struct err *err)
{
    switch (ZSTD_getErrorCode(rc)) {
    case ZSTD_error_memory_allocation:
        return err_memory(err, "decompression");
    case ZSTD_error_frameParameter_windowTooLarge:
        end_with(u, true, "the ",
                 " window is larger than 128 MiB: zstdcat --long=31 FILE | minnow -");
        break;
    case ZSTD_error_dictionary_wrong:
        end_with(u, true, "the ",
                 " data needs a dictionary: zstdcat -D DICTIONARY FILE | minnow -");
        break;
    case ZSTD_error_checksum_wrong:
        wrong_checksum(u);
        break;
    default:
        broken(u);
        break;
    }
    return 0;
}

/* What zstd is given next, at most what it wants: from the piece, or gathered from several. False
 * when that is not all there yet. */
static bool gather(struct unpack *u, struct span *in, bool end, struct span *from)
{
    size_t most = u->wanted > BLOCK_HEAD ? u->wanted - 1 : u->wanted, take;
    if (most > u->room)
        most = u->room;
    *from = span_make(in->ptr, u->full ? 0 : in->len < most ? in->len : most);
    if (u->full || (u->n_gathered == 0 && (from->len == most || end)))
        return true;
    take = most > u->n_gathered ? most - u->n_gathered : 0;
    if (take > in->len)
        take = in->len;
    memcpy(u->gathered + u->n_gathered, in->ptr, take);
    u->n_gathered += take;
    drop(in, take);
    *from = span_make(u->gathered, u->n_gathered);
    return from->len >= most || end;
}

static int64_t zstd_step(struct unpack *u, struct span *in, bool end, void *out, size_t n,
                         struct err *err)
{
    ZSTD_outBuffer to = {out, n, 0};
    ZSTD_inBuffer given;
    struct span from;
    size_t rc;
    if (!gather(u, in, end, &from))
        return 0;
    given = (ZSTD_inBuffer){from.ptr, from.len, 0};
    rc = ZSTD_decompressStream(u->zstd, &to, &given);
    if (ZSTD_isError(rc))
        return zstd_failed(u, rc, err);
    if (from.ptr == u->gathered) {
        u->n_gathered -= given.pos;
        memmove(u->gathered, u->gathered + given.pos, u->n_gathered);
    } else {
        drop(in, given.pos);
    }
    u->wanted = rc;
    u->full = to.pos == to.size;
    if (rc == 0)
        u->state = BETWEEN;
    return (int64_t)to.pos;
}

int64_t unpack_some(struct unpack *u, struct span *in, bool end, void *out, size_t n,
                    struct err *err)
{
    while (u->state != OVER) {
        struct span *from = u->head.len > 0 ? &u->head : in;
        size_t before = from->len;
        bool was_full = u->full;
        int64_t got;
        if (u->state == BETWEEN) {
            seek_member(u, in, end);
            if (u->state == BETWEEN)
                return 0;
            continue;
        }
        got = u->kind == PACKED_GZIP ? gzip_step(u, from, out, n, err)
                                     : zstd_step(u, from, end && from == in, out, n, err);
        if (got != 0)
            return got;
        if (u->state != INSIDE || from->len < before || from == &u->head || was_full)
            continue;
        if (!end)
            return 0;
        if (u->gzip != NULL && gunzip_last(u->gzip, out))
            return 1;
        cut_short(u);
    }
    return 0;
}

bool unpack_over(const struct unpack *u)
{
    return u->state == OVER;
}

bool unpack_damage(const struct unpack *u, bool *torn, struct err *err)
{
    *torn = u->damaged && u->torn;
    if (u->damaged)
        err_set(err, ERR_DATA, "%s", u->damage);
    return u->damaged;
}
