/* CSV with a header row.
 *
 * DESIGN
 * 1. A record ends at a line end outside quotes (csv_record.h).
 * 2. Records without a quote take the splitters of plain.h; those with one go through libcsv, one
 * record at a time, so that a stray quote can hurt no other record. Blanks are kept, a bare CR is data.
 */
#include "core/format/csv.h"

#include <csv.h>

#include "core/base/mem.h"
#include "core/format/csv_record.h"
#include "core/format/plain.h"
#include "core/table/value.h"

#define TYPE_ROWS 100
#define MOST_NAME 128 /* bytes of a believable column name */

struct head {
    char delimiter;
    bool read; /* the header row has been taken */
    char **name;
    enum col_type *type;
    size_t n;
    struct buf sample; /* the rows behind the header, to guess types from */
    bool given;        /* names come from --fields ... */
    bool replaced;     /* ... in place of a header row */
};

/* ---- records ---- */

static struct cut csv_cut(const struct layout *layout, struct span bytes, bool last)
{
    struct csv_reader r = {.s = bytes, .delimiter = layout->separator, .last = last};
    struct cut cut = {0};
    if (bytes.len > 0 && bytes.len < CSV_WINDOW && memchr(bytes.ptr, '"', bytes.len) == NULL) {
        /* Without quotes a record is a line, and none of these is too long. */
        const char *nl = last ? NULL : memrchr(bytes.ptr, '\n', bytes.len);
        cut.rows_end = last ? bytes.len : nl == NULL ? 0 : (size_t)(nl - bytes.ptr) + 1;
        return cut;
    }
    while (cut.rows_end < bytes.len) {
        size_t end;
        enum csv_record what = csv_record_find(&r, cut.rows_end, &end);
        if (what == CSV_RECORD_TOO_LONG) {
            cut.give_up = true;
            cut.resume = end;
        }
        if (what == CSV_RECORD_TOO_LONG || what == CSV_RECORD_UNFINISHED)
            break;
        cut.rows_end = end;
    }
    return cut;
}

/* ---- splitting ---- */

static struct field make_field(const char *ptr, size_t len)
{
    struct field f = {{ptr, len}, FIELD_VALUE, false};
    if (len == 0 || (len == 1 && ptr[0] == '-'))
        f.state = FIELD_UNSET;
    else if (len == 7 && memcmp(ptr, "(empty)", 7) == 0)
        f.state = FIELD_EMPTY;
    return f;
}

size_t csv_split_plain(char delimiter, struct span s, struct field *out, size_t max)
{
    bool quotes;
    size_t n = plain_cut(s, delimiter, '"', out, max, &quotes);
    for (size_t i = 0; i < n && n <= max; i++)
        out[i] = make_field(out[i].text.ptr, out[i].text.len);
    return n;
}

struct collector {
    struct buf *bytes;
    struct field *out;
    size_t n, max;
};

/* libcsv's callbacks return nothing: what is too much is only counted. The spans hold offsets until
 * all bytes are there. */
static void on_field(void *bytes, size_t len, void *user)
{
    struct collector *c = user;
    if (c->n < c->max)
        c->out[c->n] = (struct field){{NULL, len}, FIELD_VALUE, false};
    c->n++;
    if (c->n <= c->max)
        buf_add(c->bytes, bytes, len);
}

static void on_row(int end, void *user)
{
    (void)end;
    (void)user;
}

static int never_space(unsigned char c)
{
    (void)c;
    return 0;
}

static int only_lf(unsigned char c)
{
    return c == '\n';
}

size_t csv_split_quoted(char delimiter, struct span record, struct field *out, size_t max,
                        struct buf *scratch)
{
    struct collector c = {scratch, out, 0, max};
    struct csv_parser parser;
    size_t at = 0;
    buf_clear(scratch);
    if (csv_init(&parser, 0) != 0)
        return max + 1;
    csv_set_delim(&parser, (unsigned char)delimiter);
    csv_set_space_func(&parser, never_space);
    csv_set_term_func(&parser, only_lf);
    if (csv_parse(&parser, record.ptr, record.len, on_field, on_row, &c) != record.len ||
        csv_fini(&parser, on_field, on_row, &c) != 0)
        c.n = max + 1;
    csv_free(&parser);
    if (c.n > max || scratch->failed)
        return max + 1;
    for (size_t i = 0; i < c.n; i++) {
        out[i] = make_field(buf_text(scratch) + at, out[i].text.len);
        at += out[i].text.len;
    }
    return c.n;
}

