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
    uint32_t n_fields;
    uint32_t *column; /* owned; field number in the file -> column number in the table; UINT32_MAX:
                         dropped */
    int32_t role_field[N_ROLES]; /* field number that holds a role, or -1 */
    bool iot23;                  /* the last field holds three, joined by three blanks */
    bool sparse; /* rows leave out what is unset: a column without a field is unset */
    void *own;   /* owned: what the format keeps besides, one block of own_bytes */
    uint32_t own_bytes;
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

/* Value -> its bytes with Zeek's escapes decoded once. Returns field.text itself when there are
 * none, otherwise the bytes in *scratch (cleared first). Unset and empty fields come back as they
 * stand. */
struct span field_decode(const struct field *f, struct buf *scratch);

#endif
