/* Bars in eighths of a column. */
#include "tui/model/barchart.h"

#include <math.h>

uint32_t bar_length(uint64_t value, uint64_t max, uint32_t cols, enum bar_scale scale)
{
    double part, full = 8.0 * cols;
    uint32_t eighths;
    if (value == 0 || cols == 0)
        return 0;
    if (value >= max)
        return 8 * cols;
    if (scale == BAR_LOG)
        part = log1p((double)value) / log1p((double)max);
    else
        part = (double)value / (double)max;
    eighths = (uint32_t)(part * full + 0.5);
    if (eighths == 0)
        return 1;
    /* Only the biggest value fills the bar: a full one must not be shared by rounding. */
    return eighths >= 8 * cols ? 8 * cols - 1 : eighths;
}
