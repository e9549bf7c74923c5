/* expr.h: the grammar, the types, missing values, the `&` line, and where mistakes are. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/recipe/expr.h"

/* A row of one value a column; NULL is unset, "" is absent. */
enum {
    TS,
    ORIG,
    ORIG_P,
    RESP,
    RESP_P,
    PROTO,
    DURATION,
    BYTES_OUT,
    BYTES_IN,
    STATE,
    LOCAL,
    NOTE,
    N
};

static struct schema schema;
static const char *const names[N] = {"ts",         "id.orig_h",  "id.orig_p",  "id.resp_h",
                                     "id.resp_p",  "proto",      "duration",   "orig_bytes",
                                     "resp_bytes", "conn_state", "local_orig", "note"};
/* 2012-03-17 18:23:46 UTC, a Saturday. */
static const char *const row[N] = {
    "1332008626.96", "192.168.202.83", "4242", "2001:db8::5", "445", "tcp",
    "90.5",          "1500",           NULL,   "S0",          NULL,  "Say \"hi\", friend"};

static int set_up(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    schema_init(&schema);
    for (int i = 0; i < N; i++)
        assert_int_equal(schema_add(&schema, span_of(names[i]),
                                    role_type(role_of_name(span_of(names[i]))), &err),
                         i);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    schema_release(&schema);
    return 0;
}

static bool passes(const char *text, enum expr_style style)
{
    struct field field[N];
    struct expr_scratch scratch = {.decode = BUF_INIT};
    struct err err = ERR_INIT;
    struct expr *e = expr_parse(span_of(text), style, &err);
    bool yes;
    if (e == NULL || expr_bind(e, &schema, NULL, &err) != 0)
        fail_msg("%s: %s (column %u)", text, err.text, err.column);
    for (int i = 0; i < N; i++)
        field[i] = (struct field){span_of(row[i] == NULL ? "-" : row[i]),
                                  row[i] == NULL ? FIELD_UNSET : FIELD_VALUE, false};
    yes = expr_eval(e, field, &scratch);
    expr_scratch_release(&scratch);
    expr_free(e);
    return yes;
}

