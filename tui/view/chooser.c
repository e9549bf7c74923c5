/* The columns of a log to choose from: which are shown among the rows, and in what order.
 *
 * DESIGN
 * 1. The list begins with the columns that are shown, in their order; the others follow as the log has
 *    them. Switching a column leaves it on its line, so that the eye does not lose it.
 * 2. Nothing changes among the rows before Enter. */
#include "core/base/mem.h"
#include "tui/view/fields.h"
#include "tui/view/rows.h"

#define LIST_ROW      2
#define EXAMPLE_ROWS  100 /* that are looked through for a value */
#define EXAMPLE_BYTES 300
#define NAME_COLS     28
#define TYPE_COLS     8
#define EXAMPLE_COLS  40 /* beside what the field means */

struct line {
    uint32_t column;
    bool shown;
    char *example; /* owned; NULL for none */
    size_t example_len;
};

struct chooser {
    struct view head;
    struct rows_view *rows; /* below this one */
    struct line *line;      /* owned */
    uint32_t n;
    bool as_at_first; /* widths and what stays go, too */
    struct buf needle;
    struct viewport port;
};

static const struct column *column_of(const struct chooser *v, uint64_t at)
{
    return &v->rows->subject.table->schema.col[v->line[at].column];
}

static uint32_t n_shown(const struct chooser *v)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < v->n; i++)
        n += v->line[i].shown;
    return n;
}

/* ---- examples ---- */

static struct span example_of(const struct chooser *v, const struct row *row, uint32_t column,
                              enum time_style style, struct buf *scratch)
{
    const struct table *t = v->rows->subject.table;
    char text[64];
    if (t->schema.col[column].role != ROLE_TS || TABLE_AT(t, row->number, ts_us) == TIME_MISSING)
        return field_decode(&row->field[column], scratch);
    buf_clear(scratch);
    buf_add_text(scratch,
                 time_text(TABLE_AT(t, row->number, ts_us), style, 6, true, text, sizeof text));
    return buf_span(scratch);
}

static void take_examples(struct chooser *v, const struct row *row, enum time_style style,
                          uint32_t *missing)
{
    struct buf scratch = BUF_INIT;
    for (uint32_t i = 0; i < v->n && !row->gone; i++) {
        struct span text;
        if (v->line[i].example != NULL || row->field[v->line[i].column].state != FIELD_VALUE)
            continue;
        text = example_of(v, row, v->line[i].column, style, &scratch);
        v->line[i].example_len = text.len > EXAMPLE_BYTES ? EXAMPLE_BYTES : text.len;
        v->line[i].example = mem_copy(text.ptr, v->line[i].example_len);
        (*missing)--;
    }
    buf_release(&scratch);
}

/* The values of the row under the cursor; what it lacks is taken from the next ones. */
static void find_examples(struct chooser *v, enum time_style style)
{
    struct rows_view *r = v->rows;
    uint32_t missing = v->n;
    for (uint64_t i = 0; i < EXAMPLE_ROWS && i < rows_n(r) && missing > 0; i++) {
        struct err ignored = ERR_INIT;
        const struct row *row;
        if (row_reader_get(r->reader, r->rows->set.row[(r->port.sel + i) % rows_n(r)], &row,
                           &ignored) != 0)
            return;
        take_examples(v, row, style, &missing);
    }
}

/* ---- drawing ---- */

static const char *type_text(enum col_type type)
{
    switch (type) {
    case COL_STRING:
        return "text";
    case COL_TIME:
        return "time";
    case COL_INTERVAL:
        return "seconds";
    case COL_COUNT:
        return "count";
    case COL_INT:
        return "integer";
    case COL_DOUBLE:
        return "number";
    case COL_PORT:
        return "port";
    case COL_ADDR:
        return "address";
    case COL_SUBNET:
        return "network";
    case COL_ENUM:
        return "word";
    case COL_BOOL:
        return "yes/no";
    case COL_SET:
        return "set";
    }
    return "";
}

static void draw_example(const struct chooser *v, struct area a, int row, int x, uint64_t at,
                         unsigned on)
{
    const struct line *line = &v->line[at];
    const struct column *col = column_of(v, at);
    const char *about = col->role == ROLE_NONE ? NULL : field_about(span_of(role_name(col->role)));
    int room = a.cols - x - 1;
    bool both = about != NULL && room >= EXAMPLE_COLS + 20;
    if (line->example == NULL)
        (void)draw_text(a, row, x, LOOK_MISSING | on, "no value near the cursor");
    else
        (void)draw_untrusted(a, row, x, both ? EXAMPLE_COLS : room, LOOK_DEFAULT | on,
                             span_make(line->example, line->example_len),
                             col->type == COL_ADDR ? CUT_ADDR : CUT_END);
    if (both)
        (void)draw_untrusted(a, row, x + EXAMPLE_COLS + 2, room - EXAMPLE_COLS - 2, LOOK_DIM | on,
                             span_of(about), CUT_END);
}

