/* The kernels that go over all observations, written once: kernel_sse2.c, kernel_avx2.c and
 * kernel_avx512.c include this file, and the Makefile compiles each for its processors.
 *
 * DESIGN
 * 1. Two vectors of observations, of one block or two, meet a few centroids at a time, so that all sums
 *    stay in registers and a centroid's value serves twice.
 *    Each group leaves its nearest and second nearest behind: what is nearest but the chosen one is
 *    then known of every group.
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
 *    contraction, no -ffast-math), so what is done in double has the same bits at every level. */
#include "core/cluster/kernel.h"

#include <math.h>

#include "core/recipe/matrix.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#define WIDTH   16
#define PART    2 /* vectors of observations that are worked on at once, */
#define ABREAST 8 /* against so many centroids */
#elif defined(__AVX2__)
#include <immintrin.h>
#define WIDTH   8
#define PART    2
#define ABREAST 4
#else
#if defined(__SSE2__)
#include <emmintrin.h>
#endif
#define WIDTH   4
#define PART    2
#define ABREAST 4
#endif

/* Vectors of one block that are worked on at once. */
#define PER_BLOCK (WIDTH * PART < MATRIX_BLOCK ? PART : MATRIX_BLOCK / WIDTH)
#define ALWAYS    inline __attribute__((always_inline))

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

static inline float least_of(vec a)
{
    return _mm512_reduce_min_ps(a);
}

static inline bool any_lower(vec a, vec b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ) != 0;
}

static inline void put_bytes(number a, uint8_t *to)
{
    _mm_storeu_si128((__m128i *)(void *)to, _mm512_cvtepi32_epi8((__m512i)a));
}

static inline wide widen(const float *x)
{
    return _mm512_cvtps_pd(_mm256_loadu_ps(x));
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

static inline float least_of(vec a)
{
    __m128 half = _mm_min_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    half = _mm_min_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_min_ss(half, _mm_movehdup_ps(half)));
}

static inline bool any_lower(vec a, vec b)
{
    return _mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_LT_OQ)) != 0;
}

static inline void put_bytes(number a, uint8_t *to)
{
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128((__m256i)a),
                                    _mm256_extracti128_si256((__m256i)a, 1));
    _mm_storel_epi64((__m128i *)(void *)to, _mm_packus_epi16(words, words));
}

