/* The whole fit, and the result as a value; see clustering.h.
 *
 * DESIGN
 * 1. k-means numbers its clusters as it likes. order_clusters alone decides the numbers that people
 *    see; centroids, labels and sizes are rearranged once, here, before anybody else sees them.
 * 2. A result is immutable once handed over. Only the reference count changes. */
#include "core/cluster/clustering.h"

#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/cluster/heed.h"
#include "core/cluster/judge.h"
#include "core/cluster/nearest.h"
#include "core/recipe/auto.h"
#include "core/recipe/values.h"
#include <math.h>
#include <stdatomic.h>

struct own {
    atomic_uint references;
};

static void clustering_free(struct clustering *c)
{
    mem_free(c->profile);
    mem_free(c->own);
    verdict_map_unref(c->verdicts);
    if (c->base != NULL) {
        clustering_unref(c->base);
        mem_free(c);
        return;
    }
    for (uint32_t j = 0; c->dim != NULL && j < c->d; j++)
        mem_free(c->dim[j].name);
    for (size_t f = 0; f < c->n_features; f++)
        mem_free(c->feature[f]);
    scope_unref(c->scope);
    recipe_release(&c->recipe);
    mem_free(c->dim);
    mem_free(c->centroid);
    mem_free(c->label);
    mem_free(c->obs_of_row);
    mem_free(c->feature);
    mem_free(c->local);
    notices_release(&c->notices);
    mem_free(c);
}

struct clustering *clustering_ref(const struct clustering *c)
{
    struct own *own = c->own;
    atomic_fetch_add(&own->references, 1);
    /* The holder of a reference may give it back, which is the only change there is. */
    return (struct clustering *)c;
}

void clustering_unref(const struct clustering *c)
{
    if (c == NULL)
        return;
    struct own *own = c->own;
    if (atomic_fetch_sub(&own->references, 1) == 1)
        clustering_free((struct clustering *)c);
}

/* What the order of clusters goes by. */
struct place {
    uint32_t cluster; /* as k-means numbered it */
    uint64_t rows, first_row;
    double score;
};

static int by_size(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->rows != y->rows)
        return x->rows < y->rows ? -1 : 1;
    return x->first_row < y->first_row ? -1 : x->first_row > y->first_row;
}

/* Most suspicious first, then as by size. */
static int by_suspicion(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return by_size(a, b);
}

/* Fills place[0 .. k-1] in the order in which clusters are numbered: by size, smallest first, ties by the
 * first row; or by suspicion, once the profiles know it. */
static void order_clusters(const struct clustering *c, enum order order, struct place *place)
{
    for (uint32_t i = 0; i < c->k; i++) {
        const struct profile *p = &c->profile[i];
        place[i] =
            (struct place){i, p->rows, p->first_row, order == ORDER_SUSPICION ? p->standing : 0};
    }
    qsort(place, c->k, sizeof *place, order == ORDER_SUSPICION ? by_suspicion : by_size);
}

/* ---- numbers ---- */

/* Rows of each cluster, slice by slice. */
struct sizes {
    const struct clustering *c;
    struct job *job;
    uint64_t *rows, *first_row; /* slices x k; owned */
};

static void sizes_slice(void *user, uint32_t slice)
{
    struct sizes *s = user;
    uint64_t *rows = s->rows + (size_t)slice * s->c->k;
    uint64_t *first_row = s->first_row + (size_t)slice * s->c->k;
    uint64_t end = slice_begin(s->c->n_rows, KMEANS_SLICES, slice + 1);
    for (uint64_t row = slice_begin(s->c->n_rows, KMEANS_SLICES, slice); row < end; row++) {
        uint32_t number = clustering_of_row(s->c, row);
        if (row % 4096 == 0 && job_cancelled(s->job))
            return;
        if (number != 0 && rows[number - 1]++ == 0)
            first_row[number - 1] = row;
    }
}

/* Where each row is an observation, k-means has counted them. Every cluster's first row is found soon,
 * mostly. */
static int find_first_rows(struct clustering *c, struct job *job, struct err *err)
{
    bool found[RECIPE_MAX_K] = {false};
    uint32_t left = 0;
    for (uint32_t i = 0; i < c->k; i++) {
        c->profile[i].rows = c->profile[i].observations;
        left += c->profile[i].rows > 0;
    }
    for (uint64_t row = 0; row < c->n_rows && left > 0; row++) {
        uint8_t at = c->label[row];
        if (row % 4096 == 0 && job_cancelled(job))
            return job_stopped(err);
        if (found[at])
            continue;
        found[at] = true;
        c->profile[at].first_row = row;
        left--;
    }
    return 0;
}

