/* The first screen while a log is being read: progress, and below it the first rows or, of a big log, the
 * chart of a sample.
 *
 * DESIGN
 * 1. Nothing is made from what is provisional: commands that would open, write or judge something wait for
 *    the whole log, and say so. Moving around works.
 * 2. The chart of a sample is replaced once, by that of the whole log; the selection stays on its line. */
#include "core/base/number.h"
#include "tui/view/clusters.h"

static bool is_whole(const struct app *app)
{
    return engine_clustering(app_engine(app)) != NULL;
}

const struct clustering *early_preview(const struct app *app)
{
    return is_whole(app) ? NULL : engine_early(app_engine(app)).clustering;
}

/* The view of the first rows, made anew when there are more of them. */
static struct view *first_rows(struct clusters_view *v, struct app *app, const struct table *t)
{
    uint64_t now = engine_generation(app_engine(app));
    struct subject s = {t, NULL};
    struct err ignored = ERR_INIT; /* then there is progress alone to be seen */
    if (v->first != NULL && v->first_of == now)
        return v->first;
    early_close(v, app);
    v->first = rows_view_of_first(s, &ignored);
    v->first_of = now;
    return v->first;
}

void early_close(struct clusters_view *v, struct app *app)
{
    if (v->first != NULL)
        v->first->ops->close(v->first, app);
    v->first = NULL;
}

static void describe(const struct early_result *r, char *out, size_t size)
{
    char number[32];
    (void)snprintf(out, size, "preview of %s%s", r->spread ? "" : "the first ",
                   number_of(r->table->n_rows, "row", number, sizeof number));
}

static void draw_preview(struct clusters_view *v, struct app *app, struct area a,
                         const struct early_result *r)
{
    char what[80];
    struct facts facts = {.preview = what,
                          .table = r->table,
                          .clustering = r->clustering,
                          .n_excluded = app_hypothesis(app)->n_excluded,
                          .narrowed = hypothesis_narrows(app_hypothesis(app)),
                          .order = clusters_order(v, r->clustering),
                          .style = app_time_style(app),
                          .scale = v->scale};
    int used = 1;
    describe(r, what, sizeof what);
    chart_facts(area_rows(a, 0, 1), &facts);
    used += load_draw(area_rows(a, 1, 2), app);
    clusters_draw_chart(v, app, area_rows(a, used, a.rows - used), r->table, r->clustering);
}

static bool draw_first(struct clusters_view *v, struct app *app, struct area a,
                       const struct table *t)
{
    struct view *rows = first_rows(v, app, t);
    int used = load_draw(area_rows(a, 0, 2), app);
    if (rows == NULL)
        return false;
    a = area_rows(a, used, a.rows - used);
    rows->ops->draw(rows, app, a);
    app_forget_spots(app); /* they go when the log has been read */
    (void)draw_text(a, 0, 1, LOOK_WHY, "the first rows, while the log is being read");
    return true;
}

bool early_draw(struct clusters_view *v, struct app *app, struct area a)
{
    struct early_result r = engine_early(app_engine(app));
    if (r.table == NULL)
        return false;
    if (r.clustering != NULL && r.clustering->k > 0) {
        draw_preview(v, app, a, &r);
        return true;
    }
    return engine_table(app_engine(app)) == NULL && draw_first(v, app, a, r.table);
}

unsigned early_command(struct clusters_view *v, struct app *app, enum command cmd)
{
    if (is_whole(app))
        return VIEW_NOT_MINE;
    if (engine_table(app_engine(app)) == NULL && v->first != NULL && early_preview(app) == NULL &&
        rows_view_move(v->first, cmd))
        return VIEW_REDRAW;
    if (early_preview(app) == NULL)
        return VIEW_NOT_MINE;
    switch (cmd) {
    case CMD_OPEN:
    case CMD_OPINION:
    case CMD_LADDER:
    case CMD_ZOOM:
    case CMD_EXCLUDE:
    case CMD_EXPORT:
        app_say(app, "this is a preview: wait until the whole log is clustered");
        return VIEW_REDRAW;
    default:
        return VIEW_NOT_MINE;
    }
}

bool clusters_offers(const struct view *view, const struct app *app, enum command cmd)
{
    const struct engine *e = app_engine(app);
    bool rows = engine_table(e) != NULL, whole = is_whole(app),
         preview = early_preview(app) != NULL;
    (void)view;
    switch (cmd) {
    case CMD_OPEN:
        return rows && !preview;
    case CMD_FEATURES:
    case CMD_RERUN:
    case CMD_LOOK_UP:
        return rows;
    case CMD_MORE:
    case CMD_LESS:
        return rows || engine_state(e) == ENGINE_LOADING;
    case CMD_SCALE:
    case CMD_ORDER:
        return whole || preview;
    case CMD_EXPORT:
    case CMD_ZOOM:
    case CMD_EXCLUDE:
    case CMD_CHART:
    case CMD_COPY:
        return whole;
    default:
        return true;
    }
}

bool early_crumb(const struct app *app, struct buf *out)
{
    struct early_result r = engine_early(app_engine(app));
    const char *path, *slash;
    if (r.table == NULL || r.table->n_inputs == 0)
        return false;
    path = r.table->input[0].path;
    slash = strrchr(path, '/');
    if (r.n_inputs > 1)
        buf_printf(out, "%zu files", r.n_inputs);
    else
        buf_add_text(out, strcmp(path, "-") == 0 ? "standard input"
                          : slash != NULL        ? slash + 1
                                                 : path);
    if (early_preview(app) != NULL)
        buf_printf(out, " %s preview, k=%u", text_glyph(GLYPH_SEPARATOR), r.clustering->k);
    return true;
}
