/* The grammar of JSON, and the JSON lines of Zeek: every form of value, key and row. */
#include "tests/unit/load_fixture.h"

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "core/format/json_row.h"

/* ---- the grammar ---- */

static void strings(void **state)
{
    static const struct {
        const char *text, *want; /* NULL: no string */
    } cases[] = {
        {"\"\"", ""},
        {"\"a\"", "a"},
        {"\"12345678\"", "12345678"},
        {"\"1234567\\\\\"", "1234567\\"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"\\u0041\\u00e4\\u20AC\\uFFFF\"", "A\xc3\xa4\xe2\x82\xac\xef\xbf\xbf"},
        {"\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80"},
        {"\"\\uDBFF\\uDFFF\"", "\xf4\x8f\xbf\xbf"},
        {"\"\\ud7ff\\ue000\"", "\xed\x9f\xbf\xee\x80\x80"},
        {"\"\xff\xc3\x7f\"", "\xff\xc3\x7f"},
        {"\"\\ud800\"", NULL},
        {"\"\\ud800x\"", NULL},
        {"\"\\ud800\\n\"", NULL},
        {"\"\\ud800\\u0041\"", NULL},
        {"\"\\ud800\\ud800\"", NULL},
        {"\"\\udc00\"", NULL},
        {"\"\\udc00\\ud800\"", NULL},
        {"\"\\u12\"", NULL},
        {"\"\\u12g4\"", NULL},
        {"\"\\x41\"", NULL},
        {"\"\\'\"", NULL},
        {"\"\\", NULL},
        {"\"\\\"", NULL},
        {"\"abc", NULL},
        {"\"12345678", NULL},
        {"\"a\tb\"", NULL},
        {"\"a\x1f\"", NULL},
        {"\"1234\x01"
         "678\"",
         NULL},
        {"a", NULL},
        {"", NULL},
    };
    struct buf out = BUF_INIT;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct json j = {cases[i].text, cases[i].text + strlen(cases[i].text), false};
        struct span raw;
        bool escapes, good = json_take_string(&j, &raw, &escapes);
        if (good != (cases[i].want != NULL))
            fail_msg("%s", cases[i].text);
        if (!good)
            continue;
        buf_clear(&out);
        json_decode(raw, &out);
        assert_string_equal(buf_text(&out), cases[i].want);
        assert_true(out.len <= raw.len);
        assert_int_equal(escapes, memchr(raw.ptr, '\\', raw.len) != NULL);
        assert_ptr_equal(j.p, j.end);
    }
    buf_release(&out);
}

/* A NUL and every other control byte, at every place of a word. */
static void control_bytes(void **state)
{
    (void)state;
    for (size_t at = 0; at < 20; at++) {
        for (int c = 0; c < 256; c++) {
            char text[22];
            struct json j = {text, text + sizeof text, false};
            struct span raw;
            bool escapes, good;
            memset(text, 'x', sizeof text);
            text[0] = text[21] = '"';
            text[1 + at] = (char)c;
            good = json_take_string(&j, &raw, &escapes);
            assert_int_equal(good, c >= 0x20 && c != '\\');
            if (good)
                assert_int_equal(raw.len, c == '"' ? at : 20);
        }
    }
}

