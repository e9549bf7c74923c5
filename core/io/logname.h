/* What the name of a log's file says. Names never decide how a file is read; they help where its
 * content is silent, and spare opening what cannot matter. */
#ifndef MINNOW_IO_LOGNAME_H
#define MINNOW_IO_LOGNAME_H

#include "core/base/span.h"

#define LOGNAME_KIND 64 /* room for a kind, NUL included */

/* The kind of log that the file is called after: `conn` of conn.log, of
 * conn.00:00:00-01:00:00.log.gz and of monday.conn.json. "" when the name has no part `log` or
 * `json`, or none before it that reads like a kind. `out` has LOGNAME_KIND bytes. */
void logname_kind(const char *path, char *out);

/* A kind under the name that it is read as: `open_conn` is conn. Borrows `kind`. */
const char *logname_read_as(const char *kind);

/* zeekctl's summary of a conn log, which is prose. */
bool logname_is_summary(const char *path);

/* The hours of a file in Zeek's archive, `2026-11-23/conn.00:00:00-01:00:00.log.gz`, taken for UTC:
 * the archive is named by the sensor's clock, whose zone is unknown. False for any other name. */
bool logname_hours(const char *path, int64_t *first_us, int64_t *end_us);

#endif
