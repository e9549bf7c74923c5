/* When things happened: a line of small bars for all rows and for each cluster, and above them the selected
 * one large.
 *
 * DESIGN
 * 1. Buckets of round lengths are counted by a work over at most TIMELINE_MOST of them, usually the whole
 *    log; moving inside of that only draws. What is drawn stays until the next count has come.
 * 2. `want` is where keys have led, `now` what is drawn; they are one as soon as the count has what
 *    `want` needs. */
#include "tui/view/timeline.h"

#include "core/base/mem.h"
#include "core/base/number.h"

#define MOST_CELL 8 /* columns of a bucket */

/* ---- places ---- */

static int64_t first_bucket(const struct timeline_view *v, const struct place *p)
{
    return timeline_align(timeline_table(v)->first_ts_us, timeline_length(p->zoom), p->offset_us);
}

static int64_t last_bucket(const struct timeline_view *v, const struct place *p)
{
    return timeline_align(timeline_table(v)->last_ts_us, timeline_length(p->zoom), p->offset_us);
}

int64_t timeline_buckets(const struct timeline_view *v, const struct place *p)
{
    return (last_bucket(v, p) - first_bucket(v, p)) / timeline_length(p->zoom) + 1;
}

static int64_t clamp(int64_t x, int64_t least, int64_t most)
{
    return x > most ? most : x < least ? least : x;
}

/* The cursor stays inside the log, and on the screen. */
static void settle(const struct timeline_view *v, struct place *p)
{
    int64_t each = timeline_length(p->zoom), n, first, last;
    p->offset_us = v->offset_us;
    n = timeline_buckets(v, p);
    first = first_bucket(v, p);
    last = last_bucket(v, p);
    p->cell = (uint32_t)clamp(v->cols / n, 1, MOST_CELL);
    p->shown = (uint32_t)clamp(v->cols / (int64_t)p->cell, 1, n);
    p->cursor = clamp(timeline_align(p->cursor, each, v->offset_us), first, last);
    p->begin = timeline_align(p->begin, each, v->offset_us);
    p->begin = clamp(p->begin, p->cursor - (p->shown - 1) * each, p->cursor);
    p->begin = clamp(p->begin, first, last - (p->shown - 1) * each);
}

bool timeline_covers(const struct timeline_view *v, const struct place *p)
{
    const struct timeline *tl = &v->counts;
    int64_t each = timeline_length(p->zoom);
    return v->have && tl->bucket_us == each &&
           timeline_align(tl->from_us, each, p->offset_us) == tl->from_us &&
           p->begin >= tl->from_us && p->begin + p->shown * each <= tl->from_us + tl->n * each &&
           p->cursor >= tl->from_us && p->cursor < tl->from_us + tl->n * each;
}

/* As much of what is drawn as a narrower screen has room for, around the cursor. */
static void narrow(const struct timeline_view *v, struct place *p)
{
    int64_t each = timeline_length(p->zoom);
    uint32_t room = (uint32_t)clamp(v->cols / (int64_t)p->cell, 1, TIMELINE_MOST);
    p->shown = p->shown < room ? p->shown : room;
    p->begin = clamp(p->begin, p->cursor - (p->shown - 1) * each, p->cursor);
}

/* ---- counting ---- */

struct timeline_work {
    struct work work;
    int64_t from_us, bucket_us;
    uint32_t n;
    struct timeline out;
};

static int count(struct work *w, struct job *job, struct err *err)
{
    struct timeline_work *c = (struct timeline_work *)w;
    return timeline_count(&c->out, w->subject.clustering, w->subject.table, c->from_us,
                          c->bucket_us, c->n, job, err);
}

/* The bucket that has most of the selected line's rows. */
static int64_t fullest(const struct timeline_view *v)
{
    const struct timeline *tl = &v->counts;
    uint32_t cluster = timeline_cluster(v, v->port.sel), at = 0;
    for (uint32_t i = 1; i < tl->n; i++)
        if (timeline_rows(tl, cluster, i) > timeline_rows(tl, cluster, at))
            at = i;
    return tl->from_us + at * tl->bucket_us;
}

static void take(struct view *view, struct work *w, int rc, const struct err *err)
{
    struct timeline_view *v = (struct timeline_view *)view;
    struct timeline_work *c = (struct timeline_work *)w;
    if (rc != 0) {
        v->chart.trouble = v->have ? (struct err)ERR_INIT : *err;
        v->stopped = v->have;
        v->want = v->have ? v->now : v->want;
        app_forget_ahead(w->app);
        if (v->have)
            app_fail(w->app, err);
        return;
    }
    timeline_release(&v->counts);
    v->counts = c->out;
    c->out = (struct timeline){.n = 0};
    v->now = v->counting;
    if (!v->have && !v->resumed)
        v->want.cursor = v->now.cursor = fullest(v);
    v->have = true;
    v->resumed = false;
}

