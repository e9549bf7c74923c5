/* The clusters view, private to its files: clusters.c (commands), chart.c (the list of bars), facts.c (the line above it),
 * detail.c (what is known about one cluster) and explore.c (zooming, excluding). */
#ifndef MINNOW_TUI_VIEW_CLUSTERS_H
#define MINNOW_TUI_VIEW_CLUSTERS_H

#include "tui/model/barchart.h"
#include "tui/view/views.h"

#define CLUSTERS_WIDE 110 /* from here on a timeline, and longer bars */
#define CLUSTERS_BESIDE                                                                            \
    200 /* from here on the detail may stand beside: the sentences have room too */
#define FOLLOW_ROWS 64

struct clusters_view {
    struct view head;
    struct viewport port;             /* over the lines of the chart */
    uint8_t number[RECIPE_MAX_K + 1]; /* cluster number - 1 by line; port.n of them */
    enum line_order order;
    enum bar_scale scale;
    uint64_t generation;
    uint32_t detail; /* cluster number that the detail shows; it follows when keys pause */
    uint32_t follow[FOLLOW_ROWS]; /* rows of the cluster that the selection follows */
    uint32_t n_follow;
    struct buf needle;   /* what was looked up; empty for none */
    uint32_t writing;    /* cluster that `e` is about to write */
    uint64_t writing_of; /* generation that it belongs to */

    /* A view that zooms keeps what was there before, and gives it back when it closes. */
    struct clusters_view *outer, *inner;    /* NULL: the first screen; nothing zoomed from here */
    struct hypothesis before;               /* with outer; owned */
    const struct clustering *before_result; /* with outer; a reference */
    uint32_t zoomed;                        /* cluster of before_result; with outer */

    struct view *first; /* rows shown while a log is being read; owned, or NULL */
    uint64_t first_of;  /* generation that they are of */

    const struct clustering *about; /* what the list of exclusions is about; a reference, or NULL */
    uint32_t about_number;
};

/* The order that the lines are in. */
enum order clusters_order(const struct clusters_view *v, const struct clustering *c);

/* Number of the selected cluster, 1..k; 0 when there is none. */
uint32_t clusters_selected(const struct clusters_view *v);

/* Moves the selection to a cluster, by its number. */
void clusters_select(struct clusters_view *v, uint32_t number);

/* Puts the clusters into lines, in the view's order. */
void clusters_arrange(struct clusters_view *v, const struct clustering *c);

/* What the view shows: the engine's result, or, while another zooms from here, what was there. */
const struct clustering *clusters_shown(const struct clusters_view *v, const struct app *app);

/* Keeps some rows of the selected cluster, to find it again in the next result. */
void clusters_remember(struct clusters_view *v, const struct clustering *c);

/* The cluster that holds most of them; 0 when none does. */
uint32_t clusters_followed(const struct clusters_view *v, const struct clustering *c);

/* Makes a view of this kind; NULL with ERR_LIMIT. */
struct clusters_view *clusters_view_new(struct err *err) WARN_UNUSED;

/* ---- refer.c ---- */

/* y: copies the selected cluster's sentence and the command that gives it again. Return enum
 * view_next. */
unsigned refer_copy(struct clusters_view *v, struct app *app);

/* / n N: an address opens its card, any other text is found in the sentences of the chart. */
unsigned refer_ask(struct clusters_view *v, struct app *app);
unsigned refer_next(struct clusters_view *v, struct app *app, int direction);

/* ---- early.c ---- */

/* While a log is read, and until its first clustering is there: draws progress and the first rows or
 * the preview. False when there is nothing but progress to show. */
bool early_draw(struct clusters_view *v, struct app *app, struct area a);

/* The clustering of a sample that is shown until there is a whole one, or NULL. */
const struct clustering *early_preview(const struct app *app);

/* A command while that is shown; VIEW_NOT_MINE when it is none that needs the whole log. */
unsigned early_command(struct clusters_view *v, struct app *app, enum command cmd);

/* Whether a command of the clusters screen has something to act on: rows, a preview, clusters. */
bool clusters_offers(const struct view *view, const struct app *app, enum command cmd);

/* What is open, and that it is a preview: the breadcrumb. False when nothing is known early. */
bool early_crumb(const struct app *app, struct buf *out);

void early_close(struct clusters_view *v, struct app *app);

/* ---- clusters.c, for early.c ---- */

void clusters_draw_chart(struct clusters_view *v, struct app *app, struct area a,
                         const struct table *t, const struct clustering *c);

/* ---- explore.c ---- */

/* z and x. Return enum view_next. */
unsigned explore_zoom(struct clusters_view *v, struct app *app);
unsigned explore_exclude(struct clusters_view *v, struct app *app);

/* ---- unit.c ---- */

/* U. Returns enum view_next. */
unsigned unit_ask(struct clusters_view *v, struct app *app);

/* ---- clusters_keep.c ---- */

void clusters_keep(const struct view *view, struct app *app, struct session *out);

/* When a view closes: what it kept goes back, or is freed. */
void explore_close(struct clusters_view *v, struct app *app);

/* ---- facts.c ---- */

/* The line of facts: rows, what is missing from them and why, time range, seed, order. */
struct facts {
    const char *preview; /* what the rows are, when they are only a sample; else NULL */
    const struct table *table;
    const struct clustering *clustering; /* or NULL */
    size_t n_excluded;                   /* things that the analyst excluded */
    bool narrowed;                       /* zoomed, or without something that was excluded */
    enum order order;
    enum time_style style;
    enum bar_scale scale;
};
void chart_facts(struct area a, const struct facts *f);

/* ---- chart.c ---- */

/* Headings and one line per cluster. `screen_cols` decides which columns there are. */
void chart_draw(struct area a, const struct clusters_view *v, const struct clustering *c,
                int screen_cols);

/* Bars of a running k-means: sizes so far, biggest first, without numbers. */
void chart_progress(struct area a, const struct progress *p, enum bar_scale scale);

/* ---- detail.c ---- */

/* `trust` may be NULL. */
void detail_draw(struct area a, const struct table *t, const struct clustering *c, uint32_t number,
                 const struct trust *trust, enum time_style style);

#endif
