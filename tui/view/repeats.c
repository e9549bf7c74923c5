/* The addresses of a set of rows, by how often they come back; `e` writes them to a file, one a
 * line. */
#include "tui/view/views.h"

#include "core/base/match.h"
#include "core/base/mem.h"
#include "core/base/number.h"
#include "core/export/addresses.h"
#include "tui/model/viewport.h"

#define LIST_X 8 /* column of the addresses */

enum figure { FIGURE_ROWS, FIGURE_STARTED, FIGURE_CALLED, N_FIGURES };

static const char *const figure_head[N_FIGURES] = {"rows", "started", "called"};

struct repeats_view {
    struct view head;
    struct subject subject;
    struct repeat *item; /* by rank; owned */
    uint64_t n;
    size_t addr_cols;   /* of the longest address */
    int shown_cols;     /* what the screen grants them */
    int end[N_FIGURES]; /* where the figures end, counted from behind the addresses */
    char of[48];
    struct viewport port;
    struct buf needle;
};

/* ---- writing the list ---- */

struct write_job {
    struct app *app;
    struct subject subject;
    struct repeat *item; /* owned */
    uint64_t n;
    char *path; /* owned */
    bool force;
};

static int run_write(void *ctx, struct job *job, struct err *err)
{
    const struct write_job *j = ctx;
    struct addresses_opts opts = {.path = j->path, .force = j->force};
    return addresses_write(&opts, j->subject.table, j->item, j->n, NULL, job, err);
}

static void free_job(struct write_job *j)
{
    subject_unref(j->subject);
    mem_free(j->item);
    mem_free(j->path);
    mem_free(j);
}

static void finish_write(void *ctx, int rc, const struct err *err)
{
    struct write_job *j = ctx;
    char number[32];
    if (rc == 0)
        app_say(j->app, "wrote %s addresses to %s", number_grouped(j->n, number, sizeof number),
                j->path);
    else if (err->code == ERR_CANCELLED)
        app_warn(j->app, "stopped; %s was not written", j->path);
    else
        app_fail(j->app, err);
    app_redraw(j->app);
    free_job(j);
}

static unsigned write_list(struct view *view, struct app *app, const char *path, bool force)
{
    struct repeats_view *v = (struct repeats_view *)view;
    struct write_job *j = mem_zalloc(1, sizeof *j);
    struct view_job job = {run_write, finish_write, j};
    struct err err = ERR_INIT;
    if (j == NULL) {
        (void)err_memory(&err, "the list of addresses");
        app_fail(app, &err);
        return VIEW_REDRAW;
    }
    j->app = app;
    j->force = force;
    j->n = v->n;
    j->subject = subject_ref(v->subject);
    j->path = mem_string(path);
    j->item = mem_alloc(v->n, sizeof *j->item);
    if (j->path == NULL || j->item == NULL) {
        (void)err_memory(&err, "the list of addresses");
        app_fail(app, &err);
        free_job(j);
        return VIEW_REDRAW;
    }
    if (v->n > 0)
        memcpy(j->item, v->item, v->n * sizeof *j->item);
    if (!app_job(app, &job))
        free_job(j);
    return VIEW_REDRAW;
}

/* ---- drawing ---- */

static uint64_t figure_of(const struct repeat *r, enum figure what)
{
    return what == FIGURE_ROWS ? r->rows : what == FIGURE_STARTED ? r->as_orig : r->as_resp;
}

/* Each column is as wide as its biggest count. */
static void place_figures(struct repeats_view *v)
{
    int end = 0;
    for (int f = 0; f < N_FIGURES; f++) {
        uint64_t most = 0;
        char number[32];
        int cols;
        for (uint64_t i = 0; i < v->n; i++) {
            uint64_t n = figure_of(&v->item[i], (enum figure)f);
            most = n > most ? n : most;
        }
        cols = (int)strlen(number_grouped(most, number, sizeof number));
        if (cols < (int)strlen(figure_head[f]))
            cols = (int)strlen(figure_head[f]);
        end += cols + 2;
        v->end[f] = end;
    }
}

static unsigned look_of(uint32_t rank, uint64_t rows)
{
    if (rows < 2)
        return LOOK_ADDRESS;
    return rank >= 1 && rank <= 6 ? LOOK_ADDRESS_1 + rank - 1 : LOOK_ADDRESS_REST;
}

static void draw_item(struct repeats_view *v, struct area a, int row, uint64_t at)
{
    const struct repeat *r = &v->item[at];
    bool selected = at == v->port.sel;
    unsigned on = view_mark(a, row, selected);
    int x = LIST_X + v->shown_cols;
    const char *place = addr_place_name(addr_place(table_addr(v->subject.table, r->addr)));
    struct span text = table_addr_text(v->subject.table, r->addr);
    char number[32];
    size_t where;
    bool hit = v->needle.len > 0 &&
               match_in(text, buf_span(&v->needle), match_any_case(buf_span(&v->needle)), &where);
    (void)draw_right(a, row, LIST_X - 1, LOOK_DIM | on,
                     number_grouped(r->rank, number, sizeof number));
    (void)draw_untrusted(a, row, LIST_X, v->shown_cols,
                         hit ? (selected ? LOOK_HIT_HERE : LOOK_HIT)
                             : look_of(r->rank, r->rows) | on,
                         text, CUT_ADDR);
    for (int f = 0; f < N_FIGURES; f++)
        (void)draw_right(a, row, x + v->end[f], LOOK_NUMBER | on,
                         number_grouped(figure_of(r, (enum figure)f), number, sizeof number));
    x += v->end[N_FIGURES - 1] + 2;
    if (x < a.cols)
        (void)draw_untrusted(a, row, x, a.cols - x, LOOK_DIM | on, span_of(place), CUT_END);
}

