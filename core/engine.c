/* The façade; see engine.h.
 *
 * DESIGN
 *
 *   EMPTY --engine_load--> LOADING --finish_load--> LOADED --engine_cluster--> CLUSTERING
 *                                                                                  |
 *              EXPORTING --finish--> READY <-----------finish_cluster--------------+
 *                  ^                   |
 *                  +---engine_export---+
 *
 *   Measuring trust changes no state, nor does a fit that was dropped and has yet to end: another job
 *   takes their place, whether they run or wait, and their end is then not told.
 *
 *   LOADED and READY also take engine_load and engine_cluster again.
 *
 * 1. Only the loop thread touches struct engine. A worker sees its struct task, which is filled
 *    before the work is queued and read after it has ended.
 * 2. The state is derived: what runs now, else what is there, which a step that fails leaves alone.
 * 3. Results are replaced, never changed; the generation counts replacements.
 * 4. Handles close only when no work is in flight: a wake-up may come until the worker has returned.
 * 5. What is known early (early.h) is beside the state: it goes when the state has something better, or
 *    nothing to wait for. A load is held until the first rows are there, and until the loop has turned, which
 *    draws them: its threads would be in their way.
 * 6. View jobs work beside all that (desk.h). */
#include "core/engine.h"

#include <uv.h>

#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/desk.h"
#include "core/early.h"

struct engine {
    uv_loop_t *loop;
    uv_async_t wake;
    engine_notify_fn *notify;
    void *user;
    struct parallel *pool;
    enum engine_state state;
    const struct table *table;
    const struct clustering *clustering;
    uint64_t generation, serial;
    double load_seconds;
    struct trust trust; /* of the clustering, when has_trust */
    bool has_trust;
    struct err last;
    struct export_result last_export;
    struct task *task;   /* the running engine job, or NULL */
    struct task *next;   /* waits for the end of a job that gives way, or NULL */
    uv_work_t work;      /* its */
    struct desk *desk;   /* where view jobs work */
    struct early *early; /* what is shown before a load has ended */
    bool rows_are_new;   /* the first rows have been read since the loop turned */
    bool shutting_down, wake_closed;
};

/* ---- small parts ---- */

/* Whether another job may take the place of this one: nobody waits for its end. */
static bool gives_way(const struct task *t)
{
    return t->kind == TASK_TRUST || t->dropped;
}

static void settle(struct engine *e)
{
    static const enum engine_state running[] = {ENGINE_LOADING, ENGINE_CLUSTERING,
                                                ENGINE_EXPORTING};
    const struct task *t = e->next != NULL ? e->next : e->task;
    if (t != NULL && !gives_way(t))
        e->state = running[t->kind];
    else if (e->clustering != NULL)
        e->state = ENGINE_READY;
    else
        e->state = e->table != NULL ? ENGINE_LOADED : ENGINE_EMPTY;
}

static void notify(struct engine *e)
{
    if (e->notify != NULL && !e->shutting_down)
        e->notify(e->user);
}

static void task_work(uv_work_t *work);
static void task_done(uv_work_t *work, int status);

/* A load that was held begins. */
static void release_load(struct engine *e)
{
    e->task->held = false;
    if (uv_queue_work(e->loop, &e->work, task_work, task_done) != 0)
        task_done(&e->work, UV_ECANCELED);
}

/* The loop has turned since a load was held; or more may have come of a stream that is loaded. */
static void on_wake(uv_async_t *handle)
{
    struct engine *e = handle->data;
    bool held = e->task != NULL && e->task->held && !early_busy(e->early);
    if (e->task != NULL && e->task->kind == TASK_LOAD)
        early_more(e->early, e->task->glance);
    if (held)
        release_load(e);
    notify(e);
}

/* Called by workers after each publish. */
static void wake_loop(void *user)
{
    struct engine *e = user;
    (void)uv_async_send(&e->wake);
}

static void on_wake_closed(uv_handle_t *handle)
{
    struct engine *e = handle->data;
    e->wake_closed = true;
}

