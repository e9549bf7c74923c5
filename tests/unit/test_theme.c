/* Themes: the parser, inheritance, where they are found, and the contrast of those shipped. */
#include "tests/unit/unit.h"

#include <sys/stat.h>

#include "core/base/buf.h"
#include "core/base/embedded.h"
#include "tui/theme.h"

static void parse(struct theme *t, const char *text, struct notices *n)
{
    theme_parse(t, "test", "test.theme", span_of(text), n);
}

static void five_lines_are_a_theme(void **state)
{
    struct notices n = {0};
    struct theme t;
    (void)state;
    parse(&t,
          "# by nobody\n\nbackground = dark\n[palette]\nsea = #5f87af 67 blue\r\n[roles]\n"
          "bar = sea\nbar.suspect = - sea bold underline\n",
          &n);
    assert_int_equal(n.n, 0);
    assert_int_equal(t.background, THEME_DARK);
    assert_true(t.style[LOOK_DEFAULT].fg.own && t.style[LOOK_DEFAULT].bg.own);
    assert_false(t.style[LOOK_BAR].fg.own);
    assert_int_equal(t.style[LOOK_BAR].fg.rgb, 0x5f87af);
    assert_int_equal(t.style[LOOK_BAR].fg.c256, 67);
    assert_int_equal(t.style[LOOK_BAR].fg.c16, 4);
    assert_int_equal(t.style[LOOK_BAR_WORK].fg.rgb, 0x5f87af); /* from bar */
    assert_true(t.style[LOOK_BAR_SUSPECT].fg.own);
    assert_int_equal(t.style[LOOK_BAR_SUSPECT].bg.c256, 67);
    assert_int_equal(t.style[LOOK_BAR_SUSPECT].attrs, THEME_BOLD | THEME_UNDERLINE);
    assert_true(t.style[LOOK_SPARK].fg.own); /* from default */
    notices_release(&n);
}

static void an_empty_theme_is_the_terminals_own(void **state)
{
    struct notices n = {0};
    struct theme t;
    (void)state;
    parse(&t, "", &n);
    for (int i = 0; i < N_LOOKS; i++)
        assert_true(t.style[i].fg.own && t.style[i].bg.own && t.style[i].attrs == 0);
    assert_int_equal(n.n, 0);
}

static void inheritance_ignores_the_order_of_lines(void **state)
{
    struct notices n = {0};
    struct theme t;
    (void)state;
    parse(&t, "[roles]\nbar.work = - - dim\nbar = red\ndefault = green\n", &n);
    assert_int_equal(t.style[LOOK_BAR_SUSPECT].fg.c16, 1);
    assert_true(t.style[LOOK_BAR_WORK].fg.own);
    assert_int_equal(t.style[LOOK_BAR_WORK].attrs, THEME_DIM);
    assert_int_equal(t.style[LOOK_SPARK].fg.c16, 2);
    assert_int_equal(n.n, 0);
}

static void a_colour_has_up_to_three_forms(void **state)
{
    struct notices n = {0};
    struct theme t;
    (void)state;
    parse(&t, "[palette]\na = #ff0000\n[roles]\nbar = a\nspark = #00FF00\nwhy = bright-cyan\n", &n);
    assert_int_equal(t.style[LOOK_BAR].fg.c256, 196);
    assert_int_equal(t.style[LOOK_BAR].fg.c16, 9);
    assert_int_equal(t.style[LOOK_SPARK].fg.rgb, 0x00ff00);
    assert_int_equal(t.style[LOOK_WHY].fg.c16, 14);
    assert_int_equal(n.n, 0);
}

