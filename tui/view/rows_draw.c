/* Drawing of the rows view: how a cell looks.
 *
 * DESIGN
 * 1. Rows are read as they are drawn, those on the screen only. Nothing read is kept.
 * 2. A column that the screen's edge cuts so far that addresses in it could look equal is left for
 *    scrolling (rows_layout.c says how wide columns are).
 * 3. A repeated address says so by three things: colour by rank, the rank's digit in front (1 to 6)
 *    and its count behind. The last two need no colour. */
#include "tui/view/rows.h"

#include "core/base/match.h"
#include "core/base/number.h"

#define GUTTER 2 /* a mark and a blank */
#define RANKED 6 /* addresses with a colour and a digit of their own */

/* ---- cells ---- */

static struct span time_cell(const struct rows_view *v, int64_t us, struct buf *scratch)
{
    char text[64];
    buf_clear(scratch);
    if (v->short_times && v->style == TIME_AS_EPOCH)
        buf_printf(scratch, "%lld", (long long)(us / 1000000));
    else if (v->short_times)
        buf_add_text(scratch, clock_text(us, v->style, v->days, text, sizeof text));
    else
        buf_add_text(scratch, time_text(us, v->style, 6, true, text, sizeof text));
    return buf_span(scratch);
}

/* ICMP has a type and a code where others have ports. */
static bool icmp_cell(const struct rows_view *v, uint64_t row, struct buf *scratch)
{
    const struct table *t = v->subject.table;
    uint8_t proto = TABLE_AT(t, row, cat[CAT_PROTO]);
    if (!span_starts(table_cat_text(t, CAT_PROTO, proto), "icmp"))
        return false;
    buf_clear(scratch);
    buf_printf(scratch, "%u/%u", TABLE_AT(t, row, orig_p), TABLE_AT(t, row, resp_p));
    return true;
}

struct span rows_cell(const struct rows_view *v, const struct row *row, uint32_t column,
                      enum field_state *state, struct buf *scratch)
{
    const struct table *t = v->subject.table;
    const struct column *col = &t->schema.col[column];
    const struct field *f = &row->field[column];
    *state = (enum field_state)f->state;
    if (col->role == ROLE_TS && TABLE_AT(t, row->number, ts_us) != TIME_MISSING)
        return time_cell(v, TABLE_AT(t, row->number, ts_us), scratch);
    if (col->role == ROLE_RESP_P && f->state == FIELD_VALUE && icmp_cell(v, row->number, scratch))
        return buf_span(scratch);
    if (f->state == FIELD_ABSENT)
        return span_of("");
    return field_decode(f, scratch);
}

