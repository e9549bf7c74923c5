/* The rhythm of a series of events: how long apart, and how evenly. */
#ifndef MINNOW_RECIPE_RHYTHM_H
#define MINNOW_RECIPE_RHYTHM_H

#include "core/base/attr.h"
#include "core/base/time.h"

#define RHYTHM_MIN_EVENTS 4 /* below that regularity is 0 */
#define RHYTHM_MIN_GAP_S                                                                           \
    1.0 /* with a median gap below that it is a burst, of which no rhythm is told */

struct rhythm {
    int64_t first_us, last_us; /* TIME_MISSING without events */
    double median_gap_s;       /* NAN below two events */
    double mad_gap_s;  /* median absolute deviation of the gaps from their median; NAN below two
                          events */
    double regularity; /* 1 - MAD / median, within 0..1; 0 when the median is 0 */
};

/* Measures n times in microseconds, in any order. `ts` is scratch: sorted and overwritten. */
struct rhythm rhythm_measure(int64_t *ts, size_t n);

#endif