static void values(void **state)
{
    static const char *const good[] = {"0",
                                       "-0",
                                       "1",
                                       "10",
                                       "-12.5",
                                       "0.001",
                                       "1e5",
                                       "1E+05",
                                       "1e-5",
                                       "1.5e300",
                                       "1e999",
                                       "true",
                                       "false",
                                       "null",
                                       "\"x\"",
                                       "[]",
                                       "{}",
                                       "[ ]",
                                       "{ }",
                                       "[1,\"a\",[true],{}]",
                                       "{\"a\":1,\"b\":{\"c\":[null]}}",
                                       " 1",
                                       "{\"a\" : 1 , \"b\" : 2}",
                                       "{\"\":0}"};
    static const char *const bad[] = {"",           " ",
                                      "01",         "-",
                                      "-a",         "+1",
                                      ".5",         "5.",
                                      "1e",         "1e+",
                                      "0x10",       "inf",
                                      "NaN",        "-Infinity",
                                      "tru",        "True",
                                      "nul",        "[",
                                      "]",          "[1",
                                      "[1,",        "[1,]",
                                      "[,1]",       "[1 2]",
                                      "{",          "{\"a\"",
                                      "{\"a\":",    "{\"a\":1",
                                      "{\"a\":1,",  "{\"a\":1,}",
                                      "{\"a\" 1}",  "{a:1}",
                                      "{1:1}",      "{\"a\":1 \"b\":2}",
                                      "{\"a\"::1}", "'a'",
                                      "[1}",        "{\"a\":1]"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct json j = {good[i], good[i] + strlen(good[i]), false};
        if (!json_skip(&j, 0) || j.p != j.end)
            fail_msg("%s", good[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct json j = {bad[i], bad[i] + strlen(bad[i]), false};
        if (json_skip(&j, 0) && j.p == j.end)
            fail_msg("%s", bad[i]);
    }
}

/* ---- rows as fields ---- */

static char *const names[] = {"ts", "id.orig_h", "n", "flag", "set", "q\"uote", "_path", "a.b.c"};

static struct layout *make_layout(const char *path)
{
    struct err err = ERR_INIT;
    struct layout *l = layout_make(&format_zeek_json, ARRAY_LEN(names), '\t', "-", "(empty)", &err);
    assert_non_null(l);
    l->own = json_keys_new(names, ARRAY_LEN(names), span_of(path), false, &l->own_bytes);
    assert_non_null(l->own);
    return l;
}

/* The fields by the format's own rule, decoded, joined by `|`; "bad" for what is no row. */
static const char *pieces(const struct layout *l, struct span row)
{
    static struct buf out;
    struct field f[ARRAY_LEN(names)];
    struct buf scratch = BUF_INIT, decoded = BUF_INIT;
    size_t n = format_zeek_json.split(l, row, f, ARRAY_LEN(names), &scratch);
    buf_clear(&out);
    if (n != ARRAY_LEN(names))
        buf_add_text(&out, "bad");
    for (size_t i = 0; n == ARRAY_LEN(names) && i < n; i++) {
        if (i > 0)
            buf_add_char(&out, '|');
        if (f[i].state == FIELD_UNSET)
            continue;
        if (f[i].state == FIELD_EMPTY)
            buf_add_text(&out, "<empty>");
        else
            buf_add_span(&out, field_decode(&f[i], &decoded));
    }
    buf_release(&scratch);
    buf_release(&decoded);
    return buf_text(&out);
}

static void rows_as_fields(void **state)
{
    static const struct {
        const char *row, *fields;
    } cases[] = {
        {"{}", "|||||||"},
        {" { } ", "|||||||"},
        {"{\"ts\":1.5,\"id.orig_h\":\"10.0.0.1\",\"n\":7,\"flag\":true,\"set\":[\"a\",\"b\"]}",
         "1.5|10.0.0.1|7|T|a,b|||"},
        {"{\"set\":[],\"flag\":false,\"n\":null,\"ts\":2}", "2|||F|<empty>|||"},
        {"\t{ \"ts\" : 1 , \"n\" : -2e5 } \r", "1||-2e5|||||"},
        /* names: nested, escaped, unknown */
        {"{\"id\":{\"orig_h\":\"::1\",\"x\":[1,{}]},\"n\":1}", "|::1|1|||||"},
        {"{\"id\":{},\"n\":1}", "||1|||||"},
        {"{\"id\":null,\"n\":1}", "||1|||||"},
        {"{\"a\":{\"b\":{\"c\":\"deep\"},\"c\":0}}", "|||||||deep"},
        {"{\"a.b\":{\"c\":\"dot\"}}", "|||||||dot"},
        {"{\"\\u0074s\":3,\"q\\\"uote\":\"q\"}", "3|||||q||"},
        {"{\"q\"uote\":1}", "bad"},
        {"{\"other\":{\"deep\":[[[1]]]},\"\":1,\"n\":4}", "||4|||||"},
        {"{\"t\":1,\"tss\":2,\"ts\":3}", "3|||||||"},
        /* of equal keys the last counts */
        {"{\"n\":1,\"n\":2}", "||2|||||"},
        {"{\"n\":1,\"n\":null}", "|||||||"},
        {"{\"id\":{\"orig_h\":\"a\"},\"id.orig_h\":\"b\"}", "|b||||||"},
        /* strings */
        {"{\"n\":\"a\\tb\\u00e4\",\"set\":\"\"}", "||a\tb\xc3\xa4||<empty>|||"},
        {"{\"n\":\"-\",\"set\":\"(empty)\"}", "||-||(empty)|||"},
        {"{\"n\":\"\\\\x41\"}", "||\\x41|||||"},
        /* arrays */
        {"{\"set\":[1,-2.5,true,null,\"x,y\",\"\\u0041\"]}", "||||1,-2.5,T,-,x,y,A|||"},
        {"{\"set\":[ [1, 2] , {\"k\":\"v\"} ]}", "||||[1, 2],{\"k\":\"v\"}|||"},
        {"{\"set\":[\"-\"]}", "||||-|||"},
        {"{\"set\":[1,]}", "bad"},
        {"{\"set\":[1 2]}", "bad"},
        {"{\"set\":[\"\\ud800\"]}", "bad"},
        /* times */
        {"{\"ts\":1700000000}", "1700000000|||||||"},
        {"{\"ts\":1700000000.1234567}", "1700000000.1234567|||||||"},
        {"{\"ts\":1700000000123}", "1700000000.123|||||||"},
        {"{\"ts\":1700000000123.4567}", "1700000000.1234567|||||||"},
        {"{\"ts\":253402300799}", "253402300799|||||||"},
        {"{\"ts\":253402300800}", "253402300.800|||||||"},
        {"{\"ts\":253402300799999}", "253402300799.999|||||||"},
        {"{\"ts\":253402300800000}", "253402300800000|||||||"},
        {"{\"ts\":1e18}", "1e18|||||||"},
        {"{\"ts\":-1}", "-1|||||||"},
        {"{\"ts\":1.7000000001255E9}", "1700000000.125500|||||||"},
        {"{\"ts\":1.700000000125e12}", "1700000000.125000|||||||"},
        {"{\"ts\":\"2023-11-14T22:13:20Z\"}", "1700000000.000000|||||||"},
        {"{\"ts\":\"2023-11-14T22:13:20.1234565Z\"}", "1700000000.123457|||||||"},
        {"{\"ts\":\"2023-11-15T00:13:20.5+02:00\"}", "1700000000.500000|||||||"},
        {"{\"ts\":\"2023-11-14T22:13:20.5+0000\"}", "1700000000.500000|||||||"},
        {"{\"ts\":\"1700000000.5\"}", "1700000000.5|||||||"},
        {"{\"ts\":\"yesterday\"}", "yesterday|||||||"},
        {"{\"ts\":\"-\"}", "-|||||||"},
        {"{\"ts\":true}", "T|||||||"},
        /* what stands around the object */
        {"conn - {\"n\":1}", "||1|||||"},
        {"Nov 24 host zeek[1]: {\"n\":1}", "||1|||||"},
        {"{\"n\":1} ", "||1|||||"},
        {"{\"n\":1}x", "bad"},
        {"{\"n\":1},", "bad"},
        {"{\"n\":1}{\"n\":2}", "bad"},
        {"{\"n\":1} {\"n\":2}", "bad"},
        {"[{\"n\":1}]", "bad"},
        {"{\"n\":1", "bad"},
        {"{\"n\":01}", "bad"},
        {"{\"n\":nul}", "bad"},
        {"{\"n\":}", "bad"},
        {"{\"n\" 1}", "bad"},
        {"{", "bad"},
        {"no object", "bad"},
        {"", "bad"},
    };
    struct layout *l = make_layout("");
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *got = pieces(l, span_of(cases[i].row));
        if (strcmp(got, cases[i].fields) != 0)
            fail_msg("%s -> %s, not %s", cases[i].row, got, cases[i].fields);
    }
    layout_free(l);
}

static void depth(void **state)
{
    struct layout *l = make_layout("");
    struct buf row = BUF_INIT;
    (void)state;
    for (size_t kind = 0; kind < 3; kind++) {
        static const char *const open[] = {"[", "{\"k\":", "{\"set\":"}, *const close[] = {"]", "}",
                                                                                           "}"};
        for (size_t n = 62; n <= 65; n++) {
            buf_clear(&row);
            buf_add_text(&row, "{\"set\":");
            for (size_t i = 0; i < n; i++)
                buf_add_text(&row, open[kind]);
            buf_add_text(&row, "1");
            for (size_t i = 0; i < n; i++)
                buf_add_text(&row, close[kind]);
            buf_add_text(&row, ",\"n\":5}");
            if ((strcmp(pieces(l, buf_span(&row)), "bad") == 0) != (n > JSON_MOST_DEPTH - 1))
                fail_msg("%zu inside each other", n + 1);
        }
    }
    buf_release(&row);
    layout_free(l);
}

static void which_log(void **state)
{
    static const struct {
        const char *row;
        bool taken;
    } cases[] = {
        {"{\"_path\":\"conn\",\"n\":1}", true},
        {"{\"n\":1,\"_path\":\"conn\"}", true},
        {"{\"_path\":\"dns\",\"n\":1}", false},
        {"{\"n\":1}", true},
        {"conn - {\"n\":1}", true},
        {"dns - {\"n\":1}", false},
        {"dns: {\"n\":1}", false},
        {"dns{\"n\":1}", false},
        {"some words {\"n\":1}", true},
        {"dns {\"_path\":\"conn\"}", true},
        {"{\"_path\":\"\"}", true},
        {"{\"_path\":\"-\"}", false},
    };
    struct layout *l = make_layout("conn");
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if ((strcmp(pieces(l, span_of(cases[i].row)), "bad") != 0) != cases[i].taken)
            fail_msg("%s", cases[i].row);
    }
    layout_free(l);
}

