/* Range, mean and spread of numbers of which some are missing, piece by piece. */
#ifndef MINNOW_RECIPE_MOMENTS_H
#define MINNOW_RECIPE_MOMENTS_H

#include "core/base/simd.h"

struct moments {
    uint64_t n; /* numbers; the rest says nothing when it is 0 */
    double min, max, mean;
    double squares; /* sum of the squared deviations from the mean */
};

#define MOMENTS_LANES                                                                              \
    8 /* that are added up side by side: the order of the sums, and so their bits */

/* Of n values, a multiple of MOMENTS_LANES, of which NaN are missing. The same bits at every level. Reads
 * them twice: they should fit the processor's first cache. */
struct moments moments_of(const double *x, size_t n, enum simd_level level);

/* Adds those of other numbers. The order in which pieces come shows in the last bits.
 * Source: T. F. Chan, G. H. Golub and R. J. LeVeque, "Updating formulae and a pairwise algorithm for
 * computing sample variances", 1979. */
void moments_join(struct moments *to, const struct moments *more);

#endif
