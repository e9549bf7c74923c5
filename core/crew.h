/* Tasks for threads that each keep something for themselves: counts, a reader of rows.
 *
 * Whole numbers add up to the same whatever thread added which, so counts need one place a thread,
 * not one a slice. Anything else must depend on the task alone. */
#ifndef MINNOW_CREW_H
#define MINNOW_CREW_H

#include <stdatomic.h>

#include "core/job.h"
#include "core/parallel.h"

struct crew {
    struct parallel *pool;
    struct job *job;
    uint32_t n_tasks;
    _Atomic uint32_t next;
    atomic_bool failed; /* memory was short */
};

static inline void crew_init(struct crew *crew, struct parallel *pool, struct job *job)
{
    crew->pool = pool;
    crew->job = job;
    atomic_init(&crew->next, 0);
    atomic_init(&crew->failed, false);
}

/* Runs fn(user, 0 .. members - 1), which take tasks until none is left. Members are as many as
 * threads. Errors: ERR_LIMIT on `what` when one failed, ERR_CANCELLED. */
static inline int crew_run(struct crew *crew, uint32_t n_tasks, parallel_fn *fn, void *user,
                           const char *what, struct err *err)
{
    crew->n_tasks = n_tasks;
    atomic_store(&crew->next, 0);
    parallel_run(crew->pool, parallel_threads(crew->pool), fn, user);
    if (job_cancelled(crew->job))
        return job_stopped(err);
    return atomic_load(&crew->failed) ? err_memory(err, what) : 0;
}

/* The next task's number; false when there is none, or the work is given up. */
static inline bool crew_take(struct crew *crew, uint32_t *task)
{
    if (atomic_load_explicit(&crew->failed, memory_order_relaxed) || job_cancelled(crew->job))
        return false;
    *task = atomic_fetch_add(&crew->next, 1);
    return *task < crew->n_tasks;
}

#endif
