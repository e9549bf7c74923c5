/* Interning of texts; see intern.h. */
#include "core/table/intern.h"

#include "core/base/hash.h"
#include "core/base/mem.h"

void intern_release(struct intern *in)
{
    mem_free(in->text);
    mem_free(in->end);
    mem_free(in->addr);
    mem_free(in->slot);
    *in = (struct intern){.n = 0};
}

void intern_clear(struct intern *in)
{
    in->n = 0;
    in->text_len = 0;
    if (in->n_slots > 0)
        memset(in->slot, 0, in->n_slots * sizeof *in->slot);
}

/* The slot that holds the text, or the free one where it belongs. */
static size_t find_slot(const struct intern *in, struct span text)
{
    size_t mask = in->n_slots - 1;
    size_t at = (size_t)hash_bytes(text.ptr, text.len) & mask;
    while (in->slot[at] != 0 && !span_eq(intern_text(in, in->slot[at] - 1), text))
        at = (at + 1) & mask;
    return at;
}

static int grow_slots(struct intern *in)
{
    size_t n = in->n_slots == 0 ? 256 : in->n_slots * 2;
    uint32_t *slot = mem_zalloc(n, sizeof *slot);
    if (slot == NULL)
        return -1;
    mem_free(in->slot);
    in->slot = slot;
    in->n_slots = n;
    for (uint32_t id = 0; id < in->n; id++)
        in->slot[find_slot(in, intern_text(in, id))] = id + 1;
    return 0;
}

static int make_room(struct intern *in, size_t len)
{
    void *text = in->text, *end = in->end, *addr = in->addr;
    int rc = 0;
    if (in->n == INTERN_NONE - 1)
        return -1;
    rc |= mem_grow(&text, &in->text_cap, in->text_len + len + 1, 1);
    in->text = text;
    rc |= mem_grow(&end, &in->end_cap, (size_t)in->n + 1, sizeof *in->end);
    in->end = end;
    rc |= mem_grow(&addr, &in->addr_cap, (size_t)in->n + 1, sizeof *in->addr);
    in->addr = addr;
    return rc;
}

uint32_t intern_put(struct intern *in, struct span text)
{
    size_t at;
    if ((size_t)in->n * 2 >= in->n_slots && grow_slots(in) != 0)
        return INTERN_NONE;
    at = find_slot(in, text);
    if (in->slot[at] != 0)
        return in->slot[at] - 1;
    if (make_room(in, text.len) != 0)
        return INTERN_NONE;
    if (text.len > 0)
        memcpy(in->text + in->text_len, text.ptr, text.len);
    in->text_len += text.len;
    in->end[in->n] = in->text_len;
    (void)addr_parse(text, &in->addr[in->n]);
    in->slot[at] = ++in->n;
    return in->n - 1;
}

uint32_t intern_find(const struct intern *in, struct span text)
{
    size_t at;
    if (in->n == 0)
        return INTERN_NONE;
    at = find_slot(in, text);
    return in->slot[at] == 0 ? INTERN_NONE : in->slot[at] - 1;
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
