/* lexicon.h: few texts, numbered by several threads and ranked. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/parallel.h"
#include "core/query/lexicon.h"

static void texts_are_ranked(void **state)
{
    static const struct span text[] = {{"b", 1},    {"", 0},    {"a", 1},  {"a\0", 2},
                                       {"\xff", 1}, {"abc", 3}, {"ab", 2}, {"B", 1}};
    static const uint32_t place[] = {6, 0, 2, 3, 7, 5, 4, 1};
    struct lexicon_reader reader = {.number_1 = {0}};
    struct err err = ERR_INIT;
    struct lexicon *x = lexicon_new(&err);
    const uint32_t *rank;
    (void)state;
    assert_non_null(x);
    for (int again = 0; again < 2; again++)
        for (uint32_t i = 0; i < ARRAY_LEN(text); i++)
            assert_int_equal(lexicon_number(x, &reader, text[i]), i);
    rank = lexicon_ranks(x);
    assert_non_null(rank);
    for (uint32_t i = 0; i < ARRAY_LEN(text); i++)
        assert_int_equal(rank[i], place[i]);
    assert_false(lexicon_is_full(x));
    lexicon_free(x);
    lexicon_free(NULL);
}

static void no_text_at_all(void **state)
{
    struct err err = ERR_INIT;
    struct lexicon *x = lexicon_new(&err);
    const uint32_t *rank;
    (void)state;
    assert_non_null(x);
    rank = lexicon_ranks(x);
    assert_non_null(rank);
    assert_int_equal(rank[0], 0);
    lexicon_free(x);
}

/* Too many are refused, those that are known are not. */
static void there_is_an_end(void **state)
{
    struct lexicon_reader *reader = mem_zalloc(1, sizeof *reader);
    struct err err = ERR_INIT;
    struct lexicon *x = lexicon_new(&err);
    char *big = mem_zalloc(LEXICON_BYTES, 1), text[16];
    (void)state;
    assert_true(x != NULL && reader != NULL && big != NULL);
    for (uint32_t i = 0; i < LEXICON_TEXTS; i++) {
        (void)snprintf(text, sizeof text, "%u", i);
        assert_int_equal(lexicon_number(x, reader, span_of(text)), i);
    }
    assert_false(lexicon_is_full(x));
    assert_int_equal(lexicon_number(x, reader, span_of("x")), LEXICON_FULL);
    assert_true(lexicon_is_full(x));
    assert_int_equal(lexicon_number(x, reader, span_of("7")), 7);
    lexicon_free(x);

    memset(reader, 0, sizeof *reader);
    x = lexicon_new(&err);
    assert_non_null(x);
    assert_int_equal(lexicon_number(x, reader, span_make(big, LEXICON_BYTES)), 0);
    assert_int_equal(lexicon_number(x, reader, span_of("")), 1);
    assert_false(lexicon_is_full(x));
    assert_int_equal(lexicon_number(x, reader, span_of("a")), LEXICON_FULL);
    assert_true(lexicon_is_full(x));
    lexicon_free(x);
    mem_free(reader);
    mem_free(big);
}

struct meeting {
    struct lexicon *x;
    uint32_t number[8][2000];
};

static void meet(void *user, uint32_t slice)
{
    struct meeting *m = user;
    struct lexicon_reader reader = {.number_1 = {0}};
    for (uint32_t i = 0; i < 2000; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%u", (i * 7 + slice * 100) % 2000);
        m->number[slice][(i * 7 + slice * 100) % 2000] =
            lexicon_number(m->x, &reader, span_of(text));
    }
}

/* All threads get the same number for a text. */
static void threads_agree(void **state)
{
    struct meeting *m = mem_zalloc(1, sizeof *m);
    struct parallel *pool = parallel_new(4);
    struct err err = ERR_INIT;
    (void)state;
    assert_true(m != NULL && pool != NULL);
    m->x = lexicon_new(&err);
    assert_non_null(m->x);
    parallel_run(pool, 8, meet, m);
    for (uint32_t slice = 1; slice < 8; slice++)
        assert_memory_equal(m->number[slice], m->number[0], sizeof m->number[0]);
    lexicon_free(m->x);
    parallel_free(pool);
    mem_free(m);
}

static void short_memory(void **state)
{
    struct lexicon_reader reader = {.number_1 = {0}};
    struct err err = ERR_INIT;
    struct lexicon *x;
    (void)state;
    mem_fail_at(1, false);
    assert_null(lexicon_new(&err));
    assert_int_equal(err.code, ERR_LIMIT);
    mem_fail_at(0, false);
    x = lexicon_new(&err);
    assert_non_null(x);
    assert_int_equal(lexicon_number(x, &reader, span_of("a")), 0);
    for (uint64_t n = 1; n <= 2; n++) {
        mem_fail_at(n, false);
        assert_null(lexicon_ranks(x));
    }
    mem_fail_at(0, false);
    assert_non_null(lexicon_ranks(x));
    lexicon_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_ranked), cmocka_unit_test(no_text_at_all),
        cmocka_unit_test(there_is_an_end),  cmocka_unit_test(threads_agree),
        cmocka_unit_test(short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
