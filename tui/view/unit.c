/* What is clustered, from a short list: `U` on the clusters screen. The screen of features changes it
 * together with everything else. */
#include "tui/view/clusters.h"

#include "tui/model/draft.h"

static const struct {
    enum unit unit;
    const char *name, *about;
} units[] = {{UNIT_CONNECTION, "connections", "each row by itself"},
             {UNIT_PAIR, "pairs", "originator, responder, port, protocol"},
             {UNIT_HOST, "hosts", "each originator with all its rows"}};

static unsigned chosen(struct view *view, struct app *app, unsigned id)
{
    struct clusters_view *v = (struct clusters_view *)view;
    const struct table *t = engine_table(app_engine(app));
    struct draft draft;
    struct err err = ERR_INIT;
    if (app_recipe(app)->unit == units[id].unit) {
        app_say(app, "%s are what is clustered now; r runs again", units[id].name);
        return VIEW_REDRAW;
    }
    if (draft_init(&draft, app_recipe(app), &t->schema, &err) != 0) {
        app_fail(app, &err);
        return VIEW_REDRAW;
    }
    draft.recipe.unit = units[id].unit;
    if (engine_state(app_engine(app)) == ENGINE_READY)
        clusters_remember(v, engine_clustering(app_engine(app)));
    if (draft_touch(&draft, &err) != 0)
        app_fail(app, &err);
    else
        (void)draft_run(app, &draft);
    draft_release(&draft);
    return VIEW_REDRAW;
}

unsigned unit_ask(struct clusters_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    struct view *list;
    if (engine_table(app_engine(app)) == NULL) {
        app_say(app, "there are no rows yet");
        return VIEW_REDRAW;
    }
    list = choice_view_new(&v->head, "what is clustered, and run again", chosen, &err);
    for (unsigned i = 0; list != NULL && i < ARRAY_LEN(units); i++) {
        char text[96];
        (void)snprintf(text, sizeof text, "%s: %s", units[i].name, units[i].about);
        if (choice_view_add(list, i, "", span_of(text),
                            units[i].unit == app_recipe(app)->unit ? "now" : "", &err) != 0) {
            list->ops->close(list, app);
            list = NULL;
        }
    }
    return view_push(app, list, &err);
}
