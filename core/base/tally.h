/* Counts of keys: how often each was seen.
 *
 * A key is 64 bits and 32 more, which holds an address id, a port, or a whole (originator,
 * responder, port, protocol). Open addressing; the order of the items means nothing, so whoever
 * reports them sorts them. */
#ifndef MINNOW_BASE_TALLY_H
#define MINNOW_BASE_TALLY_H

#include "core/base/attr.h"

struct tally_item {
    uint64_t key;
    uint32_t more;
    uint32_t count; /* 0: the place is free */
};

struct tally {
    struct tally_item *item; /* cap places; owned */
    size_t cap;              /* a power of two, or 0 */
    size_t n;                /* distinct keys */
};

#define TALLY_INIT                                                                                 \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

void tally_release(struct tally *t);

/* Forgets all keys and keeps the room. */
void tally_clear(struct tally *t);

/* Counts one more. -1 on memory; what was counted before stays. At most 2^32 - 1 per key. */
int tally_add(struct tally *t, uint64_t key, uint32_t more) WARN_UNUSED;

/* The same as so many times, at least one. */
int tally_add_many(struct tally *t, uint64_t key, uint32_t more, uint32_t times) WARN_UNUSED;

uint32_t tally_count(const struct tally *t, uint64_t key, uint32_t more);

#endif
