/* The fused kernel for processors with AVX-512; see kernel_fused.h. Compilers for other kinds of processor
 * make none. */
#include "core/cluster/kernel.h"

#ifdef __AVX512F__
#define NEAREST nearest_avx512
#define CLOSER  closer_avx512
#include "core/cluster/kernel_fused.h"

const struct kernel kernel_avx512 = {"avx512", nearest, steady, try, take};
#else
const struct kernel kernel_avx512 = {.name = "avx512"};
#endif
