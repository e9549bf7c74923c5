/* Features of a recipe that are computed while a log is loaded, so that its text is read once.
 *
 * Such a feature is made of the row's own text and of nothing else. The result is the same as if the
 * text had been read again, bit for bit. */
#ifndef MINNOW_RECIPE_FORESEEN_H
#define MINNOW_RECIPE_FORESEEN_H

#include "core/recipe/recipe.h"
#include "core/table/wanted.h"

/* What to compute for a recipe that will be run on the log: for load_opts.wanted. NULL when nothing
 * would be gained (the text has to be read again in any case, or not at all), or on memory. */
struct wanted *foreseen_new(const struct recipe *r);

#endif
