/* Samples of what is being loaded; see sample.h.
 *
 * DESIGN
 * 1. A sample is a text made of whole lines, in a file in memory: the first piece with the header, then
 *    further pieces, each from behind a line end to a line end. To the loader it is an ordinary input.
 * 2. Of many files, MOST_FILES at equal distances are sampled, one behind the other. Headers of Zeek's
 *    formats may stand in the middle of a log; of CSV files those with the header of the first take part.
 * 3. Whatever goes wrong means less of a sample, or none: the load itself says what is wrong. */
#include "core/sample.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/io/source.h"
#include "core/io/unpack.h"
#include "core/load/inputs.h"

#define MOST_FILES   16
#define MOST_PIECES  16
#define PACKED_TIMES 6                  /* what a packed log grows by, or more */
#define PIECE_BYTES  ((size_t)64 << 10) /* the least that a piece is worth */

struct sampler {
    const struct sample_opts *opts;
    struct sample_facts *facts;
    struct job *job;
    struct inputs plan;
    char *bytes;     /* room for all of it; owned */
    int fd;          /* the sample; owned */
    struct buf head; /* the first line of the first file */
    size_t n;        /* files in it */
};

/* A file of the sample. */
struct part {
    const char *path;
    uint64_t size, text; /* its bytes, and about those of the text in it */
};

