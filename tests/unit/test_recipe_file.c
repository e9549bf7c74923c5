/* The user's own recipes: saved, listed, found again. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "core/base/mem.h"
#include "core/export/recipe_file.h"

static char home[64];

static const char *below(const char *name)
{
    static char path[4][256];
    static unsigned at;
    char *out = path[at++ % 4];
    (void)snprintf(out, sizeof path[0], "%s/%s", home, name);
    return out;
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(home, sizeof home, "/tmp/minnow-home-XXXXXX");
    assert_non_null(mkdtemp(home));
    assert_int_equal(setenv("XDG_CONFIG_HOME", below("config"), 1), 0);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const left[] = {"a", "b", "conn", "pipe", "link", "old"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(left); i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "config/minnow/recipes/%s.recipe", left[i]);
        (void)unlink(below(name));
    }
    (void)unlink(below("config/minnow/recipes/.hidden.recipe"));
    (void)unlink(below("config/minnow/recipes/readme.txt"));
    (void)rmdir(below("config/minnow/recipes"));
    (void)rmdir(below("config/minnow"));
    (void)rmdir(below("config"));
    return rmdir(home); /* nothing else may be left, no half-written file either */
}

static void make(struct recipe *r, const char *text)
{
    struct err err = ERR_INIT;
    if (recipe_parse(r, "mine (changed)", "here", span_of(text), &err) != 0)
        fail_msg("%s", err.text);
}

#define RECIPE                                                                                     \
    "about = a \"test\"\nunit = pair\nwhere = proto=tcp and orig_bytes>1k\nk = 5\nseed = 9\n"      \
    "scale = minmax\nmissing = drop\norder = suspicion\nfeature = 0.5 * log(orig_bytes)\n"         \
    "feature = ratio(orig_bytes,resp_bytes)\n"

static mode_t mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void test_save_and_find(void **state)
{
    struct recipe r, back;
    struct err err = ERR_INIT;
    (void)state;
    make(&r, RECIPE);
    (void)umask(0);
    assert_int_equal(recipe_file_save(&r, "a", false, &err), 0);
    assert_int_equal(mode_of(below("config/minnow/recipes")), 0700);
    assert_int_equal(mode_of(below("config/minnow")), 0700);
    assert_int_equal(mode_of(below("config/minnow/recipes/a.recipe")), 0600);
    assert_int_equal(recipe_load(&back, "a", &err), 0);
    assert_string_equal(back.name, "a");
    assert_string_equal(back.about, "a \"test\"");
    assert_string_equal(back.where, r.where);
    assert_int_equal(back.unit, UNIT_PAIR);
    assert_int_equal(back.k, 5);
    assert_int_equal(back.seed, 9);
    assert_int_equal(back.n_features, 2);
    assert_string_equal(back.feature[0].text, "0.5 * log(orig_bytes)");
    recipe_release(&back);
    /* An existing one only when that is meant. */
    r.k = 6;
    assert_int_equal(recipe_file_save(&r, "a", false, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_int_equal(recipe_file_save(&r, "a", true, &err), 0);
    assert_int_equal(recipe_load(&back, "a", &err), 0);
    assert_int_equal(back.k, 6);
    recipe_release(&back);
    recipe_release(&r);
}

static void test_names(void **state)
{
    static const char *const wrong[] = {
        "", ".", "..", ".a", "-r", " a", "a ", "a/b", "a\nb", "\x1b[2J", "../../etc/passwd"};
    char path[RECIPE_FILE_BYTES], name[RECIPE_NAME_MAX + 2];
    struct recipe r;
    struct err err = ERR_INIT;
    (void)state;
    make(&r, RECIPE);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_int_equal(recipe_file_path(wrong[i], path, sizeof path, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        assert_int_equal(recipe_file_save(&r, wrong[i], true, &err), -1);
    }
    memset(name, 'x', sizeof name);
    name[RECIPE_NAME_MAX + 1] = '\0';
    assert_int_equal(recipe_file_path(name, path, sizeof path, &err), -1);
    name[RECIPE_NAME_MAX] = '\0';
    assert_int_equal(recipe_file_path(name, path, sizeof path, &err), 0);
    assert_int_equal(unsetenv("XDG_CONFIG_HOME"), 0);
    assert_int_equal(setenv("HOME", "not/a/path", 1), 0);
    assert_int_equal(recipe_file_save(&r, "a", false, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    recipe_release(&r);
}

/* What is no plain file is neither opened, where it might wait, nor replaced. */
static void test_odd_files(void **state)
{
    struct recipe r;
    struct err err = ERR_INIT;
    (void)state;
    make(&r, RECIPE);
    assert_int_equal(recipe_file_save(&r, "a", false, &err), 0);
    assert_int_equal(mkfifo(below("config/minnow/recipes/pipe.recipe"), 0600), 0);
    assert_int_equal(symlink("a.recipe", below("config/minnow/recipes/link.recipe")), 0);
    assert_int_equal(recipe_file_save(&r, "pipe", true, &err), -1);
    assert_non_null(strstr(err.text, "no plain file"));
    assert_int_equal(recipe_file_save(&r, "link", true, &err), -1);
    assert_non_null(strstr(err.text, "no plain file"));
    recipe_release(&r);
}

/* A recipe from the command line may hold what a line of a file cannot. */
static void test_not_writable(void **state)
{
    struct recipe r;
    struct err err = ERR_INIT;
    (void)state;
    make(&r, RECIPE);
    assert_int_equal(recipe_set_features(&r, "num(a\nk = 200\nfeature = num(b)", &err), -1);
    assert_int_equal(recipe_set_features(&r, "num(a\nb)", &err), 0);
    assert_int_equal(recipe_file_save(&r, "b", false, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.text, "read back"));
    assert_int_equal(access(below("config"), F_OK), -1);
    recipe_release(&r);
}

static void test_listing(void **state)
{
    struct recipe_names names;
    struct recipe r;
    struct err err = ERR_INIT;
    FILE *f;
    (void)state;
    assert_int_equal(recipe_file_names(&names, &err), 0);
    assert_int_equal(names.n, 0);
    make(&r, RECIPE);
    assert_int_equal(recipe_file_save(&r, "conn", false, &err), 0);
    assert_int_equal(recipe_file_save(&r, "b", false, &err), 0);
    assert_int_equal(recipe_file_save(&r, "a", false, &err), 0);
    for (int i = 0; i < 2; i++) {
        f = fopen(below(i == 0 ? "config/minnow/recipes/.hidden.recipe"
                               : "config/minnow/recipes/readme.txt"),
                  "w");
        assert_non_null(f);
        assert_int_equal(fclose(f), 0);
    }
    assert_int_equal(recipe_file_names(&names, &err), 0);
    assert_int_equal(names.n, 3);
    assert_string_equal(names.name[0], "a");
    assert_string_equal(names.name[1], "b");
    assert_string_equal(names.name[2], "conn");
    recipe_names_release(&names);
    recipe_release(&r);
}

static void test_memory(void **state)
{
    struct recipe r;
    (void)state;
    make(&r, RECIPE);
    for (uint64_t n = 1;; n++) {
        struct err err = ERR_INIT;
        int rc;
        mem_fail_at(n, false);
        rc = recipe_file_save(&r, "old", true, &err);
        mem_fail_at(0, false);
        if (rc == 0)
            break;
        assert_int_equal(err.code == ERR_LIMIT || err.code == ERR_USAGE, 1);
        assert_int_equal(access(below("config/minnow/recipes/old.recipe"), F_OK), -1);
        assert_true(n < 1000);
    }
    recipe_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_save_and_find, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_odd_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_writable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_listing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_memory, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
