/* The ways of a copy, and the bytes of the sequence. */
#include "tui/clip.h"

#include "tests/unit/unit.h"

static void test_ways(void **state)
{
    static const struct {
        const char *tmux, *sty, *term;
        enum clip_way way;
    } row[] = {
        {NULL, NULL, "xterm-256color", CLIP_BY_OSC52},
        {NULL, NULL, NULL, CLIP_BY_OSC52},
        {"", "", "xterm", CLIP_BY_OSC52},
        {"/tmp/tmux-0/default,1,0", NULL, "tmux-256color", CLIP_BY_TMUX},
        {"/tmp/tmux-0/default,1,0", "1.pts", "linux", CLIP_BY_TMUX},
        {NULL, "1.pts", "screen", CLIP_BY_OSC52_IN_SCREEN},
        {NULL, NULL, "linux", CLIP_NO_WAY},
        {NULL, NULL, "vt100", CLIP_NO_WAY},
        {NULL, "1.pts", "vt220", CLIP_NO_WAY},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++)
        assert_int_equal(clip_way(row[i].tmux, row[i].sty, row[i].term), row[i].way);
}

/* The base64 of RFC 4648, section 10, and bytes of all values. */
static void test_sequence(void **state)
{
    static const struct {
        const char *text, *coded;
        size_t len;
    } row[] = {
        {"", "", 0},
        {"f", "Zg==", 1},
        {"fo", "Zm8=", 2},
        {"foo", "Zm9v", 3},
        {"foob", "Zm9vYg==", 4},
        {"fooba", "Zm9vYmE=", 5},
        {"foobar", "Zm9vYmFy", 6},
        {"\xff\xfe\x00\x7f", "//4Afw==", 4},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct buf out = BUF_INIT, want = BUF_INIT;
        clip_sequence(&out, span_make(row[i].text, row[i].len), CLIP_BY_OSC52);
        buf_printf(&want, "\033]52;c;%s\a", row[i].coded);
        assert_string_equal(buf_text(&out), buf_text(&want));
        buf_clear(&out);
        buf_clear(&want);
        clip_sequence(&out, span_make(row[i].text, row[i].len), CLIP_BY_OSC52_IN_SCREEN);
        buf_printf(&want, "\033P\033]52;c;%s\a\033\\", row[i].coded);
        assert_string_equal(buf_text(&out), buf_text(&want));
        buf_release(&out);
        buf_release(&want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_sequence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
