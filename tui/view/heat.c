/* The heat map: clusters down, the values of one column across, a cell as dark as its share of the
 * cluster. Tab goes on to the next column; Enter opens the rows of a cell.
 *
 * DESIGN
 * 1. Counting is a view job about one clustering, kept by reference: a new result does not change what
 *    is shown here.
 * 2. A shade is a glyph, so that it needs no colour; the line at the bottom says the numbers.
 * 3. Hours and days are shaded against even spreading, which is a fifth of the scale: a share of 4 %
 *    in one hour says nothing, of 30 % much. */
#include "tui/view/charts.h"

#include "core/base/mem.h"
#include "core/base/number.h"
#include "core/query/crosstab.h"
#include "tui/model/filter.h"

#define LEAST_CELL  3
#define MOST_CELL   9
#define LEAST_WHY   12
#define LEGEND_COLS 58 /* of what shades mean */

struct heat_view {
    struct chart chart;
    enum cross by;
    struct crosstab table;
    bool have;
    struct viewport port; /* over of.number */
    uint32_t at, first;   /* column under the cursor; first one that is shown */
};

/* ---- counting ---- */

struct heat_work {
    struct work work;
    enum cross by;
    struct crosstab table;
};

static int count(struct work *w, struct job *job, struct err *err)
{
    struct heat_work *h = (struct heat_work *)w;
    return crosstab_build(&h->table, w->subject.table, w->subject.clustering, h->by, job, err);
}

static void take(struct view *view, struct work *w, int rc, const struct err *err)
{
    struct heat_view *v = (struct heat_view *)view;
    struct heat_work *h = (struct heat_work *)w;
    if (rc == 0) {
        v->table = h->table;
        h->table = (struct crosstab){.n = 0};
        v->have = true;
        v->at = v->first = 0;
    } else {
        v->chart.trouble = *err;
    }
}

static void release(struct work *w)
{
    crosstab_release(&((struct heat_work *)w)->table);
}

static const struct work_kind counting = {sizeof(struct heat_work), "the heat map", count, take,
                                          release};

static void start(struct heat_view *v, struct app *app)
{
    struct heat_work *h =
        work_new(&counting, &v->chart.head, app, v->chart.of.subject, &v->chart.trouble);
    if (h == NULL)
        return;
    h->by = v->by;
    work_start(&h->work, &v->chart.trouble);
}

static void show(struct heat_view *v, enum cross by)
{
    crosstab_release(&v->table);
    v->have = false;
    v->chart.trouble = (struct err)ERR_INIT;
    v->chart.head.waiting = NULL; /* what runs is not taken */
    v->by = by;
}

/* ---- drawing ---- */

/* As wide as the names need and the screen has, so that a name says something. */
static int cell_cols(const struct heat_view *v, int room)
{
    int cols = v->table.n == 0 ? LEAST_CELL : (room - LEAST_WHY) / (int)v->table.n;
    int least = LEAST_CELL;
    for (uint32_t i = 0; i < v->table.n; i++) {
        int name = (int)clean_cols(crosstab_name(&v->table, v->chart.of.subject.table, i)) + 1;
        least = name > least ? name : least;
    }
    least = least > MOST_CELL ? MOST_CELL : least;
    return cols < least ? least : cols > MOST_CELL ? MOST_CELL : cols;
}

static bool is_clock(const struct heat_view *v)
{
    return v->by == CROSS_HOUR || v->by == CROSS_WEEKDAY;
}

static uint32_t cluster_at(const struct heat_view *v, uint64_t line)
{
    return v->chart.of.number[line];
}

static void draw_cell(struct area a, int row, int x, int cols, double share, bool here, bool line)
{
    unsigned look = here ? LOOK_SELECTED_CELL : LOOK_SPARK | (line ? LOOK_ON_SELECTED : 0);
    draw_repeat(a, row, x, cols - 1, look, text_shade(shade_level(share)));
}

static void draw_line_of(const struct heat_view *v, struct area a, int row, uint64_t line,
                         const int x[3], int cols, uint32_t shown)
{
    uint32_t number = cluster_at(v, line);
    const struct profile *p = &v->chart.of.subject.clustering->profile[number - 1];
    bool selected = line == v->port.sel;
    unsigned on = view_mark(a, row, selected);
    char text[32];
    (void)snprintf(text, sizeof text, "%u", number);
    (void)draw_right(a, row, x[0], LOOK_STRONG | on, text);
    (void)draw_right(a, row, x[1], LOOK_NUMBER | on, number_grouped(p->rows, text, sizeof text));
    for (uint32_t i = 0; i < shown; i++) {
        uint32_t column = v->first + i;
        double share = (double)crosstab_at(&v->table, number, column) / (double)p->rows;
        if (is_clock(v))
            share *= (v->by == CROSS_HOUR ? 24 : 7) / 5.0;
        draw_cell(a, row, x[2] + (int)i * cols, cols, share, selected && column == v->at, selected);
    }
    (void)draw_untrusted(a, row, x[2] + (int)shown * cols + 1,
                         a.cols - x[2] - (int)shown * cols - 1, LOOK_WHY | on, span_of(p->why),
                         CUT_END);
}

