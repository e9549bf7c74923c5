/* Counting hash table; see tally.h. */
#include "core/base/tally.h"

#include "core/base/hash.h"
#include "core/base/mem.h"

#define FIRST_CAP 64

void tally_release(struct tally *t)
{
    mem_free(t->item);
    *t = (struct tally)TALLY_INIT;
}

/* The place of a key: its own, or the free one where it belongs. There is always a free one. */
static struct tally_item *place(struct tally_item *item, size_t cap, uint64_t key, uint32_t more)
{
    size_t at = (size_t)hash_u64(key ^ ((uint64_t)more * 0x9e3779b97f4a7c15u)) & (cap - 1);
    while (item[at].count != 0 && (item[at].key != key || item[at].more != more))
        at = (at + 1) & (cap - 1);
    return &item[at];
}

static int grow(struct tally *t)
{
    size_t cap = t->cap == 0 ? FIRST_CAP : t->cap * 2;
    struct tally_item *item;
    if (cap < t->cap)
        return -1;
    item = mem_zalloc(cap, sizeof *item);
    if (item == NULL)
        return -1;
    for (size_t i = 0; i < t->cap; i++)
        if (t->item[i].count != 0)
            *place(item, cap, t->item[i].key, t->item[i].more) = t->item[i];
    mem_free(t->item);
    t->item = item;
    t->cap = cap;
    return 0;
}

void tally_clear(struct tally *t)
{
    if (t->cap > 0)
        memset(t->item, 0, t->cap * sizeof *t->item);
    t->n = 0;
}

int tally_add(struct tally *t, uint64_t key, uint32_t more)
{
    return tally_add_many(t, key, more, 1);
}

int tally_add_many(struct tally *t, uint64_t key, uint32_t more, uint32_t times)
{
    struct tally_item *at;
    /* At most three quarters full, so that probes stay short. */
    if (t->n >= t->cap - t->cap / 4 && grow(t) != 0)
        return -1;
    at = place(t->item, t->cap, key, more);
    if (at->count == 0) {
        at->key = key;
        at->more = more;
        t->n++;
    }
    at->count = at->count > UINT32_MAX - times ? UINT32_MAX : at->count + times;
    return 0;
}

uint32_t tally_count(const struct tally *t, uint64_t key, uint32_t more)
{
    return t->cap == 0 ? 0 : place(t->item, t->cap, key, more)->count;
}
