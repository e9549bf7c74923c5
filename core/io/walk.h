/* Which files the arguments mean: directories are read through, and no file is met twice.
 *
 * Arguments keep their order. In the place of a directory stand the files below it, by the bytes of
 * their paths. Hidden files and directories are passed over and counted. Links to directories are
 * not followed, so there are no cycles; a link to a file is that file. In a directory nothing is
 * waited for: pipes, sockets and devices are skipped. What an argument names is never skipped here,
 * except that a file is read once, under the first of its names.
 *
 * Nothing is opened but directories. */
#ifndef MINNOW_IO_WALK_H
#define MINNOW_IO_WALK_H

#include "core/job.h"

#define WALK_MAX_DEPTH 64 /* directories inside each other */

enum walked_what {
    WALKED_FILE,      /* to be read, or tried: an argument may be anything */
    WALKED_SKIPPED,   /* not to be read: `why` */
    WALKED_TWICE,     /* an earlier file under another name: `why` */
    WALKED_FAILED,    /* could not be looked at: `why` */
    WALKED_DIRECTORY, /* a directory that was an argument; the `n_below` next ones were met in it */
};

struct walked {
    char *path; /* owned */
    char *why;  /* owned; a sentence without the path, or NULL */
    enum walked_what what;
    bool found;              /* met in a directory, and no argument under any of its names */
    bool regular;            /* a regular file, when it was looked at */
    uint64_t dev, ino, size; /* of a regular file */
    size_t n_below;
    uint64_t n_hidden; /* of a directory: hidden entries passed over */
};

struct walk {
    struct walked *item; /* owned */
    size_t n, cap;
};

/* Errors: ERR_LIMIT, ERR_CANCELLED. Released by the caller in any case. */
int walk_inputs(struct walk *w, const char *const *path, size_t n, struct job *job,
                struct err *err) WARN_UNUSED;
void walk_release(struct walk *w);

#endif
