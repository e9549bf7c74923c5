/* The application's own struct: for app.c (loop), app_views.c, app_settings.c, app_rows.c, app_ahead.c and
 * app_trail.c (services for views), app_engine.c (jobs) and frame.c (the
 * lines around a view). Views see tui/view/view.h only. */
#ifndef MINNOW_TUI_APP_OWN_H
#define MINNOW_TUI_APP_OWN_H

#include "tui/app.h"
#include "tui/model/trail.h"
#include "tui/prompt.h"
#include "tui/view/view.h"

#define APP_MESSAGE_SIZE 512
#define APP_CRUMB_BYTES  512
#define APP_MIN_ROWS     16
#define APP_MIN_COLS     60

#define APP_SPOTS 1024

/* What stands at a place of the screen: app_mouse.c. */
enum spot_kind { SPOT_LINES, SPOT_OF_VIEW, SPOT_COMMAND, SPOT_BACK };
struct spot {
    enum spot_kind kind;
    struct area area;
    struct viewport *port; /* SPOT_LINES; borrowed from the top view */
    uint64_t first;        /* SPOT_LINES: the entry of the first line, or the only one */
    uint32_t value; /* SPOT_LINES: whether it is the only one; else the view's own; a command;
                              steps back */
};

enum message_kind { MESSAGE_NONE, MESSAGE_SAY, MESSAGE_WARN, MESSAGE_ERROR };

/* What the running engine job was started for. */
enum work { WORK_NONE, WORK_LOAD, WORK_CLUSTER, WORK_EXPORT };

struct app_loop; /* app.c: libuv's handles */

struct app {
    const struct app_opts *opts;
    struct app_loop *loop;
    struct engine *engine;
    struct hypothesis hypothesis;    /* as it stands; owned */
    const struct verdicts *verdicts; /* a reference, or NULL */
    struct opinions *opinions;       /* of view/opinion.c; owned, or NULL */
    struct settings view;            /* how things are shown now */
    const struct col_layout *layout; /* a reference, or NULL */
    struct trail trail;
    const struct table *trail_table; /* which one its places are of; a reference */
    bool trail_still;                /* views come and go for the trail itself */
    struct marks marks;
    const struct table *marked; /* whose rows they are; a reference, or NULL */
    struct notices notices;     /* from starting, said one after another; owned */
    size_t notices_said;

    struct view *top; /* the stack, owned */
    const char *hint; /* static text of the top view, or NULL */

    enum work work;
    uint64_t generation; /* of the engine, when it was last looked at */
    uint64_t serial;     /* of the last engine job whose end was handled */
    bool cluster_again;
    char export_path[256];

    bool touched;             /* the user did more than look */
    bool session_told;        /* that there is one */
    bool resuming;            /* of opts->session, parts are left: the next one is `part` */
    struct session_part part; /* app_session.c */
    const struct view *resume_top;
    bool leaving_out; /* `hypothesis` finds a cluster to leave out again: the n_back-th */
    size_t n_back;
    struct hypothesis goal; /* and this comes in the end; owned */

    struct spot spot[APP_SPOTS]; /* of the last frame */
    size_t n_spots;
    const struct view *clicked_view; /* where the last click was: only compared */
    uint64_t clicked;                /* on that line */

    uint32_t key;       /* the last one pressed */
    uint32_t ahead[64]; /* keys that wait for `ahead_of` (app_ahead.c) */
    size_t n_ahead;
    const struct view *ahead_of; /* the top view then: only compared */
    bool giving_ahead;
    enum message_kind message_kind;
    char message[APP_MESSAGE_SIZE];

    bool asking;
    struct prompt prompt;
    struct view *asker;
    ask_fn *accept;       /* one of the two */
    confirm_fn *answer;   /* of a question for y or n */
    struct ask_live live; /* of a prompt that works while it is typed; else all NULL */
    struct history history[N_ASK_HISTORIES];
    file_fn *write_file; /* of the name that is asked for */
    char file[PROMPT_MAX_BYTES + 1];

    bool pasting;
    uint64_t paste_key_ms; /* when its last byte came */
    struct buf paste;

    bool dirty;    /* drawn in this turn, or within FRAME_MS */
    bool at_once;  /* `dirty` does not wait: rows or clusters have come */
    bool progress; /* only progress is new: drawn within PROGRESS_MS */
    bool quitting;
    int status;          /* of the exit */
    struct err why_none; /* how the last load or clustering ended */
    struct err failure;  /* why, when it is 2 to 5 */

    struct view *later_view;
    uint64_t later_ms; /* 0: none */
};

/* ---- app.c ---- */

uint64_t app_now_ms(const struct app *app);
void app_quit(struct app *app, int status);
void app_suspend(struct app *app);
void app_redraw_all(struct app *app);
void app_send(struct app *app, struct span bytes); /* to the terminal, as they are */

/* ---- app_views.c ---- */

void app_key(struct app *app, uint32_t key);
void app_key_begins(struct app *app); /* what was said before it goes */
void app_key_ends(struct app *app);
void app_command(struct app *app, enum command command);
void app_call_view_later(struct app *app);
void app_pop(struct app *app);
void app_follow(struct app *app, struct view *view, unsigned next); /* enum view_next */
void app_say_next_notice(struct app *app);

/* ---- app_ahead.c ---- */

/* Keeps a key when the top view cannot act on it yet; false when it is to be given now. */
bool app_keep_ahead(struct app *app, uint32_t key);

/* Gives the keys that were kept, once they can be acted on. Called when all that is new is drawn. */
void app_give_ahead(struct app *app);

/* ---- app_settings.c ---- */

void app_next_time_style(struct app *app);
void app_save_settings(struct app *app);
void app_open_themes(struct app *app);

/* ---- app_engine.c ---- */

bool app_start_load(struct app *app);
void app_engine_changed(struct app *app);

/* ---- app_mouse.c ---- */

void app_click(struct app *app, int row, int col);
void app_wheel(struct app *app, int direction);
void app_spot_command(struct app *app, struct area a, enum command command);
void app_spot_back(struct app *app, struct area a, uint32_t steps);

/* ---- app_session.c ---- */

void app_session_begin(struct app *app); /* before the load */
void app_session_go_on(struct app *app); /* when the engine has something new */

/* Opens the view that kept a part; NULL when what it was about is not there any more. */
struct resumed;
struct view *app_view_of(struct app *app, const struct resumed *r, struct err *err);
void app_session_keep(struct app *app);

/* ---- app_trail.c ---- */

/* Called before a view comes on top, and before the top one goes. */
void app_trail_push(struct app *app, const struct view *next);
void app_trail_pop(struct app *app);

void app_trail_go(struct app *app, int by); /* -1 back, 1 forward */

/* ---- frame.c ---- */

/* Draws everything; where the cursor is to show, or row -1. */
void frame_draw(struct app *app, int rows, int cols, int *cursor_row, int *cursor_col);

#endif
