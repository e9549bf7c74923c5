/* Whole numbers of up to eight digits, many at once.
 *
 * Private to core/table. */
#ifndef MINNOW_TABLE_DIGIT_WORDS_H
#define MINNOW_TABLE_DIGIT_WORDS_H

#include "core/base/simd.h"
#include "core/table/field.h"

#define DIGIT_WORDS_UNSET UINT32_MAX /* no bytes, or the unset mark of one byte */

/* Texts on their way. */
struct digit_words {
    uint64_t word
        [FOUND_ROWS_MAX]; /* the last eight bytes, up to the text's end, as word_load has them */
    uint8_t len
        [FOUND_ROWS_MAX]; /* of the text; of a longer one than DIGIT_WORDS_LONGEST, anything above it */
};
#define DIGIT_WORDS_LONGEST 8

/* A bit a row. */
struct row_bits {
    uint64_t part[FOUND_ROWS_MAX / 64];
};

/* Reads n texts: value[i] is the number or DIGIT_WORDS_UNSET. The others, whose value is undefined, are in
 * *odd. `unset`: the mark, no digit, or -1. All of words and value, rounded up to 8, is touched. */
void digit_words_read(struct digit_words *words, uint32_t n, int unset, enum simd_level level,
                      uint32_t *value, struct row_bits *odd);

#endif
