/* Numbers for people and for machines. Locale-free. */
#ifndef MINNOW_BASE_NUMBER_H
#define MINNOW_BASE_NUMBER_H

#include "core/base/span.h"

/* The decimal text with the fewest digits that reads back as the same double ("0.1", "100",
 * "2.4113201882029e+20"); an exponent from 1e+15 on and below 0.0001. `out` needs 32 bytes. Not for NaN or infinity. */
char *number_shortest(double x, char *out, size_t size);

/* "38,248". `out` needs 32 bytes. */
char *number_grouped(uint64_t n, char *out, size_t size);

/* How many there are of something that gets an s: "1 row", "38,248 rows". `out` needs 29 bytes
 * and those of `what`. */
char *number_of(uint64_t n, const char *what, char *out, size_t size);

/* Bytes in powers of 1000: "0 B", "116 B", "17.6 kB", "5.4 GB". `out` needs 16 bytes. */
char *number_bytes(double n, char *out, size_t size);

/* A share in 0..1 as a percentage: "38.2 %", "0.2 %"; "< 0.1 %" below that when not 0; never "100.0
 * %" for less than all ("> 99.9 %"). `out` needs 16 bytes. */
char *number_share(double share, char *out, size_t size);

#endif
