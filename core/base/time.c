/* Times as people write them; see time.h. The calendar is proleptic Gregorian. */
#include "core/base/time.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/closest.h"

#define DAY_S    86400
#define ZONE_DIR "/usr/share/zoneinfo"

static char zone[64] = "UTC";
static bool zone_given;

/* Beside the zones lie lists and tables, which the C library would take for UTC. */
static bool is_zone_file(const char *path)
{
    char magic[4] = "";
    struct stat st;
    int fd = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    bool yes = fd >= 0 && read(fd, magic, sizeof magic) == sizeof magic &&
               memcmp(magic, "TZif", sizeof magic) == 0;
    if (fd >= 0)
        close(fd);
    return yes;
}

/* What may be meant by a zone that is not there, among those of its region; of equal ones the first by its
 * bytes, since a directory has its entries in any order. */
static char *zone_hint(const char *dir, const char *name, char out[CLOSEST_HINT])
{
    const char *slash = strrchr(name, '/');
    int region = slash == NULL ? 0 : (int)(slash - name) + 1;
    struct closest c = closest_to(span_of(name + region));
    char path[160], best[160] = "";
    struct dirent *entry;
    DIR *d;
    (void)snprintf(path, sizeof path, "%.80s/%.*s", dir, region, name);
    d = opendir(path);
    while (d != NULL && (entry = readdir(d)) != NULL) {
        struct closest one = closest_to(c.word);
        closest_try(&one, span_of(entry->d_name));
        if (one.best.len == 0 || one.slips > c.slips ||
            (one.slips == c.slips && strcmp(entry->d_name, best + region) >= 0))
            continue;
        (void)snprintf(path, sizeof path, "%.80s/%.*s%.48s", dir, region, name, entry->d_name);
        if (is_zone_file(path)) { /* no region, nor a list; the entry does not stay */
            (void)snprintf(best, sizeof best, "%.*s%.48s", region, name, entry->d_name);
            c.slips = one.slips;
        }
    }
    if (d != NULL)
        closedir(d);
    c.best = span_of(best);
    return closest_hint(&c, out);
}

int time_zone_check(const char *name, struct err *err)
{
    char path[160], hint[CLOSEST_HINT] = "";
    const char *dir = getenv("TZDIR");
    /* The name goes into a path: no way out of the directory. */
    bool fine = name[0] != '\0' && strlen(name) < sizeof zone && name[0] != '/' &&
                strstr(name, "..") == NULL;
    (void)snprintf(path, sizeof path, "%.80s/%.63s", dir == NULL ? ZONE_DIR : dir, name);
    if (strcmp(name, "UTC") == 0 || (fine && is_zone_file(path)))
        return 0;
    if (fine)
        zone_hint(dir == NULL ? ZONE_DIR : dir, name, hint);
    return err_set(err, ERR_USAGE, "no time zone '%.60s'%s", name,
                   hint[0] != '\0' ? hint : " (expected a name like Europe/Vienna or UTC)");
}

int time_set_zone(const char *name, struct err *err)
{
    bool utc = strcmp(name, "UTC") == 0;
    if (time_zone_check(name, err) != 0)
        return -1;
    (void)snprintf(zone, sizeof zone, "%s", name);
    /* TZ=UTC works without any zone file. */
    if (setenv("TZ", utc ? "UTC0" : zone, 1) != 0)
        return err_memory(err, "the time zone");
    tzset();
    zone_given = true;
    return 0;
}

bool time_zone_given(void)
{
    return zone_given;
}

