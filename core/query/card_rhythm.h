/* When an address speaks with whom: gaps, and how even they are. Private to core/query/card.c.
 *
 * Cost: 16 bytes per row of the address, freed at the end. */
#ifndef MINNOW_QUERY_CARD_RHYTHM_H
#define MINNOW_QUERY_CARD_RHYTHM_H

#include "core/job.h"
#include "core/query/card.h"

/* A connection of the address. */
struct call {
    int64_t ts_us;
    uint32_t peer; /* number in card->peer */
};

struct calls {
    struct call *item; /* in row order; owned */
    size_t n, cap;
};

/* Notes a connection that has a time. -1 on memory. */
int calls_add(struct calls *calls, int64_t ts_us, uint32_t peer) WARN_UNUSED;
void calls_release(struct calls *calls);

/* Fills card->gap and every peer's gap_s, mad_s and regularity. Calls are sorted in place. Errors:
 * ERR_LIMIT, ERR_CANCELLED. */
int card_rhythms(struct card *card, struct calls *calls, struct job *job,
                 struct err *err) WARN_UNUSED;

#endif
