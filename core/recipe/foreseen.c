/* See foreseen.h.
 *
 * DESIGN
 * 1. Early features are evaluated by the same functions as those of rows that are read again: a plan
 *    of their own, whose columns are numbers of wanted inputs, stands behind them.
 * 2. Whether they may be used is only known when the recipe is bound to the whole table. They must
 *    then be of the same columns, read as the same types, and no other feature may need the text. */
#include "core/recipe/foreseen.h"

#include "core/base/mem.h"
#include "core/recipe/plan.h"

#define UNBOUND UINT32_MAX

struct foreseen {
    struct wanted wanted;
    struct recipe recipe; /* what the plan's features point into; owned */
    struct plan plan;     /* feature number g is wanted number g; its columns are inputs */
    uint32_t
        column_of[RECIPE_MAX_FEATURES]; /* of a recipe's feature, in the raw values: its first */
    const char *input[WANTED_MAX_INPUTS];
    uint32_t column[WANTED_MAX_INPUTS]; /* of the table, or UNBOUND */
    enum col_type type[WANTED_MAX_INPUTS];
};

_Static_assert(WANTED_LANES == MATRIX_BLOCK, "wanted numbers stand as in a matrix");
_Static_assert(WANTED_MAX >= RECIPE_MAX_FEATURES, "one number for each feature");
_Static_assert(TABLE_BLOCK_ROWS % MATRIX_BLOCK == 0, "rooms are whole blocks");
_Static_assert(WANTED_MAX_INPUTS >= 2 * RECIPE_MAX_FEATURES, "two columns for each feature");

static struct foreseen *foreseen_of(struct wanted *w)
{
    return (struct foreseen *)(void *)w; /* its first member */
}

static void foreseen_free(struct wanted *w)
{
    struct foreseen *e = foreseen_of(w);
    recipe_release(&e->recipe);
    mem_free(e);
}

static void *scratch_new(void)
{
    return mem_zalloc(1, sizeof(struct feature_scratch));
}

static void scratch_free(void *scratch)
{
    struct feature_scratch *s = scratch;
    if (s != NULL)
        buf_release(&s->decode);
    mem_free(s);
}

static void bind(struct wanted *w, uint32_t input, uint32_t column, enum col_type type)
{
    struct foreseen *e = foreseen_of(w);
    if (e->column[input] == UNBOUND) {
        e->column[input] = column;
        e->type[input] = type;
        for (uint32_t g = 0; g < e->plan.n; g++)
            for (int a = 0; a < 2; a++)
                if (e->plan.feature[g].column[a] == input)
                    e->plan.feature[g].type[a] = type;
    }
    if (e->column[input] != column || e->type[input] != type)
        atomic_store(&w->unfit, true);
}

static void row(struct wanted *w, void *scratch, const struct field *input, double *out)
{
    struct foreseen *e = foreseen_of(w);
    struct feature_scratch *s = scratch;
    for (uint32_t g = 0; g < e->plan.n; g++) {
        out[g] = feature_value(&e->plan, g, input, s);
        /* What is clamped has to be counted and told, which only a reading of all rows can. */
        if (s->clamped[g] > 0 || s->decode.failed)
            atomic_store(&w->unfit, true);
    }
}

static void finish(const struct wanted *w, uint32_t number, double *x)
{
    const struct foreseen *e = (const struct foreseen *)(const void *)w;
    feature_finish(e->plan.feature[number].feature->kind, x);
}

/* The number of an input, added when it is new. */
static uint32_t input_number(struct foreseen *e, const char *name)
{
    for (uint32_t i = 0; i < e->wanted.n_inputs; i++)
        if (strcmp(e->input[i], name) == 0)
            return i;
    e->input[e->wanted.n_inputs] = name;
    e->column[e->wanted.n_inputs] = UNBOUND;
    return e->wanted.n_inputs++;
}

static bool reads_own_text(enum feature_kind kind)
{
    return kind == FEATURE_NUM || kind == FEATURE_LOG || kind == FEATURE_RATIO ||
           kind == FEATURE_RATE || kind == FEATURE_CODE || kind == FEATURE_LENGTH;
}

/* Whether a feature is a number as it stands, or the logarithm of that, which comes when it is stored. */
static bool is_lone(enum feature_kind kind)
{
    return kind == FEATURE_NUM || kind == FEATURE_LOG;
}

/* Lists the features that need the text, and where in a row's values there is room for each. False when
 * one of them cannot be early, or none does. */
