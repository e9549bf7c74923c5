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

/* The clusters as the lines of a clusters view have them, which shows the subject; false for another view. */
bool clusters_as_chart(const struct view *view, struct subject s, struct chart_of *of);

/* What every chart keeps of itself (view_ops.keep), and what that was: which cluster was selected (0: all
 * of them, `all` says so). False when there is nothing to stand on. Of a list of clusters also which line
 * was on top: `port`. */
void chart_keep(const struct chart *chart, const char *view, uint32_t cluster, struct session *out);
void chart_keep_top(const struct viewport *port, struct session *out);
void chart_resume_top(struct viewport *port, const struct resumed *r);
bool chart_resumed(const struct app *app, const struct resumed *r, struct chart_of *of, bool *all);

/* Puts a chart in the place of another, which is gone then; or says why there is none. */
unsigned chart_go_on(struct view *from, struct app *app, struct view *next, const struct err *err);

/* The next or previous cluster, round the ends. */
void chart_step(struct chart_of *of, int direction);

/* What the figures of a cluster count: "1 row", or "38,248 pairs", "2 hosts" of a clustering that groups
 * rows. `out` needs 40 bytes. */
const char *chart_count(const struct chart_of *of, uint64_t n, char *out, size_t size);

/* Appends a value of a feature, with its unit. Round numbers stay round: "500 s", not minutes. */
void chart_value(struct buf *out, enum histogram_unit unit, double x, enum time_style style);

#endif
