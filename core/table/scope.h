/* A scope: which rows of a log may take part in a fit, beside the recipe's `where`. Zooming into a
 * cluster and excluding one make scopes; a text cannot say which rows a cluster had.
 *
 * A scope is immutable and shared by reference count. It belongs to one table: row numbers mean
 * nothing elsewhere. NULL stands for the scope of all rows. */
#ifndef MINNOW_TABLE_SCOPE_H
#define MINNOW_TABLE_SCOPE_H

#include "core/job.h"

struct scope {
    uint64_t n_rows; /* of the table */
    uint64_t n_in;   /* rows inside */
    uint64_t *word;  /* a bit per row; owned */
    void *own;
};

/* Says whether a row belongs to what is kept or dropped. */
typedef bool scope_fn(const void *user, uint64_t row);

/* The rows of `in` (NULL: all n_rows) for which test(user, row) is `keep`. Reference count 1. NULL
 * with ERR_LIMIT, ERR_CANCELLED. Cost: one call per row of `in`, and a bit per row. */
struct scope *scope_narrow(const struct scope *in, uint64_t n_rows, scope_fn *test,
                           const void *user, bool keep, struct job *job,
                           struct err *err) WARN_UNUSED;

/* NULL is fine for both, and gives NULL. */
const struct scope *scope_ref(const struct scope *s);
void scope_unref(const struct scope *s);

static inline bool scope_has(const struct scope *s, uint64_t row)
{
    return s == NULL || (s->word[row / 64] >> (row % 64) & 1) != 0;
}

#endif