/* Any members in any order, spelled in any way: what is read is what was written. */
static void any_order(void **state)
{
    struct layout *l = make_layout("");
    struct buf row = BUF_INIT, want = BUF_INIT;
    struct rng rng;
    (void)state;
    rng_init(&rng, 9, 0);
    for (int round = 0; round < 3000; round++) {
        static const char *const key[] = {"\"ts\"",  "\"id.orig_h\"", "\"n\"",        "\"\\u006e\"",
                                          "\"set\"", "\"new\"",       "\"q\\\"uote\""};
        static const size_t at[] = {0, 1, 2, 2, 4, 99, 5};
        int value[ARRAY_LEN(names)] = {0};
        size_t n = rng_u64(&rng) % 10;
        buf_clear(&row);
        buf_clear(&want);
        buf_add_char(&row, '{');
        for (size_t i = 0; i < n; i++) {
            size_t k = rng_u64(&rng) % ARRAY_LEN(key);
            int x = 1 + (int)(rng_u64(&rng) % 1000);
            buf_printf(&row, "%s%s:%s%d%s", i == 0 ? "" : ",", key[k], k == 1 ? "\"" : "", x,
                       k == 1 ? "\"" : "");
            if (at[k] < ARRAY_LEN(names))
                value[at[k]] = x;
        }
        buf_add_char(&row, '}');
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
            buf_add_text(&want, i == 0 ? "" : "|");
            if (value[i] != 0)
                buf_printf(&want, "%d", value[i]);
        }
        if (strcmp(pieces(l, buf_span(&row)), buf_text(&want)) != 0)
            fail_msg("%s -> %s, not %s", buf_text(&row), pieces(l, buf_span(&row)),
                     buf_text(&want));
    }
    buf_release(&row);
    buf_release(&want);
    layout_free(l);
}

