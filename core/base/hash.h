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

static inline uint64_t hash_bytes(const char *p, size_t n)
{
    uint64_t h = 0x9e3779b97f4a7c15u ^ (n * 0xd6e8feb86659fd93u);
    while (n >= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        h = (h ^ word) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
        p += 8;
        n -= 8;
    }
    if (n > 0) {
        uint64_t word = 0;
        memcpy(&word, p, n);
        h = (h ^ word) * 0xff51afd7ed558ccdu;
    }
    return hash_u64(h);
}

#endif