/* Fills rows and first_row of the profiles. */
static int count_rows(struct clustering *c, struct parallel *pool, struct job *job, struct err *err)
{
    size_t n = (size_t)c->k * KMEANS_SLICES;
    struct sizes s = {c, job, mem_zalloc(n, sizeof *s.rows), mem_zalloc(n, sizeof *s.first_row)};
    int rc = 0;
    if (s.rows == NULL || s.first_row == NULL) {
        rc = err_memory(err, "the clusters");
        goto out;
    }
    parallel_run(pool, KMEANS_SLICES, sizes_slice, &s);
    if (job_cancelled(job)) {
        rc = job_stopped(err);
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        struct profile *p = &c->profile[i % c->k];
        if (p->rows == 0)
            p->first_row = s.first_row[i];
        p->rows += s.rows[i];
    }
out:
    mem_free(s.rows);
    mem_free(s.first_row);
    return rc;
}

/* Labels that get other numbers. */
struct relabelling {
    struct clustering *c;
    uint8_t number[RECIPE_MAX_K]; /* by old label */
};

static void relabel_slice(void *user, uint32_t slice)
{
    const struct relabelling *r = user;
    uint8_t *label = r->c->label;
    uint64_t end = slice_begin(r->c->n, KMEANS_SLICES, slice + 1);
    for (uint64_t i = slice_begin(r->c->n, KMEANS_SLICES, slice); i < end; i++)
        label[i] = r->number[label[i]];
}

/* Puts profiles, centroids and labels in another order: place[i] says which cluster becomes the i-th. */
static int renumber(struct clustering *c, const struct place *place, struct parallel *pool,
                    struct err *err)
{
    struct relabelling r = {.c = c};
    double *centroid = mem_alloc((size_t)c->k * c->d, sizeof *centroid);
    struct profile *profile = mem_alloc(c->k, sizeof *profile);
    if (centroid == NULL || profile == NULL) {
        mem_free(centroid);
        mem_free(profile);
        return err_memory(err, "the clusters");
    }
    for (uint32_t i = 0; i < c->k; i++) {
        uint32_t old = place[i].cluster;
        r.number[old] = (uint8_t)i;
        profile[i] = c->profile[old];
        memcpy(centroid + (size_t)i * c->d, c->centroid + (size_t)old * c->d,
               c->d * sizeof *centroid);
    }
    parallel_run(pool, KMEANS_SLICES, relabel_slice, &r);
    mem_free(c->centroid);
    mem_free(c->profile);
    c->centroid = centroid;
    c->profile = profile;
    return 0;
}

/* Takes labels and centroids over from k-means and numbers them by size. */
static int number_clusters(struct clustering *c, struct kmeans *km, struct parallel *pool,
                           struct job *job, struct err *err)
{
    struct place place[RECIPE_MAX_K] = {{0}};
    c->label = km->label;
    c->centroid = km->centroid;
    km->label = NULL;
    km->centroid = NULL;
    c->profile = mem_zalloc(c->k, sizeof *c->profile);
    if (c->profile == NULL)
        return err_memory(err, "the clusters");
    for (uint32_t i = 0; i < c->k; i++) {
        c->profile[i].observations = km->size[i];
        c->profile[i].inertia = km->part[i];
    }
    if ((c->obs_of_row == NULL ? find_first_rows(c, job, err) : count_rows(c, pool, job, err)) < 0)
        return -1;
    order_clusters(c, ORDER_SIZE, place);
    return renumber(c, place, pool, err);
}

/* Numbers the explained clusters again, most suspicious first. */
static int number_by_suspicion(struct clustering *c, struct parallel *pool, struct err *err)
{
    struct place place[RECIPE_MAX_K] = {{0}};
    order_clusters(c, ORDER_SUSPICION, place);
    return renumber(c, place, pool, err);
}

/* What was asked and not done. */
static void tell(struct clustering *c, const struct kmeans *km)
{
    if (km->k < c->k_asked)
        notices_add(&c->notices, "k lowered from %u to %u: no more clusters can be told apart",
                    c->k_asked, km->k);
    if (!km->converged)
        notices_add(&c->notices,
                    "k-means stopped after %u pass%s before the clusters settled (max_iter)",
                    km->iterations, km->iterations == 1 ? "" : "es");
}

