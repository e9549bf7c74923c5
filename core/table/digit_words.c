/* Whole numbers, many at once; see digit_words.h.
 *
 * DESIGN
 * 1. A group is as many texts as a vector has words. Each variant makes of a group the numbers, and a
 * mask of those that are odd.
 * 2. The digits of a word are masked by its length, so that what stands in front of the text is zeros;
 * a digit above nine, or a length above eight, makes it odd. */
#include "core/table/digit_words.h"

#include "core/table/digits.h"

#if SIMD_ON_X86
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))
#define GROUP  8

/* The mark as the only digit of a word; a value that no word has when there is none. */
INLINE uint64_t mark_digits(int unset)
{
    return unset < 0 ? 1 : (uint64_t)((unsigned)unset ^ '0') << 56;
}

INLINE unsigned read_portable(const uint64_t *word, const uint8_t *len, uint64_t mark,
                              uint32_t *value)
{
    unsigned odd = 0;
    for (unsigned i = 0; i < GROUP; i++) {
        size_t n = len[i] <= DIGIT_WORDS_LONGEST ? len[i] : 0;
        uint64_t digits = (word[i] ^ 0x3030303030303030u) & digits_mask[n];
        bool unset = (len[i] == 0) | ((len[i] == 1) & (digits == mark));
        bool good = digits_good(digits_doubt(digits)) & (len[i] <= DIGIT_WORDS_LONGEST);
        value[i] = unset ? DIGIT_WORDS_UNSET : (uint32_t)digits_value(digits);
        odd |= (unsigned)!(good | unset) << i;
    }
    return odd;
}

#if SIMD_ON_X86
/* Digits become pairs, pairs become fours, and two fours the number. */
SIMD_AVX2_TARGET INLINE unsigned read_avx2(const uint64_t *word, const uint8_t *len, uint64_t mark,
                                           uint32_t *value)
{
    const __m256i one = _mm256_set1_epi64x(1), eight = _mm256_set1_epi64x(DIGIT_WORDS_LONGEST);
    unsigned odd = 0;
    for (int half = 0; half < 2; half++, word += 4, len += 4, value += 4) {
        int32_t lengths;
        __m256i n, digits, x, unset, bad;
        memcpy(&lengths, len, sizeof lengths);
        n = _mm256_cvtepu8_epi64(_mm_cvtsi32_si128(lengths));
        /* Shifts by more than 63 leave nothing. */
        x = _mm256_sllv_epi64(_mm256_set1_epi64x(-1),
                              _mm256_slli_epi64(_mm256_sub_epi64(eight, n), 3));
        digits = _mm256_xor_si256(_mm256_loadu_si256((const void *)word), _mm256_set1_epi8('0'));
        digits = _mm256_and_si256(digits, x);
        unset = _mm256_and_si256(_mm256_cmpeq_epi64(n, one),
                                 _mm256_cmpeq_epi64(digits, _mm256_set1_epi64x((int64_t)mark)));
        unset = _mm256_or_si256(unset, _mm256_cmpeq_epi64(n, _mm256_setzero_si256()));
        bad = _mm256_cmpeq_epi64(_mm256_subs_epu8(digits, _mm256_set1_epi8(9)),
                                 _mm256_setzero_si256());
        bad = _mm256_andnot_si256(bad, _mm256_set1_epi64x(-1));
        bad = _mm256_or_si256(bad, _mm256_cmpgt_epi64(n, eight));
        bad = _mm256_andnot_si256(unset, bad);
        odd |= (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(bad)) << half * 4;
        x = _mm256_maddubs_epi16(digits, _mm256_set1_epi16(1 << 8 | 10));
        x = _mm256_madd_epi16(x, _mm256_set1_epi32(1 << 16 | 100));
        x = _mm256_add_epi64(_mm256_mul_epu32(x, _mm256_set1_epi64x(10000)),
                             _mm256_srli_epi64(x, 32));
        x = _mm256_or_si256(x, unset);
        x = _mm256_permutevar8x32_epi32(x, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6));
        _mm_storeu_si128((void *)value, _mm256_castsi256_si128(x));
    }
    return odd;
}

SIMD_AVX512_TARGET INLINE unsigned read_avx512(const uint64_t *word, const uint8_t *len,
                                               uint64_t mark, uint32_t *value)
{
    const __m512i one = _mm512_set1_epi64(1), eight = _mm512_set1_epi64(DIGIT_WORDS_LONGEST);
    __m512i n = _mm512_cvtepu8_epi64(_mm_loadl_epi64((const void *)len)), digits, x;
    unsigned unset, bad;
    x = _mm512_sllv_epi64(_mm512_set1_epi64(-1), _mm512_slli_epi64(_mm512_sub_epi64(eight, n), 3));
    digits = _mm512_xor_si512(_mm512_loadu_si512(word), _mm512_set1_epi8('0'));
    digits = _mm512_and_si512(digits, x);
    unset = _mm512_mask_cmpeq_epi64_mask(_mm512_cmpeq_epi64_mask(n, one), digits,
                                         _mm512_set1_epi64((int64_t)mark));
    unset |= _mm512_testn_epi64_mask(n, n);
    x = _mm512_subs_epu8(digits, _mm512_set1_epi8(9));
    bad = (unsigned)_mm512_test_epi64_mask(x, x) | _mm512_cmpgt_epi64_mask(n, eight);
    x = _mm512_maddubs_epi16(digits, _mm512_set1_epi16(1 << 8 | 10));
    x = _mm512_madd_epi16(x, _mm512_set1_epi32(1 << 16 | 100));
    x = _mm512_add_epi64(_mm512_mul_epu32(x, _mm512_set1_epi64(10000)), _mm512_srli_epi64(x, 32));
    x = _mm512_mask_mov_epi64(x, (__mmask8)unset, _mm512_set1_epi64(-1));
    _mm256_storeu_si256((void *)value, _mm512_cvtepi64_epi32(x));
    return bad & ~unset;
}
#endif

#define READ(name, read, target)                                                                   \
    target static void name(const struct digit_words *w, uint32_t n, uint64_t mark,                \
                            uint32_t *value, struct row_bits *odd)                                 \
    {                                                                                              \
        for (uint32_t at = 0; at < n; at += GROUP)                                                 \
            odd->part[at / 64] |= (uint64_t)read(w->word + at, w->len + at, mark, value + at)      \
                                  << at % 64;                                                      \
    }

READ(words_portable, read_portable, )
#if SIMD_ON_X86
READ(words_avx2, read_avx2, SIMD_AVX2_TARGET)
READ(words_avx512, read_avx512, SIMD_AVX512_TARGET)
#endif

void digit_words_read(struct digit_words *words, uint32_t n, int unset, enum simd_level level,
                      uint32_t *value, struct row_bits *odd)
{
    uint64_t mark = mark_digits(unset);
    memset(odd, 0, sizeof *odd);
    for (uint32_t i = n; i % GROUP != 0; i++) { /* as if they were unset */
        words->word[i] = 0;
        words->len[i] = 0;
    }
    switch (level) {
#if SIMD_ON_X86
    case SIMD_AVX512:
        words_avx512(words, n, mark, value, odd);
        break;
    case SIMD_AVX2:
        words_avx2(words, n, mark, value, odd);
        break;
#endif
    default:
        words_portable(words, n, mark, value, odd);
    }
}
