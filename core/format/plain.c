/* Separators and line ends by compare masks; see plain.h.
 *
 * DESIGN
 * 1. A window of the text is turned into two sorted lists: every end of a field (separator or LF),
 * and every LF. A row is plain when the n-th end from its begin is its LF.
 * 2. The window stops FIELD_ROOM_BEHIND bytes in front of the end of the text, and rows in the first
 * FIELD_ROOM_BEFORE bytes are not taken: so readers of numbers may load whole words around a field.
 * 3. A row that the window cuts is looked at again at the begin of the next window.
 * 4. Only the comparing differs between processors; each variant fills in the same three masks of
 * a block. */
#include "core/format/plain.h"

#if SIMD_ON_X86
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

/* One bit a byte of a block, the first byte lowest. */
struct masks {
    uint64_t line, end, special;
};

/* The bytes to look for. */
struct wanted {
    char separator, special;
};

/* ---- comparing ---- */

/* The high bit of every byte of x that is zero. */
INLINE uint64_t zero_bytes(uint64_t x)
{
    const uint64_t low = 0x7f7f7f7f7f7f7f7fu;
    return ~(((x & low) + low) | x | low);
}

/* The high bits of eight bytes side by side. */
INLINE uint64_t gather_bits(uint64_t high)
{
    return ((high >> 7) * 0x0102040810204080u) >> 56;
}

INLINE void compare_portable(const char *p, struct wanted w, struct masks *m)
{
    const uint64_t ones = 0x0101010101010101u;
    *m = (struct masks){0, 0, 0};
    for (unsigned i = 0; i < PLAIN_BLOCK; i += 8) {
        uint64_t x = word_load(p + i);
        uint64_t line = zero_bytes(x ^ (ones * '\n'));
        uint64_t end = line | zero_bytes(x ^ (ones * (unsigned char)w.separator));
        uint64_t special = zero_bytes(x ^ (ones * (unsigned char)w.special));
        m->line |= gather_bits(line) << i;
        m->end |= gather_bits(end) << i;
        m->special |= gather_bits(special) << i;
    }
}

#if SIMD_ON_X86
INLINE void compare_sse2(const char *p, struct wanted w, struct masks *m)
{
    const __m128i line = _mm_set1_epi8('\n'), separator = _mm_set1_epi8(w.separator),
                  special = _mm_set1_epi8(w.special);
    *m = (struct masks){0, 0, 0};
    for (unsigned i = 0; i < PLAIN_BLOCK; i += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        __m128i is_line = _mm_cmpeq_epi8(x, line);
        __m128i is_end = _mm_or_si128(is_line, _mm_cmpeq_epi8(x, separator));
        m->line |= (uint64_t)(unsigned)_mm_movemask_epi8(is_line) << i;
        m->end |= (uint64_t)(unsigned)_mm_movemask_epi8(is_end) << i;
        m->special |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, special)) << i;
    }
}

SIMD_AVX2_TARGET INLINE void compare_avx2(const char *p, struct wanted w, struct masks *m)
{
    const __m256i line = _mm256_set1_epi8('\n'), separator = _mm256_set1_epi8(w.separator),
                  special = _mm256_set1_epi8(w.special);
    *m = (struct masks){0, 0, 0};
    for (unsigned i = 0; i < PLAIN_BLOCK; i += 32) {
        __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(p + i));
        __m256i is_line = _mm256_cmpeq_epi8(x, line);
        __m256i is_end = _mm256_or_si256(is_line, _mm256_cmpeq_epi8(x, separator));
        m->line |= (uint64_t)(unsigned)_mm256_movemask_epi8(is_line) << i;
        m->end |= (uint64_t)(unsigned)_mm256_movemask_epi8(is_end) << i;
        m->special |= (uint64_t)(unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, special)) << i;
    }
}

SIMD_AVX512_TARGET INLINE void compare_avx512(const char *p, struct wanted w, struct masks *m)
{
    __m512i x = _mm512_loadu_si512(p);
    m->line = _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8('\n'));
    m->end = m->line | _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8(w.separator));
    m->special = _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8(w.special));
}
#endif

/* ---- lists of positions ---- */

/* Writes where the bits are. Steps of eight without a question each cost less than a branch that
 * nobody can foretell; up to seven entries behind the list are written over. */
#define PUT(name, lowest, target)                                                                  \
    target INLINE size_t name(uint16_t *out, uint64_t bits, size_t from)                           \
    {                                                                                              \
        size_t n = (size_t)__builtin_popcountll(bits);                                             \
        for (size_t done = 0; done < n; done += 8) {                                               \
            for (size_t i = 0; i < 8; i++) {                                                       \
                out[done + i] = (uint16_t)(from + lowest(bits));                                   \
                bits &= bits - 1;                                                                  \
            }                                                                                      \
        }                                                                                          \
        return n;                                                                                  \
    }