static size_t csv_split(const struct layout *layout, struct span row, struct field *out, size_t max,
                        struct buf *scratch)
{
    if (row.len == 0 || memchr(row.ptr, '"', row.len) == NULL)
        return csv_split_plain(layout->separator, row, out, max);
    return csv_split_quoted(layout->separator, row, out, max, scratch);
}

static size_t csv_row_end(const struct layout *layout, struct span bytes)
{
    struct csv_reader r = {.s = bytes, .delimiter = layout->separator};
    size_t end;
    return bytes.len > 0 && csv_record_find(&r, 0, &end) == CSV_RECORD_WHOLE ? end : 0;
}

/* ---- parsing ---- */

/* Records without a quote, as far as they go; returns how many. A record that ends where its line
 * does, and has no quote, is one wherever it is met. */
static uint64_t take_plain_records(struct plain *p, const struct layout *layout, uint64_t offset,
                                   struct batch *batch)
{
    struct found_rows rows;
    uint64_t n = 0;
    while (plain_rows(p, FOUND_ROWS_MAX, &rows) > 0) {
        batch_rows_found(batch, layout, offset + plain_begin(p, &rows), &rows);
        n += rows.n;
    }
    return n;
}

static struct span without_end(struct span row)
{
    if (row.len > 0 && row.ptr[row.len - 1] == '\n')
        row.len--;
    if (row.len > 0 && row.ptr[row.len - 1] == '\r')
        row.len--;
    return row;
}

static uint64_t count_lines(struct span s)
{
    return span_newlines(s) + (s.len > 0 && s.ptr[s.len - 1] != '\n');
}

static void one_record(const struct layout *layout, struct span record, bool ended, uint64_t offset,
                       uint64_t line, struct field *fields, struct buf *scratch,
                       struct batch *batch)
{
    struct span row = without_end(record);
    size_t n;
    if (row.len == 0 && layout->n_fields > 1)
        return; /* a blank line is no row */
    if (row.len > FORMAT_MAX_LINE) {
        batch_reject(batch, REJECT_TOO_LONG, line, 0);
        return;
    }
    n = csv_split(layout, row, fields, layout->n_fields, scratch);
    if (n == layout->n_fields)
        batch_row(batch, layout, offset, line, fields);
    else if (n < layout->n_fields)
        batch_reject(batch, ended ? REJECT_TOO_FEW : REJECT_TRUNCATED, line, (uint32_t)n);
    else
        batch_reject(batch, REJECT_TOO_MANY, line, layout->n_fields + 1);
}

static size_t csv_parse_rows(const struct layout *layout, struct span rows, uint64_t offset,
                             bool last, struct batch *batch)
{
    struct csv_reader r = {.s = rows, .delimiter = layout->separator, .last = true};
    struct field fields[SCHEMA_MAX_COLUMNS + 1];
    struct buf scratch = BUF_INIT;
    struct plain plain;
    uint64_t line = 1;
    (void)last;
    plain_init(&plain, rows, layout->separator, '"', -1, layout->n_fields, simd_best_level());
    for (size_t at = 0, end; at < rows.len; at = end) {
        struct span record;
        enum csv_record what;
        plain.at = at;
        line += take_plain_records(&plain, layout, offset, batch);
        at = plain.at;
        what = csv_record_find(&r, at, &end);
        if (end == 0)
            end = rows.len;
        record = span_make(rows.ptr + at, end - at);
        if (what == CSV_RECORD_WHOLE)
            one_record(layout, record, rows.ptr[end - 1] == '\n', offset + at, line, fields,
                       &scratch, batch);
        else
            batch_reject(batch, what == CSV_RECORD_BAD_QUOTE ? REJECT_BAD_QUOTE : REJECT_TOO_LONG,
                         line, 0);
        line += memchr(record.ptr, '"', record.len) == NULL ? 1 : count_lines(record);
    }
    batch_set_lines(batch, line - 1);
    buf_release(&scratch);
    return rows.len;
}

/* ---- the header row ---- */