static void close_when_idle(struct engine *e)
{
    if (e->shutting_down && e->task == NULL && !desk_busy(e->desk) && !early_busy(e->early) &&
        !uv_is_closing((uv_handle_t *)&e->wake))
        uv_close((uv_handle_t *)&e->wake, on_wake_closed);
}

/* ---- what is known early ---- */

static void early_changed(void *user)
{
    struct engine *e = user;
    e->generation++;
    if (e->task != NULL && e->task->held)
        release_load(e);
    on_wake(&e->wake);
    close_when_idle(e);
}

/* Nobody waits for a result any more, or there is one. */
static void leave_early(struct engine *e)
{
    bool waits = e->state == ENGINE_LOADING || e->state == ENGINE_CLUSTERING;
    if (e->clustering == NULL && waits)
        return;
    e->generation += early_result(e->early).table != NULL;
    early_stop(e->early);
}

/* ---- tasks ---- */

/* Whether a job of this kind may take the place of t. */
static bool makes_room(const struct task *t, enum task_kind kind)
{
    return t->dropped || (t->kind == TASK_TRUST && kind != TASK_TRUST);
}

static bool has_room(const struct engine *e, enum task_kind kind)
{
    const struct task *last = e->next != NULL ? e->next : e->task;
    return last == NULL || makes_room(last, kind);
}

static struct task *new_task(struct engine *e, enum task_kind kind, struct err *err)
{
    struct task *t;
    if (e->shutting_down || !has_room(e, kind)) {
        err_set(err, ERR_USAGE, "busy: cancel the running job first (Ctrl-C)");
        return NULL;
    }
    t = task_new(kind, e->table, e->clustering, err);
    if (t != NULL)
        job_set_wake(t->job, wake_loop, e);
    return t;
}

/* Runs on a worker. */
static void task_work(uv_work_t *work)
{
    struct engine *e = work->data;
    task_run(e->task, e->pool);
}

/* Takes the reference; what was known of the clustering before goes with it. */
static void replace(struct engine *e, const struct clustering *c)
{
    /* Under other verdicts the clusters are the same. */
    if (c == NULL || e->clustering == NULL || c->label != e->clustering->label)
        e->has_trust = false;
    clustering_unref(e->clustering);
    e->clustering = c;
    e->generation++;
}

static void finish_load(struct engine *e, struct task *t)
{
    table_unref(e->table);
    replace(e, NULL);
    e->table = t->new_table;
    t->new_table = NULL;
    e->load_seconds = t->seconds;
}

static void finish_cluster(struct engine *e, struct task *t)
{
    replace(e, t->new_clustering);
    t->new_clustering = NULL;
}

static void finish_trust(struct engine *e, const struct task *t)
{
    if (t->clustering != e->clustering)
        return;
    e->trust = t->trust;
    e->has_trust = true;
}

static int queue(struct engine *e, struct task *t)
{
    e->work.data = e;
    e->task = t;
    eta_begin(&t->eta, time_now_s());
    t->held = t->kind == TASK_LOAD && (early_busy(e->early) || e->rows_are_new);
    if (t->held && !early_busy(e->early))
        wake_loop(e);
    e->rows_are_new = false;
    if (t->held || uv_queue_work(e->loop, &e->work, task_work, task_done) == 0)
        return 0;
    e->task = NULL;
    return -1;
}

/* The job that waited for its place. */
static void start_next(struct engine *e)
{
    struct task *t = e->next;
    e->next = NULL;
    if (t == NULL || queue(e, t) == 0)
        return;
    (void)err_set(&e->last, ERR_LIMIT, "cannot start a background job");
    e->serial++;
    task_free(t);
}

