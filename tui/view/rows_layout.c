/* Which columns of the rows view stand where, and how wide: as they come, or as the analyst wants them.
 *
 * DESIGN
 * 1. A layout (model/col_layout.h) is the application's: it holds for every list of rows. A view makes order
 *    and widths of it when it draws another layout than the one it knows, a changed screen, or other rows.
 * 2. Two different addresses never look equal: an address column is as wide as the longest address of
 *    these rows, or, where that leaves too little room for other columns, as the shortest cut at which
 *    all of them still differ; keys make it no narrower than that. The last line then shows the one under
 *    the cursor whole. Columns of other addresses (a server's, a tunnel's) are never cut: they grow with
 *    what is seen. */
#include "core/base/mem.h"
#include "core/base/number.h"
#include "tui/view/rows.h"

#define MAX_WIDTH   40 /* of columns other than addresses, unless they were widened */
#define LEAST_WIDTH 3
#define WIDTH_STEP  2
#define APART_LEAST 15    /* an IPv4 address is never cut */
#define APART_MOST  65536 /* longer ones that are compared */
#define LONG_ADDR   39    /* eight groups */

bool rows_is_end(const struct rows_view *v, uint32_t column)
{
    enum role role = v->subject.table->schema.col[column].role;
    return role == ROLE_ORIG_H || role == ROLE_RESP_H;
}

static const char *name_of(const struct rows_view *v, uint32_t column)
{
    return v->subject.table->schema.col[column].name;
}

/* ---- natural widths ---- */

static uint32_t long_time_cols(const struct rows_view *v)
{
    return v->style == TIME_AS_UTC ? 27 : v->style == TIME_AS_LOCAL ? 32 : 17;
}

static uint32_t short_time_cols(const struct rows_view *v)
{
    return v->style == TIME_AS_EPOCH ? 10 : v->days ? 14 : 8;
}

static uint32_t body_of(const struct rows_view *v, uint32_t column)
{
    const struct column *col = &v->subject.table->schema.col[column];
    uint32_t body = v->content == NULL ? 8 : v->content[column];
    if (rows_is_end(v, column))
        return (uint32_t)(2 + v->addr_cols + v->addrs.count);
    if (col->role == ROLE_TS)
        return body < 8 ? 8 : v->narrow ? short_time_cols(v) : long_time_cols(v);
    if (col->type == COL_ADDR)
        return body > APART_LEAST ? body : APART_LEAST;
    return body > MAX_WIDTH ? MAX_WIDTH : body;
}

static uint32_t natural_width(const struct rows_view *v, uint32_t column)
{
    uint32_t head =
        (uint32_t)clean_cols(span_of(column_shown(&v->subject.table->schema.col[column])));
    uint32_t body = body_of(v, column);
    /* Room for the mark of the sorted column. */
    if (v->now.sorted == (int32_t)column)
        head += 2;
    head = head > MAX_WIDTH ? MAX_WIDTH : head;
    return head > body ? head : body;
}

/* What a column that the analyst makes narrower keeps. */
static uint32_t least_width(const struct rows_view *v, uint32_t column)
{
    const struct column *col = &v->subject.table->schema.col[column];
    if (rows_is_end(v, column))
        return 2 + (uint32_t)v->addrs.apart;
    if (col->role == ROLE_TS)
        return short_time_cols(v);
    return col->type == COL_ADDR ? body_of(v, column) : LEAST_WIDTH;
}

static uint32_t width_of(const struct rows_view *v, uint32_t column)
{
    uint32_t own = col_layout_width(v->layout, name_of(v, column)), least = least_width(v, column);
    if (own == 0)
        return natural_width(v, column);
    return own < least ? least : own;
}

/* ---- addresses ---- */

/* The width at which all of these look different. */
static int apart_cols(const struct span *item, uint64_t n, int longest, struct job *job)
{
    int cols = longest < APART_LEAST ? longest : APART_LEAST;
    while (cols < longest && !job_cancelled(job) &&
           (int)text_cols_apart(item, n, (size_t)cols, (size_t)cols + 1, CUT_ADDR) > cols)
        cols++;
    return cols;
}

