/* outfile.h: whole files or none. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
