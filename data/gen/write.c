/* Formatting of rows: digits by hand into one buffer, because printf would take most of the time.
 */
#include "data/gen/write.h"

#include <time.h>

#include "core/base/hash.h"

#define ROW_MAX 1024 /* bytes of the longest row in any form */

/* id, name, type as Zeek writes it, quoted in JSON */
#define COLUMNS(X)                                                                                 \
    X(TS, "ts", "time", 0)                                                                         \
    X(UID, "uid", "string", 1)                                                                     \
    X(ORIG_H, "id.orig_h", "addr", 1)                                                              \
    X(ORIG_P, "id.orig_p", "port", 0)                                                              \
    X(RESP_H, "id.resp_h", "addr", 1)                                                              \
    X(RESP_P, "id.resp_p", "port", 0)                                                              \
    X(PROTO, "proto", "enum", 1)                                                                   \
    X(SERVICE, "service", "string", 1)                                                             \
    X(DURATION, "duration", "interval", 0)                                                         \
    X(ORIG_BYTES, "orig_bytes", "count", 0)                                                        \
    X(RESP_BYTES, "resp_bytes", "count", 0)                                                        \
    X(CONN_STATE, "conn_state", "string", 1)                                                       \
    X(LOCAL_ORIG, "local_orig", "bool", 0)                                                         \
    X(LOCAL_RESP, "local_resp", "bool", 0)                                                         \
    X(MISSED, "missed_bytes", "count", 0)                                                          \
    X(HISTORY, "history", "string", 1)                                                             \
    X(ORIG_PKTS, "orig_pkts", "count", 0)                                                          \
    X(ORIG_IP, "orig_ip_bytes", "count", 0)                                                        \
    X(RESP_PKTS, "resp_pkts", "count", 0)                                                          \
    X(RESP_IP, "resp_ip_bytes", "count", 0)                                                        \
    X(TUNNEL, "tunnel_parents", "set[string]", 1)                                                  \
    X(IP_PROTO, "ip_proto", "count", 0)                                                            \
    X(LABEL, "label", "string", 1)

#define X(id, name, type, quoted) COLUMN_##id,
enum column { COLUMNS(X) N_COLUMNS };
#undef X

static const struct {
    const char *name, *type;
    bool quoted;
} columns[] = {
#define X(id, name, type, quoted) {name, type, quoted},
    COLUMNS(X)
#undef X
};

#define X(id, name) name,
static const char *const service_name[] = {SERVICES(X)};
static const char *const label_name[] = {LABELS(X)};
#undef X
#define X(id, name, history) name,
static const char *const state_name[] = {STATES(X)};
#undef X
static const char *const proto_name[] = {"tcp", "udp", "icmp"};

static bool shown(const struct writer *w, int column)
{
    if (column == COLUMN_LABEL)
        return w->labels;
    if (column == COLUMN_IP_PROTO)
        return w->columns >= 22;
    return column != COLUMN_LOCAL_RESP || w->columns >= 21;
}

static void drain(struct writer *w)
{
    size_t n = (size_t)(w->at - w->buf);
    if (n > 0 && fwrite(w->buf, 1, n, w->out) != n)
        w->failed = true;
    w->at = w->buf;
}

static char *add_text(char *at, const char *text)
{
    size_t n = strlen(text);
    memcpy(at, text, n);
    return at + n;
}

