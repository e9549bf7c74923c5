/* gzip and zstd as they come: members and frames, pieces of any size, cuts, flipped bits, what is
 * behind the end, and what is refused. */
#include "tests/unit/pack.h"

#include "core/io/unpack.h"

#define SKIPPABLE "\x53\x2a\x4d\x18\x05\0\0\0hello"

static const char text[] = "1.5\t10.0.0.1\tone\n2.5\t10.0.0.2\ttwo\n2.5\t10.0.0.2\ttwo\nlast";

struct outcome {
    char out[4096];
    size_t len;
    bool damaged, torn;
    struct err err;
};

/* Unpacks with pieces of at most `in` and `out` bytes. */
static void unpack_all(struct span packed, size_t in, size_t out, struct outcome *o)
{
    struct err err = ERR_INIT;
    struct unpack *u = unpack_new(packing_of(packed), &err);
    size_t given = 0;
    assert_non_null(u);
    *o = (struct outcome){.err = ERR_INIT};
    for (;;) {
        size_t more = packed.len - given < in ? packed.len - given : in;
        struct span piece = span_make(packed.ptr + given, more);
        int64_t got =
            unpack_some(u, &piece, given + more == packed.len, o->out + o->len,
                        sizeof o->out - o->len < out ? sizeof o->out - o->len : out, &err);
        assert_true(got >= 0 && (size_t)got <= out);
        given += more - piece.len;
        o->len += (size_t)got;
        if (unpack_over(u))
            break;
        assert_true(got > 0 || piece.len == 0);
        assert_true(got > 0 || given < packed.len);
    }
    o->damaged = unpack_damage(u, &o->torn, &o->err);
    assert_true(o->damaged == (o->err.code == ERR_DATA));
    unpack_free(u);
}

/* NULL: the best there is. */
static void use_inflater(const char *name)
{
    if (name == NULL)
        (void)unsetenv("MINNOW_INFLATE");
    else
        (void)setenv("MINNOW_INFLATE", name, 1);
}

/* The same for all sizes of pieces, whichever library reads gzip. */
static void same_in_pieces(struct span packed, struct outcome *want)
{
    static const size_t sizes[] = {1, 2, 3, 7, 100, 4096};
    struct outcome o;
    use_inflater("zlib");
    unpack_all(packed, SIZE_MAX, SIZE_MAX, want);
    use_inflater(NULL);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        for (int side = 0; side < 2; side++) {
            unpack_all(packed, side == 0 ? sizes[i] : SIZE_MAX, side == 1 ? sizes[i] : SIZE_MAX,
                       &o);
            assert_int_equal(o.len, want->len);
            assert_memory_equal(o.out, want->out, o.len);
            assert_int_equal(o.damaged, want->damaged);
            assert_int_equal(o.torn, want->torn);
            assert_string_equal(o.err.text, want->err.text);
        }
    }
}

static void gives(const struct buf *packed, const char *want)
{
    struct outcome o;
    same_in_pieces(buf_span(packed), &o);
    if (o.damaged)
        fail_msg("%s", o.err.text);
    assert_int_equal(o.len, strlen(want));
    assert_memory_equal(o.out, want, o.len);
}

static void fails(const struct buf *packed, const char *want, bool torn, const char *part)
{
    struct outcome o;
    same_in_pieces(buf_span(packed), &o);
    assert_true(o.damaged);
    assert_int_equal(o.torn, torn);
    assert_int_equal(o.len, strlen(want));
    assert_memory_equal(o.out, want, o.len);
    if (strstr(o.err.text, part) == NULL)
        fail_msg("%s: %s", part, o.err.text);
}

static void add(struct buf *out, enum packing kind, const char *bytes)
{
    if (kind == PACKED_GZIP)
        add_gzip(out, bytes, strlen(bytes));
    else
        add_zstd(out, bytes, strlen(bytes), 0);
}

static void what_is_packed(void **state)
{
    (void)state;
    assert_int_equal(packing_of(span_make("\x1f\x8b\x08\0", 4)), PACKED_GZIP);
    assert_int_equal(packing_of(span_make("\x1f\x8b", 2)), PACKED_GZIP);
    assert_int_equal(packing_of(span_make("\x28\xb5\x2f\xfd", 4)), PACKED_ZSTD);
    assert_int_equal(packing_of(span_make(SKIPPABLE, 4)), PACKED_ZSTD);
    assert_int_equal(packing_of(span_make("\x28\xb5\x2f", 3)), PACKED_NOT);
    assert_int_equal(packing_of(span_make("\x28\xb5\x2f\xfe", 4)), PACKED_NOT);
    assert_int_equal(packing_of(span_make("\x1f", 1)), PACKED_NOT);
    assert_int_equal(packing_of(span_make("#sep", 4)), PACKED_NOT);
    assert_int_equal(packing_of(span_make("", 0)), PACKED_NOT);
}