/* ---- whole logs ---- */

static void add_json(struct buf *b, unsigned i, const char *more)
{
    buf_printf(b,
               "{\"ts\":%u.%06u,\"id.orig_h\":\"10.0.0.%u\",\"id\":{\"resp_h\":\"192.168.1.%u\"},"
               "\"orig_bytes\":%u%s}\n",
               1331901000 + i, i % 1000000, i % 251, i % 13, i * 37, more);
}

/* Columns come and go, rows are broken, and no size of chunk makes a difference. */
static void chunks_do_not_matter(void **state)
{
    struct buf file = BUF_INIT;
    struct table *t;
    (void)state;
    for (unsigned i = 0; i < 1500; i++) {
        char more[64];
        (void)snprintf(more, sizeof more, ",\"k%u\":\"v%u\"", i / 50, i);
        add_json(&file, i, i % 3 == 0 ? more : i % 7 == 0 ? ",\"conn_state\":\"S\\u0046\"" : "");
        if (i % 100 == 50)
            buf_add_text(&file, i % 200 == 50 ? "{\"broken\":}\n\n" : "# remark\r\n{}\r\n");
    }
    buf_add_text(&file, "{\"ts\":5,\"last\":true}");
    t = load_one(put_buf("rows.json", &file), 0, 1);
    assert_int_equal(t->n_rows, 1508);
    assert_int_equal(t->rows_rejected, 8);
    assert_int_equal(t->schema.n, 36);
    assert_int_equal(t->notices.n, 0);
    assert_int_equal(t->schema.col[schema_find(&t->schema, span_of("last"))].type, COL_BOOL);
    assert_string_equal(text_at(t, 1507, "last"), "T");
    assert_string_equal(text_at(t, 0, "last"), "-");
    assert_string_equal(text_at(t, 1499, "k29"), "-");
    assert_string_equal(text_at(t, 7, "conn_state"), "SF");
    assert_string_equal(text_at(t, 3, "id.resp_h"), "192.168.1.3");
    table_unref(t);
    same_for_all_chunks(in_dir("rows.json"));
    buf_release(&file);
}

