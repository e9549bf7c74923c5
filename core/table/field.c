/* Layouts and Zeek's escapes; see field.h. */
#include "core/table/field.h"

#include "core/base/mem.h"
#include "core/base/notices.h"

#define NO_COLUMN UINT32_MAX

static bool is_wordy(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == ':';
}

struct layout *layout_make(const struct format *format, uint32_t n_fields, char separator,
                           const char *unset, const char *empty, struct err *err)
{
    struct layout *l = mem_zalloc(1, sizeof *l);
    if (l == NULL)
        goto fail;
    l->format = format;
    l->separator = separator;
    l->set_separator = ',';
    l->n_fields = n_fields;
    l->unset = mem_string(unset);
    l->empty = mem_string(empty);
    l->column = mem_alloc(n_fields, sizeof *l->column);
    if (l->unset == NULL || l->empty == NULL || l->column == NULL)
        goto fail;
    l->unset_len = strlen(unset);
    l->empty_len = strlen(empty);
    l->unset_char = l->unset_len == 1 ? (unsigned char)unset[0] : -1;
    l->odd_marks = is_wordy(unset[0]) || is_wordy(empty[0]);
    l->blank = l->unset_len == 0 ? FIELD_UNSET : FIELD_EMPTY;
    for (uint32_t i = 0; i < n_fields; i++)
        l->column[i] = NO_COLUMN;
    for (int i = 0; i < N_ROLES; i++)
        l->role_field[i] = -1;
    return l;
fail:
    layout_free(l);
    err_memory(err, "the columns");
    return NULL;
}

static bool has_column(const struct schema *schema, struct span name)
{
    int at = schema_find(schema, name);
    return at >= 0 && span_is(name, schema->col[at].name);
}

static bool is_bound(const struct layout *layout, int column)
{
    for (uint32_t i = 0; i < layout->n_fields; i++) {
        if (layout->column[i] == (uint32_t)column)
            return true;
    }
    return false;
}

static int bind(struct layout *layout, uint32_t field, struct span name, enum col_type type,
                struct schema *schema, const char *path, struct notices *notices, struct err *err)
{
    enum role role = role_of_name(name);
    int column = role == ROLE_NONE || has_column(schema, name) ? -1 : schema->by_role[role];
    if (column < 0 || is_bound(layout, column))
        column = schema_add(schema, name, type, err);
    if (column < 0)
        return -1;
    if (is_bound(layout, column)) {
        notices_add(notices, "%s: two columns are named %s: the first one counts", path,
                    schema->col[column].name);
        return 0;
    }
    layout->column[field] = (uint32_t)column;
    role = schema->col[column].role;
    if (role != ROLE_NONE)
        layout->role_field[role] = (int32_t)field;
    return 0;
}

/* Names that the table knows come first, so that another spelling in the same log cannot take their
 * column. */
int layout_bind(struct layout *layout, char *const *name, const enum col_type *type,
                struct schema *schema, const char *path, struct notices *notices, struct err *err)
{
    for (int known = 1; known >= 0; known--) {
        for (uint32_t i = 0; i < layout->n_fields; i++) {
            struct span text = span_of(name[i]);
            if (layout->column[i] != NO_COLUMN || (known && !has_column(schema, text)))
                continue;
            if (bind(layout, i, text, type[i], schema, path, notices, err) != 0)
                return -1;
        }
    }
    return 0;
}

bool layout_equal(const struct layout *a, const struct layout *b)
{
    return a->format == b->format && a->separator == b->separator &&
           a->set_separator == b->set_separator && a->n_fields == b->n_fields &&
           a->other == b->other && a->iot23 == b->iot23 && a->sparse == b->sparse &&
           a->own_bytes == b->own_bytes &&
           (a->own_bytes == 0 || memcmp(a->own, b->own, a->own_bytes) == 0) &&
           strcmp(a->unset, b->unset) == 0 && strcmp(a->empty, b->empty) == 0 &&
           memcmp(a->column, b->column, a->n_fields * sizeof *a->column) == 0;
}

void layout_free(struct layout *layout)
{
    if (layout == NULL)
        return;
    mem_free(layout->unset);
    mem_free(layout->empty);
    mem_free(layout->column);
    mem_free(layout->own);
    mem_free(layout->wanted);
    mem_free(layout);
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

struct span field_decode(const struct field *f, struct buf *scratch)
{
    struct span s = f->text;
    if (!f->escaped || f->state != FIELD_VALUE)
        return s;
    scratch->len = 0; /* a failure stays until somebody has asked */
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\\' && i + 1 < s.len && s.ptr[i + 1] == '\\') {
            buf_add_char(scratch, '\\');
            i++;
        } else if (s.ptr[i] == '\\' && i + 3 < s.len && s.ptr[i + 1] == 'x' &&
                   hex(s.ptr[i + 2]) >= 0 && hex(s.ptr[i + 3]) >= 0) {
            buf_add_char(scratch, (char)(hex(s.ptr[i + 2]) * 16 + hex(s.ptr[i + 3])));
            i += 3;
        } else {
            buf_add_char(scratch, s.ptr[i]);
        }
    }
    return scratch->failed ? s : buf_span(scratch);
}
