/* A screen as one table of functions, and what the application does for it.
 *
 * The application keeps a stack of views. The top one gets the commands and the body of the window;
 * above the body stands the breadcrumb, made of one piece per view, below it the status line and
 * the keys. A view asks the engine for what it shows each time it draws: it keeps (cluster, row)
 * numbers and its own copies, never a pointer into a result, unless it holds a reference of its own
 * (table_ref, clustering_ref).
 *
 * Everything here runs on the loop thread. */
#ifndef MINNOW_TUI_VIEW_VIEW_H
#define MINNOW_TUI_VIEW_VIEW_H

#include "core/engine.h"
#include "tui/draw.h"
#include "tui/keys.h"
#include "tui/model/col_layout.h"
#include "tui/model/hypothesis.h"
#include "tui/model/marks.h"
#include "tui/model/session.h"
#include "tui/settings.h"

struct app;
struct view;

/* What a view's function wants next; bits. */
enum view_next {
    VIEW_NOTHING = 0,       /* nothing to see */
    VIEW_REDRAW = 1 << 0,   /* draw again */
    VIEW_CLOSE = 1 << 1,    /* leave this view: the application closes it after the call */
    VIEW_NOT_MINE = 1 << 2, /* the command does not apply: BACK closes, everything else is said */
};

struct view_ops {
    const char *name; /* "rows": heads the help screen */
    uint32_t where;   /* its bit of enum where */

    /* Makes the view without arguments; NULL for views that others make with what they show.
     * Errors: ERR_LIMIT. */
    struct view *(*open)(struct app *app, struct err *err);

    /* Frees the view and all it owns. A view job that still runs must not touch it: see app_job. */
    void (*close)(struct view *view, struct app *app);

    /* Draws into the area, at least 60 columns and 13 lines; blank before. */
    void (*draw)(struct view *view, struct app *app, struct area area);

    /* A command of the view's mask that the application does not do itself (it does HELP, QUIT,
     * REDRAW, SUSPEND, CANCEL, TIME). Returns enum view_next. */
    unsigned (*command)(struct view *view, struct app *app, enum command command);

    /* A click on a spot of its own (app_spot), with the spot's value. Returns enum view_next. May be
     * NULL. */
    unsigned (*clicked)(struct view *view, struct app *app, uint32_t value);

    /* The engine changed: progress, a result, an end. Called for every view of the stack, top
     * first. May be NULL. */
    unsigned (*notify)(struct view *view, struct app *app);

    /* The time asked for with app_call_later is over. May be NULL. */
    unsigned (*later)(struct view *view, struct app *app);

    /* Appends its piece of the breadcrumb: raw bytes, cleaned when drawn. "3 (171)" */
    void (*crumb)(const struct view *view, const struct app *app, struct buf *out);

    /* Appends what it takes to come back here: a line `view = NAME` and what belongs to it (see
     * app_session.c). May be NULL: one then comes back to the view below. */
    void (*keep)(const struct view *view, struct app *app, struct session *out);

    /* Whether what a command is about is still on its way: its key then waits for it, and those behind it
     * (app_ahead.c). May be NULL: never. */
    bool (*waits)(const struct view *view, enum command command);

    /* Whether a command has something to act on now: the function-key bar has no others. May be NULL: all
     * have. */
    bool (*offers)(const struct view *view, const struct app *app, enum command command);

    /* One sentence that fits the moment, in the function-key bar; NULL for none. May be NULL.
     * Asked for when a key was pressed, so it changes only with a key. */
    const char *(*hint)(const struct view *view, const struct app *app);
};

/* The head of every view's own struct. */
struct view {
    const struct view_ops *ops;
    struct view *below;  /* the application's */
    const void *waiting; /* the work whose result this view takes (work.h), or NULL */
};

/* ---- moving around ---- */

/* Takes the view; it is on top from now on. */
void app_push(struct app *app, struct view *view);

/* Closes the view, which is on top, and puts another in its place; takes that. The way back leads from
 * the one to the other. */
