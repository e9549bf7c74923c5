/* Binds a recipe to a log's columns. */
#include "core/recipe/plan.h"

#include "core/base/mem.h"
#include "core/base/number.h"

/* Appends a name to a comma-separated list unless it is there. */
static void list_add(struct buf *list, const char *name)
{
    struct span rest, want = span_of(name);
    if (list == NULL)
        return;
    rest = buf_span(list);
    while (rest.len > 0) {
        const char *comma = memchr(rest.ptr, ',', rest.len);
        size_t len = comma == NULL ? rest.len : (size_t)(comma - rest.ptr);
        if (span_eq(span_trim(span_make(rest.ptr, len)), want))
            return;
        rest = comma == NULL ? span_make(rest.ptr, 0)
                             : span_make(rest.ptr + len + 1, rest.len - len - 1);
    }
    if (list->len > 0)
        buf_add_text(list, ", ");
    buf_add_text(list, name);
}

/* What may be meant by a field that a feature asks for and the log lacks: not where it is a field that
 * Zeek knows, which this log has not. */
static char *hint_of(const struct feature *f, const struct schema *schema, char out[CLOSEST_HINT])
{
    out[0] = '\0';
    for (size_t a = 0; a < ARRAY_LEN(f->arg) && f->arg[a] != NULL && out[0] == '\0'; a++) {
        struct span name = span_of(f->arg[a]);
        struct closest c = schema_closest(schema, name);
        if (schema_find(schema, name) < 0 && role_of_name(name) == ROLE_NONE)
            closest_hint(&c, out);
    }
    return out;
}

