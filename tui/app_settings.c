/* Commands that change how things are shown, and the one that saves it. */
#include "tui/app_own.h"

/* Where the zone is UTC there is nothing local to show. */
void app_next_time_style(struct app *app)
{
    bool zone = strcmp(time_zone_name(), "UTC") != 0;
    app->view.time = app->view.time == TIME_AS_UTC     ? (zone ? TIME_AS_LOCAL : TIME_AS_EPOCH)
                     : app->view.time == TIME_AS_LOCAL ? TIME_AS_EPOCH
                                                       : TIME_AS_UTC;
    if (app->view.time == TIME_AS_LOCAL)
        app_say(app, "times are in the zone %s", time_zone_name());
    else
        app_say(app,
                app->view.time == TIME_AS_UTC ? "times are UTC" : "times are seconds since 1970");
}

/* A layout that does not fit stays as the file has it: false then. */
static bool settle_columns(struct app *app)
{
    struct buf text = BUF_INIT;
    bool fits;
    col_layout_write(&text, app->layout);
    fits = !text.failed && text.len < sizeof app->view.layout;
    if (fits)
        (void)snprintf(app->view.layout, sizeof app->view.layout, "%s", buf_text(&text));
    buf_release(&text);
    return fits;
}

void app_save_settings(struct app *app)
{
    struct err err = ERR_INIT;
    char path[4096];
    bool all = settle_columns(app);
    int rc;
    app_keep_theme(app); /* what is seen is what is saved */
    rc = settings_save(&app->view, path, sizeof path, &err);
    if (rc < 0)
        app_fail(app, &err);
    else if (!all)
        app_warn(app, "the columns are too many for a line of settings; all else is saved");
    else if (rc > 0)
        app_say(app, "nothing to save: every setting is the default");
    else
        app_say(app, "settings are saved in %s", path);
}

void app_open_themes(struct app *app)
{
    struct err err = ERR_INIT;
    struct view *view = themes_view_new(app, &err);
    if (view != NULL)
        app_push(app, view);
    else
        app_fail(app, &err);
}
