/* The first screen: the bar chart, the detail of the selected cluster, and what keys do.
 *
 * DESIGN
 * 1. Nothing borrowed from the engine outlives a call: the view keeps a cluster's number and a few
 *    of its rows. When another clustering arrives, the selection goes to the cluster that holds
 * most of those rows.
 * 2. The detail follows the selection when keys pause, so that moving through the list costs a line
 *    or two on the wire. */
#include "tui/view/clusters.h"

#include "core/base/mem.h"
#include "core/base/number.h"
#include "core/recipe/recipe.h"
#include "tui/view/charts.h"
#include "tui/view/opinion.h"

#define PAUSE_MS    90
#define LEAST_LIST  5 /* lines of clusters that stay beside a detail below */
#define LEAST_BELOW 7 /* lines of a detail that says something */

/* ---- lines and clusters ---- */

enum order clusters_order(const struct clusters_view *v, const struct clustering *c)
{
    enum order own = c == NULL ? ORDER_SUSPICION : c->recipe.order;
    if (v->order == LINES_BY_RECIPE)
        return own;
    return v->order == LINES_BY_SIZE ? ORDER_SIZE : ORDER_SUSPICION;
}

uint32_t clusters_selected(const struct clusters_view *v)
{
    return v->port.sel < v->port.n ? (uint32_t)v->number[v->port.sel] + 1 : 0;
}

/* Whether cluster a (from 0) stands above b in the order that is not the recipe's own. */
static bool stands_before(const struct clustering *c, enum order order, uint32_t a, uint32_t b)
{
    const struct profile *x = &c->profile[a], *y = &c->profile[b];
    if (order == ORDER_SUSPICION && x->standing != y->standing)
        return x->standing > y->standing;
    if (order == ORDER_SIZE && x->rows != y->rows)
        return x->rows < y->rows;
    return a < b;
}

/* Puts the clusters into lines. The numbers are those of the recipe's order, whatever is shown. */
void clusters_arrange(struct clusters_view *v, const struct clustering *c)
{
    enum order order = clusters_order(v, c);
    for (uint32_t i = 0; i < c->k; i++) {
        uint32_t at = i;
        while (order != c->recipe.order && at > 0 &&
               stands_before(c, order, i, v->number[at - 1])) {
            v->number[at] = v->number[at - 1];
            at--;
        }
        v->number[at] = (uint8_t)i;
    }
    viewport_resize(&v->port, c->k, v->port.height);
}

void clusters_select(struct clusters_view *v, uint32_t number)
{
    for (uint64_t i = 0; i < v->port.n; i++)
        if (v->number[i] + 1u == number)
            viewport_to(&v->port, i);
}

/* The clusters that the lines stand for. */
static const struct clustering *at_hand(const struct app *app)
{
    const struct clustering *c = engine_clustering(app_engine(app));
    return c == NULL ? early_preview(app) : c;
}

/* What this view shows: the engine's result, or, while another zooms from here, what was there. */
const struct clustering *clusters_shown(const struct clusters_view *v, const struct app *app)
{
    return v->inner != NULL ? v->inner->before_result : engine_clustering(app_engine(app));
}

static void settle(struct clusters_view *v, struct app *app)
{
    const struct engine *e = app_engine(app);
    const struct clustering *c = at_hand(app);
    uint32_t number;
    if (v->inner != NULL || v->generation == engine_generation(e))
        return;
    v->generation = engine_generation(e);
    if (c == NULL) {
        viewport_resize(&v->port, 0, v->port.height);
        return;
    }
    clusters_arrange(v, c);
    number = clusters_followed(v, c);
    if (number > 0)
        clusters_select(v, number);
    v->detail = clusters_selected(v);
}

static unsigned notify(struct view *view, struct app *app)
{
    settle((struct clusters_view *)view, app);
    return VIEW_REDRAW;
}

static unsigned later(struct view *view, struct app *app)
{
    struct clusters_view *v = (struct clusters_view *)view;
    (void)app;
    if (v->detail == clusters_selected(v))
        return VIEW_NOTHING;
    v->detail = clusters_selected(v);
    return VIEW_REDRAW;
}

/* ---- drawing ---- */

/* A sentence of any length, from a line on; returns the line behind it. */
static int draw_sentence(struct area a, int row, const char *text)
{
    struct span left = span_of(text);
    while (left.len > 0 && row < a.rows - 2) {
        struct span now = wrap_take(&left, a.cols - 2, true);
        (void)draw_untrusted(a, row++, 1, a.cols - 2, LOOK_STATUS_ERROR, now, CUT_END);
    }
    return row;
}

