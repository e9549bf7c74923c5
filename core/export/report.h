/* The batch report, in three forms. Pure: from results to bytes. */
#ifndef MINNOW_EXPORT_REPORT_H
#define MINNOW_EXPORT_REPORT_H

#include "core/base/buf.h"
#include "core/cluster/trust.h"

struct report_facts {
    const struct table *table;
    const struct clustering *clustering;
    double load_seconds;
    enum time_style time_style;
    bool alerts;               /* asked for; else none is told */
    double alert_from;         /* the suspicion from which on a cluster is an alert */
    const struct trust *trust; /* NULL when it was not asked for */
};

/* Clusters that are alerts (heed_alert); 0 when alerts were not asked for. */
uint32_t report_n_alerts(const struct report_facts *facts);

/* Whether the run is an alert: a cluster is one, or rows match the verdicts as suspect. False when alerts
 * were not asked for. */
bool report_alerted(const struct report_facts *facts);

/* A line for the suspect rows, one for each cluster: `alert: cluster 3 REGULAR 0.71: why`; one that says
 * so when there is none.
 * Cleaned. */
void report_alerts(struct buf *out, const struct report_facts *facts);

/* For people: no seconds, so that it compares exactly; 80 columns where the why allows. Cleaned. */
void report_text(struct buf *out, const struct report_facts *facts);

/* One JSON object: the contract in minnow(1). Floats are the shortest text that reads back equal;
 * never NaN. Hostile bytes are escaped so that the text is valid JSON and shows no control or bidi
 * character raw. */
void report_json(struct buf *out, const struct report_facts *facts);

/* A header row, then a row per cluster. */
void report_csv(struct buf *out, const struct report_facts *facts);

#endif
