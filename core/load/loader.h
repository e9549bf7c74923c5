/* Private to the loader: what its workers share, and the parts that it is made of. See load.c. */
#ifndef MINNOW_LOAD_LOADER_H
#define MINNOW_LOAD_LOADER_H

#include <pthread.h>

#include "core/format/format.h"
#include "core/io/source.h"
#include "core/load.h"
#include "core/load/inputs.h"

#define NO_REJECT N_REJECTS

/* A run of whole rows of the input's text. */
struct chunk {
    char *bytes; /* owned by the worker */
    size_t len, cap;
    size_t to_read; /* bytes at the front that are still in the file */
    uint64_t number, offset;
    const struct layout *layout;
    bool last;
    enum reject tail;    /* the row that was cut off behind the chunk, or NO_REJECT */
    uint64_t tail_lines; /* lines that it took */
    struct err problem;  /* why it could not be read */
};

struct worker {
    struct chunk chunk;
    struct batch *batch; /* owned */
    bool reserved;       /* the batch has its rows in the table, and they are to be copied */
};

struct loader {
    const struct load_opts *opts;
    struct inputs plan;
    struct spool spool; /* the table's in the end */
    struct job *job;
    struct parallel *pool;
    struct table_builder *builder;
    size_t chunk_bytes;
    uint64_t max_rows;
    struct progress progress;
    bool opened;      /* at least one input could be, and read */
    bool known_kind;  /* of the input that is read: it was looked at before */
    struct err fatal; /* memory, a limit or a mistake: the whole load fails */

    /* The input that is read; `lock` guards what follows. */
    pthread_mutex_t lock;
    pthread_cond_t turn_changed;
    const char *path;
    uint32_t input;
    struct source *source;
    const struct format *format;
    struct head *head;
    struct layout *layout;  /* current; the table's */
    bool in_vain;           /* the log that is read by default was looked for, and not to the end */
    uint64_t others_before; /* rows of other logs, when the input was begun */
    bool head_changed;      /* header lines were read since the layout was made */
    char *carry;            /* bytes read and not yet taken, from carry_at to carry_len; owned */
    size_t carry_at, carry_len, carry_cap;
    uint64_t offset;       /* of the carry in the text */
    uint64_t bytes_before; /* progress when the input was begun */
    uint64_t text_read;    /* bytes of the text, by source_read */
    bool eof, skipping;
    bool cut_short; /* cancelled before the first row: what had been read is all there is */
    bool stop;      /* no chunk is taken any more */
    bool ended;     /* no row is appended any more */
    uint64_t next_number, turn;
    uint64_t lines;     /* before the chunk whose turn it is */
    struct err problem; /* what stopped this input */
};

/* ---- chunk.c: bytes ---- */

/* Reads until the carry holds `want` bytes or the input ends. */
int carry_fill(struct loader *l, size_t want, struct err *err) WARN_UNUSED;

/* After carry_fill failed with `err`: when it was cancelled while more of a slow stream was waited for, the
 * whole lines at hand are kept and end the input. False when there are none, or anything else is wrong. */
bool carry_cut_short(struct loader *l, const struct err *err);

/* The bytes that were read and not yet taken. */
struct span carry_span(const struct loader *l);

/* The next chunk; false when there is none, or the input is stopped. The lock is held. */
bool chunk_take(struct loader *l, struct chunk *c);

/* Reads the bytes of a chunk that taking it left in the file. No lock is held. False when that fails:
 * c->problem says why. */
bool chunk_read(const struct loader *l, struct chunk *c);

/* ---- turn.c: rows; who calls has the turn, and the lock ---- */

/* Header lines in front of the first row, then the first layout. */
int turn_header(struct loader *l, struct err *err) WARN_UNUSED;

/* Takes a worker's chunk into the table: its rows are numbered and counted. What of them is left to
 * copy, turn_copy copies. `parsed` is what parse took with the chunk's own layout. */
void turn_append(struct loader *l, struct worker *w, size_t parsed);

/* Copies the rows that were reserved for a worker. No lock is needed. */
void turn_copy(struct worker *w);

#endif
