/* plain.h: rows found by compare masks are those that a byte after byte reading finds. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "core/format/plain.h"

#define LONGEST 70000
#define REMARK  '#'

/* A text of its own size, so that a sanitizer sees a byte too many. */
struct text {
    char *bytes;
    size_t len;
};

/* Letters with ends of fields and lines among them; `rare` is how rare specials and long runs are. */
static struct text random_text(struct rng *rng, size_t len, unsigned per_row, unsigned rare)
{
    struct text t = {mem_alloc(len, 1), len};
    unsigned in_row = 0;
    assert_non_null(t.bytes);
    for (size_t i = 0; i < len; i++) {
        uint64_t r = rng_u64(rng);
        t.bytes[i] = (char)(r >> 8 & 0x7f) == '\n' ? 'x' : (char)(r >> 8);
        if (t.bytes[i] == '\n' || t.bytes[i] == '\t' || t.bytes[i] == '\\')
            t.bytes[i] = 'x';
        if (r % rare == 0) {
            t.bytes[i] = r / rare % 4 == 0 ? '\\' : r / rare % 4 == 1 ? '\n' : '\t';
        } else if (r % 4 == 0) {
            t.bytes[i] = ++in_row % per_row == 0 ? '\n' : '\t';
            if (t.bytes[i] == '\n' && i > 0 && r % 3 == 0)
                t.bytes[i - 1] = '\r';
        }
    }
    return t;
}

/* Whether the row at `at` is plain; *len without its LF, SIZE_MAX when no LF follows. */
static bool is_plain(struct text t, size_t at, uint32_t n_fields, size_t *len)
{
    uint32_t n = 1;
    bool special = false;
    for (size_t i = at; i < t.len; i++) {
        if (t.bytes[i] == '\n') {
            *len = i - at;
            return n == n_fields && !special && at >= FIELD_ROOM_BEFORE && *len < PLAIN_WINDOW &&
                   i + FIELD_ROOM_BEHIND<t.len && * len>(i > at && t.bytes[i - 1] == '\r') &&
                   t.bytes[at] != REMARK;
        }
        n += t.bytes[i] == '\t';
        special = special || t.bytes[i] == '\\';
    }
    *len = SIZE_MAX;
    return false;
}

/* The fields of a row are those of its text, which has no line end. */
static void check_fields(struct span row, const struct found_rows *rows, uint32_t r)
{
    const char *at = row.ptr;
    for (uint32_t i = 0; i < rows->n_fields; i++) {
        struct span f = found_field(rows, r, i);
        size_t left = row.len - (size_t)(at - row.ptr);
        const char *end = i + 1 < rows->n_fields ? memchr(at, '\t', left) : row.ptr + row.len;
        assert_ptr_equal(f.ptr, at);
        assert_int_equal(f.len, end - at);
        at = end + 1;
    }
    assert_ptr_equal(at, row.ptr + row.len + 1);
}

/* A row cut by itself, plain or not. */
static void check_cut(struct span row, size_t max)
{
    static struct field out[LONGEST + 1];
    struct field *exact = mem_alloc(max, sizeof *exact);
    size_t n = 1, at = 0;
    bool special, has = false;
    assert_non_null(exact);
    for (size_t i = 0; i < row.len; i++) {
        n += row.ptr[i] == '\t';
        has = has || row.ptr[i] == '\\';
    }
    assert_int_equal(plain_cut(row, '\t', '\\', out, LONGEST + 1, &special), n);
    assert_int_equal(special, has);
    for (size_t i = 0; i < n; i++) {
        size_t len = 0;
        while (at + len < row.len && row.ptr[at + len] != '\t')
            len++;
        assert_true(out[i].text.ptr == row.ptr + at && out[i].text.len == len);
        assert_int_equal(out[i].state, FIELD_VALUE);
        at += len + 1;
    }
    assert_int_equal(at, row.len + 1);
    assert_int_equal(plain_cut(row, '\t', '\\', exact, max, &special), n > max ? max + 1 : n);
    mem_free(exact);
}

/* The rows that were found at `at`: each is plain, in order; returns where they end. A CR comes alone. */
static size_t check_rows(struct text t, size_t at, const struct found_rows *rows, bool cut)
{
    for (uint32_t r = 0; r < rows->n; r++) {
        size_t len;
        bool cr;
        assert_true(is_plain(t, at, rows->n_fields, &len));
        cr = t.bytes[at + len - 1] == '\r';
        assert_true(!cr || rows->n == 1);
        check_fields(span_make(t.bytes + at, len - cr), rows, r);
        if (cut)
            check_cut(span_make(t.bytes + at, len), rows->n_fields);
        at += len + 1;
    }
    return at;
}

/* Every row, plain or not, in order, some at a time: what is_plain says, at every level. */
static void check_text(struct text t, uint32_t n_fields)
{
    struct plain *p = mem_alloc(1, sizeof *p);
    assert_non_null(p);
    for (int level = 0; level < N_SIMD_LEVELS; level++) {
        if (!simd_has_level((enum simd_level)level))
            continue;
        plain_init(p, span_make(t.bytes, t.len), '\t', '\\', REMARK, n_fields,
                   (enum simd_level)level);
        for (size_t at = 0; at < t.len;) {
            struct found_rows rows;
            size_t len;
            bool want = is_plain(t, at, n_fields, &len);
            uint32_t most = 1 + (uint32_t)at % 7, n;
            assert_int_equal(p->at, at);
            n = plain_rows(p, most, &rows);
            if ((n > 0) != want || n > most)
                fail_msg("level %d, byte %zu of %zu: plain %d", level, at, t.len, want);
            if (want) {
                assert_int_equal(rows.n, n);
                assert_int_equal(plain_begin(p, &rows), at);
                at = check_rows(t, at, &rows, level == 0);
                continue;
            }
            if (level == 0)
                check_cut(span_make(t.bytes + at, len == SIZE_MAX ? t.len - at : len), n_fields);
            at = len == SIZE_MAX ? t.len : at + len + 1;
            p->at = at;
        }
    }
    mem_free(p);
}

