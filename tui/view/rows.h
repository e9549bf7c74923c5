/* The rows view, private to its files: rows.c (commands), rows_find.c (finding), rows_filter.c (which rows), rows_layout.c (which
 * columns), chooser.c (the list to choose them from), rows_marks.c (marks, export),
 * rows_draw.c (cells), rows_wrap.c (cells of several lines), rows_around.c (the lines around
 * them) and rows_job.c (work in the background).
 *
 * The set of rows is shared with the jobs that read it: counted, on the loop thread only. */
#ifndef MINNOW_TUI_VIEW_ROWS_H
#define MINNOW_TUI_VIEW_ROWS_H

#include "core/table/row_reader.h"
#include "tui/model/col_layout.h"
#include "tui/model/columns.h"
#include "tui/view/views.h"

#define ROWS_NARROW 120 /* below this many columns times are short and uid scrolls */
#define ROWS_GAP    1
#define ROWS_SLOTS  64 /* columns on a screen, at most */

struct shared_set {
    unsigned refs;
    struct rowset set;
};

/* Which rows are shown, and in what order. */
struct rows_state {
    struct buf filter; /* an expression as on the `&` line; empty for none */
    int32_t sorted;    /* table column, or -1 */
    bool descending;
};

/* What `u` leads back to: rows as they were, or columns. */
struct rows_step {
    bool of_columns;
    struct rows_state rows;
    const struct col_layout *layout; /* a reference */
};
#define ROWS_UNDO 50

/* How wide addresses are, in columns. */
struct addr_cols {
    int longest; /* the longest of them */
    int apart;   /* all cut to that many still look different */
    int count;   /* the count behind one, with its blank and sign; 0 when none comes back */
};

enum rows_of { OF_CLUSTER, OF_ADDRESS, OF_OBSERVATION, OF_INPUT, OF_PICK };

struct rows_view {
    struct view head;
    struct subject subject;
    enum rows_of of;
    uint32_t whose;        /* cluster, address id, observation or input */
    struct row_pick *pick; /* OF_PICK: counted; else NULL */

    struct shared_set *all;  /* as they were collected; NULL until they are */
    struct shared_set *rows; /* those shown: filtered and sorted; NULL as `all` */
    struct repeats repeats;
    uint32_t *content;  /* per table column: columns that its values take; owned */
    struct err trouble; /* why there are no rows */

    struct row_reader *reader;
    struct viewport port;
    uint64_t list_lines; /* of the screen, for rows; 0 before they are drawn */
    bool narrow, days;
    enum time_style style;
    bool stale;                      /* other rows came: columns have other widths */
    int cols;                        /* the order below is for this width; 0: to be made */
    uint32_t *order;                 /* places -> table columns; owned */
    uint32_t *width;                 /* by place; owned */
    uint32_t *room;                  /* by place: columns for an address in it; owned */
    uint32_t n_places;               /* columns that are shown */
    const struct col_layout *layout; /* what the order was made from; a reference */
    int32_t widening;                /* the table column whose width the last key changed, or -1 */
    bool short_times;
    uint32_t frozen;
    uint32_t at, first;     /* column under the cursor; first one that scrolls: places */
    struct addr_cols addrs; /* of these rows */
    int addr_cols;          /* what an address column grants: one of the two */

    struct rows_state now;
    struct rows_state want;           /* `now`, or what a running job will make of it */
    struct rows_step past[ROWS_UNDO]; /* the newest last */
    size_t n_past;
    bool beginning;          /* what follows is still to be applied */
    struct buf first_filter; /* applied once the rows are there; empty for none */
    int32_t first_sorted;    /* so is this column, or -1 */
    bool first_descending;
    uint64_t first_place, first_top; /* selected then, and at the top */
    uint64_t first_shown, first_all; /* how many they were when they were left; 0: not known */
    int32_t first_column;            /* under the cursor once columns are laid out, or -1 */
    struct rows_state asked;         /* when the `&` line was opened */

