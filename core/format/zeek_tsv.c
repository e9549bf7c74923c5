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

#include "core/format/plain.h"

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

/* The last tab field of an IoT-23 row, out[n - 1], holds three values. */
static size_t split_joined(struct field *out, size_t n, size_t max)
{
    struct span text = out[--n].text;
    for (;;) {
        const char *gap = text.len == 0 ? NULL : memmem(text.ptr, text.len, "   ", 3);
        size_t len = gap == NULL ? text.len : (size_t)(gap - text.ptr);
        if (n == max)
            return max + 1;
        out[n++] = (struct field){span_make(text.ptr, len), FIELD_VALUE, false};
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
    bool escapes;
    size_t n = plain_cut(row, l->separator, '\\', out, max, &escapes);
    (void)scratch;
    if (l->iot23 && n <= max)
        n = split_joined(out, n, max);
    for (size_t i = 0; i < n && n <= max; i++) {
        out[i].state = field_state(l, out[i].text);
        if (escapes && out[i].state == FIELD_VALUE)
            out[i].escaped = memchr(out[i].text.ptr, '\\', out[i].text.len) != NULL;
    }
    return n;
}

static void one_row(const struct layout *l, struct span row, bool ended, uint64_t offset,
                    uint64_t line, struct field *fields, struct batch *batch)
{
    size_t n;
    if (row.len > FORMAT_MAX_LINE) {
        batch_reject(batch, REJECT_TOO_LONG, line, 0);
        return;
    }
    if (l->other) {
        batch_reject(batch, REJECT_OTHER_LOG, line, 0);
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

/* A text that is being parsed. */
struct reading {
    const struct layout *layout;
    struct batch *batch;
    struct plain plain; /* plain.at is where the next row begins */
    uint64_t offset, line;
    struct field made[SCHEMA_MAX_COLUMNS + 4];
};

/* Any row: steps behind it. False in front of a header line. */
static bool take_row(struct reading *r)
{
    struct span rest = r->plain.text, row;
    size_t at = r->plain.at;
    const char *nl = memchr(rest.ptr + at, '\n', rest.len - at);
    size_t len = nl == NULL ? rest.len - at : (size_t)(nl - rest.ptr) - at;
    bool remark;
    row = span_make(rest.ptr + at, len);
    if (row.len > 0 && row.ptr[row.len - 1] == '\r')
        row.len--;
    remark = row.len > 0 && row.ptr[0] == '#' && row.len <= FORMAT_MAX_LINE;
    if (remark && zeek_is_keyword(row))
        return false;
    r->line++;
    if (!remark && (row.len > 0 || r->layout->n_fields == 1))
        one_row(r->layout, row, nl != NULL, r->offset + at, r->line, r->made, r->batch);
    r->plain.at = at + len + (nl != NULL);
    return true;
}

/* The rows that are plain, as far as they go. */
static void take_plain_rows(struct reading *r)
{
    struct found_rows rows;
    while (plain_rows(&r->plain, FOUND_ROWS_MAX, &rows) > 0) {
        r->line += rows.n;
        batch_rows_found(r->batch, r->layout, r->offset + plain_begin(&r->plain, &rows), &rows);
    }
}

static size_t parse(const struct layout *l, struct span rows, uint64_t offset, bool last,
                    struct batch *batch)
{
    struct reading r;
    (void)last;
    r.layout = l;
    r.batch = batch;
    r.offset = offset;
    r.line = 0;
    plain_init(&r.plain, rows, l->separator, '\\', '#', l->n_fields, simd_best_level());
    while (r.plain.at < rows.len) {
        if (!l->iot23 && !l->other)
            take_plain_rows(&r);
        if (r.plain.at < rows.len && !take_row(&r))
            break;
    }
    batch_set_lines(batch, r.line);
    return r.plain.at;
}

static const char *kind(const struct head *head)
{
    return head->taken[0] != '\0' ? head->taken : head->path;
}

const struct format format_zeek_tsv = {
    .name = "zeek-tsv",
    .rows_are_lines = true,
    .head_new = zeek_head_new,
    .head_free = zeek_head_free,
    .wants_more = zeek_wants_more,
    .kind = kind,
    .is_head = is_head,
    .head_line = zeek_head_line,
    .head_layout = zeek_head_layout,
    .cut = cut_rows,
    .parse = parse,
    .split = split,
    .row_end = row_end,
};