static char *add_number(char *at, uint64_t n)
{
    char digits[20];
    int i = 20;
    do {
        digits[--i] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    memcpy(at, digits + i, (size_t)(20 - i));
    return at + (20 - i);
}

static char *add_time(char *at, int64_t us)
{
    uint64_t part = (uint64_t)us % 1000000;
    at = add_number(at, (uint64_t)us / 1000000);
    *at = '.';
    for (int i = 6; i > 0; i--) {
        at[i] = (char)('0' + part % 10);
        part /= 10;
    }
    return at + 7;
}

/* IPv6 in the canonical form: lower case, the longest run of zero groups shortened. */
static char *add_ip6(char *at, struct ip ip)
{
    unsigned group[8];
    int best = -1, best_len = 1;
    for (int i = 0; i < 8; i++)
        group[i] = (unsigned)((i < 4 ? ip.hi : ip.lo) >> (48 - 16 * (i % 4))) & 0xffff;
    for (int i = 0, run = 0; i < 8; i++) {
        run = group[i] == 0 ? run + 1 : 0;
        if (run > best_len) {
            best_len = run;
            best = i - run + 1;
        }
    }
    for (int i = 0; i < 8; i++) {
        if (i == best) {
            at = add_text(at, "::");
            i += best_len - 1;
            continue;
        }
        if (i > 0 && at[-1] != ':')
            *at++ = ':';
        for (int shift = 12, on = 0; shift >= 0; shift -= 4) {
            unsigned nibble = group[i] >> shift & 0xf;
            on |= nibble != 0 || shift == 0;
            if (on)
                *at++ = "0123456789abcdef"[nibble];
        }
    }
    return at;
}

static char *add_ip(char *at, struct ip ip)
{
    if (ip.hi != 0)
        return add_ip6(at, ip);
    for (int shift = 24; shift >= 0; shift -= 8) {
        at = add_number(at, ip.lo >> shift & 0xff);
        if (shift > 0)
            *at++ = '.';
    }
    return at;
}

/* C and 17 letters or digits, like Zeek's. */
static char *add_uid(char *at, uint64_t seed, uint64_t serial)
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    uint64_t a = hash_u64(serial ^ hash_u64(seed + 1));
    uint64_t b = hash_u64(a + serial);
    *at++ = 'C';
    for (int i = 0; i < 10; i++, a /= 62)
        *at++ = letters[a % 62];
    for (int i = 0; i < 7; i++, b /= 62)
        *at++ = letters[b % 62];
    return at;
}

static bool is_local(struct ip ip)
{
    if (ip.hi == 0) /* 10/8, the servers in 192.0.2.0/24, and what never leaves a network */
        return ip.lo >> 24 == 10 || ip.lo >> 8 == 0xc00002;
    return ip.hi >> 16 == 0x20010db80020u || ip.hi >> 56 == 0xfd || ip.hi >> 48 == 0xfe80;
}

/* Bytes with the headers of IP and of the protocol. */
static uint64_t ip_bytes(const struct row *row, int64_t bytes, int64_t pkts)
{
    int64_t header = (row->orig.hi == 0 ? 20 : 40) + (row->proto == PROTO_TCP ? 20 : 8);
    int64_t options = row->proto == PROTO_TCP && pkts > 0 ? 12 : 0;
    return (uint64_t)((bytes > 0 ? bytes : 0) + pkts * header + options);
}

/* Adds a value; gives `at` back unmoved when the value is unset. */
static char *add_value(const struct writer *w, char *at, const struct row *row, int column)
{
    static const uint8_t ip_proto[] = {6, 17, 1};
    const char *t = w->form == FORM_JSON ? "true" : "T";
    const char *f = w->form == FORM_JSON ? "false" : "F";
    switch (column) {
    case COLUMN_TS:
        return add_time(at, row->ts_us);
    case COLUMN_UID:
        return add_uid(at, w->seed, row->serial);
    case COLUMN_ORIG_H:
        return add_ip(at, row->orig);
    case COLUMN_ORIG_P:
        return add_number(at, row->orig_p);
    case COLUMN_RESP_H:
        return add_ip(at, row->resp);
    case COLUMN_RESP_P:
        return add_number(at, row->resp_p);
    case COLUMN_PROTO:
        return add_text(at, proto_name[row->proto]);
    case COLUMN_SERVICE:
        return row->service == SERVICE_NONE ? at : add_text(at, service_name[row->service]);
    case COLUMN_DURATION:
        return row->duration_us < 0 ? at : add_time(at, row->duration_us);
    case COLUMN_ORIG_BYTES:
        return row->orig_bytes < 0 ? at : add_number(at, (uint64_t)row->orig_bytes);
    case COLUMN_RESP_BYTES:
        return row->resp_bytes < 0 ? at : add_number(at, (uint64_t)row->resp_bytes);
    case COLUMN_CONN_STATE:
        return add_text(at, state_name[row->state]);
    case COLUMN_LOCAL_ORIG:
        return add_text(at, is_local(row->orig) ? t : f);
    case COLUMN_LOCAL_RESP:
        return add_text(at, is_local(row->resp) ? t : f);
    case COLUMN_MISSED:
        return add_number(at, 0);
    case COLUMN_HISTORY:
        return row->history == NULL ? at : add_text(at, row->history);
    case COLUMN_ORIG_PKTS:
        return add_number(at, (uint64_t)row->orig_pkts);
    case COLUMN_ORIG_IP:
        return add_number(at, ip_bytes(row, row->orig_bytes, row->orig_pkts));
    case COLUMN_RESP_PKTS:
        return add_number(at, (uint64_t)row->resp_pkts);
    case COLUMN_RESP_IP:
        return add_number(at, ip_bytes(row, row->resp_bytes, row->resp_pkts));
    case COLUMN_IP_PROTO:
        return add_number(at, row->proto == PROTO_ICMP && row->orig.hi != 0 ? 58
                                                                            : ip_proto[row->proto]);
    case COLUMN_LABEL:
        return add_text(at, label_name[row->label]);
    default: /* tunnel_parents: none here */
        return at;
    }
}

