/* The feature `auto`: those that the columns of a log seem to be good for, chosen from its rows. */
#ifndef MINNOW_RECIPE_AUTO_H
#define MINNOW_RECIPE_AUTO_H

#include "core/job.h"
#include "core/recipe/recipe.h"
#include "core/table/table.h"

/* The most rows that are looked at; fewer when there are many columns. */
#define AUTO_ROWS 10000

/* Whether a log is one of connections: it has both addresses, and something of what only connections
 * have, such as their state or bytes. */
bool schema_is_conn(const struct schema *s);

/* Where the recipe is for connections and the log is of another kind, or for a kind of log that has
 * fields which this one has not, the recipe becomes its `otherwise`, if it has one; and so on.
 * Afterwards it has none. */
void recipe_settle(struct recipe *r, const struct schema *s);

/* Whether a recipe still holds `auto`. */
bool recipe_has_auto(const struct recipe *r);

/* Whether a column's name can stand in a recipe: with control bytes it would not come back from its
 * line. */
bool recipe_can_name(const char *name);

/* Puts the chosen features in the place of `auto`, with its weight, those left out that the recipe
 * names already; other recipes stay as they are. The same for the same rows, whatever the threads.
 * Columns whose names a recipe cannot hold, and what is beyond RECIPE_MAX_FEATURES, are told in
 * notices. On an error the recipe is as before. Errors: ERR_DATA when no feature is left, ERR_LIMIT,
 * ERR_CANCELLED.
 * Cost: reads at most AUTO_ROWS rows, spread evenly; 16 bytes for each of their values, 32 MiB at
 * most. */
int recipe_expand(struct recipe *r, const struct table *t, struct notices *notices, struct job *job,
                  struct err *err) WARN_UNUSED;

#endif
