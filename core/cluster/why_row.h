/* Why one row is in its cluster: how far from the centroid it lies, which features make the
 * distance, and whether another cluster is nearly as close. */
#ifndef MINNOW_CLUSTER_WHY_ROW_H
#define MINNOW_CLUSTER_WHY_ROW_H

#include "core/cluster/clustering.h"

#define WHY_ROW_PARTS 3

/* One feature's part in the distance. A feature of several dimensions (the values of a one-hot
 * field, sine and cosine of an hour, a value and its missing mark) counts as one. */
struct why_part {
    uint32_t dim;         /* that stands for the feature: see why_row_label */
    bool clock;           /* of an hour or weekday: a time, see reasons_clock */
    double here, cluster; /* the row's value and the cluster's mean, unscaled */
    double share;         /* of the squared distance, 0..1 */
};

struct why_row {
    uint32_t cluster;                    /* number; 0: the row was not clustered, all else is 0 */
    double distance;                     /* to its centroid, in scaled units */
    struct why_part part[WHY_ROW_PARTS]; /* biggest share first; ties by the recipe's order */
    uint32_t n_parts;                    /* smaller ones than a twentieth are left out */
    uint32_t next;                       /* the nearest other cluster; 0: there is none */
    double next_distance;
};

/* Another cluster is nearly as close up to this multiple of the distance. */
#define WHY_ROW_NEAR 1.1

/* From the matrix that was clustered (see clustering_matrix). Of a clustering of pairs or hosts the
 * distance is that of the row's pair or host. Errors: ERR_LIMIT. Cost: k x d. */
int why_row_find(struct why_row *out, const struct clustering *c, const struct matrix *m,
                 uint64_t row, struct err *err) WARN_UNUSED;

/* "3.21 from the centroid; cluster 7 is nearly as close (3.40)". */
void why_row_distance(struct buf *out, const struct why_row *w);

/* What the part is of: "log(orig_bytes)", "proto=tcp", "hour(ts)". */
void why_row_label(struct buf *out, const struct clustering *c, const struct why_part *part);

/* Its two figures in units that a reader knows: "1.5 MB here, 3.3 kB in the cluster". */
void why_row_figures(struct buf *out, const struct clustering *c, const struct schema *schema,
                     const struct why_part *part);

#endif
