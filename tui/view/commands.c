/* Every command of the screen below with its keys, narrowed by what is typed: the palette.
 *
 * DESIGN
 * 1. The list is made from the table of commands (keys.h), so it has what the keys have, and besides
 *    the commands that have no key.
 * 2. The line is open from the start: letters narrow, Up and Down choose, Enter runs. The command runs
 *    on the view below once the list is closed. */
#include "core/base/match.h"
#include "core/base/mem.h"
#include "tui/view/views.h"

#define MOST_COMMANDS N_COMMANDS
#define LIST_ROW      1

struct commands_view {
    struct view head;
    uint32_t where; /* of the view below */
    const struct command_info *item[MOST_COMMANDS];
    size_t n;
    int keys_cols; /* of the longest keys, whatever is narrowed out */
    struct viewport port;
};

/* Keys that only mean something inside of a list, or that lead here. */
static bool is_listed(const struct command_info *info, uint32_t where)
{
    return (info->where & where) != 0 && info->command != CMD_CHOOSE &&
           info->command != CMD_COMMANDS && info->command != CMD_ESCAPE;
}

/* Each word that was typed stands in its name, label or sentence. */
static bool fits(const struct command_info *info, struct span words)
{
    struct span word;
    size_t where;
    while (keys_next(&words, &word))
        if (!match_in(span_of(info->label), word, true, &where) &&
            !match_in(span_of(info->help), word, true, &where) &&
            !match_in(span_of(info->name), word, true, &where))
            return false;
    return true;
}

static void narrow(struct commands_view *v, struct span words)
{
    const struct command_info *info;
    v->n = 0;
    for (size_t i = 0; (info = command_at(i)) != NULL; i++)
        if (is_listed(info, v->where) && fits(info, words))
            v->item[v->n++] = info;
    viewport_resize(&v->port, v->n, v->port.height);
    viewport_to(&v->port, 0);
}

/* ---- drawing ---- */

static void draw(struct view *view, struct app *app, struct area a)
{
    struct commands_view *v = (struct commands_view *)view;
    struct area list = area_rows(a, LIST_ROW, a.rows - LIST_ROW);
    int cols = v->keys_cols;
    (void)draw_text(a, 0, 1, LOOK_HEADING,
                    "Commands: type to narrow, Enter runs the one that is marked");
    viewport_resize(&v->port, v->n, list.rows > 0 ? (uint64_t)list.rows : 0);
    app_spot_lines(app, list, &v->port);
    if (v->n == 0)
        (void)draw_text(list, 0, 3, LOOK_DIM, "no command like that");
    for (uint64_t i = 0; i < viewport_shown(&v->port); i++) {
        const struct command_info *info = v->item[v->port.top + i];
        bool here = v->port.top + i == v->port.sel;
        unsigned on = here ? LOOK_ON_SELECTED : 0;
        if (here) {
            draw_line(list, (int)i, LOOK_SELECTED);
            (void)draw_text(list, (int)i, 1, LOOK_SELECTED, text_glyph(GLYPH_POINTER));
        }
        (void)draw_text(list, (int)i, 3, LOOK_STRONG | on, info->keys);
        (void)draw_untrusted(list, (int)i, 3 + cols + 2, list.cols - cols - 6, LOOK_DEFAULT | on,
                             span_of(info->help), CUT_END);
    }
}

/* ---- keys ---- */

static unsigned run(struct commands_view *v, struct app *app)
{
    if (v->n == 0) {
        app_say(app, "no command like that");
        return VIEW_CLOSE | VIEW_REDRAW;
    }
    app_run_below(app, &v->head, v->item[v->port.sel]->command); /* closes this view */
    return VIEW_NOTHING;
}

static unsigned typed(struct view *view, struct app *app, struct span text)
{
    (void)app;
    narrow((struct commands_view *)view, text);
    return VIEW_REDRAW;
}

static unsigned accepted(struct view *view, struct app *app, struct span text)
{
    struct commands_view *v = (struct commands_view *)view;
    uint64_t sel = v->port.sel, n = v->n;
    narrow(v, text); /* what was typed last may not have been looked at yet */
    if (v->n == n)
        viewport_to(&v->port, sel);
    return run(v, app);
}

static unsigned dropped(struct view *view, struct app *app, struct span text)
{
    (void)view;
    (void)app;
    (void)text;
    return VIEW_CLOSE | VIEW_REDRAW;
}

static unsigned unused_key(struct view *view, struct app *app, uint32_t key)
{
    struct commands_view *v = (struct commands_view *)view;
    (void)app;
    return viewport_command(&v->port, command_of_key(key, IN_COMMANDS)) ? VIEW_REDRAW
                                                                        : VIEW_NOTHING;
}

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct commands_view *v = (struct commands_view *)view;
    if (viewport_command(&v->port, cmd))
        return VIEW_REDRAW;
    if (cmd == CMD_OPEN)
        return run(v, app);
    return cmd == CMD_ESCAPE ? VIEW_CLOSE : VIEW_NOT_MINE;
}

/* ---- the view ---- */

static void crumb(const struct view *view, const struct app *app, struct buf *out)
{
    (void)view;
    (void)app;
    buf_add_text(out, "commands");
}

static void close_commands(struct view *view, struct app *app)
{
    (void)app;
    mem_free(view);
}

static const struct view_ops view_commands = {
    .name = "commands",
    .where = IN_COMMANDS,
    .close = close_commands,
    .draw = draw,
    .command = command,
    .crumb = crumb,
};

struct view *commands_view_new(const struct view_ops *about, struct err *err)
{
    struct commands_view *v = mem_zalloc(1, sizeof *v);
    if (v == NULL) {
        (void)err_memory(err, "the list of commands");
        return NULL;
    }
    v->head.ops = &view_commands;
    v->where = about->where;
    narrow(v, span_of(""));
    for (size_t i = 0; i < v->n; i++) {
        int cols = (int)strlen(v->item[i]->keys);
        v->keys_cols = cols > v->keys_cols ? cols : v->keys_cols;
    }
    return &v->head;
}

void commands_view_ask(struct view *view, struct app *app)
{
    static const struct ask_live live = {
        typed, accepted, dropped, unused_key, 0, "Enter runs   Esc cancels   Up and Down choose"};
    app_ask_live(app, view, ":", "", ASK_NO_HISTORY, &live);
}
