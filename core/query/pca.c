/* Principal components; see pca.h.
 *
 * DESIGN
 * 1. Products are summed over fixed slices of observations, each lane of a block for itself, and lanes
 *    and slices are added up in their order: who computes a slice does not matter.
 * 2. Values are taken from a point near the mean, where the difference of squares loses nothing. */
#include "core/query/pca.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/job.h"

#define MANY_SLICES 64
#define FEW_SLICES  8  /* of many dimensions: sums need room */
#define FEW_DIMS    64 /* up to here there are many slices */
#define SWEEPS      50

struct pca_sums {
    const struct matrix *m;
    uint32_t d;          /* dimensions that are taken */
    const uint32_t *dim; /* which */
    const double *near;  /* of each, a value near its mean */
    uint32_t n_slices;
    size_t each; /* numbers a slice: (d + d (d + 1) / 2) x MATRIX_BLOCK */
    double *sum;
    struct job *job;
};

void pca_release(struct pca *p)
{
    mem_free(p->mean);
    mem_free(p->along[0]);
    mem_free(p->along[1]);
    *p = (struct pca){.d = 0};
}

/* ---- sums ---- */

static uint64_t blocks(const struct matrix *m)
{
    return (m->n + MATRIX_BLOCK - 1) / MATRIX_BLOCK;
}

/* The values of a block from `near` on; lanes behind the last observation are 0. */
static void load_block(const struct pca_sums *s, uint64_t block, double x[][MATRIX_BLOCK])
{
    uint64_t left = s->m->n - block * MATRIX_BLOCK;
    for (uint32_t i = 0; i < s->d; i++) {
        size_t at = matrix_at(s->m, block * MATRIX_BLOCK, s->dim[i]);
        for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++) {
            double value = s->m->wide ? ((const double *)s->m->data)[at + lane]
                                      : (double)((const float *)s->m->data)[at + lane];
            x[i][lane] = lane < left ? value - s->near[i] : 0;
        }
    }
}

static void add_block(const struct pca_sums *s, double x[][MATRIX_BLOCK], double *sum)
{
    for (uint32_t i = 0; i < s->d; i++, sum += MATRIX_BLOCK)
        for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++)
            sum[lane] += x[i][lane];
    for (uint32_t i = 0; i < s->d; i++)
        for (uint32_t j = 0; j <= i; j++, sum += MATRIX_BLOCK)
            for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++)
                sum[lane] += x[i][lane] * x[j][lane];
}

static void sum_slice(void *user, uint32_t slice)
{
    const struct pca_sums *s = user;
    uint64_t end = slice_begin(blocks(s->m), s->n_slices, slice + 1);
    double x[PCA_DIMS][MATRIX_BLOCK];
    for (uint64_t b = slice_begin(blocks(s->m), s->n_slices, slice); b < end; b++) {
        if (b % 16 == 0 && job_cancelled(s->job))
            return;
        load_block(s, b, x);
        add_block(s, x, s->sum + slice * s->each);
    }
}

static double total(const struct pca_sums *s, size_t which)
{
    double sum = 0;
    for (uint32_t slice = 0; slice < s->n_slices; slice++)
        for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++)
            sum += s->sum[slice * s->each + which * MATRIX_BLOCK + lane];
    return sum;
}

/* Means, and the covariance as a full matrix. */
static void covariance(const struct pca_sums *s, double *mean, double *out)
{
    double n = (double)s->m->n;
    size_t which = s->d;
    for (uint32_t i = 0; i < s->d; i++)
        mean[i] = total(s, i) / n;
    for (uint32_t i = 0; i < s->d; i++) {
        for (uint32_t j = 0; j <= i; j++) {
            double c = total(s, which++) / n - mean[i] * mean[j];
            out[(size_t)i * s->d + j] = out[(size_t)j * s->d + i] = c;
        }
    }
}

/* ---- eigenvectors ---- */

/* Turns rows and columns p and q so that a[p][q] becomes 0. */
static void rotate(double *a, double *v, uint32_t d, uint32_t p, uint32_t q)
{
    double apq = a[(size_t)p * d + q], diff = a[(size_t)q * d + q] - a[(size_t)p * d + p];
    double theta = diff / (2 * apq), t, c, s;
    t = isinf(theta) ? 0 : (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
    c = 1 / sqrt(t * t + 1);
    s = t * c;
    for (uint32_t k = 0; k < d; k++) {
        double kp = a[(size_t)k * d + p], kq = a[(size_t)k * d + q];
        a[(size_t)k * d + p] = c * kp - s * kq;
        a[(size_t)k * d + q] = s * kp + c * kq;
    }
    for (uint32_t k = 0; k < d; k++) {
        double pk = a[(size_t)p * d + k], qk = a[(size_t)q * d + k];
        a[(size_t)p * d + k] = c * pk - s * qk;
        a[(size_t)q * d + k] = s * pk + c * qk;
        pk = v[(size_t)p * d + k];
        qk = v[(size_t)q * d + k];
        v[(size_t)p * d + k] = c * pk - s * qk;
        v[(size_t)q * d + k] = s * pk + c * qk;
    }
    a[(size_t)p * d + q] = a[(size_t)q * d + p] = 0;
}

static double outside_diagonal(const double *a, uint32_t d)
{
    double sum = 0;
    for (uint32_t i = 0; i < d; i++)
        for (uint32_t j = 0; j < i; j++)
            sum += a[(size_t)i * d + j] * a[(size_t)i * d + j];
    return sum;
}

static double on_diagonal(const double *a, uint32_t d)
{
    double sum = 0;
    for (uint32_t i = 0; i < d; i++)
        sum += a[(size_t)i * d + i] * a[(size_t)i * d + i];
    return sum;
}

/* The largest first; equals stay in their order. */
static void sort_pairs(double *value, double *vector, uint32_t d)
{
    for (uint32_t i = 0; i < d; i++) {
        uint32_t most = i;
        double swap;
        for (uint32_t j = i + 1; j < d; j++)
            if (value[j] > value[most])
                most = j;
        if (most == i)
            continue;
        swap = value[i];
        value[i] = value[most];
        value[most] = swap;
        for (uint32_t k = 0; k < d; k++) {
            swap = vector[(size_t)i * d + k];
            vector[(size_t)i * d + k] = vector[(size_t)most * d + k];
            vector[(size_t)most * d + k] = swap;
        }
    }
}

void jacobi_eigen(double *a, uint32_t d, double *value, double *vector)
{
    for (uint32_t i = 0; i < d; i++)
        for (uint32_t j = 0; j < d; j++)
            vector[(size_t)i * d + j] = i == j ? 1 : 0;
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        if (outside_diagonal(a, d) <= 1e-26 * on_diagonal(a, d))
            break;
        for (uint32_t p = 0; p < d; p++)
            for (uint32_t q = p + 1; q < d; q++)
                if (a[(size_t)p * d + q] != 0)
                    rotate(a, vector, d, p, q);
    }
    for (uint32_t i = 0; i < d; i++)
        value[i] = a[(size_t)i * d + i];
    sort_pairs(value, vector, d);
}

