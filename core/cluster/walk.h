/* Runs of rows that lie side by side in the table: what a loop over columns wants.
 *
 * Private to core/cluster. A run is short enough to look at the cancel flag once for each. */
#ifndef MINNOW_CLUSTER_WALK_H
#define MINNOW_CLUSTER_WALK_H

#include "core/table/table.h"

#define WALK_ROWS 4096 /* divides TABLE_BLOCK_ROWS */

struct walk {
    const struct rowblock *block; /* of this run */
    size_t at;                    /* where it begins in the block */
    uint64_t row;                 /* the number of its first row */
    uint32_t n;
    const struct table *t;
    uint64_t next, end;
};

/* The rows from `begin` up to `end`. */
static inline struct walk walk_begin(const struct table *t, uint64_t begin, uint64_t end)
{
    return (struct walk){.t = t, .next = begin, .end = end};
}

static inline bool walk_next(struct walk *w)
{
    uint64_t left = w->end - w->next;
    if (w->next >= w->end)
        return false;
    w->row = w->next;
    w->block = table_block(w->t, w->row);
    w->at = (size_t)(w->row & (TABLE_BLOCK_ROWS - 1));
    w->n = WALK_ROWS - (uint32_t)(w->at % WALK_ROWS);
    if (w->n > left)
        w->n = (uint32_t)left;
    w->next += w->n;
    return true;
}

#endif