static void bad_lines_are_said_and_skipped(void **state)
{
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"colour = dark", "test.theme:1: before [palette] only"},
        {"background = pink", "test.theme:1: background is dark, light or any, not 'pink'"},
        {"background = any\nbackground = any", "test.theme:2: background is said already"},
        {"nonsense", "test.theme:1: expected NAME = VALUE, found 'nonsense'"},
        {"[colours]\nsea = 1", "test.theme:1: the parts of a theme are"},
        {"[palette]\nSea = #000000", "test.theme:2: a colour's name"},
        {"[palette]\n= #000000", "test.theme:2: a colour's name"},
        {"[palette]\na = 67", "test.theme:2: a colour begins with #rrggbb, not with '67'"},
        {"[palette]\na = #00000g", "test.theme:2: a colour begins"},
        {"[palette]\na =", "test.theme:2: a colour begins"},
        {"[palette]\na = #000000 256", "test.theme:2: the second form"},
        {"[palette]\na = #000000 25x", "test.theme:2: the second form"},
        {"[palette]\na = #000000 1 mauve", "test.theme:2: the third form"},
        {"[palette]\na = #000000 1 red red", "test.theme:2: a colour has three forms"},
        {"[palette]\na = #000000\na = #000001", "test.theme:3: a second colour"},
        {"[roles]\nbars = red", "test.theme:2: no role is called 'bars'"},
        {"[roles]\nbar =", "test.theme:2: nothing is said about 'bar'"},
        {"[roles]\nbar = mauve", "test.theme:2: no colour of the palette"},
        {"[roles]\nbar = red blue green", "test.theme:2: not bold, dim"},
        {"[roles]\nbar = bold red", "test.theme:2: not bold, dim"},
        {"[roles]\nbar = red\nbar = red", "test.theme:3: this role is said already"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct notices n = {0};
        struct theme t;
        parse(&t, cases[i].text, &n);
        assert_int_equal(n.n, 1);
        assert_memory_equal(n.text[0], cases[i].said, strlen(cases[i].said));
        assert_true(t.style[LOOK_SPARK].fg.own);
        notices_release(&n);
    }
}

static void a_theme_is_never_too_much(void **state)
{
    struct notices n = {0};
    struct theme t;
    struct buf text = BUF_INIT;
    (void)state;
    buf_add_text(&text, "[palette]\n");
    for (int i = 0; i < 100; i++)
        buf_printf(&text, "c%d = #000000\n", i);
    while (text.len < 2 * THEME_MAX_BYTES)
        buf_add_text(&text, "nonsense that goes on and on and on\n");
    theme_parse(&t, "test", "test.theme", buf_span(&text), &n);
    assert_true(n.n == NOTICES_MAX && n.dropped > 0);
    notices_release(&n);
    buf_release(&text);
}

static void roles_are_named_once_and_parents_come_first(void **state)
{
    enum look look;
    (void)state;
    for (int i = 0; i < N_LOOKS; i++) {
        const char *name = look_name((enum look)i), *dot = strrchr(name, '.');
        assert_true(look_of_name(span_of(name), &look));
        assert_int_equal(look, i);
        assert_true(strlen(look_about((enum look)i)) > 0);
        if (dot != NULL && look_of_name(span_make(name, (size_t)(dot - name)), &look))
            assert_true((int)look < i);
    }
    assert_false(look_of_name(span_of("nothing"), &look));
}

/* ---- finding ---- */

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void themes_are_found_in_order(void **state)
{
    char root[] = "/tmp/minnow-theme-XXXXXX", path[256];
    struct notices n = {0};
    struct err err = ERR_INIT;
    struct theme t;
    (void)state;
    assert_non_null(mkdtemp(root));
    assert_int_equal(setenv("XDG_CONFIG_HOME", root, 1), 0);
    assert_int_equal(theme_load(&t, NULL, &n, &err), 0); /* nothing there: the built-in one */
    assert_string_equal(t.name, "default");

    (void)snprintf(path, sizeof path, "%s/minnow", root);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/minnow/themes", root);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/minnow/themes/default.theme", root);
    put(path, "[roles]\nspark = bright-red\n");
    assert_int_equal(theme_load(&t, "default", &n, &err), 0);
    assert_int_equal(t.style[LOOK_SPARK].fg.c16, 9);
    assert_int_equal(theme_load(&t, path, &n, &err), 0); /* by its path */
    assert_string_equal(t.name, "default.theme");

    assert_int_equal(theme_load(&t, "nope", &n, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.text, "okabe-ito"));
    assert_int_equal(theme_load(&t, "/nowhere/x.theme", &n, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_int_equal(theme_load(&t, root, &n, &err), -1);
    (void)snprintf(path, sizeof path, "%s/.", root);
    assert_int_equal(theme_load(&t, path, &n, &err), -1); /* a directory */
    assert_int_equal(err.code, ERR_IO);
    assert_int_equal(n.n, 0);

    (void)snprintf(path, sizeof path, "%s/minnow/themes/default.theme", root);
    (void)unlink(path);
    for (const char *dir = "/minnow/themes"; dir != NULL;
         dir = strcmp(dir, "/minnow/themes") == 0 ? "/minnow" : NULL) {
        (void)snprintf(path, sizeof path, "%s%s", root, dir);
        (void)rmdir(path);
    }
    (void)rmdir(root);
}

static void the_first_line_says_whose_it_is(void **state)
{
    static const struct {
        const char *text, *about;
    } cases[] = {{"# test, for minnow by night\n", "by night"},
                 {"#test,  by  day \r\n", "by  day"},
                 {"# another, by day\n", "another, by day"},
                 {"\n# test, too late\n", ""},
                 {"background = any", ""},
                 {"#", ""},
                 {"", ""}};
    struct notices n = {0};
    struct theme t;
    struct buf longest = BUF_INIT;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        parse(&t, cases[i].text, &n);
        assert_string_equal(t.about, cases[i].about);
    }
    buf_add_text(&longest, "# ");
    for (int i = 0; i < 1000; i++)
        buf_add_char(&longest, 'x');
    parse(&t, buf_text(&longest), &n);
    assert_int_equal(strlen(t.about), sizeof t.about - 1);
    assert_int_equal(n.n, 0);
    buf_release(&longest);
}

