/* Back and forward through what was looked at: `[` and `]`.
 *
 * DESIGN
 * 1. A place is the stack of views, from the clusters that it stands on: what each keeps of itself, as in
 *    a session. It is noted when it is left, by a view that comes on top or by the top one that goes, so
 *    that it comes back as it was. Views that keep nothing (help, lists to choose from) are no places:
 *    they are left as by `q`. From one chart to the next is a way like any other.
 * 2. Going to a place closes the views that it has not, and opens those that are not there again: no view,
 *    and no list of rows, is held for it. What is there stays as it is now: rows that were gone through
 *    from the view above them are where that led.
 * 3. Another clustering to stand on, a zoom or the way out of one, begins a new trail. */
#include "tui/app_own.h"
#include "tui/view/views.h"

static bool is_base(const struct view *view)
{
    return view->ops == &view_clusters;
}

static bool is_place(const struct view *view)
{
    return view->ops->keep != NULL;
}

/* ---- noting ---- */

static void keep_from_base(struct app *app, struct view *view, struct session *out)
{
    if (!is_base(view) && view->below != NULL)
        keep_from_base(app, view->below, out);
    if (is_place(view))
        view->ops->keep(view, app, out);
}

static void note_here(struct app *app)
{
    struct session place = {.line = NULL};
    keep_from_base(app, app->top, &place);
    if (!place.failed)
        trail_note(&app->trail, &place);
    session_release(&place);
}

/* Numbers of rows mean nothing in another reading of the log. */
static void look_at_table(struct app *app)
{
    const struct table *t = engine_table(app->engine);
    if (app->trail_table == t)
        return;
    trail_clear(&app->trail);
    table_unref(app->trail_table);
    app->trail_table = t == NULL ? NULL : table_ref(t);
}

void app_trail_push(struct app *app, const struct view *next)
{
    if (app->trail_still || app->top == NULL || app->quitting)
        return;
    look_at_table(app);
    if (is_base(next)) {
        trail_clear(&app->trail);
    } else if (is_place(next)) {
        note_here(app);
        trail_go_on(&app->trail);
    }
}

void app_trail_pop(struct app *app)
{
    if (app->trail_still || app->quitting || app->top->below == NULL)
        return;
    look_at_table(app);
    if (is_base(app->top)) {
        trail_clear(&app->trail);
    } else if (is_place(app->top)) {
        note_here(app);
        trail_go_on(&app->trail);
    }
}

/* ---- going ---- */

/* Whether two parts are of the same view, however it is shown. */
static bool part_same(struct session_part a, struct session_part b)
{
    static const char *const what[] = {"view",    "of",     "cluster", "cluster-rows",
                                       "address", "number", "unit",    "row"};
    for (size_t i = 0; i < ARRAY_LEN(what); i++) {
        struct span x = {"", 0}, y = {"", 0};
        if (session_value(a, what[i], &x) != session_value(b, what[i], &y) || !span_eq(x, y))
            return false;
    }
    return true;
}

/* How many parts behind the first, which is of the clusters, are the same in both. */
static size_t n_common(const struct session *a, const struct session *b)
{
    struct session_part x = session_head(a), y = session_head(b);
    size_t n = 0;
    if (!session_next(&x) || !session_next(&y))
        return 0;
    while (session_next(&x) && session_next(&y) && part_same(x, y))
        n++;
    return n;
}

static size_t n_places(const struct app *app)
{
    size_t n = 0;
    for (const struct view *v = app->top; !is_base(v); v = v->below)
        n += is_place(v);
    return n;
}

/* Opens the parts of a place behind those that are open. False when one is not there any more. */
static bool open_rest(struct app *app, const struct session *place, size_t open)
{
    struct resumed r = {.part = session_head(place),
                        .subject = {engine_table(app->engine), engine_clustering(app->engine)},
                        .same_log = true};
    struct err err = ERR_INIT;
    bool all = true;
    if (!session_next(&r.part))
        return false;
    if (is_base(app->top))
        clusters_view_resume(app->top, app, &r);
    for (size_t i = 0; session_next(&r.part); i++) {
        struct view *view = i < open ? NULL : app_view_of(app, &r, &err);
        if (view != NULL)
            app_push(app, view);
        all = all && (i < open || view != NULL);
    }
    return all;
}

static void go(struct app *app)
{
    const struct session *place = trail_here(&app->trail);
    struct session now = {.line = NULL};
    size_t common;
    bool all;
    keep_from_base(app, app->top, &now);
    common = n_common(&now, place);
    session_release(&now);
    app->trail_still = true;
    while (!is_base(app->top) && (!is_place(app->top) || n_places(app) > common))
        app_pop(app);
    all = open_rest(app, place, common);
    app->trail_still = false;
    if (!all)
        app_warn(app, "what was looked at here cannot be opened again as it was");
}

void app_trail_go(struct app *app, int by)
{
    look_at_table(app);
    if (!is_place(app->top)) { /* back to the place that it stands on; nothing is ahead of it */
        if (by < 0 && app->top->below != NULL)
            app_pop(app);
        else
            app_say(app, "nothing is ahead of this");
        return;
    }
    if (engine_table(app->engine) == NULL || engine_clustering(app->engine) == NULL) {
        app_say(app, "not before there are clusters");
        return;
    }
    note_here(app);
    if (trail_move(&app->trail, by))
        go(app);
    else
        app_say(app, by < 0 ? "this is where it began; [ goes back through what was looked at"
                            : "nothing is ahead: ] goes forward again after [");
    app->dirty = true;
}