static char *separated_row(const struct writer *w, char *at, const struct row *row)
{
    char separator = w->form == FORM_CSV ? ',' : '\t';
    for (int c = 0; c < N_COLUMNS; c++) {
        char *begin = at;
        bool quote = w->form == FORM_CSV && c == COLUMN_SERVICE && row->service == SERVICE_SMB;
        if (!shown(w, c))
            continue;
        if (quote) /* the one value with a comma in it */
            *at++ = '"';
        at = add_value(w, at, row, c);
        if (quote)
            *at++ = '"';
        if (at == begin && w->form != FORM_CSV)
            *at++ = '-';
        *at++ = separator;
    }
    at[-1] = '\n';
    return at;
}

static char *json_row(const struct writer *w, char *at, const struct row *row)
{
    *at++ = '{';
    for (int c = 0; c < N_COLUMNS; c++) {
        char *begin = at, *value;
        if (!shown(w, c))
            continue;
        *at++ = '"';
        at = add_text(at, columns[c].name);
        at = add_text(at, columns[c].quoted ? "\":\"" : "\":");
        value = at;
        at = add_value(w, at, row, c);
        if (at == value) { /* unset: absent */
            at = begin;
            continue;
        }
        if (columns[c].quoted)
            *at++ = '"';
        *at++ = ',';
    }
    at[-1] = '}';
    *at++ = '\n';
    return at;
}

void writer_row(struct writer *w, const struct row *row)
{
    if (w->at + ROW_MAX > w->buf + sizeof w->buf)
        drain(w);
    w->at = w->form == FORM_JSON ? json_row(w, w->at, row) : separated_row(w, w->at, row);
}

static void header_line(struct writer *w, const char *key, bool types)
{
    char separator = w->form == FORM_CSV ? ',' : '\t';
    w->at = add_text(w->at, key);
    for (int c = 0; c < N_COLUMNS; c++) {
        if (!shown(w, c))
            continue;
        if (c > 0 || w->form == FORM_TSV)
            *w->at++ = separator;
        w->at = add_text(w->at, types ? columns[c].type : columns[c].name);
    }
    *w->at++ = '\n';
}

static void stamp(struct writer *w, const char *key, int64_t us)
{
    time_t seconds = (time_t)(us / 1000000);
    struct tm tm;
    char text[64];
    if (gmtime_r(&seconds, &tm) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%d-%H-%M-%S\n", &tm) == 0)
        return;
    w->at = add_text(w->at, key);
    w->at = add_text(w->at, text);
}

void writer_begin(struct writer *w, int64_t start_us)
{
    w->at = w->buf;
    if (w->form == FORM_CSV)
        header_line(w, "", false);
    if (w->form != FORM_TSV)
        return;
    w->at = add_text(w->at, "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n"
                            "#unset_field\t-\n#path\tconn\n");
    stamp(w, "#open\t", start_us);
    header_line(w, "#fields", false);
    header_line(w, "#types", true);
}

int writer_end(struct writer *w, int64_t end_us)
{
    if (w->at + ROW_MAX > w->buf + sizeof w->buf)
        drain(w);
    if (w->form == FORM_TSV)
        stamp(w, "#close\t", end_us);
    drain(w);
    if (fflush(w->out) != 0)
        w->failed = true;
    return w->failed ? -1 : 0;
}
