/* Behaviour: what a row's pair, source and target do over the whole log.
 *
 * A pair is (originator, responder, responder port, protocol). All counts are over every loaded
 * row, whatever is clustered, so a zoom does not change what a pair did. Rows without an address
 * group under the missing one. */
#ifndef MINNOW_RECIPE_BEHAVIOUR_H
#define MINNOW_RECIPE_BEHAVIOUR_H

#include "core/job.h"
#include "core/parallel.h"
#include "core/recipe/rhythm.h"
#include "core/table/table.h"

struct pair_facts {
    uint32_t orig, resp;
    uint16_t resp_p;
    uint8_t proto;
    uint32_t rows;
    uint32_t tcp_rows, failed; /* failed: TCP in S0 REJ RSTOS0 RSTRH SH */
    struct rhythm rhythm;
};

struct behaviour {
    uint32_t *pair_of_row; /* table->n_rows; owned */
    struct pair_facts *pair;
    uint32_t n_pairs;                      /* in order of first row */
    uint32_t *fanout_hosts, *fanout_ports; /* per address id, as originator: distinct responders;
                                              distinct (protocol, responder port), ICMP left out */
    uint32_t *popularity;                  /* per address id, as responder: distinct originators */
    double *source_bytes; /* per address id, as originator: payload bytes it sent in all */
    uint32_t n_addrs;
};

/* One pass over the typed columns and one sort of the times of each pair. Deterministic for any
 * thread count. Cost: about 8 bytes a row while it runs, 4 a row and 64 a pair afterwards. Errors:
 * ERR_LIMIT, ERR_CANCELLED. */
int behaviour_build(struct behaviour *b, const struct table *t, struct parallel *pool,
                    struct job *job, struct err *err) WARN_UNUSED;
void behaviour_release(struct behaviour *b);

#endif
