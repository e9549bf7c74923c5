/* value.h: what is a number, a count, a port, a time and a truth value, and what is not. */
#include "tests/unit/unit.h"

#include <locale.h>
#include <math.h>

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "core/base/time.h"
#include "core/table/digits.h"
#include "core/table/field.h"
#include "core/table/value.h"

/* The C library's reader is the judge of the last bit. */
#undef strtod

static void doubles(void **state)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {
        {"0", 0},
        {"-0", 0},
        {"7", 7},
        {"-7.25", -7.25},
        {"007", 7},
        {"0.000000", 0},
        {"0.000001", 1e-6},
        {"1e3", 1000},
        {"1E3", 1000},
        {"1e+3", 1000},
        {"25e-1", 2.5},
        {"1e0", 1},
        {"0e999999999", 0},
        {"0.1", 0.1},
        {"123456789012345", 123456789012345.0},
        {"9007199254740993", 9007199254740992.0}, /* a tie: to even */
        {"9007199254740993.0000000000001", 9007199254740994.0},
        {"1331901000.000000", 1331901000},
        {"1e22", 1e22},
        {"1e23", 1e23},
        {"1.7976931348623157e308", 1.7976931348623157e308},
        {"4.9406564584124654e-324", 4.9406564584124654e-324},
        {"1e-999", 0},
        {"18446744073709551616", 18446744073709551616.0},
    };
    static const char *const bad[] = {
        "",        "-",
        ".",       "5.",
        ".5",      "+5",
        " 5",      "5 ",
        "1,5",     "1_000",
        "0x10",    "inf",
        "-inf",    "infinity",
        "nan",     "1e",
        "1e+",     "1e-",
        "e5",      "--5",
        "5-",      "1.2.3",
        "1e5.0",   "1e999",
        "-1e999",  "1e99999999999999999999",
        "(empty)", "T",
        "5e 1",    "\xd9\xa3",
    };
    double x;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        x = -1;
        if (!value_double(span_of(good[i].text), &x) || x != good[i].value)
            fail_msg("%s reads as %.17g", good[i].text, x);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (value_double(span_of(bad[i]), &x))
            fail_msg("%s is no number", bad[i]);
    }
    assert_false(value_double(span_make("5\0", 2), &x));
    assert_false(value_double(span_make(NULL, 0), &x));
}

/* Reading stops at the span's end: what stands behind it must not matter. */
static void only_the_span_counts(void **state)
{
    double x;
    uint64_t n;
    (void)state;
    assert_true(value_double(span_make("12345", 2), &x));
    assert_true(x == 12);
    assert_true(value_count(span_make("12345", 3), &n));
    assert_int_equal(n, 123);
}

/* Random decimals of 1 to 25 digits agree with the C library to the last bit. */
static void doubles_are_correctly_rounded(void **state)
{
    struct rng rng;
    char text[80];
    (void)state;
    rng_init(&rng, 20240601, 0);
    for (int i = 0; i < 200000; i++) {
        size_t n = 0, digits = 1 + (size_t)(rng_u64(&rng) % 25);
        size_t point = (size_t)(rng_u64(&rng) % (digits + 1));
        double got, want;
        if (rng_u64(&rng) % 4 == 0)
            text[n++] = '-';
        for (size_t d = 0; d < digits; d++) {
            if (d == point && d > 0)
                text[n++] = '.';
            text[n++] = (char)('0' + rng_u64(&rng) % 10);
        }
        text[n] = '\0';
        if (rng_u64(&rng) % 3 == 0)
            (void)snprintf(text + n, sizeof text - n, "e%d", (int)(rng_u64(&rng) % 80) - 40);
        want = strtod(text, NULL);
        if (!value_double(span_of(text), &got) || got != want)
            fail_msg("%s: %.17g, not %.17g", text, got, want);
    }
}

/* A comma as decimal point in the locale changes nothing (skipped where no such locale exists). */
static void the_locale_does_not_matter(void **state)
{
    double x;
    (void)state;
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL && setlocale(LC_ALL, "fr_FR.UTF-8") == NULL)
        skip();
    assert_true(value_double(span_of("1.5"), &x));
    assert_true(x == 1.5);
    assert_true(value_double(span_of("1.2345678901234567890"), &x));
    assert_true(x == 1.2345678901234567890);
    assert_false(value_double(span_of("1,5"), &x));
    (void)setlocale(LC_ALL, "C");
}

