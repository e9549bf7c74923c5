/* Inputs as bytes: files, pipes and standard input; what is no log; short memory and full disks. */
#include "tests/unit/unit.h"

#include "tests/unit/source_fixture.h"

#define NOBODY 65534

static void a_file_in_pieces(void **state)
{
    static const size_t pieces[] = {1, 2, 7, 11, 12, 4096};
    static const char text[] = "hello\0world"; /* with its last NUL 12 bytes */
    const char *path = put_bytes("conn.log", text, sizeof text);
    struct stat st;
    (void)state;
    assert_int_equal(stat(path, &st), 0);
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        struct err err = ERR_INIT;
        struct source_facts facts;
        size_t len;
        int spool;
        char *all = read_all(path, pieces[i], &len, &facts, &spool, NULL, &err);
        assert_non_null(all);
        assert_int_equal(len, sizeof text);
        assert_memory_equal(all, text, sizeof text);
        assert_true(facts.regular);
        assert_int_equal(facts.size, sizeof text);
        assert_int_equal(facts.ino, st.st_ino);
        assert_int_equal(facts.dev, st.st_dev);
        assert_true(facts.mtime_ns == (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec);
        assert_int_equal(spool, -1);
        mem_free(all);
    }
}

static void an_empty_file(void **state)
{
    struct err err = ERR_INIT;
    struct source_facts facts;
    size_t len;
    int spool;
    char *all;
    (void)state;
    all = read_all(put_text("empty", ""), 10, &len, &facts, &spool, NULL, &err);
    assert_non_null(all);
    assert_int_equal(len, 0);
    assert_int_equal(facts.size, 0);
    mem_free(all);
}

static void no_logs(void **state)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)state;
    fails_with(dir, "directory");
    fails_with("/dev/zero", "device");
    fails_with("/dev/null", "device");
    fails_with(in_dir("nothing"), "No such file");
    fails_with("", "No such file");
    assert_int_equal(symlink("nowhere", in_dir("link")), 0);
    fails_with(in_dir("link"), "No such file");
    assert_int_equal(symlink("circle", in_dir("circle")), 0);
    fails_with(in_dir("circle"), "symbolic links");
    assert_true(fd >= 0);
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s/socket", dir);
    assert_int_equal(bind(fd, (const struct sockaddr *)&name, sizeof name), 0);
    fails_with(name.sun_path, "socket");
    close(fd);
}

static void no_permission(void **state)
{
    const char *path = put_text("secret", "x\n");
    (void)state;
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(chmod(dir, 0755), 0);
    if (geteuid() == 0)
        assert_int_equal(seteuid(NOBODY), 0);
    fails_with(path, "Permission denied");
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

/* ---- streams ---- */

static void reads_as(const char *path, struct writer *w)
{
    reads_text(path, w, w->bytes, w->n);
}

static void a_fifo_is_copied(void **state)
{
    char *bytes = pattern(300000);
    struct writer w = {in_dir("fifo"), -1, bytes, 300000, 1013};
    (void)state;
    assert_int_equal(mkfifo(w.path, 0600), 0);
    reads_as(w.path, &w);
    mem_free(bytes);
}

/* Puts a descriptor in the place of standard input; the returned one brings the old back. */
static int take_stdin(int fd)
{
    int old = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
    assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    return old;
}

static void give_stdin_back(int old)
{
    if (old < 0) {
        close(STDIN_FILENO);
        return;
    }
    assert_int_equal(dup2(old, STDIN_FILENO), STDIN_FILENO);
    close(old);
}

/* The shell's descriptor stays as it was: open, blocking. */
static void standard_input_by_a_pipe(void **state)
{
    char *bytes = pattern(200000);
    int ends[2], old;
    struct writer w;
    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    w = (struct writer){NULL, ends[1], bytes, 200000, 999};
    old = take_stdin(ends[0]);
    reads_as("-", &w);
    assert_int_equal(fcntl(STDIN_FILENO, F_GETFL) & O_NONBLOCK, 0);
    give_stdin_back(old);
    close(ends[0]);
    mem_free(bytes);
}

/* A file as standard input is read from where it stands. */
static void standard_input_by_a_file(void **state)
{
    int fd = open(put_text("conn.log", "first\nsecond\n"), O_RDONLY | O_CLOEXEC), old;
    struct err err = ERR_INIT;
    struct source_facts facts;
    size_t len = 0;
    int spool = -1;
    char *all;
    (void)state;
    assert_int_equal(lseek(fd, 6, SEEK_SET), 6);
    old = take_stdin(fd);
    all = read_all("-", 5, &len, &facts, &spool, NULL, &err);
    give_stdin_back(old);
    close(fd);
    assert_non_null(all);
    assert_string_equal(all, "second\n");
    same_as_spool(spool, "second\n", 7);
    mem_free(all);
}

static void standard_input_that_is_no_log(void **state)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC), fd = open(dir, O_RDONLY | O_CLOEXEC);
    int old = take_stdin(null);
    (void)state;
    fails_with("-", "standard input: is a device");
    assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    fails_with("-", "standard input: is a directory");
    close(STDIN_FILENO);
    fails_with("-", "standard input is closed");
    close(fd);
    close(null);
    give_stdin_back(old);
}

