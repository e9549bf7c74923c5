/* The columns of a table: names, types, and which well-known role each plays.
 *
 * A column has the name that the log gave it; its role makes `id.orig_h`, `src_ip` and `saddr` the
 * same thing to recipes, expressions and screens. One table of aliases (in schema.c) holds every
 * spelling. */
#ifndef MINNOW_TABLE_SCHEMA_H
#define MINNOW_TABLE_SCHEMA_H

#include "core/base/closest.h"
#include "core/base/err.h"

#define SCHEMA_MAX_COLUMNS 1024

enum col_type {
    COL_STRING,
    COL_TIME,
    COL_INTERVAL,
    COL_COUNT,
    COL_INT,
    COL_DOUBLE,
    COL_PORT,
    COL_ADDR,
    COL_SUBNET,
    COL_ENUM,
    COL_BOOL,
    COL_SET
};

/* role, Zeek's name, type */
#define ROLES(X)                                                                                   \
    X(TS, "ts", COL_TIME)                                                                          \
    X(UID, "uid", COL_STRING)                                                                      \
    X(ORIG_H, "id.orig_h", COL_ADDR)                                                               \
    X(ORIG_P, "id.orig_p", COL_PORT)                                                               \
    X(RESP_H, "id.resp_h", COL_ADDR)                                                               \
    X(RESP_P, "id.resp_p", COL_PORT)                                                               \
    X(PROTO, "proto", COL_ENUM)                                                                    \
    X(SERVICE, "service", COL_STRING)                                                              \
    X(DURATION, "duration", COL_INTERVAL)                                                          \
    X(ORIG_BYTES, "orig_bytes", COL_COUNT)                                                         \
    X(RESP_BYTES, "resp_bytes", COL_COUNT)                                                         \
    X(CONN_STATE, "conn_state", COL_STRING)                                                        \
    X(LOCAL_ORIG, "local_orig", COL_BOOL)                                                          \
    X(LOCAL_RESP, "local_resp", COL_BOOL)                                                          \
    X(MISSED_BYTES, "missed_bytes", COL_COUNT)                                                     \
    X(HISTORY, "history", COL_STRING)                                                              \
    X(ORIG_PKTS, "orig_pkts", COL_COUNT)                                                           \
    X(ORIG_IP_BYTES, "orig_ip_bytes", COL_COUNT)                                                   \
    X(RESP_PKTS, "resp_pkts", COL_COUNT)                                                           \
    X(RESP_IP_BYTES, "resp_ip_bytes", COL_COUNT)                                                   \
    X(TUNNEL_PARENTS, "tunnel_parents", COL_SET)

enum role {
#define X(id, name, type) ROLE_##id,
    ROLES(X)
#undef X
        N_ROLES,
    ROLE_NONE = N_ROLES
};

struct column {
    char *name; /* as the log wrote it; owned */
    enum col_type type;
    enum role role; /* ROLE_NONE for columns minnow has no special use for */
};

struct schema {
    struct column *col; /* owned */
    size_t n, cap;
    int32_t by_role[N_ROLES]; /* column number or -1 */
};

void schema_init(struct schema *s);
void schema_release(struct schema *s);

/* Adds a column and returns its number; returns the existing one when the exact name is there
 * already. A second column with the same role gets ROLE_NONE. -1 on memory, or beyond
 * SCHEMA_MAX_COLUMNS. */
int schema_add(struct schema *s, struct span name, enum col_type type, struct err *err) WARN_UNUSED;

/* A column by the name the log gave it, or else by Zeek's name or any alias of its role; -1 when
 * none. */
int schema_find(const struct schema *s, struct span name);

/* The column whose name, as the log gave it or as the screen shows it, is closest to a mistyped one. */
struct closest schema_closest(const struct schema *s, struct span name);

/* Whether a log with these roles (-1: not there) is one of connections: both addresses, and how it went
 * or how much it was. */
bool roles_of_conn(const int32_t at[N_ROLES]);

enum role role_of_name(struct span name); /* any alias -> role, or ROLE_NONE */
const char *role_name(enum role role);    /* Zeek's own name */
enum col_type role_type(enum role role);

/* What the screen calls a column: Zeek's name when it has a role, else the log's own. Borrowed. */
const char *column_shown(const struct column *col);

/* "count", "set[string]", "vector[addr]", ... -> type; unknown types read as string. */
enum col_type col_type_of(struct span zeek_type);
bool col_type_is_number(enum col_type type); /* time, interval, count, int, double, port */

#endif
