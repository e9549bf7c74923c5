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
 * 4. What a seed changes in a slice is made when the slice is looked at next: before a draw in it, or else
 *    together with the next candidates, while its values are at hand.
 * 5. An observation at distance 0 is never drawn. When the potential is 0, every observation equals
 *    a seed and the seeding is complete; or their differences are so small that no square of them is
 *    left in float. Then seeding goes on with care: in double, and nearest[i] is the distance itself.
 *    So it is from the beginning for a matrix of doubles. */
#include "core/cluster/fold.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/rng.h"

#define MAX_TRIALS 8 /* 2 + floor(ln 256) is 7 */
#define AHEAD      6 /* blocks between what is fetched and what is worked on */

struct seeding {
    const struct matrix *m;
    struct job *job;
    struct parallel *pool;
    const struct kernel *kernel;
    const struct fold *fold; /* or NULL */
    struct rng rng;
    bool careful;
    float *nearest;    /* n, in whole blocks; 0 behind the last */
    double *block_sum; /* blocks: of squared distances */
    uint8_t *closer;   /* blocks: bit t is set when a lane comes closer to candidate t */
    double *trial;     /* candidates, n_trials x d */
    float *point;      /* the same in float, dimensions in the order of the fold */
    float *base;       /* of the fold, rows of MAX_TRIALS; NULL without one */
    uint32_t n_trials;
    double sum[KMEANS_SLICES];                   /* of squared distances */
    double trial_sum[MAX_TRIALS][KMEANS_SLICES]; /* of the lesser of nearest and candidate */
    uint32_t winner;                             /* of the last trials */
    double *seed;                                /* d; the one that they left, */
    float *seed_point, *seed_base;               /* in float, and of the fold a row each, */
    bool waits[KMEANS_SLICES];                   /* and whether a slice has not taken it in, */
    bool drawn[KMEANS_SLICES];                   /* but must */
};

/* Observation i becomes candidate t. */
static void set_trial(struct seeding *s, uint32_t t, uint64_t i)
{
    double *trial = s->trial + (size_t)t * s->m->d;
    for (uint32_t j = 0; j < s->m->d; j++)
        trial[j] = matrix_value(s->m, i, j);
    for (uint32_t j = 0; j < s->m->d; j++)
        s->point[(size_t)t * s->m->d + j] = (float)trial[s->fold == NULL ? j : s->fold->dim[j]];
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

/* Candidates, or the one that has won, as the kernel takes them for a block. */
static struct kernel_points points_of(const struct seeding *s, uint64_t block, const float *at,
                                      uint32_t n, const float *base, uint32_t stride)
{
    struct kernel_points p = {.at = at, .n = n, .stride = s->m->d, .dims = s->m->d};
    if (s->fold == NULL)
        return p;
    p.dim = s->fold->dim;
    p.base = fold_of(s->fold, block, base, stride, &p.dims);
    return p;
}

static uint32_t try_block(const struct seeding *s, uint64_t block, double *sum)
{
    const float *x = (const float *)s->m->data + (size_t)block * MATRIX_BLOCK * s->m->d;
    const float *nearest = s->nearest + block * MATRIX_BLOCK;
    struct kernel_points points = points_of(s, block, s->point, s->n_trials, s->base, MAX_TRIALS);
    float left[MAX_TRIALS];
    uint32_t closer;
    if (s->careful)
        return try_with_care(s, block, nearest, sum);
    closer = s->kernel->try(x, &points, nearest, left);
    for (uint32_t t = 0; t < s->n_trials; t++)
        sum[t] = (double)left[t];
    return closer;
}

/* Takes the last seed into a block: nearest, where it is closer. */
static void take_block(struct seeding *s, uint64_t block)
{
    const float *x = (const float *)s->m->data + (size_t)block * MATRIX_BLOCK * s->m->d;
    float *nearest = s->nearest + block * MATRIX_BLOCK;
    if ((s->closer[block] >> s->winner & 1) == 0)
        return;
    if (s->careful) {
        s->block_sum[block] = take_with_care(s, block, s->seed, nearest);
    } else {
        struct kernel_points point = points_of(s, block, s->seed_point, 1, s->seed_base, 1);
        s->block_sum[block] = (double)s->kernel->take(x, &point, nearest);
    }
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
        if (s->fold != NULL && b + AHEAD < end) /* else what comes next is foreseen */
            fold_fetch(s->fold, s->m, b + AHEAD);
        if (s->waits[slice])
            take_block(s, b);
        s->closer[b] = (uint8_t)try_block(s, b, sum);
        for (uint32_t t = 0; t < s->n_trials; t++)
            total[t] += sum[t];
    }
    for (uint32_t t = 0; t < s->n_trials; t++)
        s->trial_sum[t][slice] = total[t];
}