static void draw_item(const struct chooser *v, struct area a, int row, uint64_t at)
{
    const struct line *line = &v->line[at];
    bool selected = at == v->port.sel;
    unsigned on = selected ? LOOK_ON_SELECTED : 0;
    if (selected) {
        draw_line(a, row, LOOK_SELECTED);
        (void)draw_text(a, row, 1, LOOK_SELECTED, text_glyph(GLYPH_POINTER));
    }
    (void)draw_text(a, row, 3, (line->shown ? LOOK_STRONG : LOOK_DIM) | on,
                    line->shown ? "[x]" : "[ ]");
    (void)draw_untrusted(a, row, 7, NAME_COLS, (line->shown ? LOOK_DEFAULT : LOOK_DIM) | on,
                         span_of(column_shown(column_of(v, at))), CUT_MIDDLE);
    (void)draw_text(a, row, 7 + NAME_COLS + 1, LOOK_DIM | on, type_text(column_of(v, at)->type));
    draw_example(v, a, row, 7 + NAME_COLS + TYPE_COLS + 2, at, on);
}

static void draw(struct view *view, struct app *app, struct area a)
{
    struct chooser *v = (struct chooser *)view;
    struct area list = area_rows(a, LIST_ROW, a.rows - LIST_ROW);
    char below[40];
    (void)draw_format(a, 0, 1, LOOK_HEADING, "%u of %u columns are shown, in this order",
                      n_shown(v), v->n);
    viewport_resize(&v->port, v->n, list.rows > 0 ? (uint64_t)list.rows : 0);
    app_spot_lines(app, list, &v->port);
    if (viewport_below(&v->port) > 0) {
        (void)snprintf(below, sizeof below, "%u more below", (unsigned)viewport_below(&v->port));
        (void)draw_right(a, 0, a.cols - 1, LOOK_DIM, below);
    }
    for (uint64_t i = 0; i < viewport_shown(&v->port); i++)
        draw_item(v, list, (int)i, v->port.top + i);
}

/* ---- what keys do ---- */

static unsigned show(struct chooser *v, struct app *app)
{
    struct line *line = &v->line[v->port.sel];
    if (line->shown && n_shown(v) == 1) {
        app_say(app, "one column stays");
        return VIEW_REDRAW;
    }
    line->shown = !line->shown;
    return VIEW_REDRAW;
}

/* All of them; when they are shown already, none but this one. */
static unsigned show_all(struct chooser *v)
{
    bool all = n_shown(v) < v->n;
    for (uint32_t i = 0; i < v->n; i++)
        v->line[i].shown = all || i == v->port.sel;
    return VIEW_REDRAW;
}

static unsigned move(struct chooser *v, int by)
{
    uint64_t from = v->port.sel, to = by < 0 ? from - 1 : from + 1;
    struct line line = v->line[from];
    if (by < 0 ? from == 0 : to >= v->n)
        return VIEW_NOTHING;
    v->line[from] = v->line[to];
    v->line[to] = line;
    viewport_to(&v->port, to);
    return VIEW_REDRAW;
}

static int by_column(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    return x->column < y->column ? -1 : x->column > y->column;
}

/* Puts the lines into an order of columns, by exchanging them; the rest follows as the log has it. */
static void arrange(struct chooser *v, const uint32_t *order, uint32_t n)
{
    uint32_t done = 0;
    qsort(v->line, v->n, sizeof *v->line, by_column);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = done; j < v->n; j++)
            if (v->line[j].column == order[i]) {
                struct line line = v->line[j];
                memmove(v->line + done + 1, v->line + done, (j - done) * sizeof line);
                line.shown = true;
                v->line[done++] = line;
                break;
            }
}

static unsigned as_they_come(struct chooser *v, struct app *app)
{
    uint32_t *order = mem_alloc(v->n, sizeof *order), main_places;
    struct err err = ERR_INIT;
    if (order == NULL) {
        (void)err_memory(&err, "the columns");
        app_fail(app, &err);
        return VIEW_REDRAW;
    }
    arrange(v, order, rows_natural_order(v->rows, order, &main_places));
    mem_free(order);
    v->as_at_first = true;
    viewport_to(&v->port, 0);
    return VIEW_REDRAW;
}

/* Whether all are shown in the order in which they come anyway. */
static bool is_natural(const struct chooser *v, uint32_t *order)
{
    uint32_t main_places, n = rows_natural_order(v->rows, order, &main_places);
    for (uint32_t i = 0; i < n; i++)
        if (!v->line[i].shown || v->line[i].column != order[i])
            return false;
    return true;
}

/* The layout that the list stands for. */
static struct col_layout *chosen(const struct chooser *v, const struct col_layout *from,
                                 struct err *err)
{
    struct col_layout *l = col_layout_copy(from, err);
    const char **name = mem_alloc(v->n, sizeof *name);
    uint32_t *order = mem_alloc(v->n, sizeof *order);
    size_t n = 0;
    int rc = -1;
    if (l == NULL)
        goto out;
    if (name == NULL || order == NULL) {
        (void)err_memory(err, "the choice of columns");
        goto out;
    }
    for (uint32_t i = 0; i < v->n; i++)
        if (v->line[i].shown)
            name[n++] = column_of(v, i)->name;
    if (v->as_at_first) {
        col_layout_drop_widths(l);
        l->frozen = -1;
    }
    rc = col_layout_show(l, name, is_natural(v, order) ? 0 : n, err);
out:
    mem_free(name);
    mem_free(order);
    if (rc != 0) {
        col_layout_unref(l);
        return NULL;
    }
    return l;
}

