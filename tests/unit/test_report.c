/* The reports in their three forms. */
#include "tests/unit/conn_fixture.h"

#include "core/base/clean.h"
#include "core/export/json_write.h"
#include "core/export/report.h"

static const char *const rows[] = {
    "1332008626.96\t10.0.0.1\t4001\t10.0.0.9\t80\ttcp\thttp\t1\t100\t900\tSF",
    "1332008627\t10.0.0.1\t4002\t10.0.0.9\t80\ttcp\thttp\t1\t100\t900\tSF",
    "1332008628\t10.0.0.1\t4003\t10.0.0.9\t80\ttcp\thttp\t1\t100\t900\tSF",
    "-\tfe80::1\t134\tff02::1\t133\ticmp\t-\t-\t-\t-\tOTH",
    "1332008630.5\t10.0.0.4\t1\t10.0.0.5\t2\ttcp\t-\t-\t1\t1\tREJ", /* excluded */
};
static const uint8_t labels[] = {1, 1, 1, 0, 255};
static const double values[] = {4, 4, 4, 0, 0};

struct world {
    struct table *t;
    struct fixture_clustering f;
    struct report_facts facts;
};

static void world_init(struct world *w)
{
    struct err err = ERR_INIT;
    w->t = fixture_table(rows, ARRAY_LEN(rows));
    fixture_clustering(&w->f, w->t, labels, values, 2);
    w->f.c.iterations = 3;
    w->f.c.converged = true;
    w->f.c.inertia = 0.25;
    w->f.c.seconds = 0.5;
    mem_free(w->f.c.recipe.name);
    w->f.c.recipe.name = mem_string("hand\x1b[2Jmade");
    w->f.c.feature = mem_alloc(1, sizeof *w->f.c.feature);
    w->f.c.feature[0] = mem_string("log(orig_bytes)");
    w->f.c.n_features = 1;
    notices_add(&w->f.c.notices, "a notice with a bell \x07");
    assert_int_equal(fixture_profile(&w->f, w->t, NULL, NULL, &err), 0);
    w->facts = (struct report_facts){
        .table = w->t, .clustering = &w->f.c, .load_seconds = 0.125, .time_style = TIME_AS_UTC};
}

static void world_release(struct world *w)
{
    mem_free(w->f.c.feature[0]);
    mem_free(w->f.c.feature);
    fixture_clustering_free(&w->f);
    table_unref(w->t);
}

static void test_text(void **state)
{
    struct world w;
    struct buf out = BUF_INIT;
    (void)state;
    world_init(&w);
    report_text(&out, &w.facts);
    assert_string_equal(
        buf_text(&out),
        "conn.log: zeek-tsv, 5 rows, 2012-03-17 18:23:46Z to 18:23:50Z\n"
        "5 rows read, 5 loaded, 0 rejected, 1 filtered out\n"
        "recipe hand\\x1b[2Jmade, k 2, seed 1, starts 4\n"
        "note: a notice with a bell \\x07\n"
        "\n"
        "  #  rows     share  log bar     why\n"
        "  1     1    25.0 %  #####       fe80::1 -> ff02::1, icmp router advertisement: no bytes\n"
        "  2     3    75.0 %  ##########  10.0.0.1 -> 10.0.0.9 tcp/80: 100 % completed, 300 B out "
        "2.7 kB in\n");
    buf_release(&out);
    world_release(&w);
}

static void test_text_utf8(void **state)
{
    struct world w;
    struct buf out = BUF_INIT;
    (void)state;
    world_init(&w);
    clean_set_utf8(true);
    report_text(&out, &w.facts);
    clean_set_utf8(false);
    assert_non_null(strstr(buf_text(&out), "  ██████████  10.0.0.1"));
    assert_non_null(strstr(buf_text(&out), "  █████       fe80::1"));
    buf_release(&out);
    world_release(&w);
}

/* A cluster too small for any bar has a mark all the same. */
static void test_minimum_mark(void **state)
{
    struct world w;
    struct buf out = BUF_INIT;
    (void)state;
    world_init(&w);
    w.f.c.profile[1].rows = UINT64_MAX / 2;
    report_text(&out, &w.facts);
    assert_non_null(strstr(buf_text(&out), "  #           fe80::1"));
    buf_release(&out);
    world_release(&w);
}

