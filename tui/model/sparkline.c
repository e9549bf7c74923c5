/* Sparklines. */
#include "tui/model/sparkline.h"

uint32_t spark_bins(const uint64_t *count, uint32_t n, uint32_t cols, uint64_t *out)
{
    if (cols > SPARK_MAX_COLS)
        cols = SPARK_MAX_COLS;
    if (cols > n)
        cols = n;
    for (uint32_t c = 0; c < cols; c++)
        out[c] = 0;
    if (cols == 0)
        return 0;
    for (uint32_t i = 0; i < n; i++)
        out[(uint64_t)i * cols / n] += count[i];
    return cols;
}

uint32_t spark_level(uint64_t count, uint64_t max)
{
    double part;
    if (count == 0 || max == 0)
        return 0;
    if (count >= max)
        return 8;
    part = (double)count / (double)max * 8.0;
    return part < 1.0 ? 1 : (uint32_t)part;
}

uint32_t spark_levels(const uint64_t *count, uint32_t n, uint32_t cols, uint8_t *out)
{
    uint64_t bin[SPARK_MAX_COLS], max = 0;
    uint32_t used = spark_bins(count, n, cols, bin);
    for (uint32_t i = 0; i < used; i++)
        max = bin[i] > max ? bin[i] : max;
    for (uint32_t i = 0; i < used; i++)
        out[i] = (uint8_t)spark_level(bin[i], max);
    return used;
}