static void draw(struct view *view, struct app *app, struct area area)
{
    struct repeats_view *v = (struct repeats_view *)view;
    int widest = area.cols - LIST_X - v->end[N_FIGURES - 1], x;
    struct area list = area_rows(area, 1, area.rows - 1);
    if (widest < 12)
        widest = 12;
    v->shown_cols = v->addr_cols > (size_t)widest ? widest : (int)v->addr_cols;
    x = LIST_X + v->shown_cols;
    (void)draw_right(area, 0, LIST_X - 1, LOOK_HEADING, "rank");
    (void)draw_text(area, 0, LIST_X, LOOK_HEADING, "address");
    for (int f = 0; f < N_FIGURES; f++)
        (void)draw_right(area, 0, x + v->end[f], LOOK_HEADING, figure_head[f]);
    viewport_resize(&v->port, v->n, list.rows > 0 ? (uint64_t)list.rows : 0);
    app_spot_lines(app, list, &v->port);
    if (v->n == 0)
        (void)draw_text(list, 0, 1, LOOK_DIM, "these rows have no addresses");
    for (uint64_t i = 0; i < viewport_shown(&v->port); i++)
        draw_item(v, list, (int)i, v->port.top + i);
}

/* ---- moving and finding ---- */

static void text_at(const void *list, uint64_t i, struct buf *out)
{
    const struct repeats_view *v = list;
    buf_add_span(out, table_addr_text(v->subject.table, v->item[i].addr));
}

static void find(struct repeats_view *v, struct app *app, int direction, bool here)
{
    viewport_resize(&v->port, v->n, v->port.height);
    list_find(app, &v->port, text_at, v, buf_span(&v->needle), direction, here);
}

static unsigned found(struct view *view, struct app *app, struct span text)
{
    struct repeats_view *v = (struct repeats_view *)view;
    if (text.len == 0)
        return VIEW_REDRAW;
    buf_clear(&v->needle);
    buf_add_span(&v->needle, text);
    find(v, app, 1, true);
    return VIEW_REDRAW;
}

static unsigned open_card(struct repeats_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    if (v->n == 0)
        return VIEW_NOTHING;
    return view_push(app, address_view_new(app, v->subject, v->item[v->port.sel].addr, &err), &err);
}

static unsigned ask_name(struct repeats_view *v, struct app *app)
{
    char name[80];
    if (v->n == 0) {
        app_say(app, "no addresses to write");
        return VIEW_REDRAW;
    }
    (void)snprintf(name, sizeof name, "addresses-%s.txt", v->of);
    app_ask_file(app, &v->head, "write addresses to: ", name, write_list);
    return VIEW_REDRAW;
}

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct repeats_view *v = (struct repeats_view *)view;
    if (viewport_command(&v->port, cmd))
        return VIEW_REDRAW;
    switch (cmd) {
    case CMD_OPEN:
    case CMD_ADDRESS:
        return open_card(v, app);
    case CMD_COPY:
        if (v->n > 0)
            app_copy(app, table_addr_text(v->subject.table, v->item[v->port.sel].addr),
                     "the address");
        return VIEW_REDRAW;
    case CMD_WRITE_LIST:
        return ask_name(v, app);
    case CMD_FIND:
        app_ask(app, view, "find: ", "", ASK_FIND, found);
        return VIEW_REDRAW;
    case CMD_FIND_NEXT:
    case CMD_FIND_PREVIOUS:
        find(v, app, cmd == CMD_FIND_NEXT ? 1 : -1, false);
        return VIEW_REDRAW;
    case CMD_ESCAPE:
        buf_clear(&v->needle);
        return VIEW_REDRAW;
    default:
        return VIEW_NOT_MINE;
    }
}

static void crumb(const struct view *view, const struct app *app, struct buf *out)
{
    char number[32];
    (void)app;
    buf_printf(out, "%s addresses",
               number_grouped(((const struct repeats_view *)view)->n, number, sizeof number));
}

static const char *hint(const struct view *view, const struct app *app)
{
    (void)view;
    (void)app;
    return "Enter opens an address's card; e writes the list, one a line";
}

static void close_repeats(struct view *view, struct app *app)
{
    struct repeats_view *v = (struct repeats_view *)view;
    (void)app;
    mem_free(v->item);
    buf_release(&v->needle);
    subject_unref(v->subject);
    mem_free(v);
}

static const struct view_ops ops = {
    .name = "repeated addresses",
    .where = IN_REPEATS,
    .close = close_repeats,
    .draw = draw,
    .command = command,
    .crumb = crumb,
    .hint = hint,
};

struct view *repeats_view_new(struct app *app, struct subject s, const struct repeats *counts,
                              const char *of, struct err *err)
{
    struct repeats_view *v = mem_zalloc(1, sizeof *v);
    (void)app;
    if (v == NULL || (v->item = mem_alloc(counts->n, sizeof *v->item)) == NULL) {
        mem_free(v);
        (void)err_memory(err, "the list of addresses");
        return NULL;
    }
    v->head.ops = &ops;
    v->n = counts->n;
    if (v->n > 0)
        memcpy(v->item, counts->item, v->n * sizeof *v->item);
    (void)snprintf(v->of, sizeof v->of, "%s", of);
    v->subject = subject_ref(s);
    place_figures(v);
    v->addr_cols = 7;
    for (uint64_t i = 0; i < v->n; i++) {
        size_t cols = clean_cols(table_addr_text(s.table, v->item[i].addr));
        v->addr_cols = cols > v->addr_cols ? cols : v->addr_cols;
    }
    return &v->head;
}
