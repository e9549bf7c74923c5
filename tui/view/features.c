/* The hypothesis as it stands, and changing it: `f` on the clusters screen.
 *
 * DESIGN
 * 1. All changes are made to a draft. The application's recipe takes them when the user runs it, at
 *    once and as a whole; leaving drops them, after a question.
 * 2. What was typed and is not taken stays on the screen with the reason, and in the prompt. */
#include "tui/view/features.h"

#include <sys/stat.h>

#include "core/base/mem.h"
#include "core/recipe/expr.h"

/* ---- typing ---- */

static void forget_refused(struct features_view *v)
{
    buf_clear(&v->refused);
    v->why = (struct err)ERR_INIT;
}

/* Keeps what was typed and why it is not taken, and asks again. */
static unsigned refuse(struct features_view *v, struct app *app, struct span text,
                       const struct err *why, const char *label, ask_fn *again)
{
    buf_clear(&v->refused);
    buf_add_span(&v->refused, text);
    v->why = *why;
    app_ask(app, &v->head, label, buf_text(&v->refused), ASK_NO_HISTORY, again);
    return VIEW_REDRAW;
}

/* What was typed as a string; NULL and an error when it is none. */
static char *string_of(struct span text, struct err *err)
{
    char *copy = NULL;
    if (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL)
        (void)err_set(err, ERR_USAGE, "this holds NUL bytes");
    else if ((copy = mem_copy(text.ptr, text.len)) == NULL)
        (void)err_memory(err, "what was typed");
    return copy;
}

/* ---- what stands on a line ---- */

static unsigned say_if(struct app *app, int rc, const struct err *err)
{
    if (rc != 0 && err->code == ERR_USAGE)
        app_say(app, "%s", err->text);
    else if (rc != 0)
        app_fail(app, err);
    return VIEW_REDRAW;
}

static unsigned switch_line(struct features_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    return say_if(app, draft_switch(&v->draft, (size_t)v->port.sel, &err), &err);
}

static unsigned weigh(struct features_view *v, struct app *app, bool more)
{
    struct err err = ERR_INIT;
    return say_if(app, draft_weigh(&v->draft, (size_t)v->port.sel, more, &err), &err);
}

static unsigned remove_line(struct features_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    int rc = draft_remove(&v->draft, (size_t)v->port.sel, &err);
    viewport_resize(&v->port, v->draft.n, v->port.height);
    return say_if(app, rc, &err);
}

#define ADD_LABEL "add features: "

static unsigned added(struct view *view, struct app *app, struct span text)
{
    struct features_view *v = (struct features_view *)view;
    struct err err = ERR_INIT;
    char *list;
    size_t at = 0;
    int rc = -1;
    forget_refused(v);
    text = span_trim(text);
    if (text.len == 0)
        return VIEW_REDRAW;
    list = string_of(text, &err);
    if (list != NULL)
        rc = draft_add(&v->draft, list, &v->table->schema, &at, &err);
    mem_free(list);
    if (rc != 0)
        return refuse(v, app, text, &err, ADD_LABEL, added);
    viewport_resize(&v->port, v->draft.n, v->port.height);
    viewport_to(&v->port, at);
    return VIEW_REDRAW;
}

/* ---- rows, unit, k ---- */

#define WHERE_LABEL "where: "

/* Whether the log can be asked this. */
static int check_where(const struct features_view *v, const char *where, struct err *err)
{
    struct expr *e;
    int rc;
    if (span_trim(span_of(where)).len == 0)
        return 0;
    e = expr_parse(span_of(where), EXPR_STRICT, err);
    rc = e == NULL ? -1 : expr_bind(e, &v->table->schema, NULL, err);
    expr_free(e);
    return rc;
}

static unsigned where_typed(struct view *view, struct app *app, struct span text)
{
    struct features_view *v = (struct features_view *)view;
    struct err err = ERR_INIT;
    char *where = string_of(text, &err);
    int rc = -1;
    forget_refused(v);
    if (where != NULL && strcmp(where, v->draft.recipe.where) == 0)
        rc = 0;
    else if (where != NULL && check_where(v, where, &err) == 0 &&
             recipe_set_where(&v->draft.recipe, where, &err) == 0)
        rc = draft_touch(&v->draft, &err);
    mem_free(where);
    return rc == 0 ? VIEW_REDRAW : refuse(v, app, text, &err, WHERE_LABEL, where_typed);
}

