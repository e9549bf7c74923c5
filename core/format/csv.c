/* CSV with a header row.
 *
 * DESIGN
 * 1. A record ends at a line end outside quotes. A quote opens only at the beginning of a field and
 * closes only in front of a delimiter or line end, as libcsv has it outside its strict mode.
 * 2. Records without a quote take the splitter here; those with one go through libcsv, one record
 * at a time, so that a stray quote can hurt no other record. Blanks are kept, a bare CR is data.
 * 3. A quote that does not close within FORMAT_MAX_LINE is a stray one: its row is rejected and
 * reading goes on at the line after the one where that field began. */
#include "core/format/csv.h"

#include <csv.h>

#include "core/base/mem.h"
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
    bool given;        /* names come from --fields: there is no header row */
};

/* ---- records ---- */

/* Where the line ends (its LF included); 0 when it does not. */
static size_t line_end(struct span s)
{
    const char *nl = s.len == 0 ? NULL : memchr(s.ptr, '\n', s.len);
    return nl == NULL ? 0 : (size_t)(nl - s.ptr) + 1;
}

static bool closes(struct span s, size_t at, char delimiter)
{
    if (at == s.len)
        return true;
    return s.ptr[at] == delimiter || s.ptr[at] == '\n' ||
           (s.ptr[at] == '\r' && (at + 1 == s.len || s.ptr[at + 1] == '\n'));
}

/* Bytes of the first record, its line end included; 0 when it does not end inside. *open: where a
 * quoted field that does not close begins, or SIZE_MAX. */
static size_t record_end(char delimiter, struct span s, size_t *open)
{
    bool field_start = true;
    size_t at = 0;
    *open = SIZE_MAX;
    while (at < s.len) {
        char c = s.ptr[at];
        if (c == '"' && field_start) {
            size_t from = at++;
            for (;; at++) {
                const char *quote = at >= s.len ? NULL : memchr(s.ptr + at, '"', s.len - at);
                if (quote == NULL) {
                    *open = from;
                    return 0;
                }
                at = (size_t)(quote - s.ptr);
                if (at + 1 < s.len && s.ptr[at + 1] == '"')
                    at++;
                else if (closes(s, at + 1, delimiter))
                    break;
            }
            at++;
            field_start = false;
            continue;
        }
        at++;
        if (c == '\n')
            return at;
        field_start = c == delimiter;
    }
    return 0;
}

static struct cut csv_cut(const struct layout *layout, struct span bytes, bool last)
{
    struct cut cut = {0};
    size_t at = 0;
    while (at < bytes.len) {
        struct span rest = span_make(bytes.ptr + at, bytes.len - at);
        size_t n = line_end(rest), open = SIZE_MAX;
        if (n == 0 ? memchr(rest.ptr, '"', rest.len) != NULL : memchr(rest.ptr, '"', n) != NULL)
            n = record_end(layout->separator, rest, &open);
        if (n > 0) {
            at += n;
            continue;
        }
        if (open != SIZE_MAX && (last || rest.len > FORMAT_MAX_LINE)) {
            struct span tail = span_make(rest.ptr + open, rest.len - open);
            size_t line = line_end(tail);
            cut.give_up = true;
            cut.resume = line == 0 ? 0 : at + open + line;
        } else if (rest.len > FORMAT_MAX_LINE) {
            cut.give_up = true;
        } else if (last) {
            at = bytes.len;
        }
        break;
    }
    cut.rows_end = at;
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
    for (size_t n = 0; n < max; n++) {
        const char *next = s.len == 0 ? NULL : memchr(s.ptr, delimiter, s.len);
        size_t len = next == NULL ? s.len : (size_t)(next - s.ptr);
        out[n] = make_field(s.ptr, len);
        if (next == NULL)
            return n + 1;
        s = span_make(next + 1, s.len - len - 1);
    }
    return max + 1;
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
    size_t n = line_end(bytes), open;
    if (n > 0 && memchr(bytes.ptr, '"', n) == NULL)
        return n;
    return record_end(layout->separator, bytes, &open);
}

/* ---- parsing ---- */

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
    uint64_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += s.ptr[i] == '\n';
    return n + (s.len > 0 && s.ptr[s.len - 1] != '\n');
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
    struct field fields[SCHEMA_MAX_COLUMNS + 1];
    struct buf scratch = BUF_INIT;
    uint64_t line = 1;
    size_t at = 0;
    (void)last;
    while (at < rows.len) {
        struct span rest = span_make(rows.ptr + at, rows.len - at);
        size_t n = csv_row_end(layout, rest);
        bool ended = n > 0;
        struct span record = span_make(rest.ptr, ended ? n : rest.len);
        one_record(layout, record, ended, offset + at, line, fields, &scratch, batch);
        line += memchr(record.ptr, '"', record.len) == NULL ? 1 : count_lines(record);
        at += record.len;
    }
    batch_set_lines(batch, line - 1);
    buf_release(&scratch);
    return at;
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

bool csv_looks_like(struct span first, const struct format_opts *opts)
{
    struct field fields[SCHEMA_MAX_COLUMNS + 1];
    struct buf scratch = BUF_INIT;
    struct span rest = first, line;
    size_t n = 0, roles = 0;
    bool good = span_line(&rest, &line);
    char delimiter = opts->delimiter != 0 ? opts->delimiter : good ? sniff_delimiter(line) : ',';
    if (good)
        n = split_line(delimiter, line, fields, SCHEMA_MAX_COLUMNS, &scratch);
    good = good && n >= 2;
    for (size_t i = 0; good && opts->fields == NULL && i < n && i < SCHEMA_MAX_COLUMNS; i++) {
        good = is_name(fields[i].text);
        roles += role_of_name(fields[i].text) != ROLE_NONE;
    }
    while (good && roles < 2 && span_line(&rest, &line)) {
        if (line.len == 0)
            continue;
        good = split_line(delimiter, line, fields, SCHEMA_MAX_COLUMNS, &scratch) == n;
        break;
    }
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
        rest = first;
        if (take_names(h, span_of(opts->fields), ',', err) != 0)
            goto fail;
    }
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
    for (int row = 0; row < TYPE_ROWS && span_line(&rest, &line); row++) {
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
    guess_types(h);
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
