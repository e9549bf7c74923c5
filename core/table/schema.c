/* Columns, roles and the one table of aliases; see schema.h. */
#include "core/table/schema.h"

#include "core/base/mem.h"

static const struct {
    const char *name; /* lower case */
    enum role role;
} aliases[] = {
    {"id_orig_h", ROLE_ORIG_H},
    {"orig_h", ROLE_ORIG_H},
    {"origh", ROLE_ORIG_H},
    {"src_ip", ROLE_ORIG_H},
    {"source.ip", ROLE_ORIG_H},
    {"src", ROLE_ORIG_H},
    {"saddr", ROLE_ORIG_H},
    {"srcip", ROLE_ORIG_H},
    {"src_addr", ROLE_ORIG_H},
    {"source_ip", ROLE_ORIG_H},
    {"srcaddr", ROLE_ORIG_H},
    {"source_address", ROLE_ORIG_H},
    {"src_address", ROLE_ORIG_H},
    {"ipv4_src_addr", ROLE_ORIG_H},
    {"sa", ROLE_ORIG_H},
    {"id_orig_p", ROLE_ORIG_P},
    {"orig_p", ROLE_ORIG_P},
    {"origp", ROLE_ORIG_P},
    {"src_port", ROLE_ORIG_P},
    {"source.port", ROLE_ORIG_P},
    {"sport", ROLE_ORIG_P},
    {"srcport", ROLE_ORIG_P},
    {"source_port", ROLE_ORIG_P},
    {"l4_src_port", ROLE_ORIG_P},
    {"spt", ROLE_ORIG_P},
    {"id_resp_h", ROLE_RESP_H},
    {"resp_h", ROLE_RESP_H},
    {"resph", ROLE_RESP_H},
    {"dst_ip", ROLE_RESP_H},
    {"destination.ip", ROLE_RESP_H},
    {"dst", ROLE_RESP_H},
    {"daddr", ROLE_RESP_H},
    {"dstip", ROLE_RESP_H},
    {"dst_addr", ROLE_RESP_H},
    {"dest_ip", ROLE_RESP_H},
    {"destination_ip", ROLE_RESP_H},
    {"dstaddr", ROLE_RESP_H},
    {"destination_address", ROLE_RESP_H},
    {"dst_address", ROLE_RESP_H},
    {"ipv4_dst_addr", ROLE_RESP_H},
    {"destip", ROLE_RESP_H},
    {"dest_addr", ROLE_RESP_H},
    {"da", ROLE_RESP_H},
    {"id_resp_p", ROLE_RESP_P},
    {"resp_p", ROLE_RESP_P},
    {"respp", ROLE_RESP_P},
    {"dst_port", ROLE_RESP_P},
    {"destination.port", ROLE_RESP_P},
    {"dport", ROLE_RESP_P},
    {"dstport", ROLE_RESP_P},
    {"dest_port", ROLE_RESP_P},
    {"destination_port", ROLE_RESP_P},
    {"dsport", ROLE_RESP_P},
    {"l4_dst_port", ROLE_RESP_P},
    {"destport", ROLE_RESP_P},
    {"dpt", ROLE_RESP_P},
    {"protocol", ROLE_PROTO},
    {"network.transport", ROLE_PROTO},
    {"transport", ROLE_PROTO},
    {"app_proto", ROLE_SERVICE},
    {"network.protocol", ROLE_SERVICE},
    {"dur", ROLE_DURATION},
    {"event.duration_s", ROLE_DURATION},
    {"origbytes", ROLE_ORIG_BYTES},
    {"src_bytes", ROLE_ORIG_BYTES},
    {"srcbytes", ROLE_ORIG_BYTES},
    {"source.bytes", ROLE_ORIG_BYTES},
    {"sbytes", ROLE_ORIG_BYTES},
    {"bytes_out", ROLE_ORIG_BYTES},
    {"source_bytes", ROLE_ORIG_BYTES},
    {"bytes_toserver", ROLE_ORIG_BYTES},
    {"flow.bytes_toserver", ROLE_ORIG_BYTES},
    {"sentbyte", ROLE_ORIG_BYTES},
    {"respbytes", ROLE_RESP_BYTES},
    {"dst_bytes", ROLE_RESP_BYTES},
    {"dstbytes", ROLE_RESP_BYTES},
    {"destination.bytes", ROLE_RESP_BYTES},
    {"dbytes", ROLE_RESP_BYTES},
    {"bytes_in", ROLE_RESP_BYTES},
    {"destination_bytes", ROLE_RESP_BYTES},
    {"bytes_toclient", ROLE_RESP_BYTES},
    {"flow.bytes_toclient", ROLE_RESP_BYTES},
    {"rcvdbyte", ROLE_RESP_BYTES},
    {"connstate", ROLE_CONN_STATE},
    {"state", ROLE_CONN_STATE},
    {"localorig", ROLE_LOCAL_ORIG},
    {"localresp", ROLE_LOCAL_RESP},
    {"missedbytes", ROLE_MISSED_BYTES},
    {"origpkts", ROLE_ORIG_PKTS},
    {"spkts", ROLE_ORIG_PKTS},
    {"src_pkts", ROLE_ORIG_PKTS},
    {"source.packets", ROLE_ORIG_PKTS},
    {"source_packets", ROLE_ORIG_PKTS},
    {"pkts_toserver", ROLE_ORIG_PKTS},
    {"flow.pkts_toserver", ROLE_ORIG_PKTS},
    {"sentpkt", ROLE_ORIG_PKTS},
    {"origipbytes", ROLE_ORIG_IP_BYTES},
    {"resppkts", ROLE_RESP_PKTS},
    {"dpkts", ROLE_RESP_PKTS},
    {"dst_pkts", ROLE_RESP_PKTS},
    {"destination.packets", ROLE_RESP_PKTS},
    {"destination_packets", ROLE_RESP_PKTS},
    {"pkts_toclient", ROLE_RESP_PKTS},
    {"flow.pkts_toclient", ROLE_RESP_PKTS},
    {"rcvdpkt", ROLE_RESP_PKTS},
    {"respipbytes", ROLE_RESP_IP_BYTES},
    {"tunnelparents", ROLE_TUNNEL_PARENTS},
    {"timestamp", ROLE_TS},
    {"@timestamp", ROLE_TS},
    {"time", ROLE_TS},
    {"start_time", ROLE_TS},
    {"stime", ROLE_TS},
};

