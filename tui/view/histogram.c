/* How one feature spreads in a cluster, and beside it in all of them: a line per bin, two bars.
 *
 * DESIGN
 * 1. All features of all clusters are counted by one work; going from one to the next only draws.
 * 2. What was counted is shared, by count, with the rows that are opened from it: they are asked for
 *    their cells after this view may have gone.
 * 3. Features stand in the order of how far the selected cluster is from all; the one that is shown stays
 *    when another cluster is chosen, so that clusters can be compared by it. */
#include "tui/view/charts.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/number.h"
#include "core/query/histogram.h"
#include "tui/model/barchart.h"
#include "tui/model/draft.h"

#define LIST_COLS  34  /* of the features, beside the bars ... */
#define LIST_FROM  120 /* ... from here on */
#define COUNT_FROM 100 /* counts stand behind the shares */
#define SHARE_COLS 9
#define COUNT_COLS 12
#define MOST_LABEL 24
#define MOST_BINS  24 /* beyond that lines say no more */

struct counted {
    unsigned refs;
    struct histograms all;
};

struct line {
    struct histogram_bin bin;
    enum { BIN, BELOW, ABOVE, MISSING } what;
};

struct histogram_view {
    struct chart chart;
    struct counted *counted;             /* NULL until it is there */
    uint32_t order[RECIPE_MAX_FEATURES]; /* features, the one that is furthest apart first */
    uint32_t at;                         /* place in it */
    enum bar_scale scale;
    struct line line[HISTOGRAM_MAX_BINS + 3];
    struct viewport port; /* over the lines */
    uint32_t room;        /* lines there are bins for */
};

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

