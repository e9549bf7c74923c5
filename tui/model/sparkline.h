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

/* Bins and levels in one step: the heights of a line of `cols` columns. Returns the number written,
 * at most cols, n and SPARK_MAX_COLS. */
uint32_t spark_levels(const uint64_t *count, uint32_t n, uint32_t cols, uint8_t *out);

#endif
