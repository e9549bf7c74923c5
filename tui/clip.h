/* Ways of a text out of the screen into the paste buffer of whoever sits in front of it.
 *
 * Inside tmux the text goes to tmux, which hands it on to the terminal outside (load-buffer -w); else
 * to the terminal by an OSC 52 sequence, which also goes through ssh. What is copied is cleaned
 * first (base/clean.h): bytes of a log never act where they are pasted. */
#ifndef MINNOW_TUI_CLIP_H
#define MINNOW_TUI_CLIP_H

#include "core/base/buf.h"
#include "core/base/err.h"

/* More than this is not copied: terminals cut or drop longer sequences. */
#define CLIP_MAX_BYTES ((size_t)48 << 10)

enum clip_way {
    CLIP_BY_TMUX,
    CLIP_BY_OSC52,
    CLIP_BY_OSC52_IN_SCREEN, /* wrapped, so that GNU screen passes it on */
    CLIP_NO_WAY,             /* a terminal that would show the sequence or nothing */
};

/* The way for the variables TMUX, STY and TERM; each may be NULL. */
enum clip_way clip_way(const char *tmux, const char *sty, const char *term);

/* Appends the sequence for one of the OSC 52 ways. */
void clip_sequence(struct buf *out, struct span text, enum clip_way way);

/* Hands the text to tmux. Does not wait for it to end. Errors: ERR_IO when tmux cannot be started or
 * does not take the text. */
int clip_to_tmux(struct span text, struct err *err) WARN_UNUSED;

#endif
