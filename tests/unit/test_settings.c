/* The user's settings: read, complained about, written, saved. */
#include "tui/settings.h"

#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/mem.h"

static char home[64], file[128];

static int set_up(void **state)
{
    (void)state;
    (void)umask(0);
    (void)snprintf(home, sizeof home, "/tmp/minnow-home-XXXXXX");
    assert_non_null(mkdtemp(home));
    (void)snprintf(file, sizeof file, "%s/minnow/config", home);
    return setenv("XDG_CONFIG_HOME", home, 1);
}

static int tear_down(void **state)
{
    char dir[128];
    (void)state;
    (void)unlink(file);
    (void)snprintf(dir, sizeof dir, "%s/minnow", home);
    (void)rmdir(dir);
    return rmdir(home); /* nothing else is left there */
}

static void put(const char *text)
{
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    (void)fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void check_file(const char *want, mode_t mode)
{
    char have[1024];
    struct stat st;
    size_t n;
    FILE *f = fopen(file, "r");
    assert_non_null(f);
    n = fread(have, 1, sizeof have - 1, f);
    have[n] = '\0';
    (void)fclose(f);
    assert_string_equal(have, want);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 07777, mode);
}

static void parse(struct settings *s, const char *text, struct notices *n)
{
    settings_init(s);
    settings_parse(s, "f", span_of(text), n);
}

static void all_keys(void **state)
{
    struct notices n = {.n = 0};
    struct settings s;
    (void)state;
    parse(&s,
          "\xef\xbb\xbf# mine\r\n\r\n theme = nord\r\ncolor=never\n\ttime =  local \n"
          "tz = Europe/Berlin\nbars = linear\norder = size\nmouse = yes\nsession = no\n"
          "columns = show:ts show:\"Dest Port\" width:uid=24 freeze:2 wrap",
          &n);
    assert_int_equal(n.n, 0);
    assert_string_equal(s.theme, "nord");
    assert_int_equal(s.color, COLOR_NEVER);
    assert_int_equal(s.time, TIME_AS_LOCAL);
    assert_string_equal(s.tz, "Europe/Berlin");
    assert_int_equal(s.bars, BAR_LINEAR);
    assert_int_equal(s.order, LINES_BY_SIZE);
    assert_true(s.mouse && !s.session);
    assert_string_equal(s.layout, "show:ts show:\"Dest Port\" width:uid=24 freeze:2 wrap");
    settings_init(&s);
    assert_true(!s.mouse && s.session);
}

