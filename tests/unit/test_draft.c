/* A recipe while it is being changed: switching, weighing, adding, removing; what a log offers. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "tui/model/draft.h"

struct fixture {
    struct schema schema;
    struct recipe recipe;
    struct draft draft;
};

static const struct {
    const char *name;
    enum col_type type;
} columns[] = {{"ts", COL_TIME},           {"uid", COL_STRING},       {"id.orig_h", COL_ADDR},
               {"id.resp_h", COL_ADDR},    {"id.resp_p", COL_PORT},   {"proto", COL_ENUM},
               {"conn_state", COL_STRING}, {"orig_bytes", COL_COUNT}, {"a,b", COL_COUNT},
               {"line\nend", COL_COUNT},   {" blank", COL_COUNT},     {"", COL_COUNT},
               {"\xff\x1b[2J", COL_COUNT}, {"seen by", COL_STRING}};

#define RECIPE                                                                                     \
    "about = a test\nk = 3\nfeature = log(orig_bytes)\nfeature = 2 * pair_count\n"                 \
    "feature = num(nowhere)\n"

static int set_up(void **state)
{
    struct fixture *f = mem_zalloc(1, sizeof *f);
    struct err err = ERR_INIT;
    assert_non_null(f);
    schema_init(&f->schema);
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        assert_true(schema_add(&f->schema, span_of(columns[i].name), columns[i].type, &err) >= 0);
    assert_int_equal(recipe_parse(&f->recipe, "mine", "here", span_of(RECIPE), &err), 0);
    assert_int_equal(draft_init(&f->draft, &f->recipe, &f->schema, &err), 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    draft_release(&f->draft);
    recipe_release(&f->recipe);
    schema_release(&f->schema);
    mem_free(f);
    return 0;
}

/* The line of a feature by its text; the test fails when there is none. */
static size_t line_of(const struct draft *d, const char *text)
{
    for (size_t i = 0; i < d->n; i++)
        if (strcmp(d->line[i].feature.text, text) == 0)
            return i;
    fail_msg("no line %s", text);
    return 0;
}

/* The features of the recipe that the draft makes, with blanks between. */
static const char *made(const struct draft *d)
{
    static char out[1024];
    struct recipe r;
    struct err err = ERR_INIT;
    size_t used = 0;
    assert_int_equal(draft_recipe(d, &r, &err), 0);
    out[0] = '\0';
    for (size_t i = 0; i < r.n_features; i++)
        used += (size_t)snprintf(out + used, sizeof out - used, "%s%s", i == 0 ? "" : "  ",
                                 r.feature[i].text);
    assert_int_equal(r.k, d->recipe.k);
    assert_string_equal(r.name, d->recipe.name);
    recipe_release(&r);
    return out;
}

static void test_lines(void **state)
{
    static const char *const expected[] = {
        "log(orig_bytes)", "2 * pair_count", "num(nowhere)",
        /* offered: what needs no field, then field by field */
        "pair_gap", "regularity", "gap_spread", "fanout_hosts", "fanout_ports", "failed",
        "popularity", "source_bytes", "hour(ts)", "weekday(ts)", "rarity(id.orig_h)",
        "rarity(id.resp_h)", "rarity(id.resp_p)", "port_class(id.resp_p)", "onehot(proto)",
        "onehot(conn_state)", "rarity(seen by)"};
    const struct draft *d = &((struct fixture *)*state)->draft;
    for (size_t i = 0; i < ARRAY_LEN(expected) && i < d->n; i++) {
        assert_string_equal(d->line[i].feature.text, expected[i]);
        assert_int_equal(d->line[i].on, i < 3);
        assert_int_equal(d->line[i].offered, i >= 3);
    }
    assert_int_equal(d->n, ARRAY_LEN(expected));
    assert_null(d->line[0].lacking);
    assert_string_equal(d->line[2].lacking, "nowhere");
    assert_int_equal(draft_on(d), 3);
    assert_int_equal(draft_usable(d), 2);
    assert_false(d->changed);
    assert_string_equal(made(d), "log(orig_bytes)  2 * pair_count  num(nowhere)");
}

