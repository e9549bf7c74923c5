/* Rows as lines; see lines.h. */
#include "core/export/lines.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/number.h"
#include "core/export/csv_write.h"
#include "core/export/json_write.h"
#include "core/export/zeek_write.h"
#include "core/table/value.h"

/* ---- forms ---- */

static bool ends(const char *path, const char *with)
{
    size_t n = strlen(path), m = strlen(with);
    return n > m && strcasecmp(path + n - m, with) == 0;
}

enum export_form export_form_of(const char *path)
{
    if (ends(path, ".log") || ends(path, ".tsv"))
        return EXPORT_ZEEK;
    if (ends(path, ".json") || ends(path, ".jsonl") || ends(path, ".ndjson"))
        return EXPORT_JSON;
    return EXPORT_CSV;
}

const char *export_form_called(enum export_form form)
{
    static const char *const names[] = {"by name",
#define X(id, name, called, ending) called,
                                        EXPORT_FORMS(X)
#undef X
    };
    return names[form];
}

const char *export_form_ending(enum export_form form)
{
    static const char *const endings[] = {"",
#define X(id, name, called, ending) ending,
                                          EXPORT_FORMS(X)
#undef X
    };
    return endings[form];
}

/* ---- columns ---- */

static const struct column *column_of(const struct lines *l, size_t i)
{
    return &l->t->schema.col[l->column[i]];
}

static bool log_has(const struct table *t, const char *name)
{
    for (size_t i = 0; i < t->schema.n; i++)
        if (strcmp(t->schema.col[i].name, name) == 0)
            return true;
    return false;
}

/* A column that the log does not have, under a name that it does not have either. */
static void name_added(struct lines *l, int which, const char *name)
{
    static const char front[] = "minnow_";
    char *text = l->added[which];
    size_t n = strlen(front), used;
    (void)snprintf(text, sizeof l->added[which], "%s", name);
    used = strlen(text);
    while (log_has(l->t, text) && used + sizeof front < sizeof l->added[which]) {
        memmove(text + n, text, used + 1);
        memcpy(text, front, n);
        used += n;
    }
}

static void add_key(struct lines *l, size_t i, const char *name)
{
    l->key[i] = (uint32_t)l->keys.len;
    json_quote(&l->keys, span_of(name));
    buf_add(&l->keys, ":", 2);
}

int lines_init(struct lines *l, struct err *err)
{
    buf_init(&l->keys, 0);
    l->key = NULL;
    name_added(l, 0, "cluster");
    name_added(l, 1, "distance");
    if (l->form != EXPORT_JSON)
        return 0;
    l->key = mem_alloc(l->n_columns + 2, sizeof *l->key);
    if (l->key == NULL)
        return err_memory(err, "the export");
    for (size_t i = 0; i < l->n_columns; i++)
        add_key(l, i, column_of(l, i)->name);
    add_key(l, l->n_columns, l->added[0]);
    add_key(l, l->n_columns + 1, l->added[1]);
    return l->keys.failed ? err_memory(err, "the export") : 0;
}

void lines_release(struct lines *l)
{
    buf_release(&l->keys);
    mem_free(l->key);
    l->key = NULL;
}

/* ---- CSV ---- */

static void csv_head(const struct lines *l, struct buf *out)
{
    for (size_t i = 0; i < l->n_columns; i++) {
        if (i > 0)
            buf_add_char(out, ',');
        csv_write_field(out, span_of(column_of(l, i)->name), l->raw);
    }
    for (int i = 0; l->clusters && i < 2; i++) {
        buf_add_char(out, ',');
        csv_write_field(out, span_of(l->added[i]), l->raw);
    }
    buf_add_char(out, '\n');
}

/* A value that reads like an unset or empty mark once decoded stays as the log wrote it. */
static void csv_value(const struct lines *l, const struct field *f, const struct layout *layout,
                      struct buf *out, struct buf *scratch)
{
    struct span text;
    if (f->state == FIELD_ABSENT)
        return;
    text = f->text;
    if (f->state == FIELD_VALUE && f->escaped) {
        text = field_decode(f, scratch);
        if (span_is(text, layout->unset) || span_is(text, layout->empty))
            text = f->text;
    }
    csv_write_field(out, text, l->raw);
}

static void add_cluster(struct buf *out, uint32_t cluster)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%u", (unsigned)cluster);
    buf_add_text(out, text);
}

static void add_distance(struct buf *out, double distance)
{
    char text[32];
    buf_add_text(out, number_shortest(distance, text, sizeof text));
}

static void csv_row(const struct lines *l, const struct row *row, const struct layout *layout,
                    uint32_t cluster, double distance, struct buf *out, struct buf *scratch)
{
    size_t start = out->len;
    for (size_t i = 0; i < l->n_columns; i++) {
        if (i > 0)
            buf_add_char(out, ',');
        csv_value(l, &row->field[l->column[i]], layout, out, scratch);
    }
    if (l->clusters) {
        buf_add_char(out, ',');
        if (cluster != 0)
            add_cluster(out, cluster);
        buf_add_char(out, ',');
        if (cluster != 0 && isfinite(distance))
            add_distance(out, distance);
    }
    if (out->len == start)
        buf_add_text(out, "\"\""); /* an empty line would be no row to most readers */
    buf_add_char(out, '\n');
}

/* ---- Zeek TSV ---- */

/* The kind of log that all inputs with rows are; "" when they differ or nothing says it. */
static const char *kind_of(const struct table *t)
{
    const char *kind = NULL;
    for (size_t i = 0; i < t->n_inputs; i++) {
        const char *own = t->input[i].kind == NULL ? "" : t->input[i].kind;
        if (t->input[i].rows_loaded == 0)
            continue;
        if (kind != NULL && strcmp(kind, own) != 0)
            return "";
        kind = own;
    }
    if (kind == NULL || kind[0] == '\0')
        return roles_of_conn(t->schema.by_role) ? "conn" : "";
    return kind;
}

