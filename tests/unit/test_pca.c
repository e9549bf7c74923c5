/* Principal components of matrices whose components are known, and of points on a screen. */
#include "tests/unit/kmeans_fixture.h"

#include "core/base/buf.h"
#include "core/parallel.h"
#include "core/query/pca.h"
#include "core/query/scatter.h"
#include "tests/unit/logfile.h"

static void near_to(double got, double wanted, double error)
{
    if (!(fabs(got - wanted) <= error))
        fail_msg("%.17g is not %.17g", got, wanted);
}

static void with_dims(struct matrix *m)
{
    m->dim = mem_zalloc(m->d, sizeof *m->dim);
    assert_non_null(m->dim);
    for (uint32_t j = 0; j < m->d; j++) {
        double sum = 0, squares = 0;
        for (uint64_t i = 0; i < m->n; i++)
            sum += matrix_value(m, i, j);
        for (uint64_t i = 0; i < m->n; i++)
            squares += pow(matrix_value(m, i, j) - sum / (double)m->n, 2);
        m->dim[j] = (struct dim){
            .weight = 1, .unit = 1, .mean = sum / (double)m->n, .sd = sqrt(squares / (double)m->n)};
    }
}

static void release(struct matrix *m)
{
    mem_free(m->dim);
    mem_free(m->data);
}

static void test_eigen(void **state)
{
    double a[9] = {4, 1, 0, 1, 4, 0, 0, 0, 9}, value[3], vector[9];
    (void)state;
    jacobi_eigen(a, 3, value, vector);
    near_to(value[0], 9, 1e-12);
    near_to(value[1], 5, 1e-12);
    near_to(value[2], 3, 1e-12);
    near_to(fabs(vector[2]), 1, 1e-12);
    near_to(fabs(vector[3]), sqrt(0.5), 1e-12);
    near_to(vector[3], vector[4], 1e-12);
    near_to(vector[6], -vector[7], 1e-12);
}

/* A v = value v, vectors are of length 1 and stand upon each other, for matrices of any kind. */
static void test_eigen_of_anything(void **state)
{
    struct rng r;
    (void)state;
    rng_init(&r, 3, 1);
    for (uint32_t d = 1; d <= 40; d += 3) {
        double *a = mem_zalloc((size_t)d * d, sizeof *a), *b = mem_zalloc((size_t)d * d, sizeof *b);
        double *vector = mem_zalloc((size_t)d * d, sizeof *vector);
        double *value = mem_zalloc(d, sizeof *value);
        assert_true(a != NULL && b != NULL && vector != NULL && value != NULL);
        for (uint32_t i = 0; i < d; i++)
            for (uint32_t j = 0; j <= i; j++)
                a[i * d + j] = a[j * d + i] = d % 2 == 0 && i > 3 ? 0 : rng_unit(&r) - 0.5;
        memcpy(b, a, (size_t)d * d * sizeof *a);
        jacobi_eigen(b, d, value, vector);
        for (uint32_t i = 0; i < d; i++) {
            if (i > 0)
                assert_true(value[i] <= value[i - 1]);
            for (uint32_t j = 0; j < d; j++) {
                double dot = 0, product = 0;
                for (uint32_t k = 0; k < d; k++) {
                    dot += vector[i * d + k] * vector[j * d + k];
                    product += a[j * d + k] * vector[i * d + k];
                }
                near_to(dot, i == j, 1e-10);
                near_to(product, value[i] * vector[i * d + j], 1e-10);
            }
        }
        mem_free(a);
        mem_free(b);
        mem_free(vector);
        mem_free(value);
    }
}

