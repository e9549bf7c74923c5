/* Work in the background whose result one view waits for.
 *
 * A work owns its input (a subject by reference, the rest by value) and its output, and touches
 * nothing else: it outlives the view that asked. When it has ended, its view takes what came of it,
 * if that view is still there and waits for no other work. A struct that begins with a struct work
 * is what a kind of work needs:
 *
 *     struct count { struct work work; uint32_t cluster; struct members out; };
 *
 *     struct count *w = work_new(&counting, view, app, subject, &err);
 *     if (w != NULL) {
 *         w->cluster = 3;
 *         work_start(&w->work, &err);
 *     } */
#ifndef MINNOW_TUI_VIEW_WORK_H
#define MINNOW_TUI_VIEW_WORK_H

#include "tui/view/views.h"

struct work;

struct work_kind {
    size_t size;      /* of the struct that begins with a struct work */
    const char *what; /* "the heat map": for messages */

    /* On a worker. */
    int (*run)(struct work *w, struct job *job, struct err *err);

    /* On the loop thread: moves the output into the view when rc is 0, else notes why there is none. The
     * screen is drawn again after it. */
    void (*take)(struct view *view, struct work *w, int rc, const struct err *err);

    /* Frees the output, where it was not taken, and what else the work owns. May be NULL. */
    void (*release)(struct work *w);
};

struct work {
    const struct work_kind *kind;
    struct app *app;
    struct view *view;
    struct subject subject; /* a reference */
};

/* All zeroes behind the head. NULL with ERR_LIMIT. */
void *work_new(const struct work_kind *kind, struct view *view, struct app *app, struct subject s,
               struct err *err) WARN_UNUSED;

/* Starts it; the view waits for it from now on (view->waiting). On failure it has been freed. Errors:
 * ERR_LIMIT. */
int work_start(struct work *w, struct err *err);

/* What stands in place of a result: that it is being made (`doing`: "counting rows ..."), that it was
 * stopped (Enter starts again), or why there is none. */
void work_draw(struct area a, int row, const struct err *trouble, const char *doing);

#endif
