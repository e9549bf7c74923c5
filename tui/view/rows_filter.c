/* Which rows are shown: the `&` line, this value only, not this value, and the way back.
 *
 * DESIGN
 * 1. A filter is a text; keys that filter by the cell extend it, so that it can be read and edited on
 *    the `&` line whatever made it.
 * 2. The state of the rows (filter and sort), or of the columns, is noted before a command changes it,
 *    and `u` goes back to the newest note. What only was typed on the `&` line and not accepted is no state. */
#include "tui/model/filter.h"
#include "tui/view/rows.h"

#define PAUSE_MS 150 /* between keys: the rows are filtered then */

void rows_state_release(struct rows_state *s)
{
    buf_release(&s->filter);
}

void rows_state_copy(struct rows_state *to, const struct rows_state *from)
{
    buf_clear(&to->filter);
    buf_add_span(&to->filter, buf_span(&from->filter));
    to->sorted = from->sorted;
    to->descending = from->descending;
}

bool rows_state_same(const struct rows_state *a, const struct rows_state *b)
{
    return a->sorted == b->sorted && (a->sorted < 0 || a->descending == b->descending) &&
           span_eq(buf_span(&a->filter), buf_span(&b->filter));
}

void rows_step_release(struct rows_step *step)
{
    rows_state_release(&step->rows);
    col_layout_unref(step->layout);
}

static struct rows_step *next_step(struct rows_view *v)
{
    if (v->n_past == ROWS_UNDO) {
        rows_step_release(&v->past[0]);
        memmove(v->past, v->past + 1, (ROWS_UNDO - 1) * sizeof *v->past);
        v->n_past--;
    }
    v->past[v->n_past] = (struct rows_step){.rows = {.filter = BUF_INIT}};
    return &v->past[v->n_past++];
}

static void remember(struct rows_view *v, const struct rows_state *s)
{
    const struct rows_step *last = v->n_past > 0 ? &v->past[v->n_past - 1] : NULL;
    if (last == NULL || last->of_columns || !rows_state_same(&last->rows, s))
        rows_state_copy(&next_step(v)->rows, s);
}

void rows_remember(struct rows_view *v)
{
    remember(v, &v->want);
}

void rows_remember_columns(struct rows_view *v, const struct col_layout *layout)
{
    struct rows_step *step = next_step(v);
    step->of_columns = true;
    step->layout = col_layout_ref(layout);
}

/* Goes back to a step; false when all is as it was then. */
static bool go_back_to(struct rows_view *v, struct app *app, const struct rows_step *to)
{
    struct err err = ERR_INIT;
    if (to->of_columns) {
        if (col_layout_same(to->layout, app_layout(app)))
            return false;
        app_set_layout(app, to->layout);
        return true;
    }
    if (rows_state_same(&to->rows, &v->want))
        return false;
    if (rows_refine(v, app, buf_span(&to->rows.filter), to->rows.sorted, to->rows.descending,
                    &err) != 0)
        app_fail(app, &err);
    return true;
}

static unsigned undo(struct rows_view *v, struct app *app)
{
    while (v->n_past > 0) {
        struct rows_step to = v->past[--v->n_past];
        bool other = go_back_to(v, app, &to);
        rows_step_release(&to);
        if (other)
            return VIEW_REDRAW;
    }
    app_say(app, "nothing to take back: the rows are as they came");
    return VIEW_REDRAW;
}

/* ---- the `&` line ---- */

static unsigned ask(struct rows_view *v, struct app *app, struct span text, const char *why);

/* While it is typed an unfinished expression is no fault: the rows stay until it makes sense. */
static unsigned typed(struct view *view, struct app *app, struct span text)
{
    struct rows_view *v = (struct rows_view *)view;
    struct err err = ERR_INIT;
    if (!span_eq(span_trim(text), buf_span(&v->want.filter)))
        (void)!rows_refine(v, app, text, v->asked.sorted, v->asked.descending, &err);
    return VIEW_REDRAW;
}

static unsigned accepted(struct view *view, struct app *app, struct span text)
{
    struct rows_view *v = (struct rows_view *)view;
    struct err err = ERR_INIT;
    if (rows_refine(v, app, text, v->asked.sorted, v->asked.descending, &err) != 0)
        return ask(v, app, text, err.text);
    if (!span_eq(span_trim(text), buf_span(&v->asked.filter)))
        remember(v, &v->asked);
    return VIEW_REDRAW;
}