/* Runs on the loop thread when the worker has returned. */
static void task_done(uv_work_t *work, int status)
{
    struct engine *e = work->data;
    struct task *t = e->task;
    if (status != 0 && t->rc == 0)
        t->rc = job_stopped(&t->err);
    if (t->rc == 0 && t->kind == TASK_LOAD)
        finish_load(e, t);
    else if (t->rc == 0 && t->kind == TASK_CLUSTER && !t->dropped)
        finish_cluster(e, t);
    else if (t->rc == 0 && t->kind == TASK_TRUST)
        finish_trust(e, t);
    else if (t->kind == TASK_EXPORT)
        e->last_export = t->exported;
    if (e->next == NULL && !t->dropped) {
        e->last = t->err;
        if (t->rc == 0)
            e->last.code = ERR_OK;
        e->serial++;
    }
    e->task = NULL;
    task_free(t);
    start_next(e);
    settle(e);
    if (e->clustering != NULL)
        leave_early(e);
    notify(e); /* which may start the next job */
    leave_early(e);
    close_when_idle(e);
}

/* Queues a task that has been given all (`filled` 0); frees it on failure. */
static int start(struct engine *e, struct task *t, int filled, struct err *err)
{
    if (filled == 0 &&
        e->task != NULL) { /* which gives way, as one that waits does: see has_room */
        task_free(e->next);
        e->next = t;
        job_cancel(e->task->job);
    } else if (filled != 0 || queue(e, t) != 0) {
        task_free(t);
        return filled != 0 ? -1 : err_set(err, ERR_LIMIT, "cannot start a background job");
    }
    settle(e);
    notify(e);
    return 0;
}

/* ---- the public side ---- */

static void view_ended(void *user);

struct engine *engine_new(struct uv_loop_s *loop, uint32_t threads, engine_notify_fn *notify_fn,
                          void *user)
{
    struct engine *e = mem_zalloc(1, sizeof *e);
    if (e == NULL)
        return NULL;
    e->loop = loop;
    e->notify = notify_fn;
    e->user = user;
    e->pool = parallel_new(threads);
    e->desk = desk_new(loop, threads, wake_loop, view_ended, e);
    e->early = early_new(loop, early_changed, e);
    if (e->pool == NULL || e->desk == NULL || e->early == NULL)
        goto fail;
    if (uv_async_init(loop, &e->wake, on_wake) != 0)
        goto fail;
    e->wake.data = e;
    return e;
fail:
    early_free(e->early);
    parallel_free(e->pool);
    desk_free(e->desk);
    mem_free(e);
    return NULL;
}

void engine_shutdown(struct engine *e)
{
    e->shutting_down = true;
    engine_cancel(e);
    engine_view_cancel(e);
    early_stop(e->early);
    close_when_idle(e);
}

bool engine_closed(const struct engine *e)
{
    return e->wake_closed;
}

void engine_free(struct engine *e)
{
    if (e == NULL)
        return;
    BUG_IF(!e->wake_closed);
    table_unref(e->table);
    clustering_unref(e->clustering);
    early_free(e->early);
    parallel_free(e->pool);
    desk_free(e->desk);
    mem_free(e);
}

int engine_load(struct engine *e, const struct load_opts *opts, const struct recipe *first,
                struct err *err)
{
    struct task *t = new_task(e, TASK_LOAD, err);
    if (t == NULL)
        return -1;
    if (task_give_load(t, opts, err) != 0 || task_give_first(t, first, err) != 0 ||
        task_give_glance(t, wake_loop, e, err) != 0)
        return start(e, t, -1, err);
    if (t->load.threads == 0)
        t->load.threads = parallel_threads(e->pool);
    return start(e, t, 0, err);
}

int engine_look_ahead(struct engine *e, const struct load_opts *load,
                      const struct cluster_opts *opts, struct err *err)
{
    struct task *t;
    t = new_task(e, TASK_EARLY, err);
    if (t == NULL || task_give_load(t, load, err) != 0 || task_give_cluster(t, opts, err) != 0) {
        task_free(t);
        return -1;
    }
    early_start(e->early, t);
    e->rows_are_new = !early_busy(e->early);
    e->generation += e->rows_are_new;
    return 0;
}

struct early_result engine_early(const struct engine *e)
{
    return early_result(e->early);
}

