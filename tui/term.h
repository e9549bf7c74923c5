/* The terminal: the only file that starts, stops, resizes and reads curses.
 *
 * The terminal is /dev/tty, opened twice: for input, polled and not blocking, and for output. The
 * file descriptors 0, 1 and 2 stay as they are, so a log can come in by a pipe. Whatever ends the
 * program, the terminal is restored: term_close in the orderly case, signal handlers for SEGV, BUS,
 * ILL, FPE, ABRT and QUIT.
 *
 * This is the one header that includes curses. Its names for capabilities (lines, columns, bell)
 * are macros: no variable of a file that includes it may have such a name. */
#ifndef MINNOW_TUI_TERM_H
#define MINNOW_TUI_TERM_H

/* term.h needs curses.h before it. */
/* clang-format off */
#include <curses.h>
#include <term.h>
/* clang-format on */
#include <termios.h>

#include "core/base/err.h"
#include "core/base/notices.h"
#include "core/base/span.h"

#define TERM_MAX_ROWS 500
#define TERM_MAX_COLS 1000

/* What the mouse did. */
struct term_mouse {
    int row, col; /* from 0; may lie outside of the window */
    int wheel;    /* -1 up, 1 down; 0: the left button was pressed */
};

enum term_report { REPORT_NONE, REPORT_SGR, REPORT_X10 };

struct terminal {
    int fd_in, fd_out; /* owned; -1 when closed */
    FILE *in, *out;    /* owned; over the descriptors */
    SCREEN *screen;
    WINDOW *keys;         /* a pad that is read from: reading it never draws */
    struct termios shell; /* the modes before minnow */
    bool open;
    char typed[4]; /* a UTF-8 character so far */
    size_t n_typed;
    bool takes_mouse;
    struct term_mouse mouse; /* after KEYS_MOUSE */
    enum term_report report; /* of the mouse, that has begun */
    char reported[32];       /* what of it came so far */
    size_t n_reported;
    int escaped;         /* characters of a report's beginning that came as keys: ESC, [ */
    uint64_t escaped_ms; /* when */
};

enum term_start {
    TERM_STARTED,
    TERM_NO_SCREEN, /* no terminal, or one that cannot place text: the sentence is in err */
};

/* Starts the screen; with `mouse` the terminal is asked to report clicks and the wheel. An unknown or unset TERM is taken for xterm-256color, with a notice. */
enum term_start term_open(struct terminal *t, bool mouse, struct notices *notices, struct err *err);

/* Restores the terminal and closes it. Fine when not open. */
void term_close(struct terminal *t);

/* For term_open: keys that terminals send whatever their description says, and the beginnings of
 * reports. keys_curses.c. */
void term_define_keys(void);

/* Readable when a key is there. */
int term_fd(const struct terminal *t);

/* The next key (see keys.h), if one is there; KEYS_MOUSE for what `mouse` then says. Never blocks longer than the escape delay. */
bool term_key(struct terminal *t, uint32_t *key);

/* After a term_key that had nothing: whether the terminal is gone for good. */
bool term_gone(const struct terminal *t);

/* Whether there is input that term_key does not get: it belongs to another process now. */
bool term_readable(const struct terminal *t);

/* Takes over the window's present size, within 1x1 and the maximum. */
void term_resize(struct terminal *t);

/* Sends the screen's changes; the cursor shows at (row, col), or is hidden when row is negative. */
void term_show(struct terminal *t, int row, int col);

/* Sends bytes that move nothing and draw nothing, between two drawings. */
void term_send(struct terminal *t, struct span bytes);

/* The next term_show draws everything. */
void term_redraw(struct terminal *t);

/* Gives the terminal back, stops the whole job, and takes the terminal again when it goes on. False
 * when no shell is there that could wake it: minnow is the terminal's first process. */
bool term_suspend(struct terminal *t);

/* After SIGCONT: the shell may have changed the modes. */
void term_resume(struct terminal *t);

#endif
