/* A recipe: what is clustered and by what, as a value. See minnow-recipe(5) for the file format. */
#ifndef MINNOW_RECIPE_RECIPE_H
#define MINNOW_RECIPE_RECIPE_H

#include "core/base/err.h"
#include "core/base/notices.h"
#include "core/base/span.h"

struct buf;

#define RECIPE_MAX_FEATURES 64
#define RECIPE_MAX_K        256
#define RECIPE_MAX_BYTES    ((size_t)64 << 10)

enum unit { UNIT_CONNECTION, UNIT_PAIR, UNIT_HOST };
enum scale { SCALE_STANDARD, SCALE_MINMAX, SCALE_NONE };
enum missing { MISSING_MARK, MISSING_ZERO, MISSING_DROP };
enum order { ORDER_SIZE, ORDER_SUSPICION };

/* What can make a cluster suspicious, see core/cluster/suspicion.h: id, word in recipes, on screen
 * and in reports. */
#define SUSPICIONS(X)                                                                              \
    X(REGULAR, "REGULAR")                                                                          \
    X(REFUSED, "REFUSED")                                                                          \
    X(UPLOAD, "UPLOAD")                                                                            \
    X(ODD, "ODD")

enum suspicion_part {
#define X(id, word) SUSPICION_##id,
    SUSPICIONS(X)
#undef X
        N_SUSPICIONS
};

/* name in a recipe, number of arguments */
#define FEATURES(X)                                                                                \
    X(NUM, "num", 1)                                                                               \
    X(LOG, "log", 1)                                                                               \
    X(ONEHOT, "onehot", 1)                                                                         \
    X(CODE, "code", 1)                                                                             \
    X(RATIO, "ratio", 2)                                                                           \
    X(RATE, "rate", 2)                                                                             \
    X(RARITY, "rarity", 1)                                                                         \
    X(LENGTH, "length", 1)                                                                         \
    X(HOUR, "hour", 1)                                                                             \
    X(WEEKDAY, "weekday", 1)                                                                       \
    X(PORT_CLASS, "port_class", 1)                                                                 \
    X(SD, "sd", 1)                                                                                 \
    X(SUM, "sum", 1)                                                                               \
    X(MAX, "max", 1)                                                                               \
    X(SPAN, "span", 1)                                                                             \
    X(PAIR_COUNT, "pair_count", 0)                                                                 \
    X(PAIR_GAP, "pair_gap", 0)                                                                     \
    X(REGULARITY, "regularity", 0)                                                                 \
    X(GAP_SPREAD, "gap_spread", 0)                                                                 \
    X(FANOUT_HOSTS, "fanout_hosts", 0)                                                             \
    X(FANOUT_PORTS, "fanout_ports", 0)                                                             \
    X(FAILED, "failed", 0)                                                                         \
    X(POPULARITY, "popularity", 0)                                                                 \
    X(SOURCE_BYTES, "source_bytes", 0)                                                             \
    X(AUTO, "auto", 0)

enum feature_kind {
#define X(id, name, args) FEATURE_##id,
    FEATURES(X)
#undef X
        N_FEATURES
};

struct feature {
    enum feature_kind kind;
    double weight; /* above 0; 1 when the recipe names none */
    char *arg[2];  /* field names; owned; NULL beyond the kind's number */
    char *text; /* canonical: "2 * log(orig_bytes)", "log(duration)"; owned; unique in a recipe */
    uint32_t line; /* in the recipe, 0 from the command line */
};

struct recipe {
    char *name;  /* "conn", or the file's base name; owned */
    char *path;  /* where it came from, for messages: "conn (built in)" or a path; owned */
    char *about; /* owned, "" when not said */
    char *log;   /* kind of log it is for ("conn"), "" for any; owned */
    enum unit unit;
    char *where;           /* expression, "" for all rows; owned */
    uint32_t where_option; /* 1-based byte of `where` from which on it is --where's; 0: nowhere */
    uint32_t
        where_line; /* of the file that says it, 0 when none does; a part may be the option's */
    uint32_t k, starts, max_iter;
    uint64_t seed;
    double tol; /* 0: until no label changes; else until the squared shift of every centroid is at
                   most tol */
    enum scale scale;
    enum missing missing;
    enum order order;
    unsigned suspicion;      /* which parts of it count: bits of enum suspicion_part; 0: all */
    struct feature *feature; /* owned */
    size_t n_features;
    struct recipe *otherwise; /* taken where the log is of another kind; owned; NULL: none */
    bool unasked;             /* nobody named it: the log chose it */
};

/* Defaults: k 7, seed 1, starts 4, tol 0, max_iter 300, unit connection, scale standard, missing
 * mark, order size, every part of suspicion. */
int recipe_init(struct recipe *r, struct err *err) WARN_UNUSED;
void recipe_release(struct recipe *r);
int recipe_copy(struct recipe *to, const struct recipe *from, struct err *err) WARN_UNUSED;

