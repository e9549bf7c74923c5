/* k-means from a given start, so that two programs do the same work.
 *
 *   lloyd write LOG FEATURES K FILE   the scaled matrix of a log, and K different rows to start from
 *   lloyd fit FILE THREADS            minnow's fit of it
 *   lloyd check FILE THREADS          the same, against Lloyd's iteration written out in double
 *
 * FILE: n, d and k as 64-bit numbers, the start as k x d doubles, the matrix as n x d floats, all in
 * this machine's byte order, row by row. */
#include "core/cluster/kmeans_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/load.h"
#include "tests/bench/clock.h"

#define MAX_PASSES 300

static void die(const char *what)
{
    fprintf(stderr, "lloyd: %s\n", what);
    exit(1);
}

/* ---- the file ---- */

struct problem {
    uint64_t n, d, k;
    double *start;
    struct matrix m;
};

static void transfer(size_t done, size_t wanted)
{
    if (done != wanted)
        die("the file cannot be read or written");
}

/* Rows spread evenly over the log, of which each differs from those before it. */
static double *pick_start(const struct matrix *m, uint64_t k)
{
    double *start = mem_alloc((size_t)k * m->d, sizeof *start);
    uint64_t found = 0, step = m->n / (k * 4) + 1;
    if (start == NULL)
        die("no memory");
    for (uint64_t i = step / 2; i < m->n && found < k; i += step) {
        bool fresh = true;
        for (uint32_t j = 0; j < m->d; j++)
            start[found * m->d + j] = matrix_value(m, i, j);
        for (uint64_t c = 0; c < found && fresh; c++)
            fresh = memcmp(start + c * m->d, start + found * m->d, m->d * sizeof *start) != 0;
        found += fresh;
    }
    if (found < k)
        die("too few different rows");
    return start;
}

static int problem_write(const char *log, const char *features, uint64_t k, const char *path)
{
    struct err err = ERR_INIT;
    struct recipe r;
    struct matrix m;
    struct load_opts opts = {.path = &log, .n_paths = 1};
    struct parallel *pool = parallel_new(0);
    struct table *t = load_table(&opts, NULL, &err);
    if (t == NULL || recipe_init(&r, &err) != 0 || recipe_set_features(&r, features, &err) != 0 ||
        recipe_set_missing(&r, "zero", &err) != 0 ||
        matrix_build(&m, t, &r, NULL, NULL, pool, NULL, &err) != 0)
        die(err.text);
    FILE *f = fopen(path, "wb");
    double *start = pick_start(&m, k);
    float *row = mem_alloc(m.d, sizeof *row);
    if (f == NULL || row == NULL)
        die(path);
    const uint64_t head[3] = {m.n, m.d, k};
    transfer(fwrite(head, sizeof head[0], 3, f), 3);
    transfer(fwrite(start, sizeof *start, (size_t)k * m.d, f), (size_t)k * m.d);
    for (uint64_t i = 0; i < m.n; i++) {
        for (uint32_t j = 0; j < m.d; j++)
            row[j] = (float)matrix_value(&m, i, j);
        transfer(fwrite(row, sizeof *row, m.d, f), m.d);
    }
    if (fclose(f) != 0)
        die(path);
    printf("rows=%" PRIu64 " d=%" PRIu32 " k=%" PRIu64 "\n", m.n, m.d, k);
    mem_free(row);
    mem_free(start);
    matrix_release(&m);
    recipe_release(&r);
    table_unref(t);
    parallel_free(pool);
    return 0;
}

static struct problem problem_read(const char *path)
{
    struct problem p = {0};
    FILE *f = fopen(path, "rb");
    uint64_t head[3];
    if (f == NULL)
        die(path);
    transfer(fread(head, sizeof head[0], 3, f), 3);
    p.n = head[0];
    p.d = head[1];
    p.k = head[2];
    p.m.n = p.n;
    p.m.d = (uint32_t)p.d;
    p.m.n_rows = p.n;
    size_t cells = (size_t)((p.n + MATRIX_BLOCK - 1) / MATRIX_BLOCK * MATRIX_BLOCK * p.d);
    float *data = mem_alloc_aligned(cells, sizeof *data);
    float *row = mem_alloc((size_t)p.d, sizeof *row);
    p.start = mem_alloc((size_t)(p.k * p.d), sizeof *p.start);
    p.m.dim = mem_zalloc((size_t)p.d, sizeof *p.m.dim);
    if (data == NULL || row == NULL || p.start == NULL || p.m.dim == NULL)
        die("no memory");
    memset(data, 0, cells * sizeof *data);
    transfer(fread(p.start, sizeof *p.start, (size_t)(p.k * p.d), f), (size_t)(p.k * p.d));
    for (uint64_t i = 0; i < p.n; i++) {
        transfer(fread(row, sizeof *row, (size_t)p.d, f), (size_t)p.d);
        for (uint32_t j = 0; j < p.d; j++)
            data[matrix_at(&p.m, i, j)] = row[j];
    }
    p.m.data = data;
    mem_free(row);
    (void)fclose(f);
    return p;
}

