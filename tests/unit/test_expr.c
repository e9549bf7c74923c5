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
    WORDS,
    N
};

static struct schema schema;
static const char *const names[N] = {
    "ts",         "id.orig_h",  "id.orig_p",  "id.resp_h",  "id.resp_p", "proto",    "duration",
    "orig_bytes", "resp_bytes", "conn_state", "local_orig", "note",      "two words"};
/* 2012-03-17 18:23:46 UTC, a Saturday. */
static const char *const row[N] = {"1332008626.96",
                                   "192.168.202.83",
                                   "4242",
                                   "2001:db8::5",
                                   "445",
                                   "tcp",
                                   "90.5",
                                   "1500",
                                   NULL,
                                   "S0",
                                   NULL,
                                   "Say \"hi\", friend",
                                   "x"};

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
                                      "proto=tcp AND NOT proto=udp Or proto=icmp",
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
                                      "\"two words\"=x",
                                      "\"proto\"=tcp and not \"two words\"!=x",
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
        "\"two words\":x \"two words\"=x \"friend\" -\"foe\"",
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
        {"()", 2, "expected a field name"},
        {"\"two words\"", 1, "expected a field name"},
        {"\"two words\" = x", 1, "expected a field name"},
        {"\"two words=x", 1, "never closes"},
        {"\"\"=x", 1, "expected a field name"},
        {"proto=tcp proto=udp", 11, "expected and, or, or the end"},
        {"(proto=tcp proto=udp)", 12, "expected and, or, or )"},
        {"proto=tcp,,udp", 11, "expected a value"},
        {"proto!tcp", 6, "expected an operator"},
        {"not", 4, "ends where a test"},
        {"and", 4, "expected an operator"},
        {"NOT", 4, "ends where a test"},
        {"proto=tcp and AND", 18, "expected an operator"},
        {"orig_bytes>1.5q", 12, "expected a number"},
        {"orig_bytes>k", 12, "expected a number"},
        {"orig_bytes>+5", 12, "expected a number"},
        {"orig_bytes>0x10", 12, "expected a number"},
        {"orig_bytes>1_000", 12, "expected a number"},
        {"orig_bytes>inf", 12, "expected a number"},
        {"orig_bytes>unset", 12, "expected a number"},
        {"hour=25", 6, "expected an hour"},
        {"hour=-1", 6, "expected an hour"},
        {"hour=1.5", 6, "expected an hour"},
        {"weekday=7", 9, "expected mon"},
        {"src=fe80::/129", 5, "expected an address"},
        {"src<10.0.0.1", 1, "no order"},
        {"dir<in", 1, "no order"},
        {"note>=x", 1, "no order"},
        {"dir~in", 1, "no text"},
        {"ts=2012-02-30", 4, "expected a time"},
        {"duration>5 m", 12, "expected and, or, or the end"},
        {"proto=tcp or (addr=10.0.0.1 and dr=in)", 33, "did you mean 'dir'"},
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

/* One test on one column that holds `value`, in whatever state. */
static bool passes_on(const char *text, int column, struct field value)
{
    struct field field[N];
    struct expr_scratch scratch = {.decode = BUF_INIT};
    struct err err = ERR_INIT;
    struct expr *e = expr_parse(span_of(text), EXPR_STRICT, &err);
    bool yes;
    if (e == NULL || expr_bind(e, &schema, NULL, &err) != 0)
        fail_msg("%s: %s (column %u)", text, err.text, err.column);
    for (int i = 0; i < N; i++)
        field[i] = (struct field){span_of("-"), FIELD_UNSET, false};
    field[column] = value;
    yes = expr_eval(e, field, &scratch);
    expr_scratch_release(&scratch);
    expr_free(e);
    return yes;
}

