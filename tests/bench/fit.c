/* Where the time of a fit goes: seeding, passes, what the bounds save. Build: make
 * BUILD/release/tests/bench/fit.
 *
 *   fit [OPTION]... LOG        the matrix of a log, by a recipe
 *   fit [OPTION]... -          a made-up one with a log's structure
 *
 *   -r RECIPE    recipe of the log (conn); its k and starts hold unless -k and -s name others
 *   -n N -d D    observations and dimensions of the made-up matrix (1000000, 8)
 *   -k K         clusters (7)
 *   -s STARTS    starts (1)
 *   -t THREADS   threads (0: one a processor)
 *   -g           from given centroids: the seeding is not part of what is measured
 *   -R TIMES     measure so often, print each time (3)
 *   -p           print each pass
 *   -w FILE      write the matrix and its first centroids for peer_sklearn.py, and measure nothing
 *
 * Prints, for each time: seconds of wall and processor of the whole fit, seconds of the seedings and of
 * the passes, passes, the share of blocks that the bounds let passes leave out, inertia. */
#include "core/cluster/kmeans_impl.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "core/base/time.h"
#include "core/load.h"
#include "core/recipe/auto.h"

struct options {
    const char *recipe, *out;
    uint64_t n;
    uint32_t d, k, starts, threads, times;
    bool given, passes;
};

static void die(const char *what)
{
    fprintf(stderr, "fit: %s\n", what);
    exit(1);
}

/* ---- matrices ---- */

/* What rows of one kind have in a dimension. */
struct habit {
    enum { SAME, STEPS, AROUND } kind;
    double at, width;
};

#define KINDS 60

static double value_of(const struct habit *h, struct rng *r)
{
    switch (h->kind) {
    case SAME:
        return h->at;
    case STEPS:
        return h->at + h->width * floor(-log(1 - rng_unit(r)) * 2);
    default:
        return h->at + h->width * (rng_unit(r) + rng_unit(r) + rng_unit(r) - 1.5);
    }
}

static void standardise(struct matrix *m, uint32_t j)
{
    float *data = m->data;
    double sum = 0, squares = 0, mean, sd;
    for (uint64_t i = 0; i < m->n; i++)
        sum += matrix_value(m, i, j);
    mean = sum / (double)m->n;
    for (uint64_t i = 0; i < m->n; i++)
        squares += (matrix_value(m, i, j) - mean) * (matrix_value(m, i, j) - mean);
    sd = sqrt(squares / (double)m->n);
    for (uint64_t i = 0; i < m->n; i++)
        data[matrix_at(m, i, j)] = (float)((matrix_value(m, i, j) - mean) / (sd > 0 ? sd : 1));
}

/* A few dozen kinds of rows, common and rare ones, in bursts; each dimension of a kind is always the
 * same, one of a few steps, or spread. */
static void make_up(struct matrix *m, uint64_t n, uint32_t d)
{
    struct habit *habit = mem_alloc((size_t)KINDS * d, sizeof *habit);
    struct rng r;
    uint32_t kind = 0;
    float *data;
    *m = (struct matrix){.n = n, .d = d, .n_rows = n};
    m->dim = mem_zalloc(d, sizeof *m->dim);
    m->data = data = mem_alloc_aligned((size_t)matrix_blocks(m) * MATRIX_BLOCK * d, sizeof *data);
    if (habit == NULL || m->dim == NULL || data == NULL)
        die("no memory");
    memset(data, 0, (size_t)matrix_blocks(m) * MATRIX_BLOCK * d * sizeof *data);
    rng_init(&r, 1, 1);
    for (uint32_t i = 0; i < KINDS * d; i++) {
        habit[i].kind = rng_below(&r, 3);
        habit[i].at = (double)rng_below(&r, 12);
        habit[i].width = 0.2 + rng_unit(&r);
    }
    for (uint64_t i = 0; i < n; i++) {
        if (rng_unit(&r) < 0.4)
            kind = (uint32_t)(pow(KINDS, rng_unit(&r)) - 1);
        for (uint32_t j = 0; j < d; j++)
            data[matrix_at(m, i, j)] = (float)value_of(&habit[kind * d + j], &r);
    }
    for (uint32_t j = 0; j < d; j++)
        standardise(m, j);
    mem_free(habit);
}

static void build(struct matrix *m, struct options *o, const char *log, struct parallel *pool)
{
    struct err err = ERR_INIT;
    struct notices notices = {0};
    struct recipe r;
    struct load_opts load = {.path = &log, .n_paths = 1};
    struct table *t = load_table(&load, NULL, &err);
    if (t == NULL || recipe_load(&r, o->recipe, &err) != 0 ||
        recipe_expand(&r, t, &notices, NULL, &err) != 0 ||
        matrix_build(m, t, &r, NULL, NULL, pool, NULL, &err) != 0)
        die(err.text);
    o->k = o->k == 0 ? r.k : o->k;
    o->starts = o->starts == 0 ? r.starts : o->starts;
    notices_release(&notices);
    recipe_release(&r);
    table_unref(t);
}

/* ---- what is told while a fit runs ---- */

struct watch {
    struct job *job;
    bool print;
    double last, seeding, passing;
    uint32_t start, passes;
};

