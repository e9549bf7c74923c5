/* Drawing of the rows view: which columns stand where, and how a cell looks.
 *
 * DESIGN
 * 1. Rows are read as they are drawn, those on the screen only. Nothing read is kept.
 * 2. Two different addresses never look equal: an address column is as wide as the longest address
 *    of these rows, or, where that leaves too little room for other columns, as the shortest cut at
 * which all of them still differ; the last line then shows the one under the cursor whole. A column
 * that the screen's edge cuts further is left for scrolling.
 * 3. A repeated address says so by three things: colour by rank, the rank's digit in front (1 to 6)
 *    and its count behind. The last two need no colour. */
#include "tui/view/rows.h"

#include "core/base/match.h"
#include "core/base/mem.h"
#include "core/base/number.h"
#include "tui/model/columns.h"

#define MAX_WIDTH   40 /* of columns other than addresses; the row view shows all */
#define MAX_SLOTS   64
#define RANKED      6    /* addresses with a colour and a digit of their own */
#define APART_LEAST 15   /* an IPv4 address is never cut */
#define APART_MOST  4096 /* addresses that are compared */

/* ---- columns ---- */

static bool is_end(const struct rows_view *v, uint32_t column)
{
    enum role role = v->subject.table->schema.col[column].role;
    return role == ROLE_ORIG_H || role == ROLE_RESP_H;
}

static uint32_t time_cols(const struct rows_view *v)
{
    if (v->narrow)
        return v->style == TIME_AS_EPOCH ? 10 : v->days ? 14 : 8;
    return v->style == TIME_AS_UTC ? 27 : v->style == TIME_AS_LOCAL ? 32 : 17;
}

static uint32_t width_of(const struct rows_view *v, uint32_t column)
{
    const struct column *col = &v->subject.table->schema.col[column];
    uint32_t head = (uint32_t)clean_cols(span_of(column_shown(col)));
    uint32_t body = v->content == NULL ? 8 : v->content[column];
    if (is_end(v, column))
        body = (uint32_t)(2 + v->addr_cols + v->count_cols);
    else if (col->role == ROLE_TS)
        body = body < 8 ? 8 : time_cols(v);
    else if (body > MAX_WIDTH)
        body = MAX_WIDTH;
    /* Room for the mark of the sorted column. */
    if (v->now.sorted == (int32_t)column)
        head += 2;
    return head > body ? (head > MAX_WIDTH ? MAX_WIDTH : head) : body;
}

static void place(struct rows_view *v, int32_t column)
{
    if (column < 0)
        return;
    for (uint32_t p = 0; p < v->n_places; p++)
        if (v->order[p] == (uint32_t)column)
            return;
    v->order[v->n_places++] = (uint32_t)column;
}

/* The width at which all addresses of these rows look different, if that is cheap to know. */
static int apart_cols(const struct rows_view *v, int longest)
{
    struct span *item;
    uint64_t n = v->repeats.n;
    int cols = longest;
    if (n > APART_MOST || longest <= APART_LEAST)
        return longest;
    item = mem_alloc(n, sizeof *item);
    if (item == NULL)
        return longest;
    for (uint64_t i = 0; i < n; i++)
        item[i] = table_addr_text(v->subject.table, v->repeats.item[i].addr);
    cols = (int)text_cols_apart(item, n, APART_LEAST, (size_t)longest, CUT_ADDR);
    mem_free(item);
    return cols;
}

static void measure_addresses(struct rows_view *v)
{
    uint64_t most = v->repeats.n > 0 ? v->repeats.item[0].rows : 0;
    char number[32];
    v->longest = 7;
    for (uint64_t i = 0; i < v->repeats.n; i++) {
        int cols = (int)clean_cols(table_addr_text(v->subject.table, v->repeats.item[i].addr));
        v->longest = cols > v->longest ? cols : v->longest;
    }
    if (v->longest > 64)
        v->longest = 64;
    v->apart = apart_cols(v, v->longest);
    v->count_cols = most < 2 ? 0 : 2 + (int)strlen(number_grouped(most, number, sizeof number));
}

