/* Rows on their way into a table: what one worker made of one chunk.
 *
 * A batch is private to its worker until it is appended. It holds the typed columns of its rows,
 * their addresses and categories, and what was rejected. Line numbers inside are relative to the
 * chunk. Addresses that were appended stay when it is cleared, so a batch serves one table. */
#ifndef MINNOW_TABLE_BATCH_H
#define MINNOW_TABLE_BATCH_H

#include "core/base/err.h"
#include "core/table/field.h"

/* reason, sentence */
#define REJECTS(X)                                                                                 \
    X(TOO_FEW, "too few fields")                                                                   \
    X(TOO_MANY, "too many fields")                                                                 \
    X(TOO_LONG, "line longer than 1 MiB")                                                          \
    X(TRUNCATED, "last line is cut off")                                                           \
    X(BAD_QUOTE, "quote that never closes")                                                        \
    X(BAD_CSV, "broken CSV row")                                                                   \
    X(BAD_JSON, "broken JSON")                                                                     \
    X(DEEP_JSON, "JSON nested deeper than 64")                                                     \
    X(OTHER_LOG, "row of another log")

enum reject {
#define X(id, text) REJECT_##id,
    REJECTS(X)
#undef X
        N_REJECTS
};
const char *reject_text(enum reject why);

struct batch; /* opaque: batch.c and table_build.c */

struct batch *batch_new(void) WARN_UNUSED; /* NULL on memory */
void batch_free(struct batch *b);
void batch_clear(struct batch *b);

/* From now on a row whose time is missing, before `from_us` or not before `to_us` is counted as
 * outside, and not added. */
void batch_set_range(struct batch *b, int64_t from_us, int64_t to_us);
/* From now on the batch's rows get the numbers that are wanted. */
struct wanted;
void batch_want(struct batch *b, struct wanted *w);

/* Adds a row: fields in the file's order, exactly layout->n_fields of them. `offset` is where the
 * row starts in the input's text, ascending; `line` the 1-based line inside the chunk. Values that do not
 * parse as their column's type become missing and are counted. Never fails: memory trouble is kept
 * and reported by table_append. */
void batch_row(struct batch *b, const struct layout *layout, uint64_t offset, uint64_t line,
               const struct field *fields);

/* The same for rows whose fields were only found, at most FOUND_ROWS_MAX of them: `offset` is where the
 * first row starts. */
void batch_rows_found(struct batch *b, const struct layout *layout, uint64_t offset,
                      const struct found_rows *rows);
void batch_reject(struct batch *b, enum reject why, uint64_t line, uint32_t field);

/* Memory was short while a row was read: table_append says so. */
void batch_fail(struct batch *b);

/* How many lines the chunk had; set by the parser when it is done. */
void batch_set_lines(struct batch *b, uint64_t lines);
uint64_t batch_lines(const struct batch *b);

#endif
