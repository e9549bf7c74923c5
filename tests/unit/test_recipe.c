/* recipe.h: the file, its errors, the overrides, and back again. */
#include "tests/unit/unit.h"

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/recipe/recipe.h"

static const char good[] =
    "# a comment\n"
    "about = regular calls # not a comment\r\n"
    "log=conn\n"
    "unit = pair\n"
    "where = proto=tcp and not addr=10.0.0.0/8\n"
    "k = 32\n seed = 5\nstarts = 9\ntol = 0.5\nmax_iter = 20\n"
    "order = suspicion\nsuspicion = UPLOAD,REGULAR\nscale = minmax\nmissing = zero\n"
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
    assert_int_equal(r.suspicion, 1u << SUSPICION_REGULAR | 1u << SUSPICION_UPLOAD);
    assert_true(r.k == 32 && r.seed == 5 && r.starts == 9 && r.max_iter == 20 && r.tol == 0.5);
    assert_int_equal(r.n_features, 3);
    assert_string_equal(r.feature[0].text, "2 * log(orig_bytes)");
    assert_true(r.feature[0].weight == 2 && r.feature[0].line == 15);
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
    assert_non_null(strstr(buf_text(&first), "suspicion = REGULAR, UPLOAD\n"));
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
        {"feature =\n", "r:1: a feature is missing (expected one such as log(duration))"},
        {"tol = -1\n", "r:1: tol: '-1' is not a number from 0 on"},
        {"tol = inf\n", "r:1: tol: 'inf' is not a number from 0 on"},
        {"k = 257\n", "r:1: k: '257' is not a whole number from 1 to 256"},
        {"k =\n", "r:1: k: '' is not a whole number from 1 to 256"},
        {"k = 7 8\n", "r:1: k: '7 8' is not a whole number from 1 to 256"},
        {"= 7\n", "r:1: unknown key '' (see minnow-recipe(5))"},
        {"feture = log(x)\n", "r:1: unknown key 'feture' (did you mean 'feature'?)"},
        {"K = 7\n", "r:1: unknown key 'K' (did you mean 'k'?)"},
        {"order = name\n", "r:1: order: 'name' is none of: size, suspicion"},
        {"suspicion = regular\n",
         "r:1: suspicion: 'regular' is none of: REGULAR, REFUSED, UPLOAD, ODD (did you mean "
         "'REGULAR'?)"},
        {"suspicion = ODD,\n", "r:1: suspicion: '' is none of: REGULAR, REFUSED, UPLOAD, ODD"},
        {"suspicion = ODD, UPLOAD, ODD\n", "r:1: suspicion: ODD stands here twice"},
        {"scale = Standard\n",
         "r:1: scale: 'Standard' is none of: standard, minmax, none (did you mean 'standard'?)"},
        {"missing = keep\n", "r:1: missing: 'keep' is none of: mark, zero, drop"},
        {"starts = 10001\n", "r:1: starts: '10001' is not a whole number from 1 to 10000"},
        {"max_iter = 0\n", "r:1: max_iter: '0' is not a whole number from 1 to 1000000"},
        {"seed = -1\n", "r:1: seed: '-1' is not a whole number from 0 to 18446744073709551615"},
        {"feature = log(a),log(b)\n", "r:1: log takes 1 field: log(FIELD)"},
        {"feature = ratio(a,b,c)\n", "r:1: ratio takes 2 fields: ratio(FIELD,FIELD)"},
        {"feature = ratio(a,)\n", "r:1: ratio takes 2 fields: ratio(FIELD,FIELD)"},
        {"feature = ratio(,a)\n", "r:1: ratio takes 2 fields: ratio(FIELD,FIELD)"},
        {"feature = log((a))\n", "r:1: log takes 1 field: log(FIELD)"},
        {"feature = log\n", "r:1: log takes 1 field: log(FIELD)"},
        {"feature = failed(x)\n", "r:1: failed takes no field"},
        {"feature = log(a)*2\n", "r:1: 'log(a)*2': nothing stands behind the ) (a weight stands in "
                                 "front: 2 * log(duration))"},
        {"feature = * log(a)\n", "r:1: weight '' is not a number above 0 and at most 1000000"},
        {"feature = -1 * failed\n", "r:1: weight '-1' is not a number above 0 and at most 1000000"},
        {"feature = 1000001 * failed\n",
         "r:1: weight '1000001' is not a number above 0 and at most 1000000"},
        {"feature = inf * failed\n",
         "r:1: weight 'inf' is not a number above 0 and at most 1000000"},
        {"feature = 2 * \n", "r:1: a feature is missing (expected one such as log(duration))"},
        {"# 1\n\n\r\n  # 4\nk 7\n", "r:5: expected KEY = VALUE"},
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

