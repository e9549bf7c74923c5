/* The heat map: clusters down, the values of one column across, a cell as dark as its share of the
 * cluster. Tab goes on to the next column that has values; Enter opens the rows of a cell.
 *
 * DESIGN
 * 1. Counting is a view job about one clustering, kept by reference: a new result does not change what
 *    is shown here.
 *    All columns that a map is made of are counted by one work, so that Tab only draws and those without
 *    a value are passed over.
 * 2. A shade is a glyph, so that it needs no colour; the line at the bottom says the numbers.
 * 3. Hours and days are shaded against even spreading, which is a fifth of the scale: a share of 4 %
 *    in one hour says nothing, of 30 % much. */
#include "tui/view/charts.h"

#include "core/base/mem.h"
#include "core/base/number.h"
#include "core/parallel.h"
#include "core/query/crosstab.h"
#include "tui/model/filter.h"

#define LEAST_CELL 3
#define MOST_CELL  9
#define LEAST_WHY  12

struct heat_view {
    struct chart chart;
    struct crosstab table[N_CROSSES];
    bool have;
    enum cross by;
    struct viewport port; /* over of.number */
    uint32_t at, first;   /* column under the cursor; first one that is shown */

    /* What it comes back to once it is counted. */
    bool resumed;
    uint64_t resumed_at;
    struct buf resumed_name;
};

static const struct crosstab *shown(const struct heat_view *v)
{
    return &v->table[v->by];
}

/* ---- counting ---- */

struct heat_work {
    struct work work;
    struct crosstab table[N_CROSSES];
    struct job *job;
    struct err err[N_CROSSES];
    int rc[N_CROSSES];
};

static void count_one(void *user, uint32_t by)
{
    struct heat_work *h = user;
    h->rc[by] = crosstab_build(&h->table[by], h->work.subject.table, h->work.subject.clustering,
                               (enum cross)by, h->job, &h->err[by]);
}

static int count(struct work *w, struct job *job, struct err *err)
{
    struct heat_work *h = (struct heat_work *)w;
    h->job = job;
    for (int i = 0; i < N_CROSSES; i++)
        h->err[i] = (struct err)ERR_INIT;
    parallel_run(job_pool(job), N_CROSSES, count_one, h);
    for (int i = 0; i < N_CROSSES; i++) {
        if (h->rc[i] == 0)
            continue;
        *err = h->err[i];
        return -1;
    }
    return 0;
}

/* Whether there is more than the column of rows without a value. */
static bool has_values(const struct crosstab *x)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < x->n; i++)
        n += x->key[i] == CROSS_NONE ? 0 : x->total[i];
    return n > 0;
}

/* Turns to the next column of the log that has values, from `by` on; false when there is none. */
static bool turn_to(struct heat_view *v, unsigned by)
{
    for (unsigned i = 0; i < N_CROSSES; i++) {
        enum cross to = (enum cross)((by + i) % N_CROSSES);
        if (!has_values(&v->table[to]))
            continue;
        v->by = to;
        v->at = v->first = 0;
        return true;
    }
    return false;
}

/* The column that was under the cursor: at its place, or else by its name. */
static void come_back(struct heat_view *v)
{
    for (uint32_t i = 0; i < shown(v)->n; i++) {
        struct span name = crosstab_name(shown(v), v->chart.of.subject.table, i);
        if (span_eq(name, buf_span(&v->resumed_name)) && (v->at == 0 || i == v->resumed_at))
            v->at = i;
    }
}

static void take(struct view *view, struct work *w, int rc, const struct err *err)
{
    struct heat_view *v = (struct heat_view *)view;
    struct heat_work *h = (struct heat_work *)w;
    if (rc != 0) {
        v->chart.trouble = *err;
        app_forget_ahead(w->app);
        return;
    }
    memcpy(v->table, h->table, sizeof v->table);
    memset(h->table, 0, sizeof h->table);
    v->have = true;
    (void)turn_to(v, (unsigned)v->by);
    if (v->resumed)
        come_back(v);
    v->resumed = false;
}

