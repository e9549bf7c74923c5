/* The user's own recipes: files of $XDG_CONFIG_HOME/minnow/recipes, or ~/.config/minnow/recipes. */
#ifndef MINNOW_EXPORT_RECIPE_FILE_H
#define MINNOW_EXPORT_RECIPE_FILE_H

#include "core/recipe/recipe.h"

#define RECIPE_NAME_MAX   100 /* bytes */
#define RECIPE_FILES_MAX  512
#define RECIPE_FILE_BYTES 4096

/* Where the recipe of that name is. Errors: ERR_USAGE for a name that is none (empty, longer than
 * RECIPE_NAME_MAX, with a slash, a control character or a dot or hyphen in front), ERR_IO when there
 * is no home. `out` needs RECIPE_FILE_BYTES. */
int recipe_file_path(const char *name, char *out, size_t size, struct err *err) WARN_UNUSED;

/* Writes it under that name, whole or not at all, with mode 0600, in folders of mode 0700; an
 * existing one needs `force`. What is written reads back as the same features, or else nothing is
 * written. Errors: as above; ERR_USAGE for a recipe that cannot be written as a file, ERR_IO. */
int recipe_file_save(const struct recipe *r, const char *name, bool force,
                     struct err *err) WARN_UNUSED;

/* The names of all, in the order of their bytes; at most RECIPE_FILES_MAX. No folder, no names.
 * Errors: ERR_LIMIT. */
struct recipe_names {
    char *name[RECIPE_FILES_MAX]; /* owned */
    size_t n;
};
int recipe_file_names(struct recipe_names *out, struct err *err) WARN_UNUSED;
void recipe_names_release(struct recipe_names *names);

#endif