static unsigned dropped(struct view *view, struct app *app, struct span text)
{
    struct rows_view *v = (struct rows_view *)view;
    struct err err = ERR_INIT;
    (void)text;
    if (rows_refine(v, app, buf_span(&v->asked.filter), v->asked.sorted, v->asked.descending,
                    &err) != 0)
        app_fail(app, &err);
    return VIEW_REDRAW;
}

/* `why`: what is wrong with the text, or NULL. */
static unsigned ask(struct rows_view *v, struct app *app, struct span text, const char *why)
{
    static const struct ask_live live = {typed, accepted, dropped, NULL, PAUSE_MS, NULL};
    struct buf initial = BUF_INIT;
    char label[96];
    (void)snprintf(label, sizeof label, why == NULL ? "& " : "& [%.80s] ", why);
    buf_add_span(&initial, text);
    if (text.len > 0 && text.ptr[text.len - 1] != ' ')
        buf_add_char(&initial, ' '); /* ready for one more test */
    app_ask_live(app, &v->head, label, buf_text(&initial), ASK_FILTER, &live);
    buf_release(&initial);
    return VIEW_REDRAW;
}

static unsigned open_line(struct rows_view *v, struct app *app)
{
    rows_state_copy(&v->asked, &v->want);
    return ask(v, app, buf_span(&v->want.filter), NULL);
}

/* ---- by the cell ---- */

/* Another filter, that `u` takes back. */
static void change(struct rows_view *v, struct app *app, struct span filter)
{
    struct rows_state before = {.filter = BUF_INIT};
    struct err err = ERR_INIT;
    rows_state_copy(&before, &v->want);
    if (rows_refine(v, app, filter, v->want.sorted, v->want.descending, &err) != 0)
        app_fail(app, &err);
    else
        remember(v, &before);
    rows_state_release(&before);
}

int rows_cell_test(struct rows_view *v, bool keep, struct buf *filter, struct err *err)
{
    const struct column *col = &v->subject.table->schema.col[v->order[v->at]];
    const struct row *row;
    struct buf scratch = BUF_INIT;
    const struct field *f;
    if (rows_n(v) == 0)
        return err_set(err, ERR_USAGE, "there is no row to take the value from");
    if (row_reader_get(v->reader, v->rows->set.row[v->port.sel], &row, err) != 0)
        return -1;
    if (row->gone)
        return err_set(err, ERR_USAGE, "this row is no longer in the file");
    f = &row->field[v->order[v->at]];
    filter_add(filter, span_of(column_shown(col)), field_decode(f, &scratch),
               f->state == FIELD_UNSET || f->state == FIELD_ABSENT, keep);
    buf_release(&scratch);
    return filter->failed ? err_memory(err, "the filter") : 0;
}

static unsigned by_cell(struct rows_view *v, struct app *app, bool keep)
{
    struct err err = ERR_INIT;
    struct buf filter = BUF_INIT;
    buf_add_span(&filter, buf_span(&v->want.filter));
    if (rows_cell_test(v, keep, &filter, &err) == 0)
        change(v, app, buf_span(&filter));
    else if (err.code == ERR_USAGE)
        app_say(app, "%s", err.text);
    else
        app_fail(app, &err);
    buf_release(&filter);
    return VIEW_REDRAW;
}

static unsigned show_all(struct rows_view *v, struct app *app)
{
    if (v->want.filter.len == 0)
        app_say(app, "nothing is hidden here");
    else
        change(v, app, span_of(""));
    return VIEW_REDRAW;
}

unsigned rows_filter_command(struct rows_view *v, struct app *app, enum command command)
{
    switch (command) {
    case CMD_FILTER:
        return open_line(v, app);
    case CMD_KEEP:
    case CMD_DROP:
        return by_cell(v, app, command == CMD_KEEP);
    case CMD_UNFILTER:
        return show_all(v, app);
    case CMD_UNDO:
        return undo(v, app);
    default:
        return VIEW_NOT_MINE;
    }
}