static void release(struct work *w)
{
    for (int i = 0; i < N_CROSSES; i++)
        crosstab_release(&((struct heat_work *)w)->table[i]);
}

static const struct work_kind counting = {sizeof(struct heat_work), "the heat map", count, take,
                                          release};

static void start(struct heat_view *v, struct app *app)
{
    struct heat_work *h =
        work_new(&counting, &v->chart.head, app, v->chart.of.subject, &v->chart.trouble);
    if (h != NULL)
        work_start(&h->work, &v->chart.trouble);
}

/* ---- drawing ---- */

/* As wide as the names need and the screen has, so that a name says something. */
static int cell_cols(const struct heat_view *v, int room)
{
    int cols = shown(v)->n == 0 ? LEAST_CELL : (room - LEAST_WHY) / (int)shown(v)->n;
    int least = LEAST_CELL;
    for (uint32_t i = 0; i < shown(v)->n; i++) {
        int name = (int)clean_cols(crosstab_name(shown(v), v->chart.of.subject.table, i)) + 1;
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
                         const int x[3], int cols, uint32_t n_shown)
{
    uint32_t number = cluster_at(v, line);
    const struct profile *p = &v->chart.of.subject.clustering->profile[number - 1];
    bool selected = line == v->port.sel;
    unsigned on = view_mark(a, row, selected);
    char text[32];
    (void)snprintf(text, sizeof text, "%u", number);
    (void)draw_right(a, row, x[0], LOOK_STRONG | on, text);
    (void)draw_right(a, row, x[1], LOOK_NUMBER | on, number_grouped(p->rows, text, sizeof text));
    for (uint32_t i = 0; i < n_shown; i++) {
        uint32_t column = v->first + i;
        double share = (double)crosstab_at(shown(v), number, column) / (double)p->rows;
        if (is_clock(v))
            share *= (v->by == CROSS_HOUR ? 24 : 7) / 5.0;
        draw_cell(a, row, x[2] + (int)i * cols, cols, share, selected && column == v->at, selected);
    }
    (void)draw_untrusted(a, row, x[2] + (int)n_shown * cols + 1,
                         a.cols - x[2] - (int)n_shown * cols - 1, LOOK_WHY | on, span_of(p->why),
                         CUT_END);
}

/* What the shades mean, in words or, where there is little room, by where one ends and the next begins.
 * Returns the columns it takes; draws when `x` is not negative. */
static int legend(const struct heat_view *v, struct area a, int x, bool words)
{
    static const char *const text[2][2][TEXT_SHADES] = {
        {{NULL, "<10", "<25", "<50", "<75", "100 %"}, {NULL, "rare", "even", "x2", "x3", "more"}},
        {{NULL, "< 10 %", "to 25 %", "to 50 %", "to 75 %", "more"},
         {NULL, "rare", "even", "twice", "thrice", "more"}}};
    int cols = 0;
    for (unsigned i = 1; i < TEXT_SHADES; i++) {
        const char *says = text[words][is_clock(v)][i];
        if (x >= 0) {
            (void)draw_text(a, 0, x + cols, LOOK_SPARK, text_shade(i));
            (void)draw_text(a, 0, x + cols + 2, LOOK_DIM, says);
        }
        cols += 2 + (int)strlen(says) + (words ? 2 : 1);
    }
    return cols - (words ? 2 : 1);
}

/* Heading and legend as long as there is room for them; the legend says more than the heading. */
static void draw_title(const struct heat_view *v, struct area a, uint32_t n_shown)
{
    static const struct {
        const char *fmt;
        bool words;
    } ways[] = {{"Rows of each cluster by %s", true},
                {"Rows of each cluster by %s", false},
                {"Rows by %s", false},
                {"By %s", false},
                {"By %s", false}}; /* without a legend */
    char text[80], more[32];
    int end = a.cols - 1, used = 1;
    if (n_shown < shown(v)->n) {
        (void)snprintf(more, sizeof more, "%u more column%s", shown(v)->n - n_shown,
                       shown(v)->n - n_shown == 1 ? "" : "s");
        end -= draw_right(a, 0, end, LOOK_DIM, more) + 2;
    }
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        int cols = i < ARRAY_LEN(ways) - 1 ? legend(v, a, -1, ways[i].words) : 0;
        (void)snprintf(text, sizeof text, ways[i].fmt, cross_heading(v->by));
        used = 1 + (int)strlen(text) + 2;
        if (used + cols > end)
            continue;
        if (cols > 0)
            (void)legend(v, a, used + cols + 1 <= end ? used + 1 : used, ways[i].words);
        break;
    }
    (void)draw_text(a, 0, 1, LOOK_WHY, text);
}

