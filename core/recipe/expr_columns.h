/* Answers of an expression from the table's columns: most filters need no row's text.
 *
 * An answer is what expr_eval says of the row's fields, or that only these can tell. */
#ifndef MINNOW_RECIPE_EXPR_COLUMNS_H
#define MINNOW_RECIPE_EXPR_COLUMNS_H

#include "core/job.h"
#include "core/recipe/expr.h"

enum expr_answer { EXPR_NO, EXPR_YES, EXPR_TEXT };

struct expr_columns;

/* Prepares a bound expression for about so many rows of a table; both are borrowed. NULL on error.
 * Errors: ERR_LIMIT, ERR_CANCELLED. Cost: a look at every address, and a byte for each, for each test that
 * is about addresses, unless there are fewer rows than addresses. */
struct expr_columns *expr_columns_new(const struct expr *e, const struct table *t, uint64_t n_rows,
                                      struct job *job, struct err *err) WARN_UNUSED;
void expr_columns_free(struct expr_columns *x); /* NULL is fine */

/* Any thread, each with its own scratch. */
enum expr_answer expr_columns_ask(const struct expr_columns *x, uint64_t row,
                                  struct expr_scratch *scratch);

#endif
