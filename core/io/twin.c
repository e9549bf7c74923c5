/* Finding packed copies of logs by comparing their texts; see twin.h. */
#include "core/io/twin.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/io/unpack.h"

#define PIECE ((size_t)64 << 10)

struct comparing {
    int packed, plain; /* descriptors, or -1 */
    struct unpack *u;  /* NULL: the file is called so, and is not packed */
    struct span in;    /* of raw, not unpacked yet */
    bool end;          /* nothing follows it */
    char *raw, *text, *other;
};

/* -1 for whatever is no regular file that can be read. */
static int open_file(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Less than n only at the end of the file; -1 when it cannot be read. */
static int64_t read_full(int fd, char *out, size_t n)
{
    size_t len = 0;
    while (len < n) {
        ssize_t got = read(fd, out + len, n - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    return (int64_t)len;
}

static bool fill(struct comparing *c)
{
    int64_t got = read_full(c->packed, c->raw, PIECE);
    c->in = span_make(c->raw, got < 0 ? 0 : (size_t)got);
    c->end = got < (int64_t)PIECE;
    return got >= 0;
}

static int start(struct comparing *c, bool *good, struct err *err)
{
    enum packing kind;
    *good = fill(c);
    kind = packing_of(c->in);
    if (!*good || kind == PACKED_NOT)
        return 0;
    c->u = unpack_new(kind, err);
    return c->u == NULL ? -1 : 0;
}

/* The next text of the packed file; 0 at its end, -1 with err on memory, -1 without when it cannot be
 * read. */
static int64_t next_text(struct comparing *c, struct err *err)
{
    if (c->u == NULL) {
        size_t n = c->in.len;
        memcpy(c->text, c->in.ptr, n);
        c->in.len = 0;
        return n == 0 || c->end || fill(c) ? (int64_t)n : -1;
    }
    while (!unpack_over(c->u)) {
        int64_t got = unpack_some(c->u, &c->in, c->end, c->text, PIECE, err);
        if (got != 0)
            return got;
        if (!unpack_over(c->u) && (c->end || !fill(c)))
            return -1;
    }
    return 0;
}

/* Compares until the packed text ends. *same: there is text, and the plain file begins with it; *more: and
 * goes on behind it. */
static int compare(struct comparing *c, bool *same, bool *more, struct job *job, struct err *err)
{
    uint64_t n = 0;
    bool good;
    if (start(c, &good, err) != 0)
        return -1;
    while (good) {
        int64_t got;
        if (job_cancelled(job))
            return job_stopped(err);
        got = next_text(c, err);
        if (got < 0)
            return err->code == ERR_OK ? 0 : -1;
        if (got == 0)
            break;
        good = read_full(c->plain, c->other, (size_t)got) == got &&
               memcmp(c->text, c->other, (size_t)got) == 0;
        n += (uint64_t)got;
    }
    *same = good && n > 0;
    *more = *same && read_full(c->plain, c->other, 1) == 1;
    return 0;
}

static int compare_files(const char *packed, const char *plain, bool *same, bool *more,
                         struct job *job, struct err *err)
{
    struct comparing c = {.packed = open_file(packed), .plain = open_file(plain)};
    int rc = 0;
    *same = *more = false;
    if (c.packed >= 0 && c.plain >= 0) {
        c.raw = mem_alloc(PIECE, 1);
        c.text = mem_alloc(PIECE, 1);
        c.other = mem_alloc(PIECE, 1);
        rc = c.raw == NULL || c.text == NULL || c.other == NULL
                 ? err_memory(err, "a part of the input")
                 : compare(&c, same, more, job, err);
    }
    if (c.packed >= 0)
        close(c.packed);
    if (c.plain >= 0)
        close(c.plain);
    unpack_free(c.u);
    mem_free(c.raw);
    mem_free(c.text);
    mem_free(c.other);
    return rc;
}

static int by_path(const void *a, const void *b)
{
    const struct walked *const *x = a, *const *y = b;
    return strcmp((*x)->path, (*y)->path);
}

/* The length of a packed file's name without its ending; 0 when it has none, or nothing else. */
static size_t stem(const char *path)
{
    static const char *const ending[] = {".gz", ".zst"};
    size_t n = strlen(path);
    for (size_t i = 0; i < ARRAY_LEN(ending); i++) {
        size_t len = strlen(ending[i]);
        if (n > len && strcmp(path + n - len, ending[i]) == 0 && path[n - len - 1] != '/')
            return n - len;
    }
    return 0;
}

/* The file of that name, or NULL. */
static struct walked *find(struct walked **file, size_t n, const char *path, size_t len)
{
    size_t low = 0;
    while (n > 0) {
        const char *name = file[low + n / 2]->path;
        int order = strncmp(name, path, len);
        if (order == 0 && name[len] == '\0')
            return file[low + n / 2];
        if (order < 0) {
            low += n / 2 + 1;
            n -= n / 2 + 1;
        } else {
            n /= 2;
        }
    }
    return NULL;
}

static int say_twin(struct walked *packed, struct walked *plain, bool more, struct err *err)
{
    struct buf why = BUF_INIT;
    buf_printf(&why, "%s %s, which is read", more ? "what it holds begins" : "the packed copy of",
               plain->path);
    packed->what = WALKED_TWICE;
    if (!packed->found)
        plain->found = false; /* it was named, too */
    packed->why = buf_take(&why);
    return packed->why == NULL ? err_memory(err, "the list of files") : 0;
}

static int drop_in(struct walked **file, size_t n, struct job *job, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        struct walked *packed = file[i];
        size_t len = packed->what == WALKED_FILE ? stem(packed->path) : 0;
        struct walked *plain = len == 0 ? NULL : find(file, n, packed->path, len);
        bool same, more;
        if (plain == NULL)
            continue;
        if (compare_files(packed->path, plain->path, &same, &more, job, err) != 0 ||
            (same && say_twin(packed, plain, more, err) != 0))
            return -1;
    }
    return 0;
}

int twin_drop(struct walk *w, struct job *job, struct err *err)
{
    struct walked **file = mem_alloc(w->n, sizeof(struct walked *));
    size_t n = 0;
    int rc;
    if (file == NULL)
        return err_memory(err, "the list of files");
    for (size_t i = 0; i < w->n; i++) {
        if (w->item[i].regular &&
            (w->item[i].what == WALKED_FILE || w->item[i].what == WALKED_TWICE))
            file[n++] = &w->item[i];
    }
    if (n > 1)
        qsort((void *)file, n, sizeof(struct walked *), by_path);
    rc = drop_in(file, n, job, err);
    mem_free((void *)file);
    return rc;
}
