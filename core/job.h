/* One background job as the work inside it sees it: a flag that says stop, and a place to publish
 * progress.
 *
 * Every long function of core takes a `struct job *`, which may be NULL (never cancelled, nobody
 * looks). Nothing here knows the event loop; engine.c makes jobs and carries results. */
#ifndef MINNOW_JOB_H
#define MINNOW_JOB_H

#include "core/base/err.h"

#define PROGRESS_MAX_K 256

/* phase, what the screen says */
#define PHASES(X)                                                                                  \
    X(IDLE, "")                                                                                    \
    X(OPENING, "opening")                                                                          \
    X(LOADING, "reading")                                                                          \
    X(FEATURES, "computing features")                                                              \
    X(SEEDING, "choosing first centroids")                                                         \
    X(CLUSTERING, "clustering")                                                                    \
    X(EXPLAINING, "explaining clusters")                                                           \
    X(EXPORTING, "writing")                                                                        \
    X(VIEW, "working")

enum phase {
#define X(id, text) PHASE_##id,
    PHASES(X)
#undef X
        N_PHASES
};
const char *phase_text(enum phase phase);

/* A fixed-size value, copied whole. */
struct progress {
    enum phase phase;
    uint64_t bytes_read, bytes_total; /* total 0 when unknown (a pipe) */
    uint64_t rows_good, rows_bad;
    uint64_t done, total;   /* of the phase: rows written, rows explained ... */
    uint32_t start, starts; /* k-means: which start of how many, 1-based */
    uint32_t pass;          /* of this start, 1-based */
    double shift;           /* largest centroid move of the last pass, scaled units */
    double part, left_s; /* of the whole job, as eta.h tells them; set by engine_progress alone */
    uint32_t k;
    uint64_t size[PROGRESS_MAX_K]; /* observations per cluster so far; order means nothing */
};

struct job;

struct job *job_new(void) WARN_UNUSED; /* NULL on memory or when no eventfd can be had */
void job_free(struct job *job);

/* Asks the job to stop. Any thread, any number of times. */
void job_cancel(struct job *job);

/* Read it at least every 1,024 rows and every 4 million distance terms. */
bool job_cancelled(const struct job *job);

/* Cancels the job when somebody looks for the n-th time from now on (0: not at all), and wakes whoever
 * asked to be woken. For tests: no clock decides what is cut short. */
void job_cancel_at(struct job *job, uint64_t n);
uint64_t job_looks_left(const struct job *job);

/* Readable once the job is cancelled: poll it beside a slow input. -1 when job is NULL. */
int job_cancel_fd(const struct job *job);

/* Copies the snapshot in, and wakes whoever asked to be woken. */
void job_publish(struct job *job, const struct progress *now);
void job_progress(const struct job *job, struct progress *out);

/* Fills err with ERR_CANCELLED and returns -1. */
int job_stopped(struct err *err);

/* The same when the job is cancelled, else 0. */
static inline int job_check(const struct job *job, struct err *err)
{
    return job_cancelled(job) ? job_stopped(err) : 0;
}

/* The threads that work on the job may use, or NULL: none but the caller's. Borrowed; set before the
 * job starts, and for one job at a time. */
struct parallel;
struct parallel *job_pool(const struct job *job);
void job_set_pool(struct job *job, struct parallel *pool);

/* The engine's side: called from any thread after each publish. Set before the job starts. */
void job_set_wake(struct job *job, void (*wake)(void *user), void *user);

#endif
