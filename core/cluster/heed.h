/* What verdicts do to clusters: rows counted, sentences and headline that say so, alerts. The score
 * of a cluster is taken times the share of its rows that no verdict calls benign (suspicion.h). */
#ifndef MINNOW_CLUSTER_HEED_H
#define MINNOW_CLUSTER_HEED_H

#include "core/cluster/clustering.h"

/* Fills benign_rows and suspect_rows of all profiles and the sums in c, by c->verdicts; zeros
 * without. Errors: ERR_CANCELLED. Cost: one pass over the rows, none without verdicts. */
int heed_count(struct clustering *c, const struct table *t, struct job *job,
               struct err *err) WARN_UNUSED;

/* Adds `; verdicts: 12 rows suspect, 60 rows benign` to a sentence: suspect rows always, benign ones
 * where they are at least half of the cluster. */
void heed_why(struct profile *p);

/* Whether at least half of a cluster's rows are benign by verdict. */
bool heed_benign(const struct profile *p);

/* Puts how many rows are suspect in front of c->headline, when there are such rows. */
void heed_headline(struct clustering *c);

/* Whether a cluster is one to wake somebody for: its score reaches `from`, and less than half of
 * its rows are benign by verdict. */
bool heed_alert(const struct profile *p, double from);

#endif
