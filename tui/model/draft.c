/* A recipe while it is being changed; see draft.h. */
#include "tui/model/draft.h"

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/recipe/auto.h"

const char *feature_words(enum feature_kind kind)
{
    static const char *const words[N_FEATURES] = {
        [FEATURE_NUM] = "the number as it is",
        [FEATURE_LOG] = "its size, on a log scale",
        [FEATURE_ONEHOT] = "a mark of its own for each value",
        [FEATURE_CODE] = "its characters as a number",
        [FEATURE_RATIO] = "which of the two is bigger",
        [FEATURE_RATE] = "one per the other, on a log scale",
        [FEATURE_RARITY] = "how rare its value is",
        [FEATURE_LENGTH] = "how long its text is, log scale",
        [FEATURE_HOUR] = "the time of day, as a circle",
        [FEATURE_WEEKDAY] = "the day of the week, as a circle",
        [FEATURE_PORT_CLASS] = "system, registered or high port",
        [FEATURE_SD] = "how far a group's values stray",
        [FEATURE_SUM] = "a group's sum, on a log scale",
        [FEATURE_MAX] = "a group's biggest, on a log scale",
        [FEATURE_SPAN] = "a group's smallest to its biggest",
        [FEATURE_PAIR_COUNT] = "how often the pair connects",
        [FEATURE_PAIR_GAP] = "the pair's usual pause",
        [FEATURE_REGULARITY] = "how even the pair's pauses are",
        [FEATURE_GAP_SPREAD] = "how far the pair's pauses stray",
        [FEATURE_FANOUT_HOSTS] = "hosts that its source talks to",
        [FEATURE_FANOUT_PORTS] = "ports that its source talks to",
        [FEATURE_FAILED] = "failed share of the pair's TCP",
        [FEATURE_POPULARITY] = "sources that talk to its target",
        [FEATURE_SOURCE_BYTES] = "bytes that its source sent in all",
        [FEATURE_AUTO] = "what suits the log's columns",
    };
    return kind < N_FEATURES && words[kind] != NULL ? words[kind] : "";
}

/* ---- lines ---- */

static void line_release(struct draft_line *l)
{
    feature_release(&l->feature);
    mem_free(l->lacking);
    l->lacking = NULL;
}

/* Fills a line with a copy of the feature. */
static int line_init(struct draft_line *l, const struct feature *f, const struct schema *schema,
                     struct err *err)
{
    struct buf lacking = BUF_INIT;
    *l = (struct draft_line){.lacking = NULL};
    if (feature_copy(&l->feature, f, err) != 0)
        return -1;
    if (!feature_fits(f, schema, &lacking)) {
        l->lacking = buf_take(&lacking);
        if (l->lacking == NULL) {
            feature_release(&l->feature);
            return err_memory(err, "the recipe");
        }
    }
    buf_release(&lacking);
    return 0;
}

static int insert(struct draft *d, size_t at, const struct draft_line *l, struct err *err)
{
    void *list = mem_resize(d->line, d->n + 1, sizeof *d->line);
    if (list == NULL)
        return err_memory(err, "the recipe");
    d->line = list;
    memmove(d->line + at + 1, d->line + at, (d->n - at) * sizeof *d->line);
    d->line[at] = *l;
    d->n++;
    return 0;
}

static int append(struct draft *d, const struct feature *f, const struct schema *schema,
                  bool offered, struct err *err)
{
    struct draft_line l;
    if (line_init(&l, f, schema, err) != 0)
        return -1;
    l.on = !offered;
    l.offered = offered;
    if (insert(d, d->n, &l, err) == 0)
        return 0;
    line_release(&l);
    return -1;
}

/* ---- what the log would have ---- */

/* The same feature, also where the field has another name in the recipe. */
static bool stands_for(const struct feature *have, const struct feature *f,
                       const struct schema *schema)
{
    if (have->kind != f->kind)
        return false;
    for (int i = 0; i < feature_kind_args(f->kind); i++)
        if (strcmp(have->arg[i], f->arg[i]) != 0 &&
            (schema_find(schema, span_of(have->arg[i])) < 0 ||
             schema_find(schema, span_of(have->arg[i])) != schema_find(schema, span_of(f->arg[i]))))
            return false;
    return true;
}

