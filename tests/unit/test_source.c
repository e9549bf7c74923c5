/* Inputs as bytes: files, pipes and standard input; what is no log; short memory and full disks. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "core/base/mem.h"
#include "core/io/source.h"
#include "tests/unit/load_fixture.h"
#include "tests/unit/pack.h"

#define NOBODY 65534

static struct spool kept = SPOOL_INIT; /* of tests that do not look at it */

/* Opens, reads all by pieces of n bytes, hands over the spool. NULL on error. */
static char *read_all(const char *path, size_t n, size_t *len, struct source_facts *facts,
                      int *spool, struct job *job, struct err *err)
{
    struct spool copy = SPOOL_INIT;
    struct source *s = source_open(path, &copy, job, err);
    uint64_t at;
    struct buf all = BUF_INIT;
    char piece[4096];
    int64_t got = -1;
    assert_true(n <= sizeof piece);
    *spool = copy.fd;
    if (s == NULL)
        return NULL;
    while ((got = source_read(s, piece, n, job, err)) > 0) {
        assert_true((size_t)got <= n);
        buf_add(&all, piece, (size_t)got);
    }
    source_facts(s, facts);
    assert_int_equal(source_end(s, &at), copy.fd >= 0);
    assert_int_equal(at, 0);
    *spool = copy.fd;
    source_close(s);
    *len = all.len;
    buf_add_char(&all, '\0');
    if (got == 0)
        return buf_take(&all);
    buf_release(&all);
    return NULL;
}

/* What a failed opening or reading says. */
static struct err problem_of(const char *path)
{
    struct err err = ERR_INIT;
    struct source_facts facts;
    size_t len;
    int spool = -1;
    char *all = read_all(path, 100, &len, &facts, &spool, NULL, &err);
    assert_null(all);
    assert_int_not_equal(err.code, ERR_OK);
    if (spool >= 0)
        close(spool);
    return err;
}

static void fails_with(const char *path, const char *part)
{
    struct err err = problem_of(path);
    assert_int_equal(err.code, ERR_IO);
    if (strstr(err.text, part) == NULL)
        fail_msg("%s: %s", part, err.text);
    assert_non_null(strstr(err.text, strcmp(path, "-") == 0 ? "standard input" : path));
}

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

struct writer {
    const char *path; /* a FIFO, or NULL for the descriptor */
    int fd;
    const char *bytes;
    size_t n, piece;
};