/* Takes the facts of the matrix over. It keeps pointing at them until give_up_matrix, since
 * samples are looked up through it. */
static void take_matrix(struct clustering *c, const struct matrix *m)
{
    c->n_rows = m->n_rows;
    c->rows_excluded = m->rows_excluded;
    c->rows_clustered = m->n_rows - m->rows_excluded;
    c->n = m->n;
    c->d = m->d;
    c->dim = m->dim;
    c->obs_of_row = m->obs_of_row;
    c->feature = m->feature;
    c->n_features = m->n_features;
    notices_join(&c->notices, &m->notices);
}

static void give_up_matrix(struct matrix *m)
{
    m->dim = NULL;
    m->obs_of_row = NULL;
    m->feature = NULL;
    m->n_features = 0;
    matrix_release(m);
}

/* Finds the samples, the last that needs the matrix: counting pairs takes no memory that it does not
 * leave. */
static int take_samples(struct clustering *c, const struct table *t, struct matrix *m, bool last,
                        const struct kmeans_opts *opts, struct err *err)
{
    int rc = nearest_find(c, m, opts->pool, opts->job, err);
    if (last) {
        matrix_drop_data(m);
    } else {
        matrix_keep(m, t);
    }
    return rc;
}

static int fit(struct clustering *c, const struct table *t, struct matrix *m, bool last,
               const struct kmeans_opts *opts, struct err *err)
{
    struct kmeans km = {0};
    struct log_step step = log_step_begin();
    int rc = -1;

    if (kmeans_run(&km, m, opts, err) < 0)
        return -1;
    c->k = km.k;
    c->iterations = km.iterations;
    c->start = km.start;
    log_step_end(&step, "k-means");
    c->converged = km.converged;
    c->inertia = km.inertia;
    tell(c, &km);
    if (number_clusters(c, &km, opts->pool, opts->job, err) < 0)
        goto out;
    log_step_end(&step, "number clusters");
    if (take_samples(c, t, m, last, opts, err) < 0)
        goto out;
    log_step_end(&step, "samples");
    rc = profile_build(c, t, opts->pool, opts->job, err);
    log_step_end(&step, "profiles");
    if (rc == 0 && c->recipe.order == ORDER_SUSPICION) {
        rc = number_by_suspicion(c, opts->pool, err);
        if (rc == 0)
            why_write_all(c, t); /* a sentence may name a number */
    }
    if (rc == 0)
        rc = judge_headline(c, t, opts->job, err);
    if (rc == 0)
        heed_headline(c);
    log_step_end(&step, "order and headline");
out:
    kmeans_release(&km);
    return rc;
}

static int copy_local(struct clustering *c, const struct expr_env *env, struct err *err)
{
    if (env == NULL || env->n_local == 0)
        return 0;
    c->local = mem_alloc(env->n_local, sizeof *c->local);
    if (c->local == NULL)
        return err_memory(err, "the local networks");
    memcpy(c->local, env->local, env->n_local * sizeof *c->local);
    c->n_local = env->n_local;
    return 0;
}

static int bind_verdicts(struct clustering *c, const struct table *t, const struct verdicts *v,
                         struct err *err)
{
    if (v == NULL)
        return 0;
    c->verdicts = verdicts_bind(v, t, err);
    return c->verdicts == NULL ? -1 : 0;
}

struct clustering *clustering_fit(const struct table *t, const struct recipe *r,
                                  const struct fit_opts *opts, struct err *err)
{
    struct clustering *c = mem_zalloc(1, sizeof *c);
    struct own *own = mem_zalloc(1, sizeof *own);
    struct kmeans_opts km = {.k = opts->init == NULL ? r->k : opts->init_k,
                             .starts = r->starts,
                             .max_iter = r->max_iter,
                             .seed = r->seed,
                             .tol = r->tol,
                             .init = opts->init,
                             .pool = opts->pool,
                             .job = opts->job};
    double began = time_now_s();
    struct log_step step = log_step_begin();
    struct matrix m = {0};
    int rc = -1;

    if (c == NULL || own == NULL) {
        mem_free(c);
        mem_free(own);
        err_memory(err, "the clusters");
        return NULL;
    }
    c->own = own;
    atomic_init(&own->references, 1);
    c->k_asked = km.k;
    c->scope = scope_ref(opts->scope);
    if (recipe_copy(&c->recipe, r, err) < 0 || copy_local(c, opts->env, err) < 0 ||
        bind_verdicts(c, t, opts->verdicts, err) < 0 ||
        recipe_expand(&c->recipe, t, &c->notices, opts->job, err) < 0 ||
        matrix_build(&m, t, &c->recipe, opts->env, opts->scope, opts->pool, opts->job, err) < 0)
        goto out;
    log_step_end(&step, "matrix in all");
    take_matrix(c, &m);
    rc = fit(c, t, &m, opts->last, &km, err);
out:
    if (rc < 0) /* such as a run that was stopped for another */
        matrix_keep(&m, t);
    give_up_matrix(&m);
    if (rc < 0) {
        clustering_unref(c);
        return NULL;
    }
    c->seconds = time_now_s() - began;
    return c;
}

