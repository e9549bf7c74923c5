/* Lines and times for narrow places. */
#ifndef MINNOW_TUI_MODEL_WORDS_H
#define MINNOW_TUI_MODEL_WORDS_H

#include "core/base/span.h"
#include "core/base/time.h"

/* Takes the next line of at most `cols` columns off the front of a text of any origin: whole
 * characters, at least one; up to a blank where there is one and `words` is set (the blanks at the
 * break are dropped). */
struct span wrap_take(struct span *rest, int cols, bool words);

/* "2026-11-23 18:23-20:59Z", with two dates when the range crosses midnight, "no times" without
 * one: a time range in few columns. `out`
 * needs 80 bytes. */
char *range_text(int64_t first_us, int64_t last_us, enum time_style style, char *out, size_t size);

/* The same in fewer columns: "18:23-20:59Z" of one day, "11-23 18:23 - 11-24 20:59Z" of several. */
char *range_short(int64_t first_us, int64_t last_us, enum time_style style, char *out, size_t size);

/* A time in the columns of a list: "18:23:46" in at most 8 columns, with month and day in front
 * when `days`. `out` needs 40 bytes. */
char *clock_text(int64_t us, enum time_style style, bool days, char *out, size_t size);

#endif
