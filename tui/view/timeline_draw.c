/* How the timeline looks: the selected line large, round times, a line for all rows and each cluster.
 *
 * A bucket without rows is a dot on the base line, one with a single row a mark: a gap is seen as one. */
#include "tui/view/timeline.h"

#include "core/base/number.h"
#include "tui/model/words.h"

#define LEAST_HIGH 3
#define MOST_HIGH  12
#define TICKS_GAP  2 /* columns between two labels of the axis */

/* ---- times as texts ---- */

const char *timeline_moment(int64_t us, int64_t each, enum time_style style, bool date, char *out,
                            size_t size)
{
    char *seconds = out + (date ? 16 : 5);
    (void)time_text(us, style, each < 1000000 ? 3 : 0, date, out, size);
    if (each >= 60000000 && style != TIME_AS_EPOCH && strlen(out) > (size_t)(seconds - out) + 3)
        memmove(seconds, seconds + 3, strlen(seconds + 3) + 1);
    return out;
}

/* "2026-03-09 09:10Z to 09:20Z" */
static void add_span(struct buf *out, int64_t from, int64_t each, enum time_style style)
{
    char a[40], b[40], date[40];
    (void)timeline_moment(from, each, style, true, a, sizeof a);
    (void)timeline_moment(from + each, each, style, true, date, sizeof date);
    (void)timeline_moment(from + each, each, style, strncmp(a, date, 10) != 0, b, sizeof b);
    buf_printf(out, "%s to %s", a, b);
}

/* How a length reads where there is no doubt about it: "10 min". */
static const char *length_text(int64_t us, char *out, size_t size)
{
    static const struct {
        int64_t us;
        const char *unit;
    } units[] = {{INT64_C(86400000000), "days"},
                 {INT64_C(3600000000), "h"},
                 {60000000, "min"},
                 {1000000, "s"},
                 {1000, "ms"}};
    size_t i = 0;
    while (i + 1 < ARRAY_LEN(units) && us % units[i].us != 0)
        i++;
    (void)snprintf(out, size, "%lld %s", (long long)(us / units[i].us),
                   i == 0 && us == units[0].us ? "day" : units[i].unit);
    return out;
}

/* The label of a tick: date, hour and minute, or seconds, whatever changes from one to the next. */
static void tick_text(int64_t us, int64_t each, enum time_style style, char *out, size_t size)
{
    char text[40];
    if (style == TIME_AS_EPOCH) {
        (void)time_text(us, style, each < 1000000 ? 3 : 0, true, out, size);
        return;
    }
    (void)time_text(us, style, 3, true, text, sizeof text);
    if (each >= INT64_C(86400000000) * 364)
        (void)snprintf(out, size, "%.7s", text);
    else if (each >= INT64_C(86400000000) || strncmp(text + 11, "00:00:00.000", 12) == 0)
        (void)snprintf(out, size, "%.5s", text + 5);
    else
        (void)snprintf(out, size, "%.*s",
                       each >= 60000000  ? 5
                       : each >= 1000000 ? 8
                                         : 12,
                       text + 11);
}

/* ---- drawing ---- */

static uint64_t value_at(const struct timeline_view *v, uint32_t cluster, uint32_t bucket)
{
    return v->bytes ? timeline_bytes(&v->counts, cluster, bucket)
                    : timeline_rows(&v->counts, cluster, bucket);
}

static uint64_t most_of(const struct timeline_view *v, uint32_t cluster)
{
    uint32_t first = timeline_bucket(v, v->now.begin);
    uint64_t most = 0;
    for (uint32_t i = 0; i < v->now.shown; i++) {
        uint64_t n = value_at(v, cluster, first + i);
        most = n > most ? n : most;
    }
    return most;
}

/* In eighths of a line. Rows without bytes are no gap. */
static uint32_t height_of(const struct timeline_view *v, uint32_t cluster, uint32_t bucket,
                          uint64_t most, int lines)
{
    uint32_t height = bar_length(value_at(v, cluster, bucket), most, (uint32_t)lines, v->scale);
    return height == 0 && timeline_rows(&v->counts, cluster, bucket) > 0 ? 1 : height;
}

static void amount(const struct timeline_view *v, uint64_t n, char *out, size_t size)
{
    if (v->bytes)
        (void)number_bytes((double)n, out, size);
    else
        (void)number_grouped(n, out, size);
}