/* What the shades mean. */
static void draw_legend(const struct heat_view *v, struct area a, int x)
{
    static const char *const shares[TEXT_SHADES] = {NULL,      "< 10 %",  "to 25 %",
                                                    "to 50 %", "to 75 %", "more"};
    static const char *const times[TEXT_SHADES] = {NULL, "rare", "even", "twice", "thrice", "more"};
    for (unsigned i = 1; i < TEXT_SHADES; i++) {
        x += draw_text(a, 0, x, LOOK_SPARK, text_shade(i)) + 1;
        x += draw_text(a, 0, x, LOOK_DIM, is_clock(v) ? times[i] : shares[i]) + 2;
    }
}

static void draw_headings(const struct heat_view *v, struct area a, const int x[3], int cols,
                          uint32_t shown)
{
    char text[80];
    int used;
    (void)draw_right(a, 1, x[0], LOOK_HEADING, "#");
    (void)draw_right(a, 1, x[1], LOOK_HEADING, "rows");
    for (uint32_t i = 0; i < shown; i++)
        (void)draw_untrusted(a, 1, x[2] + (int)i * cols, cols - 1,
                             v->first + i == v->at ? LOOK_STRONG : LOOK_HEADING,
                             crosstab_name(&v->table, v->chart.of.subject.table, v->first + i),
                             CUT_END);
    (void)snprintf(text, sizeof text, "Rows of each cluster by %s", cross_heading(v->by));
    used = 1 + draw_text(a, 0, 1, LOOK_WHY, text);
    if (a.cols - used >= LEGEND_COLS)
        draw_legend(v, a, used + 3);
    if (shown < v->table.n) {
        (void)snprintf(text, sizeof text, "%u more columns", v->table.n - shown);
        (void)draw_right(a, 0, a.cols - 1, LOOK_DIM, text);
    }
}

/* The cell under the cursor, in numbers. */
static void add_sentence(const struct heat_view *v, struct buf *out)
{
    const struct crosstab *x = &v->table;
    uint32_t number = cluster_at(v, v->port.sel);
    const struct profile *p = &v->chart.of.subject.clustering->profile[number - 1];
    uint64_t n = crosstab_at(x, number, v->at), all = 0;
    char rows[32], share[2][16];
    for (uint32_t i = 0; i < x->n; i++)
        all += x->total[i];
    buf_printf(out, "cluster %u, %s ", number, cross_field(v->by));
    buf_add_span(out, crosstab_name(x, v->chart.of.subject.table, v->at));
    buf_printf(out, ": %s, %s of it, %s of all", number_of(n, "row", rows, sizeof rows),
               number_share((double)n / (double)p->rows, share[0], sizeof share[0]),
               number_share(all == 0 ? 0 : (double)x->total[v->at] / (double)all, share[1],
                            sizeof share[1]));
}

static void draw_numbers(const struct heat_view *v, struct area a, int row)
{
    struct buf text = BUF_INIT;
    add_sentence(v, &text);
    (void)draw_untrusted(a, row, 1, a.cols - 2, LOOK_DIM, buf_span(&text), CUT_END);
    buf_release(&text);
}

static void draw_map(struct heat_view *v, struct area a)
{
    struct area list = area_rows(a, 2, a.rows - 3);
    uint64_t most = 0;
    uint32_t shown;
    char text[32];
    int x[3], cols;
    for (uint32_t i = 0; i < v->chart.of.subject.clustering->k; i++)
        if (v->chart.of.subject.clustering->profile[i].rows > most)
            most = v->chart.of.subject.clustering->profile[i].rows;
    x[0] = v->chart.of.subject.clustering->k > 99 ? 4 : 3;
    x[1] = x[0] + 1 + (int)strlen(number_grouped(most < 1000 ? 1000 : most, text, sizeof text));
    x[2] = x[1] + 2;
    cols = cell_cols(v, a.cols - x[2]);
    shown = (uint32_t)((a.cols - x[2]) / cols);
    shown = shown > v->table.n ? v->table.n : shown;
    if (v->at < v->first)
        v->first = v->at;
    if (shown > 0 && v->at >= v->first + shown)
        v->first = v->at - shown + 1;
    if (v->first + shown > v->table.n)
        v->first = v->table.n - shown;
    viewport_resize(&v->port, v->chart.of.subject.clustering->k,
                    list.rows > 0 ? (uint64_t)list.rows : 0);
    draw_headings(v, a, x, cols, shown);
    for (uint64_t i = 0; i < viewport_shown(&v->port); i++)
        draw_line_of(v, list, (int)i, v->port.top + i, x, cols, shown);
    if (v->table.n > 0)
        draw_numbers(v, a, a.rows - 1);
}