/* Points along (3, 4) / 5, with a tenth of that across: in float and in double, far from 0 too. */
static void test_known_line(void **state)
{
    (void)state;
    for (int wide = 0; wide < 2; wide++) {
        for (int far = 0; far < 2; far++) {
            double origin = far ? 5000 : 0;
            struct matrix m = matrix_make(1003, 3, wide != 0);
            struct pca p;
            struct err err = ERR_INIT;
            for (uint64_t i = 0; i < m.n; i++) {
                double along = ((double)i - 501) / 100, across = (i % 2 == 0 ? 1 : -1) * 0.1;
                matrix_put(&m, i, 0, origin + 0.6 * along - 0.8 * across);
                matrix_put(&m, i, 1, origin + 0.8 * along + 0.6 * across);
                matrix_put(&m, i, 2, 7);
            }
            with_dims(&m);
            assert_int_equal(pca_find(&p, &m, NULL, NULL, &err), 0);
            assert_int_equal(p.used, 3);
            near_to(p.along[0][0], 0.6, 1e-3);
            near_to(p.along[0][1], 0.8, 1e-3);
            near_to(p.along[1][0], 0.8, 1e-3); /* what is furthest from 0 is positive */
            near_to(p.along[1][1], -0.6, 1e-3);
            near_to(p.along[0][2], 0, 1e-9);
            near_to(p.mean[0], origin, 1e-2);
            near_to(p.share[0], 1 - p.share[1], 1e-6);
            assert_true(p.share[1] > 0.001 && p.share[1] < 0.002);
            pca_release(&p);
            release(&m);
        }
    }
}

