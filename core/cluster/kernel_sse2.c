/* The fused kernel for the vectors that every processor has; see kernel_fused.h and kernel_rows.h. */
#include "core/cluster/kernel_fused.h"
#include "core/cluster/kernel_rows.h"

const struct kernel kernel_sse2 = {
    .name = "sse2",
    .nearest = nearest,
    .try = try,
    .take = take,
    .add = add,
    .raise = raise_to,
    .tally = tally,
    .shift = shift,
    .reach = reach,
};
