/* Writing rows and clusters as CSV, Zeek TSV or JSON lines. */
#ifndef MINNOW_EXPORT_EXPORT_H
#define MINNOW_EXPORT_EXPORT_H

#include "core/export/lines.h"
#include "core/export/outfile.h"
#include "core/query/rowset.h"

struct export_opts {
    const char *path; /* "-" for standard output */
    enum export_form form;
    uint32_t cluster; /* 1..k, or CLUSTER_ALL: every row, with `cluster,distance` behind */
    const char *
        columns; /* comma-separated names (in double quotes where they have commas, quotes doubled), or
                     NULL for the log's own columns in the log's order */
    bool raw, force;
    const struct rowset *rows; /* NULL, or exactly these rows in this order (a view's); borrowed */
    const struct clustering
        *of; /* for the engine: whose clusters; NULL: the current one's; borrowed */
};

struct export_result {
    uint64_t rows; /* written */
    uint64_t gone; /* rows whose text is no longer there; not written, said */
    uint64_t bytes;
    enum export_form form;
    bool reader_gone; /* it failed because nobody reads any more */
};

/* A head as the form has it, then one line per row, LF ends: see lines.h. Errors: ERR_USAGE (unknown
 * column), ERR_IO, ERR_LIMIT, ERR_CANCELLED; nothing is left behind then. */
int export_run(struct export_result *out, const struct table *t, const struct clustering *c,
               const struct export_opts *opts, struct parallel *pool, struct job *job,
               struct err *err) WARN_UNUSED;

#endif
