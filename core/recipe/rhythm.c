/* Median gap and its deviation; see rhythm.h.
 *
 * Times are sorted; of gaps and deviations the middle ones are selected alone. */
#include "core/recipe/rhythm.h"

#include <math.h>

#include "core/packed.h"

#define SORT_BELOW  48 /* values that are sorted to find the middle */
#define MOST_ROUNDS 64 /* of selection; the rest is sorted */

/* Without a job sorting cannot fail. */
static void sort(uint64_t *v, size_t n)
{
    struct err err = ERR_INIT;
    int rc = packed_sort(v, n, NULL, &err);
    BUG_IF(rc != 0);
}

static void sort_times(int64_t *ts, size_t n)
{
    const uint64_t sign = (uint64_t)1 << 63;
    uint64_t *v = (uint64_t *)ts;
    for (size_t i = 0; i < n; i++)
        v[i] ^= sign;
    sort(v, n);
    for (size_t i = 0; i < n; i++)
        v[i] ^= sign;
}

static int64_t middle_of(int64_t a, int64_t b, int64_t c)
{
    int64_t low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/* Puts the k-th lowest of values that are not negative in its place, none higher before it. */
static void select_kth(int64_t *v, size_t n, size_t k)
{
    for (int round = 0; n > SORT_BELOW && round < MOST_ROUNDS; round++) {
        int64_t pivot = middle_of(v[0], v[n / 2], v[n - 1]);
        size_t i = 0, j = n - 1;
        for (;; i++, j--) {
            while (v[i] < pivot)
                i++;
            while (pivot < v[j])
                j--;
            if (i >= j)
                break;
            int64_t t = v[i];
            v[i] = v[j];
            v[j] = t;
        }
        /* Up to i - 1 none is higher than the pivot, from i on none lower. */
        if (i == 0)
            i = 1;
        if (k < i) {
            n = i;
        } else {
            v += i;
            n -= i;
            k -= i;
        }
    }
    sort((uint64_t *)v, n);
}

static double median_of(int64_t *v, size_t n)
{
    int64_t below;
    select_kth(v, n, n / 2);
    if (n % 2 == 1)
        return (double)v[n / 2];
    below = v[0];
    for (size_t i = 1; i < n / 2; i++)
        below = v[i] > below ? v[i] : below;
    return ((double)below + (double)v[n / 2]) * 0.5;
}

struct rhythm rhythm_measure(int64_t *ts, size_t n)
{
    struct rhythm r = {TIME_MISSING, TIME_MISSING, NAN, NAN, 0};
    double median, mad;
    if (n == 0)
        return r;
    sort_times(ts, n);
    r.first_us = ts[0];
    r.last_us = ts[n - 1];
    if (n < 2)
        return r;
    for (size_t i = 0; i + 1 < n; i++)
        ts[i] = ts[i + 1] - ts[i];
    median = median_of(ts, n - 1);
    for (size_t i = 0; i + 1 < n; i++)
        ts[i] = (int64_t)fabs((double)ts[i] - median);
    mad = median_of(ts, n - 1);
    r.median_gap_s = median * 1e-6;
    r.mad_gap_s = mad * 1e-6;
    if (n >= RHYTHM_MIN_EVENTS && median > 0)
        r.regularity = fmax(0.0, 1.0 - mad / median);
    return r;
}
