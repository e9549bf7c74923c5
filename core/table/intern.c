/* Interning of texts; see intern.h. */
#include "core/table/intern.h"

#include "core/base/hash.h"
#include "core/base/mem.h"

#define FIRST_SLOTS 256
#define SPARSE      16 /* slots a text, from which on clearing goes text by text */
#define GROUP       16 /* texts whose slots are fetched together */

void intern_release(struct intern *in)
{
    mem_free(in->text);
    mem_free(in->end);
    mem_free(in->addr);
    mem_free(in->slot);
    *in = (struct intern){.n = 0};
}

static uint32_t hash_of(struct span text)
{
    return (uint32_t)hash_bytes(text.ptr, text.len);
}

/* The slot that holds the text, or the free one where it belongs. */
static size_t find_slot(const struct intern *in, struct span text, uint32_t hash)
{
    size_t mask = in->n_slots - 1, at = hash & mask;
    for (;; at = (at + 1) & mask) {
        const struct intern_slot *slot = &in->slot[at];
        if (slot->number_1 == 0 ||
            (slot->hash == hash && span_eq(intern_text(in, slot->number_1 - 1), text)))
            return at;
    }
}

/* Frees the slots of few texts one by one: each is found by its number, over freed ones. */
static void free_slots(struct intern *in)
{
    size_t mask = in->n_slots - 1;
    for (uint32_t id = 0; id < in->n; id++) {
        size_t at = hash_of(intern_text(in, id)) & mask;
        while (in->slot[at].number_1 != id + 1)
            at = (at + 1) & mask;
        in->slot[at].number_1 = 0;
    }
}

void intern_clear(struct intern *in)
{
    if (in->n < in->n_slots / SPARSE)
        free_slots(in);
    else if (in->n_slots > 0)
        memset(in->slot, 0, in->n_slots * sizeof *in->slot);
    in->n = 0;
    in->text_len = 0;
}

static int grow_slots(struct intern *in)
{
    size_t n = in->n_slots == 0 ? FIRST_SLOTS : in->n_slots * 2;
    struct intern_slot *slot = mem_zalloc_table(n, sizeof *slot);
    if (slot == NULL)
        return -1;
    for (size_t i = 0; i < in->n_slots; i++) {
        size_t at = in->slot[i].hash & (n - 1);
        if (in->slot[i].number_1 == 0)
            continue;
        while (slot[at].number_1 != 0)
            at = (at + 1) & (n - 1);
        slot[at] = in->slot[i];
    }
    mem_free(in->slot);
    in->slot = slot;
    in->n_slots = n;
    return 0;
}

static int make_room(struct intern *in, size_t len)
{
    void *text = in->text, *end = in->end, *addr = in->addr;
    int rc = 0;
    if (intern_is_full(in))
        return -1;
    rc |= mem_grow(&text, &in->text_cap, in->text_len + len + 1, 1);
    in->text = text;
    rc |= mem_grow(&end, &in->end_cap, (size_t)in->n + 1, sizeof *in->end);
    in->end = end;
    rc |= mem_grow(&addr, &in->addr_cap, (size_t)in->n + 1, sizeof *in->addr);
    in->addr = addr;
    return rc;
}

/* `addr`: what the text spells, when that is known. */
static uint32_t put(struct intern *in, struct span text, uint32_t hash, const struct addr *addr)
{
    size_t at;
    if ((uint64_t)in->n * 4 >= (uint64_t)in->n_slots * 3 && grow_slots(in) != 0)
        return INTERN_NONE;
    at = find_slot(in, text, hash);
    if (in->slot[at].number_1 != 0)
        return in->slot[at].number_1 - 1;
    if (make_room(in, text.len) != 0)
        return INTERN_NONE;
    if (text.len > 0)
        memcpy(in->text + in->text_len, text.ptr, text.len);
    in->text_len += text.len;
    in->end[in->n] = in->text_len;
    if (addr != NULL)
        in->addr[in->n] = *addr;
    else
        (void)addr_parse(text, &in->addr[in->n]);
    in->slot[at] = (struct intern_slot){hash, ++in->n};
    return in->n - 1;
}

uint32_t intern_put(struct intern *in, struct span text)
{
    return put(in, text, hash_of(text), NULL);
}

/* Fetches what put is going to look at: first the slots, then the texts that they name. */
static void fetch(const struct intern *in, const struct span *text, size_t n, uint32_t *hash)
{
    size_t mask = in->n_slots - 1;
    for (size_t i = 0; i < n; i++) {
        hash[i] = hash_of(text[i]);
        if (in->n_slots > 0)
            __builtin_prefetch(&in->slot[hash[i] & mask]);
    }
    for (int step = 0; step < 2 && in->n_slots > 0; step++) {
        for (size_t i = 0; i < n; i++) {
            const struct intern_slot *slot = &in->slot[hash[i] & mask];
            if (slot->hash != hash[i] || slot->number_1 < 2)
                continue;
            if (step == 0) {
                __builtin_prefetch(&in->end[slot->number_1 - 2]);
                __builtin_prefetch(&in->addr[slot->number_1 - 1]);
            } else {
                __builtin_prefetch(in->text + in->end[slot->number_1 - 2]);
            }
        }
    }
}

void intern_put_many(struct intern *in, const struct span *text, size_t n, const struct addr *addr,
                     uint32_t *number)
{
    uint32_t hash[GROUP];
    for (size_t i = 0, group; i < n; i += group) {
        group = n - i < GROUP ? n - i : GROUP;
        fetch(in, text + i, group, hash);
        for (size_t j = 0; j < group; j++)
            number[i + j] = put(in, text[i + j], hash[j], addr == NULL ? NULL : addr + i + j);
    }
}

int intern_put_all(struct intern *in, const struct intern *from, uint32_t first, uint32_t *map)
{
    struct span text[GROUP];
    for (uint32_t i = first, n; i < from->n; i += n) {
        n = from->n - i < GROUP ? from->n - i : GROUP;
        for (uint32_t j = 0; j < n; j++)
            text[j] = intern_text(from, i + j);
        intern_put_many(in, text, n, from->addr + i, map + i);
        for (uint32_t j = 0; j < n; j++)
            if (map[i + j] == INTERN_NONE)
                return -1;
    }
    return 0;
}

uint32_t intern_find(const struct intern *in, struct span text)
{
    return in->n == 0 ? INTERN_NONE : in->slot[find_slot(in, text, hash_of(text))].number_1 - 1;
}

static void trim(void **array, size_t *cap, size_t n, size_t size)
{
    void *smaller = n < *cap ? mem_resize(*array, n, size) : NULL;
    if (smaller != NULL) {
        *array = smaller;
        *cap = n;
    }
}

void intern_trim(struct intern *in)
{
    void *text = in->text, *end = in->end, *addr = in->addr;
    trim(&text, &in->text_cap, in->text_len, 1);
    trim(&end, &in->end_cap, in->n, sizeof *in->end);
    trim(&addr, &in->addr_cap, in->n, sizeof *in->addr);
    in->text = text;
    in->end = end;
    in->addr = addr;
}

uint64_t intern_memory(const struct intern *in)
{
    return in->text_cap + in->end_cap * sizeof *in->end + in->addr_cap * sizeof *in->addr +
           in->n_slots * sizeof *in->slot;
}
