/* err, mem, buf, span, rng, notices: the small things that everything else trusts. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/notices.h"
#include "core/base/rng.h"

static void err_says_where(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    assert_int_equal(err_at(&err, ERR_DATA, "conn.log", 118, "%d fields, expected %d", 7, 21), -1);
    assert_string_equal(err.text, "conn.log:118: 7 fields, expected 21");
    assert_int_equal(err.line, 118);
    assert_int_equal(err_exit_status(&err), 3);
    errno = ENOENT;
    assert_int_equal(err_errno(&err, "x.log", "cannot open"), -1);
    assert_string_equal(err.text, "x.log: cannot open: No such file or directory");
    assert_int_equal(err_exit_status(&err), 4);
    assert_int_equal(err_memory(&err, "the row index"), -1);
    assert_int_equal(err_exit_status(&err), 5);
}

static void err_cuts_long_texts(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    char path[1000];
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    err_at(&err, ERR_IO, path, 1, "%s", path);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

static void mem_refuses_overflow(void **state)
{
    (void)state;
    void *big = mem_alloc(SIZE_MAX / 2, 3);
    assert_null(big);
    big = mem_alloc_aligned(SIZE_MAX - 10, 1);
    assert_null(big);
    void *none = mem_alloc(0, 8);
    assert_non_null(none);
    mem_free(none);
    double *aligned = mem_alloc_aligned(3, sizeof *aligned);
    assert_non_null(aligned);
    assert_int_equal((uintptr_t)aligned % 64, 0);
    mem_free(aligned);
}

static void mem_gives_back_whole_pages_alone(void **state)
{
    static const struct {
        size_t from, to;
    } range[] = {{0, 0}, {5, 4000}, {4096, 100000}, {1, 900001}, {700000, 1000000}};
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(range); i++) {
        unsigned char *block = mem_alloc_aligned(1000000, 1);
        assert_non_null(block);
        memset(block, 7, 1000000);
        mem_give_back(block, range[i].from, range[i].to);
        for (size_t at = 0; at < 1000000; at++)
            if (at < range[i].from || at >= range[i].to)
                assert_int_equal(block[at], 7);
        if (range[i].to > range[i].from + 2 * page)
            assert_int_equal(block[(range[i].from + range[i].to) / 2], 0);
        mem_free(block);
    }
}

/* Sanitizers take pages of their own when memory is touched. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_PAGES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OWN_PAGES 1
#endif
#endif
#ifndef OWN_PAGES
#define OWN_PAGES 0
#endif

/* All zero, and no page of it is to be taken any more: neither to be read nor, then, to be written to. */
static void mem_takes_tables_at_once(void **state)
{
    const size_t n = (size_t)3 << 20, page = 4096;
    struct rusage before, after;
    unsigned char *table = mem_zalloc_table(n, 1);
    (void)state;
    assert_non_null(table);
    assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
    for (size_t at = 0; at < n; at += page)
        assert_int_equal(table[at], 0);
    for (size_t at = page - 1; at < n; at += page)
        table[at] = 1;
    assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
    assert_true(OWN_PAGES || after.ru_minflt - before.ru_minflt < (long)(n / page / 10));
    mem_free(table);
    for (size_t bytes = 1; bytes <= 100000; bytes += 1111) {
        table = mem_zalloc_table(bytes, 1);
        assert_non_null(table);
        for (size_t at = 0; at < bytes; at++)
            assert_int_equal(table[at], 0);
        memset(table, 1, bytes);
        mem_free(table);
    }
    assert_null(mem_zalloc_table(SIZE_MAX / 2, 3));
}

/* Whole pages of zeros, at the border of a huge page when they fill one; refused like all else. */
static void mem_gives_pages(void **state)
{
    static const size_t size[] = {1, 4096, 4097, (2 << 20) - 1, 2 << 20, (2 << 20) + 1, 5 << 20};
    (void)state;
    for (size_t i = 0; i < 2 * ARRAY_LEN(size); i++) {
        size_t n = size[i / 2];
        bool huge = i % 2 == 0;
        unsigned char *p = mem_alloc_pages(n, huge);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % (huge && n >= 2 << 20 ? 2 << 20 : 4096), 0);
        assert_true(p[0] == 0 && p[n / 2] == 0 && p[n - 1] == 0);
        p[0] = p[n - 1] = 1;
        mem_free_pages(p, n);
    }
    assert_null(mem_alloc_pages(SIZE_MAX - 100, true));
    mem_fail_at(1, false);
    assert_null(mem_alloc_pages(100, false));
    mem_fail_at(0, false);
    mem_free_pages(NULL, 0);
}

static void pieces_of_memory_become_one(void **state)
{
    static const size_t bytes[] = {4096, 3 * 4096, 2 << 20, 4 << 20};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bytes); i++) {
        void *piece[3];
        char *all;
        for (size_t p = 0; p < ARRAY_LEN(piece); p++) {
            piece[p] = mem_alloc_pages(bytes[i], true);
            assert_non_null(piece[p]);
            memset(piece[p], (int)p + 1, bytes[i] - 100); /* the rest was never touched */
        }
        mem_fail_at(1, false);
        assert_null(mem_join_pages(piece, ARRAY_LEN(piece), bytes[i]));
        mem_fail_at(0, false);
        assert_int_equal(((char *)piece[1])[0], 2);
        all = mem_join_pages(piece, ARRAY_LEN(piece), bytes[i]);
        assert_non_null(all);
        for (size_t p = 0; p < ARRAY_LEN(piece); p++) {
            const char *its = all + p * bytes[i];
            assert_int_equal(its[0], p + 1);
            assert_memory_equal(its, its + 1, bytes[i] - 101);
            assert_int_equal(its[bytes[i] - 1], 0);
        }
        memset(all, 9, 3 * bytes[i]);
        mem_free_pages(all, 3 * bytes[i]);
        piece[0] = mem_alloc_pages(bytes[i], true);
        assert_ptr_equal(mem_join_pages(piece, 1, bytes[i]), piece[0]);
        mem_free_pages(piece[0], bytes[i]);
    }
}

