/* k-means++ seeding with greedy trials.
 *
 * DESIGN
 * 1. nearest[i] is the squared distance of observation i to the nearest seed so far, in float; the
 *    potential is their sum, kept per slice. Seeds may be a little off: all that follows from them is
 *    exact.
 * 2. A step draws a few candidates with probability nearest[i] / potential, and keeps the one that
 *    lowers the potential most; ties go to the earlier draw.
 * 3. A draw walks the slice sums, then the block sums, then the lanes. How a block is added up is the
 *    same for every kernel, so a draw depends neither on it nor on threads.
 * 4. An observation at distance 0 is never drawn. When the potential is 0, every observation equals
 *    a seed and the seeding is complete; or their differences are so small that no square of them is
 *    left in float. Then seeding goes on with care: in double, and nearest[i] is the distance itself.
 *    So it is from the beginning for a matrix of doubles. */
#include "core/cluster/kmeans_impl.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/rng.h"

#define MAX_TRIALS 8 /* 2 + floor(ln 256) is 7 */

struct seeding {
    const struct matrix *m;
    struct job *job;
    struct parallel *pool;
    const struct kernel *kernel;
    struct rng rng;
    bool careful;
    float *nearest;    /* n, in whole blocks; 0 behind the last */
    double *block_sum; /* blocks: of squared distances */
    uint8_t *closer;   /* blocks: bit t is set when a lane comes closer to candidate t */
    double *trial;     /* candidates, n_trials x d */
    float *point;      /* the same in float */
    uint32_t n_trials;
    double sum[KMEANS_SLICES];                   /* of squared distances */
    double trial_sum[MAX_TRIALS][KMEANS_SLICES]; /* of the lesser of nearest and candidate */
    uint32_t winner;
};

/* Observation i becomes candidate t. */
static void set_trial(struct seeding *s, uint32_t t, uint64_t i)
{
    for (uint32_t j = 0; j < s->m->d; j++) {
        double value = matrix_value(s->m, i, j);
        s->trial[(size_t)t * s->m->d + j] = value;
        s->point[(size_t)t * s->m->d + j] = (float)value;
    }
}

/* What the kernel's `try` does, with care. */
static uint32_t try_with_care(const struct seeding *s, uint64_t block, const float *nearest,
                              double *sum)
{
    double dist[MAX_TRIALS * MATRIX_BLOCK];
    uint32_t closer = 0;
    kernel_distances(s->m, block, s->trial, s->n_trials, dist);
    for (uint32_t t = 0; t < s->n_trials; t++) {
        sum[t] = 0;
        for (int lane = 0; lane < MATRIX_BLOCK; lane++) {
            double x = dist[t * MATRIX_BLOCK + (uint32_t)lane];
            double own = (double)nearest[lane] * (double)nearest[lane];
            if (x < own)
                closer |= (uint32_t)1 << t;
            sum[t] += x < own ? x : own;
        }
    }
    return closer;
}

/* What the kernel's `take` does. */
static double take_with_care(const struct seeding *s, uint64_t block, const double *center,
                             float *nearest)
{
    double dist[MATRIX_BLOCK], sum = 0;
    kernel_distances(s->m, block, center, 1, dist);
    for (int lane = 0; lane < MATRIX_BLOCK; lane++) {
        double own = (double)nearest[lane] * (double)nearest[lane];
        if (dist[lane] < own)
            nearest[lane] = (float)sqrt(dist[lane]);
        sum += (double)nearest[lane] * (double)nearest[lane];
    }
    return sum;
}

static uint32_t try_block(const struct seeding *s, uint64_t block, double *sum)
{
    const float *x = (const float *)s->m->data + (size_t)block * MATRIX_BLOCK * s->m->d;
    const float *nearest = s->nearest + block * MATRIX_BLOCK;
    float left[MAX_TRIALS];
    uint32_t closer;
    if (s->careful)
        return try_with_care(s, block, nearest, sum);
    closer = s->kernel->try(x, s->m->d, s->point, s->n_trials, nearest, left);
    for (uint32_t t = 0; t < s->n_trials; t++)
        sum[t] = (double)left[t];
    return closer;
}

