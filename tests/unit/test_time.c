/* time.h: what people read, and what they may type. */
#include "tests/unit/unit.h"

#include <math.h>

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
        {1999999, TIME_AS_UTC, -1, false, "00:00:01Z"}, /* cut, not rounded into the next second */
        {1999999, TIME_AS_UTC, 3, false, "00:00:01.999Z"},
        {-1, TIME_AS_UTC, 6, true, "1969-12-31 23:59:59.999999Z"},
        {TIME_MISSING, TIME_AS_EPOCH, 6, false, "-"},
        {5, TIME_AS_EPOCH, 0, false, "0"},
        {5, TIME_AS_LOCAL, 6, false, "00:00:00.000005Z"},
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
        {"2012-03-17T18:23:46z", 1332008626000000},
        {"2012-03-17T18:23:46+0100", 1332005026000000},
        {"2012-03-17T18:23:46-01", 1332012226000000},
        {"2016-12-31T23:59:60Z", 1483228800000000}, /* a leap second is the next one */
        {"9999-12-31T23:59:59", INT64_C(253402300799000000)},
        {"253402300799", INT64_C(253402300799000000)},
        {"000000000005", 5000000},
        /* Rounded to microseconds, by the seventh digit alone. */
        {"1.0000004999", 1000000},
        {"1.0000005", 1000001},
        {"1.00000049999999999999999999999999999", 1000000},
        {"1.9999999", 2000000},
        {"2012-03-17T18:23:46.9999995Z", 1332008627000000},
        /* A day without dashes is no epoch; with a fraction it is one. */
        {"20120317", INT64_C(1331942400000000)},
        {"20120317T182346.5Z", INT64_C(1332008626500000)},
        {"20120317T18:23:46", INT64_C(1332008626000000)},
        {"2012-03-17T1823", INT64_C(1332008580000000)},
        {"20120317 1823+0100", INT64_C(1332004980000000)},
        {"20120317.0", INT64_C(20120317000000)},
        {"20129", 20129000000},
        {"201203170", INT64_C(201203170000000)},
        {"2012031718", INT64_C(2012031718000000)},
        {"86400000", INT64_C(86400000000000)}, /* no year of these days */
        {"20121301", -1},
        {"20120230", -1},
        {"19691231", -1},
        {"2012", -1},
        {"201203", -1},
        {"2012-0317", -1},
        {"201203-17", -1},
        {"20120317T18", -1},
        {"20120317T18:2346", -1},
        {"20120317T1823:46", -1},
        {"1900-02-29", -1},
        {"2100-02-29", -1},
        {"1969-12-31", -1},
        {"2012-00-10", -1},
        {"2012-04-31", -1},
        {"2012-03-00", -1},
        {"2012-3-17", -1},
        {"2012-03-17T", -1},
        {"2012-03-17T18", -1},
        {"2012-03-17T18:60", -1},
        {"2012-03-17T18:23:61", -1},
        {"2012-03-17T18:23:", -1},
        {"2012-03-17T18:23:46.", -1},
        {"2012-03-17T18:23:46.x", -1},
        {"2012-03-17T18:23:46+", -1},
        {"2012-03-17T18:23:46+1", -1},
        {"2012-03-17T18:23:46+01:", -1},
        {"2012-03-17T18:23:46+01:60", -1},
        {"2012-03-17T18:23:46+24:00", -1},
        {"2012-03-17T18:23:46Z+01", -1},
        {"253402300800", -1},
        {"1.", -1},
        {".5", -1},
        {"1e9", -1},
        {"+5", -1},
        {"inf", -1},
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

/* The sentence holds the text, cut; a NUL ends neither the text nor the check. */
static void a_mistyped_time_is_told(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    char far[100];
    int64_t us;
    assert_int_equal(time_parse(span_of("noon"), &us, &err), -1);
    assert_string_equal(err.text,
                        "'noon' is no time (expected 2026-11-23T18:23:46Z or epoch seconds)");
    assert_int_equal(time_parse(span_of(" 20121301"), &us, &err), -1);
    assert_string_equal(err.text, "'20121301' is no time: a day is 2026-11-23 or 20261123, and "
                                  "seconds since 1970 would be 20121301.0");
    memset(far, '7', sizeof far);
    assert_int_equal(time_parse(span_make(far, sizeof far), &us, &err), -1);
    assert_int_equal(strcspn(err.text + 1, "'"), 60);
    assert_int_equal(time_parse(span_make("5\0", 2), &us, &err), -1);
    assert_int_equal(time_parse(span_make("2012-03-17\0T18:23", 17), &us, &err), -1);
    assert_int_equal(time_parse(span_make(NULL, 0), &us, &err), -1);
}

/* Every day from 1970 to 2100 is written and read back, one after the other. */
static void days_follow_each_other(void **state)
{
    (void)state;
    struct time_cache cache = {0};
    char out[48];
    for (int64_t day = 0; day < 47847; day++) {
        struct err err = ERR_INIT;
        int64_t us = day * 86400 * 1000000 + 1, back;
        (void)time_text(us, TIME_AS_UTC, 6, true, out, sizeof out);
        assert_int_equal(time_parse(span_of(out), &back, &err), 0);
        assert_int_equal(back, us);
        assert_int_equal(time_weekday(us, &cache), (day + 3) % 7);
        assert_true(time_hour(us, &cache) < 1e-6);
    }
    assert_string_equal(out, "2100-12-31 00:00:00.000001Z");
}

