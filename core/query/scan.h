/* Asking every row of a set a question that needs its text.
 *
 * Private to core/query. Rows are read in the order of their files whatever the set's order is. */
#ifndef MINNOW_QUERY_SCAN_H
#define MINNOW_QUERY_SCAN_H

#include "core/job.h"
#include "core/query/rowset.h"
#include "core/table/row_reader.h"

/* Rows between two looks at the cancel flag while text is read: a row may have a mebibyte. */
#define SCAN_CHECK_ROWS 16

/* Called for rows that are there; gone ones pass nothing. */
typedef bool scan_fn(void *ctx, const struct row *row);

/* One bit per position in the set. */
struct scan_result {
    uint64_t *bit; /* owned */
    uint64_t n_set;
};

static inline bool scan_is_set(const struct scan_result *r, uint64_t position)
{
    return (r->bit[position / 64] >> (position % 64) & 1) != 0;
}

/* Errors: ERR_LIMIT, ERR_CANCELLED; *out is then empty. */
int scan_rows(struct scan_result *out, const struct rowset *set, const struct table *t,
              scan_fn *passes, void *ctx, struct job *job, struct err *err) WARN_UNUSED;
void scan_release(struct scan_result *r);

#endif
