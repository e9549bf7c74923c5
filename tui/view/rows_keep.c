/* Rows in a session: which rows, how they are shown, and where in them one was. */
#include "tui/view/rows.h"

/* A pair or host has another number in each clustering; a row of it stays its own. */
static uint64_t first_row(const struct rows_view *v)
{
    const uint32_t *obs = v->subject.clustering->obs_of_row;
    uint64_t row = 0;
    while (row < v->subject.table->n_rows && obs[row] != v->whose)
        row++;
    return row;
}

static void keep_whose(const struct rows_view *v, struct session *out)
{
    switch (v->of) {
    case OF_CLUSTER:
        session_add(out, "of", span_of("cluster"));
        cluster_keep(out, v->subject.clustering, v->whose);
        break;
    case OF_ADDRESS:
        session_add(out, "of", span_of("address"));
        session_add(out, "address", table_addr_text(v->subject.table, v->whose));
        break;
    case OF_OBSERVATION:
        session_add(out, "of", span_of("member"));
        session_add(out, "unit", span_of(unit_name(v->subject.clustering->recipe.unit)));
        session_printf(out, "row", "%llu", (unsigned long long)first_row(v));
        break;
    case OF_INPUT:
        session_add(out, "of", span_of("input"));
        session_printf(out, "number", "%u", v->whose);
        break;
    case OF_PICK: /* what a chart counted is gone: they are not opened again */
        session_add(out, "of", span_of("pick"));
        break;
    }
}

static void keep_sort(const struct rows_view *v, int32_t column, bool descending,
                      struct session *out)
{
    if (column < 0)
        return;
    session_add(out, "sort", span_of(v->subject.table->schema.col[column].name));
    session_add(out, "direction", span_of(descending ? "down" : "up"));
}

/* For the breadcrumb, before the rows are collected again. */
static void keep_counts(uint64_t shown, uint64_t all, struct session *out)
{
    if (all == 0)
        return;
    session_printf(out, "shown", "%llu", (unsigned long long)shown);
    session_printf(out, "shown-of", "%llu", (unsigned long long)all);
}

/* Rows that have not come yet: as they are to be then. */
static void keep_first(const struct rows_view *v, struct session *out)
{
    if (v->first_filter.len > 0)
        session_add(out, "filter", buf_span(&v->first_filter));
    keep_sort(v, v->first_sorted, v->first_descending, out);
    session_printf(out, "place", "%llu", (unsigned long long)v->first_place);
    session_printf(out, "top", "%llu", (unsigned long long)v->first_top);
    keep_counts(v->first_shown, v->first_all, out);
    if (v->first_column >= 0)
        session_add(out, "column", span_of(v->subject.table->schema.col[v->first_column].name));
}

void rows_keep(const struct view *view, struct app *app, struct session *out)
{
    const struct rows_view *v = (const struct rows_view *)view;
    const struct schema *schema = &v->subject.table->schema;
    (void)app;
    session_add(out, "view", span_of("rows"));
    keep_whose(v, out);
    if (v->rows == NULL) {
        keep_first(v, out);
        return;
    }
    if (v->want.filter.len > 0)
        session_add(out, "filter", buf_span(&v->want.filter));
    keep_sort(v, v->want.sorted, v->want.descending, out);
    session_printf(out, "place", "%llu", (unsigned long long)v->port.sel);
    session_printf(out, "top", "%llu", (unsigned long long)v->port.top);
    keep_counts(rows_n(v), v->all->set.n, out);
    if (v->cols > 0 && v->at < v->n_places)
        session_add(out, "column", span_of(schema->col[v->order[v->at]].name));
}

/* ---- coming back ---- */

/* -1 when there is none of that name. */
static int32_t column_resumed(const struct resumed *r, const char *key)
{
    const struct schema *schema = &r->subject.table->schema;
    struct span name;
    if (!session_value(r->part, key, &name))
        return -1;
    for (size_t i = 0; i < schema->n; i++)
        if (span_is(name, schema->col[i].name))
            return (int32_t)i;
    return -1;
}

