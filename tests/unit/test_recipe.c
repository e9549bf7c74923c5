/* recipe.h: the file, its errors, the overrides, and back again. */
#include "tests/unit/unit.h"

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/recipe/recipe.h"

static const char good[] = "# a comment\n"
                           "about = regular calls # not a comment\r\n"
                           "log=conn\n"
                           "unit = pair\n"
                           "where = proto=tcp and not addr=10.0.0.0/8\n"
                           "k = 32\n seed = 5\nstarts = 9\ntol = 0.5\nmax_iter = 20\n"
                           "order = suspicion\nscale = minmax\nmissing = zero\n"
                           "feature = 2 * log(orig_bytes)\n"
                           "feature = ratio( orig_bytes , resp_bytes )\n"
                           "feature = onehot(conn_state)\n";

static void a_whole_file(void **state)
{
    (void)state;
    struct recipe r;
    struct err err = ERR_INIT;
    assert_int_equal(recipe_parse(&r, "mine", "mine.recipe", span_of(good), &err), 0);
    assert_string_equal(r.about, "regular calls # not a comment");
    assert_string_equal(r.where, "proto=tcp and not addr=10.0.0.0/8");
    assert_true(r.unit == UNIT_PAIR && r.scale == SCALE_MINMAX && r.missing == MISSING_ZERO &&
                r.order == ORDER_SUSPICION);
    assert_true(r.k == 32 && r.seed == 5 && r.starts == 9 && r.max_iter == 20 && r.tol == 0.5);
    assert_int_equal(r.n_features, 3);
    assert_string_equal(r.feature[0].text, "2 * log(orig_bytes)");
    assert_true(r.feature[0].weight == 2 && r.feature[0].line == 14);
    assert_string_equal(r.feature[1].text, "ratio(orig_bytes,resp_bytes)");
    recipe_release(&r);
}

static void writing_and_reading_again(void **state)
{
    (void)state;
    struct recipe r, again;
    struct err err = ERR_INIT;
    struct buf first = BUF_INIT, second = BUF_INIT;
    assert_int_equal(recipe_parse(&r, "mine", "x", span_of(good), &err), 0);
    recipe_write(&r, &first);
    assert_int_equal(recipe_parse(&again, "mine", "x", buf_span(&first), &err), 0);
    recipe_write(&again, &second);
    assert_string_equal(buf_text(&second), buf_text(&first));
    assert_non_null(strstr(buf_text(&first), "feature  = 2 * log(orig_bytes)\n"));
    buf_release(&first);
    buf_release(&second);
    recipe_release(&r);
    recipe_release(&again);
}

static void mistakes_name_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"k = 7\n", "r: a recipe needs at least one feature = ..."},
        {"feature = log(x)\nk = 0\n", "r:2: k: '0' is not a whole number from 1 to 256"},
        {"k = 7\nk = 8\n", "r:2: key 'k' stands here twice"},
        {"colour = red\n", "r:1: unknown key 'colour' (see minnow-recipe(5))"},
        {"nonsense\n", "r:1: expected KEY = VALUE"},
        {"unit = planet\n", "r:1: unit: 'planet' is none of: connection, pair, host"},
        {"feature = log(a,b)\n", "r:1: log takes 1 field: log(FIELD)"},
        {"feature = ratio(a)\n", "r:1: ratio takes 2 fields: ratio(FIELD,FIELD)"},
        {"feature = log(\n", "r:1: missing ) after 'log('"},
        {"feature = log()\n", "r:1: log takes 1 field: log(FIELD)"},
        {"feature = 0 * log(a)\n", "r:1: weight '0' is not a number above 0 and at most 1000000"},
        {"feature = log(a)\nfeature = 3 * log(a)\n", "r:2: feature 3 * log(a) stands here twice"},
        {"feature =\n", "r:1: empty feature"},
        {"tol = -1\n", "r:1: tol: '-1' is not a number from 0 on"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct recipe r;
        struct err err = ERR_INIT;
        assert_int_equal(recipe_parse(&r, "r", "r", span_of(cases[i].text), &err), -1);
        assert_string_equal(err.text, cases[i].want);
        assert_int_equal(err.code, ERR_USAGE);
    }
}

static void a_bad_expression_has_a_place(void **state)
{
    (void)state;
    struct recipe r;
    struct err err = ERR_INIT;
    assert_int_equal(
        recipe_parse(&r, "r", "r", span_of("feature = log(a)\nwhere = proto tcp\n"), &err), -1);
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 7);
}

