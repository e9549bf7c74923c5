/* Sessions: their text, their parts, and an investigation in them. */
#include "tui/model/session.h"

#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "tui/model/resume.h"

static void parse(struct session *s, const char *text)
{
    struct err err = ERR_INIT;
    if (session_parse(s, "f", span_of(text), &err) != 0)
        fail_msg("%s", err.text);
}

static void what_is_written_reads_back(void **state)
{
    static const char all[] = " \x01\t\n\r\x1b[31m \\ \\x41 \x7f\xc2\x9b\xff = # ";
    struct session s = {.line = NULL}, back;
    struct buf text = BUF_INIT;
    struct err err = ERR_INIT;
    struct span value;
    (void)state;
    session_add(&s, "a.b-1", span_make(all, sizeof all - 1));
    session_add(&s, "empty", span_of(""));
    session_printf(&s, "number", "%d", 7);
    assert_false(s.failed);
    session_write(&s, &text);
    for (size_t i = 0; i < text.len; i++)
        assert_true(text.ptr[i] == '\n' || (text.ptr[i] >= ' ' && text.ptr[i] < 0x7f));
    assert_int_equal(session_parse(&back, "f", buf_span(&text), &err), 0);
    assert_int_equal(back.n, 3);
    assert_true(session_value(session_whole(&back), "a.b-1", &value));
    assert_true(span_eq(value, span_make(all, sizeof all - 1)));
    assert_true(session_is(session_whole(&back), "empty", ""));
    session_release(&s);
    session_release(&back);
    buf_release(&text);
}

