/* The one expression language: --where, recipes and the `&` line.
 *
 *   or := and { "or" and }     and := not { "and" not }     not := [ "not" ] ( "(" or ")" | test )
 *   test := FIELD op VALUE { "," VALUE }        op := = != < <= > >= ~
 *
 * Parsing knows no table; binding resolves names against a schema; evaluating needs a row. An
 * expression is immutable after binding: any thread may evaluate it, each with its own scratch. */
#ifndef MINNOW_RECIPE_EXPR_H
#define MINNOW_RECIPE_EXPR_H

#include "core/table/table.h"

#define EXPR_MAX_BYTES 4096
#define EXPR_MAX_DEPTH 64

struct expr;

enum expr_style {
    EXPR_STRICT, /* the language as above */
    EXPR_SUGAR,  /* the `&` line: a blank is `and`, `:` is `=`, a leading `-` is `not`, a bare word
                    is contained anywhere */
};

/* Parses. Errors: ERR_USAGE with err->column at the place (1-based byte in text) and one sentence.
 */
struct expr *expr_parse(struct span text, enum expr_style style, struct err *err) WARN_UNUSED;
void expr_free(struct expr *e);

struct expr_env {
    const struct cidr *local; /* --local; NULL for the default meaning of "inside" */
    size_t n_local;
};

/* Resolves the fields. Virtual fields: addr port bytes (either side), src dst, hour weekday, dir.
 * An unknown field or a value that can't be of the field's type is ERR_USAGE with the column. `env`
 * is copied. */
int expr_bind(struct expr *e, const struct schema *schema, const struct expr_env *env,
              struct err *err) WARN_UNUSED;

struct expr_scratch {
    struct buf decode;
    struct time_cache zone;
};
void expr_scratch_release(struct expr_scratch *s);

/* True when the row passes. A missing value makes every test false except `!=` and `= unset`; a
 * value that is none of its column's type is missing too, and only `~` still finds it by its text.
 * `field` has one entry per schema column (struct row.field). */
bool expr_eval(const struct expr *e, const struct field *field, struct expr_scratch *scratch);

/* Whether a bound expression looks at the clock: hour or weekday, which depend on the zone. */
bool expr_tells_time(const struct expr *e);

/* Two lines for a terminal: the expression and a caret below the column. For EXPR_MAX_BYTES and
 * hostile text alike; cleaned. */
void expr_caret(struct buf *out, struct span text, uint32_t column);

#endif
