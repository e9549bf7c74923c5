/* Which vectors the readers of text may use. Each level gives the same answers. */
#ifndef MINNOW_BASE_SIMD_H
#define MINNOW_BASE_SIMD_H

#include "core/base/attr.h"

enum simd_level { SIMD_PORTABLE, SIMD_SSE2, SIMD_AVX2, SIMD_AVX512, N_SIMD_LEVELS };

/* The widest that this processor has, or a narrower one that the environment variable MINNOW_SIMD
 * names. */
enum simd_level simd_best_level(void);

/* Whether this program and processor have it. */
bool simd_has_level(enum simd_level level);

/* What functions of a level are compiled for. */
#if defined(__x86_64__)
#define SIMD_ON_X86        1
#define SIMD_AVX2_TARGET   __attribute__((target("avx2,bmi,popcnt")))
#define SIMD_AVX512_TARGET __attribute__((target("avx512f,avx512bw,avx512vbmi2,bmi,popcnt")))
#else
#define SIMD_ON_X86 0
#endif

#endif
