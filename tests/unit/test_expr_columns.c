/* expr_columns.h: what the columns say is what the text says. */
#include "tests/unit/load_fixture.h"

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "core/recipe/expr_columns.h"
#include "core/table/row_reader.h"

#define ROWS 3000

static const char head[] =
    HEAD_OF("\\x09",
            "ts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\torig_bytes\t"
            "resp_bytes\tconn_state\tlocal_orig\tlocal_resp\tnote",
            "time\taddr\tport\taddr\tport\tenum\tstring\tcount\tcount\tstring\tbool\tbool\tstring");

static const char *pick(struct rng *rng, const char *const *list, size_t n)
{
    return list[rng_u64(rng) % n];
}
#define PICK(rng, ...)                                                                             \
    pick((rng), (const char *const[]){__VA_ARGS__},                                                \
         sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void put_row(struct buf *b, struct rng *rng, bool junk)
{
    buf_printf(b, "%s\t", PICK(rng, "-", "0", "1000.5", "90061", "90061.000001", "1773014402.9"));
    buf_printf(b, "%s\t",
               PICK(rng, "-", "10.0.0.1", "8.8.8.8", "fe80::1", "junk", "(empty)", "10.0.0.\\x31",
                    "::ffff:10.0.0.1"));
    buf_printf(b, "%s\t", PICK(rng, "-", "0", "1", "40000", "65535"));
    buf_printf(b, "%s\t", PICK(rng, "-", "10.0.0.2", "9.9.9.9", "ff02::2", "8.8.8.8", "junk"));
    buf_printf(b, "%s\t",
               junk ? PICK(rng, "-", "00443", "000443", "x", "443")
                    : PICK(rng, "-", "0", "443", "53", "80"));
    buf_printf(b, "%s\t", PICK(rng, "tcp", "udp", "icmp", "-", "(empty)", "\\x74cp", "TCP", ""));
    buf_printf(b, "%s\t", PICK(rng, "dns", "ssl", "-", "(empty)", "ssl,http", "a\\\\b"));
    buf_printf(b, "%s\t", PICK(rng, "-", "0", "17", "4294967295", "18446744073709551615", "1000"));
    buf_printf(b, "%s\t", PICK(rng, "-", "0", "1", "(empty)"));
    buf_printf(b, "%s\t", PICK(rng, "SF", "S0", "REJ", "-"));
    buf_printf(b, "%s\t", PICK(rng, "T", "F", "-"));
    buf_printf(b, "%s\t", PICK(rng, "T", "F", "-", "maybe"));
    buf_printf(b, "%s\n", PICK(rng, "hello", "-", "443"));
}

static struct table *random_log(uint64_t seed, bool junk)
{
    struct buf b = BUF_INIT;
    struct rng rng;
    struct table *t;
    rng_init(&rng, seed, 0);
    buf_add_text(&b, head);
    for (int i = 0; i < ROWS; i++)
        put_row(&b, &rng, junk);
    t = load_one(put_buf("conn.log", &b), 0, 1);
    assert_int_equal(t->n_rows, ROWS);
    buf_release(&b);
    return t;
}

/* Returns how many rows the columns could not answer. */
static uint64_t compare(const struct table *t, const char *text, const struct expr_env *env)
{
    struct err err = ERR_INIT;
    struct expr *e = expr_parse(span_of(text), EXPR_SUGAR, &err);
    struct expr_scratch by_columns = {.decode = BUF_INIT}, by_text = {.decode = BUF_INIT};
    struct row_reader *reader = row_reader_new(t, 0, &err);
    struct expr_columns *x;
    uint64_t open = 0;
    assert_true(e != NULL && reader != NULL);
    if (expr_bind(e, &t->schema, env, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    x = expr_columns_new(e, t, t->n_rows, NULL, &err);
    assert_non_null(x);
    for (uint64_t i = 0; i < t->n_rows; i++) {
        enum expr_answer answer = expr_columns_ask(x, i, &by_columns);
        const struct row *row;
        assert_int_equal(row_reader_get(reader, i, &row, &err), 0);
        open += answer == EXPR_TEXT;
        if (answer != EXPR_TEXT && (answer == EXPR_YES) != expr_eval(e, row->field, &by_text))
            fail_msg("%s: %.*s", text, (int)row->text.len, row->text.ptr);
    }
    expr_columns_free(x);
    expr_free(e);
    row_reader_free(reader);
    expr_scratch_release(&by_columns);
    expr_scratch_release(&by_text);
    return open;
}

enum need { NO_TEXT, SOME_TEXT, ALL_TEXT, ANY };

static const struct {
    const char *text;
    enum need need, with_junk;
} cases[] = {
    {"src=10.0.0.1", NO_TEXT, NO_TEXT},
    {"addr=10.0.0.0/8", NO_TEXT, NO_TEXT},
    {"addr!=8.8.8.8", NO_TEXT, NO_TEXT},
    {"dst=unset", NO_TEXT, NO_TEXT},
    {"src=unset,fe80::1", NO_TEXT, NO_TEXT},
    {"src~10.0", NO_TEXT, NO_TEXT},
    {"src~emp", SOME_TEXT, SOME_TEXT}, /* an empty mark has a text */
    {"id.resp_p=443", NO_TEXT, ALL_TEXT},
    {"port=443,53", NO_TEXT, ANY},
    {"id.resp_p!=443", NO_TEXT, ALL_TEXT},
    {"id.orig_p>=1", NO_TEXT, NO_TEXT},
    {"id.resp_p=unset", NO_TEXT, ALL_TEXT},
    {"id.resp_p~44", ALL_TEXT, ALL_TEXT},
    {"proto=tcp", NO_TEXT, NO_TEXT},
    {"proto=tcp,udp", NO_TEXT, NO_TEXT},
    {"proto!=tcp", NO_TEXT, NO_TEXT},
    {"proto=unset", SOME_TEXT, SOME_TEXT}, /* unset and empty differ */
    {"proto~TC", NO_TEXT, NO_TEXT},
    {"service=ssl", NO_TEXT, NO_TEXT},
    {"service~http", NO_TEXT, NO_TEXT},
    {"service~a\\b", NO_TEXT, NO_TEXT},
    {"conn_state=S0,REJ", NO_TEXT, NO_TEXT},
    {"orig_bytes>16", NO_TEXT, NO_TEXT},
    {"orig_bytes=18446744073709551615", NO_TEXT, NO_TEXT},
    {"bytes<1k", NO_TEXT, NO_TEXT},
    {"resp_bytes!=unset", NO_TEXT, NO_TEXT},
    {"ts>1000", NO_TEXT, NO_TEXT},
    {"ts<1970-01-02", NO_TEXT, NO_TEXT},
    {"hour=1", NO_TEXT, NO_TEXT},
    {"weekday!=fri", NO_TEXT, NO_TEXT},
    {"dir=out", NO_TEXT, NO_TEXT},
    {"dir!=in,inside", NO_TEXT, NO_TEXT},
    {"dir=unset", NO_TEXT, NO_TEXT},
    {"note=hello", ALL_TEXT, ALL_TEXT},
    {"hello", ALL_TEXT, ALL_TEXT},
    {"proto=tcp note=hello", SOME_TEXT, SOME_TEXT},
    {"note=hello proto=tcp", SOME_TEXT, SOME_TEXT},
    {"note=hello or proto=tcp", SOME_TEXT, SOME_TEXT},
    {"not (proto=tcp or note=hello)", SOME_TEXT, SOME_TEXT},
    {"not (dst=9.9.9.9 and not orig_bytes>16)", NO_TEXT, NO_TEXT},
    {"(proto=tcp or conn_state=SF) (src=8.8.8.8 or orig_bytes<18)", NO_TEXT, NO_TEXT},
    {"local_orig=T", ALL_TEXT, ALL_TEXT},
};

static void expect_need(const char *text, enum need need, uint64_t open)
{
    bool ok = need == ANY || (need == NO_TEXT    ? open == 0
                              : need == ALL_TEXT ? open == ROWS
                                                 : open > 0 && open < ROWS);
    if (!ok)
        fail_msg("%s: %u rows need their text", text, (unsigned)open);
}

static void columns_say_what_the_text_says(void **state)
{
    struct cidr local[2];
    struct expr_env env = {local, 2};
    (void)state;
    assert_true(cidr_parse(span_of("10.0.0.1"), &local[0]));
    assert_true(cidr_parse(span_of("8.0.0.0/8"), &local[1]));
    for (int junk = 0; junk < 2; junk++) {
        struct table *t = random_log(3 + (uint64_t)junk, junk == 1);
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            enum need need = junk == 1 ? cases[i].with_junk : cases[i].need;
            expect_need(cases[i].text, need, compare(t, cases[i].text, NULL));
            expect_need(cases[i].text, need, compare(t, cases[i].text, &env));
        }
        table_unref(t);
    }
}

/* Where two files fill a column from different fields, the table is not asked. */
static void files_that_disagree(void **state)
{
    static const char one[] =
        HEAD_OF("\\x09", "ts\tid.orig_h\tid.resp_h\tid.resp_p\tdest_port",
                "time\taddr\taddr\tport\tport") "1\t10.0.0.1\t10.0.0.2\t443\t80\n";
    static const char two[] = HEAD_OF("\\x09", "ts\tid.orig_h\tid.resp_h\tdest_port",
                                      "time\taddr\taddr\tport") "1\t10.0.0.1\t10.0.0.2\t443\n";
    char first[128];
    const char *path[2];
    struct err err = ERR_INIT;
    struct load_opts opts = {.path = path, .n_paths = 2, .threads = 1};
    struct table *t;
    (void)state;
    (void)snprintf(first, sizeof first, "%s", put_text("one.log", one));
    path[0] = first;
    path[1] = put_text("two.log", two);
    t = load_table(&opts, NULL, &err);
    assert_non_null(t);
    assert_int_equal(t->n_rows, 2);
    (void)compare(t, "id.resp_p=443", NULL);
    (void)compare(t, "dest_port=443", NULL);
    (void)compare(t, "port=443", NULL);
    assert_int_equal(compare(t, "src=10.0.0.1", NULL), 0);
    table_unref(t);
}

/* Looking at every address is not worth it for a few rows. */
static void few_rows(void **state)
{
    struct table *t = random_log(5, false);
    struct expr_scratch scratch = {.decode = BUF_INIT};
    struct err err = ERR_INIT;
    struct expr *e = expr_parse(span_of("src=8.8.8.8"), EXPR_STRICT, &err);
    struct expr_columns *x;
    (void)state;
    assert_true(e != NULL && expr_bind(e, &t->schema, NULL, &err) == 0);
    x = expr_columns_new(e, t, 1, NULL, &err);
    assert_non_null(x);
    assert_int_equal(expr_columns_ask(x, 0, &scratch), EXPR_TEXT);
    expr_columns_free(x);
    expr_free(e);
    expr_scratch_release(&scratch);
    table_unref(t);
}

static void cancelled_or_short_of_memory(void **state)
{
    struct table *t = random_log(6, false);
    struct job *job = job_new();
    struct err err = ERR_INIT;
    struct expr *e = expr_parse(span_of("src=8.8.8.8 dir=out"), EXPR_SUGAR, &err);
    (void)state;
    assert_true(job != NULL && e != NULL && expr_bind(e, &t->schema, NULL, &err) == 0);
    for (uint64_t n = 1; n <= 4; n++) {
        mem_fail_at(n, false);
        assert_null(expr_columns_new(e, t, ROWS, NULL, &err));
        mem_fail_at(0, false);
        assert_int_equal(err.code, ERR_LIMIT);
    }
    job_cancel(job);
    assert_null(expr_columns_new(e, t, ROWS, job, &err));
    assert_int_equal(err.code, ERR_CANCELLED);
    expr_columns_free(NULL);
    expr_free(e);
    job_free(job);
    table_unref(t);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(columns_say_what_the_text_says),
        CASE(files_that_disagree),
        CASE(few_rows),
        CASE(cancelled_or_short_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
