/* Numbers that are made of rows while they are parsed; see wanted.h.
 *
 * DESIGN
 * 1. A layout is bound once, in turn: each input then has a field of the file, or none.
 * 2. A worker makes the numbers of its batch's rows as doubles, row by row. When the rows have their
 *    place in the table, what is stored is made of them, sixteen rows at a time, by that worker.
 * 3. Memory that cannot be had makes them unfit, and nothing else fails. */
#include "core/table/wanted.h"

#include "core/base/mem.h"
#include "core/table/table_impl.h"

void layout_want(struct layout *layout, struct wanted *w, const struct schema *schema)
{
    int32_t *field = mem_alloc(w->n_inputs, sizeof *field);
    if (field == NULL)
        atomic_store(&w->unfit, true);
    for (uint32_t i = 0; field != NULL && i < w->n_inputs; i++) {
        int column = schema_find(schema, span_of(w->input[i]));
        field[i] = -1;
        for (uint32_t f = 0; column >= 0 && f < layout->n_fields; f++)
            if (layout->column[f] == (uint32_t)column)
                field[i] = (int32_t)f;
        if (column >= 0)
            w->bind(w, i, (uint32_t)column, schema->col[column].type);
    }
    mem_free(layout->wanted_field);
    layout->wanted_field = field;
}

void batch_want(struct batch *b, struct wanted *w)
{
    b->wanted = w;
    b->wanted_scratch = w->scratch_new();
    if (b->wanted_scratch == NULL)
        atomic_store(&w->unfit, true);
}

void batch_want_end(struct batch *b)
{
    if (b->wanted_scratch != NULL)
        b->wanted->scratch_free(b->wanted_scratch);
    mem_free(b->number);
}

void batch_make_wanted(struct batch *b, const struct layout *layout, const struct row_fields *row)
{
    static const struct field absent = {{"", 0}, FIELD_ABSENT, false},
                              unset = {{"-", 1}, FIELD_UNSET, false};
    struct wanted *w = b->wanted;
    struct field input[WANTED_MAX_INPUTS];
    void *number = b->number;
    if (layout->wanted_field == NULL || b->wanted_scratch == NULL || b->numbered != b->n ||
        atomic_load_explicit(&w->unfit, memory_order_relaxed))
        return;
    if (mem_grow(&number, &b->numbers_cap, (b->n + 1) * w->n, sizeof *b->number) != 0) {
        atomic_store(&w->unfit, true);
        return;
    }
    b->number = number;
    for (uint32_t i = 0; i < w->n_inputs; i++) {
        int32_t at = layout->wanted_field[i];
        input[i] = at >= 0 ? row_field(layout, row, (uint32_t)at) : layout->sparse ? unset : absent;
    }
    w->row(w, b->wanted_scratch, input, b->number + b->n * w->n);
    b->numbered++;
}

float *wanted_room(struct wanted *w)
{
    float *room;
    if (atomic_load(&w->unfit))
        return NULL;
    room = mem_alloc_aligned(TABLE_BLOCK_ROWS * w->n, sizeof *room);
    if (room == NULL)
        atomic_store(&w->unfit, true);
    return room;
}

void wanted_store(const struct batch *b, size_t from, size_t n, float *room, size_t at)
{
    struct wanted *w = b->wanted;
    if (room == NULL || b->numbered != b->n) {
        atomic_store(&w->unfit, true);
        return;
    }
    while (n > 0) {
        size_t lane = at % WANTED_LANES, run = WANTED_LANES - lane < n ? WANTED_LANES - lane : n;
        float *out = room + (at - lane) * w->n + lane;
        for (uint32_t g = 0; g < w->n; g++) {
            double x[WANTED_LANES] = {0};
            for (size_t i = 0; i < run; i++)
                x[i] = b->number[(from + i) * w->n + g];
            w->finish(w, g, x);
            for (size_t i = 0; i < run; i++)
                out[g * WANTED_LANES + i] = (float)x[i];
        }
        from += run;
        at += run;
        n -= run;
    }
}

/* ---- giving them away ---- */

const struct wanted *table_take_wanted(const struct table *t)
{
    struct table_own *own = table_own(t);
    if (own->wanted == NULL || atomic_exchange(&own->wanted_taken, true))
        return NULL;
    if (!atomic_load(&own->wanted->unfit))
        return own->wanted;
    for (size_t i = 0; i < t->n_blocks; i++)
        table_free_wanted(t, i);
    return NULL;
}

void table_free_wanted(const struct table *t, size_t block)
{
    /* Whoever took them is alone with them. */
    struct rowblock *b = &t->block[block];
    mem_free(b->wanted);
    b->wanted = NULL;
}
