/* The last two steps of a profile: the rhythm of its commonest pair, and its suspicion. */
#ifndef MINNOW_CLUSTER_JUDGE_H
#define MINNOW_CLUSTER_JUDGE_H

#include "core/cluster/clustering.h"

/* Whether an address is somebody else's: none of --local (without it, none of the private networks),
 * and one machine's, not multicast, broadcast, unspecified or no address at all. */
bool judge_is_outside(const struct clustering *c, const struct addr *addr);

/* Measures the rhythm of each cluster's p->pair[0]: of its rows in the cluster and of all in the log, which it counts.
 * Errors: ERR_LIMIT, ERR_CANCELLED. Cost: one pass over the rows, two when such a pair has rows
 * elsewhere, and 8 bytes for each row of such a pair. */
int judge_rhythms(struct clustering *c, const struct table *t, struct parallel *pool,
                  struct job *job, struct err *err) WARN_UNUSED;

/* Scores every cluster and finds its standing. All profiles are filled: a part looks at what the whole log sent. */
void judge_suspicion(struct clustering *c, const struct table *t);

/* Writes c->headline: when more than half of the TCP connections clustered were refused or unanswered, their share and
 * the sources with most of these, and a target that has half of them. Where the attack is the bulk of a log, no small cluster tells of it. Errors: ERR_LIMIT,
 * ERR_CANCELLED. */
int judge_headline(struct clustering *c, const struct table *t, struct job *job,
                   struct err *err) WARN_UNUSED;

#endif