static void problem_release(struct problem *p)
{
    mem_free(p->start);
    matrix_release(&p->m);
}

/* ---- Lloyd's iteration, written out: nothing of minnow's k-means is in it ---- */

struct plain {
    double *centroid, *sum;
    uint8_t *label;
    uint64_t *count;
    uint32_t passes;
    double inertia;
};

static double distance2(const struct matrix *m, uint64_t i, const double *centroid)
{
    double sum = 0;
    for (uint32_t j = 0; j < m->d; j++) {
        double diff = matrix_value(m, i, j) - centroid[j];
        sum += diff * diff;
    }
    return sum;
}

static uint64_t plain_assign(struct plain *p, const struct matrix *m, uint64_t k)
{
    uint64_t changed = 0;
    p->inertia = 0;
    memset(p->count, 0, (size_t)k * sizeof *p->count);
    memset(p->sum, 0, (size_t)k * m->d * sizeof *p->sum);
    for (uint64_t i = 0; i < m->n; i++) {
        double best = INFINITY;
        uint64_t nearest = 0;
        for (uint64_t c = 0; c < k; c++) {
            double far = distance2(m, i, p->centroid + c * m->d);
            if (far < best) {
                best = far;
                nearest = c;
            }
        }
        changed += p->label[i] != nearest;
        p->label[i] = (uint8_t)nearest;
        p->count[nearest]++;
        p->inertia += best;
        for (uint32_t j = 0; j < m->d; j++)
            p->sum[nearest * m->d + j] += matrix_value(m, i, j);
    }
    return changed;
}

static struct plain plain_fit(const struct problem *from)
{
    uint64_t k = from->k, cells = k * from->d;
    struct plain p = {.centroid = mem_alloc((size_t)cells, sizeof *p.centroid),
                      .sum = mem_alloc((size_t)cells, sizeof *p.sum),
                      .label = mem_zalloc((size_t)from->n, 1),
                      .count = mem_alloc((size_t)k, sizeof *p.count)};
    if (p.centroid == NULL || p.sum == NULL || p.label == NULL || p.count == NULL)
        die("no memory");
    memcpy(p.centroid, from->start, (size_t)cells * sizeof *p.centroid);
    for (bool moved = true; moved && p.passes < MAX_PASSES; p.passes++) {
        moved = plain_assign(&p, &from->m, k) > 0 || p.passes == 0;
        for (uint64_t i = 0; moved && i < cells; i++) {
            if (p.count[i / from->d] == 0)
                die("a cluster ran empty: the plain iteration knows no way out");
            p.centroid[i] = p.sum[i] / (double)p.count[i / from->d];
        }
    }
    plain_assign(&p, &from->m, k);
    return p;
}

static void plain_release(struct plain *p)
{
    mem_free(p->centroid);
    mem_free(p->sum);
    mem_free(p->label);
    mem_free(p->count);
}

/* ---- minnow's ---- */

static void run(const char *path, uint32_t threads, bool check)
{
    struct err err = ERR_INIT;
    struct problem p = problem_read(path);
    struct parallel *pool = parallel_new(threads);
    struct kmeans km = {0};
    struct kmeans_opts opts = {.k = (uint32_t)p.k,
                               .starts = 1,
                               .max_iter = MAX_PASSES,
                               .seed = 1,
                               .init = p.start,
                               .pool = pool};
    struct stopwatch start = stopwatch_start();
    if (kmeans_run(&km, &p.m, &opts, &err) != 0)
        die(err.text);
    struct stopwatch took = stopwatch_read(&start);
    printf("wall=%.6f cpu=%.6f passes=%" PRIu32 " read=%.2f inertia=%.17g", took.wall, took.cpu,
           km.iterations, (double)km.blocks_read / (double)matrix_blocks(&p.m), km.inertia);
    if (check) {
        uint64_t other = 0;
        start = stopwatch_start();
        struct plain plain = plain_fit(&p);
        printf(" plain_cpu=%.6f", stopwatch_read(&start).cpu);
        for (uint64_t i = 0; i < p.n; i++)
            other += km.label[i] != plain.label[i];
        printf(" plain_passes=%" PRIu32 " plain_inertia=%.17g relative=%.3g labels_differ=%" PRIu64,
               plain.passes, plain.inertia, fabs(km.inertia - plain.inertia) / plain.inertia,
               other);
        plain_release(&plain);
    }
    printf("\n");
    kmeans_release(&km);
    parallel_free(pool);
    problem_release(&p);
}

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "write") == 0)
        return problem_write(argv[2], argv[3], strtoull(argv[4], NULL, 10), argv[5]);
    if (argc == 4 && (strcmp(argv[1], "fit") == 0 || strcmp(argv[1], "check") == 0)) {
        run(argv[2], (uint32_t)strtoul(argv[3], NULL, 10), argv[1][0] == 'c');
        return 0;
    }
    fprintf(stderr, "usage: lloyd write LOG FEATURES K FILE | fit FILE THREADS | check FILE "
                    "THREADS\n");
    return 2;
}
