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

/* The place of a key among 2^bits. */
static inline struct recall_place *recall_place(struct recall_place *places, unsigned bits,
                                                struct recall_key key)
{
    uint64_t hash = (key.low ^ key.high * 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu;
    return &places[hash >> (64 - bits)];
}

static inline bool recall_is(const struct recall_place *place, struct recall_key key,
                             uint32_t stamp)
{
    return ((place->key.low ^ key.low) | (place->key.high ^ key.high) | (place->stamp ^ stamp)) ==
           0;
}

#endif
