/* Addresses that come back: counts over a set of rows, both columns together. */
#ifndef MINNOW_QUERY_REPEAT_H
#define MINNOW_QUERY_REPEAT_H

#include "core/query/rowset.h"

struct repeat {
    uint32_t addr;
    uint32_t rank; /* 1 is the commonest; equal counts share nothing: ties by the text's bytes */
    uint64_t rows; /* rows that have it on either side (once when on both) */
    uint64_t as_orig, as_resp;
};

struct repeats {
    struct repeat *item; /* by rank; every address of the set; owned */
    uint64_t n;
    uint32_t *slot; /* private: address id -> item; owned */
    uint32_t n_slots;
};

int repeats_count(struct repeats *out, const struct rowset *set, const struct table *t,
                  struct job *job, struct err *err) WARN_UNUSED;
void repeats_release(struct repeats *r);

/* The entry of an address, or NULL when it is not in the set. */
const struct repeat *repeats_of(const struct repeats *r, uint32_t addr);

#endif