static void random_texts(void **state)
{
    struct rng rng;
    (void)state;
    rng_init(&rng, 11, 0);
    for (unsigned round = 0; round < 400; round++) {
        uint32_t n_fields = 1 + round % 9;
        size_t len = round % 20 == 0 ? LONGEST : rng_u64(&rng) % 1500;
        struct text t = random_text(&rng, len, n_fields, round % 3 == 0 ? 40 : 4000);
        check_text(t, n_fields);
        mem_free(t.bytes);
    }
}

/* Texts of one byte over and over, and of each length around a block and a window. */
static void edges(void **state)
{
    static const char fill[] = {'\n', '\t', '\\', 'x'};
    static const size_t around[] = {0, 63, 64, 65, 128, 129, PLAIN_WINDOW, 2 * PLAIN_WINDOW + 64};
    (void)state;
    for (size_t f = 0; f < ARRAY_LEN(fill); f++) {
        for (size_t a = 0; a < ARRAY_LEN(around); a++) {
            for (size_t more = 0; more < 80; more += 7) {
                struct text t = {mem_alloc(around[a] + more, 1), around[a] + more};
                assert_non_null(t.bytes);
                memset(t.bytes, fill[f], t.len);
                check_text(t, 1);
                check_text(t, 3);
                mem_free(t.bytes);
            }
        }
    }
}

/* The longest row that fits a window, one byte less and one more. */
static void long_rows(void **state)
{
    (void)state;
    for (size_t len = PLAIN_WINDOW - 2; len <= PLAIN_WINDOW + 1; len++) {
        struct text t = {mem_alloc(3 * PLAIN_WINDOW, 1), 3 * PLAIN_WINDOW};
        assert_non_null(t.bytes);
        memset(t.bytes, 'x', t.len);
        t.bytes[19] = t.bytes[22] = t.bytes[22 + len + 1] = t.bytes[22 + len + 5] = '\n';
        t.bytes[30] = t.bytes[20] = t.bytes[22 + len + 3] = '\t';
        check_text(t, 2);
        mem_free(t.bytes);
    }
}

/* The caller steps over more than one line: what was looked at goes on to serve. */
static void the_caller_skips_lines(void **state)
{
    struct text t = {mem_alloc(400, 1), 400};
    struct plain *p = mem_alloc(1, sizeof *p);
    struct found_rows rows;
    (void)state;
    assert_true(t.bytes != NULL && p != NULL);
    for (size_t i = 0; i < t.len; i++)
        t.bytes[i] = i % 10 == 9 ? '\n' : i % 10 == 4 ? '\t' : 'x';
    plain_init(p, span_make(t.bytes, t.len), '\t', '\\', -1, 2, simd_best_level());
    assert_int_equal(plain_rows(p, 9, &rows), 0);
    for (p->at = 20; p->at < 290;) {
        size_t at = p->at;
        assert_int_equal(plain_rows(p, 2, &rows), 2);
        assert_int_equal(plain_begin(p, &rows), at);
        assert_int_equal(p->at, at + 20);
        p->at += 20;
    }
    mem_free(t.bytes);
    mem_free(p);
}

static void levels(void **state)
{
    (void)state;
    assert_true(simd_has_level(SIMD_PORTABLE));
    assert_int_equal(setenv("MINNOW_SIMD", "sse2", 1), 0);
    if (simd_has_level(SIMD_SSE2))
        assert_int_equal(simd_best_level(), SIMD_SSE2);
    assert_int_equal(setenv("MINNOW_SIMD", "portable", 1), 0);
    assert_int_equal(simd_best_level(), SIMD_PORTABLE);
    assert_int_equal(unsetenv("MINNOW_SIMD"), 0);
    assert_true(simd_has_level(simd_best_level()));
}

static void a_wrong_level_is_a_mistake(void **state)
{
    static const char *const wrong[] = {"sse3", "AVX2", " avx2", "none"};
    enum simd_level most, widest = simd_best_level();
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(setenv("MINNOW_SIMD", "", 1), 0);
    assert_int_equal(simd_asked(&most, &err), 0);
    assert_int_equal(most, N_SIMD_LEVELS - 1);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        err = (struct err)ERR_INIT;
        assert_int_equal(setenv("MINNOW_SIMD", wrong[i], 1), 0);
        assert_int_equal(simd_asked(&most, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        assert_non_null(strstr(err.text, wrong[i]));
        assert_non_null(strstr(err.text, "not one of portable, sse2, avx2, avx512"));
        assert_int_equal(simd_best_level(), widest);
    }
    assert_int_equal(setenv("MINNOW_SIMD", "avx512", 1), 0);
    if (simd_asked(&most, &err) != 0) /* at most what there is */
        assert_non_null(strstr(err.text, "MINNOW_SIMD=avx512: this processor has no such vectors"));
    assert_int_equal(most, SIMD_AVX512);
    assert_true(simd_has_level(simd_best_level()));
    assert_int_equal(unsetenv("MINNOW_SIMD"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_texts), cmocka_unit_test(edges),
        cmocka_unit_test(long_rows),    cmocka_unit_test(the_caller_skips_lines),
        cmocka_unit_test(levels),       cmocka_unit_test(a_wrong_level_is_a_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
