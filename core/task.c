/* What engine jobs are given, do and bring; see task.h. */
#include "core/task.h"

#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/recipe/auto.h"
#include "core/recipe/foreseen.h"

static int copy_text(char **to, const char *from, struct err *err)
{
    *to = NULL;
    if (from == NULL)
        return 0;
    *to = mem_string(from);
    return *to == NULL ? err_memory(err, "an option") : 0;
}

/* ---- life ---- */

struct task *task_new(enum task_kind kind, const struct table *t, const struct clustering *c,
                      struct err *err)
{
    struct task *task = mem_zalloc(1, sizeof *task);
    if (task == NULL || (task->job = job_new()) == NULL) {
        mem_free(task);
        err_memory(err, "a background job");
        return NULL;
    }
    task->kind = kind;
    if (t != NULL)
        task->table = table_ref(t);
    if (c != NULL)
        task->clustering = clustering_ref(c);
    return task;
}

void task_free(struct task *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; t->path != NULL && i < t->load.n_paths; i++)
        mem_free(t->path[i]);
    mem_free(t->path);
    mem_free(t->fields);
    mem_free(t->wanted_kind);
    glance_free(t->glance);
    if (t->has_stream)
        close(t->sample.stream_fd);
    recipe_release(&t->recipe);
    mem_free(t->local);
    subsets_free(t->subset, t->n_subsets);
    verdicts_unref(t->verdicts);
    mem_free(t->export_path);
    mem_free(t->export_columns);
    rowset_release(&t->rows);
    table_unref(t->table);
    clustering_unref(t->clustering);
    table_unref(t->new_table);
    clustering_unref(t->new_clustering);
    job_free(t->job);
    mem_free(t);
}

/* ---- what it is given ---- */

int task_give_load(struct task *t, const struct load_opts *opts, struct err *err)
{
    t->load = *opts;
    t->path = mem_zalloc(opts->n_paths, sizeof *t->path);
    if (t->path == NULL)
        return err_memory(err, "the list of files");
    for (size_t i = 0; i < opts->n_paths; i++) {
        if (copy_text(&t->path[i], opts->path[i], err) != 0)
            return -1;
    }
    if (copy_text(&t->fields, opts->fields, err) != 0 ||
        copy_text(&t->wanted_kind, opts->kind, err) != 0)
        return -1;
    t->load.path = (const char *const *)t->path;
    t->load.fields = t->fields;
    t->load.kind = t->wanted_kind;
    return 0;
}

int task_give_first(struct task *t, const struct recipe *first, struct err *err)
{
    return first == NULL ? 0 : recipe_copy(&t->recipe, first, err);
}

int task_give_glance(struct task *t, void (*wake)(void *user), void *user, struct err *err)
{
    t->load.glance = t->glance = glance_new(wake, user);
    return t->glance == NULL ? err_memory(err, "a look at the input") : 0;
}

static int copy_local(struct task *t, const struct expr_env *env, struct err *err)
{
    if (env == NULL || env->n_local == 0)
        return 0;
    t->local = mem_alloc(env->n_local, sizeof *t->local);
    if (t->local == NULL)
        return err_memory(err, "the local networks");
    memcpy(t->local, env->local, env->n_local * sizeof *t->local);
    t->n_local = env->n_local;
    return 0;
}

int task_give_cluster(struct task *t, const struct cluster_opts *opts, struct err *err)
{
    if (recipe_copy(&t->recipe, opts->recipe, err) != 0 || copy_local(t, opts->env, err) != 0)
        return -1;
    t->last = opts->last;
    t->subset = subsets_copy(opts->subset, opts->n_subsets);
    if (t->subset == NULL)
        return err_memory(err, "the rows that take part");
    t->n_subsets = opts->n_subsets;
    t->verdicts = verdicts_ref(opts->verdicts);
    return 0;
}

static int copy_rows(struct task *t, const struct rowset *rows, struct err *err)
{
    t->rows.row = mem_alloc(rows->n, sizeof *t->rows.row);
    if (t->rows.row == NULL)
        return err_memory(err, "the rows to export");
    t->rows.n = rows->n;
    if (rows->n > 0)
        memcpy(t->rows.row, rows->row, rows->n * sizeof *t->rows.row);
    t->export.rows = &t->rows;
    return 0;
}

int task_give_export(struct task *t, const struct export_opts *opts, struct err *err)
{
    t->export = *opts;
    if (opts->of != NULL) {
        clustering_unref(t->clustering);
        t->clustering = clustering_ref(opts->of);
        t->export.of = t->clustering;
    }
    if (copy_text(&t->export_path, opts->path, err) != 0 ||
        copy_text(&t->export_columns, opts->columns, err) != 0 ||
        (opts->rows != NULL && copy_rows(t, opts->rows, err) != 0))
        return -1;
    t->export.path = t->export_path;
    t->export.columns = t->export_columns;
    return 0;
}

/* ---- the work ---- */

static int fit(struct task *t, const struct table *table, struct parallel *pool)
{
    struct expr_env env = {t->local, t->n_local};
    struct fit_opts opts = {
        .env = &env, .verdicts = t->verdicts, .last = t->last, .pool = pool, .job = t->job};
    if (subsets_scope(&opts.scope, t->subset, t->n_subsets, t->job, &t->err) != 0)
        return -1;
    t->new_clustering = clustering_fit(table, &t->recipe, &opts, &t->err);
    scope_unref(opts.scope);
    return t->new_clustering == NULL ? -1 : 0;
}

/* A sample of what is being loaded and, when that is asked for, its clusters. */
static int look_ahead(struct task *t, struct parallel *pool)
{
    t->sample.load = &t->load;
    t->new_table = sample_table(&t->sample, &t->sampled, t->job, &t->err);
    if (t->new_table == NULL || !t->with_preview)
        return t->new_table == NULL ? -1 : 0;
    recipe_settle(&t->recipe, &t->new_table->schema);
    return fit(t, t->new_table, pool);
}

static void load(struct task *t)
{
    struct load_opts opts = t->load; /* which others copy while this runs */
    opts.wanted = t->recipe.name == NULL ? NULL : foreseen_new(&t->recipe);
    t->new_table = load_table(&opts, t->job, &t->err);
    mem_give_back_freed(); /* what reading took, before a matrix is made */
    t->rc = t->new_table == NULL ? -1 : 0;
}

void task_run(struct task *t, struct parallel *pool)
{
    double begin = time_now_s();
    switch (t->kind) {
    case TASK_LOAD:
        load(t);
        break;
    case TASK_EARLY:
        t->rc = look_ahead(t, pool);
        break;
    case TASK_CLUSTER:
        t->rc = fit(t, t->table, pool);
        break;
    case TASK_EXPORT:
        t->rc =
            export_run(&t->exported, t->table, t->clustering, &t->export, pool, t->job, &t->err);
        break;
    case TASK_TRUST:
        t->rc = trust_measure(&t->trust, t->clustering, t->table, t->runs, t->ladder, pool, t->job,
                              &t->err);
        break;
    }
    t->seconds = time_now_s() - begin;
}