static void odd_files(void **state)
{
    (void)state;
    struct recipe r;
    struct err err = ERR_INIT;
    char *big = mem_zalloc(RECIPE_MAX_BYTES + 1, 1);
    memset(big, '#', RECIPE_MAX_BYTES + 1);
    assert_int_equal(recipe_parse(&r, "r", "r", span_make(big, RECIPE_MAX_BYTES + 1), &err), -1);
    assert_int_equal(recipe_parse(&r, "r", "r", span_make("k = 7\0", 6), &err), -1);
    mem_free(big);
}

static void built_in_ones(void **state)
{
    (void)state;
    for (const char *const *name = recipe_builtin_names(); *name != NULL; name++) {
        struct recipe r;
        struct err err = ERR_INIT;
        assert_int_equal(recipe_load(&r, *name, &err), 0);
        assert_string_equal(r.name, *name);
        assert_true(strlen(r.about) > 10);
        recipe_release(&r);
    }
    struct recipe r;
    struct err err = ERR_INIT;
    assert_int_equal(recipe_load(&r, "nope", &err), -1);
    assert_non_null(strstr(err.text, "article"));
    assert_int_equal(recipe_load(&r, "./nope", &err), -1);
    assert_string_equal(err.text, "./nope: no such recipe file");
}

static void the_article_recipe_is_the_tutorial_s(void **state)
{
    (void)state;
    static const char *const want[] = {"code(id.orig_p)",   "code(id.resp_p)",  "code(proto)",
                                       "code(orig_bytes)",  "code(resp_bytes)", "num(orig_pkts)",
                                       "num(orig_ip_bytes)"};
    struct recipe r;
    struct err err = ERR_INIT;
    assert_int_equal(recipe_load(&r, "article", &err), 0);
    assert_true(r.k == 7 && r.seed == 1 && r.starts == 10 && r.scale == SCALE_NONE &&
                r.order == ORDER_SIZE);
    assert_int_equal(r.n_features, ARRAY_LEN(want));
    for (size_t i = 0; i < ARRAY_LEN(want); i++)
        assert_string_equal(r.feature[i].text, want[i]);
    recipe_release(&r);
}

static void overrides(void **state)
{
    (void)state;
    struct recipe r, copy;
    struct err err = ERR_INIT;
    assert_int_equal(recipe_load(&r, "conn", &err), 0);
    assert_int_equal(recipe_set_features(&r, "log(a),ratio(b,c), 3*onehot(d)", &err), 0);
    assert_int_equal(r.n_features, 3);
    assert_string_equal(r.feature[2].text, "3 * onehot(d)");
    /* A list with a mistake leaves the recipe as it was. */
    assert_int_equal(recipe_set_features(&r, "log(a),,log(b)", &err), -1);
    assert_int_equal(r.n_features, 3);
    assert_int_equal(recipe_set_where(&r, "(((", &err), -1);
    assert_int_equal(recipe_set_where(&r, "  ", &err), 0);
    assert_string_equal(r.where, "");
    assert_int_equal(recipe_set_seed(&r, "18446744073709551615", &err), 0);
    assert_true(r.seed == UINT64_MAX);
    assert_int_equal(recipe_set_seed(&r, "18446744073709551616", &err), -1);
    assert_int_equal(recipe_copy(&copy, &r, &err), 0);
    recipe_release(&r);
    assert_string_equal(copy.feature[1].arg[1], "c");
    recipe_release(&copy);
}

static void no_memory_at_any_moment(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 200; n++) {
        struct recipe r;
        struct err err = ERR_INIT;
        mem_fail_at(n, false);
        int rc = recipe_parse(&r, "mine", "mine", span_of(good), &err);
        uint64_t asked = mem_requests();
        mem_fail_at(0, false);
        if (rc == 0) {
            recipe_release(&r);
            assert_true(asked < n);
            return;
        }
        assert_int_equal(err.code, ERR_LIMIT);
    }
    fail();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_file),
        cmocka_unit_test(writing_and_reading_again),
        cmocka_unit_test(mistakes_name_their_line),
        cmocka_unit_test(a_bad_expression_has_a_place),
        cmocka_unit_test(odd_files),
        cmocka_unit_test(built_in_ones),
        cmocka_unit_test(the_article_recipe_is_the_tutorial_s),
        cmocka_unit_test(overrides),
        cmocka_unit_test(no_memory_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
