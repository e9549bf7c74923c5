/* The address card: which machine is it, and to whom does it connect? Over the whole log, both
 * directions. */
#ifndef MINNOW_QUERY_CARD_H
#define MINNOW_QUERY_CARD_H

#include "core/query/rowset.h"

#define CARD_STATES 16
#define CARD_GAPS   10 /* classes of gaps, from below 1 ms to a day and more */
#define CARD_RHYTHM_CALLS                                                                          \
    131072u /* of a peer, in the order of the log, that its rhythm is measured of */

struct card_peer {
    uint32_t addr;
    uint64_t out_rows, in_rows;   /* connections to it, connections from it */
    uint64_t out_bytes, in_bytes; /* payload sent to it, received from it, over both directions */
    uint64_t failed;              /* TCP in S0 REJ RSTOS0 RSTRH SH */
    int64_t first_ts_us, last_ts_us;
    double gap_s, mad_s; /* median gap of its connections and its deviation; NAN below two */
    double regularity;   /* 0..1, see core/recipe/rhythm.h */
};

struct card_port {
    uint16_t port;
    uint8_t proto; /* category code */
    bool icmp;     /* port is then an ICMP type */
    uint64_t out_rows, in_rows;
};

struct card {
    uint32_t addr;
    uint64_t rows, as_orig, as_resp;
    uint64_t bytes_out, bytes_in; /* sent by it, received by it */
    uint64_t tcp_rows, failed;
    int64_t first_ts_us, last_ts_us;
    struct card_peer *peer;
    uint64_t n_peers; /* most rows first; ties by text */
    struct card_port *port;
    uint64_t n_ports; /* responder ports, most rows first */
    struct top_list state_out, state_in, service;
    uint64_t timeline[PROFILE_TIMELINE];
    uint64_t gap[CARD_GAPS]; /* between its connections, whoever with: how many in each class */
    uint64_t *in_cluster;
    uint32_t k; /* rows per cluster number - 1; NULL without a clustering */
    uint64_t rows_unclustered;
};

int card_build(struct card *out, const struct table *t, const struct clustering *c, uint32_t addr,
               struct job *job, struct err *err) WARN_UNUSED;
void card_release(struct card *card);

/* The class of a gap, and how the classes read: "<1ms", "<10ms" .. ">=1d". */
uint32_t card_gap_class(int64_t gap_us);
const char *card_gap_name(uint32_t i);

/* id, word for people */
#define CARD_ORDERS(X)                                                                             \
    X(ROWS, "most rows first")                                                                     \
    X(SENT, "most bytes sent first")                                                               \
    X(RECEIVED, "most bytes received first")                                                       \
    X(FAILED, "most failures first")                                                               \
    X(REGULAR, "most regular first")                                                               \
    X(LAST, "last seen first")
enum card_order {
#define X(id, words) CARD_BY_##id,
    CARD_ORDERS(X)
#undef X
        N_CARD_ORDERS
};
const char *card_order_text(enum card_order order);

/* Puts the peers in an order; ties by rows, then by the address's bytes. */
void card_sort(struct card *card, const struct table *t, enum card_order order);

#endif
