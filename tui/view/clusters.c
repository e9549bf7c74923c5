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
#include "core/export/outfile.h"
#include "core/recipe/recipe.h"

#define PAUSE_MS    90
#define PROBES      8192 /* rows looked at to find some of the selected cluster */
#define LEAST_LIST  5    /* lines of clusters that stay beside a detail below */
#define LEAST_BELOW 7    /* lines of a detail that says something */

/* ---- following a cluster through a new run ---- */

static void remember(struct clusters_view *v, const struct clustering *c)
{
    uint32_t number = (uint32_t)v->port.sel + 1;
    const struct profile *p;
    uint64_t step;
    v->n_follow = 0;
    if (c == NULL || number > c->k)
        return;
    p = &c->profile[number - 1];
    for (uint32_t i = 0; i < p->n_samples; i++)
        v->follow[v->n_follow++] = p->sample[i];
    step = c->n_rows / PROBES + 1;
    for (uint64_t row = 0; row < c->n_rows && v->n_follow < FOLLOW_ROWS; row += step)
        if (clustering_of_row(c, row) == number)
            v->follow[v->n_follow++] = (uint32_t)row;
}

/* The cluster that holds most of the remembered rows; 0 when none does. */
static uint32_t followed(const struct clusters_view *v, const struct clustering *c)
{
    uint32_t votes[RECIPE_MAX_K + 1] = {0}, best = 0;
    for (uint32_t i = 0; i < v->n_follow; i++) {
        uint32_t number;
        if (v->follow[i] >= c->n_rows)
            continue;
        number = clustering_of_row(c, v->follow[i]);
        if (number >= 1 && number <= RECIPE_MAX_K && ++votes[number] > votes[best])
            best = number;
    }
    return best;
}

static void settle(struct clusters_view *v, struct app *app)
{
    const struct engine *e = app_engine(app);
    const struct clustering *c = engine_clustering(e);
    uint32_t number;
    if (v->generation == engine_generation(e))
        return;
    v->generation = engine_generation(e);
    if (c == NULL) {
        v->port.n = 0;
        return;
    }
    viewport_resize(&v->port, c->k, v->port.height);
    number = followed(v, c);
    if (number > 0)
        viewport_to(&v->port, number - 1);
    v->detail = (uint32_t)v->port.sel + 1;
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
    if (v->detail == (uint32_t)v->port.sel + 1)
        return VIEW_NOTHING;
    v->detail = (uint32_t)v->port.sel + 1;
    return VIEW_REDRAW;
}

/* ---- drawing ---- */

/* Before there is anything to show: progress, or why there is nothing. */
static void draw_empty(struct area a, struct app *app)
{
    const struct err *last = engine_last(app_engine(app), NULL);
    int row = 1 + load_draw(area_rows(a, 1, 2), app);
    if (row > 1)
        return;
    if (last->code != ERR_OK && last->code != ERR_CANCELLED) {
        struct span left = span_of(last->text);
        while (left.len > 0 && row < a.rows - 2) {
            struct span now = wrap_take(&left, a.cols - 2, true);
            (void)draw_untrusted(a, row++, 1, a.cols - 2, LOOK_STATUS_ERROR, now, CUT_END);
        }
    } else {
        (void)draw_text(a, row++, 1, LOOK_DIM,
                        last->code == ERR_CANCELLED ? "stopped before a row was read" : "no rows");
    }
    (void)draw_text(a, row + 1, 1, LOOK_DIM, "There is nothing to show. q leaves, ? is help.");
}

