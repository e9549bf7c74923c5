/* One connection as the generator makes it, and the words of its columns. */
#ifndef MINNOW_GEN_ROW_H
#define MINNOW_GEN_ROW_H

#include "core/base/attr.h"

/* An IPv4 address has hi 0 and stands in the low 32 bits of lo. */
struct ip {
    uint64_t hi, lo;
};

#define SERVICES(X)                                                                                \
    X(NONE, NULL)                                                                                  \
    X(DNS, "dns")                                                                                  \
    X(HTTP, "http")                                                                                \
    X(SSL, "ssl")                                                                                  \
    X(QUIC, "quic")                                                                                \
    X(SSH, "ssh")                                                                                  \
    X(NTP, "ntp")                                                                                  \
    X(SMB, "gssapi,smb")                                                                           \
    X(KRB, "krb")                                                                                  \
    X(LDAP, "ldap_tcp")                                                                            \
    X(SMTP, "smtp")                                                                                \
    X(DHCP, "dhcp")                                                                                \
    X(SNMP, "snmp")

/* id, name, usual history */
#define STATES(X)                                                                                  \
    X(SF, "SF", "ShADadFf")                                                                        \
    X(S0, "S0", "S")                                                                               \
    X(S1, "S1", "ShADad")                                                                          \
    X(REJ, "REJ", "Sr")                                                                            \
    X(RSTO, "RSTO", "ShADadR")                                                                     \
    X(RSTR, "RSTR", "ShADadr")                                                                     \
    X(RSTOS0, "RSTOS0", "SR")                                                                      \
    X(SH, "SH", "SF")                                                                              \
    X(SHR, "SHR", "^hf")                                                                           \
    X(OTH, "OTH", "Cc")

#define LABELS(X)                                                                                  \
    X(BENIGN, "benign")                                                                            \
    X(BEACON, "beacon")                                                                            \
    X(VSCAN, "vscan")                                                                              \
    X(HSCAN, "hscan")                                                                              \
    X(THEFT, "theft")                                                                              \
    X(AFTERHOURS, "afterhours")                                                                    \
    X(FLOOD, "flood")

#define X(id, name) SERVICE_##id,
enum service { SERVICES(X) };
#undef X
#define X(id, name, history) STATE_##id,
enum state { STATES(X) };
#undef X
#define X(id, name) LABEL_##id,
enum label { LABELS(X) N_LABELS };
#undef X

enum proto { PROTO_TCP, PROTO_UDP, PROTO_ICMP };

struct row {
    int64_t ts_us, duration_us;     /* duration -1: unset */
    int64_t orig_bytes, resp_bytes; /* -1: unset */
    int64_t orig_pkts, resp_pkts;
    struct ip orig, resp;
    const char *history; /* NULL: unset */
    uint64_t serial;     /* gives the uid */
    uint16_t orig_p, resp_p;
    uint8_t proto, service, state, label;
};

#endif
