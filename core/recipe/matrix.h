/* From a recipe and a table to numbers: the matrix that k-means sees.
 *
 * A feature is made of what the table holds, of what was made of the row's text while it was loaded
 * (foreseen.h), of what its pair and hosts do, or, where none of these will do, of the text, which is
 * then read once more. An observation is a row, or the mean over a group of rows (unit pair, host).
 * Dimensions are then scaled in place.
 *
 * Cost: beside the table, four bytes a row and feature and less than two for the rest; with features of
 * behaviour 4 more a row and 64 a pair.
 *
 * Shape: n observations x d dimensions, in blocks of MATRIX_BLOCK observations: dimension j of
 * observation i stands at (i / 16) * 16 * d + j * 16 + i % 16. Blocks are 64-byte aligned; lanes
 * behind the last observation repeat zeros. Elements are float, or double when `wide` (a recipe
 * with scale = none that holds values float cannot). */
#ifndef MINNOW_RECIPE_MATRIX_H
#define MINNOW_RECIPE_MATRIX_H

#include "core/job.h"
#include "core/parallel.h"
#include "core/recipe/expr.h"
#include "core/recipe/recipe.h"
#include "core/table/scope.h"

#define MATRIX_BLOCK  16
#define OBS_NONE      UINT32_MAX /* a row that belongs to no observation: excluded */
#define FEATURE_CLAMP 1e15

struct dim {
    char *name; /* unique: "log(duration)", "onehot(proto)=tcp", "missing(log(duration))"; owned */
    uint32_t feature;    /* number in the recipe */
    bool indicator;      /* one-hot or missing mark: 0 or 1 before scaling */
    double weight;       /* the feature's */
    double offset, unit; /* scaled = (x - offset) / unit * weight. standard: mean and sd; minmax:
                            min and range; none: 0 and 1 */
    double mean, sd;     /* of the unscaled values over all observations, population form */
    struct {
        double least, most, mean;
    } there; /* of the unscaled values that are not missing; of a value only */
};

struct matrix {
    uint64_t n; /* observations */
    uint32_t d;
    bool wide;
    void *data;    /* float or double; owned: matrix_drop_data */
    size_t mapped; /* bytes of data when they are whole pages, else 0 */
    struct dim *dim;
    uint64_t n_rows;      /* of the table */
    uint32_t *obs_of_row; /* owned; NULL when observation i is row i; OBS_NONE for excluded rows */
    uint64_t rows_excluded; /* by scope, by where, and by missing = drop */
    char **feature;         /* canonical texts of the features that were kept; owned */
    size_t n_features;
    struct notices notices; /* what was dropped, clamped, folded */
    struct matrix_key *key; /* what it was made of; owned; NULL: it cannot be kept */
};

static inline size_t matrix_at(const struct matrix *m, uint64_t i, uint32_t j)
{
    return (size_t)(i / MATRIX_BLOCK) * MATRIX_BLOCK * m->d + (size_t)j * MATRIX_BLOCK +
           (size_t)(i % MATRIX_BLOCK);
}

static inline double matrix_value(const struct matrix *m, uint64_t i, uint32_t j)
{
    size_t at = matrix_at(m, i, j);
    return m->wide ? ((const double *)m->data)[at] : (double)((const float *)m->data)[at];
}

static inline double dim_unscale(const struct dim *dim, double scaled)
{
    return scaled / dim->weight * dim->unit + dim->offset;
}

static inline uint32_t matrix_obs(const struct matrix *m, uint64_t row)
{
    return m->obs_of_row == NULL ? (uint32_t)row : m->obs_of_row[row];
}

/* Builds the matrix from the rows inside `scope` (NULL: all). Features whose fields the log lacks are dropped with a notice naming them;
 * constant and all-missing dimensions too (all constant: one is kept, so that equal rows still
 * cluster, into one). Errors: ERR_DATA when no feature or no row is left (the sentence says why),
 * ERR_USAGE from `where`, ERR_LIMIT, ERR_CANCELLED. Deterministic for any thread count. */
int matrix_build(struct matrix *m, const struct table *t, const struct recipe *r,
                 const struct expr_env *env, const struct scope *scope, struct parallel *pool,
                 struct job *job, struct err *err) WARN_UNUSED;
void matrix_release(struct matrix *m);

/* Frees the values; the rest is still to be released. */
void matrix_drop_data(struct matrix *m);

/* Gives the values up, which the matrix then lacks: when they are not too many, the next matrix_build
 * of the same recipe, whatever its k and seed, has them at once. The rest is still to be released. Only
 * for a matrix as it was built. A table keeps one. */
void matrix_keep(struct matrix *m, const struct table *t);

/* The tutorial's integer of a text: empty 0; else the decimal character codes one after another,
 * low 32 bits, signed; 0 beyond 63 bits. */
int32_t feature_code(struct span text);

#endif
