/* The place where view jobs work (engine.h): one runs, one more may wait, and a newer one takes the place of
 * the one that waits. It has threads of its own, beside those of the engine's job.
 *
 * Belongs to the loop thread. */
#ifndef MINNOW_DESK_H
#define MINNOW_DESK_H

#include "core/engine.h"

struct desk;

/* `wake` is called by the worker when a job publishes, `ended` on the loop thread after each job's finish
 * step. Threads 0: all processors. NULL on memory. */
struct desk *desk_new(struct uv_loop_s *loop, uint32_t threads, void (*wake)(void *user),
                      void (*ended)(void *user), void *user) WARN_UNUSED;
void desk_free(struct desk *d); /* not while busy; NULL is fine */

/* Cancels the job that runs, and starts this one, now or when that has ended. */
void desk_start(struct desk *d, const struct view_job *job);
void desk_cancel(struct desk *d);
bool desk_busy(const struct desk *d);

#endif