static void types(void **state)
{
    static const struct {
        const char *name;
        enum col_type type;
    } cases[] = {{"ts", COL_TIME},     {"src_ip", COL_ADDR},     {"x", COL_DOUBLE},
                 {"yes", COL_BOOL},    {"list", COL_SET},        {"word", COL_STRING},
                 {"both", COL_STRING}, {"orig_bytes", COL_COUNT}};
    struct table *t = load_one(
        put_text("types.json", "{\"ts\":1,\"src_ip\":\"::1\",\"x\":1,\"yes\":true,\"list\":[1],"
                               "\"word\":\"w\",\"both\":1,\"never\":null,\"orig_bytes\":1}\n"
                               "{\"x\":2.5,\"both\":\"a\",\"yes\":null}\n"),
        0, 1);
    (void)state;
    assert_int_equal(t->schema.n, ARRAY_LEN(cases));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(t->schema.col[schema_find(&t->schema, span_of(cases[i].name))].type,
                         cases[i].type);
    assert_int_equal(t->schema.by_role[ROLE_ORIG_H], 1);
    table_unref(t);
}

/* 3,000 keys: 1,024 are columns, the rows all load. */
static void too_many_columns(void **state)
{
    struct buf file = BUF_INIT;
    struct table *t;
    (void)state;
    for (unsigned i = 0; i < 1500; i++)
        buf_printf(&file, "{\"orig_bytes\":%u,\"key%u\":1,\"other%u\":2}\n", i, i, i);
    t = load_one(put_buf("many.json", &file), 0, 3);
    assert_int_equal(t->n_rows, 1500);
    assert_int_equal(t->schema.n, SCHEMA_MAX_COLUMNS);
    assert_true(has_notice(t, "more than 1024 columns"));
    assert_string_equal(text_at(t, 1499, "orig_bytes"), "1499");
    table_unref(t);
    buf_release(&file);
}