/* Addresses are shown whole when the columns that matter then still fit, else cut as far as they
 * stay different. */
static void set_widths(struct rows_view *v, uint32_t main_places, int cols)
{
    uint32_t used = 0;
    v->addr_cols = v->longest;
    for (uint32_t p = 0; p < main_places; p++)
        used += width_of(v, v->order[p]) + ROWS_GAP;
    if (used > (uint32_t)cols) {
        /* Both address columns give way alike, and no further than they must. */
        int too_much = ((int)used - cols + 1) / 2;
        v->addr_cols = v->longest - too_much > v->apart ? v->longest - too_much : v->apart;
    }
    for (uint32_t p = 0; p < v->n_places; p++)
        v->width[p] = width_of(v, v->order[p]);
}

void rows_lay_out(struct rows_view *v, int cols, enum time_style style)
{
    static const enum role wide[] = {
        ROLE_TS,    ROLE_UID,        ROLE_ORIG_H,   ROLE_RESP_H,     ROLE_RESP_P,
        ROLE_PROTO, ROLE_CONN_STATE, ROLE_DURATION, ROLE_ORIG_BYTES, ROLE_RESP_BYTES};
    static const enum role narrow[] = {ROLE_TS,         ROLE_ORIG_H, ROLE_RESP_H,   ROLE_RESP_P,
                                       ROLE_CONN_STATE, ROLE_PROTO,  ROLE_DURATION, ROLE_ORIG_BYTES,
                                       ROLE_RESP_BYTES, ROLE_UID};
    const struct schema *schema = &v->subject.table->schema;
    uint32_t here = v->n_places > 0 ? v->order[v->at] : 0;
    bool again = v->n_places > 0;
    uint32_t main_places;
    if (v->stale)
        measure_addresses(v);
    v->stale = false;
    v->cols = cols;
    v->style = style;
    v->narrow = cols < ROWS_NARROW;
    v->n_places = 0;
    for (size_t i = 0; i < (v->narrow ? ARRAY_LEN(narrow) : ARRAY_LEN(wide)); i++)
        place(v, schema->by_role[v->narrow ? narrow[i] : wide[i]]);
    main_places = v->n_places;
    for (size_t i = 0; i < schema->n; i++)
        place(v, (int32_t)i);
    v->frozen = v->narrow ? 2 : 3;
    if (v->frozen > main_places)
        v->frozen = main_places;
    for (uint32_t p = 0; again && p < v->n_places; p++)
        if (v->order[p] == here)
            v->at = p;
    set_widths(v, main_places, cols);
    if (v->at >= v->n_places)
        v->at = 0;
    v->first = columns_reveal(v->width, v->n_places, v->frozen, again ? v->first : 0, ROWS_GAP,
                              (uint32_t)cols, v->at);
}

/* ---- cells ---- */

static struct span time_cell(const struct rows_view *v, int64_t us, struct buf *scratch)
{
    char text[64];
    buf_clear(scratch);
    if (v->narrow && v->style == TIME_AS_EPOCH)
        buf_printf(scratch, "%lld", (long long)(us / 1000000));
    else if (v->narrow)
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
    struct area area; /* one line, as wide as the column */
    const struct column *col;
    struct span text;
    enum field_state state;
    uint64_t row;
    bool selected, here; /* its row; the cell itself */
    uint32_t addr;       /* of an end, else ADDR_MISSING */
};

