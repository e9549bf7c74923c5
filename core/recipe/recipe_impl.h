/* Private to recipe.c, recipe_parse.c and recipe_suspicion.c. */
#ifndef MINNOW_RECIPE_RECIPE_IMPL_H
#define MINNOW_RECIPE_RECIPE_IMPL_H

#include "core/recipe/recipe.h"
#include "core/table/value.h"

/* Parses one feature and adds it; `line` as in struct feature. Errors: ERR_USAGE without a place.
 */
int recipe_add_feature(struct recipe *r, struct span text, uint32_t line,
                       struct err *err) WARN_UNUSED;

/* Puts path and line in front of a sentence that has none; keeps the column. Returns -1. */
int recipe_err_at(struct err *err, const char *path, uint64_t line);

/* *out becomes the place of the text among n names. Errors: ERR_USAGE, which lists the names. */
int recipe_choose(const char *text, const char *const *names, int n, int *out,
                  struct err *err) WARN_UNUSED;

/* Keys that only files have. */
int recipe_set_order(struct recipe *r, const char *text, struct err *err) WARN_UNUSED;
int recipe_set_suspicion(struct recipe *r, const char *text, struct err *err) WARN_UNUSED;
int recipe_set_tol(struct recipe *r, const char *text, struct err *err) WARN_UNUSED;

#endif
