/* gzip's framing; see gunzip.h. */
#include "core/io/gunzip.h"

#include "core/base/mem.h"
#include "core/io/inflate.h"

#define DEFLATE 8 /* the one method there is */

enum flag { HEADER_CRC = 2, EXTRA = 4, NAME = 8, COMMENT = 16, RESERVED = 0xe0 };

/* In the order in which they follow each other. */
enum part {
    IN_METHOD,
    IN_FLAGS,
    IN_TIME, /* six bytes: time, how it was packed, on what system */
    IN_EXTRA_LENGTH,
    IN_EXTRA,
    IN_NAME,
    IN_COMMENT,
    IN_HEADER_CRC,
    IN_TEXT,
    IN_TRAILER
};

struct gunzip {
    const struct inflater *inflater;
    void *lib; /* owned */
    enum part part;
    unsigned flags, n; /* n: bytes of the part so far */
    uint64_t number;   /* that they make, least byte first */
    unsigned extra;    /* length of the extra field */
    uint32_t header_crc;
    uint32_t crc, length; /* of the header, then of the text */
};

struct gunzip *gunzip_new(struct err *err)
{
    const struct inflater *inflater = inflater_choose(err);
    struct gunzip *g = inflater == NULL ? NULL : mem_zalloc(1, sizeof *g);
    if (g != NULL) {
        g->inflater = inflater;
        g->lib = inflater->open();
        if (g->lib != NULL)
            return g;
        mem_free(g);
    }
    if (inflater != NULL)
        err_memory(err, "decompression");
    return NULL;
}

void gunzip_free(struct gunzip *g)
{
    if (g == NULL)
        return;
    g->inflater->close(g->lib);
    mem_free(g);
}

static void enter(struct gunzip *g, enum part part)
{
    g->part = part;
    g->n = 0;
    g->number = 0;
}

void gunzip_begin(struct gunzip *g)
{
    enter(g, IN_METHOD);
    g->flags = g->extra = g->length = 0;
    g->crc = g->inflater->crc(0, "\x1f\x8b", 2);
}

/* The next part behind `part` that the flags announce. */
static void go_on(struct gunzip *g, enum part part)
{
    static const enum flag needed[] = {
        [IN_EXTRA_LENGTH] = EXTRA, [IN_EXTRA] = EXTRA,           [IN_NAME] = NAME,
        [IN_COMMENT] = COMMENT,    [IN_HEADER_CRC] = HEADER_CRC,
    };
    do
        part++;
    while (part >= IN_EXTRA_LENGTH && part <= IN_HEADER_CRC && (g->flags & needed[part]) == 0);
    enter(g, part);
    if (part == IN_EXTRA && g->extra == 0)
        go_on(g, part);
    if (g->part == IN_TEXT) {
        g->crc = 0;
        g->inflater->begin(g->lib);
    }
}

/* False: this is no header of gzip. */
static bool take_header(struct gunzip *g, unsigned char c)
{
    uint32_t crc = g->crc & 0xffff;
    g->crc = g->inflater->crc(g->crc, &c, 1);
    g->number |= (uint64_t)c << 8 * (g->n < 7 ? g->n : 7);
    g->n++;
    switch (g->part) {
    case IN_METHOD:
        if (c != DEFLATE)
            return false;
        break;
    case IN_FLAGS:
        if ((c & RESERVED) != 0)
            return false;
        g->flags = c;
        break;
    case IN_TIME:
        if (g->n < 6)
            return true;
        break;
    case IN_EXTRA_LENGTH:
        if (g->n < 2)
            return true;
        g->extra = (unsigned)g->number;
        break;
    case IN_EXTRA:
        if (g->n < g->extra)
            return true;
        break;
    case IN_NAME:
    case IN_COMMENT:
        g->n = 0;
        if (c != 0)
            return true;
        break;
    default:
        if (g->n == 1)
            g->header_crc = crc; /* of what is before these two bytes */
        if (g->n < 2)
            return true;
        if (g->number != g->header_crc)
            return false;
        break;
    }
    go_on(g, g->part);
    return true;
}

static bool take_trailer(struct gunzip *g, unsigned char c)
{
    g->number |= (uint64_t)c << 8 * g->n;
    return ++g->n == 8;
}

static enum gunzipped trailer_says(const struct gunzip *g)
{
    return g->number == ((uint64_t)g->length << 32 | g->crc) ? GUNZIPPED_ALL : GUNZIPPED_CHECKSUM;
}

static enum gunzipped take_text(struct gunzip *g, struct span *in, void *out, size_t n,
                                size_t *wrote)
{
    unsigned char behind[INFLATE_REST];
    enum inflated rc = g->inflater->some(g->lib, in, out, n, wrote);
    size_t len;
    bool over = false;
    g->crc = g->inflater->crc(g->crc, out, *wrote);
    g->length += (uint32_t)*wrote;
    switch (rc) {
    case INFLATED_SOME:
        return GUNZIPPED_SOME;
    case INFLATED_NO_MEMORY:
        return GUNZIPPED_NO_MEMORY;
    case INFLATED_DAMAGED:
        return GUNZIPPED_DAMAGED;
    case INFLATED_ALL:
        break;
    }
    enter(g, IN_TRAILER);
    len = g->inflater->rest(g->lib, behind);
    for (size_t i = 0; i < len; i++)
        over = take_trailer(g, behind[i]);
    return over ? trailer_says(g) : GUNZIPPED_SOME;
}

enum gunzipped gunzip_some(struct gunzip *g, struct span *in, void *out, size_t n, size_t *wrote)
{
    *wrote = 0;
    for (;;) {
        unsigned char c;
        if (g->part == IN_TEXT) {
            enum gunzipped rc = take_text(g, in, out, n, wrote);
            if (rc != GUNZIPPED_SOME || *wrote > 0 || g->part == IN_TEXT)
                return rc;
        }
        if (in->len == 0)
            return GUNZIPPED_SOME;
        c = (unsigned char)in->ptr[0];
        *in = span_make(in->ptr + 1, in->len - 1);
        if (g->part != IN_TRAILER) {
            if (!take_header(g, c))
                return GUNZIPPED_DAMAGED;
        } else if (take_trailer(g, c)) {
            return trailer_says(g);
        }
    }
}

bool gunzip_last(struct gunzip *g, void *out)
{
    return g->part == IN_TEXT && g->inflater->last(g->lib, out);
}