static bool list_features(struct foreseen *e)
{
    for (size_t i = 0; i < e->recipe.n_features; i++) {
        const struct feature *f = &e->recipe.feature[i];
        struct plan_feature *pf = &e->plan.feature[e->plan.n];
        e->column_of[i] = e->wanted.width;
        e->wanted.width += feature_parts(f->kind);
        if (feature_is_behaviour(f->kind) || typed_covers(f))
            continue;
        if (!reads_own_text(f->kind))
            return false;
        *pf = (struct plan_feature){.feature = f, .number = (uint32_t)i, .proto_column = -1};
        for (size_t a = 0; a < ARRAY_LEN(f->arg) && f->arg[a] != NULL; a++)
            pf->column[a] = input_number(e, f->arg[a]);
        e->wanted.place[e->plan.n] = e->column_of[i];
        e->wanted.lone[e->plan.n] = is_lone(f->kind) ? (int32_t)pf->column[0] : -1;
        e->plan.n++;
    }
    return e->plan.n > 0;
}

struct wanted *foreseen_new(const struct recipe *r)
{
    struct foreseen *e;
    struct err unused = ERR_INIT;
    if (r->where[0] != '\0' || r->scale == SCALE_NONE || r->n_features > RECIPE_MAX_FEATURES)
        return NULL;
    e = mem_zalloc(1, sizeof *e);
    if (e == NULL)
        return NULL;
    if (recipe_copy(&e->recipe, r, &unused) != 0 || !list_features(e)) {
        foreseen_free(&e->wanted);
        return NULL;
    }
    e->wanted.n = e->plan.n;
    e->wanted.rooms_a_piece = WANTED_PIECE;
    e->wanted.input = e->input;
    e->wanted.bind = bind;
    e->wanted.scratch_new = scratch_new;
    e->wanted.scratch_free = scratch_free;
    e->wanted.row = row;
    e->wanted.finish = finish;
    e->wanted.free = foreseen_free;
    atomic_init(&e->wanted.unfit, false);
    return &e->wanted;
}

/* ---- using them ---- */

/* The wanted number that is a plan's feature, or UNBOUND. */
static uint32_t find(const struct foreseen *e, const struct plan_feature *pf)
{
    for (uint32_t g = 0; g < e->plan.n; g++) {
        const struct plan_feature *of = &e->plan.feature[g];
        bool same = feature_same(of->feature, pf->feature);
        for (int a = 0; same && a < feature_kind_args(pf->feature->kind); a++)
            same =
                e->column[of->column[a]] == pf->column[a] && e->type[of->column[a]] == pf->type[a];
        if (same)
            return g;
    }
    return UNBOUND;
}

/* Whether the recipe is the one that was foreseen, and all that needs the text is there; then the features
 * say where. */
static bool fits(struct plan *p, const struct foreseen *e)
{
    for (uint32_t f = 0; f < p->n; f++) {
        struct plan_feature *pf = &p->feature[f];
        if (pf->number >= e->recipe.n_features ||
            !feature_same(&e->recipe.feature[pf->number], pf->feature) ||
            (pf->source == FROM_TEXT && find(e, pf) == UNBOUND))
            return false;
    }
    for (uint32_t f = 0; f < p->n; f++) {
        struct plan_feature *pf = &p->feature[f];
        pf->raw = e->column_of[pf->number] + pf->part;
        if (pf->source == FROM_TEXT)
            pf->source = FROM_LOADED;
    }
    p->n_raw = e->wanted.width;
    return true;
}

void foreseen_bind(struct plan *p, const struct table *t, bool wide)
{
    p->foreseen = table_take_wanted(t);
    if (p->foreseen == NULL)
        return;
    if (wide || p->where != NULL || !fits(p, foreseen_of(p->foreseen)))
        foreseen_release(p);
}

bool foreseen_join(struct plan *p, uint64_t n_rows, struct matrix *raw)
{
    void *data = p->foreseen == NULL ? NULL : wanted_join(p->foreseen, &raw->mapped);
    if (data == NULL) {
        for (uint32_t f = 0; f < p->n; f++)
            if (p->feature[f].source == FROM_LOADED)
                p->feature[f].source = FROM_TEXT;
        foreseen_release(p);
        return false;
    }
    raw->data = data;
    raw->n = n_rows;
    raw->d = p->n_raw;
    raw->wide = false;
    return true;
}

void foreseen_release(struct plan *p)
{
    if (p->foreseen != NULL)
        wanted_drop(p->foreseen);
    p->foreseen = NULL;
}
