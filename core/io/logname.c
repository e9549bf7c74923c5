/* Names of log files; see logname.h. */
#include "core/io/logname.h"

#include "core/base/time.h"

#define DAY_US   (INT64_C(86400) * 1000000)
#define DATE_LEN 10 /* 2026-11-23 */
#define HOUR_LEN 8  /* 00:00:00 */

static struct span file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return span_of(slash == NULL ? path : slash + 1);
}

/* Takes the next part of a name, up to a dot. */
static bool next_part(struct span *rest, struct span *part)
{
    const char *dot;
    if (rest->len == 0)
        return false;
    dot = memchr(rest->ptr, '.', rest->len);
    *part = span_make(rest->ptr, dot == NULL ? rest->len : (size_t)(dot - rest->ptr));
    rest->len -= part->len + (dot != NULL);
    rest->ptr += part->len + (dot != NULL);
    return true;
}

/* Letters first, then perhaps _ and - and a few digits (x509): no date, no counter. */
static bool reads_like_kind(struct span part)
{
    size_t digits = 0;
    if (part.len == 0 || part.len >= LOGNAME_KIND)
        return false;
    for (size_t i = 0; i < part.len; i++) {
        char c = part.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool digit = c >= '0' && c <= '9';
        digits += digit;
        if (!letter && (i == 0 || (!digit && c != '_' && c != '-')))
            return false;
    }
    return digits <= 3;
}

void logname_kind(const char *path, char *out)
{
    struct span rest = file_name(path), part, first = {"", 0}, before = {"", 0};
    bool log = false;
    out[0] = '\0';
    for (bool begun = false; !log && next_part(&rest, &part); begun = true) {
        log = begun && (span_is(part, "log") || span_is(part, "json"));
        if (!begun)
            first = part;
        if (!log)
            before = part;
    }
    if (!log)
        return;
    part = reads_like_kind(before) ? before : first;
    if (!reads_like_kind(part))
        return;
    memcpy(out, part.ptr, part.len);
    out[part.len] = '\0';
}

const char *logname_read_as(const char *kind)
{
    return strcmp(kind, "open_conn") == 0 ? "conn" : kind;
}

bool logname_is_summary(const char *path)
{
    return span_starts(file_name(path), "conn-summary.");
}

static bool moment(struct span date, struct span hour, int64_t *us)
{
    char text[DATE_LEN + 1 + HOUR_LEN + 1];
    struct err err = ERR_INIT;
    memcpy(text, date.ptr, DATE_LEN);
    text[DATE_LEN] = 'T';
    memcpy(text + DATE_LEN + 1, hour.ptr, HOUR_LEN);
    text[sizeof text - 1] = '\0';
    return time_parse(span_of(text), us, &err) == 0;
}

/* True when digits stand where the picture has 0, and its own bytes elsewhere. */
static bool looks(struct span text, const char *picture)
{
    if (text.len != strlen(picture))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        bool digit = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        if (picture[i] == '0' ? !digit : text.ptr[i] != picture[i])
            return false;
    }
    return true;
}

bool logname_hours(const char *path, int64_t *first_us, int64_t *end_us)
{
    struct span name = file_name(path), dir, hours, rest = name, part;
    size_t before = strlen(path) - name.len; /* with the slash */
    if (before < DATE_LEN + 1 || (before > DATE_LEN + 1 && path[before - DATE_LEN - 2] != '/'))
        return false;
    dir = span_make(path + before - DATE_LEN - 1, DATE_LEN);
    if (!looks(dir, "0000-00-00") || !next_part(&rest, &part) || !next_part(&rest, &hours) ||
        !looks(hours, "00:00:00-00:00:00") || !next_part(&rest, &part) || !span_is(part, "log"))
        return false;
    if (!moment(dir, span_make(hours.ptr, HOUR_LEN), first_us) ||
        !moment(dir, span_make(hours.ptr + HOUR_LEN + 1, HOUR_LEN), end_us))
        return false;
    if (*end_us <= *first_us)
        *end_us += DAY_US; /* 23:00:00-00:00:00 */
    return true;
}
