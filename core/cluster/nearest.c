/* Samples; see nearest.h.
 *
 * DESIGN
 * 1. Slices of observations keep the nearest few of each cluster, and are joined in their order.
 * 2. A distance grows with each dimension, also once rounded. Most observations are out after a few
 *    dimensions, and these are added up for a block at once, in the order that kmeans_distance2 has.
 * 3. Observations are numbered by their first row: those that were chosen meet their rows in one pass
 *    that goes no farther than the last of them. */
#include "core/cluster/nearest.h"

#include "core/base/mem.h"

#define FIRST_DIMS    4
#define CANCEL_BLOCKS 64

struct near {
    double distance; /* squared */
    uint32_t obs;
};

struct nearest {
    struct near at[PROFILE_SAMPLES];
    uint32_t n;
};

struct search {
    const struct clustering *c;
    const struct matrix *m;
    struct job *job;
    struct nearest *slice; /* slices x k */
};

static void keep(struct nearest *list, struct near it)
{
    uint32_t at;
    if (list->n == PROFILE_SAMPLES && !(it.distance < list->at[PROFILE_SAMPLES - 1].distance))
        return;
    at = list->n < PROFILE_SAMPLES ? list->n++ : PROFILE_SAMPLES - 1;
    while (at > 0 && it.distance < list->at[at - 1].distance) {
        list->at[at] = list->at[at - 1];
        at--;
    }
    list->at[at] = it;
}

/* The first terms of a block's distances to the centroids of their own labels. */
static void first_terms(const struct search *s, uint64_t block, uint32_t lanes, double *sum)
{
    const struct clustering *c = s->c;
    size_t at = (size_t)block * MATRIX_BLOCK * s->m->d;
    uint32_t dims = s->m->d < FIRST_DIMS ? s->m->d : FIRST_DIMS;
    const double *mean[MATRIX_BLOCK];
    for (uint32_t lane = 0; lane < lanes; lane++) {
        mean[lane] = c->centroid + (size_t)c->label[block * MATRIX_BLOCK + lane] * c->d;
        sum[lane] = 0;
    }
    for (uint32_t j = 0; j < dims; j++, at += MATRIX_BLOCK) {
        for (uint32_t lane = 0; lane < lanes; lane++) {
            double x = s->m->wide ? ((const double *)s->m->data)[at + lane]
                                  : (double)((const float *)s->m->data)[at + lane];
            double diff = x - mean[lane][j];
            sum[lane] += diff * diff;
        }
    }
}

static void search_block(const struct search *s, struct nearest *list, uint64_t block)
{
    const struct clustering *c = s->c;
    uint64_t first = block * MATRIX_BLOCK, left = s->m->n - first;
    uint32_t lanes = left < MATRIX_BLOCK ? (uint32_t)left : MATRIX_BLOCK;
    double sum[MATRIX_BLOCK];
    first_terms(s, block, lanes, sum);
    for (uint32_t lane = 0; lane < lanes; lane++) {
        uint8_t label = c->label[first + lane];
        struct nearest *own = &list[label];
        double x;
        if (own->n == PROFILE_SAMPLES && !(sum[lane] < own->at[PROFILE_SAMPLES - 1].distance))
            continue;
        x = kmeans_distance2(s->m, first + lane, c->centroid + (size_t)label * c->d);
        keep(own, (struct near){x, (uint32_t)(first + lane)});
    }
}

static void search_slice(void *user, uint32_t slice)
{
    struct search *s = user;
    uint64_t blocks = (s->m->n + MATRIX_BLOCK - 1) / MATRIX_BLOCK;
    uint64_t end = slice_begin(blocks, KMEANS_SLICES, slice + 1);
    for (uint64_t block = slice_begin(blocks, KMEANS_SLICES, slice); block < end; block++) {
        if (block % CANCEL_BLOCKS == 0 && job_cancelled(s->job))
            return;
        search_block(s, s->slice + (size_t)slice * s->c->k, block);
    }
}

/* ---- from observations to rows ---- */

/* A place in a profile that waits for the first row of an observation. */
struct wanted {
    uint32_t obs;
    uint32_t *row;
};

static int by_obs(const void *a, const void *b)
{
    const struct wanted *x = a, *y = b;
    return x->obs < y->obs ? -1 : x->obs > y->obs;
}

static int find_rows(const struct search *s, struct wanted *want, size_t n, struct err *err)
{
    size_t next = 0;
    if (n == 0)
        return 0;
    qsort(want, n, sizeof *want, by_obs);
    for (uint64_t row = 0; row < s->m->n_rows && next < n; row++) {
        if (row % 4096 == 0 && job_cancelled(s->job))
            return job_stopped(err);
        if (matrix_obs(s->m, row) == want[next].obs)
            *want[next++].row = (uint32_t)row;
    }
    BUG_IF(next < n);
    return 0;
}

static int take_samples(struct clustering *c, const struct search *s, struct err *err)
{
    struct wanted *want = mem_alloc((size_t)c->k * PROFILE_SAMPLES, sizeof *want);
    size_t n = 0;
    int rc;
    if (want == NULL)
        return err_memory(err, "the samples");
    for (uint32_t i = 0; i < c->k; i++) {
        struct nearest *all = &s->slice[i];
        struct profile *p = &c->profile[i];
        for (uint32_t slice = 1; slice < KMEANS_SLICES; slice++) {
            const struct nearest *part = &s->slice[(size_t)slice * c->k + i];
            for (uint32_t at = 0; at < part->n; at++)
                keep(all, part->at[at]);
        }
        p->n_samples = all->n;
        for (uint32_t at = 0; at < all->n; at++)
            want[n++] = (struct wanted){all->at[at].obs, &p->sample[at]};
    }
    rc = find_rows(s, want, n, err);
    mem_free(want);
    return rc;
}

int nearest_find(struct clustering *c, const struct matrix *m, struct parallel *pool,
                 struct job *job, struct err *err)
{
    struct search s = {.c = c, .m = m, .job = job};
    int rc;
    s.slice = mem_zalloc((size_t)c->k * KMEANS_SLICES, sizeof *s.slice);
    if (s.slice == NULL)
        return err_memory(err, "the samples");
    parallel_run(pool, KMEANS_SLICES, search_slice, &s);
    rc = job_cancelled(job) ? job_stopped(err) : take_samples(c, &s, err);
    mem_free(s.slice);
    return rc;
}
