/* Few texts; see lexicon.h.
 *
 * DESIGN
 * 1. All room is there from the start and never moves, so a text that a thread has the number of can be
 *    read without the lock: it was written before the number was given out.
 * 2. `slot` is an open-addressed table of numbers plus one (0 is free), at most half full. */
#include "core/query/lexicon.h"

#include <pthread.h>

#include "core/base/hash.h"
#include "core/base/mem.h"

#define SLOTS (2 * LEXICON_TEXTS)

struct lexicon {
    pthread_mutex_t lock;
    atomic_bool full;
    uint32_t n;
    uint32_t end[LEXICON_TEXTS]; /* where each text ends */
    uint32_t slot[SLOTS];
    uint32_t *rank; /* owned */
    char text[LEXICON_BYTES];
};

struct lexicon *lexicon_new(struct err *err)
{
    struct lexicon *x = mem_zalloc(1, sizeof *x); /* what is never used is never touched */
    if (x == NULL) {
        (void)err_memory(err, "the texts of a column");
        return NULL;
    }
    (void)pthread_mutex_init(&x->lock, NULL);
    atomic_init(&x->full, false);
    return x;
}

void lexicon_free(struct lexicon *x)
{
    if (x == NULL)
        return;
    (void)pthread_mutex_destroy(&x->lock);
    mem_free(x->rank);
    mem_free(x);
}

static struct span text_of(const struct lexicon *x, uint32_t number)
{
    uint32_t from = number == 0 ? 0 : x->end[number - 1];
    return span_make(x->text + from, x->end[number] - from);
}

/* Under the lock. */
static uint32_t find_or_add(struct lexicon *x, struct span text, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & (SLOTS - 1), used = x->n == 0 ? 0 : x->end[x->n - 1];
    while (x->slot[at] != 0 && !span_eq(text_of(x, x->slot[at] - 1), text))
        at = (at + 1) & (SLOTS - 1);
    if (x->slot[at] != 0)
        return x->slot[at] - 1;
    if (x->n == LEXICON_TEXTS || text.len > LEXICON_BYTES - used) {
        atomic_store(&x->full, true);
        return LEXICON_FULL;
    }
    memcpy(x->text + used, text.ptr, text.len);
    x->end[x->n] = used + (uint32_t)text.len;
    x->slot[at] = ++x->n;
    return x->n - 1;
}

uint32_t lexicon_number(struct lexicon *x, struct lexicon_reader *reader, struct span text)
{
    uint64_t hash = hash_bytes(text.ptr, text.len);
    uint32_t *recent = &reader->number_1[hash >> 32 & (LEXICON_RECENT - 1)], number;
    if (*recent != 0 && span_eq(text_of(x, *recent - 1), text))
        return *recent - 1;
    (void)pthread_mutex_lock(&x->lock);
    number = find_or_add(x, text, hash);
    (void)pthread_mutex_unlock(&x->lock);
    if (number != LEXICON_FULL)
        *recent = number + 1;
    return number;
}

bool lexicon_is_full(const struct lexicon *x)
{
    return atomic_load_explicit(&x->full, memory_order_relaxed);
}

static int by_text(const void *a, const void *b, void *lexicon)
{
    return span_cmp(text_of(lexicon, *(const uint32_t *)a), text_of(lexicon, *(const uint32_t *)b));
}

const uint32_t *lexicon_ranks(struct lexicon *x)
{
    uint32_t *order = mem_alloc(x->n, sizeof *order);
    mem_free(x->rank);
    x->rank = mem_zalloc((size_t)x->n + 1, sizeof *x->rank);
    if (order == NULL || x->rank == NULL) {
        mem_free(order);
        return NULL;
    }
    for (uint32_t i = 0; i < x->n; i++)
        order[i] = i;
    if (x->n > 0)
        qsort_r(order, x->n, sizeof *order, by_text, x);
    for (uint32_t i = 0; i < x->n; i++)
        x->rank[order[i]] = i;
    mem_free(order);
    return x->rank;
}
