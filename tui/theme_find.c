/* Where themes are; see theme.h. What is in them theme.c says. */
#include "tui/theme.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/closest.h"
#include "core/base/config.h"
#include "core/base/embedded.h"
#include "core/base/mem.h"

#ifndef MINNOW_DATADIR
#define MINNOW_DATADIR "/usr/local/share/minnow"
#endif

#define ENDING         ".theme"
#define NAME_MAX_BYTES 200

/* ---- finding ---- */

/* Reads a regular file; 0, -1 with errno, or -2 when it is none. */
static int read_file(struct buf *out, const char *path)
{
    struct stat st;
    char block[4096];
    ssize_t n = 0;
    /* Not blocking: the name may be a FIFO's. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void)close(fd);
        return -2;
    }
    while (out->len <= THEME_MAX_BYTES && (n = read(fd, block, sizeof block)) > 0)
        buf_add(out, block, (size_t)n);
    (void)close(fd);
    return n < 0 || out->failed ? -1 : 0;
}

/* `why` gets the reason when the file is there and cannot be read. */
static bool try_file(struct theme *out, const char *name, const char *path, struct notices *notices,
                     struct err *why)
{
    struct buf text = BUF_INIT;
    int rc = read_file(&text, path);
    if (rc == 0)
        theme_parse(out, name, path, buf_span(&text), notices);
    else if (rc == -2)
        (void)err_set(why, ERR_IO, "%s: not a regular file", path);
    else if (errno != ENOENT && errno != ENOTDIR)
        (void)err_errno(why, path, "cannot read the theme");
    buf_release(&text);
    return rc == 0;
}

static bool try_user(struct theme *out, const char *name, struct notices *notices, struct err *why)
{
    char below[256], path[4096];
    int n = snprintf(below, sizeof below, "themes/%s" ENDING, name);
    return n > 0 && (size_t)n < sizeof below && config_path(below, path, sizeof path) &&
           try_file(out, name, path, notices, why);
}

static bool try_installed(struct theme *out, const char *name, struct notices *notices,
                          struct err *why)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/themes/%s" ENDING, MINNOW_DATADIR, name);
    return n > 0 && (size_t)n < sizeof path && try_file(out, name, path, notices, why);
}

static bool try_embedded(struct theme *out, const char *name, struct notices *notices)
{
    char path[96];
    for (const struct embedded *e = embedded_themes; e->name != NULL; e++)
        if (strcmp(e->name, name) == 0) {
            (void)snprintf(path, sizeof path, "%s (built in)", name);
            theme_parse(out, name, path, span_of(e->text), notices);
            return true;
        }
    return false;
}

static int unknown(const char *name, struct err *err)
{
    struct buf known = BUF_INIT;
    char hint[CLOSEST_HINT];
    struct closest c = closest_to(span_of(name));
    for (const struct embedded *e = embedded_themes; e->name != NULL; e++) {
        buf_printf(&known, "%s%s", known.len > 0 ? ", " : "", e->name);
        closest_try(&c, span_of(e->name));
    }
    (void)err_set(err, ERR_USAGE, "no theme is called '%.60s'%s: there are %s; a file has a /",
                  name, closest_hint(&c, hint), buf_text(&known));
    buf_release(&known);
    return -1;
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

int theme_load(struct theme *out, const char *name, struct notices *notices, struct err *err)
{
    struct err why = ERR_INIT;
    if (name == NULL || name[0] == '\0')
        name = "default";
    if (strchr(name, '/') != NULL) {
        if (try_file(out, base_of(name), name, notices, &why))
            return 0;
        if (why.code == ERR_OK) /* it is not there */
            return err_errno(err, name, "cannot read the theme");
        *err = why;
        return -1;
    }
    if (try_user(out, name, notices, &why) || try_installed(out, name, notices, &why) ||
        try_embedded(out, name, notices)) {
        if (why.code != ERR_OK) /* another of its name stands in */
            notices_add(notices, "%s", why.text);
        return 0;
    }
    if (why.code == ERR_OK)
        return unknown(name, err);
    *err = why;
    return -1;
}

/* ---- listing ---- */

static int by_bytes(const void *a, const void *b)
{
    return strcmp(((const struct theme_entry *)a)->setting,
                  ((const struct theme_entry *)b)->setting);
}

/* A name that a line of settings and the search for a theme can say. */
static bool is_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] < ' ' || name.ptr[i] == 0x7f || name.ptr[i] == '/')
            return false;
    return name.len > 0 && name.len <= NAME_MAX_BYTES && name.ptr[0] != '.' &&
           span_eq(span_trim(name), name);
}

static bool is_listed(const struct theme_list *list, struct span setting)
{
    for (size_t i = 0; i < list->n; i++)
        if (span_is(setting, list->entry[i].setting))
            return true;
    return false;
}

static int add(struct theme_list *out, struct span setting, enum theme_place place, struct err *err)
{
    struct theme_entry *e = &out->entry[out->n];
    struct notices ignored = {.n = 0}; /* said when it is looked at */
    struct err unread = ERR_INIT;
    struct theme theme;
    if (out->n == THEMES_MAX || is_listed(out, setting))
        return 0;
    *e = (struct theme_entry){.setting = mem_copy(setting.ptr, setting.len), .place = place};
    if (e->setting == NULL)
        return err_memory(err, "the list of themes");
    if (theme_load(&theme, e->setting, &ignored, &unread) == 0) {
        memcpy(e->about, theme.about, sizeof e->about);
        e->background = theme.background;
    }
    notices_release(&ignored);
    out->n++;
    return 0;
}

/* The themes of a folder, which may not be there. */
static int add_folder(struct theme_list *out, const char *path, enum theme_place place,
                      struct err *err)
{
    DIR *folder = opendir(path);
    const struct dirent *file;
    size_t first = out->n, end = sizeof ENDING - 1;
    int rc = 0;
    if (folder == NULL)
        return 0;
    while (rc == 0 && (file = readdir(folder)) != NULL) {
        size_t len = strlen(file->d_name);
        if (len > end && strcmp(file->d_name + len - end, ENDING) == 0 &&
            is_name(span_make(file->d_name, len - end)))
            rc = add(out, span_make(file->d_name, len - end), place, err);
    }
    (void)closedir(folder);
    qsort(out->entry + first, out->n - first, sizeof out->entry[0], by_bytes);
    return rc;
}

int theme_list_fill(struct theme_list *out, const char *file, struct err *err)
{
    char path[4096];
    int rc = 0;
    out->n = 0;
    if (file != NULL && strchr(file, '/') != NULL)
        rc = add(out, span_of(file), THEME_OF_FILE, err);
    if (rc == 0 && config_path("themes", path, sizeof path))
        rc = add_folder(out, path, THEME_OF_USER, err);
    if (rc == 0)
        rc = add_folder(out, MINNOW_DATADIR "/themes", THEME_INSTALLED, err);
    for (const struct embedded *e = embedded_themes; rc == 0 && e->name != NULL; e++)
        rc = add(out, span_of(e->name), THEME_BUILT_IN, err);
    if (rc != 0)
        theme_list_release(out);
    return rc;
}

void theme_list_release(struct theme_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        mem_free(list->entry[i].setting);
    list->n = 0;
}
