/* Own recipes on the disk; see recipe_file.h. */
#include "core/export/recipe_file.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "core/base/buf.h"
#include "core/base/config.h"
#include "core/base/mem.h"
#include "core/export/outfile.h"

#define ENDING ".recipe"

static bool is_name(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > RECIPE_NAME_MAX || name[0] == '.' || name[0] == '-' || name[0] == ' ' ||
        name[len - 1] == ' ')
        return false;
    for (size_t i = 0; i < len; i++)
        if (name[i] == '/' || (unsigned char)name[i] < ' ' || name[i] == 0x7f)
            return false;
    return true;
}

int recipe_file_path(const char *name, char *out, size_t size, struct err *err)
{
    char below[RECIPE_NAME_MAX + 32];
    if (!is_name(name))
        return err_set(
            err, ERR_USAGE,
            "'%.60s' is no name for a recipe: 1 to %d bytes, no / and no . or - in front", name,
            RECIPE_NAME_MAX);
    (void)snprintf(below, sizeof below, "recipes/%.*s" ENDING, RECIPE_NAME_MAX, name);
    if (!config_path(below, out, size))
        return err_set(err, ERR_IO,
                       "no folder for recipes: neither XDG_CONFIG_HOME nor HOME is a path");
    return 0;
}

/* The text of the file, when it reads back. */
static int text_of(const struct recipe *r, const char *name, struct buf *out, struct err *err)
{
    struct recipe named, back;
    struct err wrong = ERR_INIT;
    int rc = -1;
    if (recipe_copy(&named, r, err) != 0)
        return -1;
    if (recipe_rename(&named, name, r->path, err) != 0)
        goto out;
    recipe_write(&named, out);
    if (out->failed) {
        (void)err_memory(err, "the recipe");
        goto out;
    }
    if (recipe_parse(&back, name, name, buf_span(out), &wrong) != 0) {
        (void)err_set(err, ERR_USAGE, "as a file this recipe would not read back: %.160s",
                      wrong.text);
        goto out;
    }
    rc = back.n_features == r->n_features && strcmp(back.where, r->where) == 0 ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < r->n_features; i++)
        rc = strcmp(back.feature[i].text, r->feature[i].text) == 0 ? 0 : -1;
    recipe_release(&back);
    if (rc != 0)
        (void)err_set(err, ERR_USAGE, "as a file this recipe would not read back the same");
out:
    recipe_release(&named);
    return rc;
}

/* A pipe or a device of that name would be opened, and could wait for ever. */
static int check_kind(const char *path, struct err *err)
{
    struct stat st;
    if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return err_at(err, ERR_IO, path, 0, "not written: it exists, and is no plain file");
    return 0;
}

int recipe_file_save(const struct recipe *r, const char *name, bool force, struct err *err)
{
    char path[RECIPE_FILE_BYTES];
    struct buf text = BUF_INIT;
    struct outfile *f;
    int rc = -1;
    if (recipe_file_path(name, path, sizeof path, err) != 0 || text_of(r, name, &text, err) != 0)
        goto out;
    if (config_make_folders(path) != 0) {
        (void)err_errno(err, path, "cannot make its folder");
        goto out;
    }
    if (check_kind(path, err) != 0)
        goto out;
    f = outfile_open(path, force, NULL, 0, NULL, err);
    if (f == NULL)
        goto out;
    if (outfile_write(f, text.ptr, text.len, err) != 0) {
        outfile_abort(f);
        goto out;
    }
    rc = outfile_commit(f, err);
out:
    buf_release(&text);
    return rc;
}

/* ---- listing ---- */

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_name(struct recipe_names *out, const char *file, struct err *err)
{
    size_t len = strlen(file), end = sizeof ENDING - 1;
    char *name;
    if (len <= end || strcmp(file + len - end, ENDING) != 0 || out->n == RECIPE_FILES_MAX)
        return 0;
    name = mem_copy(file, len - end);
    if (name == NULL)
        return err_memory(err, "the names of recipes");
    if (is_name(name))
        out->name[out->n++] = name;
    else
        mem_free(name);
    return 0;
}

int recipe_file_names(struct recipe_names *out, struct err *err)
{
    char path[RECIPE_FILE_BYTES];
    DIR *folder;
    const struct dirent *entry;
    int rc = 0;
    out->n = 0;
    if (!config_path("recipes", path, sizeof path) || (folder = opendir(path)) == NULL)
        return 0;
    while (rc == 0 && (entry = readdir(folder)) != NULL)
        rc = add_name(out, entry->d_name, err);
    (void)closedir(folder);
    if (rc != 0)
        recipe_names_release(out);
    else
        qsort(out->name, out->n, sizeof out->name[0], by_bytes);
    return rc;
}

void recipe_names_release(struct recipe_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        mem_free(names->name[i]);
    names->n = 0;
}
