/* Every observation as a point: its first two principal components, and how points fall into the cells of
 * a screen. */
#ifndef MINNOW_QUERY_SCATTER_H
#define MINNOW_QUERY_SCATTER_H

#include "core/cluster/clustering.h"
#include "core/job.h"

#define SCATTER_PARTS 3

struct scatter_range {
    double from, to;
};

/* A dimension that a component is made of. */
struct scatter_part {
    uint32_t dim; /* of the clustering */
    double weight;
};

struct scatter {
    uint32_t k;
    uint64_t n_obs;
    float *at[2];                               /* n_obs: across and up; owned */
    double share[2];                            /* of the variance; 0..1 */
    uint32_t d, used;                           /* dimensions; those that were looked at */
    struct scatter_part part[2][SCATTER_PARTS]; /* the heaviest first */
    uint32_t n_parts;
    struct scatter_range *range; /* (k + 1) x 2, 0 for all: the 0.1 to the 99.9 % quantile; owned */
    struct scatter_range *middle; /* the same, of the 10 to the 90 % quantile; owned */
};

/* Quantiles are those of up to 4,096 observations of a cluster, spread over it (262,144 of all). Errors:
 * ERR_IO when the log has changed, ERR_LIMIT, ERR_CANCELLED. Cost: the matrix is built, and 8 bytes an
 * observation are kept. The same for any number of threads. */
int scatter_build(struct scatter *out, const struct clustering *c, const struct table *t,
                  struct job *job, struct err *err) WARN_UNUSED;
void scatter_release(struct scatter *s);

/* ---- on a screen ---- */

/* Cells, 0 above; a cell has 2 x 4 dots. */
struct scatter_grid {
    uint32_t cols, rows;
    struct scatter_range axis[2];
};

/* The axes that show all clusters and this one: their 0.1 to 99.9 % quantiles together. */
void scatter_axes(struct scatter_grid *g, const struct scatter *s, uint32_t cluster);

/* The dot of a point: 0 .. 2 cols - 1 across, 0 .. 4 rows - 1 down. False when it lies outside. */
bool scatter_dot(const struct scatter_grid *g, const struct scatter *s, uint64_t obs, uint32_t *x,
                 uint32_t *y);

struct scatter_picture {
    struct scatter_grid grid;
    uint32_t cluster; /* whose points are told from the others */
    uint8_t
        *dots; /* cols x rows: a bit for each dot that has points, as braille counts them; owned */
    uint32_t *all, *own; /* cols x rows: points, those of the cluster among them; owned */
    uint64_t outside, own_outside;
};

/* Errors: ERR_LIMIT, ERR_CANCELLED. Cost: one pass over the points. */
int scatter_draw(struct scatter_picture *out, const struct scatter *s, const struct clustering *c,
                 const struct scatter_grid *g, uint32_t cluster, struct job *job,
                 struct err *err) WARN_UNUSED;
void scatter_picture_release(struct scatter_picture *p);

#endif
