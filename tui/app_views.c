/* What the application does for its views (view.h), and how a key becomes a command.
 *
 * DESIGN
 * 1. A key goes to the prompt when one is open, else it is looked up in the table for the top view.
 *    The application's own commands come first.
 * 2. Pasted bytes are gathered until the paste ends and are never looked up: they fill the prompt
 *    that is open, or the find prompt.
 * 3. A view that closes takes its prompt and its call for later along, so neither points to a view
 *    that is gone. */
#include "tui/app_own.h"

#include <stdarg.h>

#include "core/base/log.h"
#include "core/base/number.h"

#define PASTE_PAUSE_MS 1000 /* a paste whose end was lost is over after such a pause */

/* ---- saying ---- */

static void set_message(struct app *app, enum message_kind kind, const char *fmt, va_list args)
{
    (void)vsnprintf(app->message, sizeof app->message, fmt, args);
    app->message_kind = kind;
    app->dirty = true;
}

void app_say(struct app *app, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    set_message(app, MESSAGE_SAY, fmt, args);
    va_end(args);
}

void app_warn(struct app *app, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    set_message(app, MESSAGE_WARN, fmt, args);
    va_end(args);
}

void app_fail(struct app *app, const struct err *err)
{
    if (err->code == ERR_CANCELLED)
        app_say(app, "stopped");
    else if (err->code != ERR_OK) {
        (void)snprintf(app->message, sizeof app->message, "%s", err->text);
        app->message_kind = MESSAGE_ERROR;
        app->dirty = true;
        log_line("said: %s", err->text);
    }
}

void app_say_next_notice(struct app *app)
{
    size_t left;
    if (app->message_kind != MESSAGE_NONE || app->notices_said >= app->notices.n)
        return;
    left = app->notices.n - app->notices_said - 1;
    if (left > 0)
        app_warn(app, "%s  (%zu more: any key)", app->notices.text[app->notices_said], left);
    else
        app_warn(app, "%s", app->notices.text[app->notices_said]);
    app->notices_said++;
}

/* ---- the stack ---- */

void app_push(struct app *app, struct view *view)
{
    view->below = app->top;
    app->top = view;
    app->dirty = true;
}

static void forget_view(struct app *app, const struct view *view)
{
    if (app->asking && app->asker == view) {
        app->asking = false;
        prompt_release(&app->prompt);
    }
    if (app->later_view == view) {
        app->later_view = NULL;
        app->later_ms = 0;
    }
}

void app_pop(struct app *app)
{
    struct view *view = app->top;
    if (view == NULL)
        return;
    app->top = view->below;
    forget_view(app, view);
    view->ops->close(view, app);
    app->dirty = true;
}

bool app_has_view(const struct app *app, const struct view *view)
{
    for (const struct view *v = app->top; v != NULL; v = v->below)
        if (v == view)
            return true;
    return false;
}

/* Without any result, why there is none is also what the shell gets to know. */
static int leaving_status(const struct app *app)
{
    const struct err *last = engine_last(app->engine, NULL);
    if (engine_clustering(app->engine) != NULL || last->code == ERR_CANCELLED)
        return 0;
    return err_exit_status(last);
}

static unsigned on_quit_answer(struct view *view, struct app *app, bool yes)
{
    (void)view;
    if (yes)
        app_quit(app, leaving_status(app));
    return VIEW_REDRAW;
}

static void ask_to_quit(struct app *app)
{
    if (app->work == WORK_EXPORT)
        app_confirm(app, app->top, "an export is running and would be lost: quit?", on_quit_answer);
    else
        app_quit(app, leaving_status(app));
}

static void leave_top(struct app *app)
{
    if (app->top->below == NULL)
        ask_to_quit(app);
    else
        app_pop(app);
}

/* What a view's function wants next. The view may have pushed another, or be gone. */
static void follow(struct app *app, struct view *view, unsigned next)
{
    if ((next & VIEW_REDRAW) != 0)
        app->dirty = true;
    if ((next & VIEW_CLOSE) != 0 && app->top == view)
        leave_top(app);
}

/* ---- the engine ---- */

struct engine *app_engine(const struct app *app)
{
    return app->engine;
}

struct recipe *app_recipe(struct app *app)
{
    return &app->recipe;
}

enum time_style app_time_style(const struct app *app)
{
    return app->time_style;
}

bool app_start_load(struct app *app)
{
    if (engine_load(app->engine, &app->opts->load, &app->failure) != 0)
        return false;
    app->work = WORK_LOAD;
    return true;
}

