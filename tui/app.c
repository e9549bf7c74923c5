/* The event loop of the screen, and its end.
 *
 * DESIGN
 * 1. One turn of the loop draws at most once, in the prepare step just before it sleeps, and not
 *    within FRAME_MS of the time before (PROGRESS_MS when nothing but a job's progress is new: the
 *    wire belongs to the keys); then one timer brings it back. Without keys and jobs there is no
 *    timer, so nothing wakes up and nothing is sent.
 * 2. Whoever changes something sets `dirty`; nobody but the prepare step draws (a long paste asks
 *    it in between).
 * 3. app_quit only sets the status and stops the loop. close_all is the one way out: terminal
 *    first, so that the shell is back at once, then what is kept of this session, jobs, handles,
 *    views, and the loop must close clean.
 * 4. A terminal that is gone, or that gives readiness but no bytes, ends the program: it must not
 *    spin. */
#include "tui/app_own.h"

#include <signal.h>
#include <unistd.h>
#include <uv.h>

#include "core/base/log.h"
#include "tui/palette.h"
#include "tui/term.h"

#define FRAME_MS     33
#define PROGRESS_MS  100
#define MAX_STRAYS   100 /* readable without a key, in a row */
#define KEYS_A_FRAME 256
#define SLOW_TURN_MS 10

struct app_loop {
    uv_loop_t loop;
    uv_poll_t input;
    uv_signal_t signal[6];
    uv_prepare_t prepare;
    uv_timer_t timer;
    struct terminal terminal;
    struct theme theme; /* as it is chosen, or on trial */
    struct theme before_trial;
    char tried[sizeof((struct settings *)0)->theme]; /* the setting that is on trial; "": none */
    uint64_t drawn_ms, keyed_ms; /* the last frame; the last that was more than progress */
    unsigned strays;
    double turn_ms; /* processor time of this thread when the last turn ended */
};

/* ---- time and drawing ---- */

uint64_t app_now_ms(const struct app *app)
{
    (void)app;
    return uv_hrtime() / 1000000;
}

static void draw_now(struct app *app)
{
    int row, col;
    bool keyed = app->dirty;
    app->dirty = app->progress = app->at_once = false;
    palette_use_ground();
    palette_use(LOOK_DEFAULT);
    (void)erase(); /* never clear(): that would send everything */
    frame_draw(app, LINES, COLS, &row, &col);
    term_show(&app->loop->terminal, row, col);
    app->loop->drawn_ms = app_now_ms(app);
    if (keyed)
        app->loop->keyed_ms = app->loop->drawn_ms;
}

/* How long until something is due, in ms; 0 is now, -1 is never. */
static int64_t due_in(uint64_t when, uint64_t now)
{
    return when <= now ? 0 : (int64_t)(when - now);
}

/* How long until a frame may be drawn; -1 when there is nothing to draw. */
static int64_t frame_in(const struct app *app, uint64_t now)
{
    if (app->quitting || (!app->dirty && !app->progress))
        return -1;
    if (app->at_once)
        return 0;
    if (app->dirty) /* a frame of progress alone does not keep a key waiting */
        return due_in(app->loop->keyed_ms + FRAME_MS, now);
    return due_in(app->loop->drawn_ms + PROGRESS_MS, now);
}

static void draw_if_due(struct app *app)
{
    if (frame_in(app, app_now_ms(app)) == 0)
        draw_now(app);
}

static void on_timer(uv_timer_t *timer)
{
    (void)timer; /* the prepare step of this turn does the work */
}

/* A turn that takes long keeps keys waiting: the log tells of it. */
static void note_turn(struct app_loop *l)
{
    struct timespec cpu;
    double now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
    now = (double)cpu.tv_sec * 1e3 + (double)cpu.tv_nsec / 1e6;
    if (l->turn_ms > 0 && now - l->turn_ms > SLOW_TURN_MS)
        log_line("slow turn: %.1f ms", now - l->turn_ms);
    l->turn_ms = now;
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct app *app = prepare->data;
    uint64_t now = app_now_ms(app);
    int64_t wait, left;
    note_turn(app->loop);
    if (app->quitting)
        return;
    if (app->later_ms != 0 && app->later_ms <= now)
        app_call_view_later(app);
    draw_if_due(app);
    app_give_ahead(app);
    now = app_now_ms(app);
    wait = frame_in(app, now);
    if (app->later_ms != 0) {
        left = due_in(app->later_ms, now);
        wait = wait < 0 || left < wait ? left : wait;
    }
    if (wait >= 0) { /* the loop's clock may lag: a timer counts from there */
        uv_update_time(&app->loop->loop);
        (void)uv_timer_start(&app->loop->timer, on_timer, (uint64_t)wait, 0);
    } else {
        (void)uv_timer_stop(&app->loop->timer);
    }
}

/* ---- the theme ---- */