static inline wide widen(const float *x)
{
    return _mm256_cvtps_pd(_mm_loadu_ps(x));
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

static inline float least_of(vec a)
{
    float left = a[0];
    for (int i = 1; i < WIDTH; i++)
        left = a[i] < left ? a[i] : left;
    return left;
}

static inline void put_bytes(number a, uint8_t *to)
{
    for (int i = 0; i < WIDTH; i++)
        to[i] = (uint8_t)a[i];
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

static inline bool any_lower(vec a, vec b)
{
    return _mm_movemask_ps(_mm_cmplt_ps(a, b)) != 0;
}

static inline wide widen(const float *x)
{
    return _mm_cvtps_pd(_mm_castsi128_ps(_mm_loadl_epi64((const __m128i *)x)));
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

static inline bool any_lower(vec a, vec b)
{
    bool any = false;
    for (int i = 0; i < WIDTH; i++)
        any = any || a[i] < b[i];
    return any;
}

static inline wide widen(const float *x)
{
    return (wide){(double)x[0], (double)x[1]};
}
#endif
#endif

/* ---- the nearest centroid, in float ---- */

/* Where vectors of observations begin, in the first dimension; the next stands a block's lanes on. When
 * `listed`, dimensions are those of dim, and sums begin with base. */
struct vectors {
    const float *at[PART], *base[PART];
    uint32_t dims;
    const uint16_t *dim;
};

static ALWAYS vec vector_of(const struct vectors *x, int v, uint32_t j, bool listed)
{
    vec here;
    memcpy(&here, x->at[v] + (size_t)(listed ? x->dim[j] : j) * MATRIX_BLOCK, sizeof here);
    return here;
}

static ALWAYS vec begin(const struct vectors *x, int v, uint32_t place, bool listed)
{
    const vec none = {0};
    return listed ? none + x->base[v][place] : none;
}

/* Squared distances of some vectors to ABREAST centroids of one group, from `place` on. */
static ALWAYS void distances(const struct vectors *x, int vectors,
                             const struct kernel_centers *centers, uint32_t place, bool listed,
                             vec sum[ABREAST][PART])
{
    const float *center = centers->at + place % KERNEL_GROUP +
                          (size_t)(place / KERNEL_GROUP) * centers->d * KERNEL_GROUP;
    for (uint32_t c = 0; c < ABREAST; c++)
        for (int v = 0; v < vectors; v++)
            sum[c][v] = begin(x, v, place + c, listed);
    for (uint32_t j = 0; j < x->dims; j++, center += KERNEL_GROUP) {
        vec here[PART];
        for (int v = 0; v < vectors; v++)
            here[v] = vector_of(x, v, j, listed);
        for (int c = 0; c < ABREAST; c++)
            for (int v = 0; v < vectors; v++)
                sum[c][v] = add_square(sum[c][v], here[v] - center[c]);
    }
}

/* The same of vector v, to the one centroid at `place`. */
static ALWAYS vec distance_to(const struct vectors *x, int v, const struct kernel_centers *centers,
                              uint32_t place, bool listed)
{
    const float *center = centers->at + place % KERNEL_GROUP +
                          (size_t)(place / KERNEL_GROUP) * centers->d * KERNEL_GROUP;
    vec sum = begin(x, v, place, listed);
    for (uint32_t j = 0; j < x->dims; j++, center += KERNEL_GROUP)
        sum = add_square(sum, vector_of(x, v, j, listed) - center[0]);
    return sum;
}

/* The nearest of some centroids and where it stands, and the second nearest. */
struct leaders {
    vec first[PART], second[PART];
    number at[PART];
};

static ALWAYS void leaders_of(const struct vectors *x, int vectors,
                              const struct kernel_centers *centers, uint32_t group, bool listed,
                              struct leaders *out)
{
    const vec none = {0};
    for (int v = 0; v < vectors; v++) {
        out->first[v] = out->second[v] = none + INFINITY;
        out->at[v] = (number)none + (int32_t)(group * KERNEL_GROUP);
    }
    for (uint32_t from = 0; from < KERNEL_GROUP; from += ABREAST) {
        vec sum[ABREAST][PART];
        distances(x, vectors, centers, group * KERNEL_GROUP + from, listed, sum);
        for (uint32_t c = 0; c < ABREAST; c++) {
            number here = (number)none + (int32_t)(group * KERNEL_GROUP + from + c);
            for (int v = 0; v < vectors; v++) {
                out->second[v] = lower(out->second[v], higher(out->first[v], sum[c][v]));
                out->at[v] = pick(sum[c][v], out->first[v], here, out->at[v]);
                out->first[v] = lower(sum[c][v], out->first[v]);
            }
        }
    }
}

/* How much farther than the best a group's nearest other centroid is, for all groups of `group`: of
 * vector v, which is a block's from `lane` on. */
static ALWAYS void rooms(const struct kernel_centers *centers, const struct leaders *leaders,
                         const uint8_t *group, uint32_t n_groups, int v, vec best, number at,
                         int lane, struct kernel_choice *out)
{
    const vec none = {0};
    vec own = root(best) * centers->stretch + centers->margin, least = none + INFINITY;
    number chosen = at / KERNEL_GROUP;
    for (uint32_t g = 0; g < n_groups; g++) {
        number its = chosen == (int32_t)group[g];
        vec other =
            (vec)(((number)leaders[g].second[v] & its) | ((number)leaders[g].first[v] & ~its));
        vec room = higher(root(other) * centers->shrink - own, none); /* 0 for no number, too */
        float all = least_of(room);
        memcpy(out->room[g] + lane, &room, sizeof room);
        out->apart[g] = lane == 0 || all < out->apart[g] ? all : out->apart[g];
        least = lower(room, least);
    }
    memcpy(out->slack + lane, &least, sizeof least);
    put_bytes(at, out->which + lane);
}

/* Some vectors of one or more blocks: vector v belongs to out[v / PER_BLOCK], whose own centroid is at
 * own[v / PER_BLOCK]. */
static ALWAYS void compare(const struct vectors *x, int vectors,
                           const struct kernel_centers *centers, const uint8_t *group,
                           uint32_t n_groups, const uint32_t *own, int lane, bool listed,
                           struct kernel_choice *out)
{
    const vec none = {0};
    struct leaders leaders[KERNEL_GROUPS];
    vec best[PART];
    number at[PART];
    for (int v = 0; v < vectors; v++) {
        uint32_t its = own[v / PER_BLOCK];
        best[v] = none + INFINITY;
        at[v] = (number)none + (int32_t)(its == KERNEL_NO_OWN ? 0 : its);
        if (its != KERNEL_NO_OWN)
            best[v] = distance_to(x, v, centers, its, listed);
    }
    for (uint32_t g = 0; g < n_groups; g++) {
        leaders_of(x, vectors, centers, group[g], listed, &leaders[g]);
        for (int v = 0; v < vectors; v++) {
            at[v] = pick(leaders[g].first[v], best[v], leaders[g].at[v], at[v]);
            best[v] = lower(leaders[g].first[v], best[v]);
        }
    }
    for (int v = 0; v < vectors; v++)
        rooms(centers, leaders, group, n_groups, v, best[v], at[v], lane + v % PER_BLOCK * WIDTH,
              &out[v / PER_BLOCK]);
}

static ALWAYS void compare_all(const struct kernel_blocks *blocks,
                               const struct kernel_centers *centers, const uint8_t *group,
                               uint32_t n_groups, bool listed, struct kernel_choice *out)
{
    const float *const *x = blocks->x, *const *base = blocks->base;
    struct vectors at = {.dims = blocks->dims, .dim = centers->dim};
#if WIDTH == MATRIX_BLOCK
    for (uint32_t b = 0; b < blocks->n; b++) {
        at.at[b] = x[b];
        at.base[b] = base[b];
    }
    if (blocks->n == KERNEL_BLOCKS) /* both together, so that a centroid is fetched once */
        compare(&at, 2, centers, group, n_groups, blocks->own, 0, listed, out);
    else
        compare(&at, 1, centers, group, n_groups, blocks->own, 0, listed, out);
#else
    for (uint32_t b = 0; b < blocks->n; b++) {
        for (int lane = 0; lane < MATRIX_BLOCK; lane += WIDTH * PART) {
            for (int v = 0; v < PART; v++) {
                at.at[v] = x[b] + lane + v * WIDTH;
                at.base[v] = base[b];
            }
            compare(&at, PART, centers, group, n_groups, blocks->own + b, lane, listed, out + b);
        }
    }
#endif
}

static void nearest(const struct kernel_blocks *blocks, const struct kernel_centers *centers,
                    const uint8_t *group, uint32_t n_groups, struct kernel_choice *out)
{
    if (centers->dim == NULL)
        compare_all(blocks, centers, group, n_groups, false, out);
    else
        compare_all(blocks, centers, group, n_groups, true, out);
    for (uint32_t b = 0; centers->groups > 1 && b < blocks->n; b++) /* a single group is in order */
        for (int i = 0; i < MATRIX_BLOCK; i++)
            out[b].which[i] = centers->order[out[b].which[i]];
}
