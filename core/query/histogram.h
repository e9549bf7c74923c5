/* How the values of each feature of a recipe spread in every cluster and in all of them together, in
 * the field's own units.
 *
 * A feature's values are sorted into cells once: narrow ones with round edges over all values, or one
 * for each text of a feature of kinds. A screen merges cells into as many bins as it has lines for
 * (histogram_axis); whatever it shows, a value stays in one cell. What is counted are the
 * observations of the clustering: rows, or groups of them.
 *
 * Values are read again from the rows, as they are before they are scaled. Only those of pairs and hosts,
 * and recipes with kinds of a text, come from the matrix that was clustered, built again with missing values
 * marked: they went through float there, so that what is a logarithm stands in its cell to six digits, a
 * plain number to a millionth of the biggest. */
#ifndef MINNOW_QUERY_HISTOGRAM_H
#define MINNOW_QUERY_HISTOGRAM_H

#include "core/cluster/clustering.h"
#include "core/job.h"

#define HISTOGRAM_CELLS   250
#define HISTOGRAM_MISSING 255 /* the cell of observations without a value */

/* What numbers of a feature are, for whoever writes them. */
enum histogram_unit {
    HISTOGRAM_PLAIN,
    HISTOGRAM_COUNT, /* whole numbers */
    HISTOGRAM_BYTES,
    HISTOGRAM_SECONDS, /* how long */
    HISTOGRAM_TIME,    /* when: seconds since 1970 */
    HISTOGRAM_SHARE,   /* 0..1 */
    HISTOGRAM_HOUR,    /* 0..24 */
    HISTOGRAM_ONE_IN,  /* a value that one in so many rows has */
    HISTOGRAM_NAMES,   /* cells have texts */
};

struct histogram {
    char *
        name; /* "duration", "pair_count", "ratio(orig_bytes,resp_bytes)"; owned; bytes of the log */
    enum feature_kind kind;
    enum histogram_unit unit;
    bool log;      /* cells are ten to a power of ten, the first one for 0 alone; else even */
    int64_t first; /* log: the power of ten where the second cell begins; else first edge / step */
    double step;   /* of even cells; 0 for names */
    uint32_t n;    /* cells */
    char **label;  /* HISTOGRAM_NAMES: n; owned */
    uint64_t
        *count; /* (k + 1) x (n + 1); row 0 is of all clusters, the last column of missing; owned */
};

struct histograms {
    uint32_t k, n; /* clusters, features */
    uint64_t n_obs;
    struct histogram *of; /* owned */
    uint8_t *code;        /* n x n_obs: the cell of each observation; owned */
    uint32_t n_left_out;  /* features without a spread: one value for all */
};

/* Errors: ERR_IO when the rows no longer give the observations that were clustered, ERR_LIMIT,
 * ERR_CANCELLED. Cost: reading what the features are made of once (values.h), else building the matrix;
 * and one byte an observation and feature for as long as it is kept. The same for any number of threads. */
int histograms_build(struct histograms *out, const struct clustering *c, const struct table *t,
                     struct job *job, struct err *err) WARN_UNUSED;
void histograms_release(struct histograms *h);

/* Observations of a cluster (0: of all) in a cell, or without a value (cell HISTOGRAM_MISSING). */
static inline uint64_t histogram_at(const struct histogram *h, uint32_t cluster, uint32_t cell)
{
    return h->count[(size_t)cluster * (h->n + 1) + (cell < h->n ? cell : h->n)];
}
uint64_t histogram_total(const struct histogram *h, uint32_t cluster);

/* Where a cell begins, in the field's own units; cell n is where the last one ends. */
double histogram_edge(const struct histogram *h, uint32_t cell);

/* How far a cluster stands from all of them together. Range: 0 (the same) to 1 (nothing in common).
 * For numbers the biggest gap between their cumulative shares (Kolmogorov and Smirnov's), for names
 * half the sum of the differences of their shares; missing counts as a value below all. */
double histogram_apart(const struct histogram *h, uint32_t cluster);

/* ---- what is shown of it ---- */

struct histogram_bin {
    uint32_t first, n; /* cells */
};

#define HISTOGRAM_MAX_BINS 64
struct histogram_axis {
    struct histogram_bin bin[HISTOGRAM_MAX_BINS];
    uint32_t n;
    struct histogram_bin below, above; /* what lies outside; n 0: nothing can */
};

/* At most `most` bins (3 to HISTOGRAM_MAX_BINS) with round edges, over what lies between the 0.1 and the
 * 99.9 % quantile of the cluster or of all. Names have a bin each, whatever `most` is. */
void histogram_axis(struct histogram_axis *out, const struct histogram *h, uint32_t cluster,
                    uint32_t most);

/* Observations of a cluster (0: of all) in a bin. */
uint64_t histogram_in(const struct histogram *h, uint32_t cluster, const struct histogram_bin *bin);

/* Whether an observation of the cluster is in the bin (in `missing` when bin is NULL). */
bool histogram_has(const struct histograms *hs, const struct clustering *c, uint32_t feature,
                   uint32_t cluster, const struct histogram_bin *bin, uint64_t row);

#endif
