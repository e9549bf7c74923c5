/* Times: microseconds since 1970 in UTC, without leap seconds. */
#ifndef MINNOW_BASE_TIME_H
#define MINNOW_BASE_TIME_H

#include "core/base/err.h"
#include "core/base/span.h"

#define TIME_MISSING INT64_MIN
#define TIME_MAX_SECONDS                                                                           \
    253402300799 /* 9999-12-31 23:59:59, the last second that a log may hold                       \
                  */

enum time_style { TIME_AS_UTC, TIME_AS_LOCAL, TIME_AS_EPOCH };

/* Whether there is such a zone. Errors: ERR_USAGE. */
int time_zone_check(const char *name, struct err *err) WARN_UNUSED;

/* Names the zone of local times and of hour() and weekday(): an IANA name such as "Europe/Vienna",
 * or "UTC". Checked to exist. Called before any thread (it sets TZ). Errors: ERR_USAGE. */
int time_set_zone(const char *name, struct err *err) WARN_UNUSED;
const char *time_zone_name(void);
bool time_zone_given(void); /* time_set_zone was called: nobody guesses any more */

/* Hour of the day as a number in [0, 24) with its fraction, and day of the week (0 Monday .. 6
 * Sunday) in the zone. Safe from any thread, and fast: offsets are cached per quarter hour of UTC
 * by the caller's cache, which starts out zeroed. */
struct time_cache {
    int64_t quarter;
    int32_t offset_s;
    bool valid;
};
double time_hour(int64_t us, struct time_cache *cache);
int time_weekday(int64_t us, struct time_cache *cache);

/* Writes a time into `out` (at least 40 bytes) and returns out. UTC: "2026-11-23 18:23:46.123456Z";
 * LOCAL the same with the offset "+01:00"; EPOCH "1332008626.960000". "-" when missing. With
 * `digits` 0..6 fractional digits; `date` false leaves the date out ("18:23:46Z"). */
char *time_text(int64_t us, enum time_style style, int digits, bool date, char *out, size_t size);

/* A short duration for people: "0 s", "< 0.1 ms", "0.4 ms", "3.2 s", "4.5 min", "2.1 h", "3.0 d". */
char *time_span_text(double seconds, char *out, size_t size);

/* Reads an absolute time: epoch seconds, or "2026-11-23", "2026-11-23T18:23", with seconds,
 * fraction (rounded to microseconds) and Z or an offset; without one it is UTC. Dashes and colons may be
 * left out: eight digits that begin with 19 or 20 are a day, and no seconds; four or six are neither.
 * Errors: ERR_USAGE. */
int time_parse(struct span text, int64_t *us, struct err *err) WARN_UNUSED;

/* The same, but a time without Z or an offset is in the zone of time_set_zone. Of an hour that occurs
 * twice there it is one, and what no clock showed is moved by the gap. */
int time_parse_local(struct span text, int64_t *us, struct err *err) WARN_UNUSED;

/* Seconds of a clock that only runs forward; differences mean something, values do not. */
double time_now_s(void);

#endif
