/* The samples of clusters, against looking at every row. */
#include "tests/unit/random_fixture.h"

#include <math.h>

#define ROWS 900
#define K    4

struct world {
    struct clustering c;
    struct matrix m;
};

/* Rows in groups of about three, some of none; values repeat, so that distances do. */
static void world_init(struct world *w, uint32_t d, bool wide, bool grouped, uint64_t n_rows)
{
    uint64_t state = d + 2 * wide + 4 * grouped, n = 0;
    memset(w, 0, sizeof *w);
    w->c.n_rows = w->m.n_rows = n_rows;
    w->c.k = K;
    w->c.d = w->m.d = d;
    w->m.wide = wide;
    if (grouped) {
        w->c.obs_of_row = mem_alloc(n_rows, sizeof *w->c.obs_of_row);
        for (uint64_t row = 0; row < n_rows; row++) {
            uint32_t r = random_next(&state);
            w->c.obs_of_row[row] = r % 8 == 0             ? OBS_NONE
                                   : n == 0 || r % 3 == 0 ? (uint32_t)n++
                                                          : r / 8 % (uint32_t)n;
        }
    } else {
        n = n_rows;
    }
    w->m.obs_of_row = w->c.obs_of_row;
    w->c.n = w->m.n = n;
    w->m.data = mem_alloc_aligned((n + MATRIX_BLOCK) * d, sizeof(double));
    memset(w->m.data, 0, (n + MATRIX_BLOCK) * d * sizeof(double));
    w->c.label = mem_alloc(n, 1);
    w->c.profile = mem_zalloc(K, sizeof *w->c.profile);
    w->c.centroid = mem_zalloc((size_t)K * d, sizeof *w->c.centroid);
    for (uint64_t i = 0; i < n; i++) {
        w->c.label[i] = (uint8_t)(random_next(&state) % (K - 1)); /* the last stays empty */
        for (uint32_t j = 0; j < d; j++) {
            double x = random_next(&state) % 7;
            if (wide)
                ((double *)w->m.data)[matrix_at(&w->m, i, j)] = x;
            else
                ((float *)w->m.data)[matrix_at(&w->m, i, j)] = (float)x;
        }
    }
    for (uint32_t i = 0; i < K * d; i++)
        w->c.centroid[i] = random_next(&state) % 100 * 0.06;
}

static void world_release(struct world *w)
{
    mem_free(w->c.obs_of_row);
    mem_free(w->c.label);
    mem_free(w->c.profile);
    mem_free(w->c.centroid);
    mem_free(w->m.data);
}

/* The next row behind the samples so far: least distance, then first row, observations once. */
static int64_t next_sample(const struct world *w, uint32_t cluster, const uint32_t *so_far,
                           uint32_t n)
{
    int64_t best = -1;
    double least = INFINITY;
    for (uint64_t row = 0; row < w->m.n_rows; row++) {
        uint32_t obs = matrix_obs(&w->m, row);
        bool taken = obs == OBS_NONE || w->c.label[obs] != cluster;
        double x;
        for (uint32_t i = 0; i < n && !taken; i++)
            taken = matrix_obs(&w->m, so_far[i]) == obs;
        if (taken)
            continue;
        x = kmeans_distance2(&w->m, obs, w->c.centroid + (size_t)cluster * w->c.d);
        if (x < least) {
            least = x;
            best = (int64_t)row;
        }
    }
    return best;
}

static void test_samples(void **state)
{
    static const struct {
        uint32_t d;
        bool wide, grouped;
        uint64_t rows;
        uint32_t threads;
    } cases[] = {
        {1, false, false, ROWS, 1}, {3, true, false, ROWS, 2}, {4, false, true, ROWS, 1},
        {9, false, true, ROWS, 3},  {9, true, false, 33, 1},   {2, false, false, 5, 1},
        {1, false, false, 1, 2},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct parallel *pool = parallel_new(cases[i].threads);
        struct err err = ERR_INIT;
        struct world w;
        world_init(&w, cases[i].d, cases[i].wide, cases[i].grouped, cases[i].rows);
        assert_int_equal(nearest_find(&w.c, &w.m, pool, NULL, &err), 0);
        for (uint32_t c = 0; c < K; c++) {
            const struct profile *p = &w.c.profile[c];
            for (uint32_t at = 0; at < p->n_samples; at++)
                assert_int_equal(p->sample[at], next_sample(&w, c, p->sample, at));
            if (p->n_samples < PROFILE_SAMPLES)
                assert_int_equal(next_sample(&w, c, p->sample, p->n_samples), -1);
        }
        assert_int_equal(w.c.profile[K - 1].n_samples, 0);
        world_release(&w);
        parallel_free(pool);
    }
}

static void test_errors(void **state)
{
    struct job *job = job_new();
    struct err err = ERR_INIT;
    struct world w;
    (void)state;
    assert_non_null(job);
    world_init(&w, 2, false, true, ROWS);
    for (uint64_t n = 1; n <= 2; n++) {
        mem_fail_at(n, false);
        assert_int_equal(nearest_find(&w.c, &w.m, NULL, NULL, &err), -1);
        assert_int_equal(err.code, ERR_LIMIT);
        mem_fail_at(0, false);
    }
    job_cancel(job);
    assert_int_equal(nearest_find(&w.c, &w.m, NULL, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    world_release(&w);
    job_free(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