/* Only addresses that can be cut, or have what marks a cut in them, can come to look like another. */
int rows_measure_addresses(struct addr_cols *out, const struct repeats *r, const struct table *t,
                           struct job *job, struct err *err)
{
    uint64_t most = r->n > 0 ? r->item[0].rows : 0, n_long = 0;
    struct span *item = mem_alloc(r->n < APART_MOST ? r->n : APART_MOST, sizeof *item);
    char number[32];
    out->longest = 7;
    for (uint64_t i = 0; i < r->n; i++) {
        struct span text = table_addr_text(t, r->item[i].addr);
        int cols = (int)clean_cols(text);
        out->longest = cols > out->longest ? cols : out->longest;
        if ((cols > APART_LEAST || memmem(text.ptr, text.len, "..", 2) != NULL) &&
            n_long++ < APART_MOST && item != NULL)
            item[n_long - 1] = text;
        if (i % 65536 == 0 && job_cancelled(job))
            break;
    }
    if (out->longest > 64)
        out->longest = 64;
    out->apart = item == NULL || n_long > APART_MOST ? out->longest
                                                     : apart_cols(item, n_long, out->longest, job);
    out->count = most < 2 ? 0 : 2 + (int)strlen(number_grouped(most, number, sizeof number));
    mem_free(item);
    return job_cancelled(job) ? job_stopped(err) : 0;
}

/* ---- widths ---- */

/* Addresses are shown whole when the columns that matter then still fit, else cut as far as they
 * stay different. */
static void set_widths(struct rows_view *v, uint32_t main_places, int cols)
{
    uint32_t used = 0;
    v->addr_cols = v->addrs.longest;
    for (uint32_t p = 0; p < main_places; p++)
        used += width_of(v, v->order[p]) + ROWS_GAP;
    if (used > (uint32_t)cols) {
        /* Both address columns give way alike, and no further than they must. */
        int too_much = ((int)used - cols + 1) / 2;
        v->addr_cols = v->addrs.longest - too_much > v->addrs.apart ? v->addrs.longest - too_much
                                                                    : v->addrs.apart;
    }
    v->short_times = v->narrow;
    for (uint32_t p = 0; p < v->n_places; p++) {
        uint32_t column = v->order[p];
        bool own = col_layout_width(v->layout, name_of(v, column)) > 0;
        v->width[p] = width_of(v, column);
        v->room[p] = (uint32_t)(own ? v->addrs.longest : v->addr_cols);
        if (v->room[p] + 2 > v->width[p])
            v->room[p] = v->width[p] > 2 ? v->width[p] - 2 : 0;
        if (v->subject.table->schema.col[column].role == ROLE_TS)
            v->short_times = v->width[p] < long_time_cols(v);
    }
}

/* ---- order ---- */

static void place(uint32_t *order, uint32_t *n, int32_t column)
{
    if (column < 0)
        return;
    for (uint32_t p = 0; p < *n; p++)
        if (order[p] == (uint32_t)column)
            return;
    order[(*n)++] = (uint32_t)column;
}

uint32_t rows_natural_order(const struct rows_view *v, uint32_t *order, uint32_t *main_places)
{
    static const enum role wide[] = {
        ROLE_TS,    ROLE_UID,        ROLE_ORIG_H,   ROLE_RESP_H,     ROLE_RESP_P,
        ROLE_PROTO, ROLE_CONN_STATE, ROLE_DURATION, ROLE_ORIG_BYTES, ROLE_RESP_BYTES};
    static const enum role narrow[] = {ROLE_TS,         ROLE_ORIG_H, ROLE_RESP_H,   ROLE_RESP_P,
                                       ROLE_CONN_STATE, ROLE_PROTO,  ROLE_DURATION, ROLE_ORIG_BYTES,
                                       ROLE_RESP_BYTES, ROLE_UID};
    const struct schema *schema = &v->subject.table->schema;
    uint32_t n = 0;
    for (size_t i = 0; i < (v->narrow ? ARRAY_LEN(narrow) : ARRAY_LEN(wide)); i++)
        place(order, &n, schema->by_role[v->narrow ? narrow[i] : wide[i]]);
    *main_places = n;
    for (size_t i = 0; i < schema->n; i++)
        place(order, &n, (int32_t)i);
    return n;
}

