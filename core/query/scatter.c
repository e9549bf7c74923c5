/* Observations as points; see scatter.h. */
#include "core/query/scatter.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/query/pca.h"

#define SLICES      64
#define CANCEL      4096
#define SAMPLE_ALL  ((uint64_t)1 << 18)
#define SAMPLE_EACH ((uint64_t)1 << 12)

void scatter_release(struct scatter *s)
{
    bool any = s->at[0] != NULL;
    mem_free(s->at[0]);
    mem_free(s->at[1]);
    mem_free(s->range);
    mem_free(s->middle);
    if (any)
        mem_give_back_freed();
    *s = (struct scatter){.n_obs = 0};
}

void scatter_picture_release(struct scatter_picture *p)
{
    mem_free(p->dots);
    mem_free(p->all);
    mem_free(p->own);
    *p = (struct scatter_picture){.cluster = 0};
}

/* ---- points ---- */

struct projecting {
    struct scatter *out;
    const struct matrix *m;
    const struct pca *pca;
    struct job *job;
};

/* Values of one dimension in a block, from its mean on. */
static void load(const struct matrix *m, uint64_t block, uint32_t dim, double mean, double *x)
{
    size_t at = matrix_at(m, block * MATRIX_BLOCK, dim);
    if (m->wide)
        for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++)
            x[lane] = ((const double *)m->data)[at + lane] - mean;
    else
        for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++)
            x[lane] = (double)((const float *)m->data)[at + lane] - mean;
}

static void project_slice(void *user, uint32_t slice)
{
    const struct projecting *p = user;
    const struct matrix *m = p->m;
    uint64_t blocks = (m->n + MATRIX_BLOCK - 1) / MATRIX_BLOCK;
    uint64_t end = slice_begin(blocks, SLICES, slice + 1);
    for (uint64_t b = slice_begin(blocks, SLICES, slice); b < end; b++) {
        double sum[2][MATRIX_BLOCK] = {{0}}, x[MATRIX_BLOCK];
        uint64_t first = b * MATRIX_BLOCK, n = m->n - first;
        n = n < MATRIX_BLOCK ? n : MATRIX_BLOCK;
        if (b % 64 == 0 && job_cancelled(p->job))
            return;
        for (uint32_t j = 0; j < m->d; j++) {
            double a = p->pca->along[0][j], c = p->pca->along[1][j];
            load(m, b, j, p->pca->mean[j], x);
            for (uint32_t lane = 0; lane < MATRIX_BLOCK; lane++) {
                sum[0][lane] += a * x[lane];
                sum[1][lane] += c * x[lane];
            }
        }
        for (uint32_t lane = 0; lane < n; lane++) {
            p->out->at[0][first + lane] = (float)sum[0][lane];
            p->out->at[1][first + lane] = (float)sum[1][lane];
        }
    }
}

static void take_parts(struct scatter *out, const struct pca *pca)
{
    out->n_parts = pca->used < SCATTER_PARTS ? pca->used : SCATTER_PARTS;
    for (int c = 0; c < 2; c++) {
        for (uint32_t i = 0; i < out->n_parts; i++) {
            struct scatter_part *part = &out->part[c][i];
            *part = (struct scatter_part){UINT32_MAX, 0};
            for (uint32_t j = 0; j < pca->d; j++) {
                bool taken = false;
                for (uint32_t before = 0; before < i; before++)
                    taken = taken || out->part[c][before].dim == j;
                if (!taken &&
                    (part->dim == UINT32_MAX || fabs(pca->along[c][j]) > fabs(part->weight)))
                    *part = (struct scatter_part){j, pca->along[c][j]};
            }
        }
    }
}

/* ---- ranges ---- */

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* What is left of n sorted values when a share is cut off at either end. */
static struct scatter_range cut(const float *x, uint64_t n, double share)
{
    uint64_t off = (uint64_t)((double)n * share);
    return (struct scatter_range){(double)x[off], (double)x[n - 1 - off]};
}

/* Room for the spread members of a cluster, or of all. */
struct gather {
    float *x[2];
    uint64_t n, every, room;
    uint64_t to_pass; /* members until the next one that is taken */
};

static void meet(struct gather *g, const struct scatter *s, uint64_t obs)
{
    if (g->to_pass > 0) {
        g->to_pass--;
        return;
    }
    if (g->n >= g->room)
        return;
    g->to_pass = g->every - 1;
    g->x[0][g->n] = s->at[0][obs];
    g->x[1][g->n] = s->at[1][obs];
    g->n++;
}

static int gather_init(struct gather *g, uint64_t members, uint64_t most)
{
    g->every = (members + most - 1) / most;
    g->every = g->every == 0 ? 1 : g->every;
    g->room = members / g->every + 1;
    g->x[0] = mem_alloc(g->room, sizeof(float));
    g->x[1] = mem_alloc(g->room, sizeof(float));
    return g->x[0] == NULL || g->x[1] == NULL ? -1 : 0;
}

struct ranging {
    struct scatter *s;
    struct gather *g; /* k + 1 */
};

/* Of all, or of one cluster, along one axis. */
static void take_range(void *user, uint32_t slice)
{
    const struct ranging *r = user;
    uint32_t which = slice / 2, c = slice % 2;
    const struct gather *g = &r->g[which];
    if (g->n == 0)
        return;
    qsort(g->x[c], g->n, sizeof(float), ascending);
    r->s->range[slice] = cut(g->x[c], g->n, 0.001);
    r->s->middle[slice] = cut(g->x[c], g->n, 0.1);
}