static void *write_pieces(void *user)
{
    struct writer *w = user;
    int fd = w->path == NULL ? w->fd : open(w->path, O_WRONLY | O_CLOEXEC);
    for (size_t at = 0; fd >= 0 && at < w->n;) {
        size_t want = w->n - at < w->piece ? w->n - at : w->piece;
        ssize_t n = write(fd, w->bytes + at, want);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

static char *pattern(size_t n)
{
    char *bytes = mem_alloc(n, 1);
    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)(i * 131 >> 3);
    return bytes;
}

/* The copy holds what was read, nobody else can open it, and it is gone when it is closed. */
static void same_as_spool(int spool, const char *bytes, size_t n)
{
    struct stat st;
    char *copy = mem_alloc(n + 1, 1);
    assert_true(spool >= 0);
    assert_int_equal(fstat(spool, &st), 0);
    assert_int_equal(st.st_nlink, 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_size, n);
    assert_true(fcntl(spool, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(pread(spool, copy, n + 1, 0), n);
    assert_memory_equal(copy, bytes, n);
    mem_free(copy);
    close(spool);
}

static void reads_text(const char *path, struct writer *w, const char *text, size_t n)
{
    struct err err = ERR_INIT;
    struct source_facts facts;
    pthread_t thread;
    size_t len = 0;
    int spool = -1;
    char *all;
    assert_int_equal(pthread_create(&thread, NULL, write_pieces, w), 0);
    all = read_all(path, 4096, &len, &facts, &spool, NULL, &err);
    assert_int_equal(pthread_join(thread, NULL), 0);
    if (all == NULL)
        fail_msg("%s", err.text);
    assert_int_equal(len, n);
    assert_memory_equal(all, text, n);
    assert_false(facts.regular);
    assert_int_equal(facts.size, 0);
    same_as_spool(spool, text, n);
    mem_free(all);
}

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

/* ---- packed ---- */

/* Text of n bytes, packed in two members or frames. */
static char *packed_pattern(size_t n, bool zstd, struct buf *packed)
{
    char *bytes = pattern(n);
    if (zstd) {
        add_zstd(packed, bytes, n / 3, 0);
        add_zstd(packed, bytes + n / 3, n - n / 3, 0);
    } else {
        add_gzip(packed, bytes, n / 3);
        add_gzip(packed, bytes + n / 3, n - n / 3);
    }
    return bytes;
}

/* The text is read, and copied as a stream's is; the facts are those of the file. */
static void a_packed_file(void **state)
{
    static const size_t pieces[] = {1, 777, 4096};
    (void)state;
    for (size_t i = 0; i < 2 * ARRAY_LEN(pieces); i++) {
        size_t n = pieces[i / 2] == 1 ? 3000 : 2000000, len = 0;
        struct buf packed = BUF_INIT;
        char *bytes = packed_pattern(n, i % 2 == 1, &packed);
        struct err err = ERR_INIT;
        struct source_facts facts;
        int spool = -1;
        char *all =
            read_all(put_buf("conn.log", &packed), pieces[i / 2], &len, &facts, &spool, NULL, &err);
        if (all == NULL)
            fail_msg("%s", err.text);
        assert_int_equal(len, n);
        assert_memory_equal(all, bytes, n);
        assert_true(facts.regular);
        assert_int_equal(facts.size, packed.len);
        same_as_spool(spool, bytes, n);
        mem_free(all);
        mem_free(bytes);
        buf_release(&packed);
    }
}

/* The magic number comes byte by byte. */
static void a_packed_stream(void **state)
{
    (void)state;
    for (int zstd = 0; zstd < 2; zstd++) {
        for (int large = 0; large < 2; large++) {
            struct buf packed = BUF_INIT;
            size_t n = large ? 1500000 : 2000;
            char *bytes = packed_pattern(n, zstd == 1, &packed);
            struct writer w = {in_dir("fifo"), -1, packed.ptr, packed.len, large ? 1013 : 1};
            assert_int_equal(mkfifo(w.path, 0600), 0);
            reads_text(w.path, &w, bytes, n);
            assert_int_equal(unlink(w.path), 0);
            mem_free(bytes);
            buf_release(&packed);
        }
    }
}

static void what_was_read_of_a_packed_file(void **state)
{
    struct buf packed = BUF_INIT;
    char *bytes = packed_pattern(700000, false, &packed), piece[4096];
    const char *path = put_buf("conn.log", &packed);
    struct err err = ERR_INIT;
    struct source *s = source_open(path, &kept, NULL, &err);
    uint64_t read = 0;
    bool torn;
    (void)state;
    assert_non_null(s);
    while (source_read(s, piece, sizeof piece, NULL, &err) > 0)
        read += source_advance(s);
    read += source_advance(s);
    assert_int_equal(read, packed.len);
    assert_false(source_damage(s, &torn, &err));
    source_close(s);
    mem_free(bytes);
    buf_release(&packed);
}

/* Texts stand one behind the other, whatever was read of the one before; a file of text has no copy. */
static void one_spool_for_many(void **state)
{
    struct spool spool = SPOOL_INIT;
    uint64_t at, want = 0;
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct buf packed = BUF_INIT;
        char *bytes = packed_pattern(30000 + i, i % 2 == 0, &packed), piece[40000];
        const char *path = i == 3 ? put_text("plain.log", "x\n") : put_buf("conn.log", &packed);
        struct err err = ERR_INIT;
        struct source *s = source_open(path, &spool, NULL, &err);
        int64_t got = 0, n;
        assert_non_null(s);
        while ((n = source_read(s, piece + got, i == 1 ? 10 : 20000, NULL, &err)) > 0) {
            got += n;
            if (i == 1)
                break; /* left in the middle */
        }
        assert_int_equal(source_end(s, &at), i != 3);
        if (i != 3) {
            char *copy = mem_alloc((size_t)got, 1);
            assert_non_null(copy);
            assert_true(at >= want && spool.end >= at + (uint64_t)got);
            assert_int_equal(pread(spool.fd, copy, (size_t)got, (off_t)at), got);
            assert_memory_equal(copy, bytes, (size_t)got);
            mem_free(copy);
            want = spool.end;
        }
        source_close(s);
        mem_free(bytes);
        buf_release(&packed);
    }
    spool_close(&spool);
    assert_int_equal(spool.fd, -1);
}

/* Given up in the middle: the thread ends with the source, and with a cancel. */
static void a_packed_input_left_alone(void **state)
{
    struct buf packed = BUF_INIT;
    char *bytes = packed_pattern(4000000, false, &packed), piece[100];
    const char *path = put_buf("conn.log", &packed), *fifo = in_dir("fifo");
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(mkfifo(fifo, 0600), 0);
    for (int i = 0; i < 4; i++) {
        struct job *job = job_new();
        struct source *s = source_open(i % 2 == 0 ? path : fifo, &kept, job, &err);
        int fd = i % 2 == 0 ? -1 : open(fifo, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
        assert_non_null(s);
        if (fd >= 0) /* and then the writer is silent */
            assert_int_equal(write(fd, packed.ptr, 5000), 5000);
        assert_int_equal(source_read(s, piece, sizeof piece, job, &err), sizeof piece);
        if (i >= 2) {
            int64_t got;
            job_cancel(job);
            while ((got = source_read(s, piece, sizeof piece, job, &err)) > 0)
                ;
            assert_int_equal(got, -1);
            assert_int_equal(err.code, ERR_CANCELLED);
        } else {
            uint64_t at;
            assert_true(source_end(s, &at));
            assert_true(kept.fd >= 0 && at <= kept.end);
        }
        source_close(s);
        if (fd >= 0)
            close(fd);
        job_free(job);
    }
    mem_free(bytes);
    buf_release(&packed);
}

static void short_memory_for_a_packed_file(void **state)
{
    struct buf packed = BUF_INIT;
    char *bytes = packed_pattern(1000, false, &packed);
    const char *path = put_buf("conn.log", &packed);
    uint64_t total;
    (void)state;
    for (uint64_t n = 0;; n++) {
        struct err err = ERR_INIT;
        struct source *s = source_open(path, &kept, NULL, &err);
        char piece[2000];
        int64_t got;
        assert_non_null(s);
        mem_fail_at(n, false);
        while ((got = source_read(s, piece, sizeof piece, NULL, &err)) > 0)
            ;
        if (n == 0)
            total = mem_requests();
        mem_fail_at(0, false);
        assert_int_equal(got, n == 0 ? 0 : -1);
        assert_int_equal(err.code, n == 0 ? ERR_OK : ERR_LIMIT);
        source_close(s);
        if (n == total)
            break;
    }
    assert_true(total >= 5);
    mem_free(bytes);
    buf_release(&packed);
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
        IN_DIR(a_packed_file),
        IN_DIR(a_packed_stream),
        IN_DIR(what_was_read_of_a_packed_file),
        IN_DIR(one_spool_for_many),
        IN_DIR(a_packed_input_left_alone),
        IN_DIR(short_memory_for_a_packed_file),
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
