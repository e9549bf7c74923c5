/* Inputs as streams of bytes; see source.h.
 *
 * DESIGN
 * 1. The first read looks at the first bytes of the input. They stay in `raw` and are handed out
 * first; when they say that the input is packed, `raw` holds packed bytes from then on.
 * 2. A packed input belongs to the thread that unpacks it, from the first read to the close: it
 * reads and unpacks. The reader sees what `ahead` gives it, and `taken`. It is the reader that writes
 * the spool: the thread has the most to do, and others wait for it. */
#include "core/io/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/io/ahead.h"
#include "core/io/unpack.h"

#define RAW_BYTES ((size_t)128 << 10)

struct source {
    int fd;
    bool own_fd;
    struct spool *spool;  /* copies what a regular file does not hold as text; borrowed */
    bool is_copy;         /* the input is the spool */
    bool copies;          /* this input's text goes to the spool ... */
    uint64_t spool_at;    /* ... from there on */
    uint64_t at;          /* of the input: bytes read so far */
    _Atomic size_t taken; /* bytes of the input read and not yet told */
    char *path;           /* owned */
    struct source_facts facts;
    bool looked; /* at the first bytes */
    char first[UNPACK_MAGIC];
    char *raw; /* `first`, or room for RAW_BYTES; owned when it is not `first` */
    size_t raw_at, raw_len;
    bool raw_end;
    struct unpack *unpack; /* owned, NULL when the input is not packed; as what follows */
    struct ahead *ahead;
    bool over;       /* ahead has given all: its thread touches nothing more */
    struct job *job; /* of the first read */
    int quit;        /* an eventfd that wakes the thread from its wait for the input, or -1 */
};

/* What messages call the input. */
static const char *shown(const struct source *s)
{
    return strcmp(s->path, "-") == 0 ? "standard input" : s->path;
}

static int begin_copy(struct source *s, struct err *err)
{
    s->copies = true;
    s->spool_at = s->spool->end;
    return spool_open(s->spool, err);
}

static const char *refusal(mode_t mode)
{
    if (S_ISDIR(mode))
        return "is a directory";
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
    return begin_copy(s, err);
}

struct source *source_open(const char *path, struct spool *spool, struct job *job, struct err *err)
{
    struct source *s = mem_zalloc(1, sizeof *s);
    if (s == NULL) {
        err_memory(err, "an input");
        return NULL;
    }
    s->fd = s->quit = -1;
    s->spool = spool;
    s->raw = s->first;
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

struct source *source_open_text(const char *path, struct spool *spool, struct err *err)
{
    struct source *s = mem_zalloc(1, sizeof *s);
    if (s == NULL || (s->path = mem_string(path)) == NULL) {
        mem_free(s);
        err_memory(err, "an input");
        return NULL;
    }
    s->fd = spool->fd;
    s->quit = -1;
    s->spool = spool;
    s->raw = s->first;
    s->is_copy = s->copies = s->looked = true;
    s->facts.regular = true;
    s->facts.size = spool->end;
    return s;
}

/* Ends the thread that unpacks, wherever it is. */
static void stop_thread(struct source *s)
{
    uint64_t one = 1;
    if (s->ahead != NULL && write(s->quit, &one, sizeof one) < 0)
        BUG("an eventfd that takes no event");
    ahead_free(s->ahead);
    s->ahead = NULL;
}

void source_close(struct source *s)
{
    if (s == NULL)
        return;
    stop_thread(s);
    unpack_free(s->unpack);
    if (s->quit >= 0)
        close(s->quit);
    if (s->raw != s->first)
        mem_free(s->raw);
    if (s->own_fd)
        close(s->fd);
    mem_free(s->path);
    mem_free(s);
}

void source_facts(const struct source *s, struct source_facts *out)
{
    *out = s->facts;
}

bool source_end(struct source *s, uint64_t *spool_at)
{
    stop_thread(s);
    *spool_at = s->spool_at;
    return s->copies;
}

bool source_ready(const struct source *s)
{
    struct pollfd input = {.fd = s->fd, .events = POLLIN};
    return s->facts.regular || s->over || poll(&input, 1, 0) != 0;
}

/* ---- the input's own bytes ---- */

int64_t source_read_at(const struct source *s, void *out, size_t n, uint64_t at, struct err *err)
{
    ssize_t got;
    do
        got = pread(s->fd, out, n, (off_t)at);
    while (got < 0 && errno == EINTR);
    return got < 0 ? err_errno(err, shown(s), "cannot read") : got;
}

/* Sleeps until there are bytes, the other end is closed, or the job is cancelled. */
static int wait_readable(const struct source *s, struct job *job, struct err *err)
{
    struct pollfd fds[3] = {{.fd = s->fd, .events = POLLIN},
                            {.fd = job_cancel_fd(job), .events = POLLIN},
                            {.fd = s->quit, .events = POLLIN}};
    for (;;) {
        int n = poll(fds, 3, -1);
        if (job_cancelled(job) || (n > 0 && fds[2].revents != 0))
            return job_stopped(err);
        if (n < 0 && errno != EINTR)
            return err_errno(err, shown(s), "cannot wait for");
        if (n > 0 && fds[0].revents != 0)
            return 0;
    }
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
        return got < 0 ? err_errno(err, shown(s), "cannot read") : got;
    }
}