static void mistakes(void **state)
{
    static const struct {
        const char *text, *notice;
    } cases[] = {
        {"thme = dark\n", "f:1: no setting is called 'thme' (did you mean 'theme'?)"},
        {"x = dark\n", "f:1: no setting is called 'x' (there are: theme, color, time, tz, "},
        {"\n#\ncolor = red\n", "f:3: color: 'red' is none of: auto, always, never"},
        {"color = never\nbars = log\ncolor = always\n",
         "f:3: color stands there again; line 1 counts"},
        {"color = red\ncolor = never\n", "f:1: color: 'red'"},
        {"color\n", "f:1: expected KEY = VALUE, found 'color'"},
        {"= x\n", "f:1: no setting is called ''"},
        {"bars =\n", "f:1: bars: '' is none of: log, linear"},
        {"order = Size # first\n", "f:1: order: 'Size # first' is none of"},
        {"theme = no-such\n", "f:1: theme: no theme is called 'no-such'"},
        {"theme = ./x\n", "f:1: theme: the file's whole path is needed"},
        {"theme = /no/such\n", "f:1: theme: /no/such: cannot read the theme"},
        {"tz = Europe\n", "f:1: tz: no time zone 'Europe'"},
        {"tz = ../../etc/passwd\n", "f:1: tz: no time zone"},
        {"mouse = on\n", "f:1: mouse: 'on' is none of: yes, no"},
        {"columns = shw:ts\n", "f:1: columns: "},
        {"tz =\n", "f:1: tz: a text of 1 to 63 bytes is expected"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct notices n = {.n = 0};
        struct settings s;
        parse(&s, cases[i].text, &n);
        assert_true(n.n > 0);
        if (strncmp(n.text[0], cases[i].notice, strlen(cases[i].notice)) != 0)
            fail_msg("%s: %s", cases[i].text, n.text[0]);
        notices_release(&n);
    }
}

static void a_mistake_leaves_the_rest(void **state)
{
    struct notices n = {.n = 0};
    struct settings s;
    (void)state;
    parse(&s, "nonsense\ncolor = never\ncolor = always\ntz = Nowhere\nbars = linear\n", &n);
    assert_int_equal(n.n, 3);
    assert_int_equal(s.color, COLOR_NEVER);
    assert_int_equal(s.bars, BAR_LINEAR);
    assert_string_equal(s.tz, "");
    notices_release(&n);
}

static void nul_bytes_are_a_mistake(void **state)
{
    struct notices n = {.n = 0};
    struct settings s;
    (void)state;
    settings_init(&s);
    settings_parse(&s, "f", span_make("tz = UTC\0x\n", 11), &n);
    assert_int_equal(n.n, 1);
    assert_string_equal(s.tz, "");
    notices_release(&n);
}

static void check_written(const struct settings *s, const char *old, const char *want)
{
    struct buf out = BUF_INIT;
    settings_write(s, span_of(old), &out);
    assert_string_equal(buf_text(&out), want);
    buf_release(&out);
}

static void written(void **state)
{
    struct settings s;
    (void)state;
    settings_init(&s);
    check_written(&s, "", "");
    check_written(&s, "# mine\n\ntime = local\n", "# mine\n\ntime = utc\n");
    s.time = TIME_AS_EPOCH;
    s.order = LINES_BY_SIZE;
    check_written(&s, "", "time = epoch\norder = size\n");
    s.mouse = true;
    s.session = false;
    check_written(&s, "session = yes\n", "session = no\ntime = epoch\norder = size\nmouse = yes\n");
    s.mouse = false;
    s.session = true;
    check_written(&s, "# a\nfrog = 1\n  order=recipe\norder = size\nno sense",
                  "# a\nfrog = 1\norder = size\norder = size\nno sense\ntime = epoch\n");
    (void)snprintf(s.theme, sizeof s.theme, "/a\nmouse = yes/b");
    check_written(&s, "", "time = epoch\norder = size\n");
    check_written(&s, "theme = /b\n", "theme = /b\ntime = epoch\norder = size\n");
}

static void saved(void **state)
{
    struct settings s, back;
    struct notices n = {.n = 0};
    struct err err = ERR_INIT;
    char path[4096];
    (void)state;
    settings_init(&back);
    settings_load(&back, &n); /* none yet */
    assert_int_equal(n.n, 0);
    settings_init(&s);
    assert_int_equal(settings_save(&s, path, sizeof path, &err), 1); /* nothing to save */
    assert_string_equal(path, file);
    assert_int_equal(access(file, F_OK), -1);
    s.bars = BAR_LINEAR;
    assert_int_equal(settings_save(&s, path, sizeof path, &err), 0);
    assert_string_equal(path, file);
    check_file("bars = linear\n", 0600);
    settings_load(&back, &n);
    assert_int_equal(back.bars, BAR_LINEAR);
    put("# kept\ncolor = auto\n");
    assert_int_equal(chmod(file, 0640), 0);
    s.color = COLOR_NEVER;
    assert_int_equal(settings_save(&s, path, sizeof path, &err), 0);
    check_file("# kept\ncolor = never\nbars = linear\n", 0640);
    notices_release(&n);
}

static void no_file_to_read_or_write(void **state)
{
    struct settings s;
    struct notices n = {.n = 0};
    struct err err = ERR_INIT;
    char path[4096];
    (void)state;
    settings_init(&s);
    s.bars = BAR_LINEAR;
    assert_int_equal(settings_save(&s, path, sizeof path, &err), 0);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkfifo(file, 0600), 0); /* nobody waits for a pipe */
    settings_load(&s, &n);
    assert_int_equal(n.n, 1);
    assert_non_null(strstr(n.text[0], "settings are not used: "));
    assert_non_null(strstr(n.text[0], "is no plain file"));
    assert_int_equal(settings_save(&s, path, sizeof path, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    notices_release(&n);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(symlink("/etc/hostname", file), 0);
    assert_int_equal(settings_save(&s, path, sizeof path, &err), -1);
    assert_int_equal(setenv("XDG_CONFIG_HOME", "x", 1) | setenv("HOME", "y", 1), 0);
    assert_int_equal(settings_save(&s, path, sizeof path, &err), -1);
    assert_non_null(strstr(err.text, "neither XDG_CONFIG_HOME nor HOME is a path"));
}

static void memory_runs_out(void **state)
{
    struct settings s;
    struct err err = ERR_INIT;
    char path[4096];
    (void)state;
    settings_init(&s);
    s.bars = BAR_LINEAR;
    for (uint64_t n = 1;; n++) {
        int rc;
        mem_fail_at(n, false);
        rc = settings_save(&s, path, sizeof path, &err);
        mem_fail_at(0, false);
        if (rc == 0)
            break;
        assert_int_equal(err.code, ERR_LIMIT);
        assert_int_equal(access(file, F_OK), -1);
    }
    check_file("bars = linear\n", 0600);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_keys),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(a_mistake_leaves_the_rest),
        cmocka_unit_test(nul_bytes_are_a_mistake),
        cmocka_unit_test(written),
        cmocka_unit_test_setup_teardown(saved, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_file_to_read_or_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_runs_out, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
