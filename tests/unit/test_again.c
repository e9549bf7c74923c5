/* The command that gives a clustering again: names quoted, only what differs said. */
#include "tui/model/again.h"

#include "core/base/mem.h"
#include "tests/unit/unit.h"

static struct table table_of(struct input *input, size_t n)
{
    return (struct table){.input = input, .n_inputs = n};
}

static void check(const struct hypothesis *h, const struct recipe *r, const struct table *t,
                  const char *command, const char *note)
{
    struct clustering c = {.recipe = *r, .k_asked = r->k};
    struct buf out = BUF_INIT, says = BUF_INIT;
    again_command(&out, &says, h, &c, t, 3);
    assert_string_equal(buf_text(&out), command);
    assert_string_equal(buf_text(&says), note);
    buf_release(&out);
    buf_release(&says);
}

static void test_changes_and_quotes(void **state)
{
    char plain[] = "conn.log", blank[] = "it's a log.gz", dash[] = "-x", in[] = "-", kind[] = "dns";
    struct input one[] = {{.path = plain}},
                 three[] = {{.path = plain}, {.path = blank}, {.path = dash}};
    struct input stdin_only[] = {{.path = in}}, many[9];
    struct table t = table_of(one, 1);
    struct hypothesis h = {.n_zooms = 0};
    struct recipe r;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(recipe_load(&r, "conn", &err), 0);
    check(&h, &r, &t, "minnow -b -r conn -k 48 -s 1 -c 3 -o cluster-3.csv conn.log", "");
    r.k = 7;
    r.seed = 9;
    r.starts = 5;
    r.max_iter = 20;
    assert_int_equal(recipe_set_where(&r, "not proto=\"icmp\" and note='x'", &err), 0);
    t = table_of(three, 3);
    check(&h, &r, &t,
          "minnow -b -r conn --where='not proto=\"icmp\" and note='\\''x'\\''' --starts=5 "
          "--max-iter=20"
          " -k 7 -s 9 -c 3 -o cluster-3.csv -- conn.log 'it'\\''s a log.gz' -x",
          "");
    /* What was not read is not named, and what of the log was asked for is. */
    three[0].state = INPUT_SKIPPED;
    three[1].kind = kind;
    three[1].format = "zeek-json";
    three[2].state = INPUT_FAILED;
    t.ranged = true;
    t.from_us = 1500000;
    t.to_us = INT64_MAX;
    assert_int_equal(recipe_set_where(&r, "", &err), 0);
    check(&h, &r, &t,
          "minnow -b -r conn --starts=5 --max-iter=20 -k 7 -s 9 -c 3 -o cluster-3.csv --path=dns "
          "--from=1.500000 'it'\\''s a log.gz'",
          "");
    assert_int_equal(recipe_set_features(&r, "log(duration),2 * hour(ts)", &err), 0);
    assert_int_equal(recipe_set_unit(&r, "host", &err), 0);
    assert_int_equal(recipe_set_scale(&r, "minmax", &err), 0);
    assert_int_equal(recipe_set_missing(&r, "drop", &err), 0);
    assert_int_equal(recipe_set_where(&r, "", &err), 0);
    t = table_of(stdin_only, 1);
    check(&h, &r, &t,
          "minnow -b -r conn --features='log(duration),2 * hour(ts)' --unit=host --scale=minmax "
          "--missing=drop --starts=5 --max-iter=20 -k 7 -s 9 -c 3 -o cluster-3.csv -",
          "");
    h.n_zooms = 1;
    check(&h, &r, &t, "",
          "# inside of a cluster, or without one: no command gives it, --resume does");
    recipe_release(&r);
    /* A recipe with a where of its own that was replaced. */
    assert_int_equal(recipe_load(&r, "exfil", &err), 0);
    assert_string_not_equal(r.where, "");
    h.n_zooms = 0;
    assert_int_equal(recipe_set_where(&r, "proto=udp", &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(many); i++)
        many[i] = (struct input){.path = plain};
    t = table_of(many, ARRAY_LEN(many));
    struct clustering c = {.recipe = r, .k_asked = r.k};
    struct buf out = BUF_INIT, says = BUF_INIT;
    again_command(&out, &says, &h, &c, &t, 1);
    assert_non_null(strstr(buf_text(&out), "minnow -b -r exfil"));
    assert_non_null(strstr(buf_text(&out), " -o cluster-1.csv conn.log ..."));
    assert_string_equal(buf_text(&says),
                        "# here the recipe's own where was replaced; --where only narrows it");
    buf_release(&out);
    buf_release(&says);
    recipe_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes_and_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
