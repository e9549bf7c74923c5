/* How one feature spreads in a cluster, and beside it in all of them: a line per bin, two bars.
 *
 * DESIGN
 * 1. All features of all clusters are counted by one work; going from one to the next only draws.
 * 2. What was counted is shared, by count, with the rows that are opened from it: they are asked for
 *    their cells after this view may have gone.
 * 3. Features stand in the order of how far the selected cluster is from all; the one that is shown stays
 *    when another cluster is chosen, so that clusters can be compared by it. */
#include "tui/view/histogram.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/number.h"

#define MOST_BINS 24 /* beyond that lines say no more */

static void counted_unref(struct counted *c)
{
    if (c == NULL || --c->refs > 0)
        return;
    histograms_release(&c->all);
    mem_free(c);
}

/* ---- counting ---- */

struct histogram_work {
    struct work work;
    struct histograms out;
};

static int count(struct work *w, struct job *job, struct err *err)
{
    struct histogram_work *h = (struct histogram_work *)w;
    return histograms_build(&h->out, w->subject.clustering, w->subject.table, job, err);
}

/* Furthest first; equals stay in the recipe's order. */
static void sort_features(struct histogram_view *v)
{
    const struct histograms *all = &v->counted->all;
    double apart[RECIPE_MAX_FEATURES];
    for (uint32_t f = 0; f < all->n; f++) {
        uint32_t i = f;
        double d = histogram_apart(&all->of[f], chart_number(&v->chart.of));
        for (; i > 0 && apart[i - 1] < d; i--) {
            apart[i] = apart[i - 1];
            v->order[i] = v->order[i - 1];
        }
        apart[i] = d;
        v->order[i] = f;
    }
}

static void add_line(struct histogram_view *v, int what, struct histogram_bin bin)
{
    struct line *l = &v->line[v->port.n++];
    l->bin = bin;
    l->what = what == 0 ? BIN : what == 1 ? BELOW : what == 2 ? ABOVE : MISSING;
}

/* The line that has the middle of what another one had, when both are of the same kind. */
static bool is_now(const struct line *l, const struct line *was)
{
    uint32_t middle = was->bin.first + was->bin.n / 2;
    return l->what == was->what &&
           (l->what == MISSING || (l->bin.first <= middle && middle < l->bin.first + l->bin.n));
}

/* Makes the lines for the feature and the cluster, as many as there is room for, and selects the one where
 * most of the cluster is unless told to stay. */
static void make_lines(struct histogram_view *v, bool stay)
{
    const struct histogram *h = histogram_shown(v);
    struct histogram_axis axis;
    uint32_t cluster = chart_number(&v->chart.of);
    uint64_t sel = v->port.sel, most = 0;
    struct line was = v->line[sel];
    uint32_t most_bins = v->room < 6 ? 3 : v->room - 3;
    most_bins = most_bins > MOST_BINS ? MOST_BINS : most_bins;
    histogram_axis(&axis, h, cluster, most_bins);
    v->port.n = 0;
    if (axis.below.n > 0 && histogram_in(h, 0, &axis.below) > 0)
        add_line(v, 1, axis.below);
    for (uint32_t i = 0; i < axis.n; i++) {
        uint64_t n = histogram_in(h, cluster, &axis.bin[i]);
        add_line(v, 0, axis.bin[i]);
        if (!stay && n > most) {
            most = n;
            sel = v->port.n - 1;
        }
    }
    if (axis.above.n > 0 && histogram_in(h, 0, &axis.above) > 0)
        add_line(v, 2, axis.above);
    if (histogram_at(h, 0, HISTOGRAM_MISSING) > 0)
        add_line(v, 3, (struct histogram_bin){0, 0});
    for (uint64_t i = 0; stay && i < v->port.n; i++)
        sel = is_now(&v->line[i], &was) ? i : sel;
    viewport_resize(&v->port, v->port.n, v->port.height);
    viewport_to(&v->port, sel);
}

static void take(struct view *view, struct work *w, int rc, const struct err *err)
{
    struct histogram_view *v = (struct histogram_view *)view;
    struct histogram_work *h = (struct histogram_work *)w;
    v->chart.trouble = *err;
    if (rc != 0) {
        app_forget_ahead(w->app);
        return;
    }
    v->counted = mem_zalloc(1, sizeof *v->counted);
    if (v->counted == NULL) {
        (void)err_memory(&v->chart.trouble, "the histograms");
        app_forget_ahead(w->app);
        return;
    }
    v->counted->refs = 1;
    v->counted->all = h->out;
    h->out = (struct histograms){.n = 0};
    v->at = 0;
    v->room = 0;
    v->port.sel = 0;
    sort_features(v);
    for (uint32_t i = 0; v->resumed && i < v->counted->all.n; i++)
        if (span_is(buf_span(&v->resumed_name), v->counted->all.of[v->order[i]].name))
            v->at = i;
    if (v->resumed)
        v->line[0] = v->resumed_line;
}