/* Potential that each candidate would leave, of one slice. */
static void try_slice(void *user, uint32_t slice)
{
    struct seeding *s = user;
    uint64_t blocks = matrix_blocks(s->m);
    uint64_t end = slice_begin(blocks, KMEANS_SLICES, slice + 1);
    uint64_t pause = cancel_blocks(s->n_trials, s->m->d);
    double sum[MAX_TRIALS], total[MAX_TRIALS] = {0};

    for (uint64_t b = slice_begin(blocks, KMEANS_SLICES, slice); b < end; b++) {
        if (b % pause == 0 && job_cancelled(s->job))
            return;
        s->closer[b] = (uint8_t)try_block(s, b, sum);
        for (uint32_t t = 0; t < s->n_trials; t++)
            total[t] += sum[t];
    }
    for (uint32_t t = 0; t < s->n_trials; t++)
        s->trial_sum[t][slice] = total[t];
}

/* Takes the winner in: nearest of one slice, where it is closer. */
static void take_slice(void *user, uint32_t slice)
{
    struct seeding *s = user;
    uint32_t d = s->m->d;
    uint64_t blocks = matrix_blocks(s->m);
    uint64_t end = slice_begin(blocks, KMEANS_SLICES, slice + 1);
    uint64_t pause = cancel_blocks(1, d);
    size_t at = (size_t)s->winner * d;

    for (uint64_t b = slice_begin(blocks, KMEANS_SLICES, slice); b < end; b++) {
        const float *x = (const float *)s->m->data + (size_t)b * MATRIX_BLOCK * d;
        float *nearest = s->nearest + b * MATRIX_BLOCK;
        if (b % pause == 0 && job_cancelled(s->job))
            return;
        if ((s->closer[b] >> s->winner & 1) != 0)
            s->block_sum[b] = s->careful ? take_with_care(s, b, s->trial + at, nearest)
                                         : (double)s->kernel->take(x, d, s->point + at, nearest);
    }
}

static double slices_total(const double *sum)
{
    double total = 0;
    for (uint32_t s = 0; s < KMEANS_SLICES; s++)
        total += sum[s];
    return total;
}

/* The last observation at a distance. There is one. */
static uint64_t last_at_distance(const struct seeding *s)
{
    uint64_t block = matrix_blocks(s->m) - 1;
    uint32_t lane;
    while (block > 0 && !(s->block_sum[block] > 0))
        block--;
    for (lane = block_lanes(s->m, block) - 1; lane > 0; lane--)
        if (s->nearest[block * MATRIX_BLOCK + lane] > 0)
            break;
    return block * MATRIX_BLOCK + lane;
}

/* The observation where the running sum passes `at`: slice, block, lane. Rounding may let `at` lie behind
 * the last lane of its block, or behind all: then it is the last one at a distance. */
static uint64_t observation_at(const struct seeding *s, double at)
{
    uint64_t blocks = matrix_blocks(s->m), block;
    double before = 0, inside = 0;
    uint32_t slice = 0, lane, last = 0;

    while (slice + 1 < KMEANS_SLICES && before + s->sum[slice] <= at)
        before += s->sum[slice++];
    block = slice_begin(blocks, KMEANS_SLICES, slice);
    while (block < blocks && before + (inside + s->block_sum[block]) <= at)
        inside += s->block_sum[block++];
    if (block == blocks)
        return last_at_distance(s);
    for (lane = 0; lane < block_lanes(s->m, block); lane++) {
        double x = (double)s->nearest[block * MATRIX_BLOCK + lane];
        inside += s->careful ? x * x : x;
        if (x > 0)
            last = lane;
        if (x > 0 && before + inside > at)
            break;
    }
    return block * MATRIX_BLOCK + last;
}

/* Measures the candidates in `trial`. */
static int measure_trials(struct seeding *s, uint32_t n_trials, struct err *err)
{
    s->n_trials = n_trials;
    parallel_run(s->pool, KMEANS_SLICES, try_slice, s);
    return job_cancelled(s->job) ? job_stopped(err) : 0;
}

/* Makes candidate `winner` a seed. */
static int take_winner(struct seeding *s, uint32_t winner, double *centroid, struct err *err)
{
    s->winner = winner;
    memcpy(s->sum, s->trial_sum[winner], sizeof s->sum);
    memcpy(centroid, s->trial + (size_t)winner * s->m->d, s->m->d * sizeof *centroid);
    parallel_run(s->pool, KMEANS_SLICES, take_slice, s);
    return job_cancelled(s->job) ? job_stopped(err) : 1;
}

