/* All observations as points, by the two directions in which they spread most; a brush takes the rows
 * inside of it.
 *
 * DESIGN
 * 1. One work makes the points; another sorts them into the cells of this screen, again whenever the
 *    screen or the cluster is another. What is drawn stays until that has come.
 * 2. The brush is made of whole cells, so the counts of a picture say exactly what is inside, and a row is
 *    asked for its cell by the same function that drew it.
 * 3. The selected cluster is drawn in shades of blocks, the others in dots: no colour is needed to tell
 *    them apart. */
#include "tui/view/scatter.h"

#include "core/base/mem.h"
#include "core/base/number.h"

static void points_unref(struct points *p)
{
    if (p == NULL || --p->refs > 0)
        return;
    scatter_release(&p->s);
    mem_free(p);
}

static int clamp(int x, int least, int most)
{
    return x > most ? most : x < least ? least : x;
}

/* ---- the brush ---- */

static void settle_brush(struct scatter_view *v)
{
    struct box *b = &v->brush;
    int cols = (int)v->grid.cols, rows = (int)v->grid.rows;
    b->cols = clamp(b->cols, 1, cols);
    b->rows = clamp(b->rows, 1, rows);
    b->x = clamp(b->x, 0, cols - b->cols);
    b->y = clamp(b->y, 0, rows - b->rows);
}

static int cell_at(const struct scatter_range *axis, double x, uint32_t cells)
{
    double part = (x - axis->from) / (axis->to - axis->from);
    return clamp((int)(part * cells), 0, (int)cells - 1);
}

/* Around most of the cluster. */
static void brush_cluster(struct scatter_view *v)
{
    const struct scatter_range *m = v->points->s.middle + (size_t)chart_number(&v->chart.of) * 2;
    int left = cell_at(&v->grid.axis[0], m[0].from, v->grid.cols);
    int right = cell_at(&v->grid.axis[0], m[0].to, v->grid.cols);
    int low = cell_at(&v->grid.axis[1], m[1].from, v->grid.rows);
    int high = cell_at(&v->grid.axis[1], m[1].to, v->grid.rows);
    v->brush = (struct box){left, (int)v->grid.rows - 1 - high, right - left + 1, high - low + 1};
    v->stretch = false;
    settle_brush(v);
}

/* Where it was put by hand, and no less of the picture. */
static void brush_again(struct scatter_view *v)
{
    const struct box *b = &v->put;
    int cols = (int)v->grid.cols, rows = (int)v->grid.rows;
    int put_cols = (int)v->put_cols, put_rows = (int)v->put_rows;
    int right = ((b->x + b->cols) * cols + put_cols - 1) / put_cols;
    int bottom = ((b->y + b->rows) * rows + put_rows - 1) / put_rows;
    v->brush.x = b->x * cols / put_cols;
    v->brush.y = b->y * rows / put_rows;
    v->brush.cols = right - v->brush.x;
    v->brush.rows = bottom - v->brush.y;
    settle_brush(v);
}

static void put_brush(struct scatter_view *v)
{
    settle_brush(v);
    v->by_hand = true;
    v->put = v->brush;
    v->put_cols = v->grid.cols;
    v->put_rows = v->grid.rows;
}

/* ---- works ---- */

struct points_work {
    struct work work;
    struct scatter out;
};

static int make_points(struct work *w, struct job *job, struct err *err)
{
    struct points_work *p = (struct points_work *)w;
    return scatter_build(&p->out, w->subject.clustering, w->subject.table, job, err);
}

static void take_points(struct view *view, struct work *w, int rc, const struct err *err)
{
    struct scatter_view *v = (struct scatter_view *)view;
    struct points_work *p = (struct points_work *)w;
    v->chart.trouble = *err;
    if (rc != 0) {
        app_forget_ahead(w->app);
        return;
    }
    v->points = mem_zalloc(1, sizeof *v->points);
    if (v->points == NULL) {
        (void)err_memory(&v->chart.trouble, "the scatter plot");
        app_forget_ahead(w->app);
        return;
    }
    v->points->refs = 1;
    v->points->s = p->out;
    p->out = (struct scatter){.n_obs = 0};
}

static void release_points(struct work *w)
{
    scatter_release(&((struct points_work *)w)->out);
}

static const struct work_kind points_kind = {sizeof(struct points_work), "the scatter plot",
                                             make_points, take_points, release_points};

struct picture_work {
    struct work work;
    struct points *points; /* counted */
    struct scatter_grid grid;
    uint32_t cluster;
    struct scatter_picture out;
};