/* Unset, absent and no value of the type are missing alike: only != and = unset hold. */
static void missing_values(void **state)
{
    (void)state;
    static const struct {
        int column;
        const char *bad; /* no value of the column's type */
        const char *yes[3], *no[5];
    } cases[] = {
        {BYTES_OUT,
         "-1",
         {"orig_bytes=unset", "orig_bytes!=5", "not orig_bytes<1k"},
         {"orig_bytes<0", "orig_bytes>=0", "orig_bytes=5", "orig_bytes!=unset", "bytes<1k"}},
        {BYTES_OUT,
         "18446744073709551616",
         {"orig_bytes=unset", "bytes=unset", "orig_bytes!=1"},
         {"orig_bytes>0", "orig_bytes!=unset", "bytes>1G", "orig_bytes<1", "orig_bytes=0"}},
        {RESP_P,
         "65536",
         {"id.resp_p=unset", "id.resp_p!=80", "dport=unset"},
         {"id.resp_p>0", "port>1", "id.resp_p!=unset", "port=65536", "id.resp_p<1"}},
        {TS,
         "1e18",
         {"ts=unset", "hour=unset", "weekday!=mon"},
         {"ts>0", "hour>=0", "weekday<6", "hour!=unset", "ts<1"}},
        {TS,
         "-1",
         {"ts=unset", "hour!=3", "not weekday=mon,tue"},
         {"ts<5", "hour<24", "ts!=unset", "weekday=unset and ts!=unset", "ts>=0"}},
        {DURATION,
         "1e999",
         {"duration=unset", "duration!=5", "duration=5,unset"},
         {"duration>1", "duration<1", "duration!=unset", "duration=5", "duration!=5,unset"}},
        {ORIG,
         "300.1.1.1",
         {"src=unset", "src!=10.0.0.0/8", "dir=unset"},
         {"src=0.0.0.0/0", "src=::/0", "addr=0.0.0.0/0", "src!=unset", "dir=in,out"}},
        {LOCAL,
         "maybe",
         {"local_orig=unset", "local_orig!=T", "local_orig!=F"},
         {"local_orig=T", "local_orig=F", "local_orig=T,F", "local_orig!=unset",
          "local_orig=true"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct field how[] = {{span_of(cases[i].bad), FIELD_VALUE, false},
                                    {span_of("-"), FIELD_UNSET, false},
                                    {span_of(""), FIELD_ABSENT, false},
                                    {span_of("(empty)"), FIELD_EMPTY, false}};
        for (size_t h = 0; h < ARRAY_LEN(how); h++) {
            for (size_t t = 0; t < ARRAY_LEN(cases[i].yes); t++) {
                if (!passes_on(cases[i].yes[t], cases[i].column, how[h]))
                    fail_msg("%s on '%s' should pass", cases[i].yes[t], how[h].text.ptr);
            }
            for (size_t t = 0; t < ARRAY_LEN(cases[i].no); t++) {
                if (passes_on(cases[i].no[t], cases[i].column, how[h]))
                    fail_msg("%s on '%s' should not pass", cases[i].no[t], how[h].text.ptr);
            }
        }
    }
}

static void values_at_the_edge(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int column;
        const char *value;
        bool want;
    } cases[] = {
        {"local_orig=T", LOCAL, "T", true},
        {"local_orig=true", LOCAL, "T", true},
        {"local_orig!=F", LOCAL, "T", true},
        {"local_orig=F", LOCAL, "T", false},
        {"orig_bytes>1G", BYTES_OUT, "18446744073709551615", true},
        {"orig_bytes=0", BYTES_OUT, "0", true},
        {"id.resp_p=65535", RESP_P, "65535", true},
        {"ts<=253402300799", TS, "253402300799", true},
        {"ts=1332008626.9600005", TS, "1332008626.9600005", true},
        {"ts=1332008626.960001", TS, "1332008626.9600005", true},
        {"ts=0", TS, "0", true},
        {"src=fe80::/10", ORIG, "fe80::1%eth0", true},
        {"src=1.2.3.0/24", ORIG, "::ffff:1.2.3.4", true},
        {"src~eth0", ORIG, "fe80::1%eth0", true},
        /* Junk is no address, but it is there to be read. */
        {"src~300", ORIG, "300.1.1.1", true},
        {"orig_bytes~-1", BYTES_OUT, "-1", true},
        {"ts~XXXX", TS, "XXXXXXXXXX.XXXXXX", true},
        {"note=\"\"", NOTE, "", true},
        {"note!=\"\"", NOTE, "x", true},
        {"note=\"unset\"", NOTE, "unset", true},
        {"note=unset", NOTE, "unset", false},
        {"note~unset", NOTE, "unset", true},
        {"note=\"a\\\\b\"", NOTE, "a\\b", true},
        {"note=a,\"b,c\"", NOTE, "b,c", true},
        {"note~A", NOTE, "a", false},
        {"note~a", NOTE, "A", true},
        {"hour=0", TS, "0", true},
        {"hour=23", TS, "86399.999999", true},
        {"weekday=thu", TS, "0", true},
        {"weekday>thu", TS, "86400", true},
        {"duration>=1d", DURATION, "86400", true},
        {"duration<1h", DURATION, "3599.9", true},
        {"duration=0.5", DURATION, "5e-1", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct field f = {span_of(cases[i].value), FIELD_VALUE, false};
        if (passes_on(cases[i].text, cases[i].column, f) != cases[i].want)
            fail_msg("%s on '%s'", cases[i].text, cases[i].value);
    }
}

/* Zeek's escapes are decoded before anything is asked. */
static void escaped_values(void **state)
{
    (void)state;
    static const char written[] = "a\\x00b\\\\c";
    struct field f = {span_make(written, sizeof written - 1), FIELD_VALUE, true};
    assert_true(
        passes_on("note=\"a\\\\x00b\\\\\\\\c\"", NOTE, (struct field){f.text, FIELD_VALUE, false}));
    assert_true(passes_on("note~\"b\\\\c\"", NOTE, f));
    assert_false(passes_on("note~x00", NOTE, f));
    f = (struct field){span_of("\\x31332008626"), FIELD_VALUE, true};
    assert_true(passes_on("ts=1332008626", TS, f));
}

static void a_log_without_the_fields(void **state)
{
    (void)state;
    struct schema small;
    static const char *const needs[] = {"addr=1.2.3.4", "port=1", "bytes>1",    "src=1.2.3.4",
                                        "hour=1",       "dir=in", "weekday=mon"};
    struct err err = ERR_INIT;
    schema_init(&small);
    assert_int_equal(schema_add(&small, span_of("id.resp_h"), COL_ADDR, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(needs); i++) {
        struct expr *e = expr_parse(span_of(needs[i]), EXPR_STRICT, &err);
        assert_non_null(e);
        int rc = expr_bind(e, &small, NULL, &err);
        /* One side is enough for addr. */
        assert_int_equal(rc, i == 0 ? 0 : -1);
        assert_int_equal(err.code, i == 0 ? ERR_OK : ERR_USAGE);
        assert_int_equal(err.column, i == 0 ? 0 : 1);
        expr_free(e);
    }
    schema_release(&small);
}

/* Every cut of a valid expression is an expression or a mistake within it. */
static void every_beginning(void **state)
{
    (void)state;
    static const char whole[] =
        "not (proto = tcp, \"u\\\"dp\" or addr!=10.0.0.0/8) and ts>=2012-03-17";
    for (size_t n = 0; n < sizeof whole; n++) {
        for (int style = 0; style < 2; style++) {
            struct err err = ERR_INIT;
            struct expr *e = expr_parse(span_make(whole, n), (enum expr_style)style, &err);
            assert_true((e == NULL) == (err.code == ERR_USAGE));
            if (e == NULL)
                assert_in_range(err.column, 1, n + 1);
            if (n + 1 == sizeof whole && style == EXPR_STRICT)
                assert_non_null(e);
            expr_free(e);
        }
    }
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
        cmocka_unit_test(true_and_false),
        cmocka_unit_test(the_filter_line),
        cmocka_unit_test(mistakes_have_a_column),
        cmocka_unit_test(limits),
        cmocka_unit_test(missing_values),
        cmocka_unit_test(values_at_the_edge),
        cmocka_unit_test(escaped_values),
        cmocka_unit_test(a_log_without_the_fields),
        cmocka_unit_test(every_beginning),
        cmocka_unit_test(networks_of_one_s_own),
        cmocka_unit_test(the_caret),
        cmocka_unit_test(no_memory_at_any_moment),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
