/* The lines around the rows: what they are, the heads of the columns, and what is hidden. */
#include "tui/view/rows.h"

#include "core/base/number.h"

void rows_draw_headings(const struct rows_view *v, struct area a, const struct column_slot *slot,
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
        int x = rows_is_end(v, column) ? 2 : 0;
        if (number && cols < (size_t)c.cols)
            x = c.cols - (int)cols;
        x += draw_untrusted(c, 0, x, c.cols - x, look, span_of(column_shown(col)), CUT_END);
        if (sorted)
            (void)draw_text(c, 0, x + 1, look,
                            text_glyph(v->now.descending ? GLYPH_DOWN : GLYPH_UP));
    }
}

/* The address under the cursor, when its column is too narrow for all of it. */
static void add_whole_address(const struct rows_view *v, struct buf *out)
{
    const struct table *t = v->subject.table;
    uint32_t column = v->order[v->at], row = v->rows->set.row[v->port.sel], addr;
    struct span text;
    if (!rows_is_end(v, column))
        return;
    addr = rows_end_of(v, row, &t->schema.col[column]);
    text = table_addr_text(t, addr);
    if (addr == ADDR_MISSING || clean_cols(text) <= v->room[v->at])
        return;
    buf_add_text(out, "   ");
    buf_add_span(out, text);
}

/* How many columns are not shown, and how many are out of sight to both sides; returns the columns drawn. */
static int draw_hidden(const struct rows_view *v, struct area a, const struct column_slot *slot,
                       uint32_t n_slots)
{
    uint32_t frozen = columns_frozen(v->width, v->n_places, v->frozen, ROWS_GAP, (uint32_t)v->cols);
    uint32_t left = v->first > frozen ? v->first - frozen : 0;
    uint32_t last = n_slots > 0 ? slot[n_slots - 1].column : 0;
    uint32_t right = v->n_places > last + 1 ? v->n_places - last - 1 : 0;
    uint32_t off = (uint32_t)v->subject.table->schema.n - v->n_places;
    struct buf text = BUF_INIT;
    char n[40];
    int cols;
    if (off > 0)
        buf_printf(&text, "%s off (c)%s", number_of(off, "column", n, sizeof n),
                   left + right > 0 ? "  " : "");
    if (left > 0)
        buf_printf(&text, "%s %s  ", text_glyph(GLYPH_MORE_LEFT),
                   number_of(left, "column", n, sizeof n));
    if (right > 0)
        buf_printf(&text, "%s %s", number_of(right, "column", n, sizeof n),
                   text_glyph(GLYPH_MORE_RIGHT));
    cols = draw_right(a, 0, a.cols - 1, LOOK_DIM, buf_text(&text));
    buf_release(&text);
    return cols;
}

static void add_same(const struct rows_view *v, struct buf *out)
{
    const struct repeat *r =
        v->same_end == ADDR_MISSING ? NULL : repeats_of(&v->repeats, v->same_end);
    uint64_t rows = v->same_end == ADDR_MISSING ? v->equals.n_hits : r == NULL ? 0 : r->rows;
    char number[32];
    buf_printf(out, "   same as \"%s\"", buf_text(&v->same));
    if (v->same_end != ADDR_MISSING || v->same_counted)
        buf_printf(out, ": %s", number_of(rows, "row", number, sizeof number));
}

void rows_draw_status(struct rows_view *v, const struct app *app, struct area a,
                      const struct column_slot *slot, uint32_t n_slots)
{
    struct buf text = BUF_INIT;
    char n[2][32];
    int hidden = draw_hidden(v, a, slot, n_slots);
    buf_printf(&text, "row %s of %s", number_grouped(v->port.sel + 1, n[0], sizeof n[0]),
               number_grouped(rows_n(v), n[1], sizeof n[1]));
    if (rows_n_marked(v, app) > 0)
        buf_printf(&text, "   %s marked", number_grouped(rows_n_marked(v, app), n[0], sizeof n[0]));
    add_whole_address(v, &text);
    if (v->head.waiting != NULL)
        buf_add_text(&text, "   working ...");
    if (row_reader_gone(v->reader) > 0)
        buf_printf(&text, "   %s", row_reader_problem(v->reader));
    if (v->found)
        buf_printf(&text, "   %s with \"%s\"", number_of(v->find.n_hits, "row", n[0], sizeof n[0]),
                   buf_text(&v->needle));
    if (v->same_on)
        add_same(v, &text);
    /* What can be long, or is seen in the headings, stands last: it may be cut. */
    if (v->now.filter.len > 0)
        buf_printf(&text, "   %s hidden by & %s", number_grouped(rows_hidden(v), n[0], sizeof n[0]),
                   buf_text(&v->now.filter));
    if (v->now.sorted >= 0)
        buf_printf(&text, "   sorted by %s, %s",
                   column_shown(&v->subject.table->schema.col[v->now.sorted]),
                   v->now.descending ? "descending" : "ascending");
    (void)draw_untrusted(a, 0, 1, a.cols - hidden - 4, LOOK_DIM, buf_span(&text), CUT_END);
    buf_release(&text);
}

void rows_draw_title(const struct rows_view *v, struct area a)
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
    else if (v->of == OF_PICK)
        (void)draw_untrusted(a, 0, 1, a.cols - 2, LOOK_WHY, span_of(v->pick->title), CUT_END);
}

void rows_draw_waiting(const struct rows_view *v, struct area a)
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

void rows_draw_nothing(const struct rows_view *v, struct area a)
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
