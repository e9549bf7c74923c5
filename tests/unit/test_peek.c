/* peek.h: the beginning of a text, packed or not. */
#include "tests/unit/load_fixture.h"
#include "tests/unit/pack.h"

#include <sys/stat.h>

#include "core/base/mem.h"
#include "core/io/peek.h"

#define ROOM 70000

static void is_pattern(const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != (char)('a' + i % 26))
            fail_msg("byte %zu", i);
}

static void fill(struct buf *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_add_char(b, (char)('a' + i % 26));
}

static void add_packed(struct buf *out, const char *bytes, size_t n, bool zstd)
{
    if (zstd)
        add_zstd(out, bytes, n, 0);
    else
        add_gzip(out, bytes, n);
}

static void any_length_in_any_form(void **state)
{
    static const size_t lengths[] = {0,     1,     3,     4,     100,   32767,
                                     32768, 32769, 65536, 69999, 70000, 200000};
    static const size_t rooms[] = {1, 100, 32768, 65536, ROOM};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        for (int form = 0; form < 3; form++) {
            struct buf text = BUF_INIT, packed = BUF_INIT;
            const char *path;
            fill(&text, lengths[i]);
            if (form > 0)
                add_packed(&packed, buf_text(&text), text.len, form == 2);
            path = put_bytes("x", form == 0 ? buf_text(&text) : packed.ptr,
                             form == 0 ? text.len : packed.len);
            for (size_t r = 0; r < ARRAY_LEN(rooms); r++) {
                char out[ROOM];
                bool whole = false;
                struct err err = ERR_INIT;
                size_t want = lengths[i] < rooms[r] ? lengths[i] : rooms[r];
                int64_t got = peek_text(path, out, rooms[r], &whole, &err);
                if (got < 0)
                    fail_msg("%s", err.text);
                assert_int_equal(got, want);
                is_pattern(out, want);
                if (lengths[i] > rooms[r])
                    assert_false(whole);
                if (lengths[i] < rooms[r])
                    assert_true(whole);
            }
            buf_release(&text);
            buf_release(&packed);
        }
    }
}

static void what_gives_no_text(void **state)
{
    static const char bad[] = "\x1f\x8b"
                              "garbage garbage";
    struct buf text = BUF_INIT, packed = BUF_INIT;
    char out[ROOM];
    bool whole;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(peek_text(in_dir("missing"), out, ROOM, &whole, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
    assert_int_equal(peek_text(in_dir("fifo"), out, ROOM, &whole, &err), -1); /* and returns */
    assert_non_null(strstr(err.text, "no longer a file"));
    assert_int_equal(peek_text("/dev/zero", out, ROOM, &whole, &err), -1);
    assert_int_equal(peek_text(put_bytes("bad", bad, sizeof bad), out, ROOM, &whole, &err), -1);
    assert_int_equal(err.code, ERR_DATA);
    /* Damage behind some text ends it. */
    fill(&text, 60000);
    add_packed(&packed, text.ptr, text.len, false);
    buf_add(&packed, bad, sizeof bad);
    err = (struct err)ERR_INIT;
    assert_int_equal(peek_text(put_bytes("tail", packed.ptr, packed.len), out, ROOM, &whole, &err),
                     60000);
    assert_true(whole);
    for (uint64_t n = 1; n <= 2; n++) {
        mem_fail_at(n, true);
        assert_int_equal(peek_text(in_dir("tail"), out, ROOM, &whole, &err), -1);
        assert_int_equal(err.code, ERR_LIMIT);
    }
    mem_fail_at(0, false);
    buf_release(&text);
    buf_release(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_length_in_any_form, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_gives_no_text, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