static void true_and_false(void **state)
{
    (void)state;
    static const char *const yes[] = {"proto=tcp",
                                      "proto = tcp",
                                      "proto!=udp",
                                      "proto=udp,tcp",
                                      "proto!=udp,icmp",
                                      "not proto=udp",
                                      "proto=tcp and conn_state=S0",
                                      "proto=udp or conn_state=S0",
                                      "not (proto=udp or conn_state=SF)",
                                      "proto=udp and proto=udp or proto=tcp",
                                      "proto=tcp or proto=udp and proto=udp",
                                      "id.resp_p=445",
                                      "id.resp_p>=445",
                                      "id.resp_p<1k",
                                      "dport=445",
                                      "duration>90",
                                      "duration<2m",
                                      "duration>1.5m",
                                      "orig_bytes=1.5k",
                                      "orig_bytes<1M",
                                      "sbytes<=1500",
                                      "src=192.168.0.0/16",
                                      "addr=2001:db8::/32",
                                      "addr=192.168.202.83",
                                      "dst!=10.0.0.0/8",
                                      "port=445",
                                      "port=4242",
                                      "bytes>1k",
                                      "ts>=2012-03-17",
                                      "ts<2012-03-17T18:23:47",
                                      "ts>1332008626",
                                      "hour=18",
                                      "hour>=18 and hour<19",
                                      "weekday=sat",
                                      "weekday=5,6",
                                      "dir=out",
                                      "note~friend",
                                      "note~\"hi\\\"\"",
                                      "note=\"Say \\\"hi\\\", friend\"",
                                      "note~FRIEND or note~Friend or note~friend",
                                      "resp_bytes=unset",
                                      "local_orig=unset",
                                      "proto!=unset",
                                      "resp_bytes!=5",
                                      "((((proto=tcp))))",
                                      "not not proto=tcp"};
    static const char *const no[] = {"proto=udp",        "proto!=tcp",
                                     "proto!=udp,tcp",   "resp_bytes=5",
                                     "resp_bytes<5",     "resp_bytes>=0",
                                     "orig_bytes=unset", "local_orig=T",
                                     "not proto=tcp",    "proto=tcp and conn_state=SF",
                                     "addr=10.0.0.0/8",  "addr!=192.168.202.83",
                                     "hour<18",          "weekday=mon,tue",
                                     "dir=in",           "dir=inside",
                                     "duration>2m",      "note~\"Hi\"",
                                     "conn_state=s0",    "bytes>2k",
                                     "port!=445"};
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        if (!passes(yes[i], EXPR_STRICT))
            fail_msg("should pass: %s", yes[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        if (passes(no[i], EXPR_STRICT))
            fail_msg("should not pass: %s", no[i]);
    }
}

static void the_filter_line(void **state)
{
    (void)state;
    static const char *const yes[] = {
        "src:192.168.202.0/24 port:445 state:S0 bytes:>1k -proto:icmp friend",
        "friend",
        "\"hi\\\"\"",
        "192.168.202.83",
        "2001:db8::5",
        "proto:tcp,udp",
        "-nonsense",
        "proto:udp or port:445",
        "not proto:udp",
        "duration:>1m",
        "(proto:tcp port:445)"};
    static const char *const no[] = {"friend -proto:tcp", "10.0.0.1", "enemy",
                                     "port:>1000 port:<1000 proto:udp"};
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        if (!passes(yes[i], EXPR_SUGAR))
            fail_msg("should pass: %s", yes[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        if (passes(no[i], EXPR_SUGAR))
            fail_msg("should not pass: %s", no[i]);
    }
}

static void mistakes_have_a_column(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t column;
        const char *words;
    } cases[] = {
        {"", 1, "ends where a test"},
        {"proto", 6, "expected an operator"},
        {"proto=", 7, "expected a value"},
        {"proto=tcp and", 14, "ends where a test"},
        {"(proto=tcp", 1, "never closes"},
        {"proto=tcp)", 10, "expected and, or, or the end"},
        {"proto=\"tcp", 7, "quote that never closes"},
        {"proto=tcp,", 11, "expected a value"},
        {"=tcp", 1, "expected a field name"},
        {"proto==tcp", 7, "one operator is enough"},
        {"proot=tcp", 1, "did you mean 'proto'"},
        {"zzzzzz=1", 1, "unknown field 'zzzzzz'"},
        {"proto<tcp", 1, "no order"},
        {"id.resp_p=http", 11, "expected a number"},
        {"addr=10.0.0.0/33", 6, "expected an address"},
        {"proto=tcp and ts>noon", 18, "expected a time"},
        {"duration>1y", 10, "expected a duration"},
        {"weekday=someday", 9, "expected mon"},
        {"dir=up", 5, "expected in, out"},
        {"hour~1", 1, "no text"},
        {"local_orig=maybe", 12, "expected T or F"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = ERR_INIT;
        struct expr *e = expr_parse(span_of(cases[i].text), EXPR_STRICT, &err);
        if (e != NULL)
            assert_int_equal(expr_bind(e, &schema, NULL, &err), -1);
        expr_free(e);
        assert_int_equal(err.code, ERR_USAGE);
        if (strstr(err.text, cases[i].words) == NULL || err.column != cases[i].column)
            fail_msg("%s: column %u: %s", cases[i].text, err.column, err.text);
    }
}

static void limits(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    char text[EXPR_MAX_BYTES + 2];
    memset(text, '(', sizeof text);
    assert_null(expr_parse(span_make(text, EXPR_MAX_BYTES), EXPR_STRICT, &err));
    assert_string_equal(err.text, "nested too deep");
    assert_null(expr_parse(span_make(text, EXPR_MAX_BYTES + 1), EXPR_STRICT, &err));
    assert_null(expr_parse(span_make("a\0=1", 4), EXPR_STRICT, &err));
    /* As many terms as fit. */
    size_t n = 0;
    while (n + 12 < EXPR_MAX_BYTES) {
        memcpy(text + n, n == 0 ? "   proto=tcp" : "or proto=tcp", 12);
        text[n + 12] = ' ';
        n += 13;
    }
    struct expr *e = expr_parse(span_make(text, n), EXPR_STRICT, &err);
    assert_non_null(e);
    expr_free(e);
}

static void networks_of_one_s_own(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct cidr net;
    struct expr_scratch scratch = {.decode = BUF_INIT};
    struct field field[N];
    for (int i = 0; i < N; i++)
        field[i] = (struct field){span_of(row[i] == NULL ? "-" : row[i]),
                                  row[i] == NULL ? FIELD_UNSET : FIELD_VALUE, false};
    assert_true(cidr_parse(span_of("2001:db8::/32"), &net));
    struct expr_env env = {&net, 1};
    struct expr *e = expr_parse(span_of("dir=in"), EXPR_STRICT, &err);
    assert_int_equal(expr_bind(e, &schema, &env, &err), 0);
    assert_true(expr_eval(e, field, &scratch));
    /* Without them Zeek's own word counts. */
    assert_int_equal(expr_bind(e, &schema, NULL, &err), 0);
    assert_false(expr_eval(e, field, &scratch));
    field[LOCAL] = (struct field){span_of("F"), FIELD_VALUE, false};
    field[RESP] = (struct field){span_of("10.1.1.1"), FIELD_VALUE, false};
    assert_true(expr_eval(e, field, &scratch));
    expr_free(e);
    expr_scratch_release(&scratch);
}

static void the_caret(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    expr_caret(&out, span_of("a\x1b=1 xx"), 6);
    assert_string_equal(buf_text(&out), "  a\\x1b=1 xx\n          ^\n");
    buf_clear(&out);
    expr_caret(&out, span_of("ab"), 999);
    assert_string_equal(buf_text(&out), "  ab\n    ^\n");
    buf_release(&out);
}

static void no_memory_at_any_moment(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 50; n++) {
        struct err err = ERR_INIT;
        mem_fail_at(n, false);
        struct expr *e = expr_parse(span_of("proto=tcp and (addr=1.2.3.4 or not note~\"x\")"),
                                    EXPR_STRICT, &err);
        uint64_t asked = mem_requests();
        mem_fail_at(0, false);
        if (e != NULL) {
            expr_free(e);
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
        cmocka_unit_test(true_and_false),          cmocka_unit_test(the_filter_line),
        cmocka_unit_test(mistakes_have_a_column),  cmocka_unit_test(limits),
        cmocka_unit_test(networks_of_one_s_own),   cmocka_unit_test(the_caret),
        cmocka_unit_test(no_memory_at_any_moment),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
