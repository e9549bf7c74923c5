/* Growing buffer; see buf.h. */
#include "core/base/buf.h"

#include <stdarg.h>

#include "core/base/mem.h"

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void buf_release(struct buf *b)
{
    mem_free(b->ptr);
    *b = (struct buf){.max = b->max};
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->ptr != NULL)
        b->ptr[0] = '\0';
}

/* Makes room for n more bytes and the NUL. */
static bool room(struct buf *b, size_t n)
{
    size_t want;
    if (b->failed)
        return false;
    if (__builtin_add_overflow(b->len, n, &want) || want == SIZE_MAX ||
        (b->max != 0 && want > b->max)) {
        b->failed = true;
        return false;
    }
    if (want + 1 > b->cap) {
        void *p = b->ptr;
        if (mem_grow(&p, &b->cap, want + 1, 1) != 0) {
            b->failed = true;
            return false;
        }
        b->ptr = p;
    }
    return true;
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
    if (!room(b, n))
        return;
    if (n > 0)
        memcpy(b->ptr + b->len, bytes, n);
    b->len += n;
    b->ptr[b->len] = '\0';
}

void buf_add_char(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_add_text(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void buf_add_span(struct buf *b, struct span s)
{
    buf_add(b, s.ptr, s.len);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list args;
    int n;
    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0) {
        b->failed = true;
        return;
    }
    if (!room(b, (size_t)n))
        return;
    va_start(args, fmt);
    (void)vsnprintf(b->ptr + b->len, (size_t)n + 1, fmt, args);
    va_end(args);
    b->len += (size_t)n;
}

char *buf_take(struct buf *b)
{
    char *p = b->ptr;
    if (b->failed) {
        buf_release(b);
        return NULL;
    }
    if (p == NULL)
        p = mem_copy("", 0);
    *b = (struct buf){.max = b->max};
    return p;
}
