/* JSON writer; see json_write.h. */
#include "core/export/json_write.h"

#include <math.h>

#include "core/base/err.h"
#include "core/base/number.h"

void json_init(struct json *j, struct buf *out)
{
    *j = (struct json){.out = out};
}

static void line(struct json *j)
{
    buf_add_char(j->out, '\n');
    for (uint32_t i = 0; i < j->depth; i++)
        buf_add_text(j->out, "  ");
}

/* What stands in front of a member: nothing directly behind its key. */
static void separate(struct json *j)
{
    uint32_t at = j->depth;
    if (at == 0)
        return;
    if (j->any[at])
        buf_add_char(j->out, ',');
    if (j->lines[at])
        line(j);
    else if (j->any[at])
        buf_add_char(j->out, ' ');
    j->any[at] = true;
}

/* A value behind a key is no member of its own. */
static void value(struct json *j)
{
    if (!j->after_key)
        separate(j);
    j->after_key = false;
}

void json_open(struct json *j, char bracket, bool lines)
{
    value(j);
    buf_add_char(j->out, bracket);
    BUG_IF(j->depth + 1 >= JSON_MAX_DEPTH);
    j->depth++;
    j->any[j->depth] = false;
    j->lines[j->depth] = lines;
}

void json_close(struct json *j, char bracket)
{
    bool lines = j->lines[j->depth] && j->any[j->depth];
    j->depth--;
    if (lines)
        line(j);
    buf_add_char(j->out, bracket == '{' ? '}' : ']');
}

/* ---- text ---- */

/* Decodes one character of strict UTF-8. Returns its bytes, 0 when the first byte begins none. */
static size_t decode(struct span s, uint32_t *code)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t n;
    if (p[0] < 0x80) {
        *code = p[0];
        return 1;
    }
    n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || s.len < n)
        return 0;
    *code = p[0] & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        *code = *code << 6 | (p[i] & 0x3Fu);
    }
    if ((n == 3 && *code < 0x800) || (n == 4 && *code < 0x10000) || *code > 0x10FFFF ||
        (*code >= 0xD800 && *code <= 0xDFFF))
        return 0;
    return n;
}

/* Characters that change how others are shown, or show nothing themselves. */
static bool invisible(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } range[] = {{0x0000, 0x001F},   {0x007F, 0x009F},   {0x00AD, 0x00AD}, {0x034F, 0x034F},
                 {0x061C, 0x061C},   {0x115F, 0x1160},   {0x17B4, 0x17B5}, {0x180B, 0x180F},
                 {0x200B, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x206F}, {0x3164, 0x3164},
                 {0xE000, 0xF8FF},   {0xFDD0, 0xFDEF},   {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF},
                 {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF}, {0x1BCA0, 0x1BCA3},
                 {0x1D173, 0x1D17A}, {0xE0000, 0x10FFFF}};
    for (size_t i = 0; i < ARRAY_LEN(range); i++)
        if (c >= range[i].first && c <= range[i].last)
            return true;
    return false;
}

static void escape(struct buf *out, uint32_t c)
{
    if (c == '\n')
        buf_add_text(out, "\\n");
    else if (c == '\t')
        buf_add_text(out, "\\t");
    else if (c == '\r')
        buf_add_text(out, "\\r");
    else if (c < 0x10000)
        buf_printf(out, "\\u%04x", (unsigned)c);
    else
        buf_printf(out, "\\u%04x\\u%04x", (unsigned)(0xD800 + ((c - 0x10000) >> 10)),
                   (unsigned)(0xDC00 + ((c - 0x10000) & 0x3FF)));
}

static void quoted(struct buf *out, struct span text)
{
    buf_add_char(out, '"');
    while (text.len > 0) {
        uint32_t c = 0;
        size_t n = decode(text, &c);
        if (n == 0) {
            buf_printf(out, "\\\\x%02x", (unsigned)(unsigned char)text.ptr[0]);
            n = 1;
        } else if (c == '"' || c == '\\') {
            buf_add_char(out, '\\');
            buf_add_char(out, (char)c);
        } else if (invisible(c)) {
            escape(out, c);
        } else {
            buf_add(out, text.ptr, n);
        }
        text.ptr += n;
        text.len -= n;
    }
    buf_add_char(out, '"');
}

/* ---- members ---- */

void json_key_span(struct json *j, struct span key)
{
    separate(j);
    quoted(j->out, key);
    buf_add_text(j->out, ": ");
    j->after_key = true;
}

void json_key(struct json *j, const char *key)
{
    json_key_span(j, span_of(key));
}

void json_string(struct json *j, struct span text)
{
    value(j);
    quoted(j->out, text);
}

void json_count(struct json *j, uint64_t n)
{
    value(j);
    buf_printf(j->out, "%llu", (unsigned long long)n);
}

void json_number(struct json *j, double x)
{
    char text[32];
    value(j);
    buf_add_text(j->out, isfinite(x) ? number_shortest(x, text, sizeof text) : "null");
}

void json_bool(struct json *j, bool b)
{
    value(j);
    buf_add_text(j->out, b ? "true" : "false");
}

void json_null(struct json *j)
{
    value(j);
    buf_add_text(j->out, "null");
}
