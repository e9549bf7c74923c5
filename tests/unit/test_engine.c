/* engine.h: the state machine, cancelling, replacing, and shutting down at any moment. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <uv.h>

#include "core/base/mem.h"
#include "core/engine.h"
#include "core/sample.h"

struct fixture {
    uv_loop_t loop;
    struct engine *engine;
    unsigned notified;
    char dir[64];
    char log[96], fifo[96], out[96];
    struct recipe recipe;
};

static void on_notify(void *user)
{
    ((struct fixture *)user)->notified++;
}

static const char head[] =
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\t"
    "orig_bytes\tresp_bytes\tconn_state\torig_pkts\tresp_pkts\n"
    "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\t"
    "count\tcount\n";

static void write_log(const char *path, int rows)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs(head, f);
    for (int i = 0; i < rows; i++)
        (void)fprintf(
            f, "%d.5\tC%d\t10.0.0.%d\t%d\t192.0.2.%d\t%d\t%s\t-\t%d.25\t%d\t%d\tSF\t%d\t%d\n",
            1700000000 + i, i, i % 7, 1024 + i % 1000, i % 11, i % 3 == 0 ? 53 : 80,
            i % 3 == 0 ? "udp" : "tcp", i % 17, i % 100 * 10, i % 13 * 1000, i % 5, i % 6);
    assert_int_equal(fclose(f), 0);
}

static int set_up(void **state)
{
    struct fixture *f = mem_zalloc(1, sizeof *f);
    struct err err = ERR_INIT;
    (void)snprintf(f->dir, sizeof f->dir, "/tmp/minnow-engine-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    (void)snprintf(f->log, sizeof f->log, "%s/conn.log", f->dir);
    (void)snprintf(f->fifo, sizeof f->fifo, "%s/fifo", f->dir);
    (void)snprintf(f->out, sizeof f->out, "%s/out.csv", f->dir);
    write_log(f->log, 3000);
    assert_int_equal(mkfifo(f->fifo, 0600), 0);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    f->engine = engine_new(&f->loop, 2, on_notify, f);
    assert_non_null(f->engine);
    assert_int_equal(recipe_load(&f->recipe, "conn", &err), 0);
    f->recipe.k = 7;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    engine_shutdown(f->engine);
    (void)uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_true(engine_closed(f->engine));
    engine_free(f->engine);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    recipe_release(&f->recipe);
    (void)unlink(f->log);
    (void)unlink(f->fifo);
    (void)unlink(f->out);
    (void)rmdir(f->dir);
    mem_free(f);
    return 0;
}

/* Turns the loop until an engine job has ended; returns how it ended. */
static const struct err *wait_end(struct fixture *f)
{
    uint64_t before, now;
    (void)engine_last(f->engine, &before);
    do {
        (void)uv_run(&f->loop, UV_RUN_ONCE);
        (void)engine_last(f->engine, &now);
    } while (now == before);
    return engine_last(f->engine, NULL);
}

static void start_load(struct fixture *f, const char *path)
{
    struct err err = ERR_INIT;
    const char *const paths[] = {path};
    struct load_opts opts = {.path = paths, .n_paths = 1, .threads = 2};
    assert_int_equal(engine_load(f->engine, &opts, NULL, &err), 0);
    assert_int_equal(engine_state(f->engine), ENGINE_LOADING);
}

static void start_load_early(struct fixture *f, const char *path)
{
    struct err err = ERR_INIT;
    const char *const paths[] = {path};
    struct load_opts load = {.path = paths, .n_paths = 1, .threads = 2};
    struct cluster_opts opts = {.recipe = &f->recipe};
    assert_int_equal(engine_look_ahead(f->engine, &load, &opts, &err), 0);
    assert_int_equal(engine_load(f->engine, &load, NULL, &err), 0);
    assert_int_equal(engine_state(f->engine), ENGINE_LOADING);
    assert_int_equal(engine_look_ahead(f->engine, &load, &opts, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
}

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

static void start_cluster(struct fixture *f)
{
    struct err err = ERR_INIT;
    struct cluster_opts opts = {.recipe = &f->recipe};
    assert_int_equal(engine_cluster(f->engine, &opts, &err), 0);
    assert_int_equal(engine_state(f->engine), ENGINE_CLUSTERING);
}

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

/* ---- before a load has ended ---- */

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
        cmocka_unit_test_setup_teardown(a_slow_stream_shows_rows_as_they_come, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_preview_goes_when_the_whole_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_preview_stays_while_the_whole_is_clustered, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(shutting_down_in_a_preview, set_up, tear_down),
        cmocka_unit_test_setup_teardown(first_rows_come_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_files_are_read_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(closes_before_the_loop_has_turned, set_up, tear_down),
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