/* A clustering that shares all with `c` but its profiles, which are copied. */
static struct clustering *share(const struct clustering *c, struct err *err)
{
    struct clustering *out = mem_alloc(1, sizeof *out);
    struct own *own = mem_zalloc(1, sizeof *own);
    struct profile *profile = mem_alloc(c->k, sizeof *profile);
    if (out == NULL || own == NULL || profile == NULL) {
        mem_free(out);
        mem_free(own);
        mem_free(profile);
        err_memory(err, "the clusters");
        return NULL;
    }
    memcpy(profile, c->profile, c->k * sizeof *profile);
    *out = *c;
    out->profile = profile;
    out->own = own;
    atomic_init(&own->references, 1);
    out->base = clustering_ref(c->base == NULL ? c : c->base);
    out->verdicts = NULL;
    return out;
}

struct clustering *clustering_heed(const struct clustering *c, const struct table *t,
                                   const struct verdicts *v, struct job *job, struct err *err)
{
    struct clustering *out = share(c, err);
    if (out == NULL)
        return NULL;
    if (bind_verdicts(out, t, v, err) < 0 || heed_count(out, t, job, err) < 0)
        goto fail;
    judge_suspicion(out, t);
    why_write_all(out, t);
    if (judge_headline(out, t, job, err) < 0)
        goto fail;
    heed_headline(out);
    return out;
fail:
    clustering_unref(out);
    return NULL;
}

double clustering_centroid(const struct clustering *c, uint32_t number, uint32_t dim)
{
    return dim_unscale(&c->dim[dim], c->centroid[(size_t)(number - 1) * c->d + dim]);
}

/* Whether the rows still give the dimensions that were clustered. */
static bool same_matrix(const struct clustering *c, const struct matrix *m)
{
    if (m->n_rows != c->n_rows || m->n != c->n || m->d != c->d)
        return false;
    for (uint32_t j = 0; j < c->d; j++)
        if (strcmp(m->dim[j].name, c->dim[j].name) != 0 || m->dim[j].offset != c->dim[j].offset ||
            m->dim[j].unit != c->dim[j].unit)
            return false;
    return true;
}

int clustering_matrix(const struct clustering *c, const struct table *t, struct matrix *m,
                      struct parallel *pool, struct job *job, struct err *err)
{
    struct expr_env env = {c->local, c->n_local};
    if (matrix_build(m, t, &c->recipe, &env, c->scope, pool, job, err) < 0)
        return -1;
    if (same_matrix(c, m))
        return 0;
    matrix_release(m);
    return values_changed(err);
}

struct distances {
    const struct clustering *c;
    const struct matrix *m;
    struct job *job;
    double *out;
};

static void distances_slice(void *user, uint32_t slice)
{
    struct distances *s = user;
    const struct clustering *c = s->c;
    uint64_t end = slice_begin(c->n_rows, KMEANS_SLICES, slice + 1);
    for (uint64_t row = slice_begin(c->n_rows, KMEANS_SLICES, slice); row < end; row++) {
        uint32_t number = clustering_of_row(c, row);
        if (row % 1024 == 0 && job_cancelled(s->job))
            return;
        s->out[row] = number == 0
                          ? (double)NAN
                          : sqrt(kmeans_distance2(s->m, matrix_obs(s->m, row),
                                                  c->centroid + (size_t)(number - 1) * c->d));
    }
}

int clustering_distances(const struct clustering *c, const struct table *t, double *out,
                         struct parallel *pool, struct job *job, struct err *err)
{
    struct matrix m;
    struct distances s = {.c = c, .m = &m, .job = job, .out = out};
    if (clustering_matrix(c, t, &m, pool, job, err) != 0)
        return -1;
    parallel_run(pool, KMEANS_SLICES, distances_slice, &s);
    matrix_keep(&m, t);
    matrix_release(&m);
    return job_cancelled(job) ? job_stopped(err) : 0;
}
