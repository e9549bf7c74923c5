/* Lines of a session; see session.h. */
#include "tui/model/session.h"

#include <stdarg.h>

#include "core/base/mem.h"

#define FIRST_KEY "minnow-session"

/* ---- lines ---- */

void session_release(struct session *s)
{
    for (size_t i = 0; i < s->n; i++)
        mem_free(s->line[i].value);
    mem_free(s->line);
    *s = (struct session){.line = NULL};
}

static bool is_key(struct span key)
{
    for (size_t i = 0; i < key.len; i++) {
        char c = key.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-'))
            return false;
    }
    return key.len > 0 && key.len < SESSION_MAX_KEY;
}

static void add(struct session *s, struct span key, struct span value)
{
    void *array = s->line;
    struct session_line *l;
    if (s->failed || s->n == SESSION_MAX_LINES || value.len > SESSION_MAX_BYTES ||
        (value.len > 0 && memchr(value.ptr, '\0', value.len) != NULL) ||
        mem_grow(&array, &s->cap, s->n + 1, sizeof *s->line) != 0) {
        s->failed = true;
        return;
    }
    s->line = array;
    l = &s->line[s->n];
    memset(l, 0, sizeof *l);
    memcpy(l->key, key.ptr, key.len);
    l->value = mem_copy(value.ptr, value.len);
    l->len = value.len;
    if (l->value == NULL)
        s->failed = true;
    else
        s->n++;
}

void session_add(struct session *s, const char *key, struct span value)
{
    BUG_IF(!is_key(span_of(key)));
    add(s, span_of(key), value);
}

void session_printf(struct session *s, const char *key, const char *fmt, ...)
{
    char text[256];
    va_list args;
    int n;
    va_start(args, fmt);
    n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof text)
        s->failed = true;
    else
        session_add(s, key, span_make(text, (size_t)n));
}

void session_join(struct session *s, const struct session *more)
{
    for (size_t i = 0; i < more->n; i++)
        session_add(s, more->line[i].key, span_make(more->line[i].value, more->line[i].len));
    s->failed = s->failed || more->failed;
}

/* ---- parts ---- */

static bool begins(const struct session_line *l)
{
    return strcmp(l->key, "view") == 0;
}

static size_t end_of(const struct session *s, size_t at)
{
    while (at < s->n && !begins(&s->line[at]))
        at++;
    return at;
}

struct session_part session_whole(const struct session *s)
{
    return (struct session_part){s, 0, s->n};
}

struct session_part session_head(const struct session *s)
{
    return (struct session_part){s, 0, end_of(s, 0)};
}

bool session_next(struct session_part *part)
{
    size_t first = part->first + part->n;
    if (first >= part->of->n)
        return false;
    part->first = first;
    part->n = end_of(part->of, first + 1) - first;
    return true;
}

bool session_value(struct session_part part, const char *key, struct span *value)
{
    for (size_t i = 0; i < part.n; i++) {
        const struct session_line *l = &part.of->line[part.first + i];
        if (strcmp(l->key, key) == 0) {
            *value = span_make(l->value, l->len);
            return true;
        }
    }
    return false;
}

bool session_is(struct session_part part, const char *key, const char *value)
{
    struct span have;
    return session_value(part, key, &have) && span_is(have, value);
}

bool session_number(struct session_part part, const char *key, uint64_t most, uint64_t *out)
{
    struct span text;
    uint64_t n = 0;
    if (!session_value(part, key, &text) || text.len == 0 || text.len > 20)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)(unsigned char)text.ptr[i] - '0';
        if (digit > 9 || n > (UINT64_MAX - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *out = n;
    return n <= most;
}

/* ---- text ---- */

static void escape(struct buf *out, struct span value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        bool edge = i == 0 || i + 1 == value.len;
        if (c < ' ' || c >= 0x7f || c == '\\' || (c == ' ' && edge))
            buf_printf(out, "\\x%02x", c);
        else
            buf_add_char(out, (char)c);
    }
}

void session_write(const struct session *s, struct buf *out)
{
    buf_add_text(out,
                 "# Where a log was left; minnow --resume goes on from here.\n" FIRST_KEY " = 1\n");
    for (size_t i = 0; i < s->n; i++) {
        buf_printf(out, "%s = ", s->line[i].key);
        escape(out, span_make(s->line[i].value, s->line[i].len));
        buf_add_char(out, '\n');
    }
}

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* False for an escape that is none. */
static bool unescape(struct buf *out, struct span text)
{
    buf_clear(out);
    for (size_t i = 0; i < text.len; i++) {
        int high, low;
        if (text.ptr[i] != '\\') {
            buf_add_char(out, text.ptr[i]);
            continue;
        }
        if (i + 3 >= text.len || text.ptr[i + 1] != 'x')
            return false;
        high = nibble(text.ptr[i + 2]);
        low = nibble(text.ptr[i + 3]);
        if (high < 0 || low < 0 || high + low == 0)
            return false;
        buf_add_char(out, (char)(high << 4 | low));
        i += 3;
    }
    return true;
}

/* NULL when it is fine, else why it is not. */
static const char *take_line(struct session *s, struct span line, struct buf *value, bool first)
{
    const char *equals = memchr(line.ptr, '=', line.len);
    struct span key;
    if (equals == NULL)
        return "expected KEY = VALUE";
    key = span_trim(span_make(line.ptr, (size_t)(equals - line.ptr)));
    if (!is_key(key))
        return "the key is none";
    if (!unescape(value,
                  span_trim(span_make(equals + 1, line.len - (size_t)(equals + 1 - line.ptr)))))
        return "the value is broken";
    if (first)
        return span_is(key, FIRST_KEY) && span_is(buf_span(value), "1")
                   ? NULL
                   : "expected " FIRST_KEY " = 1: it is no session, or one of another version";
    if (s->n == SESSION_MAX_LINES)
        return "too many lines";
    add(s, key, buf_span(value));
    return NULL;
}

int session_parse(struct session *s, const char *path, struct span text, struct err *err)
{
    struct buf value = BUF_INIT;
    struct span line;
    uint64_t n = 0;
    bool first = true;
    int rc = 0;
    *s = (struct session){.line = NULL};
    while (rc == 0 && span_line(&text, &line)) {
        const char *wrong;
        n++;
        line = span_trim(line);
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        wrong = take_line(s, line, &value, first);
        first = false;
        if (wrong != NULL)
            rc = err_at(err, ERR_USAGE, path, n, "%s", wrong);
        else if (value.failed)
            rc = err_memory(err, "the session");
        else if (s->failed)
            rc = err_at(err, ERR_USAGE, path, n, "the value cannot be used");
    }
    if (rc == 0 && first)
        rc = err_at(err, ERR_USAGE, path, 0, "is empty");
    buf_release(&value);
    if (rc != 0)
        session_release(s);
    return rc;
}
