/* A pool of threads that work on numbered slices; see parallel.h.
 *
 * DESIGN
 * 1. The calling thread works too, so a pool of t threads starts t - 1: at the first run that has work for
 *    them, since whoever makes a pool may have something more urgent to do. When fewer can be started,
 *    fewer help.
 * 2. A run is a serial number. Helpers sleep until it changes, join in if the run is still open, take
 *    slice numbers from one counter until none is left, and leave. The caller waits for those that
 *    joined alone: on a busy machine a helper may wake when all is done, and nobody waits for it.
 * 3. The function and its argument are written before the run opens, under the lock, and stay until it
 *    has closed and all have left. */
#include "core/parallel.h"

#include <sched.h>
#include <stdatomic.h>
#include <uv.h>

#include "core/base/mem.h"

struct parallel {
    uv_thread_t thread[PARALLEL_MAX_THREADS];
    uint32_t n_wanted;  /* helpers */
    uint32_t n_helpers; /* that have been started; the caller's alone */
    bool started;       /* or tried: the same */
    uv_mutex_t lock;
    uv_cond_t start, done;
    uint64_t serial;  /* of the run; under lock */
    bool open;        /* the run has slices left; under lock */
    uint32_t working; /* helpers that joined this run and have not left; under lock */
    bool quit;        /* under lock */
    parallel_fn *fn;
    void *user;
    uint32_t n_slices;
    _Atomic uint32_t next;
};

static void take_slices(struct parallel *pool)
{
    for (;;) {
        uint32_t slice = atomic_fetch_add(&pool->next, 1);
        if (slice >= pool->n_slices)
            return;
        pool->fn(pool->user, slice);
    }
}

static void helper_main(void *arg)
{
    struct parallel *pool = arg;
    uint64_t seen = 0;
    for (;;) {
        uv_mutex_lock(&pool->lock);
        while (pool->serial == seen && !pool->quit)
            uv_cond_wait(&pool->start, &pool->lock);
        if (pool->quit) {
            uv_mutex_unlock(&pool->lock);
            return;
        }
        seen = pool->serial;
        if (!pool->open) {
            uv_mutex_unlock(&pool->lock);
            continue;
        }
        pool->working++;
        uv_mutex_unlock(&pool->lock);

        take_slices(pool);

        uv_mutex_lock(&pool->lock);
        if (--pool->working == 0)
            uv_cond_signal(&pool->done);
        uv_mutex_unlock(&pool->lock);
    }
}

/* Processors that this process may run on. */
static uint32_t processors(void)
{
    cpu_set_t set;
    int n = 1;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        n = CPU_COUNT(&set);
    return n < 1 ? 1 : (uint32_t)n;
}

struct parallel *parallel_new(uint32_t threads)
{
    struct parallel *pool = mem_zalloc(1, sizeof *pool);
    if (pool == NULL)
        return NULL;
    if (threads == 0)
        threads = processors();
    if (threads > PARALLEL_MAX_THREADS)
        threads = PARALLEL_MAX_THREADS;
    if (uv_mutex_init(&pool->lock) != 0)
        goto fail;
    if (uv_cond_init(&pool->start) != 0)
        goto fail_lock;
    if (uv_cond_init(&pool->done) != 0)
        goto fail_start;
    pool->n_wanted = threads - 1;
    return pool;
fail_start:
    uv_cond_destroy(&pool->start);
fail_lock:
    uv_mutex_destroy(&pool->lock);
fail:
    mem_free(pool);
    return NULL;
}

void parallel_free(struct parallel *pool)
{
    if (pool == NULL)
        return;
    uv_mutex_lock(&pool->lock);
    pool->quit = true;
    uv_cond_broadcast(&pool->start);
    uv_mutex_unlock(&pool->lock);
    for (uint32_t i = 0; i < pool->n_helpers; i++)
        uv_thread_join(&pool->thread[i]);
    uv_cond_destroy(&pool->done);
    uv_cond_destroy(&pool->start);
    uv_mutex_destroy(&pool->lock);
    mem_free(pool);
}

uint32_t parallel_threads(const struct parallel *pool)
{
    return pool == NULL ? 1 : pool->n_wanted + 1;
}

static void start_helpers(struct parallel *pool)
{
    pool->started = true;
    while (pool->n_helpers < pool->n_wanted) {
        if (uv_thread_create(&pool->thread[pool->n_helpers], helper_main, pool) != 0)
            break;
        pool->n_helpers++;
    }
}

void parallel_run(struct parallel *pool, uint32_t n_slices, parallel_fn *fn, void *user)
{
    if (pool != NULL && n_slices > 1 && !pool->started)
        start_helpers(pool);
    if (pool == NULL || pool->n_helpers == 0 || n_slices < 2) {
        for (uint32_t s = 0; s < n_slices; s++)
            fn(user, s);
        return;
    }
    uv_mutex_lock(&pool->lock);
    pool->fn = fn;
    pool->user = user;
    pool->n_slices = n_slices;
    atomic_store(&pool->next, 0);
    pool->open = true;
    pool->serial++;
    uv_cond_broadcast(&pool->start);
    uv_mutex_unlock(&pool->lock);

    take_slices(pool);

    uv_mutex_lock(&pool->lock);
    pool->open = false;
    while (pool->working > 0)
        uv_cond_wait(&pool->done, &pool->lock);
    uv_mutex_unlock(&pool->lock);
}
