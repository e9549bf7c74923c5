/* Deflate streams by zlib, and the choice between it and ISA-L; see inflate.h. */
#include "core/io/inflate.h"

#include <zlib.h>

#include "core/base/mem.h"

#define RAW_WINDOW (-15) /* 32 KiB, without a header */

static void *lib_alloc(void *user, unsigned n, unsigned size)
{
    (void)user;
    return mem_alloc(n, size);
}

static void lib_free(void *user, void *p)
{
    (void)user;
    mem_free(p);
}

static void *open_lib(void)
{
    z_stream *z = mem_zalloc(1, sizeof *z);
    if (z == NULL)
        return NULL;
    z->zalloc = lib_alloc;
    z->zfree = lib_free;
    if (inflateInit2(z, RAW_WINDOW) == Z_OK)
        return z;
    mem_free(z);
    return NULL;
}

static void close_lib(void *lib)
{
    (void)inflateEnd(lib);
    mem_free(lib);
}

static void begin(void *lib)
{
    (void)inflateReset(lib);
}

enum inflated inflate_by_zlib(void *lib, int flush, struct span *in, void *out, size_t n,
                              size_t *wrote)
{
    z_stream *z = lib;
    unsigned give = in->len > INT32_MAX ? INT32_MAX : (unsigned)in->len;
    unsigned room = n > INT32_MAX ? INT32_MAX : (unsigned)n;
    int rc;
    z->next_in = (z_const Bytef *)in->ptr;
    z->avail_in = give;
    z->next_out = out;
    z->avail_out = room;
    rc = inflate(z, flush);
    *in = span_make(in->ptr + (give - z->avail_in), in->len - (give - z->avail_in));
    *wrote = room - z->avail_out;
    switch (rc) {
    case Z_OK:
    case Z_BUF_ERROR:
        return INFLATED_SOME;
    case Z_STREAM_END:
        return INFLATED_ALL;
    case Z_MEM_ERROR:
        return INFLATED_NO_MEMORY;
    default:
        return INFLATED_DAMAGED;
    }
}

static enum inflated some(void *lib, struct span *in, void *out, size_t n, size_t *wrote)
{
    return inflate_by_zlib(lib, Z_NO_FLUSH, in, out, n, wrote);
}

/* zlib waits for no bit that it does not need, and gives back what it did not use. */
static bool last(void *lib, void *out)
{
    (void)lib;
    (void)out;
    return false;
}

static size_t rest(void *lib, unsigned char out[INFLATE_REST])
{
    (void)lib;
    (void)out;
    return 0;
}

static uint32_t crc(uint32_t before, const void *bytes, size_t n)
{
    return (uint32_t)crc32_z(before, bytes, n);
}

const struct inflater inflater_zlib = {"zlib", open_lib, close_lib, begin, some, last, rest, crc};

const struct inflater *inflater_choose(struct err *err)
{
    const struct inflater *best = inflater_isal.open != NULL ? &inflater_isal : &inflater_zlib;
    const char *asked = getenv("MINNOW_INFLATE");
    if (asked == NULL || asked[0] == '\0' || strcmp(asked, best->name) == 0)
        return best;
    if (strcmp(asked, inflater_zlib.name) == 0)
        return &inflater_zlib;
    if (strcmp(asked, inflater_isal.name) == 0)
        (void)err_set(err, ERR_USAGE, "MINNOW_INFLATE=isal: built without ISA-L");
    else
        (void)err_set(err, ERR_USAGE, "MINNOW_INFLATE=%.40s: not isal or zlib", asked);
    return NULL;
}
