/* recipe.h: recipes found by name and by path, and what else a path may be. */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/base/buf.h"
#include "core/recipe/recipe.h"

/* A home directory with a recipe of its own, and one that stands in for a built-in. */
static char home[64];

static const char *below(const char *name)
{
    static char path[4][160];
    static unsigned at;
    char *out = path[at++ % 4];
    (void)snprintf(out, sizeof path[0], "%s/%s", home, name);
    return out;
}

static void put(const char *path, const char *text, size_t n)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

#define PUT(path, text) put(path, text, strlen(text))

static const char *const directories[] = {".config", ".config/minnow", ".config/minnow/recipes",
                                          "xdg",     "xdg/minnow",     "xdg/minnow/recipes"};
static const char *const files[] = {".config/minnow/recipes/mine.recipe",
                                    ".config/minnow/recipes/conn.recipe",
                                    "xdg/minnow/recipes/mine.recipe", "odd"};

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(home, sizeof home, "/tmp/minnow-home-XXXXXX");
    assert_non_null(mkdtemp(home));
    for (size_t i = 0; i < ARRAY_LEN(directories); i++)
        assert_int_equal(mkdir(below(directories[i]), 0700), 0);
    assert_int_equal(setenv("HOME", home, 1), 0);
    assert_int_equal(unsetenv("XDG_CONFIG_HOME"), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        (void)unlink(below(files[i]));
    for (size_t i = ARRAY_LEN(directories); i-- > 0;)
        assert_int_equal(rmdir(below(directories[i])), 0);
    return rmdir(home);
}

static void check_k(const char *name, uint32_t k, const char *path)
{
    struct recipe r;
    struct err err = ERR_INIT;
    if (recipe_load(&r, name, &err) != 0)
        fail_msg("%s: %s", name, err.text);
    assert_int_equal(r.k, k);
    assert_string_equal(r.path, path);
    recipe_release(&r);
}

static void one_s_own_come_first(void **state)
{
    (void)state;
    struct recipe r;
    struct err err = ERR_INIT;
    PUT(below(files[0]), "k = 11\nfeature = failed\n");
    PUT(below(files[1]), "k = 12\nfeature = failed\n");
    check_k("mine", 11, below(files[0]));
    check_k("conn", 12, below(files[1]));
    assert_int_equal(recipe_load(&r, "article", &err), 0);
    assert_string_equal(r.path, "article (built in)");
    recipe_release(&r);
    /* The other directory replaces the one below HOME; a relative one does not count. */
    PUT(below(files[2]), "k = 13\nfeature = failed\n");
    assert_int_equal(setenv("XDG_CONFIG_HOME", below("xdg"), 1), 0);
    check_k("mine", 13, below(files[2]));
    assert_int_equal(setenv("XDG_CONFIG_HOME", "xdg", 1), 0);
    check_k("mine", 11, below(files[0]));
}

