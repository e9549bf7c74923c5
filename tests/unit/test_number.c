/* number.h: numbers for people and for machines. */
#include "tests/unit/unit.h"

#include <float.h>
#include <locale.h>
#include <math.h>

#include "core/base/number.h"

static void the_shortest_text(void **state)
{
    (void)state;
    static const struct {
        double x;
        const char *want;
    } cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {0.1, "0.1"},
        {-0.5, "-0.5"},
        {100, "100"},
        {123, "123"},
        {1e20, "1e+20"},
        {1.0 / 3, "0.3333333333333333"},
        {0.1 + 0.2, "0.30000000000000004"},
        {9007199254740993.0, "9007199254740992"},
        {5e-324, "5e-324"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {-DBL_MAX, "-1.7976931348623157e+308"},
        {-2.2250738585072014e-308, "-2.2250738585072014e-308"},
    };
    char out[32];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(number_shortest(cases[i].x, out, sizeof out), cases[i].want);
}

/* Bit patterns all over the range come back as they were. */
static void every_double_comes_back(void **state)
{
    (void)state;
    uint64_t bits = 1;
    char out[32];
    for (int i = 0; i < 20000; i++) {
        double x, back = 0;
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        memcpy(&x, &bits, sizeof x);
        if (!isfinite(x))
            continue;
        assert_int_equal(sscanf(number_shortest(x, out, sizeof out), "%lf", &back), 1);
        assert_memory_equal(&back, &x, sizeof x);
    }
}

#undef strtod

/* By trying: what the shortest text is defined to be. */
static void expect_shortest(double x)
{
    char want[32], out[32];
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(want, sizeof want, "%.*g", digits, x);
        if (strtod(want, NULL) == x)
            break;
    }
    assert_string_equal(number_shortest(x, out, sizeof out), want);
}

/* Doubles that are written without an exponent: random ones, short decimals, and the neighbours of
 * powers of two and of ten, where rounding has its edges. */
static void plain_numbers(void **state)
{
    uint64_t r = 7;
    (void)state;
    for (int i = 0; i < 300000; i++) {
        double x;
        r = r * 6364136223846793005u + 1442695040888963407u;
        uint64_t bits = (r >> 12) | (uint64_t)(1023 - 15 + (r & 63)) << 52;
        memcpy(&x, &bits, sizeof x);
        expect_shortest(x);
        expect_shortest(-x);
        expect_shortest((double)(r >> 44) / 1000);
        expect_shortest((double)(r >> (r & 63)));
        expect_shortest(sqrt((double)(r >> 40) / 7));
    }
    for (int e = -16; e < 50; e++) {
        double up = ldexp(1, e), down = up;
        for (int i = 0; i < 200; i++) {
            expect_shortest(up);
            expect_shortest(down);
            up = nextafter(up, INFINITY);
            down = nextafter(down, 0);
        }
    }
    for (double ten = 1e-6; ten < 1e18; ten *= 10) {
        double up = ten, down = ten;
        for (int i = 0; i < 200; i++) {
            expect_shortest(up);
            expect_shortest(down);
            expect_shortest(up * 9.99999999999999);
            up = nextafter(up, INFINITY);
            down = nextafter(down, 0);
        }
    }
}

static void thousands_are_grouped(void **state)
{
    (void)state;
    static const struct {
        uint64_t n;
        const char *want;
    } cases[] = {{0, "0"},
                 {7, "7"},
                 {999, "999"},
                 {1000, "1,000"},
                 {38248, "38,248"},
                 {123456, "123,456"},
                 {1000000, "1,000,000"},
                 {UINT64_MAX, "18,446,744,073,709,551,615"}};
    char out[32];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(number_grouped(cases[i].n, out, sizeof out), cases[i].want);
}

static void one_thing_has_no_s(void **state)
{
    (void)state;
    char out[40];
    assert_string_equal(number_of(0, "row", out, sizeof out), "0 rows");
    assert_string_equal(number_of(1, "row", out, sizeof out), "1 row");
    assert_string_equal(number_of(2, "marked row", out, sizeof out), "2 marked rows");
    assert_string_equal(number_of(UINT64_MAX, "row", out, sizeof out),
                        "18,446,744,073,709,551,615 rows");
}

static void bytes_never_show_a_thousand(void **state)
{
    (void)state;
    static const struct {
        double n;
        const char *want;
    } cases[] = {
        {0, "0 B"},           {1, "1 B"},
        {116, "116 B"},       {999, "999 B"},
        {999.4, "999 B"},     {999.7, "1.0 kB"}, /* a mean */
        {1000, "1.0 kB"},     {17600, "17.6 kB"},
        {999900, "999.9 kB"}, {999960, "1.0 MB"},
        {5.4e9, "5.4 GB"},    {1.2e12, "1.2 TB"},
        {1e15, "1.0 PB"},     {(double)UINT64_MAX, "18.4 EB"},
        {-1500, "-1.5 kB"},
    };
    char out[16];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(number_bytes(cases[i].n, out, sizeof out), cases[i].want);
}

static void a_share_is_neither_nothing_nor_all_unless_it_is(void **state)
{
    (void)state;
    static const struct {
        double share;
        const char *want;
    } cases[] = {{0, "0.0 %"},       {1e-12, "< 0.1 %"},   {0.0004, "< 0.1 %"},
                 {0.0006, "0.1 %"},  {0.002, "0.2 %"},     {0.382, "38.2 %"},
                 {0.9994, "99.9 %"}, {0.9996, "> 99.9 %"}, {0.99999, "> 99.9 %"},
                 {1, "100.0 %"}};
    char out[16];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(number_share(cases[i].share, out, sizeof out), cases[i].want);
}

/* Only the LC_CTYPE of the user's locale is ever set. */
static void a_locale_changes_nothing(void **state)
{
    (void)state;
    static const char *const locales[] = {"C", "C.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8"};
    char out[32];
    for (size_t i = 0; i < ARRAY_LEN(locales); i++) {
        (void)setlocale(LC_CTYPE, locales[i]);
        assert_string_equal(number_shortest(0.5, out, sizeof out), "0.5");
        assert_string_equal(number_grouped(1234, out, sizeof out), "1,234");
        assert_string_equal(number_bytes(1500, out, sizeof out), "1.5 kB");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shortest_text),
        cmocka_unit_test(plain_numbers),
        cmocka_unit_test(every_double_comes_back),
        cmocka_unit_test(thousands_are_grouped),
        cmocka_unit_test(one_thing_has_no_s),
        cmocka_unit_test(bytes_never_show_a_thousand),
        cmocka_unit_test(a_share_is_neither_nothing_nor_all_unless_it_is),
        cmocka_unit_test(a_locale_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
