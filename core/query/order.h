/* Positions in a row set, put in order in place.
 *
 * Private to core/query. A key is 12 bytes and sorting needs no second array, so that sorting ten
 * million rows stays within 120 MB. */
#ifndef MINNOW_QUERY_ORDER_H
#define MINNOW_QUERY_ORDER_H

#include "core/job.h"
#include "core/query/rowset.h"

/* What a row sorts by: first `head`, then `at`. Positions differ, so there is one possible result, and it
 * is that of a stable sort. */
struct order_key {
    uint64_t head;
    uint32_t at; /* position in the set */
} __attribute__((packed, aligned(4)));

/* Heads that sort like what they stand for. */
uint64_t order_head_number(double x); /* any but NAN; 0 and -0 are equal */
uint64_t order_head_time(int64_t us);

/* The head of a text: bytewise order, shorter first. Up to ORDER_HEAD_BYTES it says all; equal heads of
 * longer texts (order_has_more) say that these begin with the same bytes. */
#define ORDER_HEAD_BYTES 7
uint64_t order_head_text(struct span text);
static inline bool order_has_more(uint64_t head)
{
    return (head & 0xff) > ORDER_HEAD_BYTES;
}

/* Sorts, on the threads that the job may use. `descending` turns heads round; positions always ascend.
 * Errors: ERR_CANCELLED. Cost: n log n, whatever the input. */
int order_sort(struct order_key *key, uint64_t n, bool descending, struct job *job,
               struct err *err) WARN_UNUSED;

/* The same for keys of which some have no value (a bit for each key): these stand last, by position. *have
 * becomes the number of the others. */
int order_sort_missing(struct order_key *key, uint64_t n, const uint64_t *missing, bool descending,
                       uint64_t *have, struct job *job, struct err *err) WARN_UNUSED;

/* The positions of a set in the order of their row numbers (`head`), which is the order in which
 * files are read fastest. `n_rows` is that of the table. Errors: ERR_LIMIT, ERR_CANCELLED. NULL on error; freed
 * with mem_free. */
struct order_key *order_of_rows(const struct rowset *set, uint64_t n_rows, struct job *job,
                                struct err *err) WARN_UNUSED;

/* True when the set is in the order of its row numbers. */
bool order_is_of_rows(const struct rowset *set);

#endif