static bool is_file(const char *path)
{
    struct stat st;
    return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Files of /proc, which may wait for something to happen, have no size. */
bool sample_at_hand(const struct load_opts *load)
{
    struct stat st;
    return load->n_paths == 1 && strcmp(load->path[0], "-") != 0 && stat(load->path[0], &st) == 0 &&
           S_ISREG(st.st_mode) && st.st_size > 0;
}

/* False when it is no file, or an empty one. */
static bool measure_part(struct part *p)
{
    char first[UNPACK_MAGIC];
    struct stat st;
    ssize_t got;
    int fd = is_file(p->path) ? open(p->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    if (fd < 0)
        return false;
    got = fstat(fd, &st) == 0 ? pread(fd, first, sizeof first, 0) : -1;
    close(fd);
    if (got <= 0)
        return false;
    p->size = p->text = (uint64_t)st.st_size;
    if (packing_of(span_make(first, (size_t)got)) != PACKED_NOT)
        p->text *= PACKED_TIMES;
    return true;
}

static int write_all(int fd, const char *bytes, size_t n, struct err *err)
{
    while (n > 0) {
        ssize_t wrote = write(fd, bytes, n);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return err_errno(err, "the sample", "cannot be kept");
        bytes += wrote;
        n -= (size_t)wrote;
    }
    return 0;
}

/* Reads n bytes behind the first *len, or what there is. *end: the text ended. */
static int read_on(struct sampler *s, struct source *source, size_t n, size_t *len, bool *end,
                   struct err *err)
{
    size_t stop = *len + n;
    while (*len < stop && !*end) {
        int64_t got = source_read(source, s->bytes + *len, stop - *len, s->job, err);
        if (got < 0)
            return -1;
        *end = got == 0;
        *len += (size_t)got;
    }
    return 0;
}

/* Appends the whole lines of the first n bytes at hand. `begins`: they begin a line; `ends`: they end
 * one. */
static int keep_lines(struct sampler *s, size_t n, bool begins, bool ends, struct err *err)
{
    size_t from = 0;
    if (!begins) {
        const char *nl = n == 0 ? NULL : memchr(s->bytes, '\n', n);
        from = nl == NULL ? n : (size_t)(nl - s->bytes) + 1;
    }
    while (!ends && n > from && s->bytes[n - 1] != '\n')
        n--;
    if (write_all(s->fd, s->bytes + from, n - from, err) != 0)
        return -1;
    return n > from && s->bytes[n - 1] != '\n' ? write_all(s->fd, "\n", 1, err) : 0;
}

/* The first lines of a file, which it may share with others. False when it can't stand behind the first. */
static bool fits_behind(struct sampler *s, const char *bytes, size_t n)
{
    const char *nl = n == 0 ? NULL : memchr(bytes, '\n', n);
    struct span line = span_make(bytes, nl == NULL ? 0 : (size_t)(nl - bytes));
    if (s->n++ == 0) {
        buf_add_span(&s->head, line);
        return true;
    }
    if (line.len == 0 || s->head.len == 0 || bytes[0] != s->head.ptr[0])
        return false;
    return bytes[0] == '#' || bytes[0] == '{' || span_eq(line, buf_span(&s->head));
}

/* Whether a value may hold a line end, so that nobody knows where a row begins in the middle. */
static bool may_quote(const char *bytes, size_t n)
{
    return n > 0 && bytes[0] != '{' && memchr(bytes, '"', n) != NULL;
}

/* The first piece with the header and, if the file can be jumped in, others; else the beginning. */
static int take_pieces(struct sampler *s, struct source *source, uint64_t size, size_t want,
                       struct err *err)
{
    size_t pieces = want / PIECE_BYTES < MOST_PIECES ? want / PIECE_BYTES : MOST_PIECES;
    size_t piece = pieces < 2 ? want : want / pieces, len = 0;
    bool end = false, jump, begins;
    if (read_on(s, source, piece, &len, &end, err) != 0)
        return -1;
    jump = s->opts->spread && pieces > 1 && !end && !may_quote(s->bytes, len) &&
           source_has_ranges(source);
    if (!jump && read_on(s, source, want - piece, &len, &end, err) != 0)
        return -1;
    if (!fits_behind(s, s->bytes, len))
        return 0;
    /* Names that CSV files share stand in front of the first one's rows only. */
    begins = s->n == 1 || s->bytes[0] == '#' || s->bytes[0] == '{';
    if (keep_lines(s, len, begins, end, err) != 0)
        return -1;
    for (size_t i = 1; i < pieces && jump; i++) {
        len = 0;
        end = false;
        source_seek(source, size / pieces * i);
        if (read_on(s, source, piece, &len, &end, err) != 0 ||
            keep_lines(s, len, false, end, err) != 0)
            return -1;
        s->facts->spread = true;
    }
    return 0;
}

static int sample_file(struct sampler *s, const struct part *p, size_t want, struct err *err)
{
    struct spool spool = SPOOL_INIT;
    struct source *source = source_open(p->path, &spool, s->job, err);
    int rc = source == NULL ? -1 : take_pieces(s, source, p->size, want, err);
    source_close(source);
    spool_close(&spool);
    return rc;
}

static int sample_stream(struct sampler *s, size_t want, struct err *err)
{
    size_t len = 0;
    if (want > s->opts->stream)
        want = (size_t)s->opts->stream;
    while (len < want) {
        ssize_t got = pread(s->opts->stream_fd, s->bytes + len, want - len, (off_t)len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        len += (size_t)got;
    }
    return keep_lines(s, len, true, false, err);
}

/* The files that are sampled, at equal distances among those that are read; returns their number. */
static size_t choose_parts(const struct sampler *s, struct part *part)
{
    size_t most = s->opts->spread ? MOST_FILES : 1, all = s->plan.n_read, n = 0, seen = 0;
    most = all < most ? all : most;
    for (size_t i = 0; i < s->plan.n && n < most; i++) {
        if (s->plan.item[i].plan != PLAN_READ)
            continue;
        if (seen++ == n * all / most) {
            part[n] = (struct part){.path = s->plan.item[i].path};
            (void)measure_part(&part[n++]);
        }
    }
    return n;
}

/* Files among the inputs, each as much as it has of the text. */
static int sample_files(struct sampler *s, struct err *err)
{
    struct part part[MOST_FILES];
    size_t n = choose_parts(s, part);
    uint64_t total = 0, want = s->opts->bytes, all;
    for (size_t i = 0; i < n; i++)
        total += part[i].text;
    if (total == 0)
        return err_set(err, ERR_DATA, "nothing to be sampled");
    /* The other files are as big as these are. */
    all = (uint64_t)((double)total * (double)s->plan.n_read / (double)n);
    if (s->opts->share > 0 && all / s->opts->share < want)
        want = all / s->opts->share;
    if (s->opts->share > 0 && want < SAMPLE_LEAST)
        return err_set(err, ERR_DATA, "too little to be sampled");
    s->facts->spread = n > 1;
    for (size_t i = 0; i < n; i++) {
        uint64_t bytes = (uint64_t)((double)want * ((double)part[i].text / (double)total));
        if (bytes < PIECE_BYTES)
            bytes = PIECE_BYTES;
        if (part[i].size > 0 && sample_file(s, &part[i], (size_t)bytes, err) != 0)
            return -1;
    }
    return 0;
}

/* The first input that is read. */
static const char *first_path(const struct sampler *s)
{
    for (size_t i = 0; i < s->plan.n; i++)
        if (s->plan.item[i].plan == PLAN_READ)
            return s->plan.item[i].path;
    return s->opts->load->path[0];
}

/* Fills the file with the sample. */
static int make_text(struct sampler *s, struct err *err)
{
    if (!s->facts->stream)
        return sample_files(s, err);
    if (s->opts->stream > 0)
        return sample_stream(s, (size_t)s->opts->bytes, err);
    return err_set(err, ERR_DATA, "nothing has come yet");
}

struct table *sample_table(const struct sample_opts *opts, struct sample_facts *facts,
                           struct job *job, struct err *err)
{
    struct sampler s = {.opts = opts, .facts = facts, .job = job, .fd = -1};
    struct load_opts load = *opts->load;
    struct notices ignored = {.n = 0}; /* the load itself says them */
    struct table *t = NULL;
    const char *path;
    *facts = (struct sample_facts){.stream = false};
    if (inputs_plan(&s.plan, &load, &ignored, job, err) != 0)
        goto out;
    path = first_path(&s);
    *facts = (struct sample_facts){.stream = !is_file(path), .n_inputs = s.plan.n_read};
    s.bytes = mem_alloc(opts->bytes + PIECE_BYTES, 1);
    if (s.bytes == NULL) {
        (void)err_memory(err, "a sample");
        goto out;
    }
    s.fd = memfd_create("minnow", MFD_CLOEXEC);
    if (s.fd < 0) {
        err_errno(err, path, "cannot be sampled");
        goto out;
    }
    if (make_text(&s, err) != 0)
        goto out;
    mem_free(s.bytes);
    s.bytes = NULL;
    load.path = &path;
    load.n_paths = 1;
    load.text = &s.fd;
    load.threads = 1;
    load.glance = NULL;
    t = load_table(&load, job, err);
out:
    if (s.fd >= 0)
        close(s.fd);
    mem_free(s.bytes);
    buf_release(&s.head);
    notices_release(&ignored);
    inputs_release(&s.plan);
    return t;
}
