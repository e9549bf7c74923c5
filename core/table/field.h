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

/* Where an input of the numbers that are wanted (wanted.h) stands. */
struct wanted_field {
    int32_t field; /* -1: nowhere */
    enum col_type type;
};

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
    struct wanted_field *wanted; /* owned; of each wanted input; NULL: none are wanted */
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

/* Rows one behind the other, of whose fields only the ends were found. None has escapes, and each has
 * room around it. */
struct found_rows {
    const char *base;
    const uint16_t
        *end; /* field f of row r stands behind base + end[r * n_fields + f - 1] and goes up
                            to base + end[r * n_fields + f]; end[-1] is there too */
    uint32_t n_fields;
    uint32_t n;
};
#define FOUND_ROWS_MAX 128 /* rows at a time: their text stays near the processor */

static inline struct span found_field(const struct found_rows *rows, uint32_t r, uint32_t f)
{
    const uint16_t *end = rows->end + (size_t)r * rows->n_fields + f;
    return span_make(rows->base + end[-1] + 1, (size_t)end[0] - end[-1] - 1);
}

/* A value as it stands between separators. */
static inline struct field field_of(const struct layout *l, struct span text)
{
    return (struct field){text, field_state(l, text), false};
}

/* Value -> its bytes with Zeek's escapes decoded once. Returns field.text itself when there are
 * none, otherwise the bytes in *scratch, whose former ones are gone. Unset and empty fields come back
 * as they stand. Errors: without memory the text comes back as written and scratch->failed is set,
 * and stays so: who makes results of many fields asks once at the end. */
struct span field_decode(const struct field *f, struct buf *scratch);

#endif
