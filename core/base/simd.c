/* Which vectors there are; see simd.h. */
#include "core/base/simd.h"

#include <stdlib.h>

bool simd_has_level(enum simd_level level)
{
#if SIMD_ON_X86
    __builtin_cpu_init();
    if (level == SIMD_AVX512)
        return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2") &&
               __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
    if (level == SIMD_AVX2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
               __builtin_cpu_supports("popcnt");
    return true;
#else
    return level == SIMD_PORTABLE;
#endif
}

enum simd_level simd_best_level(void)
{
    static const char *const name[N_SIMD_LEVELS] = {"portable", "sse2", "avx2", "avx512"};
    const char *asked = getenv("MINNOW_SIMD");
    enum simd_level best = SIMD_PORTABLE;
    for (int i = 0; i < N_SIMD_LEVELS; i++) {
        if (!simd_has_level((enum simd_level)i))
            continue;
        best = (enum simd_level)i;
        if (asked != NULL && strcmp(asked, name[i]) == 0)
            break;
    }
    return best;
}
