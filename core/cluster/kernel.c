/* Squared distances in double, the choice among them, and the choice of the kernel that makes most of
 * these unnecessary: see kernel.h.
 *
 * One source (kernel_body.h) serves float and double storage. */
#include "core/cluster/kernel.h"

#include <math.h>

#include "core/base/simd.h"
#include "core/cluster/kmeans_impl.h"

#define TILE_DIMS 64
#define PAIRS     (MATRIX_BLOCK / 2)

/* Two doubles: the one vector that every 64-bit processor has. */
typedef double pair __attribute__((vector_size(16)));

typedef int64_t choice __attribute__((vector_size(16)));

/* gcc unrolls the loops over pairs, and so keeps the sums in registers, only at its highest level;
 * clang does it anyway. */
#if defined(__GNUC__) && !defined(__clang__)
#define OPTIMISE __attribute__((optimize("O3", "fp-contract=off")))
#else
#define OPTIMISE
#endif

#define ELEM   float
#define KERNEL distances_float
#include "core/cluster/kernel_body.h"
#undef ELEM
#undef KERNEL

#define ELEM   double
#define KERNEL distances_double
#include "core/cluster/kernel_body.h"
#undef ELEM
#undef KERNEL

void kernel_distances(const struct matrix *m, uint64_t block, const double *center,
                      uint32_t n_centers, double *dist)
{
    size_t at = (size_t)block * MATRIX_BLOCK * m->d;
    if (m->wide)
        distances_double((const double *)m->data + at, m->d, center, n_centers, dist);
    else
        distances_float((const float *)m->data + at, m->d, center, n_centers, dist);
}

OPTIMISE void kernel_nearest(const double *dist, uint32_t n_centers, double *best, int64_t *which)
{
    pair nearest[PAIRS];
    choice chosen[PAIRS];

    memcpy(nearest, dist, sizeof nearest);
    memset(chosen, 0, sizeof chosen);
    for (uint32_t c = 1; c < n_centers; c++) {
        choice number = {c, c};
        pair here[PAIRS];
        memcpy(here, dist + (size_t)c * MATRIX_BLOCK, sizeof here);
        for (int p = 0; p < PAIRS; p++) {
            choice nearer = here[p] < nearest[p];
            nearest[p] = (pair)(((choice)here[p] & nearer) | ((choice)nearest[p] & ~nearer));
            chosen[p] = (number & nearer) | (chosen[p] & ~nearer);
        }
    }
    memcpy(best, nearest, sizeof nearest);
    memcpy(which, chosen, sizeof chosen);
}

/* ---- the fused kernel ---- */

/* Beyond this a squared difference may overflow. */
#define LARGEST 1e18

#if defined(__x86_64__) || defined(__i386__)
static bool processor_has(const struct kernel *kernel)
{
    __builtin_cpu_init();
    if (kernel == &kernel_avx512)
        return __builtin_cpu_supports("avx512f") != 0;
    if (kernel == &kernel_avx2)
        return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
    return true;
}
#else
static bool processor_has(const struct kernel *kernel)
{
    return kernel == &kernel_sse2;
}
#endif

const struct kernel *kernel_choose(struct err *err)
{
    static const struct {
        enum simd_level level;
        const struct kernel *kernel;
    } widest_first[] = {{SIMD_AVX512, &kernel_avx512}, {SIMD_AVX2, &kernel_avx2}};
    enum simd_level most;
    if (simd_asked(&most, err) != 0)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(widest_first); i++) {
        const struct kernel *kernel = widest_first[i].kernel;
        if (widest_first[i].level <= most && kernel->nearest != NULL && processor_has(kernel))
            return kernel;
    }
    return &kernel_sse2; /* the one that every processor runs, under whatever name */
}

size_t kernel_room(uint32_t k, uint32_t d)
{
    return ((size_t)k + KERNEL_GROUP - 1) / KERNEL_GROUP * KERNEL_GROUP * (d == 0 ? 1 : d);
}

void kernel_centers_init(struct kernel_centers *out, uint32_t k)
{
    memset(out->order, 0, sizeof out->order);
    for (uint32_t c = 0; c < k; c++)
        out->order[c] = out->place[c] = (uint8_t)c;
}

bool kernel_centers_set(struct kernel_centers *out, const double *centroid, uint32_t k, uint32_t d)
{
    double farthest = 0; /* of a rounded centroid from the exact one, squared */
    float relative = (float)(d + 16) * 0x1.0p-24f;

    out->d = d;
    out->groups = (k + KERNEL_GROUP - 1) / KERNEL_GROUP;
    for (size_t i = 0; i < kernel_room(k, d); i++)
        out->at[i] = INFINITY;
    for (uint32_t c = 0; c < k; c++) {
        uint32_t place = out->place[c];
        float *to =
            out->at + (size_t)(place / KERNEL_GROUP) * d * KERNEL_GROUP + place % KERNEL_GROUP;
        double away = 0;
        for (uint32_t j = 0; j < d; j++) {
            double mean = centroid[(size_t)c * d + (out->dim == NULL ? j : out->dim[j])], off;
            float rounded;
            if (!(fabs(mean) <= LARGEST))
                return false;
            rounded = (float)mean;
            off = mean - (double)rounded;
            away += off * off;
            to[(size_t)j * KERNEL_GROUP] = rounded;
        }
        farthest = away > farthest ? away : farthest;
    }
    out->shrink = 1 - relative;
    out->stretch = 1 + relative;
    /* Both ends of the second summand are far below any distance that counts. */
    out->margin = (float)(2.001 * sqrt(farthest) + 0x1.0p-60 * sqrt((double)d));
    return true;
}
