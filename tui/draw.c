/* Drawing; see draw.h.
 *
 * DESIGN
 * 1. One function, put, writes to the screen. It knows the columns of what it writes and clips to
 *    the area, so nothing ever wraps.
 * 2. Untrusted bytes come only as units of base/clean.h; a unit that does not fit is not drawn.
 * 3. Every run of characters is placed by its own column: should curses and base/clean.h not agree
 *    about a character's width, its neighbours stay where they are. */
#include "tui/draw.h"

#include <stdarg.h>

#include "tui/palette.h"

#define RUN_BYTES 512

static int least(int a, int b)
{
    return a < b ? a : b;
}

struct area area_rows(struct area a, int first, int n)
{
    if (first < 0) {
        n += first;
        first = 0;
    }
    first = least(first, a.rows);
    n = least(n, a.rows - first);
    return (struct area){a.row + first, a.col, n > 0 ? n : 0, a.cols};
}

struct area area_cols(struct area a, int first, int n)
{
    if (first < 0) {
        n += first;
        first = 0;
    }
    first = least(first, a.cols);
    n = least(n, a.cols - first);
    return (struct area){a.row, a.col + first, a.rows, n > 0 ? n : 0};
}

/* Columns that are free from (row, col) on; 0 outside the area or the screen. */
static int room(struct area a, int row, int col)
{
    if (row < 0 || row >= a.rows || col < 0 || col >= a.cols)
        return 0;
    if (a.row + row >= LINES || a.col + col >= COLS)
        return 0;
    return least(a.cols - col, COLS - a.col - col);
}

/* Writes n bytes that are known to fit. */
static void put(struct area a, int row, int col, const char *bytes, size_t n)
{
    if (n > 0)
        (void)mvaddnstr(a.row + row, a.col + col, bytes, (int)n);
}

/* A run of units gathered until the look changes or the room is used up. */
struct run {
    struct area area;
    int row, col; /* where the run begins */
    int cols;     /* of the run so far */
    char bytes[RUN_BYTES];
    size_t n;
};

static void run_flush(struct run *run)
{
    put(run->area, run->row, run->col, run->bytes, run->n);
    run->col += run->cols;
    run->cols = 0;
    run->n = 0;
}

static void run_add(struct run *run, const struct clean_unit *unit)
{
    if (run->n + unit->len > sizeof run->bytes)
        run_flush(run);
    memcpy(run->bytes + run->n, unit->text, unit->len);
    run->n += unit->len;
    run->cols += unit->cols;
    if (unit->len != unit->cols) /* not ASCII: see DESIGN 3 */
        run_flush(run);
}

/* Draws units up to `cols` columns; returns the columns used. */
static int draw_units(struct area a, int row, int col, int cols, unsigned look, struct span text)
{
    struct run run = {.area = a, .row = row, .col = col};
    struct clean_unit unit;
    bool escaped = false;
    int used = 0;
    size_t plain = clean_plain(text);
    palette_use(look);
    if (plain > 0) {
        plain = plain < (size_t)cols ? plain : (size_t)cols;
        put(a, row, col, text.ptr, plain);
        run.col += used = (int)plain;
        text = span_make(text.ptr + plain, text.len - plain);
    }
    while (clean_next(text, &unit) && used + unit.cols <= cols) {
        if (unit.escaped != escaped) {
            run_flush(&run);
            escaped = unit.escaped;
            palette_use(escaped ? LOOK_ESCAPE | (look & LOOK_ON_SELECTED) : look);
        }
        run_add(&run, &unit);
        used += unit.cols;
        text = span_make(text.ptr + unit.taken, text.len - unit.taken);
    }
    run_flush(&run);
    return used;
}

int draw_text(struct area a, int row, int col, unsigned look, const char *text)
{
    int free = room(a, row, col);
    return free > 0 ? draw_units(a, row, col, free, look, span_of(text)) : 0;
}

