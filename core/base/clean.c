/* The cleaner of untrusted text; see clean.h. */
#include "core/base/clean.h"

#include <wchar.h>

#include "core/base/utf8.h"

#define MOST_MARKS 4

static bool show_utf8;

void clean_set_utf8(bool utf8)
{
    show_utf8 = utf8;
}

bool clean_utf8(void)
{
    return show_utf8;
}

/* Characters that take no room of their own and change what stands around them. */
static const struct {
    uint32_t first, last;
} invisible[] = {
    {0x00ad, 0x00ad},   {0x034f, 0x034f},   {0x061c, 0x061c}, {0x115f, 0x1160}, {0x17b4, 0x17b5},
    {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
    {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0}, {0xfff9, 0xfffb}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

static bool is_invisible(uint32_t c)
{
    for (size_t i = 0; i < ARRAY_LEN(invisible); i++) {
        if (c >= invisible[i].first && c <= invisible[i].last)
            return true;
    }
    return false;
}

static void escape(struct clean_unit *u, size_t taken, const char *fmt, uint32_t value)
{
    int n = snprintf(u->text, sizeof u->text, fmt, value);
    u->len = u->cols = (uint8_t)n;
    u->escaped = true;
    u->taken = taken;
}

/* Columns of a character as the terminal counts them; -1 when it must not be sent. */
static int columns(uint32_t c)
{
    if (!show_utf8 || c < 0xa0 || is_invisible(c))
        return -1;
    return wcwidth((wchar_t)c);
}

/* Takes the combining marks that stand on the character in u. */
static void take_marks(struct clean_unit *u, struct span in)
{
    for (int marks = 0; marks < MOST_MARKS && u->taken < in.len; marks++) {
        uint32_t c;
        size_t n = utf8_decode(span_make(in.ptr + u->taken, in.len - u->taken), &c);
        if (n < 2 || columns(c) != 0)
            return;
        memcpy(u->text + u->len, in.ptr + u->taken, n);
        u->len = (uint8_t)(u->len + n);
        u->taken += n;
    }
}

bool clean_next(struct span in, struct clean_unit *u)
{
    uint32_t c = 0;
    size_t n;
    int cols;
    if (in.len == 0)
        return false;
    *u = (struct clean_unit){.taken = 1};
    n = utf8_decode(in, &c);
    if (n == 0) {
        escape(u, 1, "\\x%02x", (unsigned char)in.ptr[0]);
        return true;
    }
    if (c < 0x20 || c == 0x7f) {
        escape(u, 1, "\\x%02x", c);
        return true;
    }
    cols = n == 1 ? 1 : columns(c);
    if (cols <= 0) {
        escape(u, n, "<U+%04X>", c);
        return true;
    }
    memcpy(u->text, in.ptr, n);
    u->len = (uint8_t)n;
    u->cols = (uint8_t)cols;
    u->taken = n;
    if (show_utf8)
        take_marks(u, in);
    u->text[u->len] = '\0';
    return true;
}

size_t clean_plain(struct span in)
{
    size_t n = 0;
    while (n < in.len && in.ptr[n] >= ' ' && in.ptr[n] < 0x7f)
        n++;
    return n > 0 && n < in.len && (unsigned char)in.ptr[n] >= 0x80 ? n - 1 : n;
}

void clean_add(struct buf *out, struct span in)
{
    size_t plain = clean_plain(in);
    struct clean_unit u;
    buf_add(out, in.ptr, plain);
    in = span_make(in.ptr + plain, in.len - plain);
    while (clean_next(in, &u)) {
        buf_add(out, u.text, u.len);
        in.ptr += u.taken;
        in.len -= u.taken;
    }
}

size_t clean_cols(struct span in)
{
    size_t cols = clean_plain(in);
    struct clean_unit u;
    in = span_make(in.ptr + cols, in.len - cols);
    while (clean_next(in, &u)) {
        cols += u.cols;
        in.ptr += u.taken;
        in.len -= u.taken;
    }
    return cols;
}