/* A long row: its first bytes hold no whole row, so that all columns come late. */
static void long_rows(void **state)
{
    struct buf file = BUF_INIT;
    struct table *t;
    static const size_t length[] = {70000, FORMAT_MAX_LINE, FORMAT_MAX_LINE + 1};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(length); i++) {
        buf_add_text(&file, "{\"orig_bytes\":1,\"note\":\"");
        for (size_t n = 26; n < length[i]; n++)
            buf_add_char(&file, 'x');
        buf_add_text(&file, "\"}\n");
    }
    t = load_one(put_buf("long.json", &file), 0, 1);
    assert_int_equal(t->n_rows, 2);
    assert_int_equal(t->reject[REJECT_TOO_LONG].count, 1);
    assert_int_equal(strlen(text_at(t, 1, "note")), FORMAT_MAX_LINE - 26);
    table_unref(t);
    same_for_all_chunks(in_dir("long.json"));
    buf_release(&file);
}

/* conn is read wherever it is; else the commonest that names an originator; else the commonest. */
static void the_chosen_log(void **state)
{
    static const struct {
        const char *text, *chosen;
        uint64_t rows;
    } cases[] = {
        {"{\"_path\":\"dns\",\"id.orig_h\":\"::1\"}\n{\"_path\":\"dns\"}\n{\"_path\":\"conn\"}\n",
         "conn", 1},
        {"{\"@stream\":\"stats\"}\n{\"@stream\":\"stats\"}\n{\"@stream\":\"dns\",\"src\":\"::1\"}"
         "\n",
         "dns", 1},
        {"{\"_path\":\"stats\"}\n{\"_path\":\"mem\"}\n{\"_path\":\"mem\"}\n", "mem", 2},
        {"{\"_path\":\"a\"}\n{\"_path\":\"b\"}\n", "a", 1},
        {"x - {\"n\":1}\nconn - {\"n\":1}\nx - {\"n\":1}\n{\"n\":3}\n", "conn", 2},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char part[64];
        struct table *t = load_one(put_text("logs.json", cases[i].text), 0, 1);
        (void)snprintf(part, sizeof part, "the rows of %s are read", cases[i].chosen);
        assert_true(has_notice(t, part));
        assert_int_equal(t->n_rows, cases[i].rows);
        assert_int_equal(t->rows_rejected, t->reject[REJECT_OTHER_LOG].count);
        table_unref(t);
    }
}

/* Without memory at any place a load ends with an error, or is complete. */
static void memory_runs_out(void **state)
{
    struct buf file = BUF_INIT;
    const char *path;
    struct err err;
    uint64_t all;
    (void)state;
    for (unsigned i = 0; i < 20; i++)
        add_json(&file, i, i == 3 ? ",\"a\\u0062\":[1,2]" : ",\"_path\":\"conn\"");
    path = put_buf("memory.json", &file);
    mem_fail_at(0, false);
    table_unref(try_load(path, 0, 1, &err));
    all = mem_requests();
    for (uint64_t n = 1; n <= all; n++) {
        struct table *t;
        mem_fail_at(n, true);
        t = try_load(path, 0, 1, &err);
        mem_fail_at(0, false);
        assert_true(t == NULL ? err.code == ERR_LIMIT : t->n_rows <= 20);
        table_unref(t);
    }
    buf_release(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings),         cmocka_unit_test(control_bytes),
        cmocka_unit_test(values),          cmocka_unit_test(rows_as_fields),
        cmocka_unit_test(depth),           cmocka_unit_test(which_log),
        cmocka_unit_test(any_order),       cmocka_unit_test(chunks_do_not_matter),
        cmocka_unit_test(types),           cmocka_unit_test(too_many_columns),
        cmocka_unit_test(long_rows),       cmocka_unit_test(the_chosen_log),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
