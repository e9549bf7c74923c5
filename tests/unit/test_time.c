/* time.h and number.h: what people read, and what they may type. */
#include "tests/unit/unit.h"

#include <math.h>

#include "core/base/number.h"
#include "core/base/time.h"

static void times_as_text(void **state)
{
    (void)state;
    static const struct {
        int64_t us;
        enum time_style style;
        int digits;
        bool date;
        const char *want;
    } cases[] = {
        {0, TIME_AS_UTC, 0, true, "1970-01-01 00:00:00Z"},
        {1332008626960000, TIME_AS_UTC, 6, true, "2012-03-17 18:23:46.960000Z"},
        {1332008626960000, TIME_AS_UTC, 2, false, "18:23:46.96Z"},
        {1332008626960000, TIME_AS_EPOCH, 6, true, "1332008626.960000"},
        {951782400000000, TIME_AS_UTC, 0, true, "2000-02-29 00:00:00Z"},
        {4107542399999999, TIME_AS_UTC, 6, true, "2100-02-28 23:59:59.999999Z"},
        {INT64_C(253402300799000000), TIME_AS_UTC, 0, true, "9999-12-31 23:59:59Z"},
        {TIME_MISSING, TIME_AS_UTC, 3, true, "-"},
        {1500000, TIME_AS_UTC, 99, false, "00:00:01.500000Z"},
    };
    char out[48];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(
            time_text(cases[i].us, cases[i].style, cases[i].digits, cases[i].date, out, sizeof out),
            cases[i].want);
}

static void times_typed_by_people(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t want; /* -1: refused */
    } cases[] = {
        {"0", 0},
        {"1332008626.96", 1332008626960000},
        {"2012-03-17T18:23:46.96Z", 1332008626960000},
        {"2012-03-17 18:23", 1332008580000000},
        {"2012-03-17T19:23:46+01:00", 1332008626000000},
        {"2012-03-17T16:53:46-0130", 1332008626000000},
        {" 2000-02-29 ", 951782400000000},
        {"1900-02-29", -1},
        {"2001-02-29", -1},
        {"2012-13-01", -1},
        {"2012-03-17T24:00", -1},
        {"2012-03-17T18:23:46x", -1},
        {"yesterday", -1},
        {"", -1},
        {"-5", -1},
        {"9999999999999999", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = ERR_INIT;
        int64_t us = -7;
        int rc = time_parse(span_of(cases[i].text), &us, &err);
        assert_int_equal(rc, cases[i].want < 0 ? -1 : 0);
        assert_int_equal(us, cases[i].want < 0 ? -7 : cases[i].want);
        assert_int_equal(err.code, cases[i].want < 0 ? ERR_USAGE : ERR_OK);
    }
}

static void zones(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct time_cache cache = {0};
    char out[48];
    static const char *const none[] = {"Mars/Olympus", "../../etc/passwd", "/etc/passwd", ""};
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        assert_int_equal(time_set_zone(none[i], &err), -1);
    assert_true(time_hour(1332008626960000, &cache) > 18.39 &&
                time_hour(1332008626960000, &cache) < 18.40);
    assert_int_equal(time_weekday(1332008626960000, &cache), 5); /* a Saturday */
    assert_int_equal(time_weekday(0, &cache), 3);                /* a Thursday */
    if (time_set_zone("Europe/Vienna", &err) != 0)
        skip();
    cache = (struct time_cache){0};
    assert_string_equal(time_zone_name(), "Europe/Vienna");
    assert_string_equal(time_text(1332008626000000, TIME_AS_LOCAL, 0, true, out, sizeof out),
                        "2012-03-17 19:23:46+01:00");
    assert_true(floor(time_hour(1332008626960000, &cache)) == 19);
    assert_true(floor(time_hour(1343908626960000, &cache)) == 13); /* summer time */
    assert_int_equal(time_set_zone("UTC", &err), 0);
}

static void spans(void **state)
{
    (void)state;
    static const struct {
        double s;
        const char *want;
    } cases[] = {{0, "0 s"},       {0.0004, "0.4 ms"}, {3.2, "3.2 s"},
                 {270, "4.5 min"}, {7560, "2.1 h"},    {259200, "3.0 d"}};
    char out[24];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(time_span_text(cases[i].s, out, sizeof out), cases[i].want);
}

static void numbers(void **state)
{
    (void)state;
    char out[32];
    assert_string_equal(number_shortest(0.1, out, sizeof out), "0.1");
    assert_string_equal(number_shortest(1e20, out, sizeof out), "1e+20");
    assert_string_equal(number_shortest(1.0 / 3, out, sizeof out), "0.3333333333333333");
    assert_string_equal(number_shortest(-0.5, out, sizeof out), "-0.5");
    assert_string_equal(number_grouped(0, out, sizeof out), "0");
    assert_string_equal(number_grouped(999, out, sizeof out), "999");
    assert_string_equal(number_grouped(38248, out, sizeof out), "38,248");
    assert_string_equal(number_grouped(UINT64_MAX, out, sizeof out), "18,446,744,073,709,551,615");
    assert_string_equal(number_bytes(0, out, sizeof out), "0 B");
    assert_string_equal(number_bytes(116, out, sizeof out), "116 B");
    assert_string_equal(number_bytes(17600, out, sizeof out), "17.6 kB");
    assert_string_equal(number_bytes(999960, out, sizeof out), "1.0 MB");
    assert_string_equal(number_bytes(5.4e9, out, sizeof out), "5.4 GB");
    assert_string_equal(number_share(0.382, out, sizeof out), "38.2 %");
    assert_string_equal(number_share(0, out, sizeof out), "0.0 %");
    assert_string_equal(number_share(0.0001, out, sizeof out), "< 0.1 %");
    assert_string_equal(number_share(0.99999, out, sizeof out), "> 99.9 %");
    assert_string_equal(number_share(1, out, sizeof out), "100.0 %");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_as_text), cmocka_unit_test(times_typed_by_people),
        cmocka_unit_test(zones),         cmocka_unit_test(spans),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
