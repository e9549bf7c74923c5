/* The histograms, private to their files: histogram.c (counting, keys) and histogram_draw.c. */
#ifndef MINNOW_TUI_VIEW_HISTOGRAM_H
#define MINNOW_TUI_VIEW_HISTOGRAM_H

#include "core/query/histogram.h"
#include "tui/model/barchart.h"
#include "tui/view/charts.h"

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

    /* What it comes back to once it is counted. */
    bool resumed;
    struct buf resumed_name; /* of the feature */
    struct line resumed_line;
};

/* The feature that is shown. */
static inline const struct histogram *histogram_shown(const struct histogram_view *v)
{
    return &v->counted->all.of[v->order[v->at]];
}

/* ---- histogram_draw.c ---- */

/* "100 B - 200 B", "3", "below 10 ms", "missing". */
void histogram_label(const struct histogram_view *v, const struct line *l, enum time_style style,
                     struct buf *out);

/* What a line has of a cluster, or of all of them (0). */
uint64_t histogram_rows_in(const struct histogram_view *v, uint32_t cluster, const struct line *l);

/* What the selected line says. */
void histogram_sentence(const struct histogram_view *v, enum time_style style, struct buf *out);

/* The lines, which have been made. */
void histogram_draw(const struct histogram_view *v, enum time_style style, struct area a);

#endif
