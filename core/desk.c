/* One view job at a time; see desk.h.
 *
 * DESIGN
 * 1. A job's finish step is called once, whatever becomes of it: run, cancelled, replaced while it waited,
 *    or not to be started. It may start the next.
 * 2. The next job is started before the finish step of the one before: a worker is never idle for a screen
 *    that is being drawn. */
#include "core/desk.h"

#include <uv.h>

#include "core/base/mem.h"

struct desk {
    uv_loop_t *loop;
    uv_work_t work;
    struct parallel *pool; /* owned; of the job that runs */
    void (*wake)(void *user);
    void (*ended)(void *user);
    void *user;
    struct view_job running, waiting;
    bool busy, has_waiting;
    struct job *job; /* of the one that runs; owned */
    struct err err;
    int rc;
};

struct desk *desk_new(struct uv_loop_s *loop, uint32_t threads, void (*wake)(void *user),
                      void (*ended)(void *user), void *user)
{
    struct desk *d = mem_zalloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->loop = loop;
    d->wake = wake;
    d->ended = ended;
    d->user = user;
    d->pool = parallel_new(threads);
    if (d->pool != NULL)
        return d;
    mem_free(d);
    return NULL;
}

void desk_free(struct desk *d)
{
    if (d == NULL)
        return;
    BUG_IF(d->busy);
    parallel_free(d->pool);
    mem_free(d);
}

static void start(struct desk *d);

static void run(uv_work_t *work)
{
    struct desk *d = work->data;
    d->rc = job_cancelled(d->job) ? job_stopped(&d->err)
                                  : d->running.run(d->running.ctx, d->job, &d->err);
}

static void done(uv_work_t *work, int status)
{
    struct desk *d = work->data;
    struct view_job ended = d->running;
    struct err err = d->err;
    int rc = status != 0 ? job_stopped(&err) : d->rc;
    job_free(d->job);
    d->job = NULL;
    d->busy = false;
    if (d->has_waiting) {
        d->has_waiting = false;
        d->running = d->waiting;
        start(d);
    }
    ended.finish(ended.ctx, rc, &err);
    d->ended(d->user);
}

/* Starts d->running; when that fails its finish step says so. */
static void start(struct desk *d)
{
    d->err = (struct err)ERR_INIT;
    d->rc = 0;
    d->job = job_new();
    d->work.data = d;
    if (d->job != NULL) {
        job_set_wake(d->job, d->wake, d->user);
        job_set_pool(d->job, d->pool);
        if (uv_queue_work(d->loop, &d->work, run, done) == 0) {
            d->busy = true;
            return;
        }
    }
    job_free(d->job);
    d->job = NULL;
    err_memory(&d->err, "a background job");
    d->running.finish(d->running.ctx, -1, &d->err);
}

/* A job that waited and is not run. */
static void end_unstarted(const struct view_job *job)
{
    struct err gone = ERR_INIT;
    job_stopped(&gone);
    job->finish(job->ctx, -1, &gone);
}

void desk_start(struct desk *d, const struct view_job *job)
{
    struct view_job old = d->waiting;
    bool waited = d->has_waiting;
    if (!d->busy) {
        d->running = *job;
        start(d);
        return;
    }
    job_cancel(d->job);
    d->waiting = *job;
    d->has_waiting = true;
    if (waited)
        end_unstarted(&old);
}

void desk_cancel(struct desk *d)
{
    struct view_job old = d->waiting;
    bool waited = d->has_waiting;
    d->has_waiting = false;
    if (waited)
        end_unstarted(&old);
    if (d->busy)
        job_cancel(d->job);
}

bool desk_busy(const struct desk *d)
{
    return d->busy;
}