static const struct {
    const char *name;
    enum col_type type;
} roles[N_ROLES] = {
#define X(id, zeek, type) {zeek, type},
    ROLES(X)
#undef X
};

void schema_init(struct schema *s)
{
    *s = (struct schema){.n = 0};
    for (int i = 0; i < N_ROLES; i++)
        s->by_role[i] = -1;
}

void schema_release(struct schema *s)
{
    for (size_t i = 0; i < s->n; i++)
        mem_free(s->col[i].name);
    mem_free(s->col);
    schema_init(s);
}

/* The exact name; names hold no NUL (schema_add cuts there). */
static int find_exact(const struct schema *s, struct span name)
{
    for (size_t i = 0; i < s->n; i++) {
        if (span_is(name, s->col[i].name))
            return (int)i;
    }
    return -1;
}

int schema_add(struct schema *s, struct span name, enum col_type type, struct err *err)
{
    const char *nul = name.len == 0 ? NULL : memchr(name.ptr, '\0', name.len);
    int at;
    enum role role;
    void *cols = s->col;
    if (nul != NULL)
        name.len = (size_t)(nul - name.ptr);
    at = find_exact(s, name);
    if (at >= 0)
        return at;
    if (s->n == SCHEMA_MAX_COLUMNS)
        return err_set(err, ERR_DATA, "more than %d columns", SCHEMA_MAX_COLUMNS);
    if (mem_grow(&cols, &s->cap, s->n + 1, sizeof *s->col) != 0)
        return err_memory(err, "the columns");
    s->col = cols;
    role = role_of_name(name);
    if (role != ROLE_NONE && s->by_role[role] >= 0)
        role = ROLE_NONE;
    s->col[s->n] = (struct column){mem_copy(name.ptr, name.len), type, role};
    if (s->col[s->n].name == NULL)
        return err_memory(err, "the columns");
    if (role != ROLE_NONE)
        s->by_role[role] = (int32_t)s->n;
    return (int)s->n++;
}

int schema_find(const struct schema *s, struct span name)
{
    int at = find_exact(s, name);
    enum role role;
    if (at >= 0)
        return at;
    role = role_of_name(name);
    return role == ROLE_NONE ? -1 : s->by_role[role];
}

struct closest schema_closest(const struct schema *s, struct span name)
{
    struct closest c = closest_to(name);
    for (size_t i = 0; i < s->n; i++)
        closest_try(&c, span_of(column_shown(&s->col[i])));
    for (size_t i = 0; i < s->n; i++)
        closest_try(&c, span_of(s->col[i].name));
    return c;
}

static bool same_name(struct span name, const char *lower)
{
    size_t n = strlen(lower);
    if (name.len != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = name.ptr[i];
        if ((c >= 'A' && c <= 'Z' ? (char)(c + 32) : c) != lower[i])
            return false;
    }
    return true;
}

bool roles_of_conn(const int32_t at[N_ROLES])
{
    static const enum role any[] = {ROLE_CONN_STATE, ROLE_ORIG_BYTES,    ROLE_RESP_BYTES,
                                    ROLE_ORIG_PKTS,  ROLE_ORIG_IP_BYTES, ROLE_HISTORY};
    bool flow = at[ROLE_PROTO] >= 0 && at[ROLE_DURATION] >= 0;
    for (size_t i = 0; i < ARRAY_LEN(any); i++)
        flow = flow || at[any[i]] >= 0;
    return flow && at[ROLE_ORIG_H] >= 0 && at[ROLE_RESP_H] >= 0;
}

enum role role_of_name(struct span name)
{
    for (int i = 0; i < N_ROLES; i++) {
        if (same_name(name, roles[i].name))
            return (enum role)i;
    }
    for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
        if (same_name(name, aliases[i].name))
            return aliases[i].role;
    }
    return ROLE_NONE;
}

const char *role_name(enum role role)
{
    return role < N_ROLES ? roles[role].name : "";
}

enum col_type role_type(enum role role)
{
    return role < N_ROLES ? roles[role].type : COL_STRING;
}

const char *column_shown(const struct column *col)
{
    return col->role == ROLE_NONE ? col->name : role_name(col->role);
}

enum col_type col_type_of(struct span type)
{
    static const struct {
        const char *name;
        enum col_type type;
    } names[] = {{"time", COL_TIME}, {"interval", COL_INTERVAL}, {"count", COL_COUNT},
                 {"int", COL_INT},   {"double", COL_DOUBLE},     {"port", COL_PORT},
                 {"addr", COL_ADDR}, {"subnet", COL_SUBNET},     {"enum", COL_ENUM},
                 {"bool", COL_BOOL}, {"string", COL_STRING}};
    if (span_starts(type, "set[") || span_starts(type, "vector["))
        return COL_SET;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (span_is(type, names[i].name))
            return names[i].type;
    }
    return COL_STRING;
}

bool col_type_is_number(enum col_type type)
{
    return type == COL_TIME || type == COL_INTERVAL || type == COL_COUNT || type == COL_INT ||
           type == COL_DOUBLE || type == COL_PORT;
}