static void an_unknown_feature_gets_all_the_known(void **state)
{
    (void)state;
    struct recipe r;
    struct err err = ERR_INIT;
    assert_int_equal(recipe_init(&r, &err), 0);
    assert_int_equal(recipe_set_features(&r, "wavelet(x)", &err), -1);
    for (int i = 0; i < N_FEATURES; i++) {
        if (strstr(err.text, feature_kind_name((enum feature_kind)i)) == NULL)
            fail_msg("%s is not in: %s", feature_kind_name((enum feature_kind)i), err.text);
    }
    assert_string_equal(feature_kind_name(N_FEATURES), "");
    recipe_release(&r);
}

static void defaults_and_names(void **state)
{
    (void)state;
    struct recipe r;
    struct err err = ERR_INIT;
    assert_int_equal(recipe_parse(&r, "r", "r", span_of("feature=failed"), &err), 0);
    assert_true(r.k == 7 && r.seed == 1 && r.starts == 4 && r.tol == 0 && r.max_iter == 300);
    assert_true(r.unit == UNIT_CONNECTION && r.scale == SCALE_STANDARD &&
                r.missing == MISSING_MARK && r.order == ORDER_SIZE);
    assert_string_equal(r.about, "");
    assert_string_equal(r.log, "");
    assert_string_equal(r.where, "");
    assert_true(r.feature[0].weight == 1);
    recipe_release(&r);
    assert_string_equal(unit_name(UNIT_PAIR), "pair");
    assert_string_equal(scale_name(SCALE_MINMAX), "minmax");
    assert_string_equal(missing_name(MISSING_DROP), "drop");
}

/* Weights are numbers, written the shortest way; blanks do not matter. */
static void features_have_one_spelling(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"failed", "failed"},
        {"failed()", "failed"},
        {"failed ( )", "failed"},
        {"1*failed", "failed"},
        {"0.50 * failed", "0.5 * failed"},
        {"1e-3*log( a )", "0.001 * log(a)"},
        {"1000000*log(a)", "1000000 * log(a)"},
        {"\trate (\ta ,b )", "rate(a,b)"},
        {"log(a * b)", "log(a * b)"},
        {"log(\xc3\xa9 \xff)", "log(\xc3\xa9 \xff)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct recipe r;
        struct err err = ERR_INIT;
        assert_int_equal(recipe_init(&r, &err), 0);
        if (recipe_set_features(&r, cases[i][0], &err) != 0)
            fail_msg("%s: %s", cases[i][0], err.text);
        assert_int_equal(r.n_features, 1);
        assert_string_equal(r.feature[0].text, cases[i][1]);
        /* And reads back as itself. */
        assert_int_equal(recipe_set_features(&r, cases[i][1], &err), 0);
        assert_string_equal(r.feature[0].text, cases[i][1]);
        recipe_release(&r);
    }
}

static void what_is_twice_and_what_is_not(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        int rc;
    } cases[] = {{"log(a),num(a)", 0},         {"ratio(a,b),ratio(b,a)", 0},
                 {"log(a),log(a)", -1},        {"log(a),2*log( a )", -1},
                 {"failed,3*failed()", -1},    {"log(a * b),num(c * b)", 0},
                 {"log(x * a),log(y * a)", 0}, {"2*log(x * a),log(x * a)", -1}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct recipe r;
        struct err err = ERR_INIT;
        assert_int_equal(recipe_init(&r, &err), 0);
        if (recipe_set_features(&r, cases[i].list, &err) != cases[i].rc)
            fail_msg("%s: %s", cases[i].list, err.text);
        recipe_release(&r);
    }
}

static void as_many_features_as_there_may_be(void **state)
{
    (void)state;
    struct recipe r;
    struct err err = ERR_INIT;
    struct buf list = BUF_INIT;
    assert_int_equal(recipe_init(&r, &err), 0);
    for (int i = 0; i < RECIPE_MAX_FEATURES; i++)
        buf_printf(&list, "%slog(f%d)", i == 0 ? "" : ",", i);
    assert_int_equal(recipe_set_features(&r, buf_text(&list), &err), 0);
    assert_int_equal(r.n_features, RECIPE_MAX_FEATURES);
    buf_add_text(&list, ",failed");
    assert_int_equal(recipe_set_features(&r, buf_text(&list), &err), -1);
    assert_string_equal(err.text, "more than 64 features");
    assert_int_equal(r.n_features, RECIPE_MAX_FEATURES);
    buf_release(&list);
    recipe_release(&r);
}

