/* Positions in a row set, put in order in place.
 *
 * Private to core/query. A key is 16 bytes and sorting needs no second array, so that sorting ten
 * million rows stays within 160 MB. */
#ifndef MINNOW_QUERY_ORDER_H
#define MINNOW_QUERY_ORDER_H

#include "core/base/buf.h"
#include "core/job.h"
#include "core/query/rowset.h"

/* What a row sorts by: first `head`, then the bytes that `tie` names, then `at`. Positions differ,
 * so there is one possible result, and it is that of a stable sort. */
struct order_key {
    uint64_t head;
    uint32_t at;  /* position in the set */
    uint32_t tie; /* bytes in order_ties, or 0 for none: those of equal heads are both or neither */
};

/* The bytes that heads were too short for, in chunks that never move: several threads add to them,
 * each with a pen of its own. A text that comes again and again is often kept once. */
struct order_ties {
    char **chunk; /* owned, as are the chunks */
    _Atomic uint32_t n_chunks;
};

#define ORDER_RECENT 1024
struct order_pen {
    struct order_ties *ties;
    uint32_t chunk;   /* the one it writes into: number + 1, or 0 */
    size_t used, cap; /* of it, in units of 4 bytes */
    uint32_t recent[ORDER_RECENT];
};

int order_ties_init(struct order_ties *ties, struct err *err) WARN_UNUSED;
void order_ties_release(struct order_ties *ties); /* zeroes are fine */
void order_pen_init(struct order_pen *pen, struct order_ties *ties);

/* Heads that sort like what they stand for. */
uint64_t order_head_number(double x); /* any but NAN; 0 and -0 are equal */
uint64_t order_head_time(int64_t us);

/* Fills head and tie for a text: bytewise order, shorter first. -1 on memory. */
int order_key_text(struct order_key *key, struct order_pen *pen, struct span text) WARN_UNUSED;

/* Adds bytes that are compared when heads are equal. -1 on memory. */
int order_key_tie(struct order_key *key, struct order_pen *pen, struct span bytes) WARN_UNUSED;

/* Sorts, on the threads that the job may use. `descending` turns heads and ties round; positions
 * always ascend. Errors: ERR_CANCELLED. Cost: n log n, whatever the input. */
int order_sort(struct order_key *key, uint64_t n, const struct order_ties *ties, bool descending,
               struct job *job, struct err *err) WARN_UNUSED;

/* True when both have the same head and the same tie. */
bool order_same(const struct order_key *a, const struct order_key *b,
                const struct order_ties *ties);

/* The positions of a set in the order of their row numbers (`head`), which is the order in which
 * files are read fastest. `n_rows` is that of the table. Errors: ERR_LIMIT, ERR_CANCELLED. NULL on error; freed
 * with mem_free. */
struct order_key *order_of_rows(const struct rowset *set, uint64_t n_rows, struct job *job,
                                struct err *err) WARN_UNUSED;

/* True when the set is in the order of its row numbers. */
bool order_is_of_rows(const struct rowset *set);

#endif
