/* Rows whose long values wrap: how many lines each takes, and moving among them.
 *
 * DESIGN
 * 1. A cell wraps within its column, so that columns stay columns; a row is as high as its highest
 *    cell on the screen, at most as high as the list. What is longer than that ends in an ellipsis.
 * 2. Heights are asked for when something moves or is drawn, of the rows of a window or two; nothing is
 *    kept. */
#include "tui/view/rows.h"

#define LEAST_WRAP 8 /* a column that the screen's edge leaves less of is left for scrolling */

bool rows_wrap(const struct rows_view *v)
{
    return v->layout != NULL && v->layout->wrap;
}

uint32_t rows_slots(const struct rows_view *v, struct column_slot *slot)
{
    uint32_t n = columns_lay(v->width, v->n_places, v->frozen, v->first, ROWS_GAP,
                             (uint32_t)v->cols, slot, ROWS_SLOTS);
    const struct column_slot *last = n > 1 ? &slot[n - 1] : NULL;
    if (last == NULL || !last->cut || last->column == v->at)
        return n;
    if (rows_is_end(v, v->order[last->column]) && last->cols < 2 + v->room[last->column])
        return n - 1;
    if (v->subject.table->schema.col[v->order[last->column]].type == COL_ADDR &&
        !rows_is_end(v, v->order[last->column]))
        return n - 1;
    return rows_wrap(v) && last->cols < LEAST_WRAP ? n - 1 : n;
}

int rows_wrap_cols(const struct rows_view *v, uint32_t place, int cols)
{
    int room = rows_is_end(v, v->order[place]) ? cols - 2 : cols;
    return room < 1 ? 1 : room;
}

/* Lines of a text in so many columns, at most `most`. */
static uint64_t lines_of(struct span text, int cols, uint64_t most)
{
    uint64_t n = 0;
    while (text.len > 0 && n < most) {
        (void)wrap_take(&text, cols, false);
        n++;
    }
    return n;
}

static uint64_t height_of(void *ctx, uint64_t at)
{
    const struct rows_view *v = ctx;
    struct column_slot slot[ROWS_SLOTS];
    uint32_t n = rows_slots(v, slot);
    struct buf scratch = BUF_INIT;
    struct err ignored = ERR_INIT;
    const struct row *row;
    uint64_t height = 1;
    if (row_reader_get(v->reader, v->rows->set.row[at], &row, &ignored) != 0 || row->gone)
        return 1;
    for (uint32_t i = 0; i < n; i++) {
        enum field_state state;
        struct span text = rows_cell(v, row, v->order[slot[i].column], &state, &scratch);
        uint64_t lines =
            lines_of(text, rows_wrap_cols(v, slot[i].column, (int)slot[i].cols), v->list_lines);
        height = lines > height ? lines : height;
    }
    buf_release(&scratch);
    return height;
}

static struct viewport_lines lines_of_rows(struct rows_view *v)
{
    return (struct viewport_lines){v->list_lines, height_of, v};
}

int rows_height(struct rows_view *v, uint64_t at)
{
    return rows_wrap(v) ? (int)height_of(v, at) : 1;
}

void rows_settle(struct rows_view *v, int lines)
{
    struct viewport_lines l;
    v->list_lines = lines > 0 ? (uint64_t)lines : 1;
    if (!rows_wrap(v)) {
        viewport_resize(&v->port, rows_n(v), lines > 0 ? (uint64_t)lines : 0);
        return;
    }
    l = lines_of_rows(v);
    v->port.n = rows_n(v);
    viewport_settle_lines(&v->port, &l);
}

bool rows_move(struct rows_view *v, enum command cmd)
{
    bool half = cmd == CMD_HALF_UP || cmd == CMD_HALF_DOWN;
    bool down = cmd == CMD_PAGE_DOWN || cmd == CMD_HALF_DOWN;
    struct viewport_lines l = lines_of_rows(v);
    if (!rows_wrap(v) || v->list_lines == 0 ||
        (!half && cmd != CMD_PAGE_UP && cmd != CMD_PAGE_DOWN))
        return viewport_command(&v->port, cmd);
    viewport_page_lines(&v->port, &l, down ? 1 : -1, half);
    return true;
}
