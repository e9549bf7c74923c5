/* A run of bytes that somebody else owns. May hold NUL bytes; is not NUL-terminated. */
#ifndef MINNOW_BASE_SPAN_H
#define MINNOW_BASE_SPAN_H

#include "core/base/attr.h"

struct span {
    const char *ptr;
    size_t len;
};

static inline struct span span_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

static inline struct span span_make(const char *ptr, size_t len)
{
    return (struct span){ptr, len};
}

static inline bool span_eq(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool span_is(struct span a, const char *text)
{
    return span_eq(a, span_of(text));
}

/* Bytewise order, shorter first when one is the beginning of the other: -1, 0 or 1. */
static inline int span_cmp(struct span a, struct span b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n == 0 ? 0 : memcmp(a.ptr, b.ptr, n);
    if (c != 0)
        return c < 0 ? -1 : 1;
    return a.len == b.len ? 0 : a.len < b.len ? -1 : 1;
}

static inline bool span_starts(struct span a, const char *head)
{
    size_t n = strlen(head);
    return a.len >= n && memcmp(a.ptr, head, n) == 0;
}

/* Without blanks and tabs at both ends. */
static inline struct span span_trim(struct span a)
{
    while (a.len > 0 && (a.ptr[0] == ' ' || a.ptr[0] == '\t')) {
        a.ptr++;
        a.len--;
    }
    while (a.len > 0 && (a.ptr[a.len - 1] == ' ' || a.ptr[a.len - 1] == '\t'))
        a.len--;
    return a;
}

/* Takes the next line (without LF, and without a CR before it) off the front of *rest. False at the
 * end. */
static inline bool span_line(struct span *rest, struct span *line)
{
    const char *nl;
    if (rest->len == 0)
        return false;
    nl = memchr(rest->ptr, '\n', rest->len);
    if (nl == NULL) {
        *line = *rest;
        *rest = (struct span){rest->ptr + rest->len, 0};
    } else {
        *line = (struct span){rest->ptr, (size_t)(nl - rest->ptr)};
        rest->len -= line->len + 1;
        rest->ptr = nl + 1;
    }
    if (line->len > 0 && line->ptr[line->len - 1] == '\r')
        line->len--;
    return true;
}

/* Eight bytes as one number, the first byte lowest on any machine. */
static inline uint64_t word_load(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* The same for the n (0 to 7) bytes of a short text, zeros behind them; no other byte is read. */
static inline uint64_t word_load_part(const char *p, size_t n)
{
    const unsigned char *byte = (const unsigned char *)p;
    if (n >= 4) {
        uint64_t first =
            byte[0] | (uint64_t)byte[1] << 8 | (uint64_t)byte[2] << 16 | (uint64_t)byte[3] << 24;
        const unsigned char *last = byte + n - 4;
        uint64_t rest =
            last[0] | (uint64_t)last[1] << 8 | (uint64_t)last[2] << 16 | (uint64_t)last[3] << 24;
        return first | rest << (n - 4) * 8;
    }
    /* Of one byte or two, some are looked at twice. */
    return n == 0 ? 0
                  : byte[0] | (uint64_t)byte[n / 2] << n / 2 * 8 |
                        (uint64_t)byte[n - 1] << (n - 1) * 8;
}

static inline uint64_t span_newlines(struct span a)
{
    uint64_t n = 0;
    for (size_t i = 0; i < a.len; i++)
        n += a.ptr[i] == '\n';
    return n;
}

#endif
