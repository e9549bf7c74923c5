/* A recipe while it is being changed: its features as lines that can be switched off and weighed,
 * and behind them those that the log would have for it.
 *
 * The recipe that a draft was made from is not touched; draft_recipe makes one from what stands
 * there. Names of fields are bytes of the log. */
#ifndef MINNOW_TUI_MODEL_DRAFT_H
#define MINNOW_TUI_MODEL_DRAFT_H

#include "core/recipe/recipe.h"
#include "core/table/schema.h"

#define DRAFT_MIN_WEIGHT (1.0 / 1024)

struct draft_line {
    struct feature feature; /* owned */
    bool on;
    bool offered;  /* never was part of the recipe */
    char *lacking; /* fields that the log lacks: "service, ts"; NULL when it has all; owned */
};

struct draft {
    struct recipe recipe; /* without features; owned */
    struct draft_line *line;
    size_t n;
    bool changed; /* not what it was made from */
};

/* Errors of all: ERR_USAGE with a sentence for the user, the draft is then as before; ERR_LIMIT,
 * when a part of a change may stand. */
int draft_init(struct draft *d, const struct recipe *r, const struct schema *schema,
               struct err *err) WARN_UNUSED;
void draft_release(struct draft *d);

/* Features that are on, and those of them that the log has the fields for. */
size_t draft_on(const struct draft *d);
size_t draft_usable(const struct draft *d);

/* Switches a line on or off. One stays on. */
int draft_switch(struct draft *d, size_t at, struct err *err) WARN_UNUSED;

/* Twice the weight, or half of it. */
int draft_weigh(struct draft *d, size_t at, bool more, struct err *err) WARN_UNUSED;

/* Adds a list of features, written as in --features, behind the recipe's own; one that is off or
 * offered is taken, with the weight it is given here. All or none. *at is the last one's line. */
int draft_add(struct draft *d, const char *list, const struct schema *schema, size_t *at,
              struct err *err) WARN_UNUSED;

int draft_remove(struct draft *d, size_t at, struct err *err) WARN_UNUSED;

/* Changes that are made to d->recipe itself are told here. */
int draft_touch(struct draft *d, struct err *err) WARN_UNUSED;

/* The recipe as it stands. The caller releases it. */
int draft_recipe(const struct draft *d, struct recipe *out, struct err *err) WARN_UNUSED;

/* What a recipe that was changed is called: its name and this, once. */
#define DRAFT_SUFFIX " (changed)"

/* What a kind of feature says about a row, in at most 32 columns; "" for none. */
const char *feature_words(enum feature_kind kind);

#endif
