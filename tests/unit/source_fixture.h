/* Reading a source to its end, by a file or from a writer in a thread of its own. */
#ifndef MINNOW_TESTS_SOURCE_FIXTURE_H
#define MINNOW_TESTS_SOURCE_FIXTURE_H

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

static struct spool kept = SPOOL_INIT; /* of tests that do not look at it */

/* Opens, reads all by pieces of n bytes, hands over the spool. NULL on error. */
static inline char *read_all(const char *path, size_t n, size_t *len, struct source_facts *facts,
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
static inline struct err problem_of(const char *path)
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

static inline void fails_with(const char *path, const char *part)
{
    struct err err = problem_of(path);
    assert_int_equal(err.code, ERR_IO);
    if (strstr(err.text, part) == NULL)
        fail_msg("%s: %s", part, err.text);
    assert_non_null(strstr(err.text, strcmp(path, "-") == 0 ? "standard input" : path));
}

struct writer {
    const char *path; /* a FIFO, or NULL for the descriptor */
    int fd;
    const char *bytes;
    size_t n, piece;
};

static inline void *write_pieces(void *user)
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

static inline char *pattern(size_t n)
{
    char *bytes = mem_alloc(n, 1);
    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)(i * 131 >> 3);
    return bytes;
}

/* The copy holds what was read, nobody else can open it, and it is gone when it is closed. */
static inline void same_as_spool(int spool, const char *bytes, size_t n)
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

static inline void reads_text(const char *path, struct writer *w, const char *text, size_t n)
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

#endif