/* The selected line, large. */
static void draw_large(const struct timeline_view *v, struct area a)
{
    uint32_t cluster = timeline_cluster(v, v->port.sel), first = timeline_bucket(v, v->now.begin);
    uint32_t cursor = timeline_bucket(v, v->now.cursor);
    uint64_t most = most_of(v, cluster);
    char text[32];
    amount(v, most, text, sizeof text);
    (void)draw_right(a, 0, v->label_end, LOOK_NUMBER, text);
    if (v->scale == BAR_LOG && a.rows > 1)
        (void)draw_right(a, 1, v->label_end, LOOK_DIM, "log");
    for (uint32_t i = 0; i < v->now.shown; i++) {
        uint32_t height = height_of(v, cluster, first + i, most, a.rows);
        unsigned look = first + i == cursor ? LOOK_STRONG : LOOK_BAR;
        int x = v->x + (int)(i * v->now.cell);
        for (int line = 0; line < a.rows; line++) {
            int32_t part = (int32_t)height - 8 * (a.rows - 1 - line);
            if (part > 0)
                draw_repeat(a, line, x, (int)v->now.cell, look,
                            text_spark(part > 8 ? 8 : (unsigned)part));
            else if (height == 0 && line == a.rows - 1)
                draw_repeat(a, line, x, (int)v->now.cell, LOOK_DIM, text_spark(0));
        }
    }
}

/* Headings of the lines, round times, and a mark below the selected bucket. */
static void draw_axis(const struct timeline_view *v, struct area a, enum time_style style)
{
    int64_t each = timeline_length(v->now.zoom), step;
    int mark = v->x + (int)(((v->now.cursor - v->now.begin) / each) * v->now.cell), end = 0;
    uint32_t zoom = v->now.zoom;
    char text[40];
    do { /* the shortest length whose labels stand apart */
        step = timeline_length(zoom);
        tick_text(v->now.begin, step, style, text, sizeof text);
    } while (step / each * v->now.cell < (int64_t)strlen(text) + TICKS_GAP &&
             ++zoom < timeline_lengths());
    (void)draw_right(a, 0, 4, LOOK_HEADING, "#");
    (void)draw_right(a, 0, v->label_end, LOOK_HEADING, v->bytes ? "bytes" : "rows");
    for (uint32_t i = 0; i < v->now.shown; i++) {
        int64_t us = v->now.begin + i * each;
        int x = v->x + (int)(i * v->now.cell), cols;
        if (timeline_align(us, step, v->now.offset_us) != us)
            continue;
        tick_text(us, step, style, text, sizeof text);
        cols = (int)strlen(text);
        if (x < end || x + cols > v->x + v->cols || (mark >= x - 1 && mark <= x + cols))
            continue;
        (void)draw_text(a, 0, x, LOOK_TIME, text);
        end = x + cols + 1;
    }
    draw_repeat(a, 0, mark, (int)v->now.cell, LOOK_STRONG, text_glyph(GLYPH_UP));
}

static void draw_line_of(const struct timeline_view *v, struct area a, int row, uint64_t line)
{
    uint32_t cluster = timeline_cluster(v, line), first = timeline_bucket(v, v->now.begin);
    uint32_t cursor = timeline_bucket(v, v->now.cursor);
    const struct profile *p =
        cluster == 0 ? NULL : &v->chart.of.subject.clustering->profile[cluster - 1];
    bool selected = line == v->port.sel;
    unsigned on = view_mark(area_cols(a, 0, v->x - 1), row, selected);
    uint64_t most = most_of(v, cluster);
    char text[32] = "all";
    if (cluster > 0)
        (void)snprintf(text, sizeof text, "%u", cluster);
    (void)draw_right(a, row, 4, LOOK_STRONG | on, text);
    if (v->bytes)
        amount(v, p == NULL ? v->counts.total_bytes : p->orig_bytes + p->resp_bytes, text,
               sizeof text);
    else
        amount(v, p == NULL ? v->counts.total_rows : p->rows, text, sizeof text);
    (void)draw_right(a, row, v->label_end, LOOK_NUMBER | on, text);
    for (uint32_t i = 0; i < v->now.shown; i++) {
        uint32_t height = height_of(v, cluster, first + i, most, 1);
        unsigned look = selected && first + i == cursor ? LOOK_SELECTED_CELL
                        : height == 0                   ? LOOK_DIM
                                                        : LOOK_SPARK;
        draw_repeat(a, row, v->x + (int)(i * v->now.cell), (int)v->now.cell, look,
                    text_spark(height));
    }
}

