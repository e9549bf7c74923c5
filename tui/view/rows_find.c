/* Finding in the rows view: `/` and its hits, `*` and the cells that are equal; `n` and `N` go through
 * whichever of the two came last.
 *
 * DESIGN
 * 1. Both are answered in the background (rows_job.c) with places among the rows shown. `n` and `N` that
 *    come before the answer are counted and done when it is there. */
#include "tui/view/rows.h"

#include "core/base/match.h"
#include "core/base/number.h"

/* ---- which cells ---- */

/* The number of the first hit at or behind a place. */
static uint64_t hit_from(const struct find *f, uint64_t at)
{
    uint64_t lo = 0, hi = f->n_hits;
    while (lo < hi) {
        uint64_t mid = lo + (hi - lo) / 2;
        if (f->hit[mid] < at)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool has_needle(const struct rows_view *v, const struct row *row, uint32_t column)
{
    struct span needle = buf_span(&v->needle);
    struct buf scratch = BUF_INIT;
    size_t where;
    bool has = match_in(field_decode(&row->field[column], &scratch), needle, match_any_case(needle),
                        &where);
    buf_release(&scratch);
    return has;
}

bool rows_is_same(const struct rows_view *v, uint64_t row, uint32_t column, struct span text)
{
    const struct table *t = v->subject.table;
    if (!v->same_on)
        return false;
    if (v->same_end != ADDR_MISSING)
        return rows_is_end(v, column) && rows_end_of(v, row, &t->schema.col[column]) == v->same_end;
    if (column != v->same_column)
        return false;
    return v->same_us != TIME_MISSING ? TABLE_AT(t, row, ts_us) == v->same_us
                                      : span_eq(text, buf_span(&v->same));
}

/* ---- going there ---- */

static void say_hits(struct rows_view *v, struct app *app)
{
    char number[40];
    struct span what = buf_span(&v->needle);
    if (v->find.n_hits == 0)
        app_warn(app, "not in these rows: %.*s", (int)(what.len > 150 ? 150 : what.len), what.ptr);
    else
        app_say(app, "%s with it: n next, N previous",
                number_of(v->find.n_hits, "row", number, sizeof number));
}

/* The cursor goes to the first column that has it. When none of those shown has it, the name of the one
 * that has, else NULL. */
static const char *show_column(struct rows_view *v)
{
    const struct schema *schema = &v->subject.table->schema;
    struct err err = ERR_INIT;
    const struct row *row;
    if (v->cols == 0 || row_reader_get(v->reader, v->rows->set.row[v->port.sel], &row, &err) != 0 ||
        row->gone)
        return NULL;
    for (uint32_t p = 0; p < v->n_places; p++)
        if (has_needle(v, row, v->order[p])) {
            v->at = p;
            rows_reveal(v);
            return NULL;
        }
    for (uint32_t c = 0; c < schema->n; c++)
        if (has_needle(v, row, c))
            return column_shown(&schema->col[c]);
    return NULL;
}

/* The cursor goes to the column of the equal cell; of two that have the address it stays in one. */
static void show_same(struct rows_view *v)
{
    const struct table *t = v->subject.table;
    uint32_t row = v->rows->set.row[v->port.sel];
    for (uint32_t i = 0; i < v->n_places; i++) {
        uint32_t p = (v->at + i) % v->n_places, column = v->order[p];
        bool here = v->same_end == ADDR_MISSING
                        ? column == v->same_column
                        : rows_is_end(v, column) &&
                              rows_end_of(v, row, &t->schema.col[column]) == v->same_end;
        if (!here)
            continue;
        v->at = p;
        rows_reveal(v);
        return;
    }
}

/* Goes to the hit at or after the selection (direction 1, `here`), or the next or previous one; its number
 * from 0. There is one. */
static uint64_t go(struct rows_view *v, const struct find *f, int direction, bool here)
{
    uint64_t at = hit_from(f, v->port.sel + (direction > 0 && !here ? 1 : 0));
    if (direction < 0)
        at = (at + f->n_hits - 1) % f->n_hits;
    if (at >= f->n_hits)
        at = 0;
    viewport_centre(&v->port, f->hit[at]);
    return at;
}

static void to_hit(struct rows_view *v, struct app *app, int direction, bool here)
{
    const char *hidden;
    char a[32], b[32];
    uint64_t at;
    if (v->find.n_hits == 0) {
        say_hits(v, app);
        return;
    }
    at = go(v, &v->find, direction, here);
    hidden = show_column(v);
    app_say(
        app, "hit %s of %s%s%s", number_grouped(at + 1, a, sizeof a),
        number_grouped(v->find.n_hits, b, sizeof b),
        hidden == NULL ? "" : ", in a column that is not shown: ", hidden == NULL ? "" : hidden);
}

static void to_same(struct rows_view *v, struct app *app, int direction)
{
    char a[32], b[32];
    uint64_t at;
    if (v->equals.n_hits == 0) {
        app_say(app, "no row here has it");
        return;
    }
    at = go(v, &v->equals, direction, false);
    show_same(v);
    app_say(app, "equal cell %s of %s", number_grouped(at + 1, a, sizeof a),
            number_grouped(v->equals.n_hits, b, sizeof b));
}

static bool walks_same(const struct rows_view *v)
{
    return v->same_on && v->walk_same;
}

static void to_next(struct rows_view *v, struct app *app, int direction)
{
    bool same = walks_same(v);
    if (same && v->same_counted)
        to_same(v, app, direction);
    else if (!same && v->found)
        to_hit(v, app, direction, false);
    else if (v->head.waiting != NULL && (same || v->needle.len > 0))
        v->steps += direction;
    else
        app_say(app, same ? "these cells cannot be gone through"
                          : "nothing to find: / asks for a text, * takes this cell");
}

void rows_looked(struct rows_view *v, struct app *app)
{
    int steps = v->steps;
    bool searched = v->searching && v->found;
    v->steps = 0;
    v->searching = false;
    if (searched) {
        say_hits(v, app);
        if (v->find.n_hits > 0)
            to_hit(v, app, 1, true);
    }
    for (; steps != 0; steps += steps > 0 ? -1 : 1)
        to_next(v, app, steps > 0 ? 1 : -1);
}

/* ---- asking ---- */

static unsigned search(struct view *view, struct app *app, struct span text)
{
    struct rows_view *v = (struct rows_view *)view;
    find_release(&v->find);
    v->found = v->walk_same = false;
    v->searching = text.len > 0;
    v->steps = 0;
    buf_clear(&v->needle);
    buf_add_span(&v->needle, text);
    if (text.len > 0)
        rows_look(v, app);
    return VIEW_REDRAW;
}

/* An address in both columns, as the ranks do; anything else in its column. */
static void take_same(struct rows_view *v, struct app *app, struct span text)
{
    uint32_t column = v->order[v->at], row = v->rows->set.row[v->port.sel];
    const struct table *t = v->subject.table;
    const struct column *col = &t->schema.col[column];
    const struct repeat *r = NULL;
    struct err ignored = ERR_INIT;
    buf_clear(&v->same);
    buf_add_span(&v->same, text);
    v->same_on = v->walk_same = !v->same.failed;
    if (rows_is_end(v, column))
        r = repeats_of(&v->repeats, rows_end_of(v, row, col));
    v->same_end = r == NULL ? ADDR_MISSING : r->addr;
    v->same_column = column;
    v->same_us = col->role == ROLE_TS ? TABLE_AT(t, row, ts_us) : TIME_MISSING;
    v->same_counted = false;
    buf_clear(&v->same_test);
    if (r != NULL || rows_cell_test(v, true, &v->same_test, &ignored) == 0)
        rows_look(v, app);
}

/* Highlights what equals the cell, and counts it; the same cell again ends that. */
static unsigned same(struct rows_view *v, struct app *app)
{
    struct buf text = BUF_INIT;
    if (!rows_cell_text(v, &text))
        app_say(app, "no value here");
    else if (v->same_on && span_eq(buf_span(&text), buf_span(&v->same)))
        v->same_on = false;
    else
        take_same(v, app, buf_span(&text));
    buf_release(&text);
    return VIEW_REDRAW;
}

/* Esc takes away what was put over the rows, the last thing first. */
static unsigned escape(struct rows_view *v)
{
    if (v->same_on) {
        v->same_on = false;
    } else {
        buf_clear(&v->needle);
        find_release(&v->find);
        v->found = v->searching = false;
    }
    return VIEW_REDRAW;
}

unsigned rows_find_command(struct rows_view *v, struct app *app, enum command command)
{
    switch (command) {
    case CMD_FIND:
        app_ask(app, &v->head, "find: ", "", ASK_FIND, search);
        return VIEW_REDRAW;
    case CMD_FIND_NEXT:
    case CMD_FIND_PREVIOUS:
        to_next(v, app, command == CMD_FIND_NEXT ? 1 : -1);
        return VIEW_REDRAW;
    case CMD_SAME:
        return same(v, app);
    case CMD_ESCAPE:
        return escape(v);
    default:
        return VIEW_NOT_MINE;
    }
}
