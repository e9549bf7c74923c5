/* Counts of mixed keys; see distinct.h.
 *
 * DESIGN
 * 1. Items stand close together and slots are small, so that both stay in the cache although most slots
 *    are free: a key that meets another one's slot costs a branch that was foretold wrongly.
 * 2. Room is made for as many keys as it holds at most before they are counted, not key by key. */
#include "core/cluster/distinct.h"

#include "core/base/mem.h"

#define FIRST_ROOM     64
#define SLOTS_PER_ITEM 4

void distinct_release(struct distinct *d)
{
    mem_free(d->item);
    mem_free(d->slot);
    *d = (struct distinct){.n = 0};
}

void distinct_clear(struct distinct *d)
{
    if (d->n < d->room / 16) {
        for (size_t i = 0; i < d->n; i++) {
            size_t at = (size_t)d->item[i].key.key & (d->n_slots - 1);
            while (d->slot[at] != i + 1)
                at = (at + 1) & (d->n_slots - 1);
            d->slot[at] = 0;
        }
    } else if (d->n_slots > 0) {
        memset(d->slot, 0, d->n_slots * sizeof *d->slot);
    }
    d->n = 0;
}

static int grow(struct distinct *d)
{
    size_t room = d->room == 0 ? FIRST_ROOM : d->room * 2, n_slots = room * SLOTS_PER_ITEM;
    struct distinct_item *item = mem_resize(d->item, room, sizeof *item);
    uint32_t *slot = mem_zalloc(n_slots, sizeof *slot);
    if (item != NULL)
        d->item = item;
    if (item == NULL || slot == NULL) {
        mem_free(slot);
        return -1;
    }
    for (size_t i = 0; i < d->n; i++) {
        size_t at = (size_t)item[i].key.key & (n_slots - 1);
        while (slot[at] != 0)
            at = (at + 1) & (n_slots - 1);
        slot[at] = (uint32_t)(i + 1);
    }
    mem_free(d->slot);
    d->slot = slot;
    d->n_slots = n_slots;
    d->room = room;
    return 0;
}

/* There is room for n more. */
static void add(struct distinct *d, const uint64_t *key, const uint32_t *beside, size_t n)
{
    struct distinct_item *item = d->item;
    uint32_t *slot = d->slot, items = (uint32_t)d->n;
    size_t mask = d->n_slots - 1;
    for (size_t i = 0; i < n; i++) {
        struct key it = {key[i], beside == NULL ? 0 : beside[i]};
        size_t at = (size_t)it.key & mask;
        uint32_t number;
        while ((number = slot[at]) != 0 &&
               (item[number - 1].key.key != it.key || item[number - 1].key.beside != it.beside))
            at = (at + 1) & mask;
        if (number != 0) {
            item[number - 1].rows++;
        } else {
            item[items] = (struct distinct_item){it, 1};
            slot[at] = ++items;
        }
    }
    d->n = items;
}

int distinct_add(struct distinct *d, const uint64_t *key, const uint32_t *beside, size_t n)
{
    for (size_t i = 0, now; i < n; i += now) {
        if (d->n == d->room && grow(d) != 0)
            return -1;
        now = d->room - d->n < n - i ? d->room - d->n : n - i;
        add(d, key + i, beside == NULL ? NULL : beside + i, now);
    }
    return 0;
}