static const struct histogram *shown(const struct histogram_view *v)
{
    return &v->counted->all.of[v->order[v->at]];
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
    const struct histogram *h = shown(v);
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
    if (rc != 0)
        return;
    v->counted = mem_zalloc(1, sizeof *v->counted);
    if (v->counted == NULL) {
        (void)err_memory(&v->chart.trouble, "the histograms");
        return;
    }
    v->counted->refs = 1;
    v->counted->all = h->out;
    h->out = (struct histograms){.n = 0};
    v->at = 0;
    v->room = 0;
    sort_features(v);
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

/* ---- values as texts ---- */

/* "100 B - 200 B", "3", "below 10 ms", "missing". */
static void add_label(const struct histogram_view *v, const struct line *l, enum time_style style,
                      struct buf *out)
{
    const struct histogram *h = shown(v);
    double from = histogram_edge(h, l->bin.first);
    double to = histogram_edge(h, l->bin.first + l->bin.n);
    if (l->what == MISSING) {
        buf_add_text(out, "missing");
    } else if (h->unit == HISTOGRAM_NAMES) {
        buf_add_text(out, h->label[l->bin.first]);
    } else if (l->what != BIN) {
        buf_add_text(out, l->what == BELOW ? "below " : "from ");
        chart_value(out, h->unit, l->what == BELOW ? to : from, style);
    } else if (h->log && l->bin.first == 0 && l->bin.n == 1) {
        buf_add_text(out, "0");
    } else if (h->unit == HISTOGRAM_COUNT) {
        chart_value(out, h->unit, ceil(from), style);
        if (ceil(to) - 1 > ceil(from)) {
            buf_add_text(out, " - ");
            chart_value(out, h->unit, ceil(to) - 1, style);
        }
    } else {
        chart_value(out, h->unit, from, style);
        buf_add_text(out, " - ");
        chart_value(out, h->unit == HISTOGRAM_ONE_IN ? HISTOGRAM_PLAIN : h->unit, to, style);
    }
}

static uint64_t rows_in(const struct histogram_view *v, uint32_t cluster, const struct line *l)
{
    return l->what == MISSING ? histogram_at(shown(v), cluster, HISTOGRAM_MISSING)
                              : histogram_in(shown(v), cluster, &l->bin);
}

static double share_in(const struct histogram_view *v, uint32_t cluster, const struct line *l)
{
    uint64_t all = histogram_total(shown(v), cluster);
    return all == 0 ? 0 : (double)rows_in(v, cluster, l) / (double)all;
}

/* "cluster 3, duration 1 s - 2 s: 120 rows, 70.2 % of it, 3.1 % of all" */
static void add_sentence(const struct histogram_view *v, enum time_style style, struct buf *out)
{
    const struct line *l = &v->line[v->port.sel];
    char number[32], share[2][16];
    buf_printf(out, "cluster %u, %s ", chart_number(&v->chart.of), shown(v)->name);
    add_label(v, l, style, out);
    buf_printf(out, ": %s %s, %s of it, %s of all",
               number_grouped(rows_in(v, chart_number(&v->chart.of), l), number, sizeof number),
               chart_things(&v->chart.of),
               number_share(share_in(v, chart_number(&v->chart.of), l), share[0], sizeof share[0]),
               number_share(share_in(v, 0, l), share[1], sizeof share[1]));
}

/* ---- drawing ---- */

/* The title: which feature, what it says, and where it stands in the list. */
static void draw_title(const struct histogram_view *v, struct area a)
{
    const struct histogram *h = shown(v);
    const char *words = feature_words(h->kind);
    char text[80], share[16];
    int x = 1, end;
    (void)snprintf(
        text, sizeof text, "%s apart, feature %u of %u",
        number_share(histogram_apart(h, chart_number(&v->chart.of)), share, sizeof share),
        v->at + 1, v->counted->all.n);
    end = a.cols - 1 - draw_right(a, 0, a.cols - 1, LOOK_DIM, text) - 2;
    x += draw_untrusted(a, 0, x, end - x, LOOK_STRONG, span_of(h->name), CUT_MIDDLE);
    if (x + 2 + (int)strlen(words) <= end)
        (void)draw_text(a, 0, x + 2, LOOK_DIM, words);
}

/* All features with how far the cluster is from all, beside the bars. */
static void draw_features(const struct histogram_view *v, struct area a)
{
    char share[16];
    int first = (int)v->at >= a.rows - 2 ? (int)v->at - a.rows + 3 : 0;
    (void)draw_text(a, 1, 1, LOOK_HEADING, "feature");
    (void)draw_right(a, 1, a.cols - 3, LOOK_HEADING, "apart");
    for (int i = 0; i + 2 < a.rows && (uint32_t)(first + i) < v->counted->all.n; i++) {
        uint32_t at = (uint32_t)(first + i);
        const struct histogram *h = &v->counted->all.of[v->order[at]];
        bool here = at == v->at;
        if (here)
            (void)draw_text(a, i + 2, 0, LOOK_STRONG, text_glyph(GLYPH_POINTER));
        (void)draw_untrusted(a, i + 2, 2, a.cols - 14, here ? LOOK_STRONG : LOOK_DEFAULT,
                             span_of(h->name), CUT_MIDDLE);
        (void)draw_right(
            a, i + 2, a.cols - 3, here ? LOOK_NUMBER : LOOK_DIM,
            number_share(histogram_apart(h, chart_number(&v->chart.of)), share, sizeof share));
    }
}

/* Where a series stands. */
struct panel {
    int x, bar_cols, share_end, count_end; /* count_end 0: no counts */
};

static struct panel panel_at(int x, int cols, bool counts)
{
    struct panel p = {.x = x};
    p.bar_cols = cols - SHARE_COLS - (counts ? COUNT_COLS : 0);
    p.share_end = x + p.bar_cols + SHARE_COLS;
    p.count_end = counts ? p.share_end + COUNT_COLS : 0;
    return p;
}

static uint32_t length_of(const struct histogram_view *v, double share, double most, int cols)
{
    /* In steps of a millionth; a part of nothing at all is still a mark. */
    uint64_t part = (uint64_t)(share * 1e6), full = (uint64_t)(most * 1e6);
    return bar_length(share > 0 && part == 0 ? 1 : part, full == 0 ? 1 : full, (uint32_t)cols,
                      v->scale);
}

static void draw_series(const struct histogram_view *v, struct area a, int row,
                        const struct panel *p, uint32_t cluster, const struct line *l, double most,
                        unsigned on)
{
    double share = share_in(v, cluster, l);
    uint64_t n = rows_in(v, cluster, l);
    char text[32];
    (void)draw_bar(a, row, p->x, p->bar_cols, (cluster > 0 ? LOOK_BAR : LOOK_SPARK) | on,
                   length_of(v, share, most, p->bar_cols));
    if (n == 0)
        (void)draw_right(a, row, p->share_end, LOOK_DIM | on, text_glyph(GLYPH_DOT));
    else
        (void)draw_right(a, row, p->share_end, LOOK_NUMBER | on,
                         number_share(share, text, sizeof text));
    if (n > 0 && p->count_end > 0)
        (void)draw_right(a, row, p->count_end, LOOK_NUMBER | on,
                         number_grouped(n, text, sizeof text));
}

static void draw_heading(const struct histogram_view *v, struct area a, const struct panel p[2])
{
    char number[32], text[80];
    for (int i = 0; i < 2; i++) {
        uint64_t n = histogram_total(shown(v), i == 0 ? chart_number(&v->chart.of) : 0);
        (void)number_grouped(n, number, sizeof number);
        if (i == 0)
            (void)snprintf(text, sizeof text, "cluster %u: %s %s", chart_number(&v->chart.of),
                           number, chart_things(&v->chart.of));
        else
            (void)snprintf(text, sizeof text, "all clusters: %s", number);
        (void)draw_untrusted(a, 1, p[i].x, p[i].bar_cols + SHARE_COLS, LOOK_HEADING, span_of(text),
                             CUT_END);
    }
}

static void draw_bins(struct histogram_view *v, struct area a, enum time_style style)
{
    struct area list = area_rows(a, 2, a.rows - 3);
    struct buf label = BUF_INIT;
    struct panel p[2];
    int label_cols = 8, each;
    double most = 0;
    for (uint64_t i = 0; i < v->port.n; i++) {
        double share[2] = {share_in(v, chart_number(&v->chart.of), &v->line[i]),
                           share_in(v, 0, &v->line[i])};
        int cols;
        buf_clear(&label);
        add_label(v, &v->line[i], style, &label);
        cols = (int)clean_cols(buf_span(&label));
        label_cols = cols > label_cols ? cols : label_cols;
        most = share[0] > most ? share[0] : most;
        most = share[1] > most ? share[1] : most;
    }
    label_cols = label_cols > MOST_LABEL ? MOST_LABEL : label_cols;
    each = (a.cols - 2 - label_cols - 5) / 2;
    p[0] = panel_at(label_cols + 4, each, a.cols >= COUNT_FROM);
    p[1] = panel_at(label_cols + 4 + each + 2, each, a.cols >= COUNT_FROM);
    draw_heading(v, a, p);
    for (uint64_t i = 0; i < viewport_shown(&v->port); i++) {
        const struct line *l = &v->line[v->port.top + i];
        bool selected = v->port.top + i == v->port.sel;
        unsigned on = view_mark(area_cols(list, 0, p[0].x - 1), (int)i, selected);
        struct fit fit;
        buf_clear(&label);
        add_label(v, l, style, &label);
        fit = text_fit(buf_span(&label), (size_t)label_cols, CUT_MIDDLE);
        (void)draw_untrusted(list, (int)i, 2 + label_cols - (int)fit.cols, label_cols,
                             (l->what == BIN ? LOOK_DEFAULT : LOOK_DIM) | on, buf_span(&label),
                             CUT_MIDDLE);
        draw_series(v, list, (int)i, &p[0], chart_number(&v->chart.of), l, most, 0);
        draw_series(v, list, (int)i, &p[1], 0, l, most, 0);
    }
    buf_release(&label);
}

static void draw_all(struct histogram_view *v, struct app *app, struct area a)
{
    struct area right = a;
    struct buf text = BUF_INIT;
    uint32_t room = a.rows < 4 ? 1 : (uint32_t)a.rows - 3;
    if (a.cols >= LIST_FROM) {
        draw_features(v, area_cols(a, 0, LIST_COLS));
        right = area_cols(a, LIST_COLS, a.cols - LIST_COLS);
    }
    if (v->room != room) {
        bool first = v->room == 0;
        v->room = room;
        make_lines(v, !first);
    }
    viewport_resize(&v->port, v->port.n, room);
    draw_title(v, a);
    draw_bins(v, right, app_time_style(app));
    add_sentence(v, app_time_style(app), &text);
    (void)draw_untrusted(a, a.rows - 1, 1, a.cols - 2, LOOK_DIM, buf_span(&text), CUT_END);
    buf_release(&text);
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
    if (rows_in(v, chart_number(&v->chart.of), l) == 0) {
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
    buf_printf(&name, "%u, %s ", p->cluster, shown(v)->name);
    add_label(v, l, app_time_style(app), &name);
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
    add_sentence(v, app_time_style(app), &text);
    app_copy(app, buf_span(&text), "what this line says");
    buf_release(&text);
    return VIEW_REDRAW;
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

static void close_histogram(struct view *view, struct app *app)
{
    struct histogram_view *v = (struct histogram_view *)view;
    (void)app;
    counted_unref(v->counted);
    chart_free(&v->chart);
}

static const struct view_ops ops = {
    .name = "histogram",
    .where = IN_HISTOGRAM,
    .close = close_histogram,
    .draw = draw,
    .command = command,
    .crumb = crumb,
    .hint = hint,
};

struct view *histogram_view_new(const struct chart_of *of, struct err *err)
{
    struct histogram_view *v = chart_new(sizeof *v, &ops, "the histograms", of, err);
    if (v == NULL)
        return NULL;
    v->scale = BAR_LINEAR;
    return &v->chart.head;
}
