/* Private to expr_parse.c, expr_bind.c and expr_eval.c: the tree. */
#ifndef MINNOW_RECIPE_EXPR_IMPL_H
#define MINNOW_RECIPE_EXPR_IMPL_H

#include <math.h>

#include "core/recipe/expr.h"

enum expr_op { OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE, OP_HAS };

enum expr_kind { EXPR_AND, EXPR_OR, EXPR_NOT, EXPR_TEST };

enum expr_subject {
    SUBJECT_COLUMN, /* one column, or either of two: true when one passes */
    SUBJECT_ANY,    /* any column of the row, as text */
    SUBJECT_HOUR,
    SUBJECT_WEEKDAY,
    SUBJECT_DIR,
};

enum expr_dir { DIR_IN, DIR_OUT, DIR_INSIDE, DIR_OUTSIDE };

/* One of the values behind an operator. */
struct expr_value {
    struct span text; /* unquoted; points into the expression's own texts */
    uint32_t column;  /* 1-based place in the expression */
    bool quoted;
    bool unset;      /* the word unset */
    double number;   /* bound: numbers, times in us, bools, hours, weekdays, directions */
    struct cidr net; /* bound: addresses */
};

struct expr_node {
    enum expr_kind kind;
    uint32_t left, right; /* node numbers; NOT uses left */
    /* EXPR_TEST */
    struct span field;     /* empty for a bare word */
    uint32_t field_column; /* place */
    enum expr_op op;
    uint32_t first_value, n_values;
    enum expr_subject subject; /* bound */
    uint32_t col[2];           /* bound: table columns */
    uint32_t n_cols;
    enum col_type type; /* bound */
};

struct expr {
    char *text;  /* as given; owned */
    char *arena; /* unquoted values; owned; as long as the text at most */
    size_t arena_len;
    struct expr_node *node;
    size_t n_nodes, nodes_cap;
    struct expr_value *value;
    size_t n_values, values_cap;
    uint32_t root;
    bool bound;
    /* bound */
    struct cidr *local;
    size_t n_local;
    int32_t role[N_ROLES]; /* columns of the schema */
    size_t n_columns;
};

/* ---- expr_eval.c ---- */

/* A test against one field. `!=` is asked as `=` and turned round by the caller. What a text contains
 * is asked of the text itself, whatever its type. */
bool expr_field_passes(const struct expr *e, const struct expr_node *test, enum expr_op op,
                       const struct field *f, struct expr_scratch *scratch);

/* The same against a number that is there. */
bool expr_number_passes(const struct expr *e, const struct expr_node *test, enum expr_op op,
                        double x);

/* Whether the word unset is among the test's values. */
bool expr_has_unset(const struct expr *e, const struct expr_node *test);

/* The number that a time is to a test of hours or weekdays. */
double expr_time_number(const struct expr_node *test, int64_t us, struct expr_scratch *scratch);

bool expr_addr_is_inside(const struct expr *e, const struct addr *addr);
double expr_direction(bool orig_inside, bool resp_inside); /* enum expr_dir */

/* Intervals compare in whole microseconds, so that 0.30000000000000004 is 0.3. */
static inline double expr_interval(double seconds)
{
    return round(seconds * 1e6);
}

#endif
