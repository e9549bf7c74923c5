/* Strict JSON; see json.h. */
#include "core/format/json.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits behind \u; -1 when they are none. */
static int32_t hex4(const char *p, const char *end)
{
    int32_t n = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int d = hex_digit(p[i]);
        if (d < 0)
            return -1;
        n = n * 16 + d;
    }
    return n;
}

static bool is_high(int32_t unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(int32_t unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* Reads an escape, `p` at its backslash. Returns its bytes (0 when it is none), *code what it
 * stands for. */
static size_t escape(const char *p, const char *end, uint32_t *code)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *at;
    int32_t unit, low;
    if (end - p < 2 || p[1] == '\0')
        return 0;
    if (p[1] != 'u') {
        at = strchr(from, p[1]);
        *code = at == NULL ? 0 : (uint32_t)(unsigned char)to[at - from];
        return at == NULL ? 0 : 2;
    }
    unit = hex4(p + 2, end);
    if (unit < 0 || is_low(unit))
        return 0;
    *code = (uint32_t)unit;
    if (!is_high(unit))
        return 6;
    if (end - p < 12 || p[6] != '\\' || p[7] != 'u')
        return 0;
    low = hex4(p + 8, end);
    if (!is_low(low))
        return 0;
    *code = 0x10000 + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
    return 12;
}

bool json_take_string(struct json *j, struct span *raw, bool *escapes)
{
    const char *from;
    *escapes = false;
    if (j->p == j->end || *j->p != '"')
        return false;
    from = ++j->p;
    for (;;) {
        uint32_t code;
        size_t n;
        j->p = json_plain_end(j->p, j->end);
        if (j->p == j->end)
            return false;
        if (*j->p == '"')
            break;
        n = *j->p == '\\' ? escape(j->p, j->end, &code) : 0;
        if (n == 0)
            return false;
        *escapes = true;
        j->p += n;
    }
    *raw = span_make(from, (size_t)(j->p - from));
    j->p++;
    return true;
}

static void add_utf8(struct buf *out, uint32_t c)
{
    char bytes[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 1; c >>= 6)
        bytes[i] = (char)(0x80 | (c & 0x3f));
    bytes[0] = (char)(lead[n] | c);
    buf_add(out, bytes, n);
}

void json_decode(struct span raw, struct buf *out)
{
    const char *p = raw.ptr, *end = raw.ptr + raw.len;
    while (p < end) {
        const char *next = memchr(p, '\\', (size_t)(end - p));
        uint32_t code = 0;
        size_t n;
        if (next == NULL)
            next = end;
        buf_add(out, p, (size_t)(next - p));
        p = next;
        if (p == end)
            break;
        n = escape(p, end, &code);
        if (n == 0)
            break;
        add_utf8(out, code);
        p += n;
    }
}

static bool digits(struct json *j)
{
    const char *from = j->p;
    while (j->p < j->end && *j->p >= '0' && *j->p <= '9')
        j->p++;
    return j->p > from;
}

bool json_take_number(struct json *j, struct span *text)
{
    const char *from = j->p, *whole;
    if (j->p < j->end && *j->p == '-')
        j->p++;
    whole = j->p;
    if (!digits(j) || (*whole == '0' && j->p - whole > 1))
        return false;
    if (j->p < j->end && *j->p == '.') {
        j->p++;
        if (!digits(j))
            return false;
    }
    if (j->p < j->end && (*j->p == 'e' || *j->p == 'E')) {
        j->p++;
        if (j->p < j->end && (*j->p == '+' || *j->p == '-'))
            j->p++;
        if (!digits(j))
            return false;
    }
    *text = span_make(from, (size_t)(j->p - from));
    return true;
}

bool json_take_word(struct json *j, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(j->end - j->p) < n || memcmp(j->p, word, n) != 0)
        return false;
    j->p += n;
    return true;
}

/* What stands between the brackets of an object or array; `close` ends it. */
static bool skip_members(struct json *j, char close, int depth)
{
    struct span text;
    bool escapes;
    if (json_take(j, close))
        return true;
    do {
        json_blanks(j);
        if (close == '}' && !(json_take_string(j, &text, &escapes) && json_take(j, ':')))
            return false;
        if (!json_skip(j, depth))
            return false;
    } while (json_take(j, ','));
    return json_take(j, close);
}

bool json_skip(struct json *j, int depth)
{
    struct span text;
    bool escapes;
    json_blanks(j);
    if (j->p == j->end)
        return false;
    switch (*j->p) {
    case '"':
        return json_take_string(j, &text, &escapes);
    case 't':
        return json_take_word(j, "true");
    case 'f':
        return json_take_word(j, "false");
    case 'n':
        return json_take_word(j, "null");
    case '{':
    case '[':
        if (depth >= JSON_MOST_DEPTH) {
            j->deep = true;
            return false;
        }
        j->p++;
        return skip_members(j, j->p[-1] == '{' ? '}' : ']', depth + 1);
    default:
        return json_take_number(j, &text);
    }
}
