/* The fused kernel for processors with AVX2 and FMA; see kernel_fused.h. Compilers for other kinds of processor
 * make none. */
#include "core/cluster/kernel.h"

#if defined(__AVX2__) && defined(__FMA__)
#define NEAREST nearest_avx2
#define CLOSER  closer_avx2
#include "core/cluster/kernel_fused.h"

const struct kernel kernel_avx2 = {"avx2", nearest, steady, try, take};
#else
const struct kernel kernel_avx2 = {.name = "avx2"};
#endif
