/* n numbered slices on t threads.
 *
 * A pool's threads start with its first run and live as long as the pool; a run hands out slice numbers 0..n-1 in ascending
 * order and returns when all are done. Which thread gets which slice is not determined, so results
 * must depend on the slice number only. */
#ifndef MINNOW_PARALLEL_H
#define MINNOW_PARALLEL_H

#include "core/base/err.h"

#define PARALLEL_MAX_THREADS 64

struct parallel;
typedef void parallel_fn(void *user, uint32_t slice);

/* threads 0 takes the number of processors this process may use. When a thread can't be started,
 * fewer are used. NULL on memory. Cost: no thread yet. */
struct parallel *parallel_new(uint32_t threads) WARN_UNUSED;
void parallel_free(struct parallel *pool);
uint32_t parallel_threads(const struct parallel *pool); /* at most; 1 for NULL */

/* Runs fn(user, 0 .. n_slices - 1). With pool NULL it runs on the calling thread. One run at a time
 * per pool. */
void parallel_run(struct parallel *pool, uint32_t n_slices, parallel_fn *fn, void *user);

/* The first row of slice s when n rows are cut into n_slices: slices differ by at most one row...
 */
static inline uint64_t slice_begin(uint64_t n, uint32_t n_slices, uint32_t s)
{
    uint64_t each = n / n_slices, rest = n % n_slices;
    return each * s + (s < rest ? s : rest);
}

#endif