static unsigned look_over(const struct rows_view *v, const struct cell *c, unsigned look)
{
    struct span needle = buf_span(&v->needle);
    size_t where;
    if (c->here)
        return LOOK_SELECTED_CELL;
    if (v->same_on && span_eq(c->text, buf_span(&v->same)))
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

static void draw_address(const struct rows_view *v, const struct cell *c)
{
    const struct repeat *r = c->addr == ADDR_MISSING ? NULL : repeats_of(&v->repeats, c->addr);
    unsigned look = c->state == FIELD_VALUE ? LOOK_ADDRESS : LOOK_MISSING;
    int room = c->area.cols - 2, used;
    bool again = r != NULL && r->rows > 1;
    if (again)
        look = r->rank <= RANKED ? LOOK_ADDRESS_1 + r->rank - 1 : LOOK_ADDRESS_REST;
    look = look_over(v, c, look);
    if (again && r->rank <= RANKED)
        (void)draw_format(c->area, 0, 0, look, "%u", r->rank);
    draw_verdict(v, c);
    /* The address comes first; its count takes what is left. */
    used = draw_untrusted(c->area, 0, 2, room < v->addr_cols ? room : v->addr_cols, look, c->text,
                          CUT_ADDR);
    if (again) {
        char number[32], text[40];
        (void)snprintf(text, sizeof text, "%s%s", clean_utf8() ? "\u00d7" : "x",
                       number_grouped(r->rows, number, sizeof number));
        if (2 + used + v->count_cols <= c->area.cols)
            (void)draw_text(c->area, 0, 2 + used + 1,
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
    int x = 0;
    if (number && cols < (size_t)c->area.cols)
        x = c->area.cols - (int)cols;
    (void)draw_untrusted(c->area, 0, x, c->area.cols - x, look, c->text, CUT_END);
}

static uint32_t end_of(const struct rows_view *v, uint64_t row, const struct column *col)
{
    if (col->role == ROLE_ORIG_H)
        return TABLE_AT(v->subject.table, row, orig);
    return TABLE_AT(v->subject.table, row, resp);
}

static void draw_row(struct rows_view *v, struct area a, int line, uint64_t at,
                     const struct column_slot *slot, uint32_t n_slots)
{
    struct err err = ERR_INIT;
    struct buf scratch = BUF_INIT;
    const struct row *row;
    bool selected = at == v->port.sel;
    if (row_reader_get(v->reader, v->rows->set.row[at], &row, &err) != 0) {
        (void)draw_untrusted(a, line, 0, a.cols, LOOK_STATUS_ERROR, span_of(err.text), CUT_END);
        return;
    }
    if (row->gone) {
        (void)draw_text(a, line, 0, selected ? LOOK_MISSING | LOOK_ON_SELECTED : LOOK_MISSING,
                        "(no longer in the file)");
        return;
    }
    /* The first column, which never scrolls, marks the row, and the cell itself its column: a whole line costs
     * twice the bytes over ssh. */
    for (uint32_t i = 0; i < n_slots; i++) {
        uint32_t column = v->order[slot[i].column];
        bool marks = selected && slot[i].column == 0;
        struct cell c = {.col = &v->subject.table->schema.col[column],
                         .row = row->number,
                         .selected = marks,
                         .here = selected && slot[i].column == v->at,
                         .addr = ADDR_MISSING};
        c.area = area_cols(area_rows(a, line, 1), (int)slot[i].x, (int)slot[i].cols);
        c.text = rows_cell(v, row, column, &c.state, &scratch);
        if (marks)
            draw_line(
                area_cols(area_rows(a, line, 1), (int)slot[i].x, (int)slot[i].cols + ROWS_GAP), 0,
                LOOK_SELECTED);
        if (c.here)
            draw_line(c.area, 0, LOOK_SELECTED_CELL);
        if (is_end(v, column)) {
            c.addr = end_of(v, row->number, c.col);
            draw_address(v, &c);
        } else {
            draw_cell(v, &c);
        }
    }
    buf_release(&scratch);
}

/* ---- around the rows ---- */

static void draw_headings(const struct rows_view *v, struct area a, const struct column_slot *slot,
                          uint32_t n_slots)
{
    for (uint32_t i = 0; i < n_slots; i++) {
        uint32_t column = v->order[slot[i].column];
        const struct column *col = &v->subject.table->schema.col[column];
        struct area c = area_cols(area_rows(a, 0, 1), (int)slot[i].x, (int)slot[i].cols);
        bool sorted = v->now.sorted == (int32_t)column;
        unsigned look = slot[i].column == v->at ? LOOK_STRONG
                        : sorted                ? LOOK_HEADING_SORTED
                                                : LOOK_HEADING;
        size_t cols = clean_cols(span_of(column_shown(col))) + (sorted ? 2 : 0);
        bool number = col_type_is_number(col->type) && col->type != COL_TIME;
        int x = is_end(v, column) ? 2 : 0;
        if (number && cols < (size_t)c.cols)
            x = c.cols - (int)cols;
        x += draw_untrusted(c, 0, x, c.cols - x, look, span_of(column_shown(col)), CUT_END);
        if (sorted)
            (void)draw_text(c, 0, x + 1, look,
                            text_glyph(v->now.descending ? GLYPH_DOWN : GLYPH_UP));
    }
}

static uint32_t slots_of(struct rows_view *v, struct column_slot *slot)
{
    uint32_t n = columns_lay(v->width, v->n_places, v->frozen, v->first, ROWS_GAP,
                             (uint32_t)v->cols, slot, MAX_SLOTS);
    if (n > 1 && slot[n - 1].cut && is_end(v, v->order[slot[n - 1].column]) &&
        slot[n - 1].column != v->at && (int)slot[n - 1].cols < 2 + v->addr_cols)
        n--;
    return n;
}

static const char *columns_word(uint32_t n)
{
    return n == 1 ? "column" : "columns";
}

/* The address under the cursor, when its column is too narrow for all of it. */
static void add_whole_address(const struct rows_view *v, struct buf *out)
{
    const struct table *t = v->subject.table;
    uint32_t column = v->order[v->at], row = v->rows->set.row[v->port.sel], addr;
    struct span text;
    if (!is_end(v, column))
        return;
    addr = end_of(v, row, &t->schema.col[column]);
    text = table_addr_text(t, addr);
    if (addr == ADDR_MISSING || clean_cols(text) <= (size_t)v->addr_cols)
        return;
    buf_add_text(out, "   ");
    buf_add_span(out, text);
}

/* How many columns are out of sight to both sides; returns the columns drawn. */
static int draw_hidden(const struct rows_view *v, struct area a, const struct column_slot *slot,
                       uint32_t n_slots)
{
    uint32_t frozen = columns_frozen(v->width, v->n_places, v->frozen, ROWS_GAP, (uint32_t)v->cols);
    uint32_t left = v->first > frozen ? v->first - frozen : 0;
    uint32_t last = n_slots > 0 ? slot[n_slots - 1].column : 0;
    uint32_t right = v->n_places > last + 1 ? v->n_places - last - 1 : 0;
    struct buf text = BUF_INIT;
    int cols;
    if (left > 0)
        buf_printf(&text, "%s %u %s  ", text_glyph(GLYPH_MORE_LEFT), left, columns_word(left));
    if (right > 0)
        buf_printf(&text, "%u %s %s", right, columns_word(right), text_glyph(GLYPH_MORE_RIGHT));
    cols = draw_right(a, 0, a.cols - 1, LOOK_DIM, buf_text(&text));
    buf_release(&text);
    return cols;
}

static void draw_status(struct rows_view *v, struct area a, const struct column_slot *slot,
                        uint32_t n_slots)
{
    struct buf text = BUF_INIT;
    char n[2][32];
    int hidden = draw_hidden(v, a, slot, n_slots);
    buf_printf(&text, "row %s of %s", number_grouped(v->port.sel + 1, n[0], sizeof n[0]),
               number_grouped(rows_n(v), n[1], sizeof n[1]));
    add_whole_address(v, &text);
    if (v->now.filter.len > 0)
        buf_printf(&text, "   %s hidden by & %s", number_grouped(rows_hidden(v), n[0], sizeof n[0]),
                   buf_text(&v->now.filter));
    if (v->waiting != NULL)
        buf_add_text(&text, "   working ...");
    if (row_reader_gone(v->reader) > 0)
        buf_printf(&text, "   %s", row_reader_problem(v->reader));
    if (v->found)
        buf_printf(&text, "   %s rows with \"%s\"",
                   number_grouped(v->find.n_hits, n[0], sizeof n[0]), buf_text(&v->needle));
    if (v->same_on)
        buf_printf(&text, "   same as \"%s\"", buf_text(&v->same));
    if (v->now.sorted >= 0)
        buf_printf(&text, "   sorted by %s, %s",
                   column_shown(&v->subject.table->schema.col[v->now.sorted]),
                   v->now.descending ? "descending" : "ascending");
    (void)draw_untrusted(a, 0, 1, a.cols - hidden - 4, LOOK_DIM, buf_span(&text), CUT_END);
    buf_release(&text);
}

static void draw_title(struct rows_view *v, struct area a)
{
    const struct clustering *c = v->subject.clustering;
    if (v->of == OF_CLUSTER && c != NULL && v->whose >= 1 && v->whose <= c->k)
        (void)draw_untrusted(a, 0, 1, a.cols - 2, LOOK_WHY, span_of(c->profile[v->whose - 1].why),
                             CUT_END);
    else if (v->of == OF_OBSERVATION)
        (void)draw_text(a, 0, 1, LOOK_WHY,
                        c->recipe.unit == UNIT_HOST ? "every row that this host started"
                                                    : "every row of this pair");
    else if (v->of == OF_ADDRESS)
        (void)draw_text(a, 0, 1, LOOK_WHY, "every row of this address, in either direction");
    else if (v->of == OF_INPUT)
        (void)draw_untrusted(a, 0, 1, a.cols - 2, LOOK_WHY,
                             span_of(v->subject.table->input[v->whose].path), CUT_START);
}

static void draw_waiting(struct rows_view *v, struct area a)
{
    if (v->trouble.code == ERR_CANCELLED)
        (void)draw_text(a, 1, 1, LOOK_STATUS_WARN,
                        "stopped before the rows were collected; Enter tries again, q goes back");
    else if (v->trouble.code != ERR_OK)
        (void)draw_untrusted(a, 1, 1, a.cols - 2, LOOK_STATUS_ERROR, span_of(v->trouble.text),
                             CUT_END);
    else
        (void)draw_text(a, 1, 1, LOOK_STATUS_WORK, "collecting rows ...");
}

static void draw_nothing(const struct rows_view *v, struct area a)
{
    char number[32];
    if (v->now.filter.len == 0) {
        (void)draw_text(a, 0, 1, LOOK_DIM, "no rows here");
        return;
    }
    (void)draw_format(a, 0, 1, LOOK_DIM,
                      "none of %s rows passes; \\ shows them again, u takes one step back",
                      number_grouped(v->all->set.n, number, sizeof number));
    (void)draw_untrusted(a, 1, 1, a.cols - 2, LOOK_DIM, buf_span(&v->now.filter), CUT_END);
}

void rows_draw(struct view *view, struct app *app, struct area area)
{
    struct rows_view *v = (struct rows_view *)view;
    struct area list = area_rows(area, 2, area.rows - 3);
    struct column_slot slot[MAX_SLOTS];
    uint32_t n_slots;
    draw_title(v, area_rows(area, 0, 1));
    if (v->rows == NULL && v->waiting == NULL && v->trouble.code == ERR_OK)
        rows_collect(v, app);
    if (v->rows == NULL) {
        draw_waiting(v, area_rows(area, 1, area.rows - 1));
        return;
    }
    if (v->stale || v->cols != area.cols || v->style != app_time_style(app))
        rows_lay_out(v, area.cols, app_time_style(app));
    viewport_resize(&v->port, rows_n(v), list.rows > 0 ? (uint64_t)list.rows : 0);
    if (rows_n(v) == 0) {
        draw_nothing(v, list);
        return;
    }
    n_slots = slots_of(v, slot);
    draw_headings(v, area_rows(area, 1, 1), slot, n_slots);
    for (uint64_t i = 0; i < viewport_shown(&v->port); i++)
        draw_row(v, list, (int)i, v->port.top + i, slot, n_slots);
    draw_status(v, area_rows(area, area.rows - 1, 1), slot, n_slots);
}
