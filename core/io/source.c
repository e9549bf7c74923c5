/* Inputs as streams of bytes; see source.h. */
#include "core/io/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"

struct source {
    int fd;
    bool own_fd;
    int spool;   /* copy of a stream, or -1 */
    uint64_t at; /* bytes read so far */
    char *path;  /* owned */
    struct source_facts facts;
};

/* What messages call the input. */
static const char *shown(const struct source *s)
{
    return strcmp(s->path, "-") == 0 ? "standard input" : s->path;
}

static int open_spool(struct source *s, struct err *err)
{
    const char *dir = getenv("TMPDIR");
    char name[512];
    if (dir == NULL || dir[0] != '/' || strlen(dir) > 400)
        dir = "/var/tmp";
    s->spool = open(dir, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (s->spool >= 0)
        return 0;
    (void)snprintf(name, sizeof name, "%s/minnow.XXXXXX", dir);
    s->spool = mkostemp(name, O_CLOEXEC);
    if (s->spool < 0)
        return err_errno(err, dir, "cannot keep a copy of the input (set TMPDIR)");
    (void)unlink(name);
    return 0;
}

static const char *refusal(mode_t mode)
{
    if (S_ISDIR(mode))
        return "is a directory: name the log files in it";
    if (S_ISSOCK(mode))
        return "is a socket, not a log";
    if (S_ISBLK(mode) || S_ISCHR(mode))
        return "is a device, not a log";
    return NULL;
}

/* A socket, and a device without a driver, give no descriptor at all. */
static int not_opened(const struct source *s, struct err *err)
{
    int reason = errno;
    struct stat st;
    if (reason == ENXIO && stat(s->path, &st) == 0 && refusal(st.st_mode) != NULL)
        return err_at(err, ERR_IO, s->path, 0, "%s", refusal(st.st_mode));
    errno = reason;
    return err_errno(err, s->path, "cannot open");
}

static int open_descriptor(struct source *s, struct err *err)
{
    if (strcmp(s->path, "-") != 0) {
        s->fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        s->own_fd = s->fd >= 0;
        return s->own_fd ? 0 : not_opened(s, err);
    }
    s->fd = STDIN_FILENO;
    if (fcntl(s->fd, F_GETFD) < 0)
        return err_set(err, ERR_IO, "standard input is closed");
    if (isatty(s->fd) == 1)
        return err_set(err, ERR_IO, "standard input is a terminal: name a file");
    return 0;
}

static int open_file(struct source *s, struct err *err)
{
    struct stat st;
    const char *why;
    if (open_descriptor(s, err) != 0)
        return -1;
    if (fstat(s->fd, &st) != 0)
        return err_errno(err, shown(s), "cannot open");
    why = refusal(st.st_mode);
    if (why != NULL)
        return err_at(err, ERR_IO, shown(s), 0, "%s", why);
    s->facts = (struct source_facts){.dev = st.st_dev,
                                     .ino = st.st_ino,
                                     .size = (uint64_t)st.st_size,
                                     .mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 +
                                                 st.st_mtim.tv_nsec,
                                     .regular = S_ISREG(st.st_mode) && s->own_fd};
    if (s->facts.regular)
        return 0;
    s->facts.size = 0;
    return open_spool(s, err);
}

struct source *source_open(const char *path, struct job *job, struct err *err)
{
    struct source *s = mem_zalloc(1, sizeof *s);
    if (s == NULL) {
        err_memory(err, "an input");
        return NULL;
    }
    s->fd = s->spool = -1;
    s->path = mem_string(path);
    if (s->path == NULL)
        err_memory(err, "an input");
    else if (job_cancelled(job))
        job_stopped(err);
    else if (open_file(s, err) == 0)
        return s;
    source_close(s);
    return NULL;
}

void source_close(struct source *s)
{
    if (s == NULL)
        return;
    if (s->own_fd)
        close(s->fd);
    if (s->spool >= 0)
        close(s->spool);
    mem_free(s->path);
    mem_free(s);
}

void source_facts(const struct source *s, struct source_facts *out)
{
    *out = s->facts;
}

int source_take_spool(struct source *s)
{
    int fd = s->spool;
    s->spool = -1;
    return fd;
}

static int64_t read_file(struct source *s, void *out, size_t n, struct err *err)
{
    ssize_t got;
    do
        got = pread(s->fd, out, n, (off_t)s->at);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return err_errno(err, shown(s), "cannot read");
    s->at += (uint64_t)got;
    return got;
}

/* Sleeps until there are bytes, the other end is closed, or the job is cancelled. */
static int wait_readable(const struct source *s, struct job *job, struct err *err)
{
    struct pollfd fds[2] = {{.fd = s->fd, .events = POLLIN},
                            {.fd = job_cancel_fd(job), .events = POLLIN}};
    for (;;) {
        int n = poll(fds, 2, -1);
        if (job_cancelled(job))
            return job_stopped(err);
        if (n < 0 && errno != EINTR)
            return err_errno(err, shown(s), "cannot wait for");
        if (n > 0 && fds[0].revents != 0)
            return 0;
    }
}

static int keep_copy(struct source *s, const char *bytes, size_t n, struct err *err)
{
    uint64_t at = s->at;
    while (n > 0) {
        ssize_t wrote = pwrite(s->spool, bytes, n, (off_t)at);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return err_errno(err, shown(s), "cannot keep a copy of the input (set TMPDIR)");
        bytes += wrote;
        n -= (size_t)wrote;
        at += (uint64_t)wrote;
    }
    return 0;
}

static int64_t read_stream(struct source *s, void *out, size_t n, struct job *job, struct err *err)
{
    for (;;) {
        ssize_t got;
        if (wait_readable(s, job, err) != 0)
            return -1;
        got = read(s->fd, out, n);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0)
            return err_errno(err, shown(s), "cannot read");
        if (keep_copy(s, out, (size_t)got, err) != 0)
            return -1;
        s->at += (uint64_t)got;
        return got;
    }
}

int64_t source_read(struct source *s, void *out, size_t n, struct job *job, struct err *err)
{
    if (job_cancelled(job))
        return job_stopped(err);
    return s->facts.regular ? read_file(s, out, n, err) : read_stream(s, out, n, job, err);
}