#define K_LABEL "number of clusters: "

static unsigned k_typed(struct view *view, struct app *app, struct span text)
{
    struct features_view *v = (struct features_view *)view;
    struct err err = ERR_INIT;
    uint32_t before = v->draft.recipe.k;
    char *k = string_of(span_trim(text), &err);
    int rc = k == NULL ? -1 : recipe_set_k(&v->draft.recipe, k, &err);
    forget_refused(v);
    mem_free(k);
    if (v->draft.recipe.k != before)
        v->draft.changed = true; /* another k is no other recipe */
    return rc == 0 ? VIEW_REDRAW : refuse(v, app, text, &err, K_LABEL, k_typed);
}

static unsigned ask_k(struct features_view *v, struct app *app)
{
    char number[16];
    (void)snprintf(number, sizeof number, "%u", v->draft.recipe.k);
    app_ask(app, &v->head, K_LABEL, number, ASK_NO_HISTORY, k_typed);
    return VIEW_REDRAW;
}

static unsigned next_unit(struct features_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    enum unit *unit = &v->draft.recipe.unit;
    *unit = *unit == UNIT_CONNECTION ? UNIT_PAIR : *unit == UNIT_PAIR ? UNIT_HOST : UNIT_CONNECTION;
    return say_if(app, draft_touch(&v->draft, &err), &err);
}

/* ---- running, leaving ---- */

bool draft_run(struct app *app, const struct draft *d)
{
    struct recipe *now = app_recipe(app), before = *now, next;
    struct err err = ERR_INIT;
    if (draft_usable(d) == 0) {
        app_warn(app, "the log has the fields of none of these features: switch another one on");
        return false;
    }
    if (draft_recipe(d, &next, &err) != 0) {
        (void)say_if(app, -1, &err);
        return false;
    }
    if (recipe_check(&next, &err) != 0) {
        recipe_release(&next);
        (void)say_if(app, -1, &err);
        return false;
    }
    *now = next;
    if (!app_cluster(app)) { /* and it says why */
        *now = before;
        recipe_release(&next);
        return false;
    }
    recipe_release(&before);
    return true;
}

static unsigned run(struct features_view *v, struct app *app)
{
    return draft_run(app, &v->draft) ? VIEW_CLOSE : VIEW_REDRAW;
}

static unsigned leave(struct view *view, struct app *app, bool yes)
{
    (void)view;
    (void)app;
    return yes ? VIEW_CLOSE : VIEW_REDRAW;
}

static unsigned back(struct features_view *v, struct app *app)
{
    if (!v->draft.changed)
        return VIEW_CLOSE;
    app_confirm(app, &v->head, "these changes have not run: drop them?", leave);
    return VIEW_REDRAW;
}

/* ---- saving ---- */

#define SAVE_LABEL "save as recipe: "

static unsigned save(struct features_view *v, struct app *app, bool force)
{
    struct recipe r;
    struct err err = ERR_INIT;
    char path[RECIPE_FILE_BYTES];
    if (draft_recipe(&v->draft, &r, &err) != 0)
        return say_if(app, -1, &err);
    if (recipe_file_path(v->save_as, path, sizeof path, &err) != 0 ||
        recipe_file_save(&r, v->save_as, force, &err) != 0 ||
        recipe_rename(&v->draft.recipe, v->save_as, path, &err) != 0)
        app_fail(app, &err);
    else if (app_hypothesis(app)->n_excluded > 0)
        app_say(app, "saved without what is excluded: -r %s uses it", v->save_as);
    else
        app_say(app, "saved: -r %s uses it; %s", v->save_as, path);
    recipe_release(&r);
    return VIEW_REDRAW;
}

static unsigned save_confirmed(struct view *view, struct app *app, bool yes)
{
    if (yes)
        return save((struct features_view *)view, app, true);
    app_say(app, "not saved");
    return VIEW_REDRAW;
}

