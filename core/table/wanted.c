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

/* ---- their room ---- */

_Static_assert(TABLE_BLOCK_ROWS * sizeof(float) * WANTED_PIECE % MEM_HUGE_PAGE == 0,
               "a piece can be moved as it is");

static size_t room_floats(const struct wanted *w)
{
    return (size_t)TABLE_BLOCK_ROWS * w->width;
}

static size_t piece_bytes(const struct wanted *w)
{
    return room_floats(w) * sizeof(float) * w->rooms_a_piece;
}

static int add_piece(struct wanted *w)
{
    void *pieces = w->piece;
    if (mem_grow(&pieces, &w->pieces_cap, w->n_pieces + 1, sizeof *w->piece) != 0)
        return -1;
    w->piece = pieces;
    w->piece[w->n_pieces] = mem_alloc_pages(piece_bytes(w), true);
    if (w->piece[w->n_pieces] == NULL)
        return -1;
    w->n_pieces++;
    return 0;
}

float *wanted_room(struct wanted *w)
{
    size_t at = w->n_rooms % w->rooms_a_piece;
    if (atomic_load(&w->unfit))
        return NULL;
    if (at == 0 && add_piece(w) != 0) {
        atomic_store(&w->unfit, true);
        return NULL;
    }
    w->n_rooms++;
    return (float *)w->piece[w->n_pieces - 1] + at * room_floats(w);
}

float *wanted_join(struct wanted *w, size_t *bytes)
{
    float *room = mem_join_pages(w->piece, w->n_pieces, piece_bytes(w));
    if (room == NULL)
        return NULL;
    *bytes = piece_bytes(w) * w->n_pieces;
    w->n_pieces = 0;
    return room;
}

void wanted_drop(struct wanted *w)
{
    for (size_t i = 0; i < w->n_pieces; i++)
        mem_free_pages(w->piece[i], piece_bytes(w));
    mem_free(w->piece);
    w->piece = NULL;
    w->n_pieces = w->pieces_cap = w->n_rooms = 0;
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
        float *out = room + (at - lane) * w->width + lane;
        for (uint32_t g = 0; g < w->n; g++) {
            double x[WANTED_LANES] = {0};
            for (size_t i = 0; i < run; i++)
                x[i] = b->number[g][from + i];
            w->finish(w, g, x);
            for (size_t i = 0; i < run; i++)
                out[w->place[g] * WANTED_LANES + i] = (float)x[i];
        }
        from += run;
        at += run;
        n -= run;
    }
}

/* ---- giving them away ---- */

struct wanted *table_take_wanted(const struct table *t)
{
    struct table_own *own = table_own(t);
    if (own->wanted == NULL || atomic_exchange(&own->wanted_taken, true))
        return NULL;
    if (!atomic_load(&own->wanted->unfit) && own->wanted->n_rooms > 0)
        return own->wanted;
    wanted_drop(own->wanted);
    return NULL;
}