const char *app_no_colors(const struct app *app)
{
    const char *no = getenv("NO_COLOR");
    bool asked = app->opts->view.color == COLOR_ALWAYS && app->opts->color_asked;
    if (app->opts->view.color == COLOR_NEVER)
        return "colours are switched off";
    if (no != NULL && no[0] != '\0' && !asked)
        return "NO_COLOR is set";
    return palette_can_color() ? NULL : "this terminal has no colours";
}

const char *app_theme_asked(const struct app *app)
{
    return app->opts->view.theme;
}

static void show_theme(struct app *app, const struct theme *theme)
{
    app->loop->theme = *theme;
    if (app_no_colors(app) == NULL)
        palette_set(theme, true);
    app->dirty = true;
}

void app_try_theme(struct app *app, const char *setting, const struct theme *theme)
{
    struct app_loop *l = app->loop;
    if (l->tried[0] == '\0')
        l->before_trial = l->theme;
    (void)snprintf(l->tried, sizeof l->tried, "%s", setting);
    show_theme(app, theme);
}

void app_keep_theme(struct app *app)
{
    struct app_loop *l = app->loop;
    if (l->tried[0] != '\0')
        memcpy(app->view.theme, l->tried, sizeof app->view.theme);
    l->tried[0] = '\0';
}

void app_drop_theme(struct app *app)
{
    struct app_loop *l = app->loop;
    if (l->tried[0] != '\0')
        show_theme(app, &l->before_trial);
    l->tried[0] = '\0';
}

/* ---- leaving and sleeping ---- */

void app_quit(struct app *app, int status)
{
    if (app->quitting)
        return;
    app->quitting = true;
    app->status = status;
    uv_stop(&app->loop->loop);
}

void app_redraw_all(struct app *app)
{
    term_redraw(&app->loop->terminal);
    app->dirty = true;
}

void app_send(struct app *app, struct span bytes)
{
    term_send(&app->loop->terminal, bytes);
}

void app_suspend(struct app *app)
{
    if (!term_suspend(&app->loop->terminal))
        app_say(app, "there is no shell to go back to; Q quits");
    app->dirty = true;
}

/* ---- events ---- */

/* Readable, but not a key: a part of one, or a terminal that is lost. */
static void no_key(struct app *app)
{
    if (term_gone(&app->loop->terminal) ||
        (term_readable(&app->loop->terminal) && ++app->loop->strays > MAX_STRAYS)) {
        log_line("the terminal is gone");
        app_quit(app, 128 + SIGHUP);
    }
}

/* A click is looked up in what is shown: what has changed since is shown first. */
static void take_mouse(struct app *app, const struct term_mouse *mouse)
{
    if (mouse->wheel != 0) {
        app_wheel(app, mouse->wheel);
        return;
    }
    if (app->dirty)
        draw_now(app);
    if (mouse->row < LINES && mouse->col < COLS)
        app_click(app, mouse->row, mouse->col);
}

static void on_input(uv_poll_t *poll, int status, int events)
{
    struct app *app = poll->data;
    uint32_t key;
    size_t n = 0;
    (void)events;
    if (status < 0) {
        app_quit(app, 128 + SIGHUP);
        return;
    }
    while (!app->quitting && term_key(&app->loop->terminal, &key)) {
        if (key == KEYS_MOUSE)
            take_mouse(app, &app->loop->terminal.mouse);
        else
            app_key(app, key);
        if (++n % KEYS_A_FRAME == 0)
            draw_if_due(app);
    }
    if (n == 0 && !app->quitting)
        no_key(app);
    else
        app->loop->strays = 0;
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct app *app = signal->data;
    switch (number) {
    case SIGWINCH:
        term_resize(&app->loop->terminal);
        app->dirty = true;
        break;
    case SIGCONT:
        term_resume(&app->loop->terminal);
        app->dirty = true;
        break;
    case SIGTSTP:
        app_suspend(app);
        break;
    default:
        app_quit(app, 128 + number);
        break;
    }
}

static void on_engine(void *user)
{
    struct app *app = user;
    if (!app->quitting)
        app_engine_changed(app);
}

/* ---- starting ---- */

/* Without colour the theme `mono` says it all with attributes; colours of the theme that was asked
 * for would leave nothing behind. */
static void set_colors(struct app *app)
{
    struct err ignored = ERR_INIT;
    struct theme mono;
    if (app_no_colors(app) == NULL)
        palette_set(&app->loop->theme, true);
    else if (theme_load(&mono, "mono", &app->notices, &ignored) == 0)
        palette_set(&mono, false);
    else
        palette_set(&app->loop->theme, false);
}

static int uv_failed(int rc, const char *what, struct err *err)
{
    return rc == 0 ? 0 : err_set(err, ERR_LIMIT, "%s: %s", what, uv_strerror(rc));
}

