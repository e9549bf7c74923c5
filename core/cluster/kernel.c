/* Squared distances of one block of observations to all centers: where a fit spends its time.
 *
 * One source (kernel_body.h) serves float and double storage. Kernels for wider vector units, and
 * ones that fuse distance and choice, belong here. */
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