/* ---- cancelling ---- */

static void *cancel(void *job)
{
    job_cancel(job);
    return NULL;
}

/* A writer that never writes, and a FIFO that nobody writes to: reading ends with the cancel. */
static void a_silent_fifo(void **state)
{
    const char *path = in_dir("fifo");
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    for (int writers = 0; writers < 2; writers++) {
        struct job *job = job_new();
        struct err err = ERR_INIT;
        struct source *s = source_open(path, &kept, job, &err);
        int fd = writers == 0 ? -1 : open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
        pthread_t thread;
        char byte;
        assert_non_null(s);
        assert_int_equal(pthread_create(&thread, NULL, cancel, job), 0);
        assert_int_equal(source_read(s, &byte, 1, job, &err), -1);
        assert_int_equal(err.code, ERR_CANCELLED);
        assert_int_equal(pthread_join(thread, NULL), 0);
        source_close(s);
        if (fd >= 0)
            close(fd);
        job_free(job);
    }
}

static void cancelled_before(void **state)
{
    const char *path = put_text("conn.log", "x\n");
    struct job *job = job_new();
    struct err err = ERR_INIT;
    struct source *s = source_open(path, &kept, job, &err);
    char byte;
    (void)state;
    assert_non_null(s);
    job_cancel(job);
    assert_int_equal(source_read(s, &byte, 1, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    err = (struct err)ERR_INIT;
    assert_null(source_open(path, &kept, job, &err));
    assert_int_equal(err.code, ERR_CANCELLED);
    source_close(s);
    source_close(NULL);
    job_free(job);
}

/* ---- no room ---- */

/* Fails with the sentence while standard input is a pipe of 100,000 bytes. */
static void copy_fails_with(const char *part)
{
    char *bytes = pattern(100000);
    int ends[2], old;
    struct writer w;
    struct err err;
    pthread_t thread;
    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    w = (struct writer){NULL, ends[1], bytes, 100000, 4096};
    old = take_stdin(ends[0]);
    close(ends[0]);
    assert_int_equal(pthread_create(&thread, NULL, write_pieces, &w), 0);
    err = problem_of("-");
    assert_int_equal(err.code, ERR_IO);
    if (strstr(err.text, part) == NULL)
        fail_msg("%s: %s", part, err.text);
    give_stdin_back(old); /* the last reader: the writer's write fails */
    assert_int_equal(pthread_join(thread, NULL), 0);
    mem_free(bytes);
}

static void nowhere_to_copy_to(void **state)
{
    (void)state;
    assert_int_equal(setenv("TMPDIR", in_dir("nothing"), 1), 0);
    copy_fails_with("cannot keep a copy of the input (set TMPDIR): No such file");
    assert_int_equal(unsetenv("TMPDIR"), 0);
}

static void the_copy_does_not_fit(void **state)
{
    struct rlimit old, small;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 50000;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setenv("TMPDIR", dir, 1), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    copy_fails_with("cannot keep a copy of the input (set TMPDIR): File too large");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(unsetenv("TMPDIR"), 0);
}

static void short_memory(void **state)
{
    const char *path = put_text("conn.log", "x\n");
    (void)state;
    for (uint64_t n = 1; n <= 2; n++) {
        struct err err = ERR_INIT;
        mem_fail_at(n, false);
        assert_null(source_open(path, &kept, NULL, &err));
        assert_int_equal(err.code, ERR_LIMIT);
    }
    mem_fail_at(0, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_DIR(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
        IN_DIR(a_file_in_pieces),
        IN_DIR(an_empty_file),
        IN_DIR(no_logs),
        IN_DIR(no_permission),
        IN_DIR(a_fifo_is_copied),
        IN_DIR(standard_input_by_a_pipe),
        IN_DIR(standard_input_by_a_file),
        IN_DIR(standard_input_that_is_no_log),
        IN_DIR(a_silent_fifo),
        IN_DIR(cancelled_before),
        IN_DIR(nowhere_to_copy_to),
        IN_DIR(the_copy_does_not_fit),
        IN_DIR(short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
