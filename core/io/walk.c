/* Reading through directories; see walk.h.
 *
 * DESIGN
 * 1. A directory is opened from its parent's descriptor without following a link, so what is read is
 * what was met, whatever others rename meanwhile. Descriptors are at most as many as levels.
 * 2. The files of one argument are gathered first and sorted as a whole: the order is that of their
 * paths' bytes, not of the tree.
 * 3. Files are one when device and inode are: found by sorting, so thousands cost little. */
#include "core/io/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/mem.h"

struct walking {
    struct walk *w;
    size_t argument; /* the directory's place in the list */
    struct job *job;
    struct err *err;
};

void walk_release(struct walk *w)
{
    for (size_t i = 0; i < w->n; i++) {
        mem_free(w->item[i].path);
        mem_free(w->item[i].why);
    }
    mem_free(w->item);
    *w = (struct walk){.n = 0};
}

/* Appends; takes the path. NULL on memory. */
static struct walked *add(struct walk *w, char *path, struct err *err)
{
    void *items = w->item;
    if (path == NULL || mem_grow(&items, &w->cap, w->n + 1, sizeof *w->item) != 0) {
        mem_free(path);
        err_memory(err, "the list of files");
        return NULL;
    }
    w->item = items;
    w->item[w->n] = (struct walked){.path = path};
    return &w->item[w->n++];
}

static int set_why(struct walked *item, enum walked_what what, const char *why, struct err *err)
{
    item->what = what;
    item->why = mem_string(why);
    return item->why == NULL ? err_memory(err, "the list of files") : 0;
}

static int set_failed(struct walked *item, int reason, struct err *err)
{
    char text[128];
    (void)snprintf(text, sizeof text, "cannot open: %s", strerror(reason));
    return set_why(item, WALKED_FAILED, text, err);
}

static void set_facts(struct walked *item, const struct stat *st)
{
    item->regular = S_ISREG(st->st_mode);
    item->dev = st->st_dev;
    item->ino = st->st_ino;
    item->size = item->regular ? (uint64_t)st->st_size : 0;
}

/* ---- inside a directory ---- */

static char *join(const char *dir, const char *name)
{
    struct buf b = BUF_INIT;
    size_t n = strlen(dir);
    buf_add(&b, dir, n);
    if (n > 0 && dir[n - 1] != '/')
        buf_add_char(&b, '/');
    buf_add_text(&b, name);
    return buf_take(&b);
}

/* Why an entry that is neither a file nor a directory is passed over. */
static const char *refusal(mode_t mode)
{
    return S_ISFIFO(mode)   ? "a named pipe: in a directory it is not waited for"
           : S_ISSOCK(mode) ? "a socket, not a log"
                            : "a device, not a log";
}

static int read_directory(struct walking *g, int fd, const char *path, int depth);

static int enter(struct walking *g, int dir, const char *name, struct walked *item, int depth)
{
    size_t at = (size_t)(item - g->w->item);
    int fd, rc;
    char *path;
    if (depth >= WALK_MAX_DEPTH)
        return set_why(item, WALKED_SKIPPED, "directories inside each other: too deep", g->err);
    fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return set_failed(item, errno, g->err);
    /* Its files take its place. */
    path = item->path;
    g->w->n = at;
    rc = read_directory(g, fd, path, depth + 1);
    mem_free(path);
    return rc;
}

static int take_link(struct walking *g, int dir, const char *name, struct walked *item)
{
    struct stat st;
    if (fstatat(dir, name, &st, 0) != 0)
        return errno == ENOENT || errno == ELOOP
                   ? set_why(item, WALKED_SKIPPED, "a link that leads nowhere", g->err)
                   : set_failed(item, errno, g->err);
    if (S_ISDIR(st.st_mode))
        return set_why(item, WALKED_SKIPPED, "a link to a directory is not followed", g->err);
    if (!S_ISREG(st.st_mode))
        return set_why(item, WALKED_SKIPPED, refusal(st.st_mode), g->err);
    set_facts(item, &st);
    return 0;
}

static int take_entry(struct walking *g, int dir, const char *path, const char *name, int depth)
{
    struct walked *item;
    struct stat st;
    if (name[0] == '.') {
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            g->w->item[g->argument].n_hidden++;
        return 0;
    }
    item = add(g->w, join(path, name), g->err);
    if (item == NULL)
        return -1;
    item->found = true;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return set_failed(item, errno, g->err);
    if (S_ISDIR(st.st_mode))
        return enter(g, dir, name, item, depth);
    if (S_ISLNK(st.st_mode))
        return take_link(g, dir, name, item);
    if (!S_ISREG(st.st_mode))
        return set_why(item, WALKED_SKIPPED, refusal(st.st_mode), g->err);
    set_facts(item, &st);
    return 0;
}