static int make_picture(struct work *w, struct job *job, struct err *err)
{
    struct picture_work *p = (struct picture_work *)w;
    return scatter_draw(&p->out, &p->points->s, w->subject.clustering, &p->grid, p->cluster, job,
                        err);
}

static void take_picture(struct view *view, struct work *w, int rc, const struct err *err)
{
    struct scatter_view *v = (struct scatter_view *)view;
    struct picture_work *p = (struct picture_work *)w;
    if (rc != 0) {
        v->chart.trouble = *err;
        app_forget_ahead(w->app);
        return;
    }
    if (p->out.cluster != chart_number(&v->chart.of)) /* another is wanted by now */
        return;
    scatter_picture_release(&v->picture);
    v->picture = p->out;
    p->out = (struct scatter_picture){.cluster = 0};
    v->have = true;
    v->grid = v->picture.grid;
    if (v->by_hand)
        brush_again(v);
    else
        brush_cluster(v);
}

static void release_picture(struct work *w)
{
    struct picture_work *p = (struct picture_work *)w;
    scatter_picture_release(&p->out);
    points_unref(p->points);
}

static const struct work_kind picture_kind = {sizeof(struct picture_work), "the scatter plot",
                                              make_picture, take_picture, release_picture};

/* Whether the picture is of this cluster and screen. */
static bool is_drawn(const struct scatter_view *v, uint32_t cols, uint32_t rows)
{
    return v->have && v->picture.grid.cols == cols && v->picture.grid.rows == rows &&
           v->picture.cluster == chart_number(&v->chart.of);
}

static void start(struct scatter_view *v, struct app *app, uint32_t cols, uint32_t rows)
{
    struct picture_work *p;
    if (v->chart.trouble.code != ERR_OK)
        return;
    if (v->points == NULL) {
        struct points_work *w = NULL;
        if (v->chart.head.waiting == NULL)
            w = work_new(&points_kind, &v->chart.head, app, v->chart.of.subject, &v->chart.trouble);
        if (w != NULL)
            work_start(&w->work, &v->chart.trouble);
        return;
    }
    if (is_drawn(v, cols, rows) ||
        (v->chart.head.waiting != NULL && v->drawing == chart_number(&v->chart.of) &&
         v->drawing_cols == cols && v->drawing_rows == rows))
        return;
    p = work_new(&picture_kind, &v->chart.head, app, v->chart.of.subject, &v->chart.trouble);
    if (p == NULL)
        return;
    p->points = v->points;
    p->points->refs++;
    p->cluster = v->drawing = chart_number(&v->chart.of);
    p->grid.cols = v->drawing_cols = cols;
    p->grid.rows = v->drawing_rows = rows;
    scatter_axes(&p->grid, &v->points->s, p->cluster);
    work_start(&p->work, &v->chart.trouble);
}

/* ---- drawing ---- */

static void draw(struct view *view, struct app *app, struct area a)
{
    struct scatter_view *v = (struct scatter_view *)view;
    int cols = a.cols - SCATTER_PLOT_X - 1, rows = a.rows - SCATTER_TITLE_ROWS - 2;
    cols = cols < 1 ? 1 : cols;
    rows = rows < 1 ? 1 : rows;
    start(v, app, (uint32_t)cols, (uint32_t)rows);
    if (v->have && (int)v->grid.cols == cols && (int)v->grid.rows == rows &&
        v->chart.trouble.code == ERR_OK)
        scatter_draw_all(v, a);
    else
        work_draw(a, 0, &v->chart.trouble,
                  v->points == NULL ? "computing principal components ..." : "drawing points ...");
}

/* ---- the rows inside ---- */

struct brush_pick {
    struct row_pick pick;
    struct points *points;
    struct subject subject;
    struct scatter_grid grid;
    struct box box;
    uint32_t cluster; /* 0: all */
};

static bool is_inside(const struct row_pick *pick, uint64_t row)
{
    const struct brush_pick *p = (const struct brush_pick *)pick;
    const struct clustering *c = p->subject.clustering;
    uint32_t obs = c->obs_of_row == NULL ? (uint32_t)row : c->obs_of_row[row], x, y;
    if (obs >= p->points->s.n_obs || (p->cluster > 0 && c->label[obs] + 1u != p->cluster))
        return false;
    return scatter_dot(&p->grid, &p->points->s, obs, &x, &y) &&
           box_has(&p->box, (int)(x / 2), (int)(y / 4));
}

