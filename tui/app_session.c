/* Leaving a log and coming back to it.
 *
 * DESIGN
 * 1. What is kept are names and numbers, as lines (model/session.h): how the log was read, then a part
 *    for each view of the stack, the first one at the bottom. Each view writes and reads its own.
 * 2. Coming back goes as the analyst would go: the recipe is the first that is fitted, a zoom starts
 *    another fit and the rest waits for that, lists are opened and collect their rows. `resuming` says
 *    that parts are left, `resume_top` is the view that they go on: when the user has moved on
 *    meanwhile, the rest is dropped.
 *    A cluster that was left out by its rows is found again by a fit of its own, before all else.
 * 3. A cluster is the same when its number has as many rows as then. Rows by their place only count
 *    in a log that has not changed.
 * 4. A session is written once, when the loop has ended: at a quit, and at a hangup or a request to
 *    terminate, which end the loop as a quit does. It is not written while parts are left, nor when
 *    nothing was done. */
#include "tui/app_own.h"

#include "core/base/log.h"
#include "core/base/number.h"
#include "tui/model/resume.h"
#include "tui/session_file.h"
#include "tui/view/views.h"

/* ---- leaving ---- */

/* What the files were when they were read. Source of the mixing: FNV-1a. */
static uint64_t fingerprint(const struct table *t)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < t->n_inputs; i++) {
        const struct input *in = &t->input[i];
        if (in->state <= INPUT_PARTIAL) {
            h = (h ^ in->size) * 0x100000001b3u;
            h = (h ^ (uint64_t)in->mtime_ns) * 0x100000001b3u;
            h = (h ^ in->rows_loaded) * 0x100000001b3u;
        }
    }
    return h;
}

static void keep_views(struct app *app, struct view *view, struct session *out)
{
    if (view->below != NULL)
        keep_views(app, view->below, out);
    if (view->ops->keep != NULL)
        view->ops->keep(view, app, out);
}

void app_session_keep(struct app *app)
{
    const struct table *t = app->engine == NULL ? NULL : engine_table(app->engine);
    struct session s = {.line = NULL};
    struct buf columns = BUF_INIT;
    struct err err = ERR_INIT;
    if (app->top == NULL || t == NULL || app->resuming || !app->view.session ||
        (!app->touched && app->opts->session == NULL) ||
        (t->partial && app->opts->session != NULL)) /* a part of the log is no news about it */
        return;
    if (session_add_paths(&s, app->opts->load.path, app->opts->load.n_paths)) {
        session_join(&s, app->opts->asked);
        session_printf(&s, "rows", "%llu", (unsigned long long)t->n_rows);
        session_printf(&s, "log", "%llu", (unsigned long long)fingerprint(t));
        col_layout_write(&columns, app->layout);
        s.failed = s.failed || columns.failed;
        session_add(&s, "columns", buf_span(&columns));
        marks_keep(app_marks(app, t), &s);
        keep_views(app, app->top, &s);
        if (session_keep(&s, &err) != 0)
            log_line("not kept: %s", err.text);
    }
    session_release(&s);
    buf_release(&columns);
}

/* ---- coming back ---- */

static void take_columns(struct app *app)
{
    const struct col_layout *layout = NULL;
    struct err err = ERR_INIT;
    struct span text;
    if (!session_value(session_head(app->opts->session), "columns", &text))
        return;
    if (col_layout_parse(&layout, text, &err) == 0)
        app_set_layout(app, layout);
    else
        notices_add(&app->notices, "the columns that were kept are not used: %s", err.text);
    col_layout_unref(layout);
}

/* ---- clusters that were left out by their rows ---- */

static void is_back(struct app *app, struct span text)
{
    notices_add(&app->notices, "%.*s was excluded by its rows, which are back", (int)text.len,
                text.ptr);
}

/* The recipe that finds the next of them; behind the last what is to be shown in the end. */
static void next_left_out(struct app *app)
{
    struct err err = ERR_INIT;
    struct left_out x;
    struct recipe r;
    for (; app->n_back < resume_n_left_out(app->part); app->n_back++) {
        if (resume_left_out(&x, app->part, app->n_back) &&
            resume_left_out_of(&r, app->part, app->n_back, &err) == 0) {
            recipe_release(&app->hypothesis.recipe);
            app->hypothesis.recipe = r;
            return;
        }
        is_back(app, x.text);
    }
    hypothesis_release(&app->hypothesis);
    app->hypothesis = app->goal;
    memset(&app->goal, 0, sizeof app->goal);
    app->leaving_out = false;
}

static void begin_to_leave_out(struct app *app)
{
    struct err err = ERR_INIT;
    struct hypothesis first;
    if (resume_n_left_out(app->part) == 0)
        return;
    if (hypothesis_init(&first, &app->hypothesis.recipe, &err) != 0) {
        notices_add(&app->notices, "clusters that were left out are back: %s", err.text);
        return;
    }
    app->goal = app->hypothesis;
    app->hypothesis = first;
    app->leaving_out = true;
    next_left_out(app);
}

/* Whether the fit has ended that finds the next of them. One that was stopped before there was anything goes
 * on when the user clusters again. */
static bool has_ended(const struct app *app)
{
    enum err_code how = engine_last(app->engine, NULL)->code;
    return engine_table(app->engine) != NULL &&
           (engine_clustering(app->engine) != NULL || (how != ERR_OK && how != ERR_CANCELLED));
}

