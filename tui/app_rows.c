/* What all lists of rows share: the layout of their columns, and the marks (view.h). */
#include "tui/app_own.h"

const struct col_layout *app_layout(const struct app *app)
{
    return app->layout;
}

void app_set_layout(struct app *app, const struct col_layout *layout)
{
    const struct col_layout *before = app->layout;
    app->layout = col_layout_ref(layout);
    col_layout_unref(before);
    app->dirty = true;
}

const struct marks *app_marks(const struct app *app, const struct table *t)
{
    return app->marked == t ? &app->marks : NULL;
}

void app_unmark_all(struct app *app)
{
    marks_release(&app->marks);
    table_unref(app->marked);
    app->marked = NULL;
    app->dirty = true;
}

struct marks *app_marks_for(struct app *app, const struct table *t, struct err *err)
{
    if (app->marked != t)
        app_unmark_all(app);
    if (marks_reserve(&app->marks, t->n_rows, err) != 0)
        return NULL;
    if (app->marked == NULL)
        app->marked = table_ref(t);
    app->dirty = true;
    return &app->marks;
}
