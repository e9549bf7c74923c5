/* The façade: what a screen or a batch run can ask of minnow.
 *
 * All functions belong to the loop thread. Work runs on a libuv worker as one engine job at a time
 * (load, cluster, export, trust), beside at most one view job. Results are handed over on the loop thread;
 * `notify` says that something changed, and carries nothing. */
#ifndef MINNOW_ENGINE_H
#define MINNOW_ENGINE_H

#include "core/cluster/subset.h"
#include "core/cluster/trust.h"
#include "core/export/export.h"
#include "core/load.h"

struct uv_loop_s;
struct engine;

typedef void engine_notify_fn(void *user);

enum engine_state {
    ENGINE_EMPTY,
    ENGINE_LOADING,
    ENGINE_LOADED,
    ENGINE_CLUSTERING,
    ENGINE_READY,
    ENGINE_EXPORTING
};

struct cluster_opts {
    const struct recipe *recipe; /* copied */
    const struct expr_env *env;  /* copied */
    const struct subset
        *subset;      /* n_subsets, of results of the engine's table: the rows that take part */
    size_t n_subsets; /* 0: all rows; references are taken */
    const struct verdicts *verdicts; /* or NULL; a reference is taken */
    bool last; /* nobody will ask for the matrix again, so it is freed as soon as it can */
};

/* Threads 0: all processors, which are started by the first job. NULL on memory. */
struct engine *engine_new(struct uv_loop_s *loop, uint32_t threads, engine_notify_fn *notify,
                          void *user);

/* Ends everything: cancels, and closes the handles; the loop must run until engine_closed, then
 * engine_free. */
void engine_shutdown(struct engine *e);
bool engine_closed(const struct engine *e);
void engine_free(struct engine *e);

/* Each starts a job; -1 with ERR_USAGE when one is running already (cancel it first) or the state
 * does not allow it. Options are copied. A result, or the reason why there is none, arrives with a
 * notify. */
int engine_load(struct engine *e, const struct load_opts *opts, const struct recipe *first,
                struct err *err) WARN_UNUSED; /* first: NULL, or what will be clustered by: its
                                                 features are then made while the text is read */
int engine_cluster(struct engine *e, const struct cluster_opts *opts, struct err *err) WARN_UNUSED;
int engine_export(struct engine *e, const struct export_opts *opts,
                  struct err *err) WARN_UNUSED; /* rows are copied, a clustering is referenced */
void engine_cancel(struct engine *e);

/* Measures in the background how far the current clustering can be believed (see trust.h). Any
 * other job takes its place: it is then cancelled without an end of its own. */
int engine_trust(struct engine *e, uint32_t runs, bool ladder, struct err *err) WARN_UNUSED;

/* Whether a measurement with `ladder` runs or waits. */
bool engine_measures_ladder(const struct engine *e);

/* What is known of the current clustering, or NULL; borrowed as that is. */
const struct trust *engine_trusted(const struct engine *e);

/* Right before engine_load, with the same options: shows what can be known before that has ended, beside
 * it and at little cost: its first rows (the load waits for them, a few ms; of a single file they are there
 * when this returns, and the load begins when the loop has turned, so that they can be drawn), then, of a big
 * log, a preview, which is the clustering of a sample (see early.h). Both go when the first whole result is there, or when
 * nothing works towards one any more. Each change counts as a new generation. Errors: as engine_load. */
int engine_look_ahead(struct engine *e, const struct load_opts *load,
                      const struct cluster_opts *opts, struct err *err) WARN_UNUSED;

/* All NULL when there is nothing. Borrowed until the generation changes. */
struct early_result {
    const struct table *table;           /* the first rows, or the sample */
    const struct clustering *clustering; /* of the sample: the preview */
    size_t n_inputs;                     /* of the load */
    bool spread; /* the rows are from all over the log, not its first ones */
};
struct early_result engine_early(const struct engine *e);

/* Makes an earlier clustering of the engine's table the current one again, or NULL none, under a
 * new generation. A fit that runs or waits is dropped: it brings nothing, and its end is not told. */
void engine_show(struct engine *e, const struct clustering *c);

enum engine_state engine_state(const struct engine *e);
void engine_progress(const struct engine *e, struct progress *out);

/* Borrowed until the generation changes; NULL when there is none. Use table_ref / clustering_ref to
 * keep one. */
const struct table *engine_table(const struct engine *e);
const struct clustering *engine_clustering(const struct engine *e);
uint64_t engine_generation(const struct engine *e);
double engine_load_seconds(const struct engine *e);

/* How the last engine job ended: ERR_OK, ERR_CANCELLED or the error; `serial` counts ended jobs, so
 * that a screen tells a new end from an old. */
const struct err *engine_last(const struct engine *e, uint64_t *serial);
const struct export_result *engine_last_export(const struct engine *e);

/* ---- the view job: sorting, finding, counting over sealed data ---- */

struct view_job {
    int (*run)(void *ctx, struct job *job, struct err *err); /* on a worker; touches only ctx */
    void (*finish)(
        void *ctx, int rc,
        const struct err *err); /* on the loop thread, always called; owns ctx from here on */
    void *ctx;
};

/* Starts a view job, which has threads of its own (job_pool); one that runs is cancelled first and the new one waits for its end (a waiting
 * one is finished with ERR_CANCELLED). */
int engine_view(struct engine *e, const struct view_job *job, struct err *err) WARN_UNUSED;
void engine_view_cancel(struct engine *e);
bool engine_view_busy(const struct engine *e);
#endif
