/* The bar chart: a line per cluster. */
#include "tui/view/clusters.h"

#include "core/base/number.h"
#include "core/cluster/heed.h"
#include "tui/model/sparkline.h"

/* ---- lines ---- */

/* Where the columns stand; a width of 0 leaves a column out. */
struct grid {
    int number_end, rows_end, share_end, bar, bar_cols, when, when_cols, why;
};

static struct grid grid_for(int cols, int screen_cols, uint64_t most_rows, uint64_t k)
{
    struct grid g = {0};
    char number[32];
    int digits = (int)strlen(number_grouped(most_rows, number, sizeof number));
    int x = 1 + (k > 99 ? 3 : 2);
    g.number_end = x;
    x += 1 + (digits < 4 ? 4 : digits);
    g.rows_end = x;
    if (cols >= 72 && screen_cols > 80) {
        x += 9;
        g.share_end = x;
    }
    x += 2;
    g.bar = x;
    g.bar_cols = screen_cols >= CLUSTERS_WIDE ? 15 : 10;
    x += g.bar_cols + 2;
    if (screen_cols >= CLUSTERS_WIDE && cols >= 84) {
        g.when = x;
        g.when_cols = screen_cols >= 200 ? PROFILE_TIMELINE : PROFILE_TIMELINE / 2;
        x += g.when_cols + 2;
    }
    g.why = x;
    return g;
}

static void headings(struct area a, const struct grid *g, enum bar_scale scale)
{
    (void)draw_right(a, 0, g->number_end, LOOK_HEADING, "#");
    (void)draw_right(a, 0, g->rows_end, LOOK_HEADING, "rows");
    if (g->share_end > 0)
        (void)draw_right(a, 0, g->share_end, LOOK_HEADING, "share");
    (void)draw_text(a, 0, g->bar, LOOK_HEADING, scale == BAR_LOG ? "log bar" : "linear bar");
    if (g->when > 0)
        (void)draw_text(a, 0, g->when, LOOK_HEADING, "when");
    (void)draw_text(a, 0, g->why, LOOK_HEADING, "why");
}

/* Verdicts come before suspicion. */
static unsigned bar_look(const struct profile *p)
{
    if (heed_benign(p))
        return LOOK_BAR_BENIGN;
    return p->suspect_rows > 0 || p->suspicion.score >= SUSPICION_SHOWN ? LOOK_BAR_SUSPECT
                                                                        : LOOK_BAR;
}

/* The selection is marked up to the bar: over ssh every column that changes its background costs. */
static void line(struct area a, int row, const struct grid *g, const struct profile *p,
                 uint32_t number, uint64_t most, enum bar_scale scale, bool selected)
{
    unsigned on = selected ? LOOK_ON_SELECTED : 0;
    char text[32];
    if (selected) {
        draw_line(area_cols(a, 0, g->bar - 1), row, LOOK_SELECTED);
        (void)draw_text(a, row, 0, LOOK_SELECTED, text_glyph(GLYPH_POINTER));
    }
    (void)snprintf(text, sizeof text, "%u", number);
    (void)draw_right(a, row, g->number_end, LOOK_STRONG | on, text);
    if (p->suspect_rows > 0)
        (void)draw_text(a, row, g->number_end, LOOK_STATUS_ERROR | on, "!");
    else if (heed_benign(p))
        (void)draw_text(a, row, g->number_end, LOOK_DIM | on, "~");
    (void)draw_right(a, row, g->rows_end, LOOK_NUMBER | on,
                     number_grouped(p->rows, text, sizeof text));
    if (g->share_end > 0)
        (void)draw_right(a, row, g->share_end, LOOK_NUMBER | on,
                         number_share(p->share, text, sizeof text));
    (void)draw_bar(a, row, g->bar, g->bar_cols, bar_look(p),
                   bar_length(p->rows, most, (uint32_t)g->bar_cols, scale));
    if (g->when > 0) {
        uint8_t level[PROFILE_TIMELINE];
        uint32_t n = spark_levels(p->timeline, PROFILE_TIMELINE, (uint32_t)g->when_cols, level);
        draw_spark(a, row, g->when, LOOK_SPARK, level, (int)n);
    }
    (void)draw_untrusted(a, row, g->why, a.cols - g->why, LOOK_WHY, span_of(p->why), CUT_END);
}

void chart_draw(struct area a, const struct clusters_view *v, const struct clustering *c,
                int screen_cols)
{
    uint64_t most = 0, shown = viewport_shown(&v->port), below = viewport_below(&v->port);
    struct area list = area_rows(a, 1, a.rows - 1);
    struct grid g;
    for (uint32_t i = 0; i < c->k; i++)
        most = c->profile[i].rows > most ? c->profile[i].rows : most;
    g = grid_for(a.cols, screen_cols, most, c->k);
    headings(a, &g, v->scale);
    for (uint64_t i = 0; i < shown; i++) {
        uint64_t at = v->port.top + i;
        line(list, (int)i, &g, &c->profile[v->number[at]], (uint32_t)v->number[at] + 1, most,
             v->scale, at == v->port.sel);
    }
    if (below > 0 || v->port.top > 0) {
        char text[80];
        (void)snprintf(text, sizeof text, "%llu more %s", (unsigned long long)(c->k - shown),
                       below == 0         ? "above"
                       : v->port.top == 0 ? "below"
                                          : "above and below");
        (void)draw_right(a, 0, a.cols - 1, LOOK_DIM, text);
    }
}

static int bigger_first(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

void chart_progress(struct area a, const struct progress *p, enum bar_scale scale)
{
    uint64_t size[PROGRESS_MAX_K];
    uint32_t k = p->k < PROGRESS_MAX_K ? p->k : PROGRESS_MAX_K;
    struct area list = area_rows(a, 1, a.rows - 1);
    struct grid g;
    memcpy(size, p->size, k * sizeof *size);
    qsort(size, k, sizeof *size, bigger_first);
    if (k == 0)
        return;
    g = grid_for(a.cols, a.cols, size[0], k);
    (void)draw_right(a, 0, g.rows_end, LOOK_HEADING, "rows");
    (void)draw_text(a, 0, g.bar, LOOK_HEADING, "so far");
    for (uint32_t i = 0; i < k && (int)i < list.rows; i++) {
        char text[32];
        (void)draw_right(list, (int)i, g.rows_end, LOOK_DIM,
                         number_grouped(size[i], text, sizeof text));
        (void)draw_bar(list, (int)i, g.bar, g.bar_cols, LOOK_BAR_WORK,
                       bar_length(size[i], size[0], (uint32_t)g.bar_cols, scale));
    }
    if (k > (uint32_t)(list.rows > 0 ? list.rows : 0))
        (void)draw_format(a, 0, g.why, LOOK_DIM, "%u more", k - (uint32_t)list.rows);
}
