/* engine.h: the state machine, cancelling, replacing, and shutting down at any moment. */
#include "tests/unit/unit.h"

#include "tests/unit/engine_fixture.h"

static void loads_clusters_and_exports(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    assert_int_equal(engine_state(f->engine), ENGINE_EMPTY);
    start_load(f, f->log);
    assert_int_equal(wait_end(f)->code, ERR_OK);
    assert_int_equal(engine_state(f->engine), ENGINE_LOADED);
    assert_int_equal(engine_table(f->engine)->n_rows, 3000);
    uint64_t generation = engine_generation(f->engine);

    start_cluster(f);
    assert_int_equal(wait_end(f)->code, ERR_OK);
    assert_int_equal(engine_state(f->engine), ENGINE_READY);
    const struct clustering *c = engine_clustering(f->engine);
    assert_int_equal(c->k, 7);
    assert_true(engine_generation(f->engine) > generation);

    struct export_opts opts = {.path = f->out, .cluster = 1};
    uint64_t rows = c->profile[0].rows;
    assert_int_equal(engine_export(f->engine, &opts, &err), 0);
    assert_int_equal(wait_end(f)->code, ERR_OK);
    assert_int_equal(engine_last_export(f->engine)->rows, rows);
    assert_int_equal(access(f->out, R_OK), 0);
    assert_true(f->notified > 0);

    /* Of a clustering that is no longer the current one, too. */
    const struct clustering *before = clustering_ref(c);
    uint32_t all[] = {0, 1, 2};
    struct rowset some = {.row = all, .n = 3};
    f->recipe.k = 2;
    start_cluster(f);
    assert_int_equal(wait_end(f)->code, ERR_OK);
    opts = (struct export_opts){.path = f->out, .cluster = 7, .force = true, .rows = &some};
    assert_int_equal(engine_export(f->engine, &opts, &err), 0);
    assert_int_equal(wait_end(f)->code, ERR_USAGE);
    opts.of = before;
    assert_int_equal(engine_export(f->engine, &opts, &err), 0);
    clustering_unref(before);
    assert_int_equal(wait_end(f)->code, ERR_OK);
    assert_int_equal(engine_last_export(f->engine)->rows, 3);
}

/* A cluster's rows on their own, and back to what was there before. */
static void zooms_and_goes_back(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    start_load(f, f->log);
    (void)wait_end(f);
    start_cluster(f);
    assert_int_equal(wait_end(f)->code, ERR_OK);
    const struct clustering *outer = clustering_ref(engine_clustering(f->engine));
    struct subset subset[2] = {{outer, 2, true}, {outer, 1, false}};
    struct cluster_opts opts = {.recipe = &f->recipe, .subset = subset, .n_subsets = 2};
    f->recipe.k = 3;

    engine_show(f->engine, NULL);
    assert_int_equal(engine_state(f->engine), ENGINE_LOADED);
    assert_null(engine_clustering(f->engine));
    assert_int_equal(engine_cluster(f->engine, &opts, &err), 0);
    assert_int_equal(wait_end(f)->code, ERR_OK);
    const struct clustering *inner = engine_clustering(f->engine);
    assert_int_equal(inner->rows_clustered, outer->profile[1].rows);
    for (uint64_t row = 0; row < outer->n_rows; row++)
        assert_int_equal(clustering_of_row(inner, row) != 0, clustering_of_row(outer, row) == 2);

    subset[0].keep = false;
    assert_int_equal(engine_cluster(f->engine, &opts, &err), 0);
    assert_int_equal(wait_end(f)->code, ERR_OK);
    assert_int_equal(engine_clustering(f->engine)->rows_excluded,
                     outer->profile[0].rows + outer->profile[1].rows);

    /* A fit that is on its way brings nothing any more, and makes room for the next. */
    uint64_t generation = engine_generation(f->engine);
    start_cluster(f);
    engine_show(f->engine, outer);
    assert_ptr_equal(engine_clustering(f->engine), outer);
    assert_int_equal(engine_state(f->engine), ENGINE_READY);
    assert_int_equal(engine_generation(f->engine), generation + 1);
    uint64_t before, after;
    (void)engine_last(f->engine, &before);
    start_cluster(f);
    engine_show(f->engine, outer); /* the one that waits, too */
    assert_int_equal(engine_state(f->engine), ENGINE_READY);
    start_cluster(f);
    assert_int_equal(wait_end(f)->code, ERR_OK);
    (void)engine_last(f->engine, &after);
    assert_int_equal(after, before + 1);
    assert_ptr_not_equal(engine_clustering(f->engine), outer);
    assert_int_equal(engine_clustering(f->engine)->rows_excluded, 0);
    clustering_unref(outer);
}