static void release(struct work *w)
{
    timeline_release(&((struct timeline_work *)w)->out);
}

static const struct work_kind counting = {sizeof(struct timeline_work), "the timeline", count, take,
                                          release};

static void start(struct timeline_view *v, struct app *app)
{
    struct timeline_work *c =
        work_new(&counting, &v->chart.head, app, v->chart.of.subject, &v->chart.trouble);
    int64_t each = timeline_length(v->want.zoom), n = timeline_buckets(v, &v->want);
    if (c == NULL)
        return;
    c->bucket_us = each;
    c->from_us = first_bucket(v, &v->want);
    c->n = (uint32_t)clamp(n, 1, TIMELINE_MOST);
    if (n > TIMELINE_MOST)
        c->from_us = clamp(v->want.begin - TIMELINE_MOST / 2 * each, c->from_us,
                           last_bucket(v, &v->want) - (TIMELINE_MOST - 1) * each);
    v->counting = v->want;
    work_start(&c->work, &v->chart.trouble);
}

/* ---- on the screen ---- */

static int64_t offset_for(const struct timeline_view *v, enum time_style style)
{
    struct time_cache zone = {0};
    if (style != TIME_AS_LOCAL)
        return 0;
    (void)time_hour(timeline_table(v)->first_ts_us, &zone);
    return zone.offset_s * INT64_C(1000000);
}

/* Buckets are counted from the log's first on, in whatever zone. */
static void go_back_to(struct timeline_view *v)
{
    int64_t each = timeline_length(v->resumed_zoom), first, last;
    v->want.zoom = v->resumed_zoom;
    first = first_bucket(v, &v->want);
    last = timeline_buckets(v, &v->want) - 1;
    v->want.begin = first + clamp((int64_t)v->resumed_begin, 0, last) * each;
    v->want.cursor = first + clamp((int64_t)v->resumed_cursor, 0, last) * each;
}

/* Where things stand for this width; the whole log the first time. */
static void lay_out(struct timeline_view *v, int cols, enum time_style style)
{
    char text[32];
    v->label_end = 6 + (int)strlen(number_grouped(timeline_table(v)->n_rows, text, sizeof text));
    v->label_end = v->label_end < 14 ? 14 : v->label_end;
    v->x = v->label_end + 2;
    v->cols = cols - v->x - 1;
    v->offset_us = offset_for(v, style);
    if (!v->placed) {
        v->want.zoom = timeline_fit(timeline_table(v)->first_ts_us, timeline_table(v)->last_ts_us,
                                    (uint32_t)v->cols, v->offset_us);
        v->want.offset_us = v->offset_us;
        v->want.begin = v->want.cursor = first_bucket(v, &v->want);
        v->placed = true;
        if (v->resumed)
            go_back_to(v);
    }
    settle(v, &v->want);
    if (v->have)
        narrow(v, &v->now);
}

static bool same_place(const struct place *a, const struct place *b)
{
    return a->zoom == b->zoom && a->begin == b->begin && a->cursor == b->cursor;
}

static void draw(struct view *view, struct app *app, struct area a)
{
    struct timeline_view *v = (struct timeline_view *)view;
    if (timeline_table(v)->first_ts_us == TIME_MISSING) {
        (void)draw_text(a, 0, 1, LOOK_STATUS_WARN, "no row of this log has a time");
        return;
    }
    lay_out(v, a.cols, app_time_style(app));
    if (timeline_covers(v, &v->want))
        v->now = v->want;
    else if (v->chart.trouble.code == ERR_OK && !v->stopped &&
             (view->waiting == NULL || !same_place(&v->counting, &v->want)))
        start(v, app);
    if (!v->have) {
        work_draw(a, 0, &v->chart.trouble, "counting rows ...");
        return;
    }
    timeline_draw(v, app, a);
}

/* ---- keys ---- */

static unsigned move_by(struct timeline_view *v, int64_t buckets)
{
    v->want.cursor += buckets * timeline_length(v->want.zoom);
    settle(v, &v->want);
    return VIEW_REDRAW;
}

/* Half a screen, with the cursor at the same place of it. */
static unsigned scroll(struct timeline_view *v, int direction)
{
    int64_t by = direction * (int64_t)(v->want.shown / 2 + 1) * timeline_length(v->want.zoom);
    v->want.begin += by;
    v->want.cursor += by;
    settle(v, &v->want);
    return VIEW_REDRAW;
}

