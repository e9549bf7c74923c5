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

/* A dimension's value in units that a reader knows: a logarithm becomes what it is the logarithm of,
 * a rarity one row in so many. */
double reasons_unit(const struct clustering *c, const struct dim *dim, double x);

/* What a dimension's value is of: the field of num() and log(), else the dimension itself. */
const char *reasons_what(const struct clustering *c, const struct dim *dim);

/* The time of a point on the circle of an hour or weekday: hours since midnight, days since Monday. */
double reasons_clock(enum feature_kind kind, double sine, double cosine);

/* Writes such a value as `what` has it: "1.5 MB", "4.5 min", "03:12", "1 in 180", "12.3". */
void reasons_quantity(struct buf *out, const struct schema *schema, const char *what, double x);

/* Log text into a small array: cut between characters, NUL bytes written as \x00. */
void reasons_copy_text(char *out, size_t size, struct span text);

#endif