static void members_and_frames(void **state)
{
    static const enum packing kinds[] = {PACKED_GZIP, PACKED_ZSTD};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct buf b = BUF_INIT;
        add(&b, kinds[i], "");
        gives(&b, "");
        add(&b, kinds[i], text);
        gives(&b, text);
        buf_clear(&b);
        add(&b, kinds[i], "a\n");
        add(&b, kinds[i], "");
        add(&b, kinds[i], "b");
        add(&b, kinds[i], "c\n");
        add(&b, kinds[i], "");
        gives(&b, "a\nbc\n");
        buf_add(&b, "\0\0\0\0\0", 5); /* as a tape's last block */
        gives(&b, "a\nbc\n");
        buf_release(&b);
    }
}

static void skippable_frames(void **state)
{
    struct buf b = BUF_INIT;
    (void)state;
    buf_add(&b, SKIPPABLE, 13);
    gives(&b, "");
    add(&b, PACKED_ZSTD, "x\n");
    buf_add(&b, SKIPPABLE, 13);
    add(&b, PACKED_ZSTD, "y\n");
    buf_add(&b, SKIPPABLE, 13);
    gives(&b, "x\ny\n");
    buf_release(&b);
}

/* A header with all that it may have: extra field, name, comment and checksum. */
static void a_gzip_header_with_everything(void **state)
{
    struct buf plain = BUF_INIT, b = BUF_INIT;
    uLong sum;
    (void)state;
    add_gzip(&plain, text, strlen(text));
    buf_add(&b, "\x1f\x8b\x08\x1e\0\0\0\0\0\3\4\0abcdconn.log\0a comment", 35);
    sum = crc32(0, (const Bytef *)b.ptr, (uInt)b.len);
    buf_add_char(&b, (char)(sum & 0xff));
    buf_add_char(&b, (char)(sum >> 8 & 0xff));
    buf_add(&b, plain.ptr + 10, plain.len - 10);
    gives(&b, text);
    buf_release(&b);
    buf_release(&plain);
}

/* What a header may not say, and a checksum of its own that is wrong. */
static void headers_that_are_none(void **state)
{
    static const struct {
        const char *head;
        size_t n;
    } heads[] = {
        {"\x1f\x8b\x00\0\0\0\0\0\0\3", 10},             /* no method */
        {"\x1f\x8b\x08\x20\0\0\0\0\0\3", 10},           /* a flag that there is not */
        {"\x1f\x8b\x08\x80\0\0\0\0\0\3", 10},           /* another */
        {"\x1f\x8b\x08\x02\0\0\0\0\0\3\0\0", 12},       /* its checksum */
        {"\x1f\x8b\x08\x0a\0\0\0\0\0\3x\0\x01\0", 14},  /* the same behind a name */
        {"\x1f\x8b\x08\x06\0\0\0\0\0\3\0\0\x01\0", 14}, /* behind an extra field of no bytes */
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        struct buf plain = BUF_INIT, b = BUF_INIT;
        add_gzip(&plain, text, strlen(text));
        buf_add(&b, heads[i].head, heads[i].n);
        buf_add(&b, plain.ptr + 10, plain.len - 10);
        fails(&b, "", true, "the gzip data is damaged: only what comes before was read");
        buf_release(&b);
        buf_release(&plain);
    }
}

/* Cut anywhere: the text is a beginning of the whole, and the cut is told unless it lies between
 * members. */
static void cut_at_every_byte(void **state)
{
    (void)state;
    for (enum packing kind = PACKED_GZIP; kind <= PACKED_ZSTD; kind++) {
        struct buf b = BUF_INIT;
        size_t border;
        add(&b, kind, text);
        border = b.len;
        add(&b, kind, text);
        for (size_t n = kind == PACKED_GZIP ? 2 : 4; n < b.len; n++) {
            struct outcome o;
            same_in_pieces(span_make(b.ptr, n), &o);
            assert_true(o.damaged == (n != border));
            assert_true(o.len <= 2 * strlen(text));
            assert_true(n < border || o.len >= strlen(text));
            for (size_t i = 0; i < o.len; i++)
                assert_int_equal(o.out[i], text[i % strlen(text)]);
            if (o.damaged && strstr(o.err.text, "is cut short") == NULL)
                fail_msg("%zu: %s", n, o.err.text);
        }
        buf_release(&b);
    }
}