/* After newterm, which sets handlers of its own. */
static int start_handles(struct app *app, struct err *err)
{
    static const int signals[] = {SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGCONT, SIGTSTP};
    struct app_loop *l = app->loop;
    int rc = uv_poll_init(&l->loop, &l->input, term_fd(&l->terminal));
    if (rc != 0)
        return uv_failed(rc, "the terminal cannot be waited for", err);
    l->input.data = app;
    rc = uv_poll_start(&l->input, UV_READABLE | UV_DISCONNECT, on_input);
    for (size_t i = 0; i < ARRAY_LEN(signals) && rc == 0; i++) {
        (void)uv_signal_init(&l->loop, &l->signal[i]);
        l->signal[i].data = app;
        rc = uv_signal_start(&l->signal[i], on_signal, signals[i]);
    }
    (void)uv_prepare_init(&l->loop, &l->prepare);
    (void)uv_timer_init(&l->loop, &l->timer);
    l->prepare.data = app;
    (void)uv_prepare_start(&l->prepare, on_prepare);
    return uv_failed(rc, "the event loop", err);
}

static int open_first_view(struct app *app, struct err *err)
{
    struct view *view = view_clusters.open(app, err);
    if (view == NULL)
        return -1;
    app_push(app, view);
    if (!app_start_load(app)) {
        *err = app->failure;
        return -1;
    }
    app_say_next_notice(app);
    return 0;
}

/* ---- the one way out ---- */

static void close_handle(uv_handle_t *handle, void *ignored)
{
    (void)ignored;
    if (handle->data != NULL && !uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void close_all(struct app *app)
{
    struct app_loop *l = app->loop;
    int rc;
    /* Ours first: a closed poll must not see the descriptor go. The engine closes its own. */
    close_handle((uv_handle_t *)&l->input, NULL);
    close_handle((uv_handle_t *)&l->prepare, NULL);
    for (size_t i = 0; i < ARRAY_LEN(l->signal); i++)
        close_handle((uv_handle_t *)&l->signal[i], NULL);
    if (l->prepare.data != NULL)
        uv_close((uv_handle_t *)&l->timer, NULL);
    term_close(&l->terminal);
    app_session_keep(app);
    if (app->engine != NULL)
        engine_shutdown(app->engine);
    (void)uv_run(&l->loop, UV_RUN_DEFAULT);
    while (app->top != NULL)
        app_pop(app);
    if (app->engine != NULL) {
        BUG_IF(!engine_closed(app->engine));
        engine_free(app->engine);
    }
    rc = uv_loop_close(&l->loop);
    BUG_IF(rc != 0);
}

static void release(struct app *app)
{
    if (app->asking)
        prompt_release(&app->prompt);
    for (size_t i = 0; i < N_ASK_HISTORIES; i++)
        history_release(&app->history[i]);
    buf_release(&app->paste);
    notices_release(&app->notices);
    col_layout_unref(app->layout);
    app_unmark_all(app);
    trail_clear(&app->trail);
    table_unref(app->trail_table);
    hypothesis_release(&app->hypothesis);
    hypothesis_release(&app->goal);
    verdicts_unref(app->verdicts);
    opinions_free(app->opinions);
}

/* Everything between a loop that is open and its end; the exit status. */
static int run(struct app *app, struct err *err)
{
    app->engine = engine_new(&app->loop->loop, app->opts->threads, on_engine, app);
    if (app->engine == NULL) {
        (void)err_memory(err, "the engine");
        return err_exit_status(err);
    }
    if (term_open(&app->loop->terminal, app->view.mouse, &app->notices, err) == TERM_NO_SCREEN)
        return APP_NO_SCREEN;
    set_colors(app);
    if (start_handles(app, err) != 0 || open_first_view(app, err) != 0)
        return err_exit_status(err);
    app->dirty = true;
    (void)uv_run(&app->loop->loop, UV_RUN_DEFAULT);
    if (app->failure.code != ERR_OK)
        *err = app->failure;
    return app->status;
}

/* As the settings have them; they have been looked at. */
static void begin_columns(struct app *app)
{
    struct err ignored = ERR_INIT;
    (void)!col_layout_parse(&app->layout, span_of(app->view.layout), &ignored);
}

int app_run(const struct app_opts *opts, struct err *err)
{
    struct app_loop loop;
    struct app app = {
        .opts = opts, .loop = &loop, .view = opts->view, .verdicts = verdicts_ref(opts->verdicts)};
    int status;
    memset(&loop, 0, sizeof loop);
    if (theme_load(&loop.theme, opts->view.theme, &app.notices, err) != 0 ||
        hypothesis_init(&app.hypothesis, opts->recipe, err) != 0 ||
        uv_failed(uv_loop_init(&loop.loop), "the event loop", err) != 0) {
        status = err_exit_status(err);
    } else {
        if (opts->notices != NULL)
            notices_join(&app.notices, opts->notices);
        begin_columns(&app);
        app_session_begin(&app);
        status = run(&app, err);
        close_all(&app);
    }
    release(&app);
    return status;
}