/* ---- in all ---- */

/* The variance of a scaled dimension, as it was measured when it was scaled. */
static double variance(const struct dim *d)
{
    double sd = d->sd / d->unit * d->weight;
    return sd * sd;
}

/* Which dimensions are taken: all, or the ones that vary most, in their order. */
static uint32_t choose(const struct matrix *m, uint32_t *dim)
{
    uint32_t n = 0;
    for (uint32_t j = 0; j < m->d; j++) {
        uint32_t before = 0;
        for (uint32_t i = 0; i < m->d && m->d > PCA_DIMS; i++) {
            double a = variance(&m->dim[i]), b = variance(&m->dim[j]);
            before += a > b || (a == b && i < j);
        }
        if (before < PCA_DIMS && n < PCA_DIMS)
            dim[n++] = j;
    }
    return n;
}

static void take_vector(struct pca *out, int which, const double *vector, const uint32_t *dim)
{
    uint32_t furthest = 0;
    for (uint32_t i = 1; i < out->used; i++)
        if (fabs(vector[i]) > fabs(vector[furthest]) * (1 + 1e-9))
            furthest = i;
    for (uint32_t i = 0; i < out->used; i++)
        out->along[which][dim[i]] = vector[furthest] < 0 ? -vector[i] : vector[i];
}

static void find(struct pca *out, const struct pca_sums *s, double *mean, double *square)
{
    double *cov = square, *vector = square + (size_t)s->d * s->d, *value = mean + s->d, sum = 0;
    covariance(s, mean, cov);
    for (uint32_t i = 0; i < s->d; i++)
        out->mean[s->dim[i]] = mean[i] + s->near[i];
    jacobi_eigen(cov, s->d, value, vector);
    for (uint32_t i = 0; i < s->d; i++)
        sum += value[i] > 0 ? value[i] : 0;
    for (uint32_t i = 0; i < 2 && i < s->d; i++) {
        take_vector(out, (int)i, vector + (size_t)i * s->d, s->dim);
        out->share[i] = sum > 0 && value[i] > 0 ? value[i] / sum : 0;
    }
}

int pca_find(struct pca *out, const struct matrix *m, struct parallel *pool, struct job *job,
             struct err *err)
{
    uint32_t dim[PCA_DIMS];
    double near[PCA_DIMS];
    struct pca_sums s = {.m = m, .dim = dim, .near = near, .job = job};
    double *mean = NULL, *square = NULL;
    int rc = -1;
    *out = (struct pca){.d = m->d};
    s.d = out->used = choose(m, dim);
    s.n_slices = s.d <= FEW_DIMS ? MANY_SLICES : FEW_SLICES;
    s.each = (s.d + (size_t)s.d * (s.d + 1) / 2) * MATRIX_BLOCK;
    for (uint32_t i = 0; i < s.d; i++)
        near[i] = (m->dim[dim[i]].mean - m->dim[dim[i]].offset) / m->dim[dim[i]].unit *
                  m->dim[dim[i]].weight;
    s.sum = mem_zalloc(s.n_slices * s.each, sizeof *s.sum);
    mean = mem_zalloc((size_t)s.d * 2, sizeof *mean);
    square = mem_zalloc((size_t)s.d * s.d * 2, sizeof *square);
    out->mean = mem_zalloc(m->d, sizeof *out->mean);
    out->along[0] = mem_zalloc(m->d, sizeof(double));
    out->along[1] = mem_zalloc(m->d, sizeof(double));
    if (s.sum == NULL || mean == NULL || square == NULL || out->mean == NULL ||
        out->along[0] == NULL || out->along[1] == NULL) {
        (void)err_memory(err, "the principal components");
        goto out;
    }
    parallel_run(pool, s.n_slices, sum_slice, &s);
    if (job_cancelled(job)) {
        (void)job_stopped(err);
        goto out;
    }
    find(out, &s, mean, square);
    rc = 0;
out:
    mem_free(s.sum);
    mem_free(mean);
    mem_free(square);
    if (rc != 0)
        pca_release(out);
    return rc;
}
