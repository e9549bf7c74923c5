/* Sorting by what the rows say, where the table's columns do not hold it: the text is read again.
 *
 * Private to core/query. */
#ifndef MINNOW_QUERY_SORT_TEXT_H
#define MINNOW_QUERY_SORT_TEXT_H

#include "core/query/order.h"

struct sort_opts {
    const struct rowset *in;
    const struct table *table;
    uint32_t column;
    bool descending;
    struct job *job; /* or NULL */
    uint64_t most;   /* rows that are compared in memory at once; 0: as many as is sensible */
};

/* The positions of the set in the order of the column, rows without a value last; n of the set, freed with
 * mem_free. Errors: ERR_LIMIT, ERR_CANCELLED; NULL then. Cost: 12 bytes for each row, some more where
 * many values begin alike; the rows are read once or, where values begin alike, some of them again. */
struct order_key *sort_by_text(const struct sort_opts *opts, struct err *err) WARN_UNUSED;

#endif