static void test_threads_and_trouble(void **state)
{
    struct matrix m = matrix_random(BLOBS, 5000, 70, false, 11);
    struct parallel *pool = parallel_new(3);
    struct job *job = job_new();
    struct err err = ERR_INIT;
    struct pca one, many;
    (void)state;
    with_dims(&m);
    assert_int_equal(pca_find(&one, &m, NULL, NULL, &err), 0);
    assert_int_equal(pca_find(&many, &m, pool, job, &err), 0);
    assert_memory_equal(one.along[0], many.along[0], 70 * sizeof(double));
    assert_memory_equal(one.along[1], many.along[1], 70 * sizeof(double));
    assert_memory_equal(one.share, many.share, sizeof one.share);
    pca_release(&one);
    pca_release(&many);
    for (uint64_t n = 1; n <= 6; n++) {
        mem_fail_at(n, false);
        assert_int_equal(pca_find(&one, &m, NULL, NULL, &err), -1);
        mem_fail_at(0, false);
        assert_int_equal(err.code, ERR_LIMIT);
        err = (struct err)ERR_INIT;
    }
    job_cancel(job);
    assert_int_equal(pca_find(&one, &m, pool, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    job_free(job);
    parallel_free(pool);
    release(&m);
}

/* Of too many dimensions the ones that vary most are looked at. */
static void test_many_dimensions(void **state)
{
    struct matrix m = matrix_make(100, 300, false);
    struct err err = ERR_INIT;
    struct pca p;
    (void)state;
    for (uint64_t i = 0; i < m.n; i++)
        for (uint32_t j = 0; j < m.d; j++)
            matrix_put(&m, i, j, (i * 7 + j) % 13 < 6 ? (j < 44 ? 0.001 : j == 299 ? 100 : 1) : 0);
    with_dims(&m);
    assert_int_equal(pca_find(&p, &m, NULL, NULL, &err), 0);
    assert_int_equal(p.used, PCA_DIMS);
    for (uint32_t j = 0; j < 44; j++)
        assert_true(p.along[0][j] == 0 && p.along[1][j] == 0);
    near_to(p.along[0][299], 1, 0.01);
    pca_release(&p);
    release(&m);
}

/* ---- points ---- */

static struct table *log_of_two(char *path)
{
    struct buf text = BUF_INIT;
    struct table *t;
    buf_add_text(&text, LOG_FIELDS);
    for (unsigned i = 0; i < 2000; i++)
        buf_printf(&text, "%u.5\tC%u\t10.0.0.1\t1\t10.0.0.2\t%u\ttcp\t%u\t%u\t%u\tSF\t-\n", i, i,
                   i % 10 == 0 ? 8000 + i : i % 50, 1 + i % 7, i % 10 == 0 ? 900000 + i : i % 90,
                   i % 80);
    t = log_load(buf_text(&text), path);
    buf_release(&text);
    return t;
}

static void test_points(void **state)
{
    char path[64];
    struct table *t = log_of_two(path);
    struct err err = ERR_INIT;
    struct recipe r;
    struct clustering *c;
    struct scatter s;
    struct scatter_grid g = {.cols = 20, .rows = 10};
    struct scatter_picture picture;
    uint64_t all = 0, own = 0;
    (void)state;
    assert_int_equal(recipe_init(&r, &err), 0);
    assert_int_equal(
        recipe_set_features(&r, "num(id.resp_p),log(orig_bytes),log(resp_bytes)", &err), 0);
    assert_int_equal(recipe_set_k(&r, "2", &err), 0);
    c = clustering_fit(t, &r, &(struct fit_opts){.env = NULL}, &err);
    assert_non_null(c);
    assert_int_equal(scatter_build(&s, c, t, NULL, &err), 0);
    assert_int_equal(s.n_obs, 2000);
    assert_int_equal(s.n_parts, 3);
    assert_true(s.share[0] > s.share[1] && s.share[1] > 0 && s.share[0] + s.share[1] <= 1);
    for (uint32_t cluster = 0; cluster <= 2; cluster++)
        for (size_t i = 0; i < 2; i++) {
            struct scatter_range a = s.range[cluster * 2 + i], b = s.middle[cluster * 2 + i];
            assert_true(a.from <= b.from && b.from <= b.to && b.to <= a.to);
        }
    scatter_axes(&g, &s, 1);
    assert_int_equal(scatter_draw(&picture, &s, c, &g, 1, NULL, &err), 0);
    for (uint32_t i = 0; i < g.cols * g.rows; i++) {
        all += picture.all[i];
        own += picture.own[i];
        assert_true((picture.dots[i] != 0) == (picture.all[i] > 0));
        assert_true(picture.own[i] <= picture.all[i]);
    }
    assert_int_equal(all + picture.outside, 2000);
    assert_int_equal(own + picture.own_outside, c->profile[0].rows);
    assert_true(picture.outside <= 8);
    scatter_picture_release(&picture);
    for (uint64_t n = 1; n < 120; n++) {
        struct scatter again;
        mem_fail_at(n, false);
        if (scatter_build(&again, c, t, NULL, &err) == 0) {
            if (scatter_draw(&picture, &again, c, &g, 2, NULL, &err) == 0)
                scatter_picture_release(&picture);
            scatter_release(&again);
        }
        mem_fail_at(0, false);
        err = (struct err)ERR_INIT;
    }
    scatter_release(&s);
    clustering_unref(c);
    recipe_release(&r);
    table_unref(t);
    (void)unlink(path);
}

static void test_dots(void **state)
{
    float x[] = {0, 1, 0.5f, -0.01f, 1.01f, 0.999f}, y[] = {0, 1, 0.5f, 0.5f, 0.5f, 0.001f};
    static const struct {
        bool inside;
        uint32_t x, y;
    } wanted[] = {{true, 0, 39}, {true, 19, 0}, {true, 10, 19},
                  {false, 0, 0}, {false, 0, 0}, {true, 19, 39}};
    struct scatter s = {.n_obs = 6, .at = {x, y}};
    struct scatter_grid g = {10, 10, {{0, 1}, {0, 1}}};
    (void)state;
    for (uint64_t i = 0; i < 6; i++) {
        uint32_t dot[2];
        assert_int_equal(scatter_dot(&g, &s, i, &dot[0], &dot[1]), wanted[i].inside);
        if (wanted[i].inside) {
            assert_int_equal(dot[0], wanted[i].x);
            assert_int_equal(dot[1], wanted[i].y);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eigen),
        cmocka_unit_test(test_eigen_of_anything),
        cmocka_unit_test(test_known_line),
        cmocka_unit_test(test_threads_and_trouble),
        cmocka_unit_test(test_many_dimensions),
        cmocka_unit_test(test_points),
        cmocka_unit_test(test_dots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
