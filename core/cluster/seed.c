/* k-means++ seeding with greedy trials.
 *
 * DESIGN
 * 1. nearest[i] is the squared distance of observation i to the nearest seed so far; the potential
 *    is its sum, kept per slice.
 * 2. A step draws a few candidates with probability nearest[i] / potential, and keeps the one that
 *    lowers the potential most; ties go to the earlier draw.
 * 3. A draw walks the slice sums, then the block sums, then the lanes, always adding in the order
 * in which the sums were made, so it cannot depend on threads.
 * 4. An observation at distance 0 is never drawn. When the potential is 0, every observation equals
 *    a seed and the seeding is complete. */
#include "core/cluster/kmeans_impl.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/rng.h"

#define MAX_TRIALS 8 /* 2 + floor(ln 256) is 7 */

struct seeding {
    const struct matrix *m;
    struct job *job;
    struct parallel *pool;
    struct rng rng;
    double *nearest; /* n, in whole blocks */
    double *trial;   /* candidates, n_trials x d */
    uint32_t n_trials;
    double sum[KMEANS_SLICES];                   /* of nearest */
    double trial_sum[MAX_TRIALS][KMEANS_SLICES]; /* of min(nearest, distance to the candidate) */
    uint32_t winner;
};

static void observation_copy(const struct matrix *m, uint64_t i, double *out)
{
    for (uint32_t j = 0; j < m->d; j++)
        out[j] = matrix_value(m, i, j);
}

/* Potential that each candidate would leave, of one slice. */
static void try_slice(void *user, uint32_t slice)
{
    struct seeding *s = user;
    uint64_t blocks = matrix_blocks(s->m);
    uint64_t end = slice_begin(blocks, KMEANS_SLICES, slice + 1);
    uint64_t pause = cancel_blocks(s->n_trials, s->m->d);
    double dist[MAX_TRIALS * MATRIX_BLOCK], total[MAX_TRIALS] = {0};

    for (uint64_t b = slice_begin(blocks, KMEANS_SLICES, slice); b < end; b++) {
        const double *nearest = s->nearest + b * MATRIX_BLOCK;
        uint32_t lanes = block_lanes(s->m, b);
        if (b % pause == 0 && job_cancelled(s->job))
            return;
        kernel_distances(s->m, b, s->trial, s->n_trials, dist);
        for (uint32_t t = 0; t < s->n_trials; t++) {
            double sum = 0;
            for (uint32_t lane = 0; lane < lanes; lane++) {
                double x = dist[t * MATRIX_BLOCK + lane];
                sum += x < nearest[lane] ? x : nearest[lane];
            }
            total[t] += sum;
        }
    }
    for (uint32_t t = 0; t < s->n_trials; t++)
        s->trial_sum[t][slice] = total[t];
}

/* Takes the winner in: nearest of one slice. */
static void take_slice(void *user, uint32_t slice)
{
    struct seeding *s = user;
    uint64_t blocks = matrix_blocks(s->m);
    uint64_t end = slice_begin(blocks, KMEANS_SLICES, slice + 1);
    uint64_t pause = cancel_blocks(1, s->m->d);
    const double *center = s->trial + (size_t)s->winner * s->m->d;
    double dist[MATRIX_BLOCK];

    for (uint64_t b = slice_begin(blocks, KMEANS_SLICES, slice); b < end; b++) {
        double *nearest = s->nearest + b * MATRIX_BLOCK;
        if (b % pause == 0 && job_cancelled(s->job))
            return;
        kernel_distances(s->m, b, center, 1, dist);
        for (int lane = 0; lane < MATRIX_BLOCK; lane++)
            nearest[lane] = dist[lane] < nearest[lane] ? dist[lane] : nearest[lane];
    }
}

static double slices_total(const double *sum)
{
    double total = 0;
    for (uint32_t s = 0; s < KMEANS_SLICES; s++)
        total += sum[s];
    return total;
}

/* The observation where the running sum first passes `at`, or the last one at a distance when
 * rounding lets `at` be the sum itself. */
