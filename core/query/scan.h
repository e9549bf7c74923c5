/* Asking every row of a set a question that needs its text.
 *
 * Private to core/query. Rows are read in the order of their files whatever the set's order is, on
 * the threads that the job may use. */
#ifndef MINNOW_QUERY_SCAN_H
#define MINNOW_QUERY_SCAN_H

#include "core/job.h"
#include "core/query/rowset.h"
#include "core/recipe/expr_columns.h"
#include "core/table/row_reader.h"

/* Rows between two looks at the cancel flag while text is read: a row may have a mebibyte. */
#define SCAN_CHECK_ROWS  16
/* Fewer rows than this are not worth waking threads for. */
#define SCAN_ALONE_BELOW 4096

/* Called for rows that are there, from any thread; gone ones pass nothing. A thread has a scratch of
 * its own. */
typedef bool scan_fn(const void *what, struct expr_scratch *scratch, const struct row *row);

/* What is known of a row without its text; EXPR_TEXT asks for it. */
typedef enum expr_answer scan_ask_fn(const void *what, struct expr_scratch *scratch, uint64_t row);

struct scan_question {
    scan_ask_fn *ask; /* NULL: every row's text is needed */
    scan_fn *passes;
    const void *what;
};

/* One bit for each row of the table. */
struct scan_result {
    uint64_t *bit; /* owned */
};

static inline bool scan_passed(const struct scan_result *r, uint32_t row)
{
    return (r->bit[row / 64] >> (row % 64) & 1) != 0;
}

/* Rows whose text is gone pass when what is known without it says so. Errors: ERR_LIMIT, ERR_CANCELLED; *out is then empty. Cost: a quarter of a byte for each row of
 * the table. */
int scan_rows(struct scan_result *out, const struct rowset *set, const struct table *t,
              const struct scan_question *q, struct job *job, struct err *err) WARN_UNUSED;
void scan_release(struct scan_result *r);

#endif
