/* The kernels that go over all observations, written once: kernel_sse2.c, kernel_avx2.c and
 * kernel_avx512.c include this file, and the Makefile compiles each for its processors.
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
 * 4. A fused multiply-add rounds once instead of twice, which the bound allows, and takes work from the
 *    adders, which have the most: so `nearest` uses it where there is one. The compiler may not (no
 *    contraction, no -ffast-math), so `steady` and the seeding compute the same bits at every level. */
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

typedef double wide __attribute__((vector_size(WIDTH * 4)));

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

static inline vec add_square(vec sum, vec a)
{
    return _mm512_fmadd_ps(a, a, sum);
}

static inline number pick(vec x, vec y, number a, number b)
{
    return (number)_mm512_mask_mov_epi32((__m512i)b, _mm512_cmp_ps_mask(x, y, _CMP_LT_OQ),
                                         (__m512i)a);
}

static inline wide widen(const float *x)
{
    return _mm512_cvtps_pd(_mm256_loadu_ps(x));
}

static inline wide lesser(wide a, wide b)
{
    return _mm512_min_pd(a, b);
}

static inline bool any_less(wide a, wide b)
{
    return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ) != 0;
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

static inline vec add_square(vec sum, vec a)
{
    return _mm256_fmadd_ps(a, a, sum);
}

static inline number pick(vec x, vec y, number a, number b)
{
    return (number)_mm256_blendv_ps((__m256)b, (__m256)a, _mm256_cmp_ps(x, y, _CMP_LT_OQ));
}

static inline wide widen(const float *x)
{
    return _mm256_cvtps_pd(_mm_loadu_ps(x));
}

static inline wide lesser(wide a, wide b)
{
    return _mm256_min_pd(a, b);
}

static inline bool any_less(wide a, wide b)
{
    return _mm256_movemask_pd(_mm256_cmp_pd(a, b, _CMP_LT_OQ)) != 0;
}

#else
static inline number pick(vec x, vec y, number a, number b)
{
    number smaller = x < y;
    return (a & smaller) | (b & ~smaller);
}

static inline vec add_square(vec sum, vec a)
{
    return sum + a * a;
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

static inline wide widen(const float *x)
{
    return _mm_cvtps_pd(_mm_castsi128_ps(_mm_loadl_epi64((const __m128i *)x)));
}

static inline wide lesser(wide a, wide b)
{
    return _mm_min_pd(a, b);
}

static inline bool any_less(wide a, wide b)
{
    return _mm_movemask_pd(_mm_cmplt_pd(a, b)) != 0;
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

static inline wide widen(const float *x)
{
    return (wide){(double)x[0], (double)x[1]};
}

static inline wide lesser(wide a, wide b)
{
    return (wide){a[0] < b[0] ? a[0] : b[0], a[1] < b[1] ? a[1] : b[1]};
}

static inline bool any_less(wide a, wide b)
{
    return a[0] < b[0] || a[1] < b[1];
}

#endif
#endif

/* ---- the nearest centroid, in float ---- */

/* Squared distances of PART vectors to the centroids of one group. */
static inline __attribute__((always_inline)) void distances(const float *x, const float *center,
                                                            uint32_t d, bool fused,
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
                sum[c][v] = fused ? add_square(sum[c][v], diff) : sum[c][v] + diff * diff;
            }
        }
    }
}

static inline __attribute__((always_inline)) float choose(const float *x,
                                                          const struct kernel_centers *centers,
                                                          bool fused, uint8_t *which, float *slack)
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
                      fused, sum);
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

static float nearest(const float *x, const struct kernel_centers *centers, uint8_t *which,
                     float *slack)
{
    return choose(x, centers, true, which, slack);
}

static float steady(const float *x, const struct kernel_centers *centers, uint8_t *which,
                    float *slack)
{
    return choose(x, centers, false, which, slack);
}

/* ---- seeding, in double ---- */

