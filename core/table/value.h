/* Strict, locale-free readers of values.
 *
 * Grammar of a number: [-] digits [. digits] [e [+-] digits]. Nothing else: no inf, nan, hex,
 * leading +, blanks, commas, underscores, no bare "." and no "5." or ".5". Each returns false when
 * the text is not exactly that; the value is then missing, and the field's bad-value count goes up.
 */
#ifndef MINNOW_TABLE_VALUE_H
#define MINNOW_TABLE_VALUE_H

#include "core/base/span.h"

/* Correctly rounded to the nearest double. Overflow ("1e999") is not a number. Cost: short decimals
 * (up to 15 digits and a power of ten up to 22) take the exact fast path of W. Clinger ("How to
 * read floating point numbers accurately", 1990); the rest goes through the C library on a private
 * copy in the C locale. */
bool value_double(struct span text, double *out) WARN_UNUSED;

/* A whole number from 0 to 2^64 - 1; fails on overflow and on a sign. */
bool value_count(struct span text, uint64_t *out) WARN_UNUSED;

/* 0..65535. */
bool value_port(struct span text, uint16_t *out) WARN_UNUSED;

/* Epoch seconds with a fraction, 0 to 253402300799, rounded to microseconds (half away from zero,
 * from the digits themselves); 13 to 15 whole digits are milliseconds; or ISO 8601, UTC without a zone. */
bool value_time_us(struct span text, int64_t *out) WARN_UNUSED;

/* T F true false. */
bool value_bool(struct span text, bool *out) WARN_UNUSED;

#endif
