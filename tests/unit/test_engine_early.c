/* engine.h before a load has ended: first rows, previews, and shutting down among them. */
#include "tests/unit/unit.h"

#include "tests/unit/engine_fixture.h"

/* Of a single file the first rows are there before the loop turns, and before the load begins. */
static void first_rows_come_at_once(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    const char *const paths[] = {f->log, f->log};
    struct load_opts load = {.path = paths, .n_paths = 1, .threads = 2};
    struct cluster_opts opts = {.recipe = &f->recipe};
    struct progress p;
    uint64_t generation = engine_generation(f->engine);
    assert_int_equal(engine_look_ahead(f->engine, &load, &opts, &err), 0);
    assert_non_null(engine_early(f->engine).table);
    assert_true(engine_early(f->engine).table->n_rows > 100);
    assert_false(engine_early(f->engine).spread);
    assert_int_equal(engine_generation(f->engine), generation + 1);
    assert_int_equal(engine_load(f->engine, &load, NULL, &err), 0);
    assert_int_equal(engine_state(f->engine), ENGINE_LOADING);
    engine_progress(f->engine, &p);
    assert_int_equal(p.phase, PHASE_IDLE);
    assert_int_equal(wait_end(f)->code, ERR_OK);
    assert_int_equal(engine_table(f->engine)->n_rows, 3000);

    load.n_paths = 2; /* these are planned and read on a worker */
    assert_int_equal(engine_look_ahead(f->engine, &load, &opts, &err), 0);
    assert_null(engine_early(f->engine).table);
    assert_int_equal(engine_load(f->engine, &load, NULL, &err), 0);
    assert_int_equal(wait_end(f)->code, ERR_OK);
}

/* What has no bytes, or is no file, is left to the workers: nothing waits on the loop. */
static void only_files_are_read_at_once(void **state)
{
    struct fixture *f = *state;
    const char *const path[] = {f->fifo, f->dir, f->out, "-"};
    FILE *empty = fopen(f->out, "w");
    assert_int_equal(fclose(empty), 0);
    for (size_t i = 0; i < ARRAY_LEN(path); i++) {
        struct load_opts load = {.path = &path[i], .n_paths = 1};
        assert_false(sample_at_hand(&load));
        load = (struct load_opts){.path = (const char *const[]){f->log, f->log}, .n_paths = 2};
        assert_false(sample_at_hand(&load));
        load.n_paths = 1;
        assert_true(sample_at_hand(&load));
    }
}

/* A load that has not begun when everything ends is cancelled all the same. */
static void closes_before_the_loop_has_turned(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    const char *const paths[] = {f->log};
    struct load_opts load = {.path = paths, .n_paths = 1, .threads = 2};
    struct cluster_opts opts = {.recipe = &f->recipe};
    assert_int_equal(engine_look_ahead(f->engine, &load, &opts, &err), 0);
    assert_int_equal(engine_load(f->engine, &load, NULL, &err), 0);
    assert_false(engine_closed(f->engine)); /* the rest is the fixture's */
}

/* Rows of the log of write_log, again and again, into a FIFO that is held open. */
static void feed(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t wrote = write(fd, text, n);
        assert_true(wrote > 0);
        text += wrote;
        n -= (size_t)wrote;
    }
}

static void wait_early(struct fixture *f, uint64_t rows, bool preview)
{
    for (;;) {
        struct early_result r = engine_early(f->engine);
        if (r.table != NULL && r.table->n_rows >= rows && (r.clustering != NULL) == preview)
            return;
        (void)uv_run(&f->loop, UV_RUN_ONCE);
    }
}

struct feeder {
    int fd;
    unsigned rows;
};

static void *feed_rows(void *arg)
{
    struct feeder *w = arg;
    char line[256];
    for (unsigned i = 0; i < w->rows; i++) {
        int n =
            snprintf(line, sizeof line,
                     "%u.5\tC%u\t10.0.0.%u\t%u\t192.0.2.%u\t%u\ttcp\t-\t%u.25\t%u\t%u\tSF\t1\t1\n",
                     1700000000 + i, i, i % 7, i % 1000, i % 11, i % 2 == 0 ? 53U : 80U, i % 17,
                     i % 10000 * 10, i % 13 * 1000);
        feed(w->fd, line, (size_t)n);
    }
    return NULL;
}

