/* Median gap and its deviation; see rhythm.h. */
#include "core/recipe/rhythm.h"

#include <math.h>

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static double sorted_median(const int64_t *v, size_t n)
{
    return n % 2 == 1 ? (double)v[n / 2] : ((double)v[n / 2 - 1] + (double)v[n / 2]) * 0.5;
}

struct rhythm rhythm_measure(int64_t *ts, size_t n)
{
    struct rhythm r = {TIME_MISSING, TIME_MISSING, NAN, NAN, 0};
    double median, mad;
    if (n == 0)
        return r;
    qsort(ts, n, sizeof *ts, ascending);
    r.first_us = ts[0];
    r.last_us = ts[n - 1];
    if (n < 2)
        return r;
    for (size_t i = 0; i + 1 < n; i++)
        ts[i] = ts[i + 1] - ts[i];
    qsort(ts, n - 1, sizeof *ts, ascending);
    median = sorted_median(ts, n - 1);
    for (size_t i = 0; i + 1 < n; i++)
        ts[i] = (int64_t)fabs((double)ts[i] - median);
    qsort(ts, n - 1, sizeof *ts, ascending);
    mad = sorted_median(ts, n - 1);
    r.median_gap_s = median * 1e-6;
    r.mad_gap_s = mad * 1e-6;
    if (n >= RHYTHM_MIN_EVENTS && median > 0)
        r.regularity = fmax(0.0, 1.0 - mad / median);
    return r;
}