static bool start_cluster(struct app *app)
{
    struct cluster_opts opts = {.recipe = &app->recipe, .env = app->opts->env};
    struct err err = ERR_INIT;
    if (engine_cluster(app->engine, &opts, &err) != 0) {
        app_fail(app, &err);
        return false;
    }
    app->work = WORK_CLUSTER;
    app->dirty = true;
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

static void load_ended(struct app *app, const struct err *how)
{
    if (engine_table(app->engine) == NULL) {
        /* Nothing to show: the shell is the place to say why. */
        app->failure = *how;
        app_quit(app, err_exit_status(how));
        return;
    }
    if (how->code == ERR_CANCELLED)
        app_warn(app, "stopped: only the rows before that are here (partial)");
    else
        app_fail(app, how);
    (void)start_cluster(app);
}

static void cluster_ended(struct app *app, const struct err *how)
{
    bool again = app->cluster_again;
    app->cluster_again = false;
    if (again && (how->code == ERR_OK || how->code == ERR_CANCELLED)) {
        (void)start_cluster(app);
        return;
    }
    if (how->code == ERR_CANCELLED && engine_clustering(app->engine) != NULL)
        app_say(app, "stopped; the clustering before it stays");
    else
        app_fail(app, how);
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
        app_warn(app, "wrote %s rows to %s; %s rows are no longer in their file",
                 number_grouped(result->rows, rows, sizeof rows), app->export_path,
                 number_grouped(result->gone, gone, sizeof gone));
    else
        app_say(app, "wrote %s rows, %s, to %s", number_grouped(result->rows, rows, sizeof rows),
                number_bytes((double)result->bytes, bytes, sizeof bytes), app->export_path);
}

static void job_ended(struct app *app, const struct err *how)
{
    enum work work = app->work;
    app->work = WORK_NONE;
    log_line("job %d ended: %s", (int)work, how->code == ERR_OK ? "well" : how->text);
    if (work == WORK_LOAD)
        load_ended(app, how);
    else if (work == WORK_CLUSTER)
        cluster_ended(app, how);
    else if (work == WORK_EXPORT)
        export_ended(app, how);
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
            follow(app, v, v->ops->notify(v, app));
    }
    app->progress = true;
    app->dirty = was_dirty || ended;
}

/* ---- asking ---- */

static void end_prompt(struct app *app)
{
    app->asking = false;
    app->dirty = true;
    prompt_release(&app->prompt);
}

static void start_prompt(struct app *app, struct view *view, const char *label, const char *initial,
                         struct history *history)
{
    if (app->asking)
        end_prompt(app);
    prompt_init(&app->prompt, label, initial, history);
    app->asking = true;
    app->asker = view;
    app->accept = NULL;
    app->answer = NULL;
    app->dirty = true;
}

void app_ask(struct app *app, struct view *view, const char *label, const char *initial,
             enum ask_history history, ask_fn *accept)
{
    start_prompt(app, view, label, initial,
                 history == ASK_NO_HISTORY ? NULL : &app->history[history]);
    app->accept = accept;
}

void app_confirm(struct app *app, struct view *view, const char *question, confirm_fn *answer)
{
    start_prompt(app, view, question, NULL, NULL);
    app->prompt.yes_no = true;
    app->answer = answer;
}

/* The prompt is closed before its answer is given: the answer may open the next one. */
static void give_answer(struct app *app, bool accepted)
{
    struct view *view = app->asker;
    ask_fn *accept = app->accept;
    confirm_fn *answer = app->answer;
    struct buf text = app->prompt.text;
    app->prompt.text = (struct buf)BUF_INIT;
    end_prompt(app);
    if (answer != NULL)
        follow(app, view, answer(view, app, accepted));
    else if (accepted)
        follow(app, view, accept(view, app, buf_span(&text)));
    buf_release(&text);
}

static void prompt_got_key(struct app *app, uint32_t key)
{
    switch (prompt_key(&app->prompt, key)) {
    case PROMPT_GOING:
        break;
    case PROMPT_CHANGED:
        app->dirty = true;
        break;
    case PROMPT_ACCEPTED:
        give_answer(app, true);
        break;
    case PROMPT_CANCELLED:
        give_answer(app, false);
        break;
    }
}

/* ---- commands ---- */

void app_redraw(struct app *app)
{
    app->dirty = true;
}

void app_call_later(struct app *app, struct view *view, unsigned ms)
{
    app->later_view = view;
    app->later_ms = app_now_ms(app) + ms;
}

void app_call_view_later(struct app *app)
{
    struct view *view = app->later_view;
    app->later_view = NULL;
    app->later_ms = 0;
    if (view != NULL && view->ops->later != NULL)
        follow(app, view, view->ops->later(view, app));
}

static void open_help(struct app *app)
{
    struct err err = ERR_INIT;
    struct view *help;
    if ((app->top->ops->where & IN_HELP) != 0) { /* the same key again leads back */
        leave_top(app);
        return;
    }
    help = help_view_new(app->top->ops, &err);
    if (help != NULL)
        app_push(app, help);
    else
        app_fail(app, &err);
}

