/* The batch report, in three forms. Pure: from results to bytes. */
#ifndef MINNOW_EXPORT_REPORT_H
#define MINNOW_EXPORT_REPORT_H

#include "core/base/buf.h"
#include "core/cluster/clustering.h"

struct report_facts {
    const struct table *table;
    const struct clustering *clustering;
    double load_seconds;
    enum time_style time_style;
};

/* For people: no seconds, so that it compares exactly; 80 columns where the why allows. Cleaned. */
void report_text(struct buf *out, const struct report_facts *facts);

/* One JSON object: the contract in minnow(1). Floats are the shortest text that reads back equal;
 * never NaN. Hostile bytes are escaped so that the text is valid JSON and shows no control or bidi
 * character raw. */
void report_json(struct buf *out, const struct report_facts *facts);

/* A header row, then a row per cluster. */
void report_csv(struct buf *out, const struct report_facts *facts);

#endif
