/* The values of a recipe's features in the rows of a table, a run of rows at a time: no matrix is made of
 * them. For features that each row has by itself. */
#ifndef MINNOW_RECIPE_VALUES_H
#define MINNOW_RECIPE_VALUES_H

#include "core/job.h"
#include "core/parallel.h"
#include "core/recipe/expr.h"
#include "core/recipe/recipe.h"
#include "core/table/table.h"

#define VALUES_RUN   1024 /* rows at most */
#define VALUES_PARTS 3    /* of a feature that is several values, as an hour is sine and cosine */

struct values_run {
    uint32_t number;               /* of the feature in the recipe */
    uint64_t first;                /* row */
    uint32_t n;                    /* rows */
    const double *x[VALUES_PARTS]; /* each VALUES_RUN, n of them told: as they are before they are
                                      scaled, NaN when missing. Of rows that take no part anything. */
};

/* On several threads at once. */
typedef void values_fn(void *user, const struct values_run *run);

/* Whether all features of a recipe can be had so: not the means of pairs and hosts, and no kinds of a text,
 * which have to be counted first. */
bool values_can(const struct recipe *r);

/* Calls fn with every run of rows and every feature that the log has, once each, in no order. Rows take
 * part that have an observation (NULL: all do). Errors: ERR_IO when one of those is not there any more,
 * ERR_LIMIT, ERR_CANCELLED. Cost: the text is read once where a feature needs it; with behaviour about 8
 * bytes a row while that is counted, 4 a row and 64 a pair while it is told. */
int values_read(const struct table *t, const struct recipe *r, const struct expr_env *env,
                const uint32_t *obs_of_row, values_fn *fn, void *user, struct parallel *pool,
                struct job *job, struct err *err) WARN_UNUSED;

/* Says that the rows do not have the values any more that were clustered: ERR_IO. Returns -1. */
int values_changed(struct err *err);

#endif