/* Trust is measured beside everything else, and makes room for it. */
static void trust_gives_way(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    uint64_t before, after;
    assert_int_equal(engine_trust(f->engine, 3, false, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    start_load(f, f->log);
    (void)wait_end(f);
    start_cluster(f);
    (void)wait_end(f);
    uint64_t generation = engine_generation(f->engine);
    assert_null(engine_trusted(f->engine));
    assert_int_equal(engine_trust(f->engine, 3, false, &err), 0);
    assert_int_equal(engine_state(f->engine), ENGINE_READY);
    assert_int_equal(wait_end(f)->code, ERR_OK);
    assert_non_null(engine_trusted(f->engine));
    assert_int_equal(engine_trusted(f->engine)->runs, 3);
    assert_int_equal(engine_generation(f->engine), generation);

    /* A fit takes its place; one end is told, the fit's. */
    assert_int_equal(engine_trust(f->engine, 100, true, &err), 0);
    (void)engine_last(f->engine, &before);
    start_cluster(f);
    struct cluster_opts opts = {.recipe = &f->recipe};
    assert_int_equal(engine_cluster(f->engine, &opts, &err), -1);
    assert_int_equal(wait_end(f)->code, ERR_OK);
    (void)engine_last(f->engine, &after);
    assert_int_equal(after, before + 1);
    assert_true(engine_generation(f->engine) > generation);
    assert_null(engine_trusted(f->engine));

    /* So does an export; and a fit that waits can be cancelled. */
    struct export_opts export = {.path = f->out, .cluster = 1};
    assert_int_equal(engine_trust(f->engine, 100, true, &err), 0);
    assert_int_equal(engine_export(f->engine, &export, &err), 0);
    assert_int_equal(engine_state(f->engine), ENGINE_EXPORTING);
    assert_int_equal(wait_end(f)->code, ERR_OK);
    assert_int_equal(access(f->out, R_OK), 0);
    assert_int_equal(engine_trust(f->engine, 100, true, &err), 0);
    start_cluster(f);
    engine_cancel(f->engine);
    assert_int_equal(wait_end(f)->code, ERR_CANCELLED);
    assert_int_equal(engine_state(f->engine), ENGINE_READY);
    /* Closing while it runs is tear_down's. */
    assert_int_equal(engine_trust(f->engine, 100, true, &err), 0);
    start_cluster(f);
}

/* A measurement that waits for the end of a dropped fit gives way as one that runs does. */
static void trust_that_waits_gives_way(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    start_load(f, f->log);
    (void)wait_end(f);
    start_cluster(f);
    (void)wait_end(f);
    const struct clustering *outer = clustering_ref(engine_clustering(f->engine));
    uint64_t before, after;
    (void)engine_last(f->engine, &before);
    start_cluster(f);
    engine_show(f->engine, outer);
    assert_int_equal(engine_trust(f->engine, 3, false, &err), 0);
    assert_int_equal(engine_trust(f->engine, 3, false, &err), -1);
    start_cluster(f);
    assert_int_equal(wait_end(f)->code, ERR_OK);
    assert_ptr_not_equal(engine_clustering(f->engine), outer);
    assert_null(engine_trusted(f->engine));
    (void)engine_last(f->engine, &after);
    assert_int_equal(after, before + 1);

    /* Nor does it stay when what it was to measure goes. */
    const struct clustering *newer = clustering_ref(engine_clustering(f->engine));
    start_cluster(f);
    engine_show(f->engine, outer);
    assert_int_equal(engine_trust(f->engine, 3, false, &err), 0);
    engine_show(f->engine, newer);
    assert_int_equal(engine_trust(f->engine, 2, false, &err), 0);
    assert_int_equal(wait_end(f)->code, ERR_OK);
    assert_int_equal(engine_trusted(f->engine)->runs, 2);
    clustering_unref(outer);
    clustering_unref(newer);
}

static void refuses_what_the_state_forbids(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    struct cluster_opts cluster = {.recipe = &f->recipe};
    struct export_opts export = {.path = f->out, .cluster = 1};
    assert_int_equal(engine_cluster(f->engine, &cluster, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_int_equal(engine_export(f->engine, &export, &err), -1);
    start_load(f, f->log);
    const char *const paths[] = {f->log};
    struct load_opts again = {.path = paths, .n_paths = 1};
    assert_int_equal(engine_load(f->engine, &again, NULL, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    (void)wait_end(f);
    assert_int_equal(engine_export(f->engine, &export, &err), -1);
}

static void a_failed_load_keeps_what_was_there(void **state)
{
    struct fixture *f = *state;
    start_load(f, f->log);
    (void)wait_end(f);
    start_load(f, "/nowhere/conn.log");
    assert_int_equal(wait_end(f)->code, ERR_IO);
    assert_int_equal(engine_state(f->engine), ENGINE_LOADED);
    assert_int_equal(engine_table(f->engine)->n_rows, 3000);
}

static void a_fifo_that_never_writes_can_be_cancelled(void **state)
{
    struct fixture *f = *state;
    start_load(f, f->fifo);
    uint64_t begin = uv_hrtime();
    engine_cancel(f->engine);
    assert_int_equal(wait_end(f)->code, ERR_CANCELLED);
    /* The promise is 50 ms; the margin is for a busy machine and sanitizers. */
    assert_true(uv_hrtime() - begin < 1000000000u);
    assert_int_equal(engine_state(f->engine), ENGINE_EMPTY);
}

static void a_cancelled_fit_keeps_the_old_one(void **state)
{
    struct fixture *f = *state;
    start_load(f, f->log);
    (void)wait_end(f);
    start_cluster(f);
    (void)wait_end(f);
    const struct clustering *before = engine_clustering(f->engine);
    f->recipe.k = 250;
    f->recipe.starts = 1000;
    start_cluster(f);
    engine_cancel(f->engine);
    assert_int_equal(wait_end(f)->code, ERR_CANCELLED);
    assert_ptr_equal(engine_clustering(f->engine), before);
    assert_int_equal(engine_state(f->engine), ENGINE_READY);
}

static void shutting_down_in_the_middle(void **state)
{
    struct fixture *f = *state;
    start_load(f, f->log);
    (void)wait_end(f);
    f->recipe.starts = 1000;
    f->recipe.k = 250;
    start_cluster(f);
    /* tear_down shuts down while the fit runs. */
}

/* ---- view jobs ---- */

struct viewer {
    struct job *job;
    uv_sem_t started;
    bool wait_for_cancel;
    int finished, rc;
};

static int view_run(void *ctx, struct job *job, struct err *err)
{
    struct viewer *v = ctx;
    uv_sem_post(&v->started);
    while (v->wait_for_cancel) {
        if (job_cancelled(job))
            return job_stopped(err);
    }
    return 0;
}

static void view_finish(void *ctx, int rc, const struct err *err)
{
    struct viewer *v = ctx;
    v->finished++;
    v->rc = rc;
    if (rc != 0)
        assert_int_equal(err->code, ERR_CANCELLED);
}

static void a_newer_view_job_replaces_the_running_one(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    struct viewer v[3] = {{.wait_for_cancel = true}, {.wait_for_cancel = false}, {.finished = 0}};
    for (int i = 0; i < 3; i++)
        assert_int_equal(uv_sem_init(&v[i].started, 0), 0);
    struct view_job job = {view_run, view_finish, &v[0]};
    assert_int_equal(engine_view(f->engine, &job, &err), 0);
    uv_sem_wait(&v[0].started);
    job.ctx = &v[1];
    assert_int_equal(engine_view(f->engine, &job, &err), 0);
    job.ctx = &v[2];
    assert_int_equal(engine_view(f->engine, &job, &err), 0);
    assert_int_equal(v[1].finished, 1);
    assert_int_equal(v[1].rc, -1);
    while (v[2].finished == 0)
        (void)uv_run(&f->loop, UV_RUN_ONCE);
    assert_int_equal(v[0].finished, 1);
    assert_int_equal(v[0].rc, -1);
    assert_int_equal(v[2].rc, 0);
    assert_false(engine_view_busy(f->engine));
    for (int i = 0; i < 3; i++)
        uv_sem_destroy(&v[i].started);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(loads_clusters_and_exports, set_up, tear_down),
        cmocka_unit_test_setup_teardown(zooms_and_goes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(trust_gives_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(trust_that_waits_gives_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_the_state_forbids, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failed_load_keeps_what_was_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_fifo_that_never_writes_can_be_cancelled, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_cancelled_fit_keeps_the_old_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shutting_down_in_the_middle, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_newer_view_job_replaces_the_running_one, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
