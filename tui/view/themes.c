/* The themes, below the screen that they are tried on: `T` on every screen.
 *
 * DESIGN
 * 1. The view below is drawn first, over the whole body, then the list over its last lines: what a
 *    theme makes of the screen is seen while one chooses. The list stays where it is when there is
 *    something to say of a theme: that stands above it.
 * 2. The selected theme is on trial (app_try_theme) until it is kept, or the list closes. A file is read
 *    each time it is selected, so a theme that is being written is seen as it is now. */
#include "core/base/mem.h"
#include "tui/view/views.h"

#define NOT_SHOWN UINT64_MAX

struct themes_view {
    struct view head;
    struct theme_list list; /* owned */
    struct viewport port;
    uint64_t shown;       /* the entry that is on trial, or NOT_SHOWN */
    struct notices wrong; /* lines of that theme that are skipped; owned */
    struct err unread;    /* or why there is nothing to show */
    int name_cols, place_cols;
};

/* ---- trying ---- */

static void show_selected(struct themes_view *v, struct app *app)
{
    const char *setting = v->list.entry[v->port.sel].setting;
    struct theme theme;
    notices_release(&v->wrong);
    v->wrong = (struct notices){.n = 0};
    v->unread = (struct err)ERR_INIT;
    v->shown = v->port.sel;
    if (theme_load(&theme, setting, &v->wrong, &v->unread) == 0)
        app_try_theme(app, setting, &theme);
    else
        app_drop_theme(app);
}

static const char *in_use(struct app *app)
{
    const char *setting = app_settings(app)->theme;
    return setting[0] == '\0' ? "default" : setting;
}

static unsigned keep(struct themes_view *v, struct app *app)
{
    const char *none = app_no_colors(app);
    if (v->shown != v->port.sel)
        show_selected(v, app);
    if (v->unread.code != ERR_OK) {
        app_fail(app, &v->unread);
        return VIEW_REDRAW;
    }
    app_keep_theme(app);
    if (none != NULL)
        app_say(app, "theme: %s, where there are colours (%s); Ctrl-S saves it", in_use(app), none);
    else
        app_say(app, "theme: %s; Ctrl-S saves it", in_use(app));
    return VIEW_CLOSE;
}

/* ---- drawing ---- */

static const char *const place_name[] = {"a file", "yours", "installed", "built in"};
static const char *const for_background[] = {"", "dark", "light"};

static void draw_entry(const struct themes_view *v, struct app *app, struct area a, int row,
                       uint64_t at)
{
    const struct theme_entry *e = &v->list.entry[at];
    unsigned on = view_mark(a, row, at == v->port.sel);
    int x = 2;
    (void)draw_untrusted(a, row, x, v->name_cols, LOOK_STRONG | on, span_of(e->setting), CUT_START);
    x += v->name_cols + 2;
    if (strcmp(e->setting, in_use(app)) == 0)
        (void)draw_text(a, row, x, LOOK_DEFAULT | on, "in use");
    x += 8;
    (void)draw_text(a, row, x, LOOK_DIM | on, place_name[e->place]);
    x += v->place_cols + 2;
    (void)draw_text(a, row, x, LOOK_DIM | on, for_background[e->background]);
    x += 7;
    (void)draw_untrusted(a, row, x, a.cols - x - 1, LOOK_DEFAULT | on, span_of(e->about), CUT_END);
}

/* Draws a sentence in as many lines as it takes, or counts them when `count` is set; at most `most`.
 * Nothing of it is cut while there is room: its end says what is wrong. */
static int draw_wrapped(struct area a, int row, int most, bool count, unsigned look,
                        const char *sentence)
{
    struct span rest = span_of(sentence);
    int lines = 0;
    while (rest.len > 0 && lines < most) {
        struct span line = wrap_take(&rest, a.cols - 4, false);
        if (!count)
            (void)draw_untrusted(a, row + lines, lines == 0 ? 2 : 3, a.cols - 3, look, line,
                                 CUT_END);
        lines++;
    }
    return lines;
}

/* What there is to say of the selected theme; returns its lines. */
static int draw_wrong(const struct themes_view *v, struct area a, int row, int most, bool count)
{
    int lines = 0;
    size_t n = 0;
    if (v->unread.code != ERR_OK)
        return draw_wrapped(a, row, most, count, LOOK_STATUS_ERROR, v->unread.text);
    for (; n < v->wrong.n; n++) {
        int needed = draw_wrapped(a, row, most, true, LOOK_STATUS_WARN, v->wrong.text[n]);
        int left = most - lines - (n + 1 < v->wrong.n ? 1 : 0); /* a line for those that follow */
        if (needed > left && n > 0)
            break;
        lines += draw_wrapped(a, row + lines, left, count, LOOK_STATUS_WARN, v->wrong.text[n]);
    }
    if (n < v->wrong.n) {
        if (!count)
            (void)draw_format(a, row + lines, 2, LOOK_STATUS_WARN, "and %llu more",
                              (unsigned long long)(v->wrong.n - n + v->wrong.dropped));
        lines++;
    }
    return lines;
}

