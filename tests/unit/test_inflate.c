/* Deflate streams by both libraries: the same text and the same verdict, for streams as they are, cut and
 * damaged, in pieces of any size. */
#include "tests/unit/pack.h"

#include "core/io/inflate.h"
#include "core/io/unpack.h"

#define TEXT_BYTES ((size_t)150000) /* some blocks, and more than two windows */

struct outcome {
    struct buf text;
    bool torn;
    struct err err;
};

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* A text as logs are: numbers, the same words again and again, now and then something long. */
static struct buf make_text(void)
{
    struct buf b = BUF_INIT;
    uint32_t r = 7;
    while (b.len < TEXT_BYTES) {
        buf_printf(&b, "13315833%02u.%06u\tC%08x\t10.0.%u.%u\t%u\tSF\t%u\n", next_random(&r) % 100,
                   next_random(&r) % 1000000, next_random(&r), next_random(&r) % 4,
                   next_random(&r) % 256, next_random(&r) % 65536, next_random(&r) % 100000);
        if (next_random(&r) % 500 == 0) {
            for (int i = 0; i < 700; i++)
                buf_add_char(&b, 'x');
        }
    }
    return b;
}

static void deflate_all(struct buf *out, struct span text, int level, int strategy)
{
    z_stream z = {.next_in = (z_const Bytef *)text.ptr, .avail_in = (unsigned)text.len};
    char piece[4096];
    int rc;
    assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, strategy), Z_OK);
    do {
        z.next_out = (Bytef *)piece;
        z.avail_out = sizeof piece;
        rc = deflate(&z, Z_FINISH);
        buf_add(out, piece, sizeof piece - z.avail_out);
    } while (rc == Z_OK);
    assert_int_equal(rc, Z_STREAM_END);
    (void)deflateEnd(&z);
}

static void unpack_all(const char *inflater, struct span packed, size_t in, size_t out,
                       struct outcome *o)
{
    static char room[1 << 18];
    struct unpack *u;
    *o = (struct outcome){.text = BUF_INIT, .err = ERR_INIT};
    (void)setenv("MINNOW_INFLATE", inflater, 1);
    u = unpack_new(PACKED_GZIP, &o->err);
    assert_non_null(u);
    while (!unpack_over(u)) {
        struct span piece = span_make(packed.ptr, packed.len < in ? packed.len : in);
        size_t before = piece.len;
        int64_t got = unpack_some(u, &piece, before == packed.len, room,
                                  out < sizeof room ? out : sizeof room, &o->err);
        assert_true(got >= 0);
        if (!(got > 0 || piece.len == 0 || unpack_over(u)))
            fail_msg("%s in %zu out %zu left %zu text %zu before %zu", inflater, in, out, piece.len,
                     o->text.len, before);
        buf_add(&o->text, room, (size_t)got);
        packed = span_make(packed.ptr + (before - piece.len), packed.len - (before - piece.len));
    }
    (void)unpack_damage(u, &o->torn, &o->err);
    unpack_free(u);
    (void)unsetenv("MINNOW_INFLATE");
}

static void same(struct span packed, const struct outcome *want, const char *inflater, size_t in,
                 size_t out)
{
    struct outcome o;
    unpack_all(inflater, packed, in, out, &o);
    if (!span_eq(buf_span(&o.text), buf_span(&want->text)) || o.torn != want->torn ||
        strcmp(o.err.text, want->err.text) != 0)
        fail_msg("%s in %zu out %zu: %zu bytes '%s', not %zu '%s'", inflater, in, out, o.text.len,
                 o.err.text, want->text.len, want->err.text);
    buf_release(&o.text);
}

/* What zlib makes of it in one piece is what both make of it in any. */
static void same_by_both(struct span packed, struct outcome *want)
{
    static const size_t sizes[] = {1, 97, 4096, 65536};
    unpack_all("zlib", packed, SIZE_MAX, SIZE_MAX, want);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        same(packed, want, "zlib", sizes[i], SIZE_MAX);
        if (inflater_isal.open != NULL) {
            same(packed, want, "isal", sizes[i], SIZE_MAX);
            same(packed, want, "isal", SIZE_MAX, sizes[i]);
        }
    }
}

static const struct {
    int level, strategy;
} ways[] = {{6, Z_DEFAULT_STRATEGY},
            {1, Z_DEFAULT_STRATEGY},
            {9, Z_DEFAULT_STRATEGY},
            {0, Z_DEFAULT_STRATEGY},
            {6, Z_FIXED},
            {6, Z_HUFFMAN_ONLY},
            {6, Z_RLE}};