static unsigned save_named(struct view *view, struct app *app, struct span text)
{
    struct features_view *v = (struct features_view *)view;
    char path[RECIPE_FILE_BYTES], question[RECIPE_NAME_MAX + 64];
    struct err err = ERR_INIT;
    struct stat st;
    char *name;
    forget_refused(v);
    text = span_trim(text);
    name = string_of(text, &err);
    if (name == NULL || recipe_file_path(name, path, sizeof path, &err) != 0) {
        mem_free(name);
        return refuse(v, app, text, &err, SAVE_LABEL, save_named);
    }
    (void)snprintf(v->save_as, sizeof v->save_as, "%s", name);
    mem_free(name);
    if (lstat(path, &st) == 0)
        (void)snprintf(question, sizeof question, "%s exists: overwrite it?", v->save_as);
    else if (recipe_builtin_text(v->save_as) != NULL)
        (void)snprintf(question, sizeof question, "%s is built in: put yours in its place?",
                       v->save_as);
    else
        return save(v, app, false);
    app_confirm(app, view, question, save_confirmed);
    return VIEW_REDRAW;
}

/* A name of one's own: never that of a built-in recipe, unless it is typed. */
static unsigned ask_save(struct features_view *v, struct app *app)
{
    const char *name = v->draft.recipe.name;
    size_t len = strlen(name), end = sizeof DRAFT_SUFFIX - 1;
    char bare[RECIPE_NAME_MAX + 1], offered[RECIPE_NAME_MAX + 8];
    if (len >= end && strcmp(name + len - end, DRAFT_SUFFIX) == 0)
        len -= end;
    (void)snprintf(bare, sizeof bare, "%.*s", (int)(len > RECIPE_NAME_MAX ? RECIPE_NAME_MAX : len),
                   name);
    (void)snprintf(offered, sizeof offered, "%s%s", recipe_builtin_text(bare) != NULL ? "my-" : "",
                   bare);
    app_ask(app, &v->head, SAVE_LABEL, offered, ASK_NO_HISTORY, save_named);
    return VIEW_REDRAW;
}

/* ---- another recipe ---- */

/* Ids of the list: built-in ones first, then the user's own. */
static const char *recipe_by_id(const struct features_view *v, unsigned id)
{
    const char *const *builtin = recipe_builtin_names();
    size_t n = 0;
    for (; builtin[n] != NULL; n++)
        if (n == id)
            return builtin[n];
    return id - n < v->names.n ? v->names.name[id - n] : NULL;
}

static unsigned recipe_chosen(struct view *view, struct app *app, unsigned id)
{
    struct features_view *v = (struct features_view *)view;
    const char *name = recipe_by_id(v, id);
    struct recipe r;
    struct draft draft;
    struct err err = ERR_INIT;
    if (name == NULL)
        return VIEW_REDRAW;
    if (recipe_load(&r, name, &err) != 0) {
        app_fail(app, &err);
        return VIEW_REDRAW;
    }
    if (draft_init(&draft, &r, &v->table->schema, &err) == 0) {
        draft_release(&v->draft);
        v->draft = draft;
        v->draft.changed = true;
        viewport_resize(&v->port, v->draft.n, v->port.height);
        viewport_to(&v->port, 0);
        forget_refused(v);
    } else {
        app_fail(app, &err);
    }
    recipe_release(&r);
    return VIEW_REDRAW;
}

/* The name, and what the recipe says of itself. */
static int add_recipe(struct view *list, unsigned id, const char *name, const char *note,
                      struct err *err)
{
    struct buf text = BUF_INIT;
    struct err wrong = ERR_INIT;
    struct recipe r;
    int rc;
    buf_add_text(&text, name);
    if (recipe_load(&r, name, &wrong) == 0) {
        if (r.about[0] != '\0')
            buf_printf(&text, ": %s", r.about);
        recipe_release(&r);
    } else {
        note = "cannot be read";
    }
    rc = text.failed ? err_memory(err, "the list of recipes")
                     : choice_view_add(list, id, "", buf_span(&text), note, err);
    buf_release(&text);
    return rc;
}

static bool is_own(const struct features_view *v, const char *name)
{
    for (size_t i = 0; i < v->names.n; i++)
        if (strcmp(v->names.name[i], name) == 0)
            return true;
    return false;
}

static int fill_recipes(struct features_view *v, struct view *list, struct err *err)
{
    const char *const *builtin = recipe_builtin_names();
    unsigned id = 0;
    for (; builtin[id] != NULL; id++)
        if (!is_own(v, builtin[id]) && add_recipe(list, id, builtin[id], "built in", err) != 0)
            return -1;
    for (size_t i = 0; i < v->names.n; i++)
        if (add_recipe(list, id + (unsigned)i, v->names.name[i], "yours", err) != 0)
            return -1;
    return 0;
}

