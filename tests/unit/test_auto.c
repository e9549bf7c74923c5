/* Features chosen from the columns of a log. */
#include "core/recipe/auto.h"

#include "tests/unit/unit.h"

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "tests/unit/logfile.h"

typedef const char *cell(unsigned row, char text[64]); /* a value of a column, by its row */

/* A CSV of one column and a row number that no recipe takes. */
static struct table *table_of(const char *name, cell *value, unsigned rows, char *path)
{
    struct buf text = BUF_INIT;
    struct table *t;
    char one[64];
    buf_printf(&text, "n,%s\n", name);
    for (unsigned i = 0; i < rows; i++)
        buf_printf(&text, "%u,%s\n", i, value(i, one));
    t = log_load(buf_text(&text), path);
    buf_release(&text);
    return t;
}

static const char *number(char text[64], unsigned long long x)
{
    (void)snprintf(text, 64, "%llu", x);
    return text;
}

static unsigned mixed(unsigned row)
{
    return row * 2654435761u >> 16;
}

static const char *even(unsigned row, char text[64])
{
    return number(text, mixed(row) % 1000);
}

static const char *skewed(unsigned row, char text[64])
{
    return number(text, row % 50 == 0 ? 1000000 + mixed(row) % 500 : mixed(row) % 300);
}

static const char *negative(unsigned row, char text[64])
{
    (void)snprintf(text, 64, "%d", row % 50 == 0 ? 1000000 : (int)(mixed(row) % 300) - 5);
    return text;
}

static const char *codes(unsigned row, char text[64])
{
    return number(text, 200 + row % 5 * 100);
}

static const char *big_codes(unsigned row, char text[64])
{
    return number(text, 1000 + row % 5);
}

static const char *flag(unsigned row, char text[64])
{
    return number(text, row % 7 == 0);
}

static const char *ids(unsigned row, char text[64])
{
    return number(text, row * 7919ull % 1000003);
}

static const char *rising(unsigned row, char text[64])
{
    (void)snprintf(text, 64, "%u.5", row * 3);
    return text;
}

static const char *same(unsigned row, char text[64])
{
    (void)row;
    return number(text, 7);
}

static const char *kinds(unsigned row, char text[64])
{
    (void)snprintf(text, 64, "kind%u", row % 9);
    return text;
}

static const char *presence(unsigned row, char text[64])
{
    (void)text;
    return row % 9 == 0 ? "yes" : "";
}

static const char *long_tail(unsigned row, char text[64])
{
    (void)snprintf(text, 64, row % 20 == 0 ? "rare%u" : "k%u", row % 20 == 0 ? row : row % 4);
    return text;
}

static const char *names(unsigned row, char text[64])
{
    (void)snprintf(text, 64, "name%u", row % 200);
    return text;
}

static const char *addresses(unsigned row, char text[64])
{
    (void)snprintf(text, 64, "10.0.0.%u", row % 5);
    return text;
}

static const char *mostly_numbers(unsigned row, char text[64])
{
    return row == 100 ? "n/a" : number(text, mixed(row) % 300);
}

/* What the recipe becomes, features separated by blanks; "" on an error, which err then holds. */
static char *expanded(const char *recipe, const struct table *t, struct notices *notices,
                      struct err *err)
{
    struct recipe r = recipe_of(recipe);
    struct buf out = BUF_INIT;
    size_t before = r.n_features;
    if (recipe_expand(&r, t, notices, NULL, err) != 0)
        assert_int_equal(r.n_features, before);
    else
        for (size_t i = 0; i < r.n_features; i++)
            buf_printf(&out, "%s%s", i == 0 ? "" : " ", r.feature[i].text);
    recipe_release(&r);
    return out.len == 0 ? mem_string("") : buf_take(&out);
}