void app_replace(struct app *app, struct view *view, struct view *next);

/* The view on top; NULL before there is one. */
struct view *app_top(const struct app *app);

/* Closes the view, which is on top, and gives the one below a command, as if its key were pressed. */
void app_run_below(struct app *app, struct view *view, enum command command);

/* ---- the engine ---- */

struct engine *app_engine(const struct app *app);

/* The recipe as it stands, to be changed before app_cluster: `app_recipe(app)->k++`. */
struct recipe *app_recipe(struct app *app);

/* The hypothesis that app_cluster fits; app_recipe is its recipe. */
struct hypothesis *app_hypothesis(struct app *app);

/* What expressions take as inside (--local), for expr_bind. */
const struct expr_env *app_expr_env(const struct app *app);

/* Verdicts that fits heed; NULL for none. app_set_verdicts takes a reference. */
const struct verdicts *app_verdicts(const struct app *app);
void app_set_verdicts(struct app *app, const struct verdicts *v);

/* Where opinion.c keeps what it asks and what it noted last; the application frees it. */
struct opinions;
struct opinions **app_opinions(struct app *app);
void opinions_free(struct opinions *o); /* NULL is fine */

/* Clusters with app_hypothesis: at once, or, when a clustering runs, as soon as that has been
 * cancelled. While a load or an export runs the answer is a message, and false. A load that ended
 * well starts a clustering by itself. */
bool app_cluster(struct app *app);

/* Shows an earlier clustering again, or NULL none (engine_show); a fit that runs is dropped. */
void app_show(struct app *app, const struct clustering *c);

/* Writes a CSV in the background; how it ended is said in the status line. False (and said) when it
 * cannot start. `opts` is copied. */
bool app_export(struct app *app, const struct export_opts *opts);

/* Starts a view job (see core/engine.h): a newer one replaces an older one. `finish` gets a context
 * of its own, which outlives the view: it looks the view up with app_has_view before touching it.
 * False (and said) when it cannot start; `finish` was then not called. */
bool app_job(struct app *app, const struct view_job *job);
bool app_has_view(const struct app *app, const struct view *view);

/* ---- saying and asking ---- */

/* The status line, until the next key: plain, a warning, an error. Raw bytes are fine. */
void app_say(struct app *app, const char *fmt, ...) PRINTF_LIKE(2, 3);
void app_warn(struct app *app, const char *fmt, ...) PRINTF_LIKE(2, 3);
void app_fail(struct app *app, const struct err *err);

enum ask_history { ASK_NO_HISTORY, ASK_FIND, ASK_FILE, ASK_FILTER, N_ASK_HISTORIES };

/* What was typed; not NUL-terminated inside, empty is possible. Returns enum view_next. Esc never
 * calls it. */
typedef unsigned ask_fn(struct view *view, struct app *app, struct span text);
typedef unsigned confirm_fn(struct view *view, struct app *app, bool yes);

/* A file to write: the path, whether an existing one is to be replaced. Returns enum view_next. */
typedef unsigned file_fn(struct view *view, struct app *app, const char *path, bool force);

/* Opens the prompt for the view: label ("find: "), text that stands there already, one history per
 * kind. A view that closes takes its prompt along. */
void app_ask(struct app *app, struct view *view, const char *label, const char *initial,
             enum ask_history history, ask_fn *accept);

/* A prompt whose text works while it is typed: `typed` gets it when keys pause, `accept` at Enter,
 * `dropped` (with no text) at Esc. */
typedef unsigned unused_key_fn(struct view *view, struct app *app, uint32_t key);
struct ask_live {
    ask_fn *typed, *accept, *dropped;
    unused_key_fn *unused; /* gets keys that mean nothing in the line; may be NULL */
    unsigned pause_ms;     /* without a key, until `typed` is called */
    const char *keys;      /* for the last line; NULL: the usual ones */
};
void app_ask_live(struct app *app, struct view *view, const char *label, const char *initial,
                  enum ask_history history, const struct ask_live *live);

