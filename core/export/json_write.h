/* Writing JSON: values, and the commas and indentation between them.
 *
 * The writer knows only what is needed for a report: it puts commas, and newlines where asked. Text
 * is made safe to show: control, C1, bidi and zero-width characters become \uXXXX escapes, a byte
 * that is not valid UTF-8 becomes the text \xff. */
#ifndef MINNOW_EXPORT_JSON_WRITE_H
#define MINNOW_EXPORT_JSON_WRITE_H

#include "core/base/buf.h"

#define JSON_MAX_DEPTH 16

struct json {
    struct buf *out;
    uint32_t depth;
    bool after_key;             /* a key waits for its value */
    bool any[JSON_MAX_DEPTH];   /* something stands in the open object or array already */
    bool lines[JSON_MAX_DEPTH]; /* its members stand on lines of their own */
};

/* A text as a JSON string, quotes included, made safe as said above. */
void json_quote(struct buf *out, struct span text);

void json_init(struct json *j, struct buf *out);

/* bracket: '{' or '['. */
void json_open(struct json *j, char bracket, bool lines);
void json_close(struct json *j, char bracket);

/* Inside an object: the key of the next value. A constant of the program. */
void json_key(struct json *j, const char *key);
void json_key_span(struct json *j, struct span key); /* a key that comes from the log */

void json_string(struct json *j, struct span text);
void json_count(struct json *j, uint64_t n);
void json_number(struct json *j, double x); /* shortest text; null for NaN and infinity */
void json_bool(struct json *j, bool b);
void json_null(struct json *j);

#endif
