/* Lloyd's iteration to convergence, best of several starts; see kmeans.h.
 *
 * DESIGN
 * 1. A pass (assign.c) gives every observation its nearest centroid and keeps, per slice, each cluster's
 *    sum and count. Slices are added in slice order: threads change nothing.
 * 2. Centroids are the sums over the counts. A pass in which no label changed, with centroids from
 *    fresh sums, has found a fixed point: they are exactly the means of these labels. Otherwise one
 *    closing pass makes labels and sizes belong to the final centroids.
 * 3. An emptied cluster takes the observation farthest from its centroid, which lowers the inertia,
 *    so an iteration cannot come back to where it was. A distance within rounding of 0 does not
 *    count: duplicates would otherwise wander between clusters for ever.
 * 4. Clusters that stay empty to the end are left out of the result: k is then lower. */
#include "core/cluster/fold.h"

#include <math.h>

#include "core/base/log.h"
#include "core/base/mem.h"

/* A point this close to its centroid, relative to their size in every dimension, lies on it. */
#define SAME_RELATIVE 0x1.0p-40
/* Running sums take memory, which is worth it from so many observations for each cluster on. */
#define RUNS_LEAST    (4 * KMEANS_SLICES)

static void fit_release(struct fit *f)
{
    mem_free(f->centroid);
    mem_free(f->label);
    mem_free(f->sum);
    mem_free(f->count);
    mem_free(f->part);
    sums_release(&f->sums);
    mem_free(f->slice_part);
    mem_free(f->center.at);
    mem_free(f->base);
    mem_free(f->before);
    bounds_release(&f->bounds);
    memset(f, 0, sizeof *f);
}

static int fit_init(struct fit *f, const struct kernel *kernel, struct matrix *m,
                    const struct kmeans_opts *opts, uint32_t k, struct err *err)
{
    size_t cells = (size_t)k * (m->d == 0 ? 1 : m->d);
    memset(f, 0, sizeof *f);
    f->kernel = kernel;
    f->m = m;
    f->opts = opts;
    f->k = k;
    f->d = m->d;
    f->centroid = mem_zalloc(cells, sizeof *f->centroid);
    f->label = mem_zalloc((size_t)matrix_blocks(m), MATRIX_BLOCK * sizeof *f->label);
    f->sum = mem_zalloc(cells, sizeof *f->sum);
    f->count = mem_zalloc(k, sizeof *f->count);
    f->part = mem_zalloc(k, sizeof *f->part);
    f->slice_part = mem_zalloc((size_t)k * KMEANS_SLICES, sizeof *f->slice_part);
    f->before = mem_zalloc(cells, sizeof *f->before);
    f->center.at = mem_alloc_aligned(kernel_room(k, m->d), sizeof *f->center.at);
    if (f->centroid == NULL || f->label == NULL || f->sum == NULL || f->count == NULL ||
        f->part == NULL || f->slice_part == NULL || f->before == NULL || f->center.at == NULL) {
        fit_release(f);
        return err_memory(err, "the clusters");
    }
    return 0;
}

/* Whether an observation lies on a centroid, but for rounding. */
static bool lies_on(const struct matrix *m, uint64_t i, const double *centroid)
{
    for (uint32_t j = 0; j < m->d; j++) {
        double x = matrix_value(m, i, j), c = centroid[j];
        if (fabs(x - c) > SAME_RELATIVE * fmax(fabs(x), fabs(c)))
            return false;
    }
    return true;
}

/* The slice's observation farthest from its centroid, among clusters that can spare one; the first of
 * several in the log. */
static void far_slice(void *user, uint32_t slice)
{
    struct fit *f = user;
    uint64_t blocks = matrix_blocks(f->m);
    uint64_t i = slice_begin(blocks, KMEANS_SLICES, slice) * MATRIX_BLOCK;
    uint64_t end = slice_begin(blocks, KMEANS_SLICES, slice + 1) * MATRIX_BLOCK;
    uint64_t far = UINT64_MAX, row = 0;
    double distance = 0;

    for (; i < end && i < f->m->n; i++) {
        const double *centroid = f->centroid + (size_t)f->label[i] * f->d;
        double x;
        if (i % 1024 == 0 && job_cancelled(f->opts->job))
            return;
        if (f->count[f->label[i]] < 2)
            continue;
        x = kmeans_distance2(f->m, i, centroid);
        if (x < distance || lies_on(f->m, i, centroid))
            continue;
        if (x > distance || arrangement_row(f->space, f->m, slice, i) < row) {
            distance = x;
            far = i;
            row = arrangement_row(f->space, f->m, slice, i);
        }
    }
    f->slice_far[slice] = far;
    f->slice_far_distance[slice] = distance;
}

