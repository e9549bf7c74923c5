/* Addresses by count; see repeat.h.
 *
 * DESIGN: `slot` is an open-addressed table of item numbers plus one (0 is free), a power of two
 * in size, keyed by the item's address. It grows while counting and is filled anew once the items
 * stand in rank order. */
#include "core/query/repeat.h"

#include "core/base/hash.h"
#include "core/base/mem.h"

#define CANCEL_ROWS 1024
#define FIRST_SLOTS 64

void repeats_release(struct repeats *r)
{
    mem_free(r->item);
    mem_free(r->slot);
    *r = (struct repeats){.n = 0};
}

static uint32_t *slot_of(const struct repeats *r, uint32_t addr)
{
    uint32_t at = (uint32_t)hash_u64(addr) & (r->n_slots - 1);
    while (r->slot[at] != 0 && r->item[r->slot[at] - 1].addr != addr)
        at = (at + 1) & (r->n_slots - 1);
    return &r->slot[at];
}

static void fill_slots(struct repeats *r)
{
    memset(r->slot, 0, r->n_slots * sizeof *r->slot);
    for (uint64_t i = 0; i < r->n; i++)
        *slot_of(r, r->item[i].addr) = (uint32_t)i + 1;
}

static int grow_slots(struct repeats *r)
{
    uint32_t n_slots = r->n_slots == 0 ? FIRST_SLOTS : r->n_slots * 2;
    uint32_t *slot;
    if (n_slots < r->n_slots)
        return -1;
    slot = mem_alloc(n_slots, sizeof *slot);
    if (slot == NULL)
        return -1;
    mem_free(r->slot);
    r->slot = slot;
    r->n_slots = n_slots;
    fill_slots(r);
    return 0;
}

/* The item of an address, made when it is new. NULL on memory. */
static struct repeat *item_of(struct repeats *r, size_t *cap, uint32_t addr)
{
    uint32_t *slot;
    if (r->n >= r->n_slots / 2 && grow_slots(r) != 0)
        return NULL;
    slot = slot_of(r, addr);
    if (*slot == 0) {
        void *items = r->item;
        if (mem_grow(&items, cap, r->n + 1, sizeof *r->item) != 0)
            return NULL;
        r->item = items;
        r->item[r->n++] = (struct repeat){.addr = addr};
        *slot = (uint32_t)r->n;
    }
    return &r->item[*slot - 1];
}

static int add(struct repeats *r, size_t *cap, uint32_t orig, uint32_t resp)
{
    struct repeat *item;
    if (orig != ADDR_MISSING) {
        item = item_of(r, cap, orig);
        if (item == NULL)
            return -1;
        item->as_orig++;
        item->rows++;
    }
    if (resp != ADDR_MISSING) {
        item = item_of(r, cap, resp);
        if (item == NULL)
            return -1;
        item->as_resp++;
        item->rows += resp != orig;
    }
    return 0;
}

static int by_rank(const void *a, const void *b, void *table)
{
    const struct repeat *x = a, *y = b;
    if (x->rows != y->rows)
        return x->rows > y->rows ? -1 : 1;
    return span_cmp(table_addr_text(table, x->addr), table_addr_text(table, y->addr));
}

int repeats_count(struct repeats *out, const struct rowset *set, const struct table *t,
                  struct job *job, struct err *err)
{
    struct repeats r = {.n = 0};
    size_t cap = 0;
    if (grow_slots(&r) != 0)
        goto memory;
    for (uint64_t i = 0; i < set->n; i++) {
        uint32_t row = set->row[i];
        if (i % CANCEL_ROWS == 0 && job_cancelled(job)) {
            repeats_release(&r);
            return job_stopped(err);
        }
        if (add(&r, &cap, TABLE_AT(t, row, orig), TABLE_AT(t, row, resp)) != 0)
            goto memory;
    }
    if (r.n > 0)
        qsort_r(r.item, r.n, sizeof *r.item, by_rank, (void *)(uintptr_t)t);
    for (uint64_t i = 0; i < r.n; i++)
        r.item[i].rank = (uint32_t)i + 1;
    fill_slots(&r);
    *out = r;
    return 0;
memory:
    repeats_release(&r);
    return err_memory(err, "the counts of addresses");
}

const struct repeat *repeats_of(const struct repeats *r, uint32_t addr)
{
    const uint32_t *slot = r->n_slots == 0 || addr == ADDR_MISSING ? NULL : slot_of(r, addr);
    return slot == NULL || *slot == 0 ? NULL : &r->item[*slot - 1];
}