static void cancel_jobs(struct app *app)
{
    bool any = app->work != WORK_NONE || engine_view_busy(app->engine);
    app->cluster_again = false;
    engine_cancel(app->engine);
    engine_view_cancel(app->engine);
    if (!any)
        app_say(app, "nothing is running; Q quits");
}

static void next_time_style(struct app *app)
{
    app->time_style = app->time_style == TIME_AS_UTC     ? TIME_AS_LOCAL
                      : app->time_style == TIME_AS_LOCAL ? TIME_AS_EPOCH
                                                         : TIME_AS_UTC;
    if (app->time_style == TIME_AS_LOCAL)
        app_say(app, "times are in the zone %s", time_zone_name());
    else
        app_say(app,
                app->time_style == TIME_AS_UTC ? "times are UTC" : "times are seconds since 1970");
}

/* The application's own commands; false when it is not one. */
static bool own_command(struct app *app, enum command command)
{
    switch (command) {
    case CMD_HELP:
        open_help(app);
        return true;
    case CMD_QUIT:
        ask_to_quit(app);
        return true;
    case CMD_REDRAW:
        app_redraw_all(app);
        return true;
    case CMD_SUSPEND:
        app_suspend(app);
        return true;
    case CMD_CANCEL:
        cancel_jobs(app);
        return true;
    case CMD_TIME:
        next_time_style(app);
        return true;
    default:
        return false;
    }
}

static void run_command(struct app *app, enum command command)
{
    struct view *view = app->top;
    unsigned next;
    if (own_command(app, command))
        return;
    next = view->ops->command(view, app, command);
    if ((next & VIEW_NOT_MINE) == 0)
        follow(app, view, next);
    else if (command == CMD_BACK)
        leave_top(app);
    else if (command != CMD_ESCAPE)
        app_say(app, "nothing to do here");
}

/* ---- pasting ---- */

static void paste_begins(struct app *app)
{
    app->pasting = true;
    app->paste_key_ms = app_now_ms(app);
    buf_init(&app->paste, PROMPT_MAX_BYTES);
}

static void paste_ends(struct app *app)
{
    struct span text = span_trim(buf_span(&app->paste));
    app->pasting = false;
    if (!app->asking && text.len > 0) {
        if ((command_info(CMD_FIND)->where & app->top->ops->where) != 0)
            run_command(app, CMD_FIND);
        if (!app->asking)
            app_say(app, "what was pasted is not used here");
    }
    if (app->asking) {
        prompt_paste(&app->prompt, text);
        app->dirty = true;
    }
    buf_release(&app->paste);
}

static void paste_key(struct app *app, uint32_t key)
{
    char bytes[4];
    if (key == KEYS_ENTER)
        buf_add_char(&app->paste, '\n');
    else if (key == KEYS_TAB)
        buf_add_char(&app->paste, '\t');
    else if (key < KEYS_SPECIAL)
        buf_add(&app->paste, bytes, text_utf8(key, bytes));
    /* Anything else in a paste is dropped, and so is what is too much. */
}

/* ---- keys ---- */

/* A hint changes only with a key. */
static void ask_for_hint(struct app *app)
{
    const char *hint =
        app->top != NULL && app->top->ops->hint != NULL ? app->top->ops->hint(app->top, app) : NULL;
    if (hint != app->hint)
        app->dirty = true;
    app->hint = hint;
}

static void plain_key(struct app *app, uint32_t key)
{
    enum command command;
    char name[16];
    if (app->message_kind != MESSAGE_NONE) {
        app->message_kind = MESSAGE_NONE;
        app->dirty = true;
    }
    command = command_of_key(key, app->top->ops->where);
    if (command != CMD_NONE)
        run_command(app, command);
    else
        app_say(app, "%s does nothing here; ? lists the keys", key_text(key, name, sizeof name));
    app_say_next_notice(app);
}

void app_key(struct app *app, uint32_t key)
{
    uint64_t now = app_now_ms(app);
    if (app->pasting && now - app->paste_key_ms > PASTE_PAUSE_MS && key != KEYS_PASTE_END)
        paste_ends(app); /* its end was lost */
    app->paste_key_ms = now;
    if (key == KEYS_PASTE_BEGIN && !app->pasting)
        paste_begins(app);
    else if (key == KEYS_PASTE_END && app->pasting)
        paste_ends(app);
    else if (app->pasting)
        paste_key(app, key);
    else if (key == KEYS_PASTE_BEGIN || key == KEYS_PASTE_END)
        return;
    else if (app->asking)
        prompt_got_key(app, key);
    else
        plain_key(app, key);
    ask_for_hint(app);
}