/* Gives each emptied cluster an observation; leaves it empty when none lies off its centroid. */
static int refill(struct fit *f, struct err *err)
{
    f->refilled = false;
    for (uint32_t c = 0; c < f->k; c++) {
        uint64_t far = UINT64_MAX;
        uint32_t slice = 0;
        double distance = 0;
        if (f->count[c] > 0)
            continue;
        parallel_run(f->opts->pool, KMEANS_SLICES, far_slice, f);
        if (job_cancelled(f->opts->job))
            return job_stopped(err);
        for (uint32_t s = 0; s < KMEANS_SLICES; s++) {
            if (f->slice_far[s] != UINT64_MAX && f->slice_far_distance[s] > distance) {
                distance = f->slice_far_distance[s];
                far = f->slice_far[s];
                slice = s;
            }
        }
        if (far == UINT64_MAX)
            return 0;
        /* The observation now lies on a centroid, so that it is not taken a second time. */
        for (uint32_t j = 0; j < f->d; j++)
            f->centroid[(size_t)c * f->d + j] = matrix_value(f->m, far, j);
        fit_move(f, slice, far, (uint8_t)c);
        f->refilled = true;
    }
    return 0;
}

/* Moves the centroids to the means; returns the largest squared move. An empty cluster stays where
 * it is. */
static double recentre(struct fit *f)
{
    double largest = 0;
    for (uint32_t c = 0; c < f->k; c++) {
        double *centroid = f->centroid + (size_t)c * f->d, move = 0;
        if (f->count[c] == 0)
            continue;
        for (uint32_t j = 0; j < f->d; j++) {
            double mean = f->sum[(size_t)c * f->d + j] / (double)f->count[c];
            move += (mean - centroid[j]) * (mean - centroid[j]);
            centroid[j] = mean;
        }
        largest = move > largest ? move : largest;
    }
    return largest;
}

static void publish(const struct fit *f, uint32_t start, double shift)
{
    struct progress now = {.phase = PHASE_CLUSTERING};
    if (f->opts->job == NULL)
        return;
    now.start = start;
    now.starts = f->opts->starts;
    now.pass = f->iterations;
    now.shift = shift;
    now.k = f->k;
    memcpy(now.size, f->count, f->k * sizeof now.size[0]);
    job_publish(f->opts->job, &now);
}

/* Whether the labels, which no longer change, have centroids that are their means to the last bit. If
 * not, makes them so: another pass must tell. */
static int settled(struct fit *f, bool *yes, struct err *err)
{
    *yes = f->exact;
    if (f->exact)
        return 0;
    if (fit_sum(f, err) < 0)
        return -1;
    (void)recentre(f);
    f->exact = true;
    *yes = memcmp(f->centroid, f->before, (size_t)f->k * f->d * sizeof *f->centroid) == 0;
    return 0;
}

/* From the centroids in f to convergence. Afterwards labels and counts belong to the centroids. */
static int lloyd(struct fit *f, uint32_t start, struct err *err)
{
    double tol = f->opts->tol, shift;
    while (f->iterations < f->opts->max_iter) {
        if (fit_assign(f, err) < 0)
            return -1;
        if (f->iterations > 0 && f->changed == 0) {
            if (settled(f, &f->converged, err) < 0)
                return -1;
            if (!f->converged)
                continue; /* a check of rounding is no pass */
            f->iterations++;
            publish(f, start, 0);
            return 0;
        }
        f->iterations++;
        if (refill(f, err) < 0)
            return -1;
        shift = recentre(f);
        f->exact = f->fresh;
        publish(f, start, sqrt(shift));
        if (tol > 0 && shift <= tol && !f->refilled) {
            f->converged = true;
            break;
        }
    }
    if (f->iterations > 0 && !f->exact) {
        if (fit_sum(f, err) < 0)
            return -1;
        (void)recentre(f);
    }
    return fit_assign(f, err);
}

static double inertia_of(const struct fit *f)
{
    double sum = 0;
    for (uint32_t c = 0; c < f->k; c++)
        sum += f->part[c];
    return sum;
}

/* Hands the winning fit over, without clusters that stayed empty. */
static int hand_over(struct kmeans *out, struct fit *f, uint32_t k_asked, struct err *err)
{
    uint8_t number[KMEANS_MAX_K];
    uint32_t k = 0;
    out->size = mem_alloc(f->k, sizeof *out->size);
    out->part = mem_alloc(f->k, sizeof *out->part);
    if (out->size == NULL || out->part == NULL)
        return err_memory(err, "the clusters");
    for (uint32_t c = 0; c < f->k; c++) {
        number[c] = (uint8_t)k;
        if (f->count[c] == 0)
            continue;
        memmove(f->centroid + (size_t)k * f->d, f->centroid + (size_t)c * f->d,
                f->d * sizeof *f->centroid);
        out->size[k] = f->count[c];
        out->part[k] = f->part[c];
        k++;
    }
    if (k < f->k)
        for (uint64_t i = 0; i < f->m->n; i++)
            f->label[i] = number[f->label[i]];
    out->k = k;
    out->d = f->d;
    out->k_lowered = k < k_asked;
    out->iterations = f->iterations;
    out->converged = f->converged;
    out->blocks_read = f->blocks_read;
    out->label = f->label;
    out->centroid = f->centroid;
    f->label = NULL;
    f->centroid = NULL;
    return 0;
}

