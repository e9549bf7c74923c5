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

/* A layout that does not fit stays as the file has it. */
static void settle_columns(struct app *app)
{
    struct buf text = BUF_INIT;
    col_layout_write(&text, app->layout);
    if (!text.failed && text.len < sizeof app->view.layout)
        (void)snprintf(app->view.layout, sizeof app->view.layout, "%s", buf_text(&text));
    else
        app_warn(app, "the columns are too many for a line of settings");
    buf_release(&text);
}

void app_save_settings(struct app *app)
{
    struct err err = ERR_INIT;
    char path[4096];
    settle_columns(app);
    app_keep_theme(app); /* what is seen is what is saved */
    if (settings_save(&app->view, path, sizeof path, &err) != 0)
        app_fail(app, &err);
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
