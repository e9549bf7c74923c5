/* The views, as the others open them. Each takes references of its own to the table and the
 * clustering, so that it shows one consistent state however the engine goes on.
 *
 * All return NULL with ERR_LIMIT when memory is short. */
#ifndef MINNOW_TUI_VIEW_VIEWS_H
#define MINNOW_TUI_VIEW_VIEWS_H

#include "core/query/repeat.h"
#include "tui/model/viewport.h"
#include "tui/model/words.h"
#include "tui/view/sheet.h"
#include "tui/view/view.h"

/* What a view is about; the clustering may be NULL. */
struct subject {
    const struct table *table;
    const struct clustering *clustering;
};

struct subject subject_ref(struct subject s);

/* Where the clusters that are shown now are the same but for verdicts, takes them instead. Whether it
 * did. */
bool subject_heed(struct subject *s, const struct app *app);
void subject_unref(struct subject s);

/* The rows of a cluster, by its number (0: those filtered out; CLUSTER_ALL: every row). They are
 * collected in the background once it is on top. */
struct view *rows_view_of_cluster(struct app *app, struct subject s, uint32_t cluster,
                                  struct err *err) WARN_UNUSED;

/* All rows of one input, by its number. */
struct view *rows_view_of_input(struct app *app, struct subject s, uint32_t input,
                                struct err *err) WARN_UNUSED;

/* The inputs, read or not. */
struct view *files_view_new(struct subject s, struct err *err) WARN_UNUSED;

/* The rows of a small table, collected at once: for a view that draws it inside of itself, by its ops, and
 * moves in it by rows_view_move (false for a command that moves nothing). It is not for the stack. */
struct view *rows_view_of_first(struct subject s, struct err *err) WARN_UNUSED;
bool rows_view_move(struct view *view, enum command command);

/* The same, filtered from the start by an expression of the `&` line (copied; empty for none). */
struct view *rows_view_filtered(struct app *app, struct subject s, uint32_t cluster,
                                struct span filter, struct err *err) WARN_UNUSED;

/* Rows that a chart picked: a question that is asked of every row, on a worker, of what the chart
 * shares with it. Counted, on the loop thread only. */
struct row_pick {
    unsigned refs;
    bool (*has)(const struct row_pick *pick, uint64_t row);
    void (*release)(struct row_pick *pick); /* frees it; called with the last reference */
    char name[96];   /* in the breadcrumb: bytes of the log are fine, as in the title */
    char title[160]; /* above the rows: which rows of all these are */
};
struct row_pick *row_pick_ref(struct row_pick *pick);
void row_pick_unref(struct row_pick *pick); /* NULL is fine */

/* Takes the caller's reference, whether that succeeds or not. */
struct view *rows_view_of_pick(struct app *app, struct subject s, struct row_pick *pick,
                               struct err *err) WARN_UNUSED;

/* All rows that have the address on either side. */
struct view *rows_view_of_address(struct app *app, struct subject s, uint32_t addr,
                                  struct err *err) WARN_UNUSED;

/* All rows of one observation of a clustering of pairs or hosts. */
struct view *rows_view_of_observation(struct app *app, struct subject s, uint32_t obs,
                                      struct err *err) WARN_UNUSED;

/* The pairs or hosts of a cluster, by its number; s.clustering groups rows. */
struct view *members_view_new(struct app *app, struct subject s, uint32_t cluster,
                              struct err *err) WARN_UNUSED;

/* Moves the selection of a rows view up or down, for the row view above it. False at the end, or
 * when the view is none of rows. */
bool rows_view_step(struct view *view, int direction, uint64_t *row);

/* Whether it is a view of the rows of one input. NULL is none. */
bool rows_view_is_of_input(const struct view *view);

/* One row with every field. */
struct view *row_view_new(struct app *app, struct subject s, uint64_t row,
                          struct err *err) WARN_UNUSED;

struct view *address_view_new(struct app *app, struct subject s, uint32_t addr,
                              struct err *err) WARN_UNUSED;

/* Addresses by how often they come back; the counts are copied. `of` says of which rows, for the
 * breadcrumb and the name of the file that `e` offers. */
struct view *repeats_view_new(struct app *app, struct subject s, const struct repeats *counts,
                              const char *of, struct err *err) WARN_UNUSED;

/* ---- coming back to a session ---- */

/* What a view kept (view_ops.keep), and what there is now. */
struct resumed {
    struct session_part part;
    struct subject subject; /* both are there */
    bool same_log;          /* unchanged since: places in it mean what they meant */
};

/* Opens the view that kept the part; NULL when what it was about is not there any more. */
typedef struct view *resume_fn(struct app *app, const struct resumed *r, struct err *err);
struct view *rows_view_resume(struct app *app, const struct resumed *r,
                              struct err *err) WARN_UNUSED;