/* The delimiter that the first line has most of. */
static char sniff_delimiter(struct span line)
{
    static const char candidates[] = {',', '\t', ';', '|'};
    size_t best = 0;
    char delimiter = ',';
    for (size_t c = 0; c < sizeof candidates; c++) {
        size_t n = 0;
        for (size_t i = 0; i < line.len; i++)
            n += line.ptr[i] == candidates[c];
        if (n > best) {
            best = n;
            delimiter = candidates[c];
        }
    }
    return delimiter;
}

static size_t split_line(char delimiter, struct span line, struct field *out, size_t max,
                         struct buf *scratch)
{
    return line.len > 0 && memchr(line.ptr, '"', line.len) != NULL
               ? csv_split_quoted(delimiter, line, out, max, scratch)
               : csv_split_plain(delimiter, line, out, max);
}

/* A name is short, no number and no sentence. */
static bool is_name(struct span s)
{
    double x;
    return s.len > 0 && s.len <= MOST_NAME && !value_double(s, &x) &&
           memmem(s.ptr, s.len, ". ", 2) == NULL;
}

/* Takes the next record that is not blank off the front of *rest, without its line end. */
static bool next_record(char delimiter, struct span *rest, struct span *record)
{
    struct csv_reader r = {.s = *rest, .delimiter = delimiter, .last = true};
    for (size_t at = 0, end; at < rest->len; at = end) {
        (void)csv_record_find(&r, at, &end);
        if (end == 0)
            end = rest->len;
        *record = without_end(span_make(rest->ptr + at, end - at));
        if (record->len == 0)
            continue;
        *rest = span_make(rest->ptr + end, rest->len - end);
        return true;
    }
    return false;
}

bool csv_has_names(struct span first, const struct format_opts *opts)
{
    struct field fields[SCHEMA_MAX_COLUMNS + 1];
    struct buf scratch = BUF_INIT;
    struct span line = {"", 0};
    size_t n = 0, roles = 0;
    bool names = span_line(&first, &line);
    if (names)
        n = split_line(opts->delimiter != 0 ? opts->delimiter : sniff_delimiter(line), line, fields,
                       SCHEMA_MAX_COLUMNS, &scratch);
    for (size_t i = 0; names && i < n && i < SCHEMA_MAX_COLUMNS; i++) {
        struct span name = span_trim(fields[i].text);
        names = name.len == 0 || is_name(name);
        roles += role_of_name(name) != ROLE_NONE;
    }
    buf_release(&scratch);
    return names && roles >= 2;
}

bool csv_looks_like(struct span first, const struct format_opts *opts)
{
    struct field fields[SCHEMA_MAX_COLUMNS + 1];
    struct buf scratch = BUF_INIT;
    struct span rest = first, line;
    size_t n = 0, roles = 0, unnamed = 0;
    bool good = span_line(&rest, &line);
    char delimiter = opts->delimiter != 0 ? opts->delimiter : good ? sniff_delimiter(line) : ',';
    if (good)
        n = split_line(delimiter, line, fields, SCHEMA_MAX_COLUMNS, &scratch);
    good = good && n >= 2;
    for (size_t i = 0; good && opts->fields == NULL && i < n && i < SCHEMA_MAX_COLUMNS; i++) {
        struct span name = span_trim(fields[i].text);
        unnamed += name.len == 0; /* a table's index, as some programs write it */
        good = name.len == 0 || is_name(name);
        roles += role_of_name(name) != ROLE_NONE;
    }
    good = good && unnamed * 2 <= n;
    if (good && roles < 2 && next_record(delimiter, &rest, &line))
        good = split_line(delimiter, line, fields, SCHEMA_MAX_COLUMNS, &scratch) == n;
    buf_release(&scratch);
    return good;
}

static void csv_head_free(struct head *h)
{
    if (h == NULL)
        return;
    for (size_t i = 0; i < h->n; i++)
        mem_free(h->name[i]);
    mem_free(h->name);
    mem_free(h->type);
    buf_release(&h->sample);
    mem_free(h);
}

