/* Digits eight at a time, and value.h's readers of the commonest numbers for texts with room around
 * them (FIELD_ROOM_BEFORE). Where one of these says no, value.h has the last word.
 *
 * Private to core/table.
 *
 * Source: the three multiplications that turn eight digits into a number are well known; see D.
 * Lemire, "Quickly parsing eight digits" (2018). */
#ifndef MINNOW_TABLE_DIGITS_H
#define MINNOW_TABLE_DIGITS_H

#include "core/base/span.h"

#define DIGITS_WORD 8

/* Digits less '0', the first one lowest: a high bit for those that are not below ten (and, besides,
 * perhaps for a good one behind such). Results may be joined by `|` and asked once. */
static inline uint64_t digits_doubt(uint64_t digits)
{
    return (digits + 0x7676767676767676u) | digits;
}

static inline bool digits_good(uint64_t doubt)
{
    return (doubt & 0x8080808080808080u) == 0;
}

static inline uint64_t digits_value(uint64_t digits)
{
    const uint64_t mask = 0x000000ff000000ffu;
    digits = digits * 10 + (digits >> 8);
    return ((digits & mask) * 0x000f424000000064u + (digits >> 16 & mask) * 0x0000271000000001u) >>
           32;
}

/* The bytes of a word that hold its last n digits. */
static const uint64_t digits_mask[DIGITS_WORD + 1] = {0,
                                                      0xff00000000000000u,
                                                      0xffff000000000000u,
                                                      0xffffff0000000000u,
                                                      0xffffffff00000000u,
                                                      0xffffffffff000000u,
                                                      0xffffffffffff0000u,
                                                      0xffffffffffffff00u,
                                                      0xffffffffffffffffu};

/* The `len` digits (0 to 8) in front of `end`, less '0', with zeros in front of them. The eight bytes
 * in front of `end` are read. */
static inline uint64_t digits_load(const char *end, size_t len)
{
    return (word_load(end - DIGITS_WORD) ^ 0x3030303030303030u) & digits_mask[len];
}

/* The same for the first `len` digits (1 to 8) from `begin` on. The eight bytes from there on are
 * read. */
static inline uint64_t digits_load_first(const char *begin, size_t len)
{
    return (word_load(begin) ^ 0x3030303030303030u) << (DIGITS_WORD - len) * 8;
}

/* The same for a text of 1 to 7 digits; no other byte is read. */
static inline uint64_t digits_load_short(const char *text, size_t len)
{
    size_t shift = (DIGITS_WORD - len) * 8;
    return word_load_part(text, len) << shift ^ 0x3030303030303030u << shift;
}

/* 1 to 8: how many digits a word can hold. */
static inline bool digits_fit(size_t len)
{
    return len - 1 < DIGITS_WORD;
}

/* A whole number of 1 to 16 digits. */
static inline bool digits_count(struct span s, uint64_t *out)
{
    const char *end = s.ptr + s.len;
    uint64_t low, high;
    if (digits_fit(s.len)) {
        low = digits_load(end, s.len);
        *out = digits_value(low);
        return digits_good(digits_doubt(low));
    }
    if (s.len - 1 >= 2 * DIGITS_WORD)
        return false;
    low = digits_load(end, DIGITS_WORD);
    high = digits_load(end - DIGITS_WORD, s.len - DIGITS_WORD);
    *out = digits_value(high) * 100000000 + digits_value(low);
    return digits_good(digits_doubt(low) | digits_doubt(high));
}

/* Whole seconds of 1 to 11 digits and six of a fraction, as Zeek writes its times: in microseconds. */
static inline bool digits_micro(struct span s, uint64_t *out)
{
    uint64_t seconds, fraction;
    if (s.len < 8 || s.len > 18 || s.ptr[s.len - 7] != '.')
        return false;
    fraction = digits_load(s.ptr + s.len, 6);
    if (!digits_good(digits_doubt(fraction)) ||
        !digits_count(span_make(s.ptr, s.len - 7), &seconds))
        return false;
    *out = seconds * 1000000 + digits_value(fraction);
    return true;
}

#endif
