/* Random draws for the log generator, the same on every machine: only additions, multiplications
 * and divisions of doubles, no function of libm (whose last bit differs between processors). */
#ifndef MINNOW_GEN_DRAW_H
#define MINNOW_GEN_DRAW_H

#include "core/base/rng.h"

/* 2 to the power of x. Range: x from -60 to 60, relative error below 1e-6. */
double draw_exp2(double x);

static inline bool draw_chance(struct rng *r, double p)
{
    return rng_unit(r) < p;
}

/* A whole number from low to high, both included. */
static inline int64_t draw_between(struct rng *r, int64_t low, int64_t high)
{
    return low + (int64_t)(rng_unit(r) * (double)(high - low + 1));
}

/* About normal, mean 0 and deviation 1, never beyond 3.5. */
double draw_normal(struct rng *r);

/* Log-normal: half of the draws are below the median; one deviation is `octaves` doublings. */
double draw_around(struct rng *r, double median, double octaves);

/* The same as a whole number, at least 1. */
int64_t draw_size(struct rng *r, double median, double octaves);

/* A rank from 0 to n - 1, low ranks much more often: the popularity of sites. */
uint32_t draw_rank(struct rng *r, uint32_t n);

#endif