int engine_cluster(struct engine *e, const struct cluster_opts *opts, struct err *err)
{
    struct task *t;
    if (e->table == NULL)
        return err_set(err, ERR_USAGE, "no log is loaded");
    t = new_task(e, TASK_CLUSTER, err);
    return t == NULL ? -1 : start(e, t, task_give_cluster(t, opts, err), err);
}

int engine_export(struct engine *e, const struct export_opts *opts, struct err *err)
{
    struct task *t;
    if (e->table == NULL)
        return err_set(err, ERR_USAGE, "no log is loaded");
    if (e->clustering == NULL && opts->rows == NULL)
        return err_set(err, ERR_USAGE, "nothing has been clustered yet");
    t = new_task(e, TASK_EXPORT, err);
    return t == NULL ? -1 : start(e, t, task_give_export(t, opts, err), err);
}

int engine_trust(struct engine *e, uint32_t runs, bool ladder, struct err *err)
{
    struct task *t;
    if (e->clustering == NULL)
        return err_set(err, ERR_USAGE, "nothing has been clustered yet");
    t = new_task(e, TASK_TRUST, err);
    if (t == NULL)
        return -1;
    t->runs = runs;
    t->ladder = ladder;
    return start(e, t, 0, err);
}

bool engine_measures_ladder(const struct engine *e)
{
    const struct task *t = e->next != NULL ? e->next : e->task;
    return t != NULL && t->kind == TASK_TRUST && t->ladder && !t->dropped;
}

const struct trust *engine_trusted(const struct engine *e)
{
    return e->has_trust ? &e->trust : NULL;
}

void engine_cancel(struct engine *e)
{
    if (e->task != NULL)
        job_cancel(e->task->job);
    if (e->next != NULL)
        job_cancel(e->next->job);
}

/* Whether the job means nothing once other clusters are shown. */
static bool is_about_clusters(const struct task *t)
{
    return t->kind == TASK_CLUSTER || t->kind == TASK_TRUST;
}

void engine_show(struct engine *e, const struct clustering *c)
{
    if (e->next != NULL && is_about_clusters(e->next)) {
        task_free(e->next);
        e->next = NULL;
    }
    if (e->task != NULL && is_about_clusters(e->task)) {
        e->task->dropped = true;
        job_cancel(e->task->job);
    }
    replace(e, c == NULL ? NULL : clustering_ref(c));
    settle(e);
    notify(e);
}

enum engine_state engine_state(const struct engine *e)
{
    return e->state;
}

void engine_progress(const struct engine *e, struct progress *out)
{
    *out = (struct progress){.phase = PHASE_IDLE, .part = -1, .left_s = -1};
    if (e->task == NULL || e->next != NULL || gives_way(e->task))
        return;
    job_progress(e->task->job, out);
    eta_see(&e->task->eta, out, time_now_s());
}

const struct table *engine_table(const struct engine *e)
{
    return e->table;
}

const struct clustering *engine_clustering(const struct engine *e)
{
    return e->clustering;
}

uint64_t engine_generation(const struct engine *e)
{
    return e->generation;
}

double engine_load_seconds(const struct engine *e)
{
    return e->load_seconds;
}

const struct err *engine_last(const struct engine *e, uint64_t *serial)
{
    if (serial != NULL)
        *serial = e->serial;
    return &e->last;
}

const struct export_result *engine_last_export(const struct engine *e)
{
    return &e->last_export;
}

/* ---- the view job ---- */

static void view_ended(void *user)
{
    notify(user);
    close_when_idle(user);
}

int engine_view(struct engine *e, const struct view_job *job, struct err *err)
{
    if (e->shutting_down)
        return err_set(err, ERR_CANCELLED, "minnow is closing");
    desk_start(e->desk, job);
    return 0;
}

void engine_view_cancel(struct engine *e)
{
    desk_cancel(e->desk);
}

bool engine_view_busy(const struct engine *e)
{
    return desk_busy(e->desk);
}