/* The last `rows` lines of the body, blank. */
static struct area sheet_over(struct area a, int rows)
{
    struct area sheet = area_rows(a, a.rows - rows, rows);
    for (int i = 0; i < sheet.rows; i++)
        draw_line(sheet, i, LOOK_DEFAULT);
    return sheet;
}

/* The line above the list; `more` entries have no room in it. */
static void draw_title(struct area a, struct app *app, size_t more)
{
    int x = 1;
    draw_repeat(a, 0, 0, a.cols, LOOK_BORDER, text_glyph(GLYPH_HLINE));
    x += draw_text(a, 0, x, LOOK_HEADING, " Themes: Enter keeps, Esc puts back ");
    x += draw_untrusted(a, 0, x, a.cols - x - 13, LOOK_HEADING, span_of(in_use(app)), CUT_START);
    (void)draw_text(a, 0, x, LOOK_HEADING, " ");
    if (more > 0)
        (void)draw_format(a, 0, a.cols - 12, LOOK_DIM, " %zu more ", more);
}

static void draw(struct view *view, struct app *app, struct area a)
{
    struct themes_view *v = (struct themes_view *)view;
    const char *none = app_no_colors(app);
    int most = a.rows / 2 - 1, wrong = draw_wrong(v, a, 0, a.rows / 4, true), row = 1;
    int lines = v->list.n < (size_t)most ? (int)v->list.n : most;
    struct area sheet, list;
    view->below->ops->draw(view->below, app, a);
    app_forget_spots(app);
    sheet = sheet_over(a, 1 + (none != NULL) + wrong + lines);
    draw_title(sheet, app, v->list.n - (size_t)lines);
    if (none != NULL)
        (void)draw_format(sheet, row++, 2, LOOK_STATUS_WARN,
                          "%s: the choice shows where there are colours", none);
    (void)draw_wrong(v, sheet, row, a.rows / 4, false);
    list = area_rows(sheet, sheet.rows - lines, lines);
    viewport_resize(&v->port, v->list.n, (uint64_t)list.rows);
    app_spot_lines(app, list, &v->port);
    for (uint64_t i = 0; i < viewport_shown(&v->port); i++)
        draw_entry(v, app, list, (int)i, v->port.top + i);
}

/* ---- the view ---- */

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct themes_view *v = (struct themes_view *)view;
    if (viewport_command(&v->port, cmd)) {
        if (v->shown != v->port.sel)
            show_selected(v, app);
        return VIEW_REDRAW;
    }
    switch (cmd) {
    case CMD_KEEP_THEME:
        return keep(v, app);
    case CMD_ESCAPE:
        return VIEW_CLOSE;
    case CMD_LEFT:
    case CMD_RIGHT:
        return VIEW_NOTHING;
    default:
        return VIEW_NOT_MINE;
    }
}

/* After a click. */
static unsigned later(struct view *view, struct app *app)
{
    struct themes_view *v = (struct themes_view *)view;
    if (v->shown != v->port.sel)
        show_selected(v, app);
    return VIEW_REDRAW;
}

static void crumb(const struct view *view, const struct app *app, struct buf *out)
{
    (void)view;
    (void)app;
    buf_add_text(out, "themes");
}

static void close_themes(struct view *view, struct app *app)
{
    struct themes_view *v = (struct themes_view *)view;
    app_drop_theme(app);
    theme_list_release(&v->list);
    notices_release(&v->wrong);
    mem_free(v);
}

static const struct view_ops ops = {
    .name = "themes",
    .where = IN_THEMES,
    .close = close_themes,
    .draw = draw,
    .command = command,
    .later = later,
    .crumb = crumb,
};

/* Names are shown whole up to this. */
#define NAME_COLS 24

static void measure(struct themes_view *v)
{
    for (size_t i = 0; i < v->list.n; i++) {
        size_t cols = clean_cols(span_of(v->list.entry[i].setting));
        int place = (int)strlen(place_name[v->list.entry[i].place]);
        cols = cols < NAME_COLS ? cols : NAME_COLS;
        v->name_cols = (int)cols > v->name_cols ? (int)cols : v->name_cols;
        v->place_cols = place > v->place_cols ? place : v->place_cols;
    }
}

struct view *themes_view_new(struct app *app, struct err *err)
{
    struct themes_view *v = mem_zalloc(1, sizeof *v);
    if (v == NULL) {
        (void)err_memory(err, "the list of themes");
        return NULL;
    }
    if (theme_list_fill(&v->list, app_theme_asked(app), err) != 0) {
        mem_free(v);
        return NULL;
    }
    v->head.ops = &ops;
    v->shown = NOT_SHOWN;
    measure(v);
    viewport_resize(&v->port, v->list.n, 0);
    for (size_t i = 0; i < v->list.n; i++)
        if (strcmp(v->list.entry[i].setting, in_use(app)) == 0) {
            viewport_to(&v->port, i);
            show_selected(v, app);
        }
    return &v->head;
}
