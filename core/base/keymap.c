/* Open-addressed map; see keymap.h. */
#include "core/base/keymap.h"

#include "core/base/hash.h"
#include "core/base/mem.h"

#define FIRST_CAP 64

void keymap_release(struct keymap *m)
{
    mem_free(m->slot);
    *m = (struct keymap){.n = 0};
}

static struct keymap_slot *place(struct keymap_slot *slot, size_t cap, uint64_t key)
{
    size_t at = (size_t)hash_u64(key) & (cap - 1);
    while (slot[at].number_plus_1 != 0 && slot[at].key != key)
        at = (at + 1) & (cap - 1);
    return &slot[at];
}

static int grow(struct keymap *m)
{
    size_t cap = m->cap == 0 ? FIRST_CAP : m->cap * 2;
    struct keymap_slot *slot = cap < m->cap ? NULL : mem_zalloc_table(cap, sizeof *slot);
    if (slot == NULL)
        return -1;
    for (size_t i = 0; i < m->cap; i++)
        if (m->slot[i].number_plus_1 != 0)
            *place(slot, cap, m->slot[i].key) = m->slot[i];
    mem_free(m->slot);
    m->slot = slot;
    m->cap = cap;
    return 0;
}

int64_t keymap_add(struct keymap *m, uint64_t key)
{
    struct keymap_slot *at;
    if (m->n == UINT32_MAX || (m->n >= m->cap / 2 && grow(m) != 0))
        return -1;
    at = place(m->slot, m->cap, key);
    if (at->number_plus_1 == 0)
        *at = (struct keymap_slot){key, ++m->n};
    return (int64_t)at->number_plus_1 - 1;
}