static int find_ranges(struct scatter *s, const struct clustering *c, struct job *job,
                       struct err *err)
{
    struct gather *g = mem_zalloc((size_t)s->k + 1, sizeof *g);
    int rc = -1;
    s->range = mem_zalloc(((size_t)s->k + 1) * 2, sizeof *s->range);
    s->middle = mem_zalloc(((size_t)s->k + 1) * 2, sizeof *s->middle);
    if (g == NULL || s->range == NULL || s->middle == NULL) {
        (void)err_memory(err, "the scatter plot");
        goto out;
    }
    for (uint32_t i = 0; i <= s->k; i++) {
        uint64_t members = i == 0 ? s->n_obs : c->profile[i - 1].observations;
        if (gather_init(&g[i], members, i == 0 ? SAMPLE_ALL : SAMPLE_EACH) != 0) {
            (void)err_memory(err, "the scatter plot");
            goto out;
        }
    }
    for (uint64_t i = 0; i < s->n_obs; i++) {
        if (i % CANCEL == 0 && job_cancelled(job)) {
            (void)job_stopped(err);
            goto out;
        }
        meet(&g[0], s, i);
        meet(&g[c->label[i] + 1], s, i);
    }
    parallel_run(job_pool(job), (s->k + 1) * 2, take_range, &(struct ranging){s, g});
    rc = 0;
out:
    for (uint32_t i = 0; g != NULL && i <= s->k; i++) {
        mem_free(g[i].x[0]);
        mem_free(g[i].x[1]);
    }
    mem_free(g);
    return rc;
}

static int make_points(struct scatter *out, const struct clustering *c, const struct table *t,
                       struct job *job, struct err *err)
{
    struct matrix m = {0};
    struct pca pca = {.d = 0};
    struct projecting p = {out, &m, &pca, job};
    int rc = -1;
    if (clustering_matrix(c, t, &m, job_pool(job), job, err) != 0)
        return -1;
    out->at[0] = mem_alloc(out->n_obs, sizeof(float));
    out->at[1] = mem_alloc(out->n_obs, sizeof(float));
    if (out->at[0] == NULL || out->at[1] == NULL) {
        (void)err_memory(err, "the scatter plot");
        goto out;
    }
    if (pca_find(&pca, &m, job_pool(job), job, err) != 0)
        goto out;
    parallel_run(job_pool(job), SLICES, project_slice, &p);
    if (job_cancelled(job)) {
        (void)job_stopped(err);
        goto out;
    }
    for (int i = 0; i < 2; i++)
        out->share[i] = pca.share[i];
    out->d = pca.d;
    out->used = pca.used;
    take_parts(out, &pca);
    rc = 0;
out:
    pca_release(&pca);
    matrix_keep(&m, t);
    matrix_release(&m);
    return rc;
}

int scatter_build(struct scatter *out, const struct clustering *c, const struct table *t,
                  struct job *job, struct err *err)
{
    *out = (struct scatter){.k = c->k, .n_obs = c->n};
    if (make_points(out, c, t, job, err) == 0 && find_ranges(out, c, job, err) == 0)
        return 0;
    scatter_release(out);
    return -1;
}

/* ---- on a screen ---- */

void scatter_axes(struct scatter_grid *g, const struct scatter *s, uint32_t cluster)
{
    for (size_t c = 0; c < 2; c++) {
        struct scatter_range all = s->range[c], own = s->range[(size_t)cluster * 2 + c];
        double from = own.from < all.from ? own.from : all.from;
        double to = own.to > all.to ? own.to : all.to;
        double room =
            to > from ? 0 : fabs(from) * 1e-6 + 0.5; /* one value is drawn in the middle */
        g->axis[c] = (struct scatter_range){from - room, to + room};
    }
}

static bool place(const struct scatter_range *axis, double x, uint32_t n, uint32_t *out)
{
    double part = (x - axis->from) / (axis->to - axis->from);
    if (!(part >= 0 && part <= 1))
        return false;
    *out = (uint32_t)(part * n);
    *out = *out < n ? *out : n - 1;
    return true;
}

bool scatter_dot(const struct scatter_grid *g, const struct scatter *s, uint64_t obs, uint32_t *x,
                 uint32_t *y)
{
    if (!place(&g->axis[0], (double)s->at[0][obs], g->cols * 2, x) ||
        !place(&g->axis[1], (double)s->at[1][obs], g->rows * 4, y))
        return false;
    *y = g->rows * 4 - 1 - *y;
    return true;
}

int scatter_draw(struct scatter_picture *out, const struct scatter *s, const struct clustering *c,
                 const struct scatter_grid *g, uint32_t cluster, struct job *job, struct err *err)
{
    /* Bits of a braille character by column and line. */
    static const uint8_t bit[2][4] = {{1, 2, 4, 64}, {8, 16, 32, 128}};
    size_t cells = (size_t)g->cols * g->rows;
    *out = (struct scatter_picture){.grid = *g, .cluster = cluster};
    out->dots = mem_zalloc(cells, 1);
    out->all = mem_zalloc(cells, sizeof *out->all);
    out->own = mem_zalloc(cells, sizeof *out->own);
    if (out->dots == NULL || out->all == NULL || out->own == NULL) {
        scatter_picture_release(out);
        return err_memory(err, "the scatter plot");
    }
    for (uint64_t i = 0; i < s->n_obs; i++) {
        bool own = c->label[i] + 1u == cluster;
        uint32_t x, y;
        size_t cell;
        if (i % CANCEL == 0 && job_cancelled(job)) {
            scatter_picture_release(out);
            return job_stopped(err);
        }
        if (!scatter_dot(g, s, i, &x, &y)) {
            out->outside++;
            out->own_outside += own;
            continue;
        }
        cell = (size_t)(y / 4) * g->cols + x / 2;
        out->dots[cell] |= bit[x % 2][y % 4];
        out->all[cell]++;
        out->own[cell] += own;
    }
    return 0;
}
