/* One value of one row, as the log wrote it, and the layout that says how rows of a file are cut.
 *
 * A layout is immutable once built. A file has one layout, or several when its header changes half
 * way. */
#ifndef MINNOW_TABLE_FIELD_H
#define MINNOW_TABLE_FIELD_H

#include "core/base/buf.h"
#include "core/table/schema.h"

enum field_state {
    FIELD_VALUE,
    FIELD_UNSET,  /* the log's unset mark: missing, not zero */
    FIELD_EMPTY,  /* the log's mark for an empty string or set */
    FIELD_ABSENT, /* this row's file has no such column */
};

struct field {
    struct span text; /* the log's own bytes, marks included; borrowed from the row's buffer */
    uint8_t state;    /* enum field_state */
    bool escaped;     /* text holds Zeek escapes (\xHH or \\) that field_decode resolves */
};

struct format;

struct layout {
    const struct format *format;
    char separator; /* one byte, printable or TAB */
    char set_separator;
    char *unset; /* owned; the unset mark */
    char *empty; /* owned; the mark of an empty string or set */
    size_t unset_len, empty_len;
    int unset_char; /* the unset mark when it is of one byte, else -1 */
    uint8_t blank;  /* enum field_state of a field without bytes: no value in any case */
    bool odd_marks; /* a mark begins like a number or a word: it must be looked for first */
    uint32_t n_fields;
    uint32_t *column; /* owned; field number in the file -> column number in the table; UINT32_MAX:
                         dropped */
    int32_t role_field[N_ROLES]; /* field number that holds a role, or -1 */
    bool other;  /* rows of another log than the one that is read: each is rejected */
    bool iot23;  /* the last field holds three, joined by three blanks */
    bool sparse; /* rows leave out what is unset: a column without a field is unset */
    void *own;   /* owned: what the format keeps besides, one block of own_bytes */
    uint32_t own_bytes;
    int32_t *wanted_field; /* owned; the field of each wanted input, or -1; NULL: none are wanted */
};

void layout_free(struct layout *layout);

/* A layout with n unbound fields. NULL on memory. The caller owns it. */
struct layout *layout_make(const struct format *format, uint32_t n_fields, char separator,
                           const char *unset, const char *empty, struct err *err) WARN_UNUSED;

/* Gives every field its column: the schema's column of that name, else the one of its role (several
 * logs may spell one column differently: src_ip and id.orig_h are one, unless a log has both), else
 * a new one. `name` and `type` hold n_fields each. Of equal names the first counts; the others are
 * dropped with a notice. Errors: ERR_DATA, ERR_LIMIT. */
struct notices;
int layout_bind(struct layout *layout, char *const *name, const enum col_type *type,
                struct schema *schema, const char *path, struct notices *notices,
                struct err *err) WARN_UNUSED;

/* True when both cut rows in the same way into the same columns. */
bool layout_equal(const struct layout *a, const struct layout *b);

/* What a text between separators is. Range: FIELD_VALUE, FIELD_UNSET, FIELD_EMPTY. */
static inline uint8_t field_state(const struct layout *l, struct span text)
{
    if (text.len == 0)
        return l->blank;
    if (text.ptr[0] == l->unset[0] && text.len == l->unset_len &&
        (text.len == 1 || memcmp(text.ptr, l->unset, text.len) == 0))
        return FIELD_UNSET;
    if (text.ptr[0] == l->empty[0] && text.len == l->empty_len &&
        memcmp(text.ptr, l->empty, text.len) == 0)
        return FIELD_EMPTY;
    return FIELD_VALUE;
}

/* Bytes around the fields of a row that was not made: whoever reads one may load words that begin in
 * front of it or end behind it. */
#define FIELD_ROOM_BEFORE 16
#define FIELD_ROOM_BEHIND 64

/* The fields of one row, in the file's order: made one by one, or only where they end. */
struct row_fields {
    const struct field
        *made; /* all of them; NULL: field i is what stands from base + end[i - 1] + 1
                                 up to base + end[i], has no escapes, and has room around it */
    const char *base;
    const uint16_t *end; /* end[-1] is there too */
};

/* A field that was not made. */
static inline struct span row_field_found(const struct row_fields *row, uint32_t i)
{
    const uint16_t *end = row->end + i;
    return span_make(row->base + end[-1] + 1, (size_t)end[0] - end[-1] - 1);
}

static inline struct field row_field(const struct layout *l, const struct row_fields *row,
                                     uint32_t i)
{
    struct span text;
    if (row->made != NULL)
        return row->made[i];
    text = row_field_found(row, i);
    return (struct field){text, field_state(l, text), false};
}

/* Value -> its bytes with Zeek's escapes decoded once. Returns field.text itself when there are
 * none, otherwise the bytes in *scratch, whose former ones are gone. Unset and empty fields come back
 * as they stand. Errors: without memory the text comes back as written and scratch->failed is set,
 * and stays so: who makes results of many fields asks once at the end. */
struct span field_decode(const struct field *f, struct buf *scratch);

#endif
