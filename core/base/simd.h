/* Which vectors the readers of text may use. Each level gives the same answers. */
#ifndef MINNOW_BASE_SIMD_H
#define MINNOW_BASE_SIMD_H

#include "core/base/err.h"

enum simd_level { SIMD_PORTABLE, SIMD_SSE2, SIMD_AVX2, SIMD_AVX512, N_SIMD_LEVELS };

/* The widest vectors that may be used, as the environment variable MINNOW_SIMD names them (portable,
 * sse2, avx2, avx512); unset or empty, the widest of all. Errors: ERR_USAGE when that is no name, or
 * the processor has no such vectors; *most is then as if it were unset, or what was named. To be
 * asked for once when a program starts: who uses vectors later takes what there is. */
int simd_asked(enum simd_level *most, struct err *err) WARN_UNUSED;

/* The widest level up to there that this program and processor have. */
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
