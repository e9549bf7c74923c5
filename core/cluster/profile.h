/* What one cluster is: who, to whom, by what, how it differs, and the sentence that says so. */
#ifndef MINNOW_CLUSTER_PROFILE_H
#define MINNOW_CLUSTER_PROFILE_H

#include "core/cluster/kmeans.h"
#include "core/cluster/suspicion.h"
#include "core/recipe/rhythm.h"
#include "core/table/codes.h"

#define PROFILE_TOP       8
#define PROFILE_TOP_PAIRS 3
#define PROFILE_REASONS   6
#define PROFILE_TIMELINE  32 /* equal slices of the log's time range */
#define PROFILE_SAMPLES   4

struct top_item {
    uint32_t key; /* address id, port, or category code */
    uint64_t rows;
};

struct top_list {
    struct top_item
        item[PROFILE_TOP]; /* most rows first; ties by the value's bytes (numbers: the lower) */
    uint32_t n;
    uint64_t distinct; /* how many different ones there are in all */
};

struct top_pair {
    uint32_t orig, resp;
    uint16_t resp_p;
    uint8_t proto;
    uint64_t rows;
};

/* A statistical reason. Over-represented value: text is the value, here and log are shares.
 * Numeric: text is "", here and log are means in the field's own units (or the feature's where it
 * has none), z the distance in standard deviations of the log. */
struct reason {
    char what[48];  /* field or dimension */
    char value[64]; /* "" for a numeric reason */
    double here, log, z;
};

struct profile {
    uint64_t rows, observations;
    uint64_t first_row; /* its lowest row number */
    double share;       /* rows over rows clustered */
    double inertia;
    double
        rms_z; /* root mean square of the centroid in scaled units: how far from the log's mean */
    int64_t first_ts_us, last_ts_us;
    uint64_t orig_bytes, resp_bytes; /* sums; missing counts as 0 */
    uint64_t outward[2];             /* the same, of rows whose responder is outside (--local) */
    uint64_t rows_without_bytes;     /* both missing */
    uint64_t tcp_rows, failed_rows;  /* failed: S0 REJ RSTOS0 RSTRH SH */
    struct top_list orig, resp, port, proto, state, service,
        icmp_type; /* port: of rows with a responder port that are not ICMP; icmp_type: the type,
                      plus ICMP_V6 for ICMPv6 */
    uint64_t port_rows, icmp_rows; /* rows counted in port and in icmp_type */
    uint64_t outcome[N_OUTCOMES];  /* rows by how their connection ended; not of ICMP */
    struct top_pair pair[PROFILE_TOP_PAIRS];
    uint32_t n_pair_tops;
    uint64_t n_pairs;                   /* distinct (orig, resp, resp_p, proto) */
    struct rhythm rhythm;               /* of the commonest pair's rows in this cluster */
    struct rhythm pair_rhythm;          /* of all its rows in the log, whatever was filtered out */
    uint64_t pair_log_rows;             /* so many; 0: with one row here, nothing is measured */
    uint64_t routine_rows;              /* to multicast or broadcast, or to a time server */
    uint64_t benign_rows, suspect_rows; /* by verdict */
    bool from_outside;                  /* the commonest source is outside (--local) */
    struct suspicion suspicion;
    double standing; /* what the order by suspicion goes by, see standing.h */
    uint64_t timeline[PROFILE_TIMELINE];
    uint32_t sample[PROFILE_SAMPLES]; /* row numbers nearest to the centroid, nearest first */
    uint32_t n_samples;
    struct reason reason[PROFILE_REASONS];
    uint32_t n_reasons;
    char why[320]; /* the sentence; bytes of the log inside: clean before showing */
};

struct clustering;

/* Fills the profiles, of which rows, first_row, observations, inertia and the samples (nearest.h) are
 * there already, as are labels, centroids and dimensions. The shares of the log in reasons are over the clustered
 * rows. Errors: ERR_LIMIT, ERR_CANCELLED. Cost: a few passes over the table's columns, on the threads of
 * the pool, and at most 12 bytes a row, given back before it returns. */
int profile_build(struct clustering *c, const struct table *t, struct parallel *pool,
                  struct job *job, struct err *err) WARN_UNUSED;

/* Whether so many rows say something about a cluster: a twentieth of its rows. Of a scan each pair
 * has a row, and to name three of them would mislead. */
static inline bool profile_tells(const struct profile *p, uint64_t rows)
{
    return rows >= (p->rows + 19) / 20;
}

/* Writes p->why from the numbers alone: WORD who -> whom proto/port: outcome, rhythm, bytes each
 * way. `as` is the number of a cluster above whose sentence names the same two, 0 for none: the
 * sentence ends `(as 3)`. why.c. */
void why_write(struct profile *p, const struct table *t, uint32_t as);

/* Writes the sentences of all clusters, verdicts included; to be called again whenever numbers,
 * suspicion or verdicts change, since `as` names a number. */
void why_write_all(struct clustering *c, const struct table *t);

#endif