/* Before there is anything to show: progress, or why there is nothing. */
static void draw_empty(struct area a, struct app *app)
{
    const struct err *last = engine_last(app_engine(app), NULL);
    int row = 1 + load_draw(area_rows(a, 1, 2), app);
    if (row > 1)
        return;
    if (last->code != ERR_OK && last->code != ERR_CANCELLED) {
        row = draw_sentence(a, row, last->text);
    } else {
        (void)draw_text(a, row++, 1, LOOK_DIM,
                        last->code == ERR_CANCELLED ? "stopped before a row was read" : "no rows");
    }
    (void)draw_text(a, row + 1, 1, LOOK_DIM, "There is nothing to show. q leaves, ? is help.");
}

/* Rows are here, clusters are not. */
static void draw_unclustered(struct area a, struct app *app, const struct table *t)
{
    const struct err *last = engine_last(app_engine(app), NULL);
    char number[32];
    int row = load_draw(area_rows(a, 1, 2), app) + 1;
    if (row > 1)
        return;
    (void)draw_format(a, row++, 1, LOOK_DEFAULT, "%s %s here, but not clustered.",
                      number_of(t->n_rows, "row", number, sizeof number),
                      t->n_rows == 1 ? "is" : "are");
    row = last->code == ERR_OK ? row + 1 : draw_sentence(a, row, last->text);
    (void)draw_text(a, row + 1, 1, LOOK_DIM,
                    "Enter shows all rows, f changes the recipe, r clusters again.");
}

/* The first notice stands under the facts; the detail has them all. */
static int draw_notice(struct area a, const struct table *t, const struct clustering *c)
{
    size_t n = t->notices.n + (c == NULL ? 0 : c->notices.n);
    const char *text;
    int x;
    if (n == 0)
        return 0;
    text = c != NULL && c->notices.n > 0 ? c->notices.text[0] : t->notices.text[0];
    x = 1 + draw_text(a, 0, 1, LOOK_STATUS_WARN, "! ");
    x += draw_untrusted(a, 0, x, a.cols - x - (n > 1 ? 12 : 1), LOOK_STATUS_WARN, span_of(text),
                        CUT_END);
    if (n > 1)
        (void)draw_format(a, 0, x + 1, LOOK_DIM, "+%zu more", n - 1);
    return 1;
}

/* What most of the log is, above the chart of what is rare in it. */
static int draw_headline(struct area a, const struct clustering *c)
{
    if (c == NULL || c->headline[0] == '\0')
        return 0;
    (void)draw_untrusted(a, 0, 1, a.cols - 2, LOOK_STATUS_WARN, span_of(c->headline), CUT_END);
    return 1;
}

void clusters_draw_chart(struct clusters_view *v, struct app *app, struct area a,
                         const struct table *t, const struct clustering *c)
{
    int screen_cols = a.cols;
    struct area chart = a, detail;
    int want = (int)c->k + 1;
    bool beside = screen_cols >= CLUSTERS_BESIDE && want + 16 > a.rows;
    if (beside) {
        int cols = screen_cols * 2 / 5;
        chart = area_cols(a, 0, a.cols - cols - 1);
        detail = area_cols(a, a.cols - cols, cols);
    } else {
        int most = a.rows - (a.rows / 2 > LEAST_BELOW ? a.rows / 2 : LEAST_BELOW);
        int lines = want < most ? want : most < LEAST_LIST ? LEAST_LIST : most;
        chart = area_rows(a, 0, lines);
        detail = area_rows(a, lines, a.rows - lines);
    }
    viewport_resize(&v->port, c->k, chart.rows > 1 ? (uint64_t)chart.rows - 1 : 0);
    chart_draw(chart, v, c, screen_cols);
    app_spot(app, area_rows(chart, 0, 1), 0);
    app_spot_lines(app, area_rows(chart, 1, chart.rows - 1), &v->port);
    detail_draw(detail, t, c, v->detail, engine_trusted(app_engine(app)), app_time_style(app));
}

