/* A small table that stands for a big log before that has been read: its first rows, or rows from
 * all over it.
 *
 * The rows are parsed like any others, from a private copy of their text, and can be read again like
 * any others. Line numbers and row numbers are the sample's own. */
#ifndef MINNOW_SAMPLE_H
#define MINNOW_SAMPLE_H

#include "core/load.h"

#define SAMPLE_LEAST ((uint64_t)2 << 20) /* a share of less is not worth a preview */

struct sample_opts {
    const struct load_opts *load; /* what is being loaded */
    uint64_t bytes;               /* of text, at most; at least 64 KiB is sensible */
    uint32_t share;               /* at most this part of the files' bytes: 1/share; 0: any */
    bool spread;                  /* from all over the files, not from the beginning of the first */
    int stream_fd; /* the copy of a stream's text, see glance.h; used when the first input is one */
    uint64_t stream; /* bytes of text in it, 0 for none */
};

/* What a sample is of. */
struct sample_facts {
    bool stream;     /* the first input can't be read twice: `stream_fd` is what there is */
    bool spread;     /* not only the first rows */
    size_t n_inputs; /* that are loaded */
};

/* Whether the first rows can be read without a wait: what is loaded is one file that has
 * bytes. */
bool sample_at_hand(const struct load_opts *load);

/* Files are sampled in pieces at equal distances, packed ones (and such with line ends inside of quoted
 * values) at their beginning; of many files some are sampled. NULL with ERR_DATA when nothing is there
 * or too little to be worth it, ERR_IO, ERR_LIMIT, ERR_CANCELLED; *facts is set in any case.
 * Cost: the bytes are read and parsed on one thread, and held in memory. */
struct table *sample_table(const struct sample_opts *opts, struct sample_facts *facts,
                           struct job *job, struct err *err) WARN_UNUSED;

#endif
