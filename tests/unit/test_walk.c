/* walk.h: directories, links, pipes, files with two names. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/mem.h"
#include "core/io/walk.h"

static char dir[64];

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/minnow-walk-XXXXXX");
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(dir, drop, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *in_dir(const char *name)
{
    static char path[8][256];
    static unsigned turn;
    char *out = path[turn++ % 8];
    (void)snprintf(out, sizeof path[0], "%s/%s", dir, name);
    return out;
}

static void put(const char *name)
{
    FILE *f = fopen(in_dir(name), "w");
    assert_non_null(f);
    assert_true(fputs("x\n", f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void make(const char *name)
{
    assert_int_equal(mkdir(in_dir(name), 0755), 0);
}

static void walk(struct walk *w, const char *const *path, size_t n)
{
    struct err err = ERR_INIT;
    if (walk_inputs(w, path, n, NULL, &err) != 0)
        fail_msg("%s", err.text);
}

/* The item below the directory, by its place behind the directory's own. */
static void is_item(const struct walk *w, size_t at, const char *name, enum walked_what what,
                    const char *why)
{
    assert_true(at < w->n);
    assert_string_equal(w->item[at].path, in_dir(name));
    assert_int_equal(w->item[at].what, what);
    if (why == NULL)
        assert_null(w->item[at].why);
    else if (w->item[at].why == NULL || strstr(w->item[at].why, why) == NULL)
        fail_msg("%s: %s", name, w->item[at].why == NULL ? "no reason" : w->item[at].why);
}

static void order_is_that_of_the_bytes(void **state)
{
    const char *const path[] = {dir};
    struct walk w;
    (void)state;
    make("a");
    make("a/deep");
    put("a/deep/z.log");
    put("a.log");
    put("a/b.log");
    put("B.log");
    put("-k.log");
    put("a-z.log");
    walk(&w, path, 1);
    assert_int_equal(w.n, 7);
    is_item(&w, 1, "-k.log", WALKED_FILE, NULL);
    is_item(&w, 2, "B.log", WALKED_FILE, NULL);
    is_item(&w, 3, "a-z.log", WALKED_FILE, NULL);
    is_item(&w, 4, "a.log", WALKED_FILE, NULL); /* a dot comes before a slash */
    is_item(&w, 5, "a/b.log", WALKED_FILE, NULL);
    is_item(&w, 6, "a/deep/z.log", WALKED_FILE, NULL);
    assert_int_equal(w.item[0].what, WALKED_DIRECTORY);
    assert_int_equal(w.item[0].n_below, 6);
    assert_false(w.item[0].found);
    assert_true(w.item[1].found && w.item[1].regular && w.item[1].size == 2);
    walk_release(&w);
}

static void what_is_passed_over(void **state)
{
    char slash[80];
    const char *const path[] = {slash};
    struct walk w;
    (void)state;
    (void)snprintf(slash, sizeof slash, "%s/", dir); /* no second slash in the paths */
    put(".hidden.log");
    make(".stats");
    put(".stats/x.log");
    make("sub");
    put("sub/a.log");
    assert_int_equal(mkfifo(in_dir("pipe.log"), 0600), 0);
    assert_int_equal(symlink(dir, in_dir("sub/round")), 0);
    assert_int_equal(symlink("sub", in_dir("current")), 0);
    assert_int_equal(symlink("nowhere", in_dir("dangling")), 0);
    assert_int_equal(symlink("itself", in_dir("itself")), 0);
    assert_int_equal(symlink("/dev/null", in_dir("null")), 0);
    assert_int_equal(symlink("sub/a.log", in_dir("z.log")), 0);
    walk(&w, path, 1);
    assert_int_equal(w.n, 9);
    assert_int_equal(w.item[0].n_hidden, 2);
    is_item(&w, 1, "current", WALKED_SKIPPED, "a link to a directory is not followed");
    is_item(&w, 2, "dangling", WALKED_SKIPPED, "leads nowhere");
    is_item(&w, 3, "itself", WALKED_SKIPPED, "leads nowhere");
    is_item(&w, 4, "null", WALKED_SKIPPED, "a device");
    is_item(&w, 5, "pipe.log", WALKED_SKIPPED, "a named pipe");
    is_item(&w, 6, "sub/a.log", WALKED_FILE, NULL);
    is_item(&w, 7, "sub/round", WALKED_SKIPPED, "a link to a directory is not followed");
    is_item(&w, 8, "z.log", WALKED_TWICE, "sub/a.log");
    walk_release(&w);
}