static void test_rejections_in_text(void **state)
{
    struct world w;
    struct buf out = BUF_INIT;
    (void)state;
    world_init(&w);
    w.t->rows_read = 1005;
    w.t->rows_rejected = 1000;
    w.t->reject[REJECT_TOO_FEW] = (struct rejection){999, 0, 12};
    w.t->reject[REJECT_TRUNCATED] = (struct rejection){1, 0, 1017};
    w.t->bad_values[0] = 2;
    w.t->partial = true;
    report_text(&out, &w.facts);
    assert_non_null(
        strstr(buf_text(&out),
               "1,005 rows read, 5 loaded, 1,000 rejected, 1 filtered out (partial: not all "
               "of the input was read)\n"
               "  rejected: 999 rows: too few fields, first at conn.log:12\n"
               "  rejected: 1 row: last line is cut off, first at conn.log:1017\n"
               "  bad values, taken as missing: ts 2\n"));
    buf_release(&out);
    world_release(&w);
}

static void test_failed_input(void **state)
{
    struct world w;
    struct buf out = BUF_INIT;
    (void)state;
    world_init(&w);
    w.t->input[0].state = INPUT_FAILED;
    w.t->input[0].problem = mem_string("conn.log: no \x1b permission");
    report_text(&out, &w.facts);
    assert_memory_equal(buf_text(&out), "not read: conn.log: no \\x1b permission\n", 39);
    buf_clear(&out);
    report_json(&out, &w.facts);
    assert_non_null(
        strstr(buf_text(&out),
               "\"state\": \"failed\", \"problem\": \"conn.log: no \\u001b permission\"}"));
    buf_release(&out);
    world_release(&w);
}

static void test_csv(void **state)
{
    struct world w;
    struct buf out = BUF_INIT;
    char want[600];
    (void)state;
    world_init(&w);
    w.f.c.profile[0].inertia = 0;
    w.f.c.profile[1].inertia = 0.25;
    report_csv(&out, &w.facts);
    (void)snprintf(
        want, sizeof want, "%s%s%s",
        "id,rows,observations,share,inertia,why,top_orig,top_resp,first_ts,last_ts,"
        "orig_bytes,resp_bytes\n",
        "1,1,1,0.25,0,\"fe80::1 -> ff02::1, icmp router advertisement: no bytes\","
        "fe80::1,ff02::1,,,0,0\n",
        "2,3,3,0.75,0.25,\"10.0.0.1 -> 10.0.0.9 tcp/80: 100 % completed, 300 B out 2.7 kB "
        "in\",10.0.0.1,10.0.0.9,1332008626.96,1332008628,300,2700\n");
    assert_string_equal(buf_text(&out), want);
    buf_release(&out);
    world_release(&w);
}

/* ---- JSON ---- */

/* A strict little reader: the end of the value that starts at p, or NULL when it is none. */
static const char *json_end(const char *p);

static const char *blanks(const char *p)
{
    return p + strspn(p, " \n\r\t");
}

static const char *string_end(const char *p)
{
    for (p++; *p != '"'; p++) {
        if ((unsigned char)*p < 0x20)
            return NULL;
        if (*p != '\\')
            continue;
        p++;
        if (*p == 'u') {
            if (strspn(p + 1, "0123456789abcdefABCDEF") < 4)
                return NULL;
            p += 4;
        } else if (strchr("\"\\/bfnrt", *p) == NULL || *p == '\0') {
            return NULL;
        }
    }
    return p + 1;
}

static const char *members_end(const char *p, char close)
{
    p = blanks(p + 1);
    if (*p == close)
        return p + 1;
    for (;;) {
        if (close == '}') {
            if (*p != '"' || (p = string_end(p)) == NULL || *(p = blanks(p)) != ':')
                return NULL;
            p = blanks(p + 1);
        }
        p = json_end(p);
        if (p == NULL)
            return NULL;
        p = blanks(p);
        if (*p == close)
            return p + 1;
        if (*p != ',')
            return NULL;
        p = blanks(p + 1);
    }
}

