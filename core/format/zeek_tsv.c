/* Zeek's tab-separated rows.
 *
 * DESIGN
 * 1. A line is a row: no quoting. The separator and the line end are the only bytes that mean
 * anything; an escape for them inside a value is Zeek's \xHH, which stays as it is until somebody
 * needs the value.
 * 2. A blank line is no row when the log has more than one column; `#` lines are none either.
 * 3. parse stops in front of a `#` line that can change the columns: the loader decides what that
 * means. */
#include "core/format/zeek_head.h"

/* Blank lines before the columns are known belong to the header too; a line that is too long to nobody.
 */
static bool is_head(const struct head *head, struct span line)
{
    if (line.len == 0)
        return head->n_names == 0;
    return line.ptr[0] == '#' && line.len <= FORMAT_MAX_LINE;
}

static struct cut cut_rows(const struct layout *layout, struct span bytes, bool last)
{
    const char *nl = bytes.len == 0 ? NULL : memrchr(bytes.ptr, '\n', bytes.len);
    struct cut cut = {.rows_end = nl == NULL ? 0 : (size_t)(nl - bytes.ptr) + 1};
    (void)layout;
    /* One byte more for the CR of a CRLF that has not come yet. */
    if (bytes.len - cut.rows_end > FORMAT_MAX_LINE + 1)
        cut.give_up = true;
    else if (last)
        cut.rows_end = bytes.len;
    return cut;
}

static size_t row_end(const struct layout *layout, struct span bytes)
{
    const char *nl = bytes.len == 0 ? NULL : memchr(bytes.ptr, '\n', bytes.len);
    (void)layout;
    return nl == NULL ? 0 : (size_t)(nl - bytes.ptr) + 1;
}

static struct field make_field(const struct layout *l, const char *ptr, size_t len, bool escapes)
{
    struct field f = {{ptr, len}, FIELD_VALUE, false};
    if (len == 0)
        f.state = l->unset[0] == '\0' ? FIELD_UNSET : FIELD_EMPTY;
    else if (ptr[0] == l->unset[0] && len == strlen(l->unset) && memcmp(ptr, l->unset, len) == 0)
        f.state = FIELD_UNSET;
    else if (ptr[0] == l->empty[0] && len == strlen(l->empty) && memcmp(ptr, l->empty, len) == 0)
        f.state = FIELD_EMPTY;
    else if (escapes)
        f.escaped = memchr(ptr, '\\', len) != NULL;
    return f;
}

/* The last tab field of an IoT-23 row holds three values. */
static size_t split_joined(const struct layout *l, struct span text, struct field *out, size_t n,
                           size_t max, bool escapes)
{
    for (;;) {
        const char *gap = text.len == 0 ? NULL : memmem(text.ptr, text.len, "   ", 3);
        size_t len = gap == NULL ? text.len : (size_t)(gap - text.ptr);
        if (n == max)
            return max + 1;
        out[n++] = make_field(l, text.ptr, len, escapes);
        if (gap == NULL)
            return n;
        text = span_make(gap + 3, text.len - len - 3);
        while (text.len > 0 && text.ptr[0] == ' ')
            text = span_make(text.ptr + 1, text.len - 1);
    }
}

static size_t split(const struct layout *l, struct span row, struct field *out, size_t max,
                    struct buf *scratch)
{
    bool escapes = row.len > 0 && memchr(row.ptr, '\\', row.len) != NULL;
    size_t n = 0;
    (void)scratch;
    for (;;) {
        const char *next = row.len == 0 ? NULL : memchr(row.ptr, l->separator, row.len);
        size_t len = next == NULL ? row.len : (size_t)(next - row.ptr);
        if (n == max)
            return max + 1;
        if (next == NULL && l->iot23)
            return split_joined(l, row, out, n, max, escapes);
        out[n++] = make_field(l, row.ptr, len, escapes);
        if (next == NULL)
            return n;
        row = span_make(next + 1, row.len - len - 1);
    }
}

static void one_row(const struct layout *l, struct span row, bool ended, uint64_t offset,
                    uint64_t line, struct field *fields, struct batch *batch)
{
    size_t n;
    if (row.len > FORMAT_MAX_LINE) {
        batch_reject(batch, REJECT_TOO_LONG, line, 0);
        return;
    }
    n = split(l, row, fields, l->n_fields, NULL);
    if (n == l->n_fields)
        batch_row(batch, l, offset, line, fields);
    else if (n < l->n_fields)
        batch_reject(batch, ended ? REJECT_TOO_FEW : REJECT_TRUNCATED, line, (uint32_t)n);
    else
        batch_reject(batch, REJECT_TOO_MANY, line, l->n_fields + 1);
}

static size_t parse(const struct layout *l, struct span rows, uint64_t offset, bool last,
                    struct batch *batch)
{
    struct field fields[SCHEMA_MAX_COLUMNS + 4];
    uint64_t line = 0;
    size_t at = 0;
    (void)last;
    while (at < rows.len) {
        const char *nl = memchr(rows.ptr + at, '\n', rows.len - at);
        size_t len = nl == NULL ? rows.len - at : (size_t)(nl - rows.ptr) - at;
        struct span row = span_make(rows.ptr + at, len);
        bool remark;
        if (row.len > 0 && row.ptr[row.len - 1] == '\r')
            row.len--;
        remark = row.len > 0 && row.ptr[0] == '#' && row.len <= FORMAT_MAX_LINE;
        if (remark && zeek_is_keyword(row))
            break;
        line++;
        if (!remark && (row.len > 0 || l->n_fields == 1))
            one_row(l, row, nl != NULL, offset + at, line, fields, batch);
        at += len + (nl != NULL);
    }
    batch_set_lines(batch, line);
    return at;
}

static const char *kind(const struct head *head)
{
    return head->path;
}

const struct format format_zeek_tsv = {
    .name = "zeek-tsv",
    .rows_are_lines = true,
    .head_new = zeek_head_new,
    .head_free = zeek_head_free,
    .kind = kind,
    .is_head = is_head,
    .head_line = zeek_head_line,
    .head_layout = zeek_head_layout,
    .cut = cut_rows,
    .parse = parse,
    .split = split,
    .row_end = row_end,
};