static void release(struct work *w)
{
    histograms_release(&((struct histogram_work *)w)->out);
}

static const struct work_kind counting = {sizeof(struct histogram_work), "the histograms", count,
                                          take, release};

static void start(struct histogram_view *v, struct app *app)
{
    struct histogram_work *h =
        work_new(&counting, &v->chart.head, app, v->chart.of.subject, &v->chart.trouble);
    if (h != NULL)
        work_start(&h->work, &v->chart.trouble);
}

/* ---- drawing ---- */

/* Lines are made for the room there is. */
static void draw_all(struct histogram_view *v, struct app *app, struct area a)
{
    uint32_t room = a.rows < 4 ? 1 : (uint32_t)a.rows - 3;
    if (v->room != room) {
        bool first = v->room == 0;
        v->room = room;
        make_lines(v, !first || v->resumed);
        v->resumed = false;
    }
    viewport_resize(&v->port, v->port.n, room);
    histogram_draw(v, app_time_style(app), a);
}

static void draw(struct view *view, struct app *app, struct area a)
{
    struct histogram_view *v = (struct histogram_view *)view;
    if (v->counted == NULL && v->chart.head.waiting == NULL && v->chart.trouble.code == ERR_OK)
        start(v, app);
    if (v->counted == NULL)
        work_draw(a, 0, &v->chart.trouble, "counting the values of every feature ...");
    else if (v->counted->all.n == 0)
        (void)draw_text(a, 0, 1, LOOK_STATUS_WARN,
                        "no feature of the recipe has more than one value");
    else
        draw_all(v, app, a);
}

/* ---- the rows of a bin ---- */

struct bin_pick {
    struct row_pick pick;
    struct counted *counted;
    struct subject subject;
    uint32_t feature, cluster;
    struct line line;
};

static bool in_bin(const struct row_pick *pick, uint64_t row)
{
    const struct bin_pick *p = (const struct bin_pick *)pick;
    return histogram_has(&p->counted->all, p->subject.clustering, p->feature, p->cluster,
                         p->line.what == MISSING ? NULL : &p->line.bin, row);
}

static void release_pick(struct row_pick *pick)
{
    struct bin_pick *p = (struct bin_pick *)pick;
    counted_unref(p->counted);
    subject_unref(p->subject);
    mem_free(p);
}

static unsigned open_bin(struct histogram_view *v, struct app *app)
{
    const struct line *l = &v->line[v->port.sel];
    struct bin_pick *p;
    struct buf name = BUF_INIT;
    struct err err = ERR_INIT;
    if (histogram_rows_in(v, chart_number(&v->chart.of), l) == 0) {
        app_say(app, "nothing of the cluster is in this bin");
        return VIEW_REDRAW;
    }
    p = mem_zalloc(1, sizeof *p);
    if (p == NULL) {
        (void)err_memory(&err, "the rows of the bin");
        app_fail(app, &err);
        return VIEW_REDRAW;
    }
    p->pick = (struct row_pick){.refs = 1, .has = in_bin, .release = release_pick};
    p->counted = v->counted;
    p->counted->refs++;
    p->subject = subject_ref(v->chart.of.subject);
    p->feature = v->order[v->at];
    p->cluster = chart_number(&v->chart.of);
    p->line = *l;
    buf_printf(&name, "%u, %s ", p->cluster, histogram_shown(v)->name);
    histogram_label(v, l, app_time_style(app), &name);
    (void)snprintf(p->pick.name, sizeof p->pick.name, "%s", buf_text(&name));
    (void)snprintf(p->pick.title, sizeof p->pick.title, "of cluster %s", buf_text(&name));
    buf_release(&name);
    return view_push(app, rows_view_of_pick(app, v->chart.of.subject, &p->pick, &err), &err);
}

/* ---- keys ---- */

static unsigned to_feature(struct histogram_view *v, int direction)
{
    uint32_t n = v->counted->all.n;
    if ((direction < 0 && v->at == 0) || (direction > 0 && v->at + 1 >= n))
        return VIEW_NOTHING;
    v->at = direction < 0 ? v->at - 1 : v->at + 1;
    make_lines(v, false);
    return VIEW_REDRAW;
}

static unsigned to_cluster(struct histogram_view *v, int direction)
{
    uint32_t feature = v->order[v->at];
    chart_step(&v->chart.of, direction);
    sort_features(v);
    for (v->at = 0; v->order[v->at] != feature;)
        v->at++;
    make_lines(v, false);
    return VIEW_REDRAW;
}

static unsigned copy_line(const struct histogram_view *v, struct app *app)
{
    struct buf text = BUF_INIT;
    histogram_sentence(v, app_time_style(app), &text);
    app_copy(app, buf_span(&text), "what this line says");
    buf_release(&text);
    return VIEW_REDRAW;
}