static void draw_headings(const struct heat_view *v, struct area a, const int x[3], int cols,
                          uint32_t n_shown)
{
    (void)draw_right(a, 1, x[0], LOOK_HEADING, "#");
    (void)draw_right(a, 1, x[1], LOOK_HEADING, "rows");
    for (uint32_t i = 0; i < n_shown; i++)
        (void)draw_untrusted(a, 1, x[2] + (int)i * cols, cols - 1,
                             v->first + i == v->at ? LOOK_STRONG : LOOK_HEADING,
                             crosstab_name(shown(v), v->chart.of.subject.table, v->first + i),
                             CUT_END);
    draw_title(v, a, n_shown);
}

/* The cell under the cursor, in numbers. */
static void add_sentence(const struct heat_view *v, struct buf *out)
{
    const struct crosstab *x = shown(v);
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
    uint32_t n_shown;
    char text[32];
    int x[3], cols;
    for (uint32_t i = 0; i < v->chart.of.subject.clustering->k; i++)
        if (v->chart.of.subject.clustering->profile[i].rows > most)
            most = v->chart.of.subject.clustering->profile[i].rows;
    x[0] = v->chart.of.subject.clustering->k > 99 ? 4 : 3;
    x[1] = x[0] + 1 + (int)strlen(number_grouped(most < 1000 ? 1000 : most, text, sizeof text));
    x[2] = x[1] + 2;
    cols = cell_cols(v, a.cols - x[2]);
    n_shown = (uint32_t)((a.cols - x[2]) / cols);
    n_shown = n_shown > shown(v)->n ? shown(v)->n : n_shown;
    if (v->at < v->first)
        v->first = v->at;
    if (n_shown > 0 && v->at >= v->first + n_shown)
        v->first = v->at - n_shown + 1;
    if (v->first + n_shown > shown(v)->n)
        v->first = shown(v)->n - n_shown;
    viewport_resize(&v->port, v->chart.of.subject.clustering->k,
                    list.rows > 0 ? (uint64_t)list.rows : 0);
    draw_headings(v, a, x, cols, n_shown);
    for (uint64_t i = 0; i < viewport_shown(&v->port); i++)
        draw_line_of(v, list, (int)i, v->port.top + i, x, cols, n_shown);
    if (shown(v)->n > 0)
        draw_numbers(v, a, a.rows - 1);
}

static void draw(struct view *view, struct app *app, struct area a)
{
    struct heat_view *v = (struct heat_view *)view;
    if (!v->have && v->chart.head.waiting == NULL && v->chart.trouble.code == ERR_OK)
        start(v, app);
    if (v->have && has_values(shown(v))) {
        draw_map(v, a);
    } else if (v->have) {
        (void)draw_text(a, 0, 1, LOOK_STATUS_WARN,
                        "no row has a state, a service, a protocol or a time");
    } else
        work_draw(a, 0, &v->chart.trouble, "counting rows ...");
}

/* ---- keys ---- */

