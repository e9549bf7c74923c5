/* What clicks and the wheel mean (--mouse).
 *
 * DESIGN
 * 1. Whoever draws says what stands where: lines of a list, spots of a view, keys, pieces of the path.
 *    A click is looked up in what the last frame said. All of it is forgotten when the next frame
 *    begins and when a view comes or goes, so nothing points to what is no longer there.
 * 2. A click means a key: it runs the same commands, on the same views. What no key could do now, it
 *    does not do either: while a line is typed only a list of commands takes clicks. */
#include "tui/app_own.h"

#include "tui/model/viewport.h"

#define WHEEL_LINES 3

void app_forget_spots(struct app *app)
{
    app->n_spots = 0;
}

static bool holds(struct area a, int row, int col)
{
    return row >= a.row && row < a.row + a.rows && col >= a.col && col < a.col + a.cols;
}

static void add(struct app *app, struct spot spot)
{
    if (app->n_spots < APP_SPOTS && spot.area.rows > 0 && spot.area.cols > 0)
        app->spot[app->n_spots++] = spot;
}

void app_spot_lines(struct app *app, struct area a, struct viewport *port)
{
    add(app, (struct spot){.kind = SPOT_LINES,
                           .area = area_rows(a, 0, (int)viewport_shown(port)),
                           .port = port,
                           .first = port->top});
}

void app_spot_entry(struct app *app, struct area a, struct viewport *port, uint64_t at)
{
    add(app,
        (struct spot){.kind = SPOT_LINES, .area = a, .port = port, .first = at, .value = true});
}

void app_spot(struct app *app, struct area a, uint32_t value)
{
    add(app, (struct spot){.kind = SPOT_OF_VIEW, .area = a, .value = value});
}

void app_spot_command(struct app *app, struct area a, enum command command)
{
    add(app, (struct spot){.kind = SPOT_COMMAND, .area = a, .value = (uint32_t)command});
}

void app_spot_back(struct app *app, struct area a, uint32_t steps)
{
    add(app, (struct spot){.kind = SPOT_BACK, .area = a, .value = steps});
}

/* NULL when there is none of the kind. */
static const struct spot *find(const struct app *app, enum spot_kind kind, int row, int col)
{
    for (size_t i = 0; i < app->n_spots; i++)
        if (app->spot[i].kind == kind && holds(app->spot[i].area, row, col))
            return &app->spot[i];
    return NULL;
}

/* As often as the way back takes it: a view may ask first, and stay. */
static void go_back(struct app *app, uint32_t steps)
{
    for (; steps > 0 && app->top->below != NULL && !app->asking; steps--) {
        const struct view *before = app->top;
        app_command(app, CMD_BACK);
        if (app->top == before)
            return;
    }
}

/* Selects the line. True when it is the second click on it. */
static bool select_line(struct app *app, const struct spot *s, int row)
{
    struct view *view = app->top;
    uint64_t at = s->first + (s->value ? 0 : (uint64_t)(row - s->area.row));
    bool again = app->clicked_view == view && app->clicked == at && s->port->sel == at;
    if (at >= s->port->n)
        return false;
    viewport_to(s->port, at);
    app->clicked_view = view;
    app->clicked = at;
    app->touched = true;
    if (view->ops->later != NULL && !app->asking)
        app_call_later(app, view, 1); /* what stands beside the list follows */
    app->dirty = true;
    return again;
}

static void click_in_prompt(struct app *app, int row, int col)
{
    const struct spot *lines = find(app, SPOT_LINES, row, col);
    if (app->live.unused != NULL && lines != NULL && select_line(app, lines, row))
        app_key(app, KEYS_ENTER);
}

/* Opens it, or, where lines are switched on and off, does that. */
static void open_line(struct app *app)
{
    uint32_t where = app->top->ops->where;
    enum command command =
        (command_info(CMD_OPEN)->where & where) != 0 ? CMD_OPEN : command_of_key(' ', where);
    if (command != CMD_NONE)
        app_command(app, command);
}

void app_click(struct app *app, int row, int col)
{
    const struct spot *lines = find(app, SPOT_LINES, row, col),
                      *command = find(app, SPOT_COMMAND, row, col),
                      *back = find(app, SPOT_BACK, row, col),
                      *own = find(app, SPOT_OF_VIEW, row, col);
    struct view *view = app->top;
    uint32_t value = own == NULL ? 0 : own->value;
    bool again;
    if (app->pasting)
        return;
    if (app->asking) {
        click_in_prompt(app, row, col);
        return;
    }
    app_key_begins(app);
    again = lines != NULL && select_line(app, lines, row);
    if (own != NULL && view->ops->clicked != NULL)
        app_follow(app, view, view->ops->clicked(view, app, value));
    if (command != NULL)
        app_command(app, (enum command)command->value);
    else if (back != NULL)
        go_back(app, back->value);
    else if (again && app->top == view && !app->asking)
        open_line(app);
    app_key_ends(app);
}

void app_wheel(struct app *app, int direction)
{
    if (app->pasting || (app->asking && app->live.unused == NULL))
        return;
    for (int i = 0; i < WHEEL_LINES; i++)
        app_key(app, direction < 0 ? KEYS_UP : KEYS_DOWN);
}
