/* JSON writer; see json_write.h. */
#include "core/export/json_write.h"

#include <math.h>

#include "core/base/err.h"
#include "core/base/number.h"
#include "core/base/utf8.h"

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

/* Bytes in front of the first that is not plain ASCII or has to be escaped. */
static size_t plain_run(struct span text)
{
    size_t n = 0;
    while (n < text.len && text.ptr[n] >= ' ' && text.ptr[n] != 0x7f && text.ptr[n] != '"' &&
           text.ptr[n] != '\\')
        n++;
    return n;
}

void json_quote(struct buf *out, struct span text)
{
    buf_add_char(out, '"');
    while (text.len > 0) {
        uint32_t c = 0;
        size_t n = plain_run(text);
        if (n > 0) {
            buf_add(out, text.ptr, n);
        } else if ((n = utf8_decode(text, &c)) == 0) {
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
    json_quote(j->out, key);
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
    json_quote(j->out, text);
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
