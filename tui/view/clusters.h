/* The clusters view, private to its three files: clusters.c (commands), chart.c (the list of bars)
 * and detail.c (what is known about one cluster). */
#ifndef MINNOW_TUI_VIEW_CLUSTERS_H
#define MINNOW_TUI_VIEW_CLUSTERS_H

#include "tui/model/barchart.h"
#include "tui/view/views.h"

#define CLUSTERS_WIDE   110 /* from here on a timeline, and longer bars */
#define CLUSTERS_BESIDE 140 /* from here on the detail may stand beside */
#define FOLLOW_ROWS     64

struct clusters_view {
    struct view head;
    struct viewport port; /* over clusters; the selected one is sel + 1 */
    enum bar_scale scale;
    uint64_t generation;
    uint32_t detail; /* cluster number that the detail shows; it follows when keys pause */
    uint32_t follow[FOLLOW_ROWS]; /* rows of the cluster that the selection follows */
    uint32_t n_follow;
    char *path; /* where `e` is about to write; owned */
    uint32_t writing;
};

/* ---- chart.c ---- */

/* The line of facts: rows, what is missing from them and why, time range, seed, order. */
void chart_facts(struct area a, const struct table *t, const struct clustering *c,
                 enum time_style style, enum bar_scale scale);

/* Headings and one line per cluster. `screen_cols` decides which columns there are. */
void chart_draw(struct area a, const struct clusters_view *v, const struct clustering *c,
                int screen_cols);

/* Bars of a running k-means: sizes so far, biggest first, without numbers. */
void chart_progress(struct area a, const struct progress *p, enum bar_scale scale);

/* ---- detail.c ---- */

void detail_draw(struct area a, const struct table *t, const struct clustering *c, uint32_t number,
                 enum time_style style);

#endif