    struct buf needle; /* what was searched; empty for none */
    struct find find;
    bool found;      /* `find` is the answer to `needle` */
    bool searching;  /* the first hit is still to be gone to */
    struct buf same; /* the cell that all equal ones are highlighted with */
    bool same_on;
    bool walk_same;       /* n and N go through them, not through the hits */
    int steps;            /* n less N since the work began that finds where to */
    uint32_t same_column; /* of the table */
    int64_t same_us;      /* it is this time; else TIME_MISSING */
    uint32_t same_end; /* it is this address; its count is that of the ranks; else ADDR_MISSING */
    struct buf same_test; /* the expression that counts it otherwise; empty for none */
    bool same_counted;
    struct find equals; /* the rows that have it */

    int gutter;        /* columns at the left for the marks, or 0 */
    bool write_marked; /* what is to be written once its name is known */
};

static inline uint64_t rows_n(const struct rows_view *v)
{
    return v->rows == NULL ? 0 : v->rows->set.n;
}

/* Rows that the filter hides. */
static inline uint64_t rows_hidden(const struct rows_view *v)
{
    return v->rows == NULL ? 0 : v->all->set.n - v->rows->set.n;
}

extern const struct view_ops rows_ops;

/* ---- rows_job.c ---- */

void shared_set_unref(struct shared_set *s);

/* Each replaces a view job that runs. */
void rows_collect(struct rows_view *v, struct app *app);

/* Collects at once, for a log of a few hundred rows. Errors: ERR_LIMIT. */
int rows_collect_now(struct rows_view *v, struct err *err) WARN_UNUSED;
void rows_sort(struct rows_view *v, struct app *app, uint32_t column, bool descending);

/* Shows what passes a filter (empty: all), sorted by a column (-1: as collected). Errors: ERR_USAGE
 * with the column in `filter`: nothing changes then. */
int rows_refine(struct rows_view *v, struct app *app, struct span filter, int32_t sorted,
                bool descending, struct err *err) WARN_UNUSED;

/* Finds the needle and counts what equals the cell, as far as that is not known. */
void rows_look(struct rows_view *v, struct app *app);

/* ---- rows_find.c ---- */

/* What was looked for is known: goes to the first hit, when a text was searched, and on by the `n` that
 * were typed meanwhile. */
void rows_looked(struct rows_view *v, struct app *app);

/* Whether a cell, by its row and table column, is one of those that `*` highlights; its text as shown. */
bool rows_is_same(const struct rows_view *v, uint64_t row, uint32_t column, struct span text);

/* The commands that find. VIEW_NOT_MINE for others. */
unsigned rows_find_command(struct rows_view *v, struct app *app, enum command command);

/* ---- rows.c ---- */

/* Copies the text of the cell under the cursor into `out`. False when there is none. */
bool rows_cell_text(struct rows_view *v, struct buf *out);

/* ---- rows_filter.c ---- */

void rows_state_release(struct rows_state *s);
void rows_state_copy(struct rows_state *to, const struct rows_state *from);
bool rows_state_same(const struct rows_state *a, const struct rows_state *b);

/* Notes how rows are shown, before that is changed. */
void rows_remember(struct rows_view *v);

void rows_remember_columns(struct rows_view *v, const struct col_layout *layout);
void rows_step_release(struct rows_step *step);

/* The commands that change which rows are shown. VIEW_NOT_MINE for others. */
unsigned rows_filter_command(struct rows_view *v, struct app *app, enum command command);

/* Joins a test of the cell under the cursor to a filter. Errors: ERR_USAGE when there is no value, ERR_LIMIT. */
int rows_cell_test(struct rows_view *v, bool keep, struct buf *filter, struct err *err) WARN_UNUSED;

/* ---- rows_marks.c ---- */

uint64_t rows_n_marked(const struct rows_view *v, const struct app *app);

