/* What the application asks of the engine for its views, and what happens when a job has ended.
 *
 * DESIGN
 * 1. At most one engine job runs; `work` says what it was started for. A fit that is asked for while
 *    one runs cancels it and starts when that has ended.
 * 2. A load that ends well starts the first fit. One that ends without a row leaves an empty screen;
 *    one that could not read ends the program. */
#include "tui/app_own.h"

#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/number.h"
#include "core/recipe/auto.h"

#define TRUST_RUNS        5
#define TRUST_FIT_SECONDS 10

struct engine *app_engine(const struct app *app)
{
    return app->engine;
}

struct recipe *app_recipe(struct app *app)
{
    return &app->hypothesis.recipe;
}

struct hypothesis *app_hypothesis(struct app *app)
{
    return &app->hypothesis;
}

const struct expr_env *app_expr_env(const struct app *app)
{
    return app->opts->env;
}

const struct verdicts *app_verdicts(const struct app *app)
{
    return app->verdicts;
}

void app_set_verdicts(struct app *app, const struct verdicts *v)
{
    v = verdicts_ref(v);
    verdicts_unref(app->verdicts);
    app->verdicts = v;
}

struct opinions **app_opinions(struct app *app)
{
    return &app->opinions;
}

struct settings *app_settings(struct app *app)
{
    return &app->view;
}

enum time_style app_time_style(const struct app *app)
{
    return app->view.time;
}

/* ---- starting jobs ---- */

/* Gives the engine what the hypothesis says, by one of its functions. */
typedef int give_fn(struct app *app, const struct cluster_opts *opts, struct err *err);

static int cluster(struct app *app, const struct cluster_opts *opts, struct err *err)
{
    return engine_cluster(app->engine, opts, err);
}

static int look_ahead(struct app *app, const struct cluster_opts *opts, struct err *err)
{
    return engine_look_ahead(app->engine, &app->opts->load, opts, err);
}

static int give(struct app *app, give_fn *to, struct err *err)
{
    struct recipe recipe;
    struct subset *subset;
    struct cluster_opts opts = {
        .recipe = &recipe, .env = app->opts->env, .verdicts = app->verdicts};
    int rc = hypothesis_fit(&app->hypothesis, &recipe, &subset, &opts.n_subsets, err);
    if (rc != 0)
        return rc;
    opts.subset = subset;
    rc = to(app, &opts, err);
    recipe_release(&recipe);
    mem_free(subset);
    return rc;
}

static bool start_cluster(struct app *app)
{
    struct err err = ERR_INIT;
    app->work = WORK_CLUSTER; /* the engine tells of its start before it returns */
    if (give(app, cluster, &err) != 0) {
        app->work = WORK_NONE;
        app_fail(app, &err);
        return false;
    }
    app->dirty = true;
    return true;
}

bool app_start_load(struct app *app)
{
    struct err err = ERR_INIT;
    if (give(app, look_ahead, &err) != 0)
        log_line("nothing early: %s", err.text);
    if (engine_load(app->engine, &app->opts->load, &app->hypothesis.recipe, &app->failure) != 0)
        return false;
    app->work = WORK_LOAD;
    return true;
}

bool app_cluster(struct app *app)
{
    if (app->work == WORK_CLUSTER) {
        app->cluster_again = true;
        engine_cancel(app->engine);
        return true;
    }
    if (app->work != WORK_NONE) {
        app_warn(app, "not while a %s runs; Ctrl-C stops it",
                 app->work == WORK_LOAD ? "load" : "write");
        return false;
    }
    return start_cluster(app);
}

bool app_export(struct app *app, const struct export_opts *opts)
{
    struct err err = ERR_INIT;
    if (app->work != WORK_NONE) {
        app_warn(app, "not while another job runs; Ctrl-C stops it");
        return false;
    }
    if (engine_export(app->engine, opts, &err) != 0) {
        app_fail(app, &err);
        return false;
    }
    (void)snprintf(app->export_path, sizeof app->export_path, "%s", opts->path);
    app->work = WORK_EXPORT;
    app->dirty = true;
    return true;
}

bool app_job(struct app *app, const struct view_job *job)
{
    struct err err = ERR_INIT;
    if (engine_view(app->engine, job, &err) != 0) {
        app_fail(app, &err);
        return false;
    }
    app->dirty = true;
    return true;
}

/* In the background, when nothing else is to be done: how far the result can be believed. What took
 * long to cluster is not clustered again unasked. */
static void start_trust(struct app *app)
{
    const struct clustering *c = engine_clustering(app->engine);
    struct err err = ERR_INIT;
    if (app->work == WORK_NONE && c != NULL && engine_trusted(app->engine) == NULL &&
        c->seconds < TRUST_FIT_SECONDS && !app->quitting &&
        engine_trust(app->engine, TRUST_RUNS, false, &err) != 0)
        log_line("no trust: %s", err.text);
}

