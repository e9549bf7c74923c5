/* See moments.h. The loops over lanes have no branches, so that the compiler makes vectors of them. */
#include "core/recipe/moments.h"

#include <math.h>

struct lanes {
    double min[MOMENTS_LANES], max[MOMENTS_LANES], sum[MOMENTS_LANES];
    int64_t missing[MOMENTS_LANES];
};

static inline __attribute__((always_inline)) void add_up(const double *x, size_t n,
                                                         struct lanes *all)
{
    struct lanes l;
    for (int i = 0; i < MOMENTS_LANES; i++) {
        l.min[i] = (double)INFINITY;
        l.max[i] = (double)-INFINITY;
        l.sum[i] = 0;
        l.missing[i] = 0;
    }
    for (size_t at = 0; at < n; at += MOMENTS_LANES) {
        for (int i = 0; i < MOMENTS_LANES; i++) {
            double v = x[at + (size_t)i];
            l.min[i] = v < l.min[i] ? v : l.min[i];
            l.max[i] = v > l.max[i] ? v : l.max[i];
            l.missing[i] += v != v;
            l.sum[i] += v == v ? v : 0;
        }
    }
    *all = l;
}

static inline __attribute__((always_inline)) void add_squares(const double *x, size_t n,
                                                              double mean, double *all)
{
    double sum[MOMENTS_LANES] = {0};
    for (size_t at = 0; at < n; at += MOMENTS_LANES) {
        for (int i = 0; i < MOMENTS_LANES; i++) {
            double diff = x[at + (size_t)i] - mean, square = diff * diff;
            sum[i] += square == square ? square : 0;
        }
    }
    for (int i = 0; i < MOMENTS_LANES; i++)
        all[i] = sum[i];
}

static inline __attribute__((always_inline)) struct moments measure(const double *x, size_t n)
{
    struct moments m = {.min = (double)INFINITY, .max = (double)-INFINITY, .n = n};
    struct lanes l;
    double squares[MOMENTS_LANES], sum = 0;
    add_up(x, n, &l);
    for (int i = 0; i < MOMENTS_LANES; i++) {
        m.min = l.min[i] < m.min ? l.min[i] : m.min;
        m.max = l.max[i] > m.max ? l.max[i] : m.max;
        m.n -= (uint64_t)l.missing[i];
        sum += l.sum[i];
    }
    if (m.n == 0)
        return m;
    m.mean = sum / (double)m.n;
    add_squares(x, n, m.mean, squares);
    for (int i = 0; i < MOMENTS_LANES; i++)
        m.squares += squares[i];
    return m;
}

#if SIMD_ON_X86
SIMD_AVX2_TARGET static struct moments measure_avx2(const double *x, size_t n)
{
    return measure(x, n);
}
#endif

struct moments moments_of(const double *x, size_t n, enum simd_level level)
{
#if SIMD_ON_X86
    if (level >= SIMD_AVX2)
        return measure_avx2(x, n);
#endif
    (void)level;
    return measure(x, n);
}

void moments_join(struct moments *to, const struct moments *more)
{
    double n = (double)to->n, m = (double)more->n, all = n + m, apart = more->mean - to->mean;
    if (more->n == 0)
        return;
    if (to->n == 0) {
        *to = *more;
        return;
    }
    to->min = more->min < to->min ? more->min : to->min;
    to->max = more->max > to->max ? more->max : to->max;
    to->mean += apart * (m / all);
    to->squares += more->squares + apart * apart * (n * (m / all));
    to->n += more->n;
}