/* Parses a recipe's text. An unknown or repeated key, a bad value, a recipe without features:
 * ERR_USAGE as `path:line: sentence`. The expression in `where` is parsed too (its error names line
 * and column). */
int recipe_parse(struct recipe *r, const char *name, const char *path, struct span text,
                 struct err *err) WARN_UNUSED;

/* Finds and parses: a name with `/` is a file; else $XDG_CONFIG_HOME/minnow/recipes/NAME.recipe (or
 * ~/.config), else the built-in one. Errors: ERR_USAGE; for an unknown name the sentence lists the
 * known ones. */
int recipe_load(struct recipe *r, const char *name, struct err *err) WARN_UNUSED;

/* Names of the built-in recipes, NULL-terminated. */
const char *const *recipe_builtin_names(void);
/* Text of a built-in recipe, or NULL. Generated from data/recipes at build time. */
const char *recipe_builtin_text(const char *name);

/* Command-line overrides: each replaces its part. Lists split at top-level commas. Errors:
 * ERR_USAGE. */
int recipe_set_features(struct recipe *r, const char *list, struct err *err) WARN_UNUSED;
int recipe_set_unit(struct recipe *r, const char *text, struct err *err) WARN_UNUSED;
int recipe_set_scale(struct recipe *r, const char *text, struct err *err) WARN_UNUSED;
int recipe_set_missing(struct recipe *r, const char *text, struct err *err) WARN_UNUSED;
int recipe_set_where(struct recipe *r, const char *text, struct err *err) WARN_UNUSED;
int recipe_set_k(struct recipe *r, const char *text,
                 struct err *err) WARN_UNUSED; /* also starts, seed, max_iter: */
int recipe_set_starts(struct recipe *r, const char *text, struct err *err) WARN_UNUSED;
int recipe_set_seed(struct recipe *r, const char *text, struct err *err) WARN_UNUSED;
int recipe_set_max_iter(struct recipe *r, const char *text, struct err *err) WARN_UNUSED;

/* ---- features one at a time ---- */

/* "2 * log(orig_bytes)", alone. Errors: ERR_USAGE without a place, ERR_LIMIT. */
int feature_parse(struct feature *f, struct span text, struct err *err) WARN_UNUSED;
int feature_copy(struct feature *to, const struct feature *from, struct err *err) WARN_UNUSED;
void feature_release(struct feature *f);

/* Gives it another weight, and the text that goes with it. Errors: ERR_USAGE outside the range,
 * ERR_LIMIT. */
#define FEATURE_MAX_WEIGHT 1e6
int feature_set_weight(struct feature *f, double weight, struct err *err) WARN_UNUSED;

/* The same but for the weight: only one of the two can stand in a recipe. */
bool feature_same(const struct feature *a, const struct feature *b);

/* Whether a log has the fields that the feature needs; the names of those it lacks are added to a
 * comma-separated list, which may be NULL. plan.c. */
struct schema;
bool feature_fits(const struct feature *f, const struct schema *schema, struct buf *lacking);

/* Whether a feature is a number about a group's values, which single connections do not have. */
bool feature_is_aggregate(enum feature_kind kind);

/* Whether a feature is the log1p of a quantity, which expm1 of it is again. */
bool feature_is_logarithm(enum feature_kind kind);

/* What only shows when the recipe is complete. Errors: ERR_USAGE for a feature of groups in a
 * recipe of single connections, by its name. */
int recipe_check(const struct recipe *r, struct err *err) WARN_UNUSED;

/* A feature's copy becomes the last one. Errors: ERR_USAGE when it stands there already or when
 * there are too many; ERR_LIMIT. */
int recipe_append(struct recipe *r, const struct feature *f, struct err *err) WARN_UNUSED;
void recipe_drop_features(struct recipe *r);

/* Takes copies of the features of another recipe in place of its own. Errors: ERR_LIMIT. */
int recipe_take_features(struct recipe *r, const struct recipe *from, struct err *err) WARN_UNUSED;

/* Gives the recipe another name, and says where it is from. Errors: ERR_LIMIT. */
int recipe_rename(struct recipe *r, const char *name, const char *path,
                  struct err *err) WARN_UNUSED;

/* The recipe as a file that recipe_parse reads back equal; appended to out. */
void recipe_write(const struct recipe *r, struct buf *out);

const char *unit_name(enum unit u);       /* "connection" "pair" "host" */
const char *scale_name(enum scale s);     /* "standard" "minmax" "none" */
const char *missing_name(enum missing m); /* "mark" "zero" "drop" */
const char *order_name(enum order o);     /* "size" "suspicion" */
const char *suspicion_word(enum suspicion_part part);

/* The parts of suspicion that count, where a recipe names some: "REGULAR, UPLOAD"; else "". `out`
 * needs SUSPICION_TEXT bytes. Returns `out`. */
#define SUSPICION_TEXT 48
char *recipe_suspicion_text(const struct recipe *r, char *out, size_t size);
const char *feature_kind_name(enum feature_kind kind);
int feature_kind_args(enum feature_kind kind); /* how many fields it takes */

#endif
