/* Private to core/query: histogram.c (cells, from a matrix), histogram_rows.c (the same from rows, without
 * one) and histogram_units.c (what is known of a recipe's features). */
#ifndef MINNOW_QUERY_HISTOGRAM_IMPL_H
#define MINNOW_QUERY_HISTOGRAM_IMPL_H

#include "core/crew.h"
#include "core/query/histogram.h"
#include "core/recipe/values.h"

#define LOOK_UP     2048
#define LEAST_POWER (-7)
#define MOST_POWER  16

/* ---- how a feature's values are found ---- */

enum how { BY_VALUE, BY_CIRCLE, BY_MARKS };

struct sorting {
    enum how how;
    uint32_t dim, n_dims;              /* the value's; of marks the first, and how many */
    int64_t mark;                      /* dimension that marks missing values, or -1 .. */
    double marked;                     /* .. where it is above this; scaled */
    bool logarithm;                    /* the value is log1p of what is shown */
    bool exponent;                     /* the value is the logarithm of what is shown */
    double least, most, least_above_0; /* scaled */
    double zero;                       /* scaled: what is above is not 0 */
    double edge[HISTOGRAM_CELLS + 1];  /* scaled */
    double origin, per_unit;           /* of the table below */
    uint8_t look_up[LOOK_UP + 1];
    uint64_t first_bits; /* not 0: the table goes by the first bits of a number, from these on */
    uint8_t class_of[VALUES_PARTS]; /* with rows: the cell of each mark, or HISTOGRAM_MISSING */
};

struct building {
    struct histograms *out;
    const struct clustering *c;
    const struct table *t;
    const struct matrix *m;
    struct sorting *sorting; /* by feature */
    struct job *job;
    struct crew crew;
    struct part *part;
    bool
        rows; /* values come from the rows of the table, as they are; m has their dimensions alone */
    uint32_t place[RECIPE_MAX_FEATURES]; /* with rows: which one a feature of the recipe is */
};

/* ---- histogram_cells.c ---- */

double histogram_scaled(const struct dim *d, double x);

/* What is above this is not 0; scaled. */
double histogram_above_zero(const struct building *b, const struct sorting *s);

/* Makes the cells of a feature whose range is known. */
void histogram_make_cells(struct building *b, uint32_t f);

/* From rows: leaves out the powers of ten below and above all values. */
void histogram_cut_cells(struct histogram *h, uint32_t k, uint8_t *code, uint64_t n_obs);

uint8_t histogram_cell(const struct sorting *s, uint32_t n, double x);

/* Of a point on the circle that hours and days are: n cells. */
uint8_t histogram_turn(double y, double x, uint32_t n);

/* ---- histogram_rows.c ---- */

/* What the dimensions of a clustering are before they are scaled; missing values are not marked. The names
 * are the clustering's; free `dim`. Errors: ERR_LIMIT. */
int histogram_rows_dims(struct matrix *m, const struct clustering *c, struct err *err) WARN_UNUSED;

/* Cells of all rows, for features that are listed and have cells. Errors: as histograms_build. */
int histogram_rows_sort(struct building *b, struct err *err) WARN_UNUSED;

/* ---- histogram_units.c ---- */

enum histogram_unit histogram_unit_of(const struct table *t, const struct recipe *r,
                                      const struct feature *f);

/* A field's name for a number or a kind of it; else as the recipe writes the feature. NULL on memory;
 * owned by the caller. */
char *histogram_name_of(const struct feature *f);

#endif