static void draw(struct view *view, struct app *app, struct area a)
{
    struct heat_view *v = (struct heat_view *)view;
    if (!v->have && v->chart.head.waiting == NULL && v->chart.trouble.code == ERR_OK)
        start(v, app);
    if (v->have)
        draw_map(v, a);
    else
        work_draw(a, 0, &v->chart.trouble, "counting rows ...");
}

/* ---- keys ---- */

/* The rows of the cell, as a filter that can be read and taken back. */
static unsigned open_cell(struct heat_view *v, struct app *app)
{
    struct span name = crosstab_name(&v->table, v->chart.of.subject.table, v->at);
    uint16_t key = v->table.key[v->at];
    struct buf filter = BUF_INIT;
    struct err err = ERR_INIT;
    unsigned next;
    if (crosstab_at(&v->table, cluster_at(v, v->port.sel), v->at) == 0) {
        app_say(app, "no row of the cluster is in this cell");
        return VIEW_REDRAW;
    }
    if (key == CROSS_NONE && (v->by == CROSS_HOUR || v->by == CROSS_WEEKDAY))
        filter_add(&filter, span_of("ts"), name, true, true);
    else if (key != CROSS_OTHER)
        filter_add(&filter, span_of(cross_field(v->by)), name, key == CROSS_NONE, true);
    next = view_push(app,
                     rows_view_filtered(app, v->chart.of.subject, cluster_at(v, v->port.sel),
                                        buf_span(&filter), &err),
                     &err);
    buf_release(&filter);
    return next;
}

static unsigned copy_cell(const struct heat_view *v, struct app *app)
{
    struct buf text = BUF_INIT;
    add_sentence(v, &text);
    app_copy(app, buf_span(&text), "what this cell says");
    buf_release(&text);
    return VIEW_REDRAW;
}

static unsigned next_chart(struct heat_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    v->chart.of.at = (uint32_t)v->port.sel;
    return chart_go_on(&v->chart.head, app, histogram_view_new(&v->chart.of, &err), &err);
}

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct heat_view *v = (struct heat_view *)view;
    if (cmd == CMD_CHART)
        return next_chart(v, app);
    if (cmd == CMD_OTHER) {
        show(v, (enum cross)((v->by + 1) % N_CROSSES));
        return VIEW_REDRAW;
    }
    if (cmd == CMD_OPEN && !v->have && v->chart.trouble.code == ERR_CANCELLED) {
        show(v, v->by);
        return VIEW_REDRAW;
    }
    if (!v->have || v->table.n == 0)
        return cmd == CMD_BACK ? VIEW_NOT_MINE : VIEW_NOTHING;
    if (viewport_command(&v->port, cmd))
        return VIEW_REDRAW;
    switch (cmd) {
    case CMD_LEFT:
        v->at -= v->at > 0;
        return VIEW_REDRAW;
    case CMD_RIGHT:
        v->at += v->at + 1 < v->table.n;
        return VIEW_REDRAW;
    case CMD_OPEN:
        return open_cell(v, app);
    case CMD_COPY:
        return copy_cell(v, app);
    case CMD_ESCAPE:
        return VIEW_NOTHING;
    default:
        return VIEW_NOT_MINE;
    }
}

/* ---- the view ---- */

static void crumb(const struct view *view, const struct app *app, struct buf *out)
{
    (void)app;
    buf_printf(out, "by %s", cross_field(((const struct heat_view *)view)->by));
}

static const char *hint(const struct view *view, const struct app *app)
{
    (void)view;
    (void)app;
    return "Enter opens the rows of this cell; Tab shows another column, v another chart";
}

static void close_heat(struct view *view, struct app *app)
{
    struct heat_view *v = (struct heat_view *)view;
    (void)app;
    crosstab_release(&v->table);
    chart_free(&v->chart);
}

static const struct view_ops ops = {
    .name = "heat map",
    .where = IN_HEAT,
    .close = close_heat,
    .draw = draw,
    .command = command,
    .crumb = crumb,
    .hint = hint,
};

struct view *heat_view_new(const struct chart_of *of, struct err *err)
{
    struct heat_view *v = chart_new(sizeof *v, &ops, "the heat map", of, err);
    if (v == NULL)
        return NULL;
    viewport_resize(&v->port, of->n, 1);
    viewport_to(&v->port, of->at);
    return &v->chart.head;
}
