/* Sealed tables: counting references and answering; see table.h. */
#include "core/table/table.h"

#include <unistd.h>

#include "core/base/mem.h"
#include "core/table/table_impl.h"

struct table *table_ref(const struct table *t)
{
    atomic_fetch_add(&table_own(t)->refs, 1);
    /* The reference count is the one thing in a sealed table that changes. */
    return (struct table *)t;
}

void table_unref(const struct table *t)
{
    if (t != NULL && atomic_fetch_sub(&table_own(t)->refs, 1) == 1)
        table_free((struct table *)t);
}

struct table_kept *table_take_kept(const struct table *t)
{
    return atomic_exchange(&table_own(t)->kept, NULL);
}

void table_keep(const struct table *t, struct table_kept *kept)
{
    struct table_kept *old = atomic_exchange(&table_own(t)->kept, kept);
    if (old != NULL)
        old->release(old);
}

static void free_own(struct table_own *own)
{
    if (own == NULL)
        return;
    intern_release(&own->addrs);
    for (int i = 0; i < N_CATS; i++)
        categories_release(&own->cats[i]);
    for (size_t i = 0; i < own->n_layouts; i++)
        layout_free(own->layout[i]);
    mem_free(own->layout);
    if (own->wanted != NULL) {
        wanted_drop(own->wanted);
        own->wanted->free(own->wanted);
    }
    if (own->kept != NULL)
        own->kept->release(own->kept);
    mem_free(own->big);
    mem_free(own->far);
    mem_free(own);
}

void table_free(struct table *t)
{
    for (size_t i = 0; i < t->n_blocks; i++)
        rowblock_release(&t->block[i]);
    mem_free(t->block);
    for (size_t i = 0; i < t->n_inputs; i++) {
        mem_free(t->input[i].path);
        mem_free(t->input[i].kind);
        mem_free(t->input[i].problem);
    }
    if (t->spool_fd >= 0)
        close(t->spool_fd);
    mem_free(t->input);
    mem_free(t->segment);
    mem_free(t->rejected);
    mem_free(t->bad_values);
    notices_release(&t->notices);
    schema_release(&t->schema);
    free_own(t->own);
    mem_free(t);
}

const char *input_state_name(enum input_state state)
{
    static const char *const name[] = {
#define X(id, text) text,
        INPUT_STATES(X)
#undef X
    };
    return state < N_INPUT_STATES ? name[state] : "";
}

bool table_bytes(const struct table *t, uint64_t row, int side, uint64_t *out)
{
    const struct table_own *own = table_own(t);
    uint32_t n = side == 0 ? TABLE_AT(t, row, orig_bytes) : TABLE_AT(t, row, resp_bytes);
    size_t low = 0, high = own->n_big;
    *out = n;
    if (n != BYTES_BIG)
        return n != BYTES_MISSING;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct big_bytes *b = &own->big[mid];
        if (b->row < row || (b->row == row && b->side < side))
            low = mid + 1;
        else
            high = mid;
    }
    *out = own->big[low].value;
    return true;
}

uint32_t table_n_addrs(const struct table *t)
{
    return table_own(t)->addrs.n;
}

struct span table_addr_text(const struct table *t, uint32_t id)
{
    return id == ADDR_MISSING ? span_of("-") : intern_text(&table_own(t)->addrs, id);
}

const struct addr *table_addr(const struct table *t, uint32_t id)
{
    static const struct addr none = {.kind = ADDR_NOT};
    return id == ADDR_MISSING ? &none : &table_own(t)->addrs.addr[id];
}

uint32_t table_addr_find(const struct table *t, struct span text)
{
    const struct intern *in = &table_own(t)->addrs;
    uint32_t id = intern_find(in, text);
    struct addr addr;
    if (id != INTERN_NONE || !addr_parse(text, &addr))
        return id;
    for (id = 0; id < in->n; id++) {
        if (addr_cmp(&in->addr[id], &addr) == 0)
            return id;
    }
    return ADDR_MISSING;
}

struct span table_cat_text(const struct table *t, enum cat cat, uint8_t code)
{
    const struct categories *c = &table_own(t)->cats[cat];
    if (code < c->n)
        return span_make(c->text[code], c->len[code]);
    return span_of(code == CAT_OTHER ? "(other)" : "-");
}

bool table_keeps(const struct table *t, enum role role, uint32_t column)
{
    if (t->schema.by_role[role] != (int32_t)column)
        return false;
    for (size_t i = 0; i < t->n_segments; i++) {
        const struct layout *layout = t->segment[i].layout;
        for (uint32_t f = 0; f < layout->n_fields; f++)
            if ((layout->column[f] == column) != ((int64_t)f == layout->role_field[role]))
                return false;
    }
    return true;
}

int table_cat_find(const struct table *t, enum cat cat, const char *text)
{
    const struct categories *c = &table_own(t)->cats[cat];
    for (uint32_t i = 0; i < c->n; i++) {
        if (span_is(span_make(c->text[i], c->len[i]), text))
            return (int)i;
    }
    return -1;
}

const struct segment *table_segment(const struct table *t, uint64_t row)
{
    size_t low = 0, high = t->n_segments;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (t->segment[mid].first_row <= row)
            low = mid;
        else
            high = mid;
    }
    return &t->segment[low];
}

static uint64_t far_offset(const struct table_own *own, uint64_t row)
{
    size_t low = 0, high = own->n_far;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (own->far[mid].row < row)
            low = mid + 1;
        else
            high = mid;
    }
    return own->far[low].offset;
}

uint64_t table_row_offset(const struct table *t, uint64_t row)
{
    const struct row_index *index = table_block(t, row)->index;
    uint64_t at = row & (TABLE_BLOCK_ROWS - 1);
    if (index->delta[at] == INDEX_FAR)
        return far_offset(table_own(t), row);
    return index->base[at / INDEX_GROUP] + index->delta[at];
}

/* What does not grow with the rows. */
static uint64_t fixed_memory(const struct table *t)
{
    const struct table_own *own = table_own(t);
    uint64_t n = sizeof *t + sizeof *own + t->n_segments * sizeof *t->segment +
                 t->n_inputs * sizeof *t->input + t->n_rejected * sizeof *t->rejected +
                 t->schema.cap * sizeof *t->schema.col + t->schema.n * sizeof *t->bad_values;
    for (size_t i = 0; i < t->schema.n; i++)
        n += strlen(t->schema.col[i].name) + 1;
    for (size_t i = 0; i < t->n_inputs; i++)
        n += strlen(t->input[i].path) + 1;
    for (size_t i = 0; i < own->n_layouts; i++)
        n += sizeof(struct layout) + own->layout[i]->n_fields * sizeof(uint32_t);
    for (int c = 0; c < N_CATS; c++) {
        for (uint32_t i = 0; i < own->cats[c].n; i++)
            n += own->cats[c].len[i] + 1;
    }
    for (size_t i = 0; i < t->notices.n; i++)
        n += strlen(t->notices.text[i]) + 1;
    return n;
}

uint64_t table_memory(const struct table *t)
{
    const struct table_own *own = table_own(t);
    uint64_t n = t->n_blocks * sizeof *t->block;
    for (size_t i = 0; i < t->n_blocks; i++)
        n += rowblock_memory(&t->block[i]);
    return n + own->big_cap * sizeof *own->big + own->far_cap * sizeof *own->far +
           intern_memory(&own->addrs) + fixed_memory(t);
}
