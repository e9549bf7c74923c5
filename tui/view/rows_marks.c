/* Marks on rows, and what `e` writes: the rows shown, or those marked.
 *
 * DESIGN
 * 1. Marks are the application's, for one table: they are seen in every list of its rows, survive
 *    sorting, filtering and going elsewhere, and are written together, from whatever list. */
#include "core/base/mem.h"
#include "core/base/number.h"
#include "tui/view/rows.h"

#define MANY_MARKS   20
#define WRITE_SHOWN  0u
#define WRITE_MARKED 1u

uint64_t rows_n_marked(const struct rows_view *v, const struct app *app)
{
    const struct marks *m = app_marks(app, v->subject.table);
    return m == NULL ? 0 : m->n;
}

/* ---- marking ---- */

static void say_marked(const struct rows_view *v, struct app *app, uint64_t changed,
                       const char *what)
{
    char a[32], b[32];
    app_say(app, "%s %s; %s in all: e offers to write them, U takes the marks away",
            number_of(changed, "row", a, sizeof a), what,
            number_grouped(rows_n_marked(v, app), b, sizeof b));
}

/* Marks n rows of those shown, from `at` on; when all of them are marked, takes the marks away. */
static unsigned mark(struct rows_view *v, struct app *app, uint64_t at, uint64_t n)
{
    struct err err = ERR_INIT;
    struct marks *m = app_marks_for(app, v->subject.table, &err);
    const uint32_t *row = v->rows->set.row + at;
    uint64_t changed;
    if (m == NULL) {
        app_fail(app, &err);
        return VIEW_REDRAW;
    }
    changed = marks_set(m, row, n, true);
    if (changed == 0) {
        changed = marks_set(m, row, n, false);
        if (n > 1)
            say_marked(v, app, changed, "no longer marked");
    } else if (n > 1) {
        say_marked(v, app, changed, "more marked");
    } else if (m->n == 1) {
        app_say(app, "marked: e offers to write the marked rows, U takes the marks away");
    }
    return VIEW_REDRAW;
}

static unsigned unmark(struct view *view, struct app *app, bool yes)
{
    char number[32];
    uint64_t n = rows_n_marked((struct rows_view *)view, app);
    if (yes && n > 0) {
        app_unmark_all(app);
        app_say(app, n == 1 ? "%s was taken away" : "%s were taken away",
                number_of(n, "mark", number, sizeof number));
    }
    return VIEW_REDRAW;
}

/* A few marks are set again soon; many were work. */
static unsigned unmark_all(struct rows_view *v, struct app *app)
{
    char question[96], number[32];
    uint64_t n = rows_n_marked(v, app);
    if (n == 0) {
        app_say(app, "no row is marked: Space marks this one, M all of these");
        return VIEW_REDRAW;
    }
    if (n < MANY_MARKS)
        return unmark(&v->head, app, true);
    (void)snprintf(question, sizeof question, "%s rows are marked: take all marks away?",
                   number_grouped(n, number, sizeof number));
    app_confirm(app, &v->head, question, unmark);
    return VIEW_REDRAW;
}

/* ---- export ---- */

/* What these rows are, for names of files: "cluster-3", "192.168.1.5". */
void rows_file_name(const struct rows_view *v, char *out, size_t size)
{
    if (v->of == OF_ADDRESS) {
        struct span text = table_addr_text(v->subject.table, v->whose);
        size_t n = 0;
        /* Only what is harmless in a file name. */
        for (size_t i = 0; i < text.len && n + 1 < size && n < 45; i++) {
            char c = text.ptr[i];
            bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.';
            out[n++] = plain ? c : '-';
        }
        out[n] = '\0';
        return;
    }
    if (v->of == OF_OBSERVATION)
        (void)snprintf(out, size, "member-%u", v->whose + 1);
    else if (v->of == OF_INPUT)
        (void)snprintf(out, size, "file-%u", v->whose + 1);
    else if (v->of == OF_PICK)
        (void)snprintf(out, size, "picked-rows");
    else if (v->whose == CLUSTER_ALL)
        (void)snprintf(out, size, "all-rows");
    else
        (void)snprintf(out, size, v->whose == 0 ? "filtered-out" : "cluster-%u", v->whose);
}

/* The columns that were chosen, as a list for an export; left empty when nobody chose. */
static void add_chosen_columns(const struct rows_view *v, struct buf *out)
{
    for (uint32_t p = 0; v->layout != NULL && v->layout->n_shown > 0 && p < v->n_places; p++) {
        const char *name = v->subject.table->schema.col[v->order[p]].name;
        buf_add_text(out, p == 0 ? "\"" : ",\"");
        for (; *name != '\0'; name++)
            buf_printf(out, *name == '"' ? "\"\"" : "%c", *name);
        buf_add_char(out, '"');
    }
}