static void draw(struct view *view, struct app *app, struct area area)
{
    struct clusters_view *v = (struct clusters_view *)view;
    const struct engine *e = app_engine(app);
    const struct table *t = engine_table(e);
    const struct clustering *c = engine_clustering(e);
    struct progress p;
    struct facts facts;
    int used = 1;
    settle(v, app);
    engine_progress(e, &p);
    if (c == NULL && early_draw(v, app, area))
        return;
    if (t == NULL) {
        draw_empty(area, app);
        return;
    }
    facts = (struct facts){.table = t,
                           .clustering = c,
                           .n_excluded = app_hypothesis(app)->n_excluded,
                           .narrowed = hypothesis_narrows(app_hypothesis(app)),
                           .order = clusters_order(v, c),
                           .style = app_time_style(app),
                           .scale = v->scale};
    chart_facts(area_rows(area, 0, 1), &facts);
    used += draw_headline(area_rows(area, used, 1), c);
    used += draw_notice(area_rows(area, used, 1), t, c);
    area = area_rows(area, used, area.rows - used);
    if (engine_state(e) == ENGINE_CLUSTERING && p.phase == PHASE_CLUSTERING && p.k > 0)
        chart_progress(area, &p, v->scale);
    else if (c != NULL && c->k > 0)
        clusters_draw_chart(v, app, area, t, c);
    else
        draw_unclustered(area, app, t);
}

/* ---- keys ---- */

static struct subject subject_of(struct app *app)
{
    return (struct subject){engine_table(app_engine(app)), engine_clustering(app_engine(app))};
}

static unsigned open_rows(struct clusters_view *v, struct app *app)
{
    struct subject s = subject_of(app);
    struct err err = ERR_INIT;
    uint32_t number = clusters_selected(v);
    if (s.table == NULL) {
        app_say(app, "there are no rows yet");
        return VIEW_REDRAW;
    }
    if (s.clustering == NULL || number == 0)
        number = CLUSTER_ALL;
    else if (s.clustering->recipe.unit != UNIT_CONNECTION)
        return view_push(app, members_view_new(app, s, number, &err), &err);
    return view_push(app, rows_view_of_cluster(app, s, number, &err), &err);
}

static unsigned run_again(struct clusters_view *v, struct app *app, int more)
{
    struct recipe *r = app_recipe(app);
    const struct clustering *c = engine_clustering(app_engine(app));
    /* Fewer than were asked for may be there: one less than what is seen, then. */
    uint32_t from = more < 0 && c != NULL && c->k < r->k && c->k_asked == r->k ? c->k : r->k;
    if ((more < 0 && from <= 1) || (more > 0 && from >= RECIPE_MAX_K)) {
        app_say(app, "k goes from 1 to %d", RECIPE_MAX_K);
        return VIEW_REDRAW;
    }
    if (engine_state(app_engine(app)) == ENGINE_READY)
        clusters_remember(v, c);
    r->k = more < 0 ? from - 1 : more > 0 ? from + 1 : r->k;
    if (engine_state(app_engine(app)) == ENGINE_LOADING)
        app_say(app, "k=%u: the log is clustered so when it has been read", r->k);
    else
        (void)app_cluster(app);
    return VIEW_REDRAW;
}

static unsigned export_cluster(struct view *view, struct app *app, const char *path, bool force)
{
    const struct clusters_view *v = (const struct clusters_view *)view;
    struct export_opts opts = {.path = path, .cluster = v->writing, .force = force};
    if (v->writing_of != engine_generation(app_engine(app)))
        app_warn(app, "not written: the clusters have changed meanwhile");
    else
        (void)app_export(app, &opts);
    return VIEW_REDRAW;
}

static unsigned ask_name(struct clusters_view *v, struct app *app)
{
    const struct clustering *c = engine_clustering(app_engine(app));
    char label[96], name[32], number[32];
    if (c == NULL || clusters_selected(v) == 0) {
        app_say(app, "there is no cluster to write yet");
        return VIEW_REDRAW;
    }
    v->writing = clusters_selected(v);
    v->writing_of = engine_generation(app_engine(app));
    (void)snprintf(name, sizeof name, "cluster-%u.csv", v->writing);
    (void)snprintf(label, sizeof label, "write cluster %u (%s) to: ", v->writing,
                   number_of(c->profile[v->writing - 1].rows, "row", number, sizeof number));
    app_ask_export(app, &v->head, label, name, export_cluster);
    return VIEW_REDRAW;
}

static unsigned ask_name_of_all(struct clusters_view *v, struct app *app)
{
    const struct table *t = engine_table(app_engine(app));
    const struct clustering *c = engine_clustering(app_engine(app));
    char label[128], number[32], outside[32];
    if (c == NULL) {
        app_say(app, "there are no clusters to write yet");
        return VIEW_REDRAW;
    }
    v->writing = CLUSTER_ALL;
    v->writing_of = engine_generation(app_engine(app));
    if (c->rows_excluded > 0)
        (void)snprintf(label, sizeof label, "write all %s rows, %s of them without a cluster, to: ",
                       number_grouped(t->n_rows, number, sizeof number),
                       number_grouped(c->rows_excluded, outside, sizeof outside));
    else
        (void)snprintf(label, sizeof label, "write all %s rows with their clusters to: ",
                       number_grouped(t->n_rows, number, sizeof number));
    app_ask_export(app, &v->head, label, "clusters.csv", export_cluster);
    return VIEW_REDRAW;
}

