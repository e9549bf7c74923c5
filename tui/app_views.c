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
#include "core/export/outfile.h"

#define FILE_SHOWN     120  /* bytes of a path in a question */
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
    app_trail_push(app, view);
    view->below = app->top;
    app->top = view;
    app_forget_spots(app);
    app->dirty = true;
}

static void forget_view(struct app *app, const struct view *view)
{
    if (app->asking && app->asker == view) {
        app->asking = false;
        prompt_release(&app->prompt);
    }
    if (app->ahead_of == view && !app->giving_ahead)
        app_forget_ahead(app);
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
    app_trail_pop(app);
    app->top = view->below;
    app_forget_spots(app);
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
    if (engine_clustering(app->engine) != NULL || app->why_none.code == ERR_CANCELLED)
        return 0;
    return err_exit_status(&app->why_none);
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
void app_follow(struct app *app, struct view *view, unsigned next)
{
    if ((next & VIEW_REDRAW) != 0)
        app->dirty = true;
    if ((next & VIEW_CLOSE) != 0 && app->top == view)
        leave_top(app);
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
    app->live = (struct ask_live){.typed = NULL};
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

void app_ask_live(struct app *app, struct view *view, const char *label, const char *initial,
                  enum ask_history history, const struct ask_live *live)
{
    app_ask(app, view, label, initial, history, live->accept);
    app->live = *live;
}

void app_confirm(struct app *app, struct view *view, const char *question, confirm_fn *answer)
{
    start_prompt(app, view, question, NULL, NULL);
    app->prompt.yes_no = true;
    app->answer = answer;
}

static unsigned overwrite_answered(struct view *view, struct app *app, bool yes)
{
    if (yes)
        return app->write_file(view, app, app->file, true);
    app_say(app, "not written");
    return VIEW_REDRAW;
}

static unsigned file_named(struct view *view, struct app *app, struct span text)
{
    char question[PROMPT_LABEL_SIZE];
    const char *end; /* of a long path the end says more */
    text = span_trim(text);
    if (text.len == 0 || text.len >= sizeof app->file || memchr(text.ptr, '\0', text.len) != NULL) {
        app_say(app, "not written: no name");
        return VIEW_REDRAW;
    }
    memcpy(app->file, text.ptr, text.len);
    app->file[text.len] = '\0';
    if (!outfile_exists(app->file))
        return app->write_file(view, app, app->file, false);
    end = app->file + (text.len > FILE_SHOWN ? text.len - FILE_SHOWN : 0);
    (void)snprintf(question, sizeof question, "%s%.*s exists: overwrite it?",
                   end == app->file ? "" : "..", FILE_SHOWN, end);
    app_confirm(app, view, question, overwrite_answered);
    return VIEW_REDRAW;
}

void app_ask_file(struct app *app, struct view *view, const char *label, const char *initial,
                  file_fn *write)
{
    app_ask(app, view, label, initial, ASK_FILE, file_named);
    app->write_file = write;
}

/* Where the ending of a file's name begins that one of the forms has; the name's end when none. */
static size_t form_ending(struct span name, enum export_form *form)
{
    for (int i = EXPORT_CSV; i < EXPORT_N_FORMS; i++) {
        struct span ending = span_of(export_form_ending((enum export_form)i));
        *form = (enum export_form)i;
        if (name.len >= ending.len &&
            memcmp(name.ptr + name.len - ending.len, ending.ptr, ending.len) == 0)
            return name.len - ending.len;
    }
    return name.len;
}

/* The last form comes before the first. */
static unsigned next_form(struct view *view, struct app *app, uint32_t key)
{
    struct prompt *p = &app->prompt;
    enum export_form form;
    size_t end = form_ending(prompt_text(p), &form);
    (void)view;
    if (key != KEYS_TAB)
        return VIEW_NOTHING;
    form = form + 1 == EXPORT_N_FORMS ? EXPORT_CSV : (enum export_form)(form + 1);
    (void)prompt_key(p, KEYS_END);
    while (prompt_text(p).len > end)
        (void)prompt_key(p, KEYS_BACKSPACE);
    prompt_paste(p, span_of(export_form_ending(form)));
    return VIEW_REDRAW;
}

void app_ask_export(struct app *app, struct view *view, const char *label, const char *initial,
                    file_fn *write)
{
    app_ask_file(app, view, label, initial, write);
    app->live.unused = next_form;
    app->live.keys = "Enter writes   Esc cancels   Tab: .csv, Zeek's .log, .json";
}

/* The prompt is closed before its answer is given: the answer may open the next one. */
static void give_answer(struct app *app, bool accepted)
{
    struct view *view = app->asker;
    ask_fn *accept = accepted ? app->accept : app->live.dropped;
    confirm_fn *answer = app->answer;
    struct buf text = app->prompt.text;
    app->prompt.text = (struct buf)BUF_INIT;
    end_prompt(app);
    if (answer != NULL)
        app_follow(app, view, answer(view, app, accepted));
    else if (accept != NULL)
        app_follow(app, view, accept(view, app, accepted ? buf_span(&text) : span_of("")));
    buf_release(&text);
}

static void prompt_changed(struct app *app)
{
    app->dirty = true;
    if (app->live.typed == NULL)
        return;
    if (app->live.pause_ms > 0)
        app_call_later(app, app->asker, app->live.pause_ms);
    else
        app_follow(app, app->asker, app->live.typed(app->asker, app, prompt_text(&app->prompt)));
}

static void prompt_got_key(struct app *app, uint32_t key)
{
    switch (prompt_key(&app->prompt, key)) {
    case PROMPT_GOING:
        if (app->live.unused != NULL)
            app_follow(app, app->asker, app->live.unused(app->asker, app, key));
        break;
    case PROMPT_CHANGED:
        prompt_changed(app);
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

uint32_t app_pressed(const struct app *app)
{
    return app->key;
}

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
    if (view != NULL && app->asking && app->asker == view && app->live.typed != NULL)
        app_follow(app, view, app->live.typed(view, app, prompt_text(&app->prompt)));
    else if (view != NULL && view->ops->later != NULL)
        app_follow(app, view, view->ops->later(view, app));
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

static void open_commands(struct app *app)
{
    struct err err = ERR_INIT;
    struct view *view = commands_view_new(app->top->ops, &err);
    if (view == NULL) {
        app_fail(app, &err);
        return;
    }
    app_push(app, view);
    commands_view_ask(view, app);
}

static void cancel_jobs(struct app *app)
{
    bool any = app->work != WORK_NONE || engine_view_busy(app->engine) ||
               engine_measures_ladder(app->engine);
    app->cluster_again = false;
    engine_cancel(app->engine);
    engine_view_cancel(app->engine);
    if (!any)
        app_say(app, "nothing is running; Q quits");
}

/* The application's own commands; false when it is not one. */
static bool own_command(struct app *app, enum command command)
{
    switch (command) {
    case CMD_HELP:
        open_help(app);
        return true;
    case CMD_COMMANDS:
        open_commands(app);
        return true;
    case CMD_COLOR_THEMES:
        app_open_themes(app);
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
    case CMD_GO_BACK:
        app_trail_go(app, -1);
        return true;
    case CMD_GO_FORWARD:
        app_trail_go(app, 1);
        return true;
    case CMD_TIME:
        app_next_time_style(app);
        return true;
    case CMD_SAVE_SETTINGS:
        app_save_settings(app);
        return true;
    default:
        return false;
    }
}

void app_command(struct app *app, enum command command)
{
    struct view *view = app->top;
    unsigned next;
    if (own_command(app, command))
        return;
    app->touched = app->touched || (command != CMD_BACK && command != CMD_ESCAPE);
    next = view->ops->command(view, app, command);
    if ((next & VIEW_NOT_MINE) == 0)
        app_follow(app, view, next);
    else if (command == CMD_BACK)
        leave_top(app);
    else if (command != CMD_ESCAPE)
        app_say(app, "nothing to do here");
}

void app_replace(struct app *app, struct view *view, struct view *next)
{
    BUG_IF(app->top != view);
    app_trail_pop(app);
    app->trail_still = true;
    app_pop(app);
    app_push(app, next);
    app->trail_still = false;
}

struct view *app_top(const struct app *app)
{
    return app->top;
}

void app_run_below(struct app *app, struct view *view, enum command command)
{
    BUG_IF(app->top != view);
    app_pop(app);
    app_command(app, command);
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
        enum command find = command_of_key('/', app->top->ops->where);
        if (find != CMD_NONE)
            app_command(app, find);
        if (!app->asking)
            app_say(app, "what was pasted is not used here");
    }
    if (app->asking) {
        prompt_paste(&app->prompt, text);
        prompt_changed(app);
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

void app_key_begins(struct app *app)
{
    if (app->message_kind == MESSAGE_NONE)
        return;
    app->message_kind = MESSAGE_NONE;
    app->dirty = true;
}

void app_key_ends(struct app *app)
{
    app_say_next_notice(app);
    ask_for_hint(app);
}

static void plain_key(struct app *app, uint32_t key)
{
    enum command command;
    char name[16];
    app->key = key;
    app_key_begins(app);
    command = command_of_key(key, app->top->ops->where);
    if (command != CMD_NONE)
        app_command(app, command);
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
    else if (!app_keep_ahead(app, key))
        plain_key(app, key);
    ask_for_hint(app);
}
