/* Texts numbered by first appearance, each kept once, with the address that it spells.
 *
 * Private to core/table. Identity is the text's bytes: what the log wrote differently stays
 * different. */
#ifndef MINNOW_TABLE_INTERN_H
#define MINNOW_TABLE_INTERN_H

#include "core/table/addr.h"

#define INTERN_NONE UINT32_MAX

struct intern_slot {
    uint32_t hash;     /* of the text: one that differs need not be looked at */
    uint32_t number_1; /* number + 1, 0 is free */
};

struct intern {
    char *text; /* all texts, one behind the other; owned */
    size_t text_len, text_cap;
    uint64_t *end; /* where each text ends; owned */
    size_t end_cap;
    struct addr *addr; /* by number; owned */
    size_t addr_cap;
    struct intern_slot *slot; /* open addressing; owned */
    size_t n_slots;           /* a power of two, or 0 */
    uint32_t n;
    uint32_t most; /* texts; 0: INTERN_MOST */
};

#define INTERN_MOST (INTERN_NONE - 1)

/* Whether no new text can be put: then, and on memory, intern_put gives INTERN_NONE. */
static inline bool intern_is_full(const struct intern *in)
{
    return in->n >= (in->most == 0 ? INTERN_MOST : in->most);
}

void intern_release(struct intern *in);
void intern_clear(struct intern *in); /* keeps the memory */

/* The number of a text; new ones are added. INTERN_NONE on memory, and for a new one when it is full. */
uint32_t intern_put(struct intern *in, struct span text) WARN_UNUSED;

/* Puts n texts, in order: number[i] becomes that of text i. `addr`: the addresses that they spell, when
 * those are known; else NULL. Cost: less than one by one, as the processor waits for memory once for
 * several. */
void intern_put_many(struct intern *in, const struct span *text, size_t n, const struct addr *addr,
                     uint32_t *number);

/* Puts the texts of another one from number `first` on, in order: map[i] becomes the number here of
 * number i there. -1 on memory. */
int intern_put_all(struct intern *in, const struct intern *from, uint32_t first,
                   uint32_t *map) WARN_UNUSED;

/* The number of a text, or INTERN_NONE. */
uint32_t intern_find(const struct intern *in, struct span text);

static inline struct span intern_text(const struct intern *in, uint32_t id)
{
    uint64_t from = id == 0 ? 0 : in->end[id - 1];
    return (struct span){in->text + from, (size_t)(in->end[id] - from)};
}

/* Gives back what growing took too much. */
void intern_trim(struct intern *in);
uint64_t intern_memory(const struct intern *in);

#endif
