/* Work that a view waits for; see work.h.
 *
 * DESIGN
 * 1. A view takes a result only from the work that it waits for. Another view in the memory of the
 *    one that asked waits for another work, so comparing the two pointers is enough. */
#include "tui/view/work.h"

#include "core/base/mem.h"

static void work_free(struct work *w)
{
    if (w->kind->release != NULL)
        w->kind->release(w);
    subject_unref(w->subject);
    mem_free(w);
}

static int run(void *ctx, struct job *job, struct err *err)
{
    struct work *w = ctx;
    return w->kind->run(w, job, err);
}

static void finish(void *ctx, int rc, const struct err *err)
{
    struct work *w = ctx;
    if (app_has_view(w->app, w->view) && w->view->waiting == w) {
        w->view->waiting = NULL;
        w->kind->take(w->view, w, rc, err);
        app_redraw(w->app);
    }
    work_free(w);
}

void *work_new(const struct work_kind *kind, struct view *view, struct app *app, struct subject s,
               struct err *err)
{
    struct work *w = mem_zalloc(1, kind->size);
    if (w == NULL) {
        (void)err_memory(err, kind->what);
        return NULL;
    }
    w->kind = kind;
    w->app = app;
    w->view = view;
    w->subject = subject_ref(s);
    return w;
}

int work_start(struct work *w, struct err *err)
{
    struct view *view = w->view;
    view->waiting = w;
    if (app_job(w->app, &(struct view_job){run, finish, w}))
        return 0;
    view->waiting = NULL;
    (void)err_set(err, ERR_LIMIT, "%s could not be made", w->kind->what);
    work_free(w);
    return -1;
}

void work_draw(struct area a, int row, const struct err *trouble, const char *doing)
{
    if (trouble->code == ERR_OK)
        (void)draw_text(a, row, 1, LOOK_STATUS_WORK, doing);
    else if (trouble->code == ERR_CANCELLED)
        (void)draw_text(a, row, 1, LOOK_STATUS_WARN, "stopped; Enter starts again, q goes back");
    else
        (void)draw_untrusted(a, row, 1, a.cols - 2, LOOK_STATUS_ERROR, span_of(trouble->text),
                             CUT_END);
}
