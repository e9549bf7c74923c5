/* The addresses of a set of rows as a file for other systems: one a line, most rows first. */
#ifndef MINNOW_EXPORT_ADDRESSES_H
#define MINNOW_EXPORT_ADDRESSES_H

#include "core/export/outfile.h"
#include "core/query/repeat.h"

struct addresses_opts {
    const char *path; /* "-" for standard output */
    bool force;
    bool counts;                /* a tab and the number of rows behind each address */
    const char *const *protect; /* n_protect files beside the table's that must not be replaced */
    size_t n_protect;
};

/* Whole or not at all, as an export (outfile.h). What is no plain text in an address is cleaned, so
 * that a log cannot add lines. `reader_gone` (or NULL) is set when it failed because nobody reads
 * standard output any more. Errors: ERR_IO, ERR_LIMIT, ERR_CANCELLED. */
int addresses_write(const struct addresses_opts *opts, const struct table *t,
                    const struct repeat *item, uint64_t n, bool *reader_gone, struct job *job,
                    struct err *err) WARN_UNUSED;

#endif