/* Defined without bits too: what is then written lies behind the list. */
INLINE size_t lowest_bit(uint64_t bits)
{
    return (size_t)__builtin_ctzll(bits | (uint64_t)1 << 63);
}
PUT(put_any, lowest_bit, )

#if SIMD_ON_X86
SIMD_AVX2_TARGET INLINE size_t lowest_bit_bmi(uint64_t bits)
{
    return _tzcnt_u64(bits);
}
PUT(put_bmi, lowest_bit_bmi, SIMD_AVX2_TARGET)

/* All of them at once: the numbers 0 to 63 whose bits are set, side by side. Always 32 or 64 entries
 * are written. */
SIMD_AVX512_TARGET INLINE size_t put_avx512(uint16_t *out, uint64_t bits, size_t from)
{
    static const uint8_t numbers[PLAIN_BLOCK] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
        44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    size_t n = (size_t)__builtin_popcountll(bits);
    __m512i start = _mm512_set1_epi16((short)from);
    __m512i set = _mm512_maskz_compress_epi8(bits, _mm512_loadu_si512(numbers));
    __m512i low = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(set));
    _mm512_storeu_si512(out, _mm512_add_epi16(low, start));
    if (n > 32) {
        __m512i high = _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(set, 1));
        _mm512_storeu_si512(out + 32, _mm512_add_epi16(high, start));
    }
    return n;
}
#endif

/* Lines are few: one by one. */
INLINE size_t put_lines(uint16_t *out, uint64_t bits, size_t from)
{
    size_t n = 0;
    for (; bits != 0; bits &= bits - 1)
        out[n++] = (uint16_t)(from + (size_t)__builtin_ctzll(bits));
    return n;
}

/* A function that looks at `len` bytes behind base. */
#define SCAN(name, compare, put, target)                                                           \
    target static void name(struct plain *p, size_t len)                                           \
    {                                                                                              \
        const char *text = p->text.ptr + p->base + 1;                                              \
        struct wanted w = {p->separator, p->special};                                              \
        size_t n_ends = 1, n_lines = 0;                                                            \
        uint64_t special = 0;                                                                      \
        for (size_t at = 0; at < len; at += PLAIN_BLOCK) {                                         \
            struct masks m;                                                                        \
            compare(text + at, w, &m);                                                             \
            if (len - at < PLAIN_BLOCK) {                                                          \
                uint64_t inside = ((uint64_t)1 << (len - at)) - 1;                                 \
                m.end &= inside;                                                                   \
                m.line &= inside;                                                                  \
            }                                                                                      \
            n_ends += put(p->end + n_ends, m.end, at + 1);                                         \
            n_lines += put_lines(p->line + n_lines, m.line, at + 1);                               \
            p->special_bits[at / PLAIN_BLOCK] = m.special;                                         \
            special |= m.special;                                                                  \
        }                                                                                          \
        p->n_ends = n_ends;                                                                        \
        p->n_lines = n_lines;                                                                      \
        p->any_special = special != 0;                                                             \
    }

SCAN(scan_portable, compare_portable, put_any, )
#if SIMD_ON_X86
SCAN(scan_sse2, compare_sse2, put_any, )
SCAN(scan_avx2, compare_avx2, put_bmi, SIMD_AVX2_TARGET)
SCAN(scan_avx512, compare_avx512, put_avx512, SIMD_AVX512_TARGET)
#endif

/* A new window from p->at on. False when it would hold nothing. */
static bool scan(struct plain *p)
{
    size_t most = p->text.len < FIELD_ROOM_BEHIND ? 0 : p->text.len - FIELD_ROOM_BEHIND, len;
    if (p->at < FIELD_ROOM_BEFORE || p->at >= most)
        return false;
    len = most - p->at < PLAIN_WINDOW ? most - p->at : PLAIN_WINDOW;
    p->base = p->at - 1;
    p->shortened = false;
    p->end[0] = 0;
    p->next_end = 1;
    p->next_line = 0;
    switch (p->level) {
#if SIMD_ON_X86
    case SIMD_AVX512:
        scan_avx512(p, len);
        break;
    case SIMD_AVX2:
        scan_avx2(p, len);
        break;
    case SIMD_SSE2:
        scan_sse2(p, len);
        break;
#endif
    default:
        scan_portable(p, len);
    }
    return true;
}

/* ---- rows ---- */

void plain_init(struct plain *p, struct span text, char separator, char special, int remark,
                uint32_t n_fields, enum simd_level level)
{
    p->text = text;
    p->at = 0;
    p->separator = separator;
    p->special = special;
    p->remark = remark;
    p->n_fields = n_fields;
    p->level = level;
    p->base = SIZE_MAX;
    p->shortened = false;
    p->next_line = p->n_lines = 0;
    p->next_end = p->n_ends = 1;
}

