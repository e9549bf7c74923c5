/* How much of a job is done, and how long the rest will take, from its snapshots as they come.
 *
 * A load goes by bytes. A fit has parts of which nobody knows how long they take before they are done
 * (k-means ends when it has converged), so what was measured of it so far is what the rest is told by. */
#ifndef MINNOW_ETA_H
#define MINNOW_ETA_H

#include "core/job.h"

struct eta {
    double began_s;
    enum phase group;       /* of the parts of a fit: FEATURES, CLUSTERING or EXPLAINING */
    double group_s;         /* when that began */
    double group_done;      /* the part of it that was done when it was first seen, or below 0 */
    double seen_s;          /* the last snapshot */
    uint32_t start, passes; /* of k-means: the start that runs; its passes so far */
    uint32_t ended, mean;   /* starts that have ended; passes of one on average */
    double part, left_s;
};

/* Times are seconds of any clock that does not go back. */
void eta_begin(struct eta *e, double now_s);

/* Sets part and left_s of the snapshot: `part` of the job is done (0 to 1, it never falls), about left_s
 * seconds are left; both below 0 when nobody knows. */
void eta_see(struct eta *e, struct progress *p, double now_s);

/* "about 12 s left", or "" when it is not known or hardly anything. Returns out. */
const char *eta_text(double left_s, char *out, size_t size);

#endif