/* Nothing is nearest. */
static void forget(struct seeding *s)
{
    for (uint64_t i = 0; i < matrix_blocks(s->m) * MATRIX_BLOCK; i++)
        s->nearest[i] = i < s->m->n ? INFINITY : 0;
}

/* Measures the distances to the seeds that there are once more, in double. */
static int take_care(struct seeding *s, double *centroid, uint32_t n, struct err *err)
{
    s->careful = true;
    forget(s);
    for (uint32_t c = 0; c < n; c++) {
        double *seed = centroid + (size_t)c * s->m->d;
        memcpy(s->trial, seed, s->m->d * sizeof *seed);
        if (measure_trials(s, 1, err) < 0 || take_winner(s, 0, seed, err) < 0)
            return -1;
    }
    return 0;
}

/* One seed more, the best of the trials. 1 when there was one, 0 when every distance is 0. */
static int seed_step(struct seeding *s, uint32_t n_trials, double *centroid, struct err *err)
{
    double total = slices_total(s->sum), best = 0;
    uint32_t winner = 0;

    if (!(total > 0))
        return 0;
    for (uint32_t t = 0; t < n_trials; t++)
        set_trial(s, t, observation_at(s, rng_unit(&s->rng) * total));
    if (measure_trials(s, n_trials, err) < 0)
        return -1;
    for (uint32_t t = 0; t < n_trials; t++) {
        double left = slices_total(s->trial_sum[t]);
        if (t == 0 || left < best) {
            best = left;
            winner = t;
        }
    }
    return take_winner(s, winner, centroid, err);
}

/* The first seed: any observation. */
static int seed_first(struct seeding *s, double *centroid, struct err *err)
{
    set_trial(s, 0, rng_below(&s->rng, s->m->n));
    return measure_trials(s, 1, err) < 0 ? -1 : take_winner(s, 0, centroid, err);
}

static void seeding_free(struct seeding *s)
{
    mem_free(s->nearest);
    mem_free(s->block_sum);
    mem_free(s->closer);
    mem_free(s->trial);
    mem_free(s->point);
    mem_free(s);
}

static struct seeding *seeding_new(const struct matrix *m, const struct kmeans_opts *opts,
                                   struct err *err)
{
    struct seeding *s = mem_zalloc(1, sizeof *s);
    uint64_t blocks = matrix_blocks(m);

    if (s == NULL) {
        (void)err_memory(err, "the seeding");
        return NULL;
    }
    s->m = m;
    s->job = opts->job;
    s->pool = opts->pool;
    s->careful = m->wide;
    s->kernel = kernel_choose(err);
    if (s->kernel == NULL)
        goto fail;
    s->nearest = mem_alloc(blocks, MATRIX_BLOCK * sizeof *s->nearest);
    s->block_sum = mem_zalloc(blocks, sizeof *s->block_sum);
    s->closer = mem_zalloc(blocks, sizeof *s->closer);
    s->trial = mem_alloc((size_t)MAX_TRIALS * (m->d + 1), sizeof *s->trial);
    s->point = mem_alloc((size_t)MAX_TRIALS * (m->d + 1), sizeof *s->point);
    if (s->nearest == NULL || s->block_sum == NULL || s->closer == NULL || s->trial == NULL ||
        s->point == NULL) {
        (void)err_memory(err, "the seeding");
        goto fail;
    }
    forget(s);
    return s;
fail:
    seeding_free(s);
    return NULL;
}

int seed_plusplus(const struct matrix *m, const struct kmeans_opts *opts, uint32_t k,
                  uint32_t stream, double *centroid, struct err *err)
{
    struct seeding *s = seeding_new(m, opts, err);
    struct progress now = {.phase = PHASE_SEEDING, .start = stream, .starts = opts->starts};
    uint32_t trials = 2 + (uint32_t)floor(log(k)), found = 1;
    int rc = -1, step;

    if (s == NULL)
        return -1;
    rng_init(&s->rng, opts->seed, stream);
    now.k = k;
    now.total = k;
    if (seed_first(s, centroid, err) < 0)
        goto out;
    for (; found < k; found++) {
        now.done = found;
        job_publish(opts->job, &now);
        if (!s->careful && !(slices_total(s->sum) > 0) && take_care(s, centroid, found, err) < 0)
            goto out;
        step = seed_step(s, trials, centroid + (size_t)found * m->d, err);
        if (step < 0)
            goto out;
        if (step == 0)
            break;
    }
    rc = (int)found;
out:
    seeding_free(s);
    return rc;
}