/* A flipped bit is noticed, or it changes nothing (as in gzip's time stamp). */
static void flipped_bits(void **state)
{
    (void)state;
    for (enum packing kind = PACKED_GZIP; kind <= PACKED_ZSTD; kind++) {
        struct buf b = BUF_INIT;
        add(&b, kind, text);
        for (size_t bit = kind == PACKED_GZIP ? 16 : 32; bit < 8 * b.len; bit++) {
            struct outcome o;
            b.ptr[bit / 8] = (char)(b.ptr[bit / 8] ^ 1 << bit % 8);
            same_in_pieces(buf_span(&b), &o);
            if (!o.damaged) {
                assert_int_equal(o.len, strlen(text));
                assert_memory_equal(o.out, text, o.len);
            }
            b.ptr[bit / 8] = (char)(b.ptr[bit / 8] ^ 1 << bit % 8);
        }
        buf_release(&b);
    }
}

static void wrong_checksums(void **state)
{
    (void)state;
    for (enum packing kind = PACKED_GZIP; kind <= PACKED_ZSTD; kind++) {
        struct buf b = BUF_INIT;
        add(&b, kind, text);
        b.ptr[b.len - (kind == PACKED_GZIP ? 7 : 2)] ^= 1;
        fails(&b, text, false, "a checksum differs");
        if (kind == PACKED_GZIP) { /* the length */
            b.ptr[b.len - 7] ^= 1;
            b.ptr[b.len - 1] ^= 1;
            fails(&b, text, false, "a checksum differs");
        }
        buf_release(&b);
    }
}

static void something_behind_the_end(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *says;
    } ends[] = {
        {"x", 1, "something else follows"},
        {"\0\0\x1f", 3, "something else follows"},
        {"\0\0\x28", 3, "something else follows"},
        {"\x1f\x8c", 2, "something else follows"},
        {"\x28\xb5\x2f\0", 4, "something else follows"},
        {"garbage\n", 8, "something else follows"},
    };
    (void)state;
    for (enum packing kind = PACKED_GZIP; kind <= PACKED_ZSTD; kind++) {
        for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
            struct buf b = BUF_INIT;
            add(&b, kind, text);
            buf_add(&b, ends[i].bytes, ends[i].n);
            fails(&b, text, false, ends[i].says);
            buf_release(&b);
        }
    }
}

/* The blocks before a damaged one are text, whatever the library forgets. */
static void blocks_before_the_damage(void **state)
{
    struct buf b = BUF_INIT;
    (void)state;
    buf_add(&b, "\x28\xb5\x2f\xfd\x00\x58", 6); /* a window of 2 MiB, no size, no checksum */
    buf_add(&b, "\x10\0\0a\n", 5);              /* a block of two bytes as they are */
    buf_add(&b, "\x10\0\0b\n", 5);
    buf_add(&b, "\x1a\0\0c", 4); /* one byte three times */
    buf_add(&b, "\x06\0\0", 3);  /* a kind of block that there is not */
    fails(&b, "a\nb\nccc", true, "zstd data is damaged");
    buf_release(&b);
}

static void refused(void **state)
{
    struct buf b = BUF_INIT;
    (void)state;
    add_zstd(&b, text, strlen(text), 27);
    gives(&b, text);
    buf_clear(&b);
    add_zstd(&b, text, strlen(text), 28);
    fails(&b, "", true, "window is larger than 128 MiB: zstdcat --long=31 FILE | minnow -");
    buf_clear(&b);
    buf_add(&b, "\x28\xb5\x2f\xfd\x21\x07\x02\x11\0\0a\n", 12);
    fails(&b, "", true, "needs a dictionary");
    buf_clear(&b);
    buf_add(&b, "\x1f\x8b\x07\0\0\0\0\0\0\0\0\0", 12);
    fails(&b, "", true, "gzip data is damaged");
    buf_release(&b);
}

static void short_memory(void **state)
{
    (void)state;
    for (enum packing kind = PACKED_GZIP; kind <= PACKED_ZSTD; kind++) {
        struct err err = ERR_INIT;
        mem_fail_at(1, true);
        assert_null(unpack_new(kind, &err));
        mem_fail_at(0, false);
        assert_int_equal(err.code, ERR_LIMIT);
    }
    unpack_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_packed),
        cmocka_unit_test(members_and_frames),
        cmocka_unit_test(skippable_frames),
        cmocka_unit_test(a_gzip_header_with_everything),
        cmocka_unit_test(headers_that_are_none),
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(flipped_bits),
        cmocka_unit_test(wrong_checksums),
        cmocka_unit_test(something_behind_the_end),
        cmocka_unit_test(blocks_before_the_damage),
        cmocka_unit_test(refused),
        cmocka_unit_test(short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
