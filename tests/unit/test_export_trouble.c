/* The export in trouble: the old file or the complete new one, and nothing beside it. */
#include "tests/unit/log_fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "core/base/mem.h"
#include "core/export/export.h"

static int run(struct world *w, const struct export_opts *opts, struct export_result *out,
               struct job *job)
{
    struct export_opts with_path = *opts;
    if (with_path.path == NULL)
        with_path.path = target;
    return export_run(out, w->t, w->c, &with_path, NULL, job, &w->err);
}

static void test_gone(void **state)
{
    struct world w;
    struct export_result r;
    (void)state;
    small_world(&w);
    assert_int_equal(truncate(log_path, (off_t)strlen(HEAD)), 0);
    assert_int_equal(run(&w, &(struct export_opts){.cluster = 2, .columns = "uid"}, &r, NULL), 0);
    assert_int_equal(r.rows, 0);
    assert_int_equal(r.gone, 3);
    expect_file(target, "uid\n");
    world_release(&w);
}

static void test_input_is_safe(void **state)
{
    struct world w;
    struct export_result r;
    struct buf before, after;
    (void)state;
    small_world(&w);
    before = get(log_path);
    assert_int_equal(
        run(&w, &(struct export_opts){.cluster = 1, .path = log_path, .force = true}, &r, NULL),
        -1);
    assert_int_equal(w.err.code, ERR_IO);
    after = get(log_path);
    assert_true(span_eq(buf_span(&before), buf_span(&after)));
    assert_int_equal(n_files(), 1);
    buf_release(&before);
    buf_release(&after);
    world_release(&w);
}

static void test_existing_target(void **state)
{
    struct world w;
    struct export_result r;
    (void)state;
    small_world(&w);
    put(target, "old\n", 4);
    assert_int_equal(run(&w, &(struct export_opts){.cluster = 1, .columns = "uid"}, &r, NULL), -1);
    assert_int_equal(w.err.code, ERR_IO);
    expect_file(target, "old\n");
    world_release(&w);
}

static void big_world(struct world *w)
{
    struct buf log = BUF_INIT;
    buf_add_text(&log, HEAD);
    for (int i = 0; i < 6000; i++)
        buf_printf(&log, "1000\tC%d\t10.0.0.1\t1\t10.0.0.2\t2\ttcp\t%d\tx\n", i, i % 2 * 1000);
    world_of(w, &log);
    buf_release(&log);
}

/* Called after each publish. */
struct hook {
    struct job *job;
    int fd;
    bool seen;
};

/* Rows have been written, and not all. */
static bool in_the_middle(const struct hook *h)
{
    struct progress now;
    job_progress(h->job, &now);
    return now.phase == PHASE_EXPORTING && now.done > 0 && now.done < now.total;
}

static void cancel_in_the_middle(void *user)
{
    struct hook *h = user;
    if (!in_the_middle(h))
        return;
    h->seen = true;
    job_cancel(h->job);
}

static void test_cancel(void **state)
{
    struct world w;
    struct export_result r;
    struct hook h = {.job = job_new()};
    (void)state;
    big_world(&w);
    put(target, "old\n", 4);
    assert_non_null(h.job);
    job_set_wake(h.job, cancel_in_the_middle, &h);
    assert_int_equal(
        run(&w, &(struct export_opts){.cluster = CLUSTER_ALL, .force = true}, &r, h.job), -1);
    assert_int_equal(w.err.code, ERR_CANCELLED);
    expect_file(target, "old\n");
    assert_int_equal(n_files(), 2);
    assert_true(h.seen);
    job_free(h.job);
    world_release(&w);
}

static void stop_in_the_middle(void *user)
{
    struct hook *h = user;
    if (!in_the_middle(h))
        return;
    assert_int_equal(write(h->fd, "x", 1), 1);
    for (;;)
        pause();
}

/* The writer dies by SIGKILL half way: the old file is whole. */
static void test_killed(void **state)
{
    struct world w;
    int fd[2], status;
    char byte;
    pid_t child;
    (void)state;
    big_world(&w);
    put(target, "old\n", 4);
    assert_int_equal(pipe(fd), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct hook h = {.job = job_new(), .fd = fd[1]};
        struct export_result r;
        (void)close(fd[0]);
        if (h.job != NULL) {
            job_set_wake(h.job, stop_in_the_middle, &h);
            (void)run(&w, &(struct export_opts){.cluster = CLUSTER_ALL, .force = true}, &r, h.job);
        }
        _exit(1);
    }
    (void)close(fd[1]);
    assert_int_equal(read(fd[0], &byte, 1), 1);
    (void)close(fd[0]);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    expect_file(target, "old\n");
    world_release(&w);
}

/* A file may not grow beyond 64 kB, as on a full disk. */
static void test_disk_full(void **state)
{
    struct world w;
    int status;
    pid_t child;
    (void)state;
    big_world(&w);
    put(target, "old\n", 4);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit limit = {65536, 65536};
        struct export_result r;
        (void)signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
            _exit(1);
        if (run(&w, &(struct export_opts){.cluster = CLUSTER_ALL, .force = true}, &r, NULL) != -1)
            _exit(2);
        _exit(w.err.code == ERR_IO ? 0 : 3);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    expect_file(target, "old\n");
    assert_int_equal(n_files(), 2);
    world_release(&w);
}

static void test_memory(void **state)
{
    struct world w;
    struct export_result r;
    int failures = 0;
    (void)state;
    small_world(&w);
    for (uint64_t n = 1; n < 3 * 40; n++) {
        enum export_form form = EXPORT_CSV + n % 3;
        int rc;
        mem_fail_at(n / 3 + 1, false);
        rc = run(&w, &(struct export_opts){.form = form, .cluster = CLUSTER_ALL, .force = true}, &r,
                 NULL);
        mem_fail_at(0, false);
        if (rc != 0) {
            assert_int_equal(w.err.code, ERR_LIMIT);
            assert_int_equal(n_files(), access(target, F_OK) == 0 ? 2 : 1);
            failures++;
        }
    }
    assert_true(failures > 15);
    world_release(&w);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_gone),   T(test_input_is_safe), T(test_existing_target), T(test_cancel),
        T(test_killed), T(test_disk_full),     T(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
