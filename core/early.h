/* What can be shown of a log before it has been read: its first rows, then a preview, which is the
 * clustering of a sample.
 *
 * Belongs to the loop thread, and works beside the load on a thread of its own; only the first rows of a
 * single file are read on the loop thread, so that they are there before any thread is. Results are provisional:
 * their rows and clusters have other numbers than those of the whole log, and nothing is ever made from
 * them. */
#ifndef MINNOW_EARLY_H
#define MINNOW_EARLY_H

#include "core/task.h"

struct uv_loop_s;
struct early;

/* `changed` is called on the loop thread when there is something new, and when a step has ended. NULL on
 * memory. */
struct early *early_new(struct uv_loop_s *loop, void (*changed)(void *user), void *user);
void early_free(struct early *y); /* not while busy; NULL is fine */

/* Begins with the first rows of what `load` reads. `t` is a TASK_EARLY that has been given a load and a
 * cluster; taken. Nothing happens while an earlier one has not ended. Cost: when it is not busy afterwards,
 * the first rows have been read, in a millisecond or two; early_more goes on from there. */
void early_start(struct early *y, struct task *t);

/* The load goes on: to the preview, or there may be more of a stream. */
void early_more(struct early *y, struct glance *glance);

/* Forgets all results and stops; it is busy until the step that runs has noticed. */
void early_stop(struct early *y);
bool early_busy(const struct early *y);

/* Borrowed until the next `changed`. */
struct early_result early_result(const struct early *y);

#endif