/* Offers a feature unless it is there, cannot be written, or lacks a field. */
static int offer(struct draft *d, struct span text, const struct schema *schema, struct err *err)
{
    struct err unwritten = ERR_INIT;
    struct feature f;
    int rc = 0;
    bool there = false;
    if (feature_parse(&f, text, &unwritten) != 0)
        return unwritten.code == ERR_LIMIT ? err_memory(err, "the recipe") : 0;
    for (size_t i = 0; i < d->n && !there; i++)
        there = stands_for(&d->line[i].feature, &f, schema);
    if (!there && feature_fits(&f, schema, NULL))
        rc = append(d, &f, schema, true, err);
    feature_release(&f);
    return rc;
}

static int offer_kind(struct draft *d, enum feature_kind kind, const char *field,
                      const struct schema *schema, struct err *err)
{
    struct buf text = BUF_INIT;
    int rc;
    buf_add_text(&text, feature_kind_name(kind));
    if (field != NULL)
        buf_printf(&text, "(%s)", field);
    rc = text.failed ? err_memory(err, "the recipe") : offer(d, buf_span(&text), schema, err);
    buf_release(&text);
    return rc;
}

/* What says most about a field of this kind; up to two. */
static int kinds_for(const struct column *col, enum feature_kind kind[2])
{
    kind[0] = FEATURE_RARITY;
    switch (col->type) {
    case COL_TIME:
        kind[0] = FEATURE_HOUR;
        kind[1] = FEATURE_WEEKDAY;
        return 2;
    case COL_COUNT:
    case COL_INT:
    case COL_DOUBLE:
    case COL_INTERVAL:
        kind[0] = FEATURE_LOG;
        return 1;
    case COL_PORT:
        kind[1] = FEATURE_PORT_CLASS;
        return 2;
    case COL_ENUM:
    case COL_BOOL:
        kind[0] = FEATURE_ONEHOT;
        return 1;
    case COL_STRING:
        if (col->role == ROLE_UID) /* no two are equal */
            return 0;
        if (col->role == ROLE_SERVICE || col->role == ROLE_CONN_STATE)
            kind[0] = FEATURE_ONEHOT;
        return 1;
    case COL_ADDR:
    case COL_SUBNET:
    case COL_SET:
        return 1;
    }
    return 0;
}

static int offer_column(struct draft *d, const struct schema *schema, size_t column,
                        struct err *err)
{
    const char *name = column_shown(&schema->col[column]);
    enum feature_kind kind[2];
    int n = kinds_for(&schema->col[column], kind);
    if (!recipe_can_name(name) || schema_find(schema, span_of(name)) != (int)column)
        return 0;
    for (int i = 0; i < n; i++)
        if (offer_kind(d, kind[i], name, schema, err) != 0)
            return -1;
    return 0;
}

/* ---- life ---- */

int draft_init(struct draft *d, const struct recipe *r, const struct schema *schema,
               struct err *err)
{
    memset(d, 0, sizeof *d);
    if (recipe_copy(&d->recipe, r, err) != 0)
        return -1;
    recipe_drop_features(&d->recipe);
    for (size_t i = 0; i < r->n_features; i++)
        if (append(d, &r->feature[i], schema, false, err) != 0)
            goto fail;
    for (int kind = 0; kind < N_FEATURES; kind++)
        if (kind != FEATURE_AUTO && feature_kind_args((enum feature_kind)kind) == 0 &&
            offer_kind(d, (enum feature_kind)kind, NULL, schema, err) != 0)
            goto fail;
    for (size_t i = 0; i < schema->n; i++)
        if (offer_column(d, schema, i, err) != 0)
            goto fail;
    return 0;
fail:
    draft_release(d);
    return -1;
}

void draft_release(struct draft *d)
{
    recipe_release(&d->recipe);
    for (size_t i = 0; i < d->n; i++)
        line_release(&d->line[i]);
    mem_free(d->line);
    memset(d, 0, sizeof *d);
}

/* ---- changes ---- */

size_t draft_on(const struct draft *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++)
        n += d->line[i].on;
    return n;
}

size_t draft_usable(const struct draft *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++)
        n += d->line[i].on && d->line[i].lacking == NULL;
    return n;
}

int draft_touch(struct draft *d, struct err *err)
{
    struct buf name = BUF_INIT;
    size_t len = strlen(d->recipe.name), end = sizeof DRAFT_SUFFIX - 1;
    int rc;
    d->changed = true;
    if (len >= end && strcmp(d->recipe.name + len - end, DRAFT_SUFFIX) == 0)
        return 0;
    buf_printf(&name, "%s%s", d->recipe.name, DRAFT_SUFFIX);
    rc = name.failed ? err_memory(err, "the recipe")
                     : recipe_rename(&d->recipe, buf_text(&name), d->recipe.path, err);
    buf_release(&name);
    return rc;
}

