/* Numbers as text; see number.h. */
#include "core/base/number.h"

#include <float.h>
#include <math.h>

/* Reading back what was just printed is the C library's own business, in its own locale; LC_NUMERIC
 * is never set. */
#undef strtod

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 wide;

/* Doubles of this range, which have no exponent in their text, are m * 2^-q with 6 <= q <= 66, so that
 * m * 10^s is exact in 128 bits for up to 17 digits. */
#define PLAIN_FROM 1e-4
#define PLAIN_TO   1e14

struct exact {
    uint64_t m;
    unsigned q;
    int first; /* power of ten of the first digit */
};

static const uint64_t tens[20] = {1u,
                                  10u,
                                  100u,
                                  1000u,
                                  10000u,
                                  100000u,
                                  1000000u,
                                  10000000u,
                                  100000000u,
                                  1000000000u,
                                  10000000000u,
                                  100000000000u,
                                  1000000000000u,
                                  10000000000000u,
                                  100000000000000u,
                                  1000000000000000u,
                                  10000000000000000u,
                                  100000000000000000u,
                                  1000000000000000000u,
                                  10000000000000000000u};

static wide power_of_ten(int n)
{
    return n < 20 ? tens[n] : (wide)tens[19] * tens[n - 19];
}

static int digits_of(uint64_t n)
{
    int digits = 1;
    while (digits < 20 && n >= tens[digits])
        digits++;
    return digits;
}

static struct exact exact_of(double x)
{
    uint64_t bits;
    struct exact e;
    memcpy(&bits, &x, sizeof bits);
    e.m = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52;
    e.q = (unsigned)(1023 + 52 - (bits >> 52));
    e.first = digits_of((uint64_t)((wide)e.m * 10000 >> e.q)) - 5;
    return e;
}

/* The number in so many digits, rounded to even as printf does. Whether they read back as the same
 * double: they do inside half the gaps to its neighbours. */
static bool round_to(const struct exact *e, int digits, uint64_t *out)
{
    wide scale = power_of_ten(digits - 1 - e->first), product = e->m * scale, half, off;
    uint64_t d = (uint64_t)(product >> e->q);
    wide rest = product - ((wide)d << e->q);
    half = (wide)1 << (e->q - 1);
    *out = d + (rest > half || (rest == half && d % 2 == 1));
    if (*out > d) {
        off = 2 * (((wide)1 << e->q) - rest);
    } else {
        off = 2 * rest;
        if (e->m == (uint64_t)1 << 52)
            off *= 2; /* the neighbour below is half as far */
    }
    return off < scale || (off == scale && e->m % 2 == 0);
}

static char *plain_text(bool negative, uint64_t d, int digits, int first, char *out)
{
    char *to = out;
    int len = digits_of(d), point;
    first += len - digits; /* rounding up may have made one more */
    for (; len > 1 && d % 10 == 0; len--)
        d /= 10;
    point = first < 0 ? 0 : first + 1;
    if (negative)
        *to++ = '-';
    if (first < 0) {
        memcpy(to, "0.000", 5);
        to += 1 - first;
    }
    for (int i = len - 1; i >= 0; i--, d /= 10)
        to[first >= 0 && i >= point ? i + 1 : i] = (char)('0' + d % 10);
    if (first >= 0 && len > point)
        to[point] = '.';
    to += len + (first >= 0 && len > point);
    for (; len < point; len++)
        *to++ = '0';
    *to = '\0';
    return out;
}

static char *shortest_plain(double x, char *out)
{
    struct exact e = exact_of(fabs(x));
    uint64_t d = 0;
    int digits = 15;
    while (!round_to(&e, digits, &d) && digits < 17)
        digits++;
    return plain_text(x < 0, d, digits, e.first, out);
}
#endif

char *number_shortest(double x, char *out, size_t size)
{
#ifdef __SIZEOF_INT128__
    if (fabs(x) >= PLAIN_FROM && fabs(x) < PLAIN_TO && size >= 32)
        return shortest_plain(x, out); /* up to 24 bytes */
#endif
    /* A text of up to 15 digits that reads back as x is what %.15g prints, for %g drops the zeros at
     * the end. Doubles below DBL_MIN have fewer digits than that. */
    for (int digits = fabs(x) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
        (void)snprintf(out, size, "%.*g", digits, x);
        if (strtod(out, NULL) == x)
            break;
    }
    return out;
}

char *number_grouped(uint64_t n, char *out, size_t size)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    size_t at = 0;
    for (int i = 0; i < len && at + 2 < size; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

char *number_of(uint64_t n, const char *what, char *out, size_t size)
{
    char number[32];
    (void)snprintf(out, size, "%s %s%s", number_grouped(n, number, sizeof number), what,
                   n == 1 ? "" : "s");
    return out;
}

char *number_bytes(double n, char *out, size_t size)
{
    static const char *const unit[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t i = 0;
    /* 999.5 bytes would print as 1000, 999.95 of the others as 1000.0. */
    while (i + 1 < ARRAY_LEN(unit) && fabs(n) >= (i == 0 ? 999.5 : 999.95)) {
        n /= 1000;
        i++;
    }
    (void)snprintf(out, size, i == 0 ? "%.0f %s" : "%.1f %s", n, unit[i]);
    return out;
}

char *number_share(double share, char *out, size_t size)
{
    double percent = share * 100;
    if (share > 0 && percent < 0.05)
        (void)snprintf(out, size, "< 0.1 %%");
    else if (share < 1 && percent >= 99.95)
        (void)snprintf(out, size, "> 99.9 %%");
    else
        (void)snprintf(out, size, "%.1f %%", percent);
    return out;
}
