/* Rows that have begun and are not yet written: a sensor writes a connection when it ends. */
#ifndef MINNOW_GEN_QUEUE_H
#define MINNOW_GEN_QUEUE_H

#include "data/gen/row.h"

struct queue_entry {
    int64_t due_us;
    uint64_t serial; /* decides between equal times */
    uint32_t slot;
};

/* A heap of entries, each naming the slot of its row. */
struct queue {
    struct queue_entry *heap;
    struct row *row;
    uint32_t *spare; /* slots without a row */
    size_t n, cap, n_spare;
};

/* 0, or -1 when memory runs out. */
int queue_put(struct queue *q, int64_t due_us, const struct row *row) WARN_UNUSED;
/* The row that is due first, if it is due before `until_us`; false when there is none. */
bool queue_take(struct queue *q, int64_t until_us, struct row *out);
void queue_release(struct queue *q);

#endif
