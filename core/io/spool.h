/* A private copy of texts that no file holds as they are: standard input, pipes, what was packed.
 *
 * One unlinked file (mode 0600, in TMPDIR, else /var/tmp) keeps the texts of any number of inputs, one
 * behind the other, so that thousands of packed files take one descriptor. */
#ifndef MINNOW_IO_SPOOL_H
#define MINNOW_IO_SPOOL_H

#include "core/base/err.h"

struct spool {
    int fd;       /* -1: nothing was kept yet */
    uint64_t end; /* bytes in it: where the next text begins */
};

#define SPOOL_INIT                                                                                 \
    {                                                                                              \
        -1, 0                                                                                      \
    }

/* Makes the file, if there is none. Errors: ERR_IO. */
int spool_open(struct spool *s, struct err *err) WARN_UNUSED;

/* Takes a file (duplicated) that has a text already. Errors: ERR_IO. */
int spool_adopt(struct spool *s, int fd, struct err *err) WARN_UNUSED;

/* Appends. `name` is the input's, for the message. Errors: ERR_IO. */
int spool_add(struct spool *s, const char *bytes, size_t n, const char *name,
              struct err *err) WARN_UNUSED;

void spool_close(struct spool *s);

#endif
