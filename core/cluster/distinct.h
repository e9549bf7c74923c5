/* Counts of mixed keys (mixed.h), in the order in which they first came.
 *
 * Unlike a tally it trusts its keys to be spread evenly and hashes nothing, and it takes them by the
 * array. */
#ifndef MINNOW_CLUSTER_DISTINCT_H
#define MINNOW_CLUSTER_DISTINCT_H

#include "core/cluster/mixed.h"

struct distinct_item {
    struct key key;
    uint32_t rows;
};

struct distinct {
    struct distinct_item *item; /* n of at most `room`; owned */
    size_t n, room;
    uint32_t *slot; /* by the low bits of a key: which item it is, counted from 1; 0: free; owned */
    size_t n_slots; /* a power of two, or 0 */
};

void distinct_release(struct distinct *d);

/* Forgets all keys and keeps the room. Cost: that of the keys that were there. */
void distinct_clear(struct distinct *d);

/* Counts n keys; beside NULL: 0 for each. Fewer than 2^32 rows in all. -1 on memory. */
int distinct_add(struct distinct *d, const uint64_t *key, const uint32_t *beside,
                 size_t n) WARN_UNUSED;

#endif
