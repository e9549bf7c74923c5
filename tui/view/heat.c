/* The heat map: clusters down, the values of one column across, a cell as dark as its share of the
 * cluster. `v` goes on to the next column; Enter opens the rows of a cell.
 *
 * DESIGN
 * 1. Counting is a view job about one clustering, kept by reference: a new result does not change what
 *    is shown here.
 * 2. A shade is a glyph, so that it needs no colour; the line at the bottom says the numbers.
 * 3. Hours and days are shaded against even spreading, which is a fifth of the scale: a share of 4 %
 *    in one hour says nothing, of 30 % much. */
#include "core/base/mem.h"
#include "core/base/number.h"
#include "core/query/crosstab.h"
#include "tui/model/filter.h"
#include "tui/view/views.h"

#define LEAST_CELL  3
#define MOST_CELL   9
#define LEAST_WHY   12
#define LEGEND_COLS 58 /* of what shades mean */

struct heat_view {
    struct view head;
    struct subject subject;
    uint32_t number[RECIPE_MAX_K]; /* cluster numbers, in the order of the chart */
    enum cross of;
    struct crosstab table;
    struct heat_job *waiting; /* or NULL */
    bool have;
    struct err trouble;
    struct viewport port;
    uint32_t at, first; /* column under the cursor; first one that is shown */
};

/* ---- the job ---- */

struct heat_job {
    struct app *app;
    struct view *view;
    struct subject subject;
    enum cross of;
    struct crosstab table;
};

static const struct view_ops ops;

static int run_count(void *ctx, struct job *job, struct err *err)
{
    struct heat_job *j = ctx;
    return crosstab_build(&j->table, j->subject.table, j->subject.clustering, j->of, job, err);
}

static void finish_count(void *ctx, int rc, const struct err *err)
{
    struct heat_job *j = ctx;
    struct heat_view *v = (struct heat_view *)j->view;
    if (app_has_view(j->app, j->view) && j->view->ops == &ops && v->waiting == j) {
        v->waiting = NULL;
        if (rc == 0) {
            v->table = j->table;
            j->table = (struct crosstab){.n = 0};
            v->have = true;
            v->at = v->first = 0;
        } else {
            v->trouble = *err;
        }
        app_redraw(j->app);
    }
    crosstab_release(&j->table);
    subject_unref(j->subject);
    mem_free(j);
}

static void start(struct heat_view *v, struct app *app)
{
    struct heat_job *j = mem_zalloc(1, sizeof *j);
    struct view_job job = {run_count, finish_count, j};
    if (j == NULL) {
        (void)err_memory(&v->trouble, "the heat map");
        return;
    }
    j->app = app;
    j->view = &v->head;
    j->subject = subject_ref(v->subject);
    j->of = v->of;
    v->waiting = j;
    if (app_job(app, &job))
        return;
    v->waiting = NULL;
    (void)err_set(&v->trouble, ERR_LIMIT, "the heat map could not be made");
    subject_unref(j->subject);
    mem_free(j);
}

static void show(struct heat_view *v, enum cross of)
{
    crosstab_release(&v->table);
    v->have = false;
    v->trouble = (struct err)ERR_INIT;
    v->waiting = NULL; /* what runs is not taken */
    v->of = of;
}

/* ---- drawing ---- */

/* As wide as the names need and the screen has, so that a name says something. */
static int cell_cols(const struct heat_view *v, int room)
{
    int cols = v->table.n == 0 ? LEAST_CELL : (room - LEAST_WHY) / (int)v->table.n;
    int least = LEAST_CELL;
    for (uint32_t i = 0; i < v->table.n; i++) {
        int name = (int)clean_cols(crosstab_name(&v->table, v->subject.table, i)) + 1;
        least = name > least ? name : least;
    }
    least = least > MOST_CELL ? MOST_CELL : least;
    return cols < least ? least : cols > MOST_CELL ? MOST_CELL : cols;
}

static bool is_clock(const struct heat_view *v)
{
    return v->of == CROSS_HOUR || v->of == CROSS_WEEKDAY;
}

static uint32_t cluster_at(const struct heat_view *v, uint64_t line)
{
    return v->number[line];
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
    const struct profile *p = &v->subject.clustering->profile[number - 1];
    bool selected = line == v->port.sel;
    unsigned on = selected ? LOOK_ON_SELECTED : 0;
    char text[32];
    if (selected) {
        draw_line(a, row, LOOK_SELECTED);
        (void)draw_text(a, row, 0, LOOK_SELECTED, text_glyph(GLYPH_POINTER));
    }
    (void)snprintf(text, sizeof text, "%u", number);
    (void)draw_right(a, row, x[0], LOOK_STRONG | on, text);
    (void)draw_right(a, row, x[1], LOOK_NUMBER | on, number_grouped(p->rows, text, sizeof text));
    for (uint32_t i = 0; i < shown; i++) {
        uint32_t column = v->first + i;
        double share = (double)crosstab_at(&v->table, number, column) / (double)p->rows;
        if (is_clock(v))
            share *= (v->of == CROSS_HOUR ? 24 : 7) / 5.0;
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
                             crosstab_name(&v->table, v->subject.table, v->first + i), CUT_END);
    (void)snprintf(text, sizeof text, "Rows of each cluster by %s", cross_heading(v->of));
    used = 1 + draw_text(a, 0, 1, LOOK_WHY, text);
    if (a.cols - used >= LEGEND_COLS)
        draw_legend(v, a, used + 3);
    if (shown < v->table.n) {
        (void)snprintf(text, sizeof text, "%u more columns", v->table.n - shown);
        (void)draw_right(a, 0, a.cols - 1, LOOK_DIM, text);
    }
}