/* Constants of the fold, as many as there are places of centroids; those without one stay infinite. */
static int bases_init(struct fit *f, struct err *err)
{
    size_t n = kernel_room(f->k, 1) * ((size_t)f->fold->n + 1);
    f->center.dim = f->fold->dim;
    f->base = mem_alloc(n, sizeof *f->base);
    if (f->base == NULL)
        return err_memory(err, "the clusters");
    for (size_t i = 0; i < n; i++)
        f->base[i] = INFINITY;
    return 0;
}

/* One start: seeds (or the given centroids), then Lloyd. */
static int fit_start(struct fit *f, uint32_t k, uint32_t start, struct err *err)
{
    struct log_step step = log_step_begin();
    int found = (int)k, rc;
    if (f->opts->init != NULL) {
        memcpy(f->centroid, f->opts->init, (size_t)k * f->d * sizeof *f->centroid);
    } else {
        found = seed_plusplus(f->m, f->fold, f->opts, k, start, f->centroid, err);
        if (found < 0)
            return -1;
    }
    f->k = (uint32_t)found;
    f->runs = !f->m->wide && f->m->n >= ARRANGE_LEAST && f->m->n >= (uint64_t)f->k * RUNS_LEAST;
    if (!bounds_init(&f->bounds, matrix_blocks(f->m), f->k) ||
        !sums_init(&f->sums, f->k, f->d, f->runs))
        return err_memory(err, "the clusters");
    if (f->fold != NULL && bases_init(f, err) < 0)
        return -1;
    bounds_group(&f->bounds, &f->center, f->centroid, f->d);
    log_step_end(&step, "first centroids");
    rc = lloyd(f, start, err);
    arrangement_undo(f->space, f->m, f->label, f->opts->pool);
    if (rc < 0)
        return -1;
    log_step_end(&step, "passes");
    if (fit_inertia(f, err) < 0)
        return -1;
    log_step_end(&step, "inertia");
    return 0;
}

int kmeans_run(struct kmeans *out, struct matrix *m, const struct kmeans_opts *opts,
               struct err *err)
{
    uint32_t k = opts->k > KMEANS_MAX_K ? KMEANS_MAX_K : opts->k == 0 ? 1 : opts->k;
    uint32_t starts = opts->init != NULL || opts->starts == 0 ? 1 : opts->starts;
    const struct kernel *kernel = kernel_choose(err);
    struct fit best = {0}, f = {0};
    struct arrangement space = {0};
    struct fold fold = {0};
    double lowest = INFINITY;
    bool folded, arranged;
    int rc = -1;

    memset(out, 0, sizeof *out);
    if (kernel == NULL)
        return -1;
    if (m->n == 0)
        return err_set(err, ERR_DATA, "there is nothing to cluster");
    if (opts->init == NULL && k > m->n)
        k = (uint32_t)m->n;
    folded = fold_init(&fold, m, opts->pool);
    arranged = !folded && arrangement_init(&space, m, parallel_threads(opts->pool));
    for (uint32_t start = 1; start <= starts; start++) {
        double inertia;
        if (fit_init(&f, kernel, m, opts, k, err) < 0)
            goto out;
        f.fold = folded ? &fold : NULL;
        f.space = arranged ? &space : NULL;
        if (fit_start(&f, k, start, err) < 0)
            goto out;
        inertia = inertia_of(&f);
        if (start == 1 || inertia < lowest) {
            lowest = inertia;
            out->start = start;
            fit_release(&best);
            best = f;
            memset(&f, 0, sizeof f);
        }
        fit_release(&f);
    }
    out->inertia = lowest;
    rc = 0;
out:
    if (folded)
        fold_undo(&fold, m, best.label, opts->pool);
    if (rc == 0)
        rc = hand_over(out, &best, opts->k, err);
    fold_release(&fold);
    arrangement_release(&space);
    fit_release(&f);
    fit_release(&best);
    if (rc < 0)
        kmeans_release(out);
    return rc;
}

void kmeans_release(struct kmeans *km)
{
    mem_free(km->label);
    mem_free(km->centroid);
    mem_free(km->size);
    mem_free(km->part);
    memset(km, 0, sizeof *km);
}

double kmeans_distance2(const struct matrix *m, uint64_t i, const double *centroid)
{
    double sum = 0;
    for (uint32_t j = 0; j < m->d; j++) {
        double diff = matrix_value(m, i, j) - centroid[j];
        sum += diff * diff;
    }
    return sum;
}