static int take_names(struct head *h, struct span line, char delimiter, struct err *err)
{
    struct field fields[SCHEMA_MAX_COLUMNS + 1];
    struct buf scratch = BUF_INIT;
    size_t n = split_line(delimiter, line, fields, SCHEMA_MAX_COLUMNS, &scratch);
    int rc = 0;
    if (n > SCHEMA_MAX_COLUMNS) {
        rc = err_set(err, ERR_DATA, "more than %d columns", SCHEMA_MAX_COLUMNS);
        goto out;
    }
    h->name = mem_zalloc(n, sizeof *h->name);
    h->type = mem_zalloc(n, sizeof *h->type);
    if (h->name == NULL || h->type == NULL) {
        rc = err_memory(err, "the columns");
        goto out;
    }
    for (; h->n < n; h->n++) {
        struct span name = span_trim(fields[h->n].text);
        char unnamed[32];
        if (name.len == 0) {
            (void)snprintf(unnamed, sizeof unnamed, "column_%zu", h->n + 1);
            name = span_of(unnamed);
        }
        h->name[h->n] = mem_copy(name.ptr, name.len);
        if (h->name[h->n] == NULL) {
            rc = err_memory(err, "the columns");
            goto out;
        }
    }
    h->read = true;
out:
    buf_release(&scratch);
    return rc;
}

static struct head *csv_head_new(struct span first, const struct format_opts *opts, struct err *err)
{
    struct head *h = mem_zalloc(1, sizeof *h);
    struct span rest = first, line = {"", 0};
    if (h == NULL) {
        err_memory(err, "the columns");
        return NULL;
    }
    (void)span_line(&rest, &line);
    h->delimiter = opts->delimiter != 0 ? opts->delimiter : sniff_delimiter(line);
    h->given = opts->fields != NULL;
    if (h->given) {
        h->replaced = csv_has_names(first, opts);
        rest = h->replaced ? rest : first;
        if (take_names(h, span_of(opts->fields), ',', err) != 0)
            goto fail;
    }
    h->read = h->given && !h->replaced;
    buf_add_span(&h->sample, rest);
    if (!h->sample.failed)
        return h;
    err_memory(err, "the columns");
fail:
    csv_head_free(h);
    return NULL;
}

static bool csv_is_head(const struct head *h, struct span line)
{
    (void)line;
    return !h->read;
}

static int csv_head_line(struct head *h, struct span line, uint64_t line_no, struct err *err)
{
    (void)line_no;
    if (h->given) {
        h->read = true;
        return 0;
    }
    return take_names(h, line, h->delimiter, err);
}

/* Columns without a role are numbers when the first rows hold nothing else, strings otherwise. */
static void guess_types(struct head *h)
{
    struct field fields[SCHEMA_MAX_COLUMNS + 1];
    struct buf scratch = BUF_INIT;
    struct span rest = buf_span(&h->sample), line;
    bool seen[SCHEMA_MAX_COLUMNS] = {false};
    for (size_t i = 0; i < h->n; i++)
        h->type[i] = COL_DOUBLE;
    for (int row = 0; row < TYPE_ROWS && next_record(h->delimiter, &rest, &line); row++) {
        double x;
        if (rest.len == 0 || split_line(h->delimiter, line, fields, h->n, &scratch) != h->n)
            continue; /* the last line of the sample may be cut off */
        for (size_t i = 0; i < h->n; i++) {
            if (fields[i].state != FIELD_VALUE)
                continue;
            seen[i] = true;
            if (!value_double(fields[i].text, &x))
                h->type[i] = COL_STRING;
        }
    }
    for (size_t i = 0; i < h->n; i++) {
        enum role role = role_of_name(span_of(h->name[i]));
        if (role != ROLE_NONE)
            h->type[i] = role_type(role);
        else if (!seen[i])
            h->type[i] = COL_STRING;
    }
    buf_release(&scratch);
}

static struct layout *csv_head_layout(struct head *h, struct schema *schema, const char *path,
                                      struct notices *notices, struct err *err)
{
    struct layout *layout =
        layout_make(&format_csv, (uint32_t)h->n, h->delimiter, "-", "(empty)", err);
    if (layout == NULL)
        return NULL;
    layout->blank = FIELD_UNSET;
    guess_types(h);
    if (h->replaced)
        notices_add(notices, "%s: the first row is one of names: --fields replaces them", path);
    if (layout_bind(layout, h->name, h->type, schema, path, notices, err) == 0)
        return layout;
    layout_free(layout);
    return NULL;
}

const struct format format_csv = {
    .name = "csv",
    .head_new = csv_head_new,
    .head_free = csv_head_free,
    .is_head = csv_is_head,
    .head_line = csv_head_line,
    .head_layout = csv_head_layout,
    .cut = csv_cut,
    .parse = csv_parse_rows,
    .split = csv_split,
    .row_end = csv_row_end,
};
