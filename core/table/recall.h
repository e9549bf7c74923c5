/* The numbers of short texts seen lately.
 *
 * Private to core/table. One place for each hash: a newer text takes that of an older one. A place
 * counts while its stamp is the current one, so that forgetting all costs nothing. */
#ifndef MINNOW_TABLE_RECALL_H
#define MINNOW_TABLE_RECALL_H

#include "core/base/span.h"

#define RECALL_LONGEST 15 /* bytes of a text that can be remembered: any dotted address */

/* A text of at most RECALL_LONGEST bytes, zeros behind it, its length in the last byte: equal keys
 * are equal texts. */
struct recall_key {
    uint64_t low, high;
};

struct recall_place {
    struct recall_key key;
    uint32_t number, stamp; /* stamp 0: never used */
};

/* By length: the bytes that count, and the length in the last byte. */
struct recall_mask {
    uint64_t low, high, length;
};

static const struct recall_mask recall_mask[RECALL_LONGEST + 1] = {
    {0x0u, 0x0u, 0x0u},
    {0xffu, 0x0u, 0x100000000000000u},
    {0xffffu, 0x0u, 0x200000000000000u},
    {0xffffffu, 0x0u, 0x300000000000000u},
    {0xffffffffu, 0x0u, 0x400000000000000u},
    {0xffffffffffu, 0x0u, 0x500000000000000u},
    {0xffffffffffffu, 0x0u, 0x600000000000000u},
    {0xffffffffffffffu, 0x0u, 0x700000000000000u},
    {0xffffffffffffffffu, 0x0u, 0x800000000000000u},
    {0xffffffffffffffffu, 0xffu, 0x900000000000000u},
    {0xffffffffffffffffu, 0xffffu, 0xa00000000000000u},
    {0xffffffffffffffffu, 0xffffffu, 0xb00000000000000u},
    {0xffffffffffffffffu, 0xffffffffu, 0xc00000000000000u},
    {0xffffffffffffffffu, 0xffffffffffu, 0xd00000000000000u},
    {0xffffffffffffffffu, 0xffffffffffffu, 0xe00000000000000u},
    {0xffffffffffffffffu, 0xffffffffffffffu, 0xf00000000000000u},
};

/* The 16 bytes from text.ptr on are read. */
static inline struct recall_key recall_key(struct span text)
{
    const struct recall_mask *mask = &recall_mask[text.len];
    return (struct recall_key){word_load(text.ptr) & mask->low,
                               (word_load(text.ptr + 8) & mask->high) | mask->length};
}

/* The same, and no byte outside of the text is read. */
static inline struct recall_key recall_key_tight(struct span text)
{
    uint64_t length = (uint64_t)text.len << 56;
    if (text.len < 8)
        return (struct recall_key){word_load_part(text.ptr, text.len), length};
    return (struct recall_key){word_load(text.ptr),
                               word_load_part(text.ptr + 8, text.len - 8) | length};
}

struct recall {
    struct recall_place *place; /* 2^bits of them, all zero at first; borrowed */
    uint32_t stamp, bits;
};

static inline void recall_init(struct recall *r, struct recall_place *place, unsigned bits)
{
    *r = (struct recall){place, 1, bits};
}

static inline void recall_forget(struct recall *r)
{
    if (++r->stamp == 0) { /* old stamps would count again */
        memset(r->place, 0, sizeof *r->place << r->bits);
        r->stamp = 1;
    }
}

/* Where a text is remembered, if it is. */
struct recall_seat {
    struct recall_place *place; /* NULL: of no text */
    struct recall_key key;
    uint32_t stamp;
};

static inline struct recall_seat recall_seat(const struct recall *r, struct recall_key key)
{
    uint64_t hash = (key.low ^ key.high * 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu;
    return (struct recall_seat){&r->place[hash >> (64 - r->bits)], key, r->stamp};
}

static inline bool recall_knows(const struct recall_seat *seat, uint32_t *number)
{
    const struct recall_place *p = seat->place;
    *number = p->number;
    return ((p->key.low ^ seat->key.low) | (p->key.high ^ seat->key.high) |
            (p->stamp ^ seat->stamp)) == 0;
}

static inline void recall_keep(const struct recall_seat *seat, uint32_t number)
{
    *seat->place = (struct recall_place){seat->key, number, seat->stamp};
}

/* ---- shorter texts: at most seven bytes ---- */

#define RECALL_WORD_BITS 6

struct recall_word {
    uint64_t key; /* the bytes, zeros behind them, the length highest */
    uint32_t number;
};

/* Forgets all of 2^RECALL_WORD_BITS places: no key has such a length. */
static inline void recall_word_forget(struct recall_word *places)
{
    memset(places, 0xff, sizeof *places << RECALL_WORD_BITS);
}

/* The 8 bytes from text.ptr on are read. */
static inline uint64_t recall_word_key(struct span text)
{
    return (word_load(text.ptr) & recall_mask[text.len].low) | (uint64_t)text.len << 56;
}

static inline struct recall_word *recall_word_place(struct recall_word *places, uint64_t key)
{
    return &places[key * 0xff51afd7ed558ccdu >> (64 - RECALL_WORD_BITS)];
}

/* ---- longer texts: any address of IPv6 without a zone ---- */

#define RECALL_LONG_LONGEST 40
#define RECALL_LONG_BITS    11
#define RECALL_LONG_WORDS   5

/* A text of RECALL_LONGEST + 1 to RECALL_LONG_LONGEST bytes. Its words overlap: of one length, equal
 * words are equal texts. */
struct recall_long {
    uint64_t word[RECALL_LONG_WORDS];
    uint32_t len, number, stamp;
};

static inline struct recall_long recall_long_key(struct span text, uint32_t stamp)
{
    size_t last = text.len - 8;
    return (struct recall_long){{word_load(text.ptr), word_load(text.ptr + 8),
                                 word_load(text.ptr + (last < 16 ? last : 16)),
                                 word_load(text.ptr + (last < 24 ? last : 24)),
                                 word_load(text.ptr + last)},
                                (uint32_t)text.len,
                                0,
                                stamp};
}

/* The place of a key among 2^RECALL_LONG_BITS. */
static inline struct recall_long *recall_long_place(struct recall_long *places,
                                                    const struct recall_long *key)
{
    uint64_t hash = key->word[0] ^ key->word[2] * 0x9e3779b97f4a7c15u;
    hash = (hash ^ key->word[1] ^ key->word[3] * 0xd6e8feb86659fd93u) * 0xff51afd7ed558ccdu;
    hash = (hash ^ hash >> 32 ^ key->word[4]) * 0xff51afd7ed558ccdu;
    return &places[hash >> (64 - RECALL_LONG_BITS)];
}

static inline bool recall_long_is(const struct recall_long *place, const struct recall_long *key)
{
    uint64_t differs = (place->len ^ key->len) | (place->stamp ^ key->stamp);
    for (int i = 0; i < RECALL_LONG_WORDS; i++)
        differs |= place->word[i] ^ key->word[i];
    return differs == 0;
}

#endif