/* Finds the LF at or behind p->at, in a new window when need be. */
static bool find_line(struct plain *p)
{
    for (;;) {
        while (p->next_line < p->n_lines && p->base + p->line[p->next_line] < p->at)
            p->next_line++;
        if (p->next_line < p->n_lines)
            return true;
        /* A window that begins here holds no LF: the row is longer, or the text ends. */
        if (p->base + 1 == p->at || !scan(p))
            return false;
    }
}

static bool has_special(const struct plain *p, size_t from, size_t to)
{
    for (size_t at = from; at < to;) {
        uint64_t bits = p->special_bits[at / PLAIN_BLOCK] >> (at % PLAIN_BLOCK);
        size_t n = PLAIN_BLOCK - at % PLAIN_BLOCK;
        if (to - at < n)
            bits &= ((uint64_t)1 << (to - at)) - 1;
        if (bits != 0)
            return true;
        at += n;
    }
    return false;
}

/* How many rows from p->at on are plain, at most `most`. One that ends in a CR comes alone. */
INLINE uint32_t count_plain(const struct plain *p, uint32_t most)
{
    const char *text = p->text.ptr + p->base;
    const uint16_t *end = p->end + p->next_end, *line = p->line + p->next_line;
    const uint16_t *behind = p->end + p->n_ends;
    size_t begin = end[-1] + (size_t)1, n_lines = p->n_lines - p->next_line;
    uint32_t n = 0;
    for (end += p->n_fields - 1; n < most && n < n_lines && end < behind && *end == line[n];
         end += p->n_fields) {
        bool cr = text[*end - 1] == '\r' && *end > begin;
        if (*end - begin <= cr || (unsigned char)text[begin] == p->remark || (cr && n > 0) ||
            (p->any_special && has_special(p, begin - 1, *end - (size_t)1)))
            break;
        begin = *end + (size_t)1;
        n++;
        if (cr)
            break;
    }
    return n;
}

uint32_t plain_rows(struct plain *p, uint32_t most, struct found_rows *rows)
{
    size_t from;
    if (p->shortened)
        p->end[p->next_end - 1]++;
    p->shortened = false;
    if (p->at < FIELD_ROOM_BEFORE || !find_line(p))
        return 0;
    from = p->at - p->base;
    while (p->end[p->next_end] < from)
        p->next_end++;
    if (p->end[p->next_end - 1] + (size_t)1 != from)
        return 0;
    *rows = (struct found_rows){p->text.ptr + p->base, p->end + p->next_end, p->n_fields,
                                count_plain(p, most)};
    p->next_line += rows->n;
    p->next_end += (size_t)rows->n * p->n_fields;
    p->at = p->base + p->end[p->next_end - 1] + 1;
    p->shortened = rows->n == 1 && p->text.ptr[p->at - 2] == '\r';
    p->end[p->next_end - 1] -= p->shortened;
    return rows->n;
}

/* Looks at `n` bytes of a block, and at no byte behind them. */
static struct masks look(const char *bytes, size_t n, struct wanted w)
{
    uint64_t inside = n < PLAIN_BLOCK ? ((uint64_t)1 << n) - 1 : UINT64_MAX;
    char copy[PLAIN_BLOCK];
    struct masks m;
    if (n < PLAIN_BLOCK) {
        memcpy(copy, bytes, n);
        memset(copy + n, 0, PLAIN_BLOCK - n);
        bytes = copy;
    }
#if SIMD_ON_X86
    compare_sse2(bytes, w, &m);
#else
    compare_portable(bytes, w, &m);
#endif
    m.end &= inside & ~m.line;
    m.special &= inside;
    return m;
}

size_t plain_cut(struct span row, char separator, char special, struct field *out, size_t max,
                 bool *has_special)
{
    const char *begin = row.ptr; /* of the next field */
    struct wanted w = {separator, special};
    size_t n = 0;
    *has_special = false;
    for (size_t at = 0; at < row.len; at += PLAIN_BLOCK) {
        const char *block = row.ptr + at;
        struct masks m = look(block, row.len - at < PLAIN_BLOCK ? row.len - at : PLAIN_BLOCK, w);
        *has_special |= m.special != 0;
        for (; m.end != 0; m.end &= m.end - 1) {
            const char *end = block + __builtin_ctzll(m.end);
            if (n == max)
                return max + 1;
            out[n++] = (struct field){{begin, (size_t)(end - begin)}, FIELD_VALUE, false};
            begin = end + 1;
        }
    }
    if (n == max)
        return max + 1;
    out[n++] = (struct field){
        {begin, row.len == 0 ? 0 : (size_t)(row.ptr + row.len - begin)}, FIELD_VALUE, false};
    return n;
}