static void every_kind_of_block(void **state)
{
    struct buf text = make_text();
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct buf packed = BUF_INIT;
        struct outcome o;
        /* A short member, a long one, and one that ends as the window is full. */
        deflate_all(&packed, span_make(text.ptr, 100), ways[i].level, ways[i].strategy);
        deflate_all(&packed, buf_span(&text), ways[i].level, ways[i].strategy);
        deflate_all(&packed, span_make(text.ptr, 32768), ways[i].level, ways[i].strategy);
        same_by_both(buf_span(&packed), &o);
        assert_string_equal(o.err.text, "");
        assert_int_equal(o.text.len, 100 + text.len + 32768);
        assert_memory_equal(o.text.ptr + 100, text.ptr, text.len);
        buf_release(&o.text);
        buf_release(&packed);
    }
    buf_release(&text);
}

/* Every bit before the cut that makes text has made it. */
static void cut_anywhere(void **state)
{
    struct buf text = make_text();
    uint32_t r = 1;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct buf packed = BUF_INIT;
        deflate_all(&packed, buf_span(&text), ways[i].level, ways[i].strategy);
        for (int n = 0; n < 24; n++) {
            struct outcome want;
            struct span cut = span_make(packed.ptr, 3 + next_random(&r) % (packed.len - 3));
            unpack_all("zlib", cut, SIZE_MAX, SIZE_MAX, &want);
            assert_non_null(strstr(want.err.text, "cut short"));
            if (inflater_isal.open != NULL) {
                same(cut, &want, "isal", SIZE_MAX, SIZE_MAX);
                same(cut, &want, "isal", 1000, SIZE_MAX);
                same(cut, &want, "isal", SIZE_MAX, 1000);
            }
            buf_release(&want.text);
        }
        buf_release(&packed);
    }
    buf_release(&text);
}

/* A bit is wrong: both stop at the same byte, or see it at the end. */
static void damaged_anywhere(void **state)
{
    struct buf text = make_text();
    uint32_t r = 3;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct buf packed = BUF_INIT;
        deflate_all(&packed, buf_span(&text), ways[i].level, ways[i].strategy);
        for (int n = 0; n < 40; n++) {
            struct outcome want;
            size_t bit = 80 + next_random(&r) % (8 * (packed.len - 10));
            packed.ptr[bit / 8] = (char)(packed.ptr[bit / 8] ^ 1 << bit % 8);
            unpack_all("zlib", buf_span(&packed), SIZE_MAX, SIZE_MAX, &want);
            assert_string_not_equal(want.err.text, "");
            if (inflater_isal.open != NULL) {
                same(buf_span(&packed), &want, "isal", SIZE_MAX, SIZE_MAX);
                same(buf_span(&packed), &want, "isal", 1000, SIZE_MAX);
                same(buf_span(&packed), &want, "isal", SIZE_MAX, 1000);
            }
            buf_release(&want.text);
            packed.ptr[bit / 8] = (char)(packed.ptr[bit / 8] ^ 1 << bit % 8);
        }
        buf_release(&packed);
    }
    buf_release(&text);
}

static void the_choice(void **state)
{
    struct err err = ERR_INIT;
    (void)state;
    assert_ptr_equal(inflater_choose(&err),
                     inflater_isal.open != NULL ? &inflater_isal : &inflater_zlib);
    (void)setenv("MINNOW_INFLATE", "zlib", 1);
    assert_ptr_equal(inflater_choose(&err), &inflater_zlib);
    (void)setenv("MINNOW_INFLATE", "", 1);
    assert_non_null(inflater_choose(&err));
    assert_int_equal(err.code, ERR_OK);
    (void)setenv("MINNOW_INFLATE", "isal", 1);
    if (inflater_isal.open == NULL) {
        assert_null(inflater_choose(&err));
        assert_string_equal(err.text, "MINNOW_INFLATE=isal: built without ISA-L");
        err = (struct err)ERR_INIT;
    } else {
        assert_ptr_equal(inflater_choose(&err), &inflater_isal);
    }
    (void)setenv("MINNOW_INFLATE", "fast", 1);
    assert_null(inflater_choose(&err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_string_equal(err.text, "MINNOW_INFLATE=fast: not isal or zlib");
    err = (struct err)ERR_INIT;
    assert_null(unpack_new(PACKED_GZIP, &err));
    assert_int_equal(err.code, ERR_USAGE);
    (void)unsetenv("MINNOW_INFLATE");
}

static void short_memory(void **state)
{
    static const char *const names[] = {"zlib", "isal"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (i == 1 && inflater_isal.open == NULL)
            continue;
        (void)setenv("MINNOW_INFLATE", names[i], 1);
        for (uint64_t at = 1;; at++) {
            struct err err = ERR_INIT;
            struct unpack *u;
            mem_fail_at(at, false);
            u = unpack_new(PACKED_GZIP, &err);
            mem_fail_at(0, false);
            if (u != NULL) {
                unpack_free(u);
                assert_true(at >= 4); /* itself, the member, the library's state */
                break;
            }
            assert_int_equal(err.code, ERR_LIMIT);
        }
        (void)unsetenv("MINNOW_INFLATE");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_block), cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(damaged_anywhere),    cmocka_unit_test(the_choice),
        cmocka_unit_test(short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