static void test_switching(void **state)
{
    struct draft *d = &((struct fixture *)*state)->draft;
    struct err err = ERR_INIT;
    assert_int_equal(draft_switch(d, 0, &err), 0);
    assert_true(d->changed);
    assert_string_equal(d->recipe.name, "mine (changed)");
    assert_string_equal(made(d), "2 * pair_count  num(nowhere)");
    assert_int_equal(draft_switch(d, 1, &err), 0);
    assert_int_equal(draft_usable(d), 0);
    assert_int_equal(draft_switch(d, 2, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_string_equal(err.text, "one feature has to stay on");
    assert_int_equal(draft_remove(d, 2, &err), -1);
    assert_string_equal(made(d), "num(nowhere)");
    assert_int_equal(draft_switch(d, line_of(d, "onehot(proto)"), &err), 0);
    assert_int_equal(draft_switch(d, 2, &err), 0);
    assert_string_equal(made(d), "onehot(proto)");
    assert_string_equal(d->recipe.name, "mine (changed)"); /* once */
}

static void test_weighing(void **state)
{
    struct draft *d = &((struct fixture *)*state)->draft;
    struct err err = ERR_INIT;
    assert_int_equal(draft_weigh(d, 0, true, &err), 0);
    assert_int_equal(draft_weigh(d, 1, false, &err), 0);
    assert_string_equal(made(d), "2 * log(orig_bytes)  pair_count  num(nowhere)");
    for (int i = 0; i < 18; i++)
        assert_int_equal(draft_weigh(d, 0, true, &err), 0);
    assert_string_equal(d->line[0].feature.text, "524288 * log(orig_bytes)");
    assert_int_equal(draft_weigh(d, 0, true, &err), -1);
    assert_string_equal(d->line[0].feature.text, "524288 * log(orig_bytes)");
    for (int i = 0; i < 10; i++)
        assert_int_equal(draft_weigh(d, 1, false, &err), 0);
    assert_string_equal(d->line[1].feature.text, "0.0009765625 * pair_count");
    assert_int_equal(draft_weigh(d, 1, false, &err), -1);
    assert_string_equal(err.text, "weights go from 1/1024 to 1000000 here");
}

static void test_adding(void **state)
{
    struct fixture *f = *state;
    struct draft *d = &f->draft;
    struct err err = ERR_INIT;
    size_t at = 99, n = d->n;
    assert_int_equal(
        draft_add(d, "3*onehot(proto), ratio(orig_bytes,orig_bytes)", &f->schema, &at, &err), 0);
    assert_int_equal(at, 4);
    assert_int_equal(d->n, n + 1); /* onehot(proto) was offered, and moved */
    assert_string_equal(made(d), "log(orig_bytes)  2 * pair_count  num(nowhere)  "
                                 "3 * onehot(proto)  ratio(orig_bytes,orig_bytes)");
    /* One that is off comes back where it stands, with its new weight. */
    assert_int_equal(draft_switch(d, 0, &err), 0);
    assert_int_equal(draft_add(d, "4*log(orig_bytes)", &f->schema, &at, &err), 0);
    assert_int_equal(at, 0);
    assert_string_equal(d->line[0].feature.text, "4 * log(orig_bytes)");
    assert_int_equal(d->n, n + 1);
    /* An offered one in front of another that was switched on. */
    size_t on = d->n - 1;
    assert_int_equal(draft_switch(d, on, &err), 0);
    assert_int_equal(draft_add(d, d->line[5].feature.text, &f->schema, &at, &err), 0);
    assert_int_equal(at, d->n - 1);
    assert_true(d->line[at].on && !d->line[at].offered);
    assert_int_equal(draft_remove(d, at, &err), 0);
    assert_int_equal(draft_switch(d, on - 1, &err), 0);
    n--;
    /* The last offered one, and all of them. */
    assert_int_equal(draft_add(d, "rarity(seen by)", &f->schema, &at, &err), 0);
    assert_int_equal(at, 5);
    while (d->line[d->n - 1].offered)
        assert_int_equal(draft_add(d, d->line[d->n - 1].feature.text, &f->schema, &at, &err), 0);
    assert_int_equal(d->n, n + 1);
    assert_int_equal(draft_on(d), n + 1);
}

static void test_adding_nothing(void **state)
{
    static const struct {
        const char *list, *says;
    } row[] = {{"", "a feature is missing"},
               {"foo(x)", "unknown feature 'foo'"},
               {"hour(ts),pair_count", "2 * pair_count is on already"},
               {"hour(ts),hour(ts)", "feature hour(ts) stands here twice"},
               {"0*hour(ts)", "weight '0' is not a number"},
               {"hour(ts", "missing )"}};
    struct fixture *f = *state;
    struct draft *d = &f->draft;
    size_t at = 0, n = d->n;
    char list[2048] = "";
    struct err err = ERR_INIT;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        err = (struct err)ERR_INIT;
        assert_int_equal(draft_add(d, row[i].list, &f->schema, &at, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        assert_non_null(strstr(err.text, row[i].says));
    }
    assert_false(d->changed);
    for (size_t i = 0, used = 0; i < RECIPE_MAX_FEATURES - 2; i++)
        used +=
            (size_t)snprintf(list + used, sizeof list - used, "%snum(f%zu)", i == 0 ? "" : ",", i);
    assert_int_equal(draft_add(d, list, &f->schema, &at, &err), -1);
    assert_string_equal(err.text, "a recipe has at most 64 features");
    assert_int_equal(d->n, n);
    *strrchr(list, ',') = '\0';
    assert_int_equal(draft_add(d, list, &f->schema, &at, &err), 0);
    assert_int_equal(draft_switch(d, d->n - 1, &err), -1);
    assert_string_equal(err.text, "a recipe has at most 64 features");
}

static void test_removing(void **state)
{
    struct draft *d = &((struct fixture *)*state)->draft;
    struct err err = ERR_INIT;
    size_t n = d->n;
    assert_int_equal(draft_remove(d, 1, &err), 0);
    assert_int_equal(d->n, n - 1);
    assert_string_equal(made(d), "log(orig_bytes)  num(nowhere)");
    assert_int_equal(draft_remove(d, d->n - 1, &err), -1);
    assert_string_equal(err.text, "this one is only offered");
    assert_int_equal(draft_switch(d, d->n - 1, &err), 0);
    assert_int_equal(draft_remove(d, d->n - 1, &err), 0);
    assert_int_equal(draft_remove(d, 0, &err), 0);
    assert_int_equal(draft_remove(d, 0, &err), -1);
    assert_string_equal(made(d), "num(nowhere)");
}

/* A field that the recipe calls by Zeek's name and the log by another is not offered again. */
static void test_other_names(void **state)
{
    struct schema s;
    struct recipe r;
    struct draft d;
    struct err err = ERR_INIT;
    (void)state;
    schema_init(&s);
    assert_true(schema_add(&s, span_of("src_ip"), COL_ADDR, &err) >= 0);
    assert_true(schema_add(&s, span_of("proto"), COL_ENUM, &err) >= 0);
    assert_int_equal(recipe_parse(&r, "a", "a", span_of("feature = rarity(src_ip)\n"), &err), 0);
    assert_int_equal(draft_init(&d, &r, &s, &err), 0);
    assert_int_equal(d.n, 2); /* behaviour needs a target as well */
    assert_string_equal(d.line[1].feature.text, "onehot(proto)");
    draft_release(&d);
    recipe_release(&r);
    schema_release(&s);
}

static void test_words(void **state)
{
    (void)state;
    for (int kind = 0; kind < N_FEATURES; kind++) {
        const char *words = feature_words((enum feature_kind)kind);
        if (words[0] == '\0' || strlen(words) > 33)
            fail_msg("%s: '%s'", feature_kind_name((enum feature_kind)kind), words);
    }
    assert_string_equal(feature_words(N_FEATURES), "");
}

/* Every allocation fails once; nothing is lost, leaked or half done. */
static void test_memory(void **state)
{
    struct fixture *f = *state;
    for (uint64_t n = 1;; n++) {
        struct draft d;
        struct recipe r;
        struct err err = ERR_INIT;
        size_t at = 0;
        bool done = false;
        mem_fail_at(n, false);
        if (draft_init(&d, &f->recipe, &f->schema, &err) == 0) {
            if (draft_add(&d, "hour(ts),num(ts)", &f->schema, &at, &err) == 0 &&
                draft_weigh(&d, 0, true, &err) == 0 && draft_recipe(&d, &r, &err) == 0) {
                recipe_release(&r);
                done = true;
            }
            draft_release(&d);
        }
        mem_fail_at(0, false);
        if (done)
            break;
        assert_int_equal(err.code, ERR_LIMIT);
        assert_true(n < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_switching, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_weighing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_adding, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_adding_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_removing, set_up, tear_down),
        cmocka_unit_test(test_other_names),
        cmocka_unit_test(test_words),
        cmocka_unit_test_setup_teardown(test_memory, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
