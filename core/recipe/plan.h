/* Private to the files of this room: a recipe bound to a log.
 *
 * A plan feature is a recipe's feature whose fields the log has. Reading a row gives one raw value
 * per plan feature: a number, the number of a category (one-hot), or NaN for missing. NaN never
 * leaves this room. Raw values stand in a matrix of their own, in the layout of matrix.h. */
#ifndef MINNOW_RECIPE_PLAN_H
#define MINNOW_RECIPE_PLAN_H

#include <math.h>

#include "core/recipe/behaviour.h"
#include "core/recipe/matrix.h"
#include "core/table/row_reader.h"

#define ONEHOT_MAX_DIMS   32
#define ONEHOT_MAX_VALUES 65536
/* Fixed slices of observations over which sums are made. */
#define MATRIX_SLICES     64
/* Some features are several values: hour and weekday a sine and a cosine, port_class three marks. */
#define PLAN_MAX_FEATURES (RECIPE_MAX_FEATURES * 3)

/* ---- categories.c: the values of a one-hot field, shared by all workers ---- */

struct categories;

/* A worker's memory of the values it met last: most look-ups end here, without the lock. */
struct category_cache;

struct categories *categories_new(void) WARN_UNUSED; /* NULL on memory */
void categories_free(struct categories *c);
struct category_cache *category_cache_new(struct categories *c) WARN_UNUSED;
void category_cache_free(struct category_cache *cache); /* hands its counts over; NULL is fine */

/* Number of a value, counted once more; numbers are given in no order that means anything. Beyond
 * ONEHOT_MAX_VALUES distinct values, or short of memory, 0: ask categories_state in the end. */
uint32_t category_of(struct category_cache *cache, struct span value);

enum categories_state { CATEGORIES_OK, CATEGORIES_TOO_MANY, CATEGORIES_NO_MEMORY };
enum categories_state categories_state(const struct categories *c);

/* Chooses the dimensions from the counts: the most frequent values (ties by bytes), then in order
 * of their bytes; the rest is folded into one more dimension, the last. Names them
 * `onehot(F)=value`. Returns -1 on memory. */
int categories_choose(struct categories *c, const char *field) WARN_UNUSED;
uint32_t categories_dims(const struct categories *c);
const char *categories_dim_name(const struct categories *c, uint32_t dim);
uint32_t categories_dim_of(const struct categories *c, uint32_t number);
uint64_t categories_folded(const struct categories *c); /* values in the last dimension, or 0 */
size_t categories_values(const struct categories *c);   /* distinct values */
/* Minus the logarithm of each value's share, by number: categories_values of them. */
void categories_rarities(const struct categories *c, double *out);

/* ---- plan.c ---- */

enum value_source { FROM_TEXT, FROM_TABLE, FROM_BEHAVIOUR, FROM_LOADED };

struct plan_feature {
    const struct feature *feature; /* borrowed from the recipe */
    enum value_source source;
    enum role role[2]; /* FROM_TABLE: the columns */
    uint32_t raw;      /* column of the raw values */
    uint32_t number;   /* in the recipe */
    uint8_t part;      /* of a feature that is several values, from 0 */
    uint32_t column[2];
    enum col_type type[2];
    int32_t proto_column;          /* port_class: says which rows are ICMP; -1: no such column */
    struct categories *categories; /* one-hot and rarity; owned */
    uint64_t clamped;              /* values beyond FEATURE_CLAMP */
    bool dropped;                  /* one-hot: too many values, or none */
};

struct plan {
    struct plan_feature feature[PLAN_MAX_FEATURES];
    uint32_t n;
    struct behaviour behaviour; /* built when a feature asks for it */
    struct expr *where;         /* NULL: all rows; owned */
    const struct scope *scope;  /* NULL: all rows; borrowed */
    uint32_t n_raw;             /* columns of the raw values, some of which may be nobody's */
    struct wanted *foreseen;    /* the table's numbers, the plan's to join or drop; NULL: none */
};

/* Features whose fields the log lacks are left out with a notice. Errors: ERR_DATA when none is
 * left, ERR_USAGE from `where`, ERR_LIMIT. */
int plan_init(struct plan *p, const struct recipe *r, const struct table *t,
              const struct expr_env *env, struct notices *notices, struct err *err) WARN_UNUSED;
void plan_release(struct plan *p);

/* Raw values of all rows (n_rows x plan->n_raw; double when `wide`; NaN in rows that take no part) and,
 * per row, whether it takes part: it is inside the scope, passes `where`, and its text, where any
 * is needed, is still there. rows.c. */
int plan_read_rows(struct plan *p, const struct table *t, bool wide, struct matrix *raw,
                   uint8_t *takes_part, struct notices *notices, struct parallel *pool,
                   struct job *job, struct err *err) WARN_UNUSED;

/* ---- features.c ---- */

/* What a worker needs to evaluate rows. */
struct feature_scratch {
    struct buf decode;
    struct time_cache zone;
    struct category_cache *cache[PLAN_MAX_FEATURES];
    uint64_t clamped[PLAN_MAX_FEATURES];
    double value[PLAN_MAX_FEATURES][MATRIX_BLOCK]; /* of a block of rows */
};

/* A text as the number that its column's type makes of it; false when it is none. */
bool feature_number(struct span text, enum col_type type, double *x) WARN_UNUSED;

/* How many values a feature is. */
uint32_t feature_parts(enum feature_kind kind);