static void mem_fails_on_request(void **state)
{
    (void)state;
    void *p;
    mem_fail_at(2, false);
    p = mem_alloc(1, 1);
    assert_non_null(p);
    mem_free(p);
    p = mem_alloc(1, 1);
    assert_null(p);
    p = mem_alloc(1, 1);
    assert_non_null(p);
    mem_free(p);
    mem_fail_at(1, true);
    p = mem_alloc(1, 1);
    assert_null(p);
    p = mem_zalloc(1, 1);
    assert_null(p);
    assert_int_equal(mem_requests(), 2);
    mem_fail_at(0, false);
}

static void buf_keeps_what_it_had(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 10);
    buf_add_text(&b, "12345");
    buf_printf(&b, "%d", 678);
    assert_false(b.failed);
    buf_add_text(&b, "abc");
    assert_true(b.failed);
    buf_add_text(&b, "z");
    assert_string_equal(buf_text(&b), "12345678");
    assert_null(buf_take(&b));
    buf_add_char(&b, 'x');
    char *taken = buf_take(&b);
    assert_string_equal(taken, "x");
    mem_free(taken);
    assert_string_equal(buf_text(&b), "");
    buf_release(&b);
}

static void buf_survives_no_memory(void **state)
{
    (void)state;
    struct buf b = BUF_INIT;
    mem_fail_at(1, true);
    buf_printf(&b, "%s", "text");
    mem_fail_at(0, false);
    assert_true(b.failed);
    assert_string_equal(buf_text(&b), "");
    buf_release(&b);
}

static void span_lines(void **state)
{
    (void)state;
    struct span rest = span_of("a\r\n\nb\rc\nlast");
    static const char *const want[] = {"a", "", "b\rc", "last"};
    struct span line;
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        assert_true(span_line(&rest, &line));
        assert_true(span_is(line, want[i]));
    }
    assert_false(span_line(&rest, &line));
}

static void span_order(void **state)
{
    (void)state;
    assert_int_equal(span_cmp(span_of("ab"), span_of("abc")), -1);
    assert_int_equal(span_cmp(span_of("b"), span_of("abc")), 1);
    assert_int_equal(span_cmp(span_of(""), span_of("")), 0);
    assert_true(span_is(span_trim(span_of(" \t a b \t")), "a b"));
}

static void rng_repeats_and_differs(void **state)
{
    (void)state;
    struct rng a, b, other;
    uint64_t same = 0;
    rng_init(&a, 1, 0);
    rng_init(&b, 1, 0);
    rng_init(&other, 1, 1);
    for (int i = 0; i < 1000; i++) {
        uint64_t x = rng_u64(&a);
        assert_int_equal(x, rng_u64(&b));
        same += x == rng_u64(&other);
        double u = rng_unit(&a);
        assert_true(u >= 0 && u < 1);
        (void)rng_unit(&b);
    }
    assert_int_equal(same, 0);
}

static void rng_below_is_even(void **state)
{
    (void)state;
    struct rng r;
    unsigned seen[7] = {0};
    rng_init(&r, 42, 0);
    for (int i = 0; i < 70000; i++)
        seen[rng_below(&r, 7)]++;
    for (int i = 0; i < 7; i++)
        assert_in_range(seen[i], 9500, 10500);
}

static void notices_keep_each_sentence_once(void **state)
{
    (void)state;
    struct notices list = {.n = 0}, more = {.n = 0};
    notices_add(&list, "row %d", 1);
    notices_add(&list, "row %d", 1);
    for (int i = 0; i < NOTICES_MAX + 5; i++)
        notices_add(&more, "row %d", i);
    assert_int_equal(list.n, 1);
    assert_int_equal(more.n, NOTICES_MAX);
    assert_int_equal(more.dropped, 5);
    notices_join(&list, &more);
    assert_int_equal(list.n, NOTICES_MAX);
    assert_int_equal(list.dropped, 5);
    notices_release(&list);
    notices_release(&more);
    mem_fail_at(1, false);
    notices_add(&list, "lost");
    mem_fail_at(0, false);
    assert_int_equal(list.n, 0);
    assert_int_equal(list.dropped, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(err_says_where),
        cmocka_unit_test(err_cuts_long_texts),
        cmocka_unit_test(mem_refuses_overflow),
        cmocka_unit_test(mem_gives_back_whole_pages_alone),
        cmocka_unit_test(mem_takes_tables_at_once),
        cmocka_unit_test(mem_gives_pages),
        cmocka_unit_test(pieces_of_memory_become_one),
        cmocka_unit_test(mem_fails_on_request),
        cmocka_unit_test(buf_keeps_what_it_had),
        cmocka_unit_test(buf_survives_no_memory),
        cmocka_unit_test(span_lines),
        cmocka_unit_test(span_order),
        cmocka_unit_test(rng_repeats_and_differs),
        cmocka_unit_test(rng_below_is_even),
        cmocka_unit_test(notices_keep_each_sentence_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
