/* Texts numbered by first appearance, each kept once, with the address that it spells.
 *
 * Private to core/table. Identity is the text's bytes: what the log wrote differently stays
 * different. */
#ifndef MINNOW_TABLE_INTERN_H
#define MINNOW_TABLE_INTERN_H

#include "core/table/addr.h"

#define INTERN_NONE UINT32_MAX

struct intern {
    char *text; /* all texts, one behind the other; owned */
    size_t text_len, text_cap;
    uint64_t *end; /* where each text ends; owned */
    size_t end_cap;
    struct addr *addr; /* by number; owned */
    size_t addr_cap;
    uint32_t *slot; /* open addressing: number + 1, 0 is free; owned */
    size_t n_slots; /* a power of two, or 0 */
    uint32_t n;
};

void intern_release(struct intern *in);
void intern_clear(struct intern *in); /* keeps the memory */

/* The number of a text; new ones are added. INTERN_NONE on memory. */
uint32_t intern_put(struct intern *in, struct span text) WARN_UNUSED;

/* The number of a text, or INTERN_NONE. */
uint32_t intern_find(const struct intern *in, struct span text);

static inline struct span intern_text(const struct intern *in, uint32_t id)
{
    uint64_t from = id == 0 ? 0 : in->end[id - 1];
    return (struct span){in->text + from, (size_t)(in->end[id] - from)};
}

/* ---- the numbers of texts seen lately ---- */

#define RECALL_LONGEST 15 /* bytes of a text that can be remembered: any dotted address */

/* A text of 1 to RECALL_LONGEST bytes, zeros behind it, its length in the last byte: equal keys are
 * equal texts. */
struct recall_key {
    uint64_t low, high;
};

/* One place for each hash: a newer text takes that of an older one. A place counts while its stamp is
 * the current one, so that forgetting all costs nothing. */
struct recall_place {
    struct recall_key key;
    uint32_t number, stamp; /* stamp 0: never used */
};

/* `roomy`: the 16 bytes from text.ptr on can be read. */
static inline struct recall_key recall_key(struct span text, bool roomy)
{
    struct recall_key key = {0, 0};
    if (roomy) {
        key.low = word_load(text.ptr);
        key.high = word_load(text.ptr + 8);
        if (text.len < 8) {
            key.low &= ((uint64_t)1 << text.len * 8) - 1;
            key.high = 0;
        } else {
            key.high &= ((uint64_t)1 << (text.len - 8) * 8) - 1;
        }
    } else {
        char copy[16] = {0};
        memcpy(copy, text.ptr, text.len);
        key.low = word_load(copy);
        key.high = word_load(copy + 8);
    }
    key.high |= (uint64_t)text.len << 56;
    return key;
}

/* The place of a key among 2^bits. */
static inline struct recall_place *recall_place(struct recall_place *places, unsigned bits,
                                                struct recall_key key)
{
    uint64_t hash = (key.low ^ key.high * 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu;
    return &places[hash >> (64 - bits)];
}

static inline bool recall_is(const struct recall_place *place, struct recall_key key,
                             uint32_t stamp)
{
    return place->key.low == key.low && place->key.high == key.high && place->stamp == stamp;
}

/* Gives back what growing took too much. */
void intern_trim(struct intern *in);
uint64_t intern_memory(const struct intern *in);

#endif