/* True for features that are told by the pair, source or target of a row and not by its text. */
bool feature_is_behaviour(enum feature_kind kind);

/* What such a feature is in the rows first .. first + n - 1 of one matrix block: NaN when missing. The
 * plan's behaviour has been built. */
void feature_behaviour(const struct plan *p, uint32_t f, const struct table *t, uint64_t first,
                       uint32_t n, double *x);

/* What a row's text says of plan feature number f: NaN when missing. */
double feature_value(const struct plan *p, uint32_t f, const struct field *field,
                     struct feature_scratch *scratch);

/* Makes raw values of what feature_behaviour, feature_value or typed_read gave for MATRIX_BLOCK
 * rows: for many kinds that was the number whose logarithm is wanted. */
void feature_finish(enum feature_kind kind, double *x);

/* The parts that values from the text and from the table have in common. */
double feature_clamp(double x, uint32_t f, struct feature_scratch *scratch);
void feature_clamp_all(double *x, uint32_t n, uint32_t f, struct feature_scratch *scratch);
double feature_of_numbers(const struct plan_feature *pf, double a, double b);
double feature_of_time(const struct plan_feature *pf, int64_t us, struct time_cache *zone);

/* ---- typed.c: features of columns that the table holds ---- */

/* Whether a feature is of columns that a table keeps, going by their names. */
bool typed_covers(const struct feature *f);

/* Marks the features that need no text because the table has all of their columns. */
void typed_bind(struct plan *p, const struct table *t);

/* What such a feature is in the rows first .. first + n - 1, as feature_value would say it. */
void typed_read(const struct plan *p, uint32_t f, const struct table *t, uint64_t first, uint32_t n,
                double *x, struct feature_scratch *scratch);

/* ---- foreseen.c: features that were computed while the table was loaded ---- */

/* Takes the table's wanted numbers, marks the features that they are, and gives all features the columns
 * that were kept for them. When they are not all that the text is needed for, or values must be `wide`,
 * they are dropped. */
void foreseen_bind(struct plan *p, const struct table *t, bool wide);
void foreseen_release(struct plan *p); /* drops what has not been joined */

/* Makes the raw values of all rows, of which those features have theirs. False, and they are dropped, when
 * there are none or no memory: the text is then read for them, which takes longer and less memory. */
bool foreseen_join(struct plan *p, uint64_t n_rows, struct matrix *raw) WARN_UNUSED;

/* ---- kept.c: the matrix of an earlier run ---- */

struct matrix_key *matrix_key_new(const struct recipe *r, const struct expr_env *env,
                                  const struct scope *scope) WARN_UNUSED; /* NULL on memory */
void matrix_key_free(struct matrix_key *key);                             /* NULL is fine */

/* The table's kept matrix, when it has this key; one with another is freed. */
bool kept_take(struct matrix *m, const struct table *t, const struct matrix_key *key) WARN_UNUSED;

/* One raw value per observation: a plan feature, or one dimension of a one-hot feature. */
struct slot {
    uint32_t feature; /* plan feature */
    uint32_t column;  /* of the raw values */
    int32_t dim;      /* dimension of a one-hot feature whose means were taken; else -1 */
    bool category;    /* raw values are category numbers */
    uint64_t missing; /* observations without a value */
};

/* ---- group.c ---- */

/* Numbers groups of rows (unit pair or host) by their first row. obs_of_row holds OBS_NONE for rows
 * that take no part and is filled in for the others. Errors: ERR_LIMIT, ERR_CANCELLED. */
int group_rows(const struct table *t, enum unit unit, uint32_t *obs_of_row, uint64_t *n_groups,
               struct job *job, struct err *err) WARN_UNUSED;

/* One value per group and slot, from those of its rows, missing ones left out: NaN when all are
 * missing. The mean, or what an aggregate says; of double elements when `wide`. */
int group_values(const struct plan *p, const struct matrix *rows, const uint32_t *obs_of_row,
                 uint64_t n_groups, const struct slot *slot, uint32_t n_slots, bool wide,
                 struct matrix *out, struct parallel *pool, struct job *job,
                 struct err *err) WARN_UNUSED;

/* ---- scale.c ---- */

/* Fills data, dim and feature of m (n is set) from the raw values of the observations: counts the
 * missing values of each slot, treats them, drops what says nothing, scales. The raw values are
 * consumed: their room becomes that of m, or is given back while m is written; the caller frees
 * what is left of it. Errors: ERR_DATA, ERR_LIMIT, ERR_CANCELLED. */
int scale_build(struct matrix *m, const struct plan *p, const struct recipe *r, struct matrix *raw,
                struct slot *slot, uint32_t n_slots, struct parallel *pool, struct job *job,
                struct err *err) WARN_UNUSED;

static inline uint64_t blocks_of(const struct matrix *m)
{
    return m->n / MATRIX_BLOCK + (m->n % MATRIX_BLOCK != 0);
}

static inline void matrix_set(struct matrix *m, uint64_t i, uint32_t j, double x)
{
    size_t at = matrix_at(m, i, j);
    if (m->wide)
        ((double *)m->data)[at] = x;
    else
        ((float *)m->data)[at] = (float)x;
}

/* Room for n x d elements, zeroed behind the last observation. -1 on memory. */
int matrix_room(struct matrix *m, uint64_t n, uint32_t d, bool wide) WARN_UNUSED;

#endif
