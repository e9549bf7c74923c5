/* Whole files or none; see outfile.h.
 *
 * DESIGN
 * 1. A regular target is written under a name of its own in the same directory and renamed at the
 * end: whoever looks sees the old file or the complete new one.
 * 2. Without force the last step is a rename that never replaces, or link(2) where the file system
 * has none: a file that came in the meantime stays.
 * 3. The name of the temporary file stands in a static buffer while it exists, so that a handler of
 * fatal signals can remove it (outfile_emergency_unlink). One file is written at a time.
 * 4. A stream may have a reader that waits, or none yet: every wait for one ends when the job is
 * cancelled. Behind poll a pipe takes PIPE_BUF bytes without blocking. */
#include "core/export/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"

enum kind { OUT_STREAM, OUT_REPLACE };

struct outfile {
    enum kind kind;
    int fd;
    char *path, *temp; /* owned; temp only for OUT_REPLACE */
    bool force;
    bool broken;     /* nobody reads any more */
    struct job *job; /* borrowed, or NULL */
};

static char pending[4096];
static atomic_bool pending_set;
static atomic_uint serial;

void outfile_emergency_unlink(void)
{
    if (atomic_load(&pending_set))
        (void)unlink(pending);
}

bool outfile_exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int refuse_inputs(const char *path, const struct stat *st, const char *const *inputs,
                         size_t n, struct err *err)
{
    struct stat in;
    /* Standard input has no path, and is never a target. */
    bool input = fstat(STDIN_FILENO, &in) == 0 && same_file(&in, st);
    for (size_t i = 0; i < n && !input; i++)
        input = stat(inputs[i], &in) == 0 && same_file(&in, st);
    return input ? err_at(err, ERR_IO, path, 0,
                          "is an input: an export never replaces the log it came from")
                 : 0;
}

#define READER_MS 50 /* between two looks for a reader of a FIFO */

/* Opens without blocking, so that a FIFO without a reader can be given up. */
static int open_stream(struct outfile *f, const char *path, struct err *err)
{
    struct pollfd cancel = {.fd = job_cancel_fd(f->job), .events = POLLIN};
    struct stat st;
    int flags;
    f->kind = OUT_STREAM;
    for (;;) {
        f->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (f->fd >= 0 || errno != ENXIO || stat(path, &st) != 0 || !S_ISFIFO(st.st_mode))
            break;
        (void)poll(&cancel, 1, READER_MS);
        if (job_cancelled(f->job))
            return job_stopped(err);
    }
    if (f->fd < 0)
        return err_errno(err, path, "cannot write");
    if (isatty(f->fd) == 1)
        return err_at(err, ERR_IO, path, 0, "is a terminal: name a file");
    /* Whoever may write in its directory can have put another file there since it was looked at. */
    if (fstat(f->fd, &st) != 0 || !(S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)))
        return err_at(err, ERR_IO, path, 0, "was replaced while it was opened");
    flags = fcntl(f->fd, F_GETFL);
    if (flags < 0 || fcntl(f->fd, F_SETFL, flags & ~O_NONBLOCK) != 0)
        return err_errno(err, path, "cannot write");
    return 0;
}

static int open_stdout(struct outfile *f, struct err *err)
{
    f->kind = OUT_STREAM;
    if (isatty(STDOUT_FILENO) == 1)
        return err_set(err, ERR_IO,
                       "standard output is a terminal: name a file, or pipe the export somewhere");
    f->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    return f->fd < 0 ? err_errno(err, "standard output", "cannot write") : 0;
}

/* "dir/.minnow.PID.N.tmp" for "dir/name". */
static char *temp_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t dir = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    char *out = mem_alloc(dir + 64, 1);
    if (out == NULL)
        return NULL;
    memcpy(out, path, dir);
    (void)snprintf(out + dir, 64, ".minnow.%ld.%u.tmp", (long)getpid(),
                   atomic_fetch_add(&serial, 1));
    return out;
}