/* The rows of the cell, as a filter that can be read and taken back. */
static unsigned open_cell(struct heat_view *v, struct app *app)
{
    struct span name = crosstab_name(shown(v), v->chart.of.subject.table, v->at);
    uint16_t key = shown(v)->key[v->at];
    struct buf filter = BUF_INIT;
    struct err err = ERR_INIT;
    unsigned next;
    if (crosstab_at(shown(v), cluster_at(v, v->port.sel), v->at) == 0) {
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

static bool waits(const struct view *view, enum command cmd)
{
    const struct heat_view *v = (const struct heat_view *)view;
    return !v->have && v->chart.trouble.code == ERR_OK && cmd != CMD_CHART;
}

static unsigned other_column(struct heat_view *v, struct app *app)
{
    enum cross before = v->by;
    if (turn_to(v, (unsigned)v->by + 1) && v->by == before)
        app_say(app, "no other column that a map is made of has values in this log");
    return VIEW_REDRAW;
}

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct heat_view *v = (struct heat_view *)view;
    if (cmd == CMD_CHART)
        return next_chart(v, app);
    if (cmd == CMD_OPEN && !v->have && v->chart.trouble.code == ERR_CANCELLED) {
        v->chart.trouble = (struct err)ERR_INIT;
        return VIEW_REDRAW;
    }
    if (!v->have || !has_values(shown(v)))
        return cmd == CMD_BACK ? VIEW_NOT_MINE : VIEW_NOTHING;
    if (viewport_command(&v->port, cmd))
        return VIEW_REDRAW;
    switch (cmd) {
    case CMD_OTHER:
        return other_column(v, app);
    case CMD_LEFT:
        v->at -= v->at > 0;
        return VIEW_REDRAW;
    case CMD_RIGHT:
        v->at += v->at + 1 < shown(v)->n;
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
    const struct heat_view *v = (const struct heat_view *)view;
    (void)app;
    if (v->have && !has_values(shown(v)))
        buf_add_text(out, "heat map");
    else
        buf_printf(out, "by %s", cross_field(v->by));
}

static const char *hint(const struct view *view, const struct app *app)
{
    (void)view;
    (void)app;
    return "Enter opens the rows of this cell; Tab shows another column, v another chart";
}

static void keep(const struct view *view, struct app *app, struct session *out)
{
    const struct heat_view *v = (const struct heat_view *)view;
    (void)app;
    chart_keep(&v->chart, "heat", cluster_at(v, v->port.sel), out);
    chart_keep_top(&v->port, out);
    session_add(out, "by", span_of(cross_field(v->by)));
    session_printf(out, "column-number", "%llu",
                   v->have ? (unsigned long long)v->at : (unsigned long long)v->resumed_at);
    session_add(out, "column",
                !v->have              ? buf_span(&v->resumed_name)
                : v->at < shown(v)->n ? crosstab_name(shown(v), v->chart.of.subject.table, v->at)
                                      : span_of(""));
}

static void close_heat(struct view *view, struct app *app)
{
    struct heat_view *v = (struct heat_view *)view;
    (void)app;
    for (int i = 0; i < N_CROSSES; i++)
        crosstab_release(&v->table[i]);
    buf_release(&v->resumed_name);
    chart_free(&v->chart);
}

static const struct view_ops ops = {
    .name = "heat map",
    .where = IN_HEAT,
    .close = close_heat,
    .draw = draw,
    .command = command,
    .crumb = crumb,
    .keep = keep,
    .hint = hint,
    .waits = waits,
};

struct view *heat_view_new(const struct chart_of *of, struct err *err)
{
    struct heat_view *v = chart_new(sizeof *v, &ops, "the heat map", of, err);
    if (v == NULL)
        return NULL;
    viewport_resize(&v->port, of->n, of->n); /* from the top, as far as there is room */
    viewport_to(&v->port, of->at);
    return &v->chart.head;
}

struct view *heat_view_resume(struct app *app, const struct resumed *r, struct err *err)
{
    struct chart_of of;
    struct heat_view *v;
    struct span name;
    bool all;
    if (!chart_resumed(app, r, &of, &all))
        return NULL;
    v = (struct heat_view *)heat_view_new(&of, err);
    if (v == NULL)
        return NULL;
    chart_resume_top(&v->port, r);
    for (int i = 0; i < N_CROSSES; i++)
        if (session_is(r->part, "by", cross_field((enum cross)i)))
            v->by = (enum cross)i;
    v->resumed = session_value(r->part, "column", &name) &&
                 session_number(r->part, "column-number", CROSS_MAX, &v->resumed_at);
    if (v->resumed)
        buf_add_span(&v->resumed_name, name);
    return &v->chart.head;
}
