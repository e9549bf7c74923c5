/* Where the user's own files are. */
#include "core/base/config.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static void paths(void **state)
{
    static const struct {
        const char *config, *home, *want; /* NULL: unset, no path */
    } cases[] = {
        {"/x", "/h", "/x/minnow/verdicts"},
        {"/x", NULL, "/x/minnow/verdicts"},
        {NULL, "/h", "/h/.config/minnow/verdicts"},
        {"", "/h", "/h/.config/minnow/verdicts"},
        {"x", "/h", "/h/.config/minnow/verdicts"},
        {NULL, "h", NULL},
        {"x", NULL, NULL},
        {NULL, NULL, NULL},
    };
    char out[64], small[18];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bool found;
        assert_int_equal(unsetenv("XDG_CONFIG_HOME") | unsetenv("HOME"), 0);
        if (cases[i].config != NULL)
            assert_int_equal(setenv("XDG_CONFIG_HOME", cases[i].config, 1), 0);
        if (cases[i].home != NULL)
            assert_int_equal(setenv("HOME", cases[i].home, 1), 0);
        found = config_path("verdicts", out, sizeof out);
        assert_int_equal(found, cases[i].want != NULL);
        if (found)
            assert_string_equal(out, cases[i].want);
        assert_false(config_path("verdicts", small, sizeof small));
    }
}

static void what_is_kept(void **state)
{
    char out[64];
    (void)state;
    assert_int_equal(setenv("HOME", "/h", 1) | setenv("XDG_CONFIG_HOME", "/c", 1), 0);
    assert_int_equal(unsetenv("XDG_STATE_HOME"), 0);
    assert_true(config_state_path("sessions", out, sizeof out));
    assert_string_equal(out, "/h/.local/state/minnow/sessions");
    assert_int_equal(setenv("XDG_STATE_HOME", "relative", 1), 0);
    assert_true(config_state_path("sessions", out, sizeof out));
    assert_string_equal(out, "/h/.local/state/minnow/sessions");
    assert_int_equal(setenv("XDG_STATE_HOME", "/s", 1), 0);
    assert_true(config_state_path("sessions", out, sizeof out));
    assert_string_equal(out, "/s/minnow/sessions");
}

static void folders(void **state)
{
    char dir[64] = "/tmp/minnow-test-XXXXXX", path[128], longest[5000];
    struct stat st;
    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/a/b/file", dir);
    assert_int_equal(config_make_folders(path), 0);
    assert_int_equal(config_make_folders(path), 0);
    (void)snprintf(path, sizeof path, "%s/a/b", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    (void)snprintf(path, sizeof path, "%s/a/b/file", dir);
    assert_int_equal(access(path, F_OK), -1);
    (void)snprintf(path, sizeof path, "/dev/null/x/file");
    assert_int_equal(config_make_folders(path), -1);
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(config_make_folders(longest), -1);
    assert_int_equal(errno, ENAMETOOLONG);
    (void)snprintf(path, sizeof path, "%s/a/b", dir);
    assert_int_equal(rmdir(path), 0);
    (void)snprintf(path, sizeof path, "%s/a", dir);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),
        cmocka_unit_test(what_is_kept),
        cmocka_unit_test(folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