static int open_temp(struct outfile *f, const char *path, struct err *err)
{
    f->kind = OUT_REPLACE;
    for (int tries = 0; tries < 100; tries++) {
        mem_free(f->temp);
        f->temp = temp_name(path);
        if (f->temp == NULL)
            return err_memory(err, "the export");
        f->fd = open(f->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (f->fd >= 0) {
            if (strlen(f->temp) < sizeof pending) {
                memcpy(pending, f->temp, strlen(f->temp) + 1);
                atomic_store(&pending_set, true);
            }
            return 0;
        }
        if (errno != EEXIST)
            break;
    }
    return err_errno(err, path, "cannot write");
}

enum target { TARGET_REFUSED = -1, TARGET_NEW, TARGET_REPLACED, TARGET_STREAM };

/* What stands at the path now. */
static enum target look_at(const char *path, bool force, const char *const *inputs, size_t n_inputs,
                           struct err *err)
{
    struct stat st;
    if (lstat(path, &st) != 0) {
        if (errno == ENOENT)
            return TARGET_NEW;
        err_errno(err, path, "cannot write");
        return TARGET_REFUSED;
    }
    /* /dev/stdout is a link to what is really meant: follow it to anything but a file. */
    if (S_ISLNK(st.st_mode) && stat(path, &st) == 0 &&
        (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)))
        return TARGET_STREAM;
    if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
        err_at(err, ERR_IO, path, 0, "is a link: name the file itself");
    else if (S_ISDIR(st.st_mode))
        err_at(err, ERR_IO, path, 0, "is a directory: name a file");
    else if (S_ISBLK(st.st_mode) || S_ISSOCK(st.st_mode))
        err_at(err, ERR_IO, path, 0, "is a disk or a socket: name a file");
    else if (!S_ISREG(st.st_mode))
        return TARGET_STREAM;
    else if (refuse_inputs(path, &st, inputs, n_inputs, err) != 0)
        return TARGET_REFUSED;
    else if (!force)
        err_at(err, ERR_IO, path, 0, "exists already (use --force to replace it)");
    else
        return TARGET_REPLACED;
    return TARGET_REFUSED;
}

static int open_target(struct outfile *f, const char *path, const char *const *inputs,
                       size_t n_inputs, struct err *err)
{
    if (strcmp(path, "-") == 0)
        return open_stdout(f, err);
    switch (look_at(path, f->force, inputs, n_inputs, err)) {
    case TARGET_REFUSED:
        return -1;
    case TARGET_STREAM:
        return open_stream(f, path, err);
    default:
        return open_temp(f, path, err);
    }
}

int outfile_check(const char *path, bool force, const char *const *inputs, size_t n_inputs,
                  struct err *err)
{
    const char *slash = strrchr(path, '/');
    char *dir;
    int rc;
    enum target target;
    if (strcmp(path, "-") == 0)
        return 0;
    target = look_at(path, force, inputs, n_inputs, err);
    if (target == TARGET_REFUSED || target == TARGET_STREAM)
        return target == TARGET_STREAM ? 0 : -1;
    dir = slash == NULL ? mem_string(".") : mem_copy(path, (size_t)(slash - path) + 1);
    if (dir == NULL)
        return err_memory(err, "the export");
    rc = faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS);
    mem_free(dir);
    return rc == 0 ? 0 : err_errno(err, path, "cannot write");
}

static void release(struct outfile *f)
{
    if (f->fd >= 0)
        close(f->fd);
    mem_free(f->path);
    mem_free(f->temp);
    mem_free(f);
}

static void drop_temp(struct outfile *f)
{
    if (f->kind == OUT_REPLACE && f->fd >= 0) {
        (void)unlink(f->temp);
        atomic_store(&pending_set, false);
    }
}

