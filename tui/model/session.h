/* Where a log was left, as lines of a key and a value: what views keep of themselves, and the text of
 * the file that it stands in. Pure: no screen, no disk.
 *
 * The text, one pair a line, begins with `minnow-session = 1`. Values may hold any bytes but NUL: what
 * a terminal or a line would take for more than a letter is written as \xHH. Keys are of small
 * letters, digits, dots and hyphens, and may stand there again. The order of lines matters: a line
 * `view = NAME` begins a part, which the lines up to the next one belong to. */
#ifndef MINNOW_TUI_MODEL_SESSION_H
#define MINNOW_TUI_MODEL_SESSION_H

#include "core/base/buf.h"
#include "core/base/err.h"

#define SESSION_MAX_BYTES ((size_t)256 << 10)
#define SESSION_MAX_LINES 2000
#define SESSION_MAX_KEY   24

struct session_line {
    char key[SESSION_MAX_KEY];
    char *value; /* owned; NUL-terminated */
    size_t len;
};

struct session {
    struct session_line *line; /* n, owned */
    size_t n, cap;
    bool failed; /* something did not fit: sticky */
};

void session_release(struct session *s);

/* Appends a line. A value with NUL bytes, or one line too many, sets `failed`. */
void session_add(struct session *s, const char *key, struct span value);
void session_printf(struct session *s, const char *key, const char *fmt, ...) PRINTF_LIKE(3, 4);
void session_join(struct session *s, const struct session *more);

/* A run of lines: the whole, what stands before the first view, or one view's. */
struct session_part {
    const struct session *of;
    size_t first, n;
};
struct session_part session_whole(const struct session *s);
struct session_part session_head(const struct session *s);

/* The part behind another one (or behind the head); false at the end. */
bool session_next(struct session_part *part);

/* The value of the first line with the key; false when there is none. Borrowed. */
bool session_value(struct session_part part, const char *key, struct span *value);
bool session_is(struct session_part part, const char *key, const char *value);

/* A number of decimal digits; false for anything else, or above `most`. */
bool session_number(struct session_part part, const char *key, uint64_t most, uint64_t *out);

void session_write(const struct session *s, struct buf *out);

/* Errors: ERR_USAGE `path:line: sentence`, ERR_LIMIT; *s is then empty. */
int session_parse(struct session *s, const char *path, struct span text,
                  struct err *err) WARN_UNUSED;

#endif