/* ---- listing ---- */

static void check_entry(const struct theme_entry *e, const char *setting, enum theme_place place,
                        const char *about)
{
    assert_string_equal(e->setting, setting);
    assert_int_equal(e->place, place);
    assert_string_equal(e->about, about);
}

static void all_themes_are_listed_as_they_are_found(void **state)
{
    static const char *const files[] = {"zeta.theme", "nord.theme", ".hidden.theme", "a b.theme",
                                        " c.theme",   "x\ny.theme", ".theme",        "readme"};
    static struct theme_list list;
    char root[] = "/tmp/minnow-theme-XXXXXX", path[128], file[256];
    struct notices n = {0};
    struct err err = ERR_INIT;
    struct theme t;
    size_t built_in = 0, own = 0;
    (void)state;
    while (embedded_themes[built_in].name != NULL)
        built_in++;
    assert_non_null(mkdtemp(root));
    assert_int_equal(setenv("XDG_CONFIG_HOME", root, 1), 0);
    assert_int_equal(theme_list_fill(&list, "nord", &err), 0);
    assert_true(list.n >= built_in); /* and those that are installed */
    for (size_t i = 0; i < list.n; i++)
        assert_true(list.entry[i].place >= THEME_INSTALLED && list.entry[i].about[0] != '\0');
    theme_list_release(&list);

    (void)snprintf(path, sizeof path, "%s/minnow", root);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/minnow/themes", root);
    assert_int_equal(mkdir(path, 0700), 0);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        (void)snprintf(file, sizeof file, "%s/%s", path, files[i]);
        put(file, "# by me\n[roles]\n");
    }
    (void)snprintf(file, sizeof file, "%s/mine.theme", root);
    put(file, "# mine.theme, at hand\nbackground = light\n");
    assert_int_equal(theme_list_fill(&list, file, &err), 0);
    check_entry(&list.entry[0], file, THEME_OF_FILE, "at hand");
    assert_int_equal(list.entry[0].background, THEME_LIGHT);
    check_entry(&list.entry[1], "a b", THEME_OF_USER, "by me");
    check_entry(&list.entry[2], "nord", THEME_OF_USER, "by me");
    check_entry(&list.entry[3], "zeta", THEME_OF_USER, "by me");
    for (size_t i = 0; i < list.n; i++) {
        own += list.entry[i].place <= THEME_OF_USER;
        assert_int_equal(theme_load(&t, list.entry[i].setting, &n, &err), 0);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(list.entry[i].setting, list.entry[j].setting);
    }
    assert_int_equal(own, 4);
    theme_list_release(&list);
    assert_int_equal(list.n, 0);

    /* What is there and cannot be read is said, also when another theme of its name stands in. */
    (void)snprintf(file, sizeof file, "%s/nord.theme", path);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkdir(file, 0700), 0);
    assert_int_equal(theme_load(&t, "nord", &n, &err), 0);
    assert_int_equal(n.n, 1);
    assert_non_null(strstr(n.text[0], "nord.theme: not a regular file"));
    assert_false(t.style[LOOK_DEFAULT].bg.own);
    assert_int_equal(rmdir(file), 0);
    (void)snprintf(file, sizeof file, "%s/zeta.theme", path);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkdir(file, 0700), 0);
    assert_int_equal(theme_load(&t, "zeta", &n, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.text, "zeta.theme: not a regular file"));
    assert_int_equal(rmdir(file), 0);
    notices_release(&n);

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        (void)snprintf(file, sizeof file, "%s/%s", path, files[i]);
        (void)unlink(file);
    }
    assert_int_equal(rmdir(path), 0);
    (void)snprintf(path, sizeof path, "%s/minnow", root);
    assert_int_equal(rmdir(path), 0);
    (void)snprintf(file, sizeof file, "%s/mine.theme", root);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(root), 0);
}

/* ---- contrast ---- */

