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

static size_t add(char *out, size_t at, size_t size, const char *piece)
{
    size_t n = strlen(piece);
    if (at + n + 1 > size)
        return at;
    memcpy(out + at, piece, n + 1);
    return at + n;
}

uint32_t bar_text(uint32_t length, bool utf8, char *out, size_t size)
{
    static const char *const part[8] = {"",       "\u258f", "\u258e", "\u258d",
                                        "\u258c", "\u258b", "\u258a", "\u2589"};
    uint32_t full = length / 8, rest = length % 8;
    size_t at = 0;
    if (size == 0)
        return 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < full; i++)
        at = add(out, at, size, utf8 ? "\u2588" : "#");
    if (rest > 0)
        (void)add(out, at, size, utf8 ? part[rest] : "|");
    return full + (rest > 0);
}
