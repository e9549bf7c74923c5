/* A growing run of bytes with a sticky failure.
 *
 * Writers append without looking and ask once at the end: after a failed append (memory, or the
 * maximum would be passed) the buffer keeps what it had, and every later append does nothing. */
#ifndef MINNOW_BASE_BUF_H
#define MINNOW_BASE_BUF_H

#include "core/base/span.h"

struct buf {
    char *ptr; /* owned; NUL-terminated whenever not NULL */
    size_t len, cap;
    size_t max; /* most bytes it may hold; 0 is no limit */
    bool failed;
};

#define BUF_INIT                                                                                   \
    {                                                                                              \
        NULL, 0, 0, 0, false                                                                       \
    }

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);
void buf_clear(struct buf *b); /* keeps the memory, forgets bytes and failure */
void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_add_char(struct buf *b, char c);
void buf_add_text(struct buf *b, const char *text);
void buf_add_span(struct buf *b, struct span s);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The bytes as a span; borrowed until the next change. */
static inline struct span buf_span(const struct buf *b)
{
    return (struct span){b->ptr == NULL ? "" : b->ptr, b->len};
}

/* The text as a C string, never NULL; borrowed until the next change. */
static inline const char *buf_text(const struct buf *b)
{
    return b->ptr == NULL ? "" : b->ptr;
}

/* Hands the bytes over: the caller frees with mem_free; the buffer is empty again. NULL after a
 * failure (the buffer is then released). */
char *buf_take(struct buf *b) WARN_UNUSED;

#endif
