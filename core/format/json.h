/* The grammar of JSON (RFC 8259), read strictly and in place.
 *
 * Each function takes its part off the front of the text and returns false, with the position
 * anywhere, when the text is not exactly that. Stricter than many: no control bytes in strings, no
 * lone surrogates, no leading zeros, no NaN. Bytes from 0x80 on are taken as they are, UTF-8 or
 * not. */
#ifndef MINNOW_FORMAT_JSON_H
#define MINNOW_FORMAT_JSON_H

#include "core/base/buf.h"

#define JSON_MOST_DEPTH 64 /* objects and arrays inside each other */

struct json {
    const char *p, *end;
    bool deep; /* refused because of JSON_MOST_DEPTH */
};

static inline void json_blanks(struct json *j)
{
    while (j->p < j->end && (unsigned char)*j->p <= ' ' &&
           (*j->p == ' ' || *j->p == '\t' || *j->p == '\r' || *j->p == '\n'))
        j->p++;
}

#define JSON_EACH_BYTE (~(uint64_t)0 / 255)

/* Marks, in its top bit, every byte of the word that is a quote, a backslash or a control byte. A
 * byte above a marked one may be marked wrongly. */
static inline uint64_t json_special(uint64_t word)
{
    uint64_t quote = word ^ JSON_EACH_BYTE * '"', back = word ^ JSON_EACH_BYTE * '\\';
    return (((quote - JSON_EACH_BYTE) & ~quote) | ((back - JSON_EACH_BYTE) & ~back) |
            ((word - JSON_EACH_BYTE * 0x20) & ~word)) &
           JSON_EACH_BYTE * 0x80;
}

/* The first byte of a string that does not stand for itself, or `end`. */
static inline const char *json_plain_end(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        word = json_special(word);
        if (word != 0) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
            return p + (__builtin_ctzll(word) >> 3);
#else
            break;
#endif
        }
        p += 8;
    }
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
        p++;
    return p;
}

/* Takes one byte, blanks in front of it included. */
static inline bool json_take(struct json *j, char c)
{
    if (j->p == j->end || *j->p != c) {
        json_blanks(j);
        if (j->p == j->end || *j->p != c)
            return false;
    }
    j->p++;
    return true;
}

/* A string, from its opening quote on. *raw: what stands between the quotes; *escapes: it holds
 * escapes, all of them sound. */
bool json_take_string(struct json *j, struct span *raw, bool *escapes) WARN_UNUSED;

/* Appends the string with its escapes decoded, as UTF-8. `raw` comes from json_take_string. Never longer
 * than `raw`. */
void json_decode(struct span raw, struct buf *out);

bool json_take_number(struct json *j, struct span *text) WARN_UNUSED;
bool json_take_word(struct json *j, const char *word) WARN_UNUSED; /* true, false, null */

/* Any value; `depth` containers are open around it. */
bool json_skip(struct json *j, int depth) WARN_UNUSED;

#endif