static void zeek_head(const struct lines *l, struct buf *out)
{
    const char *kind = kind_of(l->t);
    buf_add_text(out, "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n"
                      "#unset_field\t-\n");
    if (kind[0] != '\0') {
        buf_add_text(out, "#path\t");
        zeek_write_name(out, span_of(kind));
        buf_add_char(out, '\n');
    }
    buf_add_text(out, "#fields");
    for (size_t i = 0; i < l->n_columns; i++) {
        buf_add_char(out, '\t');
        zeek_write_name(out, span_of(column_of(l, i)->name));
    }
    for (int i = 0; l->clusters && i < 2; i++) {
        buf_add_char(out, '\t');
        buf_add_text(out, l->added[i]);
    }
    buf_add_text(out, "\n#types");
    for (size_t i = 0; i < l->n_columns; i++) {
        buf_add_char(out, '\t');
        buf_add_text(out, zeek_type_name(column_of(l, i)->type));
    }
    buf_add_text(out, l->clusters ? "\tcount\tdouble\n" : "\n");
}

static void zeek_row(const struct lines *l, const struct row *row, const struct layout *layout,
                     uint32_t cluster, double distance, struct buf *out, struct buf *scratch)
{
    for (size_t i = 0; i < l->n_columns; i++) {
        if (i > 0)
            buf_add_char(out, '\t');
        zeek_write_value(out, &row->field[l->column[i]], column_of(l, i)->type, layout, i == 0,
                         scratch);
    }
    if (l->clusters) {
        buf_add_char(out, '\t');
        if (cluster != 0)
            add_cluster(out, cluster);
        else
            buf_add_char(out, '-');
        buf_add_char(out, '\t');
        if (cluster != 0 && isfinite(distance))
            add_distance(out, distance);
        else
            buf_add_char(out, '-');
    }
    buf_add_char(out, '\n');
}

/* ---- JSON lines ---- */

/* JSON allows no zero in front of other digits, which our own numbers may have. */
static bool is_json_number(struct span text)
{
    size_t first = text.len > 0 && text.ptr[0] == '-' ? 1 : 0;
    double x;
    if (text.len > first + 1 && text.ptr[first] == '0' && text.ptr[first + 1] >= '0' &&
        text.ptr[first + 1] <= '9')
        return false;
    return value_double(text, &x);
}

static void json_set(struct buf *out, const struct field *f, char separator, struct buf *scratch)
{
    struct span rest = f->text, element;
    buf_add_char(out, '[');
    for (bool first = true; zeek_set_next(&rest, separator, &element); first = false) {
        struct field one = {element, FIELD_VALUE, f->escaped};
        if (!first)
            buf_add_char(out, ',');
        json_quote(out, field_decode(&one, scratch));
    }
    buf_add_char(out, ']');
}

static void json_value(struct buf *out, const struct field *f, enum col_type type,
                       const struct layout *layout, struct buf *scratch)
{
    struct span text;
    bool b;
    if (f->state == FIELD_EMPTY) {
        buf_add_text(out, type == COL_SET ? "[]" : "\"\"");
        return;
    }
    if (type == COL_SET) {
        json_set(out, f, layout->set_separator, scratch);
        return;
    }
    text = field_decode(f, scratch);
    if (type == COL_TIME)
        text = zeek_time(text, scratch);
    if (type == COL_BOOL && value_bool(text, &b))
        buf_add_text(out, b ? "true" : "false");
    else if (col_type_is_number(type) && is_json_number(text))
        buf_add_span(out, text);
    else
        json_quote(out, text);
}

static void json_key_of(const struct lines *l, size_t i, size_t start, struct buf *out)
{
    buf_add_char(out, out->len == start ? '{' : ',');
    buf_add_text(out, l->keys.ptr + l->key[i]);
}

static void json_row(const struct lines *l, const struct row *row, const struct layout *layout,
                     uint32_t cluster, double distance, struct buf *out, struct buf *scratch)
{
    size_t start = out->len;
    for (size_t i = 0; i < l->n_columns; i++) {
        const struct field *f = &row->field[l->column[i]];
        if (f->state == FIELD_UNSET || f->state == FIELD_ABSENT)
            continue;
        json_key_of(l, i, start, out);
        json_value(out, f, column_of(l, i)->type, layout, scratch);
    }
    if (l->clusters && cluster != 0) {
        json_key_of(l, l->n_columns, start, out);
        add_cluster(out, cluster);
        if (isfinite(distance)) {
            json_key_of(l, l->n_columns + 1, start, out);
            add_distance(out, distance);
        }
    }
    if (out->len == start) { /* an object without members would be no row to some readers */
        json_key_of(l, 0, start, out);
        buf_add_text(out, "null");
    }
    buf_add_text(out, "}\n");
}

/* ---- any ---- */

void lines_head(const struct lines *l, struct buf *out)
{
    if (l->form == EXPORT_CSV)
        csv_head(l, out);
    else if (l->form == EXPORT_ZEEK)
        zeek_head(l, out);
}

void lines_row(const struct lines *l, const struct row *row, const struct layout *layout,
               uint32_t cluster, double distance, struct buf *out, struct buf *scratch)
{
    if (l->form == EXPORT_CSV)
        csv_row(l, row, layout, cluster, distance, out, scratch);
    else if (l->form == EXPORT_ZEEK)
        zeek_row(l, row, layout, cluster, distance, out, scratch);
    else
        json_row(l, row, layout, cluster, distance, out, scratch);
}
