/* Finding plain text in plain text. */
#ifndef MINNOW_BASE_MATCH_H
#define MINNOW_BASE_MATCH_H

#include "core/base/span.h"

/* Smart case: without an upper-case letter in the needle, case does not matter (ASCII). */
bool match_any_case(struct span needle);

/* True when `hay` holds `needle` (not empty); *at, where wanted, is the first place. With any_case
 * the needle is lower-case already. */
bool match_in(struct span hay, struct span needle, bool any_case, size_t *at);

#endif
