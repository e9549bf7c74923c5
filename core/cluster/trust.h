/* How far a clustering can be believed: whether its clusters form again from other seeds, and what
 * other numbers of clusters would give.
 *
 * Source: C. Hennig, "Cluster-wise assessment of cluster stability", 2007: two clusters are the same
 * when their Jaccard similarity (observations in both over observations in either) is at least
 * 0.75.
 *
 * Unlike there, a cluster is compared with its pieces: all clusters that lie for the most part in
 * it, taken together. With a k that is not the number of groups, another seed cuts one group in two
 * and leaves another whole. Where the group lies apart from the rest all the same, there is no doubt
 * of it; what is cut elsewhere, or falls together with others, does not form again. */
#ifndef MINNOW_CLUSTER_TRUST_H
#define MINNOW_CLUSTER_TRUST_H

#include "core/cluster/clustering.h"

#define TRUST_MAX_RUNS 100
#define TRUST_SAME     0.75 /* Jaccard similarity from which on a cluster has formed again */
#define TRUST_RUNGS    6

/* What another k gives. */
struct rung {
    uint32_t k;
    double inertia;
    uint64_t smallest; /* observations of the smallest cluster */
    uint32_t reformed; /* clusters that formed again from the next seed */
};

struct trust {
    uint32_t runs; /* with the seeds behind the clustering's own, one after another */
    uint32_t k;
    uint32_t reformed[RECIPE_MAX_K]; /* runs in which the cluster formed again, by number - 1 */
    struct rung rung[TRUST_RUNGS];   /* ascending k; n_rungs, 0 unless asked for */
    uint32_t n_rungs;
};

/* True when a cluster formed again in fewer than four of five runs: worth a word. */
bool trust_unstable(const struct trust *trust, uint32_t number);

/* "re-forms in 3 of 5 runs". `out` needs 48 bytes. */
char *trust_text(const struct trust *trust, uint32_t number, char *out, size_t size);

/* Runs k-means `runs` times more (1 to TRUST_MAX_RUNS); with `ladder` also for the k of the rungs,
 * twice each. Errors: ERR_IO when the log has changed, ERR_LIMIT, ERR_CANCELLED. Cost: the features
 * once, and as many fits. */
int trust_measure(struct trust *out, const struct clustering *c, const struct table *t,
                  uint32_t runs, bool ladder, struct parallel *pool, struct job *job,
                  struct err *err) WARN_UNUSED;

/* The k of the rungs around k: a quarter of it to twice as many, ascending, within 1 to
 * RECIPE_MAX_K. Returns how many. */
uint32_t trust_rungs(uint32_t k, uint32_t out[TRUST_RUNGS]);

/* How many of the k clusters of labels a form again in labels b (k2), whole or in pieces; marks them
 * in same[k] unless NULL. -1 on memory. */
int trust_reformed(const uint8_t *a, uint32_t k, const uint8_t *b, uint32_t k2, uint64_t n,
                   bool *same);

#endif
