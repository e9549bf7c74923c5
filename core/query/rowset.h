/* A list of row numbers that a view shows: a cluster's rows, sorted or not. Owned by the view that
 * asked. */
#ifndef MINNOW_QUERY_ROWSET_H
#define MINNOW_QUERY_ROWSET_H

#include "core/cluster/clustering.h"

struct rowset {
    uint32_t *row; /* owned */
    uint64_t n;
};

void rowset_release(struct rowset *set);

/* All rows of a cluster (1..k), ascending; 0 gives the excluded rows; CLUSTER_ALL every row.
 * Errors: ERR_LIMIT, ERR_CANCELLED. */
#define CLUSTER_ALL UINT32_MAX
int rowset_of_cluster(struct rowset *set, const struct table *t, const struct clustering *c,
                      uint32_t number, struct job *job, struct err *err) WARN_UNUSED;

/* All rows of one input, by its number, ascending. Errors: ERR_LIMIT. */
int rowset_of_input(struct rowset *set, const struct table *t, uint32_t input,
                    struct err *err) WARN_UNUSED;

/* All rows that have the address on either side, ascending. */
int rowset_of_addr(struct rowset *set, const struct table *t, uint32_t addr, struct job *job,
                   struct err *err) WARN_UNUSED;

/* All rows for which the test holds, ascending. It is asked on the caller's thread. */
typedef bool row_test_fn(const void *user, uint64_t row);
int rowset_of_test(struct rowset *set, const struct table *t, row_test_fn *test, const void *user,
                   struct job *job, struct err *err) WARN_UNUSED;

/* All rows of one observation of a clustering that groups rows, ascending. */
int rowset_of_observation(struct rowset *set, const struct table *t, const struct clustering *c,
                          uint32_t obs, struct job *job, struct err *err) WARN_UNUSED;

/* Stable sort by a table column. Numbers by value, times by time, addresses by their bytes,
 * everything else by its bytes; missing last, in both directions; `descending` keeps equal rows in
 * their order. A new set is made; the old stays. Errors: ERR_LIMIT, ERR_CANCELLED.
 * Cost, while it runs: 8 bytes a row when the table has the column (16 when a value is too large for
 * that), else 16 and the texts beyond seven bytes; rows are then read again, in the order of their files. */
int rowset_sort(struct rowset *out, const struct rowset *in, const struct table *t, uint32_t column,
                bool descending, struct job *job, struct err *err) WARN_UNUSED;

/* Finds plain text in the shown fields of rows. Smart case: without an upper-case letter in
 * `needle` case does not matter (ASCII). Cost: one pass over the rows in the order of their files,
 * whatever order the set is in. */
struct find {
    uint64_t *hit; /* positions in the set, ascending; owned */
    uint64_t n_hits;
};
int rowset_find(struct find *out, const struct rowset *set, const struct table *t,
                struct span needle, struct job *job, struct err *err) WARN_UNUSED;
void find_release(struct find *f);

/* Rows of the set that pass the expression; a new set. Cost: the table's columns where they can tell,
 * else as for finding; rows whose text is gone pass by what the columns say. */
int rowset_filter(struct rowset *out, const struct rowset *in, const struct table *t,
                  const struct expr *e, struct job *job, struct err *err) WARN_UNUSED;

#endif
