/* Sums that end at the top instead of beginning again at 0. */
#ifndef MINNOW_BASE_SUM_H
#define MINNOW_BASE_SUM_H

#include "core/base/attr.h"

static inline void sum_add(uint64_t *sum, uint64_t more)
{
    if (__builtin_add_overflow(*sum, more, sum))
        *sum = UINT64_MAX;
}

#endif
