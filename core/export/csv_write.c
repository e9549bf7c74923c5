/* Writing CSV fields; see csv_write.h. */
#include "core/export/csv_write.h"

#include "core/table/value.h"

/* A spreadsheet would take the text for a formula. */
static bool is_formula(struct span s)
{
    double x;
    if (s.len == 0 || s.ptr[0] == '\0' || strchr("=+-@\t\r", s.ptr[0]) == NULL)
        return false;
    return !(s.ptr[0] == '-' && (s.len == 1 || value_double(s, &x)));
}

static bool needs_quotes(struct span s)
{
    if (s.len == 0)
        return false;
    if (s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ' || s.ptr[0] == '\t' || s.ptr[s.len - 1] == '\t')
        return true;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == ',' || c == '"' || c == '\r' || c == '\n')
            return true;
    }
    return false;
}

void csv_write_field(struct buf *out, struct span text, bool raw)
{
    bool guard = !raw && is_formula(text);
    if (!needs_quotes(text)) {
        if (guard)
            buf_add_char(out, '\'');
        buf_add_span(out, text);
        return;
    }
    buf_add_char(out, '"');
    if (guard)
        buf_add_char(out, '\'');
    while (text.len > 0) {
        const char *quote = memchr(text.ptr, '"', text.len);
        size_t n = quote == NULL ? text.len : (size_t)(quote - text.ptr) + 1;
        buf_add(out, text.ptr, n);
        if (quote != NULL)
            buf_add_char(out, '"');
        text.ptr += n;
        text.len -= n;
    }
    buf_add_char(out, '"');
}