/* Takes the last seed into a slice that is drawn from. */
static void take_slice(void *user, uint32_t slice)
{
    struct seeding *s = user;
    uint64_t blocks = matrix_blocks(s->m);
    uint64_t end = slice_begin(blocks, KMEANS_SLICES, slice + 1);
    uint64_t pause = cancel_blocks(1, s->m->d);

    if (!s->drawn[slice] || !s->waits[slice])
        return;
    for (uint64_t b = slice_begin(blocks, KMEANS_SLICES, slice); b < end; b++) {
        if (b % pause == 0 && job_cancelled(s->job))
            return;
        take_block(s, b);
    }
    s->waits[slice] = false;
}

static double slices_total(const double *sum)
{
    double total = 0;
    for (uint32_t s = 0; s < KMEANS_SLICES; s++)
        total += sum[s];
    return total;
}

/* The last observation of a slice at a distance. There is one: a slice without any is not drawn from. */
static uint64_t last_at_distance(const struct seeding *s, uint32_t slice)
{
    uint64_t blocks = matrix_blocks(s->m), first = slice_begin(blocks, KMEANS_SLICES, slice);
    uint64_t block = slice_begin(blocks, KMEANS_SLICES, slice + 1) - 1;
    uint32_t lane;
    while (block > first && !(s->block_sum[block] > 0))
        block--;
    for (lane = block_lanes(s->m, block) - 1; lane > 0; lane--)
        if (s->nearest[block * MATRIX_BLOCK + lane] > 0)
            break;
    return block * MATRIX_BLOCK + lane;
}

/* The slice where the running sum passes `at`, which is reduced by what stands before it. Rounding may let
 * `at` lie behind all: then it is the last one with an observation at a distance. */
static uint32_t slice_at(const struct seeding *s, double *at)
{
    uint32_t last = 0;
    for (uint32_t slice = 0; slice < KMEANS_SLICES; slice++) {
        if (!(s->sum[slice] > 0))
            continue;
        last = slice;
        if (s->sum[slice] > *at)
            return slice;
        *at -= s->sum[slice];
    }
    *at = s->sum[last];
    return last;
}

/* The observation of a slice where the running sum passes `at`: block, lane. Rounding may let `at` lie
 * behind the last lane of its block, or behind all: then it is the last one at a distance. */
static uint64_t observation_at(const struct seeding *s, uint32_t slice, double at)
{
    uint64_t blocks = matrix_blocks(s->m), block = slice_begin(blocks, KMEANS_SLICES, slice);
    uint64_t end = slice_begin(blocks, KMEANS_SLICES, slice + 1);
    uint32_t lane, last = 0;
    double before = 0;

    while (block < end && before + s->block_sum[block] <= at)
        before += s->block_sum[block++];
    if (block == end)
        return last_at_distance(s, slice);
    for (lane = 0; lane < block_lanes(s->m, block); lane++) {
        double x = (double)s->nearest[block * MATRIX_BLOCK + lane];
        before += s->careful ? x * x : x;
        if (x > 0)
            last = lane;
        if (x > 0 && before > at)
            break;
    }
    return block * MATRIX_BLOCK + last;
}

/* Measures the candidates in `trial`. */
static int measure_trials(struct seeding *s, uint32_t n_trials, struct err *err)
{
    s->n_trials = n_trials;
    if (s->fold != NULL)
        fold_bases(s->fold, s->trial, n_trials, NULL, MAX_TRIALS, s->base, s->pool);
    parallel_run(s->pool, KMEANS_SLICES, try_slice, s);
    return job_cancelled(s->job) ? job_stopped(err) : 0;
}

/* Makes candidate `winner` a seed. */
static void take_winner(struct seeding *s, uint32_t winner, double *centroid)
{
    size_t d = s->m->d;
    s->winner = winner;
    memcpy(s->sum, s->trial_sum[winner], sizeof s->sum);
    memcpy(s->seed, s->trial + winner * d, d * sizeof *s->seed);
    memcpy(s->seed_point, s->point + winner * d, d * sizeof *s->seed_point);
    memcpy(centroid, s->seed, d * sizeof *centroid);
    for (uint32_t c = 0; s->fold != NULL && c <= s->fold->n; c++)
        s->seed_base[c] = s->base[(size_t)c * MAX_TRIALS + winner];
    for (uint32_t slice = 0; slice < KMEANS_SLICES; slice++)
        s->waits[slice] = true;
}

/* Draws the candidates. */
static int draw(struct seeding *s, uint32_t n_trials, struct err *err)
{
    double total = slices_total(s->sum), at[MAX_TRIALS];
    uint32_t slice[MAX_TRIALS];

    memset(s->drawn, 0, sizeof s->drawn);
    for (uint32_t t = 0; t < n_trials; t++) {
        at[t] = rng_unit(&s->rng) * total;
        slice[t] = slice_at(s, &at[t]);
        s->drawn[slice[t]] = true;
    }
    parallel_run(s->pool, KMEANS_SLICES, take_slice, s);
    if (job_cancelled(s->job))
        return job_stopped(err);
    for (uint32_t t = 0; t < n_trials; t++)
        set_trial(s, t, observation_at(s, slice[t], at[t]));
    return 0;
}