int draw_format(struct area a, int row, int col, unsigned look, const char *fmt, ...)
{
    char text[RUN_BYTES];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return draw_text(a, row, col, look, text);
}

int draw_right(struct area a, int row, int end, unsigned look, const char *text)
{
    size_t cols = clean_cols(span_of(text));
    if (end > a.cols)
        end = a.cols;
    if (end <= 0)
        return 0;
    if (cols > (size_t)end)
        return draw_untrusted(a, row, 0, end, look, span_of(text), CUT_START);
    return draw_text(area_cols(a, 0, end), row, end - (int)cols, look, text);
}

int draw_untrusted(struct area a, int row, int col, int max_cols, unsigned look, struct span text,
                   enum cut cut)
{
    int free = least(room(a, row, col), max_cols), used;
    struct fit fit;
    if (free <= 0)
        return 0;
    fit = text_fit(text, (size_t)free, cut);
    used = draw_units(a, row, col, free, look, fit.head);
    used += draw_units(a, row, col + used, free - used, look, span_of(fit.mark));
    used += draw_units(a, row, col + used, free - used, look, fit.tail);
    return used;
}

/* Takes units off the front until `skip` columns are gone; returns how many went beyond. */
static size_t skip_cols(struct span *text, size_t skip)
{
    struct clean_unit unit;
    size_t gone = 0;
    while (gone < skip && clean_next(*text, &unit)) {
        gone += unit.cols;
        *text = span_make(text->ptr + unit.taken, text->len - unit.taken);
    }
    return gone > skip ? gone - skip : 0;
}

int draw_scrolled(struct area a, int row, int col, int max_cols, unsigned look, struct span text,
                  size_t skip)
{
    int free = least(room(a, row, col), max_cols), used = 0;
    size_t beyond;
    struct fit fit;
    if (free <= 0)
        return 0;
    if (skip > 0 && text.len > 0) { /* the mark stands for one column more */
        palette_use(look);
        used = draw_units(a, row, col, free, look, span_of(text_glyph(GLYPH_MORE_LEFT)));
        beyond = skip_cols(&text, skip + 1);
        while (beyond-- > 0 && used < free)
            used += draw_units(a, row, col + used, free - used, look, span_of(" "));
    }
    fit = text_fit(text, (size_t)(free - used), CUT_END);
    used += draw_units(a, row, col + used, free - used, look, fit.head);
    if (fit.cut)
        used += draw_units(a, row, col + used, free - used, look,
                           span_of(text_glyph(GLYPH_MORE_RIGHT)));
    return used;
}

void draw_repeat(struct area a, int row, int col, int n, unsigned look, const char *glyph)
{
    size_t bytes = strlen(glyph);
    n = least(n, room(a, row, col));
    palette_use(look);
    for (int i = 0; i < n; i++)
        put(a, row, col + i, glyph, bytes);
}

void draw_line(struct area a, int row, unsigned look)
{
    draw_repeat(a, row, 0, a.cols, look, " ");
}

int draw_bar(struct area a, int row, int col, int max_cols, unsigned look, unsigned eighths)
{
    int cols = least(max_cols, room(a, row, col));
    unsigned whole = eighths / 8, rest = eighths % 8;
    if (cols <= 0 || eighths == 0)
        return 0;
    if (whole >= (unsigned)cols) {
        draw_repeat(a, row, col, cols, look, text_eighth(8));
        return cols;
    }
    draw_repeat(a, row, col, (int)whole, look, text_eighth(8));
    if (rest == 0)
        return (int)whole;
    draw_repeat(a, row, col + (int)whole, 1, look, text_eighth(rest));
    return (int)whole + 1;
}

void draw_spark(struct area a, int row, int col, unsigned look, const uint8_t *level, int n)
{
    n = least(n, room(a, row, col));
    palette_use(look);
    for (int i = 0; i < n; i++) {
        const char *glyph = text_spark(level[i]);
        put(a, row, col + i, glyph, strlen(glyph));
    }
}