static void contrast_is_wcags(void **state)
{
    (void)state;
    assert_float_equal(theme_contrast(0x000000, 0xffffff), 21.0, 0.001);
    assert_float_equal(theme_contrast(0x777777, 0xffffff), 4.48, 0.01);
    assert_float_equal(theme_contrast(0x123456, 0x123456), 1.0, 0.0001);
}

static bool seen_on(uint32_t rgb, uint32_t background, double least)
{
    return theme_contrast(rgb, background) >= least;
}

/* Roles that are marks and lines more than text. */
static bool is_accent(enum look look)
{
    static const char *const accents[] = {
        "bar",         "spark",  "address.", "border",   "dim",     "missing",      "header.path",
        "footer.hint", "state.", "escape",   "why.word", "status.", "prompt.label", "help.key"};
    for (size_t i = 0; i < ARRAY_LEN(accents); i++)
        if (span_starts(span_of(look_name(look)), accents[i]))
            return true;
    return false;
}

/* Against every background that the theme may stand on; both forms of a colour. Text on a
 * background of the theme's own needs 4.5:1, accents there and on the terminal's 3:1. */
static void check_contrast(const struct theme *t)
{
    for (int i = 0; i < N_LOOKS; i++) {
        const struct style *s = &t->style[i];
        const uint32_t forms[] = {s->fg.rgb, theme_rgb_of_256(s->fg.c256)};
        const uint32_t behind[] = {s->bg.rgb, theme_rgb_of_256(s->bg.c256)};
        for (int f = 0; f < 2 && !s->fg.own; f++) {
            bool fine;
            if (!s->bg.own)
                fine = seen_on(forms[f], behind[f], is_accent((enum look)i) ? 3.0 : 4.5);
            else
                fine = (t->background == THEME_LIGHT || seen_on(forms[f], 0x000000, 3.0)) &&
                       (t->background == THEME_DARK || seen_on(forms[f], 0xffffff, 3.0));
            if (!fine)
                fail_msg("theme %s: %s cannot be seen (#%06x)", t->name, look_name((enum look)i),
                         (unsigned)forms[f]);
        }
        /* A background needs a foreground: the terminal's own may be the same. */
        if (!s->bg.own && s->fg.own)
            fail_msg("theme %s: %s has a background only", t->name, look_name((enum look)i));
    }
}

static void shipped_themes_can_be_seen(void **state)
{
    size_t n_themes = 0;
    (void)state;
    for (const struct embedded *e = embedded_themes; e->name != NULL; e++) {
        struct notices n = {0};
        struct theme t;
        theme_parse(&t, e->name, e->name, span_of(e->text), &n);
        if (n.n > 0)
            fail_msg("%s", n.text[0]);
        check_contrast(&t);
        n_themes++;
    }
    assert_true(n_themes >= 9);
}

static void mono_has_no_colour_and_says_it_all(void **state)
{
    static const enum look needed[] = {LOOK_SELECTED,   LOOK_HIT,          LOOK_SAME,
                                       LOOK_ESCAPE,     LOOK_WHY_WORD,     LOOK_BAR_SUSPECT,
                                       LOOK_FOOTER_KEY, LOOK_STATUS_ERROR, LOOK_ADDRESS_1};
    struct notices n = {0};
    struct err err = ERR_INIT;
    struct theme t;
    (void)state;
    assert_int_equal(setenv("XDG_CONFIG_HOME", "/nowhere", 1), 0);
    assert_int_equal(theme_load(&t, "mono", &n, &err), 0);
    for (int i = 0; i < N_LOOKS; i++)
        assert_true(t.style[i].fg.own && t.style[i].bg.own);
    for (size_t i = 0; i < ARRAY_LEN(needed); i++)
        assert_int_not_equal(t.style[needed[i]].attrs, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_lines_are_a_theme),
        cmocka_unit_test(an_empty_theme_is_the_terminals_own),
        cmocka_unit_test(inheritance_ignores_the_order_of_lines),
        cmocka_unit_test(a_colour_has_up_to_three_forms),
        cmocka_unit_test(bad_lines_are_said_and_skipped),
        cmocka_unit_test(a_theme_is_never_too_much),
        cmocka_unit_test(roles_are_named_once_and_parents_come_first),
        cmocka_unit_test(themes_are_found_in_order),
        cmocka_unit_test(the_first_line_says_whose_it_is),
        cmocka_unit_test(all_themes_are_listed_as_they_are_found),
        cmocka_unit_test(contrast_is_wcags),
        cmocka_unit_test(shipped_themes_can_be_seen),
        cmocka_unit_test(mono_has_no_colour_and_says_it_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
