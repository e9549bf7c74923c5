/* Whole small files; see slurp.h. */
#include "core/base/slurp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#define CHUNK       ((size_t)16 << 10)
#define PATIENCE_MS 10000

static int read_all(int fd, const char *path, const char *what, struct buf *out, struct err *err)
{
    struct pollfd wait = {fd, POLLIN, 0};
    char chunk[CHUNK], sentence[96];
    ssize_t n;
    while ((n = read(fd, chunk, sizeof chunk)) != 0) {
        if (n < 0 && (errno == EINTR || (errno == EAGAIN && poll(&wait, 1, PATIENCE_MS) > 0)))
            continue;
        if (n < 0) {
            (void)snprintf(sentence, sizeof sentence, "cannot read %s", what);
            return err_errno(err, path, sentence);
        }
        if (out->max > 0 && (size_t)n > out->max - out->len)
            return err_at(err, ERR_LIMIT, path, 0, "is too long: at most %zu KiB", out->max >> 10);
        buf_add(out, chunk, (size_t)n);
        if (out->failed)
            return err_memory(err, what);
    }
    return 0;
}

int slurp(const char *path, const char *what, struct buf *out, struct err *err)
{
    char sentence[96];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int rc;
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 1;
    if (fd < 0) {
        (void)snprintf(sentence, sizeof sentence, "cannot open %s", what);
        return err_errno(err, path, sentence);
    }
    rc = read_all(fd, path, what, out, err);
    close(fd);
    return rc;
}
