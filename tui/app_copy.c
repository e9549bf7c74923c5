/* Copying for the views: one way in, the right way out, and what was done is said. */
#include "tui/app_own.h"

#include "core/base/clean.h"
#include "core/base/number.h"
#include "tui/clip.h"

/* A line end inside would run what stands before it; a tab only parts a row's fields. */
static void add_line(struct buf *out, struct span text)
{
    for (size_t from = 0, i = 0; i <= text.len; i++) {
        if (i < text.len && text.ptr[i] != '\t')
            continue;
        clean_add(out, span_make(text.ptr + from, i - from));
        if (i < text.len)
            buf_add_char(out, '\t');
        from = i + 1;
    }
}

void app_copy(struct app *app, struct span text, const char *what)
{
    app_copy_lines(app, &text, 1, what);
}

void app_copy_lines(struct app *app, const struct span *text, size_t n, const char *what)
{
    struct buf plain = BUF_INIT, sequence = BUF_INIT;
    enum clip_way way = clip_way(getenv("TMUX"), getenv("STY"), getenv("TERM"));
    struct err err = ERR_INIT;
    char number[32];
    for (size_t i = 0; i < n; i++) {
        add_line(&plain, text[i]);
        if (i + 1 < n)
            buf_add_char(&plain, '\n');
    }
    if (plain.failed) {
        (void)err_memory(&err, "the copy");
    } else if (plain.len > CLIP_MAX_BYTES) {
        (void)err_set(&err, ERR_LIMIT,
                      "not copied: %s bytes are too much for a terminal; e writes a file",
                      number_grouped(plain.len, number, sizeof number));
    } else if (way == CLIP_NO_WAY) {
        (void)err_set(&err, ERR_IO, "not copied: this terminal has no way to take it");
    } else if (way == CLIP_BY_TMUX) {
        (void)!clip_to_tmux(buf_span(&plain), &err);
    } else {
        clip_sequence(&sequence, buf_span(&plain), way);
        if (sequence.failed)
            (void)err_memory(&err, "the copy");
        else
            app_send(app, buf_span(&sequence));
    }
    if (err.code != ERR_OK)
        app_fail(app, &err);
    else
        app_say(app, "copied %s (%s): %.*s", what,
                way == CLIP_BY_TMUX ? "tmux buffer" : "asked the terminal by OSC 52",
                plain.len > 200 ? 200 : (int)plain.len, buf_text(&plain));
    buf_release(&plain);
    buf_release(&sequence);
}
