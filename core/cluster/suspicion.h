/* How suspicious a cluster is, as the largest of four named parts: an analyst sees which suspicion
 * it is.
 *
 *   REGULAR  one pair calling at even intervals over much of the log
 *   REFUSED  many pairs of one source (or one target), refused or unanswered
 *   UPLOAD   one source that sends more to outside than it gets, and much of all that leaves: 10 kB at
 *            least, since what some pings or lookups carry is no upload even where nothing else leaves
 *   ODD      one source far from the log's mean
 *
 * Each part is within 0..1. Routine, which every network has (multicast and broadcast responders, and
 * clocks that ask for the time over NTP, as even as any beacon), takes up to 70 % off, and rows that a verdict calls benign take off their share. */
#ifndef MINNOW_CLUSTER_SUSPICION_H
#define MINNOW_CLUSTER_SUSPICION_H

#include "core/base/attr.h"
#include "core/recipe/recipe.h"

struct suspicion {
    double score;             /* 0..1, the largest part that counts */
    enum suspicion_part part; /* which one that is; the first in the list on a tie */
    double of[N_SUSPICIONS];  /* each part, multicast and benign rows taken off */
};

/* What the formulas look at, all of one cluster unless said. */
struct suspicion_facts {
    double rows;
    double top_source_share, top_target_share, top_pair_share; /* of its rows, 0..1 */
    double pairs;                                              /* distinct */
    double failed_share;                           /* failed TCP connections over its rows */
    double pair_rows, pair_gap_s, pair_regularity; /* of the biggest pair; gap 0 when unknown */
    double pair_span_share; /* the biggest pair's first to last over the log's first to last */
    double out_bytes, in_bytes, log_out_bytes; /* of rows to outside, if the log has such */
    double rms_z;                              /* of the centroid, in standard deviations */
    double routine_share, benign_share;
    bool top_source_outside;
};

/* `parts` counts: bits of enum suspicion_part, 0 for all (struct recipe). */
struct suspicion suspicion_of(const struct suspicion_facts *f, unsigned parts);

/* The word is shown from this score on; below it the line has none. */
#define SUSPICION_SHOWN 0.2

#endif
