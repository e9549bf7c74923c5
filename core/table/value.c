/* Strict readers of values; see value.h. */
#include "core/table/value.h"

#include <locale.h>
#include <math.h>

#include "core/base/time.h"
#include "core/table/digits.h"

/* The one place where the C library reads a number: on a checked private copy, in the C locale. */
#undef strtod

#define EXACT_DIGITS 15
#define EXACT_POWER  22
#define LONG_NUMBER  400 /* bytes; longer texts than this are no numbers */

static const double power_of_ten[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A number taken apart: value = digits * 10^exponent, when all digits fit. */
struct parts {
    bool negative;
    uint64_t digits;
    uint32_t n_digits; /* without leading zeros; beyond 19 `digits` is cut */
    int64_t exponent;
};

static size_t take_digits(struct span s, size_t at, struct parts *p, bool fraction)
{
    while (at < s.len && digit(s.ptr[at])) {
        if (p->digits != 0 || s.ptr[at] != '0') {
            p->n_digits++;
            if (p->n_digits <= 19)
                p->digits = p->digits * 10 + (uint64_t)(s.ptr[at] - '0');
        }
        p->exponent -= fraction;
        at++;
    }
    return at;
}

/* Checks the grammar and takes the number apart. */
static bool take_apart(struct span s, struct parts *p)
{
    size_t at = 0, from;
    *p = (struct parts){.negative = s.len > 0 && s.ptr[0] == '-'};
    at += p->negative;
    from = at;
    at = take_digits(s, at, p, false);
    if (at == from)
        return false;
    if (at < s.len && s.ptr[at] == '.') {
        from = ++at;
        at = take_digits(s, at, p, true);
        if (at == from)
            return false;
    }
    if (at < s.len && (s.ptr[at] == 'e' || s.ptr[at] == 'E')) {
        bool down = at + 1 < s.len && s.ptr[at + 1] == '-';
        int64_t e = 0;
        at++;
        if (at < s.len && (s.ptr[at] == '-' || s.ptr[at] == '+'))
            at++;
        from = at;
        for (; at < s.len && digit(s.ptr[at]); at++)
            e = e < 100000 ? e * 10 + (s.ptr[at] - '0') : e;
        if (at == from)
            return false;
        p->exponent += down ? -e : e;
    }
    return at == s.len;
}

static bool by_library(struct span s, double *out)
{
    static locale_t c_locale;
    char copy[LONG_NUMBER];
    locale_t old;
    if (s.len >= sizeof copy)
        return false;
    memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    /* Made once; a second thread that comes at the same time makes an equal one, which is kept. */
    if (__atomic_load_n(&c_locale, __ATOMIC_ACQUIRE) == NULL)
        __atomic_store_n(&c_locale, newlocale(LC_ALL_MASK, "C", NULL), __ATOMIC_RELEASE);
    old = uselocale(__atomic_load_n(&c_locale, __ATOMIC_ACQUIRE));
    *out = strtod(copy, NULL);
    (void)uselocale(old);
    return isfinite(*out);
}

/* 1 to 8 digits, a point and six more, as Zeek writes an interval: in millionths. No byte outside of
 * the text is read. */
static bool read_millionths(struct span s, uint64_t *out)
{
    size_t whole = s.len - 7;
    uint64_t high, low;
    if (!digits_fit(whole) || s.ptr[whole] != '.')
        return false;
    high = digits_load_first(s.ptr, whole);
    low = digits_load(s.ptr + s.len, 6);
    *out = digits_value(high) * 1000000 + digits_value(low);
    return digits_good(digits_doubt(high) | digits_doubt(low));
}

bool value_double(struct span s, double *out)
{
    struct parts p;
    uint64_t n;
    double x;
    if (read_millionths(s, &n)) {
        *out = (double)n / 1e6;
        return true;
    }
    if (s.len <= EXACT_DIGITS && value_count(s, &n)) {
        *out = (double)n;
        return true;
    }
    if (!take_apart(s, &p))
        return false;
    if (p.n_digits == 0) {
        *out = 0;
        return true;
    }
    if (p.n_digits > EXACT_DIGITS || p.exponent > EXACT_POWER || p.exponent < -EXACT_POWER)
        return by_library(s, out);
    /* Both factors are exact, so the one operation rounds correctly. */
    x = (double)p.digits;
    x = p.exponent < 0 ? x / power_of_ten[-p.exponent] : x * power_of_ten[p.exponent];
    *out = p.negative ? -x : x;
    return true;
}

/* 1 to 16 digits. No byte outside of the text is read. */
static bool count_words(struct span s, uint64_t *out)
{
    size_t first = s.len <= DIGITS_WORD ? 0 : s.len - DIGITS_WORD;
    uint64_t low, high = first == 0 ? 0 : digits_load_first(s.ptr, first);
    low = s.len < DIGITS_WORD ? digits_load_short(s.ptr, s.len)
                              : digits_load(s.ptr + s.len, DIGITS_WORD);
    *out = digits_value(high) * 100000000 + digits_value(low);
    return digits_good(digits_doubt(low) | digits_doubt(high));
}

bool value_count(struct span s, uint64_t *out)
{
    uint64_t n = 0;
    if (s.len == 0)
        return false;
    if (s.len <= 2 * DIGITS_WORD)
        return count_words(s, out);
    for (size_t i = 0; i < s.len; i++) {
        unsigned d = (unsigned)(unsigned char)s.ptr[i] - '0';
        if (d > 9 || __builtin_mul_overflow(n, (uint64_t)10, &n) ||
            __builtin_add_overflow(n, (uint64_t)d, &n))
            return false;
    }
    *out = n;
    return true;
}

bool value_port(struct span s, uint16_t *out)
{
    uint64_t n;
    if (s.len > 5 || !value_count(s, &n) || n > UINT16_MAX)
        return false;
    *out = (uint16_t)n;
    return true;
}

static bool epoch_seconds(struct span s, int64_t *out)
{
    uint64_t seconds = 0, micro = 0;
    size_t at = 0, fraction;
    while (at < s.len && digit(s.ptr[at])) {
        if (at >= 12)
            return false;
        seconds = seconds * 10 + (uint64_t)(s.ptr[at++] - '0');
    }
    if (at == 0 || seconds > TIME_MAX_SECONDS)
        return false;
    if (at < s.len) {
        if (s.ptr[at] != '.' || at + 1 == s.len)
            return false;
        fraction = ++at;
        for (; at < s.len && digit(s.ptr[at]); at++) {
            if (at - fraction < 6)
                micro = micro * 10 + (uint64_t)(s.ptr[at] - '0');
        }
        if (at != s.len)
            return false;
        for (size_t n = at - fraction; n < 6; n++)
            micro *= 10;
        micro += at - fraction > 6 && s.ptr[fraction + 6] >= '5';
        if (seconds == TIME_MAX_SECONDS && micro == 1000000)
            return false;
    }
    *out = (int64_t)(seconds * 1000000 + micro);
    return true;
}

/* 13 to 15 digits are milliseconds: as seconds they would lie beyond all logs. The point moves by three
 * digits, and what is left is read as ever. */
static bool epoch_milliseconds(struct span s, int64_t *out)
{
    char moved[40];
    size_t whole = 0, rest;
    while (whole < s.len && digit(s.ptr[whole]))
        whole++;
    rest = s.len - whole;
    if (whole < 13 || whole > 15 || rest == 1 || rest > 16 || (rest > 0 && s.ptr[whole] != '.'))
        return false;
    memcpy(moved, s.ptr, whole - 3);
    moved[whole - 3] = '.';
    memcpy(moved + whole - 2, s.ptr + whole - 3, 3);
    if (rest > 0)
        memcpy(moved + whole + 1, s.ptr + whole + 1, rest - 1);
    return epoch_seconds(span_make(moved, whole + 1 + (rest > 0 ? rest - 1 : 0)), out);
}

static bool read_iso(struct span s, int64_t *out)
{
    struct err err = ERR_INIT;
    int64_t us;
    if (s.len < 10 || s.ptr[4] != '-' || !digit(s.ptr[0]) || time_parse(s, &us, &err) != 0 ||
        us < 0 || us / 1000000 > TIME_MAX_SECONDS)
        return false;
    *out = us;
    return true;
}

/* As Zeek writes a time of our days: ten digits, a point, six more. */
static bool read_zeek_time(struct span s, int64_t *out)
{
    uint64_t high, middle, low;
    if (s.len != 17 || s.ptr[10] != '.')
        return false;
    high = digits_load_first(s.ptr, DIGITS_WORD);
    middle = digits_load_first(s.ptr + DIGITS_WORD, 2);
    low = digits_load(s.ptr + s.len, 6);
    *out =
        (int64_t)((digits_value(high) * 100 + digits_value(middle)) * 1000000 + digits_value(low));
    return digits_good(digits_doubt(high) | digits_doubt(middle) | digits_doubt(low));
}

bool value_time_us(struct span s, int64_t *out)
{
    return read_zeek_time(s, out) || epoch_seconds(s, out) || epoch_milliseconds(s, out) ||
           read_iso(s, out);
}

bool value_bool(struct span s, bool *out)
{
    *out = span_is(s, "T") || span_is(s, "true");
    return *out || span_is(s, "F") || span_is(s, "false");
}
