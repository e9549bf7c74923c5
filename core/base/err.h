/* One error, told in a sentence.
 *
 * A function that can fail takes a `struct err *` (never NULL) as its last parameter, returns 0 or
 * -1 (or a pointer or NULL) and leaves the error untouched on success, so calls chain with `||`.
 * The text says what, where, and what to do. It may hold bytes of a file name or a log: whoever
 * prints or draws it sends it through base/clean.h. No heap inside: an error can be copied and
 * dropped freely. */
#ifndef MINNOW_BASE_ERR_H
#define MINNOW_BASE_ERR_H

#include "core/base/attr.h"

enum err_code {
    ERR_OK = 0,
    ERR_USAGE,     /* options, recipes, themes, expressions: exit status 2 */
    ERR_DATA,      /* no usable row, or an input that minnow refuses: 3 */
    ERR_IO,        /* cannot read or write: 4 */
    ERR_LIMIT,     /* memory or a limit of the program: 5 */
    ERR_CANCELLED, /* the user stopped it; not a failure on screen */
};

struct err {
    enum err_code code;
    uint64_t line;   /* 1-based line in a file, 0 when there is none */
    uint32_t column; /* 1-based byte column in an expression or line, 0 when there is none */
    char text[280];  /* one sentence, NUL-terminated, cut at a byte when too long */
};

#define ERR_INIT                                                                                   \
    {                                                                                              \
        ERR_OK, 0, 0, ""                                                                           \
    }

/* Fills the error and returns -1, so that `return err_set(...)` reads well. Keeps line and column
 * 0. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The same for a place in a file: the text becomes `path:line: sentence`. */
int err_at(struct err *err, enum err_code code, const char *path, uint64_t line, const char *fmt,
           ...) PRINTF_LIKE(5, 6);

/* Says what an error is about: `what: sentence`. Code, line and column stay. Returns -1. */
int err_about(struct err *err, const char *what);

/* The sentence for an allocation that failed. Returns -1. `what` reads like "the row index". */
int err_memory(struct err *err, const char *what);

/* The sentence for a failed system call, with strerror of errno: `path: what: reason`. Returns -1.
 */
int err_errno(struct err *err, const char *path, const char *what);

/* The program's exit status for an error: 0, 2, 3, 4, 5; 130 for a cancelled job. */
int err_exit_status(const struct err *err);

/* A broken invariant: writes the place to standard error and aborts. The screen's ABRT handler
 * restores the terminal first. */
void bug_at(const char *file, int line, const char *what) NORETURN;
#define BUG(what) bug_at(__FILE__, __LINE__, what)
#define BUG_IF(cond)                                                                               \
    do {                                                                                           \
        if (cond)                                                                                  \
            BUG(#cond);                                                                            \
    } while (0)

#endif