/* A refused value is a usage error and changes nothing. */
static void numbers_from_the_command_line(void **state)
{
    (void)state;
    static const char *const junk[] = {"",    " ",   "abc",        "-3",
                                       "+3",  "3.0", "0x3",        "3 ",
                                       " 3",  "1e3", "4294967297", "18446744073709551616",
                                       "inf", "1_0", "1,0",        "\x1b[2J"};
    int (*const sets[])(struct recipe *, const char *,
                        struct err *) = {recipe_set_k, recipe_set_starts, recipe_set_max_iter};
    struct recipe r;
    struct err err = ERR_INIT;
    assert_int_equal(recipe_init(&r, &err), 0);
    for (size_t s = 0; s < ARRAY_LEN(sets); s++) {
        for (size_t i = 0; i < ARRAY_LEN(junk); i++) {
            err = (struct err)ERR_INIT;
            if (sets[s](&r, junk[i], &err) != -1)
                fail_msg("'%s' was taken", junk[i]);
            assert_int_equal(err.code, ERR_USAGE);
        }
        assert_int_equal(sets[s](&r, "0", &err), -1);
        assert_true(r.k == 7 && r.starts == 4 && r.max_iter == 300);
    }
    assert_int_equal(recipe_set_k(&r, "256", &err), 0);
    assert_int_equal(recipe_set_starts(&r, "10000", &err), 0);
    assert_int_equal(recipe_set_max_iter(&r, "1000000", &err), 0);
    assert_int_equal(recipe_set_seed(&r, "0", &err), 0);
    assert_true(r.k == 256 && r.starts == 10000 && r.max_iter == 1000000 && r.seed == 0);
    assert_int_equal(recipe_set_unit(&r, "host", &err), 0);
    assert_int_equal(recipe_set_unit(&r, "hosts", &err), -1);
    assert_int_equal(recipe_set_scale(&r, "none", &err), 0);
    assert_int_equal(recipe_set_scale(&r, "", &err), -1);
    assert_int_equal(recipe_set_missing(&r, "drop", &err), 0);
    assert_int_equal(recipe_set_missing(&r, "drop ", &err), -1);
    assert_true(r.unit == UNIT_HOST && r.scale == SCALE_NONE && r.missing == MISSING_DROP);
    recipe_release(&r);
}

/* A file's name and an expression over several lines do not break the file that is written. */
static void line_ends_are_not_written(void **state)
{
    (void)state;
    struct recipe r, again;
    struct err err = ERR_INIT;
    struct buf text = BUF_INIT;
    assert_int_equal(recipe_parse(&r, "a\nk = 99", "x", span_of("feature = failed\n"), &err), 0);
    assert_int_equal(recipe_set_where(&r, "proto=tcp\r\n  and not\taddr=10.0.0.0/8", &err), 0);
    recipe_write(&r, &text);
    assert_int_equal(recipe_parse(&again, "x", "x", buf_span(&text), &err), 0);
    assert_int_equal(again.k, 7);
    assert_string_equal(again.where, "proto=tcp\r   and not\taddr=10.0.0.0/8");
    recipe_release(&r);
    recipe_release(&again);
    buf_release(&text);
}

static void a_bad_where_changes_nothing(void **state)
{
    (void)state;
    struct recipe r;
    struct err err = ERR_INIT;
    assert_int_equal(recipe_init(&r, &err), 0);
    assert_int_equal(recipe_set_where(&r, "a=1 or b ! 2", &err), -1);
    assert_int_equal(err.column, 10);
    assert_string_equal(r.where, "");
    recipe_release(&r);
}

static void copies_under_short_memory(void **state)
{
    (void)state;
    struct recipe r, copy;
    struct err err = ERR_INIT;
    assert_int_equal(recipe_parse(&r, "mine", "mine", span_of(good), &err), 0);
    for (uint64_t n = 1;; n++) {
        err = (struct err)ERR_INIT;
        mem_fail_at(n, false);
        int rc = recipe_copy(&copy, &r, &err);
        uint64_t asked = mem_requests();
        mem_fail_at(0, false);
        if (rc == 0) {
            assert_true(asked < n && n > 10);
            break;
        }
        assert_int_equal(err.code, ERR_LIMIT);
    }
    recipe_release(&r);
    assert_string_equal(copy.name, "mine");
    assert_string_equal(copy.where, "proto=tcp and not addr=10.0.0.0/8");
    assert_string_equal(copy.feature[1].text, "ratio(orig_bytes,resp_bytes)");
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
        cmocka_unit_test(an_unknown_feature_gets_all_the_known),
        cmocka_unit_test(defaults_and_names),
        cmocka_unit_test(features_have_one_spelling),
        cmocka_unit_test(what_is_twice_and_what_is_not),
        cmocka_unit_test(as_many_features_as_there_may_be),
        cmocka_unit_test(numbers_from_the_command_line),
        cmocka_unit_test(line_ends_are_not_written),
        cmocka_unit_test(a_bad_where_changes_nothing),
        cmocka_unit_test(copies_under_short_memory),
        cmocka_unit_test(no_memory_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
