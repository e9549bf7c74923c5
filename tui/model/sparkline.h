/* A row of small bars: how much happened when. */
#ifndef MINNOW_TUI_MODEL_SPARKLINE_H
#define MINNOW_TUI_MODEL_SPARKLINE_H

#include "core/base/attr.h"

#define SPARK_MAX_COLS 128

/* Sums n counts into `cols` of equal time (cols at most n and SPARK_MAX_COLS; more gives n).
 * Every count lands in exactly one. Returns the number written. */
uint32_t spark_bins(const uint64_t *count, uint32_t n, uint32_t cols, uint64_t *out);

/* Height of a count: 0 for none, else 1..8 linear below the biggest. */
uint32_t spark_level(uint64_t count, uint64_t max);

/* The line as text: a dot for nothing, block heights (ASCII: `.` and then `_-~=+*#@`). `out` needs
 * 3 * cols + 1 bytes. Returns its columns. */
uint32_t spark_text(const uint64_t *count, uint32_t n, uint32_t cols, bool utf8, char *out,
                    size_t size);

#endif
