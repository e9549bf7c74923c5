/* digit_words.h: whole numbers read at once are those that are read one by one, at every level. */
#include "tests/unit/unit.h"

#include "core/base/rng.h"
#include "core/table/digit_words.h"
#include "core/table/value.h"

#define ROOM 8 /* bytes in front of a text, any */

/* Mostly digits and marks, of each length. */
static size_t make_text(struct rng *rng, char *text)
{
    static const char odd[] = "-.:/ ;a\x80\xff\x01?";
    uint64_t r = rng_u64(rng);
    size_t len = r % 4 == 0 ? r >> 8 & 1 : (size_t)(r >> 8) % 12;
    for (size_t i = 0; i < ROOM + len; i++) {
        uint64_t s = rng_u64(rng);
        bool strange = i < ROOM || s % 64 == 0 || (len == 1 && s % 2 == 0);
        text[i] = strange ? odd[(s >> 8) % (sizeof odd - 1)] : (char)('0' + (s >> 8) % 10);
    }
    return len;
}

static void check(const char *text, size_t len, int unset, uint32_t value, bool odd)
{
    struct span s = span_make(text + ROOM, len);
    bool mark = len == 0 || (len == 1 && (unsigned char)s.ptr[0] == unset);
    uint64_t want;
    if (mark) {
        assert_false(odd);
        assert_int_equal(value, DIGIT_WORDS_UNSET);
    } else if (len <= DIGIT_WORDS_LONGEST && value_count(s, &want)) {
        assert_false(odd);
        assert_int_equal(value, want);
    } else {
        assert_true(odd);
    }
}

/* As many texts as there may be, or fewer: what lies behind them says nothing. */
static void one_by_one(void **state)
{
    static const int marks[] = {'-', -1, '?', 0xff, 1};
    struct rng rng;
    (void)state;
    rng_init(&rng, 5, 0);
    for (unsigned round = 0; round < 2000; round++) {
        char text[FOUND_ROWS_MAX][ROOM + 12];
        size_t len[FOUND_ROWS_MAX];
        struct digit_words words;
        uint32_t value[FOUND_ROWS_MAX], n = round % (FOUND_ROWS_MAX + 1);
        enum simd_level level = (enum simd_level)(round / 7 % N_SIMD_LEVELS);
        int unset = marks[round % ARRAY_LEN(marks)];
        struct row_bits odd;
        if (!simd_has_level(level))
            continue;
        memset(&words, 0xff, sizeof words);
        for (uint32_t i = 0; i < n; i++) {
            len[i] = make_text(&rng, text[i]);
            words.word[i] = word_load(text[i] + ROOM + len[i] - 8);
            words.len[i] = (uint8_t)(len[i] <= DIGIT_WORDS_LONGEST ? len[i] : UINT8_MAX - len[i]);
        }
        digit_words_read(&words, n, unset, level, value, &odd);
        for (uint32_t i = 0; i < n; i++)
            check(text[i], len[i], unset, value[i], odd.part[i / 64] >> i % 64 & 1);
        for (uint32_t i = n; i < FOUND_ROWS_MAX; i++)
            assert_false(odd.part[i / 64] >> i % 64 & 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
