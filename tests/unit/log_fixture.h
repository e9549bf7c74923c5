/* A log on disk in a directory of its own, loaded and clustered: for tests that read rows again. */
#ifndef MINNOW_TESTS_LOG_FIXTURE_H
#define MINNOW_TESTS_LOG_FIXTURE_H

#include "tests/unit/unit.h"

#include <dirent.h>

#include "core/base/buf.h"
#include "core/cluster/clustering.h"
#include "core/load.h"

#define HEAD                                                                                       \
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"   \
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\torig_bytes\tnote\n"      \
    "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tcount\tstring\n"
#define N_COLUMNS 9

static char dir[64], log_path[128], target[128];

static inline int set_up(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/minnow-test-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    (void)snprintf(log_path, sizeof log_path, "%s/conn.log", dir);
    (void)snprintf(target, sizeof target, "%s/out.csv", dir);
    return 0;
}

static inline void each_file(void (*fn)(const char *path, void *user), void *user)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    assert_non_null(d);
    while ((e = readdir(d)) != NULL) {
        char path[512];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        fn(path, user);
    }
    (void)closedir(d);
}

static inline void drop(const char *path, void *user)
{
    (void)user;
    (void)unlink(path);
}

static inline void count_one(const char *path, void *user)
{
    (void)path;
    (*(size_t *)user)++;
}

static inline size_t n_files(void)
{
    size_t n = 0;
    each_file(count_one, &n);
    return n;
}

static inline int tear_down(void **state)
{
    (void)state;
    each_file(drop, NULL);
    return rmdir(dir);
}

static inline void put(const char *path, const char *bytes, size_t n)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static inline struct buf get(const char *path)
{
    struct buf b = BUF_INIT;
    char piece[4096];
    size_t n;
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while ((n = fread(piece, 1, sizeof piece, f)) > 0)
        buf_add(&b, piece, n);
    assert_int_equal(fclose(f), 0);
    assert_false(b.failed);
    return b;
}

/* Whether a file holds exactly this text. */
static inline void expect_file(const char *path, const char *text)
{
    struct buf b = get(path);
    assert_string_equal(buf_text(&b), text);
    assert_int_equal(b.len, strlen(text));
    buf_release(&b);
}

/* ---- a log on disk, loaded and clustered in two ---- */

struct world {
    struct table *t;
    struct clustering *c;
    struct err err;
};

static inline void world_of(struct world *w, const struct buf *log)
{
    const char *paths[] = {log_path};
    struct load_opts opts = {.path = paths, .n_paths = 1, .threads = 1};
    struct recipe r;
    *w = (struct world){.err = ERR_INIT};
    put(log_path, log->ptr, log->len);
    w->t = load_table(&opts, NULL, &w->err);
    if (w->t == NULL)
        fail_msg("%s", w->err.text);
    assert_int_equal(recipe_init(&r, &w->err), 0);
    assert_int_equal(recipe_set_features(&r, "log(orig_bytes)", &w->err), 0);
    assert_int_equal(recipe_set_k(&r, "2", &w->err), 0);
    w->c = clustering_fit(w->t, &r, &(struct fit_opts){.env = NULL}, &w->err);
    if (w->c == NULL)
        fail_msg("%s", w->err.text);
    assert_int_equal(w->c->k, 2);
    recipe_release(&r);
}

static inline void world_release(struct world *w)
{
    clustering_unref(w->c);
    table_unref(w->t);
}

/* Three small connections, then a big one: clusters 1 (one row) and 2. */
static inline void small_log(struct buf *log, const char *note)
{
    buf_add_text(log, HEAD);
    for (int i = 0; i < 4; i++)
        buf_printf(log, "%d.5\tC%d\t10.0.0.1\t4000\t10.0.0.2\t80\ttcp\t%s\t%s\n", 1000 + i, i,
                   i == 3 ? "900000" : "5", i == 3 ? note : "-");
}

static inline void small_world(struct world *w)
{
    struct buf log = BUF_INIT;
    small_log(&log, "big");
    world_of(w, &log);
    buf_release(&log);
}

#endif