static void zones(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct time_cache cache = {0};
    char out[48];
    static const char *const none[] = {
        "Mars/Olympus",
        "../../etc/passwd",
        "/etc/passwd",
        "",
        "Europe",
        "Europe/../UTC",
        "zone.tab",
        ":Europe/Vienna",
        "a-name-that-is-longer-than-any-of-the-zones-there-are-so-far"};
    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        err = (struct err)ERR_INIT;
        assert_int_equal(time_set_zone(none[i], &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        assert_string_equal(time_zone_name(), "UTC");
    }
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
    /* The last second of winter time and the first of summer, by one cache. */
    assert_true(floor(time_hour(INT64_C(1332637199) * 1000000, &cache)) == 1);
    assert_true(floor(time_hour(INT64_C(1332637200) * 1000000, &cache)) == 3);
    assert_string_equal(
        time_text(INT64_C(1332637200) * 1000000, TIME_AS_LOCAL, 0, false, out, sizeof out),
        "03:00:00+02:00");
    /* A Saturday evening in UTC is a Sunday there. */
    assert_int_equal(time_weekday(INT64_C(1332026999) * 1000000, &cache), 6);
    assert_int_equal(time_set_zone("America/St_Johns", &err), 0);
    assert_string_equal(
        time_text(INT64_C(1332008626) * 1000000, TIME_AS_LOCAL, 0, true, out, sizeof out),
        "2012-03-17 15:53:46-02:30");
    /* UTC and epoch times know no zone. */
    assert_string_equal(
        time_text(INT64_C(1332008626) * 1000000, TIME_AS_UTC, 0, true, out, sizeof out),
        "2012-03-17 18:23:46Z");
    assert_int_equal(time_set_zone("UTC", &err), 0);
}

static void times_of_a_zone(void **state)
{
    static const struct {
        const char *text, *utc;
    } cases[] = {
        {"2012-03-17T19:23:46", "2012-03-17 18:23:46Z"},
        {"2012-08-02", "2012-08-01 22:00:00Z"}, /* midnight of summer */
        {"20120802", "2012-08-01 22:00:00Z"},
        {"20120317T1923", "2012-03-17 18:23:00Z"},
        {"2012-03-25T01:59:59", "2012-03-25 00:59:59Z"},
        {"2012-03-25T03:00", "2012-03-25 01:00:00Z"},
        {"2012-03-25T02:30", "2012-03-25 01:30:00Z"}, /* no clock showed it */
        {"2012-10-28T01:59:59", "2012-10-27 23:59:59Z"},
        {"2012-10-28T03:00", "2012-10-28 02:00:00Z"},
        {"2012-03-17T19:23:46Z", "2012-03-17 19:23:46Z"},
        {"2012-03-17T19:23:46-05:00", "2012-03-18 00:23:46Z"},
        {"1332008626", "2012-03-17 18:23:46Z"},
    };
    struct err err = ERR_INIT;
    char out[48];
    int64_t us;
    (void)state;
    assert_int_equal(time_parse_local(span_of("2012-03-17T19:23:46"), &us, &err), 0);
    assert_string_equal(time_text(us, TIME_AS_UTC, 0, true, out, sizeof out),
                        "2012-03-17 19:23:46Z");
    if (time_set_zone("Europe/Vienna", &err) != 0)
        skip();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(time_parse_local(span_of(cases[i].text), &us, &err), 0);
        (void)time_text(us, TIME_AS_UTC, 0, true, out, sizeof out);
        if (strcmp(out, cases[i].utc) != 0)
            fail_msg("%s: %s", cases[i].text, out);
    }
    assert_int_equal(time_parse_local(span_of("2012-02-30"), &us, &err), -1);
    assert_int_equal(time_set_zone("UTC", &err), 0);
}

static void spans(void **state)
{
    (void)state;
    static const struct {
        double s;
        const char *want;
    } cases[] = {
        {0, "0 s"},          {1e-6, "< 0.1 ms"}, {0.00006, "0.1 ms"}, {0.0004, "0.4 ms"},
        {0.0999, "99.9 ms"}, {0.25, "250 ms"},   {0.9994, "999 ms"},  {0.9996, "1.0 s"},
        {1, "1.0 s"},        {3.2, "3.2 s"},     {99.94, "99.9 s"},   {99.96, "1.7 min"},
        {270, "4.5 min"},    {7560, "2.1 h"},    {172799, "48.0 h"},  {172800, "2.0 d"},
        {259200, "3.0 d"},   {8640000, "100 d"}, {-3.2, "-3.2 s"},    {-90, "-90.0 s"},
    };
    char out[24];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(time_span_text(cases[i].s, out, sizeof out), cases[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_as_text),
        cmocka_unit_test(times_typed_by_people),
        cmocka_unit_test(a_mistyped_time_is_told),
        cmocka_unit_test(days_follow_each_other),
        cmocka_unit_test(zones),
        cmocka_unit_test(times_of_a_zone),
        cmocka_unit_test(spans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
