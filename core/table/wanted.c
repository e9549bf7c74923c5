/* Numbers that are made of rows while they are parsed; see wanted.h.
 *
 * DESIGN
 * 1. A layout is bound once, in turn: each input then has a field of the file, or none.
 * 2. A worker makes the numbers of its batch's rows as doubles, row by row or, those that are whole
 * numbers and intervals as they stand, column by column (found.c). When the rows have their
 *    place in the table, what is stored is made of them, sixteen rows at a time, by that worker.
 * 3. Memory that cannot be had makes them unfit, and nothing else fails. */
#include "core/table/wanted.h"

#include "core/base/mem.h"
#include "core/table/table_impl.h"

void layout_want(struct layout *layout, struct wanted *w, const struct schema *schema)
{
    struct wanted_field *wanted = mem_alloc(w->n_inputs, sizeof *wanted);
    if (wanted == NULL)
        atomic_store(&w->unfit, true);
    for (uint32_t i = 0; wanted != NULL && i < w->n_inputs; i++) {
        int column = schema_find(schema, span_of(w->input[i]));
        wanted[i] = (struct wanted_field){-1, COL_STRING};
        if (column < 0)
            continue;
        wanted[i].type = schema->col[column].type;
        for (uint32_t f = 0; f < layout->n_fields; f++)
            if (layout->column[f] == (uint32_t)column)
                wanted[i].field = (int32_t)f;
        w->bind(w, i, (uint32_t)column, wanted[i].type);
    }
    mem_free(layout->wanted);
    layout->wanted = wanted;
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
    for (int g = 0; g < WANTED_MAX; g++)
        mem_free(b->number[g]);
}

bool batch_makes_wanted(struct batch *b, const struct layout *layout, size_t more)
{
    struct wanted *w = b->wanted;
    if (w == NULL || layout->wanted == NULL || b->wanted_scratch == NULL || b->numbered != b->n ||
        atomic_load_explicit(&w->unfit, memory_order_relaxed))
        return false;
    if (b->n + more <= b->numbers_cap)
        return true;
    for (uint32_t g = 0; g < w->n; g++) {
        double *number = mem_resize(b->number[g], b->cap, sizeof *number);
        if (number == NULL) {
            atomic_store(&w->unfit, true);
            return false;
        }
        b->number[g] = number;
    }
    b->numbers_cap = b->cap;
    return true;
}

void batch_make_wanted(struct batch *b, const struct layout *layout, size_t row,
                       const struct field *fields)
{
    static const struct field absent = {{"", 0}, FIELD_ABSENT, false},
                              unset = {{"-", 1}, FIELD_UNSET, false};
    struct wanted *w = b->wanted;
    struct field input[WANTED_MAX_INPUTS];
    double number[WANTED_MAX];
    for (uint32_t i = 0; i < w->n_inputs; i++) {
        int32_t at = layout->wanted[i].field;
        input[i] = at >= 0 ? fields[at] : layout->sparse ? unset : absent;
    }
    w->row(w, b->wanted_scratch, input, number);
    for (uint32_t g = 0; g < w->n; g++)
        b->number[g][row] = number[g];
    b->numbered = row + 1;
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
                x[i] = b->number[g][from + i];
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
