/* Zeek's TSV; see zeek_write.h. */
#include "core/export/zeek_write.h"

#include "core/base/utf8.h"
#include "core/format/format.h"
#include "core/table/value.h"

static const char unset_mark[] = "-", empty_mark[] = "(empty)";

const char *zeek_type_name(enum col_type type)
{
    switch (type) {
    case COL_TIME:
        return "time";
    case COL_INTERVAL:
        return "interval";
    case COL_COUNT:
        return "count";
    case COL_INT:
        return "int";
    case COL_DOUBLE:
        return "double";
    case COL_PORT:
        return "port";
    case COL_ADDR:
        return "addr";
    case COL_SUBNET:
        return "subnet";
    case COL_ENUM:
        return "enum";
    case COL_BOOL:
        return "bool";
    case COL_SET:
        return "set[string]";
    case COL_STRING:
        break;
    }
    return "string";
}

static void add_escaped(struct buf *out, char byte)
{
    buf_printf(out, "\\x%02x", (unsigned)(unsigned char)byte);
}

void zeek_write_name(struct buf *out, struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        /* Blanks in a row are what some logs put between names inside one field. */
        bool blanks = c == ' ' && i > 0 && name.ptr[i - 1] == ' ';
        if ((unsigned char)c < ' ' || c == 0x7f || blanks)
            add_escaped(out, c);
        else
            buf_add_char(out, c);
    }
}

/* The bytes of the first character when it may stand as it is, else 0. */
static size_t plain(struct span text)
{
    uint32_t code = 0;
    size_t n = utf8_decode(text, &code);
    return n == 0 || code < ' ' || (code >= 0x7f && code < 0xa0) || code == '\\' ? 0 : n;
}

/* `separator`: a byte more that has to be escaped, or 0. */
static void add_text(struct buf *out, struct span text, char separator, bool escape_first)
{
    for (size_t i = 0; i < text.len;) {
        size_t n = plain(span_make(text.ptr + i, text.len - i));
        if (n == 0 || (i == 0 && escape_first) || (separator != 0 && text.ptr[i] == separator)) {
            if (text.ptr[i] == '\\')
                buf_add_text(out, "\\\\");
            else
                add_escaped(out, text.ptr[i]);
            n = 1;
        } else {
            buf_add(out, text.ptr + i, n);
        }
        i += n;
    }
}

/* A log of the form that is written, byte for byte. */
static bool is_this_form(const struct layout *l)
{
    return l->format == &format_zeek_tsv && l->separator == '\t' && l->set_separator == ',' &&
           strcmp(l->unset, unset_mark) == 0 && strcmp(l->empty, empty_mark) == 0;
}

static bool has_controls(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
            return true;
    return false;
}

/* Epoch seconds, a point and digits behind it or not: at most twelve digits, as more are milliseconds. */
static bool is_seconds(struct span text)
{
    size_t whole = 0, i;
    while (whole < text.len && text.ptr[whole] >= '0' && text.ptr[whole] <= '9')
        whole++;
    if (whole == 0 || whole > 12)
        return false;
    i = whole;
    if (i < text.len && text.ptr[i++] != '.')
        return false;
    while (i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9')
        i++;
    return i == text.len && (i == whole || i > whole + 1);
}

struct span zeek_time(struct span text, struct buf *scratch)
{
    int64_t us;
    char seconds[40];
    if (is_seconds(text) || scratch->failed || !value_time_us(text, &us))
        return text;
    (void)snprintf(seconds, sizeof seconds, "%lld.%06lld", (long long)(us / 1000000),
                   (long long)(us % 1000000));
    buf_clear(scratch);
    buf_add_text(scratch, seconds);
    return scratch->failed ? text : buf_span(scratch);
}

bool zeek_set_next(struct span *rest, char separator, struct span *element)
{
    const char *at;
    size_t n;
    if (rest->ptr == NULL)
        return false;
    at = rest->len == 0 ? NULL : memchr(rest->ptr, separator, rest->len);
    n = at == NULL ? rest->len : (size_t)(at - rest->ptr);
    *element = span_make(rest->ptr, n);
    *rest = at == NULL ? (struct span){NULL, 0} : span_make(at + 1, rest->len - n - 1);
    return true;
}

static void add_set(struct buf *out, const struct field *f, char separator, bool escape_first,
                    struct buf *scratch)
{
    struct span rest = f->text, element;
    for (bool first = true; zeek_set_next(&rest, separator, &element); first = false) {
        struct field one = {element, FIELD_VALUE, f->escaped};
        if (!first)
            buf_add_char(out, ',');
        add_text(out, field_decode(&one, scratch), ',', first && escape_first);
    }
}

void zeek_write_value(struct buf *out, const struct field *f, enum col_type type,
                      const struct layout *layout, bool first, struct buf *scratch)
{
    struct span text;
    bool odd, b;
    if (f->state == FIELD_UNSET || f->state == FIELD_ABSENT) {
        buf_add_text(out, unset_mark);
        return;
    }
    if (f->state == FIELD_EMPTY || f->text.len == 0) {
        buf_add_text(out, empty_mark);
        return;
    }
    odd = first && f->text.ptr[0] == '#';
    if (!odd && is_this_form(layout) && !has_controls(f->text)) {
        buf_add_span(out, f->text);
        return;
    }
    text = field_decode(f, scratch);
    odd = (first && text.ptr[0] == '#') || span_is(text, unset_mark) || span_is(text, empty_mark);
    if (type == COL_SET) {
        add_set(out, f, layout->set_separator, odd, scratch);
        return;
    }
    if (type == COL_TIME)
        text = zeek_time(text, scratch);
    if (type == COL_BOOL && value_bool(text, &b))
        text = span_of(b ? "T" : "F");
    add_text(out, text, 0, odd);
}