void timeline_sentence(const struct timeline_view *v, enum time_style style, struct buf *out)
{
    uint32_t cluster = timeline_cluster(v, v->port.sel), bucket = timeline_bucket(v, v->now.cursor);
    const struct timeline *tl = &v->counts;
    uint64_t n = timeline_rows(tl, cluster, bucket);
    uint64_t all =
        cluster == 0 ? tl->total_rows : v->chart.of.subject.clustering->profile[cluster - 1].rows;
    char a[32], b[32], c[32];
    if (cluster == 0)
        buf_add_text(out, "all rows, ");
    else
        buf_printf(out, "cluster %u, ", cluster);
    add_span(out, v->now.cursor, tl->bucket_us, style);
    if (n > 0) {
        buf_printf(out, ": %s, %s of it, %s", number_of(n, "row", a, sizeof a),
                   number_share(all == 0 ? 0 : (double)n / (double)all, b, sizeof b),
                   number_bytes((double)timeline_bytes(tl, cluster, bucket), c, sizeof c));
    } else {
        struct timeline_gap gap = timeline_gap_at(tl, cluster, bucket);
        buf_add_text(out, ": no row");
        if (gap.opens && gap.ends)
            buf_printf(out, ", a gap of %s",
                       time_span_text((double)gap.n * (double)tl->bucket_us / 1e6, a, sizeof a));
        else if (tl->n == timeline_buckets(v, &v->now))
            buf_add_text(out, gap.opens ? " any more" : " yet");
    }
}

static void draw_title(const struct timeline_view *v, struct area a, enum time_style style)
{
    int64_t each = timeline_length(v->now.zoom), end = v->now.begin + v->now.shown * each - 1;
    char text[120], range[80], number[32];
    unsigned look = LOOK_DIM;
    int x = 1;
    x += draw_format(a, 0, x, LOOK_WHY, "%s of each %s", v->bytes ? "Bytes" : "Rows",
                     length_text(each, text, sizeof text));
    x += 2 + draw_text(a, 0, x + 2, LOOK_TIME,
                       range_text(v->now.begin, end, style, range, sizeof range));
    text[0] = '\0';
    if (!timeline_covers(v, &v->want)) {
        look = v->stopped ? LOOK_STATUS_WARN : LOOK_STATUS_WORK;
        (void)snprintf(text, sizeof text, v->stopped ? "stopped" : "counting %s ...",
                       length_text(timeline_length(v->want.zoom), number, sizeof number));
    } else if (v->counts.without > 0)
        (void)snprintf(text, sizeof text, "%s without a time",
                       number_of(v->counts.without, "row", number, sizeof number));
    else if (v->now.shown < timeline_buckets(v, &v->now))
        (void)snprintf(text, sizeof text, "%s of the log's time",
                       number_share((double)v->now.shown / (double)timeline_buckets(v, &v->now),
                                    number, sizeof number));
    if (x + 2 + (int)strlen(text) < a.cols)
        (void)draw_right(a, 0, a.cols - 1, look, text);
}

void timeline_draw(struct timeline_view *v, struct app *app, struct area a)
{
    enum time_style style = app_time_style(app);
    int high = (a.rows - 3) / 3;
    struct area list;
    struct buf text = BUF_INIT;
    high = high < LEAST_HIGH ? LEAST_HIGH : high > MOST_HIGH ? MOST_HIGH : high;
    list = area_rows(a, 2 + high, a.rows - 3 - high);
    viewport_resize(&v->port, v->chart.of.n + 1u, list.rows > 0 ? (uint64_t)list.rows : 0);
    draw_title(v, a, style);
    draw_large(v, area_rows(a, 1, high));
    draw_axis(v, area_rows(a, 1 + high, 1), style);
    for (uint64_t i = 0; i < viewport_shown(&v->port); i++)
        draw_line_of(v, list, (int)i, v->port.top + i);
    timeline_sentence(v, style, &text);
    (void)draw_untrusted(a, a.rows - 1, 1, a.cols - 2, LOOK_DIM, buf_span(&text), CUT_END);
    buf_release(&text);
}
