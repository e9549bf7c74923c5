/* Keys that are typed ahead: a view whose contents are on their way keeps them, and they are given when it
 * can act on what the analyst meant.
 *
 * DESIGN
 * 1. Keys are kept, not commands: the first may open another view or a prompt, and those behind it mean
 *    what they mean there.
 * 2. What does not depend on the contents is done at once: stopping, leaving, help, drawing anew. Leaving
 *    waits only when a key before it is to open something, for that is then what is left.
 * 3. They are given once the view has been drawn with its contents; when those do not come, or another
 *    view comes on top in between, they are dropped: they would act on something else. */
#include "tui/app_own.h"

void app_forget_ahead(struct app *app)
{
    app->n_ahead = 0;
}

static bool waits(const struct app *app, uint32_t key)
{
    return app->top->ops->waits != NULL &&
           app->top->ops->waits(app->top, command_of_key(key, app->top->ops->where));
}

/* Whether a key that is kept moves the selection and does nothing else. */
static bool only_moves(enum command command)
{
    switch (command) {
    case CMD_UP:
    case CMD_DOWN:
    case CMD_LEFT:
    case CMD_RIGHT:
    case CMD_PAGE_UP:
    case CMD_PAGE_DOWN:
    case CMD_HALF_UP:
    case CMD_HALF_DOWN:
    case CMD_FIRST:
    case CMD_LAST:
        return true;
    default:
        return false;
    }
}

/* Whether all that is kept moves: else what comes behind it may be for something else than this view. */
static bool stays_here(const struct app *app)
{
    for (size_t i = 0; i < app->n_ahead; i++)
        if (!only_moves(command_of_key(app->ahead[i], app->top->ops->where)))
            return false;
    return true;
}

static bool at_once(const struct app *app, enum command command)
{
    switch (command) {
    case CMD_CANCEL:
    case CMD_REDRAW:
    case CMD_SUSPEND:
        return true;
    case CMD_QUIT:
    case CMD_BACK:
        return stays_here(app);
    case CMD_HELP:
    case CMD_COMMANDS:
    case CMD_COLOR_THEMES:
    case CMD_TIME:
    case CMD_SAVE_SETTINGS:
    case CMD_GO_BACK:
    case CMD_GO_FORWARD:
    case CMD_NONE:
        return app->n_ahead == 0;
    default:
        return false;
    }
}

bool app_keep_ahead(struct app *app, uint32_t key)
{
    enum command command = command_of_key(key, app->top->ops->where);
    if (app->ahead_of != app->top)
        app->n_ahead = 0;
    if (app->giving_ahead || (app->n_ahead == 0 && !waits(app, key)))
        return false;
    app->ahead_of = app->top;
    if (command == CMD_ESCAPE || command == CMD_CANCEL)
        app->n_ahead = 0;
    if (command == CMD_ESCAPE || at_once(app, command))
        return command != CMD_ESCAPE ? false : true;
    if (app->n_ahead < ARRAY_LEN(app->ahead))
        app->ahead[app->n_ahead++] = key;
    else
        app_say(app, "too many keys at once: wait until this is here");
    return true;
}

/* Each is taken off before it is given: what it does may drop the rest. */
void app_give_ahead(struct app *app)
{
    if (app->n_ahead == 0 || app->dirty || (app->ahead_of == app->top && waits(app, app->ahead[0])))
        return;
    if (app->ahead_of != app->top)
        app_forget_ahead(app);
    app->giving_ahead = true;
    while (app->n_ahead > 0 && !app->quitting && (app->asking || !waits(app, app->ahead[0]))) {
        uint32_t key = app->ahead[0];
        app->n_ahead--;
        memmove(app->ahead, app->ahead + 1, app->n_ahead * sizeof app->ahead[0]);
        app_key(app, key);
        app->ahead_of = app->top;
    }
    app->giving_ahead = false;
}
