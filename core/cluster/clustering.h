/* The result of a fit: immutable, shared by reference count.
 *
 * A clustering never depends on having been computed in this process: recipe + dims (scaling) +
 * centroids are enough to label other rows. Clusters are numbered 1..k by the recipe's order, fixed
 * here; labels are numbers minus one. */
#ifndef MINNOW_CLUSTER_CLUSTERING_H
#define MINNOW_CLUSTER_CLUSTERING_H

#include "core/cluster/profile.h"
#include "core/recipe/verdicts.h"

struct clustering {
    struct recipe recipe;      /* the one that was run, overrides applied; owned */
    const struct scope *scope; /* NULL: all rows could take part; owned reference */
    uint64_t n_rows, rows_excluded, rows_clustered;
    uint64_t n; /* observations */
    uint32_t k, d;
    uint32_t k_asked;
    uint32_t iterations, start;
    bool converged;
    double inertia;
    struct dim *dim;      /* d; owned */
    double *centroid;     /* k x d, scaled units, by cluster number; owned */
    uint8_t *label;       /* n; cluster number - 1; owned */
    uint32_t *obs_of_row; /* owned; NULL when observation i is row i */
    char **feature;       /* texts of the features in use; owned */
    size_t n_features;
    struct profile *profile; /* k, by cluster number - 1; owned */
    struct cidr *local; /* networks that count as inside, n_local; owned; none: the private ones */
    size_t n_local;
    const struct verdict_map *verdicts; /* NULL: none; owned reference */
    uint64_t benign_rows, suspect_rows; /* clustered rows, by verdict */
    uint32_t suspect_clusters;          /* clusters that have suspect rows */
    char headline
        [256]; /* suspect rows, and what most of the log is, when that is failure; else "" */
    struct notices notices;
    double seconds; /* of the fit */
    const struct clustering
        *base; /* NULL, or who owns all but profile, verdicts; owned reference */
    void *own;
};

struct clustering *clustering_ref(const struct clustering *c);
void clustering_unref(const struct clustering *c); /* NULL is fine */

/* What the number of a row is looked up in: loops over many rows keep it at hand. */
struct row_numbers {
    const uint32_t *obs_of_row; /* or NULL */
    const uint8_t *label;
};

static inline struct row_numbers clustering_numbers(const struct clustering *c)
{
    return (struct row_numbers){c->obs_of_row, c->label};
}

/* Cluster number of a row: 1..k, or 0 when it was excluded. */
static inline uint32_t number_of_row(struct row_numbers n, uint64_t row)
{
    uint32_t obs = n.obs_of_row == NULL ? (uint32_t)row : n.obs_of_row[row];
    return obs == UINT32_MAX ? 0 : (uint32_t)n.label[obs] + 1;
}

static inline uint32_t clustering_of_row(const struct clustering *c, uint64_t row)
{
    return number_of_row(clustering_numbers(c), row);
}

/* What a fit looks at beside the log and the recipe, and what it runs with. All borrowed; all may be
 * NULL or 0. */
struct fit_opts {
    const struct expr_env *env;      /* copied: what `dir` calls inside */
    const struct scope *scope;       /* rows that may take part; the result holds a reference */
    const struct verdicts *verdicts; /* weighed in suspicion, never in the clusters */
    const double *init; /* init_k x d centroids in scaled units to start from, instead of */
    uint32_t init_k;    /* k of the recipe and seeding */
    bool last;          /* the matrix is not kept for another run */
    struct parallel *pool;
    struct job *job;
};

/* The whole fit: features, k-means, order, profiles. The result has reference count 1. `seconds` is
 * the wall time. */
struct clustering *clustering_fit(const struct table *t, const struct recipe *r,
                                  const struct fit_opts *opts, struct err *err) WARN_UNUSED;

/* The same clusters under other verdicts (NULL: none): counts, suspicion, sentences and headline
 * are made anew; labels, numbers and everything else are shared. Reference count 1. Errors:
 * ERR_LIMIT, ERR_CANCELLED. Cost: one pass over the rows. */
struct clustering *clustering_heed(const struct clustering *c, const struct table *t,
                                   const struct verdicts *v, struct job *job,
                                   struct err *err) WARN_UNUSED;

/* Centroid of a cluster in the dimension's own, unscaled units. */
double clustering_centroid(const struct clustering *c, uint32_t number, uint32_t dim);

/* The matrix that was clustered, computed again from the rows; the caller releases it. Errors: ERR_IO
 * when the rows no longer give the same dimensions, ERR_LIMIT, ERR_CANCELLED. */
int clustering_matrix(const struct clustering *c, const struct table *t, struct matrix *m,
                      struct parallel *pool, struct job *job, struct err *err) WARN_UNUSED;

/* Distances of all rows to their centroid in scaled units (NAN for excluded rows), computed again
 * from the rows: needs the matrix; the export uses it. `out` has n_rows entries. */
int clustering_distances(const struct clustering *c, const struct table *t, double *out,
                         struct parallel *pool, struct job *job, struct err *err) WARN_UNUSED;

#endif
