/* The rows of a cluster, or of an address: what keys do. */
#include "tui/view/rows.h"

#include "core/base/mem.h"
#include "core/base/number.h"
#include "tui/view/opinion.h"

#define SCREEN_WINDOW ((size_t)16 << 10)

/* ---- what stands under the cursor ---- */

bool rows_cell_text(struct rows_view *v, struct buf *out)
{
    struct err err = ERR_INIT;
    struct buf scratch = BUF_INIT;
    const struct row *row;
    enum field_state state;
    bool ok = false;
    if (rows_n(v) == 0 || v->cols == 0 ||
        row_reader_get(v->reader, v->rows->set.row[v->port.sel], &row, &err) != 0)
        return false;
    if (!row->gone) {
        buf_clear(out);
        buf_add_span(out, rows_cell(v, row, v->order[v->at], &state, &scratch));
        ok = state != FIELD_ABSENT && !out->failed;
    }
    buf_release(&scratch);
    return ok;
}

/* The address of the cell, or else the row's originator. */
static uint32_t address_here(struct rows_view *v)
{
    const struct table *t = v->subject.table;
    const struct column *col = &t->schema.col[v->order[v->at]];
    uint32_t row = v->rows->set.row[v->port.sel], addr = ADDR_MISSING;
    struct buf text = BUF_INIT;
    if (col->role == ROLE_RESP_H)
        addr = TABLE_AT(t, row, resp);
    else if (col->type == COL_ADDR && col->role != ROLE_ORIG_H && rows_cell_text(v, &text))
        addr = table_addr_find(t, buf_span(&text));
    buf_release(&text);
    return addr == ADDR_MISSING ? TABLE_AT(t, row, orig) : addr;
}

static unsigned open_address(struct rows_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    uint32_t addr = address_here(v);
    if (addr == ADDR_MISSING) {
        app_say(app, "this row has no address");
        return VIEW_REDRAW;
    }
    return view_push(app, address_view_new(app, v->subject, addr, &err), &err);
}

static unsigned open_row(struct rows_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    return view_push(app, row_view_new(app, v->subject, v->rows->set.row[v->port.sel], &err), &err);
}

static unsigned open_repeats(struct rows_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    char name[48];
    rows_file_name(v, name, sizeof name);
    return view_push(app, repeats_view_new(app, v->subject, &v->repeats, name, &err), &err);
}

static unsigned sort(struct rows_view *v, struct app *app)
{
    uint32_t column = v->order[v->at];
    bool again = v->want.sorted == (int32_t)column;
    rows_remember(v);
    rows_sort(v, app, column, again && !v->want.descending);
    return VIEW_REDRAW;
}

static unsigned copy_cell(struct rows_view *v, struct app *app)
{
    struct buf text = BUF_INIT;
    if (rows_cell_text(v, &text) && text.len > 0)
        app_copy(app, buf_span(&text), "the cell");
    else
        app_say(app, "no value here");
    buf_release(&text);
    return VIEW_REDRAW;
}

/* ---- keys ---- */

static unsigned move_column(struct rows_view *v, int by)
{
    if (by < 0 && v->at > 0)
        v->at--;
    if (by > 0 && v->at + 1 < v->n_places)
        v->at++;
    rows_reveal(v);
    return VIEW_REDRAW;
}

static unsigned command_on_rows(struct rows_view *v, struct app *app, enum command cmd)
{
    unsigned next;
    switch (cmd) {
    case CMD_OPEN:
        return open_row(v, app);
    case CMD_LEFT:
        return move_column(v, -1);
    case CMD_RIGHT:
        return move_column(v, 1);
    case CMD_SORT:
        return sort(v, app);
    case CMD_ADDRESS:
        return open_address(v, app);
    case CMD_OPINION:
        return opinion_ask_row(&v->head, app, v->subject, v->rows->set.row[v->port.sel]);
    case CMD_COPY:
        return copy_cell(v, app);
    case CMD_COPY_ROW:
        return view_copy_row(app, v->reader, v->rows->set.row[v->port.sel]);
    case CMD_REPEATS:
        return open_repeats(v, app);
    default:
        next = rows_find_command(v, app, cmd);
        if (next == VIEW_NOT_MINE)
            next = rows_layout_command(v, app, cmd);
        if (next == VIEW_NOT_MINE)
            next = rows_marks_command(v, app, cmd);
        return next == VIEW_NOT_MINE ? rows_filter_command(v, app, cmd) : next;
    }
}

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct rows_view *v = (struct rows_view *)view;
    if (cmd != CMD_NARROWER && cmd != CMD_WIDER)
        v->widening = -1;
    if (cmd != CMD_FIND_NEXT && cmd != CMD_FIND_PREVIOUS)
        v->steps = 0;
    if (v->cols > 0 && v->layout != app_layout(app)) /* keys may come faster than frames */
        rows_lay_out(v, v->cols, app_layout(app), v->style);
    if (v->rows != NULL && v->cols > 0 && rows_move(v, cmd))
        return VIEW_REDRAW;
    if (rows_n(v) > 0 && v->cols > 0)
        return command_on_rows(v, app, cmd);
    if (cmd == CMD_OPEN && v->trouble.code == ERR_CANCELLED) {
        memset(&v->trouble, 0, sizeof v->trouble);
        return VIEW_REDRAW;
    }
    if (cmd == CMD_ESCAPE)
        return VIEW_NOTHING;
    if (rows_hidden(v) > 0 && v->cols > 0 && rows_filter_command(v, app, cmd) != VIEW_NOT_MINE)
        return VIEW_REDRAW;
    if (cmd != CMD_BACK)
        app_say(app, v->rows == NULL || v->cols == 0 ? "the rows are not here yet"
                                                     : "there are no rows");
    return cmd == CMD_BACK ? VIEW_NOT_MINE : VIEW_REDRAW;
}

