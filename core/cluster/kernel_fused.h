/* The fused kernel, written once: kernel_sse2.c, kernel_avx2.c and kernel_avx512.c include this file
 * with NEAREST (the function's name) defined, and the Makefile compiles each for its processors.
 *
 * DESIGN
 * 1. A few vectors of observations meet KERNEL_GROUP centroids at a time: all sums stay in
 *    registers, and so do the best and the second best distance.
 * 2. Error. Let u = 2^-24. A term (x - c)^2 is rounded twice for its difference and once for its
 *    square, a sum of d terms d - 1 times: the computed square is the exact one of the rounded
 *    centroid times a factor within (1 +- u)^(d + 2). A distance is its root: half of that. The root
 *    itself, the products with shrink and stretch and the differences below cost less than 6 u more.
 *    (d + 16) u is more than twice all that; the rest keeps the proof when centroids move.
 * 3. A rounded centroid lies no farther from the exact one than its own rounding (triangle
 *    inequality), once for the best and once for the second: margin. It holds the underflow of
 *    squares too.
 * 4. Without -ffast-math and contraction, every level computes the same bits. */
#include "core/cluster/kernel.h"

#include <math.h>

#include "core/recipe/matrix.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#define WIDTH 16
#define PART  1 /* vectors of observations that are worked on at once */
#elif defined(__AVX2__)
#include <immintrin.h>
#define WIDTH 8
#define PART  2
#else
#if defined(__SSE2__)
#include <emmintrin.h>
#endif
#define WIDTH 4
#define PART  2
#endif

typedef float vec __attribute__((vector_size(WIDTH * 4)));

typedef int32_t number __attribute__((vector_size(WIDTH * 4)));

/* lower and higher give b where a is not a number. `pick` is `a` where x < y, else b. */
#if WIDTH == 16
static inline vec lower(vec a, vec b)
{
    return _mm512_min_ps(a, b);
}

static inline vec higher(vec a, vec b)
{
    return _mm512_max_ps(a, b);
}

static inline vec root(vec a)
{
    return _mm512_sqrt_ps(a);
}

static inline number pick(vec x, vec y, number a, number b)
{
    return (number)_mm512_mask_mov_epi32((__m512i)b, _mm512_cmp_ps_mask(x, y, _CMP_LT_OQ),
                                         (__m512i)a);
}
#elif WIDTH == 8
static inline vec lower(vec a, vec b)
{
    return _mm256_min_ps(a, b);
}

static inline vec higher(vec a, vec b)
{
    return _mm256_max_ps(a, b);
}

static inline vec root(vec a)
{
    return _mm256_sqrt_ps(a);
}

static inline number pick(vec x, vec y, number a, number b)
{
    return (number)_mm256_blendv_ps((__m256)b, (__m256)a, _mm256_cmp_ps(x, y, _CMP_LT_OQ));
}
#else
static inline number pick(vec x, vec y, number a, number b)
{
    number smaller = x < y;
    return (a & smaller) | (b & ~smaller);
}
#if defined(__SSE2__)
static inline vec lower(vec a, vec b)
{
    return _mm_min_ps(a, b);
}

static inline vec higher(vec a, vec b)
{
    return _mm_max_ps(a, b);
}

static inline vec root(vec a)
{
    return _mm_sqrt_ps(a);
}
#else
static inline vec lower(vec a, vec b)
{
    return (vec)pick(a, b, (number)a, (number)b);
}

static inline vec higher(vec a, vec b)
{
    return (vec)pick(b, a, (number)a, (number)b);
}

static inline vec root(vec a)
{
    for (int i = 0; i < WIDTH; i++)
        a[i] = __builtin_sqrtf(a[i]);
    return a;
}
#endif
#endif

/* Squared distances of PART vectors to the centroids of one group. */
static inline void distances(const float *x, const float *center, uint32_t d,
                             vec sum[KERNEL_GROUP][PART])
{
    for (int c = 0; c < KERNEL_GROUP; c++)
        for (int v = 0; v < PART; v++)
            sum[c][v] = (vec){0};
    for (uint32_t j = 0; j < d; j++) {
        vec here[PART];
        for (int v = 0; v < PART; v++)
            memcpy(&here[v], x + (size_t)j * MATRIX_BLOCK + v * WIDTH, sizeof here[v]);
        for (int c = 0; c < KERNEL_GROUP; c++) {
            float mean = center[(size_t)j * KERNEL_GROUP + (size_t)c];
            for (int v = 0; v < PART; v++) {
                vec diff = here[v] - mean;
                sum[c][v] += diff * diff;
            }
        }
    }
}

static float NEAREST(const float *x, const struct kernel_centers *centers, uint8_t *which,
                     float *slack)
{
    const vec none = {0};
    vec least = none + INFINITY;
    float smallest = INFINITY;
    int32_t chosen[MATRIX_BLOCK] = {0};

    for (int part = 0; part < MATRIX_BLOCK; part += WIDTH * PART) {
        vec best[PART], second[PART];
        number at[PART];
        for (int v = 0; v < PART; v++) {
            best[v] = none + INFINITY;
            second[v] = best[v];
            at[v] = (number)none;
        }
        for (uint32_t g = 0; g < centers->groups; g++) {
            vec sum[KERNEL_GROUP][PART];
            distances(x + part, centers->at + (size_t)g * centers->d * KERNEL_GROUP, centers->d,
                      sum);
            for (int c = 0; c < KERNEL_GROUP; c++) {
                number center = (number)none + (int32_t)(g * KERNEL_GROUP + (uint32_t)c);
                for (int v = 0; v < PART; v++) {
                    second[v] = lower(second[v], higher(best[v], sum[c][v]));
                    at[v] = pick(sum[c][v], best[v], center, at[v]);
                    best[v] = lower(sum[c][v], best[v]);
                }
            }
        }
        for (int v = 0; v < PART; v++) {
            vec room = root(second[v]) * centers->shrink - root(best[v]) * centers->stretch -
                       centers->margin;
            room = higher(room, none); /* and 0 for what is not a number */
            least = lower(room, least);
            memcpy(slack + part + v * WIDTH, &room, sizeof room);
            memcpy(chosen + part + v * WIDTH, &at[v], sizeof at[v]);
        }
    }
    for (int i = 0; i < WIDTH; i++)
        smallest = least[i] < smallest ? least[i] : smallest;
    for (int i = 0; i < MATRIX_BLOCK; i++)
        which[i] = (uint8_t)chosen[i];
    return smallest;
}