/* Whether the line may go without leaving nothing. */
static int spare(const struct draft *d, size_t at, struct err *err)
{
    if (d->line[at].on && draft_on(d) == 1)
        return err_set(err, ERR_USAGE, "one feature has to stay on");
    return 0;
}

int draft_switch(struct draft *d, size_t at, struct err *err)
{
    struct draft_line *l = &d->line[at];
    if (spare(d, at, err) != 0)
        return -1;
    if (!l->on && draft_on(d) == RECIPE_MAX_FEATURES)
        return err_set(err, ERR_USAGE, "a recipe has at most %d features", RECIPE_MAX_FEATURES);
    if (draft_touch(d, err) != 0)
        return -1;
    l->on = !l->on;
    return 0;
}

int draft_weigh(struct draft *d, size_t at, bool more, struct err *err)
{
    double weight = d->line[at].feature.weight * (more ? 2 : 0.5);
    if (weight > FEATURE_MAX_WEIGHT || weight < DRAFT_MIN_WEIGHT)
        return err_set(err, ERR_USAGE, "weights go from 1/%d to %.0f here",
                       (int)(1 / DRAFT_MIN_WEIGHT), FEATURE_MAX_WEIGHT);
    if (draft_touch(d, err) != 0)
        return -1;
    return feature_set_weight(&d->line[at].feature, weight, err);
}

static size_t line_of(const struct draft *d, const struct feature *f)
{
    size_t at = 0;
    while (at < d->n && !feature_same(&d->line[at].feature, f))
        at++;
    return at;
}

static void take_out(struct draft *d, size_t at)
{
    line_release(&d->line[at]);
    d->n--;
    memmove(d->line + at, d->line + at + 1, (d->n - at) * sizeof *d->line);
}

/* Puts one on: in the place where it stands already, else behind the recipe's own. */
static int put(struct draft *d, const struct feature *f, const struct schema *schema, size_t *at,
               struct err *err)
{
    struct draft_line l;
    size_t old = line_of(d, f);
    if (line_init(&l, f, schema, err) != 0)
        return -1;
    l.on = true;
    if (old < d->n && !d->line[old].offered) {
        line_release(&d->line[old]);
        d->line[old] = l;
        *at = old;
        return 0;
    }
    for (*at = d->n; *at > 0 && d->line[*at - 1].offered && !d->line[*at - 1].on;)
        --*at;
    if (insert(d, *at, &l, err) != 0) {
        line_release(&l);
        return -1;
    }
    if (old + 1 < d->n) {
        take_out(d, old < *at ? old : old + 1);
        *at -= old < *at;
    }
    return 0;
}

int draft_add(struct draft *d, const char *list, const struct schema *schema, size_t *at,
              struct err *err)
{
    struct recipe more = {.n_features = 0};
    size_t on = draft_on(d);
    int rc = -1;
    if (recipe_set_features(&more, list, err) != 0)
        return -1;
    for (size_t i = 0; i < more.n_features; i++) {
        size_t old = line_of(d, &more.feature[i]);
        if (old < d->n && d->line[old].on) {
            (void)err_set(err, ERR_USAGE, "%.80s is on already", d->line[old].feature.text);
            goto out;
        }
    }
    if (on + more.n_features > RECIPE_MAX_FEATURES) {
        (void)err_set(err, ERR_USAGE, "a recipe has at most %d features", RECIPE_MAX_FEATURES);
        goto out;
    }
    if (draft_touch(d, err) != 0)
        goto out;
    for (size_t i = 0; i < more.n_features; i++)
        if (put(d, &more.feature[i], schema, at, err) != 0)
            goto out;
    rc = 0;
out:
    recipe_drop_features(&more);
    return rc;
}

int draft_remove(struct draft *d, size_t at, struct err *err)
{
    if (d->line[at].offered && !d->line[at].on)
        return err_set(err, ERR_USAGE, "this one is only offered");
    if (spare(d, at, err) != 0 || draft_touch(d, err) != 0)
        return -1;
    take_out(d, at);
    return 0;
}

int draft_recipe(const struct draft *d, struct recipe *out, struct err *err)
{
    if (draft_on(d) == 0)
        return err_set(err, ERR_USAGE, "one feature has to stay on");
    if (recipe_copy(out, &d->recipe, err) != 0)
        return -1;
    for (size_t i = 0; i < d->n; i++)
        if (d->line[i].on && recipe_append(out, &d->line[i].feature, err) != 0) {
            recipe_release(out);
            return -1;
        }
    return 0;
}