/* The clustering that the next of them is one of is there; or the one before it, and why. */
static void leave_out(struct app *app, const struct clustering *c, const struct table *t)
{
    struct err err = ERR_INIT;
    struct left_out x;
    bool known = resume_left_out(&x, app->part, app->n_back);
    if (!known || engine_last(app->engine, NULL)->code != ERR_OK || x.number > c->k ||
        c->profile[x.number - 1].rows != x.rows ||
        hypothesis_exclude(&app->hypothesis, c, t, x.number, EXCLUDE_CLUSTER, &err) != 0 ||
        hypothesis_exclude(&app->goal, c, t, x.number, EXCLUDE_CLUSTER, &err) != 0)
        is_back(app, x.text);
    app->n_back++;
    next_left_out(app);
    (void)app_cluster(app);
}

void app_session_begin(struct app *app)
{
    if (app->opts->session == NULL)
        return;
    take_columns(app);
    app->part = session_head(app->opts->session);
    app->resuming = session_next(&app->part);
    if (app->resuming)
        resume_excluded(&app->hypothesis, app->part, &app->notices);
    if (app->resuming)
        begin_to_leave_out(app);
}

struct view *app_view_of(struct app *app, const struct resumed *r, struct err *err)
{
    static const struct {
        const char *name;
        resume_fn *open;
    } views[] = {{"rows", rows_view_resume},           {"row", row_view_resume},
                 {"address", address_view_resume},     {"members", members_view_resume},
                 {"files", files_view_resume},         {"heat", heat_view_resume},
                 {"histogram", histogram_view_resume}, {"timeline", timeline_view_resume},
                 {"scatter", scatter_view_resume}};
    for (size_t i = 0; i < ARRAY_LEN(views); i++)
        if (session_is(r->part, "view", views[i].name))
            return views[i].open(app, r, err);
    return NULL;
}

static bool log_is_same(const struct app *app, const struct table *t, uint64_t *rows)
{
    uint64_t log;
    struct session_part head = session_head(app->opts->session);
    *rows = 0;
    return session_number(head, "rows", UINT64_MAX, rows) && *rows == t->n_rows &&
           session_number(head, "log", UINT64_MAX, &log) && log == fingerprint(t);
}

static void say_how(struct app *app, bool same, uint64_t rows, bool lost)
{
    char then[32], now[32];
    app->resuming = false;
    if (!same)
        notices_add(&app->notices,
                    "the log has changed: %s then, %s now; what still fits is as it was",
                    number_of(rows, "row", then, sizeof then),
                    number_grouped(engine_table(app->engine)->n_rows, now, sizeof now));
    else if (lost)
        notices_add(&app->notices, "what was open does not fit any more: the rest is as it was");
    else if (app->message_kind == MESSAGE_NONE && app->notices_said == app->notices.n)
        app_say(app, "back where this log was left");
    app_say_next_notice(app); /* or behind those that are not read yet */
}

/* Rows by their numbers: of the same log alone. */
static void take_marks(struct app *app, const struct table *t)
{
    struct session_part head = session_head(app->opts->session);
    struct err err = ERR_INIT;
    struct marks *marks;
    uint64_t n;
    char number[32];
    if (session_number(head, "marks-lost", UINT64_MAX, &n))
        notices_add(&app->notices, "%s rows were marked: too many to be kept",
                    number_grouped(n, number, sizeof number));
    if (!resume_has_marks(head))
        return;
    if (!log_is_same(app, t, &n))
        notices_add(&app->notices, "rows that were marked are not any more");
    else if ((marks = app_marks_for(app, t, &err)) != NULL)
        resume_marks(marks, head);
    else
        app_fail(app, &err);
}

/* Who opens a log anew gets to know that there is a way back. */
static void tell_once(struct app *app)
{
    if (app->session_told || app->work != WORK_NONE || engine_clustering(app->engine) == NULL)
        return;
    app->session_told = true;
    if (app->opts->session == NULL && app->view.session && app->message_kind == MESSAGE_NONE &&
        app->top->below == NULL && !app->asking &&
        session_exists(app->opts->load.path, app->opts->load.n_paths))
        app_say(app, "where this log was left is kept: --resume goes on there");
}

void app_session_go_on(struct app *app)
{
    struct resumed r = {.subject = {engine_table(app->engine), engine_clustering(app->engine)}};
    struct err err = ERR_INIT;
    struct view *view;
    uint64_t rows;
    bool lost = false;
    tell_once(app);
    if (!app->resuming || app->work != WORK_NONE)
        return;
    if (app->leaving_out && has_ended(app)) {
        leave_out(app, r.subject.clustering, r.subject.table);
        return;
    }
    if (app->leaving_out || r.subject.clustering == NULL)
        return;
    if (app->resume_top == NULL && app->top->below == NULL) {
        app->resume_top = app->top;
        take_marks(app, r.subject.table);
    }
    if (app->top != app->resume_top || app->asking) {
        app->resuming = false;
        return;
    }
    r.same_log = log_is_same(app, r.subject.table, &rows);
    r.part = app->part;
    clusters_view_resume(app->top, app, &r);
    while (!lost && session_next(&app->part)) {
        r.part = app->part;
        if (session_is(r.part, "view", "zoom")) {
            lost = app->top->ops != &view_clusters || /* as it may stand in a file of other hands */
                   !clusters_view_resume_zoom(app->top, app, &r);
            app->resume_top = app->top;
            if (!lost)
                return;
        } else {
            view = app_view_of(app, &r, &err);
            lost = view == NULL;
            if (!lost)
                app_push(app, view);
        }
    }
    say_how(app, r.same_log, rows, lost);
}
