/* Private to core/query: what histogram.c asks about a recipe's features. */
#ifndef MINNOW_QUERY_HISTOGRAM_IMPL_H
#define MINNOW_QUERY_HISTOGRAM_IMPL_H

#include "core/query/histogram.h"

enum histogram_unit histogram_unit_of(const struct table *t, const struct recipe *r,
                                      const struct feature *f);

/* A field's name for a number or a kind of it; else as the recipe writes the feature. NULL on memory;
 * owned by the caller. */
char *histogram_name_of(const struct feature *f);

#endif
