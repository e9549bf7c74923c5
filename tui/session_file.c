/* Sessions on the disk; see session_file.h. */
#include "tui/session_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/config.h"
#include "core/base/mem.h"
#include "core/base/slurp.h"
#include "core/export/outfile.h"

#define ENDING      ".session"
#define NAME_DIGITS 16

bool session_add_paths(struct session *s, const char *const *path, size_t n)
{
    char whole[PATH_MAX];
    struct stat st;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(path[i], "-") == 0 || realpath(path[i], whole) == NULL ||
            stat(whole, &st) != 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
            return false;
        session_add(s, "path", span_of(whole));
    }
    return n > 0 && !s->failed;
}

/* FNV-1a: the name must be the same tomorrow. Source: draft-eastlake-fnv, section 2. */
static uint64_t number_of(const struct session *s)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < s->n; i++) {
        const struct session_line *l = &s->line[i];
        if (strcmp(l->key, "path") != 0)
            continue;
        for (size_t b = 0; b <= l->len; b++) /* with its NUL, so that ab c is not a bc */
            h = (h ^ (unsigned char)l->value[b]) * 0x100000001b3u;
    }
    return h;
}

/* False when there is no home. */
static bool file_of(const struct session *s, char *out)
{
    char below[64];
    (void)snprintf(below, sizeof below, "sessions/%0*llx" ENDING, NAME_DIGITS,
                   (unsigned long long)number_of(s));
    return config_state_path(below, out, SESSION_FILE_BYTES);
}

static int read_file(const char *path, struct session *s, struct err *err)
{
    struct buf text;
    struct stat st;
    int rc;
    if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return err_at(err, ERR_IO, path, 0, "is no plain file");
    buf_init(&text, SESSION_MAX_BYTES);
    rc = slurp(path, "the session", &text, err);
    if (rc == 0)
        rc = session_parse(s, path, buf_span(&text), err);
    buf_release(&text);
    return rc;
}

/* Two lists of paths may share a name, however unlikely that is. */
static bool same_paths(const struct session *a, const struct session *b)
{
    size_t i = 0, j = 0;
    for (;; i++, j++) {
        while (i < a->n && strcmp(a->line[i].key, "path") != 0)
            i++;
        while (j < b->n && strcmp(b->line[j].key, "path") != 0)
            j++;
        if (i == a->n || j == b->n)
            return i == a->n && j == b->n;
        if (strcmp(a->line[i].value, b->line[j].value) != 0)
            return false;
    }
}

int session_find(struct session *s, const char *const *path, size_t n, char *file, struct err *err)
{
    struct session asked = {.line = NULL};
    int rc = 1;
    *s = (struct session){.line = NULL};
    if (session_add_paths(&asked, path, n) && file_of(&asked, file))
        rc = read_file(file, s, err);
    if (rc == 0 && !same_paths(&asked, s)) {
        session_release(s);
        rc = 1;
    }
    session_release(&asked);
    return rc;
}

bool session_exists(const char *const *path, size_t n)
{
    struct session asked = {.line = NULL};
    char file[SESSION_FILE_BYTES];
    bool there =
        session_add_paths(&asked, path, n) && file_of(&asked, file) && access(file, R_OK) == 0;
    session_release(&asked);
    return there;
}

/* ---- all of them ---- */

struct kept {
    char name[NAME_DIGITS + sizeof ENDING];
    struct timespec time;
};

static bool is_name(const char *name)
{
    return strspn(name, "0123456789abcdef") == NAME_DIGITS &&
           strcmp(name + NAME_DIGITS, ENDING) == 0;
}

static bool newer(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/* How many there are, with the newest and the oldest of them. */
static size_t look(const char *folder, struct kept *newest, struct kept *oldest)
{
    DIR *d = opendir(folder);
    const struct dirent *entry;
    size_t n = 0;
    while (d != NULL && (entry = readdir(d)) != NULL) {
        struct kept one;
        struct stat st;
        if (!is_name(entry->d_name) ||
            fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
            continue;
        memcpy(one.name, entry->d_name, sizeof one.name); /* as long as is_name says */
        one.time = st.st_mtim;
        if (n == 0 || newer(&one.time, &newest->time))
            *newest = one;
        if (n == 0 || newer(&oldest->time, &one.time))
            *oldest = one;
        n++;
    }
    if (d != NULL)
        (void)closedir(d);
    return n;
}

int session_newest(struct session *s, char *file, struct err *err)
{
    char folder[SESSION_FILE_BYTES];
    struct kept newest, oldest;
    *s = (struct session){.line = NULL};
    if (!config_state_path("sessions", folder, sizeof folder) ||
        look(folder, &newest, &oldest) == 0 ||
        snprintf(file, SESSION_FILE_BYTES, "%s/%s", folder, newest.name) >= SESSION_FILE_BYTES)
        return 1;
    return read_file(file, s, err);
}

static void drop_oldest(void)
{
    char folder[SESSION_FILE_BYTES], path[SESSION_FILE_BYTES + 64];
    struct kept newest, oldest;
    if (!config_state_path("sessions", folder, sizeof folder))
        return;
    while (look(folder, &newest, &oldest) > SESSION_FILES_MAX) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, oldest.name);
        if (unlink(path) != 0)
            return;
    }
}

int session_keep(const struct session *s, struct err *err)
{
    char file[SESSION_FILE_BYTES];
    struct buf text;
    struct outfile *f;
    struct stat st;
    int rc = -1;
    buf_init(&text, SESSION_MAX_BYTES);
    session_write(s, &text);
    if (s->failed || text.failed) {
        (void)err_set(err, ERR_LIMIT, "where the log was left does not fit in a session");
        goto out;
    }
    if (!file_of(s, file)) {
        (void)err_set(err, ERR_IO,
                      "no folder for sessions: neither XDG_STATE_HOME nor HOME is a path");
        goto out;
    }
    if (config_make_folders(file) != 0) {
        (void)err_errno(err, file, "cannot make its folder");
        goto out;
    }
    if (lstat(file, &st) == 0 && !S_ISREG(st.st_mode)) {
        (void)err_at(err, ERR_IO, file, 0, "is no plain file");
        goto out;
    }
    f = outfile_open(file, true, NULL, 0, NULL, err);
    if (f == NULL)
        goto out;
    if (outfile_write(f, buf_text(&text), text.len, err) != 0) {
        outfile_abort(f);
        goto out;
    }
    rc = outfile_commit(f, err);
    if (rc == 0)
        drop_oldest();
out:
    buf_release(&text);
    return rc;
}