static unsigned change_order(struct clusters_view *v, struct app *app)
{
    const struct clustering *c = at_hand(app);
    uint32_t number = clusters_selected(v);
    enum order to;
    if (c == NULL)
        return VIEW_NOT_MINE;
    to = clusters_order(v, c) == ORDER_SIZE ? ORDER_SUSPICION : ORDER_SIZE;
    v->order = to == c->recipe.order ? LINES_BY_RECIPE
               : to == ORDER_SIZE    ? LINES_BY_SIZE
                                     : LINES_BY_SUSPICION;
    app_settings(app)->order = v->order;
    clusters_arrange(v, c);
    clusters_select(v, number);
    app_say(app, clusters_order(v, c) == ORDER_SIZE ? "smallest first" : "most suspicious first");
    return VIEW_REDRAW;
}

bool clusters_as_chart(const struct view *view, struct subject s, struct chart_of *of)
{
    const struct clusters_view *v = (const struct clusters_view *)view;
    if (view == NULL || view->ops != &view_clusters || s.clustering == NULL ||
        s.clustering->k == 0 || v->port.n != s.clustering->k)
        return false;
    *of = (struct chart_of){.subject = s, .n = s.clustering->k, .at = (uint32_t)v->port.sel};
    for (uint32_t i = 0; i < of->n; i++)
        of->number[i] = v->number[i] + 1u;
    return true;
}

static unsigned open_chart(const struct clusters_view *v, struct app *app)
{
    struct chart_of of;
    struct err err = ERR_INIT;
    if (clusters_as_chart(&v->head, subject_of(app), &of))
        return view_push(app, heat_view_new(&of, &err), &err);
    app_say(app, "there are no clusters yet");
    return VIEW_REDRAW;
}

static unsigned open_ladder(struct app *app)
{
    struct err err = ERR_INIT;
    if (engine_clustering(app_engine(app)) == NULL)
        return VIEW_NOT_MINE;
    return view_push(app, ladder_view_new(&err), &err);
}

static unsigned open_files(struct app *app)
{
    struct subject s = subject_of(app);
    struct err err = ERR_INIT;
    if (s.table == NULL) {
        app_say(app, "the files are listed once they have been read");
        return VIEW_REDRAW;
    }
    return view_push(app, files_view_new(s, &err), &err);
}

static unsigned open_features(struct clusters_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    if (engine_table(app_engine(app)) == NULL) {
        app_say(app, "there are no rows yet");
        return VIEW_REDRAW;
    }
    if (engine_state(app_engine(app)) == ENGINE_READY)
        clusters_remember(v, engine_clustering(app_engine(app)));
    return view_push(app, features_view_new(app, &err), &err);
}

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct clusters_view *v = (struct clusters_view *)view;
    unsigned next;
    settle(v, app);
    next = early_command(v, app, cmd);
    if ((next & VIEW_NOT_MINE) == 0)
        return next;
    if (viewport_command(&v->port, cmd)) {
        app_call_later(app, view, PAUSE_MS);
        return VIEW_REDRAW;
    }
    switch (cmd) {
    case CMD_OPEN:
        return open_rows(v, app);
    case CMD_MORE:
    case CMD_LESS:
    case CMD_RERUN:
        return run_again(v, app, cmd == CMD_MORE ? 1 : cmd == CMD_LESS ? -1 : 0);
    case CMD_SCALE:
        v->scale = v->scale == BAR_LOG ? BAR_LINEAR : BAR_LOG;
        app_settings(app)->bars = v->scale;
        return VIEW_REDRAW;
    case CMD_OPINION:
        return opinion_ask_cluster(v, app);
    case CMD_FEATURES:
        return open_features(v, app);
    case CMD_CHOOSE_UNIT:
        return unit_ask(v, app);
    case CMD_LADDER:
        return open_ladder(app);
    case CMD_CHART:
        return open_chart(v, app);
    case CMD_FILES:
        return open_files(app);
    case CMD_COPY:
        return refer_copy(v, app);
    case CMD_LOOK_UP:
        return refer_ask(v, app);
    case CMD_FIND_NEXT:
    case CMD_FIND_PREVIOUS:
        app_call_later(app, view, PAUSE_MS);
        return refer_next(v, app, cmd == CMD_FIND_NEXT ? 1 : -1);
    case CMD_ORDER:
        return change_order(v, app);
    case CMD_ZOOM:
        return explore_zoom(v, app);
    case CMD_EXCLUDE:
        return explore_exclude(v, app);
    case CMD_EXPORT:
        return ask_name(v, app);
    case CMD_EXPORT_ALL:
        return ask_name_of_all(v, app);
    case CMD_ESCAPE:
    case CMD_LEFT:
    case CMD_RIGHT:
        return VIEW_NOTHING;
    default:
        return VIEW_NOT_MINE;
    }
}

