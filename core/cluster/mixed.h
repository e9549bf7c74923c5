/* Who talks to whom by what, as a key that is spread as evenly as a hash and can be undone.
 *
 * A row is mixed once. From there on the high bits of its key choose a bucket and the low ones a place
 * in a table, and the pair itself is asked for once for all its rows. Two addresses, a port and a protocol
 * are 64 bits where there are fewer than 2^20 addresses; else a part stands beside. */
#ifndef MINNOW_CLUSTER_MIXED_H
#define MINNOW_CLUSTER_MIXED_H

#include "core/base/hash.h"
#include "core/table/table.h"

#define PAIR_REST_BITS 24

struct pair {
    uint32_t orig, resp; /* address ids; ADDR_MISSING when missing */
    uint32_t rest;       /* responder port << 8 | protocol */
};

/* A pair, packed or mixed. */
struct key {
    uint64_t key;
    uint32_t beside; /* 0 where all fits in the key */
};

/* How pairs are packed: the rest lowest, then the responder, then what there is room for of the originator. */
struct packing {
    uint32_t addr;  /* the bits of an address; all of them set: it is missing */
    uint32_t above; /* where the originator begins */
    uint32_t
        beside; /* the bits of what stands beside: the originator's but for the lowest 8, or none */
};

/* For ids below n_addrs, in keys of so many bits at most; what does not fit stands beside 64. */
static inline struct packing packing_of(uint32_t n_addrs, uint32_t key_bits)
{
    uint32_t bits = 1;
    while (bits < 32 && n_addrs >> bits != 0)
        bits++;
    if (2 * bits + PAIR_REST_BITS > key_bits)
        return (struct packing){UINT32_MAX, PAIR_REST_BITS + 32, UINT32_MAX >> 8};
    return (struct packing){((uint32_t)1 << bits) - 1, PAIR_REST_BITS + bits, 0};
}

static inline uint32_t orig_beside(struct packing p, uint32_t orig)
{
    return orig >> 8 & p.beside;
}

static inline struct key pair_pack(struct packing p, struct pair pair)
{
    return (struct key){(uint64_t)(pair.orig & p.addr) << p.above |
                            (uint64_t)(pair.resp & p.addr) << PAIR_REST_BITS | pair.rest,
                        orig_beside(p, pair.orig)};
}

static inline struct pair pair_unpack(struct packing p, struct key key)
{
    uint32_t orig = ((uint32_t)(key.key >> p.above) & p.addr) | key.beside << 8;
    uint32_t resp = (uint32_t)(key.key >> PAIR_REST_BITS) & p.addr;
    return (struct pair){orig == p.addr ? ADDR_MISSING : orig, resp == p.addr ? ADDR_MISSING : resp,
                         (uint32_t)key.key & (((uint32_t)1 << PAIR_REST_BITS) - 1)};
}

/* What stands beside, spread over the bits of the key. */
static inline uint64_t beside_part(uint32_t beside)
{
    return beside * 0x9e3779b97f4a7c15u;
}

static inline struct key key_mix(struct key packed)
{
    return (struct key){hash_u64(packed.key ^ beside_part(packed.beside)), packed.beside};
}

static inline struct key key_unmix(struct key mixed)
{
    return (struct key){unhash_u64(mixed.key) ^ beside_part(mixed.beside), mixed.beside};
}

#endif
