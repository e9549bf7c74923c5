/* A line that is typed: text, cursor, history. Pure: keys in, text out; drawing is app's.
 *
 * The text is bytes as they were typed or pasted, at most PROMPT_MAX_BYTES, without line ends
 * (pasted ones become blanks). The cursor stands between units of base/clean.h. */
#ifndef MINNOW_TUI_PROMPT_H
#define MINNOW_TUI_PROMPT_H

#include "core/base/buf.h"

#define PROMPT_MAX_BYTES  4096
#define PROMPT_HISTORY    50
#define PROMPT_LABEL_SIZE 160

struct history {
    char *line[PROMPT_HISTORY]; /* owned; newest last */
    size_t n;
};

struct prompt {
    struct buf text;
    size_t cursor;           /* byte */
    struct history *history; /* or NULL; borrowed */
    size_t browsing;         /* history entries back from the newest; 0 is the typed line */
    struct buf typed;        /* the typed line while browsing */
    bool yes_no;             /* y and n answer, everything else is ignored */
    char label[PROMPT_LABEL_SIZE];
};

enum prompt_event {
    PROMPT_GOING,    /* nothing to see */
    PROMPT_CHANGED,  /* draw again */
    PROMPT_ACCEPTED, /* Enter, or y */
    PROMPT_CANCELLED /* Esc, Ctrl-C, n, or Backspace in an empty line */
};

void prompt_init(struct prompt *p, const char *label, const char *initial, struct history *history);
void prompt_release(struct prompt *p);
enum prompt_event prompt_key(struct prompt *p, uint32_t key);

/* Pasted bytes: never accepts, never cancels. */
void prompt_paste(struct prompt *p, struct span bytes);

/* The line as accepted; the newest history entry unless empty or equal to it. */
struct span prompt_text(const struct prompt *p);

void history_add(struct history *h, struct span line);
void history_release(struct history *h);

#endif
