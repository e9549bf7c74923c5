/* Random numbers that are the same on every machine: a seed and a stream number give the sequence.
 *
 * Source: xoshiro256** by D. Blackman and S. Vigna ("Scrambled linear pseudorandom number
 * generators", 2021), its state filled by splitmix64 as its authors advise. Not for secrets. */
#ifndef MINNOW_BASE_RNG_H
#define MINNOW_BASE_RNG_H

#include "core/base/hash.h"

struct rng {
    uint64_t s[4];
};

static inline void rng_init(struct rng *r, uint64_t seed, uint64_t stream)
{
    uint64_t x = hash_u64(seed) ^ (stream * 0x9e3779b97f4a7c15u);
    for (int i = 0; i < 4; i++) {
        x += 0x9e3779b97f4a7c15u;
        r->s[i] = hash_u64(x);
    }
}

static inline uint64_t rng_rotate(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

static inline uint64_t rng_u64(struct rng *r)
{
    uint64_t *s = r->s;
    uint64_t out = rng_rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rng_rotate(s[3], 45);
    return out;
}

/* Uniform in [0, 1), 53 bits. */
static inline double rng_unit(struct rng *r)
{
    return (double)(rng_u64(r) >> 11) * 0x1.0p-53;
}

/* Uniform in [0, n), n above 0. Unbiased (rejection). */
static inline uint64_t rng_below(struct rng *r, uint64_t n)
{
    uint64_t limit = UINT64_MAX - UINT64_MAX % n;
    uint64_t x = rng_u64(r);
    while (x >= limit)
        x = rng_u64(r);
    return x % n;
}

#endif