const char *time_zone_name(void)
{
    return zone;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Seconds that the zone is ahead of UTC at a time. */
static int32_t zone_offset(int64_t second)
{
    time_t t = (time_t)second;
    struct tm tm;
    if (strcmp(zone, "UTC") == 0 || localtime_r(&t, &tm) == NULL)
        return 0;
    return (int32_t)tm.tm_gmtoff;
}

/* Zones change their offset on quarter hours. */
static int64_t local_second(int64_t us, struct time_cache *cache)
{
    int64_t second = floor_div(us, 1000000), quarter = floor_div(second, 900);
    if (!cache->valid || cache->quarter != quarter)
        *cache = (struct time_cache){quarter, zone_offset(second), true};
    return second + cache->offset_s;
}

double time_hour(int64_t us, struct time_cache *cache)
{
    int64_t second = local_second(us, cache);
    int64_t fraction = us - floor_div(us, 1000000) * 1000000;
    return ((double)(second - floor_div(second, DAY_S) * DAY_S) + (double)fraction * 1e-6) / 3600;
}

int time_weekday(int64_t us, struct time_cache *cache)
{
    /* 1970-01-01 was a Thursday. */
    int64_t day = floor_div(local_second(us, cache), DAY_S) + 3;
    return (int)(day - floor_div(day, 7) * 7);
}

/* Year, month, day of a day number since 1970. Source: H. Hinnant, "chrono-compatible low-level
 * date algorithms". */
static void civil(int64_t day, int64_t *year, unsigned *month, unsigned *mday)
{
    int64_t z = day + 719468, era = floor_div(z, 146097);
    unsigned doe = (unsigned)(z - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned mp = (5 * doy + 2) / 153;
    *mday = doy - (153 * mp + 2) / 5 + 1;
    *month = mp < 10 ? mp + 3 : mp - 9;
    *year = (int64_t)yoe + era * 400 + (*month <= 2);
}

static int64_t day_of(int64_t year, unsigned month, unsigned mday)
{
    int64_t y = year - (month <= 2), era = floor_div(y, 400);
    unsigned yoe = (unsigned)(y - era * 400);
    unsigned doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + mday - 1;
    unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + (int64_t)doe - 719468;
}

/* ".123" with 0 to 6 digits of the microseconds. */
static void fraction_text(int64_t micro, int digits, char *out, size_t size)
{
    int n = digits < 0 ? 0 : digits > 6 ? 6 : digits;
    for (int i = n; i < 6; i++)
        micro /= 10;
    out[0] = '\0';
    if (n > 0)
        (void)snprintf(out, size, ".%0*lld", n, (long long)micro);
}

/* "Z", or the offset "+01:00". */
static void offset_text(int32_t offset, bool utc, char *out, size_t size)
{
    (void)snprintf(out, size, utc ? "Z" : "%c%02d:%02d", offset < 0 ? '-' : '+',
                   abs(offset) / 3600 % 24, abs(offset) / 60 % 60);
}

char *time_text(int64_t us, enum time_style style, int digits, bool date, char *out, size_t size)
{
    bool utc = style != TIME_AS_LOCAL || strcmp(zone, "UTC") == 0;
    char part[16], head[24] = "", tail[12];
    int64_t second, local, day, year, s;
    int32_t offset;
    unsigned month, mday;
    if (us == TIME_MISSING) {
        (void)snprintf(out, size, "-");
        return out;
    }
    second = floor_div(us, 1000000);
    fraction_text(us - second * 1000000, digits, part, sizeof part);
    if (style == TIME_AS_EPOCH) {
        (void)snprintf(out, size, "%lld%s", (long long)second, part);
        return out;
    }
    offset = utc ? 0 : zone_offset(second);
    offset_text(offset, utc, tail, sizeof tail);
    local = second + offset;
    day = floor_div(local, DAY_S);
    s = local - day * DAY_S;
    civil(day, &year, &month, &mday);
    if (date)
        (void)snprintf(head, sizeof head, "%04d-%02u-%02u ", (int)year, month, mday);
    (void)snprintf(out, size, "%s%02d:%02d:%02d%s%s", head, (int)(s / 3600), (int)(s / 60 % 60),
                   (int)(s % 60), part, tail);
    return out;
}

char *time_span_text(double seconds, char *out, size_t size)
{
    static const struct {
        double below, unit;
        const char *name;
    } step[] = {{0.9995, 1e-3, "ms"},
                {99.95, 1, "s"},
                {99.95 * 60, 60, "min"},
                {48 * 3600, 3600, "h"},
                {INFINITY, DAY_S, "d"}};
    double x = fabs(seconds);
    size_t i = 0;
    while (i + 1 < ARRAY_LEN(step) && x >= step[i].below)
        i++;
    x = seconds / step[i].unit;
    if (seconds == 0)
        (void)snprintf(out, size, "0 s");
    else if (x > 0 && x < 0.05)
        (void)snprintf(out, size, "< 0.1 ms");
    else
        (void)snprintf(out, size, fabs(x) >= 99.95 ? "%.0f %s" : "%.1f %s", x, step[i].name);
    return out;
}

/* ---- reading ---- */

/* Exactly n digits off the front. */
static bool take(struct span *s, int n, unsigned *out)
{
    *out = 0;
    if (s->len < (size_t)n)
        return false;
    for (int i = 0; i < n; i++) {
        if (s->ptr[i] < '0' || s->ptr[i] > '9')
            return false;
        *out = *out * 10 + (unsigned)(s->ptr[i] - '0');
    }
    s->ptr += n;
    s->len -= (size_t)n;
    return true;
}

static bool take_char(struct span *s, const char *any)
{
    if (s->len == 0 || s->ptr[0] == '\0' || strchr(any, s->ptr[0]) == NULL)
        return false;
    s->ptr++;
    s->len--;
    return true;
}

/* .ddd in microseconds; digits beyond the sixth are dropped. */
static bool take_fraction(struct span *s, int64_t *us)
{
    int64_t weight = 100000;
    if (!take_char(s, "."))
        return true;
    if (s->len == 0 || s->ptr[0] < '0' || s->ptr[0] > '9')
        return false;
    while (s->len > 0 && s->ptr[0] >= '0' && s->ptr[0] <= '9') {
        /* The seventh digit rounds, as it does in a log's own times. */
        *us += weight > 0 ? weight * (s->ptr[0] - '0') : weight == 0 && s->ptr[0] >= '5';
        weight = weight > 0 ? weight / 10 : -1;
        s->ptr++;
        s->len--;
    }
    return true;
}

/* *zoned is left alone when there is none. */
static bool take_offset(struct span *s, int64_t *seconds, bool *zoned)
{
    bool west = s->len > 0 && s->ptr[0] == '-';
    unsigned hours, minutes = 0;
    if (s->len == 0)
        return true;
    *zoned = true;
    if (take_char(s, "Zz"))
        return true;
    if (!take_char(s, "+-") || !take(s, 2, &hours))
        return false;
    if ((take_char(s, ":") || s->len > 0) && !take(s, 2, &minutes))
        return false;
    *seconds = (int64_t)(hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return hours < 24 && minutes < 60;
}

/* 2026-03-09, or 20260309. */
static bool take_date(struct span *s, unsigned *year, unsigned *month, unsigned *mday)
{
    bool dashed;
    if (!take(s, 4, year))
        return false;
    dashed = take_char(s, "-");
    return take(s, 2, month) && (!dashed || take_char(s, "-")) && take(s, 2, mday);
}

/* 18:23, 18:23:46, 18:23:46.5; the same without colons. */
static bool take_clock(struct span *s, unsigned *hour, unsigned *minute, unsigned *second,
                       int64_t *us)
{
    bool colons;
    if (!take(s, 2, hour))
        return false;
    colons = take_char(s, ":");
    if (!take(s, 2, minute))
        return false;
    if (colons ? !take_char(s, ":") : s->len == 0 || s->ptr[0] < '0' || s->ptr[0] > '9')
        return true;
    return take(s, 2, second) && take_fraction(s, us);
}

static bool parse_iso(struct span s, int64_t *us, bool *zoned)
{
    unsigned year, month, mday, hour = 0, minute = 0, second = 0;
    int64_t offset = 0;
    static const unsigned days[13] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap;
    *us = 0;
    if (!take_date(&s, &year, &month, &mday) || year < 1970 || month < 1 || month > 12 ||
        mday < 1 || mday > days[month])
        return false;
    leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month == 2 && mday == 29 && !leap)
        return false;
    if (take_char(&s, "T ") && !take_clock(&s, &hour, &minute, &second, us))
        return false;
    if (!take_offset(&s, &offset, zoned) || s.len > 0 || hour > 23 || minute > 59 || second > 60)
        return false;
    *us +=
        (day_of((int64_t)year, month, mday) * DAY_S + hour * 3600 + minute * 60 + second - offset) *
        1000000;
    return true;
}

static bool parse_epoch(struct span s, int64_t *us)
{
    int64_t seconds = 0, fraction = 0;
    size_t at = 0;
    for (; at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9'; at++) {
        if (at >= 12)
            return false;
        seconds = seconds * 10 + (s.ptr[at] - '0');
    }
    if (at == 0 || seconds > TIME_MAX_SECONDS)
        return false;
    s = span_make(s.ptr + at, s.len - at);
    if (!take_fraction(&s, &fraction) || s.len > 0)
        return false;
    *us = seconds * 1000000 + fraction;
    return true;
}

/* A year, perhaps with month and day. As seconds since 1970 it would be of that very year, which nobody
 * means who types it. */
static bool looks_like_date(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
    }
    return (s.len == 4 || s.len == 6 || s.len == 8) &&
           (span_starts(s, "19") || span_starts(s, "20"));
}

static int parse_time(struct span text, int64_t *us, bool *zoned, struct err *err)
{
    int64_t out;
    *zoned = false;
    text = span_trim(text);
    if ((text.len != 8 || looks_like_date(text)) && parse_iso(text, &out, zoned)) {
        *us = out;
        return 0;
    }
    *zoned = true;
    if (looks_like_date(text))
        return err_set(err, ERR_USAGE,
                       "'%.*s' is no time: a day is 2026-11-23 or 20261123, and seconds since 1970 "
                       "would be %.*s.0",
                       (int)text.len, text.ptr, (int)text.len, text.ptr);
    if (parse_epoch(text, &out)) {
        *us = out;
        return 0;
    }
    return err_set(err, ERR_USAGE,
                   "'%.*s' is no time (expected 2026-11-23T18:23:46Z or epoch seconds)",
                   text.len > 60 ? 60 : (int)text.len, text.len == 0 ? "" : text.ptr);
}

int time_parse(struct span text, int64_t *us, struct err *err)
{
    bool zoned;
    return parse_time(text, us, &zoned, err);
}

int time_parse_local(struct span text, int64_t *us, struct err *err)
{
    bool zoned;
    int64_t second;
    if (parse_time(text, us, &zoned, err) != 0)
        return -1;
    second = floor_div(*us, 1000000);
    /* The offset at the time that the clock would show is that of the time itself, but near a change. */
    if (!zoned)
        *us -= (int64_t)zone_offset(second - zone_offset(second)) * 1000000;
    return 0;
}

double time_now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