struct outfile *outfile_open(const char *path, bool force, const char *const *inputs,
                             size_t n_inputs, struct job *job, struct err *err)
{
    struct outfile *f = mem_zalloc(1, sizeof *f);
    if (f == NULL) {
        err_memory(err, "the export");
        return NULL;
    }
    f->fd = -1;
    f->force = force;
    f->job = job;
    f->path = mem_string(path);
    if (f->path == NULL)
        err_memory(err, "the export");
    else if (path[0] == '\0')
        err_set(err, ERR_IO, "the export needs a file name");
    else if (open_target(f, path, inputs, n_inputs, err) == 0)
        return f;
    release(f);
    return NULL;
}

int outfile_set_mode(struct outfile *f, unsigned mode, struct err *err)
{
    if (f->kind == OUT_REPLACE && fchmod(f->fd, (mode_t)mode) != 0)
        return err_errno(err, f->path, "cannot set the mode");
    return 0;
}

/* Waits until the stream takes bytes. */
static int wait_writable(const struct outfile *f, struct err *err)
{
    struct pollfd fds[2] = {{.fd = f->fd, .events = POLLOUT},
                            {.fd = job_cancel_fd(f->job), .events = POLLIN}};
    for (;;) {
        int n = poll(fds, 2, -1);
        if (job_cancelled(f->job))
            return job_stopped(err);
        if (n < 0 && errno != EINTR)
            return err_errno(err, f->path, "cannot wait for");
        if (n > 0 && fds[0].revents != 0)
            return 0;
    }
}

int outfile_write(struct outfile *f, const void *bytes, size_t n, struct err *err)
{
    const char *p = bytes;
    while (n > 0) {
        size_t most = f->kind == OUT_STREAM && n > PIPE_BUF ? PIPE_BUF : n;
        ssize_t wrote;
        if (f->kind == OUT_STREAM && wait_writable(f, err) != 0)
            return -1;
        wrote = write(f->fd, p, most);
        if (wrote < 0 && (errno == EINTR || (errno == EAGAIN && f->kind == OUT_STREAM)))
            continue;
        if (wrote < 0) {
            f->broken = errno == EPIPE;
            return err_errno(err, strcmp(f->path, "-") == 0 ? "standard output" : f->path,
                             "cannot write");
        }
        p += wrote;
        n -= (size_t)wrote;
    }
    return 0;
}

bool outfile_broken(const struct outfile *f)
{
    return f->broken;
}

static void sync_directory(const char *path)
{
    char dir[4096];
    const char *slash = strrchr(path, '/');
    int fd;
    if (slash != NULL && (size_t)(slash - path) + 1 >= sizeof dir)
        return;
    (void)snprintf(dir, sizeof dir, "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1,
                   slash == NULL ? "." : path);
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        /* The data are safe; a directory that cannot be synced is no reason to fail. */
        (void)fsync(fd);
        close(fd);
    }
}

static int put_in_place(struct outfile *f, struct err *err)
{
    if (fsync(f->fd) != 0 && errno != EINVAL)
        return err_errno(err, f->path, "cannot write");
    if (f->force)
        return rename(f->temp, f->path) == 0 ? 0
                                             : err_errno(err, f->path, "cannot rename the export");
    if (renameat2(AT_FDCWD, f->temp, AT_FDCWD, f->path, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno == EEXIST)
        return err_at(err, ERR_IO, f->path, 0, "exists already (use --force to replace it)");
    /* File systems without RENAME_NOREPLACE. */
    if (link(f->temp, f->path) != 0)
        return err_errno(err, f->path, "cannot rename the export");
    return unlink(f->temp) == 0 ? 0 : err_errno(err, f->temp, "cannot remove");
}

int outfile_commit(struct outfile *f, struct err *err)
{
    int rc = 0;
    if (f->kind == OUT_REPLACE) {
        rc = put_in_place(f, err);
        if (rc != 0) {
            drop_temp(f);
        } else {
            atomic_store(&pending_set, false);
            sync_directory(f->path);
        }
    } else if (close(f->fd) != 0) {
        rc = err_errno(err, f->path, "cannot write");
        f->fd = -1;
    } else {
        f->fd = -1;
    }
    release(f);
    return rc;
}

void outfile_abort(struct outfile *f)
{
    if (f == NULL)
        return;
    drop_temp(f);
    release(f);
}