static unsigned take(struct chooser *v, struct app *app)
{
    struct err err = ERR_INIT;
    struct col_layout *l = chosen(v, app_layout(app), &err);
    if (l == NULL) {
        app_fail(app, &err);
        return VIEW_REDRAW;
    }
    if (!col_layout_same(l, app_layout(app))) {
        rows_take_layout(v->rows, app, l);
        app_say(app, "%u of %u columns are shown, here and in other lists of rows; u takes it back",
                n_shown(v), v->n);
    }
    col_layout_unref(l);
    return VIEW_CLOSE;
}

static unsigned leave(struct view *view, struct app *app, bool yes)
{
    (void)view;
    (void)app;
    return yes ? VIEW_CLOSE : VIEW_REDRAW;
}

/* Esc says that the choice is to go; q may not mean that. */
static unsigned back(struct chooser *v, struct app *app)
{
    struct err err = ERR_INIT;
    struct col_layout *l = chosen(v, app_layout(app), &err);
    bool same = l == NULL || col_layout_same(l, app_layout(app));
    col_layout_unref(l);
    if (same)
        return VIEW_CLOSE;
    app_confirm(app, &v->head, "this choice was not taken (Enter does that): drop it?", leave);
    return VIEW_REDRAW;
}

/* ---- finding ---- */

static void text_at(const void *list, uint64_t i, struct buf *out)
{
    const struct chooser *v = list;
    buf_add_text(out, column_shown(column_of(v, i)));
}

static unsigned found(struct view *view, struct app *app, struct span text)
{
    struct chooser *v = (struct chooser *)view;
    buf_clear(&v->needle);
    buf_add_span(&v->needle, text);
    if (text.len > 0)
        list_find(app, &v->port, text_at, v, text, 1, true);
    return VIEW_REDRAW;
}

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct chooser *v = (struct chooser *)view;
    if (viewport_command(&v->port, cmd))
        return VIEW_REDRAW;
    switch (cmd) {
    case CMD_TAKE:
        return take(v, app);
    case CMD_SHOW:
        return show(v, app);
    case CMD_SHOW_ALL:
        return show_all(v);
    case CMD_COLUMN_UP:
        return move(v, -1);
    case CMD_COLUMN_DOWN:
        return move(v, 1);
    case CMD_AS_THEY_COME:
        return as_they_come(v, app);
    case CMD_FIND:
        app_ask(app, view, "find a column: ", "", ASK_FIND, found);
        return VIEW_REDRAW;
    case CMD_FIND_NEXT:
    case CMD_FIND_PREVIOUS:
        list_find(app, &v->port, text_at, v, buf_span(&v->needle), cmd == CMD_FIND_NEXT ? 1 : -1,
                  false);
        return VIEW_REDRAW;
    case CMD_BACK:
        return back(v, app);
    case CMD_ESCAPE:
        return VIEW_CLOSE;
    case CMD_LEFT:
    case CMD_RIGHT:
        return VIEW_NOTHING;
    default:
        return VIEW_NOT_MINE;
    }
}

/* ---- the view ---- */

static void crumb(const struct view *view, const struct app *app, struct buf *out)
{
    (void)view;
    (void)app;
    buf_add_text(out, "columns");
}

static const char *hint(const struct view *view, const struct app *app)
{
    (void)view;
    (void)app;
    return "Enter takes this choice; Esc leaves all as it was";
}

static void close_chooser(struct view *view, struct app *app)
{
    struct chooser *v = (struct chooser *)view;
    (void)app;
    for (uint32_t i = 0; v->line != NULL && i < v->n; i++)
        mem_free(v->line[i].example);
    mem_free(v->line);
    buf_release(&v->needle);
    mem_free(v);
}

static const struct view_ops ops = {
    .name = "columns",
    .where = IN_COLUMNS,
    .close = close_chooser,
    .draw = draw,
    .command = command,
    .crumb = crumb,
    .hint = hint,
};

struct view *chooser_view_new(struct rows_view *rows, struct app *app, struct err *err)
{
    struct chooser *v = mem_zalloc(1, sizeof *v);
    if (v != NULL) {
        v->head.ops = &ops;
        v->rows = rows;
        v->n = (uint32_t)rows->subject.table->schema.n;
        v->line = mem_zalloc(v->n, sizeof *v->line);
    }
    if (v == NULL || v->line == NULL) {
        if (v != NULL)
            close_chooser(&v->head, NULL);
        (void)err_memory(err, "the list of columns");
        return NULL;
    }
    for (uint32_t i = 0; i < v->n; i++)
        v->line[i].column = i;
    arrange(v, rows->order, rows->n_places);
    find_examples(v, app_time_style(app));
    viewport_resize(&v->port, v->n, v->n); /* the height comes with the first frame */
    viewport_to(&v->port, rows->at);
    return &v->head;
}
