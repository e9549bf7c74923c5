/* How keys extend a filter: what is added reads back as the test that was meant. */
#include "tui/model/filter.h"

#include "core/base/mem.h"
#include "tests/unit/unit.h"

static void test_words_and_quotes(void **state)
{
    static const struct {
        const char *before, *column, *value;
        bool missing, keep;
        const char *after;
    } row[] = {
        {"", "id.orig_h", "10.0.0.1", false, true, "id.orig_h=10.0.0.1"},
        {"", "id.orig_h", "fe80::1%eth0", false, false, "id.orig_h!=\"fe80::1%eth0\""},
        {"", "id.resp_h", "2001:db8::5", false, true, "id.resp_h=2001:db8::5"},
        {"proto=tcp", "conn_state", "S0", false, true, "proto=tcp conn_state=S0"},
        {"  proto=tcp ", "conn_state", "S0", false, true, "proto=tcp conn_state=S0"},
        {"a or b", "x", "1", false, true, "(a or b) x=1"},
        {"a or(b)", "x", "1", false, true, "(a or(b)) x=1"},
        {"note=\"a or b\"", "x", "1", false, true, "note=\"a or b\" x=1"},
        {"note=\"a \\\" or b\"", "x", "1", false, true, "note=\"a \\\" or b\" x=1"},
        {"orig for", "x", "1", false, true, "orig for x=1"},
        {"", "service", "-", true, true, "service=unset"},
        {"", "service", "-", true, false, "service!=unset"},
        {"", "service", "unset", false, true, "service=\"unset\""},
        {"", "service", "", false, true, "service=\"\""},
        {"", "service", "-x", false, true, "service=\"-x\""},
        {"", "service", "say \"hi\\\"", false, true, "service=\"say \\\"hi\\\\\\\"\""},
        {"", "Dest Port", "443", false, true, "\"Dest Port\"=443"},
        {"", "not", "a,b", false, true, "\"not\"=\"a,b\""},
        {"", "a:b", "(empty)", false, true, "\"a:b\"=\"(empty)\""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct buf filter = BUF_INIT;
        buf_add_text(&filter, row[i].before);
        filter_add(&filter, span_of(row[i].column), span_of(row[i].value), row[i].missing,
                   row[i].keep);
        assert_string_equal(buf_text(&filter), row[i].after);
        buf_release(&filter);
    }
}

static void test_a_filter_survives_short_memory(void **state)
{
    struct buf filter = BUF_INIT;
    (void)state;
    buf_add_text(&filter, "proto=tcp");
    mem_fail_at(1, true);
    filter_add(&filter, span_of("x"), span_of("1"), false, true);
    mem_fail_at(0, false);
    assert_true(filter.failed);
    assert_string_equal(buf_text(&filter), "proto=tcp");
    buf_release(&filter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_and_quotes),
        cmocka_unit_test(test_a_filter_survives_short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