static bool waits(const struct view *view, enum command cmd)
{
    const struct histogram_view *v = (const struct histogram_view *)view;
    return (v->counted == NULL || (v->room == 0 && v->counted->all.n > 0)) &&
           v->chart.trouble.code == ERR_OK && cmd != CMD_CHART;
}

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct histogram_view *v = (struct histogram_view *)view;
    struct err err = ERR_INIT;
    if (cmd == CMD_CHART)
        return chart_go_on(view, app, timeline_view_new(&v->chart.of, &err), &err);
    if (cmd == CMD_OPEN && v->counted == NULL && v->chart.trouble.code == ERR_CANCELLED) {
        v->chart.trouble = err;
        return VIEW_REDRAW;
    }
    if (v->counted == NULL || v->counted->all.n == 0 || v->room == 0)
        return cmd == CMD_BACK ? VIEW_NOT_MINE : VIEW_NOTHING;
    if (viewport_command(&v->port, cmd))
        return VIEW_REDRAW;
    switch (cmd) {
    case CMD_LEFT:
    case CMD_RIGHT:
        return to_feature(v, cmd == CMD_LEFT ? -1 : 1);
    case CMD_CLUSTER_NEXT:
    case CMD_CLUSTER_PREVIOUS:
        return to_cluster(v, cmd == CMD_CLUSTER_NEXT ? 1 : -1);
    case CMD_SCALE:
        v->scale = v->scale == BAR_LOG ? BAR_LINEAR : BAR_LOG;
        app_say(app, v->scale == BAR_LOG ? "log bars" : "linear bars");
        return VIEW_REDRAW;
    case CMD_OPEN:
        return open_bin(v, app);
    case CMD_COPY:
        return copy_line(v, app);
    case CMD_ESCAPE:
        return VIEW_NOTHING;
    default:
        return VIEW_NOT_MINE;
    }
}

/* ---- the view ---- */

static void crumb(const struct view *view, const struct app *app, struct buf *out)
{
    const struct histogram_view *v = (const struct histogram_view *)view;
    (void)app;
    buf_printf(out, "%u by feature", chart_number(&v->chart.of));
}

static const char *hint(const struct view *view, const struct app *app)
{
    (void)view;
    (void)app;
    return "Left, Right: feature; J, K: cluster; Enter opens the rows of this bin; v: next chart";
}

/* The line by a cell of it: cells are the same whatever lines there is room for. */
static void keep(const struct view *view, struct app *app, struct session *out)
{
    static const char *const what[] = {"bin", "below", "above", "missing"};
    const struct histogram_view *v = (const struct histogram_view *)view;
    const struct line *l = v->room > 0 && !v->resumed ? &v->line[v->port.sel] : &v->resumed_line;
    (void)app;
    chart_keep(&v->chart, "histogram", chart_number(&v->chart.of), out);
    session_add(out, "bars", span_of(v->scale == BAR_LOG ? "log" : "linear"));
    if (v->counted != NULL && v->counted->all.n > 0)
        session_add(out, "feature", span_of(histogram_shown(v)->name));
    else
        session_add(out, "feature", buf_span(&v->resumed_name));
    session_add(out, "line", span_of(what[l->what]));
    session_printf(out, "cell", "%u", l->bin.first + l->bin.n / 2);
}

static void close_histogram(struct view *view, struct app *app)
{
    struct histogram_view *v = (struct histogram_view *)view;
    (void)app;
    counted_unref(v->counted);
    buf_release(&v->resumed_name);
    chart_free(&v->chart);
}

static const struct view_ops ops = {
    .name = "histogram",
    .where = IN_HISTOGRAM,
    .close = close_histogram,
    .draw = draw,
    .command = command,
    .crumb = crumb,
    .keep = keep,
    .hint = hint,
    .waits = waits,
};

struct view *histogram_view_new(const struct chart_of *of, struct err *err)
{
    struct histogram_view *v = chart_new(sizeof *v, &ops, "the histograms", of, err);
    if (v == NULL)
        return NULL;
    v->scale = BAR_LINEAR;
    return &v->chart.head;
}

struct view *histogram_view_resume(struct app *app, const struct resumed *r, struct err *err)
{
    struct chart_of of;
    struct histogram_view *v;
    struct span name;
    uint64_t cell;
    bool all;
    if (!chart_resumed(app, r, &of, &all))
        return NULL;
    v = (struct histogram_view *)histogram_view_new(&of, err);
    if (v == NULL)
        return NULL;
    v->scale = session_is(r->part, "bars", "log") ? BAR_LOG : BAR_LINEAR;
    v->resumed = session_value(r->part, "feature", &name) && name.len > 0 &&
                 session_number(r->part, "cell", HISTOGRAM_CELLS, &cell);
    if (!v->resumed)
        return &v->chart.head;
    buf_add_span(&v->resumed_name, name);
    v->resumed_line.bin = (struct histogram_bin){(uint32_t)cell, 1};
    v->resumed_line.what = session_is(r->part, "line", "below")     ? BELOW
                           : session_is(r->part, "line", "above")   ? ABOVE
                           : session_is(r->part, "line", "missing") ? MISSING
                                                                    : BIN;
    return &v->chart.head;
}