static unsigned state_look(struct span text)
{
    static const char *const bad[] = {"S0", "REJ", "RSTOS0", "RSTRH", "SH"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (span_is(text, bad[i]))
            return LOOK_STATE_BAD;
    return span_is(text, "SF") || span_is(text, "S1") ? LOOK_STATE_GOOD : LOOK_DEFAULT;
}

static unsigned cell_look(const struct column *col, struct span text, enum field_state state)
{
    if (state != FIELD_VALUE)
        return LOOK_MISSING;
    if (col->role == ROLE_CONN_STATE)
        return state_look(text);
    if (col->type == COL_TIME)
        return LOOK_TIME;
    if (col->type == COL_ADDR)
        return LOOK_ADDRESS;
    return col_type_is_number(col->type) ? LOOK_NUMBER : LOOK_DEFAULT;
}

/* One cell on its way to the screen. */
struct cell {
    struct area area; /* one line, or several when it wraps; as wide as the column */
    bool wrap;
    const struct column *col;
    uint32_t column; /* of the table: col */
    struct span text;
    enum field_state state;
    uint64_t row;
    bool selected, here; /* its row; the cell itself */
    uint32_t addr;       /* of an end, else ADDR_MISSING */
    uint32_t room;       /* columns for it */
};

static unsigned look_over(const struct rows_view *v, const struct cell *c, unsigned look)
{
    struct span needle = buf_span(&v->needle);
    size_t where;
    if (c->here)
        return LOOK_SELECTED_CELL;
    if (rows_is_same(v, c->row, c->column, c->text))
        return LOOK_SAME;
    if (needle.len > 0 && match_in(c->text, needle, match_any_case(needle), &where))
        return c->selected ? LOOK_HIT_HERE : LOOK_HIT;
    return c->selected ? look | LOOK_ON_SELECTED : look;
}

/* What the verdicts say of an address in its row: a pair's line counts before its addresses'. */
static enum verdict verdict_here(const struct rows_view *v, const struct cell *c)
{
    const struct table *t = v->subject.table;
    const struct verdict_map *map =
        v->subject.clustering == NULL ? NULL : v->subject.clustering->verdicts;
    enum verdict row, own;
    if (map == NULL || c->addr == ADDR_MISSING)
        return VERDICT_NONE;
    row = verdict_of_row(map, t, c->row);
    own = verdict_of_addr(map, c->addr);
    if (row == VERDICT_NONE || own == row)
        return own;
    /* The row's verdict is another's than this address's: its pair's, or the other address's. */
    if (own != VERDICT_NONE)
        return row == VERDICT_BENIGN ? row : own;
    return verdict_of_addr(map, TABLE_AT(t, c->row, orig)) == VERDICT_NONE &&
                   verdict_of_addr(map, TABLE_AT(t, c->row, resp)) == VERDICT_NONE
               ? row
               : VERDICT_NONE;
}

static void draw_verdict(const struct rows_view *v, const struct cell *c)
{
    enum verdict verdict = verdict_here(v, c);
    unsigned on = c->selected ? LOOK_ON_SELECTED : 0;
    if (c->here && verdict != VERDICT_NONE)
        (void)draw_text(c->area, 0, 1, LOOK_SELECTED_CELL, verdict == VERDICT_SUSPECT ? "!" : "~");
    else if (verdict == VERDICT_SUSPECT)
        (void)draw_text(c->area, 0, 1, LOOK_STATUS_ERROR | on, "!");
    else if (verdict == VERDICT_BENIGN)
        (void)draw_text(c->area, 0, 1, LOOK_DIM | on, "~");
}

/* The whole text over the lines of the cell; what does not fit into the last ends as CUT_END does. Returns
 * the columns drawn in the last line that was used, and which one that was. */
static int draw_wrapped(struct area a, int x, unsigned look, struct span text, int *line)
{
    int used = 0;
    for (*line = 0; *line + 1 < a.rows; ++*line) {
        struct span part = wrap_take(&text, a.cols - x > 0 ? a.cols - x : 1, false);
        used = draw_untrusted(a, *line, x, a.cols - x, look, part, CUT_END);
        if (text.len == 0)
            return used;
    }
    return draw_untrusted(a, *line, x, a.cols - x, look, text, CUT_END);
}

static void draw_address(const struct rows_view *v, const struct cell *c)
{
    const struct repeat *r = c->addr == ADDR_MISSING ? NULL : repeats_of(&v->repeats, c->addr);
    unsigned look = c->state == FIELD_VALUE ? LOOK_ADDRESS : LOOK_MISSING;
    int room = c->area.cols - 2, used, last = 0;
    bool again = r != NULL && r->rows > 1;
    if (again)
        look = r->rank <= RANKED ? LOOK_ADDRESS_1 + r->rank - 1 : LOOK_ADDRESS_REST;
    look = look_over(v, c, look);
    if (again && r->rank <= RANKED)
        (void)draw_format(c->area, 0, 0, look, "%u", r->rank);
    draw_verdict(v, c);
    /* The address comes first; its count takes what is left. */
    if (c->wrap)
        used = draw_wrapped(c->area, 2, look, c->text, &last);
    else
        used = draw_untrusted(c->area, 0, 2, room < (int)c->room ? room : (int)c->room, look,
                              c->text, CUT_ADDR);
    if (again) {
        char number[32], text[40];
        (void)snprintf(text, sizeof text, "%s%s", clean_utf8() ? "\u00d7" : "x",
                       number_grouped(r->rows, number, sizeof number));
        if (2 + used + v->addrs.count <= c->area.cols)
            (void)draw_text(c->area, last, 2 + used + 1,
                            c->here       ? LOOK_SELECTED_CELL
                            : c->selected ? LOOK_DIM | LOOK_ON_SELECTED
                                          : LOOK_DIM,
                            text);
    }
}

static void draw_cell(const struct rows_view *v, const struct cell *c)
{
    unsigned look = look_over(v, c, cell_look(c->col, c->text, c->state));
    bool number = col_type_is_number(c->col->type) && c->col->type != COL_TIME;
    size_t cols = number ? clean_cols(c->text) : 0;
    int x = 0, last;
    if (number && cols < (size_t)c->area.cols)
        x = c->area.cols - (int)cols;
    if (c->wrap)
        (void)draw_wrapped(c->area, x, look, c->text, &last);
    else
        (void)draw_untrusted(c->area, 0, x, c->area.cols - x, look, c->text,
                             c->col->type == COL_ADDR ? CUT_ADDR : CUT_END);
}

uint32_t rows_end_of(const struct rows_view *v, uint64_t row, const struct column *col)
{
    if (col->role == ROLE_ORIG_H)
        return TABLE_AT(v->subject.table, row, orig);
    return TABLE_AT(v->subject.table, row, resp);
}

/* `a` is the row's own: its lines. */
static void draw_row(struct rows_view *v, struct area a, uint64_t at,
                     const struct column_slot *slot, uint32_t n_slots)
{
    struct err err = ERR_INIT;
    struct buf scratch = BUF_INIT;
    const struct row *row;
    bool selected = at == v->port.sel;
    if (row_reader_get(v->reader, v->rows->set.row[at], &row, &err) != 0) {
        (void)draw_untrusted(a, 0, 0, a.cols, LOOK_STATUS_ERROR, span_of(err.text), CUT_END);
        return;
    }
    if (row->gone) {
        (void)draw_text(a, 0, 0, selected ? LOOK_MISSING | LOOK_ON_SELECTED : LOOK_MISSING,
                        "(no longer in the file)");
        return;
    }
    /* The first column, which never scrolls, marks the row, and the cell itself its column: a whole line costs
     * twice the bytes over ssh. */
    for (uint32_t i = 0; i < n_slots; i++) {
        uint32_t column = v->order[slot[i].column];
        bool marks = selected && slot[i].column == 0;
        struct cell c = {.col = &v->subject.table->schema.col[column],
                         .column = column,
                         .row = row->number,
                         .selected = marks,
                         .here = selected && slot[i].column == v->at,
                         .addr = ADDR_MISSING,
                         .room = v->room[slot[i].column],
                         .wrap = rows_wrap(v)};
        c.area = area_cols(a, (int)slot[i].x, (int)slot[i].cols);
        c.text = rows_cell(v, row, column, &c.state, &scratch);
        for (int line = 0; line < a.rows; line++) {
            if (marks)
                draw_line(area_cols(a, (int)slot[i].x, (int)slot[i].cols + ROWS_GAP), line,
                          LOOK_SELECTED);
            if (c.here)
                draw_line(c.area, line, LOOK_SELECTED_CELL);
        }
        if (rows_is_end(v, column)) {
            c.addr = rows_end_of(v, row->number, c.col);
            draw_address(v, &c);
        } else {
            draw_cell(v, &c);
        }
    }
    buf_release(&scratch);
}

void rows_draw(struct view *view, struct app *app, struct area area)
{
    struct rows_view *v = (struct rows_view *)view;
    struct area list = area_rows(area, 2, area.rows - 3), cells;
    const struct marks *marks = app_marks(app, v->subject.table);
    struct column_slot slot[ROWS_SLOTS];
    uint32_t n_slots;
    int line = 0;
    (void)subject_heed(&v->subject, app);
    rows_draw_title(v, area_rows(area, 0, 1));
    if (v->rows == NULL && v->head.waiting == NULL && v->trouble.code == ERR_OK)
        rows_collect(v, app);
    if (v->rows == NULL) {
        rows_draw_waiting(v, area_rows(area, 1, area.rows - 1));
        return;
    }
    v->gutter = marks != NULL && marks->n > 0 ? GUTTER : 0;
    cells = area_cols(list, v->gutter, list.cols - v->gutter);
    if (v->stale || v->cols != cells.cols || v->style != app_time_style(app) ||
        v->layout != app_layout(app))
        rows_lay_out(v, cells.cols, app_layout(app), app_time_style(app));
    rows_settle(v, list.rows);
    if (rows_n(v) == 0) {
        rows_draw_nothing(v, list);
        return;
    }
    n_slots = rows_slots(v, slot);
    if (rows_grow(v, slot, n_slots)) {
        rows_lay_out(v, cells.cols, app_layout(app), app_time_style(app));
        n_slots = rows_slots(v, slot);
    }
    rows_draw_headings(v, area_cols(area_rows(area, 1, 1), v->gutter, cells.cols), slot, n_slots);
    for (uint32_t i = 0; i < n_slots; i++) {
        struct area column = area_cols(area, v->gutter + (int)slot[i].x, (int)slot[i].cols);
        app_spot(app, area_rows(column, 1, 1), slot[i].column | ROWS_CLICKED_HEAD);
        app_spot(app, area_rows(column, 2, list.rows), slot[i].column);
    }
    for (uint64_t at = v->port.top; at < rows_n(v) && line < list.rows; at++) {
        int height = rows_height(v, at);
        if (marks_has(marks, v->rows->set.row[at]))
            (void)draw_text(list, line, 0, LOOK_STRONG, text_glyph(GLYPH_BULLET));
        draw_row(v, area_rows(cells, line, height), at, slot, n_slots);
        app_spot_entry(app, area_rows(list, line, height), &v->port, at);
        line += height;
    }
    rows_draw_status(v, app, area_rows(area, area.rows - 1, 1), slot, n_slots);
}
