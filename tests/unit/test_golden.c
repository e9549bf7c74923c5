/* The tutorial's log, with the recipe `article`: known inertia, known counts, the 171 ICMP rows
 * alone. Skipped where the log is not there. */
#include "core/cluster/clustering.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <math.h>
#include <sys/wait.h>

#include "core/base/mem.h"
#include "core/load.h"

/* Unpacks the log into a new temporary file through gzip, and tail -n `rows` when not 0. */
static void unpack(const char *from, const char *rows, char *path)
{
    int fd = mkstemp(path), status = 0;
    pid_t pid;
    assert_true(fd >= 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (dup2(fd, 1) < 0)
            _exit(127);
        if (rows == NULL)
            execlp("gzip", "gzip", "-dc", from, (char *)NULL);
        else
            execlp("sh", "sh", "-c", "gzip -dc \"$0\" | tail -n \"$1\"", from, rows, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(fd);
}

static struct table *load(char *path)
{
    const char *paths[1] = {path};
    struct load_opts opts = {.path = paths, .n_paths = 1};
    struct err err = ERR_INIT;
    struct table *t = load_table(&opts, NULL, &err);
    if (t == NULL)
        fail_msg("%s", err.text);
    return t;
}

static void the_smallest_cluster_is_the_icmp_rows(void **state)
{
    char path[] = "/tmp/minnow-golden-XXXXXX";
    struct err err = ERR_INIT;
    struct recipe r;
    struct table *t;
    struct clustering *c;
    struct parallel *pool;
    double *distance, sum = 0;
    uint64_t rows = 0, previous = 0;
    (void)state;

    unpack(unit_shared("article/bigger.log.gz"), NULL, path);
    t = load(path);
    assert_int_equal(t->n_rows, 100000);
    assert_int_equal(recipe_load(&r, "article", &err), 0);
    pool = parallel_new(0);
    c = clustering_fit(t, &r, &(struct fit_opts){.pool = pool}, &err);
    if (c == NULL)
        fail_msg("%s", err.text);
    assert_true(c->inertia <= 2.4114e20);
    assert_true(c->converged);
    assert_int_equal(c->k, 7);
    assert_int_equal(c->d, 7);
    assert_int_equal(c->profile[0].rows, 171);
    for (uint64_t row = 0; row < t->n_rows; row++) {
        bool icmp = span_is(table_cat_text(t, CAT_PROTO, TABLE_AT(t, row, cat[CAT_PROTO])), "icmp");
        assert_int_equal(clustering_of_row(c, row) == 1, icmp);
    }
    for (uint32_t i = 0; i < c->k; i++) {
        assert_true(c->profile[i].rows >= previous);
        previous = c->profile[i].rows;
        rows += previous;
    }
    assert_int_equal(rows, 100000);
    distance = mem_alloc(t->n_rows, sizeof *distance);
    assert_non_null(distance);
    assert_int_equal(clustering_distances(c, t, distance, pool, NULL, &err), 0);
    for (uint64_t row = 0; row < t->n_rows; row++)
        sum += distance[row] * distance[row];
    assert_true(fabs(sum - c->inertia) <= 1e-9 * c->inertia);

    mem_free(distance);
    clustering_unref(c);
    recipe_release(&r);
    table_unref(t);
    parallel_free(pool);
    unlink(path);
}

static void printed_centres_are_a_fixed_point(void **state)
{
    static const double init[7][7] = {
        {1.06630230e+09, 4.21529639e+07, 1.28108950e+07, 5.78024926e+04, 2.65607199e+05, 1.04445282,
         64.7468450},
        {1.14502802e+09, 9.60932775e+08, 1.17538658e+07, 338.826753, 45.0085714, 1.00987013,
         46.7948052},
        {9.31856653e+08, 9.90159420e+08, 1.16991120e+07, 45.0622055, 45.0622055, 1, 60},
        {9.79548551e+08, 6.80980843e+08, 1.16991120e+07, -468320.645, 149027.856, 3.12326870,
         2825.36981},
        {330118.333, 330117.056, 2009174520, 29634.4167, 45.25, 1.75, 134.166667},
        {8.51441469e+08, 4.25112538e+07, 1.30679562e+07, 253330.172, 14813.5183, 1.03984652,
         70.0513577},
        {9.58129996e+08, 4.31570110e+07, 1.22355585e+07, 10656.0307, 10232.3933, 1.01771173,
         61.7966205},
    };
    static const uint64_t counts[7] = {5309, 3850, 1061, 1444, 36, 3388, 4912};
    char path[] = "/tmp/minnow-golden-XXXXXX";
    struct err err = ERR_INIT;
    struct recipe r;
    struct table *t;
    struct matrix m;
    struct kmeans km;
    struct kmeans_opts opts = {.k = 7, .starts = 1, .max_iter = 300, .init = &init[0][0]};
    (void)state;

    unpack(unit_shared("article/bigger.log.gz"), "20000", path);
    t = load(path);
    assert_int_equal(t->n_rows, 20000);
    assert_int_equal(recipe_load(&r, "article", &err), 0);
    assert_int_equal(matrix_build(&m, t, &r, NULL, NULL, NULL, NULL, &err), 0);
    assert_true(m.wide);
    assert_int_equal(kmeans_run(&km, &m, &opts, &err), 0);
    for (int c = 0; c < 7; c++) {
        assert_int_equal(km.size[c], counts[c]);
        for (uint32_t j = 0; j < 7; j++)
            assert_true(fabs(km.centroid[c * 7 + (int)j] - init[c][j]) <= 1e-8 * fabs(init[c][j]));
    }
    assert_int_equal(km.iterations, 2);
    assert_true(fabs(km.inertia - 7.135990051800258e19) <= 1e-9 * 7.135990051800258e19);
    kmeans_release(&km);
    matrix_release(&m);
    recipe_release(&r);
    table_unref(t);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_cluster_is_the_icmp_rows),
        cmocka_unit_test(printed_centres_are_a_fixed_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