/* The numbers of the cell under the cursor. */
static void draw_numbers(const struct heat_view *v, struct area a, int row)
{
    const struct crosstab *x = &v->table;
    uint32_t number = cluster_at(v, v->port.sel);
    const struct profile *p = &v->subject.clustering->profile[number - 1];
    uint64_t n = crosstab_at(x, number, v->at), all = 0;
    char rows[32], share[2][16];
    struct buf text = BUF_INIT;
    for (uint32_t i = 0; i < x->n; i++)
        all += x->total[i];
    buf_printf(&text, "cluster %u, %s ", number, cross_field(v->of));
    buf_add_span(&text, crosstab_name(x, v->subject.table, v->at));
    buf_printf(&text, ": %s rows, %s of the cluster, %s of all clusters",
               number_grouped(n, rows, sizeof rows),
               number_share((double)n / (double)p->rows, share[0], sizeof share[0]),
               number_share(all == 0 ? 0 : (double)x->total[v->at] / (double)all, share[1],
                            sizeof share[1]));
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
    for (uint32_t i = 0; i < v->subject.clustering->k; i++)
        if (v->subject.clustering->profile[i].rows > most)
            most = v->subject.clustering->profile[i].rows;
    x[0] = v->subject.clustering->k > 99 ? 4 : 3;
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
    viewport_resize(&v->port, v->subject.clustering->k, list.rows > 0 ? (uint64_t)list.rows : 0);
    draw_headings(v, a, x, cols, shown);
    for (uint64_t i = 0; i < viewport_shown(&v->port); i++)
        draw_line_of(v, list, (int)i, v->port.top + i, x, cols, shown);
    if (v->table.n > 0)
        draw_numbers(v, a, a.rows - 1);
}

static void draw(struct view *view, struct app *app, struct area a)
{
    struct heat_view *v = (struct heat_view *)view;
    if (!v->have && v->waiting == NULL && v->trouble.code == ERR_OK)
        start(v, app);
    if (v->have)
        draw_map(v, a);
    else if (v->trouble.code == ERR_CANCELLED)
        (void)draw_text(a, 0, 1, LOOK_STATUS_WARN, "stopped; Enter counts again, q goes back");
    else if (v->trouble.code != ERR_OK)
        (void)draw_untrusted(a, 0, 1, a.cols - 2, LOOK_STATUS_ERROR, span_of(v->trouble.text),
                             CUT_END);
    else
        (void)draw_text(a, 0, 1, LOOK_STATUS_WORK, "counting rows ...");
}

/* ---- keys ---- */

/* The rows of the cell, as a filter that can be read and taken back. */
static unsigned open_cell(struct heat_view *v, struct app *app)
{
    struct span name = crosstab_name(&v->table, v->subject.table, v->at);
    uint16_t key = v->table.key[v->at];
    struct buf filter = BUF_INIT;
    struct err err = ERR_INIT;
    unsigned next;
    if (key == CROSS_NONE && (v->of == CROSS_HOUR || v->of == CROSS_WEEKDAY))
        filter_add(&filter, span_of("ts"), name, true, true);
    else if (key != CROSS_OTHER)
        filter_add(&filter, span_of(cross_field(v->of)), name, key == CROSS_NONE, true);
    next = view_push(
        app,
        rows_view_filtered(app, v->subject, cluster_at(v, v->port.sel), buf_span(&filter), &err),
        &err);
    buf_release(&filter);
    return next;
}

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct heat_view *v = (struct heat_view *)view;
    if (cmd == CMD_CHART) {
        show(v, (enum cross)((v->of + 1) % N_CROSSES));
        return VIEW_REDRAW;
    }
    if (cmd == CMD_OPEN && !v->have && v->trouble.code == ERR_CANCELLED) {
        show(v, v->of);
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
    buf_printf(out, "by %s", cross_field(((const struct heat_view *)view)->of));
}

static const char *hint(const struct view *view, const struct app *app)
{
    (void)view;
    (void)app;
    return "v shows another column; Enter opens the rows of this cell";
}

static void close_heat(struct view *view, struct app *app)
{
    struct heat_view *v = (struct heat_view *)view;
    (void)app;
    crosstab_release(&v->table);
    subject_unref(v->subject);
    mem_free(v);
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

struct view *heat_view_new(struct subject s, const uint8_t *number, uint64_t selected,
                           struct err *err)
{
    struct heat_view *v = mem_zalloc(1, sizeof *v);
    if (v == NULL) {
        (void)err_memory(err, "the heat map");
        return NULL;
    }
    v->head.ops = &ops;
    v->subject = subject_ref(s);
    for (uint32_t i = 0; i < s.clustering->k; i++)
        v->number[i] = number[i] + 1u;
    viewport_resize(&v->port, s.clustering->k, 1);
    viewport_to(&v->port, selected);
    return &v->head;
}