static void counts(void **state)
{
    static const char *const bad[] = {"",
                                      "-1",
                                      "+1",
                                      "1.0",
                                      "1e3",
                                      " 1",
                                      "1 ",
                                      "a",
                                      "0x1",
                                      "-",
                                      "18446744073709551616",
                                      "99999999999999999999",
                                      "184467440737095516150"};
    uint64_t n = 1;
    (void)state;
    assert_true(value_count(span_of("0"), &n));
    assert_int_equal(n, 0);
    assert_true(value_count(span_of("9999999999999999999"), &n));
    assert_true(n == 9999999999999999999u);
    assert_true(value_count(span_of("18446744073709551615"), &n));
    assert_true(n == UINT64_MAX);
    assert_true(value_count(span_of("000000000000000000000000042"), &n));
    assert_int_equal(n, 42);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (value_count(span_of(bad[i]), &n))
            fail_msg("%s is no count", bad[i]);
    }
}

static void ports(void **state)
{
    static const char *const bad[] = {"65536", "-1", "", "80/tcp", "000080", "99999", "8.0"};
    uint16_t p = 1;
    (void)state;
    assert_true(value_port(span_of("0"), &p));
    assert_int_equal(p, 0);
    assert_true(value_port(span_of("65535"), &p));
    assert_int_equal(p, 65535);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (value_port(span_of(bad[i]), &p))
            fail_msg("%s is no port", bad[i]);
    }
}

static void times(void **state)
{
    static const struct {
        const char *text;
        int64_t us;
    } good[] = {
        {"0", 0},
        {"0.0", 0},
        {"1331901000.000000", 1331901000000000},
        {"1331901000.5", 1331901000500000},
        {"1331901000.1234564", 1331901000123456},
        {"1331901000.1234565", 1331901000123457}, /* half away from zero */
        {"1331901000.9999995", 1331901001000000}, /* carries into the seconds */
        {"1331901000.00000049999999999999", 1331901000000000},
        {"000001.5", 1500000},
        {"253402300799", 253402300799000000},
        {"253402300799.999999", 253402300799999999},
        {"1331999999123", 1331999999123000},
        {"1331999999123.4567", 1331999999123457},
        {"253402300799999", 253402300799999000},
        {"2012-03-17T18:23:47Z", 1332008627000000},
        {"2012-03-17T18:23:47.5Z", 1332008627500000},
        {"2012-03-17 18:23:47.1234567", 1332008627123457},
        {"2012-03-17T19:23:47+01:00", 1332008627000000},
        {"2012-03-17", 1331942400000000},
        {"1970-01-01T00:00:00Z", 0},
    };
    static const char *const bad[] = {
        "",
        "-1",
        "-0.5",
        "1e9",
        "1e18",
        "253402300800",
        "1000000000000000000",
        "1.",
        ".5",
        "+1",
        "1,5",
        "nan",
        "XXXXXXXXXX.XXXXXX",
        "1.5Z",
        "2012-02-30T00:00:00Z",
        "2012-03-17T25:00:00Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+01:00",
        " 2012-03-17",
        "2012-03-17T18:23:47Z,",
        "1331999999123.",
        "1331999999123.x",
        "1331999999123.12345678901234567",
        "2534023007999999",
        "1.2.3",
        " 1",
        "253402300799.9999999",
    };
    int64_t us;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        us = -1;
        if (!value_time_us(span_of(good[i].text), &us) || us != good[i].us)
            fail_msg("%s reads as %lld", good[i].text, (long long)us);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (value_time_us(span_of(bad[i]), &us))
            fail_msg("%s is no time", bad[i]);
    }
}

static void truths(void **state)
{
    static const char *const bad[] = {"", "t", "TRUE", "0", "1", "yes", "Tr", "-"};
    bool b = false;
    (void)state;
    assert_true(value_bool(span_of("T"), &b) && b);
    assert_true(value_bool(span_of("true"), &b) && b);
    assert_true(value_bool(span_of("F"), &b) && !b);
    assert_true(value_bool(span_of("false"), &b) && !b);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(value_bool(span_of(bad[i]), &b));
}

