/* The fused kernel for processors with AVX-512; see kernel_fused.h and kernel_rows.h. Compilers for other kinds of processor
 * make none. */
#include "core/cluster/kernel.h"

#ifdef __AVX512F__
#include "core/cluster/kernel_fused.h"
#include "core/cluster/kernel_rows.h"

const struct kernel kernel_avx512 = {
    .name = "avx512",
    .nearest = nearest,
    .try = try,
    .take = take,
    .add = add,
    .raise = raise_to,
    .tally = tally,
    .shift = shift,
    .reach = reach,
};
#else
const struct kernel kernel_avx512 = {.name = "avx512"};
#endif