static const char *json_end(const char *p)
{
    static const char *const words[] = {"true", "false", "null"};
    char *end;
    if (*p == '"')
        return string_end(p);
    if (*p == '{' || *p == '[')
        return members_end(p, *p == '{' ? '}' : ']');
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strncmp(p, words[i], strlen(words[i])) == 0)
            return p + strlen(words[i]);
    if (*p != '-' && (*p < '0' || *p > '9'))
        return NULL;
    (void)strtold(p, &end);
    return end;
}

static void expect_json(const struct buf *out)
{
    const char *end = json_end(buf_text(out));
    assert_non_null(end);
    assert_string_equal(end, "\n");
    for (size_t i = 0; i < out->len; i++)
        assert_true((unsigned char)out->ptr[i] >= 0x20 || out->ptr[i] == '\n');
}

/* Every key of the contract, each after the one before. */
static void test_json_contract(void **state)
{
    static const char *const keys[] = {
        "{\n  \"schema\": 1,",
        "\"version\": \"" MINNOW_VERSION "\"",
        "\"inputs\": [",
        "{\"path\": \"conn.log\", \"format\": \"zeek-tsv\", \"kind\": \"\", \"rows_read\": 5, "
        "\"rows_loaded\": 5,",
        "\"rows_rejected\": 0, \"rows_outside\": 0, \"first_ts\": 1332008626.96, \"last_ts\": "
        "1332008630.5",
        "\"rows_read\": 5,",
        "\"rows_loaded\": 5,",
        "\"rows_rejected\": 0,",
        "\"rows_excluded\": 1,",
        "\"partial\": false,",
        "\"rejected\": [],",
        "\"bad_values\": [],",
        "\"recipe\": \"hand\\u001b[2Jmade\",",
        "\"unit\": \"connection\",",
        "\"features\": [\"log(orig_bytes)\"],",
        "\"scaling\": {",
        "\"log(orig_bytes)\": {\"mean\": 3, \"sd\": 1.7320508075688772}",
        "\"observations\": 4,",
        "\"k\": 2,",
        "\"seed\": 1,",
        "\"starts\": 4,",
        "\"iterations\": 3,",
        "\"inertia\": 0.25,",
        "\"seconds\": {\"load\": 0.125, \"cluster\": 0.5},",
        "\"notices\": [",
        "\"a notice with a bell \\u0007\"",
        "\"clusters\": [",
        "\"id\": 1,",
        "\"rows\": 1,",
        "\"observations\": 1,",
        "\"share\": 0.25,",
        "\"inertia\": 0,",
        "\"why\": \"fe80::1 -> ff02::1, icmp router advertisement: no bytes\",",
        "\"reasons\": [",
        "{\"what\": \"conn_state\", \"value\": \"OTH\", \"here\": 1, \"log\": 0.25}",
        "\"centroid\": {",
        "\"log(orig_bytes)\": ",
        "\"top_orig\": [[\"fe80::1\", 1]],",
        "\"top_resp\": [[\"ff02::1\", 1]],",
        "\"first_ts\": null,",
        "\"id\": 2,",
        "\"top_orig\": [[\"10.0.0.1\", 3]],",
        "\"first_ts\": 1332008626.96,",
    };
    struct world w;
    struct buf out = BUF_INIT;
    const char *at;
    (void)state;
    world_init(&w);
    w.f.c.profile[0].inertia = 0;
    report_json(&out, &w.facts);
    expect_json(&out);
    at = buf_text(&out);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const char *found = strstr(at, keys[i]);
        if (found == NULL)
            fail_msg("not found: %s after %.200s", keys[i], at);
        else
            at = found + 1;
    }
    buf_release(&out);
    world_release(&w);
}

static void test_json_scaling(void **state)
{
    struct world w;
    struct buf out = BUF_INIT;
    (void)state;
    world_init(&w);
    w.f.c.recipe.scale = SCALE_MINMAX;
    w.f.c.dim[0].offset = 1;
    w.f.c.dim[0].unit = 4;
    report_json(&out, &w.facts);
    expect_json(&out);
    assert_non_null(strstr(buf_text(&out), "\"log(orig_bytes)\": {\"min\": 1, \"max\": 5}"));
    buf_clear(&out);
    w.f.c.recipe.scale = SCALE_NONE;
    report_json(&out, &w.facts);
    expect_json(&out);
    assert_non_null(strstr(buf_text(&out), "\"log(orig_bytes)\": {}"));
    buf_release(&out);
    world_release(&w);
}

