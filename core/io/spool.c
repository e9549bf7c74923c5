/* The unlinked copy; see spool.h. */
#include "core/io/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int spool_open(struct spool *s, struct err *err)
{
    const char *dir = getenv("TMPDIR");
    char name[512];
    if (s->fd >= 0)
        return 0;
    if (dir == NULL || dir[0] != '/' || strlen(dir) > 400)
        dir = "/var/tmp";
    s->fd = open(dir, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (s->fd >= 0)
        return 0;
    (void)snprintf(name, sizeof name, "%s/minnow.XXXXXX", dir);
    s->fd = mkostemp(name, O_CLOEXEC);
    if (s->fd < 0)
        return err_errno(err, dir, "cannot keep a copy of the input (set TMPDIR)");
    (void)unlink(name);
    return 0;
}

int spool_adopt(struct spool *s, int fd, struct err *err)
{
    struct stat st;
    s->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (s->fd < 0 || fstat(s->fd, &st) != 0)
        return err_errno(err, "a copy", "cannot be read");
    s->end = (uint64_t)st.st_size;
    return 0;
}

int spool_add(struct spool *s, const char *bytes, size_t n, const char *name, struct err *err)
{
    while (n > 0) {
        ssize_t wrote = pwrite(s->fd, bytes, n, (off_t)s->end);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return err_errno(err, name, "cannot keep a copy of the input (set TMPDIR)");
        bytes += wrote;
        n -= (size_t)wrote;
        s->end += (uint64_t)wrote;
    }
    return 0;
}

void spool_close(struct spool *s)
{
    if (s->fd >= 0)
        close(s->fd);
    *s = (struct spool)SPOOL_INIT;
}
