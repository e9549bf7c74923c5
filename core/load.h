/* Opening and reading inputs into a table. */
#ifndef MINNOW_LOAD_H
#define MINNOW_LOAD_H

#include "core/glance.h"
#include "core/job.h"
#include "core/parallel.h"
#include "core/table/table.h"
#include "core/table/wanted.h"

struct load_opts {
    const char *const *path; /* as given: files, directories; "-" is standard input */
    size_t n_paths;
    bool ranged;            /* only rows whose time is from from_us on and before to_us ... */
    int64_t from_us, to_us; /* ... and none without a time (--from, --to) */
    const char *kind;       /* --path=NAME: which kind of log of several, or NULL */
    const char *fields;     /* --fields=LIST or NULL */
    char delimiter;         /* --delimiter or 0 */
    uint32_t threads;       /* 0: all */
    size_t chunk_bytes;     /* 0: default (512 KiB); tests shrink it, never below 64 */
    struct glance *glance;  /* is told of the first input's text while it is copied; or NULL */
    const int *text;        /* a file with the text of the one input (duplicated); else NULL */
    uint64_t max_rows;      /* 0: TABLE_MAX_ROWS; tests lower it */
    uint32_t max_addrs;     /* different ones; 0: as many as have a number; tests lower it */
    struct wanted *wanted;  /* numbers to make of each row, or NULL; the load's to free, whatever
                               becomes of it */
};

/* Reads all inputs in order into one table. An input that can't be read is recorded in table->input
 * (state, problem) and noticed; the call fails only when no input gave a row: ERR_DATA, or ERR_IO
 * when nothing could be opened at all (the error is then the first input's own). Cancelled: the
 * contiguous rows before it come back as a table with `partial` set; with no row yet,
 * ERR_CANCELLED. Deterministic for any thread count and chunk size. NULL on error. */
struct table *load_table(const struct load_opts *opts, struct job *job,
                         struct err *err) WARN_UNUSED;

#endif
