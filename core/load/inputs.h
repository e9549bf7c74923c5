/* What of the arguments is read as the log, what is not, and why.
 *
 * Arguments are walked (io/walk.h), and the first bytes of every regular file say what it is. Of several
 * kinds of log one is read: the one that was asked for, else conn, else the one with most bytes among
 * those that name an originator, else among all. A file that does not say its kind is conn when its
 * columns are those of connections, else has the kind of its name, and else goes by its format. An argument whose kind nothing says is read whatever is chosen.
 *
 * What was met in a directory and is no log is skipped; an argument that is none is left to the loader,
 * which refuses it. A single file that is an argument is not looked at before it is read, nor are
 * standard input and pipes.
 *
 * A file that is another one's packed copy is read once, from the one that is not packed (io/twin.h).
 *
 * Where rows are asked for by time, files of a Zeek archive whose names say that they are a day or more
 * away from it are not opened: the day covers the zone of the sensor's clock. */
#ifndef MINNOW_INPUTS_H
#define MINNOW_INPUTS_H

#include "core/base/notices.h"
#include "core/io/logname.h"
#include "core/io/walk.h"
#include "core/load.h"

enum plan {
    PLAN_READ,
    PLAN_SKIP, /* nobody minds that it is not read */
    PLAN_FAIL, /* it should have been read */
};

/* Why a file is skipped: id, words in front of a count */
#define PLAN_SKIPS(X)                                                                              \
    X(KIND, "other kinds")                                                                         \
    X(FOREIGN, "not logs")                                                                         \
    X(EMPTY, "empty")                                                                              \
    X(TWICE, "met twice")                                                                          \
    X(RANGE, "outside --from/--to by name")                                                        \
    X(NO_FILE, "not files")

enum plan_skip {
#define X(id, words) SKIP_##id,
    PLAN_SKIPS(X)
#undef X
        N_PLAN_SKIPS
};

struct planned {
    const char *path; /* borrowed from the walk */
    enum plan plan;
    enum plan_skip skip;
    char *why;               /* owned; a sentence, when it is not read */
    const char *format;      /* the format's name, or "" when it was not seen */
    char kind[LOGNAME_KIND]; /* "" when nothing says it */
    bool says;               /* its content says the kind */
    bool found;              /* met in a directory */
};

struct inputs {
    struct walk walk;
    struct planned *item; /* owned */
    size_t n, cap;
    size_t n_read;  /* items with PLAN_READ */
    uint64_t bytes; /* of the files to be read; 0 when one is no file */
};

/* Errors: ERR_LIMIT, ERR_CANCELLED; ERR_DATA when no file is of the kind that was asked for. Released
 * by the caller in any case. `notices` gets a summary of what is skipped. */
int inputs_plan(struct inputs *in, const struct load_opts *opts, struct notices *notices,
                struct job *job, struct err *err) WARN_UNUSED;
void inputs_release(struct inputs *in);

#endif
