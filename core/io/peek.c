/* Looking at the beginning of a file; see peek.h. No thread and no copy, unlike source.c. */
#include "core/io/peek.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/io/unpack.h"

#define RAW_BYTES ((size_t)32 << 10)

static int open_regular(const char *path, struct err *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return err_errno(err, path, "cannot open");
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    close(fd);
    return err_at(err, ERR_IO, path, 0, "is no longer a file");
}

/* Reads until the room is full or the file ends. */
static int64_t read_some(int fd, const char *path, char *out, size_t n, struct err *err)
{
    size_t len = 0;
    while (len < n) {
        ssize_t got = read(fd, out + len, n - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno(err, path, "cannot read");
        if (got == 0)
            break;
        len += (size_t)got;
    }
    return (int64_t)len;
}

/* `raw` holds the first `len` bytes of the file. */
static int64_t unpack_first(int fd, const char *path, enum packing kind, char *raw, size_t len,
                            char *out, size_t n, bool *whole, struct err *err)
{
    struct unpack *u = unpack_new(kind, err);
    struct span in = span_make(raw, len);
    size_t text = 0;
    bool end = len < RAW_BYTES, torn;
    int64_t rc = u == NULL ? -1 : 0;
    while (rc >= 0 && text < n && !unpack_over(u)) {
        int64_t got = unpack_some(u, &in, end, out + text, n - text, err);
        if (got < 0) {
            rc = -1;
        } else if (got > 0) {
            text += (size_t)got;
        } else if (!unpack_over(u)) {
            rc = read_some(fd, path, raw, RAW_BYTES, err);
            in = span_make(raw, rc < 0 ? 0 : (size_t)rc);
            end = rc < (int64_t)RAW_BYTES;
        }
    }
    *whole = u != NULL && unpack_over(u);
    if (*whole && text == 0 && unpack_damage(u, &torn, err))
        rc = -1;
    unpack_free(u);
    return rc < 0 ? -1 : (int64_t)text;
}

int64_t peek_text(const char *path, char *out, size_t n, bool *whole, struct err *err)
{
    int fd = open_regular(path, err);
    char *raw = NULL;
    int64_t len = -1;
    enum packing kind;
    if (fd < 0)
        return -1;
    raw = mem_alloc(RAW_BYTES, 1);
    if (raw == NULL) {
        err_memory(err, "a part of the input");
        goto out;
    }
    len = read_some(fd, path, raw, RAW_BYTES, err);
    if (len < 0)
        goto out;
    kind = packing_of(span_make(raw, (size_t)len));
    if (kind != PACKED_NOT) {
        len = unpack_first(fd, path, kind, raw, (size_t)len, out, n, whole, err);
        goto out;
    }
    if ((size_t)len > n)
        len = (int64_t)n;
    memcpy(out, raw, (size_t)len);
    if ((size_t)len == RAW_BYTES && n > RAW_BYTES) {
        int64_t more = read_some(fd, path, out + len, n - (size_t)len, err);
        len = more < 0 ? -1 : len + more;
    }
    *whole = len >= 0 && (size_t)len < n;
out:
    mem_free(raw);
    close(fd);
    return len;
}