static unsigned open_recipes(struct features_view *v, struct app *app)
{
    struct err err = ERR_INIT;
    struct view *list;
    recipe_names_release(&v->names);
    if (recipe_file_names(&v->names, &err) != 0)
        return say_if(app, -1, &err);
    list = choice_view_new(&v->head, "another recipe", recipe_chosen, &err);
    if (list != NULL && fill_recipes(v, list, &err) != 0) {
        list->ops->close(list, app);
        list = NULL;
    }
    return view_push(app, list, &err);
}

static unsigned recipes_confirmed(struct view *view, struct app *app, bool yes)
{
    return yes ? open_recipes((struct features_view *)view, app) : VIEW_REDRAW;
}

static unsigned choose_recipe(struct features_view *v, struct app *app)
{
    if (!v->draft.changed)
        return open_recipes(v, app);
    app_confirm(app, &v->head, "another recipe drops what was changed here: go on?",
                recipes_confirmed);
    return VIEW_REDRAW;
}

/* ---- the view ---- */

static unsigned command(struct view *view, struct app *app, enum command cmd)
{
    struct features_view *v = (struct features_view *)view;
    forget_refused(v);
    if (viewport_command(&v->port, cmd))
        return VIEW_REDRAW;
    switch (cmd) {
    case CMD_SWITCH:
        return switch_line(v, app);
    case CMD_HEAVIER:
        return weigh(v, app, true);
    case CMD_LIGHTER:
        return weigh(v, app, false);
    case CMD_ADD:
        app_ask(app, view, ADD_LABEL, "", ASK_NO_HISTORY, added);
        return VIEW_REDRAW;
    case CMD_REMOVE:
        return remove_line(v, app);
    case CMD_WHERE:
        app_ask(app, view, WHERE_LABEL, v->draft.recipe.where, ASK_NO_HISTORY, where_typed);
        return VIEW_REDRAW;
    case CMD_UNIT:
        return next_unit(v, app);
    case CMD_SET_K:
        return ask_k(v, app);
    case CMD_RUN:
        return run(v, app);
    case CMD_SAVE:
        return ask_save(v, app);
    case CMD_RECIPE:
        return choose_recipe(v, app);
    case CMD_BACK:
        return back(v, app);
    case CMD_ESCAPE:
    case CMD_LEFT:
    case CMD_RIGHT:
        return VIEW_REDRAW;
    default:
        return VIEW_NOT_MINE;
    }
}

static void draw(struct view *view, struct app *app, struct area a)
{
    features_draw((struct features_view *)view, app, a);
}

static void crumb(const struct view *view, const struct app *app, struct buf *out)
{
    (void)view;
    (void)app;
    buf_add_text(out, "features");
}

static const char *hint(const struct view *view, const struct app *app)
{
    (void)app;
    return ((const struct features_view *)view)->draft.changed
               ? "r runs with these changes; q asks before it drops them"
               : "Space switches a feature on or off; r runs again with what stands here";
}

static void close_features(struct view *view, struct app *app)
{
    struct features_view *v = (struct features_view *)view;
    (void)app;
    draft_release(&v->draft);
    buf_release(&v->refused);
    recipe_names_release(&v->names);
    table_unref(v->table);
    mem_free(v);
}

static const struct view_ops ops = {
    .name = "features",
    .where = IN_FEATURES,
    .close = close_features,
    .draw = draw,
    .command = command,
    .crumb = crumb,
    .hint = hint,
};

struct view *features_view_new(struct app *app, struct err *err)
{
    const struct table *t = engine_table(app_engine(app));
    struct features_view *v = mem_zalloc(1, sizeof *v);
    if (v == NULL) {
        (void)err_memory(err, "the screen of features");
        return NULL;
    }
    if (draft_init(&v->draft, app_recipe(app), &t->schema, err) != 0) {
        mem_free(v);
        return NULL;
    }
    v->head.ops = &ops;
    v->table = table_ref(t);
    viewport_resize(&v->port, v->draft.n, 0);
    return &v->head;
}
