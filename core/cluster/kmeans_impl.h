/* Private to kmeans.c, seed.c and kernel.c: how observations are cut into slices and blocks, and
 * the one distance kernel.
 *
 * A slice is a run of whole blocks; its borders depend on the matrix and the number of slices
 * alone. Whoever adds something up does it per slice, then over the slices in order. */
#ifndef MINNOW_CLUSTER_KMEANS_IMPL_H
#define MINNOW_CLUSTER_KMEANS_IMPL_H

#include "core/cluster/bounds.h"
#include "core/cluster/kernel.h"
#include "core/cluster/kmeans.h"

/* A worker looks at the cancel flag after about this many distance terms. */
#define KMEANS_CANCEL_TERMS ((uint64_t)2 << 20)

static inline uint64_t matrix_blocks(const struct matrix *m)
{
    return m->n / MATRIX_BLOCK + (m->n % MATRIX_BLOCK != 0);
}

/* Observations in a block: 16, or fewer in the last one. */
static inline uint32_t block_lanes(const struct matrix *m, uint64_t block)
{
    uint64_t left = m->n - block * MATRIX_BLOCK;
    return left < MATRIX_BLOCK ? (uint32_t)left : MATRIX_BLOCK;
}

/* Blocks that may be worked on between two looks at the cancel flag, for n_centers distances each.
 */
static inline uint64_t cancel_blocks(uint32_t n_centers, uint32_t d)
{
    uint64_t terms = (uint64_t)MATRIX_BLOCK * n_centers * (d == 0 ? 1 : d);
    uint64_t blocks = KMEANS_CANCEL_TERMS / terms;
    return blocks == 0 ? 1 : blocks;
}

/* dist[c * 16 + lane] = squared distance of the block's observations to n_centers centers (rows of
 * d doubles), terms added in the order of the dimensions, in double: bit for bit what a plain loop
 * gives. Lanes behind the last observation hold distances that mean nothing. */
void kernel_distances(const struct matrix *m, uint64_t block, const double *center,
                      uint32_t n_centers, double *dist);

/* From those distances, per lane: the smallest, and the number of its center; ties to the lower. */
void kernel_nearest(const double *dist, uint32_t n_centers, double *best, int64_t *which);

/* Below so many observations passes are too short to gain from an arrangement. */
#define ARRANGE_LEAST 16384

/* Where the observations of a matrix stand while its fit goes on, and what it takes to move them. */
struct arrangement {
    uint32_t super;  /* blocks of a superblock; a slice is cut into these, and a rest */
    uint16_t *place; /* for each place: the observation's own one, counted in its superblock */
    bool sorted[KMEANS_SLICES]; /* observations may stand elsewhere, and places are filled in */
    struct tray **tray;
    uint32_t n_trays; /* one for each thread */
};

/* False, with nothing to release, when there is no room or no sense in it. Cost: 2 bytes an observation
 * and, for each thread, up to 9 MiB. */
bool arrangement_init(struct arrangement *a, const struct matrix *m, uint32_t threads) WARN_UNUSED;
void arrangement_release(struct arrangement *a);

/* Observations of a matrix and their labels (NULL: none) stand in the order of the log again. Bounds no
 * longer hold. a NULL is fine. */
void arrangement_undo(struct arrangement *a, struct matrix *m, uint8_t *label,
                      struct parallel *pool);

/* Observations of a superblock that have equal keys stand side by side, keys in the order in which they
 * first come; rare ones behind them all. `keys` is called by all threads, for whole blocks. */
typedef void arrangement_keys(void *user, uint64_t block, uint32_t *key);
void arrangement_group(struct arrangement *a, struct matrix *m, arrangement_keys *keys, void *user,
                       struct parallel *pool);

/* The observation that stands at a place of a slice. a NULL: as in the log. */
uint64_t arrangement_row(const struct arrangement *a, const struct matrix *m, uint32_t slice,
                         uint64_t at);

/* Sums and counts of each slice's clusters. */
struct sums {
    uint32_t k, d;
    double *plain;         /* slices x k x d; or: */
    double *high, *low;    /* the running ones: the sum of both */
    double *coarse, *fine; /* slices x d: kernel_steps */
    float *largest;        /* slices x d x 16, while steps are chosen */
    uint64_t *count;       /* slices x k */
};

/* Room for running sums or for plain ones. */
bool sums_init(struct sums *s, uint32_t k, uint32_t d, bool runs) WARN_UNUSED;
void sums_release(struct sums *s);

/* Plain sums and counts of a slice: cleared, and a block added. */
void sums_clear(struct sums *s, uint32_t slice);
void sums_add(struct sums *s, const struct kernel *kernel, const struct matrix *m, uint64_t block,
              const uint8_t *label, uint32_t slice);

