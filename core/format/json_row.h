/* One line of JSON as fields. Private to core/format.
 *
 * Keys are what a layout keeps of the names that its fields have in the text: one block of bytes
 * without pointers, so that blocks can be compared and freed as they are. */
#ifndef MINNOW_FORMAT_JSON_ROW_H
#define MINNOW_FORMAT_JSON_ROW_H

#include "core/format/format.h"
#include "core/format/json.h"

#define JSON_MOST_NAME 256 /* bytes; a longer key, or one without a name, is no column */

struct json_key {
    uint32_t at, len; /* the name: where in the block */
    bool time;        /* milliseconds and ISO 8601 become epoch seconds */
    bool plain;       /* needs no escapes: can be compared with the text as it stands */
};

struct json_keys {
    uint32_t n, slots;          /* slots: a power of two, of a hash table of field numbers + 1 */
    uint32_t keys_at, slots_at; /* where in the block */
    uint32_t path_at, path_len; /* the log that is read of several in one file; 0: all */
    int32_t path_field, stream_field; /* `_path`, `@stream`; -1 when there are none */
    bool full;                        /* no further columns: what is unknown is left out */
};

/* What a value is, as bits: a column may hold several. */
enum json_kind { JSON_NUMBER = 1, JSON_STRING = 2, JSON_BOOL = 4, JSON_ARRAY = 8 };

enum json_row { JSON_ROW, JSON_ROW_BROKEN, JSON_ROW_DEEP, JSON_ROW_OTHER, JSON_ROW_MEMORY };

struct json_reader {
    struct json json;
    const struct json_keys *keys; /* NULL: no key is known */
    struct field *out;
    uint32_t *follow; /* which field came behind each in earlier rows (n + 1 of them), or NULL */
    uint32_t *set;    /* fields that the last row set (n of them have room), or NULL */
    uint32_t n_set;   /* UINT32_MAX: not known, all may be */
    uint32_t last;    /* the field read last, + 1 */
    struct buf *scratch;
    size_t row_len;
    bool unknown; /* a key that has no field holds a value */
    char name[JSON_MOST_NAME];
    /* Told every value that has no field, when not NULL. */
    void (*tell)(void *user, struct span name, enum json_kind kind, struct span text);
    void *user;
};

/* Reads the object of a row into keys->n fields; r->keys, out, follow, set, scratch, tell are set,
 * and n_set is UINT32_MAX before the first row. With `set`, out keeps its place between rows. What
 * the row leaves out is unset. The fields' bytes are the row's or lie in the scratch buffer. */
enum json_row json_row_read(struct json_reader *r, struct span row) WARN_UNUSED;

/* The name of a log that stands in front of the object ("conn - {...}"); empty when there is none. */
struct span json_row_prefix(struct span row);

/* True when the row holds one sound object that is not empty, whatever stands in front of it. */
bool json_row_sound(struct span row);

/* A block for these names. NULL on memory. *bytes: its length.
 * Freed with mem_free. */
struct json_keys *json_keys_new(char *const *name, size_t n, struct span path, bool full,
                                uint32_t *bytes) WARN_UNUSED;

static inline const char *json_keys_text(const struct json_keys *k, uint32_t at)
{
    return (const char *)k + at;
}

#endif
