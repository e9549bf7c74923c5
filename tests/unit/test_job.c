/* job.h: the flag, the descriptor and the snapshot, also from two threads at once. */
#include "tests/unit/unit.h"

#include <poll.h>
#include <pthread.h>

#include "core/job.h"

static void null_is_never_cancelled(void **state)
{
    (void)state;
    struct progress p = {.phase = PHASE_LOADING};
    assert_false(job_cancelled(NULL));
    assert_int_equal(job_cancel_fd(NULL), -1);
    job_publish(NULL, &p);
}

static void cancel_sets_flag_and_wakes(void **state)
{
    (void)state;
    struct job *job = job_new();
    struct pollfd fd = {.fd = job_cancel_fd(job), .events = POLLIN};
    assert_false(job_cancelled(job));
    assert_int_equal(poll(&fd, 1, 0), 0);
    job_cancel(job);
    job_cancel(job);
    assert_true(job_cancelled(job));
    assert_int_equal(poll(&fd, 1, 0), 1);
    struct err err = ERR_INIT;
    assert_int_equal(job_stopped(&err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    job_free(job);
}

static void *publisher(void *arg)
{
    struct job *job = arg;
    struct progress p = {.phase = PHASE_CLUSTERING};
    for (uint64_t i = 1; i <= 20000; i++) {
        p.done = p.total = p.bytes_read = i;
        p.size[PROGRESS_MAX_K - 1] = i;
        job_publish(job, &p);
    }
    job_cancel(job);
    return NULL;
}

static void snapshots_are_whole(void **state)
{
    (void)state;
    struct job *job = job_new();
    struct progress p = {.phase = PHASE_IDLE};
    pthread_t thread;
    uint64_t last = 0;
    assert_int_equal(pthread_create(&thread, NULL, publisher, job), 0);
    while (!job_cancelled(job)) {
        job_progress(job, &p);
        assert_int_equal(p.done, p.size[PROGRESS_MAX_K - 1]);
        assert_int_equal(p.done, p.bytes_read);
        assert_true(p.done >= last);
        last = p.done;
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    job_progress(job, &p);
    assert_int_equal(p.done, 20000);
    job_free(job);
}

static void count_wake(void *user)
{
    ++*(unsigned *)user;
}

static void publishing_wakes(void **state)
{
    (void)state;
    struct job *job = job_new();
    struct progress p = {.phase = PHASE_LOADING};
    unsigned wakes = 0;
    job_set_wake(job, count_wake, &wakes);
    job_publish(job, &p);
    job_publish(job, &p);
    assert_int_equal(wakes, 2);
    assert_string_equal(phase_text(PHASE_LOADING), "reading");
    job_free(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_is_never_cancelled),
        cmocka_unit_test(cancel_sets_flag_and_wakes),
        cmocka_unit_test(snapshots_are_whole),
        cmocka_unit_test(publishing_wakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
