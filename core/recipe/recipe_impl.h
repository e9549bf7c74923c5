/* Private to recipe.c and recipe_parse.c. */
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

/* Keys that only files have. */
int recipe_set_order(struct recipe *r, const char *text, struct err *err) WARN_UNUSED;
int recipe_set_tol(struct recipe *r, const char *text, struct err *err) WARN_UNUSED;

#endif