static void release_pick(struct row_pick *pick)
{
    struct brush_pick *p = (struct brush_pick *)pick;
    points_unref(p->points);
    subject_unref(p->subject);
    mem_free(p);
}

static unsigned open_brush(struct scatter_view *v, struct app *app)
{
    struct brush_pick *p;
    struct err err = ERR_INIT;
    uint64_t all, own;
    scatter_count_brush(v, &all, &own);
    if ((v->own_only ? own : all) == 0) {
        app_say(app, "nothing is inside of the brush");
        return VIEW_REDRAW;
    }
    p = mem_zalloc(1, sizeof *p);
    if (p == NULL) {
        (void)err_memory(&err, "the rows inside of the brush");
        app_fail(app, &err);
        return VIEW_REDRAW;
    }
    p->pick = (struct row_pick){.refs = 1, .has = is_inside, .release = release_pick};
    p->points = v->points;
    p->points->refs++;
    p->subject = subject_ref(v->chart.of.subject);
    p->grid = v->grid;
    p->box = v->brush;
    p->cluster = v->own_only ? v->picture.cluster : 0;
    if (v->own_only)
        (void)snprintf(p->pick.name, sizeof p->pick.name, "%u, brush", p->cluster);
    else
        (void)snprintf(p->pick.name, sizeof p->pick.name, "brush");
    (void)snprintf(p->pick.title, sizeof p->pick.title, "inside of the brush of the scatter plot%s",
                   v->own_only ? "" : ", of any cluster");
    return view_push(app, rows_view_of_pick(app, v->chart.of.subject, &p->pick, &err), &err);
}

/* ---- keys ---- */

static unsigned move_brush(struct scatter_view *v, int x, int y)
{
    struct box *b = &v->brush;
    if (v->stretch) {
        b->cols = clamp(b->cols + x, 1, (int)v->grid.cols - b->x);
        b->rows = clamp(b->rows + y, 1, (int)v->grid.rows - b->y);
    } else {
        b->x += x;
        b->y += y;
    }
    put_brush(v);
    return VIEW_REDRAW;
}

static unsigned resize_brush(struct scatter_view *v, int by)
{
    struct box *b = &v->brush;
    b->x -= 2 * by;
    b->y -= by;
    b->cols += 4 * by;
    b->rows += 2 * by;
    put_brush(v);
    return VIEW_REDRAW;
}

static unsigned copy_brush(const struct scatter_view *v, struct app *app)
{
    struct buf text = BUF_INIT;
    scatter_sentence(v, &text);
    app_copy(app, buf_span(&text), "what the brush says");
    buf_release(&text);
    return VIEW_REDRAW;
}

static unsigned brush_command(struct scatter_view *v, struct app *app, enum command cmd)
{
    switch (cmd) {
    case CMD_UP:
    case CMD_DOWN:
        return move_brush(v, 0, cmd == CMD_UP ? -1 : 1);
    case CMD_LEFT:
    case CMD_RIGHT:
        return move_brush(v, cmd == CMD_LEFT ? -1 : 1, 0);
    case CMD_PAGE_UP:
    case CMD_HALF_UP:
        return move_brush(v, 0, -v->brush.rows);
    case CMD_PAGE_DOWN:
    case CMD_HALF_DOWN:
        return move_brush(v, 0, v->brush.rows);
    case CMD_FIRST:
        v->by_hand = false;
        brush_cluster(v);
        return VIEW_REDRAW;
    case CMD_LAST:
        v->brush = (struct box){0, 0, (int)v->grid.cols, (int)v->grid.rows};
        put_brush(v);
        return VIEW_REDRAW;
    case CMD_GROW:
    case CMD_SHRINK:
        return resize_brush(v, cmd == CMD_GROW ? 1 : -1);
    case CMD_STRETCH:
        v->stretch = !v->stretch;
        return VIEW_REDRAW;
    case CMD_OPEN:
        return open_brush(v, app);
    case CMD_COPY:
        return copy_brush(v, app);
    default:
        return VIEW_NOT_MINE;
    }
}

/* The brush is that of the cluster that was asked for last, on its picture. Which one that is, and what
 * Enter opens, can be said before. */