/* One seed more, the best of the trials. The potential is above 0. */
static int seed_step(struct seeding *s, uint32_t n_trials, double *centroid, struct err *err)
{
    uint32_t winner = 0;
    double best = 0;

    if (draw(s, n_trials, err) < 0 || measure_trials(s, n_trials, err) < 0)
        return -1;
    for (uint32_t t = 0; t < n_trials; t++) {
        double left = slices_total(s->trial_sum[t]);
        if (t == 0 || left < best) {
            best = left;
            winner = t;
        }
    }
    take_winner(s, winner, centroid);
    return 0;
}

/* The first seed: any observation. */
static int seed_first(struct seeding *s, double *centroid, struct err *err)
{
    set_trial(s, 0, rng_below(&s->rng, s->m->n));
    if (measure_trials(s, 1, err) < 0)
        return -1;
    take_winner(s, 0, centroid);
    return 0;
}

/* Nothing is nearest, and no seed waits. */
static void forget(struct seeding *s)
{
    for (uint64_t i = 0; i < matrix_blocks(s->m) * MATRIX_BLOCK; i++)
        s->nearest[i] = i < s->m->n ? INFINITY : 0;
    memset(s->waits, 0, sizeof s->waits);
}

/* Measures the distances to the seeds that there are once more, in double. */
static int take_care(struct seeding *s, double *centroid, uint32_t n, struct err *err)
{
    s->careful = true;
    forget(s);
    for (uint32_t c = 0; c < n; c++) {
        double *seed = centroid + (size_t)c * s->m->d;
        memcpy(s->trial, seed, s->m->d * sizeof *seed);
        if (measure_trials(s, 1, err) < 0)
            return -1;
        take_winner(s, 0, seed);
    }
    return 0;
}

static void seeding_free(struct seeding *s)
{
    mem_free(s->nearest);
    mem_free(s->block_sum);
    mem_free(s->closer);
    mem_free(s->trial);
    mem_free(s->point);
    mem_free(s->seed);
    mem_free(s->seed_point);
    mem_free(s->base);
    mem_free(s->seed_base);
    mem_free(s);
}

static bool bases_init(struct seeding *s)
{
    size_t n = (size_t)s->fold->n + 1;
    s->base = mem_zalloc(n, MAX_TRIALS * sizeof *s->base);
    s->seed_base = mem_zalloc(n, sizeof *s->seed_base);
    return s->base != NULL && s->seed_base != NULL;
}

static struct seeding *seeding_new(const struct matrix *m, const struct fold *fold,
                                   const struct kmeans_opts *opts, struct err *err)
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
    s->fold = fold;
    s->kernel = kernel_choose(err);
    if (s->kernel == NULL)
        goto fail;
    s->nearest = mem_alloc(blocks, MATRIX_BLOCK * sizeof *s->nearest);
    s->block_sum = mem_zalloc(blocks, sizeof *s->block_sum);
    s->closer = mem_zalloc(blocks, sizeof *s->closer);
    s->trial = mem_alloc((size_t)MAX_TRIALS * (m->d + 1), sizeof *s->trial);
    s->point = mem_alloc((size_t)MAX_TRIALS * (m->d + 1), sizeof *s->point);
    s->seed = mem_alloc((size_t)m->d + 1, sizeof *s->seed);
    s->seed_point = mem_alloc((size_t)m->d + 1, sizeof *s->seed_point);
    if (s->nearest == NULL || s->block_sum == NULL || s->closer == NULL || s->trial == NULL ||
        s->point == NULL || s->seed == NULL || s->seed_point == NULL ||
        (fold != NULL && !bases_init(s))) {
        (void)err_memory(err, "the seeding");
        goto fail;
    }
    forget(s);
    return s;
fail:
    seeding_free(s);
    return NULL;
}

int seed_plusplus(const struct matrix *m, const struct fold *fold, const struct kmeans_opts *opts,
                  uint32_t k, uint32_t stream, double *centroid, struct err *err)
{
    struct seeding *s = seeding_new(m, fold, opts, err);
    struct progress now = {.phase = PHASE_SEEDING, .start = stream, .starts = opts->starts};
    uint32_t trials = 2 + (uint32_t)floor(log(k)), found = 1;
    int rc = -1;

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
        if (!(slices_total(s->sum) > 0))
            break;
        if (seed_step(s, trials, centroid + (size_t)found * m->d, err) < 0)
            goto out;
    }
    rc = (int)found;
out:
    seeding_free(s);
    return rc;
}