static void on_progress(void *user)
{
    struct watch *w = user;
    struct progress now;
    double at = time_now_s();
    job_progress(w->job, &now);
    if (now.phase == PHASE_SEEDING) {
        if (now.start != w->start) /* a start began: what came before it were passes */
            w->passing += at - w->last;
        else
            w->seeding += at - w->last;
        w->start = now.start;
    } else if (now.phase == PHASE_CLUSTERING) {
        if (now.pass == 1)
            w->seeding += at - w->last; /* and the first pass: there is no news between them */
        else
            w->passing += at - w->last;
        w->passes++;
        if (w->print)
            printf("  start %" PRIu32 " pass %3" PRIu32 " %9.3f ms  shift %.3g\n", now.start,
                   now.pass, (at - w->last) * 1e3, now.shift);
    }
    w->last = at;
}

static double cpu_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void measure(struct matrix *m, const struct options *o, struct parallel *pool,
                    const double *init)
{
    struct err err = ERR_INIT;
    struct watch w = {.job = job_new(), .print = o->passes};
    struct kmeans_opts opts = {.k = o->k,
                               .starts = o->starts,
                               .max_iter = 300,
                               .seed = 1,
                               .init = init,
                               .pool = pool,
                               .job = w.job};
    struct kmeans km;
    double wall, cpu;
    if (w.job == NULL)
        die("no memory");
    job_set_wake(w.job, on_progress, &w);
    w.last = wall = time_now_s();
    cpu = cpu_now();
    if (kmeans_run(&km, m, &opts, &err) != 0)
        die(err.text);
    cpu = cpu_now() - cpu;
    w.passing += time_now_s() - w.last;
    wall = time_now_s() - wall;
    printf("wall=%.4f cpu=%.4f seeding=%.4f passes=%.4f n_passes=%" PRIu32 " per_pass_ms=%.3f "
           "winner=%" PRIu32 "/%" PRIu32 " skipped=%.3f converged=%d inertia=%.17g\n",
           wall, cpu, w.seeding, w.passing, w.passes, w.passing * 1e3 / w.passes, km.start,
           km.iterations,
           1 - (double)km.blocks_read / ((double)matrix_blocks(m) * (km.iterations + 1)),
           km.converged, km.inertia);
    kmeans_release(&km);
    job_free(w.job);
}

static void put(FILE *f, const void *from, size_t size, size_t n)
{
    if (fwrite(from, size, n, f) != n)
        die("cannot write");
}

static void write_out(const struct matrix *m, const struct options *o, const double *init)
{
    FILE *f = fopen(o->out, "wb");
    const uint64_t head[3] = {m->n, m->d, o->k};
    if (f == NULL)
        die(o->out);
    put(f, head, sizeof head[0], 3);
    put(f, init, sizeof *init, (size_t)o->k * m->d);
    for (uint64_t i = 0; i < m->n; i++)
        for (uint32_t j = 0; j < m->d; j++)
            put(f, &(float){(float)matrix_value(m, i, j)}, sizeof(float), 1);
    if (fclose(f) != 0)
        die(o->out);
}

static struct options options_of(int argc, char **argv)
{
    struct options o = {.recipe = "conn", .n = 1000000, .d = 8, .times = 3};
    for (int c; (c = getopt(argc, argv, "r:n:d:k:s:t:gR:pw:")) != -1;) {
        uint64_t number = optarg == NULL ? 0 : strtoull(optarg, NULL, 10);
        switch (c) {
        case 'r':
            o.recipe = optarg;
            break;
        case 'n':
            o.n = number;
            break;
        case 'd':
            o.d = (uint32_t)number;
            break;
        case 'k':
            o.k = (uint32_t)number;
            break;
        case 's':
            o.starts = (uint32_t)number;
            break;
        case 't':
            o.threads = (uint32_t)number;
            break;
        case 'g':
            o.given = true;
            break;
        case 'R':
            o.times = (uint32_t)number;
            break;
        case 'p':
            o.passes = true;
            break;
        case 'w':
            o.out = optarg;
            break;
        default:
            die("see the head of tests/bench/fit.c");
        }
    }
    if (optind + 1 != argc)
        die("one log, or - for a made-up matrix");
    return o;
}

int main(int argc, char **argv)
{
    struct options o = options_of(argc, argv);
    struct err err = ERR_INIT;
    struct parallel *pool = parallel_new(o.threads);
    struct kmeans_opts seeding = {.seed = 1, .pool = pool};
    struct matrix m;
    double *init;
    int found;

    if (strcmp(argv[optind], "-") == 0)
        make_up(&m, o.n, o.d);
    else
        build(&m, &o, argv[optind], pool);
    o.k = o.k == 0 ? 7 : o.k;
    o.starts = o.starts == 0 ? 1 : o.starts;
    init = mem_alloc((size_t)o.k * m.d, sizeof *init);
    if (init == NULL)
        die("no memory");
    found = seed_plusplus(&m, NULL, &seeding, o.k, 1, init, &err);
    if (found < 0)
        die(err.text);
    o.k = (uint32_t)found;
    printf("n=%" PRIu64 " d=%" PRIu32 " k=%" PRIu32 " starts=%" PRIu32 " threads=%" PRIu32 "\n",
           m.n, m.d, o.k, o.starts, parallel_threads(pool));
    if (o.out != NULL)
        write_out(&m, &o, init);
    else
        for (uint32_t i = 0; i < o.times; i++)
            measure(&m, &o, pool, o.given ? init : NULL);
    mem_free(init);
    matrix_release(&m);
    parallel_free(pool);
    return 0;
}