struct view *row_view_resume(struct app *app, const struct resumed *r, struct err *err) WARN_UNUSED;
struct view *address_view_resume(struct app *app, const struct resumed *r,
                                 struct err *err) WARN_UNUSED;
struct view *files_view_resume(struct app *app, const struct resumed *r,
                               struct err *err) WARN_UNUSED;
struct view *members_view_resume(struct app *app, const struct resumed *r,
                                 struct err *err) WARN_UNUSED;
struct view *heat_view_resume(struct app *app, const struct resumed *r,
                              struct err *err) WARN_UNUSED;
struct view *histogram_view_resume(struct app *app, const struct resumed *r,
                                   struct err *err) WARN_UNUSED;
struct view *timeline_view_resume(struct app *app, const struct resumed *r,
                                  struct err *err) WARN_UNUSED;
struct view *scatter_view_resume(struct app *app, const struct resumed *r,
                                 struct err *err) WARN_UNUSED;

/* Order and selection of a clusters view that shows r->subject; and the zoom that the part is about,
 * which it starts: false when its cluster is not there any more. */
void clusters_view_resume(struct view *view, struct app *app, const struct resumed *r);
bool clusters_view_resume_zoom(struct view *view, struct app *app, const struct resumed *r);

/* A cluster by its number and rows; 0 when there is none of both. */
void cluster_keep(struct session *out, const struct clustering *c, uint32_t number);
uint32_t cluster_resumed(const struct resumed *r);

/* An address by its text; ADDR_MISSING when it is not in the log. */
uint32_t address_resumed(const struct resumed *r);

/* A short list to choose from, on top of its owner. `chosen` gets the id of the line that was chosen
 * and returns enum view_next for the owner; the list closes then. */
typedef unsigned choice_fn(struct view *owner, struct app *app, unsigned id);
struct view *choice_view_new(struct view *owner, const char *title, choice_fn *chosen,
                             struct err *err) WARN_UNUSED;

/* Adds a line: a static verb ("exclude"), a text (copied; bytes of the log are fine) and a note
 * behind it. Lines beyond CHOICE_MAX are left out. Errors: ERR_LIMIT. */
#define CHOICE_MAX 72
int choice_view_add(struct view *view, unsigned id, const char *verb, struct span text,
                    const char *note, struct err *err) WARN_UNUSED;

/* Where the selection begins, when not at the first line. */
void choice_view_start(struct view *view, uint64_t line);

/* The recipe as it stands, to be changed and run. The log has been read. */
struct view *features_view_new(struct app *app, struct err *err) WARN_UNUSED;

/* Clusters with what stands in a draft of a recipe, which becomes the application's. False, and said,
 * when it cannot run: nothing has changed then. */
struct draft;
bool draft_run(struct app *app, const struct draft *d);

/* What other k would give, of the current clustering. */
struct view *ladder_view_new(struct err *err) WARN_UNUSED;

/* Pushes the view, or says why there is none. */
unsigned view_push(struct app *app, struct view *view, const struct err *err);

/* Marks a line of a list as the selected one: its background, and the pointer in front. Returns what to
 * add to the looks of its texts: LOOK_ON_SELECTED, or 0 when it is not. */
unsigned view_mark(struct area a, int row, bool selected);

/* Moves a list by the commands that move. False for any other command. */
bool viewport_command(struct viewport *port, enum command command);

/* Copies a row as its file has it (app_copy). Returns VIEW_REDRAW. */
struct row_reader;
unsigned view_copy_row(struct app *app, struct row_reader *reader, uint64_t row);

/* The lines of a sheet take clicks; after sheet_draw. */
void sheet_spots(struct sheet *s, struct app *app, struct area a);

/* What every sheet does: moving, finding (`found` gets the text, see app_ask), Esc. Returns enum
 * view_next; VIEW_NOT_MINE for other commands. */
unsigned sheet_command(struct sheet *s, struct view *view, struct app *app, enum command command,
                       ask_fn *found);

/* Finds in a list of texts: `text` appends the i-th of `port->n`. Selects the next hit in that
 * direction, round the end, from the selection on when `here`; says when there is none. */
typedef void list_text_fn(const void *list, uint64_t i, struct buf *out);
void list_find(struct app *app, struct viewport *port, list_text_fn *text, const void *list,
               struct span needle, int direction, bool here);

/* How a load or a fit that runs is going, in figures. Draws at most `a.rows` lines (two are
 * enough); returns the lines used, 0 when nothing runs. */
int load_draw(struct area a, struct app *app);

/* True when the log goes over more than one day of 24 hours. */
bool many_days(const struct table *t);

#endif
