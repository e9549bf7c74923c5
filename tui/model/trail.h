/* Places that were visited, and which of them one is at: back and forward as in a browser. A place is
 * what the views on the stack keep of themselves (session.h). */
#ifndef MINNOW_TUI_MODEL_TRAIL_H
#define MINNOW_TUI_MODEL_TRAIL_H

#include "tui/model/session.h"

#define TRAIL_MOST 50

struct trail {
    struct session place[TRAIL_MOST]; /* n_behind, the one at hand, n_ahead; owned */
    size_t n_behind, n_ahead;
};

void trail_clear(struct trail *t); /* one place is left, and nothing is known of it */

/* What is to be known of the place at hand; taken over, *place is then empty. */
void trail_note(struct trail *t, struct session *place);

/* Goes on to a new place; what was ahead is forgotten, and the oldest when there are too many. */
void trail_go_on(struct trail *t);

/* One back (-1) or forward (1); false at the end. */
bool trail_move(struct trail *t, int by);

/* The place at hand, as it was noted; borrowed until the next call. */
const struct session *trail_here(const struct trail *t);

#endif
