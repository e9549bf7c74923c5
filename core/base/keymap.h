/* Numbers for keys: the first new key gets 0, the next 1, and so on, so that an array beside the
 * map can hold what belongs to each. */
#ifndef MINNOW_BASE_KEYMAP_H
#define MINNOW_BASE_KEYMAP_H

#include "core/base/attr.h"

struct keymap_slot {
    uint64_t key;
    uint32_t number_plus_1; /* 0: the place is free */
};

struct keymap {
    struct keymap_slot *slot; /* cap places; owned */
    size_t cap;               /* a power of two, or 0 */
    uint32_t n;               /* keys */
};

void keymap_release(struct keymap *m);

/* The number of a key; a new key gets number n (compare with what n was before). -1 on memory. */
int64_t keymap_add(struct keymap *m, uint64_t key) WARN_UNUSED;

#endif
