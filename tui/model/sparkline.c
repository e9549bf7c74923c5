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

uint32_t spark_text(const uint64_t *count, uint32_t n, uint32_t cols, bool utf8, char *out,
                    size_t size)
{
    static const char *const block[9] = {"\u00b7", "\u2581", "\u2582", "\u2583", "\u2584",
                                         "\u2585", "\u2586", "\u2587", "\u2588"};
    static const char *const ascii[9] = {".", "_", "-", "~", "=", "+", "*", "#", "@"};
    uint64_t bin[SPARK_MAX_COLS], max = 0;
    uint32_t used = spark_bins(count, n, cols, bin);
    size_t at = 0;
    if (size == 0)
        return 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < used; i++)
        max = bin[i] > max ? bin[i] : max;
    for (uint32_t i = 0; i < used; i++) {
        uint32_t level = spark_level(bin[i], max);
        const char *piece = utf8 ? block[level] : ascii[level];
        size_t len = strlen(piece);
        if (at + len + 1 > size)
            return i;
        memcpy(out + at, piece, len + 1);
        at += len;
    }
    return used;
}
