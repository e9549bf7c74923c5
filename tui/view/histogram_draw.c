/* How a feature looks: its name and where it stands among the others, and the bars of its bins. */
#include "tui/view/histogram.h"

#include <math.h>

#include "core/base/number.h"
#include "tui/model/draft.h"

#define LIST_COLS  34  /* of the features, beside the bars ... */
#define LIST_FROM  120 /* ... from here on */
#define COUNT_FROM 100 /* counts stand behind the shares */
#define SHARE_COLS 9
#define COUNT_COLS 12
#define MOST_LABEL 24

/* ---- values as texts ---- */

void histogram_label(const struct histogram_view *v, const struct line *l, enum time_style style,
                     struct buf *out)
{
    const struct histogram *h = histogram_shown(v);
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

uint64_t histogram_rows_in(const struct histogram_view *v, uint32_t cluster, const struct line *l)
{
    return l->what == MISSING ? histogram_at(histogram_shown(v), cluster, HISTOGRAM_MISSING)
                              : histogram_in(histogram_shown(v), cluster, &l->bin);
}

static double share_in(const struct histogram_view *v, uint32_t cluster, const struct line *l)
{
    uint64_t all = histogram_total(histogram_shown(v), cluster);
    return all == 0 ? 0 : (double)histogram_rows_in(v, cluster, l) / (double)all;
}

/* "cluster 3, duration 1 s - 2 s: 120 rows, 70.2 % of it, 3.1 % of all" */
void histogram_sentence(const struct histogram_view *v, enum time_style style, struct buf *out)
{
    const struct line *l = &v->line[v->port.sel];
    char number[40], share[2][16];
    buf_printf(out, "cluster %u, %s ", chart_number(&v->chart.of), histogram_shown(v)->name);
    histogram_label(v, l, style, out);
    buf_printf(out, ": %s, %s of it, %s of all",
               chart_count(&v->chart.of, histogram_rows_in(v, chart_number(&v->chart.of), l),
                           number, sizeof number),
               number_share(share_in(v, chart_number(&v->chart.of), l), share[0], sizeof share[0]),
               number_share(share_in(v, 0, l), share[1], sizeof share[1]));
}

/* ---- drawing ---- */

/* The title: which feature, what it says, and where it stands in the list. */
static void draw_title(const struct histogram_view *v, struct area a)
{
    const struct histogram *h = histogram_shown(v);
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
    uint64_t n = histogram_rows_in(v, cluster, l);
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
    char number[40], text[80];
    for (int i = 0; i < 2; i++) {
        uint64_t n = histogram_total(histogram_shown(v), i == 0 ? chart_number(&v->chart.of) : 0);
        if (i == 0)
            (void)snprintf(text, sizeof text, "cluster %u: %s", chart_number(&v->chart.of),
                           chart_count(&v->chart.of, n, number, sizeof number));
        else
            (void)snprintf(text, sizeof text, "all clusters: %s",
                           number_grouped(n, number, sizeof number));
        (void)draw_untrusted(a, 1, p[i].x, p[i].bar_cols + SHARE_COLS, LOOK_HEADING, span_of(text),
                             CUT_END);
    }
}

static void draw_bins(const struct histogram_view *v, struct area a, enum time_style style)
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
        histogram_label(v, &v->line[i], style, &label);
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
        histogram_label(v, l, style, &label);
        fit = text_fit(buf_span(&label), (size_t)label_cols, CUT_MIDDLE);
        (void)draw_untrusted(list, (int)i, 2 + label_cols - (int)fit.cols, label_cols,
                             (l->what == BIN ? LOOK_DEFAULT : LOOK_DIM) | on, buf_span(&label),
                             CUT_MIDDLE);
        draw_series(v, list, (int)i, &p[0], chart_number(&v->chart.of), l, most, 0);
        draw_series(v, list, (int)i, &p[1], 0, l, most, 0);
    }
    buf_release(&label);
}

void histogram_draw(const struct histogram_view *v, enum time_style style, struct area a)
{
    struct area right = a;
    struct buf text = BUF_INIT;
    if (a.cols >= LIST_FROM) {
        draw_features(v, area_cols(a, 0, LIST_COLS));
        right = area_cols(a, LIST_COLS, a.cols - LIST_COLS);
    }
    draw_title(v, a);
    draw_bins(v, right, style);
    histogram_sentence(v, style, &text);
    (void)draw_untrusted(a, a.rows - 1, 1, a.cols - 2, LOOK_DIM, buf_span(&text), CUT_END);
    buf_release(&text);
}
