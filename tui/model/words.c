/* Lines and times for narrow places. */
#include "tui/model/words.h"

#include "core/base/clean.h"

struct span wrap_take(struct span *rest, int cols, bool words)
{
    struct span in = *rest;
    struct clean_unit unit;
    size_t taken = 0, blank = 0;
    int used = 0;
    while (clean_next(in, &unit)) {
        if (used + unit.cols > cols && taken > 0)
            break;
        used += unit.cols;
        taken += unit.taken;
        in = span_make(in.ptr + unit.taken, in.len - unit.taken);
        if (unit.taken == 1 && unit.text[0] == ' ')
            blank = taken;
    }
    if (words && in.len > 0 && blank > 0 && in.ptr[0] != ' ')
        taken = blank;
    in = span_make(rest->ptr, taken);
    *rest = span_make(rest->ptr + taken, rest->len - taken);
    while (words && rest->len > 0 && rest->ptr[0] == ' ')
        *rest = span_make(rest->ptr + 1, rest->len - 1);
    return in;
}

char *clock_text(int64_t us, enum time_style style, bool days, char *out, size_t size)
{
    char full[64];
    size_t from = days ? 5 : 11, len = days ? 14 : 8;
    (void)time_text(us, style, 0, true, full, sizeof full);
    /* "2026-11-23 18:23:46Z": the pieces stand at fixed places, except in an epoch. */
    if (us == TIME_MISSING || style == TIME_AS_EPOCH || strlen(full) < from + len) {
        (void)snprintf(out, size, "%s", full);
        return out;
    }
    (void)snprintf(out, size, "%.*s", (int)len, full + from);
    return out;
}

static char *range_form(int64_t first_us, int64_t last_us, enum time_style style, bool short_form,
                        char *out, size_t size)
{
    char a[64], b[64];
    int from = short_form ? 5 : 0; /* behind the year */
    if (first_us == TIME_MISSING || last_us == TIME_MISSING) {
        (void)snprintf(out, size, "no times");
        return out;
    }
    (void)time_text(first_us, style, 0, true, a, sizeof a);
    (void)time_text(last_us, style, 0, true, b, sizeof b);
    if (style == TIME_AS_EPOCH || strlen(a) < 19 || strlen(b) < 19)
        (void)snprintf(out, size, "%s-%s", a, b);
    else if (strncmp(a, b, 10) == 0 && short_form)
        (void)snprintf(out, size, "%.5s-%.5s%s", a + 11, b + 11, b + 19);
    else if (strncmp(a, b, 10) == 0)
        (void)snprintf(out, size, "%.10s %.5s-%.5s%s", a, a + 11, b + 11, b + 19);
    else
        (void)snprintf(out, size, "%.*s - %.*s%s", 16 - from, a + from, 16 - from, b + from,
                       b + 19);
    return out;
}

char *range_text(int64_t first_us, int64_t last_us, enum time_style style, char *out, size_t size)
{
    return range_form(first_us, last_us, style, false, out, size);
}

char *range_short(int64_t first_us, int64_t last_us, enum time_style style, char *out, size_t size)
{
    return range_form(first_us, last_us, style, true, out, size);
}