/* Running sums and counts of a slice, from the labels of a matrix of floats. From then on each change of
 * a label is told: the observation's first value stands at `at`. */
void sums_start(struct sums *s, const struct kernel *kernel, const struct matrix *m,
                const uint8_t *label, uint32_t slice);
void sums_move(struct sums *s, const struct kernel *kernel, const struct matrix *m, size_t at,
               uint8_t to, uint8_t from, uint32_t slice);

/* A single change in plain sums, which then are no longer fresh. */
void sums_move_plain(struct sums *s, const struct matrix *m, uint64_t i, uint8_t to, uint8_t from,
                     uint32_t slice);

/* All slices together. */
void sums_total(const struct sums *s, bool running, double *sum, uint64_t *count);

struct fold;

/* One start on its way: what Lloyd's iteration changes. */
struct fit {
    struct matrix *m; /* arranged, and so are labels, until arrangement_undo */
    const struct kmeans_opts *opts;
    uint32_t k, d;
    uint32_t iterations;
    bool converged;
    const struct kernel *kernel;
    struct kernel_centers center; /* the centroids as it reads them */
    bool fused;                   /* this pass can use it */
    double *centroid;             /* k x d */
    uint8_t *label;               /* n */
    double *sum;                  /* k x d, this pass */
    uint64_t *count;              /* k */
    double *part;                 /* k, inertia */
    uint64_t changed;             /* labels, in this pass */
    bool exact;                   /* the centroids are means of fresh sums */
    bool refilled;                /* an emptied cluster took an observation, after this pass */
    double *before;               /* k x d, the centroids of the pass before */
    struct bounds bounds;
    struct fold *fold;         /* borrowed; NULL when there is none; then there is no space: */
    float *base;               /* of the fold, for each place of a centroid */
    struct arrangement *space; /* borrowed; NULL when there is none */
    bool sorts;                /* blocks that are looked at in this pass are sorted */
    double last_waste,
        waste;    /* looks that sorting would have spared: in the last pass, and since the
                                  last sort */
    bool runs;    /* sums are running ones */
    bool running; /* and have been started: they follow the labels */
    bool fresh;   /* the sums are those of the labels to the last bit */
    struct sums sums;
    double *slice_part;   /* slices x k */
    uint64_t last_read;   /* blocks, in the last pass */
    uint64_t blocks_read; /* see kmeans.h */
    uint64_t slice_read[KMEANS_SLICES];
    uint64_t slice_waste[KMEANS_SLICES]; /* observations */
    uint64_t slice_changed[KMEANS_SLICES];
    uint64_t slice_far[KMEANS_SLICES]; /* farthest observation of the slice, or UINT64_MAX */
    double slice_far_distance[KMEANS_SLICES];
};

/* One pass over all observations: labels of the nearest centroids; sums and counts follow. Errors: ERR_CANCELLED. */
int fit_assign(struct fit *f, struct err *err) WARN_UNUSED;

/* The tray of a thread that is about to move observations of a slice. For what follows NULL is fine, and
 * nothing is sorted. */
struct tray *tray_take(struct arrangement *a, const struct matrix *m, uint32_t slice);
void tray_return(struct tray *t);

/* A superblock is to be looked at, which begins with that block. */
void tray_begin(struct tray *t, uint64_t first);

/* Puts one of its blocks on the tray that is about to be looked at: what is found out about its
 * observations, groups x 16 numbers, goes where the result points. NULL for a block that must stay as it
 * is. */
float *tray_put(struct tray *t, struct fit *f, uint64_t block);

/* Sorts the observations of the blocks on the tray, all of which have been looked at. */
void tray_sort(struct tray *t, struct fit *f);

/* Makes sums and counts afresh from the labels. Errors: ERR_CANCELLED. */
int fit_sum(struct fit *f, struct err *err) WARN_UNUSED;

/* Puts the observation at a place of a slice into another cluster, whatever is nearest. */
void fit_move(struct fit *f, uint32_t slice, uint64_t at, uint8_t to);

/* Fills part[] for the labels and centroids as they are. Errors: ERR_CANCELLED. */
int fit_inertia(struct fit *f, struct err *err) WARN_UNUSED;

/* One k-means++ seeding: fills centroid (k x d) and returns how many seeds there are: fewer than k
 * when every observation equals a seed; -1 on error. `stream` is the number of the start; fold: of the
 * matrix, or NULL. */
int seed_plusplus(const struct matrix *m, const struct fold *fold, const struct kmeans_opts *opts,
                  uint32_t k, uint32_t stream, double *centroid, struct err *err) WARN_UNUSED;

#endif
