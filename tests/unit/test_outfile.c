/* outfile.h: whole files or none. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "core/base/mem.h"
#include "core/export/outfile.h"

static char dir[64], target[96], other[96];

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/minnow-out-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(target, sizeof target, "%s/out.csv", dir);
    (void)snprintf(other, sizeof other, "%s/other", dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(target);
    (void)unlink(other);
    /* A temporary file left behind would keep the directory from going. */
    assert_int_equal(rmdir(dir), 0);
    return 0;
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void check_content(const char *path, const char *want)
{
    char text[64] = "";
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    (void)fclose(f);
    assert_string_equal(text, want);
}

static void appears_whole(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct outfile *f = outfile_open(target, false, NULL, 0, NULL, &err);
    struct stat st;
    assert_non_null(f);
    assert_int_equal(outfile_write(f, "a,b\n", 4, &err), 0);
    assert_int_equal(access(target, F_OK), -1);
    assert_int_equal(outfile_commit(f, &err), 0);
    check_content(target, "a,b\n");
    assert_int_equal(stat(target, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void aborting_leaves_nothing(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct outfile *f = outfile_open(target, false, NULL, 0, NULL, &err);
    assert_int_equal(outfile_write(f, "x", 1, &err), 0);
    outfile_abort(f);
    outfile_abort(NULL);
    assert_int_equal(access(target, F_OK), -1);
}

static void the_old_file_stays_until_the_end(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    put(target, "old");
    assert_true(outfile_exists(target));
    assert_null(outfile_open(target, false, NULL, 0, NULL, &err));
    assert_non_null(strstr(err.text, "exists already"));
    struct outfile *f = outfile_open(target, true, NULL, 0, NULL, &err);
    assert_int_equal(outfile_write(f, "new", 3, &err), 0);
    check_content(target, "old");
    assert_int_equal(outfile_commit(f, &err), 0);
    check_content(target, "new");
}

static void one_that_came_meanwhile_stays(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct outfile *f = outfile_open(target, false, NULL, 0, NULL, &err);
    assert_int_equal(outfile_write(f, "mine", 4, &err), 0);
    put(target, "theirs");
    assert_int_equal(outfile_commit(f, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    check_content(target, "theirs");
}

static void what_is_refused(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    const char *const inputs[] = {other};
    put(other, "log");
    assert_null(outfile_open(other, true, inputs, 1, NULL, &err));
    assert_non_null(strstr(err.text, "is an input"));
    assert_int_equal(outfile_check(other, false, inputs, 1, &err), -1);
    assert_non_null(strstr(err.text, "is an input"));
    assert_int_equal(outfile_check(other, false, NULL, 0, &err), -1);
    assert_non_null(strstr(err.text, "exists already"));
    assert_int_equal(outfile_check(other, true, NULL, 0, &err), 0);
    assert_int_equal(outfile_check(target, false, NULL, 0, &err), 0);
    assert_int_equal(access(target, F_OK), -1); /* it was only looked at */
    assert_int_equal(outfile_check("-", false, NULL, 0, &err), 0);
    assert_int_equal(outfile_check("/dev/null", false, NULL, 0, &err), 0);
    assert_int_equal(outfile_check("/no/such/folder/x", false, NULL, 0, &err), -1);
    assert_non_null(strstr(err.text, "/no/such/folder/x: cannot write: No such file"));
    assert_int_equal(symlink(other, target), 0);
    assert_null(outfile_open(target, true, NULL, 0, NULL, &err));
    assert_non_null(strstr(err.text, "is a link"));
    assert_null(outfile_open(dir, true, NULL, 0, NULL, &err));
    assert_non_null(strstr(err.text, "is a directory"));
    assert_null(outfile_open("", true, NULL, 0, NULL, &err));
    assert_null(outfile_open("/nowhere/at/all.csv", true, NULL, 0, NULL, &err));
    assert_int_equal(err.code, ERR_IO);
    check_content(other, "log");
}

static void devices_are_written(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct outfile *f = outfile_open("/dev/null", false, NULL, 0, NULL, &err);
    assert_non_null(f);
    assert_int_equal(outfile_write(f, "x", 1, &err), 0);
    assert_int_equal(outfile_commit(f, &err), 0);
    f = outfile_open("/dev/full", false, NULL, 0, NULL, &err);
    assert_non_null(f);
    assert_int_equal(outfile_write(f, "x", 1, &err), -1);
    assert_non_null(strstr(err.text, "No space left"));
    outfile_abort(f);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct rlimit old, tiny;
    put(target, "old");
    struct outfile *f = outfile_open(target, true, NULL, 0, NULL, &err);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tiny = (struct rlimit){2, old.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tiny), 0);
    int rc = outfile_write(f, "0123456789", 10, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, ERR_IO);
    outfile_abort(f);
    check_content(target, "old");
}

static void a_fatal_signal_can_clean_up(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    outfile_emergency_unlink();
    struct outfile *f = outfile_open(target, false, NULL, 0, NULL, &err);
    outfile_emergency_unlink();
    assert_int_equal(outfile_commit(f, &err), -1);
    assert_int_equal(access(target, F_OK), -1);
}

/* Standard output for one test: `with` takes its place until `give_back`. */
static int set_aside(int with)
{
    int saved;
    (void)fflush(stdout);
    saved = dup(STDOUT_FILENO);
    assert_true(saved >= 0);
    assert_true(dup2(with, STDOUT_FILENO) >= 0);
    return saved;
}

static void give_back(int saved)
{
    (void)dup2(saved, STDOUT_FILENO);
    close(saved);
}

static void standard_output(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    int fd = open(target, O_WRONLY | O_CREAT | O_TRUNC, 0600), saved, rc = -1;
    saved = set_aside(fd);
    struct outfile *f = outfile_open("-", false, NULL, 0, NULL, &err);
    if (f != NULL && outfile_write(f, "a,b\n", 4, &err) == 0)
        rc = outfile_commit(f, &err);
    /* The program's own stays open. */
    assert_int_equal(write(STDOUT_FILENO, "end\n", 4), 4);
    give_back(saved);
    close(fd);
    assert_int_equal(rc, 0);
    check_content(target, "a,b\nend\n");
}

static void a_terminal_is_no_export(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    int master = posix_openpt(O_RDWR | O_NOCTTY), slave, saved;
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        skip();
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    if (slave < 0)
        skip();
    saved = set_aside(slave);
    struct outfile *f = outfile_open("-", true, NULL, 0, NULL, &err);
    give_back(saved);
    close(slave);
    close(master);
    assert_null(f);
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.text, "is a terminal"));
}

static void standard_output_that_is_gone(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    int ends[2], saved, rc;
    assert_int_equal(pipe(ends), 0);
    (void)signal(SIGPIPE, SIG_IGN);
    saved = set_aside(ends[1]);
    close(ends[1]);
    struct outfile *f = outfile_open("-", false, NULL, 0, NULL, &err);
    close(ends[0]);
    rc = f == NULL ? 0 : outfile_write(f, "x", 1, &err);
    bool broken = f != NULL && outfile_broken(f);
    outfile_abort(f);
    give_back(saved);
    assert_int_equal(rc, -1);
    assert_true(broken);
    assert_string_equal(err.text, "standard output: cannot write: Broken pipe");
}

/* Bytes by which a loss or a repetition is seen. */
static unsigned char pattern(size_t at)
{
    return (unsigned char)(at % 251);
}

struct reader {
    int from;
    size_t n;
    bool wrong;
};

static void *read_all(void *p)
{
    struct reader *r = p;
    unsigned char bytes[5000];
    ssize_t got;
    while ((got = read(r->from, bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < got; i++)
            r->wrong |= bytes[i] != pattern(r->n++);
    }
    return NULL;
}

/* Far more than a pipe holds, into one that somebody made non-blocking. */
static void a_full_pipe_is_waited_for(void **state)
{
    (void)state;
    enum { N = 1 << 20 };
    static unsigned char bytes[N];
    struct err err = ERR_INIT;
    struct reader reader = {0};
    pthread_t thread;
    int ends[2], saved, rc = -1;
    size_t filled = 0;
    ssize_t wrote;
    for (size_t i = 0; i < N; i++)
        bytes[i] = pattern(i);
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, 0), 0);
    saved = set_aside(ends[1]);
    struct outfile *f = outfile_open("-", false, NULL, 0, NULL, &err);
    give_back(saved);
    assert_non_null(f);
    /* Full before anybody reads. */
    while ((wrote = write(ends[1], bytes + filled, N - filled)) > 0)
        filled += (size_t)wrote;
    close(ends[1]);
    reader.from = ends[0];
    assert_int_equal(pthread_create(&thread, NULL, read_all, &reader), 0);
    rc = outfile_write(f, bytes + filled, N - filled, &err);
    assert_int_equal(outfile_commit(f, &err), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    close(ends[0]);
    assert_int_equal(rc, 0);
    assert_int_equal(reader.n, N);
    assert_false(reader.wrong);
}

/* A FIFO is written like a device: nothing is renamed over it, and no force is needed. */
static void a_fifo_is_written(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct stat st;
    char text[8] = "";
    assert_int_equal(mkfifo(target, 0600), 0);
    int from = open(target, O_RDONLY | O_NONBLOCK);
    assert_false(outfile_exists(target));
    struct outfile *f = outfile_open(target, false, NULL, 0, NULL, &err);
    assert_non_null(f);
    assert_int_equal(outfile_write(f, "a,b\n", 4, &err), 0);
    assert_int_equal(outfile_commit(f, &err), 0);
    assert_int_equal(read(from, text, sizeof text), 4);
    assert_string_equal(text, "a,b\n");
    close(from);
    assert_int_equal(lstat(target, &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
}

/* Nobody comes to read: a cancelled job is not kept waiting. */
static void waiting_can_be_cancelled(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct job *job = job_new();
    char text[4096] = "";
    int ends[2], saved;
    assert_non_null(job);
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    saved = set_aside(ends[1]);
    struct outfile *f = outfile_open("-", false, NULL, 0, job, &err);
    give_back(saved);
    assert_non_null(f);
    assert_int_equal(outfile_write(f, "x", 1, &err), 0);
    while (write(ends[1], text, sizeof text) > 0)
        continue;
    job_cancel(job);
    assert_int_equal(outfile_write(f, "y", 1, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    assert_false(outfile_broken(f));
    outfile_abort(f);
    close(ends[0]);
    close(ends[1]);
    err = (struct err)ERR_INIT;
    assert_int_equal(mkfifo(target, 0600), 0);
    assert_null(outfile_open(target, false, NULL, 0, job, &err));
    assert_int_equal(err.code, ERR_CANCELLED);
    job_free(job);
}

static void links(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    /* To a device, as /dev/stdout is one: followed. */
    assert_int_equal(symlink("/dev/null", target), 0);
    struct outfile *f = outfile_open(target, false, NULL, 0, NULL, &err);
    assert_non_null(f);
    assert_int_equal(outfile_commit(f, &err), 0);
    assert_int_equal(unlink(target), 0);
    /* To nothing: whatever it points to is not made. */
    assert_int_equal(symlink(other, target), 0);
    assert_null(outfile_open(target, true, NULL, 0, NULL, &err));
    assert_non_null(strstr(err.text, "is a link"));
    assert_int_equal(access(other, F_OK), -1);
    assert_int_equal(unlink(target), 0);
    /* Another name of the input is the input. */
    const char *const inputs[] = {"/nowhere", other};
    put(other, "log");
    assert_int_equal(link(other, target), 0);
    assert_null(outfile_open(target, true, inputs, 2, NULL, &err));
    assert_non_null(strstr(err.text, "is an input"));
    assert_true(outfile_exists(target));
    check_content(other, "log");
}

/* Whatever cannot be is an error with its reason, and no temporary file. */
static void places_that_cannot_be(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    char path[NAME_MAX + 80];
    static const struct {
        const char *path, *reason;
    } cases[] = {{"/dev/null/x", "Not a directory"},
                 {"/nowhere/at/all.csv", "No such file or directory"},
                 {"/nowhere/", "No such file or directory"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_null(outfile_open(cases[i].path, true, NULL, 0, NULL, &err));
        assert_int_equal(err.code, ERR_IO);
        assert_non_null(strstr(err.text, cases[i].reason));
    }
    (void)snprintf(path, sizeof path, "%s/%0*d", dir, NAME_MAX + 1, 0);
    assert_null(outfile_open(path, true, NULL, 0, NULL, &err));
    assert_int_equal(err.code, ERR_IO);
}

/* A name with a leading minus, a line end and an escape is a name. */
static void odd_names(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    char path[96];
    (void)snprintf(path, sizeof path, "%s/-o\n\x1b[2J", dir);
    struct outfile *f = outfile_open(path, false, NULL, 0, NULL, &err);
    assert_non_null(f);
    assert_int_equal(outfile_write(f, "x", 1, &err), 0);
    assert_int_equal(outfile_commit(f, &err), 0);
    check_content(path, "x");
    assert_int_equal(unlink(path), 0);
}

static size_t files_in(const char *path)
{
    DIR *d = opendir(path);
    size_t n = 0;
    assert_non_null(d);
    while (readdir(d) != NULL)
        n++;
    closedir(d);
    return n - 2;
}

static void the_temporary_file(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct outfile *f = outfile_open(target, false, NULL, 0, NULL, &err), *g;
    DIR *d = opendir(dir);
    struct dirent *entry;
    bool seen = false;
    while ((entry = readdir(d)) != NULL)
        seen |= strncmp(entry->d_name, ".minnow.", 8) == 0;
    closedir(d);
    assert_true(seen);
    /* Two at the same time do not meet. */
    g = outfile_open(other, false, NULL, 0, NULL, &err);
    assert_int_equal(files_in(dir), 2);
    assert_int_equal(outfile_write(f, "f", 1, &err), 0);
    assert_int_equal(outfile_write(g, "g", 1, &err), 0);
    assert_int_equal(outfile_commit(g, &err), 0);
    assert_int_equal(outfile_commit(f, &err), 0);
    check_content(target, "f");
    check_content(other, "g");
    assert_int_equal(files_in(dir), 2);
}

static void no_memory_at_any_moment(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 20; n++) {
        struct err err = ERR_INIT;
        mem_fail_at(n, false);
        struct outfile *f = outfile_open(target, false, NULL, 0, NULL, &err);
        uint64_t asked = mem_requests();
        mem_fail_at(0, false);
        if (f != NULL) {
            outfile_abort(f);
            assert_true(asked < n && n > 1);
            return;
        }
        assert_int_equal(err.code, ERR_LIMIT);
        assert_int_equal(files_in(dir), 0);
    }
    fail();
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(appears_whole),
        T(aborting_leaves_nothing),
        T(the_old_file_stays_until_the_end),
        T(one_that_came_meanwhile_stays),
        T(what_is_refused),
        T(devices_are_written),
        T(a_full_disk_leaves_the_old_file),
        T(a_fatal_signal_can_clean_up),
        T(standard_output),
        T(a_terminal_is_no_export),
        T(standard_output_that_is_gone),
        T(a_full_pipe_is_waited_for),
        T(a_fifo_is_written),
        T(waiting_can_be_cancelled),
        T(links),
        T(places_that_cannot_be),
        T(odd_names),
        T(the_temporary_file),
        T(no_memory_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