/* What these rows are, for names of files: "cluster-3", "192.168.1.5". */
void rows_file_name(const struct rows_view *v, char *out, size_t size);

unsigned rows_marks_command(struct rows_view *v, struct app *app, enum command command);

/* What a click in a column says (app_spot): its place, and whether it was on its heading. */
#define ROWS_CLICKED_HEAD 0x10000u

/* ---- rows_keep.c ---- */

void rows_keep(const struct view *view, struct app *app, struct session *out);

/* After rows have come: filter, order and place that the view was opened with. */
void rows_begin(struct rows_view *v, struct app *app);

/* ---- rows_layout.c ---- */

/* Measures addresses, on a worker. Cost: each is looked at once, and up to 65536 that are longer than
 * IPv4's once for each width that is tried. Errors: ERR_CANCELLED. */
int rows_measure_addresses(struct addr_cols *out, const struct repeats *r, const struct table *t,
                           struct job *job, struct err *err) WARN_UNUSED;

/* Makes order and widths of the columns for a screen. */
void rows_lay_out(struct rows_view *v, int cols, const struct col_layout *layout,
                  enum time_style style);

/* The order in which columns come by themselves, n of the table's; the first *main_places matter. */
uint32_t rows_natural_order(const struct rows_view *v, uint32_t *order, uint32_t *main_places);

bool rows_is_end(const struct rows_view *v, uint32_t column); /* one of the two addresses */

/* Widens the columns of addresses other than the two by what is on the screen; true when one grew: they
 * are to be laid out again. */
bool rows_grow(struct rows_view *v, const struct column_slot *slot, uint32_t n_slots);

/* Moves the window of columns so that the one under the cursor is seen. */
void rows_reveal(struct rows_view *v);

/* Takes another layout, which `u` takes back. */
void rows_take_layout(struct rows_view *v, struct app *app, const struct col_layout *layout);

/* The commands that change columns. VIEW_NOT_MINE for others. */
unsigned rows_layout_command(struct rows_view *v, struct app *app, enum command command);

/* ---- chooser.c ---- */

/* The columns to choose from; `v` is below it as long as it lives. */
struct view *chooser_view_new(struct rows_view *v, struct app *app, struct err *err) WARN_UNUSED;

/* ---- rows_wrap.c ---- */

/* Whether long values wrap. */
bool rows_wrap(const struct rows_view *v);

/* The columns on the screen, at most ROWS_SLOTS; returns how many. */
uint32_t rows_slots(const struct rows_view *v, struct column_slot *slot);

/* Columns that a line of a wrapped cell has, in a slot of so many. */
int rows_wrap_cols(const struct rows_view *v, uint32_t place, int cols);

/* Lines of a row, counted from 0 in the list. */
int rows_height(struct rows_view *v, uint64_t at);

/* Makes the selected row seen in a list of so many lines. */
void rows_settle(struct rows_view *v, int lines);

/* Moves by the commands that move. False for any other command. */
bool rows_move(struct rows_view *v, enum command cmd);

/* ---- rows_around.c ---- */

void rows_draw_title(const struct rows_view *v, struct area a);
void rows_draw_headings(const struct rows_view *v, struct area a, const struct column_slot *slot,
                        uint32_t n_slots);
void rows_draw_status(struct rows_view *v, const struct app *app, struct area a,
                      const struct column_slot *slot, uint32_t n_slots);
void rows_draw_waiting(const struct rows_view *v, struct area a);
void rows_draw_nothing(const struct rows_view *v, struct area a);

/* ---- rows_draw.c ---- */

void rows_draw(struct view *view, struct app *app, struct area area);

/* The address in one of the two columns. */
uint32_t rows_end_of(const struct rows_view *v, uint64_t row, const struct column *col);

/* The text of a cell as it is shown; may use `scratch`. `state` says what it is. */
struct span rows_cell(const struct rows_view *v, const struct row *row, uint32_t column,
                      enum field_state *state, struct buf *scratch);

#endif