static void a_slow_stream_shows_rows_as_they_come(void **state)
{
    struct fixture *f = *state;
    struct feeder feeder = {open(f->fifo, O_RDWR | O_CLOEXEC), 3};
    assert_true(feeder.fd >= 0);
    start_load_early(f, f->fifo);
    assert_null(engine_early(f->engine).table);

    /* Three rows and the half of a fourth: three are shown. */
    feed(feeder.fd, head, sizeof head - 1);
    (void)feed_rows(&feeder);
    feed(feeder.fd, "1700000009.5\tC9", 15);
    wait_early(f, 3, false);
    assert_int_equal(engine_early(f->engine).table->n_rows, 3);
    uint64_t generation = engine_generation(f->engine);
    static const char rest[] = "\t10.0.0.9\t1\t192.0.2.9\t2\tudp\t-\t-\t1\t1\tSF\t1\t1\n";
    feed(feeder.fd, rest, sizeof rest - 1);
    wait_early(f, 4, false);
    assert_true(engine_generation(f->engine) > generation);
    assert_int_equal(engine_early(f->engine).n_inputs, 1);
    assert_false(engine_early(f->engine).spread);

    /* What was read is loaded; then nobody works towards a clustering. */
    engine_cancel(f->engine);
    assert_int_equal(wait_end(f)->code, ERR_OK);
    assert_int_equal(engine_state(f->engine), ENGINE_LOADED);
    assert_int_equal(engine_table(f->engine)->n_rows, 4);
    assert_null(engine_early(f->engine).table);
    (void)close(feeder.fd);
}

static void a_preview_goes_when_the_whole_is_there(void **state)
{
    struct fixture *f = *state;
    struct feeder feeder = {open(f->fifo, O_RDWR | O_CLOEXEC), 80000};
    pthread_t thread;
    assert_true(feeder.fd >= 0);
    start_load_early(f, f->fifo);
    feed(feeder.fd, head, sizeof head - 1);
    assert_int_equal(pthread_create(&thread, NULL, feed_rows, &feeder), 0);
    wait_early(f, 30000, true);
    struct early_result r = engine_early(f->engine);
    const struct table *t = table_ref(r.table);
    assert_int_equal(r.clustering->n_rows, t->n_rows);
    assert_int_equal(r.clustering->k, 7);
    assert_int_equal(engine_state(f->engine), ENGINE_LOADING);
    assert_null(engine_clustering(f->engine));
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)close(feeder.fd);
    while (engine_state(f->engine) == ENGINE_LOADING) {
        assert_non_null(engine_early(f->engine).clustering);
        (void)uv_run(&f->loop, UV_RUN_ONCE);
    }
    assert_int_equal(engine_table(f->engine)->n_rows, 80000);
    assert_true(t->n_rows < 80000);
    table_unref(t);
}

/* The end of a load starts the fit, as a screen does it: the preview stays until that has ended. */
static void start_fit(void *user)
{
    struct fixture *f = user;
    f->notified++;
    if (engine_state(f->engine) == ENGINE_LOADED && engine_clustering(f->engine) == NULL)
        start_cluster(f);
}

static void a_preview_stays_while_the_whole_is_clustered(void **state)
{
    struct fixture *f = *state;
    struct feeder feeder = {open(f->fifo, O_RDWR | O_CLOEXEC), 60000};
    struct engine *e = engine_new(&f->loop, 2, start_fit, f);
    struct engine *other = f->engine;
    pthread_t thread;
    assert_non_null(e);
    f->engine = e;
    start_load_early(f, f->fifo);
    feed(feeder.fd, head, sizeof head - 1);
    assert_int_equal(pthread_create(&thread, NULL, feed_rows, &feeder), 0);
    wait_early(f, 30000, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)close(feeder.fd);
    while (engine_clustering(e) == NULL) {
        assert_non_null(engine_early(e).clustering);
        (void)uv_run(&f->loop, UV_RUN_ONCE);
    }
    assert_null(engine_early(e).clustering);
    assert_null(engine_early(e).table);
    assert_int_equal(engine_clustering(e)->n_rows, 60000);
    engine_shutdown(e);
    while (!engine_closed(e))
        (void)uv_run(&f->loop, UV_RUN_ONCE);
    engine_free(e);
    f->engine = other;
}

static void shutting_down_in_a_preview(void **state)
{
    struct fixture *f = *state;
    start_load_early(f, f->log);
    /* tear_down shuts down while the first rows are looked for. */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_slow_stream_shows_rows_as_they_come, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_preview_goes_when_the_whole_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_preview_stays_while_the_whole_is_clustered, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(shutting_down_in_a_preview, set_up, tear_down),
        cmocka_unit_test_setup_teardown(first_rows_come_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_files_are_read_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(closes_before_the_loop_has_turned, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
