/* What the charts of `v` share: which clusters they are of, and the way from one to the next.
 *
 * `v` on the first screen opens the first chart, and in a chart puts the next one in its place, with
 * the same cluster selected; `q` leads back to the first screen from any of them. */
#ifndef MINNOW_TUI_VIEW_CHARTS_H
#define MINNOW_TUI_VIEW_CHARTS_H

#include "core/query/histogram.h"
#include "tui/view/work.h"

/* Clusters from above, as the first screen has them. */
struct chart_of {
    struct subject subject;
    uint32_t n;
    uint32_t number[RECIPE_MAX_K]; /* cluster numbers; n of them */
    uint32_t at;                   /* the selected one: a place in `number` */
};

/* What every chart begins with. */
struct chart {
    struct view head;
    struct chart_of of;
    struct err trouble; /* why there is nothing to show */
};

/* A chart of `size` bytes, zeroes behind what it begins with; it has a reference to the subject. `what` is
 * for messages: "the heat map". NULL with ERR_LIMIT. */
void *chart_new(size_t size, const struct view_ops *ops, const char *what,
                const struct chart_of *of, struct err *err) WARN_UNUSED;
void chart_free(struct chart *chart);

static inline uint32_t chart_number(const struct chart_of *of)
{
    return of->number[of->at];
}

static inline const struct profile *chart_profile(const struct chart_of *of)
{
    return &of->subject.clustering->profile[chart_number(of) - 1];
}

/* In the order in which `v` goes through them. Each takes a reference to the subject. NULL with
 * ERR_LIMIT. */
struct view *heat_view_new(const struct chart_of *of, struct err *err) WARN_UNUSED;
struct view *histogram_view_new(const struct chart_of *of, struct err *err) WARN_UNUSED;
struct view *timeline_view_new(const struct chart_of *of, struct err *err) WARN_UNUSED;
struct view *scatter_view_new(const struct chart_of *of, struct err *err) WARN_UNUSED;

/* Puts a chart in the place of another, which is gone then; or says why there is none. */
unsigned chart_go_on(struct view *from, struct app *app, struct view *next, const struct err *err);

/* The next or previous cluster, round the ends. */
void chart_step(struct chart_of *of, int direction);

/* What the figures of a cluster count: "rows", or "pairs", "hosts" of a clustering that groups rows. */
const char *chart_things(const struct chart_of *of);

/* Appends a value of a feature, with its unit. Round numbers stay round: "500 s", not minutes. */
void chart_value(struct buf *out, enum histogram_unit unit, double x, enum time_style style);

#endif