static void columns_become_what_they_are_good_for(void **state)
{
    static const struct {
        const char *name;
        cell *value;
        const char *want;
    } cases[] = {
        {"x", even, "num(x)"},
        {"x", skewed, "log(x)"},
        {"x", negative, "num(x)"},
        {"x", codes, "onehot(x)"},
        {"x", big_codes, "num(x)"},
        {"x", flag, "num(x)"},
        {"x", ids, ""},
        {"x", rising, ""},
        {"x", same, ""},
        {"x", kinds, "onehot(x)"},
        {"x", presence, "onehot(x)"},
        {"x", long_tail, "onehot(x)"},
        {"x", names, ""},
        {"x", addresses, ""},
        {"x", mostly_numbers, "num(x)"},
        {"label", kinds, ""},
        {"DetailedLabel", kinds, ""},
        {"uid", kinds, ""},
        {"ts", even, ""},
        {"id.orig_p", even, ""},
        {"id.resp_p", even, "port_class(id.resp_p)"},
        {"id.resp_p", codes, "onehot(id.resp_p)"},
        {"dstport", codes, "onehot(id.resp_p)"},
        {"two words", even, "num(two words)"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char path[64];
        struct notices notices = {.n = 0};
        struct err err = ERR_INIT;
        struct table *t = table_of(cases[i].name, cases[i].value, 1000, path);
        char *got = expanded("feature = auto\n", t, &notices, &err);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("case %zu, %s: %s, not %s", i, cases[i].name, got, cases[i].want);
        assert_int_equal(err.code, cases[i].want[0] == '\0' ? ERR_DATA : ERR_OK);
        assert_int_equal(notices.n, 0);
        mem_free(got);
        table_unref(t);
        unlink(path);
    }
}

static void names_that_a_recipe_cannot_hold_are_told(void **state)
{
    char path[64];
    struct notices notices = {.n = 0};
    struct err err = ERR_INIT;
    struct table *t = log_load("\"a(b)\",\"c,d\",e\n5,8,1\n3,1,2\n9,7,4\n2,3,1\n", path);
    char *got = expanded("feature = auto\n", t, &notices, &err);
    (void)state;
    assert_string_equal(got, "num(e)");
    assert_int_equal(notices.n, 1);
    assert_string_equal(notices.text[0], "auto: a recipe cannot name the column a(b), c,d");
    mem_free(got);
    notices_release(&notices);
    table_unref(t);
    unlink(path);
}

static void times_by_other_names_are_left_out(void **state)
{
    struct buf text = BUF_INIT;
    char path[64];
    struct notices notices = {.n = 0};
    struct err err = ERR_INIT;
    struct table *t;
    char *got;
    (void)state;
    buf_add_text(&text, "ts,written,load\n");
    for (unsigned i = 0; i < 200; i++)
        buf_printf(&text, "%u,%u.5,%u\n", 1700000000 + i, 1700000000 + i * 7 % 200, mixed(i) % 300);
    t = log_load(buf_text(&text), path);
    got = expanded("feature = auto\n", t, &notices, &err);
    assert_string_equal(got, "num(load)");
    mem_free(got);
    buf_release(&text);
    table_unref(t);
    unlink(path);
}

/* A code and its name, a second name that differs in one row of those that are not like most. */
static void one_stays_of_columns_that_say_the_same(void **state)
{
    static const char *const name[] = {"OK", "NXDOMAIN", "SERVFAIL"};
    struct buf text = BUF_INIT;
    char path[64];
    struct notices notices = {.n = 0};
    struct err err = ERR_INIT;
    struct table *t;
    char *got;
    (void)state;
    buf_add_text(&text, "rcode,rcode_name,other,kind\n");
    for (unsigned i = 0; i < 1000; i++) {
        unsigned code = i % 10 == 0 ? 1 + i / 10 % 2 : 0;
        buf_printf(&text, "%u,%s,%s,k%u\n", code, name[code], i == 70 || i == 90 ? "x" : name[code],
                   i % 3);
    }
    t = log_load(buf_text(&text), path);
    got = expanded("feature = auto\n", t, &notices, &err);
    assert_string_equal(got, "onehot(rcode_name) onehot(other) onehot(kind)");
    mem_free(got);
    buf_release(&text);
    table_unref(t);
    unlink(path);
}

static void own_features_keep_their_places_and_weights(void **state)
{
    char path[64];
    struct notices notices = {.n = 0};
    struct err err = ERR_INIT;
    struct table *t = log_load("a,b,c\n5,8,1\n3,1,2\n9,7,4\n2,3,1\n", path);
    char *got =
        expanded("feature = 3 * num(b)\nfeature = 2 * auto\nfeature = log(a)\n", t, &notices, &err);
    (void)state;
    assert_string_equal(got, "3 * num(b) 2 * num(a) 2 * num(c) log(a)");
    mem_free(got);
    got = expanded("feature = log(a)\n", t, &notices, &err);
    assert_string_equal(got, "log(a)");
    mem_free(got);
    table_unref(t);
    unlink(path);
}

static void too_many_columns_are_told(void **state)
{
    struct buf text = BUF_INIT;
    char path[64];
    struct notices notices = {.n = 0};
    struct err err = ERR_INIT;
    struct recipe r = recipe_of("feature = auto\n");
    struct table *t;
    (void)state;
    for (unsigned i = 0; i < 70; i++)
        buf_printf(&text, "%sc%u", i == 0 ? "" : ",", i);
    for (unsigned row = 0; row < 5; row++)
        for (unsigned i = 0; i < 70; i++)
            buf_printf(&text, "%s%u", i == 0 ? "\n" : ",", (row * 3 + i) % 5);
    buf_add_text(&text, "\n");
    t = log_load(buf_text(&text), path);
    assert_int_equal(recipe_expand(&r, t, &notices, NULL, &err), 0);
    assert_int_equal(r.n_features, RECIPE_MAX_FEATURES);
    assert_int_equal(notices.n, 1);
    assert_non_null(strstr(notices.text[0], "6 columns are left out"));
    notices_release(&notices);
    recipe_release(&r);
    buf_release(&text);
    table_unref(t);
    unlink(path);
}

static void short_memory_is_an_error(void **state)
{
    char path[64];
    struct table *t = table_of("x", kinds, 100, path);
    (void)state;
    for (int i = 1;; i++) {
        struct recipe r = recipe_of("feature = auto\n");
        struct notices notices = {.n = 0};
        struct err err = ERR_INIT;
        int rc;
        mem_fail_at((uint64_t)i, false);
        rc = recipe_expand(&r, t, &notices, NULL, &err);
        mem_fail_at(0, false);
        recipe_release(&r);
        notices_release(&notices);
        if (rc == 0)
            break;
        assert_int_equal(err.code, ERR_LIMIT);
        assert_true(i < 200);
    }
    table_unref(t);
    unlink(path);
}

static void the_kind_of_log_settles_the_recipe(void **state)
{
    static const struct {
        const char *fields;
        bool conn;
    } cases[] = {
        {"id.orig_h\tid.resp_h\tconn_state", true},
        {"id.orig_h\tid.resp_h\tproto\tduration", true},
        {"src_ip\tdst_ip\torig_bytes", true},
        {"id.orig_h\tid.resp_h\tproto\tquery", false},
        {"id.orig_h\tconn_state\torig_bytes", false},
        {"ts\tuid\tduration", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct recipe r = recipe_of("log = conn\nfeature = pair_count\n");
        struct schema s;
        struct err err = ERR_INIT;
        struct span rest = span_of(cases[i].fields);
        schema_init(&s);
        while (rest.len > 0) {
            const char *tab = memchr(rest.ptr, '\t', rest.len);
            size_t len = tab == NULL ? rest.len : (size_t)(tab - rest.ptr);
            assert_true(schema_add(&s, span_make(rest.ptr, len), COL_STRING, &err) >= 0);
            rest = tab == NULL ? span_make("", 0) : span_make(tab + 1, rest.len - len - 1);
        }
        r.otherwise = mem_alloc(1, sizeof *r.otherwise);
        *r.otherwise = recipe_of("feature = auto\n");
        assert_int_equal(schema_is_conn(&s), cases[i].conn);
        recipe_settle(&r, &s);
        assert_null(r.otherwise);
        assert_string_equal(r.feature[0].text, cases[i].conn ? "pair_count" : "auto");
        recipe_settle(&r, &s);
        assert_int_equal(recipe_has_auto(&r), !cases[i].conn);
        recipe_release(&r);
        schema_release(&s);
    }
}

/* The first of a chain that suits: conn, a kind of log by the fields it needs, whatever there is. */
static void the_first_that_suits(void **state)
{
    static const struct {
        const char *fields[4], *name;
    } cases[] = {
        {{"id.orig_h", "id.resp_h", "conn_state", "query"}, "pair_count"},
        {{"id.orig_h", "id.resp_h", "query", "rcode_name"}, "length(query)"},
        {{"id.orig_h", "id.resp_h", "query", "rcode"}, "auto"},
        {{"a", "b", "c", "d"}, "auto"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct recipe r = recipe_of("log = conn\nfeature = pair_count\n");
        struct schema s;
        struct err err = ERR_INIT;
        schema_init(&s);
        for (size_t f = 0; f < ARRAY_LEN(cases[i].fields); f++)
            assert_true(schema_add(&s, span_of(cases[i].fields[f]), COL_STRING, &err) >= 0);
        r.otherwise = mem_alloc(1, sizeof *r.otherwise);
        *r.otherwise =
            recipe_of("log = dns\nfeature = length(query)\nfeature = rarity(rcode_name)\n");
        r.otherwise->otherwise = mem_alloc(1, sizeof *r.otherwise);
        *r.otherwise->otherwise = recipe_of("feature = auto\n");
        recipe_settle(&r, &s);
        assert_null(r.otherwise);
        assert_string_equal(r.feature[0].text, cases[i].name);
        recipe_release(&r);
        schema_release(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_become_what_they_are_good_for),
        cmocka_unit_test(the_first_that_suits),
        cmocka_unit_test(names_that_a_recipe_cannot_hold_are_told),
        cmocka_unit_test(times_by_other_names_are_left_out),
        cmocka_unit_test(one_stays_of_columns_that_say_the_same),
        cmocka_unit_test(own_features_keep_their_places_and_weights),
        cmocka_unit_test(too_many_columns_are_told),
        cmocka_unit_test(short_memory_is_an_error),
        cmocka_unit_test(the_kind_of_log_settles_the_recipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
