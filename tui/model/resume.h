/* An investigation as lines of a session, and back. */
#ifndef MINNOW_TUI_MODEL_RESUME_H
#define MINNOW_TUI_MODEL_RESUME_H

#include "tui/model/hypothesis.h"
#include "tui/model/marks.h"
#include "tui/model/session.h"

/* Appends the recipe and what is excluded. Of clusters excluded by their rows that are more than
 * RESUME_MAX_LEFT_OUT only that they were: each takes the lines of a recipe, and a fit to come back. */
#define RESUME_MAX_LEFT_OUT 16
void hypothesis_keep(const struct hypothesis *h, struct session *out);

/* The recipe of a part. 0; 1 when it has none; -1 with ERR_USAGE for one that does not read back. */
int resume_recipe(struct recipe *r, struct session_part part, struct err *err) WARN_UNUSED;

/* Excludes what the part excludes by a term; what cannot be said any more is noticed. */
void resume_excluded(struct hypothesis *h, struct session_part part, struct notices *notices);

/* A cluster that is left out by its rows. To leave them out again, what it was a cluster of is clustered
 * again, without those that stand before it; it is the same when that number has as many rows. */
struct left_out {
    struct span text; /* "cluster 3"; borrowed */
    uint32_t number;  /* from 1 */
    uint64_t rows;
};
size_t resume_n_left_out(struct session_part part);

/* The n-th, from 0, and the recipe that it was found by. False, with its text if there is one, when it cannot
 * be found again; as resume_recipe. */
bool resume_left_out(struct left_out *out, struct session_part part, size_t n);
int resume_left_out_of(struct recipe *r, struct session_part part, size_t n,
                       struct err *err) WARN_UNUSED;

/* Appends which rows are marked, as runs of numbers; only how many, when there are more than
 * RESUME_MAX_RUNS. NULL has none. */
#define RESUME_MAX_RUNS 10000
void marks_keep(const struct marks *m, struct session *out);

/* Whether a part has marks; and marks them: runs beyond the table and those that do not ascend are
 * passed over. */
bool resume_has_marks(struct session_part part);
void resume_marks(struct marks *m, struct session_part part);

#endif
