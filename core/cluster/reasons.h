/* The statistical reasons of a profile: what is unlike the rest of the log. */
#ifndef MINNOW_CLUSTER_REASONS_H
#define MINNOW_CLUSTER_REASONS_H

#include "core/cluster/clustering.h"

/* Counts over all clustered rows. */
struct log_counts {
    uint64_t rows;
    uint64_t cat[N_CATS][256];
    uint64_t *port; /* 65,536 responder ports of rows that are not ICMP; owned */
};

/* Fills p->reason and p->rms_z from the top lists of p and the centroid of cluster `number`.
 *
 * Two kinds compete for the places. A value that is over-represented scores (here - log) *
 * ln(here / log): being common here counts as much as being rare elsewhere. A number scores half
 * its distance from the log's mean in standard deviations, so that four of them weigh as much as a
 * value that fills the cluster and is one in eight of the log. Ties go by the texts. */
void reasons_find(struct profile *p, const struct clustering *c, uint32_t number,
                  const struct table *t, const struct log_counts *log);

/* Log text into a small array: cut between characters, NUL bytes written as \x00. */
void reasons_copy_text(char *out, size_t size, struct span text);

#endif
