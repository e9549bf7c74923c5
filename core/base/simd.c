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

/* Whether the processor has such vectors at all; what a level is made of here may ask for more. */
static bool processor_has(enum simd_level level)
{
#if SIMD_ON_X86
    __builtin_cpu_init();
    return level == SIMD_AVX512 ? __builtin_cpu_supports("avx512f") != 0
           : level == SIMD_AVX2 ? __builtin_cpu_supports("avx2") != 0
                                : true;
#else
    return level <= SIMD_SSE2; /* its two doubles are everybody's */
#endif
}

int simd_asked(enum simd_level *most, struct err *err)
{
    static const char *const name[N_SIMD_LEVELS] = {"portable", "sse2", "avx2", "avx512"};
    const char *asked = getenv("MINNOW_SIMD");
    *most = N_SIMD_LEVELS - 1;
    if (asked == NULL || asked[0] == '\0')
        return 0;
    for (int i = 0; i < N_SIMD_LEVELS; i++)
        if (strcmp(asked, name[i]) == 0) {
            *most = (enum simd_level)i;
            return processor_has(*most)
                       ? 0
                       : err_set(err, ERR_USAGE,
                                 "MINNOW_SIMD=%s: this processor has no such vectors", name[i]);
        }
    return err_set(err, ERR_USAGE, "MINNOW_SIMD=%.40s: not one of portable, sse2, avx2, avx512",
                   asked);
}

enum simd_level simd_best_level(void)
{
    struct err told = ERR_INIT; /* when the program started */
    enum simd_level best, most;
    (void)!simd_asked(&most, &told);
    for (best = most; best > SIMD_PORTABLE && !simd_has_level(best);)
        best--;
    return best;
}
