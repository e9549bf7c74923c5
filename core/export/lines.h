/* Rows as lines of text, in one of three forms.
 *
 * CSV: RFC 4180, a header row, the log's own text with Zeek's escapes decoded; formulas are guarded
 * unless `raw`. A decoded value equal to an unset or empty mark stays as the log wrote it.
 *
 * Zeek TSV: a log with a header as Zeek writes it (zeek_write.h), without the times of opening and
 * closing: the same rows are the same bytes.
 *
 * JSON lines: an object a row, as Zeek writes them: what is unset is left out, numbers and booleans
 * are bare, sets are arrays of strings, times are epoch seconds. Numbers keep the digits of the log.
 * Text is strict UTF-8: a byte that is none becomes the text \xff. */
#ifndef MINNOW_EXPORT_LINES_H
#define MINNOW_EXPORT_LINES_H

#include "core/table/row_reader.h"

/* form, its name on the command line, what people call it, how its files end */
#define EXPORT_FORMS(X)                                                                            \
    X(CSV, "csv", "CSV", ".csv")                                                                   \
    X(ZEEK, "zeek", "Zeek TSV", ".log")                                                            \
    X(JSON, "json", "JSON lines", ".json")

enum export_form {
    EXPORT_BY_NAME, /* as the target's name ends */
#define X(id, name, called, ending) EXPORT_##id,
    EXPORT_FORMS(X)
#undef X
        EXPORT_N_FORMS
};

/* .log and .tsv: Zeek TSV; .json, .jsonl and .ndjson: JSON lines; anything else is CSV. */
enum export_form export_form_of(const char *path);
const char *export_form_called(enum export_form form);
const char *export_form_ending(enum export_form form);

struct lines {
    enum export_form form; /* not EXPORT_BY_NAME */
    bool raw;
    const struct table *t;  /* borrowed */
    const uint32_t *column; /* those to write, in this order; borrowed */
    size_t n_columns;
    bool clusters;     /* cluster and distance behind them */
    char added[2][96]; /* their names: none that the log has itself */
    struct buf keys;   /* of JSON: every name with its quotes and colon, each with a NUL */
    uint32_t *key;     /* owned; where in `keys` each begins */
};

/* Sets the rest from form, raw, t, column, n_columns and clusters. Errors: ERR_LIMIT (memory). */
int lines_init(struct lines *l, struct err *err) WARN_UNUSED;
void lines_release(struct lines *l);

/* What stands in front of the rows; nothing for JSON. */
void lines_head(const struct lines *l, struct buf *out);

/* A row. cluster 0: it is in none; distance NAN: not known. */
void lines_row(const struct lines *l, const struct row *row, const struct layout *layout,
               uint32_t cluster, double distance, struct buf *out, struct buf *scratch);

#endif
