/* source.h: what can be read, what is refused, and copies of what comes only once. */
#include "tests/unit/load_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "core/io/source.h"

/* Reads to the end in pieces of at most n bytes. */
static struct buf read_all(struct source *s, size_t n)
{
    struct buf b = BUF_INIT;
    struct err err = ERR_INIT;
    char piece[4096];
    int64_t got;
    while ((got = source_read(s, piece, n, NULL, &err)) > 0) {
        assert_true((size_t)got <= n);
        buf_add(&b, piece, (size_t)got);
    }
    if (got < 0)
        fail_msg("%s", err.text);
    assert_int_equal(source_read(s, piece, n, NULL, &err), 0); /* the end stays the end */
    return b;
}

static void a_regular_file(void **state)
{
    const char *path = put_text("x.log", "one\ntwo\nthree\n");
    struct err err = ERR_INIT;
    struct source_facts facts;
    struct stat st;
    (void)state;
    assert_int_equal(stat(path, &st), 0);
    for (size_t n = 1; n < 20; n += 3) {
        struct source *s = source_open(path, NULL, &err);
        struct buf b;
        assert_non_null(s);
        source_facts(s, &facts);
        assert_true(facts.regular);
        assert_int_equal(facts.size, 14);
        assert_int_equal(facts.ino, st.st_ino);
        assert_int_equal(facts.dev, st.st_dev);
        b = read_all(s, n);
        assert_string_equal(buf_text(&b), "one\ntwo\nthree\n");
        assert_int_equal(source_take_spool(s), -1);
        buf_release(&b);
        source_close(s);
    }
}

static void refused(void **state)
{
    static const struct {
        const char *path, *says;
    } cases[] = {
        {"/dev/zero", "device"}, {"/dev/null", "device"},
        {"/", "directory"},      {"/nonexistent/x.log", "cannot open"},
        {"", "cannot open"},
    };
    struct err err;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        err = (struct err)ERR_INIT;
        assert_null(source_open(cases[i].path, NULL, &err));
        assert_int_equal(err.code, ERR_IO);
        if (strstr(err.text, cases[i].says) == NULL || strstr(err.text, cases[i].path) == NULL)
            fail_msg("%s: %s", cases[i].path, err.text);
    }
}

static void a_socket_or_a_dangling_link(void **state)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    struct err err = ERR_INIT;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)state;
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s/socket", dir);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof name), 0);
    assert_null(source_open(name.sun_path, NULL, &err));
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.text, "socket"));
    close(fd);
    assert_int_equal(symlink("/nonexistent/x", in_dir("link")), 0);
    err = (struct err)ERR_INIT;
    assert_null(source_open(in_dir("link"), NULL, &err));
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.text, "No such file"));
}

static void without_permission(void **state)
{
    const char *path = put_text("x.log", "one\n");
    struct err err = ERR_INIT;
    (void)state;
    if (geteuid() == 0)
        skip(); /* root may read everything */
    assert_int_equal(chmod(path, 0), 0);
    assert_null(source_open(path, NULL, &err));
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.text, "Permission denied"));
}

/* ---- streams ---- */

static void *write_slowly(void *user)
{
    int fd = open(user, O_WRONLY);
    for (int i = 0; fd >= 0 && i < 1000; i++) {
        char line[32];
        int n = snprintf(line, sizeof line, "line %d\n", i);
        if (write(fd, line, (size_t)n) != n)
            break;
        if (i % 100 == 0)
            (void)sched_yield();
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

static void a_pipe_is_copied(void **state)
{
    const char *path = in_dir("fifo");
    struct err err = ERR_INIT;
    struct source_facts facts;
    struct source *s;
    struct buf b;
    struct stat st;
    pthread_t thread;
    char copy[16384];
    int spool;
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    s = source_open(path, NULL, &err); /* does not wait for the writer */
    assert_non_null(s);
    source_facts(s, &facts);
    assert_false(facts.regular);
    assert_int_equal(facts.size, 0);
    assert_int_equal(pthread_create(&thread, NULL, write_slowly, (void *)(uintptr_t)path), 0);
    b = read_all(s, 333);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(b.len, 10 * 7 + 90 * 8 + 900 * 9);
    spool = source_take_spool(s);
    source_close(s);
    assert_true(spool >= 0);
    assert_int_equal(fstat(spool, &st), 0);
    assert_int_equal(st.st_nlink, 0); /* nobody else can open it */
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_size, b.len);
    assert_int_equal(pread(spool, copy, sizeof copy, 0), b.len);
    assert_memory_equal(copy, b.ptr, b.len);
    close(spool);
    buf_release(&b);
}

static void *cancel_later(void *user)
{
    job_cancel(user);
    return NULL;
}

static void waiting_can_be_cancelled(void **state)
{
    const char *path = in_dir("fifo");
    struct job *job = job_new();
    struct err err = ERR_INIT;
    struct source *s;
    pthread_t thread;
    char byte;
    int writer;
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    s = source_open(path, job, &err);
    assert_non_null(s);
    writer = open(path, O_WRONLY); /* stays open and says nothing */
    assert_true(writer >= 0);
    assert_int_equal(pthread_create(&thread, NULL, cancel_later, job), 0);
    assert_int_equal(source_read(s, &byte, 1, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    assert_int_equal(pthread_join(thread, NULL), 0);
    source_close(s);
    close(writer);
    err = (struct err)ERR_INIT;
    assert_null(source_open(path, job, &err));
    assert_int_equal(err.code, ERR_CANCELLED);
    job_free(job);
}

/* TMPDIR that is not there: a sentence that names the way out. */
static void nowhere_to_keep_a_copy(void **state)
{
    const char *path = in_dir("fifo");
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
    assert_null(source_open(path, NULL, &err));
    assert_int_equal(unsetenv("TMPDIR"), 0);
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.text, "TMPDIR"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_regular_file),         CASE(refused),          CASE(a_socket_or_a_dangling_link),
        CASE(without_permission),     CASE(a_pipe_is_copied), CASE(waiting_can_be_cancelled),
        CASE(nowhere_to_keep_a_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
