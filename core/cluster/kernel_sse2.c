/* The fused kernel for the vectors that every processor has; see kernel_fused.h. */
#define NEAREST nearest_sse2
#define CLOSER  closer_sse2
#include "core/cluster/kernel_fused.h"

const struct kernel kernel_sse2 = {"sse2", nearest, steady, try, take};