/* NULL when the units are others now, or it is filtered out. */
static struct view *open_member(struct app *app, const struct resumed *r, struct err *err)
{
    const struct clustering *c = r->subject.clustering;
    uint64_t row;
    if (c->obs_of_row == NULL || !session_is(r->part, "unit", unit_name(c->recipe.unit)) ||
        !session_number(r->part, "row", UINT32_MAX, &row) || row >= r->subject.table->n_rows ||
        c->obs_of_row[row] == UINT32_MAX)
        return NULL;
    return rows_view_of_observation(app, r->subject, c->obs_of_row[row], err);
}

static struct view *open_resumed(struct app *app, const struct resumed *r, struct err *err)
{
    const struct table *t = r->subject.table;
    uint64_t number;
    if (session_is(r->part, "of", "cluster")) {
        uint32_t cluster = cluster_resumed(r);
        if (session_number(r->part, "cluster", UINT32_MAX, &number) &&
            (number == 0 || number == CLUSTER_ALL))
            cluster = (uint32_t)number; /* those filtered out, or all */
        else if (cluster == 0)
            return NULL;
        return rows_view_of_cluster(app, r->subject, cluster, err);
    }
    if (session_is(r->part, "of", "address")) {
        uint32_t addr = address_resumed(r);
        return addr == ADDR_MISSING ? NULL : rows_view_of_address(app, r->subject, addr, err);
    }
    if (!r->same_log)
        return NULL;
    if (session_is(r->part, "of", "member"))
        return open_member(app, r, err);
    return session_is(r->part, "of", "input") &&
                   session_number(r->part, "number", UINT32_MAX, &number) && number < t->n_inputs
               ? rows_view_of_input(app, r->subject, (uint32_t)number, err)
               : NULL;
}

struct view *rows_view_resume(struct app *app, const struct resumed *r, struct err *err)
{
    struct view *view = open_resumed(app, r, err);
    struct rows_view *v = (struct rows_view *)view;
    struct span filter;
    if (view == NULL)
        return NULL;
    if (session_value(r->part, "filter", &filter))
        buf_add_span(&v->first_filter, filter);
    v->first_sorted = column_resumed(r, "sort");
    v->first_descending = session_is(r->part, "direction", "down");
    v->first_column = column_resumed(r, "column");
    if (!r->same_log || !session_number(r->part, "place", UINT32_MAX, &v->first_place) ||
        !session_number(r->part, "top", UINT32_MAX, &v->first_top))
        v->first_place = 0;
    if (!r->same_log || !session_number(r->part, "shown", UINT32_MAX, &v->first_shown) ||
        !session_number(r->part, "shown-of", UINT32_MAX, &v->first_all))
        v->first_all = 0;
    return view;
}

/* ---- once the rows are there ---- */

/* What the rows were opened with is a step that `u` takes back. */
void rows_begin(struct rows_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    if (v->rows == NULL)
        return;
    if (v->first_filter.len > 0 || v->first_sorted >= 0) {
        rows_remember(v);
        if (rows_refine(v, app, buf_span(&v->first_filter), v->first_sorted, v->first_descending,
                        &err) != 0) {
            app_fail(app, &err);
            v->first_place = 0;
        }
        buf_clear(&v->first_filter);
        v->first_sorted = -1;
        if (v->head.waiting != NULL)
            return; /* that work ends here, too */
    }
    viewport_resize(&v->port, rows_n(v), v->port.height);
    if (v->first_place > 0 && v->first_place < rows_n(v)) {
        viewport_to(&v->port, v->first_place);
        if (v->first_top <= v->first_place) /* the lines are counted when they are drawn */
            v->port.top = v->first_top;
    }
    v->first_place = 0;
    v->beginning = false;
}
