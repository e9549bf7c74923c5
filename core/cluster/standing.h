/* Where a cluster stands in the order by suspicion.
 *
 * k-means cuts one scan into several clusters, each as suspicious as the next, and an order by
 * suspicion alone would fill the first screen with them. So lines that say the same make room for
 * lines that say something else. Two clusters say the same when their suspicion is the same part and
 * the same source has at least half of their rows; without such a source, when the same target has.
 * What is refused to outsiders is about the target: there it goes first, since the internet scans
 * every address from a thousand others.
 *
 * Of those that say the same, the one that says it of the most rows (suspicion times rows) stands
 * first and keeps its suspicion, as long as it is at least half as suspicious as the most suspicious
 * of them; the n-th counts 1/n of its suspicion. The suspicion itself, which is shown, reported and
 * compared with --alert, stays what it is. */
#ifndef MINNOW_CLUSTER_STANDING_H
#define MINNOW_CLUSTER_STANDING_H

#include "core/cluster/profile.h"

/* Sets standing of k profiles, at most RECIPE_MAX_K, from their rows, tops and suspicion. */
void standing_find(struct profile *profile, uint32_t k);

#endif