static void arguments_keep_their_order(void **state)
{
    char link_dir[256], a[256], b[256], again[256];
    const char *const path[] = {b, "-", link_dir, a, "-", again, b, "/nowhere/at-all"};
    struct walk w;
    (void)state;
    make("d");
    put("d/inside.log");
    put("a.log");
    put("b.log");
    assert_int_equal(link(in_dir("a.log"), in_dir("hard.log")), 0);
    assert_int_equal(symlink("d", in_dir("to-d")), 0);
    (void)snprintf(a, sizeof a, "%s", in_dir("a.log"));
    (void)snprintf(b, sizeof b, "%s", in_dir("b.log"));
    (void)snprintf(again, sizeof again, "%s", in_dir("hard.log"));
    (void)snprintf(link_dir, sizeof link_dir, "%s", in_dir("to-d"));
    walk(&w, path, 8);
    assert_int_equal(w.n, 9);
    is_item(&w, 0, "b.log", WALKED_FILE, NULL);
    assert_string_equal(w.item[1].path, "-");
    is_item(&w, 2, "to-d", WALKED_DIRECTORY, NULL); /* a link that is an argument is meant */
    is_item(&w, 3, "to-d/inside.log", WALKED_FILE, NULL);
    is_item(&w, 4, "a.log", WALKED_FILE, NULL);
    assert_int_equal(w.item[5].what, WALKED_FILE); /* standard input is nobody's twin */
    is_item(&w, 6, "hard.log", WALKED_TWICE, "the same file as");
    is_item(&w, 7, "b.log", WALKED_TWICE, "named twice");
    assert_int_equal(w.item[8].what, WALKED_FILE); /* whoever opens it says what is wrong */
    walk_release(&w);
}

static void a_directory_twice(void **state)
{
    const char *const path[] = {dir, dir};
    struct walk w;
    (void)state;
    put("a.log");
    walk(&w, path, 2);
    assert_int_equal(w.n, 4);
    is_item(&w, 1, "a.log", WALKED_FILE, NULL);
    is_item(&w, 3, "a.log", WALKED_TWICE, "named twice");
    walk_release(&w);
}

/* What was met first, and then named, was named. */
static void named_after_it_was_met(void **state)
{
    char a[256];
    const char *const path[] = {dir, a};
    struct walk w;
    (void)state;
    put("a.log");
    put("b.log");
    (void)snprintf(a, sizeof a, "%s", in_dir("a.log"));
    walk(&w, path, 2);
    assert_int_equal(w.n, 4);
    assert_false(w.item[1].found);
    assert_true(w.item[2].found);
    assert_int_equal(w.item[3].what, WALKED_TWICE);
    walk_release(&w);
}

static void too_deep(void **state)
{
    const char *const path[] = {dir};
    char name[2 * WALK_MAX_DEPTH + 8];
    struct walk w;
    (void)state;
    for (size_t i = 0; i < WALK_MAX_DEPTH + 2; i++) {
        memcpy(name + 2 * i, "d/", 2);
        name[2 * i + 1] = '\0';
        make(name);
        name[2 * i + 1] = '/';
    }
    walk(&w, path, 1);
    assert_int_equal(w.n, 2);
    assert_int_equal(w.item[1].what, WALKED_SKIPPED);
    assert_non_null(strstr(w.item[1].why, "too deep"));
    walk_release(&w);
}

static void short_memory_and_cancel(void **state)
{
    const char *const path[] = {dir, dir};
    struct err err = ERR_INIT;
    struct walk w;
    struct job *job = job_new();
    (void)state;
    make("sub");
    put("sub/a.log");
    put("b.log");
    assert_int_equal(symlink("nowhere", in_dir("dangling")), 0);
    for (uint64_t n = 1;; n++) {
        int rc;
        mem_fail_at(n, true);
        rc = walk_inputs(&w, path, 2, NULL, &err);
        walk_release(&w);
        if (rc == 0)
            break;
        assert_int_equal(err.code, ERR_LIMIT);
        assert_true(n < 200);
    }
    mem_fail_at(0, false);
    assert_non_null(job);
    job_cancel(job);
    err = (struct err)ERR_INIT;
    assert_int_equal(walk_inputs(&w, path, 2, job, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    walk_release(&w);
    job_free(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(order_is_that_of_the_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_passed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(arguments_keep_their_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_directory_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(named_after_it_was_met, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_deep, set_up, tear_down),
        cmocka_unit_test_setup_teardown(short_memory_and_cancel, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