/* The set to be written; `own` is filled when it is another than that shown. NULL with an error. */
static const struct rowset *to_write(const struct rows_view *v, struct app *app, struct rowset *own,
                                     struct err *err)
{
    const struct marks *m = app_marks(app, v->subject.table);
    if (!v->write_marked)
        return &v->rows->set;
    if (m == NULL || m->n == 0) {
        (void)err_set(err, ERR_USAGE, "no row is marked any more");
        return NULL;
    }
    own->row = marks_list(m, v->rows->set.row, v->rows->set.n, err);
    own->n = m->n;
    return own->row == NULL ? NULL : own;
}

static unsigned export_rows(struct view *view, struct app *app, const char *path, bool force)
{
    struct rows_view *v = (struct rows_view *)view;
    struct buf columns = BUF_INIT;
    struct rowset own = {.row = NULL};
    struct err err = ERR_INIT;
    struct export_opts opts = {.path = path,
                               .cluster = v->of == OF_CLUSTER && v->whose >= 1 ? v->whose : 1,
                               .force = force,
                               .of = v->subject.clustering};
    if (v->rows == NULL || engine_table(app_engine(app)) != v->subject.table) {
        app_warn(app, "the log was loaded again; go back and open these rows anew");
        return VIEW_REDRAW;
    }
    add_chosen_columns(v, &columns);
    opts.columns = columns.len > 0 ? buf_text(&columns) : NULL;
    opts.rows = to_write(v, app, &own, &err);
    if (columns.failed)
        (void)err_memory(&err, "the list of columns");
    if (opts.rows != NULL && !columns.failed)
        (void)app_export(app, &opts);
    else
        app_fail(app, &err);
    rowset_release(&own);
    buf_release(&columns);
    return VIEW_REDRAW;
}

static unsigned ask_name(struct view *view, struct app *app, unsigned what)
{
    struct rows_view *v = (struct rows_view *)view;
    char name[80] = "marked.csv", base[64], label[128], number[32], columns[40] = "";
    uint64_t n = what == WRITE_MARKED ? rows_n_marked(v, app) : rows_n(v);
    v->write_marked = what == WRITE_MARKED;
    rows_file_name(v, base, sizeof base);
    if (v->layout != NULL && v->layout->n_shown > 0)
        (void)snprintf(columns, sizeof columns, ", %u of %zu columns,", v->n_places,
                       v->subject.table->schema.n);
    if (!v->write_marked)
        (void)snprintf(name, sizeof name, "%s%s.csv", base, rows_hidden(v) > 0 ? "-part" : "");
    (void)snprintf(label, sizeof label, "write %s%s to: ",
                   number_of(n, v->write_marked ? "marked row" : "row", number, sizeof number),
                   columns);
    app_ask_export(app, &v->head, label, name, export_rows);
    return VIEW_REDRAW;
}

/* Without marks there is nothing to choose from. */
static unsigned export(struct rows_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    struct view *list;
    char text[96], number[32];
    uint64_t marked = rows_n_marked(v, app);
    if (marked == 0)
        return ask_name(&v->head, app, WRITE_SHOWN);
    list = choice_view_new(&v->head, "write to a file", ask_name, &err);
    if (list == NULL)
        return view_push(app, NULL, &err);
    (void)snprintf(text, sizeof text, "%s", number_of(marked, "marked row", number, sizeof number));
    if (choice_view_add(list, WRITE_MARKED, "the", span_of(text), "", &err) == 0) {
        (void)snprintf(text, sizeof text, "%s of this list",
                       number_of(rows_n(v), "row", number, sizeof number));
        if (choice_view_add(list, WRITE_SHOWN, "the", span_of(text), "", &err) == 0)
            return view_push(app, list, &err);
    }
    list->ops->close(list, app);
    app_fail(app, &err);
    return VIEW_REDRAW;
}

unsigned rows_marks_command(struct rows_view *v, struct app *app, enum command command)
{
    switch (command) {
    case CMD_MARK:
        (void)mark(v, app, v->port.sel, 1);
        viewport_by(&v->port, 1);
        return VIEW_REDRAW;
    case CMD_MARK_ALL:
        return mark(v, app, 0, rows_n(v));
    case CMD_UNMARK:
        return unmark_all(v, app);
    case CMD_EXPORT:
        return export(v, app);
    default:
        return VIEW_NOT_MINE;
    }
}