/* The cell's column; its heading sorts, too. */
static unsigned clicked(struct view *view, struct app *app, uint32_t value)
{
    struct rows_view *v = (struct rows_view *)view;
    uint32_t place = value & ~ROWS_CLICKED_HEAD;
    if (v->rows == NULL || v->cols == 0 || place >= v->n_places)
        return VIEW_NOTHING;
    v->at = place;
    return (value & ROWS_CLICKED_HEAD) != 0 && rows_n(v) > 0 ? sort(v, app) : VIEW_REDRAW;
}

bool rows_view_step(struct view *view, int direction, uint64_t *row)
{
    struct rows_view *v = (struct rows_view *)view;
    if (view->ops != &rows_ops || rows_n(v) == 0 ||
        (direction < 0 ? v->port.sel == 0 : v->port.sel + 1 >= rows_n(v)))
        return false;
    viewport_by(&v->port, direction < 0 ? -1 : 1);
    *row = v->rows->set.row[v->port.sel];
    return true;
}

bool rows_view_is_of_input(const struct view *view)
{
    return view != NULL && view->ops == &rows_ops &&
           ((const struct rows_view *)view)->of == OF_INPUT;
}

/* ---- the view ---- */

/* How many rows are shown, and of how many; false when that is not known before they are there. */
static bool how_many(const struct rows_view *v, uint64_t *shown, uint64_t *all)
{
    const struct clustering *c = v->subject.clustering;
    if (v->rows != NULL) {
        *shown = v->rows->set.n;
        *all = v->all->set.n;
        return true;
    }
    *shown = v->first_shown;
    *all = v->first_all;
    if (v->first_all > 0 || v->first_filter.len > 0 || v->of != OF_CLUSTER)
        return v->first_all > 0;
    *all = v->whose == CLUSTER_ALL ? v->subject.table->n_rows
           : v->whose == 0         ? c->rows_excluded
                                   : c->profile[v->whose - 1].rows;
    *shown = *all;
    return true;
}

static void crumb(const struct view *view, const struct app *app, struct buf *out)
{
    const struct rows_view *v = (const struct rows_view *)view;
    char number[32];
    uint64_t shown, all;
    (void)app;
    if (v->of == OF_PICK)
        buf_add_text(out, v->pick->name);
    else if (v->of != OF_CLUSTER)
        buf_add_text(out, "rows");
    else if (v->whose == CLUSTER_ALL)
        buf_add_text(out, "all rows");
    else if (v->whose == 0)
        buf_add_text(out, "filtered out");
    else
        buf_printf(out, "%u", v->whose);
    if (!how_many(v, &shown, &all))
        return;
    buf_printf(out, " (%s", number_grouped(shown, number, sizeof number));
    if (shown < all)
        buf_printf(out, " of %s", number_grouped(all, number, sizeof number));
    buf_add_char(out, ')');
}

static const char *hint(const struct view *view, const struct app *app)
{
    const struct rows_view *v = (const struct rows_view *)view;
    if (rows_n_marked(v, app) > 0)
        return "e writes the marked rows; U takes the marks away";
    if (v->same_on && v->walk_same && v->equals.n_hits > 1)
        return "n and N go through the equal cells; * or Esc ends that";
    if (v->found && v->find.n_hits > 0)
        return "n and N go through the hits; Esc ends the search";
    if (rows_hidden(v) > 0)
        return "\\ shows all rows again, u takes one step back; e writes what is shown";
    if (v->repeats.n > 0 && v->repeats.item[0].rows > 1)
        return "R lists the addresses that come back; a opens the card of this one";
    return "Enter shows every field; e writes these rows as CSV";
}

static bool waits(const struct view *view, enum command cmd)
{
    const struct rows_view *v = (const struct rows_view *)view;
    (void)cmd;
    return v->trouble.code == ERR_OK && (v->rows == NULL || v->cols == 0 || v->beginning);
}

/* Before the rows are there keys wait for them; without any, those are left that bring some back. */
static bool offers(const struct view *view, const struct app *app, enum command cmd)
{
    const struct rows_view *v = (const struct rows_view *)view;
    (void)app;
    if (v->trouble.code == ERR_OK && (v->rows == NULL || rows_n(v) > 0))
        return true;
    return cmd == CMD_HELP || cmd == CMD_COMMANDS || (cmd == CMD_FILTER && rows_hidden(v) > 0) ||
           (cmd == CMD_OPEN && v->trouble.code == ERR_CANCELLED);
}