static void wrong(const char *text, size_t len, const char *want)
{
    struct session s;
    struct err err = ERR_INIT;
    assert_int_equal(session_parse(&s, "f", span_make(text, len), &err), -1);
    if (strcmp(err.text, want) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(s.n, 0);
}

static void broken(void **state)
{
#define FIRST "minnow-session = 1\n"
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", "f: is empty"},
        {"# only\n\n", "f: is empty"},
        {"a = b\n",
         "f:1: expected minnow-session = 1: it is no session, or one of another version"},
        {"minnow-session = 12\n",
         "f:1: expected minnow-session = 1: it is no session, or one of another version"},
        {FIRST "a\n", "f:2: expected KEY = VALUE"},
        {FIRST "\n= b\n", "f:3: the key is none"},
        {FIRST "A = b\n", "f:2: the key is none"},
        {FIRST "a234567890123456789012345 = b\n", "f:2: the key is none"},
        {FIRST "a = \\\n", "f:2: the value is broken"},
        {FIRST "a = \\x1\n", "f:2: the value is broken"},
        {FIRST "a = \\x1G\n", "f:2: the value is broken"},
        {FIRST "a = \\n41\n", "f:2: the value is broken"},
        {FIRST "a = \\x00\n", "f:2: the value is broken"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        wrong(cases[i].text, strlen(cases[i].text), cases[i].want);
    wrong(FIRST "a = b\0c\n", sizeof FIRST - 1 + 8, "f:2: the value cannot be used");
}

static void parts(void **state)
{
    struct session s;
    struct session_part part;
    (void)state;
    parse(&s, FIRST "a = 1\nview = x\na = 2\nview = y\nview = z\na = 3\nb = 4\n");
    part = session_head(&s);
    assert_true(session_is(part, "a", "1") && !session_is(part, "view", "x"));
    assert_true(session_next(&part));
    assert_true(session_is(part, "view", "x") && session_is(part, "a", "2"));
    assert_true(session_next(&part));
    assert_true(session_is(part, "view", "y") && !session_is(part, "a", "3"));
    assert_true(session_next(&part));
    assert_true(session_is(part, "view", "z") && session_is(part, "b", "4"));
    assert_false(session_next(&part));
    assert_false(session_next(&part));
    session_release(&s);
    parse(&s, FIRST "a = 1\n");
    part = session_head(&s);
    assert_int_equal(part.n, 1);
    assert_false(session_next(&part));
    session_release(&s);
}

static void numbers(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        uint64_t want;
    } cases[] = {{"0", true, 0},
                 {"18446744073709551615", true, UINT64_MAX},
                 {"18446744073709551616", false, 0},
                 {"99999999999999999999", false, 0},
                 {"-1", false, 0},
                 {"1x", false, 0},
                 {"", false, 0},
                 {"0x1", false, 0},
                 {"000000000000000000001", false, 0}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct session s = {.line = NULL};
        uint64_t n = 0;
        session_add(&s, "n", span_of(cases[i].text));
        assert_int_equal(session_number(session_whole(&s), "n", UINT64_MAX, &n), cases[i].ok);
        if (cases[i].ok)
            assert_int_equal(n, cases[i].want);
        assert_false(session_number(session_whole(&s), "m", UINT64_MAX, &n));
        session_release(&s);
    }
    {
        struct session s = {.line = NULL};
        uint64_t n;
        session_add(&s, "n", span_of("8"));
        assert_true(session_number(session_whole(&s), "n", 8, &n));
        assert_false(session_number(session_whole(&s), "n", 7, &n));
        session_release(&s);
    }
}

static void limits(void **state)
{
    struct session s = {.line = NULL}, back;
    struct buf text = BUF_INIT;
    struct err err = ERR_INIT;
    (void)state;
    for (size_t i = 0; i < SESSION_MAX_LINES; i++)
        session_add(&s, "a", span_of("b"));
    assert_false(s.failed);
    session_write(&s, &text);
    assert_int_equal(session_parse(&back, "f", buf_span(&text), &err), 0);
    assert_int_equal(back.n, SESSION_MAX_LINES);
    session_release(&back);
    buf_add_text(&text, "a = b\n");
    assert_int_equal(session_parse(&back, "f", buf_span(&text), &err), -1);
    buf_release(&text);
    session_add(&s, "a", span_of("b"));
    assert_true(s.failed);
    assert_int_equal(s.n, SESSION_MAX_LINES);
    session_release(&s);
    session_add(&s, "a", span_make("x\0y", 3));
    assert_true(s.failed);
    session_release(&s);
}

static void memory_runs_out(void **state)
{
    (void)state;
    for (uint64_t n = 1;; n++) {
        struct session s;
        struct err err = ERR_INIT;
        int rc;
        mem_fail_at(n, false);
        rc = session_parse(&s, "f", span_of(FIRST "a = 1\nb = 2\n"), &err);
        mem_fail_at(0, false);
        if (rc == 0) {
            session_release(&s);
            break;
        }
        assert_int_equal(s.n, 0);
        assert_true(err.code != ERR_OK);
    }
}

static void an_investigation(void **state)
{
    struct recipe recipe;
    struct hypothesis h, back;
    struct session s = {.line = NULL};
    struct notices notices = {.n = 0};
    struct err err = ERR_INIT;
    struct session_part part;
    (void)state;
    assert_int_equal(recipe_load(&recipe, "beacon", &err), 0);
    assert_int_equal(recipe_set_k(&recipe, "9", &err), 0);
    assert_int_equal(hypothesis_init(&h, &recipe, &err), 0);
    assert_int_equal(
        hypothesis_leave_out(&h, span_of("source 1"), span_of("not src=\"10.0.0.1\""), &err), 0);
    assert_int_equal(
        hypothesis_leave_out(&h, span_of("again"), span_of("not src=\"10.0.0.1\""), &err), -1);
    assert_int_equal(hypothesis_leave_out(&h, span_of("x"), span_of("a=1) or (b=2"), &err), -1);
    assert_int_equal(hypothesis_leave_out(&h, span_of("x"), span_of(""), &err), -1);
    assert_int_equal(h.n_excluded, 1);
    session_add(&s, "view", span_of("clusters"));
    hypothesis_keep(&h, &s);
    session_add(&s, "without-rows", span_of("cluster 3"));
    session_add(&s, "without", span_of("broken"));
    session_add(&s, "term", span_of("((("));
    session_add(&s, "without", span_of("no term"));
    part = session_whole(&s);
    recipe_release(&recipe);
    assert_int_equal(resume_recipe(&recipe, part, &err), 0);
    assert_string_equal(recipe.name, "beacon");
    assert_string_equal(recipe.path, "beacon (built in)");
    assert_int_equal(recipe.k, 9);
    assert_int_equal(recipe.n_features, h.recipe.n_features);
    assert_int_equal(hypothesis_init(&back, &recipe, &err), 0);
    resume_excluded(&back, part, &notices);
    assert_int_equal(back.n_excluded, 1);
    assert_string_equal(back.excluded[0].text, "source 1");
    assert_string_equal(back.excluded[0].term, "not src=\"10.0.0.1\"");
    assert_int_equal(notices.n, 1);
    assert_non_null(strstr(notices.text[0], "broken is not excluded any more: "));
    notices_release(&notices);
    hypothesis_release(&h);
    hypothesis_release(&back);
    recipe_release(&recipe);
    session_release(&s);
}

static void clusters_left_out_by_their_rows(void **state)
{
    struct session s = {.line = NULL};
    struct profile profile[2] = {{.rows = 7}, {.rows = 592}};
    struct clustering c = {.k = 2, .k_asked = 3, .profile = profile};
    struct hypothesis h = {.n_excluded = 2};
    struct recipe recipe;
    struct left_out x;
    struct err err = ERR_INIT;
    struct session_part part;
    (void)state;
    assert_int_equal(recipe_load(&c.recipe, "beacon", &err), 0);
    assert_int_equal(recipe_load(&h.recipe, "scan", &err), 0);
    c.recipe.seed = 5;
    c.recipe.k = 2; /* of the three that were asked for */
    h.excluded[0] = (struct exclusion){.text = mem_string("cluster 2"), .of = &c, .number = 2};
    h.excluded[1] = (struct exclusion){.text = mem_string("cluster 1"), .of = &c, .number = 1};
    session_add(&s, "view", span_of("clusters"));
    hypothesis_keep(&h, &s);
    session_add(&s, "order", span_of("size"));
    session_add(&s, "without-rows", span_of("cluster 9")); /* as an older program kept it */
    part = session_whole(&s);
    assert_int_equal(resume_n_left_out(part), 3);
    assert_true(resume_left_out(&x, part, 0));
    assert_true(span_is(x.text, "cluster 2"));
    assert_int_equal(x.number, 2);
    assert_int_equal(x.rows, 592);
    assert_int_equal(resume_left_out_of(&recipe, part, 0, &err), 0);
    assert_string_equal(recipe.name, "beacon");
    assert_int_equal(recipe.k, 3);
    assert_int_equal(recipe.seed, 5);
    recipe_release(&recipe);
    assert_true(resume_left_out(&x, part, 1));
    assert_int_equal(x.rows, 7);
    assert_false(resume_left_out(&x, part, 2));
    assert_true(span_is(x.text, "cluster 9"));
    assert_false(resume_left_out(&x, part, 3));
    assert_int_equal(resume_recipe(&recipe, part, &err), 0);
    assert_string_equal(recipe.name, "scan");
    recipe_release(&recipe);
    /* So many that a session of their recipes would be too long. */
    h.n_excluded = HYPOTHESIS_MAX_EXCLUDED;
    for (size_t i = 2; i < h.n_excluded; i++)
        h.excluded[i] = h.excluded[0];
    session_release(&s);
    session_add(&s, "view", span_of("clusters"));
    hypothesis_keep(&h, &s);
    part = session_whole(&s);
    assert_false(s.failed);
    assert_true(s.n < SESSION_MAX_LINES / 2);
    assert_int_equal(resume_n_left_out(part), HYPOTHESIS_MAX_EXCLUDED);
    assert_true(resume_left_out(&x, part, RESUME_MAX_LEFT_OUT - 1));
    assert_false(resume_left_out(&x, part, RESUME_MAX_LEFT_OUT));
    assert_true(span_is(x.text, "cluster 2"));
    mem_free(h.excluded[0].text);
    mem_free(h.excluded[1].text);
    recipe_release(&h.recipe);
    recipe_release(&c.recipe);
    session_release(&s);
}

static void check_marks(const char *text, const char *want)
{
    static uint64_t bits[4];
    struct marks m = {.bits = bits, .n_rows = 200};
    struct session s = {.line = NULL}, out = {.line = NULL};
    struct span have = {"", 0};
    memset(bits, 0, sizeof bits);
    session_add(&s, "marks", span_of(text));
    resume_marks(&m, session_whole(&s));
    marks_keep(&m, &out);
    (void)session_value(session_whole(&out), "marks", &have);
    if (!span_is(have, want))
        fail_msg("%s: %.*s", text, (int)have.len, have.ptr);
    session_release(&s);
    session_release(&out);
}

static void marked_rows(void **state)
{
    static const char *const same[] = {"",      "0",     "199",         "0-199",    "0,2,4-63",
                                       "63-64", "64,66", "1-2,128-191", "5,190-199"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        check_marks(same[i], same[i]);
    check_marks("3,200,5", "3"); /* not in the log: what follows does not count */
    check_marks("3,5-200", "3");
    check_marks("7-5,9", "9");
    check_marks("9,3,11", "9,11");
    check_marks("5-9,7-12", "5-9");
    check_marks("x", "");
    check_marks("1,,2", "1");
    check_marks("99999999999999999999", "");
}

static void too_many_marks(void **state)
{
    enum { ROWS = 2 * (RESUME_MAX_RUNS + 1) };
    struct marks m = {.bits = NULL};
    struct session out = {.line = NULL};
    struct err err = ERR_INIT;
    (void)state;
    marks_keep(NULL, &out);
    assert_int_equal(out.n, 0);
    assert_int_equal(marks_reserve(&m, ROWS, &err), 0);
    for (uint32_t row = 0; row < ROWS; row += 2)
        assert_int_equal(marks_set(&m, &row, 1, true), 1);
    marks_keep(&m, &out);
    assert_true(session_is(session_whole(&out), "marks-lost", "10001"));
    assert_false(resume_has_marks(session_whole(&out)));
    session_release(&out);
    assert_int_equal(marks_set(&m, &(uint32_t){0}, 1, false), 1);
    marks_keep(&m, &out);
    assert_true(resume_has_marks(session_whole(&out)));
    session_release(&out);
    marks_release(&m);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(clusters_left_out_by_their_rows),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(broken),
        cmocka_unit_test(parts),
        cmocka_unit_test(numbers),
        cmocka_unit_test(limits),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(an_investigation),
        cmocka_unit_test(marked_rows),
        cmocka_unit_test(too_many_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
