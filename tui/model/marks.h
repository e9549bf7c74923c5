/* Rows of a table that the analyst marked: a bit for each row, made when the first is marked. */
#ifndef MINNOW_TUI_MODEL_MARKS_H
#define MINNOW_TUI_MODEL_MARKS_H

#include "core/base/err.h"

struct marks {
    uint64_t *bits; /* owned; NULL: none is marked */
    uint64_t n_rows;
    uint64_t n; /* marked */
};

void marks_release(struct marks *m); /* none is marked then */

/* Makes room for the rows of a table. Nothing happens when there is. Errors: ERR_LIMIT. */
int marks_reserve(struct marks *m, uint64_t n_rows, struct err *err) WARN_UNUSED;

/* NULL has none. Rows beyond the table are never marked. */
bool marks_has(const struct marks *m, uint64_t row);

/* Marks rows, or takes their marks away. Returns how many changed. */
uint64_t marks_set(struct marks *m, const uint32_t *row, uint64_t n, bool on);

/* All that are marked, m->n of them: first those of `order` as they stand there, then the others
 * ascending. Freed with mem_free. Errors: NULL and ERR_LIMIT. */
uint32_t *marks_list(const struct marks *m, const uint32_t *order, uint64_t n,
                     struct err *err) WARN_UNUSED;

#endif
