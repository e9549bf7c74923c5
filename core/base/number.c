/* Numbers as text; see number.h. */
#include "core/base/number.h"

#include <float.h>
#include <math.h>

/* Reading back what was just printed is the C library's own business, in its own locale; LC_NUMERIC
 * is never set. */
#undef strtod

char *number_shortest(double x, char *out, size_t size)
{
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