static void close_rows(struct view *view, struct app *app)
{
    struct rows_view *v = (struct rows_view *)view;
    (void)app;
    shared_set_unref(v->rows);
    shared_set_unref(v->all);
    rows_state_release(&v->now);
    rows_state_release(&v->want);
    rows_state_release(&v->asked);
    buf_release(&v->first_filter);
    for (size_t i = 0; i < v->n_past; i++)
        rows_step_release(&v->past[i]);
    row_pick_unref(v->pick);
    repeats_release(&v->repeats);
    find_release(&v->find);
    find_release(&v->equals);
    row_reader_free(v->reader);
    buf_release(&v->needle);
    buf_release(&v->same);
    buf_release(&v->same_test);
    mem_free(v->content);
    mem_free(v->order);
    mem_free(v->width);
    mem_free(v->room);
    col_layout_unref(v->layout);
    subject_unref(v->subject);
    mem_free(v);
}

const struct view_ops rows_ops = {
    .name = "rows",
    .where = IN_ROWS,
    .close = close_rows,
    .draw = rows_draw,
    .command = command,
    .clicked = clicked,
    .waits = waits,
    .offers = offers,
    .crumb = crumb,
    .keep = rows_keep,
    .hint = hint,
};

static struct rows_view *rows_new(struct subject s, struct err *err)
{
    struct rows_view *v = mem_zalloc(1, sizeof *v);
    size_t n = s.table->schema.n;
    if (v == NULL)
        goto fail;
    v->order = mem_zalloc(n, sizeof *v->order);
    v->width = mem_zalloc(n, sizeof *v->width);
    v->room = mem_zalloc(n, sizeof *v->room);
    if (v->order == NULL || v->width == NULL || v->room == NULL)
        goto fail;
    v->reader = row_reader_new(s.table, SCREEN_WINDOW, err);
    if (v->reader == NULL)
        goto out;
    v->head.ops = &rows_ops;
    v->subject = subject_ref(s);
    v->now.sorted = v->want.sorted = v->asked.sorted = -1;
    v->widening = -1;
    v->beginning = true;
    v->same_end = ADDR_MISSING;
    v->first_sorted = v->first_column = -1;
    v->days = many_days(s.table);
    return v;
fail:
    (void)err_memory(err, "the rows");
out:
    if (v != NULL) {
        mem_free(v->order);
        mem_free(v->width);
        mem_free(v->room);
    }
    mem_free(v);
    return NULL;
}

struct view *rows_view_of_cluster(struct app *app, struct subject s, uint32_t cluster,
                                  struct err *err)
{
    struct rows_view *v = rows_new(s, err);
    (void)app;
    if (v == NULL)
        return NULL;
    v->of = OF_CLUSTER;
    v->whose = cluster;
    return &v->head;
}

struct view *rows_view_filtered(struct app *app, struct subject s, uint32_t cluster,
                                struct span filter, struct err *err)
{
    struct view *view = rows_view_of_cluster(app, s, cluster, err);
    if (view != NULL)
        buf_add_span(&((struct rows_view *)view)->first_filter, filter);
    return view;
}

struct view *rows_view_of_address(struct app *app, struct subject s, uint32_t addr, struct err *err)
{
    struct rows_view *v = rows_new(s, err);
    (void)app;
    if (v == NULL)
        return NULL;
    v->of = OF_ADDRESS;
    v->whose = addr;
    return &v->head;
}

struct view *rows_view_of_observation(struct app *app, struct subject s, uint32_t obs,
                                      struct err *err)
{
    struct rows_view *v = rows_new(s, err);
    (void)app;
    if (v == NULL)
        return NULL;
    v->of = OF_OBSERVATION;
    v->whose = obs;
    return &v->head;
}

struct view *rows_view_of_input(struct app *app, struct subject s, uint32_t input, struct err *err)
{
    struct rows_view *v = rows_new(s, err);
    (void)app;
    if (v == NULL)
        return NULL;
    v->of = OF_INPUT;
    v->whose = input;
    return &v->head;
}

struct view *rows_view_of_pick(struct app *app, struct subject s, struct row_pick *pick,
                               struct err *err)
{
    struct rows_view *v = rows_new(s, err);
    (void)app;
    if (v != NULL) {
        v->of = OF_PICK;
        v->pick = row_pick_ref(pick);
    }
    row_pick_unref(pick);
    return v == NULL ? NULL : &v->head;
}

struct view *rows_view_of_first(struct subject s, struct err *err)
{
    struct rows_view *v = rows_new(s, err);
    if (v == NULL)
        return NULL;
    v->of = OF_CLUSTER;
    v->whose = CLUSTER_ALL;
    if (rows_collect_now(v, err) == 0)
        return &v->head;
    rows_ops.close(&v->head, NULL);
    return NULL;
}

bool rows_view_move(struct view *view, enum command command)
{
    struct rows_view *v = (struct rows_view *)view;
    return rows_move(v, command);
}
