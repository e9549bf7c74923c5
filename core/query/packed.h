/* Positions in a row set, sorted by a value of few bits: 8 bytes each, in place.
 *
 * Private to core/query. A key is the value above the position, so that all keys differ, equal
 * values keep their order, and the smallest unsigned number comes first. */
#ifndef MINNOW_QUERY_PACKED_H
#define MINNOW_QUERY_PACKED_H

#include "core/job.h"

/* Bits that positions below n need. */
static inline uint32_t packed_bits(uint64_t n)
{
    return n < 2 ? 1 : 64 - (uint32_t)__builtin_clzll(n - 1);
}

/* Sorts keys that all differ, on the threads that the job may use. Errors: ERR_CANCELLED. Cost: n log n at
 * worst, eight bits a pass. */
int packed_sort(uint64_t *key, uint64_t n, struct job *job, struct err *err) WARN_UNUSED;

#endif
