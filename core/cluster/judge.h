/* The last two steps of a profile: the rhythm of its commonest pair, and its suspicion. */
#ifndef MINNOW_CLUSTER_JUDGE_H
#define MINNOW_CLUSTER_JUDGE_H

#include "core/cluster/clustering.h"

/* Measures the rhythm of the rows (n row numbers, all of the cluster's) that belong to p->pair[0]. Errors: ERR_LIMIT. */
int judge_rhythm(struct profile *p, const struct table *t, const uint32_t *row, uint64_t n,
                 struct err *err) WARN_UNUSED;

/* Scores every cluster. All profiles are filled: a part looks at what the whole log sent. */
void judge_suspicion(struct clustering *c, const struct table *t);

/* Writes c->headline: when more than half of the TCP connections clustered were refused or unanswered, their share and
 * the busiest sources. Where the attack is the bulk of a log, no small cluster tells of it. Errors: ERR_LIMIT. */
int judge_headline(struct clustering *c, const struct table *t, struct err *err) WARN_UNUSED;

#endif