void app_show(struct app *app, const struct clustering *c)
{
    if (app->work == WORK_CLUSTER)
        app->work = WORK_NONE;
    app->cluster_again = false;
    engine_show(app->engine, c);
    start_trust(app);
}

/* ---- how jobs end ---- */

/* What the rows that are here do not tell: which inputs could not be read to their end, and why. */
static void tell_load(struct app *app, const struct table *t)
{
    size_t n = 0;
    const char *problem = NULL;
    for (size_t i = 0; i < t->n_inputs; i++) {
        if (t->input[i].problem == NULL || t->input[i].state == INPUT_SKIPPED)
            continue;
        problem = n++ == 0 ? t->input[i].problem : problem;
    }
    if (problem != NULL && n > 1)
        app_warn(app, "%s  (and %zu more inputs)", problem, n - 1);
    else if (problem != NULL)
        app_warn(app, "%s", problem);
    else if (t->partial)
        app_warn(app, "stopped: only the rows before that are here (partial)");
}

static void load_ended(struct app *app, const struct err *how)
{
    if (engine_table(app->engine) == NULL) {
        /* The first screen says that there is no row; what cannot be read is for the shell to say. */
        app->failure = *how;
        if (how->code != ERR_DATA)
            app_quit(app, err_exit_status(how));
        return;
    }
    tell_load(app, engine_table(app->engine));
    recipe_settle(app_recipe(app), &engine_table(app->engine)->schema);
    (void)start_cluster(app);
}

/* Features that were chosen from the log stay chosen: they are what the features screen changes, and
 * what a zoom looks by. */
static void keep_choice(struct app *app)
{
    const struct clustering *c = engine_clustering(app->engine);
    struct recipe *r = app_recipe(app);
    struct err err = ERR_INIT;
    if (recipe_has_auto(r) && strcmp(r->name, c->recipe.name) == 0 &&
        recipe_take_features(r, &c->recipe, &err) != 0)
        app_fail(app, &err);
}

static void cluster_ended(struct app *app, const struct err *how)
{
    bool again = app->cluster_again;
    app->cluster_again = false;
    if (again) { /* whatever became of the one before: what was asked for since is another */
        (void)start_cluster(app);
        return;
    }
    if (how->code == ERR_CANCELLED && engine_clustering(app->engine) != NULL)
        app_say(app, "stopped; the clustering before it stays");
    else if (how->code != ERR_CANCELLED && engine_clustering(app->engine) == NULL &&
             app->top != NULL && app->top->below == NULL)
        log_line("nothing is clustered: %s", how->text); /* the first screen says why */
    else
        app_fail(app, how);
    if (how->code == ERR_OK)
        keep_choice(app);
}

static void export_ended(struct app *app, const struct err *how)
{
    const struct export_result *result = engine_last_export(app->engine);
    char rows[32], bytes[16], gone[32];
    if (how->code == ERR_CANCELLED)
        app_say(app, "stopped; nothing was written");
    else if (how->code != ERR_OK || result == NULL)
        app_fail(app, how);
    else if (result->gone > 0)
        app_warn(app, "wrote %s to %s; %s no longer in their file",
                 number_of(result->rows, "row", rows, sizeof rows), app->export_path,
                 number_of(result->gone, "row", gone, sizeof gone));
    else
        app_say(app, "wrote %s, %s of %s, to %s", number_of(result->rows, "row", rows, sizeof rows),
                number_bytes((double)result->bytes, bytes, sizeof bytes),
                export_form_called(result->form), app->export_path);
}

static void job_ended(struct app *app, const struct err *how)
{
    enum work work = app->work;
    app->work = WORK_NONE;
    log_line("job %d ended: %s", (int)work, how->code == ERR_OK ? "well" : how->text);
    if (work == WORK_LOAD || work == WORK_CLUSTER)
        app->why_none = *how;
    if (work == WORK_LOAD)
        load_ended(app, how);
    else if (work == WORK_CLUSTER)
        cluster_ended(app, how);
    else if (work == WORK_EXPORT)
        export_ended(app, how);
    if (work != WORK_NONE)
        start_trust(app);
}

/* Progress alone is not worth a frame as fast as keys are: see app.c. */
void app_engine_changed(struct app *app)
{
    uint64_t serial;
    struct err how = *engine_last(app->engine, &serial);
    bool was_dirty = app->dirty, ended = serial != app->serial;
    if (ended) {
        app->serial = serial;
        job_ended(app, &how);
    }
    /* A view that closes itself here is the top one, and its neighbour is read before. */
    for (struct view *v = app->top, *below; v != NULL; v = below) {
        below = v->below;
        if (v->ops->notify != NULL)
            app_follow(app, v, v->ops->notify(v, app));
    }
    app_session_go_on(app);
    app->progress = true;
    app->dirty = was_dirty || ended;
    if (engine_generation(app->engine) != app->generation) {
        app->generation = engine_generation(app->engine);
        app->dirty = app->at_once = true;
    }
}
