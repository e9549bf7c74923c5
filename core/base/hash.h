/* Hash functions for tables inside one run. Not for storage, not for secrets.
 *
 * Source: the finalizer is the 64-bit variant 13 of D. Stafford's search for better MurmurHash3
 * mixers
 * ("Better bit mixing", 2011); the byte hash multiplies eight bytes at a time and mixes at the end.
 */
#ifndef MINNOW_BASE_HASH_H
#define MINNOW_BASE_HASH_H

#include "core/base/span.h"

static inline uint64_t hash_u64(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* What hash_u64 gives x for: no two numbers have the same hash. The factors are the inverses of its own,
 * modulo 2^64. */
static inline uint64_t unhash_u64(uint64_t x)
{
    x ^= x >> 31 ^ x >> 62;
    x *= 0x319642b2d24d8ec3u;
    x ^= x >> 27 ^ x >> 54;
    x *= 0x96de1b173f119089u;
    return x ^ x >> 30 ^ x >> 60;
}

static inline uint64_t hash_bytes(const char *p, size_t n)
{
    uint64_t h = 0x9e3779b97f4a7c15u ^ (n * 0xd6e8feb86659fd93u);
    size_t rest = n;
    for (; rest >= 8; rest -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        h = (h ^ word) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    if (rest > 0) {
        /* Of a longer text, with some of the bytes before them: no byte by byte. */
        uint64_t tail = n > 8 ? word_load(p + rest - 8) : word_load_part(p, rest);
        h = (h ^ tail) * 0xff51afd7ed558ccdu;
    }
    return hash_u64(h);
}

#endif