/* A directory that cannot be read to its end stands in the list, with the reason. */
static int broke_off(struct walking *g, const char *path, int reason)
{
    struct walked *item = add(g->w, mem_string(path), g->err);
    if (item == NULL)
        return -1;
    item->found = true;
    return set_failed(item, reason, g->err);
}

/* Takes over fd. */
static int read_directory(struct walking *g, int fd, const char *path, int depth)
{
    DIR *d = fdopendir(fd);
    int rc = 0;
    if (d == NULL) {
        int reason = errno;
        close(fd);
        return broke_off(g, path, reason);
    }
    while (rc == 0) {
        const struct dirent *e;
        if (job_cancelled(g->job)) {
            rc = job_stopped(g->err);
            break;
        }
        errno = 0;
        e = readdir(d);
        if (e == NULL) {
            if (errno != 0)
                rc = broke_off(g, path, errno);
            break;
        }
        rc = take_entry(g, dirfd(d), path, e->d_name, depth);
    }
    (void)closedir(d);
    return rc;
}

static int by_path(const void *a, const void *b)
{
    const struct walked *x = a, *y = b;
    return strcmp(x->path, y->path);
}

/* ---- arguments ---- */

/* Directories of other arguments are skipped when they are met; one that is an argument is read by its
 * own name, link or not. */
static int take_argument(struct walk *w, const char *path, struct job *job, struct err *err)
{
    struct walking g = {.w = w, .argument = w->n, .job = job, .err = err};
    struct walked *item = add(w, mem_string(path), err);
    struct stat st;
    int fd;
    if (item == NULL)
        return -1;
    if (strcmp(path, "-") == 0 || stat(path, &st) != 0)
        return 0; /* whoever opens it says what is wrong */
    set_facts(item, &st);
    if (!S_ISDIR(st.st_mode))
        return 0;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return set_failed(item, errno, err);
    item->what = WALKED_DIRECTORY;
    if (read_directory(&g, fd, path, 0) != 0)
        return -1;
    item = &w->item[g.argument];
    item->n_below = w->n - g.argument - 1;
    if (item->n_below > 1)
        qsort(item + 1, item->n_below, sizeof *item, by_path);
    return 0;
}

/* ---- files that are one ---- */

struct identity {
    uint64_t dev, ino;
    size_t at;
};

static int by_identity(const void *a, const void *b)
{
    const struct identity *x = a, *y = b;
    if (x->dev != y->dev)
        return x->dev < y->dev ? -1 : 1;
    if (x->ino != y->ino)
        return x->ino < y->ino ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static int say_twice(struct walk *w, size_t at, size_t first, struct err *err)
{
    struct buf why = BUF_INIT;
    struct walked *item = &w->item[at];
    bool same_name = strcmp(item->path, w->item[first].path) == 0;
    buf_add_text(&why, same_name ? "named twice: read once" : "the same file as ");
    if (!same_name)
        buf_add_text(&why, w->item[first].path);
    item->what = WALKED_TWICE;
    if (!item->found)
        w->item[first].found = false; /* it was named, too */
    item->why = buf_take(&why);
    return item->why == NULL ? err_memory(err, "the list of files") : 0;
}

static int drop_twins(struct walk *w, struct err *err)
{
    struct identity *id = mem_alloc(w->n, sizeof *id);
    size_t n = 0;
    int rc = 0;
    if (id == NULL)
        return err_memory(err, "the list of files");
    for (size_t i = 0; i < w->n; i++) {
        if (w->item[i].what == WALKED_FILE && w->item[i].regular)
            id[n++] = (struct identity){w->item[i].dev, w->item[i].ino, i};
    }
    if (n > 1)
        qsort(id, n, sizeof *id, by_identity);
    for (size_t i = 0, first = 0; i < n && rc == 0; i++) {
        if (id[i].dev != id[first].dev || id[i].ino != id[first].ino)
            first = i;
        else if (i > first)
            rc = say_twice(w, id[i].at, id[first].at, err);
    }
    mem_free(id);
    return rc;
}

int walk_inputs(struct walk *w, const char *const *path, size_t n, struct job *job, struct err *err)
{
    *w = (struct walk){.n = 0};
    for (size_t i = 0; i < n; i++) {
        if (job_cancelled(job))
            return job_stopped(err);
        if (take_argument(w, path[i], job, err) != 0)
            return -1;
    }
    return drop_twins(w, err);
}
