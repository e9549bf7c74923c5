/* Elementary functions that give the same bits on every machine.
 *
 * A C library's logarithm differs in the last bit from one processor to the next. These are made of
 * additions, multiplications and divisions alone, which IEEE 754 rounds in one way, and of nothing
 * that branches: a compiler makes vectors of them. */
#ifndef MINNOW_BASE_MATHS_H
#define MINNOW_BASE_MATHS_H

#include "core/base/attr.h"

#define MATHS_BLOCK 16

/* log(1 + x) for x from 0 to the largest double; NaN stays NaN. 0 gives 0. Error: below 2e-15 of
 * the result, so that rounded to float it is the nearest float but for one value in some ten
 * million. */
double maths_log1p(double x);

/* The same of MATHS_BLOCK numbers, in place, and bit for bit. */
void maths_log1p_block(double *x);

#endif
