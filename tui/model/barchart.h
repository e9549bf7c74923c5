/* How long a bar is, and what it looks like. Pure arithmetic: no curses, no colours.
 *
 * Bars are measured in eighths of a column, because block characters come in eighths. */
#ifndef MINNOW_TUI_MODEL_BARCHART_H
#define MINNOW_TUI_MODEL_BARCHART_H

#include "core/base/attr.h"

enum bar_scale { BAR_LOG, BAR_LINEAR };

/* Length of a bar for `value` where `max` fills `cols` columns.
 * Units: eighths of a column. Range: 0 only for value 0 (or no columns), at least 1 for every other
 * value, at most 8 * cols. The logarithmic scale runs over log(1 + value), so that one row is still
 * seen beside a million. */
uint32_t bar_length(uint64_t value, uint64_t max, uint32_t cols, enum bar_scale scale);

#endif
