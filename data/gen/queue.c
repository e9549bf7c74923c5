/* A binary heap; see queue.h. */
#include "data/gen/queue.h"

static bool before(const struct queue_entry *a, const struct queue_entry *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->serial < b->serial;
}

static int grow(struct queue *q)
{
    size_t cap = q->cap == 0 ? 4096 : q->cap * 2;
    struct queue_entry *heap = realloc(q->heap, cap * sizeof *heap);
    struct row *row;
    uint32_t *spare;
    if (heap == NULL)
        return -1;
    q->heap = heap;
    row = realloc(q->row, cap * sizeof *row);
    if (row == NULL)
        return -1;
    q->row = row;
    spare = realloc(q->spare, cap * sizeof *spare);
    if (spare == NULL)
        return -1;
    q->spare = spare;
    for (size_t i = cap; i > q->cap; i--)
        q->spare[q->n_spare++] = (uint32_t)(i - 1);
    q->cap = cap;
    return 0;
}

int queue_put(struct queue *q, int64_t due_us, const struct row *row)
{
    struct queue_entry e = {.due_us = due_us, .serial = row->serial};
    size_t i;
    if (q->n == q->cap && (q->cap > UINT32_MAX / 2 || grow(q) != 0))
        return -1;
    e.slot = q->spare[--q->n_spare];
    q->row[e.slot] = *row;
    for (i = q->n++; i > 0 && before(&e, &q->heap[(i - 1) / 2]); i = (i - 1) / 2)
        q->heap[i] = q->heap[(i - 1) / 2];
    q->heap[i] = e;
    return 0;
}

bool queue_take(struct queue *q, int64_t until_us, struct row *out)
{
    struct queue_entry last;
    size_t i = 0;
    if (q->n == 0 || q->heap[0].due_us >= until_us)
        return false;
    *out = q->row[q->heap[0].slot];
    q->spare[q->n_spare++] = q->heap[0].slot;
    last = q->heap[--q->n];
    for (size_t child = 1; child < q->n; child = 2 * i + 1) {
        if (child + 1 < q->n && before(&q->heap[child + 1], &q->heap[child]))
            child++;
        if (!before(&q->heap[child], &last))
            break;
        q->heap[i] = q->heap[child];
        i = child;
    }
    q->heap[i] = last;
    return true;
}

void queue_release(struct queue *q)
{
    free(q->heap);
    free(q->row);
    free(q->spare);
    *q = (struct queue){.n = 0};
}
