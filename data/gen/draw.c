/* Random draws; see draw.h. */
#include "data/gen/draw.h"

double draw_exp2(double x)
{
    int64_t whole = (int64_t)x - (x < 0 ? 1 : 0);
    double f = (x - (double)whole) * 0.693147180559945309; /* 2^f = e^(f ln 2), f from 0 to 1 */
    double e =
        1 + f * (1 + f / 2 * (1 + f / 3 * (1 + f / 4 * (1 + f / 5 * (1 + f / 6 * (1 + f / 7))))));
    uint64_t bits = (uint64_t)(whole + 1023) << 52;
    double scale;
    memcpy(&scale, &bits, sizeof scale);
    return e * scale;
}

double draw_normal(struct rng *r)
{
    uint64_t x = rng_u64(r);
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        sum += (double)(x & 0xffff) / 65536.0;
        x >>= 16;
    }
    return (sum - 2) * 1.7320508075688772;
}

double draw_around(struct rng *r, double median, double octaves)
{
    return median * draw_exp2(octaves * draw_normal(r));
}

int64_t draw_size(struct rng *r, double median, double octaves)
{
    double x = draw_around(r, median, octaves);
    return x < 1 ? 1 : (int64_t)x;
}

uint32_t draw_rank(struct rng *r, uint32_t n)
{
    double u = rng_unit(r);
    return (uint32_t)(u * u * u * u * (double)n);
}