/* The middle of the selected bucket stays in the middle. */
static unsigned zoom(struct timeline_view *v, struct app *app, int direction)
{
    int64_t middle = v->want.cursor + timeline_length(v->want.zoom) / 2, each;
    if (direction > 0 && v->want.zoom == 0) {
        app_say(app, "buckets get no shorter than this");
        return VIEW_REDRAW;
    }
    if (direction < 0 && v->want.shown >= timeline_buckets(v, &v->want)) {
        app_say(app, "the whole log is on the screen");
        return VIEW_REDRAW;
    }
    v->want.zoom = direction > 0 ? v->want.zoom - 1 : v->want.zoom + 1;
    each = timeline_length(v->want.zoom);
    v->want.cursor = timeline_align(middle, each, v->offset_us);
    v->want.begin = v->want.cursor - v->cols / 2 * each;
    settle(v, &v->want);
    return VIEW_REDRAW;
}

static void add_time(struct buf *out, int64_t us, int64_t each)
{
    char text[40];
    (void)timeline_moment(us, each, TIME_AS_UTC, true, text, sizeof text);
    text[10] = 'T';
    buf_printf(out, "\"%s\"", text);
}

/* The rows of the bucket, as a filter that can be read, widened and taken back. */
static unsigned open_bucket(struct timeline_view *v, struct app *app)
{
    uint32_t cluster = timeline_cluster(v, v->port.sel);
    int64_t each = v->counts.bucket_us;
    struct buf filter = BUF_INIT;
    struct err err = ERR_INIT;
    unsigned next;
    if (timeline_rows(&v->counts, cluster, timeline_bucket(v, v->now.cursor)) == 0) {
        app_say(app, "no row in this bucket");
        return VIEW_REDRAW;
    }
    buf_add_text(&filter, "ts>=");
    add_time(&filter, v->now.cursor, each);
    buf_add_text(&filter, " ts<");
    add_time(&filter, v->now.cursor + each, each);
    next =
        view_push(app,
                  rows_view_filtered(app, v->chart.of.subject, cluster == 0 ? CLUSTER_ALL : cluster,
                                     buf_span(&filter), &err),
                  &err);
    buf_release(&filter);
    return next;
}

static unsigned copy_bucket(const struct timeline_view *v, struct app *app)
{
    struct buf text = BUF_INIT;
    timeline_sentence(v, app_time_style(app), &text);
    app_copy(app, buf_span(&text), "what this bucket says");
    buf_release(&text);
    return VIEW_REDRAW;
}

static unsigned next_chart(struct timeline_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    if (v->port.sel > 0)
        v->chart.of.at = (uint32_t)v->port.sel - 1;
    return chart_go_on(&v->chart.head, app, scatter_view_new(&v->chart.of, &err), &err);
}

/* What Enter and y are about is what keys have led to; the others lead on from there. */
static bool waits(const struct view *view, enum command cmd)
{
    const struct timeline_view *v = (const struct timeline_view *)view;
    if (timeline_table(v)->first_ts_us == TIME_MISSING || v->chart.trouble.code != ERR_OK ||
        cmd == CMD_CHART)
        return false;
    return !v->have ||
           ((cmd == CMD_OPEN || cmd == CMD_COPY) && !v->stopped && !timeline_covers(v, &v->want));
}

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct timeline_view *v = (struct timeline_view *)view;
    if (timeline_table(v)->first_ts_us == TIME_MISSING)
        return cmd == CMD_CHART  ? next_chart(v, app)
               : cmd == CMD_BACK ? VIEW_NOT_MINE
                                 : VIEW_NOTHING;
    v->stopped = false;
    if (cmd == CMD_CHART)
        return next_chart(v, app);
    if (cmd == CMD_OPEN && !v->have && v->chart.trouble.code == ERR_CANCELLED) {
        v->chart.trouble = (struct err)ERR_INIT;
        return VIEW_REDRAW;
    }
    if (!v->have)
        return cmd == CMD_BACK ? VIEW_NOT_MINE : VIEW_NOTHING;
    if (viewport_command(&v->port, cmd))
        return VIEW_REDRAW;
    switch (cmd) {
    case CMD_LEFT:
    case CMD_RIGHT:
        return move_by(v, cmd == CMD_LEFT ? -1 : 1);
    case CMD_EARLIER:
    case CMD_LATER:
        return scroll(v, cmd == CMD_EARLIER ? -1 : 1);
    case CMD_ZOOM_IN:
    case CMD_ZOOM_OUT:
        return zoom(v, app, cmd == CMD_ZOOM_IN ? 1 : -1);
    case CMD_OTHER:
        v->bytes = !v->bytes;
        return VIEW_REDRAW;
    case CMD_SCALE:
        v->scale = v->scale == BAR_LOG ? BAR_LINEAR : BAR_LOG;
        return VIEW_REDRAW;
    case CMD_OPEN:
        return open_bucket(v, app);
    case CMD_COPY:
        return copy_bucket(v, app);
    case CMD_ESCAPE:
        return VIEW_NOTHING;
    default:
        return VIEW_NOT_MINE;
    }
}

