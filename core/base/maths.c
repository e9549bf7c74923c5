/* See maths.h.
 *
 * DESIGN
 * 1. 1 + x is m * 2^k with m around 1, from the square root of a half to that of 2. Its logarithm is
 *    k log(2) + log(m), and with s = (m - 1) / (m + 1) the logarithm of m is the odd series
 *    2 (s + s^3 / 3 + s^5 / 5 + ...). |s| is below 0.172: what is left out behind s^19 is below 1e-17
 *    of the sum.
 * 2. Where k is 0, x itself is m - 1: small numbers lose nothing by the addition of 1.
 * 3. log(2) is added in two parts, the first of which has so many zeros at its end that k times it is
 *    exact. */
#include "core/base/maths.h"

#include <string.h>

#define ROOT_HALF_BITS 0x3fe6a09e667f3bcdu /* of the double nearest to the square root of 1/2 */
#define MANTISSA_BITS  52
#define TWO_52         0x1p52
#define TWO_52_BITS    0x4330000000000000u
#define LN2_HIGH       0x1.62e42fee00000p-1
#define LN2_LOW        0x1.a39ef35793c76p-33

static inline double of_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double log1p_of(double x)
{
    uint64_t bits = bits_of(1 + x), k = (bits - ROOT_HALF_BITS) >> MANTISSA_BITS;
    uint64_t small = 0 - ((k - 1) >> 63); /* all bits where k is 0: chosen without a branch */
    double e = of_bits(TWO_52_BITS | k) - TWO_52;
    double above = of_bits(bits - (k << MANTISSA_BITS)) - 1;
    double f = of_bits((bits_of(x) & small) | (bits_of(above) & ~small));
    double s = f / (2 + f), z = s * s, sum = 2.0 / 19;
    sum = 2.0 / 17 + z * sum;
    sum = 2.0 / 15 + z * sum;
    sum = 2.0 / 13 + z * sum;
    sum = 2.0 / 11 + z * sum;
    sum = 2.0 / 9 + z * sum;
    sum = 2.0 / 7 + z * sum;
    sum = 2.0 / 5 + z * sum;
    sum = 2.0 / 3 + z * sum;
    /* x - x is 0, or NaN. */
    return e * LN2_HIGH + ((e * LN2_LOW + s * (z * sum)) + 2 * s) + (x - x);
}

double maths_log1p(double x)
{
    return log1p_of(x);
}

void maths_log1p_block(double *x)
{
    for (int i = 0; i < MATHS_BLOCK; i++)
        x[i] = log1p_of(x[i]);
}
