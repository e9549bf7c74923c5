/* A job's stop flag and progress snapshot; see job.h.
 *
 * DESIGN
 * 1. The flag is atomic: the worker reads it in its loops without a lock.
 * 2. The snapshot is a fixed-size value, copied in and out under one mutex; nothing points into it.
 * 3. The eventfd becomes readable with the flag and never again unreadable, so that a worker which
 *    polls a slow input wakes at once. */
#include "core/job.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <uv.h>

#include "core/base/mem.h"

struct job {
    atomic_bool stop;
    _Atomic uint64_t looks; /* until it cancels itself; 0: it does not */
    int cancel_fd;
    uv_mutex_t lock;
    struct progress now; /* under lock */
    void (*wake)(void *user);
    void *user;
    struct parallel *pool; /* borrowed */
};

const char *phase_text(enum phase phase)
{
    static const char *const text[] = {
#define X(id, words) words,
        PHASES(X)
#undef X
    };
    return phase < N_PHASES ? text[phase] : "";
}

struct job *job_new(void)
{
    struct job *job = mem_zalloc(1, sizeof *job);
    if (job == NULL)
        return NULL;
    job->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (job->cancel_fd < 0)
        goto fail;
    if (uv_mutex_init(&job->lock) != 0)
        goto fail_fd;
    return job;
fail_fd:
    close(job->cancel_fd);
fail:
    mem_free(job);
    return NULL;
}

void job_free(struct job *job)
{
    if (job == NULL)
        return;
    uv_mutex_destroy(&job->lock);
    close(job->cancel_fd);
    mem_free(job);
}

void job_cancel(struct job *job)
{
    uint64_t one = 1;
    ssize_t wrote;
    atomic_store(&job->stop, true);
    do
        wrote = write(job->cancel_fd, &one, sizeof one);
    while (wrote < 0 && errno == EINTR);
}

/* Counts a look; the last one cancels. */
static bool look(struct job *job)
{
    if (atomic_fetch_sub(&job->looks, 1) != 1)
        return false;
    job_cancel(job);
    if (job->wake != NULL)
        job->wake(job->user);
    return true;
}

bool job_cancelled(const struct job *job)
{
    if (job == NULL)
        return false;
    if (atomic_load_explicit(&job->stop, memory_order_relaxed))
        return true;
    return atomic_load_explicit(&job->looks, memory_order_relaxed) != 0 &&
           look((struct job *)(uintptr_t)job);
}

void job_cancel_at(struct job *job, uint64_t n)
{
    atomic_store(&job->looks, n);
}

uint64_t job_looks_left(const struct job *job)
{
    return atomic_load(&job->looks);
}

int job_cancel_fd(const struct job *job)
{
    return job == NULL ? -1 : job->cancel_fd;
}

void job_publish(struct job *job, const struct progress *now)
{
    if (job == NULL)
        return;
    uv_mutex_lock(&job->lock);
    job->now = *now;
    uv_mutex_unlock(&job->lock);
    if (job->wake != NULL)
        job->wake(job->user);
}

void job_progress(const struct job *job, struct progress *out)
{
    /* The lock is the only part that a reader changes. */
    uv_mutex_t *lock = (uv_mutex_t *)&job->lock;
    uv_mutex_lock(lock);
    *out = job->now;
    uv_mutex_unlock(lock);
}

int job_stopped(struct err *err)
{
    return err_set(err, ERR_CANCELLED, "cancelled");
}

void job_set_wake(struct job *job, void (*wake)(void *user), void *user)
{
    job->wake = wake;
    job->user = user;
}

struct parallel *job_pool(const struct job *job)
{
    return job == NULL ? NULL : job->pool;
}

void job_set_pool(struct job *job, struct parallel *pool)
{
    job->pool = pool;
}