/* Rows are here, clusters are not. */
static void draw_unclustered(struct area a, struct app *app, const struct table *t)
{
    char number[32];
    int row = load_draw(area_rows(a, 1, 2), app) + 1;
    if (row > 1)
        return;
    (void)draw_format(a, row, 1, LOOK_DEFAULT, "%s rows are here, but not clustered.",
                      number_grouped(t->n_rows, number, sizeof number));
    if (engine_last(app_engine(app), NULL)->code != ERR_OK)
        (void)draw_untrusted(a, row + 1, 1, a.cols - 2, LOOK_STATUS_ERROR,
                             span_of(engine_last(app_engine(app), NULL)->text), CUT_END);
    (void)draw_text(a, row + 3, 1, LOOK_DIM, "Enter shows all rows, r clusters again.");
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

static void draw_result(struct clusters_view *v, struct app *app, struct area a,
                        const struct table *t, const struct clustering *c, int screen_cols)
{
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
    detail_draw(detail, t, c, v->detail, app_time_style(app));
}

static void draw(struct view *view, struct app *app, struct area area)
{
    struct clusters_view *v = (struct clusters_view *)view;
    const struct engine *e = app_engine(app);
    const struct table *t = engine_table(e);
    const struct clustering *c = engine_clustering(e);
    struct progress p;
    int used = 1;
    settle(v, app);
    engine_progress(e, &p);
    if (t == NULL) {
        draw_empty(area, app);
        return;
    }
    chart_facts(area_rows(area, 0, 1), t, c, app_time_style(app), v->scale);
    used += draw_headline(area_rows(area, used, 1), c);
    used += draw_notice(area_rows(area, used, 1), t, c);
    area = area_rows(area, used, area.rows - used);
    if (engine_state(e) == ENGINE_CLUSTERING && p.phase == PHASE_CLUSTERING && p.k > 0)
        chart_progress(area, &p, v->scale);
    else if (c != NULL && c->k > 0)
        draw_result(v, app, area, t, c, area.cols);
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
    uint32_t number = (uint32_t)v->port.sel + 1;
    if (s.table == NULL) {
        app_say(app, "there are no rows yet");
        return VIEW_REDRAW;
    }
    if (s.clustering == NULL || number > s.clustering->k)
        number = CLUSTER_ALL;
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
        remember(v, c);
    r->k = more < 0 ? from - 1 : more > 0 ? from + 1 : r->k;
    (void)app_cluster(app);
    return VIEW_REDRAW;
}

static void export_cluster(struct clusters_view *v, struct app *app, bool force)
{
    struct export_opts opts = {.path = v->path, .cluster = v->writing, .force = force};
    (void)app_export(app, &opts);
}

static unsigned overwrite(struct view *view, struct app *app, bool yes)
{
    if (yes)
        export_cluster((struct clusters_view *)view, app, true);
    else
        app_say(app, "not written");
    return VIEW_REDRAW;
}

static unsigned named(struct view *view, struct app *app, struct span text)
{
    struct clusters_view *v = (struct clusters_view *)view;
    char question[400];
    text = span_trim(text);
    if (text.len == 0 || memchr(text.ptr, '\0', text.len) != NULL) {
        app_say(app, "not written: no name");
        return VIEW_REDRAW;
    }
    mem_free(v->path);
    v->path = mem_copy(text.ptr, text.len);
    if (v->path == NULL)
        return VIEW_REDRAW;
    if (outfile_exists(v->path)) {
        (void)snprintf(question, sizeof question, "%s exists: overwrite it?", v->path);
        app_confirm(app, view, question, overwrite);
    } else {
        export_cluster(v, app, false);
    }
    return VIEW_REDRAW;
}

static unsigned ask_name(struct clusters_view *v, struct app *app)
{
    const struct clustering *c = engine_clustering(app_engine(app));
    char label[96], name[32], number[32];
    if (c == NULL || v->port.sel >= c->k) {
        app_say(app, "there is no cluster to write yet");
        return VIEW_REDRAW;
    }
    v->writing = (uint32_t)v->port.sel + 1;
    (void)snprintf(name, sizeof name, "cluster-%u.csv", v->writing);
    (void)snprintf(label, sizeof label, "write cluster %u (%s rows) to: ", v->writing,
                   number_grouped(c->profile[v->writing - 1].rows, number, sizeof number));
    app_ask(app, &v->head, label, name, ASK_FILE, named);
    return VIEW_REDRAW;
}

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct clusters_view *v = (struct clusters_view *)view;
    settle(v, app);
    if (viewport_command(&v->port, cmd)) {
        app_call_later(app, view, PAUSE_MS);
        return VIEW_REDRAW;
    }
    switch (cmd) {
    case CMD_OPEN:
        return open_rows(v, app);
    case CMD_MORE:
        return run_again(v, app, 1);
    case CMD_LESS:
        return run_again(v, app, -1);
    case CMD_RERUN:
        return run_again(v, app, 0);
    case CMD_SCALE:
        v->scale = v->scale == BAR_LOG ? BAR_LINEAR : BAR_LOG;
        return VIEW_REDRAW;
    case CMD_EXPORT:
        return ask_name(v, app);
    case CMD_ESCAPE:
    case CMD_LEFT:
    case CMD_RIGHT:
        return VIEW_NOTHING;
    default:
        return VIEW_NOT_MINE;
    }
}

/* ---- the view ---- */

/* What is open: one file's name, or how many; and what it is clustered by. */
static void crumb(const struct view *view, const struct app *app, struct buf *out)
{
    const struct table *t = engine_table(app_engine(app));
    const struct clustering *c = engine_clustering(app_engine(app));
    (void)view;
    if (t == NULL || t->n_inputs == 0) {
        buf_add_text(out, "minnow");
        return;
    }
    if (t->n_inputs == 1) {
        const char *slash = strrchr(t->input[0].path, '/');
        bool stdin_read = strcmp(t->input[0].path, "-") == 0;
        buf_add_text(out, stdin_read      ? "standard input"
                          : slash != NULL ? slash + 1
                                          : t->input[0].path);
    } else {
        buf_printf(out, "%zu files", t->n_inputs);
    }
    if (c != NULL)
        buf_printf(out, " %s %s, k=%u", text_glyph(GLYPH_SEPARATOR), c->recipe.name, c->k);
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

static struct view *open_clusters(struct app *app, struct err *err)
{
    struct clusters_view *v = mem_zalloc(1, sizeof *v);
    (void)app;
    if (v == NULL) {
        (void)err_memory(err, "the first screen");
        return NULL;
    }
    v->head.ops = &view_clusters;
    v->generation = UINT64_MAX;
    v->detail = 1;
    return &v->head;
}

static void close_clusters(struct view *view, struct app *app)
{
    (void)app;
    mem_free(((struct clusters_view *)view)->path);
    mem_free(view);
}

const struct view_ops view_clusters = {
    .name = "clusters",
    .where = IN_CLUSTERS,
    .open = open_clusters,
    .close = close_clusters,
    .draw = draw,
    .command = command,
    .notify = notify,
    .later = later,
    .crumb = crumb,
    .hint = hint,
};