/* The grammar, byte by byte: how many digits stand at *at, which moves behind them. */
static size_t digits_at(struct span s, size_t *at)
{
    size_t from = *at;
    while (*at < s.len && s.ptr[*at] >= '0' && s.ptr[*at] <= '9')
        ++*at;
    return *at - from;
}

static bool plain_count(const char *text, size_t len, uint64_t *out)
{
    size_t at = 0;
    *out = strtoull(text, NULL, 10);
    return digits_at(span_make(text, len), &at) == len && len > 0;
}

static bool plain_double(const char *text, size_t len, double *out)
{
    struct span s = span_make(text, len);
    size_t at = len > 0 && text[0] == '-';
    if (digits_at(s, &at) == 0 || (at < len && text[at] == '.' && (at++, digits_at(s, &at) == 0)))
        return false;
    *out = strtod(text, NULL);
    return at == len;
}

/* Up to 11 digits of seconds, perhaps a fraction of at most 6. */
static bool plain_time(const char *text, size_t len, uint64_t *out)
{
    struct span s = span_make(text, len);
    size_t at = 0, n = digits_at(s, &at), fraction = 0;
    if (n == 0 || n > 11)
        return false;
    *out = strtoull(text, NULL, 10);
    if (at < len && text[at] == '.') {
        const char *from = text + ++at;
        fraction = digits_at(s, &at);
        if (fraction == 0 || fraction > 6)
            return false;
        for (size_t i = 0; i < 6; i++)
            *out = *out * 10 + (i < fraction ? (uint64_t)(from[i] - '0') : 0);
    } else {
        *out *= 1000000;
    }
    return at == len;
}

/* Eight digits at a time or one by one, with room around the text or none: the same numbers. The
 * texts are digits for the most part, with what stands beside digits among the bytes. */
static void digits_by_the_word(void **state)
{
    static const char alphabet[] = "0012345678901234567890123456789012345678./:-\x80\xff";
    struct rng rng;
    unsigned counts = 0, times = 0, doubles = 0;
    (void)state;
    rng_init(&rng, 77, 0);
    for (int i = 0; i < 300000; i++) {
        char room[FIELD_ROOM_BEFORE + 24], text[24], *exact;
        size_t len = (size_t)(rng_u64(&rng) % 20);
        struct span s, with_room = span_make(room + FIELD_ROOM_BEFORE, len);
        uint64_t want = 0, got;
        int64_t us;
        double x, y = 0;
        for (size_t at = 0; at < len; at++)
            text[at] = alphabet[rng_u64(&rng) % (i % 4 == 0 ? sizeof alphabet - 1 : 40)];
        if (len > 7 && i % 3 == 0)
            text[len - 7] = '.';
        text[len] = '\0';
        memset(room, '9', sizeof room);
        memcpy(room + FIELD_ROOM_BEFORE, text, len);
        exact = mem_alloc(len, 1); /* a sanitizer sees a byte too many */
        assert_non_null(exact);
        memcpy(exact, text, len);
        s = span_make(exact, len);
        if (plain_count(text, len, &want)) {
            assert_true(value_count(s, &got) && got == want);
            assert_true(len > 16 || (digits_count(with_room, &got) && got == want));
            counts++;
        } else {
            assert_false(value_count(s, &got));
            assert_true(len > 16 || !digits_count(with_room, &got));
        }
        if (plain_double(text, len, &y)) {
            assert_true(value_double(s, &x) && x == y && signbit(x) == signbit(y + 0));
            doubles++;
        } else {
            assert_true(!value_double(s, &x));
        }
        if (plain_time(text, len, &want)) {
            assert_true(value_time_us(s, &us) && (uint64_t)us == want);
            assert_true(len < 8 || text[len - 7] != '.' ||
                        (digits_micro(with_room, &got) && got == want));
            times++;
        } else {
            assert_false(digits_micro(with_room, &got));
        }
        mem_free(exact);
    }
    assert_true(counts > 50000 && times > 50000 && doubles > 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles),
        cmocka_unit_test(only_the_span_counts),
        cmocka_unit_test(doubles_are_correctly_rounded),
        cmocka_unit_test(the_locale_does_not_matter),
        cmocka_unit_test(counts),
        cmocka_unit_test(ports),
        cmocka_unit_test(times),
        cmocka_unit_test(truths),
        cmocka_unit_test(digits_by_the_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