static bool waits(const struct view *view, enum command cmd)
{
    const struct scatter_view *v = (const struct scatter_view *)view;
    return v->chart.trouble.code == ERR_OK && cmd != CMD_CHART && cmd != CMD_CLUSTER_NEXT &&
           cmd != CMD_CLUSTER_PREVIOUS && cmd != CMD_OTHER &&
           (!v->have || v->picture.cluster != chart_number(&v->chart.of));
}

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct scatter_view *v = (struct scatter_view *)view;
    struct err err = ERR_INIT;
    switch (cmd) {
    case CMD_CHART:
        return chart_go_on(view, app, heat_view_new(&v->chart.of, &err), &err);
    case CMD_CLUSTER_NEXT:
    case CMD_CLUSTER_PREVIOUS:
        chart_step(&v->chart.of, cmd == CMD_CLUSTER_NEXT ? 1 : -1);
        v->by_hand = false;
        return VIEW_REDRAW;
    case CMD_OTHER:
        v->own_only = !v->own_only;
        return VIEW_REDRAW;
    case CMD_ESCAPE:
        v->stretch = false;
        return VIEW_REDRAW;
    case CMD_BACK:
        return VIEW_NOT_MINE;
    default:
        break;
    }
    if (cmd == CMD_OPEN && v->chart.trouble.code == ERR_CANCELLED) {
        v->chart.trouble = err;
        return VIEW_REDRAW;
    }
    if (waits(view, cmd)) { /* from the palette: keys do not come before */
        app_say(app, "not before this cluster is drawn");
        return VIEW_REDRAW;
    }
    return v->have && v->chart.trouble.code == ERR_OK ? brush_command(v, app, cmd) : VIEW_NOTHING;
}

/* ---- the view ---- */

static void crumb(const struct view *view, const struct app *app, struct buf *out)
{
    (void)app;
    buf_printf(out, "%u among all", chart_number(&((const struct scatter_view *)view)->chart.of));
}

static const char *hint(const struct view *view, const struct app *app)
{
    const struct scatter_view *v = (const struct scatter_view *)view;
    (void)app;
    return v->stretch
               ? "arrows stretch the brush; Space or Esc: they move it again"
               : "arrows move the brush, Space stretches it; Enter opens its rows; v: next chart";
}

static void keep(const struct view *view, struct app *app, struct session *out)
{
    const struct scatter_view *v = (const struct scatter_view *)view;
    (void)app;
    chart_keep(&v->chart, "scatter", chart_number(&v->chart.of), out);
    session_add(out, "opens", span_of(v->own_only ? "own" : "all"));
    if (!v->by_hand)
        return;
    session_printf(out, "x", "%d", v->put.x);
    session_printf(out, "y", "%d", v->put.y);
    session_printf(out, "cols", "%d", v->put.cols);
    session_printf(out, "rows", "%d", v->put.rows);
    session_printf(out, "of-cols", "%u", v->put_cols);
    session_printf(out, "of-rows", "%u", v->put_rows);
}

static void close_scatter(struct view *view, struct app *app)
{
    struct scatter_view *v = (struct scatter_view *)view;
    (void)app;
    scatter_picture_release(&v->picture);
    points_unref(v->points);
    chart_free(&v->chart);
}

static const struct view_ops ops = {
    .name = "scatter plot",
    .where = IN_SCATTER,
    .close = close_scatter,
    .draw = draw,
    .command = command,
    .crumb = crumb,
    .keep = keep,
    .hint = hint,
    .waits = waits,
};

struct view *scatter_view_new(const struct chart_of *of, struct err *err)
{
    struct scatter_view *v = chart_new(sizeof *v, &ops, "the scatter plot", of, err);
    if (v == NULL)
        return NULL;
    return &v->chart.head;
}

struct view *scatter_view_resume(struct app *app, const struct resumed *r, struct err *err)
{
    static const char *const key[] = {"x", "y", "cols", "rows", "of-cols", "of-rows"};
    uint64_t n[ARRAY_LEN(key)];
    struct chart_of of;
    struct scatter_view *v;
    bool all, whole = true;
    if (!chart_resumed(app, r, &of, &all))
        return NULL;
    v = (struct scatter_view *)scatter_view_new(&of, err);
    if (v == NULL)
        return NULL;
    v->own_only = session_is(r->part, "opens", "own");
    for (size_t i = 0; i < ARRAY_LEN(key); i++)
        whole = whole && session_number(r->part, key[i], 10000, &n[i]);
    v->by_hand = whole && n[4] > 0 && n[5] > 0;
    if (v->by_hand) {
        v->put = (struct box){(int)n[0], (int)n[1], (int)n[2], (int)n[3]};
        v->put_cols = (uint32_t)n[4];
        v->put_rows = (uint32_t)n[5];
    }
    return &v->chart.head;
}
