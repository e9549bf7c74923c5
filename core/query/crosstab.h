/* How the rows of each cluster divide over the values of one column, for a heat map. */
#ifndef MINNOW_QUERY_CROSSTAB_H
#define MINNOW_QUERY_CROSSTAB_H

#include "core/cluster/clustering.h"
#include "core/job.h"

/* id, field, heading */
#define CROSSES(X)                                                                                 \
    X(STATE, "conn_state", "how connections went")                                                 \
    X(SERVICE, "service", "service")                                                               \
    X(PROTO, "proto", "protocol")                                                                  \
    X(HOUR, "hour", "hour of the day")                                                             \
    X(WEEKDAY, "weekday", "day of the week")

enum cross {
#define X(id, field, heading) CROSS_##id,
    CROSSES(X)
#undef X
        N_CROSSES
};
const char *cross_field(enum cross of);   /* as expressions name it */
const char *cross_heading(enum cross of); /* for people */

#define CROSS_MAX   32     /* columns at most */
#define CROSS_OTHER 0xfffe /* key of the column that holds rare values together */
#define CROSS_NONE  0xffff /* key of the column of rows without a value */

struct crosstab {
    enum cross of;
    uint32_t k, n; /* clusters, columns */
    uint16_t
        key[CROSS_MAX]; /* category code, hour 0..23 or day 0..6 (Monday 0), or one of the above */
    uint64_t total[CROSS_MAX]; /* rows of the clusters in that column */
    uint64_t *count;           /* k x n, by cluster number - 1; owned */
};

/* Columns are values by how many rows have them, most first (hours and days in their order), then
 * those of rare values and of none, where there are any. Rows outside of clusters do not count.
 * Errors: ERR_LIMIT, ERR_CANCELLED. */
int crosstab_build(struct crosstab *out, const struct table *t, const struct clustering *c,
                   enum cross of, struct job *job, struct err *err) WARN_UNUSED;
void crosstab_release(struct crosstab *x);

static inline uint64_t crosstab_at(const struct crosstab *x, uint32_t cluster, uint32_t column)
{
    return x->count[(size_t)(cluster - 1) * x->n + column];
}

/* A column's value as an expression takes it and people read it; "other", "-". Bytes of the log. */
struct span crosstab_name(const struct crosstab *x, const struct table *t, uint32_t column);

#endif