/* The columns that were chosen, as far as this log has them; as they come when it has none. */
static uint32_t set_order(struct rows_view *v)
{
    const struct schema *schema = &v->subject.table->schema;
    uint32_t main_places, lead = 0;
    v->frozen = v->narrow ? 2 : 3;
    v->n_places = 0;
    for (size_t i = 0; v->layout != NULL && i < v->layout->n_shown; i++)
        place(v->order, &v->n_places, schema_find(schema, span_of(v->layout->shown[i].name)));
    if (v->n_places > 0) {
        main_places = v->n_places;
        /* Who and when stay; what else comes first scrolls. */
        while (lead < main_places && (schema->col[v->order[lead]].role == ROLE_TS ||
                                      schema->col[v->order[lead]].role == ROLE_UID ||
                                      schema->col[v->order[lead]].role == ROLE_ORIG_H))
            lead++;
        v->frozen = lead < v->frozen ? lead : v->frozen;
    } else {
        v->n_places = rows_natural_order(v, v->order, &main_places);
        v->frozen = v->frozen > main_places ? main_places : v->frozen;
    }
    if (v->layout != NULL && v->layout->frozen >= 0)
        v->frozen =
            (uint32_t)v->layout->frozen < v->n_places ? (uint32_t)v->layout->frozen : v->n_places;
    return main_places;
}

/* Where the cursor is at first: on the source, for keys that act on a cell are about addresses more often
 * than about times. */
static uint32_t first_place(const struct rows_view *v)
{
    const struct schema *schema = &v->subject.table->schema;
    for (uint32_t p = 0; p < v->n_places; p++)
        if (schema->col[v->order[p]].role == ROLE_ORIG_H)
            return p;
    for (uint32_t p = 0; p < v->n_places; p++)
        if (schema->col[v->order[p]].type == COL_ADDR)
            return p;
    return 0;
}

void rows_lay_out(struct rows_view *v, int cols, const struct col_layout *layout,
                  enum time_style style)
{
    bool comes_back = v->first_column >= 0;
    uint32_t here = comes_back ? (uint32_t)v->first_column : v->n_places > 0 ? v->order[v->at] : 0;
    uint32_t frozen = v->frozen;
    bool again = v->n_places > 0, other = layout != v->layout;
    const struct col_layout *before = v->layout;
    uint32_t main_places;
    v->stale = false;
    v->layout = col_layout_ref(layout);
    col_layout_unref(before);
    v->cols = cols;
    v->style = style;
    v->narrow = cols + v->gutter < ROWS_NARROW;
    main_places = set_order(v);
    for (uint32_t p = 0; (again || comes_back) && p < v->n_places; p++)
        if (v->order[p] == here)
            v->at = p;
    if (!again && !comes_back)
        v->at = first_place(v);
    v->first_column = -1;
    set_widths(v, main_places, cols);
    if (v->at >= v->n_places)
        v->at = 0;
    /* What had not scrolled starts behind the frozen columns, also when these are other ones now. */
    v->first = again && !other && v->first > frozen ? v->first : 0;
    rows_reveal(v);
}

bool rows_grow(struct rows_view *v, const struct column_slot *slot, uint32_t n_slots)
{
    const struct schema *schema = &v->subject.table->schema;
    struct buf scratch = BUF_INIT;
    bool grew = false;
    for (uint32_t i = 0; i < n_slots && v->content != NULL; i++) {
        uint32_t column = v->order[slot[i].column];
        struct err ignored = ERR_INIT;
        const struct row *row;
        if (schema->col[column].type != COL_ADDR || rows_is_end(v, column))
            continue;
        for (uint64_t at = v->port.top; at < rows_n(v) && at - v->port.top < v->list_lines; at++) {
            uint32_t cols;
            if (row_reader_get(v->reader, v->rows->set.row[at], &row, &ignored) != 0 || row->gone)
                continue;
            cols = (uint32_t)clean_cols(field_decode(&row->field[column], &scratch));
            if (cols > v->content[column] && cols <= COL_LAYOUT_MOST) {
                v->content[column] = cols;
                grew = true;
            }
        }
    }
    buf_release(&scratch);
    return grew;
}