/* ---- the view ---- */

static void crumb(const struct view *view, const struct app *app, struct buf *out)
{
    const struct timeline_view *v = (const struct timeline_view *)view;
    uint32_t cluster = timeline_cluster(v, v->port.sel);
    (void)app;
    if (cluster == 0)
        buf_add_text(out, "all by time");
    else
        buf_printf(out, "%u by time", cluster);
}

static const char *hint(const struct view *view, const struct app *app)
{
    (void)view;
    (void)app;
    return "+ and - zoom; Tab: rows or bytes; Enter opens the rows of this bucket; v: next chart";
}

static void keep(const struct view *view, struct app *app, struct session *out)
{
    const struct timeline_view *v = (const struct timeline_view *)view;
    bool placed = v->placed && timeline_table(v)->first_ts_us != TIME_MISSING;
    int64_t each = timeline_length(v->want.zoom);
    (void)app;
    chart_keep(&v->chart, "timeline", timeline_cluster(v, v->port.sel), out);
    chart_keep_top(&v->port, out);
    session_add(out, "counts", span_of(v->bytes ? "bytes" : "rows"));
    session_add(out, "bars", span_of(v->scale == BAR_LOG ? "log" : "linear"));
    if (!placed && !v->resumed)
        return;
    session_printf(out, "bucket", "%llu",
                   (unsigned long long)timeline_length(placed ? v->want.zoom : v->resumed_zoom));
    session_printf(out, "begin", "%llu",
                   placed ? (unsigned long long)((v->want.begin - first_bucket(v, &v->want)) / each)
                          : (unsigned long long)v->resumed_begin);
    session_printf(out, "cursor", "%llu",
                   placed
                       ? (unsigned long long)((v->want.cursor - first_bucket(v, &v->want)) / each)
                       : (unsigned long long)v->resumed_cursor);
}

static void close_timeline(struct view *view, struct app *app)
{
    struct timeline_view *v = (struct timeline_view *)view;
    (void)app;
    timeline_release(&v->counts);
    chart_free(&v->chart);
}

static const struct view_ops ops = {
    .name = "timeline",
    .where = IN_TIMELINE,
    .close = close_timeline,
    .draw = draw,
    .command = command,
    .crumb = crumb,
    .keep = keep,
    .hint = hint,
    .waits = waits,
};

struct view *timeline_view_new(const struct chart_of *of, struct err *err)
{
    struct timeline_view *v = chart_new(sizeof *v, &ops, "the timeline", of, err);
    if (v == NULL)
        return NULL;
    v->scale = BAR_LINEAR;
    viewport_resize(&v->port, of->n + 1u, of->n + 1u); /* from the top, as far as there is room */
    viewport_to(&v->port, of->at + 1u);
    return &v->chart.head;
}

/* The place that the part says, unless it says none. */
static void take_place(struct timeline_view *v, const struct resumed *r)
{
    uint64_t us;
    if (!session_number(r->part, "bucket", INT64_MAX, &us) ||
        !session_number(r->part, "begin", UINT32_MAX, &v->resumed_begin) ||
        !session_number(r->part, "cursor", UINT32_MAX, &v->resumed_cursor))
        return;
    for (uint32_t i = 0; i < timeline_lengths(); i++) {
        if (timeline_length(i) != (int64_t)us)
            continue;
        v->resumed_zoom = i;
        v->resumed = true;
    }
}

struct view *timeline_view_resume(struct app *app, const struct resumed *r, struct err *err)
{
    struct chart_of of;
    struct timeline_view *v;
    bool all;
    if (!chart_resumed(app, r, &of, &all))
        return NULL;
    v = (struct timeline_view *)timeline_view_new(&of, err);
    if (v == NULL)
        return NULL;
    if (all)
        viewport_to(&v->port, 0);
    chart_resume_top(&v->port, r);
    v->bytes = session_is(r->part, "counts", "bytes");
    v->scale = session_is(r->part, "bars", "log") ? BAR_LOG : BAR_LINEAR;
    take_place(v, r);
    return &v->chart.head;
}