static void test_json_rejected(void **state)
{
    struct world w;
    struct buf out = BUF_INIT;
    (void)state;
    world_init(&w);
    w.t->reject[REJECT_TOO_MANY] = (struct rejection){7, 0, 12};
    w.t->bad_values[8] = 3;
    report_json(&out, &w.facts);
    expect_json(&out);
    assert_non_null(strstr(buf_text(&out),
                           "{\"reason\": \"too many fields\", \"count\": 7, \"first\": "
                           "{\"file\": \"conn.log\", \"line\": 12}}"));
    assert_non_null(strstr(buf_text(&out), "{\"field\": \"orig_bytes\", \"count\": 3}"));
    buf_release(&out);
    world_release(&w);
}

static void test_json_strings(void **state)
{
    static const struct {
        struct span in;
        const char *want;
    } cases[] = {
        {{"", 0}, "\"\""},
        {{"a\"b\\c/", 6}, "\"a\\\"b\\\\c/\""},
        {{"\n\t\r\b", 4}, "\"\\n\\t\\r\\u0008\""},
        {{"\0\x1b\x7f", 3}, "\"\\u0000\\u001b\\u007f\""},
        {{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x9f", 9}, "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x9f\""},
        {{"\xc2\x9b", 2}, "\"\\u009b\""},                /* C1: CSI */
        {{"\xe2\x80\xae", 3}, "\"\\u202e\""},            /* right to left override */
        {{"\xe2\x80\x8b", 3}, "\"\\u200b\""},            /* zero width */
        {{"\xf3\xa0\x81\x81", 4}, "\"\\udb40\\udc41\""}, /* a tag character */
        {{"\xff", 1}, "\"\\\\xff\""},
        {{"\xc0\xaf", 2}, "\"\\\\xc0\\\\xaf\""},            /* overlong */
        {{"\xed\xa0\x80", 3}, "\"\\\\xed\\\\xa0\\\\x80\""}, /* a surrogate */
        {{"\xe2\x82", 2}, "\"\\\\xe2\\\\x82\""},            /* cut off */
        {{"\xf4\x90\x80\x80", 4}, "\"\\\\xf4\\\\x90\\\\x80\\\\x80\""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf out = BUF_INIT;
        struct json j;
        json_init(&j, &out);
        json_string(&j, cases[i].in);
        assert_string_equal(buf_text(&out), cases[i].want);
        buf_release(&out);
    }
}

static void test_json_writer(void **state)
{
    struct buf out = BUF_INIT;
    struct json j;
    (void)state;
    json_init(&j, &out);
    json_open(&j, '{', true);
    json_key(&j, "a: ");
    json_open(&j, '[', false);
    json_string(&j, span_of("x: "));
    json_number(&j, 0.1);
    json_number(&j, __builtin_nan(""));
    json_number(&j, -__builtin_inf());
    json_close(&j, '[');
    json_key(&j, "b");
    json_bool(&j, true);
    json_key(&j, "c");
    json_open(&j, '{', true);
    json_close(&j, '{');
    json_close(&j, '{');
    assert_string_equal(buf_text(&out), "{\n  \"a: \": [\"x: \", 0.1, null, null],\n"
                                        "  \"b\": true,\n  \"c\": {}\n}");
    buf_release(&out);
}

static void test_memory(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    for (uint64_t n = 1; n < 8; n++) {
        struct buf out = BUF_INIT;
        mem_fail_at(n, true);
        report_json(&out, &w.facts);
        report_text(&out, &w.facts);
        report_csv(&out, &w.facts);
        mem_fail_at(0, false);
        assert_true(out.failed);
        buf_release(&out);
    }
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),          cmocka_unit_test(test_text_utf8),
        cmocka_unit_test(test_minimum_mark),  cmocka_unit_test(test_rejections_in_text),
        cmocka_unit_test(test_failed_input),  cmocka_unit_test(test_csv),
        cmocka_unit_test(test_json_contract), cmocka_unit_test(test_json_scaling),
        cmocka_unit_test(test_json_rejected), cmocka_unit_test(test_json_strings),
        cmocka_unit_test(test_json_writer),   cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
