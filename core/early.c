/* First rows and preview; see early.h.
 *
 * DESIGN
 *
 *   NOTHING --early_start--> FIRST --> PREVIEW --> DONE
 *                            |   ^
 *                            +---+ a stream from which more has come
 *
 * 1. A step is one piece of work on a worker: it fills the task's result, and `conclude` takes it. Between
 *    two steps nothing runs, so a slow stream costs nothing. The first rows of a single file are read on the
 *    loop thread: a worker would take longer to start than they take to read.
 * 2. The first rows are those of 64 KiB. A preview takes a part of the log, so that the load is delayed
 *    by a few percent at most: PREVIEW_SHARE of a file, and the beginning of a stream.
 * 3. early_stop may come at any time; results of a step that was stopped are dropped. */
#include "core/early.h"

#include <fcntl.h>
#include <uv.h>

#include "core/base/log.h"
#include "core/base/mem.h"

#define FIRST_BYTES   ((uint64_t)64 << 10)
#define PREVIEW_BYTES ((uint64_t)12 << 20) /* some 100,000 rows */
#define PREVIEW_SHARE 20

enum stage { NOTHING, FIRST, PREVIEW, DONE };

struct early {
    uv_loop_t *loop;
    uv_work_t work;
    void (*changed)(void *user);
    void *user;
    struct task *task; /* owned; NULL: nothing is wanted */
    enum stage stage;
    bool busy, stopped;
    uint64_t looked_at;         /* bytes of the stream that the first rows are from */
    struct early_result result; /* references */
};

struct early *early_new(struct uv_loop_s *loop, void (*changed)(void *user), void *user)
{
    struct early *y = mem_zalloc(1, sizeof *y);
    if (y == NULL)
        return NULL;
    y->loop = loop;
    y->changed = changed;
    y->user = user;
    return y;
}

static void forget(struct early *y)
{
    table_unref(y->result.table);
    clustering_unref(y->result.clustering);
    y->result = (struct early_result){.table = NULL};
}

void early_free(struct early *y)
{
    if (y == NULL)
        return;
    BUG_IF(y->busy);
    forget(y);
    task_free(y->task);
    mem_free(y);
}

static void run(uv_work_t *work)
{
    struct early *y = work->data;
    task_run(y->task, NULL);
}

static void take(struct early *y, struct task *t)
{
    if (t->new_table == NULL || t->rc != 0)
        return;
    forget(y);
    y->result = (struct early_result){t->new_table, t->new_clustering, t->sampled.n_inputs,
                                      t->sampled.spread};
    t->new_table = NULL;
    t->new_clustering = NULL;
}

static void conclude(struct early *y)
{
    struct task *t = y->task;
    if (t->rc != 0 && t->err.code != ERR_DATA && t->err.code != ERR_CANCELLED)
        log_line("early: %s", t->err.text);
    take(y, t);
    log_line("early: step %d: %llu rows in %.3f s", (int)y->stage,
             y->result.table == NULL ? 0ULL : (unsigned long long)y->result.table->n_rows,
             t->seconds);
    if (y->stage == PREVIEW)
        y->stage = DONE;
}

static void ended(uv_work_t *work, int status)
{
    struct early *y = work->data;
    struct task *t = y->task;
    y->busy = false;
    if (status != 0)
        t->rc = -1;
    if (y->stopped) {
        y->task = NULL;
        task_free(t);
    } else {
        conclude(y);
        if (y->stage == FIRST && !t->sampled.stream)
            early_more(y, NULL);
    }
    y->changed(y->user);
}

static void prepare(struct early *y, enum stage stage)
{
    struct task *t = y->task;
    y->stage = stage;
    t->err = (struct err)ERR_INIT;
    t->rc = 0;
    table_unref(t->new_table);
    t->new_table = NULL;
    t->with_preview = stage == PREVIEW;
    t->sample.bytes = stage == FIRST ? FIRST_BYTES : t->has_stream ? GLANCE_BYTES : PREVIEW_BYTES;
    t->sample.share = stage == PREVIEW ? PREVIEW_SHARE : 0;
    t->sample.spread = stage == PREVIEW;
}

static void step(struct early *y, enum stage stage)
{
    prepare(y, stage);
    y->work.data = y;
    y->busy = uv_queue_work(y->loop, &y->work, run, ended) == 0;
    if (!y->busy)
        y->stage = DONE;
}

void early_start(struct early *y, struct task *t)
{
    if (y->busy) {
        task_free(t);
        return;
    }
    early_stop(y);
    y->stopped = false;
    y->looked_at = 0;
    y->task = t;
    if (!sample_at_hand(&t->load)) {
        step(y, FIRST);
        return;
    }
    prepare(y, FIRST);
    task_run(t, NULL);
    conclude(y);
}

/* What there is of the stream by now; the descriptor is our own, since the load may end before us. */
static uint64_t look_at_stream(struct task *t, struct glance *glance)
{
    int fd = -1;
    uint64_t bytes = glance_get(glance, &fd);
    if (bytes > 0 && !t->has_stream) {
        t->sample.stream_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        t->has_stream = t->sample.stream_fd >= 0;
    }
    return t->has_stream ? bytes : 0;
}

void early_more(struct early *y, struct glance *glance)
{
    struct task *t = y->task;
    uint64_t bytes;
    if (t == NULL || y->busy || y->stopped || y->stage != FIRST)
        return;
    if (!t->sampled.stream) {
        step(y, PREVIEW);
        return;
    }
    bytes = look_at_stream(t, glance);
    t->sample.stream = bytes;
    if (bytes >= GLANCE_BYTES) {
        step(y, PREVIEW);
    } else if (bytes > y->looked_at && y->looked_at < FIRST_BYTES) {
        y->looked_at = bytes;
        step(y, FIRST);
    }
}

void early_stop(struct early *y)
{
    forget(y);
    y->stopped = true;
    if (y->task == NULL)
        return;
    if (y->busy) {
        job_cancel(y->task->job);
        return;
    }
    task_free(y->task);
    y->task = NULL;
}

bool early_busy(const struct early *y)
{
    return y->busy;
}

struct early_result early_result(const struct early *y)
{
    return y->result;
}