/* On the headings. */
static unsigned clicked(struct view *view, struct app *app, uint32_t value)
{
    (void)value;
    return engine_clustering(app_engine(app)) == NULL
               ? VIEW_NOTHING
               : change_order((struct clusters_view *)view, app);
}

/* ---- the view ---- */

/* What is open: one file's name, or how many were read. */
static void add_inputs(const struct table *t, struct buf *out)
{
    const char *path = t->input[0].path, *slash;
    size_t n = 0;
    for (size_t i = 0; i < t->n_inputs; i++) {
        if (t->input[i].state > INPUT_PARTIAL)
            continue;
        path = n++ == 0 ? t->input[i].path : path;
    }
    slash = strrchr(path, '/');
    if (n > 1)
        buf_printf(out, "%zu files", n);
    else
        buf_add_text(out, strcmp(path, "-") == 0 ? "standard input"
                          : slash != NULL        ? slash + 1
                                                 : path);
}

/* Rows are what one expects; what else is clustered is said. */
static const char *units(const struct clustering *c)
{
    return c->recipe.unit == UNIT_PAIR ? "pairs, " : c->recipe.unit == UNIT_HOST ? "hosts, " : "";
}

/* What is open and by what it is clustered; or which cluster is looked into. */
static void crumb(const struct view *view, const struct app *app, struct buf *out)
{
    const struct clusters_view *v = (const struct clusters_view *)view;
    const struct table *t = engine_table(app_engine(app));
    const struct clustering *c = clusters_shown(v, app);
    char number[32];
    if (c == NULL && early_crumb(app, out))
        return;
    if (t == NULL || t->n_inputs == 0) {
        buf_add_text(out, "minnow");
    } else if (v->outer != NULL) {
        const struct profile *p = &v->before_result->profile[v->zoomed - 1];
        buf_printf(out, "%u (%s)", v->zoomed, number_grouped(p->rows, number, sizeof number));
        if (c != NULL)
            buf_printf(out, " zoomed, %sk=%u", units(c), c->k);
    } else {
        add_inputs(t, out);
        if (c != NULL)
            buf_printf(out, " %s %s, %sk=%u", text_glyph(GLYPH_SEPARATOR), c->recipe.name, units(c),
                       c->k);
    }
}

static const char *hint(const struct view *view, const struct app *app)
{
    const struct engine *e = app_engine(app);
    (void)view;
    if (engine_state(e) == ENGINE_LOADING || engine_state(e) == ENGINE_CLUSTERING)
        return "Ctrl-C stops; what was read stays";
    if (engine_clustering(e) == NULL)
        return NULL;
    return "Enter opens the cluster's rows; e writes them as CSV";
}

struct clusters_view *clusters_view_new(struct err *err)
{
    struct clusters_view *v = mem_zalloc(1, sizeof *v);
    if (v == NULL) {
        (void)err_memory(err, "the screen of clusters");
        return NULL;
    }
    v->head.ops = &view_clusters;
    v->generation = UINT64_MAX;
    v->detail = 1;
    return v;
}

static struct view *open_clusters(struct app *app, struct err *err)
{
    struct clusters_view *v = clusters_view_new(err);
    if (v == NULL)
        return NULL;
    v->scale = app_settings(app)->bars;
    v->order = app_settings(app)->order;
    return &v->head;
}

static void close_clusters(struct view *view, struct app *app)
{
    explore_close((struct clusters_view *)view, app);
    buf_release(&((struct clusters_view *)view)->needle);
    early_close((struct clusters_view *)view, app);
    mem_free(view);
}

const struct view_ops view_clusters = {
    .name = "clusters",
    .where = IN_CLUSTERS,
    .open = open_clusters,
    .close = close_clusters,
    .draw = draw,
    .command = command,
    .clicked = clicked,
    .notify = notify,
    .later = later,
    .crumb = crumb,
    .keep = clusters_keep,
    .offers = clusters_offers,
    .hint = hint,
};
