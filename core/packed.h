/* Whole numbers sorted in place, eight bits at a time.
 *
 * Packed keys are a value above a position in a row set, so that all keys differ, equal values keep
 * their order, and the smallest number comes first: 8 bytes for each row. */
#ifndef MINNOW_PACKED_H
#define MINNOW_PACKED_H

#include "core/job.h"

/* Bits that positions below n need. */
static inline uint32_t packed_bits(uint64_t n)
{
    return n < 2 ? 1 : 64 - (uint32_t)__builtin_clzll(n - 1);
}

/* Sorts, on the threads that the job may use; without a job alone. Errors: ERR_CANCELLED. Cost: at most
 * eight passes; none where the keys are in order. */
int packed_sort(uint64_t *key, uint64_t n, struct job *job, struct err *err) WARN_UNUSED;

#endif