void rows_reveal(struct rows_view *v)
{
    v->first = columns_reveal(v->width, v->n_places, v->frozen, v->first, ROWS_GAP,
                              (uint32_t)v->cols, v->at);
}

/* ---- what keys do ---- */

void rows_take_layout(struct rows_view *v, struct app *app, const struct col_layout *layout)
{
    rows_remember_columns(v, app_layout(app));
    app_set_layout(app, layout);
}

/* The same column made wider by several keys is one step back. */
static unsigned widen(struct rows_view *v, struct app *app, bool wider)
{
    struct err err = ERR_INIT;
    uint32_t column = v->order[v->at], now = v->width[v->at], least = least_width(v, column), to;
    const struct column *col = &v->subject.table->schema.col[column];
    struct col_layout *l;
    to = wider ? now + WIDTH_STEP : now > least + WIDTH_STEP ? now - WIDTH_STEP : least;
    to = to > COL_LAYOUT_MOST ? COL_LAYOUT_MOST : to;
    if (wider ? to <= now : to >= now) {
        app_say(app, "%s is as %s as it gets%s", column_shown(col), wider ? "wide" : "narrow",
                !wider && col->type == COL_ADDR ? ": all addresses here still look different" : "");
        return VIEW_REDRAW;
    }
    l = col_layout_copy(app_layout(app), &err);
    if (l == NULL || col_layout_set_width(l, col->name, to, &err) != 0) {
        app_fail(app, &err);
    } else {
        if (v->widening == (int32_t)column)
            app_set_layout(app, l);
        else
            rows_take_layout(v, app, l);
        v->widening = (int32_t)column;
        app_say(app, "%s: %u columns wide; u takes it back", column_shown(col), to);
    }
    col_layout_unref(l);
    return VIEW_REDRAW;
}

static unsigned freeze(struct rows_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    struct col_layout *l = col_layout_copy(app_layout(app), &err);
    bool again = l != NULL && l->frozen == (int)v->at + 1;
    if (l == NULL) {
        app_fail(app, &err);
        return VIEW_REDRAW;
    }
    l->frozen = again ? -1 : (int)v->at + 1;
    rows_take_layout(v, app, l);
    col_layout_unref(l);
    if (again)
        app_say(app, "the first columns stay as at first");
    else
        app_say(app, "columns up to %s stay when others scroll; F again: as at first",
                column_shown(&v->subject.table->schema.col[v->order[v->at]]));
    return VIEW_REDRAW;
}

static unsigned wrap(struct rows_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    struct col_layout *l = col_layout_copy(app_layout(app), &err);
    if (l == NULL) {
        app_fail(app, &err);
        return VIEW_REDRAW;
    }
    l->wrap = !l->wrap;
    rows_take_layout(v, app, l);
    app_say(app, l->wrap ? "long values wrap within their column; w again cuts them"
                         : "long values are cut at their column's end");
    col_layout_unref(l);
    return VIEW_REDRAW;
}

static unsigned choose(struct rows_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    return view_push(app, chooser_view_new(v, app, &err), &err);
}

unsigned rows_layout_command(struct rows_view *v, struct app *app, enum command command)
{
    switch (command) {
    case CMD_COLUMNS:
        return choose(v, app);
    case CMD_NARROWER:
    case CMD_WIDER:
        return widen(v, app, command == CMD_WIDER);
    case CMD_FREEZE:
        return freeze(v, app);
    case CMD_WRAP:
        return wrap(v, app);
    default:
        return VIEW_NOT_MINE;
    }
}
