/* The timeline view, private to its files: timeline.c (places, counting, keys) and timeline_draw.c. */
#ifndef MINNOW_TUI_VIEW_TIMELINE_H
#define MINNOW_TUI_VIEW_TIMELINE_H

#include "core/query/timeline.h"
#include "tui/model/barchart.h"
#include "tui/view/charts.h"

struct place {
    uint32_t zoom;         /* number of the buckets' length */
    int64_t begin, cursor; /* where the first bucket and the selected one begin */
    int64_t offset_us;     /* of the zone that buckets are aligned to */
    uint32_t cell, shown;  /* columns of a bucket, buckets on the screen */
};

struct timeline_view {
    struct chart chart;
    struct timeline counts;
    bool have, placed;
    bool stopped; /* the count for `want` was: no other begins before a key asks for it */
    struct place now, want, counting; /* counting: what the running work is for */
    int64_t offset_us;                /* of the zone that times are shown in */

    /* What it comes back to once it is on the screen. */
    bool resumed;
    uint32_t resumed_zoom;
    uint64_t resumed_begin, resumed_cursor; /* buckets from the log's first on */

    bool bytes; /* what is drawn: bytes, or rows */
    enum bar_scale scale;
    struct viewport port;   /* lines: all rows, then of.number */
    int label_end, x, cols; /* where the figures end; where buckets begin, and their columns */
};

static inline const struct table *timeline_table(const struct timeline_view *v)
{
    return v->chart.of.subject.table;
}

/* Of the selected line: 0 for all rows. */
static inline uint32_t timeline_cluster(const struct timeline_view *v, uint64_t line)
{
    return line == 0 ? 0 : v->chart.of.number[line - 1];
}

static inline uint32_t timeline_bucket(const struct timeline_view *v, int64_t us)
{
    return (uint32_t)((us - v->counts.from_us) / v->counts.bucket_us);
}

/* How many buckets of a place's length the whole log has. */
int64_t timeline_buckets(const struct timeline_view *v, const struct place *p);

/* Whether the count has all buckets of a place. */
bool timeline_covers(const struct timeline_view *v, const struct place *p);

/* ---- timeline_draw.c ---- */

/* `now`, which is covered. */
void timeline_draw(struct timeline_view *v, struct app *app, struct area a);

/* "2026-03-09 09:10:00Z", or without the date; without seconds where buckets (`each`) begin at full
 * minutes. `out` needs 40 bytes. */
const char *timeline_moment(int64_t us, int64_t each, enum time_style style, bool date, char *out,
                            size_t size);

/* The bucket under the cursor: when, how much; of an empty one, how long it has been so. */
void timeline_sentence(const struct timeline_view *v, enum time_style style, struct buf *out);

#endif
