/* Numbers that somebody wants of each row, made while its text is at hand.
 *
 * Loading does not know what a feature is. It is given the names of columns and a function that
 * makes numbers of their fields; the numbers wait, as floats, until the first who asks takes them
 * (table_take_wanted). They are worth having and never needed: whatever goes wrong with them, the table
 * is without them, and the text can be read again.
 *
 * Shape: in the room of all rows, which is wanted_join's, number g of row i stands at (i / 16) * 16 *
 * width + place[g] * 16 + i % 16. What no number has its place in is for the taker to fill.
 */
#ifndef MINNOW_TABLE_WANTED_H
#define MINNOW_TABLE_WANTED_H

#include <stdatomic.h>

#include "core/table/field.h"

#define WANTED_LANES      16
#define WANTED_MAX        64 /* numbers a row */
#define WANTED_MAX_INPUTS 128

struct wanted {
    uint32_t n;                 /* numbers a row, at most WANTED_MAX */
    uint32_t width;             /* floats a row that there is room for */
    uint32_t place[WANTED_MAX]; /* of a number, below width */
    uint32_t n_inputs;          /* columns that they are made of, at most WANTED_MAX_INPUTS */
    const char *const *input;   /* their names, as a recipe spells them */
    int32_t
        lone[WANTED_MAX]; /* the input that a number is, as it stands, when that is a whole number
                                 or an interval without a sign; -1: more has to be done */
    atomic_bool unfit;    /* they cannot be used: set by anybody, never unset */

    /* An input turned out to be this column of the table. In turn, before its rows are made. */
    void (*bind)(struct wanted *w, uint32_t input, uint32_t column, enum col_type type);

    /* What a worker needs. NULL on memory. */
    void *(*scratch_new)(void);
    void (*scratch_free)(void *scratch);

    /* Numbers of a row, NaN for missing, of n_inputs fields. Any number of workers at a time. */
    void (*row)(struct wanted *w, void *scratch, const struct field *input, double *out);

    /* Makes of WANTED_LANES numbers of one kind what is stored. */
    void (*finish)(const struct wanted *w, uint32_t number, double *x);

    void (*free)(struct wanted *w);

    /* The rooms of the table's blocks so far, so many to a piece of memory (WANTED_PIECE, but for tests);
     * owned. In turn. */
    uint32_t rooms_a_piece;
    void **piece;
    size_t n_pieces, pieces_cap, n_rooms;
};

/* Makes pieces of whole huge pages, whatever the width. */
#define WANTED_PIECE 8

/* The rooms of all rows as one block, for who has taken them: then freed with mem_free_pages and *bytes.
 * NULL on memory; the rooms are then as they were. */
float *wanted_join(struct wanted *w, size_t *bytes) WARN_UNUSED;

/* Frees the rooms. */
void wanted_drop(struct wanted *w);

#endif