static int64_t read_raw(struct source *s, void *out, size_t n, struct job *job, struct err *err)
{
    int64_t got =
        s->facts.regular ? source_read_at(s, out, n, s->at, err) : read_stream(s, out, n, job, err);
    if (got > 0) {
        s->at += (uint64_t)got;
        atomic_fetch_add_explicit(&s->taken, (size_t)got, memory_order_relaxed);
    }
    return got;
}

/* ---- packed inputs ---- */

/* On the thread: as much text as fits, or as the packed bytes at hand give. */
static int64_t unpack_more(void *user, void *out, size_t n, struct err *err)
{
    struct source *s = user;
    char *text = out;
    size_t len = 0;
    while (len < n && !unpack_over(s->unpack)) {
        struct span in;
        int64_t got;
        if (job_cancelled(s->job))
            return job_stopped(err);
        if (s->raw_at == s->raw_len && !s->raw_end) {
            if (len > 0)
                break;
            got = read_raw(s, s->raw, RAW_BYTES, s->job, err);
            if (got < 0)
                return -1;
            s->raw_end = got == 0;
            s->raw_at = 0;
            s->raw_len = (size_t)got;
        }
        in = span_make(s->raw + s->raw_at, s->raw_len - s->raw_at);
        got = unpack_some(s->unpack, &in, s->raw_end, text + len, n - len, err);
        if (got < 0)
            return -1;
        s->raw_at = s->raw_len - in.len;
        len += (size_t)got;
    }
    return (int64_t)len;
}

static int begin_unpacking(struct source *s, enum packing kind, struct job *job, struct err *err)
{
    char *room = mem_alloc(RAW_BYTES, 1);
    if (room == NULL)
        return err_memory(err, "a part of the input");
    memcpy(room, s->first, s->raw_len);
    s->raw = room;
    s->job = job;
    if (!s->copies && begin_copy(s, err) != 0)
        return -1;
    s->quit = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->quit < 0)
        return err_errno(err, shown(s), "cannot wait for");
    s->unpack = unpack_new(kind, err);
    if (s->unpack != NULL)
        s->ahead = ahead_new(unpack_more, s, err);
    return s->ahead == NULL ? -1 : 0;
}

static int look(struct source *s, struct job *job, struct err *err)
{
    enum packing kind;
    while (s->raw_len < sizeof s->first && !s->raw_end) {
        int64_t got = read_raw(s, s->first + s->raw_len, sizeof s->first - s->raw_len, job, err);
        if (got < 0)
            return -1;
        s->raw_end = got == 0;
        s->raw_len += (size_t)got;
    }
    s->looked = true;
    kind = packing_of(span_make(s->first, s->raw_len));
    return kind == PACKED_NOT ? 0 : begin_unpacking(s, kind, job, err);
}

int64_t source_read(struct source *s, void *out, size_t n, struct job *job, struct err *err)
{
    int64_t got;
    if (job_cancelled(job))
        return job_stopped(err);
    if (!s->looked && look(s, job, err) != 0)
        return -1;
    if (s->ahead != NULL) {
        got = ahead_read(s->ahead, out, n, err);
        s->over = got == 0;
        if (got > 0 && spool_add(s->spool, out, (size_t)got, shown(s), err) != 0)
            return -1;
        return got;
    }
    got = (int64_t)(s->raw_len - s->raw_at);
    if (got > 0) {
        got = (size_t)got < n ? got : (int64_t)n;
        memcpy(out, s->first + s->raw_at, (size_t)got);
        s->raw_at += (size_t)got;
    } else if (!s->raw_end) {
        got = read_raw(s, out, n, job, err);
    }
    if (got > 0 && s->copies && !s->is_copy &&
        spool_add(s->spool, out, (size_t)got, shown(s), err) != 0)
        return -1;
    return got;
}

bool source_has_ranges(const struct source *s)
{
    return s->facts.regular && s->looked && s->ahead == NULL;
}

void source_seek(struct source *s, uint64_t at)
{
    s->raw_at = s->raw_len;
    s->raw_end = false;
    s->at = at;
}

uint64_t source_advance(struct source *s)
{
    return atomic_exchange_explicit(&s->taken, 0, memory_order_relaxed);
}

bool source_damage(const struct source *s, bool *torn, struct err *err)
{
    *torn = false;
    return s->over && unpack_damage(s->unpack, torn, err);
}