/* Roles that a behaviour feature needs. */
static bool has_behaviour(enum feature_kind kind, const struct schema *schema, struct buf *lacking)
{
    static const struct {
        enum feature_kind kind;
        enum role role[3]; /* ROLE_NONE ends */
    } needs[] = {
        {FEATURE_PAIR_GAP, {ROLE_TS, ROLE_NONE}},
        {FEATURE_REGULARITY, {ROLE_TS, ROLE_NONE}},
        {FEATURE_GAP_SPREAD, {ROLE_TS, ROLE_NONE}},
        {FEATURE_FANOUT_PORTS, {ROLE_RESP_P, ROLE_NONE}},
        {FEATURE_FAILED, {ROLE_CONN_STATE, ROLE_PROTO, ROLE_NONE}},
        {FEATURE_SOURCE_BYTES, {ROLE_ORIG_BYTES, ROLE_NONE}},
    };
    static const enum role always[] = {ROLE_ORIG_H, ROLE_RESP_H};
    bool complete = true;
    for (size_t i = 0; i < ARRAY_LEN(always); i++) {
        if (schema->by_role[always[i]] < 0) {
            list_add(lacking, role_name(always[i]));
            complete = false;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(needs); i++) {
        for (const enum role *r = needs[i].role; needs[i].kind == kind && *r != ROLE_NONE; r++) {
            if (schema->by_role[*r] < 0) {
                list_add(lacking, role_name(*r));
                complete = false;
            }
        }
    }
    return complete;
}

uint32_t feature_parts(enum feature_kind kind)
{
    return kind == FEATURE_PORT_CLASS ? 3 : kind == FEATURE_HOUR || kind == FEATURE_WEEKDAY ? 2 : 1;
}

/* Binds one feature. False when a field is lacking, which is then in `lacking`. */
static bool bind(struct plan_feature *pf, const struct feature *f, uint32_t number,
                 const struct schema *schema, struct buf *lacking)
{
    bool complete = !feature_is_behaviour(f->kind) || has_behaviour(f->kind, schema, lacking);
    *pf =
        (struct plan_feature){.feature = f,
                              .number = number,
                              .source = feature_is_behaviour(f->kind) ? FROM_BEHAVIOUR : FROM_TEXT,
                              .proto_column = schema->by_role[ROLE_PROTO]};
    for (size_t a = 0; a < ARRAY_LEN(f->arg) && f->arg[a] != NULL; a++) {
        int column = schema_find(schema, span_of(f->arg[a]));
        if (column < 0) {
            list_add(lacking, f->arg[a]);
            complete = false;
            continue;
        }
        pf->column[a] = (uint32_t)column;
        pf->type[a] = schema->col[column].type;
    }
    return complete;
}

bool feature_fits(const struct feature *f, const struct schema *schema, struct buf *lacking)
{
    struct plan_feature unused;
    return bind(&unused, f, 0, schema, lacking);
}

/* Whose `where` it is and on which line: who named a recipe has not typed it. */
static int about_recipe(const struct recipe *r, struct err *err)
{
    bool file = strchr(r->path, '/') != NULL;
    char line[32] = "", where[192];
    if (r->where_line > 0)
        (void)snprintf(line, sizeof line, file ? ":%u" : ", line %u", (unsigned)r->where_line);
    (void)snprintf(where, sizeof where, "%s%.120s%s%swhere",
                   file || r->path[0] == '\0' ? "" : "recipe ", r->path, line,
                   r->path[0] == '\0' ? "" : ": ");
    return err_about(err, where);
}

static int bind_where(struct plan *p, const struct recipe *r, const struct table *t,
                      const struct expr_env *env, struct err *err)
{
    if (r->where[0] == '\0')
        return 0;
    p->where = expr_parse(span_of(r->where), EXPR_STRICT, err);
    if (p->where != NULL && expr_bind(p->where, &t->schema, env, err) == 0)
        return 0;
    if (r->where_option > 0 && err->column >= r->where_option)
        return err_about(err, "--where");
    return about_recipe(r, err);
}

/* An hour is of a place. Where nobody said which, the analyst must know what was taken. */
static void tell_zone(const struct plan *p, const struct recipe *r, struct notices *notices)
{
    bool clock = p->where != NULL && expr_tells_time(p->where);
    for (uint32_t i = 0; i < p->n; i++)
        clock = clock || p->feature[i].feature->kind == FEATURE_HOUR ||
                p->feature[i].feature->kind == FEATURE_WEEKDAY;
    if (clock && !time_zone_given())
        notices_add(notices, "%s: hours are UTC; --tz=ZONE sets the zone", r->name);
}

int plan_init(struct plan *p, const struct recipe *r, const struct table *t,
              const struct expr_env *env, struct notices *notices, struct err *err)
{
    struct buf lacking = BUF_INIT, dropped = BUF_INIT;
    char hint[CLOSEST_HINT] = "";
    int rc = -1;

    memset(p, 0, sizeof *p);
    if (recipe_check(r, err) != 0)
        goto out;
    for (size_t i = 0; i < r->n_features && i < RECIPE_MAX_FEATURES; i++) {
        struct plan_feature *pf = &p->feature[p->n];
        if (r->feature[i].kind == FEATURE_AUTO) /* stands for none by itself */
            continue;
        if (!bind(pf, &r->feature[i], (uint32_t)i, &t->schema, &lacking)) {
            list_add(&dropped, r->feature[i].text);
            if (hint[0] == '\0')
                hint_of(&r->feature[i], &t->schema, hint);
            continue;
        }
        p->n++;
        for (uint8_t part = 1; part < feature_parts(pf->feature->kind); part++) {
            p->feature[p->n] = *pf;
            p->feature[p->n++].part = part;
        }
        if (pf->feature->kind != FEATURE_ONEHOT && pf->feature->kind != FEATURE_RARITY)
            continue;
        pf->categories = categories_new();
        if (pf->categories == NULL) {
            err_memory(err, "the features");
            goto out;
        }
    }
    if (p->n == 0) {
        /* Features that no line of a file says are those of the option. */
        bool asked = r->n_features > 0 && r->feature[0].line == 0;
        err_set(err, ERR_DATA, "%s%s: no feature is left, the log has no field %s%s",
                asked ? "" : "recipe ", asked ? "--features" : r->name, buf_text(&lacking), hint);
        goto out;
    }
    if (dropped.len > 0)
        notices_add(notices, "the log has no field %s: dropped %s%s", buf_text(&lacking),
                    buf_text(&dropped), hint);
    for (uint32_t f = 0; f < p->n; f++)
        p->feature[f].raw = f;
    p->n_raw = p->n;
    typed_bind(p, t);
    rc = bind_where(p, r, t, env, err);
    if (rc == 0)
        tell_zone(p, r, notices);
out:
    buf_release(&lacking);
    buf_release(&dropped);
    if (rc < 0)
        plan_release(p);
    return rc;
}

void plan_release(struct plan *p)
{
    for (uint32_t i = 0; i < p->n; i++)
        categories_free(p->feature[i].categories);
    if (p->where != NULL)
        expr_free(p->where);
    behaviour_release(&p->behaviour);
    foreseen_release(p);
    memset(p, 0, sizeof *p);
}