/* Asks for the name of a file to write and, when that exists, whether to overwrite it. `write` is
 * called when both are settled; else it is said that nothing was written. */
void app_ask_file(struct app *app, struct view *view, const char *label, const char *initial,
                  file_fn *write);

/* The same for rows, whose form the name's ending says: Tab goes from one to the next. */
void app_ask_export(struct app *app, struct view *view, const char *label, const char *initial,
                    file_fn *write);

/* A question for y or n; Esc is no. The question may hold raw bytes. */
void app_confirm(struct app *app, struct view *view, const char *question, confirm_fn *answer);

/* Copies a text to the paste buffer of the terminal or tmux, cleaned but for tabs, and says so:
 * `what` is what it is, "the address". */
void app_copy(struct app *app, struct span text, const char *what);
void app_copy_lines(struct app *app, const struct span *text, size_t n, const char *what);

/* ---- the mouse ---- */

/* While drawing: the lines of the area are the entries of a list from port->top on. A click selects
 * one, a second click on it is OPEN. The port stays the view's as long as that lives. */
struct viewport;
void app_spot_lines(struct app *app, struct area a, struct viewport *port);

/* The same for one entry, which the whole area is. */
void app_spot_entry(struct app *app, struct area a, struct viewport *port, uint64_t at);

/* While drawing: a click into the area is for the view's `clicked`. */
void app_spot(struct app *app, struct area a, uint32_t value);

/* Nothing that was drawn so far takes clicks. */
void app_forget_spots(struct app *app);

/* ---- keys and drawing ---- */

/* The key of the command that is being given. */
uint32_t app_pressed(const struct app *app);

void app_redraw(struct app *app);

/* Drops the keys that wait for the top view: what they were for does not come. */
void app_forget_ahead(struct app *app);

/* Calls the view's `later` once after that time; a newer call replaces it. The detail beside a list
 * follows when keys pause. */
void app_call_later(struct app *app, struct view *view, unsigned ms);

/* How things are shown, to be read and changed; SAVE_SETTINGS saves it. */
struct settings *app_settings(struct app *app);

/* The theme. A setting is what theme_load takes. On trial the whole screen is drawn in a theme until it is kept
 * (the setting is then that one) or dropped (then the one before is back); neither does anything
 * without a trial. SAVE_SETTINGS keeps what is on trial. app_no_colors says why no colours are shown,
 * or NULL. app_theme_asked is the setting that the screen began with. */
struct theme;
void app_try_theme(struct app *app, const char *setting, const struct theme *theme);
void app_keep_theme(struct app *app);
void app_drop_theme(struct app *app);
const char *app_no_colors(const struct app *app);
const char *app_theme_asked(const struct app *app);

/* How times are shown, for time_text. `t` changes it. */
enum time_style app_time_style(const struct app *app);

/* The columns of all lists of rows (NULL: nobody has touched them). app_set_layout takes a reference
 * of its own, and draws. */
const struct col_layout *app_layout(const struct app *app);
void app_set_layout(struct app *app, const struct col_layout *layout);

/* The rows of a table that are marked; NULL when none is. app_marks_for makes room for marks on it, and
 * forgets those on another table. Errors: NULL and ERR_LIMIT. */
const struct marks *app_marks(const struct app *app, const struct table *t);
struct marks *app_marks_for(struct app *app, const struct table *t, struct err *err) WARN_UNUSED;
void app_unmark_all(struct app *app);

/* ---- views that others open by name; each beside its own .c ---- */

extern const struct view_ops view_clusters; /* the first screen */

/* The commands of a view, to choose from. NULL on memory. commands_view_ask opens its line once it is on
 * top. */
struct view *commands_view_new(const struct view_ops *about, struct err *err);
void commands_view_ask(struct view *view, struct app *app);

/* The themes, to be looked at and chosen from. NULL on memory. */
struct view *themes_view_new(struct app *app, struct err *err);

/* Help for a view: its commands from the table. Takes nothing; NULL on memory. */
struct view *help_view_new(const struct view_ops *about, struct err *err);

#endif
