/* Back and forward. */
#include "tui/model/trail.h"

#include <string.h>

static void forget_ahead(struct trail *t)
{
    for (size_t i = 0; i < t->n_ahead; i++)
        session_release(&t->place[t->n_behind + 1 + i]);
    t->n_ahead = 0;
}

void trail_clear(struct trail *t)
{
    forget_ahead(t);
    for (size_t i = 0; i <= t->n_behind; i++)
        session_release(&t->place[i]);
    t->n_behind = 0;
}

void trail_note(struct trail *t, struct session *place)
{
    session_release(&t->place[t->n_behind]);
    t->place[t->n_behind] = *place;
    *place = (struct session){.line = NULL};
}

void trail_go_on(struct trail *t)
{
    forget_ahead(t);
    if (t->n_behind + 1 == TRAIL_MOST) {
        session_release(&t->place[0]);
        memmove(t->place, t->place + 1, (TRAIL_MOST - 1) * sizeof *t->place);
        t->n_behind--;
    }
    t->place[++t->n_behind] = (struct session){.line = NULL};
}

bool trail_move(struct trail *t, int by)
{
    if (by < 0 ? t->n_behind == 0 : t->n_ahead == 0)
        return false;
    t->n_behind = by < 0 ? t->n_behind - 1 : t->n_behind + 1;
    t->n_ahead = by < 0 ? t->n_ahead + 1 : t->n_ahead - 1;
    return true;
}

const struct session *trail_here(const struct trail *t)
{
    return &t->place[t->n_behind];
}