/* A broken one of one's own is told, not passed over for the built-in one. */
static void a_mistake_in_one_s_own_is_told(void **state)
{
    (void)state;
    struct recipe r;
    struct err err = ERR_INIT;
    char want[256];
    PUT(below(files[1]), "k = 12\nfeature = nonsense\n");
    assert_int_equal(recipe_load(&r, "conn", &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    (void)snprintf(want, sizeof want, "%s:2: unknown feature 'nonsense'", below(files[1]));
    assert_memory_equal(err.text, want, strlen(want));
}

static void without_a_home(void **state)
{
    (void)state;
    struct recipe r;
    struct err err = ERR_INIT;
    assert_int_equal(unsetenv("HOME"), 0);
    assert_int_equal(recipe_load(&r, "conn", &err), 0);
    recipe_release(&r);
    assert_int_equal(recipe_load(&r, "mine", &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    /* One that no path has room for. */
    char far[5000];
    (void)snprintf(far, sizeof far, "/%04500d", 0);
    assert_int_equal(setenv("HOME", far, 1), 0);
    assert_int_equal(recipe_load(&r, "conn", &err), 0);
    recipe_release(&r);
}

static void names_that_are_none(void **state)
{
    (void)state;
    static const char *const names[] = {"", "nope", ".", "..", "conn.recipe", "CONN", "\x1b[2J"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct recipe r;
        struct err err = ERR_INIT;
        assert_int_equal(recipe_load(&r, names[i], &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        for (const char *const *known = recipe_builtin_names(); *known != NULL; known++)
            assert_non_null(strstr(err.text, *known));
    }
    assert_null(recipe_builtin_text("nope"));
}

static void a_path_is_a_file(void **state)
{
    (void)state;
    struct recipe r;
    struct err err = ERR_INIT;
    PUT(below("odd"), "k = 9\r\nfeature = failed");
    assert_int_equal(recipe_load(&r, below("odd"), &err), 0);
    assert_string_equal(r.name, "odd");
    assert_int_equal(r.k, 9);
    recipe_release(&r);
    PUT(below(files[0]), "feature = failed\n");
    assert_int_equal(recipe_load(&r, below(files[0]), &err), 0);
    assert_string_equal(r.name, "mine");
    recipe_release(&r);
}

static void paths_that_are_no_recipe(void **state)
{
    (void)state;
    static const struct {
        const char *path, *words;
        enum err_code code;
    } cases[] = {{"/nowhere/at/all", "no such recipe file", ERR_USAGE},
                 {"/dev/null/x", "no such recipe file", ERR_USAGE},
                 {"/tmp/", "Is a directory", ERR_IO},
                 {"/dev/null", "at least one feature", ERR_USAGE},
                 {"/dev/zero", "at most 64 KiB", ERR_USAGE}};
    struct recipe r;
    struct err err = ERR_INIT;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(recipe_load(&r, cases[i].path, &err), -1);
        assert_int_equal(err.code, cases[i].code);
        if (strstr(err.text, cases[i].words) == NULL)
            fail_msg("%s", err.text);
    }
    /* The largest there may be, and one byte more. */
    static char big[RECIPE_MAX_BYTES + 1];
    memset(big, '\n', sizeof big);
    memcpy(big, "feature=failed", 14);
    put(below("odd"), big, sizeof big - 1);
    assert_int_equal(recipe_load(&r, below("odd"), &err), 0);
    recipe_release(&r);
    put(below("odd"), big, sizeof big);
    assert_int_equal(recipe_load(&r, below("odd"), &err), -1);
    assert_non_null(strstr(err.text, "at most 64 KiB"));
    /* A FIFO that nobody writes to does not block. */
    assert_int_equal(unlink(below("odd")), 0);
    assert_int_equal(mkfifo(below("odd"), 0600), 0);
    assert_int_equal(recipe_load(&r, below("odd"), &err), -1);
    assert_non_null(strstr(err.text, "at least one feature"));
}

/* Writes only once the reader has found the pipe empty, or is about to. */
static void *write_slowly(void *p)
{
    int to = *(int *)p;
    static const char *const parts[] = {"k = 1", "5\nfeat", "ure = failed\n"};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        sched_yield();
        if (write(to, parts[i], strlen(parts[i])) < 0)
            break;
    }
    close(to);
    return NULL;
}

/* As the shell's <(...): a path to a pipe whose writer may come late. */
static void a_pipe_is_waited_for(void **state)
{
    (void)state;
    struct recipe r;
    struct err err = ERR_INIT;
    pthread_t thread;
    char path[64];
    int ends[2], rc;
    assert_int_equal(pipe(ends), 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    if (access(path, R_OK) != 0)
        skip();
    assert_int_equal(pthread_create(&thread, NULL, write_slowly, &ends[1]), 0);
    rc = recipe_load(&r, path, &err);
    assert_int_equal(pthread_join(thread, NULL), 0);
    close(ends[0]);
    if (rc != 0)
        fail_msg("%s", err.text);
    assert_int_equal(r.k, 15);
    recipe_release(&r);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(one_s_own_come_first), T(a_mistake_in_one_s_own_is_told),
        T(without_a_home),       T(names_that_are_none),
        T(a_path_is_a_file),     T(paths_that_are_no_recipe),
        T(a_pipe_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
