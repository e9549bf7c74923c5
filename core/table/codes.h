/* What a table's category codes mean: which protocol is TCP, UDP or ICMP, and how a connection
 * ended.
 *
 * Source: Zeek's conn.log documentation for conn_state. */
#ifndef MINNOW_TABLE_CODES_H
#define MINNOW_TABLE_CODES_H

#include "core/table/table.h"

/* outcome of a connection, in words */
#define OUTCOMES(X)                                                                                \
    X(UNANSWERED, "unanswered")                                                                    \
    X(REFUSED, "refused")                                                                          \
    X(COMPLETED, "completed")                                                                      \
    X(OPEN, "still open")                                                                          \
    X(HALF_CLOSED, "half closed")                                                                  \
    X(RESET_BY_SOURCE, "reset by source")                                                          \
    X(RESET_BY_TARGET, "reset by target")                                                          \
    X(HALF_OPEN, "half open")                                                                      \
    X(HALF_SEEN, "half seen")

enum outcome {
#define X(id, text) OUTCOME_##id,
    OUTCOMES(X)
#undef X
        N_OUTCOMES
};
const char *outcome_text(enum outcome outcome);

/* Whether a protocol's name is one of ICMP's, of either version. */
bool code_is_icmp(struct span proto);

/* Tables by category code. */
struct codes {
    bool tcp[256], udp[256], icmp[256]; /* by CAT_PROTO code */
    bool failed[256];                   /* by CAT_STATE code: S0 REJ RSTOS0 RSTRH SH */
    uint8_t outcome[256];               /* by CAT_STATE code; N_OUTCOMES when it is no state */
};

void codes_init(struct codes *codes, const struct table *t);

/* An ICMP message as one number: its type, plus this when the addresses are IPv6. */
#define ICMP_V6 0x10000u

/* ICMP and ICMPv6 type by number, in words ("echo request", "router advertisement"); NULL when
 * unnamed. v6 from the addresses. */
const char *icmp_type_name(bool v6, uint16_t type);

/* The kind of talk that a type belongs to ("router discovery" for solicitation and advertisement
 * alike); the type's own name when it stands alone, NULL when unnamed. */
const char *icmp_family_name(bool v6, uint16_t type);

#endif
