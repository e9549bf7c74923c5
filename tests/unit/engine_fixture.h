/* An engine on a loop of its own, a small log, a FIFO beside it, and the recipe conn. */
#ifndef MINNOW_TESTS_ENGINE_FIXTURE_H
#define MINNOW_TESTS_ENGINE_FIXTURE_H

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

static inline void on_notify(void *user)
{
    ((struct fixture *)user)->notified++;
}

static const char head[] =
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\t"
    "orig_bytes\tresp_bytes\tconn_state\torig_pkts\tresp_pkts\n"
    "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\t"
    "count\tcount\n";

static inline void write_log(const char *path, int rows)
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

static inline int set_up(void **state)
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

static inline int tear_down(void **state)
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

static inline void start_load(struct fixture *f, const char *path)
{
    struct err err = ERR_INIT;
    const char *const paths[] = {path};
    struct load_opts opts = {.path = paths, .n_paths = 1, .threads = 2};
    assert_int_equal(engine_load(f->engine, &opts, NULL, &err), 0);
    assert_int_equal(engine_state(f->engine), ENGINE_LOADING);
}

static inline void start_load_early(struct fixture *f, const char *path)
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

static inline void start_cluster(struct fixture *f)
{
    struct err err = ERR_INIT;
    struct cluster_opts opts = {.recipe = &f->recipe};
    assert_int_equal(engine_cluster(f->engine, &opts, &err), 0);
    assert_int_equal(engine_state(f->engine), ENGINE_CLUSTERING);
}

#endif