#define WIDE_LANES (WIDTH / 2)
#define WIDES      (MATRIX_BLOCK / WIDE_LANES) /* vectors of a block */

/* Squared distances of WIDE_PART vectors, from vector `first` on, to n <= TRIES centers. */
#define TRIES     4
#define WIDE_PART 2

static inline __attribute__((always_inline)) void distances_wide(const float *x, uint32_t d,
                                                                 const double *center, int n,
                                                                 wide sum[TRIES][WIDE_PART])
{
    for (int c = 0; c < n; c++)
        for (int v = 0; v < WIDE_PART; v++)
            sum[c][v] = (wide){0};
    for (uint32_t j = 0; j < d; j++) {
        wide here[WIDE_PART];
        for (int v = 0; v < WIDE_PART; v++)
            here[v] = widen(x + (size_t)j * MATRIX_BLOCK + v * WIDE_LANES);
        for (int c = 0; c < n; c++) {
            double mean = center[(size_t)c * d + j];
            for (int v = 0; v < WIDE_PART; v++) {
                wide diff = here[v] - mean;
                sum[c][v] += diff * diff;
            }
        }
    }
}

/* The sum of a block's lanes, halves folded onto each other. */
static inline double fold(wide lanes[WIDES])
{
    double left[WIDE_LANES];
    for (int half = WIDES / 2; half > 0; half /= 2)
        for (int v = 0; v < half; v++)
            lanes[v] += lanes[v + half];
    memcpy(left, &lanes[0], sizeof left);
    for (int half = WIDE_LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            left[i] += left[i + half];
    return left[0];
}

/* Lesser of nearest and distance for n centers; returns which come closer. */
static inline __attribute__((always_inline)) uint32_t lesser_of(const float *x, uint32_t d,
                                                                const double *center, int n,
                                                                const double *near,
                                                                wide to[TRIES][WIDES])
{
    uint32_t closer = 0;
    for (int first = 0; first < WIDES; first += WIDE_PART) {
        wide sum[TRIES][WIDE_PART];
        distances_wide(x + first * WIDE_LANES, d, center, n, sum);
        for (int v = 0; v < WIDE_PART; v++) {
            wide own;
            memcpy(&own, near + (first + v) * WIDE_LANES, sizeof own);
            for (int c = 0; c < n; c++) {
                closer |= any_less(sum[c][v], own) ? (uint32_t)1 << c : 0;
                to[c][first + v] = lesser(sum[c][v], own);
            }
        }
    }
    return closer;
}

static inline __attribute__((always_inline)) uint32_t try_some(const float *x, uint32_t d,
                                                               const double *center, int n,
                                                               const double *near, double *sum)
{
    wide to[TRIES][WIDES];
    uint32_t closer = lesser_of(x, d, center, n, near, to);
    for (int c = 0; c < n; c++)
        sum[c] = fold(to[c]);
    return closer;
}

static uint32_t try(const float *x, uint32_t d, const double *center, uint32_t n_centers,
                    const double *near, double *sum)
{
    uint32_t closer = 0, c = 0;
    for (; c + 4 <= n_centers; c += 4)
        closer |= try_some(x, d, center + (size_t)c * d, 4, near, sum + c) << c;
    if (c + 2 <= n_centers) {
        closer |= try_some(x, d, center + (size_t)c * d, 2, near, sum + c) << c;
        c += 2;
    }
    if (c < n_centers)
        closer |= try_some(x, d, center + (size_t)c * d, 1, near, sum + c) << c;
    return closer;
}

static double take(const float *x, uint32_t d, const double *center, double *near)
{
    wide to[TRIES][WIDES];
    (void)lesser_of(x, d, center, 1, near, to);
    for (int v = 0; v < WIDES; v++)
        memcpy(near + v * WIDE_LANES, &to[0][v], sizeof to[0][v]);
    return fold(to[0]);
}
