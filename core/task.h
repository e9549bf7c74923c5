/* One engine job as a value: what it was given, what it brings. Private to the engine.
 *
 * The loop thread fills a task and frees it; in between a worker runs it, and touches nothing else. */
#ifndef MINNOW_TASK_H
#define MINNOW_TASK_H

#include "core/engine.h"
#include "core/eta.h"
#include "core/sample.h"

enum task_kind { TASK_LOAD, TASK_CLUSTER, TASK_EXPORT, TASK_TRUST, TASK_EARLY };

struct task {
    enum task_kind kind;
    struct job *job;           /* owned */
    struct eta eta;            /* of the job, as the loop thread sees it */
    const struct table *table; /* references, may be NULL */
    const struct clustering *clustering;

    /* What came of it. */
    struct err err;
    int rc;
    double seconds;          /* wall time of the run */
    struct table *new_table; /* owned until taken */
    struct clustering *new_clustering;
    struct export_result exported;
    struct trust trust;
    struct sample_facts sampled;
    bool held;    /* not begun yet */
    bool dropped; /* nobody wants the clustering any more */

    /* What it was given: copies, owned. */
    struct load_opts load;
    char **path; /* load.path points here */
    char *fields, *wanted_kind;
    struct glance *glance;     /* load.glance points here */
    struct sample_opts sample; /* its load is the one above */
    bool has_stream;           /* sample.stream_fd is owned */
    bool with_preview;         /* of TASK_EARLY: cluster the sample too */
    struct recipe recipe;
    struct cidr *local; /* n_local */
    size_t n_local;
    struct subset *subset; /* n_subsets */
    size_t n_subsets;
    bool last;                       /* see engine.h */
    const struct verdicts *verdicts; /* reference, may be NULL */
    uint32_t runs;
    bool ladder;
    struct export_opts export;
    char *export_path, *export_columns;
    struct rowset rows;
};

/* Takes references of table and clustering. NULL with ERR_LIMIT. */
struct task *task_new(enum task_kind kind, const struct table *t, const struct clustering *c,
                      struct err *err) WARN_UNUSED;
void task_free(struct task *t); /* NULL is fine */

/* Copy what the task needs. Errors: ERR_LIMIT. */
int task_give_load(struct task *t, const struct load_opts *opts, struct err *err) WARN_UNUSED;
int task_give_first(struct task *t, const struct recipe *first, /* of a load; NULL is fine */
                    struct err *err) WARN_UNUSED;
int task_give_cluster(struct task *t, const struct cluster_opts *opts, struct err *err) WARN_UNUSED;
int task_give_glance(struct task *t, void (*wake)(void *user), void *user,
                     struct err *err) WARN_UNUSED; /* after the load */
int task_give_export(struct task *t, const struct export_opts *opts, struct err *err) WARN_UNUSED;

/* Does the work, on any thread: rc, err, seconds and the result are set. */
void task_run(struct task *t, struct parallel *pool);

#endif