static uint64_t observation_at(const struct seeding *s, double at)
{
    uint64_t blocks = matrix_blocks(s->m), last = 0;
    double before = 0;
    uint32_t slice = 0;

    while (slice + 1 < KMEANS_SLICES && before + s->sum[slice] <= at)
        before += s->sum[slice++];
    double inside = 0;
    for (uint64_t b = slice_begin(blocks, KMEANS_SLICES, slice); b < blocks; b++) {
        const double *nearest = s->nearest + b * MATRIX_BLOCK;
        uint32_t lanes = block_lanes(s->m, b);
        double sum = 0;
        for (uint32_t lane = 0; lane < lanes; lane++) {
            sum += nearest[lane];
            if (nearest[lane] > 0) {
                last = b * MATRIX_BLOCK + lane;
                if (before + (inside + sum) > at)
                    return last;
            }
        }
        inside += sum;
    }
    /* Nothing behind: the last observation at a distance, looked for from the front when the slice
     * itself has none. */
    for (uint64_t i = 0; last == 0 && i < s->m->n; i++)
        if (s->nearest[i] > 0)
            last = i;
    return last;
}

/* One seed more, the best of the trials. 1 when there was one, 0 when every distance is 0. */
static int seed_step(struct seeding *s, uint32_t n_trials, double *centroid, struct err *err)
{
    double total = slices_total(s->sum), best = 0;

    if (!(total > 0))
        return 0;
    s->n_trials = n_trials;
    for (uint32_t t = 0; t < n_trials; t++)
        observation_copy(s->m, observation_at(s, rng_unit(&s->rng) * total),
                         s->trial + (size_t)t * s->m->d);
    parallel_run(s->pool, KMEANS_SLICES, try_slice, s);
    if (job_cancelled(s->job))
        return job_stopped(err);
    for (uint32_t t = 0; t < n_trials; t++) {
        double left = slices_total(s->trial_sum[t]);
        if (t == 0 || left < best) {
            best = left;
            s->winner = t;
        }
    }
    memcpy(s->sum, s->trial_sum[s->winner], sizeof s->sum);
    memcpy(centroid, s->trial + (size_t)s->winner * s->m->d, s->m->d * sizeof *centroid);
    parallel_run(s->pool, KMEANS_SLICES, take_slice, s);
    return job_cancelled(s->job) ? job_stopped(err) : 1;
}

/* The first seed: any observation. */
static int seed_first(struct seeding *s, double *centroid, struct err *err)
{
    observation_copy(s->m, rng_below(&s->rng, s->m->n), s->trial);
    memcpy(centroid, s->trial, s->m->d * sizeof *centroid);
    s->n_trials = 1;
    s->winner = 0;
    parallel_run(s->pool, KMEANS_SLICES, try_slice, s);
    if (job_cancelled(s->job))
        return job_stopped(err);
    memcpy(s->sum, s->trial_sum[0], sizeof s->sum);
    parallel_run(s->pool, KMEANS_SLICES, take_slice, s);
    return job_cancelled(s->job) ? job_stopped(err) : 1;
}

int seed_plusplus(const struct matrix *m, const struct kmeans_opts *opts, uint32_t k,
                  uint32_t stream, double *centroid, struct err *err)
{
    struct seeding *s = mem_zalloc(1, sizeof *s);
    struct progress now = {.phase = PHASE_SEEDING, .start = stream, .starts = opts->starts};
    uint32_t trials = 2 + (uint32_t)floor(log(k));
    uint64_t room = matrix_blocks(m) * MATRIX_BLOCK;
    uint32_t found = 1;
    int rc = -1, step;

    if (s == NULL)
        return err_memory(err, "the seeding");
    s->m = m;
    s->job = opts->job;
    s->pool = opts->pool;
    rng_init(&s->rng, opts->seed, stream);
    s->nearest = mem_alloc(room, sizeof *s->nearest);
    s->trial = mem_alloc((size_t)MAX_TRIALS * (m->d + 1), sizeof *s->trial);
    if (s->nearest == NULL || s->trial == NULL) {
        err_memory(err, "the seeding");
        goto out;
    }
    for (uint64_t i = 0; i < room; i++)
        s->nearest[i] = INFINITY;
    now.k = k;
    now.total = k;
    if (seed_first(s, centroid, err) < 0)
        goto out;
    for (; found < k; found++) {
        now.done = found;
        job_publish(opts->job, &now);
        step = seed_step(s, trials, centroid + (size_t)found * m->d, err);
        if (step < 0)
            goto out;
        if (step == 0)
            break;
    }
    rc = (int)found;
out:
    mem_free(s->nearest);
    mem_free(s->trial);
    mem_free(s);
    return rc;
}
